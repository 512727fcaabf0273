using Helpdesk.Email;
using Helpdesk.Functions.Events;

namespace Helpdesk.Functions.Email;

/// <summary>Mails that go out, among all that goes out.</summary>
public sealed class MailLog(OutgoingMails mails, MailReplay replay) : IDeliveryLog
{
    public DeliveryChannel Channel => DeliveryChannel.Mail;

    public async Task<DeliveriesRead> ReadAsync(DeliveryQuery query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        var (found, until) = query.Ticket is { } number
            ? await mails.ReadTicketAsync(query.Workspace, number, query.Before, query.Limit, cancellationToken)
            : await mails.ReadAsync(query.Workspace, query.Before, query.Limit, cancellationToken);
        return new([.. found.Select(DeliveryOf)], until);
    }

    public async Task<Delivery?> FindAsync(string workspace, string id, CancellationToken cancellationToken) =>
        await mails.FindAsync(workspace, id, cancellationToken) is var (mail, _) ? DeliveryOf(mail) : null;

    public async Task<bool> ReplayAsync(string workspace, string id, CancellationToken cancellationToken) =>
        await replay.RunAsync(workspace, id, cancellationToken) is not null;

    private static Delivery DeliveryOf(Mail mail) =>
        new(
            mail.Id,
            DeliveryChannel.Mail,
            mail.State switch
            {
                MailState.Queued => DeliveryState.Queued,
                MailState.Sent => DeliveryState.Sent,
                MailState.Failed => DeliveryState.Failed,
                _ => DeliveryState.Suppressed,
            },
            OutgoingMails.AtOf(mail.Id),
            mail.Number == 0 ? null : mail.Number,
            WireName<MailEvent>.Of(mail.Event),
            mail.To,
            mail.Attempts,
            mail.NextAt,
            mail.SentAt,
            mail.State == MailState.Sent ? null : mail.Reason
        );
}

/// <summary>Has mails sent again that failed or were suppressed.</summary>
public sealed class MailReplay(OutgoingMails mails)
{
    /// <summary>Queues a mail again; null when there is none.</summary>
    public async Task<(Mail Mail, MailContent? Content)?> RunAsync(string workspace, string id, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (await mails.FindWithContentAsync(workspace, id, cancellationToken) is not var (mail, content, etag))
                return null;
            if (mail.State == MailState.Sent)
                throw new HelpdeskRuleException("mail-sent", "This mail was sent already: it is sent once.");
            if (mail is { State: MailState.Queued, NextAt: null })
                throw new HelpdeskRuleException("mail-queued", "This mail is about to be sent.");
            // Who asks for a late acknowledgement gets it.
            var again = mail with
            {
                State = MailState.Queued,
                Reason = null,
                NextAt = null,
                ClaimedUntil = null,
                Attempts = 0,
                AskedAt = null,
            };
            await mails.SendAsync(again, TimeSpan.FromSeconds(1), cancellationToken);
            if (await mails.TryNoteAsync(again, null, etag, cancellationToken) is not null)
                return (again, content);
        }
    }
}
