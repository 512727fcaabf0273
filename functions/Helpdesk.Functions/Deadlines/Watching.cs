using Helpdesk.Functions.Tickets;
using Microsoft.DurableTask;

namespace Helpdesk.Functions.Deadlines;

/// <summary>A ticket, and when it has to be looked at next.</summary>
public sealed record WatchedTicket(TicketAddress Ticket, DateTimeOffset WakeAt);

/// <summary>The lap that watches have in common.</summary>
internal static class Watching
{
    /// <summary>The event that tells of an earlier waking.</summary>
    public const string Sooner = "sooner";

    /// <summary>How much too early a timer may fire: its queue counts in whole seconds, and rounds down.</summary>
    private static readonly TimeSpan Early = TimeSpan.FromSeconds(2);

    private static readonly TaskOptions Retry = TaskOptions.FromRetryPolicy(new RetryPolicy(6, TimeSpan.FromSeconds(1), 3, TimeSpan.FromMinutes(2)));

    /// <summary>
    /// Waits the moment by which a timer was early: asking at once would find nothing due, and make the watch turn round until it is.
    /// </summary>
    public static Task UntilDueAsync(WatchedTicket watched, TimeProvider time, CancellationToken cancellationToken)
    {
        var left = watched.WakeAt - time.GetUtcNow();
        return left > TimeSpan.Zero && left <= Early ? Task.Delay(left, time, cancellationToken) : Task.CompletedTask;
    }

    /// <summary>
    /// Waits until it is time, or until it is told that it will be time sooner; gives when to wake next, or null when there is nothing more to wake
    /// for.
    /// </summary>
    public static async Task<DateTimeOffset?> NextAsync(this TaskOrchestrationContext context, string activity, WatchedTicket watched)
    {
        try
        {
            var sooner = await context.WaitForExternalEvent<DateTimeOffset>(Sooner, watched.WakeAt.UtcDateTime - context.CurrentUtcDateTime);
            return sooner < watched.WakeAt ? sooner : watched.WakeAt;
        }
        catch (TaskCanceledException)
        {
            return await context.CallActivityAsync<DateTimeOffset?>(activity, watched, Retry);
        }
    }
}
