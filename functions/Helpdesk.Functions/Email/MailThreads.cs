using System.Globalization;
using Azure;
using Azure.Data.Tables;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;

namespace Helpdesk.Functions.Email;

/// <summary>A mail that belongs to a ticket, seen or sent.</summary>
/// <param name="MessageId">Its Message-ID without angle brackets.</param>
/// <param name="Ticket">Id of the ticket.</param>
/// <param name="At">When it came in or was written.</param>
/// <param name="Sent">Whether the desk wrote it.</param>
/// <param name="Person">Who wrote it, or to whom it went: an address in lower case.</param>
/// <param name="Subject">Its subject, decoded.</param>
/// <param name="IsNote">Whether it is about an internal note, so that an answer is one as well.</param>
/// <param name="ShownTo">The requester on whose ticket its words are shown as well, in lower case; null where no ticket shows them.</param>
public sealed record ThreadedMail(
    string MessageId,
    string Ticket,
    DateTimeOffset At,
    bool Sent,
    string Person,
    string Subject,
    bool IsNote = false,
    string? ShownTo = null
);

/// <summary>Knows which ticket each mail belongs to, and the mails of each ticket.</summary>
/// <remarks>
/// Each mail is two rows: one by the hash of its Message-ID, one in its ticket's own partition by time. Writing them again changes nothing, and a Message-ID
/// stays with the ticket that had it first: whoever sends it again does not lead the answers to another ticket.
/// A third row, by person, is for what their own tickets do not show already.
/// </remarks>
public sealed class MailThreads(StorageClients storage)
{
    public const string TableName = "MailThreads";

    /// <summary>How much of a subject is kept, in characters.</summary>
    private const int SubjectLength = 300;

    private const string OfPerson = "person";

    private TableClient Table => storage.Table(TableName);

    /// <summary>Notes a mail. The row in the ticket's partition is written first: a Message-ID that is found leads to a whole thread.</summary>
    public async Task AddAsync(string workspace, ThreadedMail mail, CancellationToken cancellationToken)
    {
        var (threads, ids) = (ThreadPartition(workspace, mail.Ticket), IdPartition(workspace, mail.MessageId));
        await Table.UpsertEntityAsync(Row(threads, TimeKey(threads, mail), mail), TableUpdateMode.Replace, cancellationToken);
        try
        {
            await Table.AddEntityAsync(Row(ids, IdKey(ids, mail.MessageId), mail), cancellationToken);
        }
        catch (RequestFailedException there) when (there.Status == 409)
        {
            // Noted before.
        }
    }

    /// <summary>The mail of a Message-ID; null for one that the desk has never seen.</summary>
    public async Task<ThreadedMail?> FindAsync(string workspace, string messageId, CancellationToken cancellationToken)
    {
        var partition = IdPartition(workspace, messageId);
        var found = await Table.GetEntityIfExistsAsync<TableEntity>(partition, IdKey(partition, messageId), cancellationToken: cancellationToken);
        return found.HasValue ? Read(found.Value!) : null;
    }

    /// <summary>The mails of a ticket, newest first, at most <paramref name="limit"/>.</summary>
    public async Task<IReadOnlyList<ThreadedMail>> ReadAsync(string workspace, string ticket, int limit, CancellationToken cancellationToken)
    {
        var partition = ThreadPartition(workspace, ticket);
        var mails = new List<ThreadedMail>();
        await foreach (
            var row in Table.QueryAsync<TableEntity>(
                TableClient.CreateQueryFilter($"PartitionKey eq {partition}"),
                Math.Min(limit, 1000),
                cancellationToken: cancellationToken
            )
        )
        {
            mails.Add(Read(row));
            if (mails.Count == limit)
                break;
        }

        return mails;
    }

    /// <summary>Notes a mail from somebody or to them that their own tickets do not show as words; twice is once.</summary>
    public Task NoteOfPersonAsync(string workspace, ThreadedMail mail, CancellationToken cancellationToken)
    {
        var partition = PersonPartition(workspace, mail.Person);
        return Table.UpsertEntityAsync(Row(partition, TimeKey(partition, mail), mail), TableUpdateMode.Replace, cancellationToken);
    }

    /// <summary>Such mails before an instant, the newest first, at most <paramref name="limit"/>.</summary>
    public async Task<IReadOnlyList<ThreadedMail>> ReadOfPersonAsync(
        string workspace,
        string person,
        DateTimeOffset before,
        int limit,
        CancellationToken cancellationToken
    )
    {
        var partition = PersonPartition(workspace, person);
        var after = $"{TimeStart(partition, before)}-~";
        var filter = TableClient.CreateQueryFilter($"PartitionKey eq {partition} and RowKey gt {after}");
        var mails = new List<ThreadedMail>();
        await foreach (var row in Table.QueryAsync<TableEntity>(filter, Math.Min(limit, 1000), cancellationToken: cancellationToken))
        {
            mails.Add(Read(row));
            if (mails.Count == limit)
                break;
        }

        return mails;
    }

    /// <summary>Whether a row is one by person, which goes with the person.</summary>
    internal static bool IsOfPerson(TableEntity row) => row.PartitionKey.Split(':') is [_, OfPerson, _];

    private static TableEntity Row(string partition, string key, ThreadedMail mail) =>
        new(partition, key)
        {
            ["MessageId"] = mail.MessageId,
            ["Ticket"] = mail.Ticket,
            ["At"] = mail.At,
            ["Sent"] = mail.Sent,
            ["Person"] = mail.Person,
            ["Subject"] = PlainText.Head(mail.Subject, SubjectLength),
            ["IsNote"] = mail.IsNote ? true : null,
            ["ShownTo"] = mail.ShownTo,
        };

    private static ThreadedMail Read(TableEntity row) =>
        new(
            row.GetString("MessageId"),
            row.GetString("Ticket"),
            row.GetDateTimeOffset("At")!.Value,
            row.GetBoolean("Sent") == true,
            row.GetString("Person"),
            row.GetString("Subject"),
            row.GetBoolean("IsNote") == true,
            row.GetString("ShownTo")
        );

    /// <summary>Newest first.</summary>
    private static string TimeKey(string partition, ThreadedMail mail) => $"{TimeStart(partition, mail.At)}-{Hashes.Short(mail.MessageId)}";

    private static string TimeStart(string partition, DateTimeOffset at) =>
        string.Create(CultureInfo.InvariantCulture, $"{partition}:{DateTimeOffset.MaxValue.Ticks - at.Ticks:D19}");

    private static string PersonPartition(string workspace, string person) => $"{workspace}:{OfPerson}:{Hashes.Short(person.ToLowerInvariant())}";

    private static string ThreadPartition(string workspace, string ticket) => $"{workspace}:thread:{ticket}";

    private static string IdPartition(string workspace, string messageId) => $"{workspace}:id:{Hashes.Short(messageId)[..2]}";

    private static string IdKey(string partition, string messageId) => $"{partition}:{Hashes.Short(messageId)}";
}
