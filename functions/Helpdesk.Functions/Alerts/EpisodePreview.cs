using System.Globalization;
using Helpdesk.Alerts;

namespace Helpdesk.Functions.Alerts;

/// <summary>Tells what would become of reports: the rules run over a copy of what is known, and nothing is written.</summary>
public sealed class EpisodePreview(EpisodeStore store, EpisodePlaces places, TimeProvider time) : IEpisodePreview
{
    public async Task<IReadOnlyList<string>> TellAsync(
        string workspace,
        AlertSource source,
        IReadOnlyList<AlertReport> reports,
        CancellationToken cancellationToken
    )
    {
        var known = new Dictionary<string, EpisodeHistory>(StringComparer.Ordinal);
        var told = new List<string>();
        var now = time.GetUtcNow();
        foreach (var (index, report) in reports.Index())
        {
            var key = EpisodeKey.Of(workspace, source.Id, report.Key);
            var history =
                known.GetValueOrDefault(report.Key)
                ?? (await store.FindAsync(key, cancellationToken))?.History
                ?? new EpisodeHistory { Source = source.Id, Key = report.Key };
            var step = EpisodeTracking.Take(history, report, source.Rules ?? EpisodeRules.Standard, now.AddTicks(index), now);
            var after = step.History;
            string? words = null;
            if (step.NeedsPlace)
                (after, words) = await places.LookAsync(key, source, step, cancellationToken);
            known[report.Key] = after;
            told.Add(words ?? WordsOf(step, after));
        }

        return told;
    }

    private static string WordsOf(EpisodeStep step, EpisodeHistory history)
    {
        var episode = step.Sequence is { } sequence ? history.Episodes.FirstOrDefault(one => one.Sequence == sequence) : null;
        // A ticket that is only thought of has no number.
        var on =
            episode?.Place is not { } place ? ", which has no ticket"
            : place.Number > 0 ? string.Create(CultureInfo.InvariantCulture, $" on ticket {place.Number}")
            : " on that ticket";
        return step.Outcome switch
        {
            EpisodeOutcome.Counted => $"would count{on}",
            EpisodeOutcome.Late => $"would count as late{on}",
            EpisodeOutcome.Ended => $"would end what fires{on}",
            EpisodeOutcome.Held => $"would end what fires{on}, which flaps and is held open",
            EpisodeOutcome.OverAtOnce => "would be recorded and open nothing: its end was reported before",
            EpisodeOutcome.Early => "would be kept for a while: nothing fires that it could end",
            _ => $"would change nothing: that end is known{on}",
        };
    }
}
