using System.Globalization;
using System.Net.Mail;
using System.Text.RegularExpressions;
using Helpdesk.Sla;
using Helpdesk.Tickets;
using static Helpdesk.Bot.Conversations.ChatActions;

namespace Helpdesk.Bot.Conversations;

/// <summary>The conversation with somebody who needs help: a pure function of where it stands and what happens.</summary>
/// <remarks>
/// Free text is a problem until there is a ticket in hand; from then on it belongs to that ticket. Only what is missing is asked for.
/// At any moment: cancel, start over, help, status, a person, or a ticket's number.
/// </remarks>
public static partial class RequesterDialog
{
    /// <summary>Tickets that are kept in mind per conversation.</summary>
    public const int RememberedTickets = 50;

    /// <summary>The longest description or comment, in characters; what is beyond goes into further comments.</summary>
    public const int TextLimit = 60_000;

    /// <summary>How much somebody may say before it is a ticket; whoever has more to say is told that it does not fit.</summary>
    public const int DraftLimit = 180_000;

    private const int SubjectLength = 100;
    private const int ListedTickets = 8;

    /// <summary>One step.</summary>
    public static ChatStep Next(ChatState state, ChatInput input, ChatPerson person, Texts texts) =>
        input switch
        {
            FormsListed listed => FormDialog.OnForms(state, listed, person, texts),
            FormRead read => FormDialog.OnForm(state, read, person, texts),
            PersonJoined => Say(state, texts["greeting"], Menu(state, texts)),
            PersonSaid said => OnSaid(state, said, person, texts),
            OpenFound found when state.Draft is { } draft => OnFound(state, draft, found, person, texts),
            HelpNoted => Say(state, texts["articles.solved"], Menu(state, texts)),
            TicketsListed listed => OnListed(state, listed.Tickets, texts),
            DraftOpened opened => OnOpened(state, opened, texts),
            TicketShown { Ticket: { } ticket } => OnShown(state, ticket, texts),
            WordsAdded { Ticket: { } ticket } added => OnAdded(state, ticket, added.MovedFrom, texts),
            PersonEdited edited => OnEdited(state, edited, texts),
            PersonDeleted deleted => OnDeleted(state, deleted.Said, texts),
            SaidChanged changed => OnChanged(state, changed, texts),
            HoursTold told => OnHours(state, told.Times, texts),
            TicketIsClosed closed => Proceed(
                state with
                {
                    Draft = new(closed.Text, closed.Files, FollowUpOf: closed.Number),
                    Current = null,
                    Live = false,
                    Expects = Expectation.Nothing,
                },
                person,
                texts
            ),
            VerdictGiven { Ticket: { } ticket } verdict => OnVerdict(state, ticket, verdict.Solved, texts),
            PersonAskedFor { Ticket: { } ticket } asked => Say(state, Lines([texts.Format("person.asked", Number(ticket)), .. There(asked.There, texts)]), []),
            RatingGiven { Ticket: { } ticket } rated => Say(state, texts.Format(rated.Over ? "rate.over" : "rate.thanks", Number(ticket)), []),
            TicketShown or RatingGiven => Say(state, texts["ticket.none"], Menu(state, texts)),
            WordsAdded or VerdictGiven or PersonAskedFor => Say(
                state with
                {
                    Current = null,
                    Live = false,
                    Expects = Expectation.Nothing,
                },
                texts["ticket.none"],
                Menu(state, texts)
            ),
            _ => throw new ArgumentException($"{input.GetType().Name} is nothing a conversation reacts to.", nameof(input)),
        };

    private static ChatStep OnSaid(ChatState state, PersonSaid said, ChatPerson person, Texts texts)
    {
        var step = OnWords(state, said, person, texts);
        return said.Refused.Count == 0 ? step : step with { Replies = [new(Lines(said.Refused), []), .. step.Replies] };
    }

