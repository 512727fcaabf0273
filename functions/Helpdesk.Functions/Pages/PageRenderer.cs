using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.RegularExpressions;
using System.Text.Unicode;
using Fluid;
using Fluid.Values;
using Helpdesk.Bot.Conversations;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Pages;

/// <summary>Makes pages for people: Liquid templates in the reader's language, that run and load nothing but what the app itself put into them.</summary>
/// <remarks>Whatever a template writes is encoded. Pages work without scripts and are kept by nobody.</remarks>
public sealed partial class PageRenderer
{
    private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);
    private static readonly FluidParser Parser = new();
    private static readonly string Style = Read("page.css");
    private static readonly string Script = Read("page.js");
    private static readonly string StyleHash = HashOf(Style);
    private static readonly string ScriptHash = HashOf(Script);
    private readonly ConcurrentDictionary<string, IFluidTemplate> _templates = new(StringComparer.Ordinal);
    private readonly TemplateOptions _options = new();

    private readonly DressPage? _dress;

    public PageRenderer(DressPage? dress = null)
    {
        _dress = dress;
        _options.Filters.AddFilter("t", Translate);
        _options.Filters.AddFilter("words", Words);
    }

    /// <summary>A page as an answer.</summary>
    public async Task<ContentHttpResult> AnswerAsync(HttpContext context, Page page, int status = StatusCodes.Status200OK) =>
        TypedResults.Content(await HtmlAsync(context, page), "text/html; charset=utf-8", statusCode: status);

    /// <summary>A page as text; its headers are set on the response.</summary>
    public async Task<string> HtmlAsync(HttpContext context, Page page)
    {
        ArgumentNullException.ThrowIfNull(page);
        var texts = PageLanguage.TextsFor(context);
        var headers = context.Response.Headers;
        var dress = _dress is null ? null : await _dress(context, context.RequestAborted);
        headers.ContentSecurityPolicy = PolicyOf(dress?.Style);
        headers.CacheControl = "no-store";
        headers.Vary = "Accept-Language";
        // Others are told nothing; with "no-referrer" browsers would not say either where the desk's own forms come from.
        headers["Referrer-Policy"] = "same-origin";
        headers.XContentTypeOptions = "nosniff";
        if (page.Private)
            headers["X-Robots-Tag"] = "noindex, nofollow";
        var content = await PartAsync(texts, page.Template, page.Values);
        return await PartAsync(
            texts,
            "layout",
            new Dictionary<string, object?>(StringComparer.Ordinal)
            {
                ["language"] = texts.Language,
                ["languages"] = PageLanguage.Choices(context),
                ["title"] = page.TitleOf(texts),
                ["private"] = page.Private,
                ["refresh"] = page.RefreshAfter,
                ["style"] = Style,
                ["script"] = Script,
                ["content"] = content,
                ["dress"] = dress is null
                    ? null
                    : new Dictionary<string, object?>(StringComparer.Ordinal)
                    {
                        ["style"] = dress.Style,
                        ["title"] = dress.Title,
                        ["logo"] = dress.Logo,
                        ["home"] = dress.Home,
                        ["footer"] = dress.Footer,
                        ["status"] = dress.Status,
                        ["disturbances"] = dress.Disturbances,
                        ["links"] = dress
                            .Links.Select(link => new Dictionary<string, object?>(StringComparer.Ordinal)
                            {
                                ["name"] = link.Name,
                                ["url"] = link.Url,
                                ["current"] = link.IsCurrent,
                            })
                            .ToList(),
                    },
            }
        );
    }

    /// <summary>Nothing may run or be loaded but what is in the page itself and has the hash of it.</summary>
    private static string PolicyOf(string? style) =>
        $"default-src 'none'; style-src '{StyleHash}'{(style is null ? "" : $" '{HashOf(style)}'")}; script-src '{ScriptHash}'; img-src 'self' data:; "
        + "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'";

    /// <summary>A part of a page, as HTML.</summary>
    public async Task<string> PartAsync(Texts texts, string template, IReadOnlyDictionary<string, object?> values)
    {
        var parsed = _templates.GetOrAdd(template, static name => Parser.Parse(Read($"{name}.liquid")));
        var context = new TemplateContext(_options) { AmbientValues = { ["texts"] = texts } };
        foreach (var (name, value) in values)
            context.SetValue(name, value);
        return await parsed.RenderAsync(context, Encoder);
    }

    /// <summary>An instant as pages without scripts show it.</summary>
    public static string Show(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);

    /// <summary><c>{{ 'key' | t: name: value }}</c>: a text in the reader's language.</summary>
    private static ValueTask<FluidValue> Translate(FluidValue input, FilterArguments arguments, TemplateContext context)
    {
        var text = ((Texts)context.AmbientValues["texts"])[input.ToStringValue()];
        foreach (var name in arguments.Names)
            text = text.Replace($"{{{name}}}", arguments[name].ToStringValue(), StringComparison.Ordinal);
        return new(new StringValue(text));
    }

    /// <summary><c>{{ text | words }}</c>: somebody's words as they wrote them, with addresses that can be followed.</summary>
    private static ValueTask<FluidValue> Words(FluidValue input, FilterArguments arguments, TemplateContext context)
    {
        var text = input.ToStringValue();
        var html = new StringBuilder();
        var written = 0;
        foreach (Match link in Link().Matches(text))
        {
            html.Append(Encoder.Encode(text[written..link.Index]));
            var address = Encoder.Encode(link.Value);
            html.Append(CultureInfo.InvariantCulture, $"<a href=\"{address}\" rel=\"noopener noreferrer nofollow\" target=\"_blank\">{address}</a>");
            written = link.Index + link.Length;
        }

        html.Append(Encoder.Encode(text[written..]));
        return new(
            new StringValue(html.ToString().Replace("&#xA;", "\n", StringComparison.Ordinal).Replace("&#xD;", "", StringComparison.Ordinal), encode: false)
        );
    }

    private static string HashOf(string text) => $"sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)))}";

    private static string Read(string name)
    {
        using var stream =
            typeof(PageRenderer).Assembly.GetManifestResourceStream($"Pages.{name}")
            ?? throw new InvalidOperationException($"The page {name} is not part of the app.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    /// <summary>An address on the web, without the punctuation of the sentence that it ends.</summary>
    [GeneratedRegex("""https?://[^\s<>"'`]*[^\s<>"'`.,;:!?(){}\[\]…»“”]""", RegexOptions.IgnoreCase, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Link();
}

/// <summary>One page: which template, and what is written into it.</summary>
public sealed record Page(string Template, Func<Texts, string> TitleOf, IReadOnlyDictionary<string, object?> Values)
{
    /// <summary>Whether search engines are to leave it alone.</summary>
    public bool Private { get; init; }

    /// <summary>After how many seconds a browser loads it again; null for never.</summary>
    public int? RefreshAfter { get; init; }
}
