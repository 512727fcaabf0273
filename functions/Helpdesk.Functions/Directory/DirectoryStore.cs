using System.Text.Json;
using System.Text.Json.Serialization;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;

namespace Helpdesk.Functions.Directory;

/// <summary>The directory in storage; add fields, never rename them.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(UtcInstantConverter)]
)]
[JsonSerializable(typeof(Agent))]
[JsonSerializable(typeof(Group))]
[JsonSerializable(typeof(AccessKey))]
[JsonSerializable(typeof(Workspace))]
[JsonSerializable(typeof(IssuedKey))]
[JsonSerializable(typeof(OpenedWorkspace))]
internal sealed partial class DirectoryJson : JsonSerializerContext;

/// <summary>The kinds of settings that the directory is made of.</summary>
public static class DirectoryKinds
{
    public static SettingKind<Agent> Agents { get; } = new("agent-", agent => agent.Id, DirectoryJson.Default.Agent) { Audited = "agent" };
    public static SettingKind<Group> Groups { get; } = new("group-", group => group.Id, DirectoryJson.Default.Group) { Audited = "group" };
    public static SettingKind<AccessKey> Keys { get; } = new("key-", key => key.Id, DirectoryJson.Default.AccessKey) { Audited = "key" };
    public static SettingKind<Workspace> Workspaces { get; } =
        new("workspace-", workspace => workspace.Id, DirectoryJson.Default.Workspace) { Audited = "workspace" };
}

/// <summary>Finds agents, groups, keys and workspaces.</summary>
public sealed class DirectoryStore(SettingsStore settings)
{
    /// <summary>The workspace that is there from the start; its admins look after the others.</summary>
    public const string HomeWorkspace = "main";

    /// <summary>The partition of the list of workspaces; no workspace can be called that.</summary>
    public const string AllWorkspaces = "~workspaces";

    /// <summary>The agent behind the first admin key, there without being stored.</summary>
    public static Agent FirstAdmin { get; } =
        new()
        {
            Id = "admin",
            Name = "Admin",
            Email = "admin@localhost",
            Role = KeyRole.Admin,
            CreatedAt = DateTimeOffset.UnixEpoch,
        };

    /// <summary>An agent by id or e-mail address, the first admin included.</summary>
    public async ValueTask<Agent?> FindAgentAsync(string workspace, string idOrEmail, CancellationToken cancellationToken)
    {
        if (!idOrEmail.Contains('@', StringComparison.Ordinal))
        {
            return SettingsStore.IsId(idOrEmail)
                ? await settings.FindAsync(workspace, DirectoryKinds.Agents, idOrEmail, cancellationToken) ?? BuiltIn(workspace, idOrEmail)
                : null;
        }

        return (await settings.ListAsync(workspace, DirectoryKinds.Agents, cancellationToken)).FirstOrDefault(agent =>
            string.Equals(agent.Email, idOrEmail, StringComparison.OrdinalIgnoreCase)
        );
    }

    /// <summary>The active agent behind an Entra id or an e-mail address; null for everybody else.</summary>
    public async ValueTask<Agent?> FindAgentAsync(string workspace, string? entraId, string? email, CancellationToken cancellationToken)
    {
        if (entraId is null && email is null)
            return null;
        var agents = await RememberAgentsAsync(workspace, cancellationToken);
        var agent =
            agents.FirstOrDefault(one => one.EntraId is { } id && string.Equals(id, entraId, StringComparison.OrdinalIgnoreCase))
            ?? agents.FirstOrDefault(one => one.EntraId is null && string.Equals(one.Email, email, StringComparison.OrdinalIgnoreCase));
        return agent is { Active: true } ? agent : null;
    }

    /// <summary>All agents, at most half a minute old.</summary>
    public ValueTask<IReadOnlyList<Agent>> RememberAgentsAsync(string workspace, CancellationToken cancellationToken) =>
        settings.RememberAsync(workspace, DirectoryKinds.Agents, cancellationToken);

    /// <summary>A group by id, or null.</summary>
    public async ValueTask<Group?> FindGroupAsync(string workspace, string id, CancellationToken cancellationToken) =>
        SettingsStore.IsId(id) ? await settings.FindAsync(workspace, DirectoryKinds.Groups, id, cancellationToken) : null;

    /// <summary>All groups.</summary>
    public Task<IReadOnlyList<Group>> ListGroupsAsync(string workspace, CancellationToken cancellationToken) =>
        settings.ListAsync(workspace, DirectoryKinds.Groups, cancellationToken);

    /// <summary>The groups a group hands over to, nearest first.</summary>
    public async ValueTask<IReadOnlyList<Group>> LadderAsync(string workspace, string? group, CancellationToken cancellationToken)
    {
        if (group is null)
            return [];
        var groups = await settings.RememberAsync(workspace, DirectoryKinds.Groups, cancellationToken);
        return Ladder.Above(Find(group), Find);

        Group? Find(string? id) => groups.FirstOrDefault(one => one.Id == id);
    }

    /// <summary>A workspace; the home workspace is there without being stored.</summary>
    public async ValueTask<Workspace?> FindWorkspaceAsync(string id, CancellationToken cancellationToken)
    {
        if (!SettingsStore.IsId(id))
            return null;
        return await settings.FindAsync(AllWorkspaces, DirectoryKinds.Workspaces, id, cancellationToken)
            ?? (
                id == HomeWorkspace
                    ? new Workspace
                    {
                        Id = HomeWorkspace,
                        Name = "Main",
                        CreatedAt = DateTimeOffset.UnixEpoch,
                    }
                    : null
            );
    }

    /// <summary>Whether a workspace takes anything in; the home workspace always does.</summary>
    public async ValueTask<bool> IsActiveAsync(string id, CancellationToken cancellationToken) =>
        id == HomeWorkspace || await FindWorkspaceAsync(id, cancellationToken) is { Active: true };

    /// <summary>Ids of all workspaces that are stored, the home workspace first.</summary>
    public async Task<IReadOnlyList<string>> ListWorkspacesAsync(CancellationToken cancellationToken) =>
        [
            HomeWorkspace,
            .. (await settings.ListAsync(AllWorkspaces, DirectoryKinds.Workspaces, cancellationToken))
                .Select(workspace => workspace.Id)
                .Where(id => id != HomeWorkspace),
        ];

    /// <summary>A key and the hash of its secret, or null.</summary>
    public Task<(AccessKey Key, string Hash)?> FindKeyAsync(string workspace, string id, CancellationToken cancellationToken) =>
        settings.FindHashedAsync(workspace, DirectoryKinds.Keys, id, cancellationToken);

    /// <summary>Stores a key with the hash of its text, whether it is there or not.</summary>
    public Task PutKeyAsync(string workspace, AccessKey key, string hash, CancellationToken cancellationToken) =>
        settings.PutHashedAsync(workspace, DirectoryKinds.Keys, key, hash, cancellationToken);

    private static Agent? BuiltIn(string workspace, string id) => workspace == HomeWorkspace && id == FirstAdmin.Id ? FirstAdmin : null;
}
