using System.Text.Json.Nodes;
using Azure.Storage.Blobs;
using Helpdesk.Contacts;
using Helpdesk.Functions.Contacts;
using Helpdesk.Functions.Email;
using Helpdesk.Testing;
using Helpdesk.Tickets;
using Microsoft.Extensions.DependencyInjection;
using SmtpServer.Protocol;

namespace Helpdesk.Functions.Tests.Email;

/// <summary>What erasing a person leaves of the mails that went out.</summary>
public sealed class OutgoingMailErasureTests(DeskFixture fixture)
{
    private static readonly CancellationToken Cancelled = TestContext.Current.CancellationToken;

    private static string Text(JsonNode node, string name) => node[name]?.GetValue<string>() ?? "";

    private static async Task<List<JsonNode>> MailsAsync(Desk desk) =>
        [.. (await desk.GetAsync("/api/outbox?limit=100")).Expect(200).Json["items"]!.AsArray().Select(item => item!)];

    [Theory]
    [InlineData(ErasureMode.Anonymised)]
    [InlineData(ErasureMode.Deleted)]
    public async Task Nothing_that_a_mail_says_is_left_and_none_that_waits_is_sent(ErasureMode mode)
    {
        const string word = "xylomarimba";
        await using var peer = SmtpPeer.Start();
        await using var app = await RunningApp.StartAsync(fixture.Storage, null, peer.Settings);
        using var desk = await fixture.OpenDeskAsync(app);
        var theirs = (await desk.OpenTicketAsync($"The {word}", "gone@example.com")).Json["number"];
        (await desk.PostAsync($"/api/tickets/{theirs}/comments", new { body = $"Is the {word} loud?" })).Expect(201);
        var other = (await desk.OpenTicketAsync("Scanner", "ned@example.com")).Json["number"];
        (await desk.PostAsync($"/api/tickets/{other}/comments", new { body = "Ask gone@example.com, who has one" })).Expect(201);
        await app.MailedAsync();
        peer.Answers = () => new SmtpResponse((SmtpReplyCode)451, "Later");
        (await desk.PostAsync($"/api/tickets/{theirs}/comments", new { body = $"And the {word} of next door?" })).Expect(201);
        await app.MailedAsync();
        var before = await MailsAsync(desk);
        Assert.Equal(
            ["queued gone@example.com", "sent gone@example.com", "sent gone@example.com", "sent ned@example.com", "sent ned@example.com"],
            before.Select(mail => $"{mail["state"]} {mail["to"]}").Order()
        );

        // One whose words are so long that they are in a blob.
        var mails = app.Services.GetRequiredService<OutgoingMails>();
        var longest = Text(before.First(mail => Text(mail, "event") == "public-answer" && Text(mail, "state") == "sent" && Is(mail, "gone")), "id");
        var (mail, content, etag) = (await mails.FindWithContentAsync(desk.Workspace, longest, Cancelled))!.Value;
        Assert.NotNull(await mails.TryNoteAsync(mail, content! with { Text = new string('x', 250_000) + word }, etag, Cancelled));
        var blob = new BlobServiceClient(fixture.Storage).GetBlobContainerClient(OutgoingMails.BodiesName).GetBlobClient($"{desk.Workspace}/{longest}");
        Assert.True(await blob.ExistsAsync(Cancelled));

        await app.DeliveredAsync();
        var contact = (await desk.GetAsync("/api/contacts?search=gone")).Json["items"]![0]!["id"]!.GetValue<string>();
        var erasure = (await desk.PostAsync($"/api/contacts/{contact}/erase", new { mode = mode.ToString().ToLowerInvariant(), reason = "Asked for it" }))
            .Expect(202)
            .Json["id"]!.GetValue<string>();
        await Until.TrueAsync(async () => Text((await desk.GetAsync($"/api/erasures/{erasure}")).Json, "state") == "done", "the erasure is done");

        var after = await MailsAsync(desk);
        foreach (var trace in new[] { word, "gone@example.com" })
            Assert.DoesNotContain(after, one => one.ToJsonString().Contains(trace, StringComparison.OrdinalIgnoreCase));
        Assert.False(await blob.ExistsAsync(Cancelled));
        // A mail that tells nothing of them is as it was.
        var untouched = before.Single(one => Text(one, "event") == "received" && Is(one, "ned"));
        Assert.Equal(untouched.ToJsonString(), after.Single(one => Text(one, "id") == Text(untouched, "id")).ToJsonString());
        if (mode == ErasureMode.Deleted)
            Assert.Single(after);
        else
            Assert.Equal(
                before.Select(one => (Text(one, "id"), one["at"]!.ToJsonString(), one["sentAt"]?.ToJsonString())),
                after.Select(one => (Text(one, "id"), one["at"]!.ToJsonString(), one["sentAt"]?.ToJsonString()))
            );

        // Its message is still on the way.
        var taken = peer.Taken.Count;
        peer.Answers = () => SmtpResponse.Ok;
        var waiting = Text(before.Single(one => Text(one, "state") == "queued"), "id");
        await app.InvokeAsync(nameof(SendOutgoingMails), $$"""{"workspace":"{{desk.Workspace}}","mail":"{{waiting}}","sentAt":"2026-03-10T09:00:00.000Z"}""");
        Assert.Equal(taken, peer.Taken.Count);
        Assert.DoesNotContain(await MailsAsync(desk), one => Text(one, "state") == "queued");

        // Once more finds nothing to do.
        var eraser = app.Services.GetServices<IHoldsPersonalData>().OfType<OutgoingMailErasure>().Single();
        var order = new ErasureOrder(
            erasure,
            desk.Workspace,
            contact,
            new ErasedPerson(["gone@example.com"], [], [], $"person-{contact}@{ErasedPerson.Domain}", mode),
            Actor.System
        );
        var (steps, from) = (0L, (string?)null);
        do
        {
            var step = await eraser.EraseAsync(order, from, Cancelled);
            (steps, from) = (steps + step.Erased, step.Next);
        } while (from is not null);
        Assert.Equal(0, steps);

        static bool Is(JsonNode mail, string whom) => Text(mail, "to").StartsWith(whom, StringComparison.Ordinal);
    }
}
