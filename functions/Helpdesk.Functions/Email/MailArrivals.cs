using Azure;
using Azure.Data.Tables;
using Helpdesk.Email;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;

namespace Helpdesk.Functions.Email;

/// <summary>The first receipt that brought something.</summary>
/// <param name="Receipt">Id of the receipt; empty where there was none.</param>
/// <param name="Mailbox">Id of the mailbox that it came to; empty for none.</param>
/// <param name="Ticket">Id of the ticket that it opened, where that is asked for; null for none yet.</param>
public sealed record Arrival(string Receipt, string Mailbox, DateTimeOffset At, string? Ticket = null);

/// <summary>Remembers by a hash what has arrived, so that the same mail is known again, and the same words.</summary>
/// <remarks>Whoever writes a row first was first; nobody looks through rows to find out. No words are kept, and no addresses.</remarks>
public sealed class MailArrivals(StorageClients storage, TimeProvider time) : INightlyWork
{
    public const string TableName = "MailArrivals";

    /// <summary>How long mails are known again; a mailbox may be read anew after years.</summary>
    private static readonly TimeSpan MailsKept = TimeSpan.FromDays(3 * 365);
    private static readonly TimeSpan WordsKept = TimeSpan.FromDays(2);

    /// <summary>So many rows are removed in one night at the most.</summary>
    private const int PerNight = 5_000;

    private const string FollowUp = "follow-up";

    private TableClient Table => storage.Table(TableName);

    /// <summary>The receipt that brought this very mail first: the one given, unless there was another before.</summary>
    public Task<Arrival> OfMailAsync(string workspace, ReceivedMail mail, Arrival now, CancellationToken cancellationToken)
    {
        // Without a Message-ID, what its author said of it tells it apart.
        var id = mail.MessageId ?? $"{mail.From?.Email}\n{mail.Date:O}\n{mail.Subject}";
        return ClaimAsync(workspace, "mail", $"{id}\n{mail.BodyHash}", now, null, cancellationToken);
    }

    /// <summary>Puts another receipt in the place of the first one, of which nothing came; false when somebody else did.</summary>
    public Task<bool> TakeOverAsync(string workspace, ReceivedMail mail, Arrival from, Arrival now, CancellationToken cancellationToken)
    {
        var id = mail.MessageId ?? $"{mail.From?.Email}\n{mail.Date:O}\n{mail.Subject}";
        return ReplaceAsync(workspace, "mail", $"{id}\n{mail.BodyHash}", from, now, cancellationToken);
    }

    /// <summary>The receipt that brought these words from this sender to this place first, within a length of time.</summary>
    /// <param name="place">The ticket; or the subject, for what opens one.</param>
    public Task<Arrival> OfWordsAsync(string workspace, ReceivedMail mail, string place, Arrival now, TimeSpan within, CancellationToken cancellationToken) =>
        ClaimAsync(workspace, "words", $"{mail.From?.Email}\n{place}\n{mail.BodyHash}", now, now.At - within, cancellationToken);

    /// <summary>The receipt that took up a closed ticket first: the one given, unless there was another before.</summary>
    public Task<Arrival> OfFollowUpAsync(string workspace, string closed, Arrival now, CancellationToken cancellationToken) =>
        ClaimAsync(workspace, FollowUp, closed, now, null, cancellationToken);

    /// <summary>Takes up a closed ticket in the place of another receipt, whose follow-up is not there; false when somebody else did.</summary>
    public Task<bool> TakeOverFollowUpAsync(string workspace, string closed, Arrival from, Arrival now, CancellationToken cancellationToken) =>
        ReplaceAsync(workspace, FollowUp, closed, from, now, cancellationToken);

    /// <summary>Notes the follow-up of a closed ticket, whichever way it was opened, unless a mail took that ticket up before.</summary>
    public async Task NoteFollowUpAsync(string workspace, string closed, Arrival opened, CancellationToken cancellationToken)
    {
        while (true)
        {
            var first = await ClaimAsync(workspace, FollowUp, closed, opened, null, cancellationToken);
            if (first.Receipt != opened.Receipt || first.Ticket == opened.Ticket)
                return;
            if (await ReplaceAsync(workspace, FollowUp, closed, first, opened, cancellationToken))
                return;
        }
    }

    /// <summary>Removes what is too old to be asked for.</summary>
    public async Task TidyAsync(string workspace, CancellationToken cancellationToken)
    {
        var (mails, words) = (time.GetUtcNow() - MailsKept, time.GetUtcNow() - WordsKept);
        var removed = 0;
        await foreach (
            var row in Table.QueryAsync<TableEntity>(
                TableClient.CreateQueryFilter(
                    $"PartitionKey gt {workspace + ":"} and PartitionKey lt {workspace + ";"} and (Kind eq {"words"} and At lt {words} or At lt {mails})"
                ),
                select: ["PartitionKey", "RowKey"],
                cancellationToken: cancellationToken
            )
        )
        {
            await Table.DeleteEntityAsync(row.PartitionKey, row.RowKey, ETag.All, cancellationToken);
            if (++removed == PerNight)
                return;
        }
    }

    private async Task<Arrival> ClaimAsync(
        string workspace,
        string kind,
        string text,
        Arrival now,
        DateTimeOffset? notBefore,
        CancellationToken cancellationToken
    )
    {
        var row = Row(workspace, kind, text, now);
        while (true)
        {
            try
            {
                await Table.AddEntityAsync(row, cancellationToken);
                return now;
            }
            catch (RequestFailedException there) when (there.Status == 409)
            {
                var found = await Table.GetEntityIfExistsAsync<TableEntity>(row.PartitionKey, row.RowKey, cancellationToken: cancellationToken);
                if (!found.HasValue)
                    continue;
                var first = Read(found.Value!);
                if (notBefore is null || first.At > notBefore || first.Receipt == now.Receipt)
                    return first;
                if (await TryReplaceAsync(row, found.Value!.ETag, cancellationToken))
                    return now;
            }
        }
    }

    private async Task<bool> ReplaceAsync(string workspace, string kind, string text, Arrival from, Arrival now, CancellationToken cancellationToken)
    {
        var row = Row(workspace, kind, text, now);
        var found = await Table.GetEntityIfExistsAsync<TableEntity>(row.PartitionKey, row.RowKey, cancellationToken: cancellationToken);
        return found.HasValue && Read(found.Value!).Receipt == from.Receipt && await TryReplaceAsync(row, found.Value!.ETag, cancellationToken);
    }

    private async Task<bool> TryReplaceAsync(TableEntity row, ETag read, CancellationToken cancellationToken)
    {
        try
        {
            await Table.UpdateEntityAsync(row, read, TableUpdateMode.Replace, cancellationToken);
            return true;
        }
        catch (RequestFailedException raced) when (raced.Status is 404 or 412)
        {
            return false;
        }
    }

    internal static TableEntity Row(string workspace, string kind, string text, Arrival arrival)
    {
        var hash = Hashes.Short(text);
        var partition = $"{workspace}:{hash[..2]}";
        var row = new TableEntity(partition, $"{partition}:{kind}-{hash}")
        {
            ["Kind"] = kind,
            ["Receipt"] = arrival.Receipt,
            ["Mailbox"] = arrival.Mailbox,
            ["At"] = arrival.At,
        };
        if (arrival.Ticket is not null)
            row["Ticket"] = arrival.Ticket;
        return row;
    }

    internal static Arrival Read(TableEntity row) =>
        new(row.GetString("Receipt"), row.GetString("Mailbox") ?? "", row.GetDateTimeOffset("At")!.Value, row.GetString("Ticket"));
}
