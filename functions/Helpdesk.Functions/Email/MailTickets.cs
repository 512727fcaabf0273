using System.Globalization;
using Helpdesk.Email;
using Helpdesk.Functions.Attachments;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Intake;
using Helpdesk.Functions.Tickets;

namespace Helpdesk.Functions.Email;

/// <summary>A mail that is being worked, and what it takes to judge it.</summary>
/// <param name="Mailbox">The mailbox that it came to; null for one that is gone.</param>
/// <param name="IsOwn">Whether an address is the desk's.</param>
/// <param name="Agents">The agents of the workspace who are active.</param>
/// <param name="Replay">Whether somebody asked for it: it is not ignored then.</param>
public sealed record MailInHand(Receipt Receipt, ReceivedMail Mail, Mailbox? Mailbox, Func<string, bool> IsOwn, IReadOnlyList<Agent> Agents, bool Replay)
{
    /// <summary>What is done for it is done once by this key.</summary>
    public string Key { get; init; } = Receipt.Id;

    /// <summary>The address or domain of its sender that is blocked; null for none.</summary>
    public string? BlockedBy { get; init; }

    /// <summary>The agent who wrote it; null for anybody else, and where the sender is doubtful.</summary>
    public Agent? Agent => Mail.FailsDmarc ? null : NamedAgent;

    /// <summary>The agent whom it names as its sender, believed or not.</summary>
    public Agent? NamedAgent => Mail.From is { } from ? Agents.FirstOrDefault(agent => People.Same(agent.Email, from.Email)) : null;

    public bool IsAgent(string address) => Agents.Any(agent => People.Same(agent.Email, address));

    /// <summary>The receipt of a mail of which nothing comes, for a reason.</summary>
    public Receipt Ignored(string reason) => Receipt with { State = ReceiptState.Ignored, Reason = $"ignored: {reason}", Error = null };
}

/// <summary>What became of a mail on a ticket.</summary>
/// <param name="Comment">The comment or note; null where it is there no longer.</param>
/// <param name="Kind">What it became: <c>comment</c> or <c>note</c>.</param>
public sealed record MailOutcome(Ticket Ticket, Comment? Comment, string Kind)
{
    /// <summary>Whether it was added before, in an earlier try of the same work.</summary>
    public bool WasThere { get; init; }

    /// <summary>The receipt with this outcome and the rule that led to it.</summary>
    public Receipt On(Receipt receipt, string reason) =>
        receipt with
        {
            State = ReceiptState.Processed,
            Ticket = Ticket.Id,
            Comment = Comment?.Id,
            Error = null,
            Reason = string.Create(CultureInfo.InvariantCulture, $"{Kind} on ticket {Ticket.Number}: {reason}"),
        };
}

/// <summary>What came of the try to add a mail to a ticket.</summary>
/// <param name="Done">The outcome; null when it was not added.</param>
/// <param name="Closed">The ticket that it belongs to, which takes nothing any more.</param>
/// <param name="RepeatOf">The receipt that said the same there before.</param>
/// <param name="Doubted">Whether nothing but its sender's address makes it an agent's answer.</param>
public sealed record MailTry(MailOutcome? Done, Ticket? Closed = null, string? RepeatOf = null, bool Doubted = false);

