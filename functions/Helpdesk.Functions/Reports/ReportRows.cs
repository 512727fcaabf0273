using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Azure.Data.Tables;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;
using Helpdesk.Reports;

namespace Helpdesk.Functions.Reports;

/// <summary>How far the reports of a workspace have come.</summary>
/// <param name="Segment">The segment of the stream of events up to which all is counted.</param>
/// <param name="Index">The place in that segment.</param>
/// <param name="AsOf">When that place was the end of the stream, or the last event before it happened.</param>
/// <param name="Rebuild">Where the counting of all tickets goes on: a cursor of the list of tickets; empty at its beginning, null when it is done.</param>
/// <param name="Counted">How many tickets the counting of all tickets has counted.</param>
/// <param name="Form">How they were counted: 1 without organisations and tags.</param>
public sealed record ReportPlace(long Segment, long Index, DateTimeOffset AsOf, string? Rebuild, long Counted, int Form = 1)
{
    /// <summary>How tickets are counted now; what was counted otherwise is counted anew.</summary>
    public const int Current = 2;
}

/// <summary>What a day's tickets add to the backlog, by what they were like.</summary>
internal sealed record BacklogMove(MeasureOf Of, double Count);

/// <summary>One day, summed up.</summary>
/// <param name="Measures">Everything that is counted on it.</param>
/// <param name="Moves">What it adds to the backlog.</param>
internal sealed record DayPack(IReadOnlyList<Measure> Measures, IReadOnlyList<BacklogMove> Moves);

/// <summary>The rows of the reports and back.</summary>
/// <remarks>
/// A partition per workspace and month (UTC): <c>d07:ticket</c> has what a ticket adds to the 7th, with the version of the ticket it was counted by, and
/// <c>p07</c> the whole day; changing the first empties the second in the same transaction. A partition per workspace names the months, and one of sixteen
/// remembers for each ticket on which days it is counted. Every row key begins with its partition's name.
/// </remarks>
internal static class ReportRows
{
    private const int TicketShards = 16;

    /// <summary>Lies behind the rows of one kind, whose keys go on with a letter or digit after the colon.</summary>
    private const string Behind = ";";

    public static string Places(string workspace) => $"{workspace}:place";

    public static string Months(string workspace) => $"{workspace}:months";

    public static string Month(string workspace, DateOnly day) => $"{workspace}:{day.ToString("yyyyMM", CultureInfo.InvariantCulture)}";

    public static string MonthKey(string workspace, DateOnly day) => $"{Months(workspace)}:{day.ToString("yyyyMM", CultureInfo.InvariantCulture)}";

    public static DateOnly MonthOfKey(string key) => DateOnly.ParseExact(key[^6..] + "01", "yyyyMMdd", CultureInfo.InvariantCulture);

    public static string Tickets(string workspace, long number) =>
        string.Create(CultureInfo.InvariantCulture, $"{workspace}:tickets-{number % TicketShards:D2}");

    public static string TicketKey(string workspace, long number) => string.Create(CultureInfo.InvariantCulture, $"{Tickets(workspace, number)}:{number:D15}");

    public static string DayKey(string month, DateOnly day, long number) => string.Create(CultureInfo.InvariantCulture, $"{month}:d{day.Day:D2}:{number:D15}");

    public static (string From, string To) DayRange(string month, int day) =>
        (string.Create(CultureInfo.InvariantCulture, $"{month}:d{day:D2}:"), string.Create(CultureInfo.InvariantCulture, $"{month}:d{day:D2}{Behind}"));

    public static string PackKey(string month, int day) => string.Create(CultureInfo.InvariantCulture, $"{month}:p{day:D2}");

    public static (string From, string To) PackRange(string month) => ($"{month}:p", $"{month}:q");

    public static int DayOfPack(string key) => int.Parse(key.AsSpan(key.Length - 2), CultureInfo.InvariantCulture);

    public static TableEntity Place(string workspace, ReportPlace place)
    {
        var row = new TableEntity(Places(workspace), $"{Places(workspace)}:place");
        LongText.Write(row, "Place", JsonSerializer.Serialize(place, ReportJson.Default.ReportPlace));
        return row;
    }

