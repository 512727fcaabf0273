using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Helpdesk.Durable.Protocol;

namespace Helpdesk.Durable;

/// <summary>An orchestrator, whatever its types: runs on a context and gives JSON.</summary>
internal delegate Task<string> OrchestratorBody(TaskOrchestrationContext context, string? input);

/// <summary>Replays one instance's history through its code and finds out what the code wants next.</summary>
/// <remarks>Everything runs on the calling thread: what the code awaits is completed event by event, in the order of the history.</remarks>
internal sealed class OrchestrationRun
{
    /// <summary>Timers with ids from here on are not the code's own: they wake an instance whose turn could not be run.</summary>
    public const int KeepAliveIds = 1_000_000_000;

    private readonly Func<string, OrchestratorBody?> _find;
    private readonly Context _context;
    private readonly Turn _turn = new();
    private readonly SortedDictionary<int, OrchestratorAction> _unconfirmed = [];
    private readonly Dictionary<int, OpenCall> _open = [];
    private readonly Dictionary<string, Queue<HistoryEvent>> _arrived = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, LinkedList<Waiter>> _waiting = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<HistoryEvent> _untaken = [];
    private readonly Queue<HistoryEvent> _whileSuspended = [];
    private readonly DurableJson _json;
    private Task<string>? _code;
    private int _nextId;
    private bool _suspended;
    private bool _terminated;
    private string? _output;
    private string? _customStatus;
    private (string? Input, bool KeepEvents)? _continueAsNew;

    private OrchestrationRun(OrchestratorRequest request, Func<string, OrchestratorBody?> find, DurableJson json)
    {
        (_find, _json) = (find, json);
        _context = new(this, request.InstanceId);
    }

    /// <summary>One turn: the actions that are new, and the custom status. Throws when the history does not fit the code.</summary>
    public static OrchestratorResponse Execute(OrchestratorRequest request, Func<string, OrchestratorBody?> find, DurableJson json)
    {
        var run = new OrchestrationRun(request, find, json);
        return run.Execute(request);
    }

    private OrchestratorResponse Execute(OrchestratorRequest request)
    {
        var outer = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(_turn);
        try
        {
            foreach (var happened in request.PastEvents)
                Take(happened, replaying: true);
            foreach (var happened in request.NewEvents)
                Take(happened, replaying: false);
        }
        finally
        {
            _turn.End();
            SynchronizationContext.SetSynchronizationContext(outer);
        }

        if (_code is null)
            throw new NonDeterministicOrchestrationException($"The history of {request.InstanceId} does not say what was started.");
        var response = new OrchestratorResponse { InstanceId = request.InstanceId, CustomStatus = _customStatus };
        if (!_suspended || _terminated)
            End(response);
        response.Actions.AddRange(_unconfirmed.Values);
        return response;
    }

    private void End(OrchestratorResponse response)
    {
        if (_terminated)
        {
            _unconfirmed.Clear();
            Complete(new() { OrchestrationStatus = OrchestrationStatus.Terminated, Result = _output });
        }
        else if (_code!.IsFaulted || _code.IsCanceled)
        {
            var failure = _code.Exception?.InnerException ?? new TaskCanceledException(_code);
            if (failure is NonDeterministicOrchestrationException)
                throw failure;
            Complete(new() { OrchestrationStatus = OrchestrationStatus.Failed, FailureDetails = TaskFailureDetails.Of(failure).ToMessage() });
        }
        else if (!_code.IsCompleted)
        {
            if (_open.Count == 0 && _waiting.Values.All(waiters => waiters.Count == 0))
                throw new NonDeterministicOrchestrationException($"{_context.Name} ({response.InstanceId}) waits for something that is not durable: an orchestrator may await only what its context gives.");
        }
        else if (_continueAsNew is var (input, keepEvents))
        {
            var complete = new CompleteOrchestrationAction { OrchestrationStatus = OrchestrationStatus.ContinuedAsNew, Result = input };
            // In the order in which they came, whatever their names.
            if (keepEvents)
                complete.CarryoverEvents.AddRange(_untaken);

            Complete(complete);
        }
        else
        {
            Complete(new() { OrchestrationStatus = OrchestrationStatus.Completed, Result = _code.Result });
        }

        void Complete(CompleteOrchestrationAction action)
        {
            var id = _nextId++;
            _unconfirmed[id] = new() { Id = id, CompleteOrchestration = action };
        }
    }