    private static ChatStep OnWords(ChatState state, PersonSaid said, ChatPerson person, Texts texts)
    {
        var text = PlainText.Of(said.Text).Trim();
        var choice = said.Choice ?? (said.Files.Count == 0 && text.Length > 0 ? Typed(state, text, texts) : null);
        if (choice is not null)
            return OnChoice(state, choice, text, person, texts);
        if (text.Length == 0 && said.Files.Count == 0)
            return said.Refused.Count > 0 ? new(state, []) : Say(state, texts["not.understood"], Menu(state, texts));
        if (state is { Expects: Expectation.Field, Filling: { } filling })
            return Ask(state, new ReadForm(filling.Form, filling.Version, said));
        if (said.Files.Count == 0 && !AnswersAgent(state))
        {
            if (Texts.IsAbout(Texts.Topic.Hours, text))
                return Ask(state, new AskForHours(state.Current));
            if (Texts.IsAbout(Texts.Topic.Person, text))
                return OnChoice(state, new(Person), text, person, texts);
            // That somebody needs help says nothing of what is wrong.
            if (state is { Current: null, Draft: null } && Texts.IsAbout(Texts.Topic.Help, text))
                return Say(state with { Expects = Expectation.Description }, texts["help.what"], [Option(texts, Status), Option(texts, Person)]);
        }

        return state.Expects switch
        {
            Expectation.Email => OnEmail(state, text, said.Files, person, texts),
            Expectation.Form => Ask(state, new ListForms(said)),
            _ when state.Expects is not (Expectation.SameTicket or Expectation.Answer) && state.Current is { } number => Ask(
                state,
                new AddWords(number, text, said.Files)
            ),
            _ when !Fits(state.Draft, text) => Say(state, texts["draft.full"], [Option(texts, Cancel)]),
            Expectation.SameTicket => Proceed(state with { Draft = More(state.Draft, text, said.Files) }, person, texts),
            _ => Proceed(state with { Draft = More(state.Draft, text, said.Files), Expects = Expectation.Nothing }, person, texts),
        };
    }

    /// <summary>Whether an agent talks with the person at the moment, so that a short answer is meant for the agent.</summary>
    public static bool AnswersAgent(ChatState state) => state is { Live: true, Current: not null, Draft: null, Expects: Expectation.Nothing };

    /// <summary>What a typed text asks for: a command's word, a ticket's number, or an answer to a question with yes and no.</summary>
    private static ChatChoice? Typed(ChatState state, string text, Texts texts)
    {
        var answersAgent = AnswersAgent(state);
        if (
            TicketNumber().Match(text) is { Success: true } match
            && long.TryParse(match.Groups["number"].ValueSpan, CultureInfo.InvariantCulture, out var number)
            && (match.Groups["sign"].Success || !(answersAgent || state.Expects is Expectation.Addition or Expectation.Field or Expectation.Form))
        )
            return state.Expects == Expectation.SameTicket && state.Offered?.Contains(number) == true ? new(Add, number) : new(Show, number);
        return (texts.Command(text), state.Expects) switch
        {
            (null, _) => null,
            (Skip or Back, Expectation.Field) => new(texts.Command(text)!),
            // What is a command elsewhere may be an answer: only what ends or explains the form is none.
            (not (Cancel or Restart or Help), Expectation.Field) => null,
            ("yes", Expectation.SameTicket) when state.Offered is [var only] => new(Add, only),
            ("no", Expectation.SameTicket) => new(Open),
            ("yes" or Solved, Expectation.Answer) => new(Helped),
            ("no" or Broken, Expectation.Answer) => new(Open),
            ("yes" or Solved, Expectation.Verdict) => new(Solved, state.Current),
            ("no" or Broken, Expectation.Verdict) => new(Broken, state.Current),
            (Yes or No, Expectation.Email) when state.MeantEmail is not null => new(texts.Command(text)!),
            (Cancel, _) when answersAgent => null,
            (Report or Person, _) when answersAgent && !text.Contains(' ', StringComparison.Ordinal) => null,
            ("greeting", _) when state.Draft is null && state.Current is null => new(Help),
            (Solved or Broken, _) when state.Current is { } current => new(texts.Command(text)!, current),
            (Report or Status or Help or Cancel or Restart or Person, _) => new(texts.Command(text)!),
            _ => null,
        };
    }

