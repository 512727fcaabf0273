using Helpdesk.Bot.Conversations;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Sla;
using Helpdesk.Functions.Storage;
using Helpdesk.Functions.Tickets;
using Helpdesk.Sla;

namespace Helpdesk.Functions.Conversations;

/// <summary>Whether answers are mailed to the requesters of a workspace. Whatever mails them registers a function of its own.</summary>
public delegate ValueTask<bool> MailsRequesters(string workspace, CancellationToken cancellationToken);

/// <summary>When the desk is open for a requester, and how soon it answered lately.</summary>
public sealed class DeskHours(DirectoryStore directory, ChatSettings chats, TicketClocks clocks, TicketStore tickets, TicketListStore lists, TimeProvider time)
{
    /// <summary>Tickets that are looked at for how soon they were answered.</summary>
    private const int LookedAt = 20;

    /// <summary>Fewer first replies than this tell nothing.</summary>
    private const int Enough = 3;

    private readonly ShortMemory<Wait> _lately = new(time, TimeSpan.FromMinutes(10));

    /// <summary>By the calendar that counts for the ticket in hand, or for a ticket that a chat would open now; null when there is none.</summary>
    public async Task<OpeningTimes?> OfAsync(string workspace, Ticket? ticket, CancellationToken cancellationToken) =>
        await CalendarAsync(workspace, ticket, cancellationToken) is { } calendar ? new BusinessCalendar(calendar.Definition).Times(time.GetUtcNow()) : null;

    /// <summary>When somebody is there to talk to, and how soon others were answered.</summary>
    public async Task<Presence> PresenceAsync(string workspace, Ticket? ticket, CancellationToken cancellationToken) =>
        new(await OfAsync(workspace, ticket, cancellationToken), await LatelyAsync(workspace, cancellationToken));

    private async Task<CalendarSetting?> CalendarAsync(string workspace, Ticket? ticket, CancellationToken cancellationToken)
    {
        var (policies, calendars) = await clocks.CurrentAsync(workspace, cancellationToken);
        var name = ticket is not null ? ticket.Group : (await chats.OfAsync(workspace, cancellationToken)).Group;
        var group = name is null ? null : await directory.FindGroupAsync(workspace, name, cancellationToken);
        var pin = ticket is not null ? ticket.Pin : TicketSlaRules.Choose(FromChat(workspace, group, time.GetUtcNow()), policies, group, calendars);
        return (group?.Calendar is { } own ? calendars(own) : null)
            ?? (pin is null ? null : calendars(SlaPin.Parse(pin.Calendar).Id))
            ?? calendars(StandardSla.CalendarId);
    }

    /// <summary>A ticket as a chat would open it, to see what would be promised.</summary>
    private static Ticket FromChat(string workspace, Group? group, DateTimeOffset now) =>
        TicketRules
            .Open(
                "0",
                0,
                workspace,
                new TicketDraft
                {
                    Subject = "",
                    Description = "",
                    Requester = new("", null),
                    Group = group,
                    Channel = IntakeChannel.Chat,
                },
                Actor.System,
                now
            )
            .Ticket;

    /// <summary>The time within which half of the first replies came, of the tickets that changed last; at most ten minutes old.</summary>
    private async Task<TimeSpan?> LatelyAsync(string workspace, CancellationToken cancellationToken)
    {
        var wait = await _lately.GetAsync(
            workspace,
            async () =>
            {
                var recent = await lists.ReadAsync(workspace, new TicketFilter(), LookedAt, null, cancellationToken);
                var found = await Task.WhenAll(recent.Items.Select(ticket => tickets.FindAsync(TicketAddress.Of(ticket), cancellationToken)));
                var waits = found
                    .OfType<Ticket>()
                    .Select(ticket =>
                        ticket.Sla?.Run?.Clocks.FirstOrDefault(clock => clock.Metric == SlaMetric.FirstReply) is { StoppedAt: { } replied } clock
                            ? replied - clock.StartedAt
                            : (TimeSpan?)null
                    )
                    .OfType<TimeSpan>()
                    .Order()
                    .ToList();
                return new(waits.Count < Enough ? null : waits[waits.Count / 2]);
            }
        );
        return wait?.Median;
    }

    private sealed record Wait(TimeSpan? Median);
}
