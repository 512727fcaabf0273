using Helpdesk.Directory;
using Helpdesk.Email;
using Helpdesk.Sla;
using Helpdesk.Tickets;

namespace Helpdesk.Tests.Email;

/// <summary>Who is told what by mail.</summary>
public sealed class NotificationsTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 10, 9, 0, 0, TimeSpan.Zero);
    private static readonly Actor Ada = new(ActorKind.Agent, "ada", "Ada");
    private static readonly Actor Rita = new(ActorKind.Requester, "rita@example.com", "Rita");
    private static readonly Agent[] Agents =
    [
        AgentOf("ada", "first"),
        AgentOf("bob", "first"),
        AgentOf("ada-lovelace"),
        AgentOf("gone") with
        {
            Active = false,
        },
    ];

    private static Agent AgentOf(string id, params string[] groups) =>
        new()
        {
            Id = id,
            Name = id,
            Email = $"{id}@desk.example",
            Groups = groups,
            CreatedAt = Now,
        };

    private static Ticket TicketOf(IntakeChannel channel = IntakeChannel.Email, bool automatic = false, string? conversation = null) =>
        TicketRules
            .Open(
                "1-abcdefghjk",
                1,
                "main",
                new TicketDraft
                {
                    Subject = "Printer",
                    Description = "d",
                    Requester = new("rita@example.com", "Rita"),
                    Channel = channel,
                    Automatic = automatic,
                    Conversation = conversation,
                    Participants = [new("ned@example.com", null)],
                },
                Rita,
                Now
            )
            .Ticket;

    private static string Told(Ticket ticket, NotificationFacts facts, params TicketEvent[] events) =>
        string.Join(' ', Notifications.Of(ticket, events, facts).Select(one => $"{one.Event}:{one.To.Split('@')[0]}"));

    private static NotificationFacts Facts(string words = "", MailSetting? setting = null, params AgentNotifications[] wishes) =>
        new()
        {
            Setting = setting ?? new(),
            Agents = Agents,
            Wishes = wishes,
            Words = _ => words,
            IsToldInChannel = conversation => conversation.Contains("bot-", StringComparison.Ordinal),
        };

    private static TicketEvent Event(Actor by, TicketFact fact, long seq = 2) => new(seq, Now, by, fact);

    private static TicketFact Opened(Ticket ticket) =>
        TicketRules
            .Open(
                ticket.Id,
                1,
                "main",
                new TicketDraft
                {
                    Subject = "s",
                    Description = "d",
                    Requester = ticket.Requester,
                    Channel = ticket.Channel,
                },
                Rita,
                Now
            )
            .Events[0]
            .Fact;

    private static readonly CommentAdded Public = new("1-2", CommentVisibility.Public);
    private static readonly CommentAdded Note = new("1-2", CommentVisibility.Internal);

    [Fact]
    public void An_answer_goes_to_everybody_but_its_author()
    {
        var ticket = TicketOf();
        Assert.Equal("PublicAnswer:rita PublicAnswer:ned", Told(ticket, Facts(), Event(Ada, Public)));
        Assert.Equal("", Told(ticket, Facts(), Event(Rita, Public)));
        var ofAgent = ticket with { Requester = new("ADA@desk.example", "Ada") };
        Assert.Equal("PublicAnswer:ned", Told(ofAgent, Facts(), Event(Ada, Public)));
        var twice = ticket with { Participants = [new("RITA@example.com", null), new("ned@example.com", null, Since: 5)] };
        Assert.Equal("PublicAnswer:rita", Told(twice, Facts(), Event(Ada, Public)));
    }

    [Theory]
    [InlineData(IntakeChannel.Email, "Received:rita", "Closed:rita")]
    [InlineData(IntakeChannel.Web, "Received:rita", "Closed:rita")]
    [InlineData(IntakeChannel.Api, "Received:rita", "Closed:rita")]
    [InlineData(IntakeChannel.Phone, "Received:rita", "Closed:rita")]
    [InlineData(IntakeChannel.Chat, "", "")]
    [InlineData(IntakeChannel.Teams, "", "")]
    [InlineData(IntakeChannel.Alert, "", "")]
    public void What_else_a_requester_is_told_depends_on_the_channel(IntakeChannel channel, string opened, string closed)
    {
        var ticket = TicketOf(channel);
        Assert.Equal(opened, Told(ticket, Facts(), Event(Rita, Opened(ticket), 1)));
        Assert.Equal(closed, Told(ticket, Facts(), Event(Ada, new StatusChanged(TicketStatus.Resolved, TicketStatus.Closed))));
    }

    [Fact]
    public void Somebody_in_teams_is_told_there_and_somebody_in_the_web_chat_by_mail_as_well()
    {
        Assert.Equal("PublicAnswer:ned", Told(TicketOf(IntakeChannel.Teams, conversation: "main:bot-msteams:1"), Facts(), Event(Ada, Public)));
        Assert.Equal("PublicAnswer:rita PublicAnswer:ned", Told(TicketOf(IntakeChannel.Chat, conversation: "main:chat:1"), Facts(), Event(Ada, Public)));
    }

    [Fact]
    public void What_a_program_wrote_is_answered_by_people_only()
    {
        var ticket = TicketOf(automatic: true);
        Assert.Equal("", Told(ticket, Facts(), Event(Rita, Opened(ticket), 1)));
        Assert.Equal("", Told(ticket, Facts(), Event(Ada, new StatusChanged(TicketStatus.Open, TicketStatus.Resolved, "Done"))));
        Assert.Equal("", Told(ticket, Facts(), Event(Actor.System, Public)));
        Assert.Equal("PublicAnswer:rita PublicAnswer:ned", Told(ticket, Facts(), Event(Ada, Public)));
    }

    [Fact]
    public void A_farewell_that_closes_is_one_mail()
    {
        var events = new[]
        {
            Event(Actor.System, Public),
            Event(Actor.System, new StatusChanged(TicketStatus.Pending, TicketStatus.Resolved, "No answer"), 3),
            Event(Actor.System, new StatusChanged(TicketStatus.Resolved, TicketStatus.Closed), 4),
        };
        Assert.Equal("PublicAnswer:rita PublicAnswer:ned", Told(TicketOf(), Facts(), events));
        var later = Event(Actor.System, new StatusChanged(TicketStatus.Resolved, TicketStatus.Closed), 5) with { At = Now.AddDays(7) };
        Assert.Equal("Closed:rita", Told(TicketOf(), Facts(), later));
    }

    [Fact]
    public void A_workspace_says_what_requesters_are_told()
    {
        var reopened = Event(Ada, new TicketReopened(TicketStatus.Resolved, TicketStatus.Open));
        Assert.Equal("", Told(TicketOf(), Facts(), reopened));
        Assert.Equal("Reopened:rita", Told(TicketOf(), Facts(setting: new MailSetting { ToRequesters = [MailEvent.Reopened] }), reopened));
        Assert.Equal("", Told(TicketOf(), Facts(setting: new MailSetting { ToRequesters = [] }), Event(Ada, Public)));
    }

    [Theory]
    [InlineData("@bob please look", "bob")]
    [InlineData("(@Bob)", "bob")]
    [InlineData("see @ada-lovelace.", "ada-lovelace")]
    [InlineData("mail bob@bob or x@ada-lovelace", "")]
    [InlineData("@bobby @gone @ada", "")]
    [InlineData("@bob @bob", "bob")]
    public void A_note_tells_the_agents_it_names(string words, string told) =>
        Assert.Equal(told.Length == 0 ? "" : $"Mention:{told}", Told(TicketOf(), Facts(words), Event(Ada, Note)));

    [Fact]
    public void An_edited_note_tells_only_whom_it_names_anew() =>
        Assert.Equal(
            "Mention:bob",
            Told(TicketOf(), Facts(), Event(Ada, new CommentEdited("1-2", CommentVisibility.Internal, "@ada-lovelace", "@ada-lovelace @bob")))
        );

    [Fact]
    public void Agents_are_told_what_concerns_them_as_they_wish()
    {
        var ticket = TicketOf() with { Group = "first" };
        var breach = Event(Actor.System, new SlaBreached(SlaMetric.FirstReply, 1, Now, Now, Now, null));
        Assert.Equal("Assigned:bob", Told(ticket, Facts(), Event(Ada, new AssigneeChanged(null, "bob"))));
        Assert.Equal("", Told(ticket, Facts(), Event(Ada, new AssigneeChanged(null, "ada"))));
        Assert.Equal("Breached:ada Breached:bob", Told(ticket, Facts(), breach));
        Assert.Equal("Breached:bob", Told(ticket with { Assignee = "bob" }, Facts(), breach));
        Assert.Equal("Breached:ada", Told(ticket, Facts("", null, new AgentNotifications { Agent = "bob", Breached = NotifyBy.None }), breach));
    }

    [Fact]
    public void Who_wishes_to_be_told_in_Teams_is_told_there_once_the_bot_has_met_them()
    {
        var ticket = TicketOf() with { Group = "first" };
        var breach = Event(Actor.System, new SlaBreached(SlaMetric.FirstReply, 1, Now, Now, Now, null));
        var facts = Facts("", null, new() { Agent = "ada", Breached = NotifyBy.Teams }, new() { Agent = "bob", Breached = NotifyBy.Teams });
        (string?, bool)[] Ways(NotificationFacts known) =>
            [.. Notifications.Of(ticket, [breach], known).Where(one => one.Agent is not null).Select(one => (one.Agent, one.InTeams))];
        Assert.Equal([("ada", false), ("bob", false)], Ways(facts));
        Assert.Equal([("ada", true), ("bob", false)], Ways(facts with { ReachedInTeams = new HashSet<string> { "ada" } }));
        // Being reached there is no wish to be told there.
        Assert.Equal([("ada", false), ("bob", false)], Ways(Facts() with { ReachedInTeams = new HashSet<string> { "ada" } }));
    }

    [Theory]
    [InlineData("no-reply@example.com", true)]
    [InlineData("noreply+42@example.com", true)]
    [InlineData("MAILER-DAEMON@mx.example.com", true)]
    [InlineData("do_not_reply@example.com", true)]
    [InlineData("bounce-123@list.example.com", true)]
    [InlineData("noreplyson@example.com", false)]
    [InlineData("rita@no-reply.example.com", false)]
    [InlineData("postmaster.jones@example.com", true)]
    public void Programs_are_known_by_their_addresses(string email, bool program) => Assert.Equal(program, Notifications.IsProgram(email));
}
