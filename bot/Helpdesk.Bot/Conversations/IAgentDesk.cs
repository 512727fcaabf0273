using Helpdesk.Approvals;
using Helpdesk.Directory;
using Helpdesk.Tickets;

namespace Helpdesk.Bot.Conversations;

/// <summary>What an agent does to a ticket from a card.</summary>
public abstract record AgentAction;

public sealed record LookAgain : AgentAction;

public sealed record TakeTicket : AgentAction;

/// <param name="Public">Whether the requester reads it; a note otherwise.</param>
public sealed record WriteComment(string Text, bool Public) : AgentAction;

public sealed record SetStatus(TicketStatus Status) : AgentAction;

/// <summary>What is different in the form of a card from what the card showed; null for what is not.</summary>
/// <param name="Assignee">Id of an agent; a null value for nobody.</param>
public sealed record ChangeFields(Optional<string?>? Assignee, TicketPriority? Priority, TicketStatus? Status) : AgentAction;

public sealed record Acknowledge : AgentAction;

public sealed record Resolve(string Resolution) : AgentAction;

public sealed record Escalate(string Reason) : AgentAction;

/// <param name="Approval">Id of the approval.</param>
public sealed record DecideApproval(string Approval, ApprovalDecision Decision, string? Comment) : AgentAction;

/// <summary>A ticket with what its card shows besides.</summary>
/// <param name="Agents">Who it may be given to.</param>
/// <param name="LastComment">The newest public comment, or null.</param>
/// <param name="Url">The page on which agents work the ticket; null where there is none.</param>
public sealed record TicketOnCard(
    Ticket Ticket,
    string? GroupName,
    string? AssigneeName,
    IReadOnlyList<Agent> Agents,
    Comment? LastComment,
    string? Url = null
);

/// <summary>The ticket after an action, or what rule it broke.</summary>
public sealed record AgentAnswer(TicketOnCard? Card, string? Problem);

/// <summary>The desk as an agent sees it from a chat. Whoever is no agent is shown nothing of it.</summary>
public interface IAgentDesk
{
    /// <summary>The active agent behind an Entra id or an e-mail address; null for everybody else.</summary>
    ValueTask<Agent?> FindAgentAsync(string workspace, string? entraId, string? email, CancellationToken cancellationToken);

    /// <summary>Does something to a ticket, once per key; the answer's card is null when there is no such ticket.</summary>
    Task<AgentAnswer> ActAsync(string workspace, Agent agent, long number, AgentAction action, string key, CancellationToken cancellationToken);

    /// <summary>Tickets by number, requester's address or words of the subject, the newest change first.</summary>
    Task<IReadOnlyList<Ticket>> SearchAsync(string workspace, string words, int limit, CancellationToken cancellationToken);

    /// <summary>Has the cards of a group's tickets posted in a conversation from now on; null when there is no such group.</summary>
    Task<Group?> LinkGroupAsync(string workspace, Agent agent, string group, string place, string? locale, CancellationToken cancellationToken);

    /// <summary>Ends what <see cref="LinkGroupAsync"/> began.</summary>
    Task<bool> UnlinkGroupAsync(string workspace, Agent agent, string group, string place, CancellationToken cancellationToken);
}
