using System.Text.Json.Serialization;
using Helpdesk.Email;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Email;

/// <summary>How fetching a mailbox goes.</summary>
[JsonConverter(typeof(WireNameConverter<FetchState>))]
public enum FetchState
{
    /// <summary>Mails are posted to it: nothing is fetched.</summary>
    Posted,

    /// <summary>The mail server has not been asked yet.</summary>
    Waiting,

    /// <summary>Mails are being fetched at the moment.</summary>
    Fetching,

    /// <summary>The mail server was asked, and all went well.</summary>
    Ok,

    /// <summary>The mail server could not be asked; <c>error</c> says why.</summary>
    Failing,
}

/// <summary>How fetching a mailbox goes.</summary>
/// <param name="Id">Id of the mailbox.</param>
/// <param name="State">How it goes.</param>
/// <param name="PolledAt">When the mail server was last asked; null for never.</param>
/// <param name="SucceededAt">When that last went well; null for never.</param>
/// <param name="Error">What went wrong the last time, and what to do about it; null when nothing did.</param>
/// <param name="Failures">How often in a row it has failed.</param>
/// <param name="NotBefore">Until when the mail server is left alone after it failed; null for not at all.</param>
/// <param name="Notice">What does not work although mails are kept, such as marking them as read; null for nothing.</param>
/// <param name="Backlog">How many mails were waiting when they were last counted.</param>
/// <param name="Kept">How many mails were kept as receipts in all.</param>
/// <param name="NotFetched">How many mails could not be fetched; each is a failed receipt.</param>
/// <param name="UidValidity">The mail server's name for its numbering of mails; null before the first poll.</param>
/// <param name="LastUid">The number up to which mails are kept; null before the first poll.</param>
public sealed record MailboxStatus(
    string Id,
    FetchState State,
    DateTimeOffset? PolledAt,
    DateTimeOffset? SucceededAt,
    string? Error,
    int Failures,
    DateTimeOffset? NotBefore,
    string? Notice,
    int Backlog,
    long Kept,
    long NotFetched,
    long? UidValidity,
    long? LastUid
)
{
    public static MailboxStatus Of(Mailbox mailbox, ImapPosition it, DateTimeOffset now) =>
        new(
            mailbox.Id,
            mailbox.Receive != MailboxReceive.Imap ? FetchState.Posted
                : it.Error is not null ? FetchState.Failing
                : it.LeasedUntil > now ? FetchState.Fetching
                : it.SucceededAt is null ? FetchState.Waiting
                : FetchState.Ok,
            it.PolledAt,
            it.SucceededAt,
            it.Error,
            it.Failures,
            it.NotBefore,
            it.Notice,
            it.Backlog,
            it.Kept,
            it.NotFetched,
            it.UidValidity == 0 ? null : it.UidValidity,
            it.UidValidity == 0 ? null : it.LastUid
        );
}

/// <summary>Shows how fetching a mailbox goes: when the mail server was last asked, what went wrong, how many mails wait.</summary>
public sealed class GetMailboxStatus(SettingsStore settings, ImapPositions positions, TimeProvider time)
{
    [Function(nameof(GetMailboxStatus)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Results<Ok<MailboxStatus>, NotFound>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/mailboxes/{id}/status")] Caller caller,
        string id,
        CancellationToken cancellationToken
    )
    {
        if (await settings.FindAsync(caller.Workspace, EmailKinds.Mailboxes, id, cancellationToken) is not { } mailbox)
            return TypedResults.NotFound();
        var (position, _, _) = await positions.ReadAsync(caller.Workspace, id, cancellationToken);
        return TypedResults.Ok(MailboxStatus.Of(mailbox, position, time.GetUtcNow()));
    }
}

/// <summary>Fetches a mailbox at once, for at most twenty seconds, even if its server failed a moment ago; the answer says how that went.</summary>
public sealed class PollMailbox(SettingsStore settings, ImapPoller poller, TimeProvider time)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    [Function(nameof(PollMailbox)), RequiresKey(KeyRole.Admin), Refuses("mailbox-not-fetched")]
    public async Task<Results<Ok<MailboxStatus>, NotFound>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/mailboxes/{id}/poll")] NoBody body,
        string id,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        if (await settings.FindAsync(caller.Workspace, EmailKinds.Mailboxes, id, cancellationToken) is not { } mailbox)
            return TypedResults.NotFound();
        if (mailbox is not { Receive: MailboxReceive.Imap, Imap: not null })
            throw new HelpdeskRuleException("mailbox-not-fetched", "Mails are posted to this mailbox: set receive to imap, and imap to its server.");
        var position = await poller.PollAsync(caller.Workspace, mailbox, atOnce: true, time.GetUtcNow() + Limit, cancellationToken);
        return TypedResults.Ok(MailboxStatus.Of(mailbox, position, time.GetUtcNow()));
    }
}

[JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web, Converters = [typeof(UtcInstantConverter)])]
[JsonSerializable(typeof(MailboxStatus))]
internal sealed partial class ImapApiJson : JsonSerializerContext;
