using System.Text.Json;
using System.Text.Json.Serialization;
using Helpdesk.Closing;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;

namespace Helpdesk.Functions.Closing;

/// <summary>The closing of quiet tickets in storage; add fields, never rename them.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(UtcInstantConverter)]
)]
[JsonSerializable(typeof(ClosingSetting))]
internal sealed partial class ClosingJson : JsonSerializerContext;

/// <summary>What each workspace wants the desk to do about quiet tickets.</summary>
public sealed class ClosingSettings(SettingsStore settings)
{
    private const string Id = "closing";

    public static SettingKind<ClosingSetting> Kind { get; } = new("closing-", _ => Id, ClosingJson.Default.ClosingSetting) { Audited = "closing" };

    /// <summary>The workspace's setting, or the standard one.</summary>
    public async ValueTask<ClosingSetting> FindAsync(string workspace, CancellationToken cancellationToken) =>
        await settings.FindAsync(workspace, Kind, Id, cancellationToken) ?? new();

    public Task PutAsync(string workspace, ClosingSetting setting, CancellationToken cancellationToken) =>
        settings.PutAsync(workspace, Kind, setting, cancellationToken);
}
