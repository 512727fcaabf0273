using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace Helpdesk.Bot.AzureBotService;

/// <summary>The published keys cannot be fetched, so that nobody can prove who they are.</summary>
public sealed class KeysUnavailableException(Exception cause) : Exception("The published keys of the channels cannot be fetched.", cause);

/// <summary>The published keys of one issuer, kept for a day and fetched anew for a key that is not known, at most once in five minutes.</summary>
/// <remarks>The library's own cache refreshes behind the back of whoever asks, and so would refuse the first token under a new key.</remarks>
public sealed class ChannelKeys(string metadata, IDocumentRetriever documents, TimeProvider time) : IDisposable
{
    /// <summary>How often a key that is not known may have the keys fetched.</summary>
    public static TimeSpan RefreshAtMostEvery { get; } = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan Kept = TimeSpan.FromDays(1);
    private readonly SemaphoreSlim _turn = new(1, 1);
    private volatile Known? _known;

    /// <summary>The key with this id, or null when its issuer does not publish it.</summary>
    /// <exception cref="KeysUnavailableException">The keys have never been fetched, and their publisher does not answer.</exception>
    public async ValueTask<JsonWebKey?> FindAsync(string kid, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (_known is { } known && known.At > now - Kept && (known.Find(kid) is not null || known.At > now - RefreshAtMostEvery))
            return known.Find(kid);

        await _turn.WaitAsync(cancellationToken);
        try
        {
            if (_known is { } meanwhile && meanwhile.At > now - RefreshAtMostEvery)
                return meanwhile.Find(kid);
            try
            {
                var configuration = await OpenIdConnectConfigurationRetriever.GetAsync(metadata, documents, cancellationToken);
                _known = new(now, configuration.JsonWebKeySet?.Keys ?? []);
            }
            catch (Exception unreachable) when (unreachable is IOException or HttpRequestException)
            {
                // What is known stays good until the publisher answers again; it is not asked at every token either.
                _known = _known is null ? throw new KeysUnavailableException(unreachable) : _known with { At = now - Kept + RefreshAtMostEvery };
            }

            return _known.Find(kid);
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();

    private sealed record Known(DateTimeOffset At, IEnumerable<JsonWebKey> Keys)
    {
        public JsonWebKey? Find(string kid) => Keys.FirstOrDefault(key => key.Kid == kid);
    }
}
