using Helpdesk.Email;
using Helpdesk.Functions.Contacts;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Email;

/// <summary>A new mailbox and the key of its secret address, as a repeated request gets them again.</summary>
public sealed record IssuedMailbox(Mailbox Mailbox, string? Key);

/// <summary>Mailboxes: the addresses of a workspace. Admins add and change them; every agent may see them.</summary>
public sealed class ManageMailboxes(
    SettingsStore settings,
    MailboxStore mailboxes,
    DirectoryStore directory,
    ContactStore contacts,
    SettingsTransactions transactions,
    PublicAddress desk,
    TimeProvider time
)
{
    /// <summary>Lists the mailboxes.</summary>
    [Function(nameof(ListMailboxes)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Ok<ListPage<MailboxView>>> ListMailboxes(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/mailboxes")] PageQuery query,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        var page = await settings.ListAsync(caller.Workspace, EmailKinds.Mailboxes, query.Limit, query.Cursor, cancellationToken);
        return TypedResults.Ok(new ListPage<MailboxView>([.. page.Items.Select(MailboxView.Of)], page.NextCursor));
    }

    /// <summary>Shows a mailbox.</summary>
    [Function(nameof(GetMailbox)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Results<Ok<MailboxView>, NotFound>> GetMailbox(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/mailboxes/{id}")] Caller caller,
        string id,
        CancellationToken cancellationToken
    ) => await mailboxes.FindAsync(caller.Workspace, id, cancellationToken) is { } found ? TypedResults.Ok(MailboxView.Of(found)) : TypedResults.NotFound();

    /// <summary>Adds a mailbox. The secret address to which its mails are posted is in this answer and nowhere else.</summary>
    [Function(nameof(AddMailbox)), RequiresKey(KeyRole.Admin), Refuses("already-exists", "address-taken", "address-of-contact")]
    public async Task<Created<MailboxWithSecret>> AddMailbox(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/mailboxes")] AddMailboxRequest request,
        Caller caller,
        Idempotency? idempotency,
        CancellationToken cancellationToken
    )
    {
        var id = request.Id ?? SettingFields.IdFrom(request.Address);
        var (key, hash) = request.Imap is null ? MailboxStore.NewKey(caller.Workspace, id) : (null, null);
        var mailbox = new Mailbox
        {
            Id = id,
            Address = request.Address,
            Name = string.IsNullOrEmpty(request.Name) ? null : request.Name,
            Group = string.IsNullOrEmpty(request.Group) ? null : request.Group,
            Language = request.Language,
            Aliases = request.Aliases is { Count: > 0 } aliases ? aliases : null,
            Automatic = request.Automatic,
            SendGridKey = request.SendGridKey,
            Receive = request.Receive ?? MailboxReceive.Push,
            Imap = MailboxFields.SettingsOf(request.Imap),
            KeyHash = hash,
            CreatedAt = time.GetUtcNow(),
        };
        var added = await transactions.RunAsync(
            caller.Workspace,
            async changes =>
            {
                if (
                    idempotency is not null
                    && await settings.ReplayAsync(caller.Workspace, idempotency, EmailJson.Default.IssuedMailbox, cancellationToken) is { } earlier
                )
                    return earlier;
                await CheckAsync(mailbox, caller, cancellationToken);
                if (request.Confirm != true)
                    await CheckContactsAsync(caller.Workspace, MailboxStore.AddressesOf(mailbox), cancellationToken);
                await ClaimAsync(caller.Workspace, mailbox, cancellationToken);
                return await settings.AddAsync(
                    caller.Workspace,
                    EmailKinds.Mailboxes,
                    mailbox,
                    it => new IssuedMailbox(it, key),
                    EmailJson.Default.IssuedMailbox,
                    idempotency,
                    cancellationToken,
                    with: changes
                );
            },
            cancellationToken
        );
        return TypedResults.Created($"/api/mailboxes/{added.Mailbox.Id}", new MailboxWithSecret(MailboxView.Of(added.Mailbox), UrlOf(added.Key)));
    }

    /// <summary>Changes a mailbox.</summary>
    [Function(nameof(ChangeMailbox)), RequiresKey(KeyRole.Admin), Refuses("address-taken", "address-of-contact")]
    public async Task<Results<Ok<MailboxView>, NotFound>> ChangeMailbox(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "api/mailboxes/{id}")] ChangeMailboxRequest request,
        string id,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        IReadOnlyList<string> given = [];
        var changed = await transactions.RunAsync(
            caller.Workspace,
            async changes =>
            {
                if (await FindFreshAsync(caller.Workspace, id, cancellationToken) is not { } mailbox)
                    return null;
                var receive = request.Receive ?? mailbox.Receive;
                var with = mailbox with
                {
                    Address = request.Address ?? mailbox.Address,
                    Name = request.Name is null ? mailbox.Name : request.Name.Value,
                    Group = request.Group is null ? mailbox.Group : request.Group.Value,
                    Language = request.Language is null ? mailbox.Language : request.Language.Value,
                    Aliases =
                        request.Aliases is null ? mailbox.Aliases
                        : request.Aliases is { Count: > 0 } aliases ? aliases
                        : null,
                    Automatic = request.Automatic ?? mailbox.Automatic,
                    SendGridKey = request.SendGridKey is null ? mailbox.SendGridKey : request.SendGridKey.Value,
                    Receive = receive,
                    Imap = receive == MailboxReceive.Push ? null : MailboxFields.SettingsOf(request.Imap) ?? mailbox.Imap,
                    KeyHash = receive == MailboxReceive.Push ? mailbox.KeyHash : null,
                };
                if (receive == MailboxReceive.Imap && with.Imap is null)
                    throw new InvalidRequestException("imap", "imap is required: say where the mails are fetched.");
                if (receive == MailboxReceive.Push && request.Imap is not null)
                    throw new InvalidRequestException("imap", "imap goes with \"receive\": \"imap\": send both or neither.");
                await CheckAsync(with, caller, cancellationToken);
                if (request.Address is not null || request.Aliases is not null)
                {
                    if (request.Confirm != true)
                        await CheckContactsAsync(
                            caller.Workspace,
                            MailboxStore.AddressesOf(with).Except(MailboxStore.AddressesOf(mailbox), StringComparer.OrdinalIgnoreCase),
                            cancellationToken
                        );
                    await ClaimAsync(caller.Workspace, with, cancellationToken);
                    given = [.. MailboxStore.AddressesOf(mailbox).Except(MailboxStore.AddressesOf(with))];
                }

                changes.Put(EmailKinds.Mailboxes, with);
                return with;
            },
            cancellationToken
        );
        await mailboxes.ReleaseAsync(caller.Workspace, id, given, cancellationToken);
        return changed is null ? TypedResults.NotFound() : TypedResults.Ok(MailboxView.Of(changed));
    }

    /// <summary>Gives a mailbox a new secret address. The old one takes nothing any more within seconds.</summary>
    [Function(nameof(RenewMailbox)), RequiresKey(KeyRole.Admin), Refuses("mailbox-fetches")]
    public async Task<Results<Ok<MailboxWithSecret>, NotFound>> RenewMailbox(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/mailboxes/{id}/renew")] NoBody body,
        string id,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        var (key, hash) = MailboxStore.NewKey(caller.Workspace, id);
        var renewed = await transactions.RunAsync(
            caller.Workspace,
            async changes =>
            {
                if (await FindFreshAsync(caller.Workspace, id, cancellationToken) is not { } mailbox)
                    return null;
                if (mailbox.Receive != MailboxReceive.Push)
                    throw new HelpdeskRuleException("mailbox-fetches", "This mailbox fetches its mails: change \"receive\" to \"push\" first.");
                var with = mailbox with { KeyHash = hash };
                changes.Put(EmailKinds.Mailboxes, with);
                return with;
            },
            cancellationToken
        );
        return renewed is null ? TypedResults.NotFound() : TypedResults.Ok(new MailboxWithSecret(MailboxView.Of(renewed), UrlOf(key)));
    }

    /// <summary>Removes a mailbox. What it has taken in stays; tickets that came by it are answered from the workspace's other mailboxes.</summary>
    [Function(nameof(RemoveMailbox)), RequiresKey(KeyRole.Admin)]
    public async Task<Results<NoContent, NotFound>> RemoveMailbox(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/mailboxes/{id}")] Caller caller,
        string id,
        CancellationToken cancellationToken
    )
    {
        var removed = await transactions.RunAsync(
            caller.Workspace,
            async changes =>
            {
                var mailbox = await FindFreshAsync(caller.Workspace, id, cancellationToken);
                if (mailbox is not null)
                    changes.Remove(EmailKinds.Mailboxes, id);
                return mailbox;
            },
            cancellationToken
        );
        if (removed is null)
            return TypedResults.NotFound();
        await mailboxes.ReleaseAsync(caller.Workspace, id, MailboxStore.AddressesOf(removed), cancellationToken);
        return TypedResults.NoContent();
    }

    /// <summary>Keeps the addresses of a mailbox; where one is another's, none of those that are new is kept.</summary>
    private async Task ClaimAsync(string workspace, Mailbox mailbox, CancellationToken cancellationToken)
    {
        try
        {
            await mailboxes.ClaimAsync(workspace, mailbox, cancellationToken);
        }
        catch (HelpdeskRuleException)
        {
            await mailboxes.ReleaseAsync(workspace, mailbox.Id, MailboxStore.AddressesOf(mailbox), cancellationToken);
            throw;
        }
    }

    private string? UrlOf(string? key) => key is null ? null : $"{desk.Url}/api/intake/email/{key}";

    private async Task<Mailbox?> FindFreshAsync(string workspace, string id, CancellationToken cancellationToken) =>
        (await settings.ListAsync(workspace, EmailKinds.Mailboxes, cancellationToken)).FirstOrDefault(mailbox => mailbox.Id == id);

    /// <summary>Whether none of the addresses is somebody's who writes to the desk: their mails would be taken for the desk's own.</summary>
    private async Task CheckContactsAsync(string workspace, IEnumerable<string> addresses, CancellationToken cancellationToken)
    {
        foreach (var address in addresses)
        {
            if (await contacts.FindByEmailAsync(workspace, address, cancellationToken) is { } contact)
                throw new HelpdeskRuleException(
                    "address-of-contact",
                    $"{address} is the address of contact {contact.Id}: as a mailbox, what comes from there would be taken for the desk's own mail. "
                        + "Send \"confirm\": true if it is the desk's address all the same."
                );
        }
    }

    private async Task CheckAsync(Mailbox mailbox, Caller caller, CancellationToken cancellationToken)
    {
        if (mailbox.Group is { } group && !(await directory.ListGroupsAsync(caller.Workspace, cancellationToken)).Any(one => one.Id == group))
            throw new InvalidRequestException("group", $"group was not found: there is no group \"{group}\" here.");
    }
}
