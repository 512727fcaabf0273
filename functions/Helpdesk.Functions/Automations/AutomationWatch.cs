using System.Text.Json;
using System.Text.Json.Serialization;
using Helpdesk.Automations;
using Helpdesk.Conditions;
using Helpdesk.Functions.Conditions;
using Helpdesk.Functions.Deadlines;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;
using Helpdesk.Functions.Tickets;
using Microsoft.DurableTask;

namespace Helpdesk.Functions.Automations;

/// <summary>Sleeps until an automation that waits for time to pass is due on a ticket, has it run, and sleeps again.</summary>
public static class AutomationWatch
{
    /// <summary>One instance for each ticket.</summary>
    public static string InstanceOf(TicketAddress ticket) => $"automations-{ticket.Workspace}-{ticket.Number}";

    [Function(nameof(AutomationWatch))]
    public static async Task Run([OrchestrationTrigger] TaskOrchestrationContext context, WatchedTicket watched)
    {
        if (await context.NextAsync(nameof(RunTimedAutomations), watched) is { } next)
            context.ContinueAsNew(watched with { WakeAt = next });
    }
}

/// <summary>Runs automations that time has made due on a ticket, each once for the instant that it counts from; gives when to ask again, or null.</summary>
public sealed class RunTimedAutomations(
    AutomationStore automations,
    ConditionSubjects subjects,
    ActionContexts contexts,
    TicketStore tickets,
    TimeProvider time
)
{
    [Function(nameof(RunTimedAutomations))]
    public async Task<DateTimeOffset?> Run([ActivityTrigger] WatchedTicket watched, CancellationToken cancellationToken)
    {
        await Watching.UntilDueAsync(watched, time, cancellationToken);
        return await WakeAsync(watched.Ticket, cancellationToken);
    }

    /// <summary>The same, for whoever else finds that it is time.</summary>
    public async Task<DateTimeOffset?> WakeAsync(TicketAddress address, CancellationToken cancellationToken)
    {
        var timed = TimedOf(await automations.RememberAsync(address.Workspace, cancellationToken));
        if (timed.Count == 0)
            return null;
        TicketChange? change = null;
        // Each of them once: those whose runs move what others count from wait for the next time.
        for (var left = timed.Count; left >= 0; left--)
        {
            change = await tickets.ChangeAsync(
                address,
                async (found, ticket, cancelled) => await RunAsync(found, ticket, timed, cancelled),
                cancellationToken
            );
            if (change is not { Events.Count: > 0 })
                break;
        }

        if (change is null)
            return null;
        var soonest = time.GetUtcNow() + TimeSpan.FromMinutes(1);
        var next = await NextAsync(change.Ticket, timed, cancellationToken);
        return next < soonest ? soonest : next;
    }

    /// <summary>When a ticket has to be looked at next; null for not before something happens to it.</summary>
    public async Task<DateTimeOffset?> NextAsync(Ticket ticket, IReadOnlyList<Automation> timed, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(timed);
        if (timed.Count == 0)
            return null;
        var subject = await subjects.OfAsync(ticket, null, [.. timed.Select(one => one.Condition)], cancellationToken);
        return timed.Select(one => TimedAutomations.WakeAt(one, subject)).Min();
    }

    /// <summary>Those that wait for time to pass, in their order.</summary>
    public static IReadOnlyList<Automation> TimedOf(IEnumerable<Automation> all) =>
        [.. all.Where(one => one is { Active: true, IsTimed: true }).OrderBy(one => one.Position).ThenBy(one => one.Id, StringComparer.Ordinal)];

    /// <param name="found">The ticket as it was found: what is recorded only now, such as a breach, does not put off what is due.</param>
    private async Task<TicketChange> RunAsync(Ticket found, Ticket ticket, IReadOnlyList<Automation> timed, CancellationToken cancellationToken)
    {
        var subject = await subjects.OfAsync(ticket with { UpdatedAt = found.UpdatedAt }, null, [.. timed.Select(one => one.Condition)], cancellationToken);
        // With all that they may do, one fits into a transaction; the next one comes at once.
        var due = timed.Where(one => TimedAutomations.IsDue(one, subject)).Take(1).ToList();
        if (due.Count == 0)
            return new(ticket, []);
        var context = await contexts.OfAsync(ticket.Workspace, due.SelectMany(one => one.Actions), null, cancellationToken);
        var (now, events, comments) = (ticket, new List<TicketEvent>(), new List<Comment>());
        foreach (var automation in due)
        {
            var key = $"time/{automation.Id}/{TimedAutomations.AnchorOf(automation, subject)?.ToUnixTimeMilliseconds()}";
            var chosen = await contexts.ChooseAsync(context, ticket, automation.Actions, key, cancellationToken);
            var change = TimedAutomations.Run(now, automation, subject, chosen);
            now = change.Ticket;
            events.AddRange(change.Events);
            comments.AddRange(change.Comment is { } comment ? [comment, .. change.FurtherComments] : []);
        }

        return new(now, events, comments.FirstOrDefault()) { FurtherComments = [.. comments.Skip(1)] };
    }
}

