using System.Collections.Concurrent;
using Helpdesk.Conditions;
using Helpdesk.Functions.Contacts;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Sla;
using Helpdesk.Functions.Tickets;
using Helpdesk.Sla;

namespace Helpdesk.Functions.Conditions;

/// <summary>Gathers what a condition asks about a ticket, and reads nothing that it does not ask for.</summary>
public sealed class ConditionSubjects(
    TicketStore tickets,
    ContactStore contacts,
    OrganisationStore organisations,
    TicketClocks clocks,
    SettingsStore settings,
    TimeProvider time
)
{
    /// <summary>A ticket as it is, and what happened to it, for conditions.</summary>
    public Task<ConditionSubject> OfAsync(
        Ticket ticket,
        TicketEvent? happened,
        IReadOnlyCollection<Condition> conditions,
        CancellationToken cancellationToken
    ) => OfAsync(ticket, happened, conditions, time.GetUtcNow(), null, cancellationToken);

    /// <summary>A ticket as it was at an instant, and what happened to it; the requester is known as today.</summary>
    /// <param name="history">All events that had happened to the ticket; null for one that is given as it is now.</param>
    public async Task<ConditionSubject> OfAsync(
        Ticket ticket,
        TicketEvent? happened,
        IReadOnlyCollection<Condition> conditions,
        DateTimeOffset now,
        IReadOnlyList<TicketEvent>? history,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(ticket);
        bool Ask(params ReadOnlySpan<string> fields)
        {
            foreach (var field in fields)
            {
                if (conditions.Any(condition => condition.Asks(field)))
                    return true;
            }

            return false;
        }

        var contact = Ask("requester.organisation", "requester.language", "requester.vip")
            ? await contacts.FindByEmailAsync(ticket.Workspace, ticket.Requester.Email, cancellationToken)
            : null;
        var organisation =
            Ask("requester.vip") && contact?.Organisation is { } of ? await organisations.FindAsync(ticket.Workspace, of, cancellationToken) : null;
        (Ticket Ticket, SlaStatus? Status)? clock = Ask("sla.") ? await ClocksAsync(ticket, now, history, cancellationToken) : null;
        return new()
        {
            Now = now,
            Ticket = clock?.Ticket ?? ticket,
            Event = happened,
            Contact = contact,
            Organisation = organisation?.Organisation,
            Clocks = clock?.Status,
            Replies = Ask("hoursSince.requesterReply", "hoursSince.agentReply")
                ? ReplyTimes.Of(history ?? await tickets.ReadEventsAsync(TicketAddress.Of(ticket), 0, (int)ticket.Version, cancellationToken))
                : null,
            Calendars = conditions.Any(condition => condition.AsksCalendars) ? await CalendarsAsync(ticket.Workspace, cancellationToken) : _ => null,
        };
    }

    private async Task<(Ticket Ticket, SlaStatus? Status)> ClocksAsync(
        Ticket ticket,
        DateTimeOffset now,
        IReadOnlyList<TicketEvent>? history,
        CancellationToken cancellationToken
    ) =>
        history is null ? (ticket, await clocks.StatusAsync(ticket, now, cancellationToken)) : await clocks.AsOfAsync(ticket, history, now, cancellationToken);

    /// <summary>The newest versions of a workspace's calendars, by id.</summary>
    public async Task<Func<string, BusinessCalendar?>> CalendarsAsync(string workspace, CancellationToken cancellationToken)
    {
        var stored = await settings.RememberAsync(workspace, SlaKinds.Calendars.Newest, cancellationToken);
        var made = new ConcurrentDictionary<string, BusinessCalendar?>(StringComparer.Ordinal);
        return id => made.GetOrAdd(id, Make);

        BusinessCalendar? Make(string id) =>
            stored.FirstOrDefault(calendar => calendar.Id == id) is { } found ? new(found.Definition)
            : id == StandardSla.CalendarId ? new(StandardSla.Calendar.Definition)
            : null;
    }
}
