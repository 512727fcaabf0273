using Helpdesk.Functions.Contacts;
using Helpdesk.Functions.Hosting;

namespace Helpdesk.Functions.Alerts;

/// <summary>
/// Removes what nobody asks for any more: that a report was taken after 30 days, episodes that are over after 400 days, or when the workspace keeps
/// the words of
/// tickets for a shorter time.
/// </summary>
public sealed class EpisodeRetention(EpisodeStore store, TimeProvider time) : INightlyWork, IKeptForAWhile
{
    private static readonly TimeSpan TakenKept = TimeSpan.FromDays(30);
    private static readonly TimeSpan EpisodesKept = TimeSpan.FromDays(400);

    /// <summary>So many rows are removed in one night at the most: what is left, the next one finds.</summary>
    private const int PerNight = 20_000;
    private const int PerStep = 500;

    public string Name => "episodes";

    public async Task TidyAsync(string workspace, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await store.RemoveBeforeAsync(workspace, now - TakenKept, now - EpisodesKept, PerNight, dryRun: false, cancellationToken);
    }

    public DateTimeOffset? Before(RetentionSetting setting, DateTimeOffset now) => setting?.TicketWordsMonths is { } months ? now.AddMonths(-months) : null;

    public async Task<RetentionStep> ApplyAsync(
        string workspace,
        DateTimeOffset before,
        string run,
        bool dryRun,
        string? from,
        CancellationToken cancellationToken
    )
    {
        var removed = await store.RemoveBeforeAsync(workspace, DateTimeOffset.UnixEpoch, before, dryRun ? int.MaxValue : PerStep, dryRun, cancellationToken);
        // What is removed is not found again: the next step begins anew.
        return new(removed, !dryRun && removed >= PerStep ? "more" : null);
    }
}
