using System.Collections.Concurrent;
using System.Globalization;
using System.Threading.Channels;
using Azure;
using Azure.Data.Tables;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Helpdesk.Durable.Protocol;

namespace Helpdesk.LocalHost.Durable;

/// <summary>
/// Keeps orchestrations going: takes what happens to an instance, has its turn run, commits what it wants, and does that. Many instances at a time, one of them never twice.
/// </summary>
/// <remarks>
/// Everything is in the table before it counts. What follows at once (the activities that a turn calls, the turn after them, a continue-as-new) is committed together
/// with it: a wake-up that calls one activity and goes to sleep again is one transaction. After a hard end before that it is all done once more. In memory is only what is under way: messages that wait, timers of the next hour, and the instances used last.
/// One host has the hub at a time; after a hard end the next one reads what was left and goes on.
/// </remarks>
internal sealed partial class TaskHub : IAsyncDisposable
{
    private const int Turns = 24;
    private const int Activities = 24;
    private const int Sends = 4;
    private const int TurnMessages = 500;

    /// <summary>Turns that are committed together at the most.</summary>
    private const int ChainedTurns = 8;
    private const int ChainedActivities = 2;
    private const int Remembered = 2_000;
    private static readonly TimeSpan Horizon = TimeSpan.FromHours(1);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>How long a turn waits for its activities before it is committed without them.</summary>
    private static readonly TimeSpan ActivityPatience = TimeSpan.FromMilliseconds(500);

    private readonly HubStore _store;
    private readonly IReadOnlyList<IHubWorker> _workers;
    private readonly bool _waitsForWorkers;
    private readonly TimeProvider _time;
    private readonly ILogger<TaskHub> _logger;
    private readonly string _owner = Guid.NewGuid().ToString("N");
    private readonly Dictionary<string, Instance> _instances = new(StringComparer.Ordinal);
    private readonly Channel<string> _ready = Channel.CreateUnbounded<string>();
    private readonly Channel<OutboxWork> _activities = Channel.CreateUnbounded<OutboxWork>();
    private readonly Channel<OutboxWork> _sends = Channel.CreateUnbounded<OutboxWork>();
    private readonly PriorityQueue<HubTimer, DateTimeOffset> _timers = new();
    private readonly HashSet<(string, string)> _timerKeys = [];
    private readonly SemaphoreSlim _timersChanged = new(0);
    private readonly SemaphoreSlim _inTurn = new(Activities);
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _loops = [];
    private DateTimeOffset _horizon;
    private long _lastNumber;
    private volatile bool _takenOver;

    /// <param name="waitsForWorkers">Work that nobody here does waits for a worker to connect; without it such an instance fails, as on Azure.</param>
    public TaskHub(TableClient table, IReadOnlyList<IHubWorker> workers, bool waitsForWorkers, TimeProvider time, ILogger<TaskHub> logger) =>
        (_store, _workers, _waitsForWorkers, _time, _logger) = (new(table), workers, waitsForWorkers, time, logger);

    /// <summary>Takes the hub and reads what the last run left. It can be asked then; nothing runs before <see cref="Start"/>.</summary>
    public async Task OpenAsync(CancellationToken cancel)
    {
        await _store.CreateAsync(cancel);
        await _store.TakeOverAsync(_owner, cancel);
        _lastNumber = _time.GetUtcNow().Ticks;
        await RecoverAsync(cancel);
    }

