using System.Security.Cryptography;
using System.Text;

namespace Helpdesk.Functions.Email;

/// <summary>Tells whether SendGrid signed what was posted: ECDSA over P-256 and SHA-256, of the timestamp and the bytes of the body as they came.</summary>
/// <remarks>A timestamp may be old: SendGrid goes on trying for days. What comes twice is found by what it says.</remarks>
public static class SendGridSignature
{
    public const string Header = "X-Twilio-Email-Event-Webhook-Signature";
    public const string TimestampHeader = "X-Twilio-Email-Event-Webhook-Timestamp";

    /// <summary>Whether a text is a key that signatures can be checked with: base64 of a public key on P-256 (SPKI).</summary>
    public static bool IsKey(string key)
    {
        using var known = KeyOf(key);
        return known is not null;
    }

    /// <summary>Whether the headers of a post hold a signature of its body by this key.</summary>
    public static bool IsSigned(string key, IHeaderDictionary headers, ReadOnlySpan<byte> body)
    {
        var (signature, timestamp) = (headers[Header].ToString(), headers[TimestampHeader].ToString());
        if (timestamp.Length is 0 or > 30 || signature.Length is 0 or > 200)
            return false;
        using var known = KeyOf(key);
        var bytes = new byte[signature.Length];
        if (known is null || !Convert.TryFromBase64String(signature, bytes, out var length))
            return false;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(timestamp));
        hash.AppendData(body);
        return known.VerifyHash(hash.GetHashAndReset(), bytes.AsSpan(0, length), DSASignatureFormat.Rfc3279DerSequence);
    }

    private static ECDsa? KeyOf(string key)
    {
        var bytes = new byte[key.Length];
        if (!Convert.TryFromBase64String(key, bytes, out var length))
            return null;
        var known = ECDsa.Create();
        try
        {
            known.ImportSubjectPublicKeyInfo(bytes.AsSpan(0, length), out _);
            if (known.KeySize == 256)
                return known;
        }
        catch (CryptographicException)
        {
            // No key, as is said below.
        }

        known.Dispose();
        return null;
    }
}
