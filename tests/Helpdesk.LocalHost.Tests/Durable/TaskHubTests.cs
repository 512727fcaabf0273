using System.Collections.Concurrent;
using System.Globalization;
using Azure.Data.Tables;
using Google.Protobuf.WellKnownTypes;
using Helpdesk.Durable.Protocol;
using Helpdesk.LocalHost.Durable;
using Helpdesk.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Helpdesk.LocalHost.Tests.Durable;

/// <summary>The hub on real tables, with a worker that the test plays: what happens at the edges, and when a host ends without a word.</summary>
public sealed class TaskHubTests(StorageFixture fixture) : IAsyncDisposable
{
    private readonly string _table = $"Hub{Guid.NewGuid():N}";
    private readonly List<TaskHub> _hubs = [];

    /// <summary>Answers turns and activities as the test says.</summary>
    private sealed class PlayedWorker(Func<OrchestratorRequest, IReadOnlyList<OrchestratorAction>> turn, Func<ActivityRequest, CancellationToken, Task<string?>> activity, bool near) : IHubWorker
    {
        public ConcurrentQueue<OrchestratorRequest> Turns { get; } = [];

        public bool IsNear => near;

        public bool RunsOrchestrator(string name) => name == "Played";

        public bool RunsActivity(string name) => true;

        public Task<OrchestratorResponse> RunTurnAsync(OrchestratorRequest request, string name, byte[] history, CancellationToken cancel)
        {
            var whole = request.Clone();
            whole.PastEvents.AddRange(OrchestratorRequest.Parser.ParseFrom(history).PastEvents);
            Turns.Enqueue(whole);
            var response = new OrchestratorResponse { InstanceId = request.InstanceId };
            response.Actions.AddRange(turn(whole));
            return Task.FromResult(response);
        }

        public async Task<ActivityResponse> RunActivityAsync(ActivityRequest request, CancellationToken cancel) => new() { TaskId = request.TaskId, Result = await activity(request, cancel) };
    }

