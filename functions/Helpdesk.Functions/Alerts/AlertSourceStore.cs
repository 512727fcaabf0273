using System.Security.Cryptography;
using System.Text;
using Helpdesk.Alerts;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;

namespace Helpdesk.Functions.Alerts;

/// <summary>Finds alert sources.</summary>
public sealed class AlertSourceStore(SettingsStore settings)
{
    private const int SecretLength = 32;

    /// <summary>A source, at most a few seconds old; null when there is none.</summary>
    public async ValueTask<AlertSource?> FindAsync(string workspace, string id, CancellationToken cancellationToken) =>
        await settings.FindAsync(workspace, AlertSourceKinds.Sources, id, cancellationToken);

    /// <summary>All sources of a workspace, at most half a minute old.</summary>
    public ValueTask<IReadOnlyList<AlertSource>> RememberAsync(string workspace, CancellationToken cancellationToken) =>
        settings.RememberAsync(workspace, AlertSourceKinds.Sources, cancellationToken);

    /// <summary>The source whose secret address has this key, and its workspace; null for a key that opens nothing.</summary>
    public async ValueTask<(string Workspace, AlertSource Source)?> FindByKeyAsync(string key, CancellationToken cancellationToken)
    {
        if (key.Split('_') is not [var workspace, var id, { Length: SecretLength }] || !SettingsStore.IsId(workspace))
            return null;
        var hash = Hash(key);
        if (await FindAsync(workspace, id, cancellationToken) is { } remembered && Opens(remembered))
            return (workspace, remembered);
        // What is remembered may be older than the key, and a tool that is told 404 may never try again.
        return await FindFreshAsync(workspace, id, cancellationToken) is { } source && Opens(source) ? (workspace, source) : null;

        bool Opens(AlertSource source) => CryptographicOperations.FixedTimeEquals(hash, Convert.FromHexString(source.KeyHash));
    }

    /// <summary>A source as it is stored now; null when there is none.</summary>
    public async Task<AlertSource?> FindFreshAsync(string workspace, string id, CancellationToken cancellationToken) =>
        await settings.ReadAsync(workspace, AlertSourceKinds.Sources, id, cancellationToken) is ({ } source, _) ? source : null;

    /// <summary>A new key for the secret address of a source, and the hash to store.</summary>
    public static (string Key, string Hash) NewKey(string workspace, string source)
    {
        var key = $"{workspace}_{source}_{Hashes.RandomName(SecretLength)}";
        return (key, Convert.ToHexStringLower(Hash(key)));
    }

    private static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}