    private static ChatStep OnChoice(ChatState state, ChatChoice choice, string text, ChatPerson person, Texts texts)
    {
        var idle = state with { Draft = null, Offered = null, Filling = null, Expects = Expectation.Nothing };
        switch (choice)
        {
            case { Do: Help }:
                return Say(state, texts["help"], Menu(state, texts));
            case { Do: Cancel }:
                return Say(idle, texts[state.Draft is null && state.Expects == Expectation.Nothing ? "cancel.nothing" : "cancel.done"], Menu(idle, texts));
            case { Do: Restart }:
                idle = idle with { Current = null, Live = false };
                return Say(idle, texts["greeting"], Menu(idle, texts));
            case { Do: Status }:
                return Ask(state, new ListMine());
            case { Do: Report }:
                return Ask(idle with { Current = null, Live = false, Expects = Expectation.Description }, new ListForms(null));
            case { Do: Form, Value: { } form }:
                return Ask(idle with { Current = null, Live = false, Expects = Expectation.Description }, new ReadForm(form, null, null));
            case { Do: Fill, Value: { } form, Version: { } version }:
                return Ask(idle with { Current = null, Live = false, Expects = Expectation.Description }, new ReadForm(form, version, new("", [], choice)));
            case { Do: Answer or Skip or Back } when state is { Expects: Expectation.Field, Filling: { } filling }:
                return Ask(state, new ReadForm(filling.Form, filling.Version, new(text, [], choice)));
            case { Do: Show, Number: { } number }:
                return Ask(state, new ShowTicket(number));
            case { Do: Helped } when state.Draft is { Articles: { Count: > 0 } articles }:
                return Ask(idle, new NoteHelp(articles));
            case { Do: Open } when state.Draft is { } draft:
                return (person.Email ?? state.Email) is null ? Proceed(state, person, texts) : Ask(state, OpenNow(state, draft, person, texts));
            case { Do: Open }:
                return Say(idle with { Current = null, Live = false, Expects = Expectation.Description }, texts["report.describe"], []);
            case { Do: Add, Number: { } number } when state.Draft is { } draft:
                return Ask(idle with { Current = number, Live = false }, new AddWords(number, draft.Text, draft.Files ?? []));
            case { Do: Add, Number: { } number }:
                return Say(
                    idle with
                    {
                        Current = number,
                        Live = false,
                        Expects = Expectation.Addition,
                    },
                    texts.Format("add.what", ("number", Digits(number))),
                    []
                );
            case { Do: Solved or Broken, Number: { } number }:
                return Ask(
                    state.Draft is null ? idle with { Current = number, Live = state.Live && state.Current == number } : state,
                    new GiveVerdict(number, choice.Do == Solved, text.Length > 0 ? text : texts["option." + choice.Do])
                );
            case { Number: { } number } when choice.Do.StartsWith(Rate, StringComparison.Ordinal):
                return Ask(state, new GiveRating(number, choice.Do[^1] - '0'));
            case { Do: Person } when state.Draft is { } draft:
                return Proceed(state with { Draft = draft with { WantsPerson = true } }, person, texts);
            case { Do: Person } when state.Current is { } current:
                return Ask(state, new AskForPerson(current, text.Length > 0 ? text : texts["option." + Person]));
            case { Do: Yes or No } when state is { Expects: Expectation.Email, MeantEmail: { } meant }:
                var right = choice.Do == Yes ? meant : state.TypedEmail;
                return right is null
                    ? Say(state with { MeantEmail = null, TypedEmail = null }, texts["email.ask"], [Option(texts, Cancel)])
                    : WithEmail(state, right, person, texts);
            case { Do: Person }:
                return Say(state with { Draft = new("", WantsPerson: true), Expects = Expectation.Description }, texts["person.describe"], []);
            default:
                return Say(state, texts["not.understood"], Menu(state, texts));
        }
    }

