using System.ComponentModel.DataAnnotations;
using Helpdesk.Email;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Teams;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Email;

/// <summary>How a workspace writes mails.</summary>
/// <param name="FromName">The name beside the address of mails that go out; null for the workspace's own.</param>
/// <param name="Mailbox">Id of the mailbox from which tickets of no other mailbox are answered; null for the first one.</param>
/// <param name="Signature">Stands below an agent's answer, after their name; null for none.</param>
/// <param name="Footer">Stands at the end of every mail; null for none.</param>
/// <param name="Language">The language of people whose own is not known.</param>
/// <param name="ToRequesters">Which mails go to requesters: some of <c>received</c>, <c>public-answer</c>, <c>resolved</c>, <c>closed</c>,
/// <c>reopened</c>.</param>
/// <param name="AcknowledgementsPerHour">How many acknowledgements one address gets in an hour: programs that answer programs end there.</param>
/// <param name="Keep">How long mails that went out are kept.</param>
/// <param name="Way">By which way mails leave: <c>smtp</c>, <c>sendgrid</c>, <c>outbox</c> (they are kept and not sent) or <c>none</c>.</param>
public sealed record MailSettingsView(
    string? FromName,
    string? Mailbox,
    string? Signature,
    string? Footer,
    [property: AllowedValues("en", "de", "hr", "el")] string Language,
    IReadOnlyList<MailEvent> ToRequesters,
    int AcknowledgementsPerHour,
    [property: DataType(DataType.Duration)] string Keep,
    string Way
)
{
    internal static MailSettingsView Of(MailSetting it, MailOptions options) =>
        new(
            it.FromName,
            it.Mailbox,
            it.Signature,
            it.Footer,
            it.Language,
            it.ToRequesters,
            it.AcknowledgementsPerHour,
            IsoLength.Of(it.Keep),
            options.Way switch
            {
                MailWay.Smtp => "smtp",
                MailWay.SendGrid => "sendgrid",
                MailWay.Outbox => "outbox",
                _ => "none",
            }
        );
}

/// <summary>What is to be different about the mails of a workspace: a JSON merge patch (RFC 7396).</summary>
/// <param name="FromName">The name beside the address of mails that go out; null for the workspace's own.</param>
/// <param name="Mailbox">Id of the mailbox from which tickets of no other mailbox are answered; null for the first one.</param>
/// <param name="Signature">Stands below an agent's answer, after their name; null for none.</param>
/// <param name="Footer">Stands at the end of every mail; null for none.</param>
/// <param name="Language">The language of people whose own is not known.</param>
/// <param name="ToRequesters">Which mails go to requesters: some of <c>received</c>, <c>public-answer</c>, <c>resolved</c>, <c>closed</c>,
/// <c>reopened</c>.</param>
/// <param name="AcknowledgementsPerHour">How many acknowledgements one address gets in an hour.</param>
/// <param name="Keep">How long mails that went out are kept, from P15D to P3650D.</param>
[Example("""{"fromName":"Acme Support","signature":"Acme IT, Monday to Friday 9 to 17","toRequesters":["received","public-answer","resolved"]}""")]
public sealed record MailSettingsRequest(
    [property: MaxLength(100)] Optional<string?>? FromName,
    [property: MaxLength(40)] Optional<string?>? Mailbox,
    [property: MaxLength(2000)] Optional<string?>? Signature,
    [property: MaxLength(2000)] Optional<string?>? Footer,
    [property: AllowedValues("en", "de", "hr", "el")] string? Language,
    IReadOnlyList<MailEvent>? ToRequesters,
    [property: Range(0, 100)] int? AcknowledgementsPerHour,
    [property: DataType(DataType.Duration)] TimeSpan? Keep
) : IFromRequest<MailSettingsRequest>
{
    public static async ValueTask<MailSettingsRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        Optional<string?>? Clearable(string name, int max, bool lines)
        {
            var text = fields.Text(name, max, lines: lines);
            return fields.Has(name) ? new(string.IsNullOrEmpty(text) ? null : text) : null;
        }

        var language = fields.Text("language", 10, required: fields.Has("language"));
        if (language is not null && !MailTemplate.Languages.Contains(language))
            fields.Wrong("language", $"must be one of {string.Join(", ", MailTemplate.Languages)}.");
        var told = fields.ManyOf<MailEvent>("toRequesters");
        if (told?.Any(one => !MailSetting.ForRequesters.Contains(one)) == true)
            fields.Wrong("toRequesters", $"may contain {string.Join(", ", MailSetting.ForRequesters.Select(WireName<MailEvent>.Of))}.");
        var keep = fields.Length("keep", required: fields.Has("keep"));
        if (keep < TimeSpan.FromDays(15) || keep > TimeSpan.FromDays(3650))
            fields.Wrong("keep", "must be a length from P15D to P3650D.");
        var request = new MailSettingsRequest(
            Clearable("fromName", 100, lines: false),
            Clearable("mailbox", 40, lines: false),
            Clearable("signature", 2000, lines: true),
            Clearable("footer", 2000, lines: true),
            language,
            told,
            fields.Whole("acknowledgementsPerHour", 0, 100, required: fields.Has("acknowledgementsPerHour")),
            keep
        );
        fields.Done();
        return request;
    }
}

