using Helpdesk.Functions.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.ApiReference;

/// <summary>The API reference as a page. Everything on it comes from the app itself.</summary>
public sealed class DocsPage(DocsAssets assets)
{
    /// <summary>The page.</summary>
    [Function(nameof(Docs)), Public]
    public ContentHttpResult Docs([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "docs")] HttpContext context)
    {
        var headers = context.Response.Headers;
        // Redoc makes its own styles by script, and searches in a worker that it makes from a blob.
        headers.ContentSecurityPolicy =
            "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; "
            + "worker-src blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        headers.CacheControl = "no-cache";
        headers["Referrer-Policy"] = "no-referrer";
        headers.XContentTypeOptions = "nosniff";
        return TypedResults.Content(
            $"""
            <!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
            <title>Helpdesk API</title><link rel="icon" href="data:,"><link rel="stylesheet" href="{assets.UrlOf("reference.css")}"></head>
            <body><div id="reference" data-description="/api/openapi.json"></div>
            <noscript><p>This page needs scripts. The description of the API itself is at <a href="/api/openapi.json">/api/openapi.json</a>.</p></noscript>
            <script src="{assets.UrlOf("redoc.js")}" defer></script><script src="{assets.UrlOf("reference.js")}" defer></script></body></html>
            """,
            "text/html; charset=utf-8"
        );
    }

    /// <summary>A file of the page under an address that changes with its content.</summary>
    [Function(nameof(DocsAsset)), Public]
    public Results<PhysicalFileHttpResult, NotFound> DocsAsset(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "docs/assets/{version}/{file}")] HttpContext context,
        string version,
        string file
    ) => assets.Give(context, version, file);
}

/// <summary>The files of the API reference.</summary>
public sealed class DocsAssets() : PageAssets("docs");
