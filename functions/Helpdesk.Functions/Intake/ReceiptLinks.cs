using System.Security.Cryptography;
using System.Text;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;

namespace Helpdesk.Functions.Intake;

/// <summary>The secret from which the links to receipts are made.</summary>
public sealed record ReceiptLinkKey(string Secret);

/// <summary>
/// The links by which whoever sent a request reads and answers it. An id alone, which stands in logs and events, shows no words; the secret part is
/// made from the id with a key of this desk, so that it need not be kept.
/// </summary>
public sealed class ReceiptLinks(SettingsStore settings)
{
    private const int SecretLength = 26;
    private const string Partition = "~receipts";
    private const string Current = "current";
    private static readonly SettingKind<ReceiptLinkKey> Kind = new("linkkey-", _ => Current, ReceiptJson.Default.ReceiptLinkKey);
    private byte[]? _key;

    /// <summary>The secret link of a receipt, as a path.</summary>
    public async ValueTask<string> PathOfAsync(string workspace, string receipt, CancellationToken cancellationToken) =>
        $"/support/receipts/{workspace}/{receipt}.{await SecretOfAsync(workspace, receipt, cancellationToken)}";

    /// <summary>Reads the last part of a link: the id of the receipt, and whether the secret with it is right; null when a wrong one is there.</summary>
    public async ValueTask<(string Receipt, bool Proven)?> ReadAsync(string workspace, string text, CancellationToken cancellationToken)
    {
        var dot = text.IndexOf('.', StringComparison.Ordinal);
        if (dot < 0)
            return (text, false);
        var expected = await SecretOfAsync(workspace, text[..dot], cancellationToken);
        return CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(expected), Encoding.UTF8.GetBytes(text[(dot + 1)..]))
            ? (text[..dot], true)
            : null;
    }

    private async ValueTask<string> SecretOfAsync(string workspace, string receipt, CancellationToken cancellationToken)
    {
        _key ??= Convert.FromBase64String(
            (
                await settings.FindOrAddAsync(
                    Partition,
                    Kind,
                    Current,
                    () => new ReceiptLinkKey(Convert.ToBase64String(RandomNumberGenerator.GetBytes(48))),
                    cancellationToken
                )
            ).Secret
        );
        return Hashes.NameOf(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes($"{workspace}/{receipt}")), SecretLength);
    }
}
