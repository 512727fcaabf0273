using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Helpdesk.Knowledge;
using Helpdesk.Search;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Knowledge;

/// <summary>What of the knowledge base is a setting.</summary>
internal static class KnowledgeKinds
{
    public const string Only = "only";

    public static SettingKind<KnowledgeSettings> Settings { get; } =
        new("knowledge-", _ => Only, KnowledgeJson.Default.KnowledgeSettings) { Audited = "knowledge" };

    public static SettingKind<ArticleCategory> Categories { get; } =
        new("article-category-", category => category.Id, KnowledgeJson.Default.ArticleCategory) { Audited = "article-category" };

    public static SettingKind<Synonyms> Synonyms { get; } = new("synonyms-", _ => Only, KnowledgeJson.Default.Synonyms) { Audited = "search-synonyms" };

    /// <summary>Which words mean the same in search, at most half a minute old.</summary>
    public static async ValueTask<Synonyms> SynonymsAsync(SettingsStore settings, string workspace, CancellationToken cancellationToken) =>
        await settings.RememberAsync(workspace, Synonyms, cancellationToken) is [var known, ..] ? known : new();

    /// <summary>Which words mean the same in search, as it is now.</summary>
    public static async Task<Synonyms> FreshSynonymsAsync(SettingsStore settings, string workspace, CancellationToken cancellationToken) =>
        (await settings.ReadAsync(workspace, Synonyms, Only, cancellationToken))?.Value ?? new();

    /// <summary>How articles come before readers, as it is now.</summary>
    public static async Task<KnowledgeSettings> FindAsync(SettingsStore settings, string workspace, CancellationToken cancellationToken) =>
        (await settings.ReadAsync(workspace, Settings, Only, cancellationToken))?.Value ?? KnowledgeSettings.Standard;
}

/// <summary>How articles come before readers.</summary>
/// <param name="Publishers">Who may publish articles and archive them.</param>
/// <param name="Review">Whether somebody else than the author has to publish them.</param>
[Example("""{"publishers":"agents","review":true}""")]
public sealed record KnowledgeSettingsView(ArticlePublishers Publishers, bool Review);

/// <summary>What is to be different about the knowledge base: a JSON merge patch (RFC 7396).</summary>
/// <param name="Publishers">Who may publish articles and archive them.</param>
/// <param name="Review">Whether somebody else than the author has to publish them.</param>
[Example("""{"review":true}""")]
public sealed record ChangeKnowledgeRequest(ArticlePublishers? Publishers, bool? Review) : IFromRequest<ChangeKnowledgeRequest>
{
    public static async ValueTask<ChangeKnowledgeRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        var request = new ChangeKnowledgeRequest(
            fields.Has("publishers") ? fields.OneOf<ArticlePublishers>("publishers", required: true) : null,
            fields.Flag("review")
        );
        fields.Done();
        return request;
    }
}

/// <summary>A text as it is to be read.</summary>
/// <param name="Body">Markdown.</param>
[Example("""{"body":"## What helps\n\nRestart the *router*."}""")]
public sealed record PreviewRequest([property: MaxLength(ArticleFields.BodyLength)] string Body) : IFromRequest<PreviewRequest>
{
    public static async ValueTask<PreviewRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        var request = new PreviewRequest(ArticleFields.Body(fields, required: true) ?? "");
        fields.Done();
        return request;
    }
}

/// <summary>A text as readers would see it.</summary>
/// <param name="Html">HTML that is safe to show.</param>
public sealed record PreviewView(string Html);

/// <summary>The settings of the knowledge base.</summary>
public sealed class ManageKnowledge(SettingsStore settings, SettingsTransactions transactions)
{
    /// <summary>Shows how articles come before readers.</summary>
    [Function(nameof(GetKnowledgeSettings)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Ok<KnowledgeSettingsView>> GetKnowledgeSettings(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/knowledge/settings")] Caller caller,
        CancellationToken cancellationToken
    ) => TypedResults.Ok(ViewOf(await KnowledgeKinds.FindAsync(settings, caller.Workspace, cancellationToken)));

    /// <summary>Changes how articles come before readers.</summary>
    [Function(nameof(ChangeKnowledgeSettings)), RequiresKey(KeyRole.Admin)]
    public async Task<Ok<KnowledgeSettingsView>> ChangeKnowledgeSettings(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "api/knowledge/settings")] ChangeKnowledgeRequest request,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        var changed = await transactions.RunAsync(
            caller.Workspace,
            async changes =>
            {
                var before = await KnowledgeKinds.FindAsync(settings, caller.Workspace, cancellationToken);
                var after = new KnowledgeSettings(request.Publishers ?? before.Publishers, request.Review ?? before.Review);
                if (after != before)
                    changes.Put(KnowledgeKinds.Settings, after);
                return after;
            },
            cancellationToken
        );
        return TypedResults.Ok(ViewOf(changed));
    }

    /// <summary>Shows Markdown as readers would see it. Files of an article are not looked up.</summary>
    [Function(nameof(PreviewArticle)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public Ok<PreviewView> PreviewArticle(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/knowledge/preview")] PreviewRequest request,
        Caller caller
    ) => TypedResults.Ok(new PreviewView(ArticleHtml.Of(request.Body, [], _ => null, slug => ArticlePaths.Of(caller.Workspace, slug))));

    private static KnowledgeSettingsView ViewOf(KnowledgeSettings it) => new(it.Publishers, it.Review);
}
