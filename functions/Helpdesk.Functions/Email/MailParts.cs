using System.Globalization;
using System.Text;
using Helpdesk.Attachments;
using Helpdesk.Email;
using Helpdesk.Functions.Attachments;
using MimeKit;
using MimeKit.Encodings;
using MimeKit.Tnef;
using Org.BouncyCastle.Cms;

namespace Helpdesk.Functions.Email;

/// <summary>What the parts of a mail hold: its words, its files, and what is left out.</summary>
internal sealed class MailParts
{
    /// <summary>How mails are parsed: what can be understood is.</summary>
    public static ParserOptions Options { get; } = NewOptions();

    private static readonly string[] ReportTypes =
    [
        "message/delivery-status",
        "message/global-delivery-status",
        "message/disposition-notification",
        "message/global-disposition-notification",
    ];

    /// <summary>Bytes of a header that are read.</summary>
    private const int LongestHeader = 100_000;

    private readonly List<(string? Text, string? Html)> _words = [];
    private readonly List<MailFile> _files = [];
    private readonly List<string> _leftOut = [];
    private readonly List<string> _tooMany = [];
    private long _bytes;
    private int _parts;
    private bool _nested;
    private bool _crowded;

    /// <summary>The plain text of all parts; null where there is none.</summary>
    public string? Text =>
        Joined(_words.Select(part => part.Text ?? (part.Html is null ? null : HtmlMail.Text(part.Html))), _words.Any(part => part.Text is not null));

    /// <summary>The HTML of all parts; null where there is none.</summary>
    public string? Html =>
        Joined(_words.Select(part => part.Html ?? (part.Text is null ? null : HtmlMail.OfText(part.Text))), _words.Any(part => part.Html is not null));

    /// <summary>What a mail server says of a mail, as it stands in a report; null where there is none.</summary>
    public string? DeliveryStatus { get; private set; }

    /// <summary>The headers of the mail that a report is about.</summary>
    public HeaderList? Reported { get; private set; }

    private static ParserOptions NewOptions()
    {
        // The parser asks the platform for charsets, which knows five of them by itself.
        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
        return new()
        {
            AllowAddressesWithoutDomain = true,
            CharsetEncoding = MailCharsets.Western,
            MaxMimeDepth = MailLimits.Nesting + 5,
            RespectContentLength = false,
        };
    }

    public void AddWords(string? text, string? html)
    {
        // Some programs write an empty text beside the HTML.
        if (html is not null && string.IsNullOrWhiteSpace(text))
            text = null;
        if (text is not null || html is not null)
            _words.Add((Bounded(text, "text"), Bounded(html, "HTML")));
    }

    public void AddFile(string? name, string type, ReadOnlyMemory<byte> bytes, string? contentId)
    {
        var clean = AttachmentStore.CleanName(name);
        if (AttachmentRules.IsProgram(clean) || AttachmentRules.IsProgram(bytes.Span))
            _leftOut.Add($"The file {clean} is left out: programs, scripts and pages are not taken over.");
        else if (_files.Count >= MailLimits.Files)
            _tooMany.Add(clean);
        else if (_bytes + bytes.Length > MailLimits.Bytes)
            _leftOut.Add($"The file {clean} ({Size(bytes.Length)}) is left out: the files of one mail may have {Size(MailLimits.Bytes)} in all.");
        else
        {
            _bytes += bytes.Length;
            _files.Add(new(clean, type.ToLowerInvariant(), bytes, contentId));
        }
    }

    /// <summary>Whether nothing at all was found.</summary>
    public bool IsEmpty =>
        _files.Count == 0 && LeftOut.Count == 0 && _words.All(part => string.IsNullOrWhiteSpace(part.Text) && string.IsNullOrWhiteSpace(part.Html));

    /// <summary>The files; a picture that the HTML shows has its Content-ID, every other file none.</summary>
    public IReadOnlyList<MailFile> Files(string? html)
    {
        var shown = html is null ? null : HtmlMail.ContentIds(html);
        return [.. _files.Select(file => file.ContentId is { } id && shown?.Contains(id) == true ? file : file with { ContentId = null })];
    }

    /// <summary>Names of the files that are left out since there are too many.</summary>
    public IReadOnlyList<string> FilesBeyond => _tooMany;

