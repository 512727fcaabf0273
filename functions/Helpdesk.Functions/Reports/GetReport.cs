using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Hosting;
using Helpdesk.Reports;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Reports;

/// <summary>Which numbers are wanted.</summary>
/// <param name="From">The first day, such as <c>2026-07-01</c>; 29 days before the last one when it is left out.</param>
/// <param name="To">The last day; today when it is left out.</param>
/// <param name="By">By what the numbers are told apart: a comma list of at most three, one of which may be <c>day</c>, <c>week</c> or <c>month</c>.</param>
/// <param name="Zone">IANA name of the time zone whose days and hours are meant, such as <c>Europe/Berlin</c>.</param>
/// <param name="Format">The form of the answer.</param>
public sealed record ReportQuery(
    DateOnly? From,
    DateOnly? To,
    [property: MaxLength(100)] string? By,
    [property: MaxLength(60), DefaultValue("UTC")] string? Zone,
    ReportFormat? Format
) : IFromQuery<ReportQuery>
{
    internal IReadOnlyList<ReportDimension> Dimensions { get; init; } = [];

    public static ReportQuery Read(QueryReader query, HttpContext context)
    {
        var by =
            context.Request.Path.Value is { } path && WireName<ReportName>.TryParse(path.Split('/')[^1], out var name)
                ? query.ListOf<ReportDimension>("by", dimension => ReportRequest.Allows(name, dimension))
                : query.ListOf<ReportDimension>("by");
        var (from, to, zone) = (Day(query, "from"), Day(query, "to"), query.Text("zone", 60));
        if (by.Count > 3)
            query.Wrong("by", "may name at most three dimensions.");
        if (by.Count(ReportRequest.IsPeriod) > 1)
            query.Wrong("by", "may name only one of day, week and month.");
        if (zone is not null && !Report.IsZone(zone))
            query.Wrong("zone", "is not the name of a time zone: give one such as Europe/Berlin.");
        var formats = query.ListOf<ReportFormat>("format");
        if (formats.Count > 1)
            query.Wrong("format", $"must be one of {string.Join(", ", WireName<ReportFormat>.All)}.");
        if (from > to)
            query.Wrong("to", "must not be before from.");
        if (to?.DayNumber - from?.DayNumber >= ReportRequest.MostDays)
            query.Wrong("to", $"must be less than {ReportRequest.MostDays} days after from: ask for the years one by one.");
        return new(from, to, by.Count == 0 ? null : string.Join(',', by.Select(WireName<ReportDimension>.Of)), zone, formats.Count == 0 ? null : formats[0])
        {
            Dimensions = by,
        };
    }

    /// <summary>What is asked for, with what is left out.</summary>
    internal ReportRequest Of(ReportName name, DateTimeOffset now)
    {
        // Readings of articles are counted by days of UTC.
        var zone = name == ReportName.Deflection ? "UTC" : Zone ?? "UTC";
        var to = To ?? Later(Report.DayOf(now, zone), From);
        var request = new ReportRequest(name, From ?? to.AddDays(-29), to, Dimensions, zone);
        if (request.To.DayNumber - request.From.DayNumber >= ReportRequest.MostDays)
            throw new InvalidRequestException("to", $"to must be less than {ReportRequest.MostDays} days after from: ask for the years one by one.");
        if (Dimensions.Where(dimension => !ReportRequest.Allows(name, dimension)).Select(WireName<ReportDimension>.Of).FirstOrDefault() is { } wrong)
            throw new InvalidRequestException("by", $"by cannot be {wrong} in the report {WireName<ReportName>.Of(name)}: see GET /api/reports.");
        return request;
    }

    private static DateOnly Later(DateOnly one, DateOnly? other) => other > one ? other.Value : one;

    private static DateOnly? Day(QueryReader query, string name)
    {
        if (query.Text(name, 20) is not { } text)
            return null;
        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) && day.Year is >= 2000 and < 2200)
            return day;
        query.Wrong(name, "must be a day from 2000-01-01 to 2199-12-31, such as 2026-07-30.");
        return null;
    }
}

