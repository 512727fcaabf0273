using System.Text.Json;
using System.Text.Json.Serialization;
using Helpdesk.Functions.Settings;

namespace Helpdesk.Functions.Teams;

/// <summary>A conversation in which the cards of a group's tickets are posted.</summary>
public sealed record GroupLink(string Group, string Place, string? Locale);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(GroupLink))]
internal sealed partial class GroupLinkJson : JsonSerializerContext;

/// <summary>Which groups have a conversation of their own.</summary>
public sealed class GroupLinks(SettingsStore settings)
{
    public static SettingKind<GroupLink> Kind { get; } = new("grouplink-", link => link.Group, GroupLinkJson.Default.GroupLink) { Audited = "group-link" };

    /// <summary>All of a workspace, at most half a minute old.</summary>
    public ValueTask<IReadOnlyList<GroupLink>> OfAsync(string workspace, CancellationToken cancellationToken) =>
        settings.RememberAsync(workspace, Kind, cancellationToken);

    public Task PutAsync(string workspace, GroupLink link, CancellationToken cancellationToken) => settings.PutAsync(workspace, Kind, link, cancellationToken);

    /// <summary>Ends a link; false when the group was not linked to that conversation.</summary>
    public async Task<bool> RemoveAsync(string workspace, string group, string place, CancellationToken cancellationToken) =>
        (await OfAsync(workspace, cancellationToken)).Any(link => link.Group == group && link.Place == place)
        && await settings.RemoveAsync(workspace, Kind, group, cancellationToken);
}
