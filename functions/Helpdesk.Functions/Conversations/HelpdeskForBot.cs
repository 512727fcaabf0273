using Helpdesk.Bot.Conversations;
using Helpdesk.Contacts;
using Helpdesk.Functions.Contacts;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Forms;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Tickets;
using Helpdesk.Satisfaction;

namespace Helpdesk.Functions.Conversations;

/// <summary>
/// The desk as the bot sees it. Whoever takes part in a ticket sees it: by the address that somebody vouches for, or else by this
/// conversation. A ticket that was merged stands for the one that goes on.
/// </summary>
public sealed class HelpdeskForBot(
    TicketStore tickets,
    TicketListStore lists,
    NumberStore numbers,
    IdempotencyStore reservations,
    ChatSettings chats,
    DirectoryStore directory,
    DeskHours hours,
    MailsRequesters mails,
    TicketFiles ticketFiles,
    ContactStore contacts,
    FormStore forms,
    FormSubmissions submissions,
    ChatArticles articles,
    TimeProvider time
) : IHelpdesk
{
    private const int Listed = 20;
    private static readonly TicketStatus[] Live = [TicketStatus.New, TicketStatus.Open, TicketStatus.Pending, TicketStatus.OnHold];

    public async Task<ChatInput> AskAsync(ChatCaller caller, DeskRequest request, string key, CancellationToken cancellationToken) =>
        request switch
        {
            ListForms listing => new FormsListed(await forms.OfferedAsync(caller.Workspace, cancellationToken), listing.Said),
            ReadForm reading => await ReadFormAsync(caller, reading, cancellationToken),
            FindOpen find => await FindOpenAsync(caller, find, cancellationToken),
            NoteHelp help => await articles.NoteAsync(caller, help, key, cancellationToken),
            ListMine => new TicketsListed(await ListAsync(caller, [], cancellationToken)),
            OpenDraft open => await OpenAllAsync(caller, open, key, cancellationToken),
            ShowTicket show => new TicketShown(await FindAsync(caller, show.Number, cancellationToken)),
            AddWords words => await AddAllAsync(caller, words, key, cancellationToken),
            ChangeSaid change => await ChangeSaidAsync(caller, change, key, cancellationToken),
            AskForHours wish => new HoursTold(
                await hours.OfAsync(caller.Workspace, wish.Number is { } number ? await FindAsync(caller, number, cancellationToken) : null, cancellationToken)
            ),
            GiveVerdict verdict => await JudgeAsync(caller, verdict, key, cancellationToken),
            GiveRating rating => await RateAsync(caller, rating, key, cancellationToken),
            AskForPerson wish => await AskForPersonAsync(caller, wish, key, cancellationToken),
            _ => throw new ArgumentException($"{request.GetType().Name} is nothing that a requester asks for.", nameof(request)),
        };

    private async Task<OpenFound> FindOpenAsync(ChatCaller caller, FindOpen find, CancellationToken cancellationToken)
    {
        var open = await ListAsync(caller, Live, cancellationToken);
        return find.Text is { Length: > 0 } text && SimilarTickets.Of(text, open).Count == 0
            ? new(open) { Articles = await articles.OfferAsync(caller, text, cancellationToken) }
            : new(open);
    }

    private async Task<IReadOnlyList<Ticket>> ListAsync(ChatCaller caller, TicketStatus[] statuses, CancellationToken cancellationToken)
    {
        if (caller.Person.Email is { } email)
        {
            var key = email.ToLowerInvariant();
            var pages = await Task.WhenAll(
                new[]
                {
                    new TicketFilter { Requesters = [key], Statuses = statuses },
                    new TicketFilter { Participants = [key], Statuses = statuses },
                }.Select(filter => lists.ReadAsync(caller.Workspace, filter, Listed, null, cancellationToken))
            );
            // One that this conversation does not know of was opened by a turn that did not live to say so, and is about to be said again.
            return
            [
                .. pages
                    .SelectMany(page => page.Items)
                    .Where(ticket => ticket.MergedInto is null)
                    .Where(ticket => statuses.Length == 0 || ticket.Conversation != caller.Conversation || caller.Tickets.Contains(ticket.Number))
                    .OrderByDescending(ticket => ticket.UpdatedAt)
                    .Take(Listed),
            ];
        }

        // Nobody vouches for an address that was typed: only what was opened here, or goes on for it, may be seen here.
        var found = await Task.WhenAll(caller.Tickets.TakeLast(Listed).Reverse().Select(number => FindAsync(caller, number, cancellationToken)));
        return [.. found.OfType<Ticket>().DistinctBy(ticket => ticket.Id).Where(ticket => statuses.Length == 0 || statuses.Contains(ticket.Status))];
    }

    /// <summary>A ticket that they may see; for a merged one the ticket that goes on.</summary>
    private async Task<Ticket?> FindAsync(ChatCaller caller, long number, CancellationToken cancellationToken) =>
        await tickets.FindAsync(new(caller.Workspace, number), cancellationToken) is { } ticket && Who(caller, ticket) is not null
            ? await tickets.FindLivingAsync(ticket, cancellationToken)
            : null;

    /// <summary>Opens a ticket with as much of the draft as fits into a description; the rest follows as comments.</summary>
    private async Task<ChatInput> OpenAllAsync(ChatCaller caller, OpenDraft open, string key, CancellationToken cancellationToken)
    {
        var parts = PlainText.Parts(open.Draft.Text, RequesterDialog.TextLimit);
        var ticket = await OpenAsync(caller, open with { Draft = open.Draft with { Text = parts[0] } }, key, cancellationToken);
        var number = ticket.Number;
        for (var part = 1; part < parts.Count; part++)
        {
            var added = await AddAsync(caller, new(number, parts[part], []), $"{key}-part-{part}", cancellationToken);
            ticket = (added as WordsAdded)?.Ticket ?? ticket;
        }

        return new DraftOpened(
            ticket,
            await mails(caller.Workspace, cancellationToken),
            open.Draft.WantsPerson ? await hours.PresenceAsync(caller.Workspace, ticket, cancellationToken) : null
        );
    }

    /// <summary>Adds words as one comment, or as several where they are too long for one.</summary>
    private async Task<ChatInput> AddAllAsync(ChatCaller caller, AddWords words, string key, CancellationToken cancellationToken)
    {
        var parts = PlainText.Parts(words.Text, RequesterDialog.TextLimit);
        var answer = await AddAsync(caller, words with { Text = parts[0] }, key, cancellationToken);
        for (var part = 1; part < parts.Count && answer is WordsAdded { Ticket: { } ticket }; part++)
            answer = await AddAsync(caller, new(ticket.Number, parts[part], []), $"{key}-part-{part}", cancellationToken);
        // What a closed ticket does not take becomes a new one: all of it.
        return answer is TicketIsClosed closed ? closed with { Text = words.Text, Files = words.Files } : answer;
    }

    private async Task<ChatInput> AskForPersonAsync(ChatCaller caller, AskForPerson wish, string key, CancellationToken cancellationToken)
    {
        var ticket = await ChangeAsync(
            caller,
            wish.Number,
            key,
            (ticket, by) => TicketRules.AskForPerson(ticket, wish.Words, by, time.GetUtcNow()),
            cancellationToken
        );
        return new PersonAskedFor(ticket, ticket is null ? null : await hours.PresenceAsync(caller.Workspace, ticket, cancellationToken));
    }

    /// <summary>Changes or deletes a comment of the person. New words for one that is not found are added as they are.</summary>
    private async Task<ChatInput> ChangeSaidAsync(ChatCaller caller, ChangeSaid change, string key, CancellationToken cancellationToken)
    {
        var (number, found) = (change.Number, false);
        Participant? author = null;
        var seen = new HashSet<long>();
        while (true)
        {
            long? mergedInto = null;
            TicketStatus? closed = null;
            found = false;
            var done = await tickets.ChangeAsync(
                new(caller.Workspace, number),
                IfMatch.Any,
                Idempotency.Of(caller.Conversation, key),
                async (ticket, cancelled) =>
                {
                    (mergedInto, closed, found) = (null, null, false);
                    author ??= Who(caller, ticket);
                    if (author is null)
                        return new(ticket, []);
                    if (ticket.MergedInto is { } into && !seen.Contains(ticket.Number))
                    {
                        mergedInto = TicketAddress.Parse(caller.Workspace, into)?.Number;
                        return new(ticket, []);
                    }

                    var by = ActorOf(caller, author);
                    if (await FindCommentAsync(ticket, change.Comment, cancelled) is not { By: ActorKind.Requester } comment)
                        return new(ticket, []);
                    // Nobody changes what somebody else has said.
                    if (!string.Equals(comment.Actor?.Id, by.Id, StringComparison.OrdinalIgnoreCase))
                        return new(ticket, []);
                    found = true;
                    if (change.Words is null)
                        return TicketRules.DeleteComment(ticket, comment, by, time.GetUtcNow());
                    closed = ticket.Status == TicketStatus.Closed ? ticket.Status : null;
                    return closed is null ? TicketRules.EditComment(ticket, comment, change.Words, by, time.GetUtcNow()) : new(ticket, []);
                },
                cancellationToken
            );
            if (mergedInto is { } next)
            {
                seen.Add(number);
                number = next;
                continue;
            }

            if (done is null || (author ?? Who(caller, done.Ticket)) is null)
                return new SaidChanged(null, change.Words is null);
            var reopened = done.Events.Select(happened => happened.Fact).OfType<TicketReopened>().FirstOrDefault();
            return (change.Words, found, closed) switch
            {
                ({ } words, _, not null) => new TicketIsClosed(change.Number, words, []),
                // An answer that is given again finds nothing to do, and has found it before.
                ({ } words, false, _) when done.Comment is null => await AddAllAsync(caller, new(change.Number, words, []), $"{key}-words", cancellationToken),
                (null, false, _) when done.Comment is null => new SaidChanged(null, true),
                _ => new SaidChanged(done.Ticket, change.Words is null, reopened?.From),
            };
        }
    }

    /// <summary>A comment on a ticket by its id, which is made of the ticket and the event that recorded it.</summary>
    private async Task<Comment?> FindCommentAsync(Ticket ticket, string? id, CancellationToken cancellationToken)
    {
        if (id?.Split('-') is not [var number, var seq])
            return null;
        var written = new TicketAddress(ticket.Workspace, long.Parse(number, System.Globalization.CultureInfo.InvariantCulture));
        var events = await tickets.ReadEventsAsync(written, long.Parse(seq, System.Globalization.CultureInfo.InvariantCulture) - 1, 1, cancellationToken);
        return events is [var added] ? await tickets.FindCommentAsync(TicketAddress.Of(ticket), id, added.At, cancellationToken) : null;
    }

    /// <summary>A form that is to be filled in, or the version that is being filled in.</summary>
    private async Task<FormRead> ReadFormAsync(ChatCaller caller, ReadForm reading, CancellationToken cancellationToken)
    {
        var form =
            reading.Version is { } version ? await forms.FindAsync(caller.Workspace, reading.Form, version, cancellationToken)
            : await forms.FindAsync(caller.Workspace, reading.Form, cancellationToken) is { Active: true } offered ? offered
            : null;
        return new(form, DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime), caller.Channel == IntakeChannel.Teams, reading.Said);
    }

    /// <summary>Puts the form that was filled in into the draft: each answer was looked at when it was given.</summary>
    private async Task<TicketDraft> FillAsync(string workspace, TicketDraft draft, FilledForm filled, CancellationToken cancellationToken)
    {
        var files = draft.Attachments ?? [];
        var submission = new FormSubmission(filled.Form, filled.Answers, [.. files.Select(file => file.Id)])
        {
            Version = filled.Version,
            IsKept = true,
            HasSubject = true,
            HasDescription = true,
        };
        // What has become wrong since, as a day that has passed, is left out; the rest is not held up by it.
        return await submissions.TryReadAsync(workspace, submission, cancellationToken) is { } reading
            ? await submissions.FillAsync(workspace, draft, reading, files, hasPriority: false, cancellationToken)
            : draft;
    }

    private async Task<Ticket> OpenAsync(ChatCaller caller, OpenDraft open, string key, CancellationToken cancellationToken)
    {
        if (!await directory.IsActiveAsync(caller.Workspace, cancellationToken))
            throw new HelpdeskRuleException("workspace-inactive", "The workspace takes nothing in at the moment.");
        var address = await numbers.AddressAsync(caller.Workspace, Idempotency.Of(caller.Conversation, key), reservations, cancellationToken);
        var draft = new TicketDraft
        {
            Subject = open.Subject,
            Description = open.Draft.Text,
            Requester = new(open.Email, open.Name),
            Tags = open.Draft.WantsPerson ? [TicketRules.TalkTag] : [],
            Group = (await chats.OfAsync(caller.Workspace, cancellationToken)).Group is { } group
                ? await directory.FindGroupAsync(caller.Workspace, group, cancellationToken)
                : null,
            Channel = caller.Channel,
            Conversation = caller.Conversation,
            Attachments = open.Draft.Files,
            FollowUpOf =
                open.Draft.FollowUpOf is { } earlier && await FindAsync(caller, earlier, cancellationToken) is { Status: TicketStatus.Closed } closed
                    ? closed
                    : null,
        };
        if (open.Draft.Form is { } filled)
        {
            var ofChat = draft.Group;
            draft = await FillAsync(
                caller.Workspace,
                draft with
                {
                    Group = null,
                    Language = ContactRules.LanguageOf(caller.Language),
                },
                filled,
                cancellationToken
            );
            // The form's own group comes first; the chat's is for all others.
            draft = draft with
            {
                Group = draft.Group ?? ofChat,
            };
        }

        var by = new Actor(ActorKind.Requester, open.Email, open.Name);
        var ticket = (
            await tickets.OpenAsync(address, made => TicketRules.Open(made, address.Number, caller.Workspace, draft, by, time.GetUtcNow()), cancellationToken)
        ).Ticket;
        // What language they speak is known here alone; that there is a contact, the ticket sees to.
        if (ContactRules.LanguageOf(caller.Language) is { } language)
            await contacts.LearnAsync(caller.Workspace, new(open.Email, open.Name, language, [new("chat", caller.Conversation)]), cancellationToken);
        return ticket;
    }

    private async Task<ChatInput> AddAsync(ChatCaller caller, AddWords words, string key, CancellationToken cancellationToken)
    {
        var number = words.Number;
        Participant? author = null;
        var seen = new HashSet<long>();
        while (true)
        {
            long? mergedInto = null;
            var closed = false;
            var change = await tickets.ChangeAsync(
                new(caller.Workspace, number),
                IfMatch.Any,
                Idempotency.Of(caller.Conversation, key),
                async (ticket, cancelled) =>
                {
                    (mergedInto, closed) = (null, false);
                    author ??= Who(caller, ticket);
                    if (author is null)
                        return new TicketChange(ticket, []);
                    if (ticket.MergedInto is { } into && !seen.Contains(ticket.Number))
                    {
                        mergedInto = TicketAddress.Parse(caller.Workspace, into)?.Number;
                        return new TicketChange(ticket, []);
                    }

                    closed = ticket.Status == TicketStatus.Closed;
                    if (closed)
                        return new TicketChange(ticket, []);
                    // The words are taken all the same, and say what was left out.
                    var (text, files) = await ticketFiles.FitAsync(ticket, words.Files, cancelled)
                        ? (words.Text, words.Files)
                        : ($"{words.Text}\n\n({NamesOf(words.Files)}: not attached, the ticket has all the files that it may have)".Trim(), []);
                    return TicketRules.Comment(
                        ticket,
                        text.Length == 0 ? NamesOf(files) : text,
                        CommentVisibility.Public,
                        ActorOf(caller, author),
                        time.GetUtcNow(),
                        files
                    );
                },
                cancellationToken
            );
            if (mergedInto is { } next)
            {
                seen.Add(number);
                number = next;
                continue;
            }

            if (change is null || (author ?? Who(caller, change.Ticket)) is null)
                return new WordsAdded(null);
            return closed
                ? new TicketIsClosed(words.Number, words.Text, words.Files)
                : new WordsAdded(
                    change.Ticket,
                    change.Events.Select(happened => happened.Fact).OfType<TicketReopened>().FirstOrDefault()?.From,
                    change.Comment?.Id
                );
        }
    }

    private async Task<ChatInput> JudgeAsync(ChatCaller caller, GiveVerdict verdict, string key, CancellationToken cancellationToken)
    {
        var worked = false;
        var ticket = await ChangeAsync(
            caller,
            verdict.Number,
            key,
            (ticket, by) =>
            {
                worked = ticket.Status != TicketStatus.Resolved;
                if (worked)
                    return new(ticket, []);
                return verdict.Solved ? TicketRules.Close(ticket, by, time.GetUtcNow()) : TicketRules.Reopen(ticket, by, time.GetUtcNow());
            },
            cancellationToken
        );
        // Nobody has offered a solution yet: whoever works on it has to read this.
        if (worked && ticket is not null)
            return await AddAsync(caller, new(verdict.Number, verdict.Words, []), $"{key}-words", cancellationToken);
        // What was closed in the meantime cannot be opened again: the next words make a new one.
        return ticket is { Status: TicketStatus.Closed } && !verdict.Solved
            ? new TicketIsClosed(verdict.Number, "", [])
            : new VerdictGiven(ticket, verdict.Solved);
    }

    /// <summary>Takes the rating of whoever asked for help, also on a ticket that is closed.</summary>
    private async Task<ChatInput> RateAsync(ChatCaller caller, GiveRating rating, string key, CancellationToken cancellationToken)
    {
        var mayRate = false;
        try
        {
            var change = await tickets.ChangeAsync(
                new(caller.Workspace, rating.Number),
                IfMatch.Any,
                Idempotency.Of(caller.Conversation, key),
                (ticket, _) =>
                {
                    mayRate = Who(caller, ticket) is { } who && People.Same(who.Email, ticket.Requester.Email);
                    return new(
                        mayRate
                            ? SatisfactionRules.Rate(
                                ticket,
                                ticket.Satisfaction?.Asked ?? 0,
                                rating.Rating,
                                null,
                                ActorOf(caller, Who(caller, ticket)!),
                                time.GetUtcNow()
                            )
                            : new TicketChange(ticket, [])
                    );
                },
                cancellationToken
            );
            // A request that comes again is answered without asking anew who it is.
            return new RatingGiven(change is { Ticket: var ticket } && (mayRate || Who(caller, ticket) is not null) ? ticket : null, Over: false);
        }
        catch (HelpdeskRuleException refused) when (refused.Code.StartsWith("rating-", StringComparison.Ordinal))
        {
            return new RatingGiven(await FindAsync(caller, rating.Number, cancellationToken), Over: true);
        }
    }

    private async Task<Ticket?> ChangeAsync(
        ChatCaller caller,
        long number,
        string key,
        Func<Ticket, Actor, TicketChange> rule,
        CancellationToken cancellationToken
    )
    {
        if (await FindAsync(caller, number, cancellationToken) is not { } living)
            return null;
        var change = await tickets.ChangeAsync(
            TicketAddress.Of(living),
            IfMatch.Any,
            Idempotency.Of(caller.Conversation, key),
            (ticket, _) =>
                new(
                    Who(caller, ticket) is { } person && ticket.Status != TicketStatus.Closed
                        ? rule(ticket, ActorOf(caller, person))
                        : new TicketChange(ticket, [])
                ),
            cancellationToken
        );
        return change is not null && Who(caller, change.Ticket) is not null ? change.Ticket : null;
    }

    /// <summary>Who of those who take part in a ticket is speaking; null for somebody else.</summary>
    private static Participant? Who(ChatCaller caller, Ticket ticket) =>
        caller.Person.Email is { } email ? People.ByEmail(ticket, email) : People.ByConversation(ticket, caller.Conversation);

    private static Actor ActorOf(ChatCaller caller, Participant person) => new(ActorKind.Requester, person.Email, caller.Person.Name ?? person.Name);

    private static string NamesOf(IReadOnlyList<TicketAttachment> files) => string.Join(", ", files.Select(file => file.Name));
}
