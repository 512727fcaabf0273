using System.Security.Cryptography;
using Azure;
using Azure.Data.Tables;
using Helpdesk.Functions.Attachments;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;

namespace Helpdesk.Functions.Tickets;

/// <summary>Keeps tickets: one partition each, one transaction per change, a message before every commit.</summary>
public sealed partial class TicketStore(
    StorageClients storage,
    WorkQueue<TicketMessage> queue,
    ITicketPromises promises,
    AttachmentStore files,
    DispatchOptions options,
    KeyedLocks locks,
    TimeProvider time,
    ILogger<TicketStore> logger
)
{
    public const string TableName = "Tickets";

    private TableClient Table => storage.Table(TableName);

    /// <summary>Changes of two tickets. Whoever looks at a ticket that is in the middle of one carries it through first.</summary>
    public TicketPairs Pairs => field ??= new(this, time);

    /// <summary>The ticket as it is now, or null.</summary>
    public async Task<Ticket?> FindAsync(TicketAddress address, CancellationToken cancellationToken)
    {
        while (true)
        {
            var ticket = (await ReadAsync(address, cancellationToken))?.Ticket;
            if (ticket is not ({ Begun: not null } or { Joined: not null }))
                return ticket;
            try
            {
                await Pairs.SettleAsync(ticket, cancellationToken);
            }
            catch (RequestFailedException refused)
            {
                // Reading does not wait for what cannot be written; whoever changes the ticket does, and the message tries again.
                Log.NotSettled(logger, refused, ticket.Id);
                return ticket;
            }
        }
    }

    /// <summary>The ticket that goes on where a ticket was merged away, over as many merges as there were; the ticket itself where it was not.</summary>
    public async Task<Ticket> FindLivingAsync(Ticket ticket, CancellationToken cancellationToken)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (
            ticket.MergedInto is { } into
            && seen.Add(ticket.Id)
            && TicketAddress.Parse(ticket.Workspace, into) is { } next
            && await FindAsync(next, cancellationToken) is { } further
        )
            ticket = further;
        return ticket;
    }

    /// <summary>Opens a ticket, once: the same address gives the ticket that is there.</summary>
    public async Task<TicketChange> OpenAsync(TicketAddress address, Func<string, TicketChange> open, CancellationToken cancellationToken)
    {
        var change = await promises.OpenAsync(
            open(address.Id ?? throw new ArgumentException("A ticket is opened under its whole id.", nameof(address))),
            cancellationToken
        );
        // Before the ticket names its files, so that none of them is taken for nobody's.
        await files.ClaimAsync(address.Workspace, address.Number, note: false, change.Ticket.Attachments ?? [], cancellationToken);
        var announced = await AnnounceAsync(address, change.Ticket.Version, cancellationToken);
        var changeId = NewChangeId();
        change = Named(change, changeId);
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
            // Told of are the events that are there: those of this try may bear another time, by which they would be taken for others.
            Committed(announced, new(null, found, await ReadEventsAsync(address, 0, change.Events.Count, cancellationToken)));
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
    ) => ChangeSettledAsync(address, ifMatch, idempotency, catchUp: true, (_, ticket, cancelled) => decide(ticket, cancelled), cancellationToken);

    /// <summary>Changes a ticket by a rule that asks for its last change; null when there is none. The rule may run several times.</summary>
    /// <param name="decide">Takes the ticket as it was found, and the same with what has fallen due and is recorded by this very change.</param>
    public Task<TicketChange?> ChangeAsync(
        TicketAddress address,
        Func<Ticket, Ticket, CancellationToken, ValueTask<TicketChange>> decide,
        CancellationToken cancellationToken
    ) => ChangeSettledAsync(address, IfMatch.Any, null, catchUp: true, decide, cancellationToken);

    /// <summary>Changes a ticket in the middle of a change of two tickets.</summary>
    /// <param name="answer">The caller's key and request, to be noted as answered.</param>
    internal async Task<TicketChange?> ChangeInPairAsync(
        TicketAddress address,
        (string Name, string Request)? answer,
        Func<Ticket, TicketChange> decide,
        CancellationToken cancellationToken
    ) => (await TryChangeAsync(address, IfMatch.Any, null, answer, true, true, (_, ticket, _) => new(decide(ticket)), cancellationToken)).Change;

    private async Task<TicketChange?> ChangeSettledAsync(
        TicketAddress address,
        IfMatch ifMatch,
        Idempotency? idempotency,
        bool catchUp,
        Func<Ticket, Ticket, CancellationToken, ValueTask<TicketChange>> decide,
        CancellationToken cancellationToken
    )
    {
        while (true)
        {
            var (change, busy) = await TryChangeAsync(
                address,
                ifMatch,
                idempotency,
                idempotency is null ? null : (idempotency.Name, idempotency.Request),
                catchUp,
                inPair: false,
                decide,
                cancellationToken
            );
            if (busy is null)
                return change;
            await Pairs.SettleAsync(busy, cancellationToken);
        }
    }

    /// <summary>One change; or the ticket, when a change of two tickets has to be carried through first.</summary>
    private async Task<(TicketChange? Change, Ticket? Busy)> TryChangeAsync(
        TicketAddress address,
        IfMatch ifMatch,
        Idempotency? idempotency,
        (string Name, string Request)? answer,
        bool catchUp,
        bool inPair,
        Func<Ticket, Ticket, CancellationToken, ValueTask<TicketChange>> decide,
        CancellationToken cancellationToken
    )
    {
        var partition = address.Partition;
        using var turn = await locks.TakeAsync(partition, cancellationToken);
        Announced<TicketMessage>? announced = null;
        for (var attempt = 0; ; attempt++)
        {
            var answering = idempotency is null ? Task.FromResult<TableEntity?>(null) : ReadAnswerAsync(partition, idempotency, cancellationToken);
            var read = await ReadAsync(address, cancellationToken);
            var answered = await answering;
            if (read is not ({ } before, var etag))
                return (null, null);
            if (answered is not null)
                return (await ReplayAsync(before, answered, idempotency!, cancellationToken), null);
            if (!inPair && before is { Begun: not null } or { Joined: not null })
                return (null, before);

            ifMatch.Check(before.Version);
            // What was due before this very moment happened first, whether or not anybody has noticed.
            var due = catchUp ? await promises.CatchUpAsync(before, before: true, cancellationToken) : new TicketChange(before, []);
            var change = await decide(before, due.Ticket, cancellationToken);
            if (change.Events.Count == 0)
                return (change with { Ticket = change.Ticket.Version == due.Ticket.Version ? before : change.Ticket }, null);
            change = await promises.FollowAsync(
                before,
                change with
                {
                    Events = [.. due.Events, .. change.Events],
                },
                () => ReadEventsAsync(address, 0, (int)before.Version, cancellationToken),
                cancellationToken
            );
            if (before.Begun is { } begun && change.Ticket.Begun is null)
                change = change with { Ticket = change.Ticket with { LastPair = new(begun.Id, change.Ticket.Version) } };

            if (change.Comment is { DeletedAt: null, Attachments: { } named } comment)
                await files.ClaimAsync(address.Workspace, address.Number, comment.Visibility == CommentVisibility.Internal, named, cancellationToken);

            // A message vouches for the events it names and no later ones: who lost a race announces anew.
            if (announced is null || change.Ticket.Version > announced.Work.UpTo || time.GetUtcNow() - announced.At > options.CommitWithin)
                announced = await AnnounceAsync(address, change.Ticket.Version, cancellationToken);
            var changeId = NewChangeId();
            change = Named(change, changeId);
            try
            {
                await Table.SubmitTransactionAsync(Transaction(partition, before, etag, change, changeId, answer), cancellationToken);
            }
            catch (RequestFailedException conflict) when (conflict.Status is 404 or 409 or 412)
            {
                // Either somebody was faster, or our own commit's answer was lost: the event's row tells.
                if (!await IsOursAsync(partition, change.Events[0].Seq, changeId, cancellationToken))
                {
                    Log.Raced(logger, before.Id, attempt);
                    await PauseAsync(attempt, cancellationToken);
                    continue;
                }
            }

            Log.Changed(logger, change.Ticket.Id, TicketFacts.NamesOf(change.Events), TicketFacts.ActorOf(change.Events));
            Committed(announced, new(before, change.Ticket, change.Events));
            return (change, null);
        }
    }

    /// <summary>Lets somebody else be done who changes the same ticket.</summary>
    internal static Task PauseAsync(int attempt, CancellationToken cancellationToken) =>
        Task.Delay(TimeSpan.FromMilliseconds(RandomNumberGenerator.GetInt32(5, 20 + 20 * Math.Min(attempt, 10))), TimeProvider.System, cancellationToken);

    /// <summary>Records what has fallen due for a ticket; null when there is none.</summary>
    /// <param name="look">Sees the ticket as it was before.</param>
    public Task<TicketChange?> WakeAsync(TicketAddress address, Action<Ticket> look, CancellationToken cancellationToken) =>
        ChangeSettledAsync(
            address,
            IfMatch.Any,
            null,
            catchUp: false,
            async (_, ticket, cancelled) =>
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

    /// <summary>The number of the first event that was committed together with another one.</summary>
    public async Task<long> FirstOfChangeAsync(TicketAddress address, long version, CancellationToken cancellationToken)
    {
        const int Most = 100;
        var rows = await ReadRowsAsync(address, Math.Max(0, version - Most), Most, cancellationToken);
        var upTo = rows.Where(row => TicketRows.ReadEvent(row).Seq <= version).ToList();
        var together = upTo.AsEnumerable().Reverse().TakeWhile(row => row.GetString("Change") == upTo[^1].GetString("Change")).Count();
        return version - together + 1;
    }

    /// <summary>The ticket as it was right after event <paramref name="version"/>.</summary>
    /// <remarks>Of its promises only what lists show is known then.</remarks>
    public async Task<Ticket> ReplayAsync(Ticket ticket, long version, CancellationToken cancellationToken)
    {
        if (version == ticket.Version)
            return ticket;
        var rows = await ReadRowsAsync(TicketAddress.Of(ticket), 0, (int)version, cancellationToken);
        var description = ticket.Redescribed is { } seq
            ? TicketHistory.FirstDescription(await ReadEventsAsync(TicketAddress.Of(ticket), seq - 1, 1, cancellationToken), ticket.Description)
            : ticket.Description;
        return TicketHistory.Replay(rows.Select(TicketRows.ReadEvent), description) with { Sla = TicketRows.ReadListed(rows[^1]) };
    }

    /// <summary>The ticket as it was at an instant, without its promises, and its events until then; 400 for one before it was opened.</summary>
    public async Task<(Ticket Ticket, IReadOnlyList<TicketEvent> Events)> AsOfAsync(Ticket ticket, DateTimeOffset at, CancellationToken cancellationToken)
    {
        if (at < ticket.CreatedAt)
            throw new InvalidRequestException("at", $"at is before the ticket was opened ({ticket.CreatedAt.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.fff'Z'}).");
        var all = await ReadEventsAsync(TicketAddress.Of(ticket), 0, (int)ticket.Version, cancellationToken);
        IReadOnlyList<TicketEvent> events = [.. all.TakeWhile(happened => happened.At <= at)];
        return (TicketHistory.Replay(events, TicketHistory.FirstDescription(all, ticket.Description)), events);
    }

    /// <summary>Comments after the one that is called <paramref name="after"/>, oldest first.</summary>
    /// <param name="notes">Whether internal notes are among them.</param>
    public async Task<IReadOnlyList<(string Name, Comment Comment)>> ReadCommentsAsync(
        TicketAddress address,
        string? after,
        int limit,
        CancellationToken cancellationToken,
        bool notes = true
    )
    {
        var partition = address.Partition;
        var start = after is null ? TicketRows.CommentsStart(partition) : TicketRows.CommentKey(partition, after);
        var rows = Table.QueryAsync<TableEntity>(
            TableClient.CreateQueryFilter($"PartitionKey eq {partition} and RowKey gt {start} and RowKey lt {TicketRows.CommentsEnd(partition)}")
                + (notes ? "" : TableClient.CreateQueryFilter($" and Visibility eq {WireName<CommentVisibility>.Of(CommentVisibility.Public)}")),
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

    /// <summary>All files of a ticket and of its comments, notes included.</summary>
    public async Task<IReadOnlyList<TicketAttachment>> ReadFilesAsync(Ticket ticket, CancellationToken cancellationToken) =>
        [
            .. ticket.Attachments ?? [],
            .. (await ReadCommentsAsync(TicketAddress.Of(ticket), null, int.MaxValue, cancellationToken)).SelectMany(row => row.Comment.Attachments ?? []),
        ];

    /// <summary>
    /// Writes comments that another ticket had, as long as this ticket is in the middle of the same change; the same ones again change nothing.
    /// </summary>
    internal Task ReceiveCommentsAsync(TicketAddress target, IReadOnlyList<Comment> comments, Func<Ticket, bool> still, CancellationToken cancellationToken) =>
        WriteCommentsAsync(
            target,
            comments.Select(comment => new TableTransactionAction(TableTransactionActionType.UpsertReplace, TicketRows.Write(target.Partition, comment))),
            still,
            cancellationToken
        );

    /// <summary>Removes comments that now stand on another ticket, as long as this one is in the middle of the same change.</summary>
    internal Task RemoveCommentsAsync(TicketAddress source, IReadOnlyList<Comment> comments, Func<Ticket, bool> still, CancellationToken cancellationToken)
    {
        var partition = source.Partition;
        return WriteCommentsAsync(
            source,
            comments
                .Select(comment => new TableEntity(partition, TicketRows.CommentKey(partition, TicketRows.CommentName(comment))))
                .Select(row => new TableTransactionAction(TableTransactionActionType.Delete, row, ETag.All)),
            still,
            cancellationToken
        );
    }

    /// <summary>Takes a message back whose work is done.</summary>
    internal Task TakeBackAsync(Announced<TicketMessage> announced, CancellationToken cancellationToken) =>
        queue.TakeBackAsync([announced], cancellationToken);

    internal Task<Announced<TicketMessage>> AnnounceAsync(TicketAddress address, long upTo, CancellationToken cancellationToken) =>
        queue.AnnounceAsync(new(address.Workspace, address.Number, upTo, time.GetUtcNow(), ThisProcess.Id), cancellationToken);

    internal void Committed(Announced<TicketMessage> announced, CommittedChange change) =>
        queue.Committed(announced with { Work = announced.Work with { Change = change } });

    /// <summary>Each transaction also touches the ticket under its ETag: whoever is late changes nothing any more.</summary>
    private async Task WriteCommentsAsync(
        TicketAddress address,
        IEnumerable<TableTransactionAction> actions,
        Func<Ticket, bool> still,
        CancellationToken cancellationToken
    )
    {
        foreach (var chunk in TableTransactions.Split(actions, spare: 1))
        {
            for (var attempt = 0; ; attempt++)
            {
                if (await ReadAsync(address, cancellationToken) is not ({ } ticket, var etag) || !still(ticket))
                    return;
                var touch = new TableEntity(address.Partition, TicketRows.TicketKey(address.Partition)) { ["Version"] = ticket.Version };
                try
                {
                    await Table.SubmitTransactionAsync([new(TableTransactionActionType.UpdateMerge, touch, etag), .. chunk], cancellationToken);
                    break;
                }
                catch (RequestFailedException raced) when (raced.Status is 404 or 409 or 412)
                {
                    // Somebody else carries on with the same change: what is removed already fails with the whole transaction.
                    await PauseAsync(attempt, cancellationToken);
                    if (raced.Status == 404)
                        return;
                }
            }
        }
    }

    /// <summary>Writes what a ticket keeps of a change of two tickets, and nothing else; false when somebody changed the ticket meanwhile.</summary>
    internal async Task<bool> TryMarkAsync(Ticket ticket, ETag read, CancellationToken cancellationToken)
    {
        try
        {
            await Table.UpdateEntityAsync(
                TicketRows.Write(TicketAddress.Of(ticket).Partition, ticket, withDescription: false),
                read,
                TableUpdateMode.Merge,
                cancellationToken
            );
            return true;
        }
        catch (RequestFailedException raced) when (raced.Status is 409 or 412)
        {
            return false;
        }
    }

    /// <summary>The ticket as its row is, also in the middle of a change of two tickets.</summary>
    internal async Task<(Ticket Ticket, ETag ETag)?> ReadAsync(TicketAddress address, CancellationToken cancellationToken)
    {
        var partition = address.Partition;
        var found = await Table.GetEntityIfExistsAsync<TableEntity>(partition, TicketRows.TicketKey(partition), cancellationToken: cancellationToken);
        if (!found.HasValue)
            return null;
        var ticket = TicketRows.ReadTicket(found.Value!);
        return address.Id is null || address.Id == ticket.Id ? (ticket, found.Value!.ETag) : null;
    }

    /// <summary>What the same request was answered with before; null when it is new.</summary>
    internal async Task<TicketChange?> FindAnswerAsync(Ticket ticket, Idempotency idempotency, CancellationToken cancellationToken) =>
        await ReadAnswerAsync(TicketAddress.Of(ticket).Partition, idempotency, cancellationToken) is { } answer
            ? await ReplayAsync(ticket, answer, idempotency, cancellationToken)
            : null;

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
        var comment = answer.GetString("Comment") is { } name
            ? await ReadCommentAsync(TicketAddress.Of(ticket), name, cancellationToken) ?? await ReadSplitAsync(ticket, name, cancellationToken)
            : null;
        return new(then, [], comment);
    }

    /// <summary>A comment that has become a ticket of its own since, as it was; null when it has not.</summary>
    private async Task<Comment?> ReadSplitAsync(Ticket ticket, string name, CancellationToken cancellationToken)
    {
        if (ticket.Links?.Any(link => link.Kind == LinkKind.SplitInto) != true)
            return null;
        var events = await ReadEventsAsync(TicketAddress.Of(ticket), 0, (int)ticket.Version, cancellationToken);
        var splits = events.Select(happened => happened.Fact).OfType<CommentSplit>().ToDictionary(split => split.Comment, StringComparer.Ordinal);
        foreach (var happened in events)
        {
            if (happened.Fact is not CommentAdded added || !splits.TryGetValue(added.Comment, out var split))
                continue;
            var comment = new Comment
            {
                Id = added.Comment,
                Body = "",
                Visibility = added.Visibility,
                At = happened.At,
                By = happened.By.Kind,
                Actor = happened.By,
            };
            if (TicketRows.CommentName(comment) == name && await FindAsync(new(ticket.Workspace, split.IntoNumber, split.Into), cancellationToken) is { } made)
                return comment with { Body = (await ReplayAsync(made, 1, cancellationToken)).Description, Attachments = made.Attachments };
        }

        return null;
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
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (seen.Add(address.Partition))
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

    /// <summary>The change, whose events say to which request they belong.</summary>
    private static TicketChange Named(TicketChange change, string changeId) =>
        change with
        {
            Events = [.. change.Events.Select(happened => happened with { Change = changeId })],
        };

    /// <summary>The rows of a change's events. The last one notes where the ticket stands in the lists after it.</summary>
    private static IEnumerable<TableTransactionAction> Rows(string partition, TicketChange change, string changeId) =>
        change.Events.Select(happened => new TableTransactionAction(
            TableTransactionActionType.Add,
            TicketRows.Write(partition, happened, changeId, happened.Seq == change.Ticket.Version ? change.Ticket.Sla : null)
        ));

    private List<TableTransactionAction> Transaction(
        string partition,
        Ticket before,
        ETag etag,
        TicketChange change,
        string changeId,
        (string Name, string Request)? answered
    )
    {
        var redescribed = change.Ticket.Description != before.Description;
        List<TableTransactionAction> actions =
        [
            new(TableTransactionActionType.UpdateMerge, TicketRows.Write(partition, change.Ticket, withDescription: redescribed), etag),
            .. Rows(partition, change, changeId),
        ];
        if (change.Comment is { } comment)
        {
            // One that is changed lies there already.
            var isNew = comment is { EditedAt: null, DeletedAt: null };
            actions.Add(new(isNew ? TableTransactionActionType.Add : TableTransactionActionType.UpsertReplace, TicketRows.Write(partition, comment)));
        }

        actions.AddRange(
            change.FurtherComments.Select(further => new TableTransactionAction(TableTransactionActionType.Add, TicketRows.Write(partition, further)))
        );
        if (change.Removed is { } removed)
        {
            var row = new TableEntity(partition, TicketRows.CommentKey(partition, TicketRows.CommentName(removed)));
            actions.Add(new(TableTransactionActionType.Delete, row, ETag.All));
        }

        if (answered is var (name, request))
        {
            var answer = new TableEntity(partition, TicketRows.AnswerKey(partition, name))
            {
                ["Request"] = request,
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

    private static string NewChangeId() => Hashes.RandomName(12);

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Information, "Ticket {TicketId} was opened through {Channel} by {Actor}")]
        public static partial void Opened(ILogger logger, string ticketId, IntakeChannel channel, string actor);

        [LoggerMessage(LogLevel.Information, "Ticket {TicketId}: {Changes} by {Actor}")]
        public static partial void Changed(ILogger logger, string ticketId, string changes, string actor);

        [LoggerMessage(LogLevel.Warning, "A change of ticket {TicketId} and another one could not be carried through; it is tried again")]
        public static partial void NotSettled(ILogger logger, Exception refused, string ticketId);

        [LoggerMessage(LogLevel.Debug, "Ticket {TicketId} was changed by another request in the meantime (attempt {Attempt})")]
        public static partial void Raced(ILogger logger, string ticketId, int attempt);
    }
}
