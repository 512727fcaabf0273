using System.Security.Cryptography;
using System.Text;

namespace Helpdesk.Functions.Hosting;

/// <summary>A caller's <c>Idempotency-Key</c> with what it was sent with: the same key and request get the first answer again.</summary>
public sealed class Idempotency
{
    /// <summary>How long a key is good for.</summary>
    public static TimeSpan Kept { get; } = TimeSpan.FromDays(7);

    private static readonly object Noted = new();
    private readonly string _key;
    private readonly string _secret;
    private readonly HttpContext? _context;

    private Idempotency(HttpContext? context, string key, string scope, string secret, string request) =>
        (_context, _key, _secret, Name, Request) = (context, key, secret, Hashes.Short($"{scope}\n{key}"), request);

    /// <summary>The key's name in storage: a hash of it and of whoever sent it.</summary>
    public string Name { get; }

    /// <summary>A hash of the request that came with it.</summary>
    public string Request { get; }

    /// <summary>Read from the request when a handler asks for it; null when no key was sent.</summary>
    public static async ValueTask<Idempotency?> ReadAsync(HttpContext context)
    {
        if (KeyOf(context) is not { } key)
            return null;
        // Files are read once, by whoever keeps them, who says what tells one request from another; until then it is their length.
        var withFiles = context.Request.ContentType?.StartsWith("multipart/", StringComparison.OrdinalIgnoreCase) == true;
        var body = withFiles
            ? Encoding.UTF8.GetBytes(context.Items[Noted] as string ?? $"{context.Request.ContentLength}")
            : await RequestBody.ReadAsync(context);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{context.Request.Method} {context.Request.Path}\n"));
        hash.AppendData(body.Span);
        return new(context, key, ScopeOf(context), SecretOf(context), Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 16)));
    }

    /// <summary>The <see cref="Name"/> of the key that came with a request, before its body is read; null when none was sent.</summary>
    public static string? NameOf(HttpContext context) => KeyOf(context) is { } key ? Hashes.Short($"{ScopeOf(context)}\n{key}") : null;

    /// <summary>Notes what tells a body that was read otherwise from others.</summary>
    public static void Note(HttpContext context, string fingerprint) => context.Items[Noted] = fingerprint;

    /// <summary>For what comes in otherwise than by a request of the API, such as words in a chat; the key alone tells them apart.</summary>
    public static Idempotency Of(string scope, string key) => new(null, key, scope, "", "");

    /// <summary>The same key within a narrower scope: senders that do not know of each other may choose the same one.</summary>
    public Idempotency Within(string scope) => new(_context, _key, scope, _secret, Request);

    /// <summary>Notes that this answer was given before; 409 when it was given to another request.</summary>
    public void Replays(string earlierRequest)
    {
        if (earlierRequest != Request)
            throw new HelpdeskRuleException("idempotency-key-reused", "This Idempotency-Key was sent with another request before: use a new one.");
        if (_context is not null)
            _context.Response.Headers["Idempotency-Replayed"] = "true";
    }

    /// <summary>Hides an answer that holds a secret so that only whoever sends the same key again can read it.</summary>
    public byte[] Seal(ReadOnlySpan<byte> answer)
    {
        var sealedAnswer = new byte[28 + answer.Length];
        RandomNumberGenerator.Fill(sealedAnswer.AsSpan(0, 12));
        using var cipher = new AesGcm(SealKey(), 16);
        cipher.Encrypt(sealedAnswer.AsSpan(0, 12), answer, sealedAnswer.AsSpan(28), sealedAnswer.AsSpan(12, 16));
        return sealedAnswer;
    }

    /// <summary>Reads back what <see cref="Seal"/> hid.</summary>
    public byte[] Unseal(ReadOnlySpan<byte> sealedAnswer)
    {
        var answer = new byte[sealedAnswer.Length - 28];
        using var cipher = new AesGcm(SealKey(), 16);
        cipher.Decrypt(sealedAnswer[..12], sealedAnswer[28..], sealedAnswer.Slice(12, 16), answer);
        return answer;
    }

    private byte[] SealKey() =>
        HKDF.DeriveKey(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes($"{_secret}\n{_key}"), 32, info: "helpdesk answers"u8.ToArray());

    private static string? KeyOf(HttpContext context)
    {
        var key = context.Request.Headers["Idempotency-Key"].ToString();
        if (key.Length > 255 || key.Any(letter => letter is < ' ' or > '~'))
            throw new InvalidRequestException("Idempotency-Key", "Idempotency-Key must be 1 to 255 printable ASCII characters.");
        return key.Length == 0 ? null : key;
    }

    /// <summary>Only a key is the same when a request is repeated. An access token may have been renewed, so that the name alone seals.</summary>
    private static string SecretOf(HttpContext context) =>
        context.Features.Get<Caller>() is { Method: not SignInMethod.Key } ? "" : context.Request.Headers.Authorization.ToString();

    private static string ScopeOf(HttpContext context) => context.Features.Get<Caller>() is { } caller ? $"{caller.Workspace}/{caller.KeyId}" : "public";
}
