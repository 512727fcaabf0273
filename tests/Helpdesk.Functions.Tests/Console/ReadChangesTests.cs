using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Helpdesk.Functions.Events;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Helpdesk.Functions.Tests.Console;

/// <summary>What a console is told while it is open.</summary>
public sealed class ReadChangesTests(DeskFixture fixture)
{
    private static async Task<JsonNode> ChangesAsync(Desk desk, string? after, string more = "") =>
        (await desk.GetAsync($"/api/changes?{(after is null ? "" : $"after={after}")}{more}")).Expect(200).Json;

    private static string Next(JsonNode changes) => changes["next"]!.GetValue<string>();

    [Fact]
    public async Task A_console_is_told_once_of_each_ticket_that_has_changed_and_how_it_is_now()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var foreign = await fixture.OpenDeskAsync();
        var first = (await desk.OpenTicketAsync()).Json;
        await fixture.App.DeliveredAsync();
        var begin = await ChangesAsync(desk, null, "&wait=25");
        Assert.Empty(begin["items"]!.AsArray());

        var second = (await desk.OpenTicketAsync()).Json;
        (await desk.PostAsync($"/api/tickets/{first["id"]}/assign", new { assignee = "admin" })).Expect(200);
        (await desk.PostAsync($"/api/tickets/{first["id"]}/comments", new { body = "Soon", visibility = "internal" })).Expect(201);
        await foreign.OpenTicketAsync();
        await fixture.App.DeliveredAsync();
        var (items, next) = (new List<JsonNode>(), Next(begin));
        while (await ChangesAsync(desk, next) is var page && Next(page) != next)
        {
            items.AddRange(page["items"]!.AsArray().Select(one => one!));
            next = Next(page);
        }

        Assert.Equal(
            new[] { first["number"]!.GetValue<long>(), second["number"]!.GetValue<long>() }.Order(),
            items.Select(one => one["number"]!.GetValue<long>()).Order()
        );
        var changed = items.Single(one => one["number"]!.GetValue<long>() == first["number"]!.GetValue<long>());
        var now = await desk.GetAsync($"/api/tickets/{first["id"]}");
        Assert.Equal(
            (now.Json["version"]!.GetValue<long>(), "open", "admin", first["id"]!.GetValue<string>()),
            (
                changed["version"]!.GetValue<long>(),
                changed["status"]!.GetValue<string>(),
                changed["assignee"]!.GetValue<string>(),
                changed["ticket"]!.GetValue<string>()
            )
        );
        Assert.Contains("comment-added", changed["events"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.Null(changed["subject"]);
    }

    /// <summary>A console asks only for counts that may have moved; one that it is not told of must be as it was.</summary>
    [Fact]
    public async Task A_console_is_told_which_views_may_count_differently()
    {
        using var desk = await fixture.OpenDeskAsync();
        var ticket = (await desk.OpenTicketAsync()).Json["id"]!.GetValue<string>();
        var view = new
        {
            name = "Printers",
            columns = new[] { "number" },
            condition = new
            {
                field = "tags",
                op = "contains",
                value = "printer",
            },
        };
        var printers = (await desk.PostAsync("/api/views", view)).Expect(201).Json["id"]!.GetValue<string>();
        await fixture.App.DeliveredAsync();
        var next = Next(await ChangesAsync(desk, null));

        (await desk.PatchAsync($"/api/tickets/{ticket}", new { tags = new[] { "printer" } })).Expect(200);
        await fixture.App.DeliveredAsync();
        var (tagged, after) = await MovedAsync(desk, next);
        Assert.Contains(printers, tagged);
        Assert.DoesNotContain("open", tagged);
        Assert.DoesNotContain("my-tickets", tagged);
        // What moves by time alone is always named.
        Assert.Contains("due-soon", tagged);

        (await desk.PatchAsync($"/api/tickets/{ticket}", new { status = "pending" })).Expect(200);
        await fixture.App.DeliveredAsync();
        var (waits, _) = await MovedAsync(desk, after);
        Assert.Contains("open", waits);
        Assert.Contains("waiting", waits);
        Assert.DoesNotContain(printers, waits);
        var counts = (await desk.GetAsync($"/api/views/counts?view=waiting,{printers}")).Expect(200).Json["items"]!.AsArray();
        Assert.Equal([printers, "waiting"], counts.Select(one => one!["id"]!.GetValue<string>()).Order(StringComparer.Ordinal));
    }

    private static async Task<(IReadOnlyList<string> Views, string Next)> MovedAsync(Desk desk, string next)
    {
        var moved = new List<string>();
        while (await ChangesAsync(desk, next) is var page && Next(page) != next)
        {
            moved.AddRange(page["views"]!.AsArray().Select(one => one!.GetValue<string>()));
            next = Next(page);
        }

        return (moved, next);
    }

    [Fact]
    public async Task Who_waits_is_told_as_soon_as_something_happens()
    {
        using var desk = await fixture.OpenDeskAsync();
        var begin = Next(await ChangesAsync(desk, null));
        var waiting = ChangesAsync(desk, begin, "&wait=25");
        var ticket = (await desk.OpenTicketAsync()).Json;
        var told = await waiting;
        Assert.Equal(ticket["number"]!.GetValue<long>(), told["items"]!.AsArray().Single()!["number"]!.GetValue<long>());
    }

    /// <summary>Another instance of the app has no way to wake who waits here: storage is asked every second.</summary>
    [Fact]
    public async Task Who_waits_is_told_of_what_another_instance_does_and_of_who_comes_to_a_ticket_and_goes()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var ada = await desk.WithRoleAsync("agent");
        await using var other = await RunningApp.StartAsync(fixture.Storage);
        using var there = new Desk(ada.Workspace, ada.Key, other.Address);
        var ticket = (await desk.OpenTicketAsync()).Json["id"]!.GetValue<string>();
        await fixture.App.DeliveredAsync();
        var begin = await ChangesAsync(desk, null, $"ticket={ticket}");
        Assert.Empty(begin["presence"]!.AsArray());

        var waiting = ChangesAsync(desk, Next(begin), $"&wait=25&ticket={ticket}");
        await SayAsync(there, ticket, "viewing");
        var come = await waiting;
        Assert.Equal("viewing", come["presence"]!.AsArray().Single()!["doing"]!.GetValue<string>());
        Assert.Empty(come["items"]!.AsArray());

        waiting = ChangesAsync(desk, Next(come), $"&wait=25&ticket={ticket}");
        // That she is still there is nothing new.
        await SayAsync(there, ticket, "viewing");
        await SayAsync(there, ticket, "replying");
        var replying = await waiting;
        Assert.Equal("replying", replying["presence"]!.AsArray().Single()!["doing"]!.GetValue<string>());

        waiting = ChangesAsync(desk, Next(replying), $"&wait=25&ticket={ticket}");
        await SayAsync(there, ticket, "gone");
        var gone = await waiting;
        Assert.Empty(gone["presence"]!.AsArray());

        waiting = ChangesAsync(desk, Next(gone), $"&wait=25&ticket={ticket}");
        await there.OpenTicketAsync();
        Assert.Single((await waiting)["items"]!.AsArray());
    }

