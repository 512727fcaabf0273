using System.Text.Json;
using System.Text.Json.Serialization;
using Helpdesk.Alerts;
using Helpdesk.Functions.Settings;

namespace Helpdesk.Functions.Alerts;

/// <summary>Finds the source of a receipt.</summary>
public sealed class EpisodeSources(SettingsStore settings)
{
    internal static SettingKind<AlertSource> Kind { get; } = new("alertsource-", source => source.Id, EpisodeSourceJson.Default.AlertSource);

    public ValueTask<AlertSource?> FindAsync(string workspace, string id, CancellationToken cancellationToken) =>
        settings.FindAsync(workspace, Kind, id, cancellationToken);
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(AlertSource))]
internal sealed partial class EpisodeSourceJson : JsonSerializerContext;
