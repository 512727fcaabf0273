using Helpdesk.Bot.Conversations;
using Helpdesk.Sla;
using Helpdesk.Tickets;

namespace Helpdesk.Bot.Tests.Conversations;

/// <summary>The conversation step by step, without a desk: what is asked for is answered by the test.</summary>
public sealed class RequesterDialogTests
{
    private static readonly Texts English = Texts.For("en");
    private static readonly ChatPerson Nobody = new(null, null);
    private static readonly ChatPerson Rita = new("rita@example.com", "Rita");
    private static readonly TicketAttachment Picture = new("f1", "fire.png", "image/png", 70);

    [Fact]
    public void Free_text_of_a_known_person_becomes_a_ticket_without_a_question()
    {
        var asked = Says(new(), "The printer is on fire", Rita);
        Assert.IsType<FindOpen>(asked.Ask);
        var open = Assert.IsType<OpenDraft>(Next(asked.State, new OpenFound([]), Rita).Ask);
        Assert.Equal(("The printer is on fire", "The printer is on fire", "rita@example.com", "Rita"), (open.Draft.Text, open.Subject, open.Email, open.Name));
        var opened = Next(asked.State, new DraftOpened(Ticket(12)), Rita);
        Assert.Contains("ticket #12", Assert.Single(opened.Replies).Text, StringComparison.Ordinal);
        Assert.Equal((12, null, Expectation.Nothing), (opened.State.Current, opened.State.Draft, opened.State.Expects));
        Assert.Equal([12], opened.State.Tickets!);
    }

    [Fact]
    public void Only_the_address_is_asked_for_and_what_is_said_instead_is_kept()
    {
        var first = Says(new(), "No mail", Nobody, Picture);
        Assert.Equal(Expectation.Email, first.State.Expects);
        var more = Says(first.State, "since this morning", Nobody);
        Assert.Equal("No mail\nsince this morning", more.State.Draft!.Text);
        var wrong = Says(more.State, "rita@nowhere", Nobody);
        Assert.Contains("“rita@nowhere”", Assert.Single(wrong.Replies).Text, StringComparison.Ordinal);
        var found = Says(wrong.State, "rita@example.com", Nobody);
        Assert.IsType<FindOpen>(found.Ask);
        var open = Assert.IsType<OpenDraft>(Next(found.State, new OpenFound([]), Nobody).Ask);
        Assert.Equal(("No mail\nsince this morning", "rita@example.com"), (open.Draft.Text, open.Email));
        Assert.Equal([Picture], open.Draft.Files!);
    }

    [Fact]
    public void Articles_that_may_answer_are_offered_once_and_never_stand_in_the_way()
    {
        OfferedArticle[] articles = [new("a1", "Printer jams", "https://desk.example/a1"), new("a2", "Paper", "https://desk.example/a2")];
        var asked = Says(new(), "The printer jams", Rita);
        Assert.Equal("The printer jams", Assert.IsType<FindOpen>(asked.Ask).Text);
        // A ticket about the same comes first.
        Assert.NotNull(Next(asked.State, new OpenFound([Ticket(7, "Printer jams")]) { Articles = articles }, Rita).State.Offered);
        var offered = Next(asked.State, new OpenFound([]) { Articles = articles }, Rita);
        var reply = Assert.Single(offered.Replies);
        Assert.Contains("Printer jams: https://desk.example/a1", reply.Text, StringComparison.Ordinal);
        Assert.Equal([ChatActions.Helped, ChatActions.Open], reply.Options.Select(option => option.Choice.Do));

        var helped = Next(offered.State, new PersonSaid("That helped", [], new(ChatActions.Helped)), Rita);
        Assert.Equal(["a1", "a2"], Assert.IsType<NoteHelp>(helped.Ask).Articles);
        Assert.Equal((null, Expectation.Nothing), (helped.State.Draft, helped.State.Expects));
        Assert.Contains("no ticket", Assert.Single(Next(helped.State, new HelpNoted(), Rita).Replies).Text, StringComparison.Ordinal);
        Assert.IsType<NoteHelp>(Says(offered.State, "yes", Rita).Ask);

        Assert.Equal("The printer jams", Assert.IsType<OpenDraft>(Next(offered.State, new PersonSaid("", [], new(ChatActions.Open)), Rita).Ask).Draft.Text);
        Assert.IsType<OpenDraft>(Says(offered.State, "no", Rita).Ask);
        // More words are more of the problem, and open it without another question.
        var more = Says(offered.State, "and it smells", Rita);
        Assert.Null(Assert.IsType<FindOpen>(more.Ask).Text);
        Assert.Equal(
            "The printer jams\nand it smells",
            Assert.IsType<OpenDraft>(Next(more.State, new OpenFound([]) { Articles = articles }, Rita).Ask).Draft.Text
        );
        // Nothing is lost by asking for something else, and a picture is for people to look at.
        Assert.NotNull(Says(offered.State, "help", Rita).State.Draft);
        Assert.IsType<OpenDraft>(Next(offered.State, new PersonSaid("", [], new(ChatActions.Person)), Rita).Ask);
        Assert.Null(Assert.IsType<FindOpen>(Says(new(), "The printer jams", Rita, Picture).Ask).Text);
    }