    public IReadOnlyList<string> LeftOut
    {
        get
        {
            List<string> all = [.. _leftOut];
            if (_nested)
                all.Add(string.Create(CultureInfo.InvariantCulture, $"Some parts are left out: they lie more than {MailLimits.Nesting} levels deep."));
            if (_crowded)
                all.Add(string.Create(CultureInfo.InvariantCulture, $"Some parts are left out: the mail has more than {MailLimits.Parts} of them."));
            return all;
        }
    }

    /// <summary>Takes over a part and all that lies in it.</summary>
    public void Add(MimeEntity? entity, int depth = 0)
    {
        if (entity is null)
            return;
        if (depth > MailLimits.Nesting)
            _nested = true;
        else if (++_parts > MailLimits.Parts)
            _crowded = true;
        else
        {
            switch (entity)
            {
                case MultipartAlternative alternative:
                    AddAlternative(alternative, depth);
                    break;
                case Multipart multipart when multipart.ContentType.IsMimeType("multipart", "report"):
                    AddReport(multipart, depth);
                    break;
                case Multipart multipart:
                    if (multipart.ContentType.IsMimeType("multipart", "encrypted"))
                        _leftOut.Add("The words of this mail are encrypted; they are kept as a file.");
                    foreach (var part in multipart)
                        Add(part, depth + 1);
                    // The boundary never comes, or there is none: what stands there are words.
                    if (multipart.Count == 0)
                        AddWords(MailCharsets.Decode(BytesOf(multipart), null), null);
                    break;
                case MessagePart message:
                    AddMessage(message);
                    break;
                case TnefPart tnef:
                    AddTnef(tnef, depth);
                    break;
                case MimePart part:
                    AddPart(part, depth);
                    break;
            }
        }
    }

    private void AddAlternative(Multipart alternative, int depth)
    {
        var inner = new MailParts { _bytes = _bytes, _parts = _parts };
        string? text = null;
        string? html = null;
        foreach (var part in alternative)
        {
            if (part is TextPart words && !IsFile(words) && words.ContentType.IsMimeType("text", "plain"))
                text ??= Decode(words);
            else if (part is TextPart page && !IsFile(page) && page.ContentType.IsMimeType("text", "html"))
                html ??= Decode(page);
            else if (part is TextPart other && other.ContentType.IsMimeType("text", "x-amp-html"))
                _parts++;
            else
                inner.Add(part, depth + 1);
        }

        // The HTML may lie deeper, beside its pictures; Apple Mail puts files there as well.
        if (html is null && inner._words.Any(part => part.Html is not null))
            html = inner.Html;
        if (text is null && inner._words.Any(part => part.Text is not null))
            text = inner.Text;
        AddWords(text, html);
        TakeFiles(inner);
    }

    private void TakeFiles(MailParts inner)
    {
        _parts = inner._parts;
        _nested |= inner._nested;
        _crowded |= inner._crowded;
        _leftOut.AddRange(inner._leftOut);
        _tooMany.AddRange(inner._tooMany);
        foreach (var file in inner._files)
            AddFile(file.Name, file.ContentType, file.Bytes, file.ContentId);
    }

    private void AddReport(Multipart report, int depth)
    {
        foreach (var part in report)
        {
            var type = part.ContentType;
            if (ReportTypes.Contains(type.MimeType, StringComparer.OrdinalIgnoreCase))
                DeliveryStatus ??= Encoding.UTF8.GetString(part is MimePart status ? Decoded(status) : BytesOf(part));
            else if (part is MessagePart { Message: { } message })
                Reported ??= message.Headers;
            else if (type.IsMimeType("text", "rfc822-headers") && part is MimePart headers)
                Reported ??= HeadersOf(Decoded(headers));
            else if (part is not MessagePart && !type.IsMimeType("message", "*"))
                Add(part, depth + 1);
        }
    }

    private void AddMessage(MessagePart part)
    {
        var name =
            FileNameOf(part)
            ?? (part.Message?.Headers is { } inner && inner.IndexOf(HeaderId.Subject) is >= 0 and var at ? EncodedWords.Decoded(Raw(inner[at])) : null);
        name = string.IsNullOrWhiteSpace(name) ? "mail" : name;
        AddFile(name.EndsWith(".eml", StringComparison.OrdinalIgnoreCase) ? name : name + ".eml", "message/rfc822", BytesOf(part), null);
    }

