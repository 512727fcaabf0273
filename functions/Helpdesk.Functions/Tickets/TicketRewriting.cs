using System.Collections.Frozen;
using System.Text.Json;
using Azure;
using Azure.Data.Tables;
using Helpdesk.Functions.Storage;

namespace Helpdesk.Functions.Tickets;

/// <summary>What becomes of a ticket and of everything in its history when somebody is erased from it.</summary>
/// <param name="Comment">Null for a comment that is to go.</param>
/// <param name="Person">What this was decided by, to be kept until it is done; null where the ticket itself says it until then.</param>
public sealed record TicketRewrite(Ticket Ticket, Func<TicketEvent, TicketEvent> Event, Func<Comment, Comment?> Comment, PersonOnTicket? Person = null);

/// <summary>What a ticket tells of somebody before it begins to forget them.</summary>
/// <param name="Asked">Whether they asked for it, then or now.</param>
/// <param name="Own">Whether they asked for it or took part.</param>
/// <param name="Names">What they are called there.</param>
public sealed record PersonOnTicket(bool Asked, bool Own, IReadOnlyList<string> Names)
{
    internal bool IsLike(PersonOnTicket? other) =>
        other is not null
        && (Asked, Own) == (other.Asked, other.Own)
        && Names.Order(StringComparer.Ordinal).SequenceEqual(other.Names.Order(StringComparer.Ordinal));
}

/// <summary>Which ticket is rewritten, and for whom.</summary>
/// <param name="Erasure">Id of the erasure, which the event names.</param>
/// <param name="Contact">Id of the contact who is erased; null where it is about nobody in particular.</param>
public sealed record TicketRewriteOrder(TicketAddress Address, string Erasure, string? Contact, Actor By);

/// <summary>Decides what becomes of a ticket; null when it is to stay as it is.</summary>
/// <param name="before">What an earlier try was decided by, which has come to no end; null where there was none.</param>
public delegate TicketRewrite? DecideRewrite(Ticket ticket, IReadOnlyList<TicketEvent> events, IReadOnlyList<Comment> comments, PersonOnTicket? before);

/// <summary>Erases from tickets what must not be kept. Their history is written anew in place, and an event says that it was.</summary>
/// <remarks>
/// It is the only exception from the rule that history never changes. Replaying the events gives the ticket's state afterwards as well. A ticket with
/// more rows than one transaction takes is written in several, the ticket itself last; doing it again carries on. What was decided by lies with the
/// ticket meanwhile, since the rows that are done tell it no longer.
/// </remarks>
public sealed class TicketRewriting(TicketStore tickets, StorageClients storage, ITicketPromises promises, TimeProvider time)
{
    private const string Erasing = "Erasing";

    private TableClient Table => storage.Table(TicketStore.TableName);