    [Fact]
    public void An_open_ticket_about_the_same_is_offered_first()
    {
        var asked = Says(new(), "printers on the second floor are broken", Rita);
        var offered = Next(asked.State, new OpenFound([Ticket(3, "Coffee machine"), Ticket(7, "Printer second floor")]), Rita);
        Assert.Equal([7], offered.State.Offered!);
        Assert.DoesNotContain("Coffee", Assert.Single(offered.Replies).Text, StringComparison.Ordinal);

        var same = Says(offered.State, "yes", Rita);
        Assert.Equal((7, "printers on the second floor are broken"), Assert.IsType<AddWords>(same.Ask) is { } words ? (words.Number, words.Text) : default);
        var pressed = Next(offered.State, new PersonSaid("Add to #7", [], new(ChatActions.Add, 7)), Rita);
        Assert.IsType<AddWords>(pressed.Ask);
        Assert.IsType<OpenDraft>(Says(offered.State, "no", Rita).Ask);
        Assert.IsType<AddWords>(Says(offered.State, "#7", Rita).Ask);
    }

    [Fact]
    public void What_follows_belongs_to_the_ticket_in_hand_until_something_new_is_reported()
    {
        var state = new ChatState { Current = 12, Tickets = [12] };
        Assert.Equal(12, Assert.IsType<AddWords>(Says(state, "It is the one by the window", Rita).Ask).Number);
        Assert.Equal("", Assert.IsType<AddWords>(Says(state, "", Rita, Picture).Ask).Text);
        var added = Next(state, new WordsAdded(Ticket(12)), Rita);
        Assert.Contains("#12", Assert.Single(added.Replies).Text, StringComparison.Ordinal);
        // Once an agent talks, the bot keeps out of it.
        Assert.Empty(Next(state with { Live = true }, new WordsAdded(Ticket(12)), Rita).Replies);

        var fresh = Says(state, "new problem", Rita);
        Assert.Equal((null, Expectation.Description), (fresh.State.Current, fresh.State.Expects));
        Assert.IsType<FindOpen>(Says(fresh.State, "The lift is stuck", Rita).Ask);
    }