    private void AddTnef(TnefPart part, int depth)
    {
        try
        {
            using var message = part.ConvertToMessage();
            // The text beside it is the same text.
            var inner = new MailParts { _parts = _parts };
            inner.Add(message.Body, depth + 1);
            for (var i = 0; i < inner._files.Count; i++)
            {
                if (inner._files[i] is { ContentType: "application/octet-stream" } file)
                    inner._files[i] = file with { ContentType = MimeTypes.GetMimeType(file.Name) };
            }

            if (inner._words.Count + inner._files.Count + inner._leftOut.Count == 0)
                AddFile(NameOf(part), "application/ms-tnef", Decoded(part), null);
            if (_words.Count == 0)
                _words.AddRange(inner._words);
            TakeFiles(inner);
        }
        catch (Exception broken) when (IsBroken(broken))
        {
            AddFile(NameOf(part), "application/ms-tnef", Decoded(part), null);
        }
    }

    private void AddPart(MimePart part, int depth)
    {
        var type = part.ContentType;
        if (type.IsMimeType("multipart", "*"))
            _nested = true;
        else if (type.IsMimeType("application", "pgp-encrypted"))
            return; // says no more than which version of PGP it is
        else if (part.Headers[HeaderId.ContentType] is { } written && !written.Contains('/', StringComparison.Ordinal))
            AddWords(MailCharsets.Decode(Decoded(part), null), null);
        else if (type.IsMimeType("application", "pkcs7-mime") || type.IsMimeType("application", "x-pkcs7-mime"))
            AddSmime(part, depth);
        else if (part is TextPart text && !IsFile(text) && (type.IsMimeType("text", "plain") || type.IsMimeType("text", "html")))
        {
            var words = Decode(text);
            AddWords(type.IsMimeType("text", "html") ? null : words, type.IsMimeType("text", "html") ? words : null);
        }
        else
            AddFile(NameOf(part), type.MimeType, Decoded(part), part.ContentId);
    }

    /// <summary>What is signed can be read without a key, what is encrypted cannot.</summary>
    private void AddSmime(MimePart part, int depth)
    {
        var bytes = Decoded(part);
        AddFile(NameOf(part), "application/pkcs7-mime", bytes, null);
        try
        {
            if (new CmsSignedData(bytes).SignedContent is { } content)
            {
                using var signed = new MemoryStream();
                content.Write(signed);
                signed.Position = 0;
                Add(MimeEntity.Load(Options, signed), depth + 1);
                return;
            }
        }
        catch (Exception unsigned) when (IsBroken(unsigned) || unsigned is CmsException)
        {
            // Encrypted, or broken: kept as it is.
        }

        _leftOut.Add("The words of this mail are encrypted; they are kept as a file.");
    }

    /// <summary>What the parsers throw at bytes that are not what they say they are.</summary>
    private static bool IsBroken(Exception exception) =>
        exception
            is FormatException
                or ArgumentException
                or InvalidOperationException
                or IOException
                or NotSupportedException
                or IndexOutOfRangeException
                or OverflowException
                or InvalidCastException
                or TnefException
                or ArithmeticException;

    private static bool IsFile(MimePart part) => part.IsAttachment || FileNameOf(part) is not null;

    private static string NameOf(MimePart part)
    {
        if (FileNameOf(part) is { } told)
            return told;
        var type = part.ContentType;
        var name =
            type.IsMimeType("text", "calendar") ? "invitation"
            : type.IsMimeType("image", "*") ? "picture"
            : part is TnefPart ? "winmail"
            : type.MimeType.EndsWith("pkcs7-mime", StringComparison.OrdinalIgnoreCase) ? "smime"
            : type.MediaSubtype.Contains("signature", StringComparison.OrdinalIgnoreCase) ? "signature"
            : "file";
        return name
            + (
                type.IsMimeType("text", "calendar") ? ".ics"
                : part is TnefPart ? ".dat"
                : type.MimeType.EndsWith("pkcs7-mime", StringComparison.OrdinalIgnoreCase) ? ".p7m"
                : type.IsMimeType("application", "pgp-signature") ? ".asc"
                : MimeTypes.TryGetExtension(type.MimeType, out var ending) ? ending
                : ""
            );
    }

