using Azure;
using Azure.Data.Tables;
using Helpdesk.Contacts;
using Helpdesk.Email;
using Helpdesk.Functions.Contacts;
using Helpdesk.Functions.Storage;

namespace Helpdesk.Functions.Email;

/// <summary>
/// Erases people from the outbox: what mails on their tickets, to them or about them say, and their addresses. That a mail was sent, and when, stays. Where
/// they are deleted, the mails go.
/// </summary>
public sealed class OutgoingMailErasure(StorageClients storage, ErasureStore erasures, OutgoingMails mails, MailSuppressions suppressions) : IHoldsPersonalData
{
    public string Name => "outbox";

    public int Place => 71;

    public async Task<ErasureStep> EraseAsync(ErasureOrder order, string? from, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(order);
        var erased = 0L;
        if (from is null)
        {
            foreach (var email in order.Person.Emails)
            {
                erased += await suppressions.RemoveAsync(order.Workspace, email, cancellationToken) ? 1 : 0;
                await mails.ForgetAcknowledgementsAsync(order.Workspace, email, cancellationToken);
            }
        }

        var tickets = (await erasures.ReadNotedAsync(order, ErasureFind.Ticket, cancellationToken)).ToHashSet(StringComparer.Ordinal);
        var (rows, next) = await storage.Table(OutgoingMails.TableName).ReadPageAsync(order.Workspace, from, cancellationToken, pageSize: 200);
        foreach (var row in rows.Where(row => row.ContainsKey("State")))
        {
            var mail = OutgoingMails.Read(row);
            var theirs = (mail.Ticket is { } ticket && tickets.Contains(ticket)) || order.Person.Is(mail.To);
            // Very long mails have their words in a blob: those are known by their ticket and recipient alone.
            if (!theirs && !row.TellsOf(order.Person))
                continue;
            var scrubbed = Scrubbed(mail, order.Person);
            if (!order.Deletes && scrubbed == mail && !OutgoingMails.HasContent(row))
                continue;
            erased++;
            await (order.Deletes ? mails.RemoveAsync(row, mail, cancellationToken) : mails.EmptyAsync(row, scrubbed, cancellationToken));
        }

        return new(erased, next);
    }

    /// <summary>What is left of a mail: that it was there.</summary>
    private static Mail Scrubbed(Mail mail, ErasedPerson person) =>
        mail with
        {
            To = person.Text(mail.To, own: false),
            Name = mail.Name is null ? null : ErasedPerson.Gone,
            ShownTo = mail.ShownTo is null ? null : person.Text(mail.ShownTo, own: false),
            By = person.Is(mail.By) ? null : mail.By,
            Subject = mail.Subject is null ? null : ErasedPerson.Gone,
            Reason =
                mail.State == MailState.Queued ? "What it was to say was erased."
                : mail.Reason is null ? null
                : ErasedPerson.Gone,
            State = mail.State == MailState.Queued ? MailState.Suppressed : mail.State,
            NextAt = null,
        };
}
