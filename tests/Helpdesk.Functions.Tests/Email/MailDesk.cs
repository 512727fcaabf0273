using System.Net.Http.Headers;
using System.Text;
using Helpdesk.Functions.Intake;
using Helpdesk.Testing;

namespace Helpdesk.Functions.Tests.Email;

/// <summary>A workspace with a mailbox, and mails to it.</summary>
public sealed class MailDesk(Desk desk, RunningApp app) : IDisposable
{
    private int _mails;

    public Desk Desk => desk;

    public RunningApp App => app;

    public string Address { get; private init; } = "";

    /// <summary>The secret address of its mailbox, as a path.</summary>
    public string IntakePath { get; init; } = "";

    /// <summary>A workspace with one mailbox, <c>support@WORKSPACE.example</c>.</summary>
    public static async Task<MailDesk> OpenAsync(DeskFixture fixture, object? more = null, RunningApp? app = null)
    {
        var desk = await fixture.OpenDeskAsync(app);
        var address = $"support@{desk.Workspace}.example";
        return new(desk, app ?? fixture.App) { Address = address, IntakePath = await AddMailboxAsync(desk, address, more) };
    }

    /// <summary>Adds a mailbox; its secret address, as a path.</summary>
    public static async Task<string> AddMailboxAsync(Desk desk, string address, object? more = null)
    {
        var body = System.Text.Json.JsonSerializer.SerializeToNode(more ?? new { })!.AsObject();
        body["address"] = address;
        var added = (await desk.PostAsync("/api/mailboxes", body)).Expect(201).Json;
        return new Uri(added["intakeUrl"]!.GetValue<string>()).AbsolutePath;
    }

    /// <summary>A mail of a person; a header that is named again takes the place of the usual one, and one that is empty is left out.</summary>
    public string Mail(string words = "It is on fire", params (string Name, string Value)[] headers)
    {
        var all = new List<(string Name, string Value)>
        {
            ("From", "Rita <rita@example.com>"),
            ("To", Address),
            ("Subject", "Printer"),
            ("Message-ID", $"<{desk.Workspace}-{++_mails}@example.com>"),
            ("Date", TimeProvider.System.GetUtcNow().ToString("R", System.Globalization.CultureInfo.InvariantCulture)),
            ("Content-Type", "text/plain; charset=utf-8"),
        };
        foreach (var group in headers.GroupBy(header => header.Name, StringComparer.OrdinalIgnoreCase))
        {
            all.RemoveAll(header => string.Equals(header.Name, group.Key, StringComparison.OrdinalIgnoreCase));
            all.AddRange(group.Where(header => header.Value.Length > 0));
        }

        return string.Concat(all.Select(header => $"{header.Name}: {header.Value}\r\n")) + "\r\n" + words.ReplaceLineEndings("\r\n") + "\r\n";
    }

    /// <summary>Posts a mail, has its message come twice as well, and gives the receipt once it is settled.</summary>
    public async Task<Answer> SendAsync(string mail, string? path = null)
    {
        var id = await PostAsync(mail, path);
        await WorkAsync(id);
        await WorkAsync(id);
        return await SettleAsync(id);
    }

    /// <summary>The receipt of a mail once it is settled.</summary>
    /// <param name="asked">Which app is asked; null for the one that took the mail.</param>
    public async Task<Answer> SettleAsync(string id, RunningApp? asked = null)
    {
        using var looking = new Desk(desk.Workspace, desk.Key, (asked ?? app).Address);
        await Until.TrueAsync(
            async () => (await looking.GetAsync($"/api/receipts/{id}")).Expect(200).Json["state"]!.GetValue<string>() != "received",
            "the mail is worked"
        );
        return await looking.GetAsync($"/api/receipts/{id}");
    }

    /// <summary>Posts a mail; the id of its receipt.</summary>
    public async Task<string> PostAsync(string mail, string? path = null)
    {
        using var anybody = new Desk(desk.Workspace, "", app.Address);
        return (await anybody.SendAsync(HttpMethod.Post, path ?? IntakePath, Mime(mail))).Expect(202).Json["receipt"]!.GetValue<string>();
    }

    /// <summary>Posts a mail to a desk that may be dead; null when it was not answered as it should.</summary>
    public async Task<string?> TryPostAsync(string mail, string path)
    {
        using var anybody = new Desk(desk.Workspace, "", app.Address);
        var answer = await anybody.SendAsync(HttpMethod.Post, path, Mime(mail));
        return answer.Status == 202 ? answer.Json["receipt"]!.GetValue<string>() : null;
    }

    /// <summary>Has the message of a receipt come.</summary>
    public Task WorkAsync(string receipt, bool replay = false) =>
        app.InvokeAsync(
            nameof(ProcessReceipt),
            $$"""
            {"workspace":"{{desk.Workspace}}","receipt":"{{receipt}}","sentAt":"2026-01-01T00:00:00.000Z"{{(replay ? ",\"replay\":true" : "")}}}
            """
        );

    public static ByteArrayContent Mime(string mail) =>
        new(Encoding.UTF8.GetBytes(mail)) { Headers = { ContentType = MediaTypeHeaderValue.Parse("message/rfc822") } };

    /// <summary>The ticket of a receipt.</summary>
    public async Task<System.Text.Json.Nodes.JsonNode> TicketAsync(Answer receipt) =>
        (await desk.GetAsync($"/api/tickets/{receipt.Json["ticket"]}")).Expect(200).Json;

    /// <summary>The words on a ticket, oldest first, with who said them and to whom.</summary>
    public async Task<List<string>> CommentsAsync(Answer receipt) =>
        [
            .. (await desk.GetAsync($"/api/tickets/{receipt.Json["ticket"]}/comments?limit=100")).Expect(200).Json["items"]!
                .AsArray()
                .Select(comment => $"{comment!["visibility"]} {comment["by"]}: {comment["body"]!.GetValue<string>().Trim()}"),
        ];

    public void Dispose() => desk.Dispose();
}
