using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Helpdesk.Functions.Hosting;

namespace Helpdesk.Functions.Settings;

/// <summary>The secret from which links are made.</summary>
public sealed record LinkKey(string Secret);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(LinkKey))]
internal sealed partial class LinkKeyJson : JsonSerializerContext;

/// <summary>Makes the secret part of a link from what it leads to, with a key of this desk, so that it need not be kept.</summary>
/// <param name="partition">Where the key lies: each kind of link has one of its own.</param>
public sealed class LinkSigner(SettingsStore settings, string partition)
{
    private const int SecretLength = 26;
    private const string Current = "current";
    private static readonly SettingKind<LinkKey> Kind = new("linkkey-", _ => Current, LinkKeyJson.Default.LinkKey);
    private byte[]? _key;

    /// <summary>The secret of what is signed.</summary>
    public async ValueTask<string> SecretOfAsync(string signed, CancellationToken cancellationToken)
    {
        _key ??= Convert.FromBase64String(
            (
                await settings.FindOrAddAsync(
                    partition,
                    Kind,
                    Current,
                    () => new LinkKey(Convert.ToBase64String(RandomNumberGenerator.GetBytes(48))),
                    cancellationToken
                )
            ).Secret
        );
        return Hashes.NameOf(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(signed)), SecretLength);
    }

    /// <summary>Whether a secret is that of what is signed.</summary>
    public async ValueTask<bool> IsRightAsync(string signed, string secret, CancellationToken cancellationToken) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(await SecretOfAsync(signed, cancellationToken)), Encoding.UTF8.GetBytes(secret));
}