    private static ChatStep OnEmail(ChatState state, string text, IReadOnlyList<TicketAttachment> files, ChatPerson person, Texts texts)
    {
        switch (files.Count == 0 ? EmailAddress.Read(text) : null)
        {
            case { Address: { } address } read when read.Meant is null || address == state.TypedEmail:
                return WithEmail(state, address, person, texts);
            case { Meant: { } meant } read:
                return Say(
                    state with
                    {
                        TypedEmail = read.Address,
                        MeantEmail = meant,
                    },
                    texts.Format("email.meant", ("email", meant)),
                    [Option(texts, Yes), Option(texts, No)]
                );
            case { Hint: { } hint }:
                return Say(state with { TypedEmail = null, MeantEmail = null }, texts.Format(hint, ("text", text)), [Option(texts, Cancel)]);
        }

        // Not an address: more about the problem, and nothing of it is lost.
        return Fits(state.Draft, text)
            ? Say(state with { Draft = More(state.Draft, text, files) }, texts["email.still"], [Option(texts, Cancel)])
            : Say(state, texts["draft.full"], [Option(texts, Cancel)]);
    }

    private static ChatStep WithEmail(ChatState state, string address, ChatPerson person, Texts texts) =>
        Proceed(state with { Email = address, TypedEmail = null, MeantEmail = null, Expects = Expectation.Nothing }, person, texts);

    /// <summary>Goes on with the draft: asks for what is missing, or looks whether it is known already.</summary>
    internal static ChatStep Proceed(ChatState state, ChatPerson person, Texts texts)
    {
        if (state.Draft is not { } draft || (draft.Text.Length == 0 && draft.Files is not { Count: > 0 } && draft.Form is null))
            return Say(state with { Expects = Expectation.Description }, texts["report.describe"], []);
        if ((person.Email ?? state.Email) is null)
            return Say(state with { Expects = Expectation.Email }, texts["email.ask"], [Option(texts, Cancel)]);
        return draft is { FollowUpOf: null, WantsPerson: false, Form: null }
            ? Ask(state, new FindOpen(draft.Articles is null && draft.Files is not { Count: > 0 } ? draft.Text : null))
            : Ask(state, OpenNow(state, draft, person, texts));
    }

    private static ChatStep OnFound(ChatState state, Draft draft, OpenFound found, ChatPerson person, Texts texts)
    {
        var similar = SimilarTickets.Of(draft.Text, found.Tickets);
        // Articles are offered once: whoever writes more, or still needs help, gets a ticket.
        if (similar.Count == 0 && found.Articles.Count > 0 && draft.Articles is null)
            return Say(
                state with
                {
                    Draft = draft with { Articles = [.. found.Articles.Select(article => article.Id)] },
                    Expects = Expectation.Answer,
                },
                Lines([texts["articles.found"], .. found.Articles.Select(article => $"{article.Title}: {article.Url}")]),
                [Option(texts, Helped), new(texts["option.still"], new(Open))]
            );
        if (similar.Count == 0)
            return Ask(state, OpenNow(state, draft, person, texts));
        var lines = string.Join('\n', similar.Select(ticket => Line(ticket, texts)));
        var options = similar
            .Select(ticket => new ChatOption(texts.Format("option.add", Number(ticket)), new(Add, ticket.Number)))
            .Append(Option(texts, Open))
            .Append(Option(texts, Cancel));
        return Say(
            state with
            {
                Expects = Expectation.SameTicket,
                Offered = [.. similar.Select(ticket => ticket.Number)],
            },
            $"{texts["similar.found"]}\n{lines}",
            [.. options]
        );
    }

