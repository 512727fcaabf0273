using System.ComponentModel.DataAnnotations;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Helpdesk.Knowledge;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Knowledge;

/// <summary>A group of articles.</summary>
/// <param name="Id">Names the category.</param>
/// <param name="Names">What it is called, by language.</param>
/// <param name="Descriptions">What it is about, by language; empty for nothing.</param>
/// <param name="Position">Its place among the categories, the lowest first.</param>
/// <param name="CreatedAt">When it was made.</param>
[Example("""{"id":"network","names":{"en":"Network","de":"Netzwerk"},"descriptions":{},"position":100,"createdAt":"2026-03-10T09:00:00.000Z"}""")]
public sealed record CategoryView(
    string Id,
    IReadOnlyDictionary<string, string> Names,
    IReadOnlyDictionary<string, string> Descriptions,
    int Position,
    DateTimeOffset CreatedAt
)
{
    internal static CategoryView Of(ArticleCategory it) =>
        new(it.Id, it.Names, it.Descriptions ?? new Dictionary<string, string>(StringComparer.Ordinal), it.Position, it.CreatedAt);
}

/// <summary>A new category.</summary>
/// <param name="Id">The id to give it; made from its name when it is left out.</param>
/// <param name="Names">What it is called, by language.</param>
/// <param name="Descriptions">What it is about, by language.</param>
/// <param name="Position">Its place among the categories, the lowest first; 100 when it is left out.</param>
[Example("""{"id":"network","names":{"en":"Network","de":"Netzwerk","hr":"Mreža","el":"Δίκτυο"},"position":10}""")]
public sealed record AddCategoryRequest(
    [property: RegularExpression(SettingFields.IdPattern)] string? Id,
    IReadOnlyDictionary<string, string> Names,
    IReadOnlyDictionary<string, string>? Descriptions,
    [property: Range(0, 10_000)] int? Position
) : IFromRequest<AddCategoryRequest>
{
    public static async ValueTask<AddCategoryRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        var request = new AddCategoryRequest(
            SettingFields.Id(fields),
            CategoryFields.Words(fields, "names", 100, required: true) ?? new Dictionary<string, string>(StringComparer.Ordinal),
            CategoryFields.Words(fields, "descriptions", 300, required: false),
            fields.Whole("position", 0, 10_000)
        );
        fields.Done();
        return request;
    }
}

/// <summary>What is to be different about a category: a JSON merge patch (RFC 7396), in which the names are given whole.</summary>
/// <param name="Names">What it is called, by language: all its names.</param>
/// <param name="Descriptions">What it is about, by language: all of it.</param>
/// <param name="Position">Its place among the categories, the lowest first.</param>
[Example("""{"position":5}""")]
public sealed record ChangeCategoryRequest(
    IReadOnlyDictionary<string, string>? Names,
    IReadOnlyDictionary<string, string>? Descriptions,
    [property: Range(0, 10_000)] int? Position
) : IFromRequest<ChangeCategoryRequest>
{
    public static async ValueTask<ChangeCategoryRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        var request = new ChangeCategoryRequest(
            CategoryFields.Words(fields, "names", 100, required: fields.Has("names")),
            CategoryFields.Words(fields, "descriptions", 300, required: false),
            fields.Whole("position", 0, 10_000)
        );
        fields.Done();
        return request;
    }
}

/// <summary>Fields of categories that several requests have.</summary>
internal static class CategoryFields
{
    private const int MostLanguages = 20;

    /// <summary>Texts by language; null where nothing was sent.</summary>
    public static IReadOnlyDictionary<string, string>? Words(FieldReader fields, string name, int most, bool required)
    {
        if (fields.Object(name, required) is not { } words)
            return fields.Has(name) && !required ? new Dictionary<string, string>(StringComparer.Ordinal) : null;
        var texts = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var language in words.Names())
        {
            if (language.Length is < 2 or > 3 || !language.All(char.IsAsciiLetterLower))
                words.Wrong(PlainText.Head(language, 20), "is not a language: write two or three small letters, such as de.");
            else if (words.Text(language, most, required: true) is { } text)
                texts[language] = text;
        }

        if (texts.Count > MostLanguages)
            fields.Wrong(name, $"may have at most {MostLanguages} languages.");
        if (required && texts.Count == 0)
            fields.Wrong(name, "must have the name in at least one language.");
        return texts;
    }
}

/// <summary>Categories of articles, in an order.</summary>
public sealed class ManageCategories(SettingsStore settings, SettingsTransactions transactions, ArticleStore articles, TimeProvider time)
{
    private const int Most = 100;

