using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Helpdesk.Attachments;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;

namespace Helpdesk.Functions.Attachments;

/// <summary>The secret by which links to files are signed.</summary>
public sealed record AttachmentLinkKey(string Secret);

/// <summary>A link by which anybody gets a file until it expires.</summary>
public sealed record AttachmentLink(string Url, DateTimeOffset ExpiresAt);

/// <summary>
/// Links that expire, for mails and for people without a key. A link names its file and its last moment and is signed with a key of this desk, so that
/// it need not be kept; making the links of a file void makes all of them void that were made before.
/// </summary>
public sealed class AttachmentLinks(SettingsStore settings, AttachmentStore files, AttachmentSettings limits, PublicAddress address, TimeProvider time)
{
    private const int SignatureLength = 26;
    private const string Partition = "~files";
    private const string Current = "current";
    private static readonly SettingKind<AttachmentLinkKey> Kind = new("linkkey-", _ => Current, FileJson.Default.AttachmentLinkKey);
    private byte[]? _key;

    /// <summary>The whole address of a file, good for a while; null when there is no such file.</summary>
    /// <param name="lifetime">How long it is good; null for what the settings say.</param>
    public async Task<string?> UrlAsync(string workspace, string attachmentId, TimeSpan? lifetime, CancellationToken cancellationToken) =>
        await files.FindAsync(workspace, attachmentId, cancellationToken) is { } file ? (await MakeAsync(file, lifetime, cancellationToken)).Url : null;

    /// <summary>A link to a file, good for a while.</summary>
    public async Task<AttachmentLink> MakeAsync(StoredFile file, TimeSpan? lifetime, CancellationToken cancellationToken)
    {
        var expires = (time.GetUtcNow() + (lifetime ?? limits.LinkLifetime)).ToUnixTimeSeconds();
        var text = string.Create(CultureInfo.InvariantCulture, $"{file.Workspace}.{file.Id}.{expires}");
        return new($"{address.Url}/files/{text}.{await SignAsync(text, file.Links, cancellationToken)}", DateTimeOffset.FromUnixTimeSeconds(expires));
    }

    /// <summary>The file of a link; null for a link that is wrong, expired or void: which of these, nobody is told.</summary>
    public async Task<StoredFile?> ReadAsync(string token, CancellationToken cancellationToken)
    {
        if (
            token.Length > 200
            || token.Split('.') is not [var workspace, var id, var until, var signature]
            || !SettingsStore.IsId(workspace)
            || !long.TryParse(until, NumberStyles.None, CultureInfo.InvariantCulture, out var expires)
            || expires <= time.GetUtcNow().ToUnixTimeSeconds()
        )
            return null;
        if (await files.FindAsync(workspace, id, cancellationToken) is not { Removing: not true } file)
            return null;
        var expected = await SignAsync($"{workspace}.{id}.{until}", file.Links, cancellationToken);
        return CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(expected), Encoding.UTF8.GetBytes(signature)) ? file : null;
    }

    private async ValueTask<string> SignAsync(string text, int made, CancellationToken cancellationToken)
    {
        _key ??= Convert.FromBase64String(
            (
                await settings.FindOrAddAsync(
                    Partition,
                    Kind,
                    Current,
                    () => new AttachmentLinkKey(Convert.ToBase64String(RandomNumberGenerator.GetBytes(48))),
                    cancellationToken
                )
            ).Secret
        );
        var signed = string.Create(CultureInfo.InvariantCulture, $"{text}.{made}");
        return Hashes.NameOf(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(signed)), SignatureLength);
    }
}
