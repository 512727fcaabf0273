using System.Globalization;
using System.Text.Json.Serialization;
using Helpdesk.Contacts;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Tickets;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Contacts;

/// <summary>Something in a contact's line of time that other rooms than tickets know of, such as a mail or a call.</summary>
/// <remarks>Entries on tickets come from the tickets themselves; whoever registers one brings what is on no ticket, or tells more of it.</remarks>
public interface IContactTimeline
{
    /// <summary>What there is before an instant, the newest first, at most <paramref name="limit"/>; at the cost of a bounded number of requests.</summary>
    Task<IReadOnlyList<TimelineEntry>> ReadAsync(Contact contact, DateTimeOffset before, int limit, CancellationToken cancellationToken);
}

/// <summary>What kind of entry in a contact's line of time it is.</summary>
[JsonConverter(typeof(WireNameConverter<TimelineKind>))]
public enum TimelineKind
{
    /// <summary>They asked for help.</summary>
    TicketOpened,

    /// <summary>They said something on a ticket.</summary>
    Said,

    /// <summary>The desk answered them.</summary>
    Answered,

    /// <summary>A mail came from them or went to them that is shown as nothing else: see <c>fromDesk</c>.</summary>
    Mail,

    /// <summary>They telephoned.</summary>
    Call,
}

/// <summary>An entry in a contact's line of time.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="At">When it was.</param>
/// <param name="Channel">By which channel; null where nobody noted it.</param>
/// <param name="Ticket">Number of the ticket that it is on; null for none.</param>
/// <param name="Subject">The subject of the ticket or mail; null for none.</param>
/// <param name="By">Name of who said it; null for the contact, and where nobody said one.</param>
/// <param name="Text">The first 500 characters of the words; null for none.</param>
/// <param name="FromDesk">Of a mail, whether the desk wrote it; null for everything else.</param>
public sealed record TimelineEntry(
    TimelineKind Kind,
    DateTimeOffset At,
    IntakeChannel? Channel,
    long? Ticket,
    string? Subject,
    string? By,
    string? Text,
    bool? FromDesk = null
);

/// <summary>
/// Shows what passed between a contact and the desk in one line of time, whatever the channel: the newest first. A page has their ten newest tickets, with
/// all that was publicly said on them; the next page goes on with the tickets before.
/// </summary>
/// <remarks>A page asks storage for a bounded number of rows: the list of tickets, and of each ticket the ticket and its first public words.</remarks>
public sealed class GetContactTimeline(ContactStore contacts, TicketListStore lists, TicketStore tickets, IEnumerable<IContactTimeline> others)
{
    /// <summary>Tickets that one page looks at.</summary>
    public const int TicketsPerPage = 10;

    private const int WordsPerTicket = 200;
    private const int TextLength = 500;

    [Function(nameof(GetContactTimeline)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Results<Ok<ListPage<TimelineEntry>>, NotFound>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/contacts/{id}/timeline")] PageQuery query,
        string id,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        if (await contacts.FindSettledAsync(caller.Workspace, id, cancellationToken) is not { } contact)
            return TypedResults.NotFound();
        var list = $"timeline {contact.Workspace} {contact.Id}";
        var (ticketCursor, before) = ("", DateTimeOffset.MaxValue);
        if (query.Cursor is { } cursor)
        {
            var parts = PageCursor.Read(list, cursor, 2);
            if (!long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds) || milliseconds > 253_402_300_799_999)
                throw new InvalidRequestException("cursor", "cursor is not one that this list gave; start again without it.");
            (ticketCursor, before) = (parts[0], DateTimeOffset.FromUnixTimeMilliseconds(milliseconds));
        }

        var page =
            contact.Emails.Count == 0
                ? new ListPage<Ticket>([], null)
                : await lists.ReadAsync(
                    contact.Workspace,
                    new TicketFilter { Requesters = contact.Emails, Order = TicketOrder.CreatedDescending },
                    TicketsPerPage,
                    ticketCursor.Length > 0 ? Decode(ticketCursor) : null,
                    cancellationToken
                );
        var entries = (await Task.WhenAll(page.Items.Select(ticket => EntriesAsync(contact, ticket, cancellationToken)))).SelectMany(all => all).ToList();
        // Everything on the next tickets began before the oldest of these.
        var since = page.NextCursor is null ? DateTimeOffset.MinValue : page.Items[^1].CreatedAt;
        foreach (var other in others)
            entries.AddRange((await other.ReadAsync(contact, before, query.Limit, cancellationToken)).Where(entry => entry.At >= since));
        // A mail that follows from something of the same moment stands above it.
        var shown = entries.OrderByDescending(entry => entry.At).ThenByDescending(entry => entry.Kind).ToList();
        return TypedResults.Ok(
            new ListPage<TimelineEntry>(
                shown,
                page.NextCursor is { } next
                    ? PageCursor.Write(list, Encode(next), since.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture))
                    : null
            )
        );
    }

    private async Task<IEnumerable<TimelineEntry>> EntriesAsync(Contact contact, Ticket listed, CancellationToken cancellationToken)
    {
        var address = TicketAddress.Of(listed);
        var (reading, words) = (
            tickets.FindAsync(address, cancellationToken),
            tickets.ReadCommentsAsync(address, null, WordsPerTicket, cancellationToken, notes: false)
        );
        if (await reading is not { } ticket)
            return [];
        var opened = new TimelineEntry(
            TimelineKind.TicketOpened,
            ticket.CreatedAt,
            ticket.Channel,
            ticket.Number,
            ticket.Subject,
            null,
            Shorten(ticket.Description)
        );
        return (await words)
            .Select(row => row.Comment)
            .Where(comment => comment.DeletedAt is null)
            .Select(comment => new TimelineEntry(
                comment.By == ActorKind.Requester && contact.Emails.Contains(comment.Actor?.Id, StringComparer.OrdinalIgnoreCase)
                    ? TimelineKind.Said
                    : TimelineKind.Answered,
                comment.At,
                comment.Source?.Channel,
                ticket.Number,
                ticket.Subject,
                comment.Actor?.Name,
                Shorten(comment.Body)
            ))
            .Prepend(opened);
    }

    private static string Shorten(string text) => PlainText.Parts(text, TextLength)[0];

    private static string Encode(string cursor) => Convert.ToHexStringLower(System.Text.Encoding.ASCII.GetBytes(cursor));

    private static string Decode(string hex)
    {
        try
        {
            return System.Text.Encoding.ASCII.GetString(Convert.FromHexString(hex));
        }
        catch (FormatException)
        {
            throw new InvalidRequestException("cursor", "cursor is not one that this list gave; start again without it.");
        }
    }
}