    [Fact]
    public void A_solved_ticket_is_judged_by_button_word_or_by_going_on_talking()
    {
        var state = new ChatState
        {
            Current = 12,
            Tickets = [12],
            Expects = Expectation.Verdict,
        };
        Assert.Equal(new GiveVerdict(12, true, "yes"), Says(state, "yes", Rita).Ask);
        Assert.Equal(new GiveVerdict(12, true, "That solved it!"), Says(state, "That solved it!", Rita).Ask);
        Assert.Equal(new GiveVerdict(12, false, "still broken"), Says(state, "still broken", Rita).Ask);
        Assert.Equal(new GiveVerdict(12, false, "Still broken"), Next(state, new PersonSaid("", [], new(ChatActions.Broken, 12)), Rita).Ask);
        Assert.Equal("The light is off now", Assert.IsType<AddWords>(Says(state, "The light is off now", Rita).Ask).Text);
        Assert.Null(Next(state, new VerdictGiven(Ticket(12, status: TicketStatus.Closed), true), Rita).State.Current);
        Assert.Equal(12, Next(state, new VerdictGiven(Ticket(12), false), Rita).State.Current);
    }

    [Fact]
    public void A_verdict_in_the_middle_of_another_problem_leaves_that_as_it_is()
    {
        var begun = new ChatState
        {
            Current = 12,
            Draft = new("No mail"),
            Expects = Expectation.Email,
        };
        var judged = Next(begun, new PersonSaid("", [], new(ChatActions.Solved, 11)), Nobody);
        Assert.Equal(11, Assert.IsType<GiveVerdict>(judged.Ask).Number);
        foreach (
            var input in new ChatInput[]
            {
                new VerdictGiven(Ticket(11, status: TicketStatus.Closed), true),
                new VerdictGiven(Ticket(11), false),
                new WordsAdded(Ticket(11)),
            }
        )
            Assert.Equal(begun, Next(judged.State, input, Nobody).State);
    }

    [Theory]
    [InlineData("3")]
    [InlineData("yes")]
    [InlineData("new")]
    [InlineData("agent")]
    [InlineData("never mind")]
    [InlineData("hello")]
    public void A_short_answer_to_an_agent_reaches_the_agent(string answer)
    {
        var talking = new ChatState
        {
            Current = 12,
            Live = true,
            Tickets = [12],
        };
        Assert.Equal(new AddWords(12, answer, []), Assert.IsType<AddWords>(Says(talking, answer, Rita).Ask) with { Files = [] });
    }

    [Fact]
    public void A_number_alone_is_what_was_asked_for_when_something_is_added()
    {
        var adding = new ChatState { Current = 12, Expects = Expectation.Addition };
        Assert.Equal("42", Assert.IsType<AddWords>(Says(adding, "42", Rita).Ask).Text);
        Assert.Equal(new ShowTicket(42), Says(adding, "#42", Rita).Ask);
        Assert.Equal(new ShowTicket(42), Says(new ChatState { Current = 12 }, "42", Rita).Ask);
    }

    [Fact]
    public void Words_for_a_closed_ticket_become_a_follow_up()
    {
        var next = Next(new ChatState { Current = 12 }, new TicketIsClosed(12, "Again!", []), Rita);
        var open = Assert.IsType<OpenDraft>(next.Ask);
        Assert.Equal(("Again!", 12), (open.Draft.Text, open.Draft.FollowUpOf));
    }

    [Fact]
    public void At_any_moment_cancel_start_over_help_status_and_a_number_are_understood()
    {
        ChatState[] moments =
        [
            new(),
            new() { Expects = Expectation.Description },
            new() { Expects = Expectation.Email, Draft = new("x y z") },
            new()
            {
                Expects = Expectation.SameTicket,
                Draft = new("x y z"),
                Offered = [3],
            },
            new() { Current = 12 },
            new() { Current = 12, Live = true },
            new() { Current = 12, Expects = Expectation.Verdict },
            new() { Current = 12, Expects = Expectation.Addition },
        ];
        foreach (var moment in moments)
        {
            var cancelled = Says(moment, "cancel", Rita);
            Assert.Equal((null, Expectation.Nothing), (cancelled.State.Draft, cancelled.State.Expects));
            var over = Says(moment, "start over", Rita);
            Assert.Equal((null, null, Expectation.Nothing), (over.State.Draft, over.State.Current, over.State.Expects));
            Assert.Equal(English["help"], Assert.Single(Says(moment, "help", Rita).Replies).Text);
            Assert.IsType<ListMine>(Says(moment, "status", Rita).Ask);
            Assert.Equal(new ShowTicket(77), Says(moment, "#77", Rita).Ask);
            Assert.Equal(new ShowTicket(77), Says(moment, "ticket 77", Rita).Ask);
        }
    }

