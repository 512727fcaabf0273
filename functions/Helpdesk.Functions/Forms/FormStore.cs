using System.Text.Json;
using System.Text.Json.Serialization;
using Helpdesk.Forms;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;

namespace Helpdesk.Functions.Forms;

/// <summary>Finds the forms of workspaces.</summary>
public sealed class FormStore(SettingsStore settings, VersionedSettings versions)
{
    public static VersionedKind<RequestForm> Kind { get; } =
        VersionedKind<RequestForm>.Of("form", it => it.Id, it => it.Version, FormSettingsJson.Default.RequestForm);

    /// <summary>The forms that are offered, in their order, at most half a minute old.</summary>
    public async ValueTask<IReadOnlyList<RequestForm>> OfferedAsync(string workspace, CancellationToken cancellationToken) =>
        [.. InOrder((await settings.RememberAsync(workspace, Kind.Newest, cancellationToken)).Where(form => form.Active))];

    /// <summary>A form, at most a few seconds old; null when there is none.</summary>
    public async ValueTask<RequestForm?> FindAsync(string workspace, string id, CancellationToken cancellationToken) =>
        SettingsStore.IsId(id) ? await settings.FindAsync(workspace, Kind.Newest, id, cancellationToken) : null;

    /// <summary>A version of a form, also of one that was removed; null when there never was one.</summary>
    public async ValueTask<RequestForm?> FindAsync(string workspace, string id, int version, CancellationToken cancellationToken) =>
        SettingsStore.IsId(id) ? await versions.FindAsync(workspace, Kind, id, version, cancellationToken) : null;

    /// <summary>All forms as they are now.</summary>
    public async Task<IReadOnlyList<RequestForm>> ListAsync(string workspace, CancellationToken cancellationToken) =>
        [.. InOrder(await settings.ListAsync(workspace, Kind.Newest, cancellationToken))];

    /// <summary>The versions of one form, oldest first.</summary>
    public async Task<IReadOnlyList<RequestForm>> VersionsAsync(string workspace, string id, CancellationToken cancellationToken) =>
        !SettingsStore.IsId(id)
            ? []
            :
            [
                .. (
                    await settings.ListAsync(
                        workspace,
                        new SettingKind<RequestForm>($"{Kind.Versions.Prefix}{id}-", it => it.Id, FormSettingsJson.Default.RequestForm),
                        cancellationToken
                    )
                ).Where(one => one.Id == id),
            ];

    private static IEnumerable<RequestForm> InOrder(IEnumerable<RequestForm> forms) =>
        forms.OrderBy(form => form.Position).ThenBy(form => form.Id, StringComparer.Ordinal);
}

/// <summary>Forms in storage; add fields, never rename them.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(UtcInstantConverter)]
)]
[JsonSerializable(typeof(RequestForm))]
internal sealed partial class FormSettingsJson : JsonSerializerContext;
