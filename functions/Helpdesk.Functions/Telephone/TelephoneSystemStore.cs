using System.Security.Cryptography;
using System.Text;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Helpdesk.Telephone;

namespace Helpdesk.Functions.Telephone;

/// <summary>Finds telephone systems.</summary>
public sealed class TelephoneSystemStore(SettingsStore settings)
{
    private const int SecretLength = 32;

    internal static SettingKind<TelephoneSystem> Kind { get; } =
        new("telephone-system-", system => system.Id, TelephoneJson.Default.TelephoneSystem) { Audited = "telephone-system", Secrets = ["keyHash", "secret"] };

    /// <summary>A system, at most a few seconds old; null when there is none.</summary>
    public async ValueTask<TelephoneSystem?> FindAsync(string workspace, string id, CancellationToken cancellationToken) =>
        await settings.FindAsync(workspace, Kind, id, cancellationToken);

    /// <summary>A system as it is stored now; null when there is none.</summary>
    public async Task<TelephoneSystem?> FindFreshAsync(string workspace, string id, CancellationToken cancellationToken) =>
        await settings.ReadAsync(workspace, Kind, id, cancellationToken) is ({ } system, _) ? system : null;

    /// <summary>The system whose secret address has this key, and its workspace; null for a key that opens nothing.</summary>
    public async ValueTask<(string Workspace, TelephoneSystem System)?> FindByKeyAsync(string key, CancellationToken cancellationToken)
    {
        if (key.Split('_') is not [var workspace, var id, { Length: SecretLength }] || !SettingsStore.IsId(workspace))
            return null;
        var hash = Hash(key);
        if (await FindAsync(workspace, id, cancellationToken) is { } remembered && Opens(remembered))
            return (workspace, remembered);
        // What is remembered may be older than the key.
        return await FindFreshAsync(workspace, id, cancellationToken) is { } system && Opens(system) ? (workspace, system) : null;

        bool Opens(TelephoneSystem system) => CryptographicOperations.FixedTimeEquals(hash, Convert.FromHexString(system.KeyHash));
    }

    /// <summary>A new key for the secret address of a system, and the hash to store.</summary>
    public static (string Key, string Hash) NewKey(string workspace, string system)
    {
        var key = $"{workspace}_{system}_{Hashes.RandomName(SecretLength)}";
        return (key, Convert.ToHexStringLower(Hash(key)));
    }

    private static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}

/// <summary>Telephone systems name the group that gets their tickets, and the agents at their extensions.</summary>
public sealed class TelephoneSystemNames(SettingsStore settings) : INamesSettings
{
    public async Task<SettingUse?> FindAsync(NamedSetting setting, CancellationToken cancellationToken) =>
        // An extension keeps no agent from going: calls to it then are nobody's.
        setting.Kind == NamedKind.Group
            ? SettingUse.Of("telephone systems", [.. (await NamingAsync(setting, cancellationToken)).Select(system => system.Id)])
            : null;

    public async Task MoveAsync(NamedSetting setting, string? successor, Actor by, SettingChanges changes, CancellationToken cancellationToken)
    {
        if (successor is null || setting.Kind != NamedKind.Group)
            return;
        foreach (var system in await NamingAsync(setting, cancellationToken))
            changes.Put(TelephoneSystemStore.Kind, system with { Group = successor });
    }

    private async Task<IReadOnlyList<TelephoneSystem>> NamingAsync(NamedSetting setting, CancellationToken cancellationToken) =>
        [.. (await settings.ListAsync(setting.Workspace, TelephoneSystemStore.Kind, cancellationToken)).Where(one => one.Group == setting.Id)];
}
