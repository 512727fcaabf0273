using System.Text;
using System.Text.RegularExpressions;
using Helpdesk.Email;
using Helpdesk.Functions.Hosting;
using MimeKit;
using MimeKit.Utils;

namespace Helpdesk.Functions.Email;

/// <summary>Understands a mail as it was stored.</summary>
public static partial class MailReader
{
    public const string Mime = "message/rfc822";

    /// <summary>Who wrote a mail, in the order in which that is believed.</summary>
    private static readonly HeaderId[] Addresses = [HeaderId.From, HeaderId.Sender, HeaderId.ReplyTo];

    private static readonly string[] DeliveryHeaders = ["Delivered-To", "X-Original-To", "Envelope-To"];

    /// <summary>Reads a mail; whatever is wrong with it, there is something to show.</summary>
    /// <param name="contentType"><c>message/rfc822</c>, or <c>multipart/form-data</c> as SendGrid's Inbound Parse sends it, with its boundary.</param>
    /// <param name="instance">What <see cref="AutomaticMail.LoopHeader"/> holds in this desk's own mails; null where that is not known.</param>
    public static ReceivedMail Read(string contentType, ReadOnlyMemory<byte> body, string? instance = null)
    {
        var form = InboundParseForm.TryRead(contentType, body);
        if (form is null)
            return OfMime(body, null, instance);
        return form["email"] is { } raw ? OfMime(raw.Bytes, form, instance) : OfFields(form, instance);
    }

    private static ReceivedMail OfMime(ReadOnlyMemory<byte> body, InboundParseForm? form, string? instance)
    {
        var parts = new MailParts();
        var bytes = WithoutEnvelope(body);
        using var stream = new MemoryStream(bytes.ToArray(), writable: false);
        MimeMessage message;
        try
        {
            message = new MimeParser(MailParts.Options, stream, MimeFormat.Entity, persistent: true).ParseMessage();
        }
        catch (FormatException)
        {
            // No headers: all of it is words.
            parts.AddWords(MailCharsets.Decode(bytes.Span, null), null);
            using var nothing = new MimeMessage();
            return Compose(nothing, [], parts, form, instance);
        }

        using (message)
        {
            parts.Add(message.Body);
            if (parts.IsEmpty)
                parts.AddWords(MailCharsets.Decode(AfterHeaders(bytes).Span, null), null);
            var headers = new HeaderList();
            foreach (var header in message.Headers.Concat(message.Body?.Headers ?? []))
                headers.Add(header);
            return Compose(message, headers, parts, form, instance);
        }
    }

    private static ReceivedMail OfFields(InboundParseForm form, string? instance)
    {
        var headers = MailParts.HeadersOf(form["headers"]?.Bytes.ToArray() ?? []);
        foreach (var (id, field) in new[] { (HeaderId.From, "from"), (HeaderId.To, "to"), (HeaderId.Cc, "cc"), (HeaderId.Subject, "subject") })
        {
            if (headers[id] is null && form.Text(field) is { Length: > 0 } value)
                headers.Add(id, Encoding.UTF8, string.Join(' ', value.Split('\r', '\n')));
        }

        var parts = new MailParts();
        parts.AddWords(form.Text("text"), form.Text("html"));
        var details = form.Json("attachment-info");
        var ids = form.ContentIds;
        for (var number = 1; form[$"attachment{number}"] is { } file; number++)
        {
            var detail = InboundParseForm.Member(details, file.Name);
            var name =
                InboundParseForm.String(InboundParseForm.Member(detail, "filename"))
                ?? InboundParseForm.String(InboundParseForm.Member(detail, "name"))
                ?? file.FileName;
            var type = InboundParseForm.String(InboundParseForm.Member(detail, "type")) ?? file.ContentType;
            var contentId = InboundParseForm.String(InboundParseForm.Member(detail, "content-id")) ?? ids.GetValueOrDefault(file.Name);
            parts.AddFile(
                name,
                ContentType.TryParse(type ?? "", out var known) ? known.MimeType : "application/octet-stream",
                file.Bytes,
                contentId?.Trim('<', '>', ' ')
            );
        }

        // The body has been taken apart; the headers alone are read as a mail.
        using var message = new MimeMessage(headers.Where(header => header.Id != HeaderId.ContentType));
        return Compose(message, headers, parts, form, instance);
    }

