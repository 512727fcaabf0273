using System.Globalization;
using System.Text.Json;
using Azure;
using Azure.Data.Tables;
using Helpdesk.Contacts;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;
using Helpdesk.Portal;

namespace Helpdesk.Functions.Portal;

/// <summary>A question as lists tell of it.</summary>
public sealed record ListedQuestion(string Id, string Title, string Name, string? Category, DateTimeOffset At, int Answers, bool Solved, bool Hidden);

/// <summary>Keeps the questions of the community, newest first. Lists read a few short columns of each and never what is in it.</summary>
public sealed class QuestionStore(StorageClients storage)
{
    /// <summary>So many of the newest are looked through for words.</summary>
    public const int Searched = 2000;

    private const string State = "State";
    private static readonly string[] Columns = ["PartitionKey", "RowKey", "Title", "Name", "Category", "At", "Answers", "Solved", "Hidden"];

    private TableClient Table => storage.Table(PortalStore.TableName);

    /// <summary>The id of a question that is asked now.</summary>
    public static string NewId(DateTimeOffset now) =>
        string.Create(CultureInfo.InvariantCulture, $"{DateTimeOffset.MaxValue.UtcTicks - now.UtcTicks:D19}{Hashes.RandomName(6)}");

    /// <summary>Whether a text can be the id of a question.</summary>
    public static bool IsId(string text) => text is { Length: 25 } && text.All(char.IsAsciiLetterOrDigit);

    /// <summary>Adds a question; one of that id stays as it is.</summary>
    public async Task AddAsync(string workspace, Question question, CancellationToken cancellationToken)
    {
        try
        {
            await Table.AddEntityAsync(Row(workspace, question), cancellationToken);
        }
        catch (RequestFailedException there) when (there.Status == 409)
        {
            // The same form came twice.
        }
    }

    public async Task<Question?> FindAsync(string workspace, string id, CancellationToken cancellationToken) =>
        await ReadRowAsync(workspace, id, cancellationToken) is var (question, _) ? question : null;

    /// <summary>Changes a question by a rule, which may run several times; null when there is none, or the rule finds none.</summary>
    public async Task<Question?> ChangeAsync(string workspace, string id, Func<Question, Question?> change, CancellationToken cancellationToken)
    {
        while (await ReadRowAsync(workspace, id, cancellationToken) is var (before, etag))
        {
            if (change(before) is not { } after)
                return null;
            if (ReferenceEquals(after, before))
                return before;
            try
            {
                await Table.UpdateEntityAsync(Row(workspace, after), etag, TableUpdateMode.Replace, cancellationToken);
                return after;
            }
            catch (RequestFailedException raced) when (raced.Status is 404 or 412)
            {
                // Somebody else has answered as well, or it was removed: decide again.
            }
        }

        return null;
    }

    /// <summary>Removes a question for good; false when there was none.</summary>
    public async Task<bool> RemoveAsync(string workspace, string id, CancellationToken cancellationToken) =>
        IsId(id) && (await Table.DeleteEntityAsync(Partition(workspace), id, ETag.All, cancellationToken)).Status != 404;

    /// <summary>One page, newest first. Of those that are searched the newest <see cref="Searched"/> are looked through.</summary>
    public async Task<ListPage<ListedQuestion>> ReadPageAsync(
        string workspace,
        string? search,
        string? category,
        bool withHidden,
        int limit,
        string? cursor,
        CancellationToken cancellationToken
    )
    {
        var words = search is null ? [] : Folding.Words(search).Select(Folding.Term).Where(word => word.Length > 0).ToList();
        var list = $"questions {workspace} {string.Join(' ', words)} {category} {withHidden}";
        var after = cursor is null ? "" : PageCursor.Read(list, cursor, 1)[0];
        var filter = TableClient.CreateQueryFilter($"PartitionKey eq {Partition(workspace)} and RowKey gt {after}");
        if (category is not null)
            filter += TableClient.CreateQueryFilter($" and Category eq {category}");
        var items = new List<ListedQuestion>();
        var looked = 0;
        await foreach (var row in Table.QueryAsync<TableEntity>(filter, words.Count > 0 ? 500 : limit + 1, Columns, cancellationToken))
        {
            if (items.Count == limit || looked++ >= Searched)
                return new(items, PageCursor.Write(list, after));
            after = row.RowKey;
            var one = Listed(row);
            if ((withHidden || !one.Hidden) && Has(one.Title, words))
                items.Add(one);
        }

        return new(items, null);
    }

    /// <summary>All questions from one on, whole, for whoever has to look at each: at most <paramref name="limit"/>.</summary>
    public async Task<(IReadOnlyList<Question> Questions, string? Next)> ReadWholeAsync(
        string workspace,
        string? from,
        int limit,
        CancellationToken cancellationToken
    )
    {
        var found = new List<Question>();
        var filter = TableClient.CreateQueryFilter($"PartitionKey eq {Partition(workspace)} and RowKey gt {from ?? ""}");
        await foreach (var row in Table.QueryAsync<TableEntity>(filter, limit, cancellationToken: cancellationToken))
        {
            if (found.Count == limit)
                return (found, found[^1].Id);
            found.Add(Read(row));
        }

        return (found, null);
    }

    private static bool Has(string title, List<string> words)
    {
        var said = words.Count == 0 ? [] : Folding.Words(title).Select(Folding.Term).ToList();
        return words.All(word => said.Exists(one => one.Contains(word, StringComparison.Ordinal)));
    }

    internal static TableEntity Row(string workspace, Question question)
    {
        var row = new TableEntity(Partition(workspace), question.Id)
        {
            ["Title"] = question.Title,
            ["Name"] = question.By.Name,
            ["At"] = question.At,
            ["Answers"] = question.Answers.Count(answer => answer.Hidden != true),
            ["Solved"] = question.Accepted is not null,
            ["Hidden"] = question.Hidden == true,
        };
        if (question.Category is not null)
            row["Category"] = question.Category;
        LongText.Write(row, State, JsonSerializer.Serialize(question, PortalJson.Stored.Question));
        return row;
    }

    internal static Question Read(TableEntity row) =>
        JsonSerializer.Deserialize(LongText.Read(row, State), PortalJson.Stored.Question) ?? throw new InvalidDataException("The row of a question is empty.");

    private static ListedQuestion Listed(TableEntity row) =>
        new(
            row.RowKey,
            row.GetString("Title"),
            row.GetString("Name"),
            row.GetString("Category"),
            row.GetDateTimeOffset("At")!.Value,
            row.GetInt32("Answers") ?? 0,
            row.GetBoolean("Solved") == true,
            row.GetBoolean("Hidden") == true
        );

    private async Task<(Question Question, ETag ETag)?> ReadRowAsync(string workspace, string id, CancellationToken cancellationToken)
    {
        if (!IsId(id))
            return null;
        var found = await Table.GetEntityIfExistsAsync<TableEntity>(Partition(workspace), id, cancellationToken: cancellationToken);
        return found.HasValue ? (Read(found.Value!), found.Value!.ETag) : null;
    }

    private static string Partition(string workspace) => $"{workspace}:questions";
}
