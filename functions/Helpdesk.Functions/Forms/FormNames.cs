using Helpdesk.Forms;
using Helpdesk.Functions.Settings;

namespace Helpdesk.Functions.Forms;

/// <summary>Forms name the group that their requests go to. Only their newest versions count: older ones say what was asked.</summary>
public sealed class FormNames(FormStore forms, TimeProvider time) : INamesSettings
{
    public async Task<SettingUse?> FindAsync(NamedSetting setting, CancellationToken cancellationToken) =>
        SettingUse.Of("forms", [.. (await NamingAsync(setting, cancellationToken)).Select(form => form.Id)]);

    public async Task MoveAsync(NamedSetting setting, string? successor, Actor by, SettingChanges changes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(setting);
        ArgumentNullException.ThrowIfNull(changes);
        if (successor is null)
            return;
        foreach (var form in await NamingAsync(setting, cancellationToken))
        {
            var moved = form with { Group = successor, Version = form.Version + 1, UpdatedAt = time.GetUtcNow() };
            changes.Put(FormStore.Kind.Versions, moved);
            changes.Put(FormStore.Kind.Newest, moved);
        }
    }

    private async Task<IReadOnlyList<RequestForm>> NamingAsync(NamedSetting setting, CancellationToken cancellationToken) =>
        setting.Kind != NamedKind.Group ? [] : [.. (await forms.ListAsync(setting.Workspace, cancellationToken)).Where(form => form.Group == setting.Id)];
}