    /// <summary>Rewrites a ticket; gives how many of its rows are different now.</summary>
    /// <param name="stale">Whether a row holds something that reading it does not show, such as the rest of a text that was longer once.</param>
    public async Task<int> RunAsync(TicketRewriteOrder order, DecideRewrite decide, Func<TableEntity, bool> stale, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(order);
        ArgumentNullException.ThrowIfNull(decide);
        var address = order.Address;
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
            var people = ReadPeople(row);
            var before = order.Contact is null ? null : people.GetValueOrDefault(order.Contact);
            if (decide(ticket, [.. events.Select(one => one.Event)], [.. comments.Select(one => one.Comment)], before) is not { } rewrite)
                return 0;
            var actions = Events(address.Partition, events, rewrite, stale).Concat(Comments(address.Partition, comments, rewrite, stale)).ToList();
            var written = TicketRows.Write(address.Partition, rewrite.Ticket, withDescription: true);
            if (actions.Count == 0 && before is null && !stale(row) && Same(TicketRows.Write(address.Partition, ticket, withDescription: true), written))
                return 0;
            if (await TryWriteAsync(order, new(ticket, row.ETag, people), rewrite, actions, cancellationToken))
                return actions.Count + 1;
            await TicketStore.PauseAsync(attempt, cancellationToken);
        }
    }

    /// <summary>Whether somebody is being erased from a ticket, and it has come to no end.</summary>
    /// <param name="row">Any row of the table.</param>
    public static bool IsUnderWay(TableEntity row, string contact)
    {
        ArgumentNullException.ThrowIfNull(row);
        return row.ContainsKey(Erasing) && ReadPeople(row).ContainsKey(contact);
    }

    /// <summary>Keeps with a ticket what those who are being erased from it are to it.</summary>
    internal static void WritePeople(TableEntity row, IReadOnlyDictionary<string, PersonOnTicket> people) =>
        LongText.Write(row, Erasing, JsonSerializer.Serialize(people, TicketJson.Stored.IReadOnlyDictionaryStringPersonOnTicket));

    /// <summary>By the ids of their contacts; none where nobody is being erased.</summary>
    internal static IReadOnlyDictionary<string, PersonOnTicket> ReadPeople(TableEntity row) =>
        LongText.Read(row, Erasing) is { Length: > 0 } people
            ? JsonSerializer.Deserialize(people, TicketJson.Stored.IReadOnlyDictionaryStringPersonOnTicket)!
            : FrozenDictionary<string, PersonOnTicket>.Empty;

    /// <summary>A ticket as it was read.</summary>
    /// <param name="People">Who is being erased from it.</param>
    private sealed record ReadTicket(Ticket Ticket, ETag ETag, IReadOnlyDictionary<string, PersonOnTicket> People);

    private async Task<bool> TryWriteAsync(
        TicketRewriteOrder order,
        ReadTicket read,
        TicketRewrite rewrite,
        List<TableTransactionAction> actions,
        CancellationToken cancellationToken
    )
    {
        var (address, etag) = (order.Address, read.ETag);
        var change = TicketHistory.Record(rewrite.Ticket, order.By, time.GetUtcNow(), new PersonErased(order.Erasure));
        change = await promises.FollowAsync(
            rewrite.Ticket,
            change,
            async () => [.. (await tickets.ReadEventsAsync(address, 0, (int)read.Ticket.Version, cancellationToken)).Select(rewrite.Event)],
            cancellationToken
        );
        var announced = await tickets.AnnounceAsync(address, change.Ticket.Version, cancellationToken);
        var own = TicketRows.Write(address.Partition, change.Ticket, withDescription: true);
        // Others who are being erased from it at the same time are not done yet.
        var others = read.People.Where(person => person.Key != order.Contact).ToDictionary(StringComparer.Ordinal);
        if (others.Count > 0)
            WritePeople(own, others);
        List<TableTransactionAction> last =
        [
            .. change.Events.Select(happened => new TableTransactionAction(
                TableTransactionActionType.Add,
                TicketRows.Write(address.Partition, happened, order.Erasure, happened.Seq == change.Ticket.Version ? change.Ticket.Sla : null)
            )),
        ];
        try
        {
            // Whole, wherever that is possible.
            List<TableTransactionAction> whole = [.. actions, .. last];
            if (
                whole.Count < TableTransactions.RowLimit
                && TableTransactions.Split([.. whole, new(TableTransactionActionType.UpdateReplace, own, etag)]).Count() == 1
            )
                (actions, last) = ([], whole);
            if (actions.Count > 0 && order.Contact is { } contact && rewrite.Person is { } person && !person.IsLike(read.People.GetValueOrDefault(contact)))
            {
                var note = new TableEntity(address.Partition, own.RowKey);
                WritePeople(note, new Dictionary<string, PersonOnTicket>(others, StringComparer.Ordinal) { [contact] = person });
                etag = (await Table.UpdateEntityAsync(note, etag, TableUpdateMode.Merge, cancellationToken)).Headers.ETag!.Value;
            }

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
