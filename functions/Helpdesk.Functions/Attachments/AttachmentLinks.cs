using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Helpdesk.Attachments;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;

namespace Helpdesk.Functions.Attachments;

/// <summary>The secret by which links to files are sealed.</summary>
public sealed record AttachmentLinkKey(string Secret);

/// <summary>A link by which anybody gets a file until it expires.</summary>
public sealed record AttachmentLink(string Url, DateTimeOffset ExpiresAt);

/// <summary>
/// Links that expire, for mails, pages and people without a key. A link holds its file and its last moment, sealed with a key of this desk: it need not be
/// kept, and tells nobody which file it is. Making the links of a file void makes all of them void that were made before.
/// </summary>
public sealed class AttachmentLinks(SettingsStore settings, AttachmentStore files, AttachmentSettings limits, PublicAddress address, TimeProvider time)
{
    private const int NonceLength = 12;
    private const int TagLength = 16;

    /// <summary>The last moment and the generation, before the names.</summary>
    private const int NumbersLength = sizeof(long) + sizeof(int);
    private const int LongestToken = 400;
    private const string Partition = "~files";
    private const string Current = "current";
    private static readonly SettingKind<AttachmentLinkKey> Kind = new("linkkey-", _ => Current, FileJson.Default.AttachmentLinkKey);
    private byte[]? _key;

    /// <summary>The whole address of a file, good for a while; null when there is no such file.</summary>
    /// <param name="lifetime">How long it is good; null for what the settings say.</param>
    public async Task<string?> UrlAsync(string workspace, string attachmentId, TimeSpan? lifetime, CancellationToken cancellationToken) =>
        await files.FindAsync(workspace, attachmentId, cancellationToken) is { } file ? (await MakeAsync(file, lifetime, cancellationToken)).Url : null;

    /// <summary>For a page of this desk: by the ids of files the paths that lead to them for a while. Files on notes and those that go have none.</summary>
    public async Task<IReadOnlyDictionary<string, string>> PathsAsync(
        string workspace,
        IEnumerable<TicketAttachment> shown,
        TimeSpan lifetime,
        CancellationToken cancellationToken
    )
    {
        var paths = new Dictionary<string, string>(StringComparer.Ordinal);
        var expires = (time.GetUtcNow() + lifetime).ToUnixTimeSeconds();
        foreach (var some in shown.Select(file => file.Id).Distinct(StringComparer.Ordinal).Chunk(20))
        {
            foreach (var file in await files.FindAsync(workspace, some, cancellationToken))
            {
                if (file is { Note: not true, Removing: not true })
                    paths[file.Id] = $"/files/{Seal(file, expires, await KeyAsync(cancellationToken))}";
            }
        }

        return paths;
    }

    /// <summary>A link to a file, good for a while.</summary>
    public async Task<AttachmentLink> MakeAsync(StoredFile file, TimeSpan? lifetime, CancellationToken cancellationToken)
    {
        var expires = (time.GetUtcNow() + (lifetime ?? limits.LinkLifetime)).ToUnixTimeSeconds();
        return new($"{address.Url}/files/{Seal(file, expires, await KeyAsync(cancellationToken))}", DateTimeOffset.FromUnixTimeSeconds(expires));
    }

    /// <summary>The file of a link; null for a link that is wrong, expired or void: which of these, nobody is told.</summary>
    public async Task<StoredFile?> ReadAsync(string token, CancellationToken cancellationToken) =>
        token.Length <= LongestToken
        && Open(token, await KeyAsync(cancellationToken)) is var (workspace, id, expires, made)
        && expires > time.GetUtcNow().ToUnixTimeSeconds()
        && await files.FindAsync(workspace, id, cancellationToken) is { Removing: not true } file
        && file.Links == made
            ? file
            : null;

    /// <summary>What stands for something else than a file for a while, such as a mail: by it anybody gets that who has it.</summary>
    /// <param name="kind">What kind of thing it is: ids of files never begin with it and a colon.</param>
    public async Task<string> SealAsync(string kind, string workspace, string id, TimeSpan lifetime, CancellationToken cancellationToken) =>
        Seal(workspace, $"{kind}:{id}", 0, (time.GetUtcNow() + lifetime).ToUnixTimeSeconds(), await KeyAsync(cancellationToken));

    /// <summary>What was sealed; null for what is wrong, expired, or of another kind.</summary>
    public async Task<(string Workspace, string Id)?> OpenAsync(string kind, string token, CancellationToken cancellationToken) =>
        token.Length <= LongestToken
        && Open(token, await KeyAsync(cancellationToken)) is var (workspace, id, expires, _)
        && expires > time.GetUtcNow().ToUnixTimeSeconds()
        && id.StartsWith($"{kind}:", StringComparison.Ordinal)
            ? (workspace, id[(kind.Length + 1)..])
            : null;

    private static string Seal(StoredFile file, long expires, byte[] key) => Seal(file.Workspace, file.Id, file.Links, expires, key);

    private static string Seal(string workspace, string id, int made, long expires, byte[] key)
    {
        var names = Encoding.UTF8.GetBytes($"{workspace}/{id}");
        var open = new byte[NumbersLength + names.Length];
        BinaryPrimitives.WriteInt64BigEndian(open, expires);
        BinaryPrimitives.WriteInt32BigEndian(open.AsSpan(sizeof(long)), made);
        names.CopyTo(open, NumbersLength);
        var token = new byte[NonceLength + open.Length + TagLength];
        var nonce = token.AsSpan(0, NonceLength);
        RandomNumberGenerator.Fill(nonce);
        using var cipher = new AesGcm(key, TagLength);
        cipher.Encrypt(nonce, open, token.AsSpan(NonceLength, open.Length), token.AsSpan(NonceLength + open.Length));
        return Base64Url.EncodeToString(token);
    }

    /// <summary>What was sealed; null for what this desk has not sealed.</summary>
    private static (string Workspace, string Id, long Expires, int Made)? Open(string token, byte[] key)
    {
        var bytes = new byte[LongestToken];
        if (!Base64Url.IsValid(token) || !Base64Url.TryDecodeFromChars(token, bytes, out var length) || length <= NonceLength + NumbersLength + TagLength)
            return null;
        // The last letter has bits to spare: one link has one form.
        if (Base64Url.EncodeToString(bytes.AsSpan(0, length)) != token)
            return null;
        var open = new byte[length - NonceLength - TagLength];
        try
        {
            using var cipher = new AesGcm(key, TagLength);
            cipher.Decrypt(bytes.AsSpan(0, NonceLength), bytes.AsSpan(NonceLength, open.Length), bytes.AsSpan(length - TagLength, TagLength), open);
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }

        return Encoding.UTF8.GetString(open.AsSpan(NumbersLength)).Split('/') is [var workspace, var id]
            ? (workspace, id, BinaryPrimitives.ReadInt64BigEndian(open), BinaryPrimitives.ReadInt32BigEndian(open.AsSpan(sizeof(long))))
            : null;
    }

    private async ValueTask<byte[]> KeyAsync(CancellationToken cancellationToken) =>
        _key ??= SHA256.HashData(
            Convert.FromBase64String(
                (
                    await settings.FindOrAddAsync(
                        Partition,
                        Kind,
                        Current,
                        () => new AttachmentLinkKey(Convert.ToBase64String(RandomNumberGenerator.GetBytes(48))),
                        cancellationToken
                    )
                ).Secret
            )
        );
}
