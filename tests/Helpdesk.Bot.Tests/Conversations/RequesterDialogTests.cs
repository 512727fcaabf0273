using Helpdesk.Bot.Conversations;
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
        Assert.Equal(English["email.wrong"], Assert.Single(wrong.Replies).Text);
        var found = Says(wrong.State, "rita@example.com", Nobody);
        Assert.IsType<FindOpen>(found.Ask);
        var open = Assert.IsType<OpenDraft>(Next(found.State, new OpenFound([]), Nobody).Ask);
        Assert.Equal(("No mail\nsince this morning", "rita@example.com"), (open.Draft.Text, open.Email));
        Assert.Equal([Picture], open.Draft.Files!);
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
        var added = Next(state, new WordsAdded(Ticket(12), Reopened: false), Rita);
        Assert.Contains("#12", Assert.Single(added.Replies).Text, StringComparison.Ordinal);
        // Once an agent talks, the bot keeps out of it.
        Assert.Empty(Next(state with { Live = true }, new WordsAdded(Ticket(12), Reopened: false), Rita).Replies);

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
                new WordsAdded(Ticket(11), false),
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

    [Fact]
    public void Somebody_who_would_rather_talk_is_asked_what_about_and_passed_on()
    {
        Assert.Equal(new AskForPerson(12), Says(new ChatState { Current = 12 }, "talk to a person", Rita).Ask);
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
        foreach (
            ChatInput none in new ChatInput[] { new TicketShown(null), new WordsAdded(null, false), new VerdictGiven(null, true), new PersonAskedFor(null) }
        )
            Assert.Equal(English["ticket.none"], Assert.Single(Next(new ChatState { Current = 5 }, none, Rita).Replies).Text);
    }

    [Theory]
    [InlineData("hi")]
    [InlineData("Hello!")]
    [InlineData("")]
    [InlineData("   ")]
    public void A_greeting_or_nothing_opens_no_ticket(string text) => Assert.Null(Says(new(), text, Rita).Ask);

    [Fact]
    public void Long_texts_are_bounded_and_subjects_end_between_words()
    {
        var open = Assert.IsType<OpenDraft>(Next(Says(new(), new string('x', 200_000), Rita).State, new OpenFound([]), Rita).Ask);
        Assert.Equal(RequesterDialog.TextLimit, open.Draft.Text.Length);
        Assert.Equal(
            string.Join(' ', Enumerable.Repeat("twelve chars", 7)) + " twelve…",
            RequesterDialog.SubjectOf(string.Join(' ', Enumerable.Repeat("twelve chars", 30)), English)
        );
        Assert.Equal("See the attached files", RequesterDialog.SubjectOf("", English));
        var emoji = RequesterDialog.SubjectOf(string.Concat(Enumerable.Repeat("😀", 80)), English);
        Assert.DoesNotContain(emoji.EnumerateRunes(), rune => rune == System.Text.Rune.ReplacementChar);
    }

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
