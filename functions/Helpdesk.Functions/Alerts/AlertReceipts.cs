using System.Globalization;
using Helpdesk.Alerts;
using Helpdesk.Functions.Intake;

namespace Helpdesk.Functions.Alerts;

/// <summary>Makes episodes, and tickets, of what monitoring tools sent.</summary>
public sealed class AlertReceipts(AlertReaders readers, AlertSourceStore sources, AlertEpisodes episodes, TimeProvider time) : IReceiptHandler
{
    private const int Parallel = 4;
    private const int ReasonLength = 1_000;

    public IntakeChannel Channel => IntakeChannel.Alert;

    public async Task<Receipt> HandleAsync(Receipt receipt, ReadOnlyMemory<byte> body, bool replay, CancellationToken cancellationToken)
    {
        if (receipt.Probe == true)
            return AlertProbe.Work(receipt, body, readers, time.GetUtcNow());
        if (await sources.FindAsync(receipt.Workspace, receipt.Source ?? "", cancellationToken) is not { } source)
            throw new HelpdeskRuleException("alert-source-missing", "The alert source that this came by is not there any more.");
        if (!source.Active && !replay)
            return Ignored(receipt, "the source is not active");
        var read = await readers.ReadAsync(source, receipt, body, cancellationToken);
        if (read.Ignored is { } why)
            return Ignored(receipt, why);
        var taken = new TakenReport[read.Reports.Count];
        // Reports of one key keep their order; others do not wait for them.
        await System.Threading.Tasks.Parallel.ForEachAsync(
            read.Reports.Index().GroupBy(one => one.Item.Key, StringComparer.Ordinal),
            new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = cancellationToken },
            async (same, cancelled) =>
            {
                foreach (var (index, report) in same)
                    taken[index] = await episodes.TakeAsync(receipt.Workspace, source, HeardOf(receipt, index, report), cancelled);
            }
        );
        var reason = $"{ReasonOf(taken)}{string.Concat((read.Notes ?? []).Select(note => $". {note.TrimEnd('.')}"))}";
        return receipt with
        {
            State = ReceiptState.Processed,
            Ticket = taken.Select(one => one.Ticket).FirstOrDefault(ticket => ticket is not null),
            Error = null,
            Reason = PlainText.Shortened(reason, ReasonLength),
        };
    }

    private static HeardReport HeardOf(Receipt receipt, int index, AlertReport report) =>
        new(
            report,
            report.Id is { } id ? $"id {WireName<AlertState>.Of(report.State)} {id}" : string.Create(CultureInfo.InvariantCulture, $"{receipt.Id} {index}"),
            // What stands further down in one body was said later.
            receipt.ReceivedAt.AddTicks(index),
            receipt.Id
        );

    private static Receipt Ignored(Receipt receipt, string why) => receipt with { State = ReceiptState.Ignored, Reason = $"ignored: {why}", Error = null };

    /// <summary>What became of all reports together, such as "3 reports: 1 opened ticket 12, 2 counted on ticket 9".</summary>
    public static string ReasonOf(IReadOnlyCollection<TakenReport> taken)
    {
        const int mostParts = 12;
        var parts = taken
            .GroupBy(one => (Words: WordsOf(one), one.Number))
            .Select(same =>
                string.Create(CultureInfo.InvariantCulture, $"{same.Count()} {same.Key.Words}{(same.Key.Number is { } number ? $" ticket {number}" : "")}")
            )
            .ToList();
        var shown = string.Join(", ", parts.Take(mostParts));
        var more = parts.Count > mostParts ? ", and others" : "";
        return string.Create(CultureInfo.InvariantCulture, $"{taken.Count} {(taken.Count == 1 ? "report" : "reports")}: {shown}{more}");
    }

    private static string WordsOf(TakenReport taken) =>
        (taken.Outcome, taken.How, taken.Number) switch
        {
            (_, EpisodeJoin.Opened, _) => "opened",
            (_, EpisodeJoin.Refired, _) => "fires again on",
            (_, EpisodeJoin.Correlated or EpisodeJoin.Storm, _) => "joined",
            (EpisodeOutcome.Muted, _, _) => "began during maintenance and opened no ticket",
            (EpisodeOutcome.Early, _, _) => "ended what has not begun, and is kept for a while",
            (EpisodeOutcome.OverAtOnce, _, _) => "was over before it was reported and opened no ticket",
            (EpisodeOutcome.Counted, _, null) => "counted, without a ticket",
            (EpisodeOutcome.Counted, _, _) => "counted on",
            (EpisodeOutcome.Late, _, null) => "came late, without a ticket",
            (EpisodeOutcome.Late, _, _) => "came late for",
            (EpisodeOutcome.Ended, _, null) => "ended, without a ticket",
            (EpisodeOutcome.Ended, _, _) => "ended on",
            (EpisodeOutcome.Held, _, _) => "ended for now, and flaps on",
            (_, _, null) => "ended before",
            _ => "ended before on",
        };
}
