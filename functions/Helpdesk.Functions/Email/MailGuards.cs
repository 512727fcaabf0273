using System.Text.Json;
using Azure;
using Azure.Data.Tables;
using Helpdesk.Contacts;
using Helpdesk.Email;
using Helpdesk.Functions.Contacts;
using Helpdesk.Functions.Storage;

namespace Helpdesk.Functions.Email;

/// <summary>Says of a mail that is due why it is not sent: nobody is there, the address is one of ours, or programs answer each other.</summary>
public sealed class MailGuards(
    StorageClients storage,
    MailOptions options,
    MailSettings settings,
    MailSuppressions suppressions,
    UnreachablePeople unreachable,
    ContactStore contacts,
    TimeProvider time
)
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private TableClient Table => storage.Table(OutgoingMails.TableName);

    /// <summary>Why a mail is not sent, as a sentence; null when it is. Somebody who is helped and cannot be reached is told of to the agents.</summary>
    public async Task<string?> ReasonNotToSendAsync(Mail mail, CancellationToken cancellationToken)
    {
        if (options.Way == MailWay.None)
            return "No way to send mail is set: give Mail__Smtp__Host or Mail__SendGrid__ApiKey.";
        if (ErasedPerson.IsPseudonym(mail.To))
            return "Whom it is for was erased.";
        if (mail is { Event: MailEvent.Received, Agent: null, AskedAt: { } asked })
            return $"The request was written on {asked.UtcDateTime:yyyy-MM-dd} and came here on {mail.At.UtcDateTime:yyyy-MM-dd}: "
                + "nothing is acknowledged so late.";
        var set = await settings.OfAsync(mail.Workspace, cancellationToken);
        if (options.Way != MailWay.Outbox && mail.To.EndsWith("@localhost", StringComparison.OrdinalIgnoreCase))
            return $"{mail.To} is an address on this machine only.";
        if (OutgoingAddresses.IsOneOf(set.Mailboxes, mail.To) || mail.To.Equals(options.Address, StringComparison.OrdinalIgnoreCase))
            return $"{mail.To} is a mailbox of this desk: a mail there would come back as a ticket.";
        if (mail is { Automatic: true, Agent: null } && Notifications.IsProgram(mail.To))
            return $"{mail.To} is a program's address: the desk says nothing to it by itself.";
        if (await suppressions.FindAsync(mail.Workspace, mail.To, cancellationToken) is { } suppressed)
        {
            await unreachable.NoteAsync(mail, suppressed.Reason, cancellationToken);
            return $"{mail.To} is suppressed since {suppressed.At:yyyy-MM-dd}: {suppressed.Reason}";
        }

        if (ErasedPerson.IsPseudonym(mail.To))
            return $"{mail.To} stands for somebody who was erased.";
        if (mail.Agent is null && await contacts.FindByEmailAsync(mail.Workspace, mail.To, cancellationToken) is { CancelledAt: not null })
            return $"{mail.To} is cancelled: nothing is sent there.";

        return
            mail is { Event: MailEvent.Received or MailEvent.Reopened, Agent: null }
            && !await MayAcknowledgeAsync(mail, set.Setting.AcknowledgementsPerHour, cancellationToken)
            ? $"{mail.To} got {set.Setting.AcknowledgementsPerHour} acknowledgements within an hour already: programs may be answering each other."
            : null;
    }

    /// <summary>Counts an acknowledgement under the address's ETag, each mail once; false when there were enough within the hour.</summary>
    private async Task<bool> MayAcknowledgeAsync(Mail mail, int most, CancellationToken cancellationToken)
    {
        var partition = OutgoingMails.AcknowledgedPartition(mail.Workspace);
        var key = OutgoingMails.AcknowledgedKey(partition, mail.To);
        while (true)
        {
            var found = await Table.GetEntityIfExistsAsync<TableEntity>(partition, key, cancellationToken: cancellationToken);
            var now = time.GetUtcNow();
            var counted = found.HasValue
                ? JsonSerializer
                    .Deserialize(LongText.Read(found.Value!, "Mails"), EmailJson.Default.DictionaryStringDateTimeOffset)!
                    .Where(one => one.Value > now - Hour)
                    .ToDictionary(StringComparer.Ordinal)
                : [];
            if (counted.ContainsKey(mail.Id))
                return true;
            if (counted.Count >= most)
                return false;
            counted[mail.Id] = now;
            var row = new TableEntity(partition, key) { ["At"] = now };
            LongText.Write(row, "Mails", JsonSerializer.Serialize(counted, EmailJson.Default.DictionaryStringDateTimeOffset));
            try
            {
                await (
                    found.HasValue
                        ? Table.UpdateEntityAsync(row, found.Value!.ETag, TableUpdateMode.Replace, cancellationToken)
                        : Table.AddEntityAsync(row, cancellationToken)
                );
                return true;
            }
            catch (RequestFailedException raced) when (raced.Status is 409 or 412)
            {
                // Another mail to the same address was counted meanwhile.
            }
        }
    }
}

/// <summary>Which addresses are the desk's own.</summary>
public static class OutgoingAddresses
{
    /// <summary>Whether an address is one of these mailboxes, or forwarded to one, with whatever follows a plus sign.</summary>
    public static bool IsOneOf(IEnumerable<Mailbox> mailboxes, string email)
    {
        var bare = PlusAddress.WithoutTag(email);
        return mailboxes
            .SelectMany(mailbox => (mailbox.Aliases ?? []).Append(mailbox.Address))
            .Any(one => one.Equals(email, StringComparison.OrdinalIgnoreCase) || one.Equals(bare, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary><c>help+t42-abc@example.com</c> from <c>help@example.com</c>.</summary>
    public static string Plus(string email, string word)
    {
        var at = email.LastIndexOf('@');
        return $"{email[..at]}+{word}{email[at..]}";
    }
}
