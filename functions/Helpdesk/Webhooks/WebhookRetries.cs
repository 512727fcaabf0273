namespace Helpdesk.Webhooks;

/// <summary>When a delivery that failed is tried again, and when it is given up.</summary>
public static class WebhookRetries
{
    /// <summary>How long a delivery is tried.</summary>
    public static TimeSpan GivenUpAfter { get; } = TimeSpan.FromHours(24);

    /// <summary>How long a subscription may fail before it is switched off.</summary>
    public static TimeSpan SwitchedOffAfter { get; } = TimeSpan.FromDays(3);

    /// <summary>How long a receiver may ask to be left alone.</summary>
    public static TimeSpan LongestRetryAfter { get; } = TimeSpan.FromHours(1);

    /// <summary>The pauses after each try; 23 hours and 51 minutes in all.</summary>
    public static IReadOnlyList<TimeSpan> Pauses { get; } =
    [
        TimeSpan.FromSeconds(5),
        TimeSpan.FromMinutes(1),
        TimeSpan.FromMinutes(5),
        TimeSpan.FromMinutes(15),
        TimeSpan.FromMinutes(30),
        TimeSpan.FromHours(1),
        TimeSpan.FromHours(2),
        TimeSpan.FromHours(4),
        TimeSpan.FromHours(6),
        TimeSpan.FromHours(10),
    ];

    /// <summary>How long to wait before the next try; null when there is none any more.</summary>
    /// <param name="delivery">As it is after the try that failed.</param>
    /// <param name="retryAfter">What the receiver asked for; null for nothing.</param>
    public static TimeSpan? Next(WebhookDelivery delivery, TimeSpan? retryAfter, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(delivery);
        if (delivery.Attempts > Pauses.Count)
            return null;
        var pause = Pauses[Math.Max(delivery.Attempts, 1) - 1];
        if (retryAfter > pause)
            pause = retryAfter.Value < LongestRetryAfter ? retryAfter.Value : LongestRetryAfter;
        return now + pause <= delivery.AskedAt + GivenUpAfter ? pause : null;
    }
}
