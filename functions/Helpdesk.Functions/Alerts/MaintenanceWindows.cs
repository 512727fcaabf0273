using System.Text.Json;
using System.Text.Json.Serialization;
using Helpdesk.Alerts;
using Helpdesk.Functions.Settings;

namespace Helpdesk.Functions.Alerts;

/// <summary>Maintenance windows in storage; add fields, never rename them.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(MaintenanceWindow))]
internal sealed partial class MaintenanceJson : JsonSerializerContext;

/// <summary>Tells what is in maintenance.</summary>
public sealed class MaintenanceWindows(SettingsStore settings, TimeProvider time)
{
    public static SettingKind<MaintenanceWindow> Kind { get; } =
        new("maintenance-", window => window.Id, MaintenanceJson.Default.MaintenanceWindow) { Audited = "maintenance-window" };

    /// <summary>Whether a source and labels are in maintenance now, and until when; windows are at most half a minute old.</summary>
    public async ValueTask<EpisodeMute?> FindAsync(
        string workspace,
        string source,
        IReadOnlyDictionary<string, string> labels,
        CancellationToken cancellationToken
    ) => MaintenanceRules.Find(await settings.RememberAsync(workspace, Kind, cancellationToken), source, labels, time.GetUtcNow());
}
