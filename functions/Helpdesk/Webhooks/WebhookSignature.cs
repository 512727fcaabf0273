using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Helpdesk.Webhooks;

/// <summary>Signatures as Standard Webhooks defines them, so that every language has a library that verifies them.</summary>
public static class WebhookSignature
{
    /// <summary>How a secret begins; base64 follows.</summary>
    public const string SecretPrefix = "whsec_";

    private const int SecretBytes = 32;

    /// <summary>A new secret.</summary>
    public static string NewSecret() => SecretPrefix + Convert.ToBase64String(RandomNumberGenerator.GetBytes(SecretBytes));

    /// <summary>The value of <c>webhook-signature</c>: a signature by each secret, with spaces between them.</summary>
    public static string Of(IEnumerable<string> secrets, string id, DateTimeOffset at, string body)
    {
        var signed = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}.{at.ToUnixTimeSeconds()}.{body}"));
        return string.Join(
            ' ',
            secrets.Select(secret => $"v1,{Convert.ToBase64String(HMACSHA256.HashData(Convert.FromBase64String(secret[SecretPrefix.Length..]), signed))}")
        );
    }
}
