using Helpdesk.Automations;
using Helpdesk.Conditions;
using Helpdesk.Functions.Conditions;
using Helpdesk.Functions.Contacts;
using Helpdesk.Functions.Settings;

namespace Helpdesk.Functions.Automations;

/// <summary>Automations and macros name groups, agents, policies, calendars and webhooks. Only the newest versions count: older ones run no more.</summary>
public sealed class AutomationNames(SettingsStore settings, TimeProvider time) : INamesSettings
{
    public async Task<SettingUse?> FindAsync(NamedSetting setting, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(setting);
        var automations = (await settings.ListAsync(setting.Workspace, AutomationStore.Kind.Newest, cancellationToken))
            .Where(one => Names(one.Condition, one.Actions, setting))
            .Select(one => one.Id);
        // What an agent keeps for themselves is told to nobody, and keeps nothing from going.
        var macros = (await settings.ListAsync(setting.Workspace, MacroStore.Shared, cancellationToken))
            .Where(one => Names(one.Condition, one.Actions, setting))
            .Select(one => one.Id);
        return SettingUse.Of("automations", [.. automations.Concat(macros)]);
    }

    public async Task MoveAsync(NamedSetting setting, string? successor, Actor by, SettingChanges changes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(setting);
        ArgumentNullException.ThrowIfNull(changes);
        var now = time.GetUtcNow();
        var macros = await settings.ListAsync(setting.Workspace, MacroStore.Personal, cancellationToken);
        foreach (var macro in macros.Where(one => setting.Kind == NamedKind.Agent && one.Owner == setting.Id))
            changes.Remove(MacroStore.KindOf(macro), macro.Id);
        if (successor is null)
            return;
        foreach (var one in await settings.ListAsync(setting.Workspace, AutomationStore.Kind.Newest, cancellationToken))
        {
            if (!Names(one.Condition, one.Actions, setting))
                continue;
            var moved = one with
            {
                Version = one.Version + 1,
                Condition = one.Condition.Renamed(setting.Kind, setting.Id, successor),
                Actions = Renamed(one.Actions, setting, successor),
                UpdatedAt = now,
            };
            changes.Put(AutomationStore.Kind.Versions, moved);
            changes.Put(AutomationStore.Kind.Newest, moved);
        }

        foreach (var one in (await settings.ListAsync(setting.Workspace, MacroStore.Shared, cancellationToken)).Concat(macros))
        {
            if ((setting.Kind == NamedKind.Agent && one.Owner == setting.Id) || !Names(one.Condition, one.Actions, setting))
                continue;
            changes.Put(
                MacroStore.KindOf(one),
                one with
                {
                    Version = one.Version + 1,
                    Condition = one.Condition.Renamed(setting.Kind, setting.Id, successor),
                    Actions = Renamed(one.Actions, setting, successor),
                    UpdatedAt = now,
                }
            );
        }
    }

    private static bool Names(Condition condition, IReadOnlyList<TicketAction> actions, NamedSetting setting) =>
        condition.Named(setting.Kind).Any(one => one.Id == setting.Id)
        || (setting.Kind == NamedKind.Group && actions.Any(action => action.Group == setting.Id))
        || (setting.Kind == NamedKind.Agent && actions.Any(action => action.Agent == setting.Id || action.Approvers?.Contains(setting.Id) == true))
        || (setting.Kind == NamedKind.Calendar && actions.Any(action => action.Calendar == setting.Id))
        || (setting.Kind == NamedKind.Webhook && actions.Any(action => action.Webhook == setting.Id));

    private static IReadOnlyList<TicketAction> Renamed(IReadOnlyList<TicketAction> actions, NamedSetting setting, string successor) =>
        [
            .. actions.Select(action =>
                setting.Kind == NamedKind.Group && action.Group == setting.Id ? action with { Group = successor }
                : setting.Kind == NamedKind.Agent && action.Agent == setting.Id ? action with { Agent = successor }
                : setting.Kind == NamedKind.Agent && action.Approvers?.Contains(setting.Id) == true
                    ? action with
                    {
                        Approvers = [.. action.Approvers.Select(one => one == setting.Id ? successor : one).Distinct(StringComparer.Ordinal)],
                    }
                : setting.Kind == NamedKind.Webhook && action.Webhook == setting.Id ? action with { Webhook = successor }
                : setting.Kind == NamedKind.Calendar && action.Calendar == setting.Id ? action with { Calendar = successor }
                : action
            ),
        ];
}

