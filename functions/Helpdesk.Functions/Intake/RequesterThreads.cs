using System.Globalization;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Tickets;

namespace Helpdesk.Functions.Intake;

/// <summary>A request as whoever sent it may see it.</summary>
/// <param name="Place">Names the page of the request: what is sent there is told apart by it.</param>
/// <param name="Receipt">What it came in by; null for a request that is shown to somebody who is signed in.</param>
/// <param name="Proven">Whether the link proves that it is theirs: only then are there words.</param>
/// <param name="Own">The ticket that it became; null until then.</param>
/// <param name="Living">The ticket that goes on: the same one, or the one that it was merged into.</param>
/// <param name="Joined">Numbers of the tickets that it was merged into, one after the other, and when: what was said there before is not theirs.</param>
public sealed record RequesterThread(
    string Workspace,
    string Place,
    Receipt? Receipt,
    bool Proven,
    Ticket? Own,
    Ticket? Living,
    IReadOnlyDictionary<long, DateTimeOffset> Joined
)
{
    /// <summary>Whether it goes on in a ticket of somebody else, of whom it shows nothing.</summary>
    public bool IsElsewhere =>
        Own is not null
        && Living is not null
        && Own.Id != Living.Id
        && !string.Equals(Own.Requester.Email, Living.Requester.Email, StringComparison.OrdinalIgnoreCase)
        && Addresses?.Contains(Living.Requester.Email, StringComparer.OrdinalIgnoreCase) != true;

    /// <summary>Whether they may say of the ticket that goes on that it is solved or not: a link alone proves nothing of another ticket.</summary>
    public bool IsTheirs =>
        Own is not null
        && Living is not null
        && (Own.Id == Living.Id || Addresses?.Contains(Living.Requester.Email, StringComparer.OrdinalIgnoreCase) == true);

    /// <summary>All addresses of whoever looks at it; null where only that of the request is known.</summary>
    public IReadOnlyList<string>? Addresses { get; init; }
}

/// <summary>Words on a request, for whoever sent it.</summary>
/// <param name="Name">Who said them; null for somebody without a name.</param>
/// <param name="Deleted">Whether its author has deleted it, so that it has no words any more.</param>
public sealed record ThreadMessage(
    string? Name,
    ActorKind By,
    bool Mine,
    DateTimeOffset At,
    string Words,
    IReadOnlyList<TicketAttachment> Files,
    bool Deleted = false
);

/// <summary>The conversation between the desk and whoever sent a request and keeps its link.</summary>
public sealed class RequesterThreads(ReceiptStore receipts, ReceiptLinks links, TicketStore tickets, TimeProvider time)
{
    /// <summary>The newest so many are shown; of so many of the ticket.</summary>
    private const int MostMessages = 500;
    private const int MostRead = 10_000;

    private const int MostHops = 20;

    /// <summary>What a link leads to; null for a link that leads nowhere.</summary>
    public async Task<RequesterThread?> FindAsync(string workspace, string link, CancellationToken cancellationToken)
    {
        if (!SettingsStore.IsId(workspace) || await links.ReadAsync(workspace, link, cancellationToken) is not var (id, proven))
            return null;
        if (await receipts.FindAsync(workspace, id, cancellationToken) is not { Receipt: var receipt })
            return null;
        var own = receipt.Ticket is { } ticket ? await TicketAsync(workspace, ticket, cancellationToken) : null;
        return await FollowAsync(
            new(workspace, $"receipt {receipt.Id}", receipt, proven, own, own, new Dictionary<long, DateTimeOffset>()),
            cancellationToken
        );
    }

    /// <summary>A request of somebody who has shown that these addresses are theirs; null when it is nobody's or somebody else's.</summary>
    public async Task<RequesterThread?> FindAsync(string workspace, long number, IReadOnlyList<string> addresses, CancellationToken cancellationToken)
    {
        if (
            await tickets.FindAsync(new(workspace, number), cancellationToken) is not { } own
            || !addresses.Contains(own.Requester.Email, StringComparer.OrdinalIgnoreCase)
        )
            return null;
        var place = string.Create(CultureInfo.InvariantCulture, $"request {number}");
        var thread = new RequesterThread(workspace, place, null, Proven: true, own, own, new Dictionary<long, DateTimeOffset>()) { Addresses = addresses };
        return await FollowAsync(thread, cancellationToken);
    }

    private async Task<RequesterThread> FollowAsync(RequesterThread thread, CancellationToken cancellationToken)
    {
        var living = thread.Own;
        var joined = new Dictionary<long, DateTimeOffset>();
        for (var hops = 0; living is { MergedInto: { } into, ClosedAt: { } at } && hops < MostHops; hops++)
        {
            if (await TicketAsync(thread.Workspace, into, cancellationToken) is not { } next)
                break;
            joined[next.Number] = at;
            living = next;
        }

        return thread with
        {
            Living = living,
            Joined = joined,
        };
    }

