using System.Text.Json.Nodes;
using Helpdesk.Alerts;
using static Helpdesk.Functions.Tests.Alerts.EpisodeDesk;

namespace Helpdesk.Functions.Tests.Alerts;

/// <summary>Episodes that share a ticket: storms, and labels that belong together.</summary>
public sealed class EpisodeSharingTests(DeskFixture fixture)
{
    private static string Text(JsonNode node, string name) => node[name]!.GetValue<string>();

    [Fact]
    public async Task Too_many_at_once_share_a_ticket_that_resolves_when_all_are_over()
    {
        await using var app = await fixture.StartFrozenAppAsync();
        using var alerts = await OpenAsync(fixture, new() { StormAbove = 3 }, app);
        var keys = Enumerable.Range(0, 30).Select(i => $"host {i}").ToList();
        var tickets = new System.Collections.Concurrent.ConcurrentBag<JsonNode>();
        await Parallel.ForEachAsync(
            keys,
            new ParallelOptions { MaxDegreeOfParallelism = 8 },
            async (key, _) => tickets.Add(await alerts.SendAsync(Firing(key)))
        );
        var shared = tickets.GroupBy(receipt => Text(receipt, "ticket")).Single(same => same.Count() > 1);
        Assert.Equal(27, shared.Count());
        Assert.Equal(4, tickets.Select(receipt => Text(receipt, "ticket")).Distinct().Count());
        var ticket = await alerts.TicketAsync(shared.Key);
        Assert.Equal("Alert storm of Prometheus", Text(ticket, "subject"));
        Assert.Equal(27, (await alerts.EpisodesAsync(shared.Key)).Count);
        // Told of one by one at first, then at each doubling; what comes at the same moment is told of together.
        Assert.InRange((await alerts.NotesAsync(shared.First())).Count, 1, 7);

        await alerts.SendAsync([.. keys.Skip(1).Select(key => Resolved(key))]);
        var last = (await alerts.SendAsync(Firing(keys[0])))["ticket"]!.GetValue<string>();
        Assert.Equal(last == shared.Key ? "new" : "resolved", Text(await alerts.TicketAsync(shared.Key), "status"));
        await alerts.SendAsync(Resolved(keys[0]));
        ticket = await alerts.TicketAsync(shared.Key);
        Assert.Equal("resolved", Text(ticket, "status"));
        Assert.Matches("All 27 alerts of this ticket are over", Text(ticket, "resolution"));
    }

    [Fact]
    public async Task Episodes_of_several_sources_with_the_same_labels_are_on_one_ticket()
    {
        await using var app = await fixture.StartFrozenAppAsync();
        using var alerts = await OpenAsync(fixture, null, app);
        foreach (var source in new[] { "grafana", "icinga", "zabbix" })
            await alerts.AddSourceAsync(source, with: body => body["correlateBy"] = new JsonArray("service"));
        static AlertReport Of(AlertReport report, string service) => report with { Labels = new Dictionary<string, string> { ["service"] = service } };
        var opened = new System.Collections.Concurrent.ConcurrentBag<string>();
        await Parallel.ForEachAsync(
            new[] { ("grafana", "a"), ("icinga", "b"), ("zabbix", "c"), ("grafana", "d") },
            async (one, _) => opened.Add(Text(await alerts.SendFromAsync(one.Item1, Of(Firing(one.Item2), "payments")), "ticket"))
        );
        var ticket = Assert.Single(opened.Distinct());
        Assert.Equal(4, (await alerts.EpisodesAsync(ticket)).Count);
        Assert.NotEqual(ticket, Text(await alerts.SendFromAsync("icinga", Of(Firing("e"), "search")), "ticket"));

        await alerts.SendFromAsync("grafana", Of(Resolved("a"), "payments"), Of(Resolved("d"), "payments"));
        await alerts.SendFromAsync("icinga", Of(Resolved("b"), "payments"));
        Assert.NotEqual("resolved", Text(await alerts.TicketAsync(ticket), "status"));
        await alerts.SendFromAsync("zabbix", Of(Resolved("c"), "payments"));
        Assert.Equal("resolved", Text(await alerts.TicketAsync(ticket), "status"));
        // That ticket is done with: the next one is another.
        Assert.NotEqual(ticket, Text(await alerts.SendFromAsync("icinga", Of(Firing("f"), "payments")), "ticket"));
    }

