using System.Text.Json;
using System.Text.Json.Serialization;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Helpdesk.Satisfaction;

namespace Helpdesk.Functions.Satisfaction;

/// <summary>How requesters are asked, in storage; add fields, never rename them.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(UtcInstantConverter)]
)]
[JsonSerializable(typeof(SatisfactionSetting))]
internal sealed partial class SatisfactionJson : JsonSerializerContext;

/// <summary>How each workspace asks requesters how it was.</summary>
public sealed class SatisfactionSettings(SettingsStore settings)
{
    private const string Id = "satisfaction";

    public static SettingKind<SatisfactionSetting> Kind { get; } =
        new("satisfaction-", _ => Id, SatisfactionJson.Default.SatisfactionSetting) { Audited = "satisfaction" };

    /// <summary>The workspace's setting, or the standard one, by which nobody is asked.</summary>
    public async ValueTask<SatisfactionSetting> FindAsync(string workspace, CancellationToken cancellationToken) =>
        await settings.FindAsync(workspace, Kind, Id, cancellationToken) ?? new();

    public Task PutAsync(string workspace, SatisfactionSetting setting, CancellationToken cancellationToken) =>
        settings.PutAsync(workspace, Kind, setting, cancellationToken);
}