    private static OpenDraft OpenNow(ChatState state, Draft draft, ChatPerson person, Texts texts) =>
        new(
            draft is { Text.Length: 0, Form: null } ? draft with { Text = texts["files.only"] } : draft,
            draft.Form?.Subject ?? SubjectOf(draft.Text, texts),
            (person.Email ?? state.Email)!,
            person.Name
        );

    private static ChatStep OnOpened(ChatState state, DraftOpened opened, Texts texts)
    {
        var ticket = opened.Ticket;
        var tickets = (state.Tickets ?? []).Where(number => number != ticket.Number).Append(ticket.Number).TakeLast(RememberedTickets);
        var wantsPerson = state.Draft?.WantsPerson == true;
        var next = state with { Draft = null, Offered = null, Expects = Expectation.Nothing, Current = ticket.Number, Live = false, Tickets = [.. tickets] };
        var answers = opened.ByMail ? texts.Format("opened.mail", ("email", ticket.Requester.Email)) : texts["opened.here"];
        var text = texts.Format("opened", Number(ticket), ("subject", ticket.Subject), ("answers", answers));
        return Say(
            next,
            wantsPerson ? Lines([text, texts["person.told"], .. There(opened.There, texts)]) : text,
            wantsPerson ? [Option(texts, Status)] : [Option(texts, Status), Option(texts, Person)]
        );
    }

    private static ChatStep OnAdded(ChatState state, Ticket ticket, TicketStatus? movedFrom, Texts texts)
    {
        // Words to a merged ticket went to the one it was merged into.
        var next = state.Draft is null ? state with { Current = ticket.Number, Expects = Expectation.Nothing, Offered = null } : state;
        return (movedFrom, ticket.Status) switch
        {
            (TicketStatus.Resolved, _) => Say(next, texts.Format("reopened", Number(ticket)), []),
            (not null, _) => Say(next, texts.Format("continued", Number(ticket)), []),
            (null, TicketStatus.Resolved) => Say(
                state.Draft is null ? next with { Expects = Expectation.Verdict, Live = false } : next,
                texts.Format("thanks", Number(ticket)),
                [Option(texts, Broken, ticket.Number)]
            ),
            _ when next.Live => new(next, []),
            _ => Say(next, texts.Format("added", Number(ticket)), [Option(texts, Report), Option(texts, Person)]),
        };
    }

    private static ChatStep OnEdited(ChatState state, PersonEdited edited, Texts texts)
    {
        var text = PlainText.Of(edited.Text).Trim();
        if (text.Length == 0)
            return new(state, []);
        return edited.Said switch
        {
            // Which answer it was is not known any more: going back puts it right.
            { Number: null } when state.Draft is { Form: null } draft => Fits(OnlyOne(state) ? null : draft, text)
                ? new(state with { Draft = OnlyOne(state) ? draft with { Text = text } : More(draft, text, []) }, [])
                : Say(state, texts["draft.full"], [Option(texts, Cancel)]),
            { Number: null } => new(state, []),
            { Number: { } number, Comment: null } => Ask(state, new AddWords(number, texts.Format("edit.description", ("text", text)), [])),
            { Number: { } number, Comment: { } comment } => Ask(state, new ChangeSaid(number, comment, text)),
        };
    }

    private static ChatStep OnDeleted(ChatState state, SaidBefore said, Texts texts) =>
        said switch
        {
            { Number: null } when state.Draft is not null && OnlyOne(state) => Say(
                state with
                {
                    Draft = null,
                    Offered = null,
                    Expects = Expectation.Nothing,
                },
                texts["cancel.done"],
                Menu(state with { Draft = null }, texts)
            ),
            { Number: null } when state.Draft is not null => Say(state, texts["delete.draft"], [Option(texts, Cancel)]),
            { Number: null } => new(state, []),
            { Number: { } number, Comment: null } => Say(state, texts.Format("delete.description", ("number", Digits(number))), []),
            { Number: { } number, Comment: { } comment } => Ask(state, new ChangeSaid(number, comment, null)),
        };