    /// <summary>Goes on.</summary>
    public void Start()
    {
        _loops.AddRange(Enumerable.Range(0, Turns).Select(_ => LoopAsync(_ready.Reader, TurnAsync)));
        _loops.AddRange(Enumerable.Range(0, Activities).Select(_ => LoopAsync(_activities.Reader, RunActivityAsync)));
        _loops.AddRange(Enumerable.Range(0, Sends).Select(_ => LoopAsync(_sends.Reader, SendAsync)));
        _loops.Add(TimersAsync());
        _loops.Add(ExtendHorizonAsync());
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_loops);
        _stop.Dispose();
        _timersChanged.Dispose();
        _inTurn.Dispose();
    }

    // ---- What the outside asks for.

    public async Task<string> StartInstanceAsync(CreateInstanceRequest request, ParentInstanceInfo? parent, CancellationToken cancel)
    {
        var id = string.IsNullOrEmpty(request.InstanceId) ? Guid.NewGuid().ToString("N") : request.InstanceId;
        if (id.Length > 200)
            throw new HubRefusalException(Grpc.Core.StatusCode.InvalidArgument, "An instance id has at most 200 characters.");
        using var held = Hold(id);
        await held.Instance.Gate.WaitAsync(cancel);
        try
        {
            var existing = await LoadAsync(held.Instance, cancel);
            if (existing is { IsOver: false })
            {
                // The same call of the same parent again, after a crash between its start and its note of it.
                if (parent is not null && existing.Parent?.TaskScheduledId == parent.TaskScheduledId && existing.Parent?.OrchestrationInstance?.InstanceId == parent.OrchestrationInstance.InstanceId)
                    return id;
                throw new HubRefusalException(Grpc.Core.StatusCode.AlreadyExists, $"An Orchestration instance with the ID {id} already exists.");
            }

            var now = _time.GetUtcNow();
            var execution = Guid.NewGuid().ToString("N");
            var started = new HistoryEvent
            {
                EventId = -1,
                Timestamp = Timestamp.FromDateTimeOffset(now),
                ExecutionStarted = new()
                {
                    Name = request.Name,
                    Version = request.Version,
                    Input = request.Input,
                    OrchestrationInstance = new() { InstanceId = id, ExecutionId = execution },
                    ParentInstance = parent,
                    ScheduledStartTimestamp = request.ScheduledStartTimestamp,
                },
            };
            Check(started);
            var instance = new StoredInstance
            {
                Id = id,
                Name = request.Name,
                ExecutionId = execution,
                Status = OrchestrationStatus.Pending,
                CreatedAt = now,
                UpdatedAt = now,
                Parent = parent,
                Generation = (existing?.Generation ?? 0) + 1,
                Turn = existing?.Turn ?? 0,
                InboxDone = existing?.InboxDone ?? 0,
                History = [],
            };
            if (request.ScheduledStartTimestamp is { } at && at.ToDateTimeOffset() > now)
            {
                var timer = new HubTimer(id, execution, HubKeys.Timer(instance.Generation, -1 & int.MaxValue), at.ToDateTimeOffset(), started);
                held.Instance.State = await _store.AddAsync(instance, existing, HubStore.TimerRow(timer, 0), cancel);
                Arm(timer);
            }
            else
            {
                var number = NextNumber();
                var message = new PendingMessage(number, HubKeys.Inbox(number), started, execution, null);
                held.Instance.State = await _store.AddAsync(instance, existing, HubStore.MessageRow(id, message.Number, started, execution, null), cancel);
                Arrived(held.Instance, message);
            }

            held.Instance.Changed();
            return id;
        }
        catch (RequestFailedException conflict) when (conflict.Status is 409 or 412)
        {
            await ForgetAfterConflictAsync(held.Instance, cancel);
            throw new HubRefusalException(Grpc.Core.StatusCode.Aborted, $"Instance {id} was changed by another host meanwhile: try again.");
        }
        finally
        {
            held.Instance.Gate.Release();
        }
    }

    public async Task RaiseAsync(string id, HistoryEvent happened, CancellationToken cancel, string? source = null)
    {
        using var held = Hold(id);
        await held.Instance.Gate.WaitAsync(cancel);
        try
        {
            var state = await LoadAsync(held.Instance, cancel) ?? throw NotFound(id);
            if (state.IsOver)
                throw new HubRefusalException(Grpc.Core.StatusCode.FailedPrecondition, "The orchestration instance with the provided instance id is not running.");
            if (happened.ExecutionResumed is not null && state.Status != OrchestrationStatus.Suspended && !held.Instance.Pending.Any(message => message.Event.ExecutionSuspended is not null))
                throw new HubRefusalException(Grpc.Core.StatusCode.Unknown, $"Cannot resume orchestration instance in the {state.Status} state.");
            if (source is not null && (state.Sources.Contains(source) || held.Instance.Pending.Any(message => message.Source == source)))
                return;
            await AppendAsync(held.Instance, happened, null, source, null, cancel);
        }
        finally
        {
            held.Instance.Gate.Release();
        }
    }

    public async Task<StoredInstance?> FindAsync(string id, CancellationToken cancel)
    {
        using var held = Hold(id);
        await held.Instance.Gate.WaitAsync(cancel);
        try
        {
            return await LoadAsync(held.Instance, cancel);
        }
        finally
        {
            held.Instance.Gate.Release();
        }
    }

    /// <summary>The input of an instance that has not begun yet lies in its inbox alone.</summary>
    public string? PendingInput(string id)
    {
        using var held = Hold(id);
        lock (held.Instance.Pending)
            return held.Instance.Pending.FirstOrDefault(message => message.Event.ExecutionStarted is not null)?.Event.ExecutionStarted.Input;
    }

    /// <summary>Waits until an instance is as <paramref name="wanted"/> says; null when there is none.</summary>
    public async Task<StoredInstance?> WaitAsync(string id, Func<StoredInstance, bool> wanted, CancellationToken cancel)
    {
        using var held = Hold(id);
        while (true)
        {
            var change = held.Instance.NextChange;
            if (await FindAsync(id, cancel) is not { } state)
                return null;
            if (wanted(state))
                return state;
            await change.WaitAsync(cancel);
        }
    }

    public async Task RewindAsync(string id, string? reason, CancellationToken cancel)
    {
        using var held = Hold(id);
        await held.Instance.Gate.WaitAsync(cancel);
        try
        {
            var state = await LoadAsync(held.Instance, cancel) ?? throw NotFound(id);
            if (state.Status != OrchestrationStatus.Failed)
                throw new HubRefusalException(Grpc.Core.StatusCode.FailedPrecondition, "Only a failed instance can be rewound.");
            var events = state.Events();
            var failed = events.Select(happened => happened.TaskFailed?.TaskScheduledId ?? happened.SubOrchestrationInstanceFailed?.TaskScheduledId).OfType<int>().ToHashSet();
            foreach (var child in events.Where(happened => happened.SubOrchestrationInstanceCreated is not null && failed.Contains(happened.EventId)))
                _ = RewindChildAsync(child.SubOrchestrationInstanceCreated.InstanceId, reason);
            // Children go on under the call that is still in the history; failed activities are called again.
            var rewound = events.Select(happened => happened switch
            {
                { ExecutionCompleted: not null } or { TaskFailed: not null } or { SubOrchestrationInstanceFailed: not null } => Generic(happened, null),
                { TaskScheduled: not null } when failed.Contains(happened.EventId) => Generic(happened, null),
                _ => happened,
            }).ToList();
            var number = NextNumber();
            var message = new PendingMessage(number, HubKeys.Inbox(number), Generic(null, reason ?? "rewound"), state.ExecutionId, null);
            var after = state with { Status = OrchestrationStatus.Running, Failure = null, CompletedAt = null, UpdatedAt = _time.GetUtcNow(), Generation = state.Generation + 1 };
            held.Instance.State = await _store.CommitAsync(state, after, StoredInstance.Encode(rewound), [], [HubStore.MessageRow(id, message.Number, message.Event, state.ExecutionId, null, state.Turn + 1)], cancel);
            Arrived(held.Instance, message);
            held.Instance.Changed();
        }
        finally
        {
            held.Instance.Gate.Release();
        }
    }

    /// <summary>Removes an instance that is over; false when there is none.</summary>
    public async Task<bool> PurgeAsync(string id, CancellationToken cancel)
    {
        using var held = Hold(id);
        await held.Instance.Gate.WaitAsync(cancel);
        try
        {
            if (await LoadAsync(held.Instance, cancel) is not { } state)
                return false;
            if (!state.IsOver)
                throw new HubRefusalException(Grpc.Core.StatusCode.FailedPrecondition, $"Instance {id} is not over and cannot be purged.");
            await _store.PurgeAsync(id, cancel);
            held.Instance.State = null;
            lock (held.Instance.Pending)
                held.Instance.Pending.Clear();
            return true;
        }
        finally
        {
            held.Instance.Gate.Release();
        }
    }

    public Task<(IReadOnlyList<StoredInstance> Instances, string? Token)> QueryAsync(InstanceQuery query, CancellationToken cancel) => _store.QueryAsync(query, cancel);

    // ---- Turns.

    private async Task TurnAsync(string id, CancellationToken cancel)
    {
        using var held = Hold(id);
        var instance = held.Instance;
        List<PendingMessage> batch;
        StoredInstance? state;
        await instance.Gate.WaitAsync(cancel);
        try
        {
            state = await LoadAsync(instance, cancel);
            lock (instance.Pending)
                batch = [.. instance.Pending.Take(TurnMessages)];
            if (state is null or { IsOver: true })
            {
                await DropAsync(instance, batch, cancel);
                return;
            }
        }
        finally
        {
            instance.Gate.Release();
        }

        var chain = new TurnChain(state);
        List<PendingMessage> messages = [.. CarriedBy(state), .. batch.Where(message => message.ExecutionId is null || message.ExecutionId == state.ExecutionId)];
        List<(OutboxWork Work, Task<HistoryEvent?> Run)> underWay = [];
        for (var turns = 1; messages.Count > 0; turns++)
        {
            var turn = new TurnOutcome(chain.State, _time.GetUtcNow(), messages);
            if (messages.FirstOrDefault(message => message.Event.ExecutionTerminated is not null) is { } terminated)
            {
                turn.Terminate(terminated.Event.ExecutionTerminated);
            }
            else
            {
                var worker = WorkerFor(state.Name);
                if (worker is null && _waitsForWorkers)
                {
                    await Task.Delay(Pause, _time, cancel);
                    return;
                }

                try
                {
                    turn.Apply(worker is null
                        ? throw new TurnFailedException($"There is no orchestrator {state.Name} in this app.")
                        : await worker.RunTurnAsync(turn.Request, state.Name, chain.State.History ?? [], cancel));
                }
                catch (TurnFailedException failed)
                {
                    // As with the Durable extension: a turn that fails ends the instance, until somebody rewinds it.
                    Log.TurnFailed(_logger, id, state.Name, failed.Message);
                    turn.Fail(failed.Message);
                }
                catch (WorkerGoneException)
                {
                    return;
                }
            }

            chain.Add(turn);
            if (turns == ChainedTurns)
                break;
            (messages, underWay) = await GoOnAsync(chain, turn, cancel);
        }

        await instance.Gate.WaitAsync(cancel);
        try
        {
            var done = batch.Where(message => message.Number > 0 && message.RowName == HubKeys.Inbox(message.Number)).Select(message => message.Number).DefaultIfEmpty(state.InboxDone).Max();
            instance.State = await _store.CommitAsync(state, chain.State with { InboxDone = done }, chain.Appended, [.. batch.Select(message => message.RowName).OfType<string>()], chain.Rows(state.Turn + 1), cancel);
            lock (instance.Pending)
                instance.Pending.RemoveRange(0, batch.Count);
        }
        catch (RequestFailedException conflict) when (conflict.Status is 404 or 409 or 412)
        {
            await ForgetAfterConflictAsync(instance, cancel);
            return;
        }
        finally
        {
            instance.Gate.Release();
        }

        foreach (var timer in chain.Timers)
            Arm(timer);
        foreach (var work in chain.Outbox)
        {
            if (underWay.FirstOrDefault(one => one.Work == work).Run is { } run)
                _ = DeliverWhenDoneAsync(work, run);
            else
                Dispatch(work);
        }

        instance.Changed();
    }

    /// <summary>What follows from a turn at once: a new history after a continue-as-new, or the answers of activities that come within a moment.</summary>
    private async Task<(List<PendingMessage> Messages, List<(OutboxWork, Task<HistoryEvent?>)> UnderWay)> GoOnAsync(TurnChain chain, TurnOutcome turn, CancellationToken cancel)
    {
        if (chain.State.Carried.Count > 0)
            return ([.. CarriedBy(chain.State)], []);
        if (chain.State.IsOver || turn.Outbox.Count is 0 or > ChainedActivities
            || turn.Outbox.Any(work => work.Action.ScheduleTask is not { } call || WorkerOf(call) is not { IsNear: true }) || !_inTurn.Wait(0, cancel))
            return ([], []);
        var runs = turn.Outbox.Select(work => (Work: work, Run: AskActivityAsync(work, _stop.Token))).ToList();
        var all = Task.WhenAll(runs.Select(run => run.Run));
        _ = all.ContinueWith(_ => _inTurn.Release(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        if (await Task.WhenAny(all, Task.Delay(ActivityPatience, _time, cancel)) != all || !all.IsCompletedSuccessfully || all.Result.Any(answer => answer is null))
            return ([], runs);
        chain.Answered(turn.Outbox);
        return ([.. all.Result.Select(answer => new PendingMessage(0, null, answer!, chain.State.ExecutionId, null))], []);
    }

    private static IEnumerable<PendingMessage> CarriedBy(StoredInstance state) => state.Carried.Select(carried => new PendingMessage(0, null, carried, state.ExecutionId, null));

    private IHubWorker? WorkerOf(ScheduleTaskAction call) => _workers.FirstOrDefault(worker => worker.RunsActivity(call.Name));

    /// <summary>Delivers the answer of an activity whose call is committed by now.</summary>
    private async Task DeliverWhenDoneAsync(OutboxWork work, Task<HistoryEvent?> run)
    {
        try
        {
            if (await run is { } answer)
                await DeliverAsync(work.InstanceId, answer, work.ExecutionId, work.RowName, _stop.Token);
            else
                Dispatch(work);
        }
        catch (OperationCanceledException)
        {
            // The host stops; the call is in the outbox.
        }
        catch (Exception failed) when (failed is RequestFailedException or AggregateException or HubRefusalException)
        {
            Log.LoopFailed(_logger, failed);
            Dispatch(work);
        }
    }

    private IHubWorker? WorkerFor(string orchestrator) => _workers.FirstOrDefault(worker => worker.RunsOrchestrator(orchestrator));

    private async Task RunActivityAsync(OutboxWork work, CancellationToken cancel)
    {
        if (await AskActivityAsync(work, cancel) is { } answer)
        {
            await DeliverAsync(work.InstanceId, answer, work.ExecutionId, work.RowName, cancel);
            return;
        }

        await Task.Delay(Pause, _time, cancel);
        _activities.Writer.TryWrite(work);
    }

    /// <summary>Runs an activity; null when there is nobody to run it, or whoever did has gone.</summary>
    private async Task<HistoryEvent?> AskActivityAsync(OutboxWork work, CancellationToken cancel)
    {
        var call = work.Action.ScheduleTask;
        var worker = WorkerOf(call);
        if (worker is null && _waitsForWorkers)
            return null;

        var happened = new HistoryEvent { EventId = -1 };
        try
        {
            var response = worker is null
                ? new ActivityResponse { FailureDetails = new() { ErrorType = "ActivityNotFound", ErrorMessage = $"There is no activity {call.Name} in this app." } }
                : await worker.RunActivityAsync(new()
                {
                    Name = call.Name,
                    Version = call.Version,
                    Input = call.Input,
                    TaskId = work.Action.Id,
                    OrchestrationInstance = new() { InstanceId = work.InstanceId, ExecutionId = work.ExecutionId },
                }, cancel);
            if (response.FailureDetails is null)
                happened.TaskCompleted = new() { TaskScheduledId = work.Action.Id, Result = response.Result };
            else
                happened.TaskFailed = new() { TaskScheduledId = work.Action.Id, FailureDetails = response.FailureDetails };
        }
        catch (WorkerGoneException)
        {
            return null;
        }

        happened.Timestamp = Timestamp.FromDateTimeOffset(_time.GetUtcNow());
        if (happened.CalculateSize() > BinaryColumns.Limit)
            happened.TaskFailed = new() { TaskScheduledId = work.Action.Id, FailureDetails = new() { ErrorType = "ResultTooLarge", ErrorMessage = $"The result of {call.Name} is larger than {BinaryColumns.Limit} bytes." } };
        return happened;
    }

    /// <summary>A timer's own row keeps what it says until the turn that takes it is committed.</summary>
    private void Fire(HubTimer timer)
    {
        using var held = Hold(timer.InstanceId);
        lock (held.Instance.Pending)
        {
            if (held.Instance.Pending.Any(message => message.RowName == timer.RowName))
                return;
        }

        Arrived(held.Instance, new(0, timer.RowName, timer.Event, timer.ExecutionId, null));
    }

    private async Task DeliverAsync(string id, HistoryEvent happened, string? executionId, string from, CancellationToken cancel)
    {
        using var held = Hold(id);
        await held.Instance.Gate.WaitAsync(cancel);
        try
        {
            await AppendAsync(held.Instance, happened, executionId, null, from, cancel);
        }
        finally
        {
            held.Instance.Gate.Release();
        }
    }

    /// <summary>Brings what one instance sends to another one; the note of it goes when it is there.</summary>
    private async Task SendAsync(OutboxWork work, CancellationToken cancel)
    {
        var source = $"{work.InstanceId}/{work.ExecutionId}/{work.Action.Id}";
        try
        {
            switch (work.Action.OrchestratorActionTypeCase)
            {
                case OrchestratorAction.OrchestratorActionTypeOneofCase.CreateSubOrchestration:
                    var child = work.Action.CreateSubOrchestration;
                    var parent = new ParentInstanceInfo { TaskScheduledId = work.Action.Id, OrchestrationInstance = new() { InstanceId = work.InstanceId, ExecutionId = work.ExecutionId } };
                    try
                    {
                        await StartInstanceAsync(new() { InstanceId = child.InstanceId, Name = child.Name, Version = child.Version, Input = child.Input }, parent, cancel);
                    }
                    catch (HubRefusalException no) when (no.Status == Grpc.Core.StatusCode.AlreadyExists)
                    {
                        await RaiseAsync(work.InstanceId, new HistoryEvent
                        {
                            EventId = -1,
                            Timestamp = Timestamp.FromDateTimeOffset(_time.GetUtcNow()),
                            SubOrchestrationInstanceFailed = new() { TaskScheduledId = work.Action.Id, FailureDetails = new() { ErrorType = "InstanceAlreadyExists", ErrorMessage = no.Message } },
                        }, cancel);
                    }

                    break;
                case OrchestratorAction.OrchestratorActionTypeOneofCase.SendEvent:
                    await RaiseAsync(work.Action.SendEvent.Instance.InstanceId, Now(new() { EventRaised = new() { Name = work.Action.SendEvent.Name, Input = work.Action.SendEvent.Data } }), cancel, source);
                    break;
                case OrchestratorAction.OrchestratorActionTypeOneofCase.TerminateOrchestration:
                    await RaiseAsync(work.Action.TerminateOrchestration.InstanceId, Now(new() { ExecutionTerminated = new() { Input = work.Action.TerminateOrchestration.Reason, Recurse = work.Action.TerminateOrchestration.Recurse } }), cancel, source);
                    break;
                case OrchestratorAction.OrchestratorActionTypeOneofCase.CompleteOrchestration:
                    // How a child ended, for the parent that waits for it.
                    var end = work.Action.CompleteOrchestration;
                    var (parentId, call) = (end.Tags["parent"], int.Parse(end.Tags["call"], CultureInfo.InvariantCulture));
                    await RaiseAsync(parentId, Now(end.OrchestrationStatus == OrchestrationStatus.Completed
                        ? new() { SubOrchestrationInstanceCompleted = new() { TaskScheduledId = call, Result = end.Result } }
                        : new() { SubOrchestrationInstanceFailed = new() { TaskScheduledId = call, FailureDetails = end.FailureDetails ?? new() { ErrorType = end.OrchestrationStatus.ToString(), ErrorMessage = "The instance was ended." } } }), cancel, source);
                    break;
                default:
                    Log.Unknown(_logger, work.Action.OrchestratorActionTypeCase.ToString());
                    break;
            }
        }
        catch (HubRefusalException nobody) when (nobody.Status is Grpc.Core.StatusCode.NotFound or Grpc.Core.StatusCode.FailedPrecondition)
        {
            // Whoever it was meant for is not there any more.
        }

        await _store.DeleteAsync(work.InstanceId, work.RowName, cancel);
    }

    private async Task RewindChildAsync(string id, string? reason)
    {
        try
        {
            await RewindAsync(id, reason, _stop.Token);
        }
        catch (Exception no) when (no is HubRefusalException or OperationCanceledException)
        {
            // It is not one that failed, or the host stops: the next rewind meets it again.
        }
    }

    private void Dispatch(OutboxWork work) =>
        (work.Action.OrchestratorActionTypeCase == OrchestratorAction.OrchestratorActionTypeOneofCase.ScheduleTask ? _activities : _sends).Writer.TryWrite(work);

    /// <summary>Adds a message under the instance's gate.</summary>
    private async Task AppendAsync(Instance instance, HistoryEvent happened, string? executionId, string? source, string? from, CancellationToken cancel)
    {
        Check(happened);
        var number = NextNumber();
        var message = new PendingMessage(number, HubKeys.Inbox(number), happened, executionId, source);
        if (await _store.AppendAsync(instance.Id, HubStore.MessageRow(instance.Id, message.Number, happened, executionId, source), from, cancel))
            Arrived(instance, message);
    }

    private void Arrived(Instance instance, PendingMessage message)
    {
        lock (instance.Pending)
            instance.Pending.Add(message);
        Schedule(instance);
    }

    private void Schedule(Instance instance)
    {
        lock (instance.Pending)
        {
            if (instance.Scheduled || (instance.Pending.Count == 0 && instance.State is not { Carried.Count: > 0 }))
                return;
            instance.Scheduled = true;
        }

        _ready.Writer.TryWrite(instance.Id);
    }

    private async Task DropAsync(Instance instance, List<PendingMessage> batch, CancellationToken cancel)
    {
        foreach (var row in batch.Select(message => message.RowName).OfType<string>())
            await _store.DeleteAsync(instance.Id, row, cancel);
        lock (instance.Pending)
            instance.Pending.RemoveRange(0, batch.Count);
    }

    private async Task<StoredInstance?> LoadAsync(Instance instance, CancellationToken cancel)
    {
        if (_takenOver)
            throw new HubRefusalException(Grpc.Core.StatusCode.Unavailable, "Another host has taken over this task hub.");
        return instance.State ??= await _store.FindAsync(instance.Id, cancel);
    }

    /// <summary>Somebody else wrote to the instance: either the hub has another host now, or our own write's answer was lost.</summary>
    private async Task ForgetAfterConflictAsync(Instance instance, CancellationToken cancel)
    {
        if (!await _store.IsOwnerAsync(_owner, cancel))
        {
            _takenOver = true;
            Log.TakenOver(_logger);
            return;
        }

        Log.Conflict(_logger, instance.Id);
        instance.State = await _store.FindAsync(instance.Id, cancel);
        List<PendingMessage> pending;
        lock (instance.Pending)
            pending = [.. instance.Pending];
        foreach (var message in pending)
        {
            if (message.RowName is null || !await _store.ExistsAsync(instance.Id, message.RowName, cancel))
            {
                lock (instance.Pending)
                    instance.Pending.Remove(message);
            }
        }
    }

    // ---- Timers.

    private void Arm(HubTimer timer)
    {
        if (timer.FireAt >= _horizon)
            return;
        lock (_timers)
        {
            if (!_timerKeys.Add((timer.InstanceId, timer.RowName)))
                return;
            _timers.Enqueue(timer, timer.FireAt);
        }

        _timersChanged.Release();
    }

    private async Task TimersAsync()
    {
        try
        {
            while (true)
            {
                TimeSpan wait;
                var fired = new List<HubTimer>();
                lock (_timers)
                {
                    var now = _time.GetUtcNow();
                    while (_timers.TryPeek(out var timer, out var due) && due <= now)
                    {
                        _timers.Dequeue();
                        _timerKeys.Remove((timer.InstanceId, timer.RowName));
                        fired.Add(timer);
                    }

                    wait = _timers.TryPeek(out _, out var next) ? next - now : Horizon;
                }

                fired.ForEach(Fire);

                // A timer is never early: the wait is rounded up.
                await _timersChanged.WaitAsync(TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds)), _stop.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The host stops.
        }
    }

    /// <summary>Reads the timers of the next hour in good time; those further away stay in the table alone.</summary>
    private async Task ExtendHorizonAsync()
    {
        try
        {
            while (true)
            {
                await Task.Delay(Horizon / 2, _time, _stop.Token);
                try
                {
                    await ReadTimersAsync(_time.GetUtcNow() + Horizon, null, _stop.Token);
                }
                catch (RequestFailedException failed)
                {
                    // Half an hour is left of what was read before.
                    Log.LoopFailed(_logger, failed);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The host stops.
        }
    }

    private async Task ReadTimersAsync(DateTimeOffset horizon, Func<string, Task<StoredInstance?>>? find, CancellationToken cancel)
    {
        _horizon = horizon;
        await foreach (var (timer, turn) in _store.ReadTimersAsync(horizon, cancel))
        {
            if (turn > 0 && find is not null && (await find(timer.InstanceId) is not { } state || state.Turn < turn))
                await _store.DeleteAsync(timer.InstanceId, timer.RowName, cancel);
            else
                Arm(timer);
        }
    }

    // ---- After a start.

    private async Task RecoverAsync(CancellationToken cancel)
    {
        async Task<StoredInstance?> Find(string id)
        {
            using var held = Hold(id);
            return held.Instance.State ??= await _store.FindAsync(id, cancel);
        }

        var (messages, work) = (0, 0);
        await foreach (var id in _store.ReadCarryingAsync(cancel))
        {
            using var held = Hold(id);
            await Find(id);
            Schedule(held.Instance);
        }

        await foreach (var (id, message, turn) in _store.ReadInboxesAsync(cancel))
        {
            using var held = Hold(id);
            if (await Find(id) is not { } state || message.Number <= state.InboxDone || turn > state.Turn)
            {
                await _store.DeleteAsync(id, HubKeys.Inbox(message.Number), cancel);
                continue;
            }

            lock (held.Instance.Pending)
            {
                held.Instance.Pending.Add(message);
                held.Instance.Pending.Sort((one, other) => one.Number.CompareTo(other.Number));
            }

            messages++;
            Schedule(held.Instance);
        }

        await foreach (var (outbox, turn) in _store.ReadOutboxesAsync(cancel))
        {
            if (turn > 0 && (await Find(outbox.InstanceId) is not { } state || turn > state.Turn))
            {
                await _store.DeleteAsync(outbox.InstanceId, outbox.RowName, cancel);
                continue;
            }

            work++;
            Dispatch(outbox);
        }

        await ReadTimersAsync(_time.GetUtcNow() + Horizon, Find, cancel);
        if (messages + work > 0)
            Log.Recovered(_logger, messages, work);
    }

    // ---- Instances in memory.

    private Held Hold(string id)
    {
        lock (_instances)
        {
            if (!_instances.TryGetValue(id, out var instance))
            {
                if (_instances.Count >= Remembered)
                    Evict();
                _instances[id] = instance = new(id);
            }

            instance.Holders++;
            instance.UsedAt = Environment.TickCount64;
            return new(this, instance);
        }
    }

    private void Evict()
    {
        var idle = _instances.Values.Where(instance => instance.Holders == 0 && !instance.Scheduled && instance.Pending.Count == 0 && instance.State is not { Carried.Count: > 0 }).OrderBy(instance => instance.UsedAt).Take(Remembered / 2).ToList();
        foreach (var instance in idle)
            _instances.Remove(instance.Id);
    }

    private long NextNumber()
    {
        // Numbers rise over restarts too: the clock gives the first of a run.
        while (true)
        {
            var last = Interlocked.Read(ref _lastNumber);
            var next = Math.Max(last + 1, _time.GetUtcNow().Ticks);
            if (Interlocked.CompareExchange(ref _lastNumber, next, last) == last)
                return next;
        }
    }

    private async Task LoopAsync<T>(ChannelReader<T> work, Func<T, CancellationToken, Task> run)
    {
        try
        {
            await foreach (var one in work.ReadAllAsync(_stop.Token))
            {
                for (var tries = 0; ; tries++)
                {
                    try
                    {
                        await run(one, _stop.Token);
                        break;
                    }
                    catch (HubRefusalException) when (_takenOver)
                    {
                        return;
                    }
                    catch (Exception failed) when (failed is not OperationCanceledException || !_stop.IsCancellationRequested)
                    {
                        // Storage did not answer: the work is still in the table, and here.
                        Log.LoopFailed(_logger, failed);
                        await Task.Delay(Pause * Math.Min(tries + 1, 10), _time, _stop.Token);
                    }
                }

                if (one is string id)
                    TurnIsOver(id);
            }
        }
        catch (OperationCanceledException)
        {
            // The host stops; what was under way is in the table.
        }
    }

    private void TurnIsOver(string id)
    {
        using var held = Hold(id);
        lock (held.Instance.Pending)
            held.Instance.Scheduled = false;
        Schedule(held.Instance);
    }

    private HistoryEvent Now(HistoryEvent happened)
    {
        (happened.EventId, happened.Timestamp) = (-1, Timestamp.FromDateTimeOffset(_time.GetUtcNow()));
        return happened;
    }

    private HistoryEvent Generic(HistoryEvent? was, string? data) => new()
    {
        EventId = was is { EventId: >= 0 } ? was.EventId : was is null ? -1 : 0,
        Timestamp = was?.Timestamp ?? Timestamp.FromDateTimeOffset(_time.GetUtcNow()),
        GenericEvent = new() { Data = data },
    };

    private static HubRefusalException NotFound(string id) => new(Grpc.Core.StatusCode.NotFound, $"No instance with ID '{id}' was found.");

    private static void Check(HistoryEvent happened)
    {
        if (happened.CalculateSize() > BinaryColumns.Limit)
            throw new HubRefusalException(Grpc.Core.StatusCode.ResourceExhausted, $"An input or event may have at most {BinaryColumns.Limit} bytes on this host.");
    }

    private sealed class Instance(string id)
    {
        private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string Id => id;

        /// <summary>Held while something is written to the instance's partition.</summary>
        public SemaphoreSlim Gate { get; } = new(1, 1);

        public StoredInstance? State { get; set; }

        public List<PendingMessage> Pending { get; } = [];

        public bool Scheduled { get; set; }

        public int Holders { get; set; }

        public long UsedAt { get; set; }

        public Task NextChange => Volatile.Read(ref _changed).Task;

        public void Changed() => Interlocked.Exchange(ref _changed, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
    }

    private readonly struct Held(TaskHub hub, Instance instance) : IDisposable
    {
        public Instance Instance => instance;

        public void Dispose()
        {
            lock (hub._instances)
                instance.Holders--;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "A turn of {InstanceId} ({Orchestrator}) failed, and the instance with it: {Reason}")]
        public static partial void TurnFailed(ILogger logger, string instanceId, string orchestrator, string reason);

        [LoggerMessage(LogLevel.Warning, "The task hub has to try something again")]
        public static partial void LoopFailed(ILogger logger, Exception failure);

        [LoggerMessage(LogLevel.Information, "Instance {InstanceId} was written to meanwhile; it is read again")]
        public static partial void Conflict(ILogger logger, string instanceId);

        [LoggerMessage(LogLevel.Error, "Another host has taken over the task hub: orchestrations do not run here any more. Run one host for each storage account and hub name.")]
        public static partial void TakenOver(ILogger logger);

        [LoggerMessage(LogLevel.Information, "The task hub goes on with {Messages} messages and {Work} pieces of work of the last run")]
        public static partial void Recovered(ILogger logger, int messages, int work);

        [LoggerMessage(LogLevel.Error, "The outbox holds {Kind}, which this host does not know")]
        public static partial void Unknown(ILogger logger, string kind);
    }
}
