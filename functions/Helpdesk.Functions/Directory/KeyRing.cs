using System.Security.Cryptography;
using System.Text;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Storage;

namespace Helpdesk.Functions.Directory;

/// <summary>A new key with its secret, which is shown this once.</summary>
public sealed record IssuedKey(AccessKey Key, string Secret);

/// <summary>Makes keys and tells who holds one.</summary>
/// <remarks>A key reads <c>hd_workspace_id_secret</c>; of the secret only a hash is stored. The secret has 200 bits, so a fast hash is enough.</remarks>
public sealed class KeyRing
{
    /// <summary>The id of the key that the app was started with.</summary>
    public const string FirstKey = "first";

    private readonly DirectoryStore _directory;
    private readonly ShortMemory<Caller> _callers;
    private readonly byte[]? _firstAdmin;

    public KeyRing(DirectoryStore directory, IConfiguration configuration, TimeProvider time)
    {
        _directory = directory;
        _callers = new(time, TimeSpan.FromSeconds(5));
        if (configuration["HELPDESK_ADMIN_KEY"] is { Length: > 0 } key)
        {
            _firstAdmin =
                key.Length >= 16
                    ? Hash(key)
                    : throw new InvalidOperationException("HELPDESK_ADMIN_KEY is too short to be a secret: give it at least 16 characters.");
        }
    }

    /// <summary>A key that nobody has yet, its text, and the hash to store.</summary>
    public static (AccessKey Key, string Text, string Hash) Make(
        string workspace,
        string name,
        KeyRole role,
        string? agent,
        IReadOnlyList<KeyScope> scopes,
        DateTimeOffset now
    )
    {
        var key = new AccessKey
        {
            Id = Hashes.RandomName(10),
            Name = name,
            Role = role,
            Agent = agent,
            Scopes = scopes,
            CreatedAt = now,
        };
        var text = $"hd_{workspace}_{key.Id}_{Hashes.RandomName(40)}";
        return (key, text, HashOf(text));
    }

    /// <summary>Who holds a key, at most a few seconds ago; null when nobody does.</summary>
    public async ValueTask<Caller?> FindAsync(string text, CancellationToken cancellationToken)
    {
        var hash = Hash(text);
        if (_firstAdmin is not null && CryptographicOperations.FixedTimeEquals(hash, _firstAdmin))
            return new(
                DirectoryStore.HomeWorkspace,
                KeyRole.Admin,
                FirstKey,
                new(ActorKind.Agent, DirectoryStore.FirstAdmin.Id, DirectoryStore.FirstAdmin.Name)
            );

        var parts = text.Split('_');
        return parts is ["hd", var workspace, { Length: 10 } id, { Length: 40 }] && SettingsStore.IsId(workspace) && SettingsStore.IsId(id)
            ? await _callers.GetAsync(Convert.ToHexStringLower(hash), () => ReadAsync(workspace, id, hash, cancellationToken))
            : null;
    }

    /// <summary>Forgets who is known, since keys or agents changed.</summary>
    public void Forget() => _callers.Forget();

    private async Task<Caller?> ReadAsync(string workspaceId, string id, byte[] hash, CancellationToken cancellationToken)
    {
        var workspace = await _directory.FindWorkspaceAsync(workspaceId, cancellationToken);
        if (
            workspace is null
            || await _directory.FindKeyAsync(workspaceId, id, cancellationToken) is not ({ } key, var stored)
            || !CryptographicOperations.FixedTimeEquals(hash, Convert.FromHexString(stored))
        )
            return null;
        return await HolderAsync(workspace, key, cancellationToken);
    }

    /// <summary>Who holds a key that is named by its id, as it is now; null when it is revoked, or its agent is not active any more.</summary>
    public async Task<Caller?> FindHolderAsync(string workspaceId, string id, CancellationToken cancellationToken) =>
        await _directory.FindWorkspaceAsync(workspaceId, cancellationToken) is { } workspace
        && await _directory.FindKeyAsync(workspaceId, id, cancellationToken) is ({ } key, _)
            ? await HolderAsync(workspace, key, cancellationToken)
            : null;

    /// <summary>What the first admin key of now makes of a secret: by it a session shows that this key began it. Null when there is no such key.</summary>
    public string? MarkOfFirstKey(string secret) =>
        _firstAdmin is null ? null : Convert.ToHexStringLower(HMACSHA256.HashData(_firstAdmin, Encoding.UTF8.GetBytes(secret)));

    private async Task<Caller?> HolderAsync(Workspace workspace, AccessKey key, CancellationToken cancellationToken)
    {
        if (!workspace.Active)
            throw new HelpdeskRuleException("workspace-inactive", "This workspace is not active at the moment.");
        if (key.Agent is null)
            return new(workspace.Id, key.Role, key.Id, new(ActorKind.System, key.Id, key.Name)) { Scopes = key.Scopes };
        var agent = await _directory.FindAgentAsync(workspace.Id, key.Agent, cancellationToken);
        return agent is { Active: true } ? new(workspace.Id, key.Role, key.Id, new(ActorKind.Agent, agent.Id, agent.Name)) : null;
    }

    /// <summary>The hash to store of a key's text.</summary>
    public static string HashOf(string text) => Convert.ToHexStringLower(Hash(text));

    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
