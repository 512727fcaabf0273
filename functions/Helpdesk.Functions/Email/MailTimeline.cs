using System.Globalization;
using Helpdesk.Contacts;
using Helpdesk.Functions.Contacts;

namespace Helpdesk.Functions.Email;

/// <summary>
/// The mails in a contact's line of time: acknowledgements and other news, mails on tickets of somebody else, and what was noted for the agents only. What
/// their own tickets show as words is left to the tickets.
/// </summary>
/// <remarks>It asks storage once for each address of the contact.</remarks>
public sealed class MailTimeline(MailThreads threads) : IContactTimeline
{
    public async Task<IReadOnlyList<TimelineEntry>> ReadAsync(Contact contact, DateTimeOffset before, int limit, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(contact);
        var mails = await Task.WhenAll(contact.Emails.Select(email => threads.ReadOfPersonAsync(contact.Workspace, email, before, limit, cancellationToken)));
        return
        [
            .. mails
                .SelectMany(all => all)
                // An address that was somebody else's when the mail was noted may be theirs by now.
                .Where(mail => !contact.Emails.Contains(mail.ShownTo, StringComparer.OrdinalIgnoreCase))
                .OrderByDescending(mail => mail.At)
                .Take(limit)
                .Select(mail => new TimelineEntry(
                    TimelineKind.Mail,
                    mail.At,
                    IntakeChannel.Email,
                    long.Parse(mail.Ticket.Split('-')[0], CultureInfo.InvariantCulture),
                    mail.Subject,
                    null,
                    null,
                    FromDesk: mail.Sent
                )),
        ];
    }
}
