using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Azure;
using Azure.Data.Tables;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;
using Helpdesk.Functions.Tickets;

namespace Helpdesk.Functions.Events;

/// <summary>An event in the stream: where it is found, and none of its words.</summary>
/// <param name="Number">Number of the ticket.</param>
/// <param name="Ticket">Id of the ticket.</param>
/// <param name="Note">Whether it tells of an internal note; null when it does not.</param>
public sealed record EventReference(long Number, string Ticket, long Seq, string Type, DateTimeOffset At, bool? Note = null)
{
    public static EventReference Of(Ticket ticket, TicketEvent happened) =>
        new(ticket.Number, ticket.Id, happened.Seq, TicketFacts.Write(happened.Fact).Type, happened.At, happened.WithoutNotes() is null ? true : null);
}

/// <summary>A place in the stream: behind event <paramref name="Index"/> of a segment, which counts from 1; 0 is its beginning.</summary>
public readonly record struct StreamPosition(long Segment, long Index)
{
    public static StreamPosition Beginning { get; } = new(1, 0);

    /// <summary>The place in a cursor.</summary>
    public IReadOnlyList<string> Parts => [Segment.ToString(CultureInfo.InvariantCulture), Index.ToString(CultureInfo.InvariantCulture)];

    /// <summary>The place that a cursor begins with; 400 for none.</summary>
    public static StreamPosition Parse(IReadOnlyList<string> parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        return
            long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var segment)
            && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            ? new(segment, index)
            : throw new InvalidRequestException("after", "after is not one that this list gave; start again without it.");
    }
}

/// <summary>What is known of a segment.</summary>
/// <param name="Last">How many events it has.</param>
/// <param name="BeganAt">When its first event was appended.</param>
/// <param name="LastAt">When its last event was appended.</param>
/// <param name="Closed">Whether nothing is appended to it any more: the next segment goes on.</param>
/// <param name="Removed">Whether its events are kept no longer.</param>
public sealed record StreamHead(long Segment, long Last, DateTimeOffset BeganAt, DateTimeOffset LastAt, bool Closed, bool Removed)
{
    /// <summary>The row's; the default for a segment that is not begun yet.</summary>
    public ETag ETag { get; init; }
}

/// <summary>The rows of the stream and back.</summary>
/// <remarks>
/// A partition per workspace and segment: <c>head</c>; <c>event-0000000007</c>, the events of one append, named by the last of them; and for each event
/// <c>seen-ticket-seq</c>, by which it comes once. A partition per workspace has a row that says where the stream begins and about where it ends.
/// Every row key begins with its partition's name, as those of tickets do.
/// </remarks>
internal static class EventStreamRows
{
    public static string Partition(string workspace, long segment) => string.Create(CultureInfo.InvariantCulture, $"{workspace}:{segment:D8}");

    public static string HeadKey(string partition) => $"{partition}:head";

    public static string EventsKey(string partition, long last) => string.Create(CultureInfo.InvariantCulture, $"{partition}:event-{last:D10}");

    /// <summary>Lies behind all events, before any other row.</summary>
    public static string EventsEnd(string partition) => $"{partition}:event.";

    public static string SeenKey(string partition, long number, long seq) =>
        string.Create(CultureInfo.InvariantCulture, $"{partition}:seen-{number:D15}-{seq:D10}");

    public static long SeqOfSeen(TableEntity row) => long.Parse(row.RowKey.AsSpan(row.RowKey.LastIndexOf('-') + 1), CultureInfo.InvariantCulture);

    public static string EndsKey(string workspace) => $"{workspace}:ends";

    public static TableEntity Head(string partition, StreamHead head) =>
        new(partition, HeadKey(partition))
        {
            ["Last"] = head.Last,
            ["BeganAt"] = head.BeganAt,
            ["LastAt"] = head.LastAt,
            ["Closed"] = head.Closed,
            ["Removed"] = head.Removed,
        };

    public static StreamHead ReadHead(TableEntity row) =>
        new(
            long.Parse(row.PartitionKey.AsSpan(row.PartitionKey.LastIndexOf(':') + 1), CultureInfo.InvariantCulture),
            row.GetInt64("Last")!.Value,
            row.GetDateTimeOffset("BeganAt")!.Value,
            row.GetDateTimeOffset("LastAt")!.Value,
            row.GetBoolean("Closed") == true,
            row.GetBoolean("Removed") == true
        )
        {
            ETag = row.ETag,
        };

    public static TableEntity Events(string partition, long last, IReadOnlyList<EventReference> events)
    {
        var row = new TableEntity(partition, EventsKey(partition, last));
        LongText.Write(row, "Events", JsonSerializer.Serialize(events, EventStreamJson.Default.IReadOnlyListEventReference));
        return row;
    }

    /// <summary>The events of one append with their places.</summary>
    public static IEnumerable<(long Index, EventReference Event)> ReadEvents(TableEntity row)
    {
        var events = JsonSerializer.Deserialize(LongText.Read(row, "Events"), EventStreamJson.Default.IReadOnlyListEventReference) ?? [];
        var last = long.Parse(row.RowKey.AsSpan(row.RowKey.LastIndexOf('-') + 1), CultureInfo.InvariantCulture);
        return events.Select((one, place) => (last - events.Count + 1 + place, one));
    }
}

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(UtcInstantConverter)]
)]
[JsonSerializable(typeof(IReadOnlyList<EventReference>))]
internal sealed partial class EventStreamJson : JsonSerializerContext;
