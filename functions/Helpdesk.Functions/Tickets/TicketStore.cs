using System.Security.Cryptography;
using Azure;
using Azure.Data.Tables;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;

namespace Helpdesk.Functions.Tickets;

/// <summary>Keeps tickets: one partition each, one transaction per change, a message before every commit.</summary>
public sealed partial class TicketStore(
    StorageClients storage,
    WorkQueue<TicketMessage> queue,
    ITicketPromises promises,
    DispatchOptions options,
    KeyedLocks locks,
    TimeProvider time,
    ILogger<TicketStore> logger
)
{
    public const string TableName = "Tickets";

    /// <summary>Rows that go into one transaction at the most.</summary>
    private const int TransactionLimit = 100;

    private TableClient Table => storage.Table(TableName);

    /// <summary>The ticket as it is now, or null.</summary>
    public async Task<Ticket?> FindAsync(TicketAddress address, CancellationToken cancellationToken) => (await ReadAsync(address, cancellationToken))?.Ticket;

    /// <summary>Opens a ticket, once: the same address gives the ticket that is there.</summary>
    public async Task<TicketChange> OpenAsync(TicketAddress address, Func<string, TicketChange> open, CancellationToken cancellationToken)
    {
        var change = await promises.OpenAsync(
            open(address.Id ?? throw new ArgumentException("A ticket is opened under its whole id.", nameof(address))),
            cancellationToken
        );
        var announced = await AnnounceAsync(address, change.Ticket.Version, cancellationToken);
        var changeId = NewChangeId();
        var partition = address.Partition;
        List<TableTransactionAction> actions =
        [
            new(TableTransactionActionType.Add, TicketRows.Write(partition, change.Ticket, withDescription: true)),
            .. Rows(partition, change, changeId),
        ];
        try
        {
            await Table.SubmitTransactionAsync(actions, cancellationToken);
        }
        catch (RequestFailedException there) when (there.Status == 409)
        {
            // Our own commit whose answer was lost, or an earlier run of the same request.
            var found =
                await FindAsync(address, cancellationToken)
                ?? throw new InvalidOperationException($"Ticket number {address.Number} is taken by another ticket.", there);
            Committed(announced, new(null, found, change.Events));
            return new(found, []);
        }

        Log.Opened(logger, change.Ticket.Id, change.Ticket.Channel, TicketFacts.ActorOf(change.Events));
        Committed(announced, new(null, change.Ticket, change.Events));
        return change;
    }

    /// <summary>Changes a ticket by a rule, under its ETag; null when there is none. The rule may run several times.</summary>
    /// <param name="idempotency">When the same request was answered before, the ticket and comment as they were then.</param>
    public Task<TicketChange?> ChangeAsync(
        TicketAddress address,
        IfMatch ifMatch,
        Idempotency? idempotency,
        Func<Ticket, CancellationToken, ValueTask<TicketChange>> decide,
        CancellationToken cancellationToken
    ) => ChangeAsync(address, ifMatch, idempotency, catchUp: true, decide, cancellationToken);

    private async Task<TicketChange?> ChangeAsync(
        TicketAddress address,
        IfMatch ifMatch,
        Idempotency? idempotency,
        bool catchUp,
        Func<Ticket, CancellationToken, ValueTask<TicketChange>> decide,
        CancellationToken cancellationToken
    )
    {
        var partition = address.Partition;
        using var turn = await locks.TakeAsync(partition, cancellationToken);
        Announced<TicketMessage>? announced = null;
        for (var attempt = 0; ; attempt++)
        {
            var answered = idempotency is null ? Task.FromResult<TableEntity?>(null) : ReadAnswerAsync(partition, idempotency, cancellationToken);
            var read = await ReadAsync(address, cancellationToken);
            var answer = await answered;
            if (read is not ({ } before, var etag))
                return null;
            if (answer is not null)
                return await ReplayAsync(before, answer, idempotency!, cancellationToken);

            ifMatch.Check(before.Version);
            // What was due before this very moment happened first, whether or not anybody has noticed.
            var due = catchUp ? await promises.CatchUpAsync(before, before: true, cancellationToken) : new TicketChange(before, []);
            var change = await decide(due.Ticket, cancellationToken);
            if (change.Events.Count == 0)
                return change with { Ticket = change.Ticket.Version == due.Ticket.Version ? before : change.Ticket };
            change = await promises.FollowAsync(
                before,
                change with
                {
                    Events = [.. due.Events, .. change.Events],
                },
                () => ReadEventsAsync(address, 0, (int)before.Version, cancellationToken),
                cancellationToken
            );

            // A message vouches for the events it names and no later ones: who lost a race announces anew.
            if (announced is null || change.Ticket.Version > announced.Work.UpTo || time.GetUtcNow() - announced.At > options.CommitWithin)
                announced = await AnnounceAsync(address, change.Ticket.Version, cancellationToken);
            var changeId = NewChangeId();
            try
            {
                await Table.SubmitTransactionAsync(Transaction(partition, etag, change, changeId, idempotency), cancellationToken);
            }
            catch (RequestFailedException conflict) when (conflict.Status is 409 or 412)
            {
                // Either somebody was faster, or our own commit's answer was lost: the event's row tells.
                if (!await IsOursAsync(partition, change.Events[0].Seq, changeId, cancellationToken))
                {
                    Log.Raced(logger, before.Id, attempt);
                    await Task.Delay(
                        TimeSpan.FromMilliseconds(RandomNumberGenerator.GetInt32(5, 20 + 20 * Math.Min(attempt, 10))),
                        TimeProvider.System,
                        cancellationToken
                    );
                    continue;
                }
            }

            Log.Changed(logger, change.Ticket.Id, TicketFacts.NamesOf(change.Events), TicketFacts.ActorOf(change.Events));
            Committed(announced, new(before, change.Ticket, change.Events));
            return change;
        }
    }

    /// <summary>Records what has fallen due for a ticket; null when there is none.</summary>
    /// <param name="look">Sees the ticket as it was before.</param>
    public Task<TicketChange?> WakeAsync(TicketAddress address, Action<Ticket> look, CancellationToken cancellationToken) =>
        ChangeAsync(
            address,
            IfMatch.Any,
            null,
            catchUp: false,
            async (ticket, cancelled) =>
            {
                look(ticket);
                return await promises.CatchUpAsync(ticket, before: false, cancelled);
            },
            cancellationToken
        );

    /// <summary>The events after <paramref name="after"/>, oldest first, at most <paramref name="limit"/>.</summary>
    public async Task<IReadOnlyList<TicketEvent>> ReadEventsAsync(TicketAddress address, long after, int limit, CancellationToken cancellationToken) =>
        [.. (await ReadRowsAsync(address, after, limit, cancellationToken)).Select(TicketRows.ReadEvent)];

    private async Task<IReadOnlyList<TableEntity>> ReadRowsAsync(TicketAddress address, long after, int limit, CancellationToken cancellationToken)
    {
        var partition = address.Partition;
        // Events are numbered without gaps, and a single one is read by its key: a query makes Azurite look at every row of the table.
        if (limit == 1)
        {
            var found = await Table.GetEntityIfExistsAsync<TableEntity>(
                partition,
                TicketRows.EventKey(partition, after + 1),
                cancellationToken: cancellationToken
            );
            return found.HasValue ? [found.Value!] : [];
        }

        var rows = Table.QueryAsync<TableEntity>(
            TableClient.CreateQueryFilter(
                $"PartitionKey eq {partition} and RowKey gt {TicketRows.EventKey(partition, after)} and RowKey lt {TicketRows.EventsEnd(partition)}"
            ),
            maxPerPage: Math.Min(limit, 1000),
            cancellationToken: cancellationToken
        );
        var events = new List<TableEntity>();
        await foreach (var row in rows)
        {
            events.Add(row);
            if (events.Count == limit)
                break;
        }

        return events;
    }

    /// <summary>The ticket as it was right after event <paramref name="version"/>.</summary>
    /// <remarks>Of its promises only what lists show is known then.</remarks>
    public async Task<Ticket> ReplayAsync(Ticket ticket, long version, CancellationToken cancellationToken)
    {
        if (version == ticket.Version)
            return ticket;
        var rows = await ReadRowsAsync(TicketAddress.Of(ticket), 0, (int)version, cancellationToken);
        return TicketHistory.Replay(rows.Select(TicketRows.ReadEvent), ticket.Description) with { Sla = TicketRows.ReadListed(rows[^1]) };
    }

    /// <summary>The ticket as it was at an instant, without its promises, and its events until then; 400 for one before it was opened.</summary>
    public async Task<(Ticket Ticket, IReadOnlyList<TicketEvent> Events)> AsOfAsync(Ticket ticket, DateTimeOffset at, CancellationToken cancellationToken)
    {
        if (at < ticket.CreatedAt)
            throw new InvalidRequestException("at", $"at is before the ticket was opened ({ticket.CreatedAt.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.fff'Z'}).");
        var events = await ReadEventsAsync(TicketAddress.Of(ticket), 0, (int)ticket.Version, cancellationToken);
        events = [.. events.TakeWhile(happened => happened.At <= at)];
        return (TicketHistory.Replay(events, ticket.Description), events);
    }

    /// <summary>Comments after the one that is called <paramref name="after"/>, oldest first.</summary>
    public async Task<IReadOnlyList<(string Name, Comment Comment)>> ReadCommentsAsync(
        TicketAddress address,
        string? after,
        int limit,
        CancellationToken cancellationToken
    )
    {
        var partition = address.Partition;
        var start = after is null ? TicketRows.CommentsStart(partition) : TicketRows.CommentKey(partition, after);
        var rows = Table.QueryAsync<TableEntity>(
            TableClient.CreateQueryFilter($"PartitionKey eq {partition} and RowKey gt {start} and RowKey lt {TicketRows.CommentsEnd(partition)}"),
            maxPerPage: Math.Min(limit, 1000),
            cancellationToken: cancellationToken
        );
        var comments = new List<(string, Comment)>();
        await foreach (var row in rows)
        {
            comments.Add((TicketRows.NameOf(row), TicketRows.ReadComment(row)));
            if (comments.Count == limit)
                break;
        }

        return comments;
    }

    /// <summary>Writes comments that another ticket had; the same ones again change nothing.</summary>
    public async Task ReceiveCommentsAsync(TicketAddress target, IEnumerable<Comment> comments, CancellationToken cancellationToken)
    {
        foreach (
            var chunk in InTransactions(
                comments.Select(comment => new TableTransactionAction(TableTransactionActionType.UpsertReplace, TicketRows.Write(target.Partition, comment)))
            )
        )
            await Table.SubmitTransactionAsync(chunk, cancellationToken);
    }

    /// <summary>Removes comments that now stand on another ticket.</summary>
    public async Task RemoveCommentsAsync(TicketAddress source, IEnumerable<Comment> comments, CancellationToken cancellationToken)
    {
        var partition = source.Partition;
        foreach (var comment in comments)
            await Table.DeleteEntityAsync(partition, TicketRows.CommentKey(partition, TicketRows.CommentName(comment)), cancellationToken: cancellationToken);
    }

    private Task<Announced<TicketMessage>> AnnounceAsync(TicketAddress address, long upTo, CancellationToken cancellationToken) =>
        queue.AnnounceAsync(new(address.Workspace, address.Number, upTo, time.GetUtcNow(), ThisProcess.Id), cancellationToken);

    private void Committed(Announced<TicketMessage> announced, CommittedChange change) =>
        queue.Committed(announced with { Work = announced.Work with { Change = change } });

    private async Task<(Ticket Ticket, ETag ETag)?> ReadAsync(TicketAddress address, CancellationToken cancellationToken)
    {
        var partition = address.Partition;
        var found = await Table.GetEntityIfExistsAsync<TableEntity>(partition, TicketRows.TicketKey(partition), cancellationToken: cancellationToken);
        if (!found.HasValue)
            return null;
        var ticket = TicketRows.ReadTicket(found.Value!);
        return address.Id is null || address.Id == ticket.Id ? (ticket, found.Value!.ETag) : null;
    }

    private async Task<TableEntity?> ReadAnswerAsync(string partition, Idempotency idempotency, CancellationToken cancellationToken)
    {
        var found = await Table.GetEntityIfExistsAsync<TableEntity>(
            partition,
            TicketRows.AnswerKey(partition, idempotency.Name),
            cancellationToken: cancellationToken
        );
        return found.HasValue && found.Value!.GetDateTimeOffset("At") > time.GetUtcNow() - Idempotency.Kept ? found.Value : null;
    }

    private async Task<TicketChange> ReplayAsync(Ticket ticket, TableEntity answer, Idempotency idempotency, CancellationToken cancellationToken)
    {
        idempotency.Replays(answer.GetString("Request"));
        var then = await ReplayAsync(ticket, answer.GetInt64("Version")!.Value, cancellationToken);
        var comment = answer.GetString("Comment") is { } name ? await ReadCommentAsync(TicketAddress.Of(ticket), name, cancellationToken) : null;
        return new(then, [], comment);
    }

    /// <summary>A comment by its id and the instant of its event, also where a merge has taken it; null when it is gone.</summary>
    public Task<Comment?> FindCommentAsync(TicketAddress address, string id, DateTimeOffset at, CancellationToken cancellationToken) =>
        ReadCommentAsync(
            address,
            TicketRows.CommentName(
                new Comment
                {
                    Id = id,
                    At = at,
                    Body = "",
                    Visibility = CommentVisibility.Public,
                    By = ActorKind.System,
                }
            ),
            cancellationToken
        );

    private async Task<Comment?> ReadCommentAsync(TicketAddress address, string name, CancellationToken cancellationToken)
    {
        // A merge may have taken it to another ticket since, and that one to yet another.
        for (var hops = 0; hops < 20; hops++)
        {
            var found = await Table.GetEntityIfExistsAsync<TableEntity>(
                address.Partition,
                TicketRows.CommentKey(address.Partition, name),
                cancellationToken: cancellationToken
            );
            if (found.HasValue)
                return TicketRows.ReadComment(found.Value!);
            if (await FindAsync(address, cancellationToken) is not { MergedInto: { } into } || TicketAddress.Parse(address.Workspace, into) is not { } next)
                return null;
            address = next;
        }

        return null;
    }

    /// <summary>The rows of a change's events. The last one notes where the ticket stands in the lists after it.</summary>
    private static IEnumerable<TableTransactionAction> Rows(string partition, TicketChange change, string changeId) =>
        change.Events.Select(happened => new TableTransactionAction(
            TableTransactionActionType.Add,
            TicketRows.Write(partition, happened, changeId, happened.Seq == change.Ticket.Version ? change.Ticket.Sla : null)
        ));

    private List<TableTransactionAction> Transaction(string partition, ETag etag, TicketChange change, string changeId, Idempotency? idempotency)
    {
        List<TableTransactionAction> actions =
        [
            new(TableTransactionActionType.UpdateMerge, TicketRows.Write(partition, change.Ticket, withDescription: false), etag),
            .. Rows(partition, change, changeId),
        ];
        if (change.Comment is { } comment)
            actions.Add(new(TableTransactionActionType.Add, TicketRows.Write(partition, comment)));
        if (idempotency is not null)
        {
            var answer = new TableEntity(partition, TicketRows.AnswerKey(partition, idempotency.Name))
            {
                ["Request"] = idempotency.Request,
                ["Version"] = change.Ticket.Version,
                ["At"] = time.GetUtcNow(),
            };
            if (change.Comment is not null)
                answer["Comment"] = TicketRows.CommentName(change.Comment);
            actions.Add(new(TableTransactionActionType.UpsertReplace, answer));
        }

        return actions;
    }

    private async Task<bool> IsOursAsync(string partition, long seq, string changeId, CancellationToken cancellationToken)
    {
        var found = await Table.GetEntityIfExistsAsync<TableEntity>(partition, TicketRows.EventKey(partition, seq), ["Change"], cancellationToken);
        return found.HasValue && found.Value!.GetString("Change") == changeId;
    }

    /// <summary>A transaction holds 100 rows and 4 MB; a comment can be 260 KB.</summary>
    private static IEnumerable<List<TableTransactionAction>> InTransactions(IEnumerable<TableTransactionAction> actions)
    {
        var chunk = new List<TableTransactionAction>();
        var size = 0;
        foreach (var action in actions)
        {
            var length = 2000 + ((TableEntity)action.Entity).Select(column => column.Value).OfType<string>().Sum(text => text.Length * 3);
            if (chunk.Count == TransactionLimit || (chunk.Count > 0 && size + length > 3_000_000))
            {
                yield return chunk;
                chunk = [];
                size = 0;
            }

            chunk.Add(action);
            size += length;
        }

        if (chunk.Count > 0)
            yield return chunk;
    }

    private static string NewChangeId() => Hashes.RandomName(12);

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Information, "Ticket {TicketId} was opened through {Channel} by {Actor}")]
        public static partial void Opened(ILogger logger, string ticketId, IntakeChannel channel, string actor);

        [LoggerMessage(LogLevel.Information, "Ticket {TicketId}: {Changes} by {Actor}")]
        public static partial void Changed(ILogger logger, string ticketId, string changes, string actor);

        [LoggerMessage(LogLevel.Debug, "Ticket {TicketId} was changed by another request in the meantime (attempt {Attempt})")]
        public static partial void Raced(ILogger logger, string ticketId, int attempt);
    }
}