    [Fact]
    public async Task Nobody_of_another_workspace_sees_who_is_at_a_ticket()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var foreign = await fixture.OpenDeskAsync();
        var ticket = (await desk.OpenTicketAsync()).Json["id"]!.GetValue<string>();
        using var ada = await desk.WithRoleAsync("agent");
        await SayAsync(ada, ticket, "viewing");
        Assert.Single((await ChangesAsync(desk, null, $"ticket={ticket}"))["presence"]!.AsArray());
        Assert.Empty((await ChangesAsync(foreign, null, $"ticket={ticket}"))["presence"]!.AsArray());
        (await foreign.GetAsync($"/api/changes?after={Next(await ChangesAsync(desk, null))}")).Expect(400);
        (await desk.GetAsync("/api/changes?ticket=printer")).Expect(400);
        (await desk.GetAsync("/api/changes?wait=26")).Expect(400);
    }

    [Fact]
    public async Task Who_looks_at_another_ticket_is_told_at_once_who_is_there()
    {
        using var desk = await fixture.OpenDeskAsync();
        var one = (await desk.OpenTicketAsync()).Json["id"]!.GetValue<string>();
        var two = (await desk.OpenTicketAsync()).Json["id"]!.GetValue<string>();
        await fixture.App.DeliveredAsync();
        var begin = await ChangesAsync(desk, null, $"ticket={one}");
        var moved = await ChangesAsync(desk, Next(begin), $"&wait=25&ticket={two}");
        Assert.Empty(moved["presence"]!.AsArray());
        Assert.NotEqual(Next(begin), Next(moved));
        Assert.Null((await ChangesAsync(desk, Next(moved), "&wait=25"))["presence"]);
    }

    /// <summary>Nothing happens: the answer comes when the time is over, and says so by the same place.</summary>
    [Fact]
    public async Task An_answer_tells_of_a_bounded_number_of_events_and_whoever_asks_again_gets_the_rest()
    {
        using var desk = await fixture.OpenDeskAsync();
        var begin = Next(await ChangesAsync(desk, null));
        var ticket = (await desk.OpenTicketAsync()).Json["id"]!.GetValue<string>();
        for (var time = 0; time < 60; time++)
            (await desk.PatchAsync($"/api/tickets/{ticket}", new { priority = time % 2 == 0 ? "high" : "low", subject = $"Printer {time}" })).Expect(200);
        await fixture.App.DeliveredAsync();
        var (counts, next) = (new List<int>(), begin);
        while (await ChangesAsync(desk, next) is var page && Next(page) != next)
        {
            counts.Add(page["items"]!.AsArray().Sum(one => one!["events"]!.AsArray().Count));
            next = Next(page);
        }

        Assert.Equal(121, counts.Sum());
        Assert.All(counts, count => Assert.InRange(count, 1, 100));
    }

    [Fact]
    public async Task A_look_where_nothing_has_happened_costs_one_request_of_storage_and_two_at_a_ticket()
    {
        await using var app = await fixture.StartFrozenAppAsync();
        using var desk = await fixture.OpenDeskAsync(app);
        var ticket = (await desk.OpenTicketAsync()).Json["id"]!.GetValue<string>();
        await app.DeliveredAsync();
        var list = Next(await ChangesAsync(desk, null));
        var open = Next(await ChangesAsync(desk, null, $"ticket={ticket}"));
        using var count = new StorageCount(app);
        await ChangesAsync(desk, list);
        Assert.Equal(1, count.Count);
        count.Reset();
        await ChangesAsync(desk, open, $"&ticket={ticket}");
        Assert.Equal(2, count.Count);
    }

    private static async Task SayAsync(Desk desk, string ticket, string doing) =>
        (await desk.SendAsync(HttpMethod.Put, $"/api/tickets/{ticket}/presence", JsonContent.Create(new { doing }))).Expect(200);
}
