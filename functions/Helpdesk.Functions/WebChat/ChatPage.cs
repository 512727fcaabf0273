using System.Collections.Frozen;
using System.Net;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Helpdesk.Bot.Conversations;
using Helpdesk.Functions.Attachments;
using Helpdesk.Functions.Conversations;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.WebChat;

/// <summary>The chat as a page, and the one line that puts it into another site. Everything comes from the app itself.</summary>
public sealed class ChatPage(ChatSettings chats, ChatAssets assets)
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
        var key = context.Request.Query["key"].ToString();
        var chat =
            key.Length == 0 ? await chats.OfAsync(DirectoryStore.HomeWorkspace, cancellationToken) : (await chats.FindAsync(key, cancellationToken))?.Chat;
        if (chat is not { Enabled: true })
            return TypedResults.NotFound();
        var language = LanguageOf(context);
        var texts = Texts.For(language);
        var configuration = new JsonObject
        {
            ["key"] = chat.Key,
            ["locale"] = language,
            ["fileSize"] = AttachmentStore.FileLimit / 1024 / 1024,
            ["accept"] = string.Join(',', AttachmentStore.Endings),
            ["texts"] = new JsonObject([
                .. texts
                    .Keys.Where(name => name.StartsWith("page.", StringComparison.Ordinal))
                    .Select(name => KeyValuePair.Create<string, JsonNode?>(name["page.".Length..], texts[name])),
            ]),
        };
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
            <!doctype html><html lang="{texts.Language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1,viewport-fit=cover,interactive-widget=resizes-content"><title>{WebUtility.HtmlEncode(
                texts["page.title"]
            )}</title>
            <link rel="icon" href="data:,"><link rel="stylesheet" href="{assets.UrlOf(
                "chat.css"
            )}"></head><body><div id="notice" role="status" hidden></div><div id="webchat" role="main"></div><noscript>{WebUtility.HtmlEncode(
                texts["page.failed"]
            )}</noscript>
            <script type="application/json" id="configuration">{configuration.ToJsonString(ForScript)}</script>
            <script src="{assets.UrlOf("webchat.js")}" defer></script><script src="{assets.UrlOf("chat.js")}" defer></script></body></html>
            """,
            "text/html; charset=utf-8"
        );
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

    /// <summary>The first language of the browser that there are texts in; <c>?locale=</c> comes before it.</summary>
    private static string LanguageOf(HttpContext context)
    {
        var wanted = context
            .Request.Query["locale"]
            .ToString()
            .Split(',')
            .Concat(context.Request.Headers.AcceptLanguage.ToString().Split(',').Select(one => one.Split(';')[0].Trim()));
        var languages = Texts.Languages.ToFrozenSet(StringComparer.OrdinalIgnoreCase);
        return wanted.FirstOrDefault(locale =>
                locale.Length is > 1 and <= 20
                && locale.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '-')
                && languages.Contains(locale.Split('-')[0])
            ) ?? "en-US";
    }
}

/// <summary>The files of the chat page.</summary>
public sealed class ChatAssets() : PageAssets("chat");