    public static ReportPlace ReadPlace(TableEntity row) => JsonSerializer.Deserialize(LongText.Read(row, "Place"), ReportJson.Default.ReportPlace)!;

    public static TableEntity Ticket(string workspace, long number, long version, IEnumerable<DateOnly> days) =>
        new(Tickets(workspace, number), TicketKey(workspace, number))
        {
            ["Version"] = version,
            ["Days"] = string.Join(' ', days.Order().Select(day => day.ToString("yyyyMMdd", CultureInfo.InvariantCulture))),
        };

    public static (long Version, IReadOnlyList<DateOnly> Days) ReadTicket(TableEntity row) =>
        (
            row.GetInt64("Version")!.Value,
            [
                .. row.GetString("Days")
                    .Split(' ', StringSplitOptions.RemoveEmptyEntries)
                    .Select(day => DateOnly.ParseExact(day, "yyyyMMdd", CultureInfo.InvariantCulture)),
            ]
        );

    public static TableEntity Day(string month, DateOnly day, long number, long version, IReadOnlyList<Measure> measures)
    {
        var row = new TableEntity(month, DayKey(month, day, number)) { ["Version"] = version };
        LongText.Write(row, "Measures", JsonSerializer.Serialize(measures, ReportJson.Default.IReadOnlyListMeasure));
        return row;
    }

    public static IReadOnlyList<Measure> ReadDay(TableEntity row) =>
        JsonSerializer.Deserialize(LongText.Read(row, "Measures"), ReportJson.Default.IReadOnlyListMeasure)!;

    /// <summary>The row of a day that has to be summed up anew.</summary>
    public static TableEntity StalePack(string month, int day) => new(month, PackKey(month, day)) { ["Stale"] = true };

    public static bool IsStale(TableEntity row) => row.GetBoolean("Stale") == true;

    public static TableEntity Pack(string month, int day, DayPack pack)
    {
        var row = new TableEntity(month, PackKey(month, day)) { ["Stale"] = false };
        LongText.Write(row, "Moves", JsonSerializer.Serialize(pack.Moves, ReportJson.Default.IReadOnlyListBacklogMove));
        LongText.Write(row, "Packed", Compress(JsonSerializer.SerializeToUtf8Bytes(pack.Measures, ReportJson.Default.IReadOnlyListMeasure)));
        return row;
    }

    public static IReadOnlyList<BacklogMove> ReadMoves(TableEntity row) =>
        JsonSerializer.Deserialize(LongText.Read(row, "Moves"), ReportJson.Default.IReadOnlyListBacklogMove)!;

    public static IReadOnlyList<Measure> ReadPack(TableEntity row)
    {
        using var packed = new MemoryStream(Convert.FromBase64String(LongText.Read(row, "Packed")));
        using var open = new GZipStream(packed, CompressionMode.Decompress);
        return JsonSerializer.Deserialize(open, ReportJson.Default.IReadOnlyListMeasure)!;
    }

    public static DayPack Pack(IReadOnlyList<Measure> measures) =>
        new(
            measures,
            [
                .. measures
                    .Where(measure => measure.Kind == MeasureKind.Backlog)
                    .GroupBy(measure => measure.Of)
                    .Select(group => new BacklogMove(group.Key, group.Sum(measure => measure.Value)))
                    .Where(move => move.Count != 0),
            ]
        );

    private static string Compress(byte[] json)
    {
        using var packed = new MemoryStream();
        using (var open = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true))
            open.Write(json);
        return Convert.ToBase64String(packed.GetBuffer().AsSpan(0, (int)packed.Length));
    }
}

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(UtcInstantConverter)]
)]
[JsonSerializable(typeof(CostPrices))]
[JsonSerializable(typeof(ReportPlace))]
[JsonSerializable(typeof(IReadOnlyList<Measure>))]
[JsonSerializable(typeof(IReadOnlyList<BacklogMove>))]
internal sealed partial class ReportJson : JsonSerializerContext;
