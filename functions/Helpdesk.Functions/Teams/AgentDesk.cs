using Helpdesk.Approvals;
using Helpdesk.Bot.AzureBotService;
using Helpdesk.Bot.Conversations;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Tickets;

namespace Helpdesk.Functions.Teams;

/// <summary>The desk as agents see it from Teams: the same rules as behind the API, once per pressed button.</summary>
public sealed class AgentDesk(BotOptions options, TicketStore tickets, TicketListStore lists, DirectoryStore directory, GroupLinks links, TimeProvider time)
    : IAgentDesk
{
    /// <summary>Tickets looked through for words of a subject.</summary>
    private const int LookedThrough = 100;

    public ValueTask<Agent?> FindAgentAsync(string workspace, string? entraId, string? email, CancellationToken cancellationToken) =>
        directory.FindAgentAsync(workspace, entraId, email, cancellationToken);

    public async Task<AgentAnswer> ActAsync(string workspace, Agent agent, long number, AgentAction action, string key, CancellationToken cancellationToken)
    {
        var address = new TicketAddress(workspace, number);
        if (await tickets.FindAsync(address, cancellationToken) is not { } ticket)
            return new(null, null);
        string? problem = null;
        if (action is not LookAgain)
        {
            try
            {
                var change = await tickets.ChangeAsync(
                    address,
                    IfMatch.Any,
                    Idempotency.Of($"teams/{agent.Id}", key),
                    (current, cancelled) => DecideAsync(current, agent, action, cancelled),
                    cancellationToken
                );
                ticket = change?.Ticket ?? ticket;
            }
            catch (HelpdeskRuleException rule)
            {
                (ticket, problem) = (await tickets.FindAsync(address, cancellationToken) ?? ticket, rule.Message);
            }
        }

        return new(await ShowAsync(ticket, cancellationToken), problem);
    }

    /// <summary>A ticket with the names that its card shows.</summary>
    public async Task<TicketOnCard> ShowAsync(Ticket ticket, CancellationToken cancellationToken)
    {
        var agents = (await directory.RememberAgentsAsync(ticket.Workspace, cancellationToken)).Where(agent => agent.Active).ToList();
        var inGroup = agents.Where(agent => ticket.Group is not null && agent.Groups.Contains(ticket.Group, StringComparer.Ordinal)).ToList();
        var group = ticket.Group is null ? null : await directory.FindGroupAsync(ticket.Workspace, ticket.Group, cancellationToken);
        var assignee = ticket.Assignee is null ? null : (agents.FirstOrDefault(agent => agent.Id == ticket.Assignee)?.Name ?? ticket.Assignee);
        Comment? last = null;
        if (ticket.Version > 1)
        {
            var comments = await tickets.ReadCommentsAsync(TicketAddress.Of(ticket), null, 1000, cancellationToken);
            last = comments.Select(row => row.Comment).LastOrDefault(comment => comment.Visibility == CommentVisibility.Public);
        }

        return new(ticket, group?.Name ?? ticket.Group, assignee, inGroup.Count > 0 ? inGroup : agents, last, options.PageOf(ticket));
    }

    /// <summary>What an agent is called; the id of one who is gone.</summary>
    public async ValueTask<string> NameOfAsync(string workspace, string agent, CancellationToken cancellationToken) =>
        (await directory.RememberAgentsAsync(workspace, cancellationToken)).FirstOrDefault(one => one.Id == agent)?.Name ?? agent;

    public async Task<IReadOnlyList<Ticket>> SearchAsync(string workspace, string words, int limit, CancellationToken cancellationToken)
    {
        words = words.Trim();
        if (TicketAddress.Parse(workspace, words.TrimStart('#')) is { } address)
            return await tickets.FindAsync(address, cancellationToken) is { } ticket ? [ticket] : [];
        if (RequesterDialog.IsEmail(words))
            return (await lists.ReadAsync(workspace, new TicketFilter { Requesters = [words.ToLowerInvariant()] }, limit, null, cancellationToken)).Items;
        var recent = await lists.ReadAsync(workspace, new TicketFilter(), LookedThrough, null, cancellationToken);
        return [.. recent.Items.Where(ticket => words.Length == 0 || ticket.Subject.Contains(words, StringComparison.OrdinalIgnoreCase)).Take(limit)];
    }

    public async Task<Group?> LinkGroupAsync(string workspace, Agent agent, string group, string place, string? locale, CancellationToken cancellationToken)
    {
        Acting.As(new(ActorKind.Agent, agent.Id, agent.Name));
        if (await directory.FindGroupAsync(workspace, group, cancellationToken) is not { } found)
            return null;
        await links.PutAsync(workspace, new(found.Id, place, locale), cancellationToken);
        return found;
    }

    public async Task<bool> UnlinkGroupAsync(string workspace, Agent agent, string group, string place, CancellationToken cancellationToken)
    {
        Acting.As(new(ActorKind.Agent, agent.Id, agent.Name));
        return await links.RemoveAsync(workspace, group, place, cancellationToken);
    }

    private async ValueTask<TicketChange> DecideAsync(Ticket ticket, Agent agent, AgentAction action, CancellationToken cancellationToken)
    {
        var by = new Actor(ActorKind.Agent, agent.Id, agent.Name);
        var now = time.GetUtcNow();
        return action switch
        {
            TakeTicket => TicketRules.Assign(ticket, null, agent, by, now),
            WriteComment words => TicketRules.Comment(ticket, words.Text, words.Public ? CommentVisibility.Public : CommentVisibility.Internal, by, now),
            ChangeFields fields => TicketRules.Patch(
                ticket,
                new TicketPatch
                {
                    Assignee = fields.Assignee is { } assignee
                        ? new(assignee.Value is { } id ? await ActiveAsync(ticket.Workspace, id, cancellationToken) : null)
                        : null,
                    Priority = fields.Priority,
                    Status = fields.Status,
                },
                by,
                now
            ),
            SetStatus set => TicketRules.Patch(ticket, new TicketPatch { Status = set.Status }, by, now),
            Acknowledge => TicketRules.Acknowledge(ticket, by, now),
            Resolve resolve => TicketRules.Resolve(ticket, resolve.Resolution, by, now),
            Escalate escalate => TicketRules.Escalate(
                ticket,
                null,
                escalate.Reason,
                await directory.LadderAsync(ticket.Workspace, ticket.Group, cancellationToken),
                by,
                now
            ),
            DecideApproval decide => ApprovalRules.DecideAs(ticket, decide.Approval, by, decide.Decision, decide.Comment, now) ?? new TicketChange(ticket, []),
            _ => throw new ArgumentException($"{action.GetType().Name} is nothing that a card asks for.", nameof(action)),
        };
    }

    private async ValueTask<Agent> ActiveAsync(string workspace, string id, CancellationToken cancellationToken) =>
        await directory.FindAgentAsync(workspace, id, cancellationToken) is { Active: true } agent
            ? agent
            : throw new HelpdeskRuleException("no-such-agent", $"There is no active agent {id}.");
}
