using System.Collections.Concurrent;
using System.Text.Json;
using Helpdesk.Email;
using Helpdesk.Functions.Hosting;

namespace Helpdesk.Functions.Email;

/// <summary>Gets tokens for mail servers by client credentials (RFC 6749, 4.4), and keeps each until shortly before it expires.</summary>
public sealed class ImapTokens(ImapSecrets secrets, OutsideConnections outside, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Margin = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Unknown = TimeSpan.FromMinutes(10);
    private readonly HttpClient _http = outside.NewClient(TimeSpan.FromSeconds(30));
    private readonly ConcurrentDictionary<(string Workspace, OAuthSettings Settings), (string Token, DateTimeOffset Until)> _tokens = [];

    /// <summary>A token; <see cref="ImapException"/> says why there is none.</summary>
    /// <param name="refused">A token that the server did not take: another one is got.</param>
    public async ValueTask<string> GetAsync(string workspace, OAuthSettings oauth, string? refused, CancellationToken cancellationToken)
    {
        if (_tokens.TryGetValue((workspace, oauth), out var known) && known.Until > time.GetUtcNow() && known.Token != refused)
            return known.Token;
        var (token, lifetime) = await AskAsync(workspace, oauth, cancellationToken);
        _tokens[(workspace, oauth)] = (token, time.GetUtcNow() + (lifetime > Margin * 2 ? lifetime - Margin : lifetime / 2));
        return token;
    }

    /// <summary>Where tokens are got: an https address, or one of this machine itself by http; null for anything else.</summary>
    public static Uri? UrlOf(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url)
        && (url.Scheme == Uri.UriSchemeHttps || (url.Scheme == Uri.UriSchemeHttp && url.IsLoopback))
        && url.Host.Length > 0
            ? url
            : null;

    public void Dispose() => _http.Dispose();

    private async Task<(string Token, TimeSpan Lifetime)> AskAsync(string workspace, OAuthSettings oauth, CancellationToken cancellationToken)
    {
        if (UrlOf(oauth.TokenUrl) is not { } url)
            throw new ImapException("imap.oAuth.tokenUrl must be an https address: the client's secret is sent there.");
        using var form = new FormUrlEncodedContent([
            new("grant_type", "client_credentials"),
            new("client_id", oauth.ClientId),
            new("client_secret", secrets.Read(workspace, oauth.SecretSetting)),
            new("scope", oauth.Scope),
        ]);
        try
        {
            using var response = await _http.PostAsync(url, form, cancellationToken);
            using var answer = await JsonDocument.ParseAsync(await response.Content.ReadAsStreamAsync(cancellationToken), default, cancellationToken);
            if (response.IsSuccessStatusCode && Text(answer, "access_token") is { } token)
            {
                var lifetime =
                    answer.RootElement.TryGetProperty("expires_in", out var seconds) && seconds.TryGetInt32(out var known)
                        ? TimeSpan.FromSeconds(known)
                        : Unknown;
                return (token, lifetime);
            }

            // RFC 6749, 5.2: what went wrong stands there in words; Microsoft's are long and say it in the first line.
            var reason = (Text(answer, "error_description") ?? Text(answer, "error") ?? "no token in its answer").ReplaceLineEndings("\n").Split('\n')[0];
            throw new ImapException($"{url.Host} gives no token ({(int)response.StatusCode}): {reason}");
        }
        catch (Exception failure) when (failure is HttpRequestException or JsonException || failure.InnerException is TimeoutException)
        {
            throw new ImapException(
                failure.InnerException is OutsideAddressException refused
                    ? $"imap.oauth.tokenUrl is not called: {refused.Message}"
                    : $"{url.Host} does not answer as a token endpoint: {failure.Message}",
                failure
            );
        }
    }

    private static string? Text(JsonDocument answer, string name) =>
        answer.RootElement.ValueKind == JsonValueKind.Object
        && answer.RootElement.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}
