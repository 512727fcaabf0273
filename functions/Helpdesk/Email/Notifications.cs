using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Helpdesk.Approvals;
using Helpdesk.Contacts;
using Helpdesk.Directory;
using Helpdesk.Sla;
using Helpdesk.Tickets;

namespace Helpdesk.Email;

/// <summary>A notification that is due: who is told what.</summary>
/// <param name="Seq">Number of the event that it tells of.</param>
/// <param name="At">When that happened.</param>
/// <param name="By">Who did it.</param>
/// <param name="To">The address.</param>
/// <param name="Name">The name beside it, or null.</param>
/// <param name="Agent">Id of the agent who is told; null for somebody who is helped.</param>
/// <param name="Comment">Id of the comment that it brings, or null.</param>
/// <param name="Automatic">Whether no person wrote it.</param>
/// <param name="AskedAt">When the request was written that it acknowledges, where that was days before; null otherwise.</param>
/// <param name="Words">The words that name an agent; null for everything else.</param>
/// <param name="InTeams">Whether it is told in the agent's chat with the bot, and not by mail.</param>
public sealed record Notification(
    long Seq,
    DateTimeOffset At,
    Actor By,
    MailEvent Event,
    string To,
    string? Name,
    string? Agent,
    string? Comment,
    bool Automatic,
    DateTimeOffset? AskedAt = null,
    string? Words = null,
    bool InTeams = false
)
{
    /// <summary>Id of the approval that an agent is asked for; null for none.</summary>
    public string? Approval { get; init; }

    /// <summary>What came of an approval that an agent is told of; null for none.</summary>
    public ApprovalState? Outcome { get; init; }
}

/// <summary>What the rule of notifications needs to know besides the ticket.</summary>
public sealed record NotificationFacts
{
    public required MailSetting Setting { get; init; }
    public IReadOnlyList<Agent> Agents { get; init; } = [];

    /// <summary>What agents have said of how they want to be told; whoever said nothing gets mails.</summary>
    public IReadOnlyList<AgentNotifications> Wishes { get; init; } = [];

    /// <summary>Ids of the agents whom the bot has met in a chat of their own.</summary>
    public IReadOnlySet<string> ReachedInTeams { get; init; } = ImmutableHashSet<string>.Empty;

    /// <summary>The words of a note, by its id; null for one that is gone.</summary>
    public Func<string, string?> Words { get; init; } = _ => null;

    /// <summary>Whether a conversation is in a channel in which its person is told all by itself, as in Teams.</summary>
    public Func<string, bool> IsToldInChannel { get; init; } = _ => false;
}

/// <summary>Decides who is told what of what happens to a ticket: by mail, or agents in Teams.</summary>
/// <remarks>
/// Requesters are told what their workspace wants them to be told; those who take part besides get answers and solutions. Nobody is sent their own
/// words. What a program asked is answered by people only. Agents are told what concerns them, as each wishes.
/// </remarks>
public static partial class Notifications
{
    /// <summary>As many agents of a group are told that a promise is at risk when nobody has the ticket.</summary>
    private const int GroupLimit = 50;

    /// <summary>Whether there may be anything to tell in an event.</summary>
    public static bool Matters(TicketEvent happened) =>
        happened.Fact
            is TicketOpened
                or CommentAdded
                or CommentEdited { Visibility: CommentVisibility.Internal }
                or StatusChanged { To: TicketStatus.Resolved or TicketStatus.Closed }
                or TicketReopened
                or AssigneeChanged { To: not null }
                or SlaBreached
                or SlaStepFired { Do: SlaAction.Warn or SlaAction.Notify }
                or SatisfactionAsked
                or FollowUpDue
                or TaskDue
                or ApprovalAsked
                or ApprovalReminded
                or ApproverReplaced { To: not null }
                or ApprovalEnded { Outcome: not ApprovalState.Cancelled };

    /// <summary>Who is to be told what of these events.</summary>
    public static IReadOnlyList<Notification> Of(Ticket ticket, IReadOnlyList<TicketEvent> events, NotificationFacts facts)
    {
        var due = new List<Notification>();
        foreach (var happened in events.Where(Matters))
        {
            due.AddRange(ForThoseHelped(ticket, happened, events, facts));
            due.AddRange(ForAgents(ticket, happened, facts));
            due.AddRange(ForApprovers(ticket, happened, facts));
        }

        return due;
    }

    /// <summary>What an agent is reminded of by a fact, in the words of whoever noted it; null for nothing.</summary>
    public static string? ReminderOf(TicketFact fact) =>
        fact switch
        {
            FollowUpDue back => back.Note,
            TaskDue task => task.Title,
            ApprovalEnded ended => ended.Question,
            _ => null,
        };

    /// <summary>Id of the approval that a fact asks somebody for; null for none.</summary>
    public static string? ApprovalOf(TicketFact fact) =>
        fact switch
        {
            ApprovalAsked asked => asked.Approval,
            ApprovalReminded reminded => reminded.Approval,
            ApproverReplaced { To: not null } replaced => replaced.Approval,
            _ => null,
        };

