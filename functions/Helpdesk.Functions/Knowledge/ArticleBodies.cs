using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Helpdesk.Functions.Attachments;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Tickets;
using Helpdesk.Knowledge;

namespace Helpdesk.Functions.Knowledge;

/// <summary>An article of the knowledge base, without what it says.</summary>
/// <param name="Id">Names the article.</param>
/// <param name="Topic">What its translations share: the id of the first of them.</param>
/// <param name="Title">What it is called.</param>
/// <param name="Slug">What its address ends with.</param>
/// <param name="Language">In which language it is written.</param>
/// <param name="Category">Id of its category; null for none.</param>
/// <param name="Tags">What it is about, in words of your own.</param>
/// <param name="Visibility">Who sees it once it is published.</param>
/// <param name="Organisations">Ids of the organisations whose people see it, where it is for some.</param>
/// <param name="Summary">What it is about, in a sentence; null for none.</param>
/// <param name="State">Where the newest version stands.</param>
/// <param name="Version">Counts its contents.</param>
/// <param name="PublishedVersion">The version that readers see; null for none.</param>
/// <param name="Url">Where readers find it; null while nobody does.</param>
/// <param name="Ticket">Id of the ticket whose solution it was made of; null for none.</param>
/// <param name="CreatedBy">Who wrote it first.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="UpdatedAt">When it was changed last.</param>
/// <param name="PublishedAt">When what readers see was published; null for nothing.</param>
public sealed record ArticleSummaryView(
    string Id,
    string Topic,
    string Title,
    string Slug,
    string Language,
    string? Category,
    IReadOnlyList<string> Tags,
    ArticleVisibility Visibility,
    IReadOnlyList<string> Organisations,
    string? Summary,
    ArticleState State,
    int Version,
    int? PublishedVersion,
    string? Url,
    string? Ticket,
    ActorView CreatedBy,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    DateTimeOffset? PublishedAt
)
{
    internal static ArticleSummaryView Of(Article it) =>
        new(
            it.Id,
            it.Topic,
            it.Content.Title,
            it.Content.Slug,
            it.Content.Language,
            it.Content.Category,
            it.Content.Tags,
            it.Content.Visibility,
            it.Content.Organisations,
            it.Content.Summary,
            it.State,
            it.Version,
            it.PublishedVersion,
            it.PublishedVersion is null || it.Content.Visibility == ArticleVisibility.Agents ? null : ArticlePaths.Of(it.Workspace, it.Content.Slug),
            it.Ticket,
            ActorView.Of(it.CreatedBy)!,
            it.CreatedAt,
            it.UpdatedAt,
            it.PublishedAt
        );
}

/// <summary>An article of the knowledge base with its newest content.</summary>
/// <param name="Article">What it is called, where it stands, and who sees it.</param>
/// <param name="Body">What it says, in Markdown.</param>
/// <param name="Html">The same as HTML that is safe to show.</param>
/// <param name="Attachments">Its files: <c>attachment:</c> and the name of one is its address in the Markdown.</param>
/// <param name="Authors">Who has written what is not published yet.</param>
/// <param name="Translations">The same in other languages.</param>
/// <param name="Revision">Counts its changes of every kind; the ETag.</param>
public sealed record ArticleView(
    ArticleSummaryView Article,
    string Body,
    string Html,
    IReadOnlyList<AttachmentView> Attachments,
    IReadOnlyList<ActorView> Authors,
    IReadOnlyList<TranslationView> Translations,
    int Revision
);

/// <summary>The same article in another language.</summary>
/// <param name="Id">Id of the article.</param>
/// <param name="Language">In which language it is written.</param>
public sealed record TranslationView(string Id, string Language);

/// <summary>One version of an article.</summary>
/// <param name="Version">Counts the contents of the article.</param>
/// <param name="Title">What it was called.</param>
/// <param name="Slug">What its address ended with.</param>
/// <param name="Language">In which language it was written.</param>
/// <param name="Category">Id of its category; null for none.</param>
/// <param name="Tags">What it was about.</param>
/// <param name="Visibility">Who was to see it.</param>
/// <param name="Organisations">Ids of the organisations whose people were to see it.</param>
/// <param name="Summary">What it was about, in a sentence; null for none.</param>
/// <param name="Body">What it said, in Markdown.</param>
/// <param name="Attachments">Its files.</param>
public sealed record ArticleVersionView(
    int Version,
    string Title,
    string Slug,
    string Language,
    string? Category,
    IReadOnlyList<string> Tags,
    ArticleVisibility Visibility,
    IReadOnlyList<string> Organisations,
    string? Summary,
    string Body,
    IReadOnlyList<AttachmentView> Attachments
)
{
    internal static ArticleVersionView Of(int version, ArticleContent it) =>
        new(
            version,
            it.Title,
            it.Slug,
            it.Language,
            it.Category,
            it.Tags,
            it.Visibility,
            it.Organisations,
            it.Summary,
            it.Body,
            AttachmentView.Of(it.Attachments)
        );
}

