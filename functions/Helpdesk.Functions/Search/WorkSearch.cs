using System.Collections.Concurrent;
using System.Text.Json.Serialization;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;
using Helpdesk.Functions.Tickets;
using Helpdesk.Search;

namespace Helpdesk.Functions.Search;

/// <summary>What is to be done to the index of a workspace.</summary>
[JsonConverter(typeof(WireNameConverter<SearchWork>))]
public enum SearchWork
{
    /// <summary>What is new becomes a segment.</summary>
    Flush,

    /// <summary>The index is made again from the tickets, a step at a time.</summary>
    Rebuild,
}

/// <summary>"Look after the index of this workspace."</summary>
/// <param name="Rebuild">Which rebuilding it goes on with.</param>
public sealed record SearchMessage(string Workspace, SearchWork Work, string? Rebuild = null)
{
    public const string QueueName = "search-work";

    internal static WorkQueueOptions<SearchMessage> Queue { get; } =
        new(QueueName, SearchJson.Default.SearchMessage, message => $"{message.Workspace} {message.Work}") { Parallel = 1 };
}

/// <summary>Looks after the index: makes segments of what is new, and makes it again from the tickets.</summary>
public sealed class WorkSearch(WorkRunner<SearchMessage> work)
{
    [Function(nameof(WorkSearch))]
    public Task Run([QueueTrigger(SearchMessage.QueueName)] SearchMessage message, int dequeueCount, CancellationToken cancellationToken) =>
        work.ReceiveAsync(message, dequeueCount, cancellationToken);
}

/// <summary>Has segments made when there is enough that is new.</summary>
public sealed class SearchFlushes(WorkQueue<SearchMessage> queue, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly ConcurrentDictionary<string, int> _new = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, DateTimeOffset> _asked = new(StringComparer.Ordinal);

    /// <summary>Notes that documents were added.</summary>
    public async Task NoteAsync(string workspace, int documents, CancellationToken cancellationToken)
    {
        if (_new.AddOrUpdate(workspace, documents, (_, before) => before + documents) < SearchIndexStore.NewRows)
            return;
        _new[workspace] = 0;
        await AskAsync(workspace, cancellationToken);
    }

    /// <summary>Notes how many a query has found waiting.</summary>
    public async Task SeenAsync(string workspace, int waiting, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (waiting < SearchIndexStore.NewRows || (_asked.TryGetValue(workspace, out var asked) && now - asked < Patience))
            return;
        await AskAsync(workspace, cancellationToken);
    }

    private async Task AskAsync(string workspace, CancellationToken cancellationToken)
    {
        _asked[workspace] = time.GetUtcNow();
        queue.Committed(await queue.AnnounceAsync(new(workspace, SearchWork.Flush), cancellationToken));
    }
}

/// <summary>Does one step of the work on an index.</summary>
public sealed class SearchWorker(SearchIndexStore index, SearchRebuilding rebuilding, WorkQueue<SearchMessage> queue) : IWorker<SearchMessage>
{
    private static readonly TimeSpan ComesAgainAfter = TimeSpan.FromSeconds(30);

    public async Task<bool> DoAsync(SearchMessage message, bool lastTry, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (message.Work == SearchWork.Rebuild)
            await rebuilding.StepAsync(message, cancellationToken);
        else if (!await index.FlushAsync(message.Workspace, SearchIndexStore.NewRows / 2, purge: false, cancellationToken))
            await queue.SendAsync(message, ComesAgainAfter, cancellationToken);
        return true;
    }
}

/// <summary>Makes the index again from the tickets, a page of them at a time, while the one that is there goes on to answer.</summary>
public sealed class SearchRebuilding(
    StorageClients storage,
    SearchIndexStore index,
    TicketStore tickets,
    TicketDocuments documents,
    WorkQueue<SearchMessage> queue,
    TimeProvider time
)
{
    /// <summary>Rows of the tickets' table in one step.</summary>
    private const int StepSize = 500;

    /// <summary>Begins a rebuilding; one that is under way begins anew.</summary>
    public async Task<SearchRebuild> BeginAsync(string workspace, CancellationToken cancellationToken)
    {
        var rebuild = new SearchRebuild(Hashes.RandomName(10), time.GetUtcNow(), null, 0, null);
        var announced = await queue.AnnounceAsync(new(workspace, SearchWork.Rebuild, rebuild.Id), cancellationToken);
        await NoteAsync(workspace, now => now with { Rebuild = rebuild }, cancellationToken);
        queue.Committed(announced);
        return rebuild;
    }

    /// <summary>One step. Done twice, it writes the same.</summary>
    public async Task StepAsync(SearchMessage message, CancellationToken cancellationToken)
    {
        var workspace = message.Workspace;
        if ((await index.FindAsync(workspace, cancellationToken)).Index.Rebuild is not { FinishedAt: null } rebuild || rebuild.Id != message.Rebuild)
            return;
        var (rows, next) = await Contacts.TableErasing.ReadPageAsync(
            storage.Table(TicketStore.TableName),
            workspace,
            rebuild.From,
            cancellationToken,
            StepSize
        );
        // Each ticket has a row of this name; where a page ends in the middle of a ticket, the page that has it reads the rest.
        var numbers = rows.Where(row => row.RowKey == TicketRows.TicketKey(row.PartitionKey)).Select(row => TicketRows.ReadTicket(row).Number).ToList();
        var made = new List<SearchDocument>();
        foreach (var number in numbers)
        {
            if (await tickets.FindAsync(new(workspace, number), cancellationToken) is { } ticket)
                made.AddRange(await documents.AgainAsync(ticket, cancellationToken));
        }

        // At the end nothing is left that does not count any more.
        var purge = next is null;
        if (!await index.FlushAsync(workspace, 1, purge, cancellationToken, made) && made.Count > 0)
            await index.PutAsync(workspace, made, cancellationToken);
        var further = rebuild with { From = next, Tickets = rebuild.Tickets + numbers.Count, FinishedAt = next is null ? time.GetUtcNow() : null };
        var announced = next is null ? null : await queue.AnnounceAsync(message, cancellationToken);
        await NoteAsync(
            workspace,
            now => now.Rebuild is { } same && same.Id == rebuild.Id && same.From == rebuild.From ? now with { Rebuild = further } : now,
            cancellationToken
        );
        if (announced is not null)
            queue.Committed(announced);
    }

    private async Task NoteAsync(string workspace, Func<SearchIndex, SearchIndex> change, CancellationToken cancellationToken)
    {
        for (var attempt = 0; !await index.TryNoteAsync(workspace, change, cancellationToken); attempt++)
            await TicketStore.PauseAsync(attempt, cancellationToken);
    }
}
