using System.Globalization;
using System.Threading.RateLimiting;

namespace Helpdesk.Functions.Hosting;

/// <summary>How much one address may send to something public, per instance of the app.</summary>
public abstract class AddressLimit : IDisposable
{
    private readonly PartitionedRateLimiter<string> _limiter;

    protected AddressLimit(IConfiguration settings, string section, int standard)
    {
        var text = settings[$"{section}:PerMinute"] ?? standard.ToString(CultureInfo.InvariantCulture);
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var perMinute) || perMinute is < 1 or > 1_000_000)
            throw new InvalidOperationException($"{section}__PerMinute is \"{text}\"; it must be a whole number from 1 to 1000000.");
        _limiter = PartitionedRateLimiter.Create<string, string>(address =>
            RateLimitPartition.GetTokenBucketLimiter(
                address,
                _ => new TokenBucketRateLimiterOptions
                {
                    TokenLimit = perMinute,
                    TokensPerPeriod = Math.Max(1, perMinute / 6),
                    ReplenishmentPeriod = TimeSpan.FromSeconds(10),
                    QueueLimit = 0,
                }
            )
        );
    }

    /// <summary>429 with <c>Retry-After</c> when the sender's address has had enough for now.</summary>
    public void Check(HttpContext context)
    {
        using var lease = _limiter.AttemptAcquire(ClientAddress.Of(context));
        if (lease.IsAcquired)
            return;
        context.Response.Headers.RetryAfter = lease.TryGetMetadata(MetadataName.RetryAfter, out var wait)
            ? Math.Ceiling(Math.Max(1, wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture)
            : "10";
        throw new InvalidRequestException(
            StatusCodes.Status429TooManyRequests,
            "too-many-requests",
            "Too many requests from this address: wait as long as Retry-After says."
        );
    }

    public void Dispose()
    {
        _limiter.Dispose();
        GC.SuppressFinalize(this);
    }
}
