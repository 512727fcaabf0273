using System.Text.Json;
using System.Text.Json.Serialization;
using Helpdesk.Directory;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Helpdesk.Views;

namespace Helpdesk.Functions.Views;

/// <summary>By whom a view is hidden.</summary>
[JsonConverter(typeof(WireNameConverter<HiddenFor>))]
public enum HiddenFor
{
    /// <summary>The caller alone does not want to see it.</summary>
    Me,

    /// <summary>An admin has hidden it for the whole workspace.</summary>
    Everyone,
}

/// <summary>A view that somebody may use.</summary>
/// <param name="Hidden">By whom it is hidden; null where it is shown.</param>
public sealed record VisibleView(View View, HiddenFor? Hidden);

/// <summary>Finds the views of workspaces and of their agents.</summary>
public sealed class ViewStore(SettingsStore settings, DirectoryStore directory)
{
    /// <summary>As many views a workspace may share.</summary>
    public const int MostShared = 100;

    /// <summary>As many views an agent may have.</summary>
    public const int MostOwn = 50;

    /// <summary>What ids of views of an agent begin with, so that none of them is ever the id of one that is shared.</summary>
    public const string OwnPrefix = "own-";

    private const string Everyone = "everyone";

    public static SettingKind<View> Shared { get; } = new("view-", view => view.Id, ViewJson.Default.View) { Audited = "view" };

    /// <summary>The views of all agents.</summary>
    public static SettingKind<View> OwnOfAll { get; } = new("own-view-", view => $"{Hashes.Short(view.Owner!)}-{view.Id}", ViewJson.Default.View);

    /// <summary>What is hidden, for everybody and for each agent.</summary>
    public static SettingKind<HiddenViews> Hidden { get; } =
        new("hidden-views-", hidden => hidden.Owner is null ? Everyone : Hashes.Short(hidden.Owner), ViewJson.Default.HiddenViews);

    /// <summary>The one of them that an admin changes for everybody; what agents hide for themselves is on no record.</summary>
    public static SettingKind<HiddenViews> HiddenForEveryone { get; } = Hidden with { Audited = "hidden-views" };

    /// <summary>The views of one agent.</summary>
    public static SettingKind<View> OwnOf(string agent) => new($"{OwnOfAll.Prefix}{Hashes.Short(agent)}-", view => view.Id, ViewJson.Default.View);

    /// <summary>All views that a caller may use, in their order.</summary>
    /// <param name="remembered">Whether they may be half a minute old.</param>
    public async Task<IReadOnlyList<VisibleView>> VisibleAsync(Caller caller, bool remembered, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(caller);
        var shared = await ListAsync(caller.Workspace, Shared, remembered, cancellationToken);
        var own = caller.Agent is { } agent ? await ListAsync(caller.Workspace, OwnOf(agent), remembered, cancellationToken) : [];
        var hidden = await ListAsync(caller.Workspace, Hidden, remembered, cancellationToken);
        var groups = shared.Any(view => view.Groups is not null) ? await GroupsAsync(caller, cancellationToken) : null;
        return
        [
            .. StarterViews
                .All.Concat(shared.Where(view => IsFor(view, caller, groups)))
                .Concat(own)
                .OrderBy(view => view.Position)
                .ThenBy(view => view.Name, StringComparer.OrdinalIgnoreCase)
                .ThenBy(view => view.Id, StringComparer.Ordinal)
                .Select(view => new VisibleView(view, HiddenOf(view, caller, hidden))),
        ];
    }

    /// <summary>A view that a caller may use, at most a few seconds old; null when there is none.</summary>
    public async Task<View?> FindAsync(Caller caller, string id, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(caller);
        ArgumentNullException.ThrowIfNull(id);
        if (StarterViews.Find(id) is { } starter)
            return starter;
        if (IsOwn(id))
            return caller.Agent is { } agent ? await settings.FindAsync(caller.Workspace, OwnOf(agent), id, cancellationToken) : null;
        var view = await settings.FindAsync(caller.Workspace, Shared, id, cancellationToken);
        return view is not null && IsFor(view, caller, view.Groups is null ? null : await GroupsAsync(caller, cancellationToken)) ? view : null;
    }

    /// <summary>By whom a view is hidden.</summary>
    public async Task<HiddenFor?> HiddenAsync(Caller caller, View view, CancellationToken cancellationToken) =>
        HiddenOf(view, caller, await settings.RememberAsync(caller.Workspace, Hidden, cancellationToken));

    public static bool IsOwn(string id) => id.StartsWith(OwnPrefix, StringComparison.Ordinal);

    private async Task<IReadOnlyList<T>> ListAsync<T>(string workspace, SettingKind<T> kind, bool remembered, CancellationToken cancellationToken)
        where T : class =>
        remembered ? await settings.RememberAsync(workspace, kind, cancellationToken) : await settings.ListAsync(workspace, kind, cancellationToken);

    private async Task<IReadOnlyList<string>> GroupsAsync(Caller caller, CancellationToken cancellationToken) =>
        caller.Agent is { } id ? (await directory.FindAgentAsync(caller.Workspace, id, cancellationToken))?.Groups ?? [] : [];

    /// <summary>Whether a shared view is for a caller: admins see all of them.</summary>
    private static bool IsFor(View view, Caller caller, IReadOnlyList<string>? groups) =>
        view.Groups is null || caller.Role == KeyRole.Admin || view.Groups.Intersect(groups ?? [], StringComparer.Ordinal).Any();

    private static HiddenFor? HiddenOf(View view, Caller caller, IReadOnlyList<HiddenViews> hidden) =>
        hidden.Any(one => one.Owner is null && one.Views.Contains(view.Id, StringComparer.Ordinal)) ? HiddenFor.Everyone
        : hidden.Any(one => one.Owner is not null && one.Owner == caller.Agent && one.Views.Contains(view.Id, StringComparer.Ordinal)) ? HiddenFor.Me
        : null;
}

/// <summary>Views in storage; add fields, never rename them.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(UtcInstantConverter)]
)]
[JsonSerializable(typeof(View))]
[JsonSerializable(typeof(HiddenViews))]
internal sealed partial class ViewJson : JsonSerializerContext;
