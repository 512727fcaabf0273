using Helpdesk.Functions.Knowledge;
using Helpdesk.Reports;

namespace Helpdesk.Functions.Reports;

/// <summary>How often suggested articles ended requests.</summary>
public sealed class DeflectionCounts(ReadingStore readings, ReadingCounts counts, ArticleLibrary library)
{
    /// <summary>The report, with what this process has counted and not yet written.</summary>
    public async Task<ReportTable> MakeAsync(string workspace, ReportRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        await counts.RunAsync(cancellationToken);
        var days = await readings.ReadDaysAsync(workspace, request.From, request.To, cancellationToken);
        var articles = (await library.OfAsync(workspace, cancellationToken))?.Articles;
        return Deflection.Make(request, days, id => articles?.GetValueOrDefault(id)?.Content is { } content ? new(content.Category, content.Language) : null);
    }
}
