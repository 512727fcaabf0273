using Helpdesk.Automations;
using Helpdesk.Functions.Settings;

namespace Helpdesk.Functions.Automations;

/// <summary>Finds macros: those that all agents share, and those of one agent.</summary>
public sealed class MacroStore(SettingsStore settings)
{
    /// <summary>Macros that all agents share.</summary>
    public static SettingKind<Macro> Shared { get; } = new("macro-", macro => macro.Id, AutomationJson.Default.Macro) { Audited = "macro" };

    /// <summary>The personal macros of all agents.</summary>
    public static SettingKind<Macro> Personal { get; } = new("macroof-", macro => $"{macro.Owner}~-{macro.Id}", AutomationJson.Default.Macro);

    /// <summary>The personal macros of one agent.</summary>
    public static SettingKind<Macro> Of(string agent) => new($"{Personal.Prefix}{agent}~-", macro => macro.Id, AutomationJson.Default.Macro);

    /// <summary>The kind that a macro is of.</summary>
    public static SettingKind<Macro> KindOf(Macro macro)
    {
        ArgumentNullException.ThrowIfNull(macro);
        return macro.Owner is { } agent ? Of(agent) : Shared;
    }

    /// <summary>A macro that an agent sees, at most a few seconds old: of two with the same id their own; null when there is none.</summary>
    public async ValueTask<Macro?> FindAsync(string workspace, string? agent, string id, CancellationToken cancellationToken) =>
        (agent is null ? null : await settings.FindAsync(workspace, Of(agent), id, cancellationToken))
        ?? await settings.FindAsync(workspace, Shared, id, cancellationToken);

    /// <summary>The macros that an agent sees, as they are now.</summary>
    public async Task<IReadOnlyList<Macro>> ListAsync(string workspace, string? agent, CancellationToken cancellationToken) =>
        [
            .. await settings.ListAsync(workspace, Shared, cancellationToken),
            .. agent is null ? [] : await settings.ListAsync(workspace, Of(agent), cancellationToken),
        ];
}
