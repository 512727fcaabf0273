using Azure.Data.Tables;
using Helpdesk.Functions.Storage;
using Helpdesk.Functions.Tickets;
using Helpdesk.Functions.Views;
using Helpdesk.Testing;
using Helpdesk.Tickets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Helpdesk.Functions.Tests.Views;

/// <summary>In an emulator of its own: among thousands of rows every query of everybody else would take longer.</summary>
public sealed class CountViewsTests(CountViewsTests.Own own) : IClassFixture<CountViewsTests.Own>
{
    private readonly DeskFixture _fixture = own.Fixture;

    /// <summary>Storage that nobody shares.</summary>
    public sealed class Own : IAsyncLifetime
    {
        internal DeskFixture Fixture { get; } = new();

        public ValueTask InitializeAsync() => Fixture.InitializeAsync();

        public ValueTask DisposeAsync() => Fixture.DisposeAsync();
    }

    private static readonly CancellationToken Cancelled = TestContext.Current.CancellationToken;

    private static string Counts(Answer answer) =>
        string.Join(
            ' ',
            answer.Expect(200).Json["items"]!
                .AsArray()
                .Select(one => $"{one!["id"]}:{one["count"]}{(one["more"]!.GetValue<bool>() ? "+" : "")}")
                .Where(one => !one.StartsWith("own-", StringComparison.Ordinal))
        );

    private static string Of(Answer answer, string view) => Counts(answer).Split(' ').Single(one => one.StartsWith($"{view}:", StringComparison.Ordinal));

    /// <summary>Fills the lists of a workspace with live and closed tickets, as deliveries do.</summary>
    internal static async Task FillAsync(RunningApp app, string workspace, int live, int closed = 0, int from = 1_000_000, int people = 50)
    {
        var lists = app.Services.GetRequiredService<TicketListStore>();
        var start = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var moves = Enumerable
            .Range(from, live + closed)
            .Select(number => new ListMove(
                null,
                new Ticket
                {
                    Id = $"{number}-aaaaaaaaaa",
                    Number = number,
                    Workspace = workspace,
                    Subject = $"Ticket {number}",
                    Description = "",
                    Status = number < from + live ? TicketStatus.Open : TicketStatus.Closed,
                    Priority = number % 10 == 0 ? TicketPriority.Urgent : TicketPriority.Normal,
                    Tier = 1,
                    Assignee = number % 4 == 0 ? "admin" : null,
                    Requester = new($"rita{number % people}@example.com", "Rita"),
                    Channel = IntakeChannel.Api,
                    CreatedAt = start.AddSeconds(number - from),
                    UpdatedAt = start.AddSeconds(number - from),
                    Version = 2,
                }
            ));
        foreach (var chunk in moves.Chunk(500))
            await lists.ApplyAsync(chunk, Cancelled);
    }

    [Fact]
    public async Task Views_are_counted_for_whoever_asks()
    {
        using var desk = await _fixture.OpenDeskAsync();
        using var elsewhere = await _fixture.OpenDeskAsync();
        using var agent = await desk.WithRoleAsync("agent");
        using var bridge = await desk.WithRoleAsync("integration");
        var mine = (await desk.OpenTicketAsync()).Json["number"];
        await desk.OpenTicketAsync("Shop", "omar@example.com");
        var waits = (await desk.OpenTicketAsync("Waits", "ned@example.com")).Json["number"];
        (await agent.PostAsync($"/api/tickets/{mine}/assign", new { assignee = "me" })).Expect(200);
        (await desk.PatchAsync($"/api/tickets/{waits}", new { status = "pending" })).Expect(200);
        await desk.ResolvedTicketAsync();
        await _fixture.App.DeliveredAsync();
        await Testing.Until.TrueAsync(
            async () => Counts(await agent.GetAsync("/api/views/counts")) == "my-tickets:1 unassigned:2 open:3 due-soon:0 waiting:1 resolved:1",
            "the counts are those of the agent"
        );
        Assert.Equal("my-tickets:0", Of(await desk.GetAsync("/api/views/counts"), "my-tickets"));
        Assert.Equal("open:0", Of(await elsewhere.GetAsync("/api/views/counts"), "open"));
        Assert.Equal(403, (await bridge.GetAsync("/api/views/counts")).Status);
    }

    [Fact]
    public async Task Lists_are_read_once_for_all_views_and_remembered_for_seconds()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var app = await RunningApp.StartAsync(_fixture.Storage, builder => builder.Services.AddSingleton<TimeProvider>(time));
        using var desk = await _fixture.OpenDeskAsync(app);
        await FillAsync(app, desk.Workspace, live: 1_000);
        for (var i = 0; i < 10; i++)
        {
            (
                await desk.PostAsync(
                    "/api/views",
                    new
                    {
                        name = $"Priority {i}",
                        shared = true,
                        condition = new
                        {
                            all = new object[]
                            {
                                new
                                {
                                    field = "status",
                                    op = "is",
                                    value = "open",
                                },
                                new
                                {
                                    field = "priority",
                                    op = i % 2 == 0 ? "is" : "is-not",
                                    value = "urgent",
                                },
                                new
                                {
                                    field = "number",
                                    op = "more-than",
                                    value = i,
                                },
                            },
                        },
                    }
                )
            ).Expect(201);
        }

