using Helpdesk.Contacts;
using Helpdesk.Functions.Events;
using Helpdesk.Functions.Tickets;

namespace Helpdesk.Functions.Contacts;

/// <summary>Makes contacts of the people on tickets, whichever way a ticket came in.</summary>
/// <remarks>
/// It looks at the ticket as it is, so that it needs no place of its own among the ticket's events: a new ticket of somebody who is known costs nothing.
/// </remarks>
public sealed class LearnContacts(ContactStore contacts, OrganisationStore organisations) : IStateSubscriber
{
    private const int Parallel = 4;

    public string Name => "Contacts";

    public bool Concerns(IReadOnlyList<TicketEvent> events) =>
        events.Any(happened =>
            happened.Fact is TicketOpened or RequesterChanged or ParticipantsChanged or MergeReceived
            || happened is { Fact: CommentAdded, By.Kind: ActorKind.Requester }
        );

    public async Task LookAsync(Ticket ticket, IReadOnlyList<TicketEvent> events, CancellationToken cancellationToken)
    {
        var people = People.Of(ticket).Concat(Named(events)).DistinctBy(one => one.Email.ToLowerInvariant()).Where(one => !IsProgram(ticket, one)).ToList();
        string? organisation = null;
        await System.Threading.Tasks.Parallel.ForEachAsync(
            people,
            new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = cancellationToken },
            async (person, cancelled) =>
            {
                var theirs = await contacts.LearnAsync(ticket.Workspace, SightingOf(person), cancelled);
                if (IsRequester(ticket, person))
                    organisation = theirs;
            }
        );
        if (organisation is not null && (events.Count == 0 || events.Any(happened => happened.Fact is TicketOpened or RequesterChanged)))
            await organisations.AddTicketAsync(ticket.Workspace, organisation, ticket.CreatedAt.ToUnixTimeMilliseconds(), ticket.Id, cancellationToken);
    }

    /// <summary>Whom the events name, should the ticket name somebody else by now.</summary>
    private static IEnumerable<Participant> Named(IReadOnlyList<TicketEvent> events) =>
        events.SelectMany(happened =>
            happened.Fact switch
            {
                TicketOpened opened => (opened.Participants ?? []).Prepend(new(opened.Requester.Email, opened.Requester.Name, opened.Conversation)),
                RequesterChanged changed => [new(changed.To.Email, changed.To.Name)],
                ParticipantsChanged changed => changed.To,
                _ => [],
            }
        );

    private static bool IsRequester(Ticket ticket, Participant person) =>
        string.Equals(person.Email, ticket.Requester.Email, StringComparison.OrdinalIgnoreCase);

    /// <summary>What writes by itself is nobody.</summary>
    private static bool IsProgram(Ticket ticket, Participant person) =>
        (ticket.Automatic == true || ticket.Channel == IntakeChannel.Alert) && IsRequester(ticket, person);

    internal static Sighting SightingOf(Participant person) =>
        new(person.Email, person.Name, Identities: person.Conversation is { } conversation ? [new("chat", conversation)] : []);
}
