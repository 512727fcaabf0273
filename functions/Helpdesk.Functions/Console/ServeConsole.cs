using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.SignIn;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Console;

/// <summary>The console: one page, whatever address below <c>/desk</c> it is opened at, and its files.</summary>
/// <remarks>It is public, since it says nothing of anybody: all that it shows it asks the API for, which wants to know who asks.</remarks>
public sealed class ServeConsole(ConsoleFiles files, OpenIdProvider provider)
{
    private const string Nothing =
        "accelerometer=(), autoplay=(), camera=(), display-capture=(), encrypted-media=(), geolocation=(), gyroscope=(), hid=(), magnetometer=(), "
        + "microphone=(), midi=(), payment=(), picture-in-picture=(), screen-wake-lock=(), serial=(), usb=(), xr-spatial-tracking=()";

    [Function(nameof(ServeConsole)), Public]
    public async Task<Results<PhysicalFileHttpResult, NotFound>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "desk/{*path}")] HttpContext context,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(context);
        var path = context.Request.Path.Value!.Trim('/')["desk".Length..].TrimStart('/');
        // An address within the console has no ending; a file that is not there must not become the page.
        var name = path.Length == 0 || !Path.HasExtension(path) ? ConsoleFiles.Page : path;
        if (files.Find(name) is not { } file)
            return TypedResults.NotFound();
        var headers = context.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Referrer-Policy"] = "no-referrer";
        headers.CacheControl = file.Forever ? "public, max-age=31536000, immutable" : "no-cache";
        if (name == ConsoleFiles.Page)
        {
            headers.ContentSecurityPolicy = PolicyOf(await provider.OriginsAsync(cancellationToken));
            headers["Cross-Origin-Opener-Policy"] = "same-origin";
            headers["Permissions-Policy"] = Nothing;
            headers["X-Robots-Tag"] = "noindex, nofollow";
        }

        return CompressedFile.Give(context, file.Path, file.ContentType, file.Version);
    }

    /// <summary>Nothing runs but the console's own scripts, and nothing is asked but this desk and the provider that people sign in at.</summary>
    /// <remarks>A mail in HTML is shown in a sandboxed frame that inherits this: its own styles do not hold, its pictures come from the desk alone.</remarks>
    private static string PolicyOf(IReadOnlyList<string> origins) =>
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; media-src 'self' blob:; "
        + $"connect-src {string.Join(' ', ["'self'", .. origins])}; frame-src 'self' blob:; manifest-src 'self'; worker-src 'self'; base-uri 'none'; "
        + "form-action 'self'; frame-ancestors 'none'";
}