    /// <summary>
    /// What was said, oldest first. After a merge that is what was said on their own ticket, and everything public that is said on the ticket that goes
    /// on from then on.
    /// </summary>
    public async Task<IReadOnlyList<ThreadMessage>> ReadAsync(RequesterThread thread, CancellationToken cancellationToken)
    {
        if (thread is not { Proven: true, Own: { } own, Living: { } living })
            return [];
        var comments = (await tickets.ReadCommentsAsync(TicketAddress.Of(living), null, MostRead, cancellationToken, notes: false))
            .TakeLast(MostMessages)
            .ToList();
        // What was said on other tickets is theirs as well where they have proved to be the requester there too. A link proves only what was sent with it:
        // anybody can type somebody else's address into a form.
        var others = new HashSet<long>();
        if (thread.Addresses is { } theirs)
        {
            foreach (var number in comments.Select(row => WrittenOn(row.Comment)).Distinct().Where(number => number != own.Number))
            {
                if (
                    await tickets.FindAsync(new(own.Workspace, number), cancellationToken) is { } other
                    && theirs.Contains(other.Requester.Email, StringComparer.OrdinalIgnoreCase)
                )
                    others.Add(number);
            }
        }

        var first = new ThreadMessage(own.Requester.Name, ActorKind.Requester, Mine: true, own.CreatedAt, own.Description, own.Attachments ?? []);
        var said = comments
            .Select(row => row.Comment)
            // The first words of a merged ticket are a comment now.
            .Where(comment => comment.Id != $"{own.Number}-1")
            .Where(comment => IsTheirs(thread, others, comment))
            .Select(comment => new ThreadMessage(
                comment.By is ActorKind.Agent or ActorKind.Requester ? comment.Actor?.Name : null,
                comment.By,
                comment.By == ActorKind.Requester && IsOf(own, comment),
                comment.At,
                comment.Body,
                comment.Attachments ?? [],
                comment.DeletedAt is not null
            ));
        return [first, .. said];
    }

    /// <summary>Whether a comment was written on a ticket of theirs, or on one that theirs had been merged into by then.</summary>
    private static bool IsTheirs(RequesterThread thread, HashSet<long> others, Comment comment)
    {
        var written = WrittenOn(comment);
        return written == thread.Own!.Number || others.Contains(written) || (thread.Joined.TryGetValue(written, out var joined) && comment.At >= joined);
    }

    /// <summary>Number of the ticket on which a comment was written.</summary>
    private static long WrittenOn(Comment comment) =>
        long.Parse(comment.Id.AsSpan(0, comment.Id.IndexOf('-', StringComparison.Ordinal)), CultureInfo.InvariantCulture);

    /// <summary>Adds an answer to the ticket that goes on, once; false when it is closed.</summary>
    public async Task<bool> ReplyAsync(
        RequesterThread thread,
        string words,
        IReadOnlyList<TicketAttachment> files,
        Idempotency? once,
        CancellationToken cancellationToken
    )
    {
        if (thread is not { Proven: true, Own: { } own, Living: { } living })
            throw new InvalidOperationException("Only who keeps the link of a ticket may answer.");
        var by = new Actor(ActorKind.Requester, own.Requester.Email, own.Requester.Name);
        var address = TicketAddress.Of(living);
        for (var hops = 0; ; hops++)
        {
            var closed = false;
            string? mergedInto = null;
            await tickets.ChangeAsync(
                address,
                IfMatch.Any,
                once,
                (ticket, _) =>
                {
                    mergedInto = hops < MostHops ? ticket.MergedInto : null;
                    closed = mergedInto is null && ticket.Status == TicketStatus.Closed;
                    return new(
                        closed || mergedInto is not null
                            ? new TicketChange(ticket, [])
                            : TicketRules.Comment(ticket, words, CommentVisibility.Public, by, time.GetUtcNow(), files)
                    );
                },
                cancellationToken
            );
            if (mergedInto is null || TicketAddress.Parse(address.Workspace, mergedInto) is not { } next)
                return !closed;
            address = next;
        }
    }

    /// <summary>Notes that the requester has found the solution; false when the ticket was done otherwise.</summary>
    public async Task<bool> SolveAsync(RequesterThread thread, string resolution, CancellationToken cancellationToken)
    {
        if (thread is not { Proven: true, Own: { } own, Living: { } living })
            throw new InvalidOperationException("Only who keeps the link of a ticket may say that it is solved.");
        var by = new Actor(ActorKind.Requester, own.Requester.Email, own.Requester.Name);
        var change = await tickets.ChangeAsync(
            TicketAddress.Of(living),
            IfMatch.Any,
            null,
            (ticket, _) =>
                new(
                    ticket.Status is TicketStatus.Resolved or TicketStatus.Closed || ticket.MergedInto is not null || !thread.IsTheirs
                        ? new TicketChange(ticket, [])
                        : TicketRules.Resolve(ticket, resolution, by, time.GetUtcNow())
                ),
            cancellationToken
        );
        // Said again, it is still they who have found it.
        return change is { Ticket: { Status: TicketStatus.Resolved } done } && living.Id == own.Id && done.Resolution == resolution;
    }

    /// <summary>Opens a request again that was taken for solved; false when it is not solved, or closed for good.</summary>
    public async Task<bool> ReopenAsync(RequesterThread thread, CancellationToken cancellationToken)
    {
        if (thread is not { Proven: true, Own: { } own, Living: { } living })
            throw new InvalidOperationException("Only who keeps the link of a ticket may say that it is not solved.");
        var by = new Actor(ActorKind.Requester, own.Requester.Email, own.Requester.Name);
        var change = await tickets.ChangeAsync(
            TicketAddress.Of(living),
            IfMatch.Any,
            null,
            (ticket, _) =>
                new(
                    ticket.Status != TicketStatus.Resolved || ticket.MergedInto is not null || !thread.IsTheirs
                        ? new TicketChange(ticket, [])
                        : TicketRules.Reopen(ticket, by, time.GetUtcNow())
                ),
            cancellationToken
        );
        return change is { Events.Count: > 0 };
    }

    private async Task<Ticket?> TicketAsync(string workspace, string id, CancellationToken cancellationToken) =>
        TicketAddress.Parse(workspace, id) is { } address ? await tickets.FindAsync(address, cancellationToken) : null;

    private static bool IsOf(Ticket own, Comment comment) =>
        comment.Actor?.Id is null
        || string.Equals(comment.Actor.Id, own.Requester.Email, StringComparison.OrdinalIgnoreCase)
        || comment.MovedFrom == own.Number;
}
