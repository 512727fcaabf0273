using System.ComponentModel.DataAnnotations;
using Helpdesk.Email;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;

namespace Helpdesk.Functions.Email;

/// <summary>Client credentials (RFC 6749, 4.4) by which a token for a mail server is got.</summary>
/// <param name="TokenUrl">Where the token is asked for: an <c>https</c> address.</param>
/// <param name="ClientId">The client's id.</param>
/// <param name="SecretSetting">Name of the app setting that holds the client's secret; it begins with <c>MailSecrets__</c>.</param>
/// <param name="Scope">What the token is for.</param>
public sealed record OAuthBody(
    [property: MaxLength(500)] string TokenUrl,
    [property: MaxLength(200)] string ClientId,
    [property: MaxLength(100)] string SecretSetting,
    [property: MaxLength(500)] string Scope
);

/// <summary>Where mails are fetched, and as whom.</summary>
/// <param name="Host">Name of the mail server.</param>
/// <param name="Port">Its port: usually 993 with <c>tls</c>, 143 with <c>start-tls</c>.</param>
/// <param name="Security">How the connection is protected; <c>tls</c> when it is left out.</param>
/// <param name="User">Whose mails are fetched.</param>
/// <param name="PasswordSetting">Name of the app setting that holds the password; it begins with <c>MailSecrets__</c>. Null with <c>oauth</c>.</param>
/// <param name="Oauth">Signs in by client credentials instead of a password, as Microsoft 365 asks for.</param>
/// <param name="Folder">The folder that is read; <c>INBOX</c> when it is left out.</param>
/// <param name="MoveTo">The folder that fetched mails are moved to; when it is left out, they stay and are marked as read.</param>
/// <param name="Since">Only mails that came in at that time or later are fetched; all that are in the folder when it is left out.</param>
public sealed record ImapBody(
    [property: MaxLength(253)] string Host,
    [property: Range(1, 65_535)] int? Port,
    MailSecurity? Security,
    [property: MaxLength(254)] string User,
    [property: MaxLength(100)] string? PasswordSetting,
    OAuthBody? Oauth,
    [property: MaxLength(200)] string? Folder,
    [property: MaxLength(200)] string? MoveTo,
    DateTimeOffset? Since
);

/// <summary>A new mailbox.</summary>
/// <param name="Id">The id to give it; made from the address when it is left out.</param>
/// <param name="Address">The address that people write to. A desk has it once.</param>
/// <param name="Name">The name beside the address on mails that go out; the workspace's when it is left out.</param>
/// <param name="Group">Id of the group that gets its tickets.</param>
/// <param name="Language">The language of requesters whose own is not known: <c>en</c>, <c>de</c>, <c>hr</c> or <c>el</c>.</param>
/// <param name="Aliases">Other addresses whose mails are forwarded to it: nobody is made a participant for them.</param>
/// <param name="Automatic">What becomes of what programs write and nobody asked for; <c>ticket</c> when it is left out.</param>
/// <param name="SendGridKey">The key by which SendGrid signs what it posts, as its settings show it. Posts that are not signed with it are then
/// refused.</param>
/// <param name="Receive">How it gets its mails; <c>push</c> when it is left out.</param>
/// <param name="Imap">Where mails are fetched; required with <c>imap</c>.</param>
/// <param name="Confirm">That an address is meant which the desk knows as a contact's: what is written from there is then nobody's request any more.</param>
[Example("""{"address":"support@example.com","group":"it-support"}""")]
public sealed record AddMailboxRequest(
    [property: RegularExpression(SettingFields.IdPattern)] string? Id,
    [property: MaxLength(254)] string Address,
    [property: MaxLength(100)] string? Name,
    string? Group,
    string? Language,
    [property: MaxLength(20)] IReadOnlyList<string>? Aliases,
    MailboxAutomatic? Automatic,
    [property: MaxLength(400)] string? SendGridKey,
    MailboxReceive? Receive,
    ImapBody? Imap,
    bool? Confirm
) : IFromRequest<AddMailboxRequest>
{
    public static async ValueTask<AddMailboxRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        var request = new AddMailboxRequest(
            SettingFields.Id(fields),
            SettingFields.Email(fields, "address", required: true)?.ToLowerInvariant()!,
            fields.Text("name", 100),
            fields.Text("group", 40),
            MailboxFields.Language(fields),
            MailboxFields.Aliases(fields),
            fields.OneOf<MailboxAutomatic>("automatic"),
            MailboxFields.SendGridKey(fields),
            fields.OneOf<MailboxReceive>("receive"),
            MailboxFields.Imap(fields),
            fields.Flag("confirm")
        );
        if (request.Receive == MailboxReceive.Imap != (request.Imap is not null))
            fields.Wrong("imap", "goes with \"receive\": \"imap\": send both or neither.");
        fields.Done();
        return request;
    }
}

