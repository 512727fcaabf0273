using System.Text.Json.Nodes;
using Helpdesk.Functions.Email;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Tickets;
using Helpdesk.Tickets;
using Microsoft.Extensions.DependencyInjection;

namespace Helpdesk.Functions.Tests.Email;

/// <summary>Who is mailed what, as the outbox shows it.</summary>
public sealed class OutboxTests(DeskFixture fixture)
{
    private async Task<List<JsonNode>> MailsAsync(Desk desk, string query = "")
    {
        await fixture.App.MailedAsync();
        return [.. (await desk.GetAsync($"/api/outbox?limit=100{query}")).Expect(200).Json["items"]!.AsArray().Select(item => item!)];
    }

    private static string Text(JsonNode node, string name) => node[name]?.GetValue<string>() ?? "";

    [Fact]
    public async Task A_requester_is_told_that_the_request_is_there_what_was_answered_and_what_solved_it()
    {
        using var desk = await fixture.OpenDeskAsync();
        var ticket = (await desk.OpenTicketAsync("Printer on fire")).Json;
        (await desk.PostAsync($"/api/tickets/{ticket["id"]}/comments", new { body = "Which floor?" })).Expect(201);
        (await desk.PostAsync($"/api/tickets/{ticket["id"]}/comments", new { body = "A note", visibility = "internal" })).Expect(201);
        (await desk.PostAsync($"/api/tickets/{ticket["id"]}/resolve", new { resolution = "Extinguished" })).Expect(200);

        var mails = await MailsAsync(desk, $"&ticket={ticket["number"]}");
        Assert.Equal(["resolved", "public-answer", "received"], mails.Select(mail => Text(mail, "event")));
        Assert.All(mails, mail => Assert.Equal("sent", Text(mail, "state")));
        Assert.All(mails, mail => Assert.Equal("rita@example.com", Text(mail, "to")));
        Assert.All(mails, mail => Assert.Equal($"Printer on fire [#{ticket["number"]}]", Text(mail, "subject")));
        Assert.Contains("Which floor?", Text(mails[1], "text"), StringComparison.Ordinal);
        Assert.Contains("Extinguished", Text(mails[0], "html"), StringComparison.Ordinal);
        Assert.Equal(3, mails.Select(mail => Text(mail, "messageId")).Distinct().Count());
        Assert.Equal(3, (await MailsAsync(desk)).Count);
        Assert.Empty(await MailsAsync(desk, "&state=failed"));

        using var other = await fixture.OpenDeskAsync();
        Assert.Empty(await MailsAsync(other, $"&ticket={ticket["number"]}"));
        (await other.GetAsync($"/api/outbox/{Text(mails[0], "id")}")).Expect(404);
        using var bridge = await desk.WithRoleAsync("integration");
        (await bridge.GetAsync("/api/outbox")).Expect(403);
    }

    [Fact]
    public async Task An_event_that_comes_again_sends_nothing_again()
    {
        using var desk = await fixture.OpenDeskAsync();
        var ticket = (await desk.OpenTicketAsync()).Json;
        var mail = Assert.Single(await MailsAsync(desk));
        for (var i = 0; i < 2; i++)
        {
            await fixture.App.InvokeAsync(
                nameof(SendOutgoingMails),
                $$"""{"workspace":"{{desk.Workspace}}","mail":"{{Text(mail, "id")}}","sentAt":"2026-03-10T09:00:00.000Z"}"""
            );
        }

        Assert.Equal(mail.ToJsonString(), Assert.Single(await MailsAsync(desk)).ToJsonString());
        (await desk.PostAsync($"/api/outbox/{Text(mail, "id")}/send")).Expect(409);
        Assert.Equal(ticket["id"]!.GetValue<string>(), Text(mail, "ticket"));
    }

