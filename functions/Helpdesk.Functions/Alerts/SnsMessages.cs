using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;

namespace Helpdesk.Functions.Alerts;

/// <summary>Gets what is at an address of Amazon's; <see cref="HttpRequestException"/> when it cannot be had.</summary>
public delegate Task<byte[]> AskAmazon(Uri url, CancellationToken cancellationToken);

/// <summary>Checks the signatures of Amazon SNS, and confirms subscriptions.</summary>
/// <remarks>
/// The certificate is got by TLS from a host of Amazon SNS, which is what is trusted: its chain is not built, nor is it looked up whether it was revoked.
/// How old a message is does not matter, since SNS goes on trying for hours.
/// </remarks>
public sealed partial class SnsMessages(AskAmazon ask, TimeProvider time)
{
    private static readonly string[] OfNotifications = ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"];
    private static readonly string[] OfConfirmations = ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"];
    private readonly ShortMemory<byte[]> _certificates = new(time, TimeSpan.FromHours(24));

    /// <summary>Whether a body is a message that Amazon SNS has signed.</summary>
    /// <exception cref="InvalidRequestException">503: the certificate cannot be had at the moment, and SNS tries again.</exception>
    public async Task<bool> IsSignedAsync(ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        if (Parse(body) is not { } message)
            return false;
        var signature = new byte[1024];
        if (
            message.Text("Signature") is not { Length: <= 1000 } given
            || !Convert.TryFromBase64String(given, signature, out var length)
            || UrlOf(message.Text("SigningCertURL")) is not { } url
            || !CertificatePath().IsMatch(url.AbsolutePath)
        )
            return false;
        HashAlgorithmName? hash = message.Text("SignatureVersion") switch
        {
            "1" => HashAlgorithmName.SHA1,
            "2" => HashAlgorithmName.SHA256,
            _ => null,
        };
        if (hash is not { } algorithm)
            return false;
        var certificate = await CertificateAsync(url, cancellationToken);
        try
        {
            using var known = X509CertificateLoader.LoadCertificate(certificate);
            var now = time.GetUtcNow().UtcDateTime;
            if (now < known.NotBefore.ToUniversalTime() || now > known.NotAfter.ToUniversalTime())
                return false;
            using var key = known.GetRSAPublicKey();
            return key is not null && key.VerifyData(Signed(message), signature.AsSpan(0, length), algorithm, RSASignaturePadding.Pkcs1);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    /// <summary>Confirms the subscription that a message asks for; what happened, in words. Null where a message asks for none.</summary>
    /// <exception cref="HelpdeskRuleException">It could not be confirmed: the receipt has failed and can be replayed.</exception>
    public async Task<string?> ConfirmAsync(ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        if (Parse(body) is not { } message || message.Text("Type") != "SubscriptionConfirmation")
            return null;
        if (UrlOf(message.Text("SubscribeURL")) is not { } url)
            throw new HelpdeskRuleException(
                "subscription-not-confirmed",
                "The SubscribeURL is not an https address of Amazon SNS, and was not asked: confirm the subscription by hand."
            );
        try
        {
            await ask(url, cancellationToken);
        }
        catch (HttpRequestException failure)
        {
            throw new HelpdeskRuleException(
                "subscription-not-confirmed",
                $"Amazon did not confirm the subscription ({failure.StatusCode?.ToString() ?? "no answer"}): replay this receipt, or subscribe again."
            );
        }

        return $"the subscription to {Helpdesk.Alerts.AlertReports.Line(message.Text("TopicArn") ?? "a topic")} is confirmed";
    }

    /// <summary>An https address of Amazon SNS; null for anything else.</summary>
    internal static Uri? UrlOf(string? text) =>
        text is { Length: <= 4000 }
        && Uri.TryCreate(text, UriKind.Absolute, out var url)
        && url.Scheme == Uri.UriSchemeHttps
        && url.IsDefaultPort
        && url.UserInfo.Length == 0
        && Host().IsMatch(url.Host)
            ? url
            : null;

    private async Task<byte[]> CertificateAsync(Uri url, CancellationToken cancellationToken)
    {
        try
        {
            return (await _certificates.GetAsync(url.AbsoluteUri, async () => await ask(url, cancellationToken)))!;
        }
        catch (HttpRequestException)
        {
            throw new InvalidRequestException(
                StatusCodes.Status503ServiceUnavailable,
                "certificate-unreachable",
                "The certificate of Amazon SNS cannot be had at the moment: try again."
            );
        }
    }

    private static byte[] Signed(JsonElement message)
    {
        var text = new StringBuilder();
        foreach (var name in message.Text("Type") == "Notification" ? OfNotifications : OfConfirmations)
        {
            if (message.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String)
                text.Append(name).Append('\n').Append(value.GetString()).Append('\n');
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static JsonElement? Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            return AlertPayload.ReadJson(new("application/json", new Dictionary<string, string>(), body, default)) is { ValueKind: JsonValueKind.Object } json
                ? json
                : null;
        }
        catch (InvalidRequestException)
        {
            return null;
        }
    }

    [GeneratedRegex(@"^sns\.[a-z]{2}(-[a-z]+){1,3}-[0-9]{1,2}\.amazonaws\.com(\.cn)?$", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Host();

    [GeneratedRegex(@"^/SimpleNotificationService-[0-9a-zA-Z]{1,64}\.pem$", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex CertificatePath();
}

/// <summary>Asks Amazon: 5 seconds, 100 KB, no redirects.</summary>
public sealed class AmazonWeb : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false })
    {
        Timeout = TimeSpan.FromSeconds(5),
        MaxResponseContentBufferSize = 100 * 1024,
    };

    public async Task<byte[]> AskAsync(Uri url, CancellationToken cancellationToken)
    {
        try
        {
            return await _http.GetByteArrayAsync(url, cancellationToken);
        }
        catch (TaskCanceledException slow) when (!cancellationToken.IsCancellationRequested)
        {
            throw new HttpRequestException("No answer within 5 seconds.", slow);
        }
    }

    public void Dispose() => _http.Dispose();
}
