namespace Helpdesk.Functions.Hosting;

/// <summary>What a process does before it ends. It ends all the same where that fails, and the failure is logged.</summary>
public sealed partial class LastWork(ILogger<LastWork> logger)
{
    public async Task TryAsync(Func<CancellationToken, Task> work, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(work);
        try
        {
            await work(cancellationToken);
        }
        catch (Exception failed)
        {
            Log.NotDone(logger, failed);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "What was to be written before the process ends could not be written; it is lost")]
        public static partial void NotDone(ILogger logger, Exception failed);
    }
}
