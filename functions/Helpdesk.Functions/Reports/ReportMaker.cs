using CsvHelper;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Settings;
using Helpdesk.Reports;

namespace Helpdesk.Functions.Reports;

/// <summary>A report, and of when it is.</summary>
/// <param name="AsOf">Everything that happened until then is counted.</param>
/// <param name="Complete">False while older tickets are still being counted.</param>
public sealed record MadeReport(ReportTable Table, DateTimeOffset AsOf, bool Complete);

/// <summary>Makes reports, for whoever wants one.</summary>
public sealed class ReportMaker(
    ReportDays days,
    ReportProgress progress,
    UsageLog usage,
    SettingsStore settings,
    DirectoryStore directory,
    DeflectionCounts deflections,
    TimeProvider time
)
{
    /// <summary>Counts what has happened since, and makes the report.</summary>
    /// <param name="steps">In at most so many steps.</param>
    public async Task<MadeReport> MakeAsync(string workspace, ReportRequest request, int steps, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var (from, to) = Report.Span(request);
        if (request.Name == ReportName.Cost)
            return await MakeCostAsync(request, from, to, steps, cancellationToken);
        if (request.Name == ReportName.Deflection)
            return new(await deflections.MakeAsync(workspace, request, cancellationToken), time.GetUtcNow(), true);
        var (place, complete) = await progress.AdvanceAsync(workspace, steps, cancellationToken);
        var backlog = request.Name is ReportName.Backlog or ReportName.Agents;
        var (measures, before) = await days.ReadAsync(workspace, from, to, backlog, cancellationToken);
        return new(Report.Make(request, measures, before, time.GetUtcNow()), place.AsOf, complete);
    }

    /// <summary>What the desk costs is paid for all of its workspaces together.</summary>
    private async Task<MadeReport> MakeCostAsync(ReportRequest request, DateTimeOffset from, DateTimeOffset to, int steps, CancellationToken cancellationToken)
    {
        var (opened, asOf, complete) = (new List<DateTimeOffset>(), DateTimeOffset.MaxValue, true);
        foreach (var workspace in await directory.ListWorkspacesAsync(cancellationToken))
        {
            var (place, done) = await progress.AdvanceAsync(workspace, steps, cancellationToken);
            (asOf, complete) = (place.AsOf < asOf ? place.AsOf : asOf, complete && done);
            var (measures, _) = await days.ReadAsync(workspace, from, to, backlog: false, cancellationToken);
            opened.AddRange(measures.Where(measure => measure.Kind == MeasureKind.Opened).Select(measure => measure.At));
        }

        await usage.WriteAsync(cancellationToken);
        var prices = await ManageCostSettings.FindAsync(settings, cancellationToken);
        return new(Costs.Report(request, await usage.ReadAsync(from, to, cancellationToken), opened, prices), asOf, complete);
    }

    /// <summary>
    /// A line per row, without the total: what reads it sums up by itself. A key that a spreadsheet would take for a formula is escaped.
    /// </summary>
    public static byte[] Csv(ReportTable table)
    {
        ArgumentNullException.ThrowIfNull(table);
        using var bytes = new MemoryStream();
        bytes.Write(System.Text.Encoding.UTF8.Preamble);
        using (var csv = CsvWriter.Create(bytes, new CsvWriterOptions { Injection = CsvInjection.Escape }, leaveOpen: true))
        {
            foreach (var name in table.Keys.Concat(table.Columns))
                csv.WriteField(name);
            csv.EndRecord();
            foreach (var row in table.Keys.Count == 0 ? [table.Total] : table.Rows)
            {
                foreach (var key in table.Keys)
                    csv.WriteField(row.Key[key]);
                foreach (var column in table.Columns)
                    csv.WriteField(row.Values[column]);
                csv.EndRecord();
            }
        }

        return bytes.ToArray();
    }
}
