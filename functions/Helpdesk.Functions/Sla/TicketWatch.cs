using DurableTask.Core.Exceptions;
using Grpc.Core;
using Helpdesk.Closing;
using Helpdesk.Functions.Closing;
using Helpdesk.Functions.Events;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;
using Helpdesk.Functions.Tickets;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace Helpdesk.Functions.Sla;

/// <summary>A ticket by its place.</summary>
public sealed record TicketRef(string Workspace, long Number)
{
    public TicketAddress ToAddress() => new(Workspace, Number);
}

/// <summary>A ticket, and when it has to be looked at next.</summary>
public sealed record WatchedTicket(TicketRef Ticket, DateTimeOffset WakeAt);

/// <summary>Sleeps until something about a ticket's promises falls due, has it recorded and acted upon, and sleeps again. Ends when nothing will.</summary>
public static class TicketWatch
{
    /// <summary>One instance for each ticket.</summary>
    public static string InstanceOf(TicketRef ticket) => $"ticket-{ticket.Workspace}-{ticket.Number}";

    [Function(nameof(TicketWatch))]
    public static async Task Run([OrchestrationTrigger] TaskOrchestrationContext context, WatchedTicket watched)
    {
        if (await context.NextAsync(nameof(WakeTicket), watched) is { } next)
            context.ContinueAsNew(watched with { WakeAt = next });
    }
}

/// <summary>The lap that watches have in common.</summary>
internal static class Watching
{
    /// <summary>The event that tells of an earlier waking.</summary>
    public const string Sooner = "sooner";

    private static readonly TaskOptions Retry = TaskOptions.FromRetryPolicy(new RetryPolicy(6, TimeSpan.FromSeconds(1), 3, TimeSpan.FromMinutes(2)));

    /// <summary>
    /// Waits until it is time, or until it is told that it will be time sooner; gives when to wake next, or null when there is nothing more to wake
    /// for.
    /// </summary>
    public static async Task<DateTimeOffset?> NextAsync(this TaskOrchestrationContext context, string activity, WatchedTicket watched)
    {
        try
        {
            var sooner = await context.WaitForExternalEvent<DateTimeOffset>(Sooner, watched.WakeAt.UtcDateTime - context.CurrentUtcDateTime);
            return sooner < watched.WakeAt ? sooner : watched.WakeAt;
        }
        catch (TaskCanceledException)
        {
            return await context.CallActivityAsync<DateTimeOffset?>(activity, watched.Ticket, Retry);
        }
    }
}

/// <summary>Records what has fallen due for a ticket and takes the policy's steps; gives when to ask again, or null.</summary>
public sealed class WakeTicket(TicketStore tickets, TicketClocks clocks, DueTimes dueTimes, SlaLag lag, TimeProvider time)
{
    [Function(nameof(WakeTicket))]
    public Task<DateTimeOffset?> Run([ActivityTrigger] TicketRef ticket, CancellationToken cancellationToken) =>
        WakeAsync(ticket.ToAddress(), cancellationToken);

    /// <summary>The same, for whoever else finds that it is time.</summary>
    public async Task<DateTimeOffset?> WakeAsync(TicketAddress address, CancellationToken cancellationToken)
    {
        DateTimeOffset? woken = null;
        var change = await tickets.WakeAsync(address, ticket => woken = ticket.Sla?.NextWakeAt, cancellationToken);
        if (change is null)
            return null;
        lag.Note(change.Events, time.GetUtcNow());
        var next = await clocks.NextWakeAsync(change.Ticket, cancellationToken);
        // Otherwise the sweep would find the old due time, read the ticket and do the same.
        if (woken is { } due && change.Events.Count > 0)
            await dueTimes.MoveAsync(new(DueKind.Sla, address.Workspace, address.Number, due), next, cancellationToken);
        return next;
    }
}

/// <summary>Starts watches and tells them of earlier wakings; and notes due times where they are found without any watch.</summary>
public sealed class TicketWatches(TaskHub hub, StorageClients storage, DueTimes dueTimes, ClosingSettings closing) : ITicketConsumer
{
    private static readonly OrchestrationRuntimeStatus[] UnderWay =
    [
        OrchestrationRuntimeStatus.Pending,
        OrchestrationRuntimeStatus.Running,
        OrchestrationRuntimeStatus.Suspended,
    ];

    public string Name => "Watches";

    public bool ByState => true;

    public bool Wants(IReadOnlyList<TicketEvent> events) =>
        events.Any(happened =>
            happened.Fact
                is TicketOpened
                    or CommentAdded
                    or StatusChanged
                    or TicketReopened
                    or PriorityChanged
                    or TicketMerged
                    or MergeReceived
                    or TicketUnmerged
                    or MergeReturned
                    or CommentSplit
                    or SlaPolicyApplied
                    or SlaCalendarSwitched
                    or SlaBreached
                    or SlaStepFired
                    or RequesterReminded
        );