    private void Take(HistoryEvent happened, bool replaying)
    {
        _context.Replaying = replaying;
        if (_suspended && IsForTheCode(happened))
        {
            _whileSuspended.Enqueue(happened);
            return;
        }

        switch (happened.EventTypeCase)
        {
            case HistoryEvent.EventTypeOneofCase.OrchestratorStarted:
                _context.Now = happened.Timestamp.ToDateTime();
                break;
            case HistoryEvent.EventTypeOneofCase.ExecutionStarted:
                Start(happened.ExecutionStarted);
                break;
            case HistoryEvent.EventTypeOneofCase.TaskScheduled:
                Confirm(happened, OrchestratorAction.OrchestratorActionTypeOneofCase.ScheduleTask, $"activity {happened.TaskScheduled.Name}", action => action.ScheduleTask.Name == happened.TaskScheduled.Name);
                break;
            case HistoryEvent.EventTypeOneofCase.TimerCreated when happened.EventId < KeepAliveIds:
                Confirm(happened, OrchestratorAction.OrchestratorActionTypeOneofCase.CreateTimer, "timer", _ => true);
                break;
            case HistoryEvent.EventTypeOneofCase.SubOrchestrationInstanceCreated:
                var created = happened.SubOrchestrationInstanceCreated;
                Confirm(happened, OrchestratorAction.OrchestratorActionTypeOneofCase.CreateSubOrchestration, $"orchestrator {created.Name}", action => action.CreateSubOrchestration.Name == created.Name);
                break;
            case HistoryEvent.EventTypeOneofCase.EventSent:
                Confirm(happened, OrchestratorAction.OrchestratorActionTypeOneofCase.SendEvent, $"event {happened.EventSent.Name}", action => string.Equals(action.SendEvent.Name, happened.EventSent.Name, StringComparison.OrdinalIgnoreCase));
                break;
            case HistoryEvent.EventTypeOneofCase.TaskCompleted:
                Complete(happened.TaskCompleted.TaskScheduledId, happened, call => call.Succeed(happened.TaskCompleted.Result));
                break;
            case HistoryEvent.EventTypeOneofCase.TaskFailed:
                Complete(happened.TaskFailed.TaskScheduledId, happened, call => call.Fail(TaskFailureDetails.Of(happened.TaskFailed.FailureDetails)));
                break;
            case HistoryEvent.EventTypeOneofCase.SubOrchestrationInstanceCompleted:
                Complete(happened.SubOrchestrationInstanceCompleted.TaskScheduledId, happened, call => call.Succeed(happened.SubOrchestrationInstanceCompleted.Result));
                break;
            case HistoryEvent.EventTypeOneofCase.SubOrchestrationInstanceFailed:
                Complete(happened.SubOrchestrationInstanceFailed.TaskScheduledId, happened, call => call.Fail(TaskFailureDetails.Of(happened.SubOrchestrationInstanceFailed.FailureDetails)));
                break;
            case HistoryEvent.EventTypeOneofCase.TimerFired when happened.TimerFired.TimerId < KeepAliveIds:
                Complete(happened.TimerFired.TimerId, happened, call => call.Succeed(null));
                break;
            case HistoryEvent.EventTypeOneofCase.EventRaised:
                Raise(happened);
                break;
            case HistoryEvent.EventTypeOneofCase.ExecutionSuspended:
                _suspended = true;
                break;
            case HistoryEvent.EventTypeOneofCase.ExecutionResumed:
                _suspended = false;
                while (!_suspended && _whileSuspended.TryDequeue(out var held))
                    Take(held, replaying);
                break;
            case HistoryEvent.EventTypeOneofCase.ExecutionTerminated:
                (_terminated, _output) = (true, happened.ExecutionTerminated.Input);
                break;
            default:
                // What the back end notes for itself: ends of turns, rewinds, generic notes.
                break;
        }

        _turn.Drain();
    }

    private static bool IsForTheCode(HistoryEvent happened) => happened.EventTypeCase is
        HistoryEvent.EventTypeOneofCase.TaskCompleted or HistoryEvent.EventTypeOneofCase.TaskFailed or HistoryEvent.EventTypeOneofCase.TimerFired
        or HistoryEvent.EventTypeOneofCase.SubOrchestrationInstanceCompleted or HistoryEvent.EventTypeOneofCase.SubOrchestrationInstanceFailed
        or HistoryEvent.EventTypeOneofCase.EventRaised;

    private void Start(ExecutionStartedEvent started)
    {
        // A back end that hands over a history twice in one (a rewind may) means the same start.
        if (_code is not null)
            return;
        var body = _find(started.Name) ?? throw new NonDeterministicOrchestrationException($"There is no orchestrator {started.Name} here.");
        (_context.OrchestratorName, _context.Parent) = (started.Name, started.ParentInstance?.OrchestrationInstance?.InstanceId);
        _code = Run(body, started.Input);
    }

    private async Task<string> Run(OrchestratorBody body, string? input) => await body(_context, input);

