using Helpdesk.Automations;
using Helpdesk.Functions.Conditions;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Routing;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Webhooks;

namespace Helpdesk.Functions.Automations;

/// <summary>Gathers what actions need to know, at most half a minute old, and reads nothing that they do not name.</summary>
public sealed class ActionContexts(
    SettingsStore settings,
    DirectoryStore directory,
    WebhookStore webhooks,
    AutomationTexts texts,
    TicketRouting routing,
    ConditionSubjects subjects
)
{
    /// <param name="me">The agent who applies a macro; null for automations.</param>
    public async Task<ActionContext> OfAsync(string workspace, IEnumerable<TicketAction> actions, string? me, CancellationToken cancellationToken)
    {
        var (kinds, asksHours) = (new HashSet<ActionKind>(), false);
        foreach (var action in actions)
        {
            kinds.Add(action.Do);
            asksHours |= action.Calendar is not null;
        }

        var groups = await settings.RememberAsync(workspace, DirectoryKinds.Groups, cancellationToken);
        var agents = await directory.RememberAgentsAsync(workspace, cancellationToken);
        if (workspace == DirectoryStore.HomeWorkspace)
            agents = [.. agents, DirectoryStore.FirstAdmin];
        var told = kinds.Contains(ActionKind.Webhook) ? await webhooks.RememberAsync(workspace, cancellationToken) : [];
        ActionContext? context = null;
        return context = new()
        {
            Groups = id => groups.FirstOrDefault(group => group.Id == id),
            Agents = agents,
            Webhooks = told.Where(webhook => webhook.Active).Select(webhook => webhook.Id).ToHashSet(StringComparer.Ordinal),
            Calendars = asksHours ? await subjects.CalendarsAsync(workspace, cancellationToken) : _ => null,
            Me = me is null ? null : agents.FirstOrDefault(agent => agent.Id == me),
            Render = (liquid, ticket) => texts.Render(liquid, ticket, context!),
            FieldsProblem = fields => FieldReader.IsTooMuch(fields) ? FieldReader.TooMuch : null,
        };
    }

    /// <summary>The context in which agents are chosen for the actions of a list that have a strategy.</summary>
    /// <param name="key">Names what the choice is made for: the same key gives the same agents.</param>
    public async Task<ActionContext> ChooseAsync(
        ActionContext context,
        Ticket ticket,
        IReadOnlyList<TicketAction> actions,
        string key,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(ticket);
        if (actions.All(action => action.Strategy is null))
            return context;
        var chosen = new Dictionary<TicketAction, string?>(ReferenceEqualityComparer.Instance);
        var group = ticket.Group;
        foreach (var (index, action) in actions.Index())
        {
            if (action is { Do: ActionKind.Assign, Group: { } to })
                group = to == TicketAction.Nobody ? null : to;
            if (action.Strategy is not { } strategy)
                continue;
            chosen[action] =
                group is not null && context.Groups(group) is not null
                    ? await routing.ChooseAsync(ticket, group, strategy, action.Skills ?? [], $"{key}/{index}", cancellationToken)
                    : null;
        }

        return context with
        {
            Chosen = chosen.GetValueOrDefault,
        };
    }
}