    private async Task<(TaskHub Hub, PlayedWorker Worker)> HubAsync(
        Func<OrchestratorRequest, IReadOnlyList<OrchestratorAction>> turn, Func<ActivityRequest, CancellationToken, Task<string?>>? activity = null, bool near = true)
    {
        var worker = new PlayedWorker(turn, activity ?? ((request, _) => Task.FromResult<string?>(request.Input)), near);
        var hub = new TaskHub(new TableClient(fixture.Storage, _table), [worker], waitsForWorkers: false, TimeProvider.System, NullLogger<TaskHub>.Instance);
        await hub.OpenAsync(default);
        hub.Start();
        _hubs.Add(hub);
        return (hub, worker);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var hub in _hubs)
            await hub.DisposeAsync();
        await new TableClient(fixture.Storage, _table).DeleteAsync();
    }

    private static OrchestratorAction Call(int id, string input) => new() { Id = id, ScheduleTask = new() { Name = "Work", Input = input } };

    private static OrchestratorAction Done(int id, string result) => new() { Id = id, CompleteOrchestration = new() { OrchestrationStatus = OrchestrationStatus.Completed, Result = result } };

    private static List<string> Results(OrchestratorRequest request) =>
        [.. request.PastEvents.Concat(request.NewEvents).Where(happened => happened.TaskCompleted is not null).OrderBy(happened => happened.TaskCompleted.TaskScheduledId).Select(happened => happened.TaskCompleted.Result)];

    /// <summary>One activity after the other, each with what its number says, and in the end all their results.</summary>
    private static IReadOnlyList<OrchestratorAction> Sequence(OrchestratorRequest request, int count, Func<int, string> input)
    {
        var results = Results(request);
        return results.Count == count ? [Done(count, $"\"{results.Sum(result => result.Length)}\"")] : request.NewEvents.Any(happened => happened.TaskCompleted is not null || happened.ExecutionStarted is not null) ? [Call(results.Count, input(results.Count))] : [];
    }

    private static async Task<(OrchestrationStatus Status, string? Output)> EndAsync(TaskHub hub, string id)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var state = (await hub.WaitAsync(id, state => state.IsOver, limit.Token))!;
        return (state.Status, state.Events().Last(happened => happened.ExecutionCompleted is not null).ExecutionCompleted.Result);
    }

    private static Task<string> StartAsync(TaskHub hub, string id, DateTimeOffset? at = null) => hub.StartInstanceAsync(
        new() { InstanceId = id, Name = "Played", Input = "1", ScheduledStartTimestamp = at is { } instant ? Timestamp.FromDateTimeOffset(instant) : null }, null, default);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_was_under_way_when_a_host_ended_without_a_word_is_done_by_the_next(bool near)
    {
        var begun = new TaskCompletionSource();
        var (dying, _) = await HubAsync(request => Sequence(request, 3, i => $"\"{i}\""), async (request, cancel) =>
        {
            if (request.TaskId == 1)
            {
                begun.TrySetResult();
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancel);
            }

            return request.Input;
        }, near);
        await StartAsync(dying, "one");
        await begun.Task;
        // Events from outside and a timer arrive while nobody will take them any more.
        var (next, worker) = await HubAsync(request => Sequence(request, 3, i => $"\"{i}\""), null, near);
        Assert.Equal((OrchestrationStatus.Completed, "\"9\""), await EndAsync(next, "one"));
        var last = worker.Turns.Last();
        Assert.Equal(["\"0\"", "\"1\"", "\"2\""], Results(last));
        // And whoever thought that it had the hub finds out.
        await Assert.ThrowsAsync<HubRefusalException>(async () =>
        {
            await StartAsync(dying, "one");
            await StartAsync(dying, "two");
            await dying.RaiseAsync("one", new HistoryEvent { EventId = -1, Timestamp = Timestamp.FromDateTime(DateTime.UnixEpoch), EventRaised = new() { Name = "x" } }, default);
        });
    }

    [Fact]
    public async Task Events_and_timers_that_nobody_had_taken_are_there_after_a_hard_end()
    {
        static IReadOnlyList<OrchestratorAction> Waits(OrchestratorRequest request)
        {
            var all = request.PastEvents.Concat(request.NewEvents).ToList();
            if (request.NewEvents.Any(happened => happened.ExecutionStarted is not null))
                return [new() { Id = 0, CreateTimer = new() { FireAt = Timestamp.FromDateTimeOffset(TimeProvider.System.GetUtcNow().AddSeconds(1.5)) } }];
            var raised = all.Where(happened => happened.EventRaised is not null).Select(happened => happened.EventRaised.Input).ToList();
            return raised.Count == 5 && all.Any(happened => happened.TimerFired is not null) ? [Done(1, $"\"{string.Concat(raised)}\"")] : [];
        }

        var (dying, first) = await HubAsync(Waits);
        await StartAsync(dying, "one");
        await Until.TrueAsync(() => Task.FromResult(!first.Turns.IsEmpty), "it has begun");
        for (var i = 0; i < 5; i++)
            await dying.RaiseAsync("one", new HistoryEvent { EventId = -1, Timestamp = Timestamp.FromDateTimeOffset(TimeProvider.System.GetUtcNow()), EventRaised = new() { Name = "x", Input = i.ToString(CultureInfo.InvariantCulture) } }, default);
        await dying.DisposeAsync();
        _hubs.Clear();
        var (next, _) = await HubAsync(Waits);
        Assert.Equal((OrchestrationStatus.Completed, "\"01234\""), await EndAsync(next, "one"));
    }

    [Fact]
    public async Task A_turn_that_wants_more_than_a_transaction_holds_is_committed_all_the_same()
    {
        var (hub, _) = await HubAsync(request =>
        {
            if (request.NewEvents.Any(happened => happened.ExecutionStarted is not null))
                return [.. Enumerable.Range(0, 250).Select(i => Call(i, i.ToString(CultureInfo.InvariantCulture)))];
            var results = Results(request);
            return results.Count == 250 ? [Done(250, results.Sum(result => int.Parse(result, CultureInfo.InvariantCulture)).ToString(CultureInfo.InvariantCulture))] : [];
        });
        await StartAsync(hub, "wide");
        Assert.Equal((OrchestrationStatus.Completed, "31125"), await EndAsync(hub, "wide"));
    }

    [Fact]
    public async Task A_long_history_lies_in_parts_and_comes_back_whole()
    {
        static string Input(int i) => $"\"{new string((char)('a' + i % 26), 9_000)}\"";
        var gate = new TaskCompletionSource();
        var (first, _) = await HubAsync(request => Sequence(request, 60, Input), async (request, cancel) =>
        {
            if (request.TaskId == 50)
                await gate.Task.WaitAsync(cancel);
            return request.Input;
        });
        await StartAsync(first, "long");
        await Until.TrueAsync(async () => (await first.FindAsync("long", default))!.Parts >= 5, "the history has parts");
        await first.DisposeAsync();
        _hubs.Clear();
        var (next, _) = await HubAsync(request => Sequence(request, 60, Input));
        Assert.Equal((OrchestrationStatus.Completed, $"\"{60 * 9_002}\""), await EndAsync(next, "long"));
        Assert.True(await next.PurgeAsync("long", default));
        Assert.Null(await next.FindAsync("long", default));
    }

    [Fact]
    public async Task A_failed_turn_ends_the_instance_for_good_until_it_is_rewound()
    {
        var broken = true;
        var (hub, worker) = await HubAsync(request => Sequence(request, 2, i => $"\"{i}\"") is var actions && broken && Results(request).Count == 1 ? throw new TurnFailedException("the handler dropped the call") : actions);
        await StartAsync(hub, "one");
        Assert.Equal(OrchestrationStatus.Failed, (await EndAsync(hub, "one")).Status);
        var refused = await Assert.ThrowsAsync<HubRefusalException>(() => hub.RaiseAsync("one", new HistoryEvent { EventId = -1, Timestamp = Timestamp.FromDateTime(DateTime.UnixEpoch), EventRaised = new() { Name = "x" } }, default));
        Assert.Equal(Grpc.Core.StatusCode.FailedPrecondition, refused.Status);
        Assert.Contains("dropped the call", (await hub.FindAsync("one", default))!.Failure!.ErrorMessage, StringComparison.Ordinal);
        broken = false;
        await hub.RewindAsync("one", "again", default);
        await Until.TrueAsync(() => Task.FromResult(worker.Turns.Last().NewEvents.Any(happened => happened.GenericEvent is not null)), "it goes on");
        // As with the Durable extension the failure leaves a note in its place.
        Assert.Contains(worker.Turns.Last().PastEvents, happened => happened.GenericEvent is not null);
    }

    [Fact]
    public async Task A_start_at_a_later_time_survives_a_restart_and_comes_once()
    {
        static IReadOnlyList<OrchestratorAction> Ends(OrchestratorRequest request) => [Done(0, "\"begun\"")];
        var (first, early) = await HubAsync(Ends);
        await StartAsync(first, "later", TimeProvider.System.GetUtcNow().AddSeconds(1));
        Assert.Equal(OrchestrationStatus.Pending, (await first.FindAsync("later", default))!.Status);
        await first.DisposeAsync();
        _hubs.Clear();
        Assert.Empty(early.Turns);
        var (next, worker) = await HubAsync(Ends);
        Assert.Equal(OrchestrationStatus.Completed, (await EndAsync(next, "later")).Status);
        Assert.Single(worker.Turns);
    }

    [Fact]
    public async Task One_instance_never_runs_two_turns_at_once_and_many_run_side_by_side()
    {
        var (running, most, atOnce) = (new ConcurrentDictionary<string, int>(), 0, 0);
        var (hub, _) = await HubAsync(request => Sequence(request, 5, i => $"\"{i}\""), async (request, cancel) =>
        {
            var id = request.OrchestrationInstance.InstanceId;
            Assert.Equal(1, running.AddOrUpdate(id, 1, (_, count) => count + 1));
            var now = Interlocked.Increment(ref atOnce);
            most = Math.Max(most, now);
            await Task.Yield();
            Interlocked.Decrement(ref atOnce);
            running.AddOrUpdate(id, 0, (_, count) => count - 1);
            return request.Input;
        }, near: false);
        await Task.WhenAll(Enumerable.Range(0, 40).Select(i => StartAsync(hub, $"many-{i}")));
        foreach (var i in Enumerable.Range(0, 40))
            Assert.Equal(OrchestrationStatus.Completed, (await EndAsync(hub, $"many-{i}")).Status);
    }

    [Theory]
    [InlineData("a/b\\c#d?e")]
    [InlineData("with space 'and' %25")]
    [InlineData("ünïcödé-→")]
    public async Task Any_text_can_be_the_id_of_an_instance(string id)
    {
        var (hub, _) = await HubAsync(request => [Done(0, "\"fine\"")]);
        await StartAsync(hub, id);
        Assert.Equal(OrchestrationStatus.Completed, (await EndAsync(hub, id)).Status);
        Assert.Equal(id, (await hub.QueryAsync(new(), default)).Instances.Single().Id);
    }

    [Fact]
    public async Task What_is_too_large_for_a_row_is_refused_and_nothing_is_begun()
    {
        var (hub, _) = await HubAsync(request => [Done(0, "\"fine\"")]);
        var refused = await Assert.ThrowsAsync<HubRefusalException>(() => hub.StartInstanceAsync(new() { InstanceId = "big", Name = "Played", Input = new string('x', 1_000_000) }, null, default));
        Assert.Equal(Grpc.Core.StatusCode.ResourceExhausted, refused.Status);
        Assert.Null(await hub.FindAsync("big", default));
        await StartAsync(hub, "big");
        Assert.Equal(OrchestrationStatus.Completed, (await EndAsync(hub, "big")).Status);
    }
}
