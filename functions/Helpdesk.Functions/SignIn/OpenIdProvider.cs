using Helpdesk.Functions.Hosting;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace Helpdesk.Functions.SignIn;

/// <summary>What the provider says of itself, with the keys by which it signs.</summary>
/// <remarks>
/// It is read once and again every 12 hours; and at once when a token has a key that is not known yet, at most every half minute, so that made-up tokens do
/// not make the desk ask all the time. What was read last holds while the provider does not answer.
/// </remarks>
public sealed partial class OpenIdProvider(SignInOptions options, TimeProvider time, ILogger<OpenIdProvider> logger) : IDisposable
{
    private static readonly TimeSpan Fresh = TimeSpan.FromHours(12);
    private static readonly TimeSpan BetweenTries = TimeSpan.FromSeconds(30);

    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(10), MaxResponseContentBufferSize = 1_000_000 };
    private readonly SemaphoreSlim _turn = new(1, 1);
    private OpenIdConnectConfiguration? _known;
    private DateTimeOffset _readAt;
    private DateTimeOffset _triedAt = DateTimeOffset.MinValue;

    /// <summary>What is known; 503 when nothing is and the provider does not answer.</summary>
    public async ValueTask<OpenIdConnectConfiguration> GetAsync(CancellationToken cancellationToken) =>
        _known is { } known && time.GetUtcNow() - _readAt < Fresh ? known : await ReadAsync(_known, cancellationToken);

    /// <summary>What is known once the provider was asked again, since what is <paramref name="stale"/> did not do; null when it was asked just now.</summary>
    public async ValueTask<OpenIdConnectConfiguration?> GetNewerAsync(OpenIdConnectConfiguration stale, CancellationToken cancellationToken)
    {
        if (ReferenceEquals(_known, stale) && time.GetUtcNow() - _triedAt < BetweenTries)
            return null;
        var newer = await ReadAsync(stale, cancellationToken);
        return ReferenceEquals(newer, stale) ? null : newer;
    }

    /// <summary>The origins that a browser asks while somebody signs in; none without a provider.</summary>
    public async ValueTask<IReadOnlyList<string>> OriginsAsync(CancellationToken cancellationToken)
    {
        if (options.Authority is null)
            return [];
        List<string?> addresses = [options.Authority];
        try
        {
            var known = await GetAsync(cancellationToken);
            addresses.AddRange([known.TokenEndpoint, known.UserInfoEndpoint, known.JwksUri]);
        }
        catch (InvalidRequestException)
        {
            // The page is given even so: it says that the provider does not answer.
        }

        return
        [
            .. addresses.Where(one => Uri.TryCreate(one, UriKind.Absolute, out _)).Select(one => new Uri(one!).GetLeftPart(UriPartial.Authority)).Distinct(),
        ];
    }

    /// <summary>What the provider says of the holder of a token; null when it says nothing.</summary>
    public async Task<string?> AskAboutAsync(string token, CancellationToken cancellationToken)
    {
        if ((await GetAsync(cancellationToken)).UserInfoEndpoint is not { Length: > 0 } address)
            return null;
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.Authorization = new("Bearer", token);
        try
        {
            using var answer = await _http.SendAsync(request, cancellationToken);
            return answer.IsSuccessStatusCode ? await answer.Content.ReadAsStringAsync(cancellationToken) : null;
        }
        catch (Exception failure) when (failure is HttpRequestException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            Log.Unreachable(logger, failure, address);
            return null;
        }
    }

    /// <summary>Exchanges a code for tokens; null when the provider gives none.</summary>
    public async Task<string?> RedeemAsync(IReadOnlyDictionary<string, string> fields, CancellationToken cancellationToken)
    {
        if ((await GetAsync(cancellationToken)).TokenEndpoint is not { Length: > 0 } address)
            return null;
        using var form = new FormUrlEncodedContent(fields);
        try
        {
            using var answer = await _http.PostAsync(address, form, cancellationToken);
            return answer.IsSuccessStatusCode ? await answer.Content.ReadAsStringAsync(cancellationToken) : null;
        }
        catch (Exception failure) when (failure is HttpRequestException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            Log.Unreachable(logger, failure, address);
            return null;
        }
    }

    private async Task<OpenIdConnectConfiguration> ReadAsync(OpenIdConnectConfiguration? before, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            // Whoever waited for the same need not ask again.
            if (_known is { } known && !ReferenceEquals(known, before))
                return known;
            if (_known is not null && time.GetUtcNow() - _triedAt < BetweenTries)
                return _known;
            // Failures count as well; the first reading leaves the way free for one that follows from it.
            if (_known is not null)
                _triedAt = time.GetUtcNow();
            var address = $"{options.Authority!.TrimEnd('/')}/.well-known/openid-configuration";
            try
            {
                var documents = new HttpDocumentRetriever(_http) { RequireHttps = new Uri(address).Scheme == Uri.UriSchemeHttps };
                _known = await OpenIdConnectConfigurationRetriever.GetAsync(address, documents, cancellationToken);
                _readAt = time.GetUtcNow();
            }
            catch (Exception failure)
                when (failure is IOException or HttpRequestException or InvalidOperationException or TaskCanceledException or ArgumentException
                    && !cancellationToken.IsCancellationRequested
                )
            {
                Log.Unreachable(logger, failure, address);
            }

            return _known
                ?? throw new InvalidRequestException(
                    StatusCodes.Status503ServiceUnavailable,
                    "provider-unreachable",
                    "The provider that people sign in at does not answer at the moment: try again."
                );
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose()
    {
        _http.Dispose();
        _turn.Dispose();
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Error, "The OpenID Connect provider does not answer at {Address}")]
        public static partial void Unreachable(ILogger logger, Exception failure, string address);
    }
}
