using Azure;
using Azure.Data.Tables;
using Helpdesk.Functions.Storage;

namespace Helpdesk.Functions.Tickets;

/// <summary>What becomes of a ticket and of everything in its history when somebody is erased from it.</summary>
/// <param name="Comment">Null for a comment that is to go.</param>
public sealed record TicketRewrite(Ticket Ticket, Func<TicketEvent, TicketEvent> Event, Func<Comment, Comment?> Comment);

/// <summary>Erases from tickets what must not be kept. Their history is written anew in place, and an event says that it was.</summary>
/// <remarks>
/// It is the only exception from the rule that history never changes. Replaying the events gives the ticket's state afterwards as well. A ticket with
/// more rows than one transaction takes is written in several, the ticket itself last; doing it again carries on.
/// </remarks>
public sealed class TicketRewriting(TicketStore tickets, StorageClients storage, ITicketPromises promises, TimeProvider time)
{
    private TableClient Table => storage.Table(TicketStore.TableName);

    /// <summary>Rewrites a ticket; gives how many of its rows are different now.</summary>
    /// <param name="decide">What becomes of it; null when it is to stay as it is.</param>
    /// <param name="stale">Whether a row holds something that reading it does not show, such as the rest of a text that was longer once.</param>
    public async Task<int> RunAsync(
        TicketAddress address,
        string erasure,
        Actor by,
        Func<Ticket, IReadOnlyList<TicketEvent>, IReadOnlyList<Comment>, TicketRewrite?> decide,
        Func<TableEntity, bool> stale,
        CancellationToken cancellationToken
    )
    {
        for (var attempt = 0; ; attempt++)
        {
            if (await tickets.FindAsync(address, cancellationToken) is null)
                return 0;
            var rows = await RowsAsync(address.Partition, cancellationToken);
            if (rows.Find(row => row.RowKey == TicketRows.TicketKey(address.Partition)) is not { } row)
                return 0;
            var ticket = TicketRows.ReadTicket(row);
            var events = rows.Where(one => one.ContainsKey("Type")).Select(one => (Row: one, Event: TicketRows.ReadEvent(one))).ToList();
            var comments = rows.Where(one => one.ContainsKey("Visibility")).Select(one => (Row: one, Comment: TicketRows.ReadComment(one))).ToList();
            if (decide(ticket, [.. events.Select(one => one.Event)], [.. comments.Select(one => one.Comment)]) is not { } rewrite)
                return 0;
            var actions = Events(address.Partition, events, rewrite, stale).Concat(Comments(address.Partition, comments, rewrite, stale)).ToList();
            var written = TicketRows.Write(address.Partition, rewrite.Ticket, withDescription: true);
            if (actions.Count == 0 && !stale(row) && Same(TicketRows.Write(address.Partition, ticket, withDescription: true), written))
                return 0;
            if (await TryWriteAsync(address, erasure, by, (ticket, row.ETag), rewrite, actions, cancellationToken))
                return actions.Count + 1;
            await TicketStore.PauseAsync(attempt, cancellationToken);
        }
    }

    private async Task<bool> TryWriteAsync(
        TicketAddress address,
        string erasure,
        Actor by,
        (Ticket Ticket, ETag ETag) read,
        TicketRewrite rewrite,
        List<TableTransactionAction> actions,
        CancellationToken cancellationToken
    )
    {
        var etag = read.ETag;
        var change = TicketHistory.Record(rewrite.Ticket, by, time.GetUtcNow(), new PersonErased(erasure));
        change = await promises.FollowAsync(
            rewrite.Ticket,
            change,
            async () => [.. (await tickets.ReadEventsAsync(address, 0, (int)read.Ticket.Version, cancellationToken)).Select(rewrite.Event)],
            cancellationToken
        );
        var announced = await tickets.AnnounceAsync(address, change.Ticket.Version, cancellationToken);
        var own = TicketRows.Write(address.Partition, change.Ticket, withDescription: true);
        List<TableTransactionAction> last =
        [
            .. change.Events.Select(happened => new TableTransactionAction(
                TableTransactionActionType.Add,
                TicketRows.Write(address.Partition, happened, erasure, happened.Seq == change.Ticket.Version ? change.Ticket.Sla : null)
            )),
        ];
        try
        {
            // Whole, wherever that is possible: who is still to be erased is read from what is not erased yet.
            List<TableTransactionAction> whole = [.. actions, .. last];
            if (
                whole.Count < TableTransactions.RowLimit
                && TableTransactions.Split([.. whole, new(TableTransactionActionType.UpdateReplace, own, etag)]).Count() == 1
            )
                (actions, last) = ([], whole);
            foreach (var chunk in TableTransactions.Split(actions, spare: 1))
            {
                var touch = new TableEntity(address.Partition, own.RowKey) { ["Version"] = read.Ticket.Version };
                var done = await Table.SubmitTransactionAsync([new(TableTransactionActionType.UpdateMerge, touch, etag), .. chunk], cancellationToken);
                etag = done.Value[0].Headers.ETag!.Value;
            }

            await Table.SubmitTransactionAsync([new(TableTransactionActionType.UpdateReplace, own, etag), .. last], cancellationToken);
        }
        catch (RequestFailedException raced) when (raced.Status is 404 or 409 or 412)
        {
            return false;
        }

        tickets.Committed(announced, new(read.Ticket, change.Ticket, change.Events));
        return true;
    }

    private IEnumerable<TableTransactionAction> Events(
        string partition,
        List<(TableEntity Row, TicketEvent Event)> events,
        TicketRewrite rewrite,
        Func<TableEntity, bool> stale
    )
    {
        foreach (var (row, before) in events)
        {
            var after = rewrite.Event(before) with { ErasedAt = before.ErasedAt };
            var (change, listed) = (row.GetString("Change"), TicketRows.ReadListed(row));
            if (!stale(row) && Same(TicketRows.Write(partition, before, change, listed), TicketRows.Write(partition, after, change, listed)))
                continue;
            var written = TicketRows.Write(partition, after with { ErasedAt = time.GetUtcNow() }, change, listed);
            yield return new(TableTransactionActionType.UpsertReplace, written);
        }
    }

    private static IEnumerable<TableTransactionAction> Comments(
        string partition,
        List<(TableEntity Row, Comment Comment)> comments,
        TicketRewrite rewrite,
        Func<TableEntity, bool> stale
    )
    {
        foreach (var (row, before) in comments)
        {
            if (rewrite.Comment(before) is not { } after)
                yield return new(TableTransactionActionType.Delete, new TableEntity(partition, row.RowKey), ETag.All);
            else if (stale(row) || !Same(TicketRows.Write(partition, before), TicketRows.Write(partition, after)))
                yield return new(TableTransactionActionType.UpsertReplace, TicketRows.Write(partition, after));
        }
    }

    private async Task<List<TableEntity>> RowsAsync(string partition, CancellationToken cancellationToken)
    {
        var rows = new List<TableEntity>();
        await foreach (
            var row in Table.QueryAsync<TableEntity>(TableClient.CreateQueryFilter($"PartitionKey eq {partition}"), cancellationToken: cancellationToken)
        )
            rows.Add(row);
        return rows;
    }

    private static bool Same(TableEntity one, TableEntity other) =>
        one.Count == other.Count && one.All(column => other.TryGetValue(column.Key, out var value) && Equals(column.Value, value));
}
