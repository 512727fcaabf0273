using System.Text.Json;
using Azure;
using Azure.Data.Tables;
using Helpdesk.Contacts;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;
using Helpdesk.Functions.Tickets;

namespace Helpdesk.Functions.Contacts;

/// <summary>A merge of two contacts that is decided.</summary>
public sealed record ContactMerge(string Id, string From, string Into);

/// <summary>Merges contacts.</summary>
/// <remarks>
/// There is no transaction over two contacts, so a merge is decided on one row of the workspace, which has room for one at a time; from then on it is
/// carried through by whoever finds it there: the next merge, a reader of either contact, the queue's message. Of merges that cross, the one that is
/// second finds that both ids lead to the same contact.
/// <list type="number">
/// <item>The merge is written on the row: decided.</item>
/// <item>The contact that goes names the one that goes on, and that this is under way; it keeps what it has.</item>
/// <item>The contact that goes on takes everything.</item>
/// <item>The index rows lead to the contact that goes on.</item>
/// <item>The contact that went keeps nothing but where it leads to, and the row is free.</item>
/// </list>
/// </remarks>
internal sealed class ContactMerges(StorageClients storage, ContactStore contacts, TimeProvider time)
{
    private TableClient Table => storage.Table(ContactStore.TableName);

    public async Task<Contact?> RunAsync(string workspace, string from, string into, CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            var etag = await SettledAsync(workspace, cancellationToken);
            if (await contacts.ReadAsync(workspace, from, cancellationToken) is not var (asked, _))
                return null;
            var target =
                await contacts.FindAsync(workspace, into, cancellationToken)
                ?? throw new InvalidRequestException("into", "into was not found: give the id of a contact of this workspace.");
            if (await contacts.FindAsync(workspace, from, cancellationToken) is not { } source)
                return null;
            // The same merge again is done already.
            if (asked.MergedInto is not null && source.Id == target.Id)
                return target;
            if (ContactRules.MergeRefusal(source, target) is { } refusal)
                throw refusal;
            var merge = new ContactMerge(Hashes.RandomName(12), source.Id, target.Id);
            if (await TryDecideAsync(workspace, etag, merge, cancellationToken))
            {
                await FinishAsync(workspace, merge, cancellationToken);
                return await contacts.FindAsync(workspace, target.Id, cancellationToken);
            }

            await TicketStore.PauseAsync(attempt, cancellationToken);
        }
    }

    /// <summary>Carries through a merge that is decided.</summary>
    public Task SettleAsync(string workspace, CancellationToken cancellationToken) => SettledAsync(workspace, cancellationToken);

    /// <summary>The ETag of the row once no merge is on it; null where there is no row yet.</summary>
    private async Task<ETag?> SettledAsync(string workspace, CancellationToken cancellationToken)
    {
        while (true)
        {
            var found = await Table.GetEntityIfExistsAsync<TableEntity>(Partition(workspace), Key(workspace), cancellationToken: cancellationToken);
            if (!found.HasValue)
                return null;
            if (found.Value!.GetString("Merge") is not { Length: > 0 } text)
                return found.Value.ETag;
            await FinishAsync(workspace, JsonSerializer.Deserialize(text, ContactJson.Default.ContactMerge)!, cancellationToken);
        }
    }

    private async Task<bool> TryDecideAsync(string workspace, ETag? etag, ContactMerge merge, CancellationToken cancellationToken)
    {
        var row = new TableEntity(Partition(workspace), Key(workspace)) { ["Merge"] = JsonSerializer.Serialize(merge, ContactJson.Default.ContactMerge) };
        try
        {
            if (etag is { } read)
                await Table.UpdateEntityAsync(row, read, TableUpdateMode.Replace, cancellationToken);
            else
                await Table.AddEntityAsync(row, cancellationToken);
            return true;
        }
        catch (RequestFailedException raced) when (raced.Status is 409 or 412)
        {
            return false;
        }
    }

    private async Task FinishAsync(string workspace, ContactMerge merge, CancellationToken cancellationToken)
    {
        var from = await WriteAsync(
            workspace,
            merge.From,
            contact => contact.MergedInto is null ? contact with { MergedInto = merge.Into, Merging = true } : contact,
            cancellationToken
        );
        if (from is { Merging: true })
        {
            await WriteAsync(workspace, merge.Into, into => ContactRules.Merge(into, from), cancellationToken);
            foreach (var key in ContactRules.KeysOf(from))
                await contacts.PointAsync(workspace, key, merge.Into, cancellationToken);
            await WriteAsync(
                workspace,
                merge.From,
                contact =>
                    contact.Merging == true
                        ? new Contact
                        {
                            Id = contact.Id,
                            Workspace = contact.Workspace,
                            MergedInto = contact.MergedInto,
                            Merged = contact.Merged,
                            CreatedAt = contact.CreatedAt,
                            UpdatedAt = contact.UpdatedAt,
                            Version = contact.Version,
                        }
                        : contact,
                cancellationToken
            );
        }

        // Only the merge that was carried through is taken off: another one may stand there by now.
        var found = await Table.GetEntityIfExistsAsync<TableEntity>(Partition(workspace), Key(workspace), cancellationToken: cancellationToken);
        if (
            !found.HasValue
            || found.Value!.GetString("Merge") is not { Length: > 0 } text
            || JsonSerializer.Deserialize(text, ContactJson.Default.ContactMerge)!.Id != merge.Id
        )
            return;
        try
        {
            var free = new TableEntity(Partition(workspace), Key(workspace)) { ["Merge"] = "" };
            await Table.UpdateEntityAsync(free, found.Value.ETag, TableUpdateMode.Replace, cancellationToken);
        }
        catch (RequestFailedException raced) when (raced.Status == 412)
        {
            // Another process has taken it off.
        }
    }

    private async Task<Contact?> WriteAsync(string workspace, string id, Func<Contact, Contact> change, CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            if (await contacts.ReadAsync(workspace, id, cancellationToken) is not var (before, etag))
                return null;
            var after = change(before);
            if (ReferenceEquals(after, before))
                return before;
            after = after with { UpdatedAt = time.GetUtcNow(), Version = before.Version + 1 };
            if (await contacts.TryWriteAsync(before, etag, after, cancellationToken))
                return after;
            await TicketStore.PauseAsync(attempt, cancellationToken);
        }
    }

    private static string Partition(string workspace) => $"{workspace}:merge";

    private static string Key(string workspace) => $"{workspace}:merge:merge";
}
