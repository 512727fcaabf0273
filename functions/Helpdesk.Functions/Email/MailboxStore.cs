using System.Security.Cryptography;
using System.Text;
using Azure;
using Helpdesk.Email;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;

namespace Helpdesk.Functions.Email;

/// <summary>That an address is a mailbox of a workspace; no other one can have it.</summary>
/// <param name="Id">A hash of the address.</param>
public sealed record AddressClaim(string Id, string Address, string Workspace, string Mailbox, DateTimeOffset At);

/// <summary>Finds mailboxes, and the addresses that are this desk's own.</summary>
public sealed class MailboxStore(SettingsStore settings, TimeProvider time)
{
    /// <summary>The partition of all addresses; no workspace can be called that.</summary>
    private const string AllAddresses = "~mailboxes";
    private const int SecretLength = 32;

    /// <summary>How long an address is kept for whoever is about to add its mailbox.</summary>
    private static readonly TimeSpan Claiming = TimeSpan.FromMinutes(2);
    private static readonly SettingKind<AddressClaim> Claims = new("address-", claim => claim.Id, EmailJson.Default.AddressClaim);

    /// <summary>A mailbox, at most a few seconds old; null when there is none.</summary>
    public async ValueTask<Mailbox?> FindAsync(string workspace, string id, CancellationToken cancellationToken) =>
        await settings.FindAsync(workspace, EmailKinds.Mailboxes, id, cancellationToken);

    /// <summary>All mailboxes of a workspace, at most half a minute old.</summary>
    public ValueTask<IReadOnlyList<Mailbox>> RememberAsync(string workspace, CancellationToken cancellationToken) =>
        settings.RememberAsync(workspace, EmailKinds.Mailboxes, cancellationToken);

    /// <summary>The mailbox whose secret address has this key, and its workspace; null for a key that opens nothing.</summary>
    public async ValueTask<(string Workspace, Mailbox Mailbox)?> FindByKeyAsync(string key, CancellationToken cancellationToken)
    {
        if (key.Split('_') is not [var workspace, var id, { Length: SecretLength }] || !SettingsStore.IsId(workspace))
            return null;
        var hash = Hash(key);
        if (await FindAsync(workspace, id, cancellationToken) is { } remembered && Opens(remembered))
            return (workspace, remembered);
        // What is remembered may be older than the key, and whoever is told 404 does not try again.
        return await settings.ReadAsync(workspace, EmailKinds.Mailboxes, id, cancellationToken) is ({ } mailbox, _) && Opens(mailbox)
            ? (workspace, mailbox)
            : null;

        bool Opens(Mailbox mailbox) => mailbox.KeyHash is { } stored && CryptographicOperations.FixedTimeEquals(hash, Convert.FromHexString(stored));
    }

    /// <summary>A new key for the secret address of a mailbox, and the hash to store.</summary>
    public static (string Key, string Hash) NewKey(string workspace, string mailbox)
    {
        var key = $"{workspace}_{mailbox}_{Hashes.RandomName(SecretLength)}";
        return (key, Convert.ToHexStringLower(Hash(key)));
    }

    /// <summary>Whether an address is a mailbox of this desk, in whichever workspace; at most half a minute old.</summary>
    public async ValueTask<Func<string, bool>> OwnAddressesAsync(string workspace, CancellationToken cancellationToken)
    {
        var all = (await settings.RememberAsync(AllAddresses, Claims, cancellationToken)).Select(claim => claim.Address);
        var ofWorkspace = (await RememberAsync(workspace, cancellationToken)).SelectMany(AddressesOf);
        var own = all.Concat(ofWorkspace).ToHashSet(StringComparer.OrdinalIgnoreCase);
        return address => own.Contains(address) || own.Contains(PlusAddress.WithoutTag(address));
    }

    /// <summary>The address of a mailbox and those that are forwarded to it: no other mailbox of the desk has any of them.</summary>
    public static IReadOnlyList<string> AddressesOf(Mailbox mailbox) => [.. (mailbox.Aliases ?? []).Prepend(mailbox.Address).Distinct(StringComparer.Ordinal)];

    /// <summary>Keeps the addresses of a mailbox that is about to be added or changed; 409 when another one has one of them.</summary>
    public async Task ClaimAsync(string workspace, Mailbox mailbox, CancellationToken cancellationToken)
    {
        foreach (var address in AddressesOf(mailbox))
            await ClaimAsync(workspace, mailbox.Id, address, cancellationToken);
    }

    private async Task ClaimAsync(string workspace, string mailbox, string address, CancellationToken cancellationToken)
    {
        var claim = new AddressClaim(Hashes.Short(address), address, workspace, mailbox, time.GetUtcNow());
        while (true)
        {
            try
            {
                await settings.AddAsync(AllAddresses, Claims, claim, it => it, EmailJson.Default.AddressClaim, null, cancellationToken);
                return;
            }
            catch (HelpdeskRuleException taken) when (taken.Code == "already-exists")
            {
                if (await settings.ReadAsync(AllAddresses, Claims, claim.Id, cancellationToken) is not var (there, row))
                    continue;
                if ((there.Workspace, there.Mailbox) == (workspace, mailbox))
                    return;
                if (time.GetUtcNow() - there.At < Claiming || await IsHeldAsync(there, cancellationToken))
                    throw new HelpdeskRuleException(
                        "address-taken",
                        $"{address} is an address or an alias of another mailbox of this desk: remove it there first."
                    );
                // Whoever kept it never added the mailbox. Of several who find that out at once, one has it.
                if (await settings.TryReplaceAsync(AllAddresses, Claims, claim, row.ETag, cancellationToken))
                    return;
            }
        }
    }

    /// <summary>Gives addresses free that a mailbox had, or was about to have; those that it has by now stay its own.</summary>
    public async Task ReleaseAsync(string workspace, string mailbox, IEnumerable<string> addresses, CancellationToken cancellationToken)
    {
        foreach (var address in addresses)
        {
            if (
                await settings.ReadAsync(AllAddresses, Claims, Hashes.Short(address), cancellationToken) is var (claim, row)
                && (claim.Workspace, claim.Mailbox) == (workspace, mailbox)
                && !await IsHeldAsync(claim, cancellationToken)
            )
                await settings.TryRemoveAsync(row, cancellationToken);
        }
    }

    private async Task<bool> IsHeldAsync(AddressClaim claim, CancellationToken cancellationToken) =>
        await settings.ReadAsync(claim.Workspace, EmailKinds.Mailboxes, claim.Mailbox, cancellationToken) is ({ } mailbox, _)
        && AddressesOf(mailbox).Contains(claim.Address);

    private static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}
