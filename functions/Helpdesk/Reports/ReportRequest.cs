using System.Text.Json.Serialization;

namespace Helpdesk.Reports;

/// <summary>What a report is about.</summary>
[JsonConverter(typeof(WireNameConverter<ReportName>))]
public enum ReportName
{
    /// <summary>How many tickets were opened, resolved, reopened, closed and merged.</summary>
    Volume,

    /// <summary>How many tickets were to be worked at the end of each period.</summary>
    Backlog,

    /// <summary>How long requesters waited for the first public answer of an agent.</summary>
    FirstReply,

    /// <summary>How long it took until tickets were resolved.</summary>
    Resolution,

    /// <summary>Which promises were kept and which broken.</summary>
    Sla,

    /// <summary>What agents did, and what is left with them.</summary>
    Agents,

    /// <summary>At which hours of which weekdays tickets come.</summary>
    Hours,

    /// <summary>What requesters said of resolutions.</summary>
    Satisfaction,

    /// <summary>How often a suggested article ended a request before it was one, or right after.</summary>
    Deflection,

    /// <summary>What running the desk has used and cost, and what that is for each ticket that was opened.</summary>
    Cost,
}

/// <summary>By what the numbers of a report are told apart.</summary>
[JsonConverter(typeof(WireNameConverter<ReportDimension>))]
public enum ReportDimension
{
    Day,
    Week,
    Month,
    Channel,
    Priority,
    Tier,
    Group,
    Assignee,
    Type,
    Metric,

    /// <summary>The organisation of the requester.</summary>
    Organisation,

    /// <summary>Each tag: a ticket counts under all of its tags, and once in the total.</summary>
    Tag,

    /// <summary>The article that was suggested.</summary>
    Article,

    /// <summary>The category that the article is in now.</summary>
    Category,

    /// <summary>The language that the article is written in.</summary>
    Language,
}

/// <summary>Which numbers are wanted.</summary>
/// <param name="From">The first local day.</param>
/// <param name="To">The last local day.</param>
/// <param name="By">By what they are told apart; one period at the most.</param>
/// <param name="Zone">IANA name of the time zone whose days are meant, such as <c>Europe/Berlin</c>.</param>
public sealed record ReportRequest(ReportName Name, DateOnly From, DateOnly To, IReadOnlyList<ReportDimension> By, string Zone)
{
    /// <summary>Days that a report covers at the most: two years and a day.</summary>
    public const int MostDays = 732;

    /// <summary>The dimensions of which a report may have one.</summary>
    public static bool IsPeriod(ReportDimension dimension) => dimension is ReportDimension.Day or ReportDimension.Week or ReportDimension.Month;

    /// <summary>The dimensions that articles have and tickets have not.</summary>
    public static bool IsOfArticle(ReportDimension dimension) => dimension is ReportDimension.Article or ReportDimension.Category or ReportDimension.Language;

    /// <summary>Whether a report can be told apart by a dimension.</summary>
    public static bool Allows(ReportName name, ReportDimension dimension) =>
        name switch
        {
            ReportName.Deflection => IsPeriod(dimension) || IsOfArticle(dimension) || dimension == ReportDimension.Channel,
            ReportName.Sla => !IsOfArticle(dimension),
            ReportName.Agents or ReportName.Cost => IsPeriod(dimension),
            ReportName.Hours => !IsPeriod(dimension) && !IsOfArticle(dimension) && dimension != ReportDimension.Metric,
            _ => !IsOfArticle(dimension) && dimension != ReportDimension.Metric,
        };
}

/// <summary>One line of a report.</summary>
/// <param name="Key">What it is about, by dimension; empty for the sum. A ticket without a group has the group <c>none</c>.</param>
/// <param name="Values">Its numbers by name; null where there is nothing to count from.</param>
public sealed record ReportRow(IReadOnlyDictionary<string, string> Key, IReadOnlyDictionary<string, double?> Values);

/// <summary>The numbers of a report.</summary>
/// <param name="Keys">Names of what its lines are told apart by.</param>
/// <param name="Columns">Names of its numbers.</param>
/// <param name="Rows">Its lines, ordered by their keys.</param>
/// <param name="Total">The same numbers over everything.</param>
public sealed record ReportTable(IReadOnlyList<string> Keys, IReadOnlyList<string> Columns, IReadOnlyList<ReportRow> Rows, ReportRow Total);
