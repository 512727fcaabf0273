using System.Text.Json.Nodes;
using Helpdesk.Functions.Events;
using Helpdesk.Functions.Tests.Webhooks;
using Microsoft.Extensions.DependencyInjection;

namespace Helpdesk.Functions.Tests.Events;

/// <summary>One log of everything that goes out.</summary>
public sealed class DeliveriesTests(DeskFixture fixture)
{
    private static async Task<List<JsonNode>> AllAsync(Desk desk, string query = "", int limit = 100)
    {
        var (all, cursor) = (new List<JsonNode>(), "");
        while (true)
        {
            var page = (await desk.GetAsync($"/api/deliveries?limit={limit}{query}{cursor}")).Expect(200).Json;
            Assert.True(page["items"]!.AsArray().Count <= limit);
            all.AddRange(page["items"]!.AsArray().Select(one => one!));
            if (page["nextCursor"] is not { } next)
                return all;
            cursor = $"&cursor={next.GetValue<string>()}";
        }
    }

    private static string Key(JsonNode one) => $"{WebhookDesk.Text(one, "channel")}/{WebhookDesk.Text(one, "id")}";

    /// <summary>Webhooks of two subscriptions, mails of several days, and dead letters of Teams and Event Grid.</summary>
    private async Task<WebhookDesk> FilledAsync(WebhookReceiver receiver)
    {
        var hooks = await WebhookDesk.OpenAsync(fixture);
        await hooks.SubscribeAsync("one", receiver.Url);
        await hooks.SubscribeAsync("two", receiver.Url, new { events = new[] { "ticket-opened" } });
        var letters = hooks.App.Services.GetRequiredService<DeadLetterStore>();
        for (var number = 1; number <= 6; number++)
        {
            await hooks.Desk.OpenTicketAsync(email: $"rita{number}@example.com");
            (await hooks.Desk.PostAsync($"/api/tickets/{number}/comments", new { body = "We look at it" })).Expect(201);
            await hooks.SettledAsync();
            await hooks.App.MailedAsync();
            var subscriber = number % 2 == 0 ? "EventGrid" : "GroupCards";
            await letters.PutAsync(
                hooks.Desk.Workspace,
                new($"{subscriber.ToLowerInvariant()}-{number}-1", subscriber, number, 1, 1, hooks.Time.GetUtcNow(), "Nobody there", null, true),
                TestContext.Current.CancellationToken
            );
            hooks.Time.Advance(TimeSpan.FromDays(3));
        }

        return hooks;
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(100)]
    public async Task Pages_of_any_size_show_everything_once_in_one_order(int limit)
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var hooks = await FilledAsync(receiver);
        var all = await AllAsync(hooks.Desk, limit: limit);
        Assert.Equal(all.Select(Key).Distinct(), all.Select(Key));
        Assert.Equal(
            all.OrderByDescending(one => one["at"]!.GetValue<DateTimeOffset>()).Select(one => one["at"]!.GetValue<DateTimeOffset>()),
            all.Select(one => one["at"]!.GetValue<DateTimeOffset>())
        );
        var mails = (await hooks.Desk.GetAsync("/api/outbox?limit=100")).Json["items"]!.AsArray().Count;
        var counts = all.CountBy(one => WebhookDesk.Text(one, "channel")).ToDictionary();
        var sent = receiver.Received.Count;
        Assert.Equal((3, 3, sent), (counts["teams"], counts["event-grid"], counts["webhook"]));
        Assert.True(mails > 0 && counts["mail"] >= mails, $"{counts["mail"]} of {mails} mails");
    }

    [Fact]
    public async Task Filters_leave_only_what_was_asked_for()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var hooks = await FilledAsync(receiver);
        var all = await AllAsync(hooks.Desk);
        foreach (
            var (query, wanted) in new (string, Func<JsonNode, bool>)[]
            {
                ("&channel=webhook", one => WebhookDesk.Text(one, "channel") == "webhook"),
                ("&channel=mail", one => WebhookDesk.Text(one, "channel") == "mail"),
                ("&state=failed", one => WebhookDesk.Text(one, "state") == "failed"),
                ("&state=failed,sent", one => WebhookDesk.Text(one, "state") is "failed" or "sent"),
                ("&state=queued,sent&channel=webhook", one => WebhookDesk.Text(one, "channel") == "webhook"),
                ("&ticket=2", one => one["ticket"]?.GetValue<long>() == 2),
                ("&to=two", one => WebhookDesk.Text(one, "to") == "two"),
                ("&to=rita3@example.com", one => WebhookDesk.Text(one, "to") == "rita3@example.com"),
                ("&ticket=4&channel=event-grid", one => one["ticket"]?.GetValue<long>() == 4 && WebhookDesk.Text(one, "channel") == "event-grid"),
            }
        )
        {
            var expected = all.Where(wanted).Select(Key).ToList();
            Assert.NotEmpty(expected);
            Assert.Equal(expected, (await AllAsync(hooks.Desk, query, limit: 2)).Select(Key));
        }

        var ofOne = (await hooks.Desk.GetAsync("/api/webhooks/one/deliveries?limit=100&state=failed,sent")).Expect(200).Json["items"]!.AsArray();
        Assert.NotEmpty(ofOne);
        Assert.All(ofOne, one => Assert.Contains(WebhookDesk.Text(one!, "state"), new[] { "failed", "sent" }));
        (await hooks.Desk.GetAsync("/api/deliveries?channel=pigeon")).Expect(400);
        (await hooks.Desk.GetAsync("/api/deliveries?state=sent,lost")).Expect(400);
        (await hooks.Desk.GetAsync("/api/deliveries?ticket=none")).Expect(400);
        (await hooks.Desk.GetAsync("/api/deliveries?cursor=abc")).Expect(400);
    }

    [Fact]
    public async Task A_page_costs_a_bounded_number_of_requests_however_much_there_is()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var hooks = await FilledAsync(receiver);
        await AllAsync(hooks.Desk);
        using var count = new StorageCount(hooks.App);
        await hooks.Desk.GetAsync("/api/deliveries?limit=100");
        // A request for each subscription, one for dead letters of each kind, seven days of four shards of mails.
        Assert.True(count.Count <= 2 + 2 + 28 + 3, $"{count.Count}:\n{string.Join('\n', count.Paths)}");
        count.Reset();
        await hooks.Desk.GetAsync("/api/deliveries?channel=webhook&state=failed");
        Assert.True(count.Count <= 3, $"{count.Count}:\n{string.Join('\n', count.Paths)}");
        count.Reset();
        await hooks.Desk.GetAsync("/api/deliveries?channel=webhook&ticket=2");
        // Two lists and the four deliveries in them.
        Assert.True(count.Count <= 2 + 4 + 1, $"{count.Count}:\n{string.Join('\n', count.Paths)}");
    }

    [Fact]
    public async Task A_delivery_is_shown_and_replayed_by_its_channel()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var hooks = await FilledAsync(receiver);
        foreach (var one in await AllAsync(hooks.Desk))
        {
            var shown = (await hooks.Desk.GetAsync($"/api/deliveries/{Key(one)}")).Expect(200).Json;
            Assert.Equal(one.ToJsonString(), shown.ToJsonString());
        }

        // Nobody listens on this desk's topic: the events count as delivered.
        var replayed = (await hooks.Desk.PostAsync("/api/deliveries/event-grid/eventgrid-2-1/replay")).Expect(202).Json;
        Assert.Equal("sent", replayed["state"]!.GetValue<string>());
        (await hooks.Desk.GetAsync("/api/deliveries/event-grid/eventgrid-2-1")).Expect(404);
        (await hooks.Desk.GetAsync("/api/deliveries/teams/eventgrid-4-1")).Expect(404);
        (await hooks.Desk.PostAsync("/api/deliveries/teams/eventgrid-4-1/replay")).Expect(404);
        var mail = (await AllAsync(hooks.Desk, "&channel=mail"))[0];
        Assert.Equal("mail-sent", (await hooks.Desk.PostAsync($"/api/deliveries/{Key(mail)}/replay")).Expect(409).Code);
        (await hooks.Desk.PostAsync("/api/deliveries/pigeon/1/replay")).Expect(404);
        (await hooks.Desk.PostAsync("/api/deliveries/mail/1/replay")).Expect(404);
        (await hooks.Desk.GetAsync("/api/deliveries/webhook/one.1")).Expect(404);
    }
}
