using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Helpdesk.Functions.Tests.Routing;

/// <summary>Who is at a ticket, and what time they worked on it.</summary>
public sealed class TicketPresenceTests(DeskFixture fixture)
{
    private static async Task<string> SayAsync(Desk desk, string ticket, string doing) =>
        string.Join(
            ' ',
            (await desk.SendAsync(HttpMethod.Put, $"/api/tickets/{ticket}/presence", JsonContent.Create(new { doing }))).Expect(200).Json["others"]!
                .AsArray()
                .Select(other => other!["doing"]!.ToString())
        );

    [Fact]
    public async Task Who_else_is_at_a_ticket_is_told_at_once_and_forgotten_by_itself_for_two_requests_a_beat()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var app = await RunningApp.StartAsync(
            fixture.Storage,
            builder =>
            {
                builder.Services.AddSingleton<TimeProvider>(time);
                builder.WithoutMails();
            }
        );
        using var admin = await fixture.OpenDeskAsync(app);
        using var agent = await admin.WithRoleAsync("agent");
        var ticket = (await admin.OpenTicketAsync()).Json["number"]!.ToString();
        var other = (await admin.OpenTicketAsync()).Json["number"]!.ToString();
        Assert.Equal("", await SayAsync(admin, ticket, "viewing"));
        Assert.Equal("viewing", await SayAsync(agent, ticket, "replying"));
        Assert.Equal("replying", await SayAsync(admin, ticket, "viewing"));
        Assert.Equal("", await SayAsync(admin, other, "viewing"));
        using (var count = new StorageCount(app))
        {
            await count.WhenDeliveredAsync();
            count.Reset();
            Assert.Equal("replying", await SayAsync(admin, ticket, "replying"));
            Assert.True(count.Count == 2, string.Join('\n', count.Paths));
        }

        Assert.Equal("replying", await SayAsync(agent, ticket, "gone"));
        Assert.Equal("", await SayAsync(admin, ticket, "viewing"));
        Assert.Equal("viewing", await SayAsync(agent, ticket, "viewing"));
        time.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal("", await SayAsync(agent, ticket, "viewing"));
        (await admin.SendAsync(HttpMethod.Put, $"/api/tickets/{ticket}/presence", JsonContent.Create(new { doing = "dancing" }))).Expect(400);
        using var bridge = await admin.WithRoleAsync("integration");
        (await bridge.SendAsync(HttpMethod.Put, $"/api/tickets/{ticket}/presence", JsonContent.Create(new { doing = "viewing" }))).Expect(403);
        (await admin.SendAsync(HttpMethod.Put, "/api/tickets/999999999/presence", JsonContent.Create(new { doing = "viewing" }))).Expect(404);
    }

    [Fact]
    public async Task Time_worked_is_summed_on_the_ticket_and_corrected_by_later_entries()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var bridge = await desk.WithRoleAsync("integration");
        using var stranger = await fixture.OpenDeskAsync();
        var ticket = (await desk.OpenTicketAsync()).Json["number"]!.ToString();
        Task<Answer> LogAsync(object entry) => desk.PostAsync($"/api/tickets/{ticket}/time", entry);
        var comment = (await desk.PostAsync($"/api/tickets/{ticket}/comments", new { body = "On it" })).Expect(201).Json["id"]!.ToString();
        var again = ("Idempotency-Key", "first-entry");
        for (var i = 0; i < 2; i++)
            Assert.Equal(30, (
                    await desk.PostAsync(
                        $"/api/tickets/{ticket}/time",
                        new
                        {
                            minutes = 30,
                            note = "Looked at it",
                            comment,
                        },
                        again
                    )
                ).Expect(200).Json["minutesWorked"]!.GetValue<int>());
        (await LogAsync(new { minutes = 15, at = "2026-01-05T10:00:00Z" })).Expect(200);
        var first = (await desk.GetAsync($"/api/tickets/{ticket}/time")).Expect(200).Json["items"]![0]!["id"]!.ToString();
        Assert.Equal(35, (await LogAsync(new { minutes = 20, corrects = first })).Expect(200).Json["minutesWorked"]!.GetValue<int>());
        Assert.Equal("entry-corrected", (await LogAsync(new { minutes = 10, corrects = first })).Expect(409).Code);
        Assert.Equal("entry-unknown", (await LogAsync(new { minutes = 10, corrects = "1-1" })).Expect(409).Code);
        Assert.Equal("comment-unknown", (await LogAsync(new { minutes = 10, comment = "1-1" })).Expect(409).Code);
        Assert.Equal("no-time", (await LogAsync(new { minutes = 0 })).Expect(409).Code);
        (await LogAsync(new { minutes = 1441 })).Expect(400);
        (await LogAsync(new { minutes = 5, at = "2999-01-01T00:00:00Z" })).Expect(400);

        var worked = (await desk.GetAsync($"/api/tickets/{ticket}/time")).Expect(200).Json;
        Assert.Equal(35, worked["minutes"]!.GetValue<int>());
        var items = worked["items"]!.AsArray();
        Assert.Equal(["30", "15", "20"], items.Select(item => item!["minutes"]!.ToString()));
        Assert.Equal(items[2]!["id"]!.ToString(), items[0]!["correctedBy"]!.ToString());
        Assert.Equal(comment, items[2]!["comment"]!.ToString());
        Assert.Equal(0, (await LogAsync(new { minutes = 0, corrects = items[1]!["id"]!.ToString() })).Expect(200).Json["minutesWorked"]!.GetValue<int>() - 20);
        (await bridge.PostAsync($"/api/tickets/{ticket}/time", new { minutes = 5 })).Expect(403);
        (await bridge.GetAsync($"/api/tickets/{ticket}/time")).Expect(403);
        Assert.DoesNotContain("Looked at it", (await bridge.GetAsync($"/api/tickets/{ticket}/events")).Expect(200).Text, StringComparison.Ordinal);
        (await stranger.GetAsync($"/api/tickets/{ticket}/time")).Expect(404);
        (await stranger.PostAsync($"/api/tickets/{ticket}/time", new { minutes = 5 })).Expect(404);
    }
}