    private static bool OnlyOne(ChatState state) => state.Said?.Count(said => said.Number is null) == 1;

    private static ChatStep OnChanged(ChatState state, SaidChanged changed, Texts texts) =>
        changed switch
        {
            { Ticket: null } => Say(state, texts["delete.failed"], []),
            { Ticket: { } ticket, MovedFrom: TicketStatus.Resolved } => Say(state, texts.Format("reopened", Number(ticket)), []),
            // Somebody who corrects a word while an agent is talking is not interrupted.
            { Deleted: false } when state.Live => new(state, []),
            { Ticket: { } ticket } => Say(state, texts.Format(changed.Deleted ? "delete.done" : "edit.done", Number(ticket)), []),
        };

    private static ChatStep OnHours(ChatState state, OpeningTimes? times, Texts texts)
    {
        var answer = times is null ? texts["hours.none"] : OpeningHoursText.Of(times, texts);
        return state.Expects == Expectation.Email
            ? Say(state, Lines([answer, texts["email.ask"]]), [Option(texts, Cancel)])
            : Say(state, answer, Menu(state, texts));
    }

    /// <summary>When somebody is there and how long it took lately, as far as that is known.</summary>
    private static IEnumerable<string> There(Presence? presence, Texts texts)
    {
        if (presence?.Times is { } times && (times.IsOpen || times.Changes is not null))
            yield return OpeningHoursText.WhosThere(times, texts);
        if (presence?.Lately is { } lately)
            yield return texts.Format("person.lately", ("length", OpeningHoursText.Length(lately, texts)));
    }

    private static ChatStep OnVerdict(ChatState state, Ticket ticket, bool solved, Texts texts) =>
        (solved, state.Draft) switch
        {
            (true, null) => Say(
                state with
                {
                    Current = null,
                    Live = false,
                    Expects = Expectation.Nothing,
                },
                texts.Format("closed", Number(ticket)),
                [Option(texts, Report)]
            ),
            (false, null) => Say(state with { Current = ticket.Number, Expects = Expectation.Nothing }, texts.Format("reopened.why", Number(ticket)), []),
            // Somebody in the middle of another problem goes on with that.
            (true, _) => Say(state, texts.Format("closed", Number(ticket)), Menu(state, texts)),
            (false, _) => Say(state, texts.Format("reopened.short", Number(ticket)), Menu(state, texts)),
        };

    private static ChatStep OnListed(ChatState state, IReadOnlyList<Ticket> tickets, Texts texts)
    {
        if (tickets.Count == 0)
            return Say(state, texts["status.none"], [Option(texts, Report)]);
        var lines = string.Join('\n', tickets.Take(ListedTickets).Select(ticket => Line(ticket, texts)));
        var more = tickets.Count > ListedTickets ? $"\n{texts.Format("status.more", ("count", Digits(tickets.Count - ListedTickets)))}" : "";
        return Say(
            state,
            $"{texts["status.list"]}\n{lines}{more}",
            [.. tickets.Take(5).Select(ticket => new ChatOption($"#{Digits(ticket.Number)}", new(Show, ticket.Number)))]
        );
    }

