using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Helpdesk.Durable.Protocol;

namespace Helpdesk.LocalHost.Durable;

/// <summary>What a turn makes of an instance.</summary>
internal sealed class TurnOutcome
{
    private const int RememberedSources = 32;

    private readonly StoredInstance _before;
    private readonly DateTimeOffset _now;
    private readonly List<HistoryEvent> _events;

    public TurnOutcome(StoredInstance before, DateTimeOffset now, IReadOnlyList<PendingMessage> messages)
    {
        (_before, _now) = (before, now);
        After = before with { UpdatedAt = now, Carried = [], Sources = [.. before.Sources.Concat(messages.Select(message => message.Source).OfType<string>()).TakeLast(RememberedSources)] };
        if (messages.Count == 0)
        {
            _events = [];
            return;
        }

        if (before.Status == OrchestrationStatus.Pending)
            After = After with { Status = OrchestrationStatus.Running };
        foreach (var message in messages)
        {
            if (message.Event.ExecutionSuspended is not null)
                After = After with { Status = OrchestrationStatus.Suspended };
            else if (message.Event.ExecutionResumed is not null)
                After = After with { Status = OrchestrationStatus.Running };
        }

        _events = [At(new() { OrchestratorStarted = new() }), .. messages.Select(message => message.Event)];
        // The Durable extension does so after a continue-as-new, and workers have to bear it.
        if (before.Carried.Count > 0)
            _events.Add(At(new() { OrchestratorCompleted = new() }));
        Request = new() { InstanceId = before.Id, ExecutionId = before.ExecutionId };
        Request.NewEvents.AddRange(_events);
    }

    /// <summary>The turn's request without the history, which is there in bytes.</summary>
    public OrchestratorRequest Request { get; } = new();

    public StoredInstance After { get; private set; }

    public List<OutboxWork> Outbox { get; } = [];

    public List<HubTimer> Timers { get; } = [];

    public byte[] Appended => StoredInstance.Encode(_events);

    public void Apply(OrchestratorResponse response)
    {
        if (response.InstanceId != _before.Id)
            throw new TurnFailedException($"The answer is for instance \"{response.InstanceId}\", not for {_before.Id}.");
        After = After with { CustomStatus = response.CustomStatus };
        CompleteOrchestrationAction? complete = null;
        foreach (var action in response.Actions)
        {
            switch (action.OrchestratorActionTypeCase)
            {
                case OrchestratorAction.OrchestratorActionTypeOneofCase.ScheduleTask:
                    _events.Add(At(new() { EventId = action.Id, TaskScheduled = new() { Name = action.ScheduleTask.Name, Version = action.ScheduleTask.Version } }));
                    Send(action);
                    break;
                case OrchestratorAction.OrchestratorActionTypeOneofCase.CreateTimer:
                    var fireAt = action.CreateTimer.FireAt;
                    _events.Add(At(new() { EventId = action.Id, TimerCreated = new() { FireAt = fireAt } }));
                    Timers.Add(new(_before.Id, _before.ExecutionId, HubKeys.Timer(_before.Generation, action.Id), fireAt.ToDateTimeOffset(), At(new() { EventId = -1, TimerFired = new() { FireAt = fireAt, TimerId = action.Id } })));
                    break;
                case OrchestratorAction.OrchestratorActionTypeOneofCase.CreateSubOrchestration:
                    if (string.IsNullOrEmpty(action.CreateSubOrchestration.InstanceId))
                        action.CreateSubOrchestration.InstanceId = $"{_before.Id}:{action.Id:x4}";
                    _events.Add(At(new() { EventId = action.Id, SubOrchestrationInstanceCreated = new() { Name = action.CreateSubOrchestration.Name, InstanceId = action.CreateSubOrchestration.InstanceId } }));
                    Send(action);
                    break;
                case OrchestratorAction.OrchestratorActionTypeOneofCase.SendEvent:
                    _events.Add(At(new() { EventId = action.Id, EventSent = new() { InstanceId = action.SendEvent.Instance.InstanceId, Name = action.SendEvent.Name, Input = action.SendEvent.Data } }));
                    Send(action);
                    break;
                case OrchestratorAction.OrchestratorActionTypeOneofCase.TerminateOrchestration:
                    Send(action);
                    break;
                case OrchestratorAction.OrchestratorActionTypeOneofCase.CompleteOrchestration:
                    complete = action.CompleteOrchestration;
                    break;
                default:
                    throw new TurnFailedException($"The answer holds an action that this host does not know: {action.OrchestratorActionTypeCase}.");
            }
        }

        if (complete?.OrchestrationStatus == OrchestrationStatus.ContinuedAsNew)
        {
            ContinueAsNew(complete);
            return;
        }

        if (complete is not null)
            End(complete);
        _events.Add(At(new() { OrchestratorCompleted = new() }));
    }

