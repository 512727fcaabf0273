using Helpdesk.Contacts;
using Helpdesk.Email;
using Helpdesk.Tickets;

namespace Helpdesk.Satisfaction;

/// <summary>Asks requesters once for each resolution how it was, and takes what they say.</summary>
public static class SatisfactionRules
{
    /// <summary>The best rating; the worst is 1.</summary>
    public const int Best = 5;

    /// <summary>Ratings from here on count as satisfied.</summary>
    public const int Satisfied = 4;

    /// <summary>How long a question can be answered.</summary>
    public static TimeSpan Answerable { get; } = TimeSpan.FromDays(30);

    /// <summary>How long after the first answer it can be changed.</summary>
    public static TimeSpan Changeable { get; } = TimeSpan.FromDays(7);

    /// <summary>The ratings that can be given, the best first.</summary>
    public static IEnumerable<int> RatingsOf(SatisfactionScale scale) => scale == SatisfactionScale.GoodBad ? [Best, 1] : Enumerable.Range(1, Best).Reverse();

    /// <summary>When the requester is to be asked about the resolution that the ticket has; null for never.</summary>
    public static DateTimeOffset? AskAt(Ticket ticket, SatisfactionSetting setting)
    {
        ArgumentNullException.ThrowIfNull(ticket);
        ArgumentNullException.ThrowIfNull(setting);
        return
            setting.Active
            && ticket is { Status: TicketStatus.Resolved or TicketStatus.Closed, MergedInto: null, ResolvedAt: { } resolved }
            && ticket.Automatic != true
            && resolved >= setting.Since
            && ticket.Satisfaction?.ResolvedAt != resolved
            && setting.Channels.Contains(ticket.Channel)
            && CanBeAsked(ticket)
            ? resolved + setting.After
            : null;
    }

    /// <summary>Asks the requester, when it is time; no events otherwise.</summary>
    /// <param name="isReached">Whether there is a way to the requester.</param>
    /// <param name="events">All events of the ticket.</param>
    public static TicketChange Ask(Ticket ticket, SatisfactionSetting setting, bool isReached, IReadOnlyList<TicketEvent> events, DateTimeOffset now)
    {
        if (!isReached || AskAt(ticket, setting) is not { } due || due > now)
            return new(ticket, []);
        var (agent, group) = SolverOf(events);
        return TicketHistory.Record(ticket, Actor.System, now, new SatisfactionAsked(ticket.ResolvedAt!.Value, setting.Scale, agent, group));
    }

    /// <summary>Whose work a resolution is: the assignee and the group at that moment; for an unassigned ticket, the agent who resolved it.</summary>
    public static (string? Agent, string? Group) SolverOf(IReadOnlyList<TicketEvent> events)
    {
        (string? Agent, string? Group) solver = default;
        foreach (var (happened, ticket) in TicketHistory.Steps(events))
        {
            if (happened.Fact is StatusChanged { To: TicketStatus.Resolved })
                solver = (ticket.Assignee ?? (happened.By.Kind == ActorKind.Agent ? happened.By.Id : null), ticket.Group);
        }

        return solver;
    }

    /// <summary>Until when a question can be answered, or its answer changed.</summary>
    public static DateTimeOffset OpenUntil(TicketSatisfaction asked)
    {
        ArgumentNullException.ThrowIfNull(asked);
        return asked.RatedAt is { } rated ? rated + Changeable : asked.AskedAt + Answerable;
    }

    /// <summary>Takes an answer, or another one in its place.</summary>
    /// <param name="asked">Names the question.</param>
    /// <param name="comment">Why; null leaves what was said.</param>
    public static TicketChange Rate(Ticket ticket, long asked, int rating, string? comment, Actor by, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(ticket);
        if (ticket.Satisfaction is not { } question || question.Asked != asked)
            throw new HelpdeskRuleException(
                "rating-replaced",
                $"Ticket {ticket.Number} was resolved again since, or nobody has asked: there is nothing to rate."
            );
        if (!RatingsOf(question.Scale).Contains(rating))
            throw new HelpdeskRuleException("rating-unknown", $"{rating} is no rating that ticket {ticket.Number} was asked for.");
        if (now > OpenUntil(question))
            throw new HelpdeskRuleException("rating-over", $"Ticket {ticket.Number} can no longer be rated, or its rating changed.");
        var words =
            comment is null ? question.Comment
            : string.IsNullOrWhiteSpace(comment) ? null
            : comment.Trim();
        return question.Rating == rating && question.Comment == words
            ? new(ticket, [])
            : TicketHistory.Record(ticket, by, now, new SatisfactionRated(asked, rating, words, question.Rating, question.Agent, question.Group));
    }

    private static bool CanBeAsked(Ticket ticket)
    {
        var email = ticket.Requester.Email;
        return ticket.Conversation is not null
            || (email.Length > 0 && !PhoneAddress.Is(email) && !ErasedPerson.IsPseudonym(email) && !Notifications.IsProgram(email));
    }
}
