using System.Security.Cryptography;
using System.Text;
using Helpdesk.Telephone;

namespace Helpdesk.Functions.Telephone;

/// <summary>Tells whether a report is signed with the secret of its telephone system. Comparisons take the same time whatever is wrong.</summary>
public static class TelephoneSignatures
{
    /// <param name="url">The address that the system posts to, as it knows it.</param>
    /// <param name="form">The fields of the body, for Twilio, which signs those.</param>
    public static bool IsSigned(
        TelephoneSystem system,
        IHeaderDictionary headers,
        string url,
        ReadOnlySpan<byte> body,
        Func<IReadOnlyDictionary<string, string>> form
    )
    {
        ArgumentNullException.ThrowIfNull(system);
        if (system.Secret is not { } secret)
            return true;
        var key = Encoding.UTF8.GetBytes(secret);
        return system.Kind switch
        {
            TelephoneKind.Twilio => Is(headers["X-Twilio-Signature"], OfTwilio(key, url, form())),
            TelephoneKind.Placetel => Is(
                headers["X-PLACETEL-SIGNATURE"].ToString().ToLowerInvariant(),
                Convert.ToHexStringLower(HMACSHA256.HashData(key, body))
            ),
            _ => headers.Authorization.ToString() is { Length: < 1000 } token
                && token.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase)
                && Is(token[7..].Trim(), secret),
        };
    }

    /// <summary>Twilio signs the address with every field behind it, in the order of their names.</summary>
    private static string OfTwilio(byte[] key, string url, IReadOnlyDictionary<string, string> form)
    {
        var text = new StringBuilder(url);
        foreach (var (name, value) in form.OrderBy(field => field.Key, StringComparer.Ordinal))
            text.Append(name).Append(value);
#pragma warning disable CA5350 // Twilio chose it; of an HMAC with SHA-1 no weakness is known.
        return Convert.ToBase64String(HMACSHA1.HashData(key, Encoding.UTF8.GetBytes(text.ToString())));
#pragma warning restore CA5350
    }

    /// <summary>Hashes, so that not even the length can be told.</summary>
    private static bool Is(string? given, string expected) =>
        given is not null
        && CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(given)), SHA256.HashData(Encoding.UTF8.GetBytes(expected)));
}