    /// <summary>The turn failed: the instance is over, and what the turn wanted is not done.</summary>
    public void Fail(string reason)
    {
        Outbox.Clear();
        Timers.Clear();
        _events.RemoveAll(happened => happened.EventId >= 0);
        End(new() { OrchestrationStatus = OrchestrationStatus.Failed, FailureDetails = new() { ErrorType = "FunctionFailedException", ErrorMessage = $"The orchestrator function '{_before.Name}' failed: {reason}" } });
        _events.Add(At(new() { OrchestratorCompleted = new() }));
    }

    public void Terminate(ExecutionTerminatedEvent terminated)
    {
        if (terminated.Recurse)
        {
            var over = _before.Events().Select(happened => happened.SubOrchestrationInstanceCompleted?.TaskScheduledId ?? happened.SubOrchestrationInstanceFailed?.TaskScheduledId).OfType<int>().ToHashSet();
            foreach (var child in _before.Events().Where(happened => happened.SubOrchestrationInstanceCreated is not null && !over.Contains(happened.EventId)))
                Send(new() { Id = 1_500_000_000 + child.EventId, TerminateOrchestration = new() { InstanceId = child.SubOrchestrationInstanceCreated.InstanceId, Reason = terminated.Input, Recurse = true } });
        }

        End(new() { OrchestrationStatus = OrchestrationStatus.Terminated, Result = terminated.Input });
        _events.Add(At(new() { OrchestratorCompleted = new() }));
    }

    private void End(CompleteOrchestrationAction complete)
    {
        // Nobody waits for these timers any more; activities and messages that the last turn wants are still done.
        Timers.Clear();
        _events.Add(At(new() { EventId = -1, ExecutionCompleted = new() { OrchestrationStatus = complete.OrchestrationStatus, Result = complete.Result, FailureDetails = complete.FailureDetails } }));
        After = After with { Status = complete.OrchestrationStatus, CompletedAt = _now, Failure = complete.FailureDetails };
        if (_before.Parent is { } parent)
        {
            var end = complete.Clone();
            end.Tags["parent"] = parent.OrchestrationInstance.InstanceId;
            end.Tags["call"] = parent.TaskScheduledId.ToString(CultureInfo.InvariantCulture);
            Send(new() { Id = int.MaxValue, CompleteOrchestration = end });
        }
    }

    private void ContinueAsNew(CompleteOrchestrationAction complete)
    {
        var execution = Guid.NewGuid().ToString("N");
        Timers.Clear();
        _events.Clear();
        After = After with
        {
            ExecutionId = execution,
            Generation = _before.Generation + 1,
            Carried =
            [
                At(new()
                {
                    ExecutionStarted = new()
                    {
                        Name = _before.Name,
                        Version = complete.NewVersion,
                        Input = complete.Result,
                        OrchestrationInstance = new() { InstanceId = _before.Id, ExecutionId = execution },
                        ParentInstance = _before.Parent,
                    },
                }),
                .. complete.CarryoverEvents,
            ],
        };
        if (StoredInstance.Encode(After.Carried).Length > BinaryColumns.Limit)
            throw new TurnFailedException($"The input of a continue-as-new and the events it carries over may have at most {BinaryColumns.Limit} bytes on this host.");
    }

    private void Send(OrchestratorAction action) => Outbox.Add(new(_before.Id, _before.ExecutionId, HubKeys.Outbox(_before.Generation, action.Id), action));

    private HistoryEvent At(HistoryEvent happened)
    {
        if (happened.EventTypeCase is not (HistoryEvent.EventTypeOneofCase.TaskScheduled or HistoryEvent.EventTypeOneofCase.TimerCreated or HistoryEvent.EventTypeOneofCase.SubOrchestrationInstanceCreated or HistoryEvent.EventTypeOneofCase.EventSent))
            happened.EventId = -1;
        happened.Timestamp = Timestamp.FromDateTimeOffset(_now);
        return happened;
    }
}