    private static ReceivedMail Compose(MimeMessage message, HeaderList headers, MailParts parts, InboundParseForm? form, string? instance)
    {
        // Whoever answers a mail in which they are asked to approve something quotes the link to do it: nobody else must use it.
        var html = parts.Html is { } page ? SecretLinks.Hide(PlainText.Of(page)) : null;
        var text = SecretLinks.Hide(PlainText.Of(parts.Text ?? (html is null ? "" : HtmlMail.Text(html))));
        var subject = OneLine(
            headers.IndexOf(HeaderId.Subject) is >= 0 and var at ? EncodedWords.Decoded(MailParts.Raw(headers[at])) : "",
            MailLimits.Subject
        );
        var files = parts.Files(html);
        var from = Addresses.Select(id => People(headers, id).FirstOrDefault()).FirstOrDefault(person => person is not null);
        List<KeyValuePair<string, string>> said =
        [
            .. headers.Take(MailLimits.Parts).Select(header => KeyValuePair.Create(header.Field, EncodedWords.Decoded(MailParts.Raw(header)))),
        ];
        if (form is { EnvelopeFrom: "" or "<>" } && !headers.Contains(HeaderId.ReturnPath))
            said.Add(new("Return-Path", "<>"));
        var (origin, by) = AutomaticMail.Of(said, from?.Email, subject, instance);

        // An empty return path says no more than "do not answer"; what it says of a mail tells who writes.
        var mayReport = origin == MailOrigin.MailServer || by == "Return-Path: <>" || (from is not null && AutomaticMail.IsPostmaster(from.Email));
        var report = mayReport ? Report(parts, text, headers) : null;
        if (report is not null)
            origin = MailOrigin.MailServer;
        var words = origin == MailOrigin.MailServer ? text.Trim() : Words(text, html, subject);
        List<string> leftOut = [.. parts.LeftOut];
        if (words.Length == 0 && subject.Length == 0 && files.Count == 0 && leftOut.Count == 0)
            leftOut.Add("The mail has no words and no files.");
        return new()
        {
            MessageId = Id(message.MessageId),
            From = from,
            ReplyTo = People(headers, HeaderId.ReplyTo),
            To = People(headers, HeaderId.To),
            Cc = People(headers, HeaderId.Cc),
            Recipients = Recipients(headers, form),
            InReplyTo = Ids(headers, HeaderId.InReplyTo),
            References = Ids(headers, HeaderId.References),
            Date = message.Date == default ? null : message.Date,
            Subject = subject,
            Text = text,
            Words = words,
            Html = html,
            Files = files,
            FilesBeyond = parts.FilesBeyond,
            LeftOut = leftOut,
            Origin = origin,
            OriginBy = by,
            Report = report,
            FailsDmarc = headers.Any(header =>
                header.Field.Equals("Authentication-Results", StringComparison.OrdinalIgnoreCase) && FailedDmarc().IsMatch(header.Value)
            ),
            OnlyQuotesDesk = files.Count == 0 && leftOut.Count == 0 && !MailSubject.IsForwarded(subject) && QuoteTrimmer.IsOnlyDesk(text),
            Language = MailLanguage.Of(words.Length < 40 ? $"{MailSubject.Bare(subject)}\n{words}" : words, headers[HeaderId.ContentLanguage]),
            QuotedToken = ReplyMarker.FindToken(text) ?? (html is null ? null : ReplyMarker.FindToken(html)),
            BodyHash = Hashes.Short(string.Join('\n', files.Select(file => Hashes.Short(file.Bytes.Span)).Prepend(text))),
        };
    }

    /// <summary>What a mail server reports: in fields where there are any, else in words.</summary>
    private static DeliveryReport? Report(MailParts parts, string text, HeaderList headers)
    {
        var about = Id(parts.Reported?[HeaderId.MessageId] is { } id ? MimeUtils.EnumerateReferences(id).FirstOrDefault() : null);
        var report =
            (parts.DeliveryStatus is { } fields ? DeliveryReports.OfFields(fields, about) : null)
            ?? DeliveryReports.OfText(text, headers["X-Failed-Recipients"]);
        return report is null
            ? null
            : report with
            {
                MessageId = report.MessageId ?? about ?? (Ids(headers, HeaderId.InReplyTo) is [var answered, ..] ? answered : null),
            };
    }

    /// <summary>The words of the text; those of the HTML where its program marks what it quotes and the text does not.</summary>
    private static string Words(string text, string? html, string subject)
    {
        var words = QuoteTrimmer.Words(text, subject);
        if (html is null || MailSubject.IsForwarded(subject) || words.Length < text.Trim().Length)
            return words;
        var own = HtmlMail.WithoutQuotes(html) is { } marked ? QuoteTrimmer.Words(PlainText.Of(marked), subject) : "";
        return own.Length > 0 ? own : words;
    }

