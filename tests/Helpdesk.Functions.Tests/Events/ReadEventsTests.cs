using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Helpdesk.Functions.Events;
using Helpdesk.Functions.Storage;
using Helpdesk.Functions.Tests.Tickets;
using Helpdesk.Functions.Tickets;
using Helpdesk.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Helpdesk.Functions.Tests.Events;

/// <summary>The one order of all events of a workspace, and who may read what of it.</summary>
public sealed class ReadEventsTests(DeskFixture fixture)
{
    /// <summary>An app whose segments are short.</summary>
    private Task<RunningApp> ShortAsync(int length) => RunningApp.StartAsync(fixture.Storage, builder => Shorten(builder.Services, length));

    private static void Shorten(IServiceCollection services, int length) => services.AddSingleton(new EventStreamOptions { SegmentLength = length });

    private static Task InvokeAsync(RunningApp app, Desk desk, long number, long upTo) =>
        app.InvokeAsync(
            nameof(DispatchTicketEvents),
            JsonSerializer.Serialize(new TicketMessage(desk.Workspace, number, upTo, TimeProvider.System.GetUtcNow(), "gone"), JsonSerializerOptions.Web)
        );

    /// <summary>All events there are, page by page.</summary>
    private static async Task<List<JsonNode>> AllAsync(Desk desk, string query = "", int limit = 100)
    {
        var (events, after) = (new List<JsonNode>(), "");
        while (true)
        {
            var page = (await desk.GetAsync($"/api/events?limit={limit}{after}{query}")).Expect(200).Json;
            var next = $"&after={page["next"]}";
            if (next == after)
                return events;
            events.AddRange(page["items"]!.AsArray().Select(one => one!));
            after = next;
        }
    }

    private static IEnumerable<string> Ids(IEnumerable<JsonNode> events) => events.Select(one => one["id"]!.GetValue<string>());

    private static long Number(Answer ticket) => ticket.Json["number"]!.GetValue<long>();

    [Fact]
    public async Task Every_event_of_the_workspace_comes_once_and_says_what_the_tickets_own_list_says()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var other = await fixture.OpenDeskAsync();
        var first = Number(await desk.OpenTicketAsync());
        var second = Number(await desk.OpenTicketAsync());
        (await desk.PostAsync($"/api/tickets/{first}/comments", new { body = "Hello" })).Expect(201);
        (await desk.PatchAsync($"/api/tickets/{second}", new { priority = "urgent" })).Expect(200);
        (await desk.PostAsync($"/api/tickets/{first}/resolve", new { resolution = "Done" })).Expect(200);
        await other.OpenTicketAsync();
        await fixture.App.DeliveredAsync();

        foreach (var limit in new[] { 1, 2, 100 })
        {
            var events = await AllAsync(desk, limit: limit);
            foreach (var number in new[] { first, second })
            {
                var own = (await desk.GetAsync($"/api/tickets/{number}/events?limit=100")).Json["items"]!.AsArray();
                var streamed = events.Where(one => one["number"]!.GetValue<long>() == number).ToList();
                Assert.Equal(own.Count, streamed.Count);
                foreach (var (one, streamedOne) in own.Zip(streamed))
                {
                    foreach (var field in new[] { "seq", "type", "at", "by", "actor", "data", "erasedAt" })
                        Assert.Equal(one![field]?.ToJsonString(), streamedOne[field]?.ToJsonString());
                    Assert.Equal($"{streamedOne["ticket"]}/{one!["seq"]}", streamedOne["id"]!.GetValue<string>());
                }
            }

            Assert.Equal(events.Count, Ids(events).Distinct().Count());
        }

