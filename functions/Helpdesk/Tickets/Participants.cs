namespace Helpdesk.Tickets;

/// <summary>Somebody who takes part in a ticket besides its requester: reads what the requester may read, and writes under their own name.</summary>
/// <param name="Email">The e-mail address, which tells people apart whatever its case.</param>
/// <param name="Name">The name; left out where nobody said one.</param>
/// <param name="Conversation">The chat in which they can be spoken to; left out for none.</param>
/// <param name="Via">Id of the ticket whose merge brought them; left out for those who were named.</param>
/// <param name="Since">Number of the event that brought them: what was said before was not said to them.</param>
public sealed record Participant(string Email, string? Name, string? Conversation = null, string? Via = null, long? Since = null);

/// <summary>Who takes part in a ticket, and who of them somebody is.</summary>
public static class People
{
    /// <summary>As many take part in a ticket at the most.</summary>
    public const int Limit = 200;

    /// <summary>Everybody who takes part, the requester first.</summary>
    public static IReadOnlyList<Participant> Of(Ticket ticket) =>
        [new(ticket.Requester.Email, ticket.Requester.Name, ticket.Conversation), .. ticket.Participants ?? []];

    /// <summary>Who of them has an address; null for nobody.</summary>
    public static Participant? ByEmail(Ticket ticket, string email) => Of(ticket).FirstOrDefault(one => Same(one.Email, email));

    /// <summary>Who of them is spoken to in a chat; null for nobody.</summary>
    public static Participant? ByConversation(Ticket ticket, string conversation) => Of(ticket).FirstOrDefault(one => one.Conversation == conversation);

    /// <summary>The chats in which a ticket is spoken of, and the event from which on each of them hears.</summary>
    public static IReadOnlyList<(string Conversation, long Since)> Conversations(Ticket ticket) =>
        [
            .. Of(ticket)
                .Where(one => one.Conversation is not null)
                .GroupBy(one => one.Conversation!, StringComparer.Ordinal)
                .Select(same => (same.Key, same.Min(one => one.Since ?? 0))),
        ];

    /// <summary>Those besides the requester, each address once: what is shown of them.</summary>
    public static IReadOnlyList<Participant> Named(Ticket ticket) =>
        [.. (ticket.Participants ?? []).Where(one => !Same(one.Email, ticket.Requester.Email)).DistinctBy(one => one.Email.ToLowerInvariant())];

    /// <summary>The participants after somebody named them anew. Whoever stays keeps the chat in which they are spoken to.</summary>
    public static IReadOnlyList<Participant> Renamed(Ticket ticket, IReadOnlyList<Requester> named)
    {
        // The requester's other chats are theirs, whoever else takes part.
        var before = ticket.Participants ?? [];
        List<Participant> after = [.. before.Where(one => Same(one.Email, ticket.Requester.Email))];
        foreach (var person in named.Where(one => !Same(one.Email, ticket.Requester.Email)).DistinctBy(one => one.Email.ToLowerInvariant()))
        {
            var known = before.Where(one => Same(one.Email, person.Email)).ToList();
            after.AddRange(known.Count == 0 ? [new(person.Email, person.Name)] : known.Select(one => one with { Email = person.Email, Name = person.Name }));
        }

        return after;
    }

    /// <summary>The participants after a merge has brought others.</summary>
    internal static IReadOnlyList<Participant>? Join(Ticket ticket, IReadOnlyList<Participant> came, string via, long since)
    {
        var all = new List<Participant>(ticket.Participants ?? []);
        foreach (var person in came)
        {
            // Whoever came by another merge may leave with it, and is still here by this one.
            var there = all.Where(one => one.Via is null || one.Via == via)
                .Prepend(new(ticket.Requester.Email, ticket.Requester.Name, ticket.Conversation))
                .Where(one => Same(one.Email, person.Email));
            if (!there.Any(one => person.Conversation is null || one.Conversation == person.Conversation))
                all.Add(new(person.Email, person.Name, person.Conversation, via, since));
        }

        return all.Count > 0 ? all : null;
    }

    internal static IReadOnlyList<Participant>? Without(IReadOnlyList<Participant>? participants, Func<Participant, bool> leaves) =>
        participants?.Where(one => !leaves(one)).ToList() is { Count: > 0 } left ? left : null;

    /// <summary>Whether two addresses are one.</summary>
    public static bool Same(string one, string other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);
}