/// <summary>One change of an article.</summary>
/// <param name="Revision">Counts the changes of the article.</param>
/// <param name="At">When it was made.</param>
/// <param name="By">Who made it.</param>
/// <param name="Did">What was done.</param>
/// <param name="Version">The version that it made, or was done to.</param>
/// <param name="Words">What was said to it; null for nothing.</param>
public sealed record ArticleChangeView(int Revision, DateTimeOffset At, ActorView By, ArticleStep Did, int Version, string? Words)
{
    internal static ArticleChangeView Of(ArticleChange it) => new(it.Revision, it.At, ActorView.Of(it.By)!, it.Did, it.Version, it.Words);
}

/// <summary>Where articles lie for readers.</summary>
public static class ArticlePaths
{
    /// <summary>The path of an article.</summary>
    /// <param name="more">What stands in the query besides.</param>
    public static string Of(string workspace, string slug, string more = "") => With($"/support/articles/{slug}", workspace, more);

    /// <summary>A path in the portal of a workspace.</summary>
    public static string With(string path, string workspace, string more)
    {
        var query = string.Join(
            '&',
            new[] { workspace == Directory.DirectoryStore.HomeWorkspace ? "" : $"workspace={Uri.EscapeDataString(workspace)}", more }.Where(part =>
                part.Length > 0
            )
        );
        return query.Length == 0 ? path : $"{path}?{query}";
    }
}

/// <summary>Which articles are wanted.</summary>
/// <param name="State">Those whose newest version stands there.</param>
/// <param name="Language">Those in a language.</param>
/// <param name="Category">Those of a category.</param>
/// <param name="Tag">Those with a tag.</param>
/// <param name="Limit">How many items a page has at most.</param>
/// <param name="Cursor">Where to go on: <c>nextCursor</c> of the page before, with the same filters. Leave it out for the first page.</param>
public sealed record ArticlesQuery(
    IReadOnlyList<ArticleState> State,
    [property: MaxLength(3)] string? Language,
    [property: MaxLength(40)] string? Category,
    [property: MaxLength(50)] string? Tag,
    [property: Range(1, 100), DefaultValue(25)] int Limit,
    [property: MaxLength(400)] string? Cursor
) : IFromQuery<ArticlesQuery>
{
    public static ArticlesQuery Read(QueryReader query, HttpContext context) =>
        new(
            query.ListOf<ArticleState>("state"),
            query.Text("language", 3),
            query.Text("category", 40),
            query.Text("tag", 50),
            query.Limit(),
            query.Text("cursor", 400)
        );

    internal bool Wants(Article article) =>
        (State.Count == 0 || State.Contains(article.State))
        && (Language is null || article.Content.Language == Language)
        && (Category is null || article.Content.Category == Category)
        && (Tag is null || article.Content.Tags.Contains(Tag, StringComparer.OrdinalIgnoreCase));
}

/// <summary>A new article. It is a draft until it is published.</summary>
/// <param name="Title">What it is called.</param>
/// <param name="Body">What it says, in Markdown; HTML in it is shown as text.</param>
/// <param name="Language">In which language it is written: two or three letters, such as <c>de</c>.</param>
/// <param name="Slug">What its address ends with; made from its title when it is left out.</param>
/// <param name="Category">Id of its category.</param>
/// <param name="Tags">What it is about, in words of your own.</param>
/// <param name="Visibility">Who sees it once it is published; <c>public</c> when it is left out.</param>
/// <param name="Organisations">Ids of the organisations whose people see it; required for <c>organisations</c>, and only there.</param>
/// <param name="Summary">What it is about, in a sentence.</param>
/// <param name="TranslationOf">Id of an article that says the same in another language.</param>
/// <param name="Attachments">Ids of files that were kept with <c>POST /api/attachments</c>.</param>
[Example(
    """
        {"title":"VPN drops every ten minutes","language":"en","category":"network","tags":["vpn"],"summary":"What to do when the connection does not hold.",
         "body":"## What helps\n\n1. Open **Settings**.\n2. Choose *Stable connection*."}
        """
)]
public sealed record AddArticleRequest(
    [property: MaxLength(ArticleFields.TitleLength)] string Title,
    [property: MaxLength(ArticleFields.BodyLength)] string Body,
    [property: RegularExpression(ArticleFields.LanguagePattern)] string Language,
    [property: RegularExpression(Slugs.Pattern), MaxLength(Slugs.Longest)] string? Slug,
    [property: MaxLength(40)] string? Category,
    [property: MaxLength(ArticleFields.MostTags)] IReadOnlyList<string>? Tags,
    ArticleVisibility? Visibility,
    [property: MaxLength(ArticleFields.MostOrganisations)] IReadOnlyList<string>? Organisations,
    [property: MaxLength(ArticleFields.SummaryLength)] string? Summary,
    string? TranslationOf,
    IReadOnlyList<string>? Attachments
) : IFromRequest<AddArticleRequest>
{
    public static async ValueTask<AddArticleRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        var request = new AddArticleRequest(
            fields.Text("title", ArticleFields.TitleLength, required: true) ?? "",
            ArticleFields.Body(fields, required: true) ?? "",
            ArticleFields.Language(fields, required: true) ?? "",
            ArticleFields.Slug(fields),
            fields.Text("category", 40) is { Length: > 0 } category ? category : null,
            ArticleFields.Tags(fields),
            fields.OneOf<ArticleVisibility>("visibility"),
            ArticleFields.Organisations(fields),
            fields.Text("summary", ArticleFields.SummaryLength) is { Length: > 0 } summary ? summary : null,
            fields.Text("translationOf", 40) is { Length: > 0 } other ? other : null,
            TicketFiles.Ids(fields)
        );
        fields.Done();
        return request;
    }
}

