using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Helpdesk.Functions.Contacts;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Tickets;
using Helpdesk.Knowledge;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Knowledge;

/// <summary>Articles of the knowledge base: agents write them.</summary>
public sealed class ManageArticles(
    ArticleStore articles,
    SettingsStore settings,
    OrganisationStore organisations,
    TicketFiles files,
    ArticleViews views,
    ReadingStore readings,
    TimeProvider time
)
{
    /// <summary>Lists articles, whatever state they are in.</summary>
    [Function(nameof(ListArticles)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Ok<ListPage<ArticleSummaryView>>> ListArticles(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/articles")] ArticlesQuery query,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        var list = $"articles {caller.Workspace} {string.Join(',', query.State)} {query.Language} {query.Category} {query.Tag}";
        var after = query.Cursor is null ? null : PageCursor.Read(list, query.Cursor, 1)[0];
        var (items, more) = await articles.ReadPageAsync(caller.Workspace, after, query.Limit, query.Wants, cancellationToken);
        return TypedResults.Ok(new ListPage<ArticleSummaryView>([.. items.Select(ArticleSummaryView.Of)], more ? PageCursor.Write(list, items[^1].Id) : null));
    }

    /// <summary>Shows an article with its newest content.</summary>
    [Function(nameof(GetArticle)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Results<Ok<ArticleView>, NotFound>> GetArticle(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/articles/{id}")] Caller caller,
        string id,
        HttpContext context,
        CancellationToken cancellationToken
    ) => await ShowAsync(await articles.FindAsync(caller.Workspace, id, cancellationToken), context, cancellationToken);

    /// <summary>Writes an article. It is a draft until it is published.</summary>
    [Function(nameof(AddArticle)), RequiresKey(KeyRole.Agent, KeyRole.Admin), Refuses("slug-taken", "translation-exists", "too-many-articles")]
    public async Task<Created<ArticleView>> AddArticle(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/articles")] AddArticleRequest request,
        Caller caller,
        Idempotency? idempotency,
        HttpContext context,
        CancellationToken cancellationToken
    )
    {
        var id = idempotency is null ? Hashes.RandomName(12) : Hashes.NameOf($"article {caller.Workspace} {idempotency.Name}", 12);
        var content = new ArticleContent
        {
            Title = request.Title,
            Slug = request.Slug ?? await views.FreeSlugAsync(caller.Workspace, id, request.Title, cancellationToken),
            Language = request.Language,
            Category = request.Category,
            Tags = request.Tags ?? [],
            Visibility = request.Visibility ?? ArticleVisibility.Public,
            Organisations = request.Organisations ?? [],
            Summary = request.Summary,
            Body = request.Body,
            Attachments = await files.OfAsync(caller, null, null, request.Attachments, cancellationToken),
        };
        await CheckAsync(caller.Workspace, content, null, cancellationToken);
        var topic = request.TranslationOf is { } other ? await TopicAsync(caller.Workspace, other, cancellationToken) : null;
        var added = await articles.AddAsync(
            ArticleRules.Create(id, caller.Workspace, topic, content, null, caller.Actor, time.GetUtcNow()),
            idempotency?.Request,
            cancellationToken
        );
        return TypedResults.Created($"/api/articles/{added.Id}", await views.OfAsync(added, context, cancellationToken));
    }

    /// <summary>Changes what an article says. That makes a new version, a draft; readers go on seeing the published one until this one is published.</summary>
    [Function(nameof(ChangeArticle)), RequiresKey(KeyRole.Agent, KeyRole.Admin), Refuses("slug-taken", "translation-exists")]
    public async Task<Results<Ok<ArticleView>, NotFound>> ChangeArticle(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "api/articles/{id}")] ChangeArticleRequest request,
        string id,
        Caller caller,
        IfMatch ifMatch,
        HttpContext context,
        CancellationToken cancellationToken
    )
    {
        var attached = request.Attachments is null ? null : await files.OfAsync(caller, null, null, request.Attachments, cancellationToken);
        var changed = await articles.ChangeAsync(
            caller.Workspace,
            id,
            ifMatch,
            async article =>
            {
                var before = article.Content;
                var visibility = request.Visibility ?? before.Visibility;
                var content = before with
                {
                    Title = request.Title ?? before.Title,
                    Slug = request.Slug ?? before.Slug,
                    Language = request.Language ?? before.Language,
                    Category = request.Category is null ? before.Category : request.Category.Value,
                    Tags = request.Tags ?? before.Tags,
                    Visibility = visibility,
                    Organisations = request.Organisations ?? (visibility == ArticleVisibility.Organisations ? before.Organisations : []),
                    Summary = request.Summary is null ? before.Summary : request.Summary.Value,
                    Body = request.Body ?? before.Body,
                    Attachments = attached ?? before.Attachments,
                };
                await CheckAsync(caller.Workspace, content, before, cancellationToken);
                var topic =
                    request.TranslationOf is null ? article.Topic
                    : request.TranslationOf.Value is { } other ? await TopicAsync(caller.Workspace, other, cancellationToken)
                    : article.Id;
                return ArticleRules.Edit(article, content, topic, caller.Actor, time.GetUtcNow());
            },
            cancellationToken
        );
        return await ShowAsync(changed, context, cancellationToken);
    }

    /// <summary>Removes an article that no reader sees, with all its versions and files.</summary>
    [Function(nameof(RemoveArticle)), RequiresKey(KeyRole.Agent, KeyRole.Admin), Refuses("article-published")]
    public async Task<Results<NoContent, NotFound>> RemoveArticle(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/articles/{id}")] Caller caller,
        string id,
        IfMatch ifMatch,
        CancellationToken cancellationToken
    )
    {
        if (await articles.FindAsync(caller.Workspace, id, cancellationToken) is not { } article)
            return TypedResults.NotFound();
        if (article.CreatedBy != caller.Actor)
            await MustBePublisherAsync(caller, "remove an article of somebody else", cancellationToken);
        ifMatch.Check(article.Revision);
        ArticleRules.MustBeRemovable(article);
        await readings.RemoveVotesAsync(caller.Workspace, id, cancellationToken);
        return await articles.RemoveAsync(caller.Workspace, id, ifMatch, cancellationToken) ? TypedResults.NoContent() : TypedResults.NotFound();
    }

    /// <summary>Gives a draft to review: somebody who has not written it publishes it or gives it back.</summary>
    [Function(nameof(SubmitArticle)), RequiresKey(KeyRole.Agent, KeyRole.Admin), Refuses("not-a-draft")]
    public Task<Results<Ok<ArticleView>, NotFound>> SubmitArticle(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/articles/{id}/submit")] NoBody body,
        string id,
        Caller caller,
        IfMatch ifMatch,
        HttpContext context,
        CancellationToken cancellationToken
    ) => StepAsync(caller, id, ifMatch, context, article => ArticleRules.Submit(article, caller.Actor, time.GetUtcNow()), cancellationToken);

    /// <summary>Gives what waits for review back to whoever writes it, or takes an article out of the archive: either way it is a draft.</summary>
    [Function(nameof(ReturnArticle)), RequiresKey(KeyRole.Agent, KeyRole.Admin), Refuses("article-published")]
    public Task<Results<Ok<ArticleView>, NotFound>> ReturnArticle(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/articles/{id}/return")] ReturnArticleRequest request,
        string id,
        Caller caller,
        IfMatch ifMatch,
        HttpContext context,
        CancellationToken cancellationToken
    ) => StepAsync(caller, id, ifMatch, context, article => ArticleRules.Return(article, request.Words, caller.Actor, time.GetUtcNow()), cancellationToken);

    /// <summary>Publishes the newest version of an article: readers find it within ten seconds.</summary>
    [Function(nameof(PublishArticle)), RequiresKey(KeyRole.Agent, KeyRole.Admin), Refuses("article-archived", "review-required", "reviewer-is-author")]
    public async Task<Results<Ok<ArticleView>, NotFound>> PublishArticle(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/articles/{id}/publish")] NoBody body,
        string id,
        Caller caller,
        IfMatch ifMatch,
        HttpContext context,
        CancellationToken cancellationToken
    )
    {
        var rules = await MustBePublisherAsync(caller, "publish an article", cancellationToken);
        return await StepAsync(
            caller,
            id,
            ifMatch,
            context,
            article => ArticleRules.Publish(article, rules, caller.Actor, time.GetUtcNow()),
            cancellationToken
        );
    }

    /// <summary>Takes an article away from readers. It can be taken out of the archive again.</summary>
    [Function(nameof(ArchiveArticle)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Results<Ok<ArticleView>, NotFound>> ArchiveArticle(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/articles/{id}/archive")] NoBody body,
        string id,
        Caller caller,
        IfMatch ifMatch,
        HttpContext context,
        CancellationToken cancellationToken
    )
    {
        await MustBePublisherAsync(caller, "archive an article", cancellationToken);
        return await StepAsync(caller, id, ifMatch, context, article => ArticleRules.Archive(article, caller.Actor, time.GetUtcNow()), cancellationToken);
    }

    /// <summary>Lists what was done to an article, the latest first.</summary>
    [Function(nameof(ListArticleChanges)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Results<Ok<ListPage<ArticleChangeView>>, NotFound>> ListArticleChanges(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/articles/{id}/changes")] PageQuery query,
        string id,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        if (await articles.FindAsync(caller.Workspace, id, cancellationToken) is null)
            return TypedResults.NotFound();
        var list = $"article-changes {caller.Workspace} {id}";
        int? before =
            query.Cursor is null ? null
            : int.TryParse(PageCursor.Read(list, query.Cursor, 1)[0], CultureInfo.InvariantCulture, out var revision) ? revision
            : 0;
        var (items, more) = await articles.ReadChangesAsync(caller.Workspace, id, before, query.Limit, cancellationToken);
        return TypedResults.Ok(
            new ListPage<ArticleChangeView>(
                [.. items.Select(ArticleChangeView.Of)],
                more ? PageCursor.Write(list, items[^1].Revision.ToString(CultureInfo.InvariantCulture)) : null
            )
        );
    }

    /// <summary>Shows one version of an article as it was written.</summary>
    /// <param name="version">Number of the version.</param>
    [Function(nameof(GetArticleVersion)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Results<Ok<ArticleVersionView>, NotFound>> GetArticleVersion(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/articles/{id}/versions/{version}")] Caller caller,
        string id,
        string version,
        CancellationToken cancellationToken
    ) =>
        VersionOf(version) is { } number && await articles.FindVersionAsync(caller.Workspace, id, number, cancellationToken) is { } content
            ? TypedResults.Ok(ArticleVersionView.Of(number, content))
            : TypedResults.NotFound();

    /// <summary>Takes the content of an earlier version again, as a new version.</summary>
    /// <param name="version">Number of the version.</param>
    [Function(nameof(RestoreArticle)), RequiresKey(KeyRole.Agent, KeyRole.Admin), Refuses("slug-taken", "translation-exists")]
    public async Task<Results<Ok<ArticleView>, NotFound>> RestoreArticle(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/articles/{id}/versions/{version}/restore")] NoBody body,
        string id,
        string version,
        Caller caller,
        IfMatch ifMatch,
        HttpContext context,
        CancellationToken cancellationToken
    )
    {
        if (VersionOf(version) is not { } number || await articles.FindVersionAsync(caller.Workspace, id, number, cancellationToken) is not { } content)
            return TypedResults.NotFound();
        return await StepAsync(
            caller,
            id,
            ifMatch,
            context,
            article => ArticleRules.Edit(article, content, article.Topic, caller.Actor, time.GetUtcNow(), restored: true),
            cancellationToken
        );
    }

    /// <summary>Shows what is different between two versions of an article.</summary>
    [Function(nameof(CompareArticle)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Results<Ok<ArticleComparison>, NotFound>> CompareArticle(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/articles/{id}/diff")] CompareQuery query,
        string id,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        if (await articles.FindAsync(caller.Workspace, id, cancellationToken) is not { } article)
            return TypedResults.NotFound();
        var to = query.To ?? article.Version;
        var from = query.From ?? (article.PublishedVersion is { } published && published < to ? published : to - 1);
        return
            await articles.FindVersionAsync(caller.Workspace, id, to, cancellationToken) is { } after
            && (
                from == 0
                    ? after with
                    {
                        Title = "",
                        Body = "",
                        Summary = null,
                    }
                    : await articles.FindVersionAsync(caller.Workspace, id, from, cancellationToken)
            )
                is { } before
            ? TypedResults.Ok(ArticleComparison.Of(from, before, to, after))
            : TypedResults.NotFound();
    }

    /// <summary>403 for who may not publish here; otherwise what goes for publishing.</summary>
    private async Task<KnowledgeSettings> MustBePublisherAsync(Caller caller, string doing, CancellationToken cancellationToken)
    {
        var rules = await KnowledgeKinds.FindAsync(settings, caller.Workspace, cancellationToken);
        if (rules.Publishers == ArticlePublishers.Admins && caller.Role != KeyRole.Admin)
            throw new InvalidRequestException(StatusCodes.Status403Forbidden, "admin-required", $"Only an admin can {doing} in this workspace.");
        return rules;
    }

    private async Task<Results<Ok<ArticleView>, NotFound>> StepAsync(
        Caller caller,
        string id,
        IfMatch ifMatch,
        HttpContext context,
        Func<Article, ArticleResult> rule,
        CancellationToken cancellationToken
    ) =>
        await ShowAsync(
            await articles.ChangeAsync(caller.Workspace, id, ifMatch, article => Task.FromResult(rule(article)), cancellationToken),
            context,
            cancellationToken
        );

    private async Task<Results<Ok<ArticleView>, NotFound>> ShowAsync(Article? article, HttpContext context, CancellationToken cancellationToken) =>
        article is null ? TypedResults.NotFound() : TypedResults.Ok(await views.OfAsync(article, context, cancellationToken));

    /// <summary>400 for what content names and is not there; what it named before is left alone.</summary>
    private async Task CheckAsync(string workspace, ArticleContent content, ArticleContent? before, CancellationToken cancellationToken)
    {
        if (content.Visibility == ArticleVisibility.Organisations && content.Organisations.Count == 0)
            throw new InvalidRequestException("organisations", "organisations is required: give the ids of those whose people see the article.");
        if (content.Visibility != ArticleVisibility.Organisations && content.Organisations.Count > 0)
            throw new InvalidRequestException("organisations", "organisations is for articles with \"visibility\": \"organisations\".");
        if (
            content.Category is { } category
            && category != before?.Category
            && (!SettingsStore.IsId(category) || await settings.ReadAsync(workspace, KnowledgeKinds.Categories, category, cancellationToken) is null)
        )
            throw new InvalidRequestException("category", $"category \"{category}\" was not found: add it at /api/article-categories first.");
        foreach (var organisation in content.Organisations.Except(before?.Organisations ?? [], StringComparer.Ordinal))
        {
            if (await organisations.FindAsync(workspace, organisation, cancellationToken) is null)
                throw new InvalidRequestException("organisations", $"organisations contains \"{organisation}\", which was not found.");
        }
    }

    private static int? VersionOf(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : null;

    private async Task<string> TopicAsync(string workspace, string other, CancellationToken cancellationToken) =>
        (await articles.FindAsync(workspace, other, cancellationToken))?.Topic
        ?? throw new InvalidRequestException("translationOf", "translationOf was not found: give the id of an article of this workspace.");
}

/// <summary>Why an article is given back.</summary>
/// <param name="Words">What is to be done about it.</param>
[Example("""{"words":"Please say which router this is about."}""")]
public sealed record ReturnArticleRequest([property: MaxLength(ReturnArticleRequest.WordsLength)] string? Words) : IFromRequest<ReturnArticleRequest>
{
    internal const int WordsLength = 1000;

    public static async ValueTask<ReturnArticleRequest> ReadAsync(HttpContext context)
    {
        if ((await RequestBody.ReadAsync(context)).IsEmpty)
            return new((string?)null);
        var fields = await FieldReader.ReadAsync(context);
        var request = new ReturnArticleRequest(fields.Text("words", WordsLength, lines: true));
        fields.Done();
        return request;
    }
}
