using System.ComponentModel.DataAnnotations;
using Helpdesk.Forms;
using Helpdesk.Functions.Forms;
using Helpdesk.Functions.Hosting;
using Helpdesk.Portal;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Portal;

/// <summary>What is to be different about the pages for requesters: a JSON merge patch (RFC 7396).</summary>
/// <param name="Title">What stands at the top of each page, a text alone counts as English; null for the workspace's name.</param>
/// <param name="Footer">What stands at the bottom; null for nothing.</param>
/// <param name="Colour">The colour of links and buttons, such as <c>#0b5cad</c>, with a contrast of 4.5 or more; null for the desk's own.</param>
/// <param name="DarkColour">The same for who likes it dark.</param>
/// <param name="Logo">A picture in base64: PNG, JPEG or WebP, 200 KB at most; null for none.</param>
/// <param name="Community">Whether requesters ask and answer each other.</param>
[Example("""{"title":"Help at Example","colour":"#8a1c5b","footer":{"en":"Mon to Fri, 8 to 18","de":"Mo bis Fr, 8 bis 18 Uhr"}}""")]
public sealed record PortalRequest(
    Optional<LocalText?>? Title,
    Optional<LocalText?>? Footer,
    Optional<string?>? Colour,
    Optional<string?>? DarkColour,
    Optional<string?>? Logo,
    bool? Community
) : IFromRequest<PortalRequest>
{
    private const int TitleLength = 100;
    private const int FooterLength = 500;
    private static readonly string TooLarge = $"must be a picture of at most {PortalPictures.Most / 1024} KB.";

    /// <summary>The picture, as it is stored.</summary>
    internal byte[]? Picture { get; private init; }

    public static async ValueTask<PortalRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        Optional<LocalText?>? Words(string name, int length) =>
            !fields.Has(name) ? null
            : fields.IsNull(name) ? new(null)
            : new(FormRequest.Words(fields, name, length, required: true));
        var (title, footer) = (Words("title", TitleLength), Words("footer", FooterLength));
        var (colour, dark) = (ReadColour(fields, "colour", PortalColours.Light), ReadColour(fields, "darkColour", PortalColours.Dark));
        var picture = PictureOf(fields);
        var request = new PortalRequest(title, footer, colour, dark, fields.Has("logo") ? new(null) : null, fields.Flag("community")) { Picture = picture };
        fields.Done();
        return request;
    }

    private static Optional<string?>? ReadColour(FieldReader fields, string name, IReadOnlyList<string> grounds)
    {
        if (!fields.Has(name))
            return null;
        if (fields.IsNull(name))
            return new(null);
        if (fields.Text(name, 7, required: true) is not { } text)
            return null;
        if (PortalColours.Read(text) is not { } colour)
            fields.Wrong(name, "must be a colour like #0b5cad.");
        else if (PortalColours.ProblemOf(colour, grounds) is { } problem)
            fields.Wrong(name, problem);
        else
            return new(colour);
        return null;
    }

    private static byte[]? PictureOf(FieldReader fields)
    {
        if (!fields.Has("logo") || fields.IsNull("logo"))
            return null;
        const int letters = (PortalPictures.Most / 3 + 1) * 4;
        if (fields.Text("logo", int.MaxValue, required: true) is not { } text)
            return null;
        var bytes = new byte[text.Length];
        if (text.Length > letters)
            fields.Wrong("logo", TooLarge);
        else if (!Convert.TryFromBase64String(text, bytes, out var length))
            fields.Wrong("logo", "must be a picture in base64.");
        else if (length > PortalPictures.Most)
            fields.Wrong("logo", TooLarge);
        else if (PortalPictures.TypeOf(bytes.AsSpan(0, length)) is null)
            fields.Wrong("logo", "must be a picture of the kinds PNG, JPEG or WebP, by what is in it.");
        else
            return bytes[..length];
        return null;
    }
}