    /// <summary>Those who are asked to approve something, or reminded of it, as long as their answers are missing: agents in Teams where the bot has met
    /// them.</summary>
    private static IEnumerable<Notification> ForApprovers(Ticket ticket, TicketEvent happened, NotificationFacts facts)
    {
        if (ApprovalOf(happened.Fact) is not { } id || ApprovalRules.Find(ticket, id) is not { State: ApprovalState.Pending } approval)
            yield break;
        foreach (var approver in approval.Approvers.Where(one => one.Decision is null && ApprovalRules.CanAnswer(one)))
        {
            if (happened.Fact is ApprovalReminded reminded && !reminded.Approvers.Contains(approver.Id))
                continue;
            if (happened.Fact is ApproverReplaced replaced && replaced.To != approver.Agent)
                continue;
            var agent = approver.Agent is { } known ? facts.Agents.FirstOrDefault(one => one.Active && one.Id == known) : null;
            if ((agent?.Email ?? approver.Email) is not { Length: > 0 } email)
                continue;
            yield return new(
                happened.Seq,
                happened.At,
                happened.By,
                MailEvent.Approval,
                email,
                agent?.Name ?? approver.Name,
                agent?.Id,
                null,
                true,
                Words: approval.Question,
                InTeams: agent is not null && facts.ReachedInTeams.Contains(agent.Id)
            )
            {
                Approval = approval.Id,
            };
        }
    }

    /// <summary>Whether an address is a program's, by its name: nothing that the desk says by itself goes there.</summary>
    public static bool IsProgram(string email) => ProgramName().IsMatch(email);

