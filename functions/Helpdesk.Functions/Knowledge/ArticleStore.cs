using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Azure;
using Azure.Data.Tables;
using Helpdesk.Functions.Attachments;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;
using Helpdesk.Knowledge;

namespace Helpdesk.Functions.Knowledge;

/// <summary>How much is in the knowledge base of a workspace, and a number that moves whenever readers see something else.</summary>
/// <param name="Version">Counts what was published and withdrawn.</param>
/// <param name="Articles">How many articles there are.</param>
public sealed record ShelfHead(long Version, int Articles)
{
    /// <summary>A workspace without articles.</summary>
    public static ShelfHead Empty { get; } = new(0, 0);
}

/// <summary>Keeps articles: one partition per workspace, so that a change of an article and what follows from it are one transaction.</summary>
/// <remarks>
/// <c>article:id</c> is the newest content, <c>version:id:n</c> every content, <c>change:id:n</c> who did what, <c>public:id</c> what readers see,
/// <c>slug:text</c> whose address it is, also when it was given up, <c>topic:id:language</c> its translations, <c>file:id</c> whose file it is,
/// <c>solved:id:ticket</c> which tickets it solved, and <c>shelf</c> says by one read whether readers see something new.
/// </remarks>
public sealed class ArticleStore(StorageClients storage, AttachmentStore files, TimeProvider time)
{
    public const string TableName = "Articles";

    /// <summary>As many a workspace may have: they are searched in memory.</summary>
    public const int Most = 2_000;

    private readonly ShortMemory<ShelfHead> _heads = new(time, TimeSpan.FromSeconds(10));

    private TableClient Table => storage.Table(TableName);

    /// <summary>How the knowledge base stands, at most ten seconds old.</summary>
    public async ValueTask<ShelfHead> HeadAsync(string workspace, CancellationToken cancellationToken) =>
        (await _heads.GetAsync(workspace, async () => (await ReadHeadAsync(workspace, cancellationToken)).Head))!;

    public async Task<Article?> FindAsync(string workspace, string id, CancellationToken cancellationToken) =>
        (await ReadAsync(workspace, id, cancellationToken))?.Article;

    /// <summary>An article as readers see it; null for one that they do not see.</summary>
    public async Task<PublishedArticle?> FindPublishedAsync(string workspace, string id, CancellationToken cancellationToken) =>
        IsId(id)
        && await GetAsync(workspace, $"public:{id}", cancellationToken) is { } row
        && Read(row, KnowledgeJson.Stored.PublishedArticle) is { Withdrawn: not true } found
            ? found
            : null;

    /// <summary>Id of the article that has or had this address; null for none.</summary>
    public async Task<string?> OfSlugAsync(string workspace, string slug, CancellationToken cancellationToken) =>
        Slugs.IsSlug(slug) ? (await GetAsync(workspace, $"slug:{slug}", cancellationToken))?.GetString("Article") : null;

    /// <summary>The articles that are one topic: ids by language.</summary>
    public async Task<IReadOnlyDictionary<string, string>> ReadTopicAsync(string workspace, string topic, CancellationToken cancellationToken)
    {
        var found = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var start = $"topic:{topic}:";
        await foreach (var row in RangeAsync(workspace, start, null, null, cancellationToken))
            found[row.RowKey[Key(workspace, start).Length..]] = row.GetString("Article");
        return found;
    }

    /// <summary>Id of the article that names a file; null for none.</summary>
    public async Task<string?> OfFileAsync(string workspace, string file, CancellationToken cancellationToken) =>
        (await GetAsync(workspace, $"file:{file}", cancellationToken))?.GetString("Article");

    /// <summary>One page of articles by id.</summary>
    public async Task<(IReadOnlyList<Article> Items, bool More)> ReadPageAsync(
        string workspace,
        string? after,
        int limit,
        Func<Article, bool> wanted,
        CancellationToken cancellationToken
    )
    {
        var found = new List<Article>();
        await foreach (var row in RangeAsync(workspace, "article:", after, null, cancellationToken))
        {
            var article = Read(row, KnowledgeJson.Stored.Article);
            if (!wanted(article))
                continue;
            if (found.Count == limit)
                return (found, true);
            found.Add(article);
        }

        return (found, false);
    }