/// <summary>The conditions of automations, in every version, and of macros. A version that loses an address is the same version.</summary>
public sealed class AutomationConditions(SettingsStore settings) : IHasConditions
{
    public async Task<int> RewriteAsync(string workspace, Func<Condition, Condition> rewrite, SettingChanges changes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(rewrite);
        ArgumentNullException.ThrowIfNull(changes);
        var count = 0;
        foreach (var kind in new[] { AutomationStore.Kind.Newest, AutomationStore.Kind.Versions })
        {
            foreach (var one in await settings.ListAsync(workspace, kind, cancellationToken))
            {
                if (rewrite(one.Condition) is not { } rewritten || rewritten.ToString() == one.Condition.ToString())
                    continue;
                changes.Put(kind, one with { Condition = rewritten });
                count++;
            }
        }

        foreach (var kind in new[] { MacroStore.Shared, MacroStore.Personal })
        {
            foreach (var one in await settings.ListAsync(workspace, kind, cancellationToken))
            {
                if (rewrite(one.Condition) is not { } rewritten || rewritten.ToString() == one.Condition.ToString())
                    continue;
                changes.Put(kind, one with { Condition = rewritten });
                count++;
            }
        }

        return count;
    }
}

/// <summary>Erases people from the texts, values and tags of automations and macros, which may name them.</summary>
public sealed class AutomationErasure(SettingsStore settings, SettingsTransactions transactions) : IHoldsPersonalData
{
    public string Name => "automations";

    public int Place => 77;

    public async Task<ErasureStep> EraseAsync(ErasureOrder order, string? from, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(order);
        var erased = await transactions.RunAsync(
            order.Workspace,
            async changes =>
            {
                var count = 0;
                foreach (var kind in new[] { AutomationStore.Kind.Newest, AutomationStore.Kind.Versions })
                {
                    foreach (var one in await settings.ListAsync(order.Workspace, kind, cancellationToken))
                    {
                        var (name, actions, changed) = Without(one.Name, one.Actions, order);
                        if (!changed)
                            continue;
                        changes.Put(kind, one with { Name = name, Actions = actions });
                        count++;
                    }
                }

                foreach (var kind in new[] { MacroStore.Shared, MacroStore.Personal })
                {
                    foreach (var one in await settings.ListAsync(order.Workspace, kind, cancellationToken))
                    {
                        var (name, actions, changed) = Without(one.Name, one.Actions, order);
                        if (!changed)
                            continue;
                        changes.Put(kind, one with { Name = name, Actions = actions });
                        count++;
                    }
                }

                return count;
            },
            cancellationToken
        );
        return new(erased, null);
    }

    private static (string Name, IReadOnlyList<TicketAction> Actions, bool Changed) Without(
        string name,
        IReadOnlyList<TicketAction> actions,
        ErasureOrder order
    )
    {
        string Of(string text) => order.Person.Text(text, own: false);
        var called = Of(name);
        var changed = called != name;
        var after = new List<TicketAction>();
        foreach (var action in actions)
        {
            var text = action.Text is null ? null : Of(action.Text);
            var value =
                action.Value is { ValueKind: System.Text.Json.JsonValueKind.String } said
                && Of(said.GetString()!) is { } rewritten
                && rewritten != said.GetString()
                    ? System.Text.Json.JsonSerializer.SerializeToElement(rewritten, HostingTexts.Default.String)
                    : action.Value;
            IReadOnlyList<string>? tags = action.Tags is null ? null : [.. action.Tags.Select(Of)];
            // Nobody is asked in their place.
            IReadOnlyList<string>? approvers = action.Approvers is null ? null : [.. action.Approvers.Select(Of)];
            changed |=
                text != action.Text
                || value?.ToString() != action.Value?.ToString()
                || (tags is not null && !tags.SequenceEqual(action.Tags!, StringComparer.Ordinal))
                || (approvers is not null && !approvers.SequenceEqual(action.Approvers!, StringComparer.Ordinal));
            after.Add(action with { Text = text, Value = value, Tags = tags, Approvers = approvers });
        }

        return (called, after, changed);
    }
}

[System.Text.Json.Serialization.JsonSerializable(typeof(string))]
internal sealed partial class HostingTexts : System.Text.Json.Serialization.JsonSerializerContext;