    [Fact]
    public void Looking_something_up_loses_nothing_that_was_begun()
    {
        var begun = new ChatState { Expects = Expectation.Email, Draft = new("No mail", [Picture]) };
        var shown = Next(Says(begun, "77", Nobody).State, new TicketShown(Ticket(77)), Nobody);
        Assert.Equal((begun.Draft, begun.Expects), (shown.State.Draft, shown.State.Expects));
        var listed = Next(Says(begun, "status", Nobody).State, new TicketsListed([Ticket(77)]), Nobody);
        Assert.Equal(begun.Draft, listed.State.Draft);
    }

    [Theory]
    [InlineData("Can I talk to a human?")]
    [InlineData("hi, can I please speak to a real person")]
    [InlineData("I want to talk to someone")]
    [InlineData("I'd rather speak with an agent, please")]
    [InlineData("Connect me to a human")]
    [InlineData("let me talk to somebody")]
    [InlineData("Is there a human here?")]
    [InlineData("Kann ich bitte mit einem Menschen sprechen?")]
    [InlineData("Ich möchte lieber mit jemandem reden")]
    [InlineData("Verbinden Sie mich bitte mit einem Mitarbeiter")]
    [InlineData("Mogu li razgovarati s nekim?")]
    [InlineData("Želim razgovarati s osobom, molim")]
    [InlineData("Μπορώ να μιλήσω με κάποιον;")]
    [InlineData("Θα ήθελα να μιλήσω με έναν άνθρωπο")]
    public void That_somebody_would_rather_talk_is_understood_however_they_say_it(string text)
    {
        Assert.Equal(new AskForPerson(12, text), Says(new ChatState { Current = 12 }, text, Rita).Ask);
        Assert.Equal(English["person.describe"], Assert.Single(Says(new(), text, Rita).Replies).Text);
    }

    [Theory]
    [InlineData("I talked to a person yesterday and the printer is still broken")]
    [InlineData("Can I talk to the printer?")]
    [InlineData("I cannot connect to the agent")]
    [InlineData("The agent does not start")]
    [InlineData("Ich kann nicht mit dem Server sprechen")]
    [InlineData("Ne mogu razgovarati preko Teamsa")]
    [InlineData("Δεν μπορώ να μιλήσω στο τηλέφωνο")]
    public void What_only_sounds_like_it_is_a_request(string text) => Assert.IsType<FindOpen>(Says(new(), text, Rita).Ask);

    [Fact]
    public void Somebody_who_would_rather_talk_is_asked_what_about_and_passed_on()
    {
        Assert.Equal(new AskForPerson(12, "talk to a person"), Says(new ChatState { Current = 12 }, "talk to a person", Rita).Ask);
        var asked = Says(new(), "human", Rita);
        Assert.Equal(English["person.describe"], Assert.Single(asked.Replies).Text);
        var open = Assert.IsType<OpenDraft>(Says(asked.State, "my contract", Rita).Ask);
        Assert.True(open.Draft.WantsPerson);
        var midway = Next(
            new ChatState
            {
                Draft = new("No mail"),
                Expects = Expectation.SameTicket,
                Offered = [3],
            },
            new PersonSaid("", [], new(ChatActions.Person)),
            Rita
        );
        Assert.True(Assert.IsType<OpenDraft>(midway.Ask).Draft.WantsPerson);
    }