    /// <summary>What readers see, or what has changed of it behind a version of the shelf; what was withdrawn is among it.</summary>
    public async Task<IReadOnlyList<PublishedArticle>> ReadPublishedAsync(string workspace, long behind, CancellationToken cancellationToken)
    {
        var found = new List<PublishedArticle>();
        await foreach (
            var row in RangeAsync(workspace, "public:", null, behind == 0 ? null : TableClient.CreateQueryFilter($"Shelf gt {behind}"), cancellationToken)
        )
            found.Add(Read(row, KnowledgeJson.Stored.PublishedArticle));
        return found;
    }

    /// <summary>What was done to an article, the latest first.</summary>
    public async Task<(IReadOnlyList<ArticleChange> Items, bool More)> ReadChangesAsync(
        string workspace,
        string id,
        int? before,
        int limit,
        CancellationToken cancellationToken
    )
    {
        var found = new List<ArticleChange>();
        var after = before is { } revision ? $"{int.MaxValue - revision:D10}" : null;
        await foreach (var row in RangeAsync(workspace, $"change:{id}:", after, null, cancellationToken, limit + 1))
        {
            if (found.Count == limit)
                return (found, true);
            found.Add(Read(row, KnowledgeJson.Stored.ArticleChange));
        }

        return (found, false);
    }

    /// <summary>The content of one version; null when there is none.</summary>
    public async Task<ArticleContent?> FindVersionAsync(string workspace, string id, int version, CancellationToken cancellationToken) =>
        IsId(id) && await GetAsync(workspace, VersionKey(id, version), cancellationToken) is { } row ? Read(row, KnowledgeJson.Stored.ArticleContent) : null;

    /// <summary>Adds an article; the one that is there already when the same request made it.</summary>
    public async Task<Article> AddAsync(ArticleResult added, string? request, CancellationToken cancellationToken)
    {
        var (article, change) = (added.Article, added.Change!);
        for (var attempt = 0; ; attempt++)
        {
            if (await ReadAsync(article.Workspace, article.Id, cancellationToken) is { } there)
                return there.Request == request && request is not null
                    ? there.Article
                    : throw new HelpdeskRuleException("idempotency-key-reused", "This Idempotency-Key was sent with another request before: use a new one.");
            var (head, etag) = await ReadHeadAsync(article.Workspace, cancellationToken);
            if (head.Articles >= Most)
                throw new HelpdeskRuleException("too-many-articles", $"A workspace has at most {Most} articles: remove those that nobody needs any more.");
            await ClaimAsync(article, cancellationToken);
            var row = Row(article, request);
            List<TableTransactionAction> actions =
            [
                new(TableTransactionActionType.Add, row),
                new(TableTransactionActionType.Add, VersionRow(article)),
                new(TableTransactionActionType.Add, ChangeRow(article, change)),
                new(TableTransactionActionType.Add, Own(article, $"topic:{article.Topic}:{article.Content.Language}")),
                HeadAction(article.Workspace, head with { Articles = head.Articles + 1 }, etag),
                .. FileRows(article),
            ];
            // An address that it had before, from a draft that was removed, is free again.
            actions.Add(new(TableTransactionActionType.Add, Own(article, $"slug:{article.Content.Slug}")));
            try
            {
                await Table.SubmitTransactionAsync(actions, cancellationToken);
                _heads.Forget(article.Workspace);
                return article;
            }
            catch (RequestFailedException raced) when (raced.Status is 409 or 412)
            {
                await MustBeFreeAsync(article, cancellationToken);
                await Helpdesk.Functions.Tickets.TicketStore.PauseAsync(attempt, cancellationToken);
            }
        }
    }

