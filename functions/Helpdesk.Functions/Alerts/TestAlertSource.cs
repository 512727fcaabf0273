using Helpdesk.Alerts;
using Helpdesk.Functions.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Alerts;

/// <summary>A report as it is read.</summary>
/// <param name="Key">Tells disturbances apart.</param>
/// <param name="State">Whether it goes on or is over.</param>
/// <param name="Subject">One line.</param>
/// <param name="Description">Plain text; empty for none.</param>
/// <param name="Priority">The priority that its severity means; null where the tool does not say, or says what is not known.</param>
/// <param name="Severity">How bad it is in the tool's own words; null where it does not say.</param>
/// <param name="StartedAt">When it began, as the tool says; null where it does not.</param>
/// <param name="EndedAt">When it ended, as the tool says; null where it does not, or has not.</param>
/// <param name="Labels">What it concerns.</param>
/// <param name="Links">Addresses in the tool, by what they lead to.</param>
/// <param name="Id">The tool's own id of this report; null where it has none.</param>
/// <param name="Outcome">What would become of it, such as "would count on ticket 12"; null where that cannot be told.</param>
public sealed record AlertReportView(
    string Key,
    AlertState State,
    string Subject,
    string Description,
    TicketPriority? Priority,
    string? Severity,
    DateTimeOffset? StartedAt,
    DateTimeOffset? EndedAt,
    IReadOnlyDictionary<string, string> Labels,
    IReadOnlyDictionary<string, string> Links,
    string? Id,
    string? Outcome
)
{
    public static AlertReportView Of(AlertReport it, string? outcome) =>
        new(it.Key, it.State, it.Subject, it.Description, it.Priority, it.Severity, it.StartedAt, it.EndedAt, it.Labels, it.Links, it.Id, outcome);
}

/// <summary>What a payload would do.</summary>
/// <param name="Reports">The reports in it, at most 100.</param>
/// <param name="Total">How many reports there are in all.</param>
/// <param name="Ignored">Why there is nothing to do; null where there is.</param>
/// <param name="Error">Why it cannot be read, so that its receipt would fail; null where it can.</param>
/// <param name="Notes">What could not be read or was left out.</param>
public sealed record AlertTestView(IReadOnlyList<AlertReportView> Reports, int Total, string? Ignored, string? Error, IReadOnlyList<string> Notes);

/// <summary>
/// Shows what a payload would do, without doing it: the reports in it as they are read, and what would become of each. Send the body exactly as the tool
/// does, with its content type. Signatures are not checked.
/// </summary>
public sealed class TestAlertSource(AlertSourceStore sources, AlertReaders readers, IEnumerable<IEpisodePreview> previews, TimeProvider time)
{
    private const int Most = 100;

    [Function(nameof(TestAlertSource)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    [Takes(typeof(object)), Takes(typeof(string), "*/*")]
    public async Task<Results<Ok<AlertTestView>, NotFound>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/alert-sources/{id}/test")] HttpContext context,
        string id,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        if (await sources.FindAsync(caller.Workspace, id, cancellationToken) is not { } source)
            return TypedResults.NotFound();
        var bytes = await RequestBody.ReadAsync(context);
        var body = new AlertBody(AlertIntake.TypeOf(context.Request.ContentType), AlertIntake.HeadersOf(context.Request.Headers), bytes, time.GetUtcNow());
        try
        {
            var read = readers.Read(source, body);
            var shown = read.Reports.Take(Most).ToList();
            var outcomes = await OutcomesAsync(caller.Workspace, source, shown, cancellationToken);
            return TypedResults.Ok(
                new AlertTestView(
                    [.. shown.Select((report, index) => AlertReportView.Of(report, outcomes?[index]))],
                    read.Reports.Count,
                    read.Ignored ?? (source.Active ? null : "the source is not active"),
                    null,
                    read.Notes ?? []
                )
            );
        }
        catch (InvalidRequestException broken)
        {
            return TypedResults.Ok(new AlertTestView([], 0, null, broken.Message, []));
        }
    }

    private async Task<IReadOnlyList<string>?> OutcomesAsync(
        string workspace,
        AlertSource source,
        IReadOnlyList<AlertReport> reports,
        CancellationToken cancellationToken
    ) => previews.FirstOrDefault() is { } preview ? await preview.TellAsync(workspace, source, reports, cancellationToken) : null;
}