/// <summary>What an agent wants to be told, and how.</summary>
/// <param name="Agent">Id of the agent.</param>
/// <param name="Assigned">A ticket is assigned to them.</param>
/// <param name="AtRisk">A promise of their ticket, or of one of their groups that nobody has, will soon be broken.</param>
/// <param name="Breached">Such a promise was broken.</param>
/// <param name="Mention">A note names them, as in <c>@ada</c>.</param>
/// <param name="Reminder">A ticket comes back to them, or a task of theirs is due.</param>
/// <param name="KnownInTeams">Whether the bot has met them in a personal chat in Teams: until then <c>teams</c> means by mail.</param>
public sealed record AgentNotificationsView(
    string Agent,
    NotifyBy Assigned,
    NotifyBy AtRisk,
    NotifyBy Breached,
    NotifyBy Mention,
    NotifyBy Reminder,
    bool KnownInTeams
)
{
    internal static AgentNotificationsView Of(AgentNotifications it, bool knownInTeams) =>
        new(it.Agent, it.Assigned, it.AtRisk, it.Breached, it.Mention, it.Reminder, knownInTeams);
}

/// <summary>What is to be different about how an agent is told: a JSON merge patch (RFC 7396).</summary>
/// <param name="Assigned">A ticket is assigned to them.</param>
/// <param name="AtRisk">A promise of their ticket, or of one of their groups that nobody has, will soon be broken.</param>
/// <param name="Breached">Such a promise was broken.</param>
/// <param name="Mention">A note names them, as in <c>@ada</c>.</param>
/// <param name="Reminder">A ticket comes back to them, or a task of theirs is due.</param>
[Example("""{"assigned":"teams","atRisk":"none","mention":"mail"}""")]
public sealed record AgentNotificationsRequest(NotifyBy? Assigned, NotifyBy? AtRisk, NotifyBy? Breached, NotifyBy? Mention, NotifyBy? Reminder)
    : IFromRequest<AgentNotificationsRequest>
{
    public static async ValueTask<AgentNotificationsRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        NotifyBy? Way(string name) => fields.OneOf<NotifyBy>(name, required: fields.Has(name));
        var request = new AgentNotificationsRequest(Way("assigned"), Way("atRisk"), Way("breached"), Way("mention"), Way("reminder"));
        fields.Done();
        return request;
    }
}

