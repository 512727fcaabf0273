using System.Globalization;
using Azure;
using Azure.Data.Tables;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;
using Helpdesk.Functions.Tickets;
using Helpdesk.Knowledge;

namespace Helpdesk.Functions.Knowledge;

/// <summary>Keeps what readers say of articles, and how often they are read, day by day: one partition per workspace.</summary>
/// <remarks><c>vote:article:reader</c>, <c>votes:article</c> with their sums, <c>day:2026-03-10</c>.</remarks>
public sealed class ReadingStore(StorageClients storage, TimeProvider time)
{
    private TableClient Table => storage.Table(ArticleStore.TableName);

    /// <summary>Takes what a reader says in the place of what they said before: once per reader, however often it comes.</summary>
    /// <param name="place">Where the article had been suggested to them; null for nowhere.</param>
    public async Task VoteAsync(string workspace, string reader, ArticleVote vote, SuggestedIn? place, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(vote);
        for (var attempt = 0; ; attempt++)
        {
            var (key, sums, day) = (VoteKey(vote.Article, reader), $"votes:{vote.Article}", DayKey(vote.At));
            var found = await GetAsync(workspace, key, cancellationToken);
            var before = found is null ? null : ArticleStore.Read(found, KnowledgeJson.Stored.ArticleVote);
            // Who has said that it solved the problem has said so, whatever they say later.
            var after = vote with
            {
                Solved = vote.Solved || before?.Solved == true,
                Words = vote.Words ?? before?.Words,
            };
            if (before == after with { At = before?.At ?? after.At })
                return;
            var total = await GetAsync(workspace, sums, cancellationToken);
            var votes = total is null ? new(0, 0, 0) : ArticleStore.Read(total, KnowledgeJson.Stored.ArticleVotes);
            List<TableTransactionAction> actions =
            [
                Put(found, Row(workspace, key, after, KnowledgeJson.Stored.ArticleVote)),
                Put(total, Row(workspace, sums, votes.With(before, after), KnowledgeJson.Stored.ArticleVotes)),
            ];
            if (place is { } suggested && after.Solved && before?.Solved != true)
            {
                var counted = await GetAsync(workspace, day, cancellationToken);
                var counts = counted is null ? ReadingDay.Empty : ArticleStore.Read(counted, KnowledgeJson.Stored.ReadingDay);
                List<KeyValuePair<string, long>> more = [KeyValuePair.Create(ReadingCount.Suggestion(SuggestionStep.Solved, suggested), 1L)];
                if (vote.Article != ReadingCount.Several)
                    more.Add(KeyValuePair.Create(ReadingCount.Suggestion(SuggestionStep.Solved, suggested, vote.Article), 1L));
                actions.Add(Put(counted, Row(workspace, day, counts.With(more), KnowledgeJson.Stored.ReadingDay)));
            }

            if (await TrySubmitAsync(actions, cancellationToken))
                return;
            await TicketStore.PauseAsync(attempt, cancellationToken);
        }
    }

    /// <summary>What all readers say of an article.</summary>
    public async Task<ArticleVotes> VotesAsync(string workspace, string article, CancellationToken cancellationToken) =>
        await GetAsync(workspace, $"votes:{article}", cancellationToken) is { } row ? ArticleStore.Read(row, KnowledgeJson.Stored.ArticleVotes) : new(0, 0, 0);

    /// <summary>What readers say of all articles.</summary>
    public async Task<IReadOnlyDictionary<string, ArticleVotes>> AllVotesAsync(string workspace, CancellationToken cancellationToken)
    {
        var found = new Dictionary<string, ArticleVotes>(StringComparer.Ordinal);
        var start = Key(workspace, "votes:");
        await foreach (var row in RangeAsync(workspace, start, $"{start[..^1]};", cancellationToken))
            found[row.RowKey[start.Length..]] = ArticleStore.Read(row, KnowledgeJson.Stored.ArticleVotes);
        return found;
    }

    /// <summary>What single readers say of an article.</summary>
    /// <returns>The key of each, by which the list goes on.</returns>
    public async Task<(IReadOnlyList<(string Key, ArticleVote Vote)> Items, bool More)> ReadVotesAsync(
        string workspace,
        string article,
        string? after,
        int limit,
        bool onlyWords,
        CancellationToken cancellationToken
    )
    {
        var found = new List<(string, ArticleVote)>();
        var start = Key(workspace, $"vote:{article}:");
        await foreach (var row in RangeAsync(workspace, start + after, $"{start[..^1]};", cancellationToken))
        {
            var vote = ArticleStore.Read(row, KnowledgeJson.Stored.ArticleVote);
            if (onlyWords && vote.Words is null)
                continue;
            if (found.Count == limit)
                return (found, true);
            found.Add((row.RowKey[start.Length..], vote));
        }

        return (found, false);
    }