    [Fact]
    public async Task A_ticket_that_several_open_at_the_same_instant_is_confirmed_once()
    {
        using var desk = await fixture.OpenDeskAsync();
        var tickets = fixture.App.Services.GetRequiredService<TicketStore>();
        var now = TimeProvider.System.GetUtcNow();
        for (var number = 1; number <= 8; number++)
        {
            var address = new TicketAddress(desk.Workspace, number, $"{number}-{Hashes.RandomName(10)}");
            var draft = new TicketDraft
            {
                Subject = "Printer",
                Description = "It is on fire",
                Requester = new($"rita-{number}@example.com", null),
                Channel = IntakeChannel.Api,
            };
            // Each by a clock of its own.
            await Task.WhenAll(
                Enumerable
                    .Range(0, 4)
                    .Select(i =>
                        tickets.OpenAsync(
                            address,
                            id => TicketRules.Open(id, address.Number, address.Workspace, draft, Actor.System, now + TimeSpan.FromMilliseconds(7 * i)),
                            TestContext.Current.CancellationToken
                        )
                    )
            );
        }

        var mails = await MailsAsync(desk);
        Assert.Equal(Enumerable.Range(1, 8).Select(number => $"rita-{number}@example.com"), mails.Select(mail => Text(mail, "to")).Order());
    }

    [Fact]
    public async Task The_sixth_acknowledgement_within_an_hour_is_kept_back_with_its_reason()
    {
        using var desk = await fixture.OpenDeskAsync();
        for (var i = 0; i < 7; i++)
            await desk.OpenTicketAsync($"Ticket {i}", "robot@example.com");
        await desk.OpenTicketAsync("Other", "rita@example.com");
        var mails = await MailsAsync(desk);
        Assert.Equal(6, mails.Count(mail => Text(mail, "state") == "sent"));
        var suppressed = await MailsAsync(desk, "&state=suppressed");
        Assert.Equal(2, suppressed.Count);
        Assert.All(suppressed, mail => Assert.Contains("5 acknowledgements", Text(mail, "reason"), StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_notification_costs_what_it_may()
    {
        await using var app = await fixture.StartFrozenAppAsync(mails: true);
        await using var without = await fixture.StartFrozenAppAsync();
        var costs = new List<long>();
        var paths = new List<string>();
        foreach (var one in new[] { app, without })
        {
            using var desk = await fixture.OpenDeskAsync(one);
            // What is read once and remembered belongs to no ticket.
            await desk.OpenTicketAsync("First", "first@example.com");
            await one.MailedAsync();
            using var count = new StorageCount(one);
            await desk.OpenTicketAsync("Second", "second@example.com");
            await one.MailedAsync();
            costs.Add(count.Count);
            lock (count.Paths)
                paths.AddRange([$"{count.Count}:", .. count.Paths]);
        }

        TestContext.Current.TestOutputHelper!.WriteLine(string.Join('\n', paths));
        // One of them is for the line of time of whom the mail went to.
        Assert.InRange(costs[0] - costs[1], 8, 19);
    }

    [Fact]
    public async Task Pages_show_each_mail_once()
    {
        using var desk = await fixture.OpenDeskAsync();
        var ticket = (await desk.OpenTicketAsync()).Json;
        for (var i = 0; i < 6; i++)
            (await desk.PostAsync($"/api/tickets/{ticket["id"]}/comments", new { body = $"Answer {i}" })).Expect(201);
        await fixture.App.MailedAsync();
        foreach (var query in new[] { "", $"&ticket={ticket["number"]}" })
        {
            var (seen, cursor) = (new List<string>(), "");
            do
            {
                var page = (await desk.GetAsync($"/api/outbox?limit=3{query}{cursor}")).Expect(200).Json;
                Assert.InRange(page["items"]!.AsArray().Count, 0, 3);
                seen.AddRange(page["items"]!.AsArray().Select(item => Text(item!, "id")));
                cursor = page["nextCursor"] is { } next ? $"&cursor={next.GetValue<string>()}" : "";
            } while (cursor.Length > 0);
            Assert.Equal(7, seen.Count);
            Assert.Equal(7, seen.Distinct().Count());
        }

        (await desk.GetAsync("/api/outbox?ticket=abc")).Expect(400);
        (await desk.GetAsync("/api/outbox?state=lost")).Expect(400);
    }
}
