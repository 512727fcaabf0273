using System.Security.Cryptography;
using System.Text;
using Helpdesk.Functions.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Email;

/// <summary>The outbox as a page. It asks for a key, keeps that in its memory alone, and shows what mails hold without letting it do anything.</summary>
public sealed class OutboxPage
{
    private static readonly string Html = MailTemplates.Resource("Mails.outbox.html");
    private static readonly string Script = $"sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Between("<script>", "</script>"))))}";

    // A mail brings styles of its own into its frame, which is under the policy of the page around it.
    private static readonly string Policy =
        $"default-src 'none'; script-src '{Script}'; style-src 'unsafe-inline'; img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
        + "frame-ancestors 'none'";

    /// <summary>The page.</summary>
    [Function(nameof(Outbox)), Public]
    public ContentHttpResult Outbox([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "outbox")] HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers.CacheControl = "no-store";
        headers["Referrer-Policy"] = "no-referrer";
        headers["X-Robots-Tag"] = "noindex, nofollow";
        headers.XContentTypeOptions = "nosniff";
        return TypedResults.Content(Html, "text/html; charset=utf-8");
    }

    private static string Between(string start, string end)
    {
        var from = Html.IndexOf(start, StringComparison.Ordinal) + start.Length;
        return Html[from..Html.IndexOf(end, from, StringComparison.Ordinal)];
    }
}
