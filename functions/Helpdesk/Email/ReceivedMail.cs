namespace Helpdesk.Email;

/// <summary>A mail as it is understood: decoded, with its words apart from what it quotes.</summary>
public sealed record ReceivedMail
{
    /// <summary>As its header says, without angle brackets; null where there is none.</summary>
    public string? MessageId { get; init; }

    /// <summary>Ids of the messages that it answers, without angle brackets.</summary>
    public IReadOnlyList<string> InReplyTo { get; init; } = [];

    /// <summary>Ids of the messages of its thread, oldest first, without angle brackets.</summary>
    public IReadOnlyList<string> References { get; init; } = [];

    /// <summary>Who wrote it; null for a mail that names nobody who could be answered.</summary>
    public MailPerson? From { get; init; }

    /// <summary>Where answers are wanted; empty for <see cref="From"/>.</summary>
    public IReadOnlyList<MailPerson> ReplyTo { get; init; } = [];
    public IReadOnlyList<MailPerson> To { get; init; } = [];
    public IReadOnlyList<MailPerson> Cc { get; init; } = [];

    /// <summary>Whom the mail server delivered it to; empty where it does not say.</summary>
    public IReadOnlyList<string> Recipients { get; init; } = [];

    /// <summary>When its author says it was written; null where that cannot be read.</summary>
    public DateTimeOffset? Date { get; init; }

    /// <summary>On one line; empty where there is none.</summary>
    public string Subject { get; init; } = "";

    /// <summary>All of its text, quotes included; made from the HTML where there is no other.</summary>
    public string Text { get; init; } = "";

    /// <summary>What its author added: the text without quotes and marker lines; all of it where nothing would be left.</summary>
    public string Words { get; init; } = "";

    /// <summary>Its HTML as it came, unsafe; null where there is none.</summary>
    public string? Html { get; init; }
    public IReadOnlyList<MailFile> Files { get; init; } = [];

    /// <summary>Names of the files that are left out since there are too many.</summary>
    public IReadOnlyList<string> FilesBeyond { get; init; } = [];

    /// <summary>What else is not taken over and why, each as a sentence for the agents.</summary>
    public IReadOnlyList<string> LeftOut { get; init; } = [];

    public MailOrigin Origin { get; init; }

    /// <summary>What shows that no person wrote it, such as <c>Auto-Submitted: auto-replied</c>; null for a person's.</summary>
    public string? OriginBy { get; init; }

    /// <summary>What a mail server reports of a mail of ours; null for another mail.</summary>
    public DeliveryReport? Report { get; init; }

    /// <summary>Whether a mail server on its way found that its sender is not who it says (<c>dmarc=fail</c>).</summary>
    public bool FailsDmarc { get; init; }

    /// <summary>Whether it holds nothing but what this desk wrote: all of it is below the reply marker, or a quote that begins with it.</summary>
    public bool OnlyQuotesDesk { get; init; }

    /// <summary>The language it is written in as far as its headers and words tell: <c>en</c>, <c>de</c>, <c>hr</c>, <c>el</c>; null when they do
    /// not.</summary>
    public string? Language { get; init; }

    /// <summary>The reply token of the desk that stands in what it quotes; null for none.</summary>
    public string? QuotedToken { get; init; }

    /// <summary>Hash of its text and files: two mails with the same one say the same.</summary>
    public string BodyHash { get; init; } = "";
}

/// <summary>Somebody in a mail's header.</summary>
/// <param name="Email">The address in lower case.</param>
public sealed record MailPerson(string Email, string? Name);

/// <summary>A file in a mail.</summary>
/// <param name="ContentId">By which the HTML shows it, without angle brackets; null for a file beside the text.</param>
public sealed record MailFile(string Name, string ContentType, ReadOnlyMemory<byte> Bytes, string? ContentId = null);

/// <summary>Who or what wrote a mail.</summary>
[System.Text.Json.Serialization.JsonConverter(typeof(WireNameConverter<MailOrigin>))]
public enum MailOrigin
{
    Person,

    /// <summary>Answers by itself: out of office.</summary>
    AutoReply,

    /// <summary>Writes by itself: monitoring, a newsletter, a mailing list.</summary>
    Program,

    /// <summary>Reports what became of a mail.</summary>
    MailServer,

    /// <summary>This desk.</summary>
    Ourselves,
}

/// <summary>What a mail server reports of a mail of ours (RFC 3464).</summary>
/// <param name="Recipient">The address that it is about; null where it names none.</param>
/// <param name="Status">The enhanced status code, such as <c>5.1.1</c>; null where it names none.</param>
/// <param name="Permanent">Whether that address will never take mail.</param>
/// <param name="MessageId">Id of the mail that it is about, without angle brackets; null where it is not told.</param>
/// <param name="Reason">What the server said, on one line.</param>
public sealed record DeliveryReport(string? Recipient, string? Status, bool Permanent, string? MessageId, string? Reason);
