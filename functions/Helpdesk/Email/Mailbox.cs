using System.Text.Json.Serialization;

namespace Helpdesk.Email;

/// <summary>An address of a workspace at which mail comes in, and from which it goes out.</summary>
public sealed record Mailbox
{
    public required string Id { get; init; }

    /// <summary>The address that people write to, in lower case.</summary>
    public required string Address { get; init; }

    /// <summary>The name beside the address on mails that go out; null for the workspace's.</summary>
    public string? Name { get; init; }

    /// <summary>Id of the group that gets its tickets; null for none.</summary>
    public string? Group { get; init; }

    /// <summary>The language of requesters whose own is not known: <c>en</c>, <c>de</c>, <c>hr</c> or <c>el</c>; null for the workspace's.</summary>
    public string? Language { get; init; }

    public required MailboxReceive Receive { get; init; }

    /// <summary>Where mails are fetched; null for a mailbox that is sent them.</summary>
    public ImapSettings? Imap { get; init; }

    /// <summary>Other addresses whose mails are forwarded to it, in lower case; null for none.</summary>
    public IReadOnlyList<string>? Aliases { get; init; }

    /// <summary>What becomes of what programs write and nobody asked for; null for a ticket.</summary>
    public MailboxAutomatic? Automatic { get; init; }

    /// <summary>The key by which SendGrid signs what it posts, base64 of a public key (SPKI); null for posts that nobody signs.</summary>
    public string? SendGridKey { get; init; }

    /// <summary>SHA-256 of the key in its secret address, in hexadecimal digits; null where it has none.</summary>
    public string? KeyHash { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }
}

/// <summary>How a mailbox gets its mails.</summary>
[JsonConverter(typeof(WireNameConverter<MailboxReceive>))]
public enum MailboxReceive
{
    /// <summary>They are posted to its secret address.</summary>
    Push,

    /// <summary>They are fetched.</summary>
    Imap,
}

/// <summary>What becomes of mail that programs write: monitoring, newsletters, mailing lists.</summary>
[JsonConverter(typeof(WireNameConverter<MailboxAutomatic>))]
public enum MailboxAutomatic
{
    /// <summary>A ticket, of which nobody is told by mail.</summary>
    Ticket,

    /// <summary>Nothing but a receipt.</summary>
    Ignore,
}

/// <summary>How the connection to a mail server is protected.</summary>
[JsonConverter(typeof(WireNameConverter<MailSecurity>))]
public enum MailSecurity
{
    Tls,
    StartTls,

    /// <summary>Not at all; for servers on the same machine.</summary>
    None,
}

/// <summary>Where mails are fetched, and as whom.</summary>
/// <param name="PasswordSetting">Name of the setting that holds the password; null with OAuth.</param>
/// <param name="OAuth">Signs in by client credentials instead of a password, as Microsoft 365 asks for.</param>
/// <param name="Folder">The folder that is read; null for <c>INBOX</c>.</param>
/// <param name="MoveTo">The folder that fetched mails are moved to; null to leave them where they are, marked as read.</param>
/// <param name="Since">Only mails that came in at that time or later are fetched; null for all that are in the folder.</param>
public sealed record ImapSettings(
    string Host,
    int Port,
    MailSecurity Security,
    string User,
    string? PasswordSetting = null,
    OAuthSettings? OAuth = null,
    string? Folder = null,
    string? MoveTo = null,
    DateTimeOffset? Since = null
);

/// <summary>Client credentials (RFC 6749, 4.4) by which a token for a mail server is got.</summary>
/// <param name="SecretSetting">Name of the setting that holds the client's secret.</param>
public sealed record OAuthSettings(string TokenUrl, string ClientId, string SecretSetting, string Scope);