    private static ChatStep OnShown(ChatState state, Ticket ticket, Texts texts)
    {
        var resolution = ticket is { Status: TicketStatus.Resolved or TicketStatus.Closed, Resolution: { } words } ? $"\n{texts["resolution"]}: {words}" : "";
        ChatOption[] options = ticket.Status switch
        {
            TicketStatus.Resolved => [Option(texts, Solved, ticket.Number), Option(texts, Broken, ticket.Number)],
            TicketStatus.Closed => [Option(texts, Report)],
            _ => [new(texts.Format("option.add", Number(ticket)), new(Add, ticket.Number)), Option(texts, Person)],
        };
        // What was begun is not lost by looking something up.
        if (state is { Expects: Expectation.Field, Filling: not null })
            return Say(state, Line(ticket, texts) + resolution + $"\n{texts["form.goes-on"]}", [Option(texts, Back), Option(texts, Cancel)]);
        if (state.Draft is { Text.Length: > 0 } or { Files.Count: > 0 } or { Form: not null })
            return Say(
                state,
                Line(ticket, texts) + resolution + (state.Expects == Expectation.Email ? $"\n{texts["email.still"]}" : ""),
                [Option(texts, Open), Option(texts, Cancel)]
            );
        var next = ticket.Status == TicketStatus.Closed ? state : state with { Current = ticket.Number, Live = state.Live && state.Current == ticket.Number };
        return Say(
            next with
            {
                Expects = ticket.Status == TicketStatus.Resolved ? Expectation.Verdict : Expectation.Nothing,
            },
            Line(ticket, texts) + resolution,
            options
        );
    }

    /// <summary>A ticket in one line: <c>#12 Printer – open</c>.</summary>
    public static string Line(Ticket ticket, Texts texts) =>
        $"#{Digits(ticket.Number)} {ticket.Subject} – {texts["state." + WireName<TicketStatus>.Of(ticket.Status)]}";

    /// <summary>A short name for a problem: the beginning of its first line.</summary>
    public static string SubjectOf(string text, Texts texts)
    {
        var line = Spaces().Replace(text.Trim().Split('\n')[0], " ").Trim();
        if (line.Length == 0)
            return texts["files.only"];
        if (line.Length <= SubjectLength)
            return line;
        var cut = line.LastIndexOf(' ', SubjectLength);
        cut = cut < SubjectLength / 2 ? SubjectLength : cut;
        return PlainText.Head(line, cut) + "…";
    }

    /// <summary>Whether a text is one plain e-mail address.</summary>
    public static bool IsEmail(string text) =>
        MailAddress.TryCreate(text, out var address)
        && address.Address == text
        && text.IndexOf('@', StringComparison.Ordinal) > 0
        && address.Host.Contains('.', StringComparison.Ordinal)
        && !text.Any(letter => char.IsWhiteSpace(letter) || char.IsControl(letter));

    /// <summary>The button for an action.</summary>
    public static ChatOption Option(Texts texts, string action, long? number = null) => new(texts["option." + action], new(action, number));

    private static Draft More(Draft? draft, string text, IReadOnlyList<TicketAttachment> files) =>
        (draft ?? new Draft("")) with
        {
            Text = Lines(new[] { draft?.Text ?? "", text }.Where(part => part.Length > 0)),
            Files = [.. draft?.Files ?? [], .. files],
        };

    private static bool Fits(Draft? draft, string text) => (draft?.Text.Length ?? 0) + text.Length < DraftLimit;

    private static string Lines(IEnumerable<string> lines) => string.Join('\n', lines);

    internal static ChatOption[] Menu(ChatState state, Texts texts) =>
        state.Draft is not null || state.Expects == Expectation.Field
            ? [Option(texts, Cancel)]
            : [Option(texts, Report), Option(texts, Status), Option(texts, Person)];

    private static ChatStep Say(ChatState state, string text, IReadOnlyList<ChatOption> options) => new(state, [new(text, options)]);

    private static ChatStep Ask(ChatState state, DeskRequest request) => new(state, [], request);

    private static (string, string) Number(Ticket ticket) => ("number", Digits(ticket.Number));

    private static string Digits(long number) => number.ToString(CultureInfo.InvariantCulture);

    [GeneratedRegex(
        @"^\s*(?<sign>(?:ticket|anfrage|zahtjev|tiket|αίτημα|nr\.?|no\.?)\s*#?|#)?\s*(?<number>[1-9][0-9]{0,14})\s*$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant
    )]
    private static partial Regex TicketNumber();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
