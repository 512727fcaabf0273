using Helpdesk.Functions.Settings;
using Helpdesk.Sla;

namespace Helpdesk.Functions.Sla;

/// <summary>Policies name calendars and groups. Only their newest versions count: older ones are kept for the tickets that have them.</summary>
public sealed class PolicyNames(SettingsStore settings, TimeProvider time) : INamesSettings
{
    public async Task<SettingUse?> FindAsync(NamedSetting setting, CancellationToken cancellationToken) =>
        SettingUse.Of("policies", [.. (await NamingAsync(setting, cancellationToken)).Select(policy => policy.Id)]);

    public async Task MoveAsync(NamedSetting setting, string? successor, Actor by, SettingChanges changes, CancellationToken cancellationToken)
    {
        if (successor is null)
            return;
        foreach (var policy in await NamingAsync(setting, cancellationToken))
        {
            var moved = With(policy, setting, successor) with { Version = policy.Version + 1, UpdatedAt = time.GetUtcNow() };
            // What was never stored, a standard policy, counts as its first version.
            changes.Put(SlaKinds.Policies.Versions, policy);
            changes.Put(SlaKinds.Policies.Versions, moved);
            changes.Put(SlaKinds.Policies.Newest, moved);
        }
    }

    private async Task<IReadOnlyList<PolicySetting>> NamingAsync(NamedSetting setting, CancellationToken cancellationToken)
    {
        if (setting.Kind is not (NamedKind.Group or NamedKind.Calendar))
            return [];
        var stored = await settings.ListAsync(setting.Workspace, SlaKinds.Policies.Newest, cancellationToken);
        var all = stored.Any(policy => policy.Id == StandardSla.PolicyId) ? stored : [.. stored, StandardSla.Policy];
        return
        [
            .. all.Where(policy =>
                setting.Kind == NamedKind.Calendar
                    ? policy.Policy.Calendar == setting.Id
                    : policy.Condition.Named(NamedKind.Group).Any(one => one.Id == setting.Id) || policy.Policy.Steps.Any(step => step.ToGroup == setting.Id)
            ),
        ];
    }

    private static PolicySetting With(PolicySetting policy, NamedSetting setting, string successor) =>
        setting.Kind == NamedKind.Calendar
            ? policy with
            {
                Policy = policy.Policy with { Calendar = successor },
            }
            : policy with
            {
                Condition = policy.Condition.Renamed(NamedKind.Group, setting.Id, successor),
                Policy = policy.Policy with
                {
                    Steps = [.. policy.Policy.Steps.Select(step => step.ToGroup == setting.Id ? step with { ToGroup = successor } : step)],
                },
            };
}
