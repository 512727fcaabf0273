using System.Net;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Helpdesk.Attachments;
using Helpdesk.Bot.Conversations;
using Helpdesk.Functions.Attachments;
using Helpdesk.Functions.Conversations;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Pages;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.WebChat;

/// <summary>The chat as a page, and the one line that puts it into another site. Everything comes from the app itself.</summary>
public sealed class ChatPage(ChatSettings chats, ChatAssets assets, AttachmentSettings attachments, DressPage? dress = null)
{
    private static readonly JsonSerializerOptions ForScript = new() { Encoder = JavaScriptEncoder.Create(System.Text.Unicode.UnicodeRanges.All) };

    /// <summary>
    /// The page, in the browser's language. <c>?key=</c> names the workspace by its public chat key; without one it is the home workspace's.
    /// </summary>
    [Function(nameof(Chat)), Public]
    public async Task<Results<ContentHttpResult, NotFound>> Chat(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "chat")] HttpContext context,
        CancellationToken cancellationToken
    )
    {
        var chat = await FindAsync(context, cancellationToken);
        if (chat is not { Enabled: true })
            return TypedResults.NotFound();
        var language = PageLanguage.LocaleOf(context);
        var texts = Texts.For(language);
        var configuration = new JsonObject
        {
            ["key"] = chat.Key,
            ["locale"] = language,
            ["fileSize"] = attachments.Limits.FileMegabytes,
            ["fileCount"] = attachments.Limits.FilesPerMessage,
            ["programs"] = new JsonArray([.. AttachmentRules.ProgramEndings.Select(ending => (JsonNode)ending)]),
            ["texts"] = new JsonObject([
                .. texts
                    .Keys.Where(name => name.StartsWith("page.", StringComparison.Ordinal))
                    .Select(name => KeyValuePair.Create<string, JsonNode?>(name["page.".Length..], texts[name])),
            ]),
        };
        // Whoever comes to the chat because of a disturbance sees that it is known.
        var told = dress is null ? null : await dress(context, cancellationToken);
        var disturbed = told is { Disturbances.Count: > 0 }
            ? $"""<div id="disturbance"><a href="{WebUtility.HtmlEncode(told.Status)}" target="_blank" rel="noopener">{WebUtility.HtmlEncode(
                string.Join(" · ", told.Disturbances)
            )}</a></div>"""
            : "";
        var headers = context.Response.Headers;
        // The chat's own styles are made by its script; nothing else may run or be loaded here, and only allowed sites may frame it.
        headers.ContentSecurityPolicy =
            "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
            + "connect-src 'self' blob:; media-src 'self' blob:; worker-src blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'self' "
            + $"{string.Join(' ', chat.AllowedOrigins)}";
        headers.CacheControl = "no-store";
        headers.Vary = "Accept-Language";
        headers["Referrer-Policy"] = "no-referrer";
        headers.XContentTypeOptions = "nosniff";
        return TypedResults.Content(
            $"""
            <!doctype html><html lang="{texts.Language}"><head><meta charset="utf-8">
            <meta name="viewport" content="width=device-width,initial-scale=1,viewport-fit=cover,interactive-widget=resizes-content">
            <title>{WebUtility.HtmlEncode(
                texts["page.title"]
            )}</title>
            <link rel="icon" href="data:,"><link rel="stylesheet" href="{assets.UrlOf(
                "chat.css"
            )}"></head><body>
            {disturbed}<div id="notice" role="status" hidden></div>
            <main aria-label="{WebUtility.HtmlEncode(texts["page.main"])}">
            <h1 class="unseen">{WebUtility.HtmlEncode(texts["page.title"])}</h1><div id="webchat"></div></main>
            <section id="files" aria-label="{WebUtility.HtmlEncode(texts["page.files"])}" hidden><ul></ul></section>
            <noscript><a href="/support?workspace={chat.Key.Split('_')[1]}">{WebUtility.HtmlEncode(texts["web.home.form"])}</a></noscript>
            <script type="application/json" id="configuration">{configuration.ToJsonString(ForScript)}</script>
            <script src="{assets.UrlOf("webchat.js")}" defer></script><script src="{assets.UrlOf("chat.js")}" defer></script></body></html>
            """,
            "text/html; charset=utf-8"
        );
    }

    /// <summary>
    /// Tells the script that other sites include whether the chat may be shown there: a browser that refuses a frame shows a broken page instead.
    /// </summary>
    [Function(nameof(ChatEmbedding)), Public]
    public async Task<JsonHttpResult<JsonObject>> ChatEmbedding(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "chat/embed")] HttpContext context,
        CancellationToken cancellationToken
    )
    {
        var chat = await FindAsync(context, cancellationToken);
        var origin = context.Request.Headers.Origin.ToString();
        var headers = context.Response.Headers;
        headers.AccessControlAllowOrigin = "*";
        headers.CacheControl = "no-store";
        var allowed =
            origin.Length == 0 || origin == OwnAddress.Of(context) || chat?.AllowedOrigins.Contains(origin, StringComparer.OrdinalIgnoreCase) == true;
        return TypedResults.Json(new JsonObject { ["enabled"] = chat is { Enabled: true }, ["allowed"] = allowed });
    }

    /// <summary>The script that other sites include; it must be able to change, so it is kept for minutes only.</summary>
    [Function(nameof(ChatEmbed)), Public]
    public Results<PhysicalFileHttpResult, NotFound> ChatEmbed(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "chat/embed.js")] HttpContext context
    )
    {
        context.Response.Headers.CacheControl = "public, max-age=300";
        return assets.Give(context, "embed.js");
    }

    /// <summary>A file of the chat under an address that changes with its content.</summary>
    [Function(nameof(ChatAsset)), Public]
    public Results<PhysicalFileHttpResult, NotFound> ChatAsset(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "chat/assets/{version}/{file}")] HttpContext context,
        string version,
        string file
    ) => assets.Give(context, version, file);

    private async Task<ChatSetting?> FindAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var key = context.Request.Query["key"].ToString();
        return key.Length == 0 ? await chats.OfAsync(DirectoryStore.HomeWorkspace, cancellationToken) : (await chats.FindAsync(key, cancellationToken))?.Chat;
    }
}

/// <summary>The files of the chat page.</summary>
public sealed class ChatAssets() : PageAssets("chat");