        (await desk.GetAsync("/api/views/counts")).Expect(200);
        time.Advance(ViewCounts.Remembered);
        using var count = new StorageCount(app);
        var first = (await desk.GetAsync("/api/views/counts")).Expect(200);
        Assert.Equal("my-tickets:250", Of(first, "my-tickets"));
        Assert.Equal("unassigned:750", Of(first, "unassigned"));
        Assert.Equal("priority-0:100", Of(first, "priority-0"));
        Assert.Equal("priority-1:900", Of(first, "priority-1"));
        Assert.Equal("PT0S", first.Json["age"]!.GetValue<string>());
        // Four statuses and two more of the view of what was resolved lately, in four partitions each; and who holds the key.
        Assert.InRange(count.Paths.Count(path => path.Contains("TicketLists", StringComparison.Ordinal)), 24, 24);
        Assert.InRange(count.Count, 24, 30);

        count.Reset();
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal("PT2S", (await desk.GetAsync("/api/views/counts")).Json["age"]!.GetValue<string>());
        Assert.Equal(0, count.Count);
    }

    [Fact]
    public async Task Pages_and_counts_cost_the_same_with_many_closed_tickets_as_with_none()
    {
        await using var app = await _fixture.StartFrozenAppAsync();
        using var small = await _fixture.OpenDeskAsync(app);
        using var large = await _fixture.OpenDeskAsync(app);
        await FillAsync(app, small.Workspace, live: 1_000);
        await FillAsync(app, large.Workspace, live: 1_000, closed: 1_000);
        foreach (var desk in new[] { small, large })
            (await desk.GetAsync("/api/views")).Expect(200);

        async Task<(string Answer, long Requests)> CostAsync(Desk desk, string path)
        {
            using var count = new StorageCount(app);
            var answer = (await desk.GetAsync(path)).Expect(200);
            return (path.EndsWith("counts", StringComparison.Ordinal) ? Counts(answer) : $"{answer.Json["items"]!.AsArray().Count}", count.Count);
        }

        foreach (
            var (path, most) in new[]
            {
                ("/api/views/open/tickets", 16),
                ("/api/views/my-tickets/tickets", 4),
                ("/api/views/unassigned/tickets?limit=100", 20),
                ("/api/views/due-soon/tickets", 24),
            }
        )
        {
            var (few, many) = (await CostAsync(small, path), await CostAsync(large, path));
            Assert.Equal(few, many);
            Assert.InRange(many.Requests, 1, most + 2);
        }

        var (before, after) = (await CostAsync(small, "/api/views/counts"), await CostAsync(large, "/api/views/counts"));
        Assert.Equal(before.Answer, after.Answer);
        Assert.InRange(after.Requests, 1, before.Requests);
    }

    [Fact]
    public async Task A_view_that_few_tickets_pass_is_read_in_bounded_steps_to_its_end()
    {
        await using var app = await _fixture.StartFrozenAppAsync();
        using var desk = await _fixture.OpenDeskAsync(app);
        await FillAsync(app, desk.Workspace, live: 300, closed: 700);
        var view = (
            await desk.PostAsync(
                "/api/views",
                new
                {
                    name = "Two tickets",
                    condition = new
                    {
                        field = "number",
                        op = "in",
                        value = new[] { 1_000_000, 1_000_999 },
                    },
                }
            )
        ).Expect(201);
        Assert.True(view.Json["reads"]!["everything"]!.GetValue<bool>());
        var (numbers, cursor, most) = (new List<long>(), "", 0L);
        do
        {
            using var count = new StorageCount(app);
            var page = (await desk.GetAsync($"/api/views/{view.Json["id"]}/tickets?limit=1{cursor}")).Expect(200).Json;
            numbers.AddRange(page["items"]!.AsArray().Select(item => item!["number"]!.GetValue<long>()));
            most = Math.Max(most, count.Count);
            cursor = page["nextCursor"] is { } next ? $"&cursor={next.GetValue<string>()}" : "";
        } while (cursor.Length > 0);
        Assert.Equal([1_000_999, 1_000_000], numbers);
        Assert.InRange(most, 1, TicketListScans.MostQueries + 2);
        Assert.Equal(
            "2",
            (await desk.GetAsync("/api/views/counts")).Json["items"]!.AsArray().Single(one => one!["id"]!.ToString() == view.Json["id"]!.ToString())![
                "count"
            ]!.ToString()
        );
    }

    /// <summary>With 100,000 tickets, where there is time for it: <c>HELPDESK_TEST_LARGE=1</c>.</summary>
    [Fact]
    public async Task A_count_is_a_lower_bound_where_a_list_is_longer_than_one_request_gives()
    {
        var live = Environment.GetEnvironmentVariable("HELPDESK_TEST_LARGE") == "1" ? 100_000 : 1_050;
        // More than the emulator can write to disk.
        await using var large = live > 1_050 ? await AzuriteServer.StartAsync(inMemory: true) : null;
        await using var app = await _fixture.StartFrozenAppAsync(storage: large?.ConnectionString);
        using var desk = await _fixture.OpenDeskAsync(app);
        await FillAsync(app, desk.Workspace, live, people: live > 1_050 ? 50 : 1);
        using var count = new StorageCount(app);
        var counts = (await desk.GetAsync("/api/views/counts")).Expect(200);
        var open = counts.Json["items"]!.AsArray().Single(one => one!["id"]!.ToString() == "open")!;
        Assert.True(open["more"]!.GetValue<bool>());
        Assert.InRange(open["count"]!.GetValue<int>(), 1_000, 4_000);
        Assert.InRange(count.Count, 1, ViewCounts.MostQueries + 4);
        count.Reset();
        var page = (await desk.GetAsync("/api/views/open/tickets?limit=100")).Expect(200);
        Assert.Equal(100, page.Json["items"]!.AsArray().Count);
        Assert.InRange(count.Count, 1, 18);
    }
}
