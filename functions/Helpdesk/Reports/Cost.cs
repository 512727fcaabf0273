namespace Helpdesk.Reports;

/// <summary>What running the desk has used in a while.</summary>
/// <param name="At">When the while began: a whole hour.</param>
/// <param name="Tables">Requests to tables.</param>
/// <param name="Queues">Requests to queues.</param>
/// <param name="Blobs">Requests to blobs.</param>
/// <param name="Executions">Executions of functions.</param>
/// <param name="Milliseconds">How long these took, added up.</param>
/// <param name="Mails">Mails that were handed over.</param>
public sealed record DeskUsage(DateTimeOffset At, long Tables, long Queues, long Blobs, long Executions, long Milliseconds, long Mails)
{
    public long Requests => Tables + Queues + Blobs;
}

/// <summary>What things cost, in a currency.</summary>
public sealed record CostPrices
{
    /// <summary>Code of the currency, as of ISO 4217.</summary>
    public string Currency { get; init; } = "USD";

    /// <summary>10,000 requests to tables.</summary>
    public double Tables { get; init; } = 0.00036;

    /// <summary>10,000 requests to queues.</summary>
    public double Queues { get; init; } = 0.0004;

    /// <summary>10,000 requests to blobs.</summary>
    public double Blobs { get; init; } = 0.005;

    /// <summary>A million executions of functions.</summary>
    public double Executions { get; init; } = 0.40;

    /// <summary>A gigabyte of memory for a second.</summary>
    public double GbSecond { get; init; } = 0.000026;

    /// <summary>Gigabytes of memory that an execution has.</summary>
    public double Gigabytes { get; init; } = 2;

    /// <summary>1,000 mails.</summary>
    public double Mails { get; init; }

    /// <summary>What a month costs whatever happens: the mail service's plan, logs, backups.</summary>
    public double Month { get; init; }
}

/// <summary>What the desk has cost.</summary>
public static class Costs
{
    /// <summary>What a use costs, without what is paid by the month.</summary>
    public static double Of(DeskUsage usage, CostPrices prices)
    {
        ArgumentNullException.ThrowIfNull(usage);
        ArgumentNullException.ThrowIfNull(prices);
        return usage.Tables / 10_000d * prices.Tables
            + usage.Queues / 10_000d * prices.Queues
            + usage.Blobs / 10_000d * prices.Blobs
            + usage.Executions / 1_000_000d * prices.Executions
            + usage.Milliseconds / 1000d * prices.Gigabytes * prices.GbSecond
            + usage.Mails / 1000d * prices.Mails;
    }

    /// <summary>The share of a day in what is paid by the month.</summary>
    public static double ShareOf(DateOnly day, CostPrices prices)
    {
        ArgumentNullException.ThrowIfNull(prices);
        return prices.Month / DateTime.DaysInMonth(day.Year, day.Month);
    }

    /// <summary>The report of what the desk has cost.</summary>
    /// <param name="usage">What was used; more than the days of the report does no harm.</param>
    /// <param name="opened">When tickets were opened.</param>
    public static ReportTable Report(ReportRequest request, IEnumerable<DeskUsage> usage, IEnumerable<DateTimeOffset> opened, CostPrices prices)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(prices);
        var (from, to) = Reports.Report.Span(request);
        var by = request.By.Count == 0 ? (ReportDimension?)null : request.By[0];
        string KeyOf(DateOnly day) => by is { } one ? Reports.Report.PeriodOf(one, day) : "";
        var used = usage
            .Where(one => one.At >= from && one.At < to)
            .ToLookup(one => KeyOf(Reports.Report.DayOf(one.At, request.Zone)), StringComparer.Ordinal);
        var tickets = opened.Where(at => at >= from && at < to).ToLookup(at => KeyOf(Reports.Report.DayOf(at, request.Zone)), StringComparer.Ordinal);
        var days = Enumerable.Range(0, request.To.DayNumber - request.From.DayNumber + 1).Select(request.From.AddDays).ToLookup(KeyOf, StringComparer.Ordinal);
        Dictionary<string, double?> Values(IReadOnlyList<DeskUsage> some, int count, IEnumerable<DateOnly> of)
        {
            var cost = some.Sum(one => Of(one, prices)) + of.Sum(day => ShareOf(day, prices));
            return new(StringComparer.Ordinal)
            {
                ["tickets"] = count,
                ["requests"] = some.Sum(one => one.Requests),
                ["executions"] = some.Sum(one => one.Executions),
                ["mails"] = some.Sum(one => one.Mails),
                ["cost"] = Math.Round(cost, 6),
                ["costPerTicket"] = count == 0 ? null : Math.Round(cost / count, 6),
            };
        }

        var rows = by is null
            ? []
            : days.OrderBy(one => one.Key, StringComparer.Ordinal)
                .Select(one => new ReportRow(
                    new Dictionary<string, string>(StringComparer.Ordinal) { [WireName<ReportDimension>.Of(by.Value)] = one.Key },
                    Values([.. used[one.Key]], tickets[one.Key].Count(), one)
                ))
                .ToList();
        var total = Values([.. used.SelectMany(one => one)], tickets.Sum(one => one.Count()), days.SelectMany(one => one));
        return new([.. request.By.Select(WireName<ReportDimension>.Of)], [.. total.Keys], rows, new(new Dictionary<string, string>(), total));
    }
}