    [Fact]
    public void A_ticket_that_is_not_theirs_is_no_ticket()
    {
        foreach (ChatInput none in new ChatInput[] { new TicketShown(null), new WordsAdded(null), new VerdictGiven(null, true), new PersonAskedFor(null) })
            Assert.Equal(English["ticket.none"], Assert.Single(Next(new ChatState { Current = 5 }, none, Rita).Replies).Text);
    }

    [Theory]
    [InlineData("hi")]
    [InlineData("Hello!")]
    [InlineData("")]
    [InlineData("   ")]
    public void A_greeting_or_nothing_opens_no_ticket(string text) => Assert.Null(Says(new(), text, Rita).Ask);

    [Theory]
    [InlineData("one word ")]
    [InlineData("x")]
    [InlineData("😀")]
    [InlineData("line\n\n")]
    public void Nothing_of_a_long_draft_is_lost(string piece)
    {
        var part = string.Concat(Enumerable.Repeat(piece, 50_000 / piece.Length)).Trim();
        var first = Says(new(), part, Nobody);
        var second = Says(first.State, part, Nobody);
        var third = Says(second.State, part, Nobody);
        Assert.Equal($"{part}\n{part}\n{part}", third.State.Draft!.Text);
        Assert.Equal(English["email.still"], Assert.Single(third.Replies).Text);
        // What does not fit is said, and what was there stays.
        var full = Says(third.State, part, Nobody);
        Assert.Equal((third.State, English["draft.full"]), (full.State, Assert.Single(full.Replies).Text));
        var open = Assert.IsType<OpenDraft>(Next(Says(full.State, "rita@example.com", Nobody).State, new OpenFound([]), Nobody).Ask);
        Assert.Equal(third.State.Draft.Text, open.Draft.Text);
        Assert.Equal(open.Draft.Text, string.Concat(PlainText.Parts(open.Draft.Text, RequesterDialog.TextLimit)));
    }

    [Fact]
    public void Control_characters_go_as_in_the_api()
    {
        Assert.Equal("bell and line\nnext", Says(new(), "bell\a and line\r\nnext", Rita).State.Draft!.Text);
        Assert.Equal("null", Assert.IsType<AddWords>(Says(new() { Current = 12 }, "nu\0ll", Rita).Ask).Text);
        Assert.Equal(English["not.understood"], Assert.Single(Says(new(), "\a\b\0", Rita).Replies).Text);
    }

    [Fact]
    public void What_could_not_be_taken_along_is_said()
    {
        var refused = new PersonSaid("x y z", []) { Refused = ["virus.exe cannot be attached: .exe"] };
        Assert.Equal("virus.exe cannot be attached: .exe", Next(new() { Current = 12 }, refused, Rita).Replies[0].Text);
        var alone = Next(new(), refused with { Text = "" }, Rita);
        Assert.Single(alone.Replies);
        Assert.Null(alone.Ask);
    }

    [Fact]
    public void Subjects_end_between_words()
    {
        Assert.Equal(
            string.Join(' ', Enumerable.Repeat("twelve chars", 7)) + " twelve…",
            RequesterDialog.SubjectOf(string.Join(' ', Enumerable.Repeat("twelve chars", 30)), English)
        );
        Assert.Equal("See the attached files", RequesterDialog.SubjectOf("", English));
        var emoji = RequesterDialog.SubjectOf(string.Concat(Enumerable.Repeat("😀", 80)), English);
        Assert.DoesNotContain(emoji.EnumerateRunes(), rune => rune == System.Text.Rune.ReplacementChar);
    }

    [Theory]
    [InlineData("rita.example.com", "“rita.example.com”")]
    [InlineData("rita@example", "“rita@example”")]
    [InlineData("rita@", "does not look like")]
    [InlineData("@example.com", "does not look like")]
    public void A_mistyped_address_is_asked_for_again_with_a_hint(string typed, string hint)
    {
        var asked = Says(AskedForEmail, typed, Nobody);
        Assert.Contains(hint, Assert.Single(asked.Replies).Text, StringComparison.Ordinal);
        Assert.Null(asked.Ask);
        Assert.Equal((Expectation.Email, AskedForEmail.Draft), (asked.State.Expects, asked.State.Draft));
        Assert.Equal("rita@example.com", Says(asked.State, "rita@example.com", Nobody).State.Email);
    }

