using Helpdesk.Functions.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Reports;

/// <summary>How far the counting for reports has come.</summary>
/// <param name="Begun">Whether anything is counted: it begins when the first report is asked for.</param>
/// <param name="AsOf">Everything that happened until then is counted, once the counting of all tickets is done.</param>
/// <param name="Rebuilding">Whether all tickets are being counted anew.</param>
/// <param name="Counted">How many tickets that has counted.</param>
public sealed record ReportProgressView(bool Begun, DateTimeOffset? AsOf, bool Rebuilding, long Counted)
{
    internal static ReportProgressView Of(ReportPlace? place) =>
        place is null ? new(false, null, false, 0) : new(true, place.AsOf, place.Rebuild is not null, place.Counted);
}

/// <summary>How far the counting for reports has come, and counting everything anew.</summary>
public sealed class ManageReports(ReportProgress progress)
{
    /// <summary>Shows how far the counting for reports has come.</summary>
    [Function(nameof(GetReportProgress)), RequiresKey(KeyRole.Admin)]
    public async Task<Ok<ReportProgressView>> GetReportProgress(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/operations/reports")] Caller caller,
        CancellationToken cancellationToken
    ) => TypedResults.Ok(ReportProgressView.Of(await progress.FindAsync(caller.Workspace, cancellationToken)));

    /// <summary>
    /// Counts all tickets of the workspace anew from their events. Nothing is lost by it: the numbers that are there stay until they are replaced. It goes
    /// on with the timer, and with every report that is asked for.
    /// </summary>
    [Function(nameof(RebuildReports)), RequiresKey(KeyRole.Admin)]
    public async Task<Accepted<ReportProgressView>> RebuildReports(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/operations/reports/rebuild")] NoBody body,
        Caller caller,
        CancellationToken cancellationToken
    ) => TypedResults.Accepted("/api/operations/reports", ReportProgressView.Of(await progress.RestartAsync(caller.Workspace, cancellationToken)));
}
