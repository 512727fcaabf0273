using Helpdesk.Functions.Hosting;

namespace Helpdesk.Functions.Pages;

/// <summary>Says to somebody who opened a page in a browser what is wrong, in their language; programs get problem details.</summary>
public sealed class ProblemPage(PageRenderer pages)
{
    /// <summary>Whether a request asks for a page: a browser that goes somewhere names HTML, and the API has no pages.</summary>
    public static bool Wants(HttpContext http) =>
        http.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase)
        && !http.Request.Path.StartsWithSegments("/api", StringComparison.OrdinalIgnoreCase);

    /// <summary>Answers with a page where one is wanted; false where not.</summary>
    public async Task<bool> TryAnswerAsync(HttpContext http, Problem problem)
    {
        if (!Wants(http))
            return false;
        var texts = PageLanguage.TextsFor(http);
        var title = texts[problem.Status == StatusCodes.Status404NotFound ? "web.missing.title" : "web.trouble.title"];
        var text = texts[
            problem.Status switch
            {
                StatusCodes.Status404NotFound => "web.missing.text",
                StatusCodes.Status429TooManyRequests => "web.trouble.busy",
                >= 500 => "web.trouble.ours",
                _ => "web.trouble.yours",
            }
        ];
        var html = await pages.HtmlAsync(
            http,
            new("problem", _ => title, new Dictionary<string, object?>(StringComparer.Ordinal) { ["title"] = title, ["text"] = text }) { Private = true }
        );
        http.Response.StatusCode = problem.Status;
        http.Response.ContentType = "text/html; charset=utf-8";
        await http.Response.WriteAsync(html, http.RequestAborted);
        return true;
    }
}