    [Fact]
    public void An_address_that_is_probably_mistyped_is_asked_about()
    {
        var asked = Says(AskedForEmail, "rita@exmaple.com", Nobody);
        Assert.Equal("Did you mean rita@example.com?", Assert.Single(asked.Replies).Text);
        Assert.Equal([ChatActions.Yes, ChatActions.No], asked.Replies[0].Options.Select(option => option.Choice.Do));
        Assert.Equal("rita@example.com", Says(asked.State, "yes", Nobody).State.Email);
        Assert.Equal("rita@example.com", Next(asked.State, new PersonSaid("Yes", [], new(ChatActions.Yes)), Nobody).State.Email);
        Assert.Equal("rita@exmaple.com", Says(asked.State, "no", Nobody).State.Email);
        Assert.Equal("rita@exmaple.com", Says(asked.State, "rita@exmaple.com", Nobody).State.Email);
        Assert.Equal("bob@example.org", Says(asked.State, "bob@example.org", Nobody).State.Email);
        // There is nothing to insist on: it is asked for again.
        var repaired = Says(AskedForEmail, "rita at example.com", Nobody);
        Assert.Equal("Did you mean rita@example.com?", Assert.Single(repaired.Replies).Text);
        var no = Says(repaired.State, "no", Nobody);
        Assert.Equal((null, Expectation.Email, English["email.ask"]), (no.State.Email, no.State.Expects, Assert.Single(no.Replies).Text));
    }

    [Theory]
    [InlineData("I need help")]
    [InlineData("Hello, I need help!")]
    [InlineData("Can you help me?")]
    [InlineData("Hallo, ich brauche Hilfe")]
    [InlineData("Χρειάζομαι βοήθεια")]
    [InlineData("Trebam pomoć")]
    public void That_somebody_needs_help_is_asked_about(string text)
    {
        var asked = Says(new(), text, Rita);
        Assert.Null(asked.Ask);
        Assert.Equal((null, Expectation.Description), (asked.State.Draft, asked.State.Expects));
        Assert.Equal(English["help.what"], Assert.Single(asked.Replies).Text);
        Assert.IsType<FindOpen>(Says(asked.State, "The printer is on fire", Rita).Ask);
        // With a ticket in hand these are words like any others.
        Assert.IsType<AddWords>(Says(new() { Current = 12, Live = true }, text, Rita).Ask);
    }

    [Fact]
    public void Opening_hours_are_asked_of_the_desk_at_any_moment_and_nothing_is_lost()
    {
        Assert.Equal(new AskForHours(null), Says(new(), "What are your opening hours?", Rita).Ask);
        Assert.Equal(new AskForHours(12), Says(new() { Current = 12 }, "Wann haben Sie geöffnet?", Rita).Ask);
        var midway = Says(AskedForEmail, "When are you open?", Nobody);
        Assert.Equal((new AskForHours(null), AskedForEmail), (midway.Ask, midway.State));
        var told = Next(midway.State, new HoursTold(Weekdays), Nobody);
        Assert.Equal(AskedForEmail, told.State);
        Assert.EndsWith(English["email.ask"], Assert.Single(told.Replies).Text, StringComparison.Ordinal);
        Assert.Equal(English["hours.none"], Assert.Single(Next(new(), new HoursTold(null), Rita).Replies).Text);
        // An agent is meant while one is talking.
        Assert.IsType<AddWords>(Says(new() { Current = 12, Live = true }, "When are you open?", Rita).Ask);
    }

