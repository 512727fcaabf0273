using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Serialization;
using DurableTask.Core.Exceptions;
using Grpc.Core;
using Helpdesk.Functions.Events;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace Helpdesk.Functions.Deadlines;

/// <summary>Starts watches and tells them of earlier wakings; and notes due times where they are found without any watch.</summary>
public sealed class TicketWatches(IEnumerable<IDeadline> deadlines, TaskHub hub, WorkQueue<WatchOrder> orders, DueTimes dueTimes) : IStateSubscriber
{
    private static readonly OrchestrationRuntimeStatus[] UnderWay =
    [
        OrchestrationRuntimeStatus.Pending,
        OrchestrationRuntimeStatus.Running,
        OrchestrationRuntimeStatus.Suspended,
    ];

    private readonly FrozenDictionary<DueKind, IDeadline> _deadlines = deadlines.ToFrozenDictionary(deadline => deadline.Kind);

    public string Name => "Watches";

    public bool Concerns(IReadOnlyList<TicketEvent> events) => _deadlines.Values.Any(deadline => deadline.Concerns(events));

    public async Task LookAsync(Ticket ticket, IReadOnlyList<TicketEvent> events, CancellationToken cancellationToken)
    {
        foreach (var (kind, deadline) in _deadlines)
        {
            if ((events.Count > 0 && !deadline.Concerns(events)) || await deadline.NextAsync(ticket, events, cancellationToken) is not { } next)
                continue;
            await dueTimes.NoteAsync(new(kind, ticket.Workspace, ticket.Number, next.At), cancellationToken);
            await ArmAsync(new(kind, new(new(ticket.Workspace, ticket.Number), next.At), next.IsNew), cancellationToken);
        }
    }

    /// <summary>Arms a watch; a process that was never told where the orchestrations are leaves it to one that is.</summary>
    private async Task ArmAsync(WatchOrder order, CancellationToken cancellationToken)
    {
        if (hub.Client is { } client)
            await ArmAsync(client, order, cancellationToken);
        else
            await orders.SendAsync(order, TimeSpan.Zero, cancellationToken);
    }

    /// <summary>Has the ticket's watch wake at the ordered instant or before.</summary>
    public async Task ArmAsync(DurableTaskClient client, WatchOrder order, CancellationToken cancellationToken)
    {
        var deadline = _deadlines[order.Kind];
        var instance = deadline.InstanceOf(order.Watched.Ticket);
        // Either it is under way and is told, or it is not and is started; between the two questions it may have ended or begun.
        var isNew = order.IsNew;
        for (var tries = 0; tries < 3; tries++)
        {
            try
            {
                if (isNew)
                    await client.ScheduleNewOrchestrationInstanceAsync(
                        deadline.Orchestrator,
                        order.Watched,
                        new StartOrchestrationOptions(instance).WithDedupeStatuses(UnderWay),
                        cancellationToken
                    );
                else
                    await client.RaiseEventAsync(instance, Watching.Sooner, order.Watched.WakeAt, cancellationToken);
                return;
            }
            catch (OrchestrationAlreadyExistsException)
            {
                isNew = false;
            }
            catch (RpcException no) when (no.StatusCode is StatusCode.AlreadyExists or StatusCode.NotFound or StatusCode.FailedPrecondition)
            {
                isNew = no.StatusCode != StatusCode.AlreadyExists;
            }
        }
    }
}

/// <summary>"Have this ticket's watch wake then." <paramref name="IsNew"/> says that there is most likely none yet.</summary>
public sealed record WatchOrder(DueKind Kind, WatchedTicket Watched, bool IsNew)
{
    public const string QueueName = "ticket-watches";

    internal static WorkQueueOptions<WatchOrder> Queue { get; } =
        new(QueueName, WatchJson.Default.WatchOrder, order => $"{order.Kind} {order.Watched.Ticket}");
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(WatchOrder))]
internal sealed partial class WatchJson : JsonSerializerContext;

/// <summary>Arms a watch for a process that does not know where the orchestrations are.</summary>
public sealed class ArmTicketWatch(TicketWatches watches, TaskHub hub)
{
    [Function(nameof(ArmTicketWatch))]
    public Task Run([QueueTrigger(WatchOrder.QueueName)] WatchOrder order, [DurableClient] DurableTaskClient durable, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(order);
        return watches.ArmAsync(hub.Learn(durable), order, cancellationToken);
    }
}