/// <summary>Opens tickets and adds comments for mails: each once, however often it is tried.</summary>
public sealed class MailTickets(
    TicketStore tickets,
    ReceiptStore receipts,
    NumberStore numbers,
    MailArrivals arrivals,
    DirectoryStore directory,
    MailInLimits limits,
    TimeProvider time
)
{
    private const int MostHops = 20;

    /// <summary>So many of a ticket's last events tell how often it was reopened.</summary>
    private const int EventsRead = 100;

    /// <summary>Adds a person's mail to the ticket that a clue leads to, or to the one that it was merged into.</summary>
    public async Task<MailTry> CommentAsync(MailInHand hand, MailLead lead, IReadOnlyList<TicketAttachment> files, CancellationToken cancellationToken)
    {
        var mail = hand.Mail;
        var (words, _) = MailRules.WordsOf(mail.Words, TicketFields.TextLength);
        var (tellsOfHold, stranger) = (false, false);
        var tried = await AddAsync(
            hand,
            lead.Ticket,
            "comment",
            async (ticket, cancelled) =>
            {
                var fit = MailRules.Fit(ticket, lead.Clue, mail, lead.Subject, hand.Agent is not null);
                if (fit != MailFit.Foreign && !lead.ProvesAgent && hand.Agent is { } named && !People.Same(ticket.Requester.Email, named.Email))
                    return new(null, Doubted: true);
                if (fit != MailFit.Fits)
                    return new(null, fit == MailFit.Closed ? ticket : null);
                if (words.Length >= MailRules.ShortWords && await RepeatAsync(hand, ticket.Id, cancelled) is { } earlier)
                    return new(null, RepeatOf: earlier);
                var writer = MailRules.WriterOf(ticket, mail, hand.IsOwn);
                var agent = People.Same(ticket.Requester.Email, writer.Email) ? null : hand.Agent;
                var by = agent is null ? new Actor(ActorKind.Requester, writer.Email, writer.Name) : new Actor(ActorKind.Agent, agent.Id, agent.Name);
                var known = agent is not null || People.ByEmail(ticket, writer.Email) is not null;
                stranger = !known && MailRules.IsOnlyReferred(lead.Clue);
                var others = known ? MailRules.OthersOf(mail, hand.IsOwn, hand.IsAgent) : [];
                IReadOnlyList<Requester> joining = known || writer.Email == MailRules.Nobody ? others : [writer];
                var events = agent is null && ticket.Status == TicketStatus.Resolved ? await LastEventsAsync(ticket, cancelled) : [];
                var reopens = !MailRules.IsReopenedTooOften(events, limits.ReopeningsPerHour, time.GetUtcNow());
                tellsOfHold = !reopens && !MailRules.HasNoteSinceReopened(events);
                var source = new CommentSource(IntakeChannel.Email, hand.Receipt.Id);
                return new(MailRules.Comment(ticket, words, by, joining, files, source, reopens, time.GetUtcNow()));
            },
            cancellationToken
        );
        if (tried.Done is not { } done)
            return tried;
        if (tellsOfHold)
            await NoteAsync(hand, TicketAddress.Of(done.Ticket), "held", _ => HeldWords, [], cancellationToken);
        // Where it was added before, nothing was decided: what happened then tells who had come into the conversation by it.
        stranger |=
            MailRules.IsOnlyReferred(lead.Clue) && done is { WasThere: true, Comment: { } added } && await CameByAsync(done.Ticket, added, cancellationToken);
        if (stranger)
            await NoteStrangerAsync(hand, done.Ticket, cancellationToken);
        return tried;
    }

    /// <summary>Whether the writer of a comment came into the conversation with it.</summary>
    private async Task<bool> CameByAsync(Ticket ticket, Comment comment, CancellationToken cancellationToken) =>
        MailRules.CameWith(await LastEventsAsync(ticket, cancellationToken), comment);

    /// <summary>Tells the agents, once for each sender, of somebody who was not part of a ticket and writes to it all the same.</summary>
    private Task NoteStrangerAsync(MailInHand hand, Ticket ticket, CancellationToken cancellationToken)
    {
        var writer = MailRules.WriterOf(ticket, hand.Mail, hand.IsOwn);
        var words = MailRules.StrangerWords(writer, People.ByEmail(ticket, writer.Email) is not null);
        var key = Idempotency.Of("stranger-by-mail", writer.Email.ToLowerInvariant());
        return NoteAsync(hand, TicketAddress.Of(ticket), "stranger", _ => words, [], cancellationToken, key: key);
    }

    private string HeldWords =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"Mails have reopened this ticket {limits.ReopeningsPerHour} times within the hour. Until that is over they are added and do not reopen it."
        );

    /// <summary>Adds a note: the desk's own, or the words of an agent.</summary>
    /// <param name="what">What the note is, so that a mail can have several: each is added once.</param>
    /// <param name="key">By what it is added once instead.</param>
    public Task<MailTry> NoteAsync(
        MailInHand hand,
        TicketAddress address,
        string what,
        Func<Ticket, string?> words,
        IReadOnlyList<TicketAttachment> files,
        CancellationToken cancellationToken,
        Actor? by = null,
        Idempotency? key = null
    ) =>
        AddAsync(
            hand,
            address,
            what,
            (ticket, _) =>
            {
                if (ticket.Status == TicketStatus.Closed)
                    return new(new Decision(null, ticket));
                if (words(ticket) is not { } said)
                    return new(new Decision(null));
                var (shortened, _) = MailRules.WordsOf(said, TicketFields.TextLength);
                var source = new CommentSource(IntakeChannel.Email, hand.Receipt.Id);
                return new(
                    new Decision(TicketRules.Comment(ticket, shortened, CommentVisibility.Internal, by ?? Actor.System, time.GetUtcNow(), files, source))
                );
            },
            cancellationToken,
            key
        );

    /// <summary>The ticket that this receipt has opened already; null for none.</summary>
    public Task<Ticket?> FindOpenedAsync(Receipt receipt, CancellationToken cancellationToken) =>
        receipt.Number == 0 ? Task.FromResult<Ticket?>(null) : tickets.FindAsync(WebReceipts.AddressOf(receipt), cancellationToken);

    /// <summary>The receipt that brought the same words to the same place shortly before; null for none.</summary>
    public async Task<string?> RepeatAsync(MailInHand hand, string place, CancellationToken cancellationToken)
    {
        if (hand.Replay || limits.RepeatWithin == TimeSpan.Zero)
            return null;
        var now = new Arrival(hand.Receipt.Id, hand.Mailbox?.Id ?? "", hand.Receipt.ReceivedAt);
        var first = await arrivals.OfWordsAsync(hand.Receipt.Workspace, hand.Mail, place, now, limits.RepeatWithin, cancellationToken);
        return first.Receipt == hand.Receipt.Id ? null : first.Receipt;
    }

    /// <summary>Opens the ticket of a mail. Its number is noted on the receipt before: whoever works that again opens the same one.</summary>
    /// <param name="followUpOf">The closed ticket that it belongs to; null for none.</param>
    /// <param name="automatic">Whether no person wrote it.</param>
    public async Task<(Receipt Receipt, Ticket Ticket)> OpenAsync(
        MailInHand hand,
        IReadOnlyList<TicketAttachment> files,
        Ticket? followUpOf,
        bool automatic,
        CancellationToken cancellationToken
    )
    {
        var (mail, receipt) = (hand.Mail, await WithNumberAsync(hand.Receipt, cancellationToken));
        var requester = (hand.Agent is null ? null : MailRules.ForwardedFrom(mail)) ?? MailRules.RequesterOf(mail, hand.IsOwn);
        var forwarded = hand.Agent is { } agent && !People.Same(requester.Email, agent.Email) ? hand.Agent : null;
        var by = forwarded is not null
            ? new Actor(ActorKind.Agent, forwarded.Id, forwarded.Name)
            : new Actor(ActorKind.Requester, requester.Email, requester.Name);
        var draft = new TicketDraft
        {
            // The number of the ticket before it would stand beside its own in every mail.
            Subject = MailRules.SubjectOf(
                followUpOf is null ? mail.Subject : mail.Subject.Replace(MailSubject.Tag(followUpOf.Number), "", StringComparison.Ordinal)
            ),
            Description = MailRules.WordsOf(forwarded is null ? mail.Words : mail.Text, TicketFields.TextLength).Words,
            Requester = requester,
            Channel = receipt.Channel,
            Receipt = receipt.Id,
            Mailbox = hand.Mailbox?.Id,
            Group = hand.Mailbox?.Group is { } group ? await directory.FindGroupAsync(receipt.Workspace, group, cancellationToken) : null,
            Attachments = files,
            FollowUpOf = followUpOf,
            Language = forwarded is null ? mail.Language : null,
            Automatic = automatic || requester.Email == MailRules.Nobody || hand.IsOwn(requester.Email),
            AskedAt = MailRules.AskedAt(mail, receipt, time.GetUtcNow()),
            Participants = automatic ? [] : MailRules.OthersOf(mail, hand.IsOwn, hand.IsAgent),
        };
        var address = WebReceipts.AddressOf(receipt);
        var change = await tickets.OpenAsync(
            address,
            id => TicketRules.Open(id, address.Number, receipt.Workspace, draft, by, time.GetUtcNow()),
            cancellationToken
        );
        return (receipt, change.Ticket);
    }

    private async Task<Receipt> WithNumberAsync(Receipt receipt, CancellationToken cancellationToken)
    {
        while (receipt.Number == 0)
        {
            var number = await numbers.NextAsync(receipt.Workspace, cancellationToken);
            if (await receipts.TryKeepAsync(receipt with { Number = number }, cancellationToken) is { } kept)
                return kept;
            // Somebody else works it at the same time: what they noted holds.
            if (await receipts.FindAsync(receipt.Workspace, receipt.Id, cancellationToken) is not ({ } now, _))
                throw new InvalidDataException($"Receipt {receipt.Id} is gone.");
            receipt = receipt with { Number = now.Number, Version = now.Version };
        }

        return receipt;
    }

    private async Task<MailTry> AddAsync(
        MailInHand hand,
        TicketAddress address,
        string what,
        Func<Ticket, CancellationToken, ValueTask<Decision>> decide,
        CancellationToken cancellationToken,
        Idempotency? key = null
    )
    {
        for (var hops = 0; ; hops++)
        {
            string? mergedInto = null;
            Decision? decision = null;
            var change = await tickets.ChangeAsync(
                address,
                IfMatch.Any,
                key ?? Idempotency.Of($"mail {hand.Key}", what),
                async (ticket, cancelled) =>
                {
                    mergedInto = hops < MostHops ? ticket.MergedInto : null;
                    decision = mergedInto is null ? await decide(ticket, cancelled) : new(null);
                    return decision.Change ?? new(ticket, []);
                },
                cancellationToken
            );
            if (change is null)
                return new(null);
            // Nothing was decided where it was added before, in an earlier try of the same work.
            if (decision is null or { Change: not null })
                return new(new(change.Ticket, change.Comment, what == "comment" ? "comment" : "note") { WasThere = decision is null });
            if (mergedInto is null || TicketAddress.Parse(address.Workspace, mergedInto) is not { } next)
                return new(null, decision.Closed, decision.RepeatOf, decision.Doubted);
            address = next;
        }
    }

    private Task<IReadOnlyList<TicketEvent>> LastEventsAsync(Ticket ticket, CancellationToken cancellationToken) =>
        tickets.ReadEventsAsync(TicketAddress.Of(ticket), Math.Max(0, ticket.Version - EventsRead), EventsRead, cancellationToken);

    /// <summary>What a rule says of a mail and a ticket.</summary>
    /// <param name="Change">The change; null for none.</param>
    private sealed record Decision(TicketChange? Change, Ticket? Closed = null, string? RepeatOf = null, bool Doubted = false);
}
