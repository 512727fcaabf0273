using System.Globalization;
using Helpdesk.Email;
using Helpdesk.Functions.Attachments;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Intake;
using Helpdesk.Functions.Tickets;

namespace Helpdesk.Functions.Email;

/// <summary>Makes tickets and comments of mails, or says why not.</summary>
/// <remarks>Everything may be done again from the start: what was written is found again by the receipt's id.</remarks>
public sealed class MailReceipts(
    ReceiptStore receipts,
    MailHands hands,
    MailArrivals arrivals,
    MailLeads leads,
    MailThreads threads,
    MailTickets tickets,
    MailDeliveryReports reports,
    AttachmentStore attachments
) : IReceiptHandler
{
    public IntakeChannel Channel => IntakeChannel.Email;

    public async Task<Receipt> HandleAsync(Receipt receipt, ReadOnlyMemory<byte> body, bool replay, CancellationToken cancellationToken)
    {
        var hand = await hands.TakeAsync(receipt, body, replay, cancellationToken);
        var mail = hand.Mail;
        if (await tickets.FindOpenedAsync(hand.Receipt, cancellationToken) is { } opened)
            return await FinishAsync(hand, Opened(hand.Receipt, opened, null), opened, isShown: true, cancellationToken);
        if (replay)
            return await PlaceAsync(hand, cancellationToken);
        if (mail.Origin == MailOrigin.Ourselves)
            return hand.Ignored($"this desk wrote it itself{By(mail)}");
        // What a mail server reports of our own mails is no mail of theirs.
        if (hand.BlockedBy is { } blocked && mail.Report is null)
            return hand.Ignored($"blocked sender ({blocked})");
        if (mail is { OnlyQuotesDesk: true, Origin: MailOrigin.Person })
            return hand.Ignored("it only quotes this desk");
        if (receipt.Probe == true)
            return await PlaceAsync(hand, cancellationToken);
        return await FirstAsync(hand, cancellationToken) ?? await PlaceAsync(hand, cancellationToken);
    }

    /// <summary>What becomes of a mail that has come before: the receipt as it then is; null for one that comes for the first time.</summary>
    private async Task<Receipt?> FirstAsync(MailInHand hand, CancellationToken cancellationToken)
    {
        var workspace = hand.Receipt.Workspace;
        var now = new Arrival(hand.Receipt.Id, hand.Receipt.Mailbox ?? "", hand.Receipt.ReceivedAt);
        while (true)
        {
            var first = await arrivals.OfMailAsync(workspace, hand.Mail, now, cancellationToken);
            if (first.Receipt == now.Receipt)
                return null;
            if (await FindWorkedAsync(workspace, first.Receipt, cancellationToken) is { State: ReceiptState.Processed, Ticket: { } ticket } earlier)
                return first.Mailbox == now.Mailbox
                    ? hand.Ignored($"the same mail came before, as receipt {earlier.Id}")
                    : await AlsoSentAsync(hand with { Key = earlier.Id }, ticket, cancellationToken);
            // Nothing came of the first one.
            if (await arrivals.TakeOverAsync(workspace, hand.Mail, first, now, cancellationToken))
                return null;
        }
    }

    /// <summary>Another receipt, after its own work is done: whoever comes second carries the first one on, so that it does not have to wait for it.</summary>
    private async Task<Receipt?> FindWorkedAsync(string workspace, string id, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (await receipts.FindAsync(workspace, id, cancellationToken) is not ({ } receipt, var etag))
                return null;
            if (receipt.State != ReceiptState.Received)
                return receipt;
            var done = await HandleAsync(receipt, await receipts.ReadBodyAsync(receipt, cancellationToken), replay: false, cancellationToken);
            if (await receipts.TryNoteAsync(done, done.Version is { } version ? new(version) : etag, cancellationToken))
                return done;
        }
    }

    /// <summary>A mail to several mailboxes is one ticket; the groups of the others are told there.</summary>
    private async Task<Receipt> AlsoSentAsync(MailInHand hand, string ticket, CancellationToken cancellationToken)
    {
        var to = hand.Mailbox is { } mailbox ? $"{mailbox.Address}{(mailbox.Group is { } group ? $" (group {group})" : "")}" : "another mailbox";
        var address = TicketAddress.Parse(hand.Receipt.Workspace, ticket) ?? throw new InvalidDataException($"{ticket} is no ticket.");
        var noted = await tickets.NoteAsync(hand, address, $"also {hand.Receipt.Mailbox}", _ => $"This mail was also sent to {to}.", [], cancellationToken);
        var reason = "the same mail was sent to another mailbox first";
        return noted.Done?.On(hand.Receipt, reason)
            ?? (noted.Closed is { } closed ? new MailOutcome(closed, null, "nothing").On(hand.Receipt, reason) : hand.Ignored(reason));
    }

    private Task<Receipt> PlaceAsync(MailInHand hand, CancellationToken cancellationToken) =>
        hand.Mail.Origin switch
        {
            MailOrigin.Person => PlacePersonsAsync(hand, cancellationToken),
            MailOrigin.MailServer when hand.Mail.Report is { } report => PlaceReportAsync(hand, report, cancellationToken),
            _ => PlaceAutomaticAsync(hand, cancellationToken),
        };

    private async Task<Receipt> PlacePersonsAsync(MailInHand hand, CancellationToken cancellationToken)
    {
        var files = new MailFiles(attachments, hand);
        string? why = null;
        await foreach (var lead in leads.FindAsync(hand.Receipt.Workspace, hand.Mail, cancellationToken))
        {
            var kept = await files.KeepAsync(cancellationToken);
            var isNote = lead.IsNote || (hand.NamedAgent is not null && hand.Agent is null);
            var tried = isNote ? await NoteAsync(hand, lead, kept, cancellationToken) : await tickets.CommentAsync(hand, lead, kept, cancellationToken);
            if (tried.Doubted)
                why ??= "an agent's answer has a reply token or answers a mail of this desk, and this one does not";
            if (tried.Done is { } done)
                return await FinishAsync(hand, done.On(hand.Receipt, MailLeads.WordsOf(lead.Clue)), done.Ticket, !isNote, cancellationToken);
            if (tried.RepeatOf is { } earlier)
                return hand.Ignored($"its sender wrote the same to that ticket shortly before, as receipt {earlier}");
            if (tried.Closed is { } closed)
                return await OpenAsync(hand, files, closed, MailLeads.WordsOf(lead.Clue), cancellationToken);
        }

        return await OpenAsync(hand, files, null, why, cancellationToken);
    }

    /// <summary>Adds words that are for the agents alone: an answer to a mail about a note, or what an agent may not have written.</summary>
    private Task<MailTry> NoteAsync(MailInHand hand, MailLead lead, IReadOnlyList<TicketAttachment> files, CancellationToken cancellationToken)
    {
        var (mail, agent) = (hand.Mail, hand.Agent);
        var words = MailRules.WordsOf(mail.Words, 60_000).Words;
        var said = agent is not null ? words : $"From {mail.From?.Email ?? "nobody"}:\n\n{words}";
        if (mail.FailsDmarc)
            said = $"{Unverified} {said}";
        return tickets.NoteAsync(
            hand,
            lead.Ticket,
            "words",
            ticket => MailRules.Fit(ticket, lead.Clue, mail, lead.Subject, agent is not null) == MailFit.Foreign ? null : said,
            files,
            cancellationToken,
            agent is null ? null : new Actor(ActorKind.Agent, agent.Id, agent.Name)
        );
    }

    private const string Unverified = "The sender could not be verified (dmarc=fail).";

    private async Task<Receipt> PlaceReportAsync(MailInHand hand, DeliveryReport report, CancellationToken cancellationToken)
    {
        if (await reports.TakeAsync(hand, report, cancellationToken) is { } taken)
            return taken;
        const string reason = "a delivery report of no mail of this desk";
        return hand.Replay ? await OpenAsync(hand, new(attachments, hand), null, reason, cancellationToken) : hand.Ignored(reason);
    }

    /// <summary>What no person wrote is a note where it belongs to a ticket, and moves nothing.</summary>
    private async Task<Receipt> PlaceAutomaticAsync(MailInHand hand, CancellationToken cancellationToken)
    {
        var mail = hand.Mail;
        var what = (mail.Origin == MailOrigin.Program ? "automatic mail" : "automatic reply") + By(mail);
        var files = new MailFiles(attachments, hand);
        await foreach (var lead in leads.FindAsync(hand.Receipt.Workspace, mail, cancellationToken))
        {
            string? WordsFor(Ticket ticket) =>
                MailRules.Fit(ticket, lead.Clue, mail, lead.Subject, isAgent: false) == MailFit.Foreign
                    ? null
                    : $"{char.ToUpperInvariant(what[0])}{what[1..]} from {mail.From?.Email ?? "nobody"}:\n\n{MailRules.WordsOf(mail.Words, 60_000).Words}";
            var kept = await files.KeepAsync(cancellationToken);
            var tried = await tickets.NoteAsync(hand, lead.Ticket, "automatic", WordsFor, kept, cancellationToken);
            if (tried.Done is { } done)
                return await FinishAsync(
                    hand,
                    done.On(hand.Receipt, $"{what}; {MailLeads.WordsOf(lead.Clue)}"),
                    done.Ticket,
                    isShown: false,
                    cancellationToken
                );
            if (tried.Closed is { } closed && mail.Origin != MailOrigin.Program && !hand.Replay)
                return hand.Ignored(string.Create(CultureInfo.InvariantCulture, $"{what} to ticket {closed.Number}, which is closed"));
        }

        var opens = hand.Replay || (mail.Origin == MailOrigin.Program && hand.Mailbox?.Automatic != MailboxAutomatic.Ignore);
        return opens ? await OpenAsync(hand, files, null, what, cancellationToken) : hand.Ignored(what);
    }

    private async Task<Receipt> OpenAsync(MailInHand hand, MailFiles files, Ticket? followUpOf, string? why, CancellationToken cancellationToken)
    {
        if (hand.Receipt.Probe == true)
            return IntakeProbes.Through(hand.Receipt);
        if (await tickets.RepeatAsync(hand, $"new {MailRules.TopicOf(hand.Mail.Subject)}", cancellationToken) is { } earlier)
            return hand.Ignored($"its sender wrote the same shortly before, as receipt {earlier}");
        if (followUpOf is not null)
        {
            var (joined, last) = await JoinFollowUpAsync(hand, files, followUpOf, why, cancellationToken);
            if (joined is not null)
                return joined;
            followUpOf = last;
        }

        var automatic = hand.Mail.Origin != MailOrigin.Person;
        var (receipt, ticket) = await tickets.OpenAsync(hand, await files.KeepAsync(cancellationToken), followUpOf, automatic, cancellationToken);
        return await FinishAsync(hand, Opened(receipt, ticket, why), ticket, isShown: true, cancellationToken);
    }

    /// <summary>
    /// Adds a mail to the follow-up of the closed ticket that it belongs to, or where that is closed as well to the follow-up of that. Null, with the ticket
    /// that has none, when this mail is the first to take it up.
    /// </summary>
    private async Task<(Receipt? Joined, Ticket Closed)> JoinFollowUpAsync(
        MailInHand hand,
        MailFiles files,
        Ticket closed,
        string? why,
        CancellationToken cancellationToken
    )
    {
        var workspace = hand.Receipt.Workspace;
        var now = new Arrival(hand.Receipt.Id, hand.Mailbox?.Id ?? "", hand.Receipt.ReceivedAt);
        var reason = string.Create(CultureInfo.InvariantCulture, $"a follow-up of ticket {closed.Number}, which is closed{(why is null ? "" : $": {why}")}");
        while (true)
        {
            var first = await arrivals.OfFollowUpAsync(workspace, closed.Id, now, cancellationToken);
            if (first.Receipt == now.Receipt)
                return (null, closed);
            var ticket = first.Ticket ?? await FindOpenedByAsync(workspace, first.Receipt, cancellationToken);
            if (ticket is not null && TicketAddress.Parse(workspace, ticket) is { } address)
            {
                // Whoever may write to a ticket may write to its follow-up.
                var tried = await tickets.CommentAsync(hand, new(MailClue.Token, address), await files.KeepAsync(cancellationToken), cancellationToken);
                if (tried.Done is { } done)
                    return (await FinishAsync(hand, done.On(hand.Receipt, reason), done.Ticket, isShown: true, cancellationToken), closed);
                if (tried.RepeatOf is { } earlier)
                    return (hand.Ignored($"its sender wrote the same to that ticket shortly before, as receipt {earlier}"), closed);
                if (tried.Closed is { } later)
                {
                    closed = later;
                    continue;
                }
            }

            if (await arrivals.TakeOverFollowUpAsync(workspace, closed.Id, first, now, cancellationToken))
                return (null, closed);
        }
    }

    /// <summary>Id of the ticket that another receipt becomes; null when it becomes none.</summary>
    private async Task<string?> FindOpenedByAsync(string workspace, string receipt, CancellationToken cancellationToken)
    {
        try
        {
            return (await FindWorkedAsync(workspace, receipt, cancellationToken))?.Ticket;
        }
        catch (Exception broken) when (broken is HelpdeskRuleException or InvalidRequestException)
        {
            // It fails for a reason of its own, which its own work notes.
            return null;
        }
    }

    private static Receipt Opened(Receipt receipt, Ticket ticket, string? why)
    {
        var follows = ticket.FollowUpOf is { } earlier ? $", a follow-up of ticket {earlier.Split('-')[0]}, which is closed" : "";
        return receipt with
        {
            State = ReceiptState.Processed,
            Ticket = ticket.Id,
            Error = null,
            Reason = $"new ticket{follows}{(why is null ? "" : $": {why}")}",
        };
    }

    /// <summary>What comes after the ticket or comment is there: what was left out, and that the mail belongs to the ticket from now on.</summary>
    /// <param name="isShown">Whether its words are the ticket's or one of its public comments.</param>
    private async Task<Receipt> FinishAsync(MailInHand hand, Receipt done, Ticket ticket, bool isShown, CancellationToken cancellationToken)
    {
        var mail = hand.Mail;
        if (MailFiles.LeftOut(mail, attachments.Limits) is { Count: > 0 } left)
        {
            var words = $"Not taken over from the mail, which is kept as it came:\n{string.Join('\n', left.Select(one => $"- {one}"))}";
            await tickets.NoteAsync(hand, TicketAddress.Of(ticket), "left out", _ => words, [], cancellationToken);
        }

        if (mail is { FailsDmarc: true, Origin: MailOrigin.Person } && (done.Comment is null || hand.NamedAgent is null))
            await tickets.NoteAsync(hand, TicketAddress.Of(ticket), "unverified", _ => Unverified, [], cancellationToken);
        if (mail.MessageId is { Length: > 0 } id)
        {
            var person = mail.From?.Email ?? MailRules.Nobody;
            var shownTo = isShown ? ticket.Requester.Email.ToLowerInvariant() : null;
            var threaded = new ThreadedMail(id, ticket.Id, done.ReceivedAt, Sent: false, person, mail.Subject, ShownTo: shownTo);
            await threads.AddAsync(done.Workspace, threaded, cancellationToken);
            if (hand.NamedAgent is null && person != MailRules.Nobody && person != shownTo)
                await threads.NoteOfPersonAsync(done.Workspace, threaded, cancellationToken);
        }

        return done;
    }

    private static string By(ReceivedMail mail) => mail.OriginBy is { } by ? $" ({by})" : "";
}
