using System.Security.Cryptography;
using System.Text;
using Helpdesk.Alerts;

namespace Helpdesk.Functions.Alerts;

/// <summary>Tells whether a report is signed with the secret of its source. Comparisons take the same time whatever is wrong.</summary>
public static class AlertSignatures
{
    public const string PagerDutyHeader = "X-PagerDuty-Signature";

    /// <summary>How many signatures of one header are looked at: more than a tool ever sends while its secret is being changed.</summary>
    private const int MostSignatures = 10;

    /// <summary>Whether the headers prove that a body comes from whoever has a secret of the source.</summary>
    public static bool IsSigned(AlertSignature signature, IHeaderDictionary headers, ReadOnlySpan<byte> body, DateTimeOffset now)
    {
        var right = false;
        foreach (var secret in signature.SecretsAt(now))
        {
            right |= signature.Scheme switch
            {
                AlertSignatureScheme.Bearer => HasToken(headers.Authorization.ToString(), secret),
                AlertSignatureScheme.HmacSha256 => HasHmac(headers[signature.Header!].ToString(), secret, body, onlyV1: false),
                AlertSignatureScheme.PagerDuty => HasHmac(headers[PagerDutyHeader].ToString(), secret, body, onlyV1: true),
                _ => false,
            };
        }

        return right;
    }

    private static bool HasToken(string header, string secret)
    {
        const string scheme = "Bearer ";
        return header.Length <= 1000
            && header.StartsWith(scheme, StringComparison.OrdinalIgnoreCase)
            // Hashes, so that not even the length can be told.
            && CryptographicOperations.FixedTimeEquals(
                SHA256.HashData(Encoding.UTF8.GetBytes(header[scheme.Length..].Trim())),
                SHA256.HashData(Encoding.UTF8.GetBytes(secret))
            );
    }

    private static bool HasHmac(string header, string secret, ReadOnlySpan<byte> body, bool onlyV1)
    {
        if (header.Length is 0 or > 2000)
            return false;
        Span<byte> expected = stackalloc byte[32];
        HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), body, expected);
        var right = false;
        foreach (var one in header.Split([',', ' '], MostSignatures + 1, StringSplitOptions.RemoveEmptyEntries).Take(MostSignatures))
        {
            var value =
                one.StartsWith("v1=", StringComparison.Ordinal) ? one[3..]
                : onlyV1 ? null
                : one.StartsWith("sha256=", StringComparison.OrdinalIgnoreCase) ? one[7..]
                : one;
            if (value is not null && Decode(value) is { } given)
                right |= CryptographicOperations.FixedTimeEquals(expected, given);
        }

        return right;
    }

    private static byte[]? Decode(string value)
    {
        var bytes = new byte[32];
        if (value.Length == 64 && Convert.FromHexString(value, bytes, out _, out var hex) == System.Buffers.OperationStatus.Done && hex == 32)
            return bytes;
        return value.Length is 43 or 44 && Convert.TryFromBase64String(value, bytes, out var length) && length == 32 ? bytes : null;
    }
}