/// <summary>What is to be different about a mailbox: a JSON merge patch (RFC 7396).</summary>
/// <param name="Address">The address that people write to. A desk has it once.</param>
/// <param name="Name">The name beside the address on mails that go out; null for the workspace's.</param>
/// <param name="Group">Id of the group that gets its tickets; null for none.</param>
/// <param name="Language">The language of requesters whose own is not known; null for the workspace's.</param>
/// <param name="Aliases">Other addresses whose mails are forwarded to it; null for none.</param>
/// <param name="Automatic">What becomes of what programs write and nobody asked for.</param>
/// <param name="SendGridKey">The key by which SendGrid signs what it posts; null for posts that nobody signs.</param>
/// <param name="Receive">How it gets its mails. One that was fetched and is now posted has no secret address until it is renewed.</param>
/// <param name="Imap">Where mails are fetched, as a whole.</param>
/// <param name="Confirm">That an address is meant which the desk knows as a contact's.</param>
[Example("""{"group":"specialists","automatic":"ignore"}""")]
public sealed record ChangeMailboxRequest(
    [property: MaxLength(254)] string? Address,
    [property: MaxLength(100)] Optional<string?>? Name,
    Optional<string?>? Group,
    Optional<string?>? Language,
    [property: MaxLength(20)] IReadOnlyList<string>? Aliases,
    MailboxAutomatic? Automatic,
    [property: MaxLength(400)] Optional<string?>? SendGridKey,
    MailboxReceive? Receive,
    ImapBody? Imap,
    bool? Confirm
) : IFromRequest<ChangeMailboxRequest>
{
    public static async ValueTask<ChangeMailboxRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        Optional<string?>? Named(string name, string? value) => fields.Has(name) ? new(string.IsNullOrEmpty(value) ? null : value) : null;
        var request = new ChangeMailboxRequest(
            fields.Has("address") ? SettingFields.Email(fields, "address", required: true)?.ToLowerInvariant() : null,
            Named("name", fields.Text("name", 100)),
            Named("group", fields.Text("group", 40)),
            Named("language", MailboxFields.Language(fields)),
            MailboxFields.Aliases(fields),
            fields.OneOf<MailboxAutomatic>("automatic"),
            Named("sendGridKey", MailboxFields.SendGridKey(fields)),
            fields.OneOf<MailboxReceive>("receive"),
            MailboxFields.Imap(fields),
            fields.Flag("confirm")
        );
        fields.Done();
        return request;
    }
}

/// <summary>A mailbox of a workspace.</summary>
/// <param name="Id">Names the mailbox.</param>
/// <param name="Address">The address that people write to.</param>
/// <param name="Name">The name beside the address on mails that go out; null for the workspace's.</param>
/// <param name="Group">Id of the group that gets its tickets; null for none.</param>
/// <param name="Language">The language of requesters whose own is not known; null for the workspace's.</param>
/// <param name="Aliases">Other addresses whose mails are forwarded to it.</param>
/// <param name="Automatic">What becomes of what programs write and nobody asked for.</param>
/// <param name="SendGridKey">The key by which SendGrid signs what it posts; null for posts that nobody signs.</param>
/// <param name="Receive">How it gets its mails.</param>
/// <param name="Imap">Where mails are fetched; null for a mailbox that is sent them.</param>
/// <param name="HasIntakeUrl">Whether there is a secret address to which mails are posted.</param>
/// <param name="CreatedAt">When it was added.</param>
public sealed record MailboxView(
    string Id,
    string Address,
    string? Name,
    string? Group,
    string? Language,
    IReadOnlyList<string> Aliases,
    MailboxAutomatic Automatic,
    string? SendGridKey,
    MailboxReceive Receive,
    ImapBody? Imap,
    bool HasIntakeUrl,
    DateTimeOffset CreatedAt
)
{
    public static MailboxView Of(Mailbox it) =>
        new(
            it.Id,
            it.Address,
            it.Name,
            it.Group,
            it.Language,
            it.Aliases ?? [],
            it.Automatic ?? MailboxAutomatic.Ticket,
            it.SendGridKey,
            it.Receive,
            MailboxFields.BodyOf(it.Imap),
            it.KeyHash is not null,
            it.CreatedAt
        );
}

