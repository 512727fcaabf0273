using Helpdesk.Email;
using Helpdesk.Intake;
using Helpdesk.Tickets;

namespace Helpdesk.Tests.Email;

/// <summary>Where mails go, and what of them a ticket can hold.</summary>
public sealed class MailRulesTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 10, 9, 0, 0, TimeSpan.Zero);

    private static Ticket Ticket(params Requester[] participants) =>
        TicketRules
            .Open(
                "12-abc",
                12,
                "main",
                new()
                {
                    Subject = "Printer on fire",
                    Description = "Help",
                    Requester = new("rita@example.com", "Rita"),
                    Channel = IntakeChannel.Email,
                    Participants = participants,
                },
                new(ActorKind.Requester, "rita@example.com"),
                Now
            )
            .Ticket;

    private static ReceivedMail Mail(string from, string subject = "Printer", params MailPerson[] replyTo) =>
        new()
        {
            From = new(from, null),
            Subject = subject,
            ReplyTo = replyTo,
        };

    [Theory]
    [InlineData(null, null, "2026-03-10T09:00Z", null)]
    [InlineData("2026-03-08T09:01Z", null, "2026-03-10T09:00Z", null)]
    [InlineData("2026-03-08T08:59Z", null, "2026-03-10T09:00Z", "2026-03-08T08:59Z")]
    // A clock that is wrong, and a server that knows better.
    [InlineData("2031-01-01T00:00Z", "2026-02-01T07:00Z", "2026-03-10T09:00Z", "2026-02-01T07:00Z")]
    // Copied from another server today.
    [InlineData("2025-12-24T18:00Z", "2026-03-10T08:00Z", "2026-03-10T09:00Z", "2025-12-24T18:00Z")]
    // It failed, and is replayed weeks later.
    [InlineData(null, null, "2026-02-10T09:00Z", "2026-02-10T09:00Z")]
    public void What_was_written_long_ago_is_known_by_the_earliest_time_that_anybody_tells(string? date, string? arrived, string received, string? asked)
    {
        static DateTimeOffset? At(string? text) => text is null ? null : DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
        var receipt = new Receipt
        {
            Id = "r",
            Workspace = "main",
            Channel = IntakeChannel.Email,
            ReceivedAt = At(received)!.Value,
            ArrivedAt = At(arrived),
            State = ReceiptState.Received,
            Number = 0,
            Attempts = 0,
            ContentType = "message/rfc822",
        };
        Assert.Equal(At(asked), MailRules.AskedAt(Mail("rita@example.com") with { Date = At(date) }, receipt, Now));
    }

    [Theory]
    [InlineData(MailClue.Token, "eve@example.net", "Other", MailFit.Fits)]
    [InlineData(MailClue.InReplyTo, "eve@example.net", "Other", MailFit.Fits)]
    [InlineData(MailClue.Quoted, "eve@example.net", "Other", MailFit.Fits)]
    [InlineData(MailClue.References, "eve@example.net", "Other", MailFit.Foreign)]
    [InlineData(MailClue.References, "eve@example.net", "AW: [#12] the PRINTER", MailFit.Fits)]
    [InlineData(MailClue.References, "rita@example.com", "Other", MailFit.Fits)]
    [InlineData(MailClue.Subject, "eve@example.net", "[#12] Printer", MailFit.Foreign)]
    [InlineData(MailClue.Subject, "RITA@example.com", "[#12]", MailFit.Fits)]
    [InlineData(MailClue.Subject, "carl@example.com", "[#12]", MailFit.Fits)]
    public void A_clue_counts_for_whom_it_may(MailClue clue, string from, string subject, MailFit fit) =>
        Assert.Equal(fit, MailRules.Fit(Ticket(new Requester("carl@example.com", null)), clue, Mail(from, subject), "Old matter", isAgent: false));

    [Fact]
    public void A_ticket_that_is_closed_says_so_to_those_whom_it_concerns_alone()
    {
        var resolved = TicketRules.Resolve(Ticket(), "Done", Actor.System, Now).Ticket;
        var closed = TicketRules.Close(resolved, Actor.System, Now).Ticket;
        Assert.Equal(MailFit.Closed, MailRules.Fit(closed, MailClue.Token, Mail("eve@example.net"), null, isAgent: false));
        Assert.Equal(MailFit.Foreign, MailRules.Fit(closed, MailClue.Subject, Mail("eve@example.net"), null, isAgent: false));
    }

    [Theory]
    [InlineData("Re: Printer", "printer", true)]
    [InlineData("Printer on the second floor", "Fwd: second printer", true)]
    [InlineData("Invoice", "Printer", false)]
    [InlineData("", "Printer", true)]
    [InlineData("打印机坏了", "发票逾期", false)]
    public void Subjects_are_of_one_matter_when_they_share_a_word(string one, string other, bool same) =>
        Assert.Equal(same, MailRules.IsSameTopic(one, other));

    [Fact]
    public void Answers_go_where_they_are_wanted_except_to_the_desk_itself()
    {
        bool IsOwn(string address) => address == "support@desk.example";
        Assert.Equal(
            new("sales@example.com", "Sales"),
            MailRules.RequesterOf(Mail("rita@example.com", "", new MailPerson("sales@example.com", "Sales")), IsOwn)
        );
        Assert.Equal("rita@example.com", MailRules.RequesterOf(Mail("rita@example.com", "", new MailPerson("support@desk.example", null)), IsOwn).Email);
        Assert.Equal(MailRules.Nobody, MailRules.RequesterOf(Mail("not an address"), IsOwn).Email);
        Assert.Equal(MailRules.Nobody, MailRules.RequesterOf(new(), IsOwn).Email);
    }

    [Theory]
    [InlineData("From: Paul <paul@example.org>", "paul@example.org")]
    [InlineData("> *Von:* Paul [mailto:Paul@example.org]", "paul@example.org")]
    [InlineData("Από: paul@example.org", "paul@example.org")]
    [InlineData("From: nobody", null)]
    [InlineData("It came from: x", null)]
    public void A_forwarded_mail_tells_who_wrote_it_first(string line, string? email)
    {
        var mail = Mail("ada@example.com", "Fwd: Door") with { Text = $"Look at this\n\n{line}\nSubject: Door\n" };
        Assert.Equal(email, MailRules.ForwardedFrom(mail)?.Email);
        Assert.Null(MailRules.ForwardedFrom(mail with { Subject = "Door" }));
    }

    [Theory]
    [InlineData("", "(no text)", true)]
    [InlineData(" \u200b\n", "(no text)", true)]
    [InlineData("a\u0000b", "ab", true)]
    [InlineData("🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂", "🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂", false)]
    public void Words_are_shortened_by_characters_and_never_empty(string words, string shown, bool whole) =>
        Assert.Equal((shown, whole), MailRules.WordsOf(words, 10));

    [Fact]
    public void Whoever_is_too_many_is_left_out_and_the_words_are_added_all_the_same()
    {
        var crowd = Enumerable.Range(0, People.Limit - 2).Select(i => new Requester($"p{i}@example.com", null)).ToArray();
        var ticket = Ticket(crowd);
        var change = MailRules.Comment(
            ticket,
            "Hello",
            new(ActorKind.Requester, "rita@example.com"),
            [new("a@example.com", null), new("P0@example.com", null), new("b@example.com", null)],
            [],
            new(IntakeChannel.Email, "receipt"),
            reopens: true,
            Now
        );
        Assert.Equal(People.Limit - 1, change.Ticket.Participants!.Count);
        Assert.Equal(["participants-changed", "comment-added"], change.Events.Select(happened => Name(happened.Fact)));
        Assert.Equal($"12-{change.Ticket.Version}", change.Comment!.Id);
    }

    [Fact]
    public void Only_a_requesters_reopenings_of_the_last_hour_count()
    {
        List<TicketEvent> events =
        [
            Reopened(1, Now.AddMinutes(-61), ActorKind.Requester),
            Reopened(2, Now.AddMinutes(-50), ActorKind.Requester),
            Reopened(3, Now.AddMinutes(-40), ActorKind.Agent),
            new(4, Now.AddMinutes(-30), new(ActorKind.Requester), new TicketReopened(TicketStatus.Pending, TicketStatus.Open)),
            Reopened(5, Now.AddMinutes(-20), ActorKind.Requester),
        ];
        Assert.True(MailRules.IsReopenedTooOften(events, 2, Now));
        Assert.False(MailRules.IsReopenedTooOften(events, 3, Now));
        Assert.False(MailRules.HasNoteSinceReopened(events));
        Assert.True(MailRules.HasNoteSinceReopened([.. events, new(6, Now, Actor.System, new CommentAdded("12-6", CommentVisibility.Internal))]));
    }

    private static TicketEvent Reopened(long seq, DateTimeOffset at, ActorKind by) =>
        new(seq, at, new(by), new TicketReopened(TicketStatus.Resolved, TicketStatus.Open));

    private static string Name(TicketFact fact) =>
        string.Concat(fact.GetType().Name.Select((letter, i) => char.IsUpper(letter) ? (i > 0 ? "-" : "") + char.ToLowerInvariant(letter) : $"{letter}"));
}