    [Fact]
    public void Who_wants_to_talk_hears_when_somebody_is_there_and_how_long_it_took_lately()
    {
        var told = Next(new() { Current = 12 }, new PersonAskedFor(Ticket(12), new(Weekdays, TimeSpan.FromMinutes(23))), Rita);
        Assert.Equal(
            "The team knows that you would like to talk to somebody about ticket #12, and answers here.\nSomebody is there now; we close "
                + "today at 17:00 (Europe/Berlin).\n"
                + "Lately, half of the first replies came within 25 minutes.",
            Assert.Single(told.Replies).Text
        );
        Assert.Single(Assert.Single(Next(new() { Current = 12 }, new PersonAskedFor(Ticket(12), new(null, null)), Rita).Replies).Text.Split('\n'));
        var opened = Next(new() { Draft = new("x", WantsPerson: true) }, new DraftOpened(Ticket(12), There: new(Weekdays, null)), Rita);
        Assert.EndsWith("we close today at 17:00 (Europe/Berlin).", Assert.Single(opened.Replies).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Where_answers_go_is_said_as_it_is()
    {
        string Opened(bool byMail) => Assert.Single(Next(new() { Draft = new("x") }, new DraftOpened(Ticket(12), byMail), Rita).Replies).Text;
        Assert.Contains("We answer in this chat. ", Opened(false), StringComparison.Ordinal);
        Assert.DoesNotContain("rita@example.com", Opened(false), StringComparison.Ordinal);
        Assert.Contains("We answer in this chat and to rita@example.com.", Opened(true), StringComparison.Ordinal);
    }

    [Fact]
    public void Thanks_an_answer_and_a_complaint_get_replies_of_their_own()
    {
        string Said(TicketStatus now, TicketStatus? from) =>
            Assert.Single(Next(new() { Current = 12 }, new WordsAdded(Ticket(12, status: now), from), Rita).Replies).Text;
        Assert.Equal("You are welcome! I have noted that on ticket #12, which stays solved.", Said(TicketStatus.Resolved, null));
        Assert.Equal("Ticket #12 is open again, with your message.", Said(TicketStatus.Open, TicketStatus.Resolved));
        Assert.Equal("Thank you. I have added that to ticket #12, and we go on with it.", Said(TicketStatus.Open, TicketStatus.Pending));
        Assert.Equal("Thank you. I have added that to ticket #12, and we go on with it.", Said(TicketStatus.Open, TicketStatus.OnHold));
        Assert.Equal("I have added that to ticket #12.", Said(TicketStatus.Open, null));
        var thanked = Next(new() { Current = 12, Expects = Expectation.Verdict }, new WordsAdded(Ticket(12, status: TicketStatus.Resolved)), Rita);
        Assert.Equal(new GiveVerdict(12, false, "no"), Says(thanked.State, "no", Rita).Ask);
    }

    [Fact]
    public void What_is_edited_or_deleted_follows_what_became_of_it()
    {
        var state = new ChatState { Current = 12 };
        Assert.Equal(new ChangeSaid(12, "12-3", "better"), Next(state, new PersonEdited(new("k", 12, "12-3"), " better "), Rita).Ask);
        Assert.Equal(new ChangeSaid(12, "12-3", null), Next(state, new PersonDeleted(new("k", 12, "12-3")), Rita).Ask);
        Assert.Equal(
            "I have changed my first message. It now says:\nbetter",
            Assert.IsType<AddWords>(Next(state, new PersonEdited(new("k", 12), "better"), Rita).Ask).Text
        );
        Assert.Equal(English.Format("delete.description", ("number", "12")), Assert.Single(Next(state, new PersonDeleted(new("k", 12)), Rita).Replies).Text);
        var drafting = AskedForEmail with { Said = [new("k", null)] };
        Assert.Equal("better", Next(drafting, new PersonEdited(new("k", null), "better"), Nobody).State.Draft!.Text);
        Assert.Null(Next(drafting, new PersonDeleted(new("k", null)), Nobody).State.Draft);
        var longer = drafting with { Said = [new("j", null), new("k", null)] };
        Assert.Equal("No mail\nbetter", Next(longer, new PersonEdited(new("k", null), "better"), Nobody).State.Draft!.Text);
        Assert.Equal(longer.Draft, Next(longer, new PersonDeleted(new("k", null)), Nobody).State.Draft);
    }

    private static readonly ChatState AskedForEmail = new() { Expects = Expectation.Email, Draft = new("No mail") };

    private static readonly OpeningTimes Weekdays = new BusinessCalendar(
        new()
        {
            TimeZone = "Europe/Berlin",
            Week = [.. Enumerable.Range(0, 7).Select(day => (IReadOnlyList<OpeningHours>)(day < 5 ? [new(9 * 3600, 17 * 3600)] : []))],
        }
    ).Times(new(2026, 11, 25, 9, 0, 0, TimeSpan.Zero));

    [Fact]
    public void Notices_come_once_and_make_the_next_words_an_answer()
    {
        var ticket = Ticket(12, status: TicketStatus.Resolved);
        TicketEvent[] events =
        [
            new(2, Now, new(ActorKind.Agent, "ann", "Ann"), new CommentAdded("12-2", CommentVisibility.Public)),
            new(3, Now, new(ActorKind.Agent, "ann", "Ann"), new CommentAdded("12-3", CommentVisibility.Internal)),
            new(4, Now, new(ActorKind.Requester, "rita@example.com"), new CommentAdded("12-4", CommentVisibility.Public)),
            new(5, Now, new(ActorKind.Agent, "ann", "Ann"), new PriorityChanged(TicketPriority.Low, TicketPriority.High)),
            new(6, Now, new(ActorKind.Agent, "ann", "Ann"), new StatusChanged(TicketStatus.Open, TicketStatus.Resolved, "Extinguished")),
        ];
        var told = ChatNotices.Of(
            new(),
            ticket,
            events,
            id => new Comment
            {
                Id = id,
                Body = "On my way",
                Visibility = CommentVisibility.Public,
                At = Now,
                By = ActorKind.Agent,
                Actor = new(ActorKind.Agent, "ann", "Ann"),
            },
            English
        );
        Assert.Equal(
            ["Ann on ticket #12:\nOn my way", "Ticket #12 (Printer) is solved:\nExtinguished\nDoes it work now?"],
            told.Replies.Select(reply => reply.Text)
        );
        Assert.Equal((12, Expectation.Verdict), (told.State.Current, told.State.Expects));
        Assert.Empty(ChatNotices.Of(told.State, ticket, events, _ => null, English).Replies);
        // Whoever is in the middle of something is told, and stays there.
        var busy = new ChatState { Draft = new("Lift"), Expects = Expectation.Email };
        Assert.Equal(Expectation.Email, ChatNotices.Of(busy, ticket, events, _ => null, English).State.Expects);
    }

    private static readonly DateTimeOffset Now = new(2026, 11, 25, 9, 0, 0, TimeSpan.Zero);

    private static ChatStep Says(ChatState state, string text, ChatPerson person, params TicketAttachment[] files) =>
        Next(state, new PersonSaid(text, files), person);

    private static ChatStep Next(ChatState state, ChatInput input, ChatPerson person) => RequesterDialog.Next(state, input, person, English);

    internal static Ticket Ticket(long number, string subject = "Printer", TicketStatus status = TicketStatus.Open) =>
        new()
        {
            Id = $"{number}-abcdefghjk",
            Number = number,
            Workspace = "main",
            Subject = subject,
            Description = "It is on fire",
            Status = status,
            Priority = TicketPriority.Normal,
            Tier = 1,
            Requester = new("rita@example.com", "Rita"),
            Channel = IntakeChannel.Chat,
            CreatedAt = Now,
            UpdatedAt = Now,
            Version = 1,
        };
}
