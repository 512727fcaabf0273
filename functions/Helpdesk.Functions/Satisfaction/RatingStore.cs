using System.Globalization;
using Azure;
using Azure.Data.Tables;
using Helpdesk.Functions.Events;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;
using Helpdesk.Functions.Tickets;

namespace Helpdesk.Functions.Satisfaction;

/// <summary>A rating as the list of them knows it. What was said with it is read from the ticket, so that nobody's words lie here.</summary>
/// <param name="Number">Number of the ticket.</param>
/// <param name="Asked">Number of the event by which the requester was asked.</param>
/// <param name="Seq">Number of the event that brought the rating as it is.</param>
/// <param name="At">When it was given first.</param>
/// <param name="ChangedAt">When it was given as it is.</param>
public sealed record KeptRating(long Number, long Asked, long Seq, DateTimeOffset At, DateTimeOffset ChangedAt, int Rating, string? Agent, string? Group);

/// <summary>Which ratings are wanted.</summary>
public sealed record RatingFilter(DateTimeOffset From, DateTimeOffset To, IReadOnlyList<int> Ratings, string? Agent, string? Group);

/// <summary>Keeps ratings by month, newest first.</summary>
public sealed class RatingStore(StorageClients storage)
{
    public const string TableName = "Ratings";

    private TableClient Table => storage.Table(TableName);

    /// <summary>Keeps a rating in place of what it was before; what comes late changes nothing.</summary>
    public async Task KeepAsync(string workspace, KeptRating rating, CancellationToken cancellationToken)
    {
        var row = Row(workspace, rating);
        while (true)
        {
            var found = await Table.GetEntityIfExistsAsync<TableEntity>(row.PartitionKey, row.RowKey, cancellationToken: cancellationToken);
            if (found.HasValue && Read(found.Value!).Seq >= rating.Seq)
                return;
            try
            {
                await (
                    found.HasValue
                        ? Table.UpdateEntityAsync(row, found.Value!.ETag, TableUpdateMode.Replace, cancellationToken)
                        : Table.AddEntityAsync(row, cancellationToken)
                );
                return;
            }
            catch (RequestFailedException raced) when (raced.Status is 404 or 409 or 412)
            {
                // Somebody keeps the same one: look again which of the two is newer.
            }
        }
    }

    /// <summary>One page of ratings, newest first.</summary>
    public async Task<ListPage<KeptRating>> ReadAsync(string workspace, RatingFilter filter, int limit, string? cursor, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(filter);
        var list =
            string.Create(CultureInfo.InvariantCulture, $"ratings {workspace} {filter.From.UtcTicks} {filter.To.UtcTicks}")
            + $" {string.Join(',', filter.Ratings)} {filter.Agent} {filter.Group}";
        var month = MonthOf(filter.To);
        // The first that was given before the end.
        var after = KeyOf(filter.To.UtcTicks - 1);
        if (cursor is not null)
        {
            var parts = PageCursor.Read(list, cursor, 2);
            (month, after) = (
                DateTimeOffset.ParseExact(parts[0], "yyyyMM", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal),
                parts[1]
            );
        }

        // Behind everything that was given at the very beginning.
        var end = KeyOf(filter.From.UtcTicks) + "~";
        var items = new List<KeptRating>();
        for (; month >= MonthOf(filter.From); month = month.AddMonths(-1))
        {
            await foreach (
                var row in Table.QueryAsync<TableEntity>(Where(workspace, month, after, end, filter), limit + 1, cancellationToken: cancellationToken)
            )
            {
                if (items.Count == limit)
                    return new(items, PageCursor.Write(list, Name(month), after));
                items.Add(Read(row));
                after = row.RowKey;
            }
        }

        return new(items, null);
    }

    private static string Where(string workspace, DateTimeOffset month, string after, string end, RatingFilter filter)
    {
        var where = TableClient.CreateQueryFilter($"PartitionKey eq {$"{workspace}:{Name(month)}"} and RowKey gt {after} and RowKey lt {end}");
        if (filter.Ratings.Count > 0)
            where += $" and ({string.Join(" or ", filter.Ratings.Select(rating => TableClient.CreateQueryFilter($"Rating eq {rating}")))})";
        if (filter.Agent is { } agent)
            where += TableClient.CreateQueryFilter($" and Agent eq {agent}");
        if (filter.Group is { } group)
            where += TableClient.CreateQueryFilter($" and Group eq {group}");
        return where;
    }

    internal static TableEntity Row(string workspace, KeptRating rating)
    {
        var row = new TableEntity(
            $"{workspace}:{Name(rating.At)}",
            string.Create(CultureInfo.InvariantCulture, $"{KeyOf(rating.At.UtcTicks)}-{rating.Number}-{rating.Asked}")
        )
        {
            ["Number"] = rating.Number,
            ["Asked"] = rating.Asked,
            ["Seq"] = rating.Seq,
            ["At"] = rating.At,
            ["ChangedAt"] = rating.ChangedAt,
            ["Rating"] = rating.Rating,
        };
        if (rating.Agent is not null)
            row["Agent"] = rating.Agent;
        if (rating.Group is not null)
            row["Group"] = rating.Group;
        return row;
    }

    internal static KeptRating Read(TableEntity row) =>
        new(
            row.GetInt64("Number")!.Value,
            row.GetInt64("Asked")!.Value,
            row.GetInt64("Seq")!.Value,
            row.GetDateTimeOffset("At")!.Value,
            row.GetDateTimeOffset("ChangedAt")!.Value,
            row.GetInt32("Rating")!.Value,
            row.GetString("Agent"),
            row.GetString("Group")
        );

    private static string KeyOf(long ticks) => (DateTimeOffset.MaxValue.UtcTicks - ticks).ToString("D19", CultureInfo.InvariantCulture);

    private static DateTimeOffset MonthOf(DateTimeOffset at) => new(at.UtcDateTime.Year, at.UtcDateTime.Month, 1, 0, 0, 0, TimeSpan.Zero);

    private static string Name(DateTimeOffset month) => month.UtcDateTime.ToString("yyyyMM", CultureInfo.InvariantCulture);
}

/// <summary>Keeps what requesters say in the list of ratings.</summary>
public sealed class KeepRatings(RatingStore ratings, TicketStore tickets) : IEventSubscriber
{
    public string Name => "Ratings";

    public bool Wants(IReadOnlyList<TicketEvent> events) => events.Any(happened => happened.Fact is SatisfactionRated);

    public async Task TakeAsync(Ticket ticket, IReadOnlyList<TicketEvent> events, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(ticket);
        foreach (var happened in events)
        {
            if (happened.Fact is not SatisfactionRated rated)
                continue;
            // When it was given first names its place; a change of it knows that by the ticket, or else by the ticket's history.
            var first =
                rated.Was is null ? happened.At
                : ticket.Satisfaction is { RatedAt: { } at } question && question.Asked == rated.Asked ? at
                : (await tickets.ReadEventsAsync(TicketAddress.Of(ticket), rated.Asked, (int)(happened.Seq - rated.Asked), cancellationToken))
                    .First(one => one.Fact is SatisfactionRated given && given.Asked == rated.Asked)
                    .At;
            var kept = new KeptRating(ticket.Number, rated.Asked, happened.Seq, first, happened.At, rated.Rating, rated.Agent, rated.Group);
            await ratings.KeepAsync(ticket.Workspace, kept, cancellationToken);
        }
    }
}