        Assert.Equal(["ticket-opened"], (await AllAsync(other)).Select(one => one["type"]!.GetValue<string>()));
    }

    [Fact]
    public async Task Types_can_be_chosen_and_latest_begins_at_the_end()
    {
        using var desk = await fixture.OpenDeskAsync();
        Assert.Empty(await AllAsync(desk));
        for (var i = 0; i < 3; i++)
            await desk.OpenTicketAsync();
        (await desk.PatchAsync("/api/tickets/2", new { priority = "urgent" })).Expect(200);
        await fixture.App.DeliveredAsync();
        Assert.Equal([2L], (await AllAsync(desk, "&types=priority-changed")).Select(one => one["number"]!.GetValue<long>()));
        Assert.Equal(3, (await AllAsync(desk, "&types=ticket-opened", limit: 2)).Count);
        Assert.Contains("no-such-thing", (await desk.GetAsync("/api/events?types=no-such-thing")).Expect(400).Text, StringComparison.Ordinal);

        var end = (await desk.GetAsync("/api/events?after=latest")).Expect(200).Json;
        Assert.Empty(end["items"]!.AsArray());
        (await desk.PatchAsync("/api/tickets/1", new { priority = "low" })).Expect(200);
        await fixture.App.DeliveredAsync();
        var next = (await desk.GetAsync($"/api/events?after={end["next"]}")).Expect(200).Json["items"]!.AsArray();
        Assert.Equal("priority-changed", Assert.Single(next)!["type"]!.GetValue<string>());

        using var other = await fixture.OpenDeskAsync();
        Assert.Contains("after", (await other.GetAsync($"/api/events?after={end["next"]}")).Expect(400).Text, StringComparison.Ordinal);
        (await desk.GetAsync("/api/events?after=nonsense")).Expect(400);
        (await desk.GetAsync("/api/events?wait=26")).Expect(400);
    }

    [Fact]
    public async Task A_key_that_may_not_read_notes_is_not_told_of_them()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var bridge = await desk.WithRoleAsync("integration");
        using var agent = await desk.WithRoleAsync("agent");
        await desk.OpenTicketAsync();
        (await desk.PostAsync("/api/tickets/1/comments", new { body = "Between us", visibility = "internal" })).Expect(201);
        (await desk.PostAsync("/api/tickets/1/comments", new { body = "Hello" })).Expect(201);
        await fixture.App.DeliveredAsync();
        Assert.Equal(2, (await AllAsync(agent)).Count(one => one["type"]!.GetValue<string>() == "comment-added"));
        var told = await AllAsync(bridge);
        var comment = Assert.Single(told, one => one["type"]!.GetValue<string>() == "comment-added");
        Assert.Equal("public", comment["data"]!["visibility"]!.GetValue<string>());
        Assert.DoesNotContain(told, one => one["erased"] is not null);
    }

    [Fact]
    public async Task Who_waits_is_told_as_soon_as_something_happens()
    {
        using var desk = await fixture.OpenDeskAsync();
        var end = (await desk.GetAsync("/api/events?after=latest")).Json["next"]!.GetValue<string>();
        var waiting = desk.GetAsync($"/api/events?after={end}&wait=25");
        await desk.OpenTicketAsync();
        var item = Assert.Single((await waiting).Expect(200).Json["items"]!.AsArray());
        Assert.Equal("ticket-opened", item!["type"]!.GetValue<string>());

        // What another process appends is found as well.
        await using var elsewhere = await RunningApp.StartAsync(fixture.Storage);
        using var there = new Desk(desk.Workspace, desk.Key, elsewhere.Address);
        end = (await there.GetAsync("/api/events?after=latest")).Json["next"]!.GetValue<string>();
        waiting = there.GetAsync($"/api/events?after={end}&wait=25");
        await desk.OpenTicketAsync();
        Assert.Single((await waiting).Expect(200).Json["items"]!.AsArray());
    }

    [Fact]
    public async Task A_page_costs_a_request_for_each_ticket_on_it_and_two_more()
    {
        await using var app = await fixture.StartFrozenAppAsync();
        using var desk = await fixture.OpenDeskAsync(app);
        for (var i = 0; i < 5; i++)
            await desk.OpenTicketAsync();
        for (var i = 0; i < 6; i++)
            (await desk.PatchAsync("/api/tickets/1", new { subject = $"Subject {i}" })).Expect(200);
        await app.DeliveredAsync();
        var start = (await desk.GetAsync("/api/events?limit=1")).Json["next"]!.GetValue<string>();
        using var count = new StorageCount(app);
        Assert.Equal(10, (await desk.GetAsync($"/api/events?after={start}&limit=100")).Expect(200).Json["items"]!.AsArray().Count);
        Assert.Equal(2 + 5, count.Count);
        count.Reset();
        // Most of them are not wanted, and are not read.
        Assert.Equal(4, (await desk.GetAsync($"/api/events?after={start}&types=ticket-opened")).Json["items"]!.AsArray().Count);
        Assert.InRange(count.Count, 1, 3 + 4);
    }

    [Fact]
    public async Task Segments_follow_each_other_and_an_event_that_an_earlier_one_has_is_not_appended_again()
    {
        await using var app = await ShortAsync(length: 3);
        using var desk = await fixture.OpenDeskAsync(app);
        for (var i = 0; i < 8; i++)
        {
            await desk.OpenTicketAsync();
            (await desk.PatchAsync($"/api/tickets/{i + 1}", new { priority = "urgent" })).Expect(200);
            await app.DeliveredAsync();
        }

        var events = Ids(await AllAsync(desk)).ToList();
        Assert.Equal(16, events.Count);
        Assert.Equal(16, events.Distinct().Count());
        Assert.Equal(events, Ids(await AllAsync(desk, limit: 1)));
        Assert.Equal(events, Ids(await AllAsync(desk, limit: 4)));

        // As if nobody had noted that they were appended.
        var stream = app.Services.GetRequiredService<EventStream>();
        var tickets = app.Services.GetRequiredService<TicketStore>();
        foreach (var number in new[] { 1, 5, 8 })
        {
            var ticket = (await tickets.FindAsync(new TicketAddress(desk.Workspace, number), default))!;
            var own = await tickets.ReadEventsAsync(TicketAddress.Of(ticket), 0, 100, default);
            await stream.AppendAsync(desk.Workspace, [.. own.Select(one => EventReference.Of(ticket, one))], default);
        }

        Assert.Equal(events, Ids(await AllAsync(desk)));
    }

    /// <summary>The process dies before any of its writes in turn; the message that it sent first brings what is missing, and nothing twice.</summary>
    [Fact]
    public async Task Whatever_the_process_dies_before_every_event_comes_once()
    {
        for (var writes = 0; ; writes++)
        {
            await using var mortal = await MortalApp.StartAsync(fixture.Storage, everything: true);
            using var desk = await fixture.OpenDeskAsync(mortal.App);
            await desk.OpenTicketAsync();
            await mortal.App.DeliveredAsync();
            mortal.DieAfter(writes);
            var answer = await desk.PatchAsync("/api/tickets/1", new { priority = "urgent" });
            await mortal.App.DeliveredAsync();
            var died = mortal.HasDied;
            using var survivor = new Desk(desk.Workspace, desk.Key, fixture.App.Address);
            var version = (await survivor.GetAsync("/api/tickets/1")).Json["version"]!.GetValue<long>();
            await InvokeAsync(fixture.App, desk, 1, 2);
            await InvokeAsync(fixture.App, desk, 1, 2);
            Assert.Equal(version, (await AllAsync(survivor)).Count);
            Assert.Equal(answer.Status == 200, version == 2);
            if (!died)
                break;
        }
    }

    [Fact]
    public async Task What_is_kept_too_long_goes_and_a_reader_who_missed_it_is_told()
    {
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var app = await RunningApp.StartAsync(
            fixture.Storage,
            builder =>
            {
                builder.Services.AddSingleton<TimeProvider>(clock);
                builder.Services.AddSingleton(new EventStreamOptions { SegmentLength = 3 });
            }
        );
        using var desk = await fixture.OpenDeskAsync(app);
        var stream = app.Services.GetRequiredService<EventStream>();
        async Task OpenAsync(int count)
        {
            for (var i = 0; i < count; i++)
                await desk.OpenTicketAsync();
            await app.DeliveredAsync();
        }

        await OpenAsync(5);
        var cursors = new List<string>();
        for (var after = ""; cursors.Count < 5; after = $"&after={cursors[^1]}")
            cursors.Add((await desk.GetAsync($"/api/events?limit=1{after}")).Json["next"]!.GetValue<string>());
        await stream.RemoveOldAsync(desk.Workspace, default);
        Assert.Equal(5, (await AllAsync(desk)).Count);

        clock.Advance(TimeSpan.FromDays(60));
        await OpenAsync(3);
        clock.Advance(TimeSpan.FromDays(31));
        await stream.RemoveOldAsync(desk.Workspace, default);
        await stream.RemoveOldAsync(desk.Workspace, default);
        Assert.Equal([6L, 7L, 8L], (await AllAsync(desk)).Select(one => one["number"]!.GetValue<long>()));
        var ahead = Helpdesk.Functions.Hosting.PageCursor.Write($"stream {desk.Workspace}", "1", "1000");
        var far = Helpdesk.Functions.Hosting.PageCursor.Write($"stream {desk.Workspace}", "900", "0");
        foreach (var place in new[] { ahead, far })
            Assert.Equal("events-unknown", (await desk.GetAsync($"/api/events?after={place}")).Expect(410).Code);
        foreach (var (segment, index) in new[] { ("1", ""), ("x", "3"), ("1", "-5"), ("-1", "3"), ("1", "99999999999999999999") })
        {
            var damaged = Helpdesk.Functions.Hosting.PageCursor.Write($"stream {desk.Workspace}", segment, index);
            Assert.NotNull((await desk.GetAsync($"/api/events?after={damaged}")).Expect(400).Json["errors"]!["after"]);
        }

        foreach (var missed in cursors[..4])
            Assert.Equal("events-expired", (await desk.GetAsync($"/api/events?after={missed}")).Expect(410).Code);
        // Who had seen all of it has missed nothing.
        var seen = (await desk.GetAsync($"/api/events?after={cursors[4]}")).Expect(200).Json["items"]!.AsArray();
        Assert.Equal([6L, 7L, 8L], seen.Select(one => one!["number"]!.GetValue<long>()));

        // What comes late and is older than everything that is kept comes no more.
        var tickets = app.Services.GetRequiredService<TicketStore>();
        var first = (await tickets.FindAsync(new TicketAddress(desk.Workspace, 1), default))!;
        var late = await tickets.ReadEventsAsync(TicketAddress.Of(first), 0, 10, default);
        await stream.AppendAsync(desk.Workspace, [.. late.Select(one => EventReference.Of(first, one))], default);
        Assert.Equal(3, (await AllAsync(desk)).Count);

        // A workspace in which nothing has happened for long is emptied as well, and goes on.
        clock.Advance(TimeSpan.FromDays(200));
        await stream.RemoveOldAsync(desk.Workspace, default);
        Assert.Empty(await AllAsync(desk));
        await OpenAsync(1);
        Assert.Equal([9L], (await AllAsync(desk)).Select(one => one["number"]!.GetValue<long>()));
    }

    [Fact]
    public async Task An_event_that_is_gone_leaves_its_place()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var bridge = await desk.WithRoleAsync("integration");
        await desk.OpenTicketAsync();
        await desk.OpenTicketAsync();
        await fixture.App.DeliveredAsync();
        var table = fixture.App.Services.GetRequiredService<StorageClients>().Table(TicketStore.TableName);
        var partition = new TicketAddress(desk.Workspace, 1).Partition;
        await table.DeleteEntityAsync(partition, TicketRows.EventKey(partition, 1), cancellationToken: default);
        foreach (var reader in new[] { desk, bridge })
        {
            var events = await AllAsync(reader);
            Assert.Equal([1L, 2L], events.Select(one => one["number"]!.GetValue<long>()));
            Assert.True(events[0]["erased"]!.GetValue<bool>());
            Assert.Null(events[0]["data"]);
            Assert.Null(events[1]["erased"]);
        }
    }

    /// <summary>Writers in two processes, one of which dies again and again between two of its writes; every message comes twice.</summary>
    [Fact]
    public async Task Four_readers_see_every_event_of_eight_writers_once_and_in_the_same_order_whoever_dies()
    {
        await using var steady = await ShortAsync(length: 40);
        using var desk = await fixture.OpenDeskAsync(steady);
        using var stop = new CancellationTokenSource();
        var readers = Enumerable.Range(0, 4).Select(reader => ReadAsync(steady, desk, reader, stop.Token)).ToList();
        for (var life = 0; life < 6; life++)
        {
            await using var mortal = await MortalApp.StartAsync(fixture.Storage, "", everything: true, builder => Shorten(builder.Services, 40));
            using var there = new Desk(desk.Workspace, desk.Key, mortal.App.Address);
            mortal.DieAfter(40 + life * 7);
            await Task.WhenAll(Enumerable.Range(0, 8).Select(writer => WriteAsync(writer < 4 ? desk : there, life, writer)));
            Assert.True(mortal.HasDied);
        }

        await steady.DeliveredAsync();
        var expected = new HashSet<string>(StringComparer.Ordinal);
        for (var (number, missing) = (1L, 0); missing < 120; number++)
        {
            var ticket = await desk.GetAsync($"/api/tickets/{number}");
            missing = ticket.Status == 404 ? missing + 1 : 0;
            if (ticket.Status == 404)
                continue;
            var version = ticket.Expect(200).Json["version"]!.GetValue<long>();
            for (var seq = 1; seq <= version; seq++)
                expected.Add($"{ticket.Json["id"]}/{seq}");
            await InvokeAsync(steady, desk, number, version);
            await InvokeAsync(steady, desk, number, version);
        }

        var all = Ids(await AllAsync(desk)).ToList();
        Assert.Equal(expected.Order(), all.Order());
        await Until.TrueAsync(() => Task.FromResult(_seen.Values.All(seen => seen.Count >= all.Count)), "every reader is at the end");
        await stop.CancelAsync();
        await Task.WhenAll(readers);
        Assert.All(_seen.Values, seen => Assert.Equal(all, seen));
        // The events of one ticket are in their order.
        foreach (var ticket in all.Select(id => id.Split('/')).GroupBy(id => id[0]))
            Assert.Equal(ticket.Select(id => int.Parse(id[1], CultureInfo.InvariantCulture)), Enumerable.Range(1, ticket.Count()));
    }

    private readonly ConcurrentDictionary<int, List<string>> _seen = new();

    private static async Task WriteAsync(Desk desk, int life, int writer)
    {
        for (var i = 0; i < 4; i++)
        {
            var opened = await desk.PostAsync(
                "/api/tickets",
                new
                {
                    subject = $"{life} {writer} {i}",
                    description = "d",
                    requester = new { email = "rita@example.com" },
                }
            );
            if (opened.Status != 201)
                continue;
            await desk.PatchAsync($"/api/tickets/{opened.Json["id"]}", new { priority = "urgent" });
            await desk.PostAsync($"/api/tickets/{opened.Json["id"]}/comments", new { body = "Hello" });
        }
    }

    /// <summary>Half of the readers ask another process, and half of them are asked to wait.</summary>
    private async Task ReadAsync(RunningApp steady, Desk desk, int reader, CancellationToken stop)
    {
        using var there = new Desk(desk.Workspace, desk.Key, reader % 2 == 0 ? steady.Address : fixture.App.Address);
        var (seen, after) = (_seen[reader] = [], "");
        while (!stop.IsCancellationRequested)
        {
            var page = (await there.GetAsync($"/api/events?limit={7 + reader}&wait={reader / 2}{after}")).Expect(200).Json;
            lock (seen)
                seen.AddRange(Ids(page["items"]!.AsArray().Select(one => one!)));
            after = $"&after={page["next"]}";
        }
    }
}