    /// <summary>Lists the categories in their order. There are few, so the list has one page.</summary>
    [Function(nameof(ListCategories)), RequiresKey(KeyRole.Integration, KeyRole.Agent, KeyRole.Admin)]
    public async Task<Ok<ListPage<CategoryView>>> ListCategories(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/article-categories")] PageQuery query,
        Caller caller,
        CancellationToken cancellationToken
    ) =>
        TypedResults.Ok(
            new ListPage<CategoryView>(
                [.. Ordered(await settings.ListAsync(caller.Workspace, KnowledgeKinds.Categories, cancellationToken)).Select(CategoryView.Of)],
                null
            )
        );

    /// <summary>Adds a category.</summary>
    [Function(nameof(AddCategory)), RequiresKey(KeyRole.Admin), Refuses("already-exists", "too-many-categories")]
    public async Task<Created<CategoryView>> AddCategory(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/article-categories")] AddCategoryRequest request,
        Caller caller,
        Idempotency? idempotency,
        CancellationToken cancellationToken
    )
    {
        var category = new ArticleCategory
        {
            Id = request.Id ?? SettingFields.IdFrom(request.Names.GetValueOrDefault("en") ?? request.Names.Values.First()),
            Names = request.Names,
            Descriptions = request.Descriptions is { Count: > 0 } ? request.Descriptions : null,
            Position = request.Position ?? 100,
            CreatedAt = time.GetUtcNow(),
        };
        var added = await transactions.RunAsync(
            caller.Workspace,
            async changes =>
            {
                if (
                    idempotency is not null
                    && await settings.ReplayAsync(caller.Workspace, idempotency, KnowledgeJson.Default.ArticleCategory, cancellationToken) is { } earlier
                )
                    return earlier;
                if ((await settings.ListAsync(caller.Workspace, KnowledgeKinds.Categories, cancellationToken)).Count >= Most)
                    throw new HelpdeskRuleException("too-many-categories", $"A workspace has at most {Most} categories of articles.");
                return await settings.AddAsync(
                    caller.Workspace,
                    KnowledgeKinds.Categories,
                    category,
                    it => it,
                    KnowledgeJson.Default.ArticleCategory,
                    idempotency,
                    cancellationToken,
                    with: changes
                );
            },
            cancellationToken
        );
        return TypedResults.Created($"/api/article-categories/{added.Id}", CategoryView.Of(added));
    }

    /// <summary>Changes a category.</summary>
    [Function(nameof(ChangeCategory)), RequiresKey(KeyRole.Admin)]
    public async Task<Results<Ok<CategoryView>, NotFound>> ChangeCategory(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "api/article-categories/{id}")] ChangeCategoryRequest request,
        string id,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        var changed = await transactions.RunAsync(
            caller.Workspace,
            async changes =>
            {
                if ((await settings.ReadAsync(caller.Workspace, KnowledgeKinds.Categories, id, cancellationToken))?.Value is not { } category)
                    return null;
                var with = category with
                {
                    Names = request.Names ?? category.Names,
                    Descriptions =
                        request.Descriptions is null ? category.Descriptions
                        : request.Descriptions.Count > 0 ? request.Descriptions
                        : null,
                    Position = request.Position ?? category.Position,
                };
                changes.Put(KnowledgeKinds.Categories, with);
                return with;
            },
            cancellationToken
        );
        return changed is null ? TypedResults.NotFound() : TypedResults.Ok(CategoryView.Of(changed));
    }

    /// <summary>Removes a category that no article has.</summary>
    [Function(nameof(RemoveCategory)), RequiresKey(KeyRole.Admin), Refuses("category-in-use")]
    public async Task<Results<NoContent, NotFound>> RemoveCategory(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/article-categories/{id}")] Caller caller,
        string id,
        CancellationToken cancellationToken
    )
    {
        var (used, _) = await articles.ReadPageAsync(caller.Workspace, null, 1, article => article.Content.Category == id, cancellationToken);
        if (used is [var first, ..])
            throw new HelpdeskRuleException("category-in-use", $"The article \"{first.Content.Title}\" is in this category: give it another one first.");
        return await settings.RemoveAsync(caller.Workspace, KnowledgeKinds.Categories, id, cancellationToken)
            ? TypedResults.NoContent()
            : TypedResults.NotFound();
    }

    /// <summary>Categories in their order.</summary>
    internal static IEnumerable<ArticleCategory> Ordered(IEnumerable<ArticleCategory> categories) =>
        categories.OrderBy(category => category.Position).ThenBy(category => category.Id, StringComparer.Ordinal);
}