    private void Confirm(HistoryEvent happened, OrchestratorAction.OrchestratorActionTypeOneofCase kind, string what, Func<OrchestratorAction, bool> fits)
    {
        if (!_unconfirmed.TryGetValue(happened.EventId, out var action))
            throw new NonDeterministicOrchestrationException($"{_context.Name} ({_context.InstanceId}): the history has {what} as call {happened.EventId}, but the code makes no such call (its next is {_nextId}): an await is missing.");
        if (action.OrchestratorActionTypeCase != kind || !fits(action))
            throw new NonDeterministicOrchestrationException($"{_context.Name} ({_context.InstanceId}): the history has {what} as call {happened.EventId}, but the code awaits {Describe(action)} there.");
        _unconfirmed.Remove(happened.EventId);
    }

    private static string Describe(OrchestratorAction action) => action.OrchestratorActionTypeCase switch
    {
        OrchestratorAction.OrchestratorActionTypeOneofCase.ScheduleTask => $"activity {action.ScheduleTask.Name}",
        OrchestratorAction.OrchestratorActionTypeOneofCase.CreateSubOrchestration => $"orchestrator {action.CreateSubOrchestration.Name}",
        OrchestratorAction.OrchestratorActionTypeOneofCase.CreateTimer => "a timer",
        OrchestratorAction.OrchestratorActionTypeOneofCase.SendEvent => $"event {action.SendEvent.Name}",
        _ => action.OrchestratorActionTypeCase.ToString(),
    };

    private void Complete(int id, HistoryEvent happened, Action<OpenCall> complete)
    {
        if (_open.Remove(id, out var call))
            complete(call);
        else if (id >= _nextId)
            throw new NonDeterministicOrchestrationException($"{_context.Name} ({_context.InstanceId}): the history has {happened.EventTypeCase} for call {id}, but the code has made only {_nextId} calls by then.");
        // Otherwise it has been answered before: a second answer changes nothing.
    }

    private void Raise(HistoryEvent happened)
    {
        var raised = happened.EventRaised;
        while (_waiting.TryGetValue(raised.Name, out var waiters) && waiters.First is { } first)
        {
            waiters.RemoveFirst();
            if (first.Value.TryTake(raised.Input))
                return;
        }

        if (!_arrived.TryGetValue(raised.Name, out var arrived))
            _arrived[raised.Name] = arrived = [];
        arrived.Enqueue(happened);
        _untaken.Add(happened);
    }

    private EventRaisedEvent? TakeArrived(string name)
    {
        if (!_arrived.TryGetValue(name, out var arrived) || !arrived.TryDequeue(out var happened))
            return null;
        _untaken.RemoveAll(untaken => ReferenceEquals(untaken, happened));
        return happened.EventRaised;
    }

    private Task<string?> Call(string name, Action<OrchestratorAction> describe)
    {
        var id = _nextId++;
        var action = new OrchestratorAction { Id = id };
        describe(action);
        _unconfirmed[id] = action;
        var call = new OpenCall(name, id);
        _open[id] = call;
        return call.Task;
    }

    private sealed record OpenCall(string Name, int Id)
    {
        private readonly TaskCompletionSource<string?> _result = new();

        public Task<string?> Task => _result.Task;

        public void Succeed(string? result) => _result.TrySetResult(result);

        public void Fail(TaskFailureDetails failure) => _result.TrySetException(new TaskFailedException(Name, Id, failure));
    }

    private sealed record Waiter(Func<string?, bool> TryTake);

    /// <summary>Keeps what the code wants to go on with on the thread of the turn.</summary>
    private sealed class Turn : SynchronizationContext
    {
        private readonly Queue<(SendOrPostCallback Go, object? State)> _posts = [];
        private readonly Lock _gate = new();
        private bool _ended;

        public override void Post(SendOrPostCallback d, object? state)
        {
            // What comes after the end was awaited outside of the history: nothing may go on from there.
            lock (_gate)
            {
                if (!_ended)
                    _posts.Enqueue((d, state));
            }
        }

        public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException("An orchestrator runs on one thread.");

        public override SynchronizationContext CreateCopy() => this;

        public void Drain()
        {
            while (true)
            {
                (SendOrPostCallback Go, object? State) next;
                lock (_gate)
                {
                    if (!_posts.TryDequeue(out next))
                        return;
                }

                next.Go(next.State);
            }
        }

        public void End()
        {
            lock (_gate)
                _ended = true;
        }
    }

    private sealed class Context(OrchestrationRun run, string instanceId) : TaskOrchestrationContext
    {
        private int _guids;

        public DateTime Now { get; set; }

        public bool Replaying { get; set; }

        public string OrchestratorName { get; set; } = "";

