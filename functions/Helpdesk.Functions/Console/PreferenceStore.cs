using System.Text.Json.Serialization;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;

namespace Helpdesk.Functions.Console;

/// <summary>In which colours the console is shown.</summary>
[JsonConverter(typeof(WireNameConverter<Theme>))]
public enum Theme
{
    /// <summary>As the agent's system has it.</summary>
    System,
    Light,
    Dark,
}

/// <summary>How an agent wants the console to be.</summary>
/// <param name="Agent">Id of the agent.</param>
/// <param name="Language"><c>de</c>, <c>en</c>, <c>el</c> or <c>hr</c>; null for the browser's.</param>
public sealed record Preferences(string Agent, string? Language = null, Theme Theme = Theme.System, bool SingleKeys = true);

[JsonSourceGenerationOptions(
    System.Text.Json.JsonSerializerDefaults.Web,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true
)]
[JsonSerializable(typeof(Preferences))]
internal sealed partial class PreferencesJson : JsonSerializerContext;

/// <summary>Keeps how agents want the console to be.</summary>
public sealed class PreferenceStore(SettingsStore settings)
{
    public static SettingKind<Preferences> Kind { get; } = new("preferences-", one => one.Agent, PreferencesJson.Default.Preferences);

    public async ValueTask<Preferences> OfAsync(string workspace, string agent, CancellationToken cancellationToken) =>
        await settings.FindAsync(workspace, Kind, agent, cancellationToken) ?? new(agent);

    /// <summary>Changes them; two changes at once are made one after the other.</summary>
    public async Task<Preferences> ChangeAsync(string workspace, string agent, Func<Preferences, Preferences> change, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(change);
        while (true)
        {
            var found = await settings.ReadAsync(workspace, Kind, agent, cancellationToken);
            var changed = change(found?.Value ?? new(agent));
            if (found is var (_, row))
            {
                if (await settings.TryReplaceAsync(workspace, Kind, changed, row.ETag, cancellationToken))
                    return changed;
                continue;
            }

            try
            {
                return await settings.AddAsync(workspace, Kind, changed, it => it, Kind.Json, null, cancellationToken);
            }
            catch (HelpdeskRuleException taken) when (taken.Code == "already-exists")
            {
                // Another window was faster: this change comes on top of it.
            }
        }
    }
}