    /// <summary>Changes an article by a rule, under its revision; null when there is none.</summary>
    public async Task<Article?> ChangeAsync(
        string workspace,
        string id,
        IfMatch ifMatch,
        Func<Article, Task<ArticleResult>> rule,
        CancellationToken cancellationToken
    )
    {
        for (var attempt = 0; ; attempt++)
        {
            if (await ReadAsync(workspace, id, cancellationToken) is not { } found)
                return null;
            var before = found.Article;
            ifMatch.Check(before.Revision);
            var (after, change) = await rule(before);
            if (change is null)
                return before;
            await ClaimAsync(after, cancellationToken);
            List<TableTransactionAction> actions =
            [
                new(TableTransactionActionType.UpdateReplace, Row(after, found.Request), found.ETag),
                new(TableTransactionActionType.Add, ChangeRow(after, change)),
                .. FileRows(after),
            ];
            if (after.Version != before.Version)
                actions.Add(new(TableTransactionActionType.Add, VersionRow(after)));
            if (after.Content.Slug != before.Content.Slug && await OfSlugAsync(workspace, after.Content.Slug, cancellationToken) != id)
                actions.Add(new(TableTransactionActionType.Add, Own(after, $"slug:{after.Content.Slug}")));
            var (place, placeBefore) = ($"topic:{after.Topic}:{after.Content.Language}", $"topic:{before.Topic}:{before.Content.Language}");
            if (place != placeBefore)
            {
                actions.Add(new(TableTransactionActionType.Add, Own(after, place)));
                actions.Add(new(TableTransactionActionType.Delete, Own(before, placeBefore), ETag.All));
            }

            if (after.PublishedVersion != before.PublishedVersion)
            {
                var (head, etag) = await ReadHeadAsync(workspace, cancellationToken);
                var next = head with { Version = head.Version + 1 };
                actions.Add(HeadAction(workspace, next, etag));
                actions.Add(new(TableTransactionActionType.UpsertReplace, PublicRow(after, next.Version)));
            }

            try
            {
                await Table.SubmitTransactionAsync(actions, cancellationToken);
                _heads.Forget(workspace);
                return after;
            }
            catch (RequestFailedException raced) when (raced.Status is 404 or 409 or 412)
            {
                await MustBeFreeAsync(after, cancellationToken);
                await Helpdesk.Functions.Tickets.TicketStore.PauseAsync(attempt, cancellationToken);
            }
        }
    }