/// <summary>How the pages for requesters look.</summary>
/// <param name="Title">What stands at the top of each page; null for the workspace's name.</param>
/// <param name="Footer">What stands at the bottom; null for nothing.</param>
/// <param name="Colour">The colour of links and buttons; null for the desk's own.</param>
/// <param name="DarkColour">The same for who likes it dark.</param>
/// <param name="LogoUrl">Where the picture is; null for none.</param>
/// <param name="Community">Whether requesters ask and answer each other.</param>
/// <param name="Version">Counts the changes.</param>
public sealed record PortalView(LocalText? Title, LocalText? Footer, string? Colour, string? DarkColour, string? LogoUrl, bool Community, long Version)
{
    internal static PortalView Of(string workspace, PortalLook it) =>
        new(it.Title, it.Footer, it.Colour, it.DarkColour, it.Logo is { } logo ? PortalLooks.PathOf(workspace, logo) : null, it.Community, it.Version);
}

/// <summary>How the pages for requesters look.</summary>
public sealed class ManagePortal(PortalLooks looks)
{
    /// <summary>Shows how the pages for requesters look.</summary>
    [Function(nameof(GetPortal)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Ok<PortalView>> GetPortal(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/portal")] Caller caller,
        HttpContext context,
        CancellationToken cancellationToken
    ) => Show(caller.Workspace, await looks.ReadAsync(caller.Workspace, cancellationToken), context);

    /// <summary>Changes how the pages for requesters look. A colour that could not be read is refused, with the numbers.</summary>
    [Function(nameof(ChangePortal)), RequiresKey(KeyRole.Admin)]
    public async Task<Ok<PortalView>> ChangePortal(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "api/portal")] PortalRequest request,
        Caller caller,
        IfMatch ifMatch,
        HttpContext context,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(caller);
        var logo = request.Picture is { } picture ? new PortalLogo(PortalLooks.IdOf(picture), PortalPictures.TypeOf(picture)!) : null;
        var look = await looks.ChangeAsync(
            caller.Workspace,
            ifMatch,
            current =>
                current with
                {
                    Title = request.Title is null ? current.Title : request.Title.Value,
                    Footer = request.Footer is null ? current.Footer : request.Footer.Value,
                    Colour = request.Colour is null ? current.Colour : request.Colour.Value,
                    DarkColour = request.DarkColour is null ? current.DarkColour : request.DarkColour.Value,
                    Logo = request.Logo is null ? current.Logo : logo,
                    Community = request.Community ?? current.Community,
                },
            request.Picture,
            cancellationToken
        );
        return Show(caller.Workspace, look, context);
    }

    /// <summary>The picture on the pages for requesters. By the address that it has now it may be kept for good.</summary>
    [Function(nameof(PortalLogoFile)), Public]
    public async Task<Results<FileContentHttpResult, NotFound>> PortalLogoFile(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "support/logo/{workspace}/{id}")] HttpContext context,
        string workspace,
        string id,
        CancellationToken cancellationToken
    )
    {
        if (
            !Settings.SettingsStore.IsId(workspace)
            || (await looks.FindAsync(workspace, cancellationToken)).Logo is not { } logo
            || await looks.ReadPictureAsync(workspace, logo.Id, cancellationToken) is not { } picture
        )
            return TypedResults.NotFound();
        var headers = context.Response.Headers;
        // An address of before is answered with the picture of now, and nobody is to take that for the one of before.
        headers.CacheControl = id == logo.Id ? "public, max-age=31536000, immutable" : "no-cache";
        headers.XContentTypeOptions = "nosniff";
        headers.ContentSecurityPolicy = "default-src 'none'; sandbox";
        return TypedResults.Bytes(picture, logo.ContentType);
    }

    private static Ok<PortalView> Show(string workspace, PortalLook look, HttpContext context)
    {
        context.Response.Headers.ETag = IfMatch.ETag(look.Version);
        return TypedResults.Ok(PortalView.Of(workspace, look));
    }
}