/// <summary>A mailbox with its secret address, which is shown this once.</summary>
/// <param name="Mailbox">The mailbox.</param>
/// <param name="IntakeUrl">The secret address to which its mails are posted; null for a mailbox that fetches them.</param>
public sealed record MailboxWithSecret(MailboxView Mailbox, string? IntakeUrl);

/// <summary>Fields of mailboxes that several requests have.</summary>
internal static class MailboxFields
{
    private static readonly string[] Languages = ["en", "de", "hr", "el"];

    /// <summary>Settings that a workspace's admin may have sent to a server of their choice; every other secret of the app is out of reach.</summary>
    private static readonly string[] SecretPrefixes = [ImapSecrets.Prefix];

    public static string? Language(FieldReader fields)
    {
        var language = fields.Text("language", 10);
        if (language is null || Languages.Contains(language, StringComparer.Ordinal))
            return language;
        fields.Wrong("language", $"must be one of {string.Join(", ", Languages)}.");
        return null;
    }

    public static IReadOnlyList<string>? Aliases(FieldReader fields) =>
        fields.Texts("aliases", 20, 254, address => SettingFields.IsEmail(address) ? null : $"contains \"{address}\", which is not an e-mail address.")
            is { } aliases
            ? [.. aliases.Select(address => address.ToLowerInvariant()).Distinct(StringComparer.Ordinal)]
            : null;

    public static string? SendGridKey(FieldReader fields)
    {
        var key = fields.Text("sendGridKey", 400);
        if (string.IsNullOrEmpty(key) || SendGridSignature.IsKey(key))
            return string.IsNullOrEmpty(key) ? null : key;
        fields.Wrong("sendGridKey", "is not a public key: copy the verification key that SendGrid shows, in base64.");
        return null;
    }

    public static ImapBody? Imap(FieldReader fields)
    {
        if (fields.Object("imap") is not { } imap)
            return null;
        var oauth = OAuth(imap);
        var body = new ImapBody(
            imap.Text("host", 253, required: true)!,
            imap.Whole("port", 1, 65_535),
            imap.OneOf<MailSecurity>("security"),
            imap.Text("user", 254, required: true)!,
            Secret(imap, "passwordSetting", required: false),
            oauth,
            imap.Text("folder", 200),
            imap.Text("moveTo", 200),
            imap.Instant("since")
        );
        if (body.PasswordSetting is null == (oauth is null))
            imap.Wrong("passwordSetting", "or oauth is required, and not both.");
        imap.Ends();
        return body;
    }

    public static ImapSettings? SettingsOf(ImapBody? body) =>
        body is null
            ? null
            : new(
                body.Host,
                body.Port ?? (body.Security is null or MailSecurity.Tls ? 993 : 143),
                body.Security ?? MailSecurity.Tls,
                body.User,
                body.PasswordSetting,
                body.Oauth is { } oauth ? new(oauth.TokenUrl, oauth.ClientId, oauth.SecretSetting, oauth.Scope) : null,
                string.IsNullOrEmpty(body.Folder) ? null : body.Folder,
                string.IsNullOrEmpty(body.MoveTo) ? null : body.MoveTo,
                body.Since
            );

    public static ImapBody? BodyOf(ImapSettings? it) =>
        it is null
            ? null
            : new(
                it.Host,
                it.Port,
                it.Security,
                it.User,
                it.PasswordSetting,
                it.OAuth is { } oauth ? new(oauth.TokenUrl, oauth.ClientId, oauth.SecretSetting, oauth.Scope) : null,
                it.Folder,
                it.MoveTo,
                it.Since
            );

    private static OAuthBody? OAuth(FieldReader imap)
    {
        if (imap.Object("oauth") is not { } oauth)
            return null;
        var url = oauth.Text("tokenUrl", 500, required: true);
        if (url is not null && ImapTokens.UrlOf(url) is null)
            oauth.Wrong("tokenUrl", "must be an https address: the client's secret is sent there.");
        var body = new OAuthBody(
            url!,
            oauth.Text("clientId", 200, required: true)!,
            Secret(oauth, "secretSetting", required: true)!,
            oauth.Text("scope", 500, required: true)!
        );
        oauth.Ends();
        return body;
    }

    private static string? Secret(FieldReader fields, string name, bool required)
    {
        var setting = fields.Text(name, 100, required);
        if (
            string.IsNullOrEmpty(setting)
            || (
                SecretPrefixes.Any(prefix => setting.Length > prefix.Length && setting.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
                && setting.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '_')
            )
        )
            return string.IsNullOrEmpty(setting) ? null : setting;
        fields.Wrong(name, $"must be the name of an app setting that begins with {SecretPrefixes[0]}, such as {SecretPrefixes[0]}SupportPassword.");
        return null;
    }
}
