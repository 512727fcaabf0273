using Helpdesk.Functions.Hosting;

namespace Helpdesk.Functions.SignIn;

/// <summary>Keeps other sites from using the cookie of somebody's browser.</summary>
/// <remarks>
/// A cookie comes with every request of a browser, whoever caused it. So what changes something needs a header that no form and no picture of another site
/// can send, and what browsers themselves say of where a request comes from must not speak against it.
/// </remarks>
public static class SameOrigin
{
    /// <summary>The header by which scripts of the console say that a request is theirs.</summary>
    public const string Header = "X-Helpdesk-Session";

    private const string Own = "same-origin";

    /// <summary>403 for a request that changes something and is not certainly one of the console's own.</summary>
    public static void CheckChange(HttpContext http)
    {
        if (HttpMethods.IsGet(http.Request.Method) || HttpMethods.IsHead(http.Request.Method) || HttpMethods.IsOptions(http.Request.Method))
            return;
        if (http.Request.Headers[Header].ToString() != "1")
            throw Refused($"A request with the cookie of a session needs the header {Header}: 1.");
        CheckSource(http);
    }

    /// <summary>403 when the browser says that another site has caused a request.</summary>
    public static void CheckSource(HttpContext http)
    {
        var headers = http.Request.Headers;
        if (headers["Sec-Fetch-Site"].ToString() is { Length: > 0 } site)
        {
            if (site != Own)
                throw Refused($"Another site has caused this request (Sec-Fetch-Site: {Shown(site)}).");
        }
        else if (headers.Origin.ToString() is { Length: > 0 } origin && !string.Equals(origin, OwnAddress.Of(http), StringComparison.OrdinalIgnoreCase))
        {
            throw Refused($"Another site has caused this request (Origin: {Shown(origin)}).");
        }
    }

    private static string Shown(string text) => PlainText.Head(text, 100);

    private static InvalidRequestException Refused(string detail) => new(StatusCodes.Status403Forbidden, "cross-site-request", detail);
}
