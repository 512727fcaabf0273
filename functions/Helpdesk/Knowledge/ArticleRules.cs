using Helpdesk.Tickets;

namespace Helpdesk.Knowledge;

/// <summary>An article after a change, and the change; null for one that changes nothing.</summary>
public sealed record ArticleResult(Article Article, ArticleChange? Change);

/// <summary>How articles are written, looked at and published.</summary>
public static class ArticleRules
{
    /// <summary>A new article.</summary>
    /// <param name="topic">What its translations share; null where it is the first.</param>
    public static ArticleResult Create(string id, string workspace, string? topic, ArticleContent content, string? ticket, Actor by, DateTimeOffset now)
    {
        var article = new Article
        {
            Id = id,
            Workspace = workspace,
            Topic = topic ?? id,
            Content = content,
            Version = 1,
            State = ArticleState.Draft,
            Authors = [by],
            Ticket = ticket,
            CreatedBy = by,
            CreatedAt = now,
            UpdatedAt = now,
            Revision = 1,
        };
        return new(article, Note(article, ArticleStep.Created, by, null));
    }

    /// <summary>New content makes a new version, which is a draft; readers go on seeing the one that is published.</summary>
    /// <param name="topic">What its translations share.</param>
    /// <param name="restored">Whether it is the content of an earlier version.</param>
    public static ArticleResult Edit(Article article, ArticleContent content, string topic, Actor by, DateTimeOffset now, bool restored = false)
    {
        ArgumentNullException.ThrowIfNull(article);
        ArgumentNullException.ThrowIfNull(content);
        if (article.Topic == topic && article.Content.IsSame(content))
            return new(article, null);
        var edited = Changed(article, now) with
        {
            Content = content,
            Topic = topic,
            Version = article.Version + 1,
            State = ArticleState.Draft,
            Authors = [.. article.Authors.Where(author => !IsSame(author, by)), by],
        };
        return new(edited, Note(edited, restored ? ArticleStep.Restored : ArticleStep.Edited, by, null));
    }

    /// <summary>Gives a draft to review.</summary>
    public static ArticleResult Submit(Article article, Actor by, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(article);
        if (article.State == ArticleState.Review)
            return new(article, null);
        if (article.State != ArticleState.Draft)
            throw new HelpdeskRuleException("not-a-draft", "Only a draft goes to review: change the article first, which makes a new draft.");
        var submitted = Changed(article, now) with { State = ArticleState.Review };
        return new(submitted, Note(submitted, ArticleStep.Submitted, by, null));
    }

    /// <summary>Gives what waits for review back to whoever writes it, or takes an article out of the archive.</summary>
    public static ArticleResult Return(Article article, string? words, Actor by, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(article);
        if (article.State == ArticleState.Draft)
            return new(article, null);
        if (article.State == ArticleState.Published)
            throw new HelpdeskRuleException("article-published", "The article is published: change it, which makes a draft, or archive it.");
        var returned = Changed(article, now) with { State = ArticleState.Draft };
        return new(returned, Note(returned, ArticleStep.Returned, by, words));
    }

    /// <summary>Shows the newest version to readers.</summary>
    public static ArticleResult Publish(Article article, KnowledgeSettings settings, Actor by, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(article);
        ArgumentNullException.ThrowIfNull(settings);
        switch (article.State)
        {
            case ArticleState.Published:
                return new(article, null);
            case ArticleState.Archived:
                throw new HelpdeskRuleException("article-archived", "The article is archived: take it out of the archive first, which makes it a draft.");
            case ArticleState.Draft when settings.Review:
                throw new HelpdeskRuleException("review-required", "Articles are reviewed before they are published: submit this one for review.");
        }

        if (settings.Review && article.Authors.Any(author => IsSame(author, by)))
            throw new HelpdeskRuleException("reviewer-is-author", "You have written a part of this version: somebody else has to review and publish it.");
        var published = Changed(article, now) with { State = ArticleState.Published, PublishedVersion = article.Version, PublishedAt = now, Authors = [] };
        return new(published, Note(published, ArticleStep.Published, by, null));
    }

    /// <summary>Takes an article away from readers; it can be taken out of the archive again.</summary>
    public static ArticleResult Archive(Article article, Actor by, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(article);
        if (article.State == ArticleState.Archived)
            return new(article, null);
        var archived = Changed(article, now) with { State = ArticleState.Archived, PublishedVersion = null, PublishedAt = null };
        return new(archived, Note(archived, ArticleStep.Archived, by, null));
    }

    /// <summary>Whether an article may be removed for good: nobody may have come to rely on it.</summary>
    public static void MustBeRemovable(Article article)
    {
        ArgumentNullException.ThrowIfNull(article);
        if (article.PublishedVersion is not null)
            throw new HelpdeskRuleException("article-published", "Readers see this article: archive it before you remove it.");
    }

    /// <summary>The article that somebody reads of a topic: in their language, else in English, else whatever there is.</summary>
    public static T Best<T>(IEnumerable<T> translations, Func<T, string> languageOf, string? language)
    {
        ArgumentNullException.ThrowIfNull(translations);
        ArgumentNullException.ThrowIfNull(languageOf);
        return translations
            .OrderBy(one =>
                languageOf(one) == language ? 0
                : languageOf(one) == "en" ? 1
                : 2
            )
            .ThenBy(languageOf, StringComparer.Ordinal)
            .First();
    }

    private static Article Changed(Article article, DateTimeOffset now) => article with { UpdatedAt = now, Revision = article.Revision + 1 };

    private static ArticleChange Note(Article article, ArticleStep did, Actor by, string? words) =>
        new()
        {
            Revision = article.Revision,
            At = article.UpdatedAt,
            By = by,
            Did = did,
            Version = article.Version,
            Words = words,
        };

    private static bool IsSame(Actor one, Actor other) => one.Kind == other.Kind && one.Id == other.Id;
}
