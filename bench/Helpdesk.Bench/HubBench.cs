extern alias localhost;
using System.Diagnostics;
using System.Globalization;
using Azure.Data.Tables;
using Google.Protobuf.WellKnownTypes;
using Helpdesk.Testing;
using localhost::Helpdesk.Durable.Protocol;
using localhost::Helpdesk.LocalHost.Durable;
using Microsoft.Extensions.Logging.Abstractions;

namespace Helpdesk.Bench;

/// <summary>The laptop's task hub alone, with a worker that answers at once.</summary>
internal static class HubBench
{
    private const int Sleepers = 50_000;
    private const int Long = 10_000;

    public static async Task RunAsync()
    {
        await using var azurite = await AzuriteServer.StartAsync(inMemory: true);
        var storage = azurite.ConnectionString;
        Console.WriteLine("\n## The task hub on Azurite\n\n| what | result |\n|---|---|");
        await TurnsAsync(storage);
        await LongLifeAsync(storage);
        await SleepersAsync(storage);
    }

    /// <summary>Laps of a watch: a timer that has fired, an activity, a continue-as-new, the next timer.</summary>
    private static async Task TurnsAsync(string storage)
    {
        await using var hub = await HubAsync(storage, "BenchTurns", new Worker());
        var began = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, 50).Select(async i =>
        {
            await StartAsync(hub.Hub, $"laps-{i}", "40");
            await hub.Hub.WaitAsync($"laps-{i}", state => state.IsOver, default);
        }));
        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        Row($"50 instances of 40 laps each (timer, activity, continue-as-new)", $"{hub.Worker.Turns / seconds:F0} turns/s, {50 * 40 / seconds:F0} laps/s");
    }

    private static async Task LongLifeAsync(string storage)
    {
        await using var hub = await HubAsync(storage, "BenchLong", new Worker());
        await StartAsync(hub.Hub, "long", $"{Long / 3 + 1}");
        var (marks, began, before) = (new List<double>(), Stopwatch.GetTimestamp(), Memory());
        for (var quarter = 1; quarter <= 4; quarter++)
        {
            var wanted = Long / 4 * quarter;
            await hub.Hub.WaitAsync("long", _ => hub.Worker.Turns >= wanted, default);
            marks.Add(Stopwatch.GetElapsedTime(began).TotalSeconds);
        }

        Row(string.Create(CultureInfo.InvariantCulture, $"one instance of {Long} turns: last quarter against the first"), $"{(marks[3] - marks[2]) / marks[0]:F2} of the time; memory {before:F0} MB before, {Memory():F0} MB after");
        await hub.Hub.WaitAsync("long", state => state.IsOver, default);
    }

    private static async Task SleepersAsync(string storage)
    {
        await using var hub = await HubAsync(storage, "BenchSleepers", new Worker());
        var alone = await WakeAsync(hub.Hub, hub.Worker, "few");
        var before = Memory();
        var began = Stopwatch.GetTimestamp();
        await Parallel.ForEachAsync(Enumerable.Range(0, Sleepers), new ParallelOptions { MaxDegreeOfParallelism = 32 }, async (i, _) => await StartAsync(hub.Hub, $"sleeper-{i}", "sleep"));
        await hub.Hub.WaitAsync($"sleeper-{Sleepers - 1}", state => state.Turn > 0, default);
        var started = Stopwatch.GetElapsedTime(began).TotalSeconds;
        Row(string.Create(CultureInfo.InvariantCulture, $"{Sleepers} instances put to sleep"), $"{Sleepers / started:F0}/s; memory {before:F0} MB before, {Memory():F0} MB after");
        var among = await WakeAsync(hub.Hub, hub.Worker, "many");
        Row(string.Create(CultureInfo.InvariantCulture, $"a wake-up among {Sleepers} sleeping instances, against a wake-up among none (medians)"), $"{among:F1} ms, {alone:F1} ms: {among / alone:F2}");
    }

    /// <summary>From an event for a sleeping instance that is not in memory to its next sleep; milliseconds.</summary>
    private static async Task<double> WakeAsync(TaskHub hub, Worker worker, string name)
    {
        var times = new List<double>();
        for (var i = 0; i < 40; i++)
        {
            var id = $"{name}-{i}";
            await StartAsync(hub, id, "sleep");
            await hub.WaitAsync(id, state => state.Turn == 1, default);
        }

        for (var i = 0; i < 40; i++)
        {
            var began = Stopwatch.GetTimestamp();
            await hub.RaiseAsync($"{name}-{i}", new HistoryEvent { EventId = -1, Timestamp = Timestamp.FromDateTimeOffset(TimeProvider.System.GetUtcNow()), EventRaised = new() { Name = "x" } }, default);
            await hub.WaitAsync($"{name}-{i}", state => state.Turn == 2, default);
            times.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        }

        return times.Order().ElementAt(times.Count / 2);
    }

    private static Task<string> StartAsync(TaskHub hub, string id, string input) => hub.StartInstanceAsync(new() { InstanceId = id, Name = "Bench", Input = input }, null, default);

    private static async Task<RunningHub> HubAsync(string storage, string table, Worker worker)
    {
        var hub = new TaskHub(new TableClient(storage, table), [worker], waitsForWorkers: false, TimeProvider.System, NullLogger<TaskHub>.Instance);
        await hub.OpenAsync(default);
        hub.Start();
        return new(hub, worker);
    }

    private static double Memory()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        return GC.GetTotalMemory(forceFullCollection: true) / 1e6;
    }

    private static void Row(string what, FormattableString result) => Console.WriteLine($"| {what} | {result.ToString(CultureInfo.InvariantCulture)} |");

    private sealed record RunningHub(TaskHub Hub, Worker Worker) : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => Hub.DisposeAsync();
    }

    /// <summary>Laps as often as the input says, or a sleep of days that events only interrupt.</summary>
    private sealed class Worker : IHubWorker
    {
        private int _turns;

        public int Turns => Volatile.Read(ref _turns);

        public bool IsNear => true;

        public bool RunsOrchestrator(string name) => true;

        public bool RunsActivity(string name) => true;

        public Task<OrchestratorResponse> RunTurnAsync(OrchestratorRequest request, string name, byte[] history, CancellationToken cancel)
        {
            Interlocked.Increment(ref _turns);
            var all = OrchestratorRequest.Parser.ParseFrom(history).PastEvents.Concat(request.NewEvents).ToList();
            var input = all.First(happened => happened.ExecutionStarted is not null).ExecutionStarted.Input;
            var response = new OrchestratorResponse { InstanceId = request.InstanceId };
            OrchestratorAction? next = null;
            if (input == "sleep")
            {
                if (request.NewEvents.Any(happened => happened.ExecutionStarted is not null))
                    next = new() { Id = 0, CreateTimer = new() { FireAt = Timestamp.FromDateTimeOffset(TimeProvider.System.GetUtcNow().AddDays(3)) } };
            }
            else if (request.NewEvents.Any(happened => happened.TaskCompleted is not null))
            {
                var left = int.Parse(input, CultureInfo.InvariantCulture) - 1;
                next = new()
                {
                    Id = 2,
                    CompleteOrchestration = left > 0
                        ? new() { OrchestrationStatus = OrchestrationStatus.ContinuedAsNew, Result = left.ToString(CultureInfo.InvariantCulture) }
                        : new() { OrchestrationStatus = OrchestrationStatus.Completed, Result = "0" },
                };
            }
            else if (request.NewEvents.Any(happened => happened.TimerFired is not null))
            {
                next = new() { Id = 1, ScheduleTask = new() { Name = "Work", Input = "1" } };
            }
            else if (request.NewEvents.Any(happened => happened.ExecutionStarted is not null))
            {
                next = new() { Id = 0, CreateTimer = new() { FireAt = Timestamp.FromDateTimeOffset(TimeProvider.System.GetUtcNow()) } };
            }

            if (next is not null)
                response.Actions.Add(next);
            return Task.FromResult(response);
        }

        public Task<ActivityResponse> RunActivityAsync(ActivityRequest request, CancellationToken cancel) => Task.FromResult(new ActivityResponse { TaskId = request.TaskId, Result = "1" });
    }
}