    public async Task DeliverAsync(Ticket ticket, IReadOnlyList<TicketEvent> events, CancellationToken cancellationToken)
    {
        var address = new TicketRef(ticket.Workspace, ticket.Number);
        // A ticket whose watch wakes early enough already costs nothing here.
        if (ticket.Sla is { NextWakeAt: { } wake } sla && (events.Count == 0 || sla.ArmedBy >= events[0].Seq))
        {
            await dueTimes.NoteAsync(new(DueKind.Sla, ticket.Workspace, ticket.Number, wake), cancellationToken);
            await ArmAsync(new(DueKind.Sla, new(address, wake), IsNew: events.Any(happened => happened.Fact is TicketOpened)), cancellationToken);
        }

        if (
            ticket.Status is TicketStatus.Resolved or TicketStatus.Pending
            && (events.Count == 0 || events.Any(happened => happened.Fact is StatusChanged or TicketReopened or TicketUnmerged))
            && ClosingRules.NextAt(ticket, await closing.FindAsync(ticket.Workspace, cancellationToken)) is { } next
        )
        {
            await dueTimes.NoteAsync(new(DueKind.Closing, ticket.Workspace, ticket.Number, next), cancellationToken);
            await ArmAsync(new(DueKind.Closing, new(address, next), IsNew: true), cancellationToken);
        }
    }

    /// <summary>Arms a watch; a process that was never told where the orchestrations are leaves it to one that is.</summary>
    private async Task ArmAsync(WatchOrder order, CancellationToken cancellationToken)
    {
        if (hub.Client is { } client)
            await ArmAsync(client, order, cancellationToken);
        else
            await storage.Queue(StorageNames.TicketWatches).SendAsync(order, WatchJson.Default.WatchOrder, TimeSpan.Zero, cancellationToken);
    }

    /// <summary>Has the ticket's watch wake at the ordered instant or before.</summary>
    public static async Task ArmAsync(DurableTaskClient client, WatchOrder order, CancellationToken cancellationToken)
    {
        var (orchestrator, instance) =
            order.Kind == DueKind.Sla
                ? (nameof(TicketWatch), TicketWatch.InstanceOf(order.Watched.Ticket))
                : (nameof(ResolvedTicketClosing), ResolvedTicketClosing.InstanceOf(order.Watched.Ticket));
        // Either it is under way and is told, or it is not and is started; between the two questions it may have ended or begun.
        var isNew = order.IsNew;
        for (var tries = 0; tries < 3; tries++)
        {
            try
            {
                if (isNew)
                    await client.ScheduleNewOrchestrationInstanceAsync(
                        orchestrator,
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
public sealed record WatchOrder(DueKind Kind, WatchedTicket Watched, bool IsNew);

[System.Text.Json.Serialization.JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web)]
[System.Text.Json.Serialization.JsonSerializable(typeof(WatchOrder))]
internal sealed partial class WatchJson : System.Text.Json.Serialization.JsonSerializerContext;

/// <summary>Arms a watch for a process that does not know where the orchestrations are.</summary>
public sealed class ArmTicketWatch(TaskHub hub)
{
    [Function(nameof(ArmTicketWatch))]
    public Task Run(
        [QueueTrigger(StorageNames.TicketWatches)] WatchOrder order,
        [DurableClient] DurableTaskClient durable,
        CancellationToken cancellationToken
    ) => TicketWatches.ArmAsync(hub.Learn(durable), order, cancellationToken);
}

/// <summary>How long after its due time each breach and step was recorded, in this process, lately.</summary>
public sealed class SlaLag
{
    private const int Kept = 1000;
    private readonly Queue<TimeSpan> _lags = new(Kept);

    /// <summary>Takes the breaches and steps among new events.</summary>
    public void Note(IReadOnlyList<TicketEvent> events, DateTimeOffset now)
    {
        lock (_lags)
        {
            foreach (var happened in events)
            {
                var due = happened.Fact switch
                {
                    SlaBreached breached => breached.BreachedAt,
                    SlaStepFired fired => fired.DueAt,
                    _ => (DateTimeOffset?)null,
                };
                if (due is null)
                    continue;
                if (_lags.Count == Kept)
                    _lags.Dequeue();
                _lags.Enqueue(now - due.Value);
            }
        }
    }

    /// <summary>How many there were, their median, their 99th percentile and the longest, in seconds.</summary>
    public (int Count, double P50, double P99, double Max) Read()
    {
        lock (_lags)
        {
            var sorted = _lags.Select(lag => lag.TotalSeconds).Order().ToList();
            return sorted.Count == 0 ? (0, 0, 0, 0) : (sorted.Count, sorted[sorted.Count / 2], sorted[(int)(sorted.Count * 0.99)], sorted[^1]);
        }
    }
}