    private static IEnumerable<Notification> ForThoseHelped(Ticket ticket, TicketEvent happened, IReadOnlyList<TicketEvent> events, NotificationFacts facts)
    {
        MailEvent? tells = happened.Fact switch
        {
            TicketOpened => MailEvent.Received,
            CommentAdded { Visibility: CommentVisibility.Public, Spoken: null } when happened.By.Kind != ActorKind.Requester => MailEvent.PublicAnswer,
            // What a comment of the same moment says, or what was solved in the same moment, is not said twice.
            StatusChanged { To: TicketStatus.Resolved } when !(happened.By.Kind == ActorKind.System && SaidAtOnce(happened, events)) => MailEvent.Resolved,
            StatusChanged { To: TicketStatus.Closed } when !SaidAtOnce(happened, events) => MailEvent.Closed,
            TicketReopened when happened.By.Kind != ActorKind.Requester => MailEvent.Reopened,
            SatisfactionAsked => MailEvent.Satisfaction,
            _ => null,
        };
        // Whether anybody is asked how it was is a setting of its own.
        if (tells is not { } what || ticket.Channel == IntakeChannel.Alert || !(what == MailEvent.Satisfaction || facts.Setting.ToRequesters.Contains(what)))
            yield break;
        // In a chat the bot has said that the request is there, and says what becomes of it; answers are promised by mail as well.
        var forAll = what is MailEvent.PublicAnswer or MailEvent.Resolved;
        if (ticket.Channel is IntakeChannel.Chat or IntakeChannel.Teams && !forAll && what != MailEvent.Satisfaction)
            yield break;
        var automatic = what != MailEvent.PublicAnswer || happened.By.Kind != ActorKind.Agent;
        if (automatic && ticket.Automatic == true)
            yield break;
        var author = what == MailEvent.Received ? null : AddressOf(happened.By, facts.Agents);
        var told = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var person in forAll ? People.Of(ticket) : [People.Of(ticket)[0]])
        {
            var isReached = person.Conversation is null || !facts.IsToldInChannel(person.Conversation);
            if (
                !isReached
                || (person.Since ?? 0) > happened.Seq
                || person.Email.Length == 0
                || PhoneAddress.Is(person.Email)
                || person.Email.Equals(author, StringComparison.OrdinalIgnoreCase)
            )
                continue;
            if (told.Add(person.Email))
                yield return new(
                    happened.Seq,
                    happened.At,
                    happened.By,
                    what,
                    person.Email,
                    person.Name,
                    null,
                    (happened.Fact as CommentAdded)?.Comment,
                    automatic,
                    (happened.Fact as TicketOpened)?.AskedAt
                );
        }
    }

    /// <summary>Whether the same moment brought words for the requester before this event.</summary>
    private static bool SaidAtOnce(TicketEvent happened, IReadOnlyList<TicketEvent> events) =>
        events.Any(other =>
            other.Seq < happened.Seq
            && other.At == happened.At
            && other.By == happened.By
            && other.Fact is CommentAdded { Visibility: CommentVisibility.Public } or StatusChanged { To: TicketStatus.Resolved }
        );

    private static IEnumerable<Notification> ForAgents(Ticket ticket, TicketEvent happened, NotificationFacts facts)
    {
        var (comment, words, before) = happened.Fact switch
        {
            CommentAdded { Visibility: CommentVisibility.Internal } note => (note.Comment, facts.Words(note.Comment), ""),
            CommentEdited { Visibility: CommentVisibility.Internal } edited => (edited.Comment, edited.To, edited.From),
            _ => ((string?)null, (string?)null, ""),
        };
        var (what, agents) = happened.Fact switch
        {
            TicketOpened { Assignee: { } assignee } => (MailEvent.Assigned, Named(facts, assignee)),
            AssigneeChanged { To: { } assignee } => (MailEvent.Assigned, Named(facts, assignee)),
            SlaStepFired { At: < 100 } => (MailEvent.AtRisk, InCharge(ticket, facts)),
            // The breach itself is told by its own event.
            SlaStepFired step => (MailEvent.Breached, step is { At: 100, Repetition: 0 } ? [] : InCharge(ticket, facts)),
            SlaBreached => (MailEvent.Breached, InCharge(ticket, facts)),
            FollowUpDue back => (MailEvent.Reminder, Reminded(ticket, back.To, facts)),
            TaskDue task => (MailEvent.Reminder, Reminded(ticket, task.Assignee, facts)),
            // Those who are asked are told by a rule of their own.
            ApprovalAsked or ApprovalReminded or ApproverReplaced => (MailEvent.Approval, []),
            ApprovalEnded ended => (MailEvent.Reminder, Reminded(ticket, AskerOf(ticket, ended), facts)),
            _ => (MailEvent.Mention, Mentioned(words ?? "", facts).Except(Mentioned(before, facts))),
        };
        foreach (var agent in agents.Where(agent => agent.Active && !(happened.By.Kind == ActorKind.Agent && happened.By.Id == agent.Id)))
        {
            var way = facts.Wishes.FirstOrDefault(wish => wish.Agent == agent.Id)?.Of(what) ?? NotifyBy.Mail;
            var inTeams = way == NotifyBy.Teams && facts.ReachedInTeams.Contains(agent.Id);
            if (way != NotifyBy.None)
                yield return new(
                    happened.Seq,
                    happened.At,
                    happened.By,
                    what,
                    agent.Email,
                    agent.Name,
                    agent.Id,
                    comment,
                    true,
                    Words: words ?? ReminderOf(happened.Fact),
                    InTeams: inTeams
                )
                {
                    Outcome = (happened.Fact as ApprovalEnded)?.Outcome,
                };
        }
    }

    /// <summary>Id of the agent who asked for an approval; null where the desk itself did.</summary>
    private static string? AskerOf(Ticket ticket, ApprovalEnded ended) =>
        ApprovalRules.Find(ticket, ended.Approval)?.By is { Kind: ActorKind.Agent } by ? by.Id : null;

    /// <summary>Who looks after a ticket: its assignee, else the agents of its group.</summary>
    private static IEnumerable<Agent> InCharge(Ticket ticket, NotificationFacts facts) =>
        ticket.Assignee is { } assignee ? Named(facts, assignee)
        : ticket.Group is { } group ? facts.Agents.Where(agent => agent.Active && agent.Groups.Contains(group, StringComparer.Ordinal)).Take(GroupLimit)
        : [];

    /// <summary>The agent who is named, else who looks after the ticket, also where that agent has gone.</summary>
    private static IEnumerable<Agent> Reminded(Ticket ticket, string? agent, NotificationFacts facts) =>
        agent is not null && facts.Agents.Any(one => one.Active && one.Id == agent) ? Named(facts, agent) : InCharge(ticket, facts);

    private static IEnumerable<Agent> Named(NotificationFacts facts, string id) => facts.Agents.Where(agent => agent.Id == id);

    /// <summary>The agents that a text names, as in <c>@ada</c>; an e-mail address names nobody.</summary>
    private static IEnumerable<Agent> Mentioned(string words, NotificationFacts facts)
    {
        var names = Mention().Matches(words).Select(match => match.Groups[1].Value.ToLowerInvariant()).ToHashSet(StringComparer.Ordinal);
        return facts.Agents.Where(agent => names.Contains(agent.Id)).ToList();
    }

    private static string? AddressOf(Actor by, IReadOnlyList<Agent> agents) =>
        by.Kind switch
        {
            ActorKind.Requester => by.Id,
            ActorKind.Agent => agents.FirstOrDefault(agent => agent.Id == by.Id)?.Email,
            _ => null,
        };

    [GeneratedRegex(@"(?<![\w.@/-])@([A-Za-z0-9]+(?:-[A-Za-z0-9]+)*)", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Mention();

    [GeneratedRegex(
        @"^(?:no[-_.]?reply|do[-_.]?not[-_.]?reply|mailer-daemon|postmaster|bounces?|auto(?:mat)?ed)(?:[-_.+][^@]*)?@",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex ProgramName();
}
