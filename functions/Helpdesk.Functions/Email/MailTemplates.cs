using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.RegularExpressions;
using System.Text.Unicode;
using Fluid;
using Fluid.Values;
using Helpdesk.Email;
using Helpdesk.Functions.Settings;

namespace Helpdesk.Functions.Email;

/// <summary>A mail's words, rendered.</summary>
public sealed record RenderedMail(string Subject, string Text, string Html);

/// <summary>The words of mails: those that come with the desk, and those that a workspace has put in their place.</summary>
/// <remarks>Templates are Liquid that loads nothing, runs a bounded number of steps, and whose every value is encoded where it is written into HTML.</remarks>
public sealed partial class MailTemplates(SettingsStore settings)
{
    /// <summary>How long a subject may be, in characters.</summary>
    private const int SubjectLength = 250;

    /// <summary>Tags of Liquid that load files, keep a text beside the mail's, or hide tags from what looks at them.</summary>
    private static readonly string[] Missing = ["include", "render", "ifchanged", "liquid"];

    private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);
    private static readonly FluidParser Parser = NewParser();
    private static readonly FrozenDictionary<string, MailTemplate> Shipped = ReadShipped();
    private static readonly Lazy<IFluidTemplate> Layout = new(() => Parser.Parse(Resource("Pages.mail-layout.liquid")));
    private static readonly TemplateOptions Html = Options(html: true);
    private static readonly TemplateOptions Plain = Options(html: false);
    private readonly ConcurrentDictionary<string, IFluidTemplate> _parsed = new(StringComparer.Ordinal);

    public static SettingKind<MailTemplate> Kind { get; } =
        new("mailtemplate-", template => template.Id, EmailJson.Default.MailTemplate) { Audited = "mail-template" };

    /// <summary>Every template that comes with the desk, by event and language.</summary>
    public static IEnumerable<MailTemplate> All =>
        MailTemplate.Events.SelectMany(what => MailTemplate.Languages.Select(language => ShippedOf(what, language)));

    public static MailTemplate ShippedOf(MailEvent what, string language) => Shipped[MailTemplate.IdOf(what, language)];

    /// <summary>The words that a workspace uses; at most half a minute old.</summary>
    public async ValueTask<MailTemplate> OfAsync(string workspace, MailEvent what, string language, CancellationToken cancellationToken) =>
        (await settings.RememberAsync(workspace, Kind, cancellationToken)).FirstOrDefault(one => one.Event == what && one.Language == language)
        ?? ShippedOf(what, language);

    /// <summary>What is wrong with a piece of Liquid, as what a field does; null for nothing.</summary>
    public static string? ProblemOf(string liquid) =>
        MailTemplateLimits.ProblemOf(liquid) is { } problem ? problem
        : !Parser.TryParse(liquid, out var template, out var error) ? $"is no valid Liquid: {InPlainWords(error, liquid)}"
        : MailTemplateNames.ProblemOf(template, Html.Filters, MailValues.Names);

    /// <summary>What is wrong with a text in Liquid that is no mail's, as what a field does; null for nothing.</summary>
    /// <param name="names">What it may say, and what each of these has: nothing where it has whatever is asked of it.</param>
    public static string? ProblemOfText(string liquid, FrozenDictionary<string, FrozenSet<string>> names) =>
        MailTemplateLimits.ProblemOf(liquid) is { } problem ? problem
        : !Parser.TryParse(liquid, out var template, out var error) ? $"is no valid Liquid: {InPlainWords(error, liquid)}"
        : MailTemplateNames.ProblemOf(template, Plain.Filters, names, isOpen: true);

    /// <summary>Renders a text that is no mail's, within the limits of mails. <see cref="MailTemplateException"/> says what it does that it may not.</summary>
    /// <remarks>Nothing is loaded and nobody is asked, so that there is nothing to wait for.</remarks>
    public string RenderText(string liquid, IReadOnlyDictionary<string, object?> values) =>
        Tidy(RenderAsync("text", liquid, limited: true, Plain, NullEncoder.Default, values).GetAwaiter().GetResult());

    /// <summary>Renders a mail. <see cref="MailTemplateException"/> says what a workspace's template does that it may not.</summary>
    /// <param name="values">What the template may say; also given to the frame around it.</param>
    public async Task<RenderedMail> RenderAsync(MailTemplate template, IReadOnlyDictionary<string, object?> values)
    {
        // The words that come with the desk are known to end: they have no limits, so that somebody's long answer goes out in them.
        var limited = template != ShippedOf(template.Event, template.Language);
        var subject = await RenderAsync("subject", template.Subject, limited, Plain, NullEncoder.Default, values);
        var text = await RenderAsync("text", template.Text, limited, Plain, NullEncoder.Default, values);
        // What was made of the text fails because of the text.
        var html = template.Html == MailMarkup.HtmlOf(template.Text) ? "text" : "html";
        var inside = await RenderAsync(html, template.Html, limited, Html, Encoder, values);
        var framed = new Dictionary<string, object?>(values, StringComparer.Ordinal)
        {
            ["content"] = new StringValue(inside, encode: false),
            ["language"] = template.Language,
        };
        return new(OneLine(subject), Tidy(text), await RenderAsync(Layout.Value, false, Html, Encoder, framed));
    }

    /// <summary>Written HTML in the frame that all mails have.</summary>
    public static Task<string> FrameAsync(string html, string language) =>
        RenderAsync(
            Layout.Value,
            false,
            Html,
            Encoder,
            new Dictionary<string, object?>(StringComparer.Ordinal) { ["content"] = new StringValue(html, encode: false), ["language"] = language }
        );

    private IFluidTemplate Parsed(string liquid)
    {
        if (_parsed.Count > 1000)
            _parsed.Clear();
        return _parsed.GetOrAdd(
            liquid,
            static liquid =>
                MailTemplateLimits.ProblemOf(liquid) is { } problem
                    ? throw new MailTemplateLimitException($"it {problem}")
                    : new MailTemplateBounds().VisitTemplate(Parser.Parse(liquid))
        );
    }

    private async Task<string> RenderAsync(
        string field,
        string liquid,
        bool limited,
        TemplateOptions options,
        TextEncoder encoder,
        IReadOnlyDictionary<string, object?> values
    )
    {
        try
        {
            return await RenderAsync(Parsed(liquid), limited, options, encoder, values);
        }
        // Nothing but the template and its values is at work here: whatever fails, they are why.
        catch (Exception failure)
        {
            throw new MailTemplateException(field, $"cannot be rendered: {ReasonOf(failure, liquid)}", failure);
        }
    }

    private static string ReasonOf(Exception failure, string liquid) =>
        failure switch
        {
            MailTemplateLimitException => failure.Message,
            OverflowException => "it makes a number that is too large.",
            DivideByZeroException => "it divides by zero.",
            ParseException => InPlainWords(failure.Message, liquid),
            // How Fluid says that the steps are used up.
            InvalidOperationException when failure.Message.StartsWith("The maximum", StringComparison.Ordinal) =>
                $"it takes more than {MailTemplateLimits.Say(MailTemplateLimits.Steps)} steps.",
            _ => failure.Message.ReplaceLineEndings(" ").Trim(),
        };

    private static string InPlainWords(string error, string liquid) =>
        MailTemplateLimits.MissingTag(liquid, Missing) is { } tag ? $"templates have no tag '{tag}', and load nothing." : error.ReplaceLineEndings(" ").Trim();

    private static async Task<string> RenderAsync(
        IFluidTemplate template,
        bool limited,
        TemplateOptions options,
        TextEncoder encoder,
        IReadOnlyDictionary<string, object?> values
    )
    {
        var context = new TemplateContext(options);
        var limits = limited ? MailTemplateLimits.On(context) : null;
        foreach (var (name, value) in values)
            context.SetValue(name, value is FluidValue fluid ? fluid : FluidValue.Create(value, options));
        await using var writer = new LimitedWriter(limits, MailTemplateLimits.Output, "a text");
        await template.RenderAsync(writer, encoder, context);
        return writer.ToString();
    }

    private static FluidParser NewParser()
    {
        var parser = new FluidParser();
        foreach (var tag in Missing)
            parser.RegisteredTags.Remove(tag);
        return parser;
    }

    private static TemplateOptions Options(bool html)
    {
        var options = new TemplateOptions { MaxRecursion = 10, CultureInfo = CultureInfo.InvariantCulture };
        options.Filters.AddFilter("lines", html ? Lines : Same);
        options.Filters.AddFilter("newline_to_br", html ? Lines : Same);
        // Nothing that somebody wrote becomes markup, whatever a template says.
        options.Filters.AddFilter("raw", Same);
        MailTemplateLimits.Bound(options.Filters);
        return options;
    }

    private static ValueTask<FluidValue> Same(FluidValue input, FilterArguments arguments, TemplateContext context) =>
        new(new StringValue(input.ToStringValue()));

    /// <summary>Somebody's words as HTML: their lines, and addresses that can be followed.</summary>
    private static ValueTask<FluidValue> Lines(FluidValue input, FilterArguments arguments, TemplateContext context) =>
        new(new StringValue(LinesOf(input.ToStringValue()), encode: false));

    /// <summary>A text as HTML: its lines, and addresses on the web that can be followed.</summary>
    public static string LinesOf(string text)
    {
        var html = new StringBuilder();
        var written = 0;
        foreach (Match link in Link().Matches(text))
        {
            html.Append(Encoder.Encode(text[written..link.Index]));
            var address = Encoder.Encode(link.Value);
            html.Append(CultureInfo.InvariantCulture, $"<a href=\"{address}\">{address}</a>");
            written = link.Index + link.Length;
        }

        html.Append(Encoder.Encode(text[written..]));
        return html.ToString().Replace("&#xD;", "", StringComparison.Ordinal).Replace("&#xA;", "<br>\n", StringComparison.Ordinal);
    }

    /// <summary>A text on one line, as a header may have it.</summary>
    public static string OneLine(string text)
    {
        var line = string.Join(' ', VisibleText.Of(text).Split([.. Breaks], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        line = new string([.. line.Where(letter => !char.IsControl(letter))]);
        return PlainText.Shortened(line, SubjectLength);
    }

    /// <summary>A value of a header that programs read: without anything that ends a line.</summary>
    public static string Bare(string text) => new([.. text.Where(letter => !char.IsControl(letter))]);

    private static readonly char[] Breaks = ['\r', '\n', '\t', ' ', '\f', '\v', '\u0085', '\0'];

    /// <summary>A text without the empty lines that parts leave which are not said.</summary>
    private static string Tidy(string text) => EmptyLines().Replace(text.ReplaceLineEndings("\n").Trim(), "\n\n");

    private static FrozenDictionary<string, MailTemplate> ReadShipped()
    {
        var all = new Dictionary<string, MailTemplate>(StringComparer.Ordinal);
        foreach (var language in MailTemplate.Languages)
        {
            foreach (var section in Resource($"Mails.{language}.txt").ReplaceLineEndings("\n").Split("=== ", StringSplitOptions.RemoveEmptyEntries))
            {
                var lines = section.Split('\n', 3);
                var what = WireName<MailEvent>.TryParse(lines[0].Trim(), out var known)
                    ? known
                    : throw new InvalidDataException($"{lines[0]} is no kind of mail.");
                var text = lines[2].Trim();
                var template = new MailTemplate(what, language, lines[1].Trim(), text, MailMarkup.HtmlOf(text));
                all.Add(template.Id, template);
            }
        }

        return all.ToFrozenDictionary(StringComparer.Ordinal);
    }

    /// <summary>A file that is part of the app, with one kind of line end.</summary>
    internal static string Resource(string name)
    {
        using var stream =
            typeof(MailTemplates).Assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"{name} is not part of the app.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }

    [GeneratedRegex("""https?://[^\s<>"'`]*[^\s<>"'`.,;:!?(){}\[\]…»“”]""", RegexOptions.IgnoreCase, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Link();

    [GeneratedRegex(@"\n[ \t]*\n(?:[ \t]*\n)+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex EmptyLines();
}