    [Fact]
    public async Task The_episodes_of_a_merged_ticket_are_shown_and_told_of_where_it_goes_on()
    {
        using var alerts = await OpenAsync(fixture);
        var (one, two) = (await alerts.SendAsync(Firing("a")), await alerts.SendAsync(Firing("b")));
        var into = Text(two, "ticket");
        (await alerts.Desk.PostAsync($"/api/tickets/{one["ticket"]}/merge", new { into, confirm = true })).Expect(200);
        Assert.Equal(["b", "a"], (await alerts.EpisodesAsync(into)).Select(episode => Text(episode, "key")));
        var page = (await alerts.Desk.GetAsync($"/api/tickets/{into}/episodes?limit=1")).Expect(200).Json;
        var next = (await alerts.Desk.GetAsync($"/api/tickets/{into}/episodes?limit=1&cursor={page["nextCursor"]}")).Expect(200).Json;
        Assert.Equal(("b", "a"), (Text(page["items"]![0]!, "key"), Text(next["items"]![0]!, "key")));
        await alerts.SendAsync(Resolved("a"));
        Assert.Contains(await alerts.NotesAsync(two), note => note.Contains("is over", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_payload_is_tried_and_nothing_is_done()
    {
        using var alerts = await OpenAsync(fixture);
        var opened = await alerts.SendAsync(Firing("a"));
        var number = (await alerts.TicketAsync(opened))["number"];
        var told = await alerts.TryAsync("prometheus", Firing("a"), Firing("b"), Firing("b"), Resolved("b"), Resolved("c"), Resolved("a"));
        Assert.Equal(
            [
                $"would count on ticket {number}",
                "would open a ticket",
                "would count on that ticket",
                "would end what fires on that ticket",
                "would be kept for a while: nothing fires that it could end",
                $"would end what fires on ticket {number}",
            ],
            told
        );
        Assert.Equal("firing", Text(Assert.Single(await alerts.EpisodesAsync(opened)), "state"));
    }

    [Fact]
    public async Task Every_report_costs_a_bounded_number_of_storage_requests_whatever_is_open()
    {
        await using var app = await fixture.StartFrozenAppAsync();
        using var alerts = await OpenAsync(fixture, new() { StormAbove = 10_000 }, app);
        foreach (var key in Enumerable.Range(0, 10))
            await alerts.SendAsync(Firing($"open {key}"));
        using var count = new StorageCount(app);
        async Task<int> CostAsync(AlertReport report)
        {
            await app.DeliveredAsync();
            count.Reset();
            await alerts.SettleAsync(await alerts.PostAsync("prometheus", [report]), fixture.App);
            await app.DeliveredAsync();
            lock (count.Paths)
            {
                var mine = count.Paths.Where(path => Of.Any(name => path.Contains(name, StringComparison.OrdinalIgnoreCase))).ToList();
                TestContext.Current.TestOutputHelper!.WriteLine($"{mine.Count}:\n{string.Join('\n', mine)}");
                return mine.Count;
            }
        }

        var (opens, repeats, ends) = (await CostAsync(Firing()), await CostAsync(Firing()), await CostAsync(Resolved()));
        var again = await CostAsync(Firing());
        TestContext.Current.TestOutputHelper!.WriteLine($"opens {opens}, repeats {repeats}, ends {ends}, fires again {again}");
        Assert.InRange(repeats, 1, 7);
        Assert.InRange(opens, 1, 22);
        Assert.InRange(ends, 1, 24);
        Assert.InRange(again, 1, 26);
    }

    /// <summary>What alerts that come in are kept in.</summary>
    private static readonly string[] Of = ["receipt", "Episodes", "Tickets", "ticket-events", "Settings", "Numbers"];
}
