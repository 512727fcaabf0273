using Helpdesk.Functions.Hosting;

namespace Helpdesk.Functions.Deadlines;

/// <summary>Every few minutes: does for tickets whose time has come what their watch should have done, whether it did or not; and what
/// features do regularly.</summary>
public sealed partial class SweepDueTimes(
    DueTimes dueTimes,
    IEnumerable<IDeadline> deadlines,
    IEnumerable<IRegularWork> regular,
    TimeProvider time,
    ILogger<SweepDueTimes> logger
)
{
    /// <summary>How long a watch has before somebody else looks.</summary>
    public static TimeSpan Grace { get; } = TimeSpan.FromSeconds(15);

    [Function(nameof(SweepDueTimes))]
    public async Task Run([TimerTrigger("%HELPDESK_SWEEP_SCHEDULE%")] TimerInfo timer, CancellationToken cancellationToken)
    {
        var (count, oldest) = await dueTimes.SweepAsync(
            time.GetUtcNow() - Grace,
            async due =>
            {
                if (await deadlines.Single(deadline => deadline.Kind == due.Kind).WakeAsync(due.Address, cancellationToken) is { } at)
                    await dueTimes.NoteAsync(due with { At = at }, cancellationToken);
            },
            cancellationToken
        );
        if (oldest is not null)
            Log.Swept(logger, count, oldest.Value);
        foreach (var work in regular)
            await work.RunAsync(cancellationToken);
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Debug, "{Count} due times were swept, the oldest of {Oldest}")]
        public static partial void Swept(ILogger logger, int count, DateTimeOffset oldest);
    }
}
