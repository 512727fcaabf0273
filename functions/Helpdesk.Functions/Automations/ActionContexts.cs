using Helpdesk.Automations;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Webhooks;

namespace Helpdesk.Functions.Automations;

/// <summary>Gathers what actions need to know, at most half a minute old, and reads nothing that they do not name.</summary>
public sealed class ActionContexts(SettingsStore settings, DirectoryStore directory, WebhookStore webhooks, AutomationTexts texts)
{
    /// <param name="me">The agent who applies a macro; null for automations.</param>
    public async Task<ActionContext> OfAsync(string workspace, IEnumerable<TicketAction> actions, string? me, CancellationToken cancellationToken)
    {
        var kinds = actions.Select(action => action.Do).ToHashSet();
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
            Me = me is null ? null : agents.FirstOrDefault(agent => agent.Id == me),
            Render = (liquid, ticket) => texts.Render(liquid, ticket, context!),
            FieldsProblem = fields => FieldReader.IsTooMuch(fields) ? FieldReader.TooMuch : null,
        };
    }
}