/// <summary>The form of a report.</summary>
[System.Text.Json.Serialization.JsonConverter(typeof(WireNameConverter<ReportFormat>))]
public enum ReportFormat
{
    Json,
    Csv,
}

/// <summary>A report that can be asked for.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Dimensions">By what its numbers can be told apart.</param>
public sealed record ReportListed(ReportName Name, IReadOnlyList<ReportDimension> Dimensions);

/// <summary>The reports that can be asked for.</summary>
/// <param name="Items">All of them.</param>
public sealed record ReportList(IReadOnlyList<ReportListed> Items);

/// <summary>One line of a report.</summary>
/// <param name="Key">What it is about, by name: a period is its first day, a month such as <c>2026-07</c>; what a ticket does not have is <c>none</c>.</param>
/// <param name="Values">Its numbers by name; null where there is nothing to count from.</param>
public sealed record ReportLine(IReadOnlyDictionary<string, string> Key, IReadOnlyDictionary<string, double?> Values);

/// <summary>The numbers of a report.</summary>
/// <param name="Name">Which report it is.</param>
/// <param name="From">Its first day.</param>
/// <param name="To">Its last day.</param>
/// <param name="Zone">The time zone of its days and hours.</param>
/// <param name="AsOf">Everything that happened until then is counted.</param>
/// <param name="Complete">False while older tickets are still being counted: ask again in a minute.</param>
/// <param name="Keys">Names of what its lines are told apart by.</param>
/// <param name="Columns">Names of its numbers.</param>
/// <param name="Rows">Its lines, ordered by their keys.</param>
/// <param name="Total">The same numbers over everything.</param>
public sealed record ReportView(
    ReportName Name,
    DateOnly From,
    DateOnly To,
    string Zone,
    DateTimeOffset AsOf,
    bool Complete,
    IReadOnlyList<string> Keys,
    IReadOnlyList<string> Columns,
    IReadOnlyList<ReportLine> Rows,
    IReadOnlyDictionary<string, double?> Total
);

/// <summary>Numbers about tickets, counted from what happened to each of them and never estimated.</summary>
public sealed class GetReport(ReportMaker reports, TimeProvider time)
{
    /// <summary>Steps that a request does itself; what is left, the timer goes on with.</summary>
    private const int Steps = 5;

    /// <summary>Lists the reports.</summary>
    [Function(nameof(ListReports)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public Ok<ReportList> ListReports([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/reports")] Caller caller) =>
        TypedResults.Ok(
            new ReportList([
                .. Enum.GetValues<ReportName>()
                    .Select(name => new ReportListed(name, [.. Enum.GetValues<ReportDimension>().Where(dimension => ReportRequest.Allows(name, dimension))])),
            ])
        );

    /// <summary>
    /// Gives the numbers of a report. Everything that has happened is counted before the answer, unless the workspace has more to count than one request
    /// does: then <c>complete</c> is false, and the counting goes on by itself.
    /// </summary>
    /// <param name="name">Name of the report.</param>
    [Function(nameof(GetReport)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Results<Ok<ReportView>, FileContentHttpResult, NotFound>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/reports/{name}")] ReportQuery query,
        string name,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        if (!WireName<ReportName>.TryParse(name, out var which))
            return TypedResults.NotFound();
        var request = query.Of(which, time.GetUtcNow());
        if (which == ReportName.Cost && caller.Workspace != DirectoryStore.HomeWorkspace)
            return TypedResults.NotFound();
        var (table, asOf, complete) = await reports.MakeAsync(caller.Workspace, request, Steps, cancellationToken);
        return query.Format == ReportFormat.Csv
            ? TypedResults.File(ReportMaker.Csv(table), "text/csv; charset=utf-8", $"{name}-{request.From:yyyy-MM-dd}-{request.To:yyyy-MM-dd}.csv")
            : TypedResults.Ok(
                new ReportView(
                    which,
                    request.From,
                    request.To,
                    request.Zone,
                    asOf,
                    complete,
                    table.Keys,
                    table.Columns,
                    [.. table.Rows.Select(row => new ReportLine(row.Key, row.Values))],
                    table.Total.Values
                )
            );
    }
}