/// <summary>How the desk tells people by mail what happens.</summary>
public sealed class ManageMailSettings(MailSettings settings, SettingsStore store, DirectoryStore directory, AgentChats chats, MailOptions options)
{
    /// <summary>Shows how mails are written, and to whom they go.</summary>
    [Function(nameof(GetMailSettings)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Ok<MailSettingsView>> GetMailSettings(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/mail-settings")] Caller caller,
        CancellationToken cancellationToken
    ) => TypedResults.Ok(MailSettingsView.Of(await settings.FindAsync(caller.Workspace, cancellationToken), options));

    /// <summary>Changes how mails are written, and to whom they go. It holds within half a minute.</summary>
    [Function(nameof(ChangeMailSettings)), RequiresKey(KeyRole.Admin)]
    public async Task<Ok<MailSettingsView>> ChangeMailSettings(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "api/mail-settings")] MailSettingsRequest request,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        var current = await settings.FindAsync(caller.Workspace, cancellationToken);
        if (request.Mailbox?.Value is { } mailbox && await store.FindAsync(caller.Workspace, EmailKinds.Mailboxes, mailbox, cancellationToken) is null)
            throw new InvalidRequestException("mailbox", $"mailbox names \"{mailbox}\", which was not found: there is no such mailbox here.");
        var changed = current with
        {
            FromName = request.FromName is null ? current.FromName : request.FromName.Value,
            Mailbox = request.Mailbox is null ? current.Mailbox : request.Mailbox.Value,
            Signature = request.Signature is null ? current.Signature : request.Signature.Value,
            Footer = request.Footer is null ? current.Footer : request.Footer.Value,
            Language = request.Language ?? current.Language,
            ToRequesters = request.ToRequesters ?? current.ToRequesters,
            AcknowledgementsPerHour = request.AcknowledgementsPerHour ?? current.AcknowledgementsPerHour,
            Keep = request.Keep ?? current.Keep,
        };
        await settings.PutAsync(caller.Workspace, changed, cancellationToken);
        return TypedResults.Ok(MailSettingsView.Of(changed, options));
    }

    /// <summary>Shows what an agent wants to be told, and how.</summary>
    [Function(nameof(GetAgentNotifications)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Results<Ok<AgentNotificationsView>, NotFound>> GetAgentNotifications(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/agents/{id}/notifications")] Caller caller,
        string id,
        CancellationToken cancellationToken
    ) =>
        await directory.FindAgentAsync(caller.Workspace, id, cancellationToken) is { } agent
            ? TypedResults.Ok(await ViewAsync(caller.Workspace, await settings.WishOfAsync(caller.Workspace, agent.Id, cancellationToken), cancellationToken))
            : TypedResults.NotFound();

    /// <summary>Changes what an agent wants to be told, and how: agents for themselves, admins for everybody. It holds within half a minute.</summary>
    [Function(nameof(ChangeAgentNotifications)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    [Answers(StatusCodes.Status403Forbidden, "The key is another agent's.")]
    public async Task<Results<Ok<AgentNotificationsView>, NotFound>> ChangeAgentNotifications(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "api/agents/{id}/notifications")] AgentNotificationsRequest request,
        string id,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        if (await directory.FindAgentAsync(caller.Workspace, id, cancellationToken) is not { } agent)
            return TypedResults.NotFound();
        if (caller.Role != KeyRole.Admin && caller.Agent != agent.Id)
            throw new InvalidRequestException(StatusCodes.Status403Forbidden, "not-yours", "Agents choose for themselves: ask an admin to change another's.");
        var current = await settings.WishOfAsync(caller.Workspace, agent.Id, cancellationToken);
        var changed = current with
        {
            Assigned = request.Assigned ?? current.Assigned,
            AtRisk = request.AtRisk ?? current.AtRisk,
            Breached = request.Breached ?? current.Breached,
            Mention = request.Mention ?? current.Mention,
            Reminder = request.Reminder ?? current.Reminder,
        };
        await settings.PutAsync(caller.Workspace, changed, cancellationToken);
        return TypedResults.Ok(await ViewAsync(caller.Workspace, changed, cancellationToken));
    }

    private async ValueTask<AgentNotificationsView> ViewAsync(string workspace, AgentNotifications wish, CancellationToken cancellationToken) =>
        AgentNotificationsView.Of(wish, (await chats.OfAsync(workspace, cancellationToken)).ContainsKey(wish.Agent));
}
