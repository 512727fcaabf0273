using Helpdesk.Functions.Attachments;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Tickets;
using Helpdesk.Knowledge;

namespace Helpdesk.Functions.Knowledge;

/// <summary>Articles as those see them who write them.</summary>
public sealed class ArticleViews(ArticleStore articles, AttachmentLinks links)
{
    private static readonly TimeSpan LinkLifetime = TimeSpan.FromHours(1);

    /// <summary>An article; its revision is the ETag of the answer.</summary>
    public async Task<ArticleView> OfAsync(Article article, HttpContext context, CancellationToken cancellationToken)
    {
        context.Response.Headers.ETag = IfMatch.ETag(article.Revision);
        var content = article.Content;
        var paths = await links.PathsAsync(article.Workspace, content.Attachments, LinkLifetime, cancellationToken);
        var translations = await articles.ReadTopicAsync(article.Workspace, article.Topic, cancellationToken);
        return new(
            ArticleSummaryView.Of(article),
            content.Body,
            ArticleHtml.Of(content.Body, content.Attachments, file => paths.GetValueOrDefault(file), slug => ArticlePaths.Of(article.Workspace, slug)),
            AttachmentView.Of(content.Attachments),
            [.. article.Authors.Select(author => ActorView.Of(author)!)],
            [.. translations.Where(pair => pair.Value != article.Id).Select(pair => new TranslationView(pair.Value, pair.Key))],
            article.Revision
        );
    }

    /// <summary>The slug of a title, with the id behind it where another article has it.</summary>
    public async Task<string> FreeSlugAsync(string workspace, string id, string title, CancellationToken cancellationToken)
    {
        var slug = Slugs.Of(title);
        if (slug.Length == 0)
            return id;
        if (await articles.OfSlugAsync(workspace, slug, cancellationToken) is null)
            return slug;
        return $"{(slug.Length > Slugs.Longest - 13 ? slug[..(Slugs.Longest - 13)].TrimEnd('-') : slug)}-{id}";
    }
}