    /// <summary>The name that a part gives itself; null for none.</summary>
    private static string? FileNameOf(MimeEntity part)
    {
        var disposition = Utf8Value(part.Headers, HeaderId.ContentDisposition);
        if (
            disposition is not null
            && ContentDisposition.TryParse(Options, disposition, out var known)
            && known.FileName is { } name
            && !string.IsNullOrWhiteSpace(name)
        )
            return EncodedWords.Decoded(name);
        var type = Utf8Value(part.Headers, HeaderId.ContentType);
        return type is not null && ContentType.TryParse(Options, type, out var named) && !string.IsNullOrWhiteSpace(named.Name)
            ? EncodedWords.Decoded(named.Name)
            : null;
    }

    /// <summary>A header as it was written, on one line and with its encoded words in UTF-8; null where it is missing.</summary>
    public static string? Utf8Value(HeaderList headers, HeaderId id)
    {
        var index = headers.IndexOf(id);
        return index < 0 ? null : EncodedWords.AsUtf8(Raw(headers[index]));
    }

    /// <summary>A header as it was written, on one line.</summary>
    public static string Raw(Header header) =>
        MailCharsets.Decode(header.RawValue.AsSpan(0, Math.Min(header.RawValue.Length, LongestHeader)), null).ReplaceLineEndings("").Trim();

    private static string Decode(TextPart part)
    {
        var bytes = Decoded(part);
        var charset = part.ContentType.Charset;
        if (part.IsHtml)
            return MailCharsets.Decode(bytes, charset ?? HtmlMail.DeclaredCharset(bytes));
        var text = MailCharsets.Decode(bytes, charset);
        return part.IsFlowed ? FlowedText.Joined(text, "yes".Equals(part.ContentType.Parameters["delsp"], StringComparison.OrdinalIgnoreCase)) : text;
    }

    private static byte[] Decoded(MimePart part)
    {
        if (part.Content is not { } content)
            return [];
        using var bytes = new MemoryStream();
        if (content.Encoding != ContentEncoding.Base64)
        {
            content.DecodeTo(bytes);
            return bytes.ToArray();
        }

        content.WriteTo(bytes);
        return FromBase64(bytes.GetBuffer(), (int)bytes.Length);
    }

    /// <summary>Padding may be missing: the last letters count all the same.</summary>
    private static byte[] FromBase64(byte[] encoded, int length)
    {
        var decoder = new Base64Decoder();
        var decoded = new byte[decoder.EstimateOutputLength(length) + 4];
        var count = decoder.Decode(encoded, 0, length, decoded);
        var padding = new byte[decoder.EstimateOutputLength(2) + 4];
        var rest = decoder.Decode("=="u8.ToArray(), 0, 2, padding);
        return [.. decoded.AsSpan(0, count), .. padding.AsSpan(0, rest)];
    }

    private static byte[] BytesOf(MimeEntity entity)
    {
        using var bytes = new MemoryStream();
        entity.WriteTo(bytes, contentOnly: true);
        return bytes.ToArray();
    }

    /// <summary>The headers in some bytes; as many as can be read.</summary>
    public static HeaderList HeadersOf(byte[] bytes)
    {
        try
        {
            using var stream = new MemoryStream([.. bytes, .. "\r\n\r\n"u8]);
            return HeaderList.Load(Options, stream);
        }
        catch (FormatException)
        {
            return [];
        }
    }

    private static string? Joined(IEnumerable<string?> parts, bool any) =>
        any ? string.Join('\n', parts.OfType<string>().Where(part => !string.IsNullOrWhiteSpace(part))) : null;

    private string? Bounded(string? words, string what)
    {
        if (words is null || words.Length <= MailLimits.Text)
            return words;
        _leftOut.Add(string.Create(CultureInfo.InvariantCulture, $"The end of the {what} is left out: it is longer than {MailLimits.Text} characters."));
        return PlainText.Head(words, MailLimits.Text);
    }

    private static string Size(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{(bytes + 1024 * 1024 - 1) / (1024 * 1024)} MB");
}
