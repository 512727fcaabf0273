using System.Collections.Immutable;
using System.Text.Json;
using Azure;
using Azure.Data.Tables;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Tickets;

namespace Helpdesk.Functions.Events;

/// <summary>How far each subscriber is with a ticket, and where the ticket stands in the lists.</summary>
/// <remarks>A row of the ticket's partition: a column <c>Told_Name</c> per subscriber, <c>Position</c> and <c>Writer</c>.</remarks>
public sealed record TicketCursor
{
    /// <summary>The name of the lists among the subscribers.</summary>
    public const string Lists = "Lists";

    private const string Prefix = "Told_";

    /// <summary>Columns of the first cursors, which were called like their subscribers.</summary>
    private static readonly string[] Unprefixed = [Lists, "Watches", "Merges", "EventGrid", "Chat", "GroupCards"];

    private ImmutableDictionary<string, long> Seqs { get; init; }

    /// <summary>The cursor of a ticket that nobody has been told of.</summary>
    public TicketCursor(string partition) => (Partition, Seqs) = (partition, ImmutableDictionary.Create<string, long>(StringComparer.Ordinal));

    /// <summary>Reads a row.</summary>
    public TicketCursor(TableEntity row)
    {
        Partition = row.PartitionKey;
        ETag = row.ETag;
        Writer = row.GetString("Writer");
        Position = row.GetString("Position") is { } position ? JsonSerializer.Deserialize(position, TicketJson.Stored.ListPosition) : null;
        Seqs = row
            .Keys.Where(column => column.StartsWith(Prefix, StringComparison.Ordinal))
            .Select(column => (Subscriber: column[Prefix.Length..], Column: column))
            .Concat(Unprefixed.Where(name => row.ContainsKey(name) && !row.ContainsKey(Prefix + name)).Select(name => (Subscriber: name, Column: name)))
            .ToImmutableDictionary(one => one.Subscriber, one => row.GetInt64(one.Column)!.Value, StringComparer.Ordinal);
    }

    public string Partition { get; }

    /// <summary>The row's; the default where there is no row.</summary>
    public ETag ETag { get; }

    /// <summary>The process that wrote the row.</summary>
    public string? Writer { get; }

    /// <summary>Where the ticket stands in the lists; null for nowhere.</summary>
    public ListPosition? Position { get; private init; }

    /// <summary>The last event that a subscriber was told; 0 for none.</summary>
    public long Told(string subscriber) => Seqs.GetValueOrDefault(subscriber);

    /// <summary>The cursor once a subscriber has been told everything up to an event.</summary>
    public TicketCursor After(string subscriber, long seq) => this with { Seqs = Seqs.SetItem(subscriber, Math.Max(seq, Told(subscriber))) };

    /// <summary>The cursor once the lists show a ticket.</summary>
    public TicketCursor Listed(Ticket ticket) => After(Lists, ticket.Version) with { Position = ListPosition.Of(ticket) };

    public TicketCursor StandingAt(ListPosition position) => this with { Position = position };

    public TableEntity ToRow()
    {
        var row = new TableEntity(Partition, TicketRows.CursorKey(Partition)) { ["Writer"] = ThisProcess.Id };
        foreach (var (subscriber, seq) in Seqs)
            row[Prefix + subscriber] = seq;
        if (Position is not null)
            row["Position"] = JsonSerializer.Serialize(Position, TicketJson.Stored.ListPosition);
        return row;
    }
}
