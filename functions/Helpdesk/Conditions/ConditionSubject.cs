using Helpdesk.Alerts;
using Helpdesk.Contacts;
using Helpdesk.Sla;
using Helpdesk.Tickets;

namespace Helpdesk.Conditions;

/// <summary>What a condition is held against. A part that is not there leaves its fields without a value.</summary>
public sealed record ConditionSubject
{
    /// <summary>The instant at which it is asked.</summary>
    public required DateTimeOffset Now { get; init; }
    public Ticket? Ticket { get; init; }

    /// <summary>What has happened to the ticket.</summary>
    public TicketEvent? Event { get; init; }

    /// <summary>The requester as a contact.</summary>
    public Contact? Contact { get; init; }

    /// <summary>The requester's organisation.</summary>
    public Organisation? Organisation { get; init; }

    /// <summary>How the ticket's promises stand.</summary>
    public SlaStatus? Clocks { get; init; }

    /// <summary>When each side said something last.</summary>
    public ReplyTimes? Replies { get; init; }

    /// <summary>What a monitoring tool reports.</summary>
    public AlertReport? Report { get; init; }

    /// <summary>Id of the source of <see cref="Report"/>.</summary>
    public string? Source { get; init; }

    /// <summary>What was answered to the fields of a form so far.</summary>
    public IReadOnlyDictionary<string, ConditionValue>? Answers { get; init; }

    /// <summary>Finds a calendar by id; null where there is none, so that what is counted by it has no value.</summary>
    public Func<string, BusinessCalendar?> Calendars { get; init; } = _ => null;
}

/// <summary>When each side of a ticket said something in public last.</summary>
/// <param name="Requester">The requester's last words; the opening counts.</param>
/// <param name="Agent">An agent's last words.</param>
public sealed record ReplyTimes(DateTimeOffset? Requester, DateTimeOffset? Agent)
{
    /// <summary>By the events of a ticket, in order.</summary>
    public static ReplyTimes Of(IEnumerable<TicketEvent> events)
    {
        ArgumentNullException.ThrowIfNull(events);
        var times = new ReplyTimes(null, null);
        foreach (var happened in events)
        {
            times = (happened.Fact, happened.By.Kind) switch
            {
                // Whoever is no agent writes a ticket for its requester: a form, a program.
                (TicketOpened, not ActorKind.Agent) => times with { Requester = happened.At },
                (CommentAdded { Visibility: CommentVisibility.Public }, ActorKind.Requester) => times with { Requester = happened.At },
                (CommentAdded { Visibility: CommentVisibility.Public }, ActorKind.Agent) => times with { Agent = happened.At },
                _ => times,
            };
        }

        return times;
    }
}