    /// <summary>Adds counts to a day.</summary>
    public async Task AddAsync(string workspace, DateTimeOffset day, IReadOnlyDictionary<string, long> counts, CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            var found = await GetAsync(workspace, DayKey(day), cancellationToken);
            var before = found is null ? ReadingDay.Empty : ArticleStore.Read(found, KnowledgeJson.Stored.ReadingDay);
            if (await TrySubmitAsync([Put(found, Row(workspace, DayKey(day), before.With(counts), KnowledgeJson.Stored.ReadingDay))], cancellationToken))
                return;
            await TicketStore.PauseAsync(attempt, cancellationToken);
        }
    }

    /// <summary>Writes the counts of a day that has none yet.</summary>
    public async Task AddIfNewAsync(string workspace, DateTimeOffset day, ReadingDay counts, CancellationToken cancellationToken) =>
        await TrySubmitAsync([Put(null, Row(workspace, DayKey(day), counts, KnowledgeJson.Stored.ReadingDay))], cancellationToken);

    /// <summary>The days from one to another, each with its counts.</summary>
    public async Task<IReadOnlyList<(DateOnly Day, ReadingDay Counts)>> ReadDaysAsync(
        string workspace,
        DateOnly from,
        DateOnly to,
        CancellationToken cancellationToken
    )
    {
        var found = new List<(DateOnly, ReadingDay)>();
        var start = Key(workspace, "day:");
        await foreach (var row in RangeAsync(workspace, $"{start}{Text(from.AddDays(-1))}", $"{start}{Text(to.AddDays(1))}", cancellationToken))
            found.Add(
                (
                    DateOnly.ParseExact(row.RowKey[start.Length..], "yyyy-MM-dd", CultureInfo.InvariantCulture),
                    ArticleStore.Read(row, KnowledgeJson.Stored.ReadingDay)
                )
            );
        return found;
    }

    /// <summary>Forgets what readers have said of an article that is gone.</summary>
    public async Task RemoveVotesAsync(string workspace, string article, CancellationToken cancellationToken)
    {
        var rows = new List<TableEntity>();
        var start = Key(workspace, $"vote:{article}:");
        await foreach (var row in RangeAsync(workspace, start, $"{start[..^1]};", cancellationToken))
            rows.Add(row);
        if (await GetAsync(workspace, $"votes:{article}", cancellationToken) is { } sums)
            rows.Add(sums);
        foreach (var some in TableTransactions.Split(rows.Select(row => new TableTransactionAction(TableTransactionActionType.Delete, row, ETag.All))))
            await Table.SubmitTransactionAsync(some, cancellationToken);
    }

    internal static string Partition(string workspace) => $"{workspace}:readers";

    internal static string Key(string workspace, string rest) => $"{Partition(workspace)}:{rest}";

    internal static TableEntity Row<T>(string workspace, string key, T value, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> json)
    {
        var row = new TableEntity(Partition(workspace), Key(workspace, key));
        LongText.Write(row, "State", System.Text.Json.JsonSerializer.Serialize(value, json));
        return row;
    }

    internal static string DayKey(DateTimeOffset at) => $"day:{Text(DateOnly.FromDateTime(at.UtcDateTime))}";

    /// <summary>Today, in UTC.</summary>
    public DateOnly Today => DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);

    private static string VoteKey(string article, string reader) => $"vote:{article}:{reader}";

    private static string Text(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static TableTransactionAction Put(TableEntity? before, TableEntity row) =>
        before is null ? new(TableTransactionActionType.Add, row) : new(TableTransactionActionType.UpdateReplace, row, before.ETag);

    private async Task<bool> TrySubmitAsync(IEnumerable<TableTransactionAction> actions, CancellationToken cancellationToken)
    {
        try
        {
            await Table.SubmitTransactionAsync(actions, cancellationToken);
            return true;
        }
        catch (RequestFailedException raced) when (raced.Status is 404 or 409 or 412)
        {
            return false;
        }
    }

    private async Task<TableEntity?> GetAsync(string workspace, string key, CancellationToken cancellationToken)
    {
        var found = await Table.GetEntityIfExistsAsync<TableEntity>(Partition(workspace), Key(workspace, key), cancellationToken: cancellationToken);
        return found.HasValue ? found.Value : null;
    }

    private AsyncPageable<TableEntity> RangeAsync(string workspace, string after, string end, CancellationToken cancellationToken) =>
        Table.QueryAsync<TableEntity>(
            TableClient.CreateQueryFilter($"PartitionKey eq {Partition(workspace)} and RowKey gt {after} and RowKey lt {end}"),
            cancellationToken: cancellationToken
        );
}

/// <summary>Counts readings in memory and writes them to the day's row now and then: reading an article writes nothing.</summary>
/// <remarks>A process that dies loses the counts of its last minute; what readers say is never counted this way.</remarks>
public sealed class ReadingCounts(ReadingStore store, LastWork last, TimeProvider time) : IRegularWork, IHostedService
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(1);
    private readonly Lock _lock = new();
    private Dictionary<(string Workspace, DateOnly Day), Dictionary<string, long>> _counts = [];
    private DateTimeOffset _writtenAt = time.GetUtcNow();

    /// <summary>Counts one reading; once a minute the counts are written.</summary>
    public async Task AddAsync(string workspace, string name, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        bool due;
        lock (_lock)
        {
            var day = (workspace, DateOnly.FromDateTime(now.UtcDateTime));
            if (!_counts.TryGetValue(day, out var counts))
                _counts[day] = counts = new(StringComparer.Ordinal);
            counts[name] = counts.GetValueOrDefault(name) + 1;
            due = now - _writtenAt >= Every;
            if (due)
                _writtenAt = now;
        }

        if (due)
            await RunAsync(cancellationToken);
    }

    /// <summary>Writes what was counted.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        Dictionary<(string Workspace, DateOnly Day), Dictionary<string, long>> counted;
        lock (_lock)
            (counted, _counts) = (_counts, []);
        foreach (var ((workspace, day), counts) in counted)
            await store.AddAsync(workspace, new(day, TimeOnly.MinValue, TimeSpan.Zero), counts, cancellationToken);
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => last.TryAsync(RunAsync, cancellationToken);
}