/// <summary>What is to be different about an article: a JSON merge patch (RFC 7396).</summary>
/// <param name="Title">What it is called.</param>
/// <param name="Body">What it says, in Markdown.</param>
/// <param name="Language">In which language it is written.</param>
/// <param name="Slug">What its address ends with; earlier addresses lead to the new one.</param>
/// <param name="Category">Id of its category; null for none.</param>
/// <param name="Tags">What it is about; null for nothing.</param>
/// <param name="Visibility">Who sees it once it is published.</param>
/// <param name="Organisations">Ids of the organisations whose people see it.</param>
/// <param name="Summary">What it is about, in a sentence; null for none.</param>
/// <param name="TranslationOf">Id of an article that says the same in another language; null for one that stands alone.</param>
/// <param name="Attachments">Ids of all its files; null for none.</param>
[Example("""{"body":"## What helps\n\nRestart the router.","tags":["vpn","router"]}""")]
public sealed record ChangeArticleRequest(
    [property: MaxLength(ArticleFields.TitleLength)] string? Title,
    [property: MaxLength(ArticleFields.BodyLength)] string? Body,
    [property: RegularExpression(ArticleFields.LanguagePattern)] string? Language,
    [property: RegularExpression(Slugs.Pattern), MaxLength(Slugs.Longest)] string? Slug,
    Optional<string?>? Category,
    [property: MaxLength(ArticleFields.MostTags)] IReadOnlyList<string>? Tags,
    ArticleVisibility? Visibility,
    [property: MaxLength(ArticleFields.MostOrganisations)] IReadOnlyList<string>? Organisations,
    Optional<string?>? Summary,
    Optional<string?>? TranslationOf,
    IReadOnlyList<string>? Attachments
) : IFromRequest<ChangeArticleRequest>
{
    public static async ValueTask<ChangeArticleRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        Optional<string?>? Optional(string name, int most) =>
            fields.Text(name, most) is var text && !fields.Has(name) ? null : new(text is { Length: > 0 } ? text : null);
        var request = new ChangeArticleRequest(
            fields.Text("title", ArticleFields.TitleLength, required: fields.Has("title")),
            ArticleFields.Body(fields, required: fields.Has("body")),
            ArticleFields.Language(fields, required: fields.Has("language")),
            ArticleFields.Slug(fields),
            Optional("category", 40),
            ArticleFields.Tags(fields),
            fields.Has("visibility") ? fields.OneOf<ArticleVisibility>("visibility", required: true) : null,
            ArticleFields.Organisations(fields),
            Optional("summary", ArticleFields.SummaryLength),
            Optional("translationOf", 40),
            TicketFiles.Ids(fields)
        );
        fields.Done();
        return request;
    }
}

/// <summary>Fields of articles that several requests have.</summary>
internal static class ArticleFields
{
    public const int TitleLength = 150;
    public const int SummaryLength = 300;
    public const int BodyLength = 60_000;
    public const int MostTags = 20;
    public const int MostOrganisations = 50;
    public const string LanguagePattern = "^[a-z]{2,3}$";

    public static string? Body(FieldReader fields, bool required)
    {
        var body = fields.Text("body", BodyLength, required, lines: true);
        if (body is not null && ArticleHtml.ProblemOf(body) is { } problem)
            fields.Wrong("body", problem);
        return body;
    }

    public static string? Language(FieldReader fields, bool required)
    {
        var language = fields.Text("language", 10, required);
        if (language is { Length: > 0 } && (language.Length is < 2 or > 3 || !language.All(char.IsAsciiLetterLower)))
            fields.Wrong("language", "must be two or three small letters, such as de.");
        return language;
    }

    public static string? Slug(FieldReader fields)
    {
        var slug = fields.Text("slug", Slugs.Longest);
        if (slug is null or "")
            return null;
        if (!Slugs.IsSlug(slug))
            fields.Wrong("slug", "may contain a to z, 0 to 9 and single dashes between them.");
        return slug;
    }

    public static IReadOnlyList<string>? Tags(FieldReader fields) =>
        fields.Texts("tags", MostTags, 50) is { } tags ? [.. tags.Distinct(StringComparer.OrdinalIgnoreCase)] : null;

    public static IReadOnlyList<string>? Organisations(FieldReader fields) =>
        fields.Texts(
            "organisations",
            MostOrganisations,
            40,
            id => SettingsStore.IsId(id) ? null : $"contains \"{id}\", which is not the id of an organisation."
        )
            is { } ids
            ? [.. ids.Distinct(StringComparer.Ordinal)]
            : null;
}