    /// <summary>The mail without the line that mail stores put before it, and without empty lines at its top.</summary>
    private static ReadOnlyMemory<byte> WithoutEnvelope(ReadOnlyMemory<byte> body)
    {
        if (body.Span.StartsWith("\uFEFF"u8))
            body = body[3..];
        while (!body.IsEmpty && body.Span[0] is (byte)'\r' or (byte)'\n')
            body = body[1..];
        if (!body.Span.StartsWith("From "u8) && !body.Span.StartsWith(">From "u8))
            return body;
        var end = body.Span.IndexOf((byte)'\n');
        return end < 0 ? body : body[(end + 1)..];
    }

    /// <summary>The people of all headers of one name; a second one is against the rules, and mostly there for a reason.</summary>
    private static List<MailPerson> People(HeaderList headers, HeaderId id)
    {
        var people = new List<MailPerson>();
        foreach (var header in headers.Where(header => header.Id == id).Take(MailLimits.People))
        {
            if (people.Count < MailLimits.People && InternetAddressList.TryParse(MailParts.Options, EncodedWords.AsUtf8(MailParts.Raw(header)), out var list))
                people.AddRange(People(list));
        }

        return people.Count > MailLimits.People ? people[..MailLimits.People] : people;
    }

    /// <summary>What stands where headers should: from the first line that is none. Empty where all are headers.</summary>
    private static ReadOnlyMemory<byte> AfterHeaders(ReadOnlyMemory<byte> mail)
    {
        while (!mail.IsEmpty && mail.Span[0] is not ((byte)'\r' or (byte)'\n'))
        {
            var end = mail.Span.IndexOf((byte)'\n');
            var line = end < 0 ? mail.Span : mail.Span[..end];
            var colon = line.IndexOf((byte)':');
            if (line[0] is not ((byte)' ' or (byte)'\t') && (colon <= 0 || line[..colon].IndexOfAny((byte)' ', (byte)'\t') >= 0))
                return mail;
            mail = end < 0 ? default : mail[(end + 1)..];
        }

        return default;
    }

    private static List<MailPerson> People(IEnumerable<InternetAddress?> addresses)
    {
        var people = new List<MailPerson>();
        foreach (var address in addresses)
        {
            if (people.Count >= MailLimits.People)
                break;
            if (address is GroupAddress group)
                people.AddRange(People(group.Members));
            else if (address is MailboxAddress { Address: var email } mailbox && IsAddress(email))
                people.Add(new(email.ToLowerInvariant(), OneLine(mailbox.Name ?? "", MailLimits.Name) is { Length: > 0 } name ? name : null));
        }

        return people;
    }

    private static bool IsAddress(string email) =>
        email.LastIndexOf('@') is var at
        && at > 0
        && at < email.Length - 1
        && email.Length <= 320
        && !email.Any(letter => char.IsWhiteSpace(letter) || char.IsControl(letter) || letter is '<' or '>');

    private static IReadOnlyList<string> Recipients(HeaderList headers, InboundParseForm? form)
    {
        var told = form?.Recipients.ToList() ?? [];
        if (told.Count == 0)
            told = [.. headers.Where(header => DeliveryHeaders.Contains(header.Field, StringComparer.OrdinalIgnoreCase)).Select(header => header.Value)];
        return
        [
            .. told.Take(MailLimits.People).Select(one => one.Trim(' ', '<', '>', '\t').ToLowerInvariant()).Where(IsAddress).Distinct(StringComparer.Ordinal),
        ];
    }

    private static IReadOnlyList<string> Ids(HeaderList headers, HeaderId header) =>
        headers[header] is { } value ? [.. MimeUtils.EnumerateReferences(value).Select(Id).OfType<string>().TakeLast(MailLimits.References)] : [];

    private static string? Id(string? id) => id?.Trim(' ', '<', '>') is { Length: > 0 and <= 998 } bare ? bare : null;

    [GeneratedRegex(@"(?<![\w.-])dmarc\s*=\s*fail\b", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex FailedDmarc();

    private static string OneLine(string text, int most)
    {
        var cut = PlainText.Head(text, most * 4);
        var line = string.Join(' ', VisibleText.Of(PlainText.Of(cut)).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return PlainText.Head(line, most);
    }
}
