using System.Text.Json;

namespace Helpdesk.Email;

/// <summary>What SendGrid reports of one mail.</summary>
/// <param name="Mail">Id of the mail, as it was told; null for another sender's.</param>
/// <param name="Workspace">Id of the workspace, as it was told.</param>
/// <param name="Email">The address that it is about.</param>
/// <param name="Source">What happened: <c>bounce</c>, <c>drop</c> or <c>spam-report</c>.</param>
/// <param name="Reason">As a sentence.</param>
/// <param name="Permanent">Whether the address is to get no more mails.</param>
public sealed record SendGridReport(string Mail, string Workspace, string Email, string Source, string Reason, bool Permanent);

/// <summary>Reads what SendGrid's event webhook posts.</summary>
public static class SendGridReports
{
    /// <summary>Why SendGrid drops what would be dropped again.</summary>
    private static readonly string[] AboutAddress = ["Bounced Address", "Spam Reporting Address", "Unsubscribed Address", "Invalid"];

    /// <summary>The events that say that a mail did not arrive, or was not wanted; everything else is left out.</summary>
    /// <exception cref="JsonException">It is no list of events.</exception>
    public static IReadOnlyList<SendGridReport> Of(ReadOnlyMemory<byte> body, string mailArgument, string workspaceArgument)
    {
        using var json = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 16 });
        if (json.RootElement.ValueKind != JsonValueKind.Array)
            throw new JsonException("The body must be a list of events.");
        var reports = new List<SendGridReport>();
        foreach (var one in json.RootElement.EnumerateArray())
        {
            if (Text(one, mailArgument) is not { } mail || Text(one, workspaceArgument) is not { } workspace || Text(one, "email") is not { } email)
                continue;
            var said = OneLine(Text(one, "reason") ?? "");
            var status = Text(one, "status") is { } code ? $" ({code})" : "";
            SendGridReport? report = Text(one, "event") switch
            {
                // A mail server that is blocked or full for the moment says nothing about the address.
                "bounce" when Text(one, "type") == "blocked" => new(mail, workspace, email, "bounce", $"The mail was blocked{status}: {said}", false),
                "bounce" => new(mail, workspace, email, "bounce", $"The mail came back{status}: {said}", true),
                "dropped" => new(mail, workspace, email, "drop", $"SendGrid did not send the mail: {said}", IsAboutAddress(said)),
                "spamreport" => new(mail, workspace, email, "spam-report", "The mail was reported as spam.", true),
                _ => null,
            };
            if (report is not null)
                reports.Add(report);
        }

        return reports;
    }

    private static bool IsAboutAddress(string reason) => AboutAddress.Any(one => reason.Contains(one, StringComparison.OrdinalIgnoreCase));

    private static string? Text(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    private static string OneLine(string text)
    {
        var line = VisibleText.Of(string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)));
        line = new string([.. line.Where(letter => !char.IsControl(letter))]);
        return PlainText.Shortened(line, 300);
    }
}
