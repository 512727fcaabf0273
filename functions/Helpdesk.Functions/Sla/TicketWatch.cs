using System.Text.Json.Serialization;
using Helpdesk.Durable;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Tickets;

namespace Helpdesk.Functions.Sla;

/// <summary>A ticket by its place.</summary>
public sealed record TicketRef(string Workspace, long Number)
{
    public TicketAddress ToAddress() => new(Workspace, Number);
}

/// <summary>A ticket, and when it has to be looked at next.</summary>
public sealed record WatchedTicket(TicketRef Ticket, DateTimeOffset WakeAt);

/// <summary>What durable orchestrations pass around.</summary>
[JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(WatchedTicket))]
[JsonSerializable(typeof(TicketRef))]
internal sealed partial class DurableContracts : JsonSerializerContext;

/// <summary>Sleeps until something about a ticket's promises falls due, has it recorded and acted upon, and sleeps again. Ends when nothing will.</summary>
public sealed class TicketWatch : TaskOrchestrator<WatchedTicket, string?>
{
    /// <summary>The event that tells of an earlier waking.</summary>
    public const string Sooner = "sooner";

    public static RetryPolicy Retry { get; } = new(6, TimeSpan.FromSeconds(1), 3) { MaxRetryInterval = TimeSpan.FromMinutes(2) };

    /// <summary>One instance for each ticket.</summary>
    public static string InstanceOf(TicketRef ticket) => $"ticket-{ticket.Workspace}-{ticket.Number}";

    public override async Task<string?> RunAsync(TaskOrchestrationContext context, WatchedTicket watched)
    {
        var next = await context.NextAsync(nameof(WakeTicket), watched);
        if (next is not null)
            context.ContinueAsNew(watched with { WakeAt = next.Value });
        return null;
    }
}

/// <summary>The lap that watches have in common.</summary>
internal static class Watching
{
    /// <summary>Waits until it is time, or until it is told that it will be time sooner; gives when to wake next, or null when there is nothing more to wake for.</summary>
    public static async Task<DateTimeOffset?> NextAsync(this TaskOrchestrationContext context, string activity, WatchedTicket watched)
    {
        try
        {
            var sooner = await context.WaitForExternalEvent<DateTimeOffset>(TicketWatch.Sooner, watched.WakeAt.UtcDateTime - context.CurrentUtcDateTime);
            return sooner < watched.WakeAt ? sooner : watched.WakeAt;
        }
        catch (TaskCanceledException)
        {
            return await context.CallActivityAsync<DateTimeOffset?>(activity, watched.Ticket, new TaskOptions(TicketWatch.Retry));
        }
    }
}

/// <summary>Records what has fallen due for a ticket and takes the policy's steps; gives when to ask again, or null.</summary>
public sealed class WakeTicket(TicketStore tickets, TicketClocks clocks, SlaLag lag, TimeProvider time) : TaskActivity<TicketRef, DateTimeOffset?>
{
    public override async Task<DateTimeOffset?> RunAsync(TaskActivityContext context, TicketRef input) => await WakeAsync(input.ToAddress(), context.Cancel);

    /// <summary>The same, for whoever else finds that it is time.</summary>
    public async Task<DateTimeOffset?> WakeAsync(TicketAddress address, CancellationToken cancel)
    {
        if (await tickets.WakeAsync(address, cancel) is not { } change)
            return null;
        lag.Note(change.Events, time.GetUtcNow());
        return await clocks.NextWakeAsync(change.Ticket, cancel);
    }
}

/// <summary>Starts watches and tells them of earlier wakings; and notes due times where they are found without any watch.</summary>
public sealed class TicketWatches(DurableConnection durable, DueTimes dueTimes, ClosingSettings closing) : ITicketConsumer
{
    public string Name => "Watches";

    public bool ByState => true;

    public bool Wants(IReadOnlyList<TicketEvent> events) => events.Any(happened => happened.Fact is
        TicketOpened or CommentAdded or StatusChanged or TicketReopened or PriorityChanged or TicketMerged or MergeReceived
        or SlaPolicyApplied or SlaCalendarSwitched or SlaBreached or SlaStepFired or RequesterReminded);

    public async Task DeliverAsync(Ticket ticket, IReadOnlyList<TicketEvent> events, CancellationToken cancel)
    {
        var address = new TicketRef(ticket.Workspace, ticket.Number);
        // A ticket whose watch wakes early enough already costs nothing here.
        if (ticket.Sla is { NextWakeAt: { } wake } sla && (events.Count == 0 || sla.ArmedBy >= events[0].Seq))
        {
            await dueTimes.NoteAsync(new(DueKind.Sla, ticket.Workspace, ticket.Number, wake), cancel);
            await TellAsync(nameof(TicketWatch), TicketWatch.InstanceOf(address), new(address, wake), isNew: events.Any(happened => happened.Fact is TicketOpened), cancel);
        }

        if (ticket.Status is TicketStatus.Resolved or TicketStatus.Pending && (events.Count == 0 || events.Any(happened => happened.Fact is StatusChanged or TicketReopened))
            && ClosingRules.NextAt(ticket, await closing.FindAsync(ticket.Workspace, cancel)) is { } next)
        {
            await dueTimes.NoteAsync(new(DueKind.Closing, ticket.Workspace, ticket.Number, next), cancel);
            await TellAsync(nameof(ResolvedTicketClosing), ResolvedTicketClosing.InstanceOf(address), new(address, next), isNew: true, cancel);
        }
    }

    private Task TellAsync(string orchestrator, string instance, WatchedTicket watched, bool isNew, CancellationToken cancel) => durable.UseAsync(async (client, cancelled) =>
    {
        // Either it is under way and is told, or it is not and is started; between the two questions it may have ended or begun.
        for (var tries = 0; tries < 3; tries++)
        {
            try
            {
                if (isNew)
                    await client.ScheduleNewOrchestrationInstanceAsync(orchestrator, watched, new(instance), cancelled);
                else
                    await client.RaiseEventAsync(instance, TicketWatch.Sooner, watched.WakeAt, cancelled);
                return;
            }
            catch (OrchestrationException no) when (no.Problem is OrchestrationProblem.AlreadyExists or OrchestrationProblem.NotFound or OrchestrationProblem.WrongState)
            {
                isNew = no.Problem != OrchestrationProblem.AlreadyExists;
            }
        }
    }, cancel);
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