/// <summary>When an automation that waits for time to pass is due on a ticket.</summary>
public sealed class AutomationDeadline(RunTimedAutomations run, AutomationStore automations) : IDeadline
{
    public DueKind Kind => DueKind.Automations;

    public string Orchestrator => nameof(AutomationWatch);

    public string InstanceOf(TicketAddress ticket) => AutomationWatch.InstanceOf(ticket);

    public bool Concerns(IReadOnlyList<TicketEvent> events) => events.Count > 0;

    /// <summary>A ticket of a workspace without such automations costs nothing here.</summary>
    public async ValueTask<NextWake?> NextAsync(Ticket ticket, IReadOnlyList<TicketEvent> events, CancellationToken cancellationToken)
    {
        if (automations.HasNone(ticket.Workspace))
            return null;
        var timed = RunTimedAutomations.TimedOf(await automations.RememberAsync(ticket.Workspace, cancellationToken));
        return await run.NextAsync(ticket, timed, cancellationToken) is { } at ? new(at, IsNew: true) : null;
    }

    public Task<DateTimeOffset?> WakeAsync(TicketAddress ticket, CancellationToken cancellationToken) => run.WakeAsync(ticket, cancellationToken);
}

/// <summary>"Automations that wait for time to pass have changed: plan the tickets of a workspace anew, from here on."</summary>
/// <param name="Cursor">Where the list of tickets goes on; null at its beginning.</param>
public sealed record AutomationPlan(string Workspace, string? Cursor, DateTimeOffset SentAt)
{
    public const string QueueName = "automation-plans";

    internal static WorkQueueOptions<AutomationPlan> Queue { get; } = new(QueueName, AutomationPlanJson.Default.AutomationPlan, plan => plan.Workspace);
}

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(UtcInstantConverter)]
)]
[JsonSerializable(typeof(AutomationPlan))]
internal sealed partial class AutomationPlanJson : JsonSerializerContext;

/// <summary>Plans the tickets of a workspace for automations that wait for time to pass, some at a time.</summary>
public sealed class AutomationPlanning(
    AutomationStore automations,
    RunTimedAutomations run,
    TicketListStore lists,
    DueTimes dueTimes,
    WorkQueue<AutomationPlan> queue,
    TimeProvider time
) : IWorker<AutomationPlan>
{
    /// <summary>Tickets of one message.</summary>
    private const int AtOnce = 50;

    /// <summary>By then every instance knows of a change.</summary>
    private static readonly TimeSpan Known = TimeSpan.FromSeconds(35);

    /// <summary>Has the tickets of a workspace planned, once all instances know of what is about to change.</summary>
    public Task AnnounceAsync(string workspace, CancellationToken cancellationToken) =>
        queue.SendAsync(new(workspace, null, time.GetUtcNow()), Known, cancellationToken);

    public async Task<bool> DoAsync(AutomationPlan plan, bool lastTry, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var timed = RunTimedAutomations.TimedOf(await automations.ListAsync(plan.Workspace, cancellationToken));
        if (timed.Count == 0)
            return true;
        var withClosed = timed.Any(one => one.Condition.Asks("hoursSince.closed"));
        var page = await lists.ReadAsync(
            plan.Workspace,
            new()
            {
                Statuses = [.. Enum.GetValues<TicketStatus>().Where(status => withClosed || status != TicketStatus.Closed)],
                Order = TicketOrder.CreatedAscending,
            },
            AtOnce,
            plan.Cursor,
            cancellationToken
        );
        // What is noted wrongly does no harm: whoever finds it asks the ticket.
        foreach (var ticket in page.Items)
        {
            if (await run.NextAsync(ticket, timed, cancellationToken) is { } at)
                await dueTimes.NoteAsync(new(DueKind.Automations, ticket.Workspace, ticket.Number, at), cancellationToken);
        }

        if (page.NextCursor is { } next)
            await queue.SendAsync(plan with { Cursor = next, SentAt = time.GetUtcNow() }, TimeSpan.Zero, cancellationToken);
        return true;
    }
}

/// <summary>Plans tickets for automations that wait for time to pass, after those have changed.</summary>
public sealed class PlanAutomations(WorkRunner<AutomationPlan> work)
{
    [Function(nameof(PlanAutomations))]
    public Task Run([QueueTrigger(AutomationPlan.QueueName)] AutomationPlan message, int dequeueCount, CancellationToken cancellationToken) =>
        work.ReceiveAsync(message, dequeueCount, cancellationToken);
}
