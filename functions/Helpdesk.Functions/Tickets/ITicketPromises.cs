using System.ComponentModel.DataAnnotations;
using Helpdesk.Functions.Hosting;
using Helpdesk.Sla;

namespace Helpdesk.Functions.Tickets;

/// <summary>What is promised about tickets: it accompanies every change and is stored with it, in the same transaction.</summary>
public interface ITicketPromises
{
    /// <summary>Makes the promises to a ticket that is about to be opened.</summary>
    ValueTask<TicketChange> OpenAsync(TicketChange change, CancellationToken cancellationToken);

    /// <summary>Records what has fallen due. With <paramref name="before"/> only what was due before this very second.</summary>
    ValueTask<TicketChange> CatchUpAsync(Ticket ticket, bool before, CancellationToken cancellationToken);

    /// <summary>Brings the promises up to a change.</summary>
    /// <param name="history">All events of the ticket before the change.</param>
    ValueTask<TicketChange> FollowAsync(
        Ticket before,
        TicketChange change,
        Func<Task<IReadOnlyList<TicketEvent>>> history,
        CancellationToken cancellationToken
    );

    /// <summary>How the promises to a ticket stand at an instant since its last change; null when nothing is promised.</summary>
    ValueTask<TicketSlaView?> ShowAsync(Ticket ticket, DateTimeOffset at, CancellationToken cancellationToken);

    /// <summary>How they stood after some of its events, at an instant; null when nothing was promised.</summary>
    Task<TicketSlaView?> ShowAsOfAsync(Ticket ticket, IReadOnlyList<TicketEvent> events, DateTimeOffset at, CancellationToken cancellationToken);
}

/// <summary>How the promises to a ticket stand.</summary>
/// <param name="Policy">The version of the policy that holds for the ticket.</param>
/// <param name="Calendar">Id and version of the calendar by which business time is counted, such as <c>business-hours@3</c>.</param>
/// <param name="State">How the ticket does on its promises.</param>
/// <param name="DueAt">The earliest due time among promises that are open, past ones included; null when there is none.</param>
/// <param name="AcknowledgedAt">When an agent took notice of what the policy keeps repeating; null when nobody did.</param>
/// <param name="Targets">Of each metric its newest promise.</param>
public sealed record TicketSlaView(
    SlaPolicyRef Policy,
    string Calendar,
    SlaHealth State,
    DateTimeOffset? DueAt,
    DateTimeOffset? AcknowledgedAt,
    IReadOnlyList<TicketTargetView> Targets
);

/// <summary>A version of a policy.</summary>
/// <param name="Id">Id of the policy.</param>
/// <param name="Version">Number of the version.</param>
public sealed record SlaPolicyRef(string Id, int Version);

/// <summary>How one promise stands.</summary>
/// <param name="Metric">What is promised.</param>
/// <param name="Cycle">Counts how often the metric began anew: 1, 2, 3 …</param>
/// <param name="Priority">The priority whose promise it is.</param>
/// <param name="Within">The promised length of business time.</param>
/// <param name="State">What the promise is.</param>
/// <param name="StartedAt">When its clock started.</param>
/// <param name="DueAt">When it is due; null while that cannot be told: its clock is paused, or the calendar has no hours.</param>
/// <param name="StoppedAt">When its clock stopped; null while it has not.</param>
/// <param name="BreachedAt">When it was broken; null when it was not.</param>
/// <param name="EverBreached">Whether it was ever broken, even if a longer promise made that good.</param>
/// <param name="Elapsed">The business time that is used up.</param>
/// <param name="Remaining">The business time that is left; it begins with a minus sign when the promise is overdue.</param>
/// <param name="Percent">How much of the promised time is used up, in percent; 9,999 at most.</param>
public sealed record TicketTargetView(
    SlaMetric Metric,
    int Cycle,
    TicketPriority Priority,
    [property: DataType(DataType.Duration)] string Within,
    SlaState State,
    DateTimeOffset StartedAt,
    DateTimeOffset? DueAt,
    DateTimeOffset? StoppedAt,
    DateTimeOffset? BreachedAt,
    bool EverBreached,
    [property: DataType(DataType.Duration)] string Elapsed,
    [property: Sample("-PT1H30M")] string Remaining,
    int Percent
);

/// <summary>What a list shows of the promises to a ticket.</summary>
/// <param name="State">How the ticket does on its promises.</param>
/// <param name="DueAt">The earliest due time among promises that are open, past ones included; null when there is none.</param>
public sealed record TicketSlaSummary(SlaHealth State, DateTimeOffset? DueAt);