    /// <summary>Removes an article that no reader sees, with everything of it; false when there is none.</summary>
    public async Task<bool> RemoveAsync(string workspace, string id, IfMatch ifMatch, CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            if (await ReadAsync(workspace, id, cancellationToken) is not { } found)
                return false;
            ifMatch.Check(found.Article.Revision);
            ArticleRules.MustBeRemovable(found.Article);
            var rows = new List<TableEntity>();
            // Files and versions first and the article itself last: whoever dies on the way leaves one that can be removed again.
            foreach (var kind in new[] { $"version:{id}:", $"change:{id}:", $"solved:{id}:" })
            {
                await foreach (var row in RangeAsync(workspace, kind, null, null, cancellationToken))
                    rows.Add(row);
            }

            foreach (var kind in new[] { "slug:", "file:" })
            {
                await foreach (var row in RangeAsync(workspace, kind, null, TableClient.CreateQueryFilter($"Article eq {id}"), cancellationToken))
                    rows.Add(row);
            }

            var attached = rows.Where(row => row.RowKey.StartsWith(Key(workspace, "file:"), StringComparison.Ordinal))
                .Select(row => row.GetString("File"))
                .ToList();
            // What a ticket names as well stays.
            var known = await files.FindAsync(workspace, attached, cancellationToken);
            await files.RemoveAsync(workspace, known.Where(file => file.Ticket is null).Select(file => file.Id), cancellationToken);
            foreach (
                var some in TableTransactions.Split(rows.Select(row => new TableTransactionAction(TableTransactionActionType.Delete, row, ETag.All)).ToList())
            )
                await Table.SubmitTransactionAsync(some, cancellationToken);
            var (head, etag) = await ReadHeadAsync(workspace, cancellationToken);
            try
            {
                await Table.SubmitTransactionAsync(
                    [
                        new(TableTransactionActionType.Delete, Row(found.Article, null), found.ETag),
                        new(TableTransactionActionType.Delete, Own(found.Article, $"topic:{found.Article.Topic}:{found.Article.Content.Language}"), ETag.All),
                        HeadAction(workspace, head with { Articles = Math.Max(0, head.Articles - 1) }, etag),
                    ],
                    cancellationToken
                );
            }
            catch (RequestFailedException raced) when (raced.Status is 404 or 409 or 412)
            {
                await Helpdesk.Functions.Tickets.TicketStore.PauseAsync(attempt, cancellationToken);
                continue;
            }

            _heads.Forget(workspace);
            return true;
        }
    }

    /// <summary>Has what readers see of an article read again.</summary>
    public async Task TouchAsync(string workspace, string id, CancellationToken cancellationToken)
    {
        for (var attempt = 0; await GetAsync(workspace, $"public:{id}", cancellationToken) is { } row; attempt++)
        {
            var (head, etag) = await ReadHeadAsync(workspace, cancellationToken);
            var next = head with { Version = head.Version + 1 };
            row["Shelf"] = next.Version;
            try
            {
                await Table.SubmitTransactionAsync(
                    [new(TableTransactionActionType.UpdateReplace, row, row.ETag), HeadAction(workspace, next, etag)],
                    cancellationToken
                );
                _heads.Forget(workspace);
                return;
            }
            catch (RequestFailedException raced) when (raced.Status is 404 or 409 or 412)
            {
                await Helpdesk.Functions.Tickets.TicketStore.PauseAsync(attempt, cancellationToken);
            }
        }
    }

    /// <summary>Notes that an article has solved a ticket; twice is once.</summary>
    public Task AddSolvedAsync(string workspace, string id, string ticket, Actor by, CancellationToken cancellationToken) =>
        Table.UpsertEntityAsync(
            new TableEntity(Partition(workspace), Key(workspace, $"solved:{id}:{ticket}"))
            {
                ["Article"] = id,
                ["Ticket"] = ticket,
                ["At"] = time.GetUtcNow(),
                ["By"] = by.Id,
            },
            TableUpdateMode.Replace,
            cancellationToken
        );

    /// <summary>Takes back that an article has solved a ticket; false when nobody has said so.</summary>
    public async Task<bool> RemoveSolvedAsync(string workspace, string id, string ticket, CancellationToken cancellationToken) =>
        (await Table.DeleteEntityAsync(Partition(workspace), Key(workspace, $"solved:{id}:{ticket}"), ETag.All, cancellationToken)).Status != 404;

    /// <summary>Ids of the tickets that an article has solved.</summary>
    public async Task<(IReadOnlyList<string> Tickets, bool More)> ReadSolvedAsync(
        string workspace,
        string id,
        string? after,
        int limit,
        CancellationToken cancellationToken
    )
    {
        var found = new List<string>();
        await foreach (var row in RangeAsync(workspace, $"solved:{id}:", after, null, cancellationToken, limit + 1))
        {
            if (found.Count == limit)
                return (found, true);
            found.Add(row.GetString("Ticket"));
        }

        return (found, false);
    }

    /// <summary>Whether a text can be the id of an article.</summary>
    public static bool IsId(string text) => text.Length is > 0 and <= 40 && text.All(letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter));

    internal static string Partition(string workspace) => $"{workspace}:articles";

    internal static string Key(string workspace, string rest) => $"{Partition(workspace)}:{rest}";

    internal static TableEntity Row(Article article, string? request)
    {
        var row = Written(article.Workspace, $"article:{article.Id}", article, KnowledgeJson.Stored.Article);
        if (request is not null)
            row["Request"] = request;
        return row;
    }

    internal static TableEntity PublicRow(Article article, long shelf)
    {
        var row = Written(
            article.Workspace,
            $"public:{article.Id}",
            new PublishedArticle
            {
                Id = article.Id,
                Workspace = article.Workspace,
                Topic = article.Topic,
                // What nobody sees need not be read.
                Content = article.PublishedVersion is null
                    ? article.Content with
                    {
                        Title = "",
                        Body = "",
                        Summary = null,
                        Tags = [],
                        Attachments = [],
                    }
                    : article.Content,
                Version = article.Version,
                PublishedAt = article.PublishedAt ?? article.UpdatedAt,
                Withdrawn = article.PublishedVersion is null ? true : null,
            },
            KnowledgeJson.Stored.PublishedArticle
        );
        row["Shelf"] = shelf;
        return row;
    }

    internal static TableEntity VersionRow(Article article) =>
        Written(article.Workspace, VersionKey(article.Id, article.Version), article.Content, KnowledgeJson.Stored.ArticleContent);

    internal static TableEntity ChangeRow(Article article, ArticleChange change) =>
        Written(
            article.Workspace,
            string.Create(CultureInfo.InvariantCulture, $"change:{article.Id}:{int.MaxValue - change.Revision:D10}"),
            change,
            KnowledgeJson.Stored.ArticleChange
        );

    internal static T Read<T>(TableEntity row, JsonTypeInfo<T> json) =>
        JsonSerializer.Deserialize(LongText.Read(row, "State"), json) ?? throw new InvalidDataException($"{row.RowKey} is empty.");

    internal static TableEntity Written<T>(string workspace, string key, T value, JsonTypeInfo<T> json)
    {
        var row = new TableEntity(Partition(workspace), Key(workspace, key));
        LongText.Write(row, "State", JsonSerializer.Serialize(value, json));
        return row;
    }

    /// <summary>409 where an address or the place of a translation is taken by another article.</summary>
    private async Task MustBeFreeAsync(Article article, CancellationToken cancellationToken)
    {
        if (await OfSlugAsync(article.Workspace, article.Content.Slug, cancellationToken) is { } other && other != article.Id)
            throw new HelpdeskRuleException("slug-taken", $"The slug \"{article.Content.Slug}\" is taken by another article: choose another one.");
        if (
            (await GetAsync(article.Workspace, $"topic:{article.Topic}:{article.Content.Language}", cancellationToken))?.GetString("Article")
                is { } translation
            && translation != article.Id
        )
            throw new HelpdeskRuleException(
                "translation-exists",
                $"The article \"{translation}\" is the translation into \"{article.Content.Language}\" already: change that one."
            );
    }

    /// <summary>Files that an article is about to name are not removed meanwhile.</summary>
    private async Task ClaimAsync(Article article, CancellationToken cancellationToken)
    {
        foreach (var file in article.Content.Attachments)
            await files.ChangeAsync(
                article.Workspace,
                file.Id,
                known => known.Removing == true ? null : known with { ClaimedAt = time.GetUtcNow() },
                cancellationToken
            );
    }

    private async Task<(Article Article, ETag ETag, string? Request)?> ReadAsync(string workspace, string id, CancellationToken cancellationToken) =>
        IsId(id) && await GetAsync(workspace, $"article:{id}", cancellationToken) is { } row
            ? (Read(row, KnowledgeJson.Stored.Article), row.ETag, row.GetString("Request"))
            : null;

    private async Task<(ShelfHead Head, ETag? ETag)> ReadHeadAsync(string workspace, CancellationToken cancellationToken) =>
        await GetAsync(workspace, "shelf", cancellationToken) is { } row ? (ReadHead(row), row.ETag) : (ShelfHead.Empty, null);

    private static TableTransactionAction HeadAction(string workspace, ShelfHead head, ETag? etag)
    {
        var row = HeadRow(workspace, head);
        return etag is { } read ? new(TableTransactionActionType.UpdateReplace, row, read) : new(TableTransactionActionType.Add, row);
    }

    internal static ShelfHead ReadHead(TableEntity row) => new(row.GetInt64("Version")!.Value, row.GetInt32("Articles")!.Value);

    internal static TableEntity HeadRow(string workspace, ShelfHead head) =>
        new(Partition(workspace), Key(workspace, "shelf")) { ["Version"] = head.Version, ["Articles"] = head.Articles };

    /// <summary>The row by which an article is found by an address.</summary>
    internal static TableEntity AddressRow(Article article, string slug) => Own(article, $"slug:{slug}");

    private static TableEntity Own(Article article, string key) => new(Partition(article.Workspace), Key(article.Workspace, key)) { ["Article"] = article.Id };

    private static IEnumerable<TableTransactionAction> FileRows(Article article) =>
        article.Content.Attachments.Select(file =>
        {
            var row = Own(article, $"file:{file.Id}");
            row["File"] = file.Id;
            return new TableTransactionAction(TableTransactionActionType.UpsertReplace, row);
        });

    private static string VersionKey(string id, int version) => string.Create(CultureInfo.InvariantCulture, $"version:{id}:{version:D6}");

    private async Task<TableEntity?> GetAsync(string workspace, string key, CancellationToken cancellationToken)
    {
        var found = await Table.GetEntityIfExistsAsync<TableEntity>(Partition(workspace), Key(workspace, key), cancellationToken: cancellationToken);
        return found.HasValue ? found.Value : null;
    }

    private AsyncPageable<TableEntity> RangeAsync(
        string workspace,
        string kind,
        string? after,
        string? more,
        CancellationToken cancellationToken,
        int? limit = null
    )
    {
        var start = Key(workspace, kind);
        var filter = TableClient.CreateQueryFilter($"PartitionKey eq {Partition(workspace)} and RowKey gt {start + after} and RowKey lt {start[..^1] + ';'}");
        return Table.QueryAsync<TableEntity>(
            more is null ? filter : $"{filter} and {more}",
            limit is { } most ? Math.Min(most, 1000) : null,
            cancellationToken: cancellationToken
        );
    }
}