        public string? Parent { get; set; }

        public override string Name => OrchestratorName;

        public override string InstanceId => instanceId;

        public override string? ParentInstanceId => Parent;

        public override DateTime CurrentUtcDateTime => Now;

        public override bool IsReplaying => Replaying;

        public override Task<TResult> CallActivityAsync<TResult>(string name, object? input = null, TaskOptions? options = null)
        {
            var json = run._json.Write(input);
            return RetryAsync<TResult>(options?.Retry, () => run.Call(name, action => action.ScheduleTask = new() { Name = name, Input = json }));
        }

        public override Task<TResult> CallSubOrchestratorAsync<TResult>(string name, object? input = null, TaskOptions? options = null)
        {
            var json = run._json.Write(input);
            var wanted = (options as SubOrchestrationOptions)?.InstanceId;
            return RetryAsync<TResult>(options?.Retry, () => run.Call(name, action => action.CreateSubOrchestration = new()
            {
                Name = name,
                Input = json,
                InstanceId = wanted ?? string.Create(CultureInfo.InvariantCulture, $"{InstanceId}:{action.Id:x4}"),
            }));
        }

        public override async Task CreateTimer(DateTime fireAt, CancellationToken cancel = default)
        {
            fireAt = fireAt.ToUniversalTime();
            while (fireAt - Now > LongestTimer)
                await TimerAsync(Now + LongestTimer, cancel);
            await TimerAsync(fireAt, cancel);
        }

        public override Task<T> WaitForExternalEvent<T>(string name, CancellationToken cancel = default)
        {
            if (run.TakeArrived(name) is { } raised)
                return Read<T>(raised.Input);
            var result = new TaskCompletionSource<T>();
            if (!run._waiting.TryGetValue(name, out var waiters))
                run._waiting[name] = waiters = [];
            var waiter = waiters.AddLast(new Waiter(input =>
            {
                if (result.Task.IsCompleted)
                    return false;
                try
                {
                    return result.TrySetResult(run._json.Read<T>(input)!);
                }
                catch (System.Text.Json.JsonException wrong)
                {
                    return result.TrySetException(wrong);
                }
            }));
            if (cancel.CanBeCanceled)
            {
                cancel.Register(() =>
                {
                    if (waiter.List is not null)
                        waiters.Remove(waiter);
                    result.TrySetCanceled(cancel);
                }, useSynchronizationContext: false);
            }

            return result.Task;
        }

        public override void SendEvent(string instanceId, string name, object? payload = null)
        {
            var id = run._nextId++;
            run._unconfirmed[id] = new() { Id = id, SendEvent = new() { Instance = new() { InstanceId = instanceId }, Name = name, Data = run._json.Write(payload) } };
        }

        public override void ContinueAsNew(object? newInput = null, bool preserveUnprocessedEvents = true) =>
            run._continueAsNew = (run._json.Write(newInput), preserveUnprocessedEvents);

        public override void SetCustomStatus(object? status) => run._customStatus = run._json.Write(status);

        public override Guid NewGuid()
        {
            // A name-based UUID (RFC 9562, version 8) of what is the same at each replay.
            var name = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{InstanceId}|{Now.Ticks}|{_guids++}"));
            var bytes = SHA256.HashData(name).AsSpan(0, 16);
            bytes[6] = (byte)((bytes[6] & 0x0F) | 0x80);
            bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
            return new(bytes, bigEndian: true);
        }

        private async Task<T> Read<T>(string? input) => await Task.FromResult(run._json.Read<T>(input)!);

        private async Task TimerAsync(DateTime fireAt, CancellationToken cancel)
        {
            var fired = run.Call("timer", action => action.CreateTimer = new() { FireAt = Google.Protobuf.WellKnownTypes.Timestamp.FromDateTime(fireAt) });
            if (!cancel.CanBeCanceled)
            {
                await fired;
                return;
            }

            // The timer itself is never taken back: when it fires, nobody waits for it any more.
            var cancelled = new TaskCompletionSource();
            using var registration = cancel.Register(() => cancelled.TrySetCanceled(cancel), useSynchronizationContext: false);
            await await Task.WhenAny(fired, cancelled.Task);
        }

        private async Task<TResult> RetryAsync<TResult>(RetryPolicy? retry, Func<Task<string?>> call)
        {
            for (var attempt = 1; ; attempt++)
            {
                TimeSpan delay;
                try
                {
                    return run._json.Read<TResult>(await call())!;
                }
                catch (TaskFailedException failed) when (retry?.DelayAfter(attempt, failed.FailureDetails) is { } wait)
                {
                    delay = wait;
                }

                await CreateTimer(Now + delay);
            }
        }
    }
}
