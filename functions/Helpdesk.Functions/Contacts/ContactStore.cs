using System.Text.Json;
using Azure;
using Azure.Data.Tables;
using Helpdesk.Contacts;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;
using Helpdesk.Functions.Tickets;

namespace Helpdesk.Functions.Contacts;

/// <summary>Keeps the people who have had to do with the desk.</summary>
/// <remarks>
/// <para>
/// A new contact: the index row of its first key is added, with all that the contact begins with; whoever adds it first decides. Then the contact's
/// own rows follow in one transaction. Whoever finds an index row whose contact is not there makes it from what the row holds.
/// </para>
/// <para>
/// A key that comes later: its index row is added, then the contact says so. A key that goes: the contact says that it leaves, then its row is deleted;
/// a row whose contact has it leaving counts for nothing.
/// </para>
/// </remarks>
public sealed class ContactStore(StorageClients storage, OrganisationStore organisations, WorkQueue<ContactMessage> queue, TimeProvider time)
{
    public const string TableName = "Contacts";

    private const string Seed = "Seed";
    private const int MostHops = 20;

    /// <summary>People whom this process has seen of late, and has nothing new to learn of.</summary>
    private readonly ShortMemory<string> _seen = new(time, TimeSpan.FromMinutes(1));

    private TableClient Table => storage.Table(TableName);

    private ContactMerges Merges => field ??= new(storage, this, time);

    /// <summary>Who has an address; null for nobody that the desk knows.</summary>
    public Task<Contact?> FindByEmailAsync(string workspace, string email, CancellationToken cancellationToken) =>
        FindByKeyAsync(workspace, ContactRules.KeyOfEmail(email), cancellationToken);

    /// <summary>Who has an address, a number or an identity; null for nobody that the desk knows.</summary>
    /// <param name="key">See <see cref="ContactRules.KeysOf(Contact)"/>.</param>
    public async Task<Contact?> FindByKeyAsync(string workspace, string key, CancellationToken cancellationToken)
    {
        var found = await Table.GetEntityIfExistsAsync<TableEntity>(
            ContactRows.IndexPartition(workspace, key),
            ContactRows.IndexKey(workspace, key),
            cancellationToken: cancellationToken
        );
        if (!found.HasValue)
            return null;
        var row = found.Value!;
        if (await FindAsync(workspace, row.GetString("Contact"), cancellationToken) is not { } contact)
        {
            // Whoever added the row did not live to write the contact.
            if (LongText.Read(row, Seed) is { Length: > 0 } seed)
                return await WriteNewAsync(JsonSerializer.Deserialize(seed, ContactJson.Default.Contact)!, cancellationToken);
            await DropAsync(row, cancellationToken);
            return null;
        }

        if (contact.ErasedAt is null && contact.Leaving?.Contains(key, StringComparer.Ordinal) != true)
            return contact;
        await DropAsync(row, cancellationToken);
        return null;
    }

    /// <summary>A contact by its id, or the one that it was merged into; null when there is none.</summary>
    public async Task<Contact?> FindAsync(string workspace, string id, CancellationToken cancellationToken)
    {
        for (var hops = 0; hops < MostHops; hops++)
        {
            if (await ReadAsync(workspace, id, cancellationToken) is not var (contact, _))
                return null;
            if (contact.MergedInto is not { } into)
                return contact;
            if (contact.Merging == true)
                await Merges.SettleAsync(workspace, cancellationToken);
            id = into;
        }

        return null;
    }

    /// <summary>The same, once a merge that is decided has been carried through.</summary>
    public async Task<Contact?> FindSettledAsync(string workspace, string id, CancellationToken cancellationToken)
    {
        await Merges.SettleAsync(workspace, cancellationToken);
        return await FindAsync(workspace, id, cancellationToken);
    }

    /// <summary>Notes that somebody has turned up: they become a contact, or their contact learns what is new. Twice is once.</summary>
    /// <returns>Id of the organisation that they belong to; null for none.</returns>
    public async Task<string?> LearnAsync(string workspace, Sighting seen, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(seen);
        var keys = ContactRules.KeysOf(seen);
        if (keys.Count == 0 || (seen.Email is { } address && (ErasedPerson.IsPseudonym(address) || address == PhoneAddress.Withheld)))
            return null;
        var organisation = await _seen.GetAsync(
            MemoryOf(workspace, seen),
            async () => (await FindOrLearnAsync(workspace, seen, keys, cancellationToken)) ?? ""
        );
        // Who is known with a language is known without it.
        if (seen.Language is not null)
            await _seen.GetAsync(MemoryOf(workspace, seen with { Language = null }), () => Task.FromResult(organisation));
        return organisation is { Length: > 0 } ? organisation : null;
    }

    private async Task<string?> FindOrLearnAsync(string workspace, Sighting seen, IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        while (true)
        {
            Contact? known = null;
            foreach (var key in keys)
                known ??= await FindByKeyAsync(workspace, key, cancellationToken);
            var contact = known is not null
                ? await TryLearnAsync(known, seen, cancellationToken)
                : await TryAddAsync(ContactRules.Begin(Hashes.RandomName(ContactRows.IdLength), workspace, seen, time.GetUtcNow()), cancellationToken);
            if (contact is not null)
                return contact.Organisation;
        }
    }

    /// <summary>Adds a contact under an id; 409 when one of its addresses or numbers is somebody else's.</summary>
    public async Task<Contact> AddAsync(Contact contact, CancellationToken cancellationToken)
    {
        if (await ReadAsync(contact.Workspace, contact.Id, cancellationToken) is var (there, _))
            return there;
        foreach (var key in ContactRules.KeysOf(contact))
        {
            if (await FindByKeyAsync(contact.Workspace, key, cancellationToken) is { } other && other.Id != contact.Id)
                throw Taken(key, other.Id);
        }

        while (true)
        {
            if (await TryAddAsync(contact, cancellationToken) is { } added)
                return added.Id == contact.Id ? added : throw Taken(ContactRules.KeysOf(contact)[0], added.Id);
            if (await FindByKeyAsync(contact.Workspace, ContactRules.KeysOf(contact)[0], cancellationToken) is { } first && first.Id != contact.Id)
                throw Taken(ContactRules.KeysOf(contact)[0], first.Id);
        }
    }

    /// <summary>Changes a contact by a rule, under its version; null when there is none. The rule may run several times.</summary>
    public async Task<Contact?> ChangeAsync(
        string workspace,
        string id,
        IfMatch ifMatch,
        Func<Contact, ValueTask<Contact>> change,
        CancellationToken cancellationToken
    )
    {
        for (var attempt = 0; ; attempt++)
        {
            if (await ReadAsync(workspace, id, cancellationToken) is not var (before, etag))
                return null;
            ifMatch.Check(before.Version);
            var after = await change(before);
            if (ReferenceEquals(after, before))
                return before;
            var (had, has) = (ContactRules.KeysOf(before), ContactRules.KeysOf(after));
            foreach (var key in has.Except(had, StringComparer.Ordinal))
                await ClaimAsync(workspace, key, id, cancellationToken);
            var leaving = (before.Leaving ?? []).Concat(had.Except(has, StringComparer.Ordinal)).Except(has, StringComparer.Ordinal).ToList();
            after = after with { Leaving = leaving.Count > 0 ? leaving : null, UpdatedAt = time.GetUtcNow(), Version = before.Version + 1 };
            if (!await TryWriteAsync(before, etag, after, cancellationToken))
            {
                await TicketStore.PauseAsync(attempt, cancellationToken);
                continue;
            }

            if (leaving.Count > 0)
                after = await ReleaseAsync(after, cancellationToken);
            if (leaving.Count > 0 || after.Organisation != before.Organisation)
                _seen.Forget();
            return after;
        }
    }

    /// <summary>One page of contacts by name: all of them, those whose name, address or number begins so, or those of an organisation.</summary>
    /// <remarks>It asks each of the partitions once.</remarks>
    public async Task<ListPage<Contact>> ReadPageAsync(
        string workspace,
        string? search,
        string? organisation,
        int limit,
        string? cursor,
        CancellationToken cancellationToken
    )
    {
        var term = search is null ? "" : Folding.Term(search);
        var list = $"contacts {workspace} {term} {organisation}";
        var after = cursor is null ? "" : KeyFrom(PageCursor.Read(list, cursor, 1)[0]);
        var shards = await Task.WhenAll(
            Enumerable
                .Range(0, ContactRows.Shards)
                .Select(shard => ReadShardAsync(ContactRows.Partition(workspace, shard), term, organisation, after, limit + 1, cancellationToken))
        );
        var rows = shards.SelectMany(shard => shard).OrderBy(row => row.Key, StringComparer.Ordinal).ToList();
        var page = rows.Take(limit).ToList();
        // Somebody is found by several words that begin alike, and shown once a page.
        return new(
            [.. page.Select(row => row.Contact).DistinctBy(contact => contact.Id)],
            rows.Count > limit ? PageCursor.Write(list, KeyTo(page[^1].Key)) : null
        );
    }

    /// <summary>Contacts whose address has a domain, in the order of their ids, after one of them; at most <paramref name="limit"/>.</summary>
    internal async Task<IReadOnlyList<Contact>> ReadDomainAsync(
        string workspace,
        int shard,
        string domain,
        string after,
        int limit,
        CancellationToken cancellationToken
    )
    {
        var partition = ContactRows.Partition(workspace, shard);
        var start = $"{ContactRows.FindStart(partition)}{Folding.Term(domain)}:";
        return [.. (await ReadRangeAsync(partition, start + after, start[..^1] + ";", limit, cancellationToken)).Select(ContactRows.Read)];
    }

    /// <summary>Contacts of an organisation in one partition, at most <paramref name="limit"/>.</summary>
    internal async Task<IReadOnlyList<Contact>> ReadMembersAsync(
        string workspace,
        int shard,
        string organisation,
        int limit,
        CancellationToken cancellationToken
    )
    {
        var partition = ContactRows.Partition(workspace, shard);
        var start = ContactRows.MemberStart(partition, organisation);
        return [.. (await ReadRangeAsync(partition, start, start[..^1] + ";", limit, cancellationToken)).Select(ContactRows.Read)];
    }

    /// <summary>Contacts of one partition in the order of their ids, after one of them.</summary>
    internal async Task<IReadOnlyList<Contact>> ReadAllAsync(string workspace, int shard, string after, int limit, CancellationToken cancellationToken)
    {
        var partition = ContactRows.Partition(workspace, shard);
        var start = ContactRows.ContactKey(partition, "");
        return [.. (await ReadRangeAsync(partition, start + after, start[..^1] + ";", limit, cancellationToken)).Select(ContactRows.Read)];
    }

    /// <summary>Has the tickets of a contact shown with their organisation.</summary>
    internal async Task SendTicketsAsync(Contact contact, CancellationToken cancellationToken) =>
        queue.Committed(await queue.AnnounceAsync(new(contact.Workspace, ContactWork.Tickets, contact.Organisation, contact.Id), cancellationToken));

    /// <summary>Merges a contact into another one; null when the first is not there. Of merges that cross, one direction wins.</summary>
    public async Task<Contact?> MergeAsync(string workspace, string from, string into, CancellationToken cancellationToken)
    {
        // Should this process end on the way, the message has the merge carried through.
        var message = await queue.AnnounceAsync(new(workspace, ContactWork.Merge), cancellationToken);
        var merged = await Merges.RunAsync(workspace, from, into, cancellationToken);
        _seen.Forget();
        await queue.TakeBackAsync([message], cancellationToken);
        return merged;
    }

    /// <summary>Carries through a merge that is decided.</summary>
    internal Task SettleAsync(string workspace, CancellationToken cancellationToken) => Merges.SettleAsync(workspace, cancellationToken);

    /// <summary>A contact as its row is, also one that was merged.</summary>
    internal async Task<(Contact Contact, ETag ETag)?> ReadAsync(string workspace, string id, CancellationToken cancellationToken)
    {
        if (!ContactRows.IsId(id))
            return null;
        var partition = ContactRows.PartitionOf(workspace, id);
        var found = await Table.GetEntityIfExistsAsync<TableEntity>(partition, ContactRows.ContactKey(partition, id), cancellationToken: cancellationToken);
        return found.HasValue ? (ContactRows.Read(found.Value!), found.Value!.ETag) : null;
    }

    /// <summary>Writes a contact and what it is listed and found by in one transaction; false when somebody was faster.</summary>
    internal async Task<bool> TryWriteAsync(Contact before, ETag etag, Contact after, CancellationToken cancellationToken)
    {
        var listed = ContactRows.Listed(after).ToList();
        var gone = ContactRows.Listed(before).Select(row => row.RowKey).Except(listed.Select(row => row.RowKey), StringComparer.Ordinal);
        var partition = ContactRows.PartitionOf(after.Workspace, after.Id);
        List<TableTransactionAction> actions =
        [
            new(TableTransactionActionType.UpdateReplace, ContactRows.Row(after), etag),
            .. listed.Select(row => new TableTransactionAction(TableTransactionActionType.UpsertReplace, row)),
            .. gone.Select(key => new TableTransactionAction(TableTransactionActionType.Delete, new TableEntity(partition, key), ETag.All)),
        ];
        try
        {
            await Table.SubmitTransactionAsync(actions, cancellationToken);
            return true;
        }
        catch (RequestFailedException raced) when (raced.Status is 404 or 409 or 412)
        {
            return false;
        }
    }

    /// <summary>Removes a contact with everything that it is found by: its keys first, so that no key leads to nobody.</summary>
    internal async Task RemoveAsync(Contact contact, CancellationToken cancellationToken)
    {
        foreach (var key in ContactRules.KeysOf(contact).Concat(contact.Leaving ?? []))
            await DropAsync(contact.Workspace, key, contact.Id, cancellationToken);
        var partition = ContactRows.PartitionOf(contact.Workspace, contact.Id);
        foreach (var row in ContactRows.Listed(contact))
            await Table.DeleteEntityAsync(partition, row.RowKey, ETag.All, cancellationToken);
        await Table.DeleteEntityAsync(partition, ContactRows.ContactKey(partition, contact.Id), ETag.All, cancellationToken);
        _seen.Forget();
    }

    /// <summary>Leaves nothing of a contact but a pseudonym: first what it is found by goes, then what it says.</summary>
    internal async Task EmptyAsync(Contact contact, string pseudonym, DateTimeOffset now, CancellationToken cancellationToken)
    {
        foreach (var key in ContactRules.KeysOf(contact).Concat(contact.Leaving ?? []))
            await DropAsync(contact.Workspace, key, contact.Id, cancellationToken);
        for (var attempt = 0; ; attempt++)
        {
            if (await ReadAsync(contact.Workspace, contact.Id, cancellationToken) is not var (before, etag) || before.ErasedAt is not null)
                break;
            var after = new Contact
            {
                Id = before.Id,
                Workspace = before.Workspace,
                Emails = [pseudonym],
                Organisation = before.Organisation,
                Language = before.Language,
                Merged = before.Merged,
                CancelledAt = before.CancelledAt,
                ErasedAt = now,
                CreatedAt = before.CreatedAt,
                UpdatedAt = now,
                Version = before.Version + 1,
            };
            if (await TryWriteAsync(before, etag, after, cancellationToken))
                break;
            await TicketStore.PauseAsync(attempt, cancellationToken);
        }

        _seen.Forget();
    }

    /// <summary>Has the index row of a key lead to a contact, whoever it led to.</summary>
    internal Task PointAsync(string workspace, string key, string contact, CancellationToken cancellationToken) =>
        Table.UpsertEntityAsync(ContactRows.IndexRow(workspace, key, contact), TableUpdateMode.Replace, cancellationToken);

    private static string MemoryOf(string workspace, Sighting seen) =>
        $"{workspace}\n{seen.Email}\n{seen.Phone}\n{seen.Name}\n{seen.Language}\n{string.Join('\n', (seen.Identities ?? []).Select(ContactRules.KeyOf))}";

    private async Task<Contact?> TryLearnAsync(Contact known, Sighting seen, CancellationToken cancellationToken)
    {
        if (ReferenceEquals(ContactRules.Learn(known, seen), known))
            return known;
        return await ChangeAsync(
            known.Workspace,
            known.Id,
            IfMatch.Any,
            async current =>
            {
                if (current.MergedInto is not null)
                    return current;
                // What somebody else has already stays theirs.
                var identities = new List<ContactIdentity>();
                foreach (var identity in (seen.Identities ?? []).Except(current.Identities))
                {
                    if (await FindByKeyAsync(known.Workspace, ContactRules.KeyOf(identity), cancellationToken) is not { } other || other.Id == current.Id)
                        identities.Add(identity);
                }

                var email = seen.Email;
                if (email is not null && await FindByEmailAsync(known.Workspace, email, cancellationToken) is { } owner && owner.Id != current.Id)
                    email = null;
                var phone = seen.Phone;
                if (
                    phone is not null
                    && await FindByKeyAsync(known.Workspace, ContactRules.KeyOfPhone(phone), cancellationToken) is { } holder
                    && holder.Id != current.Id
                )
                    phone = null;
                return ContactRules.Learn(current, seen with { Email = email, Identities = identities, Phone = phone });
            },
            cancellationToken
        );
    }

    /// <summary>Adds a contact whose first key nobody has; null when somebody was faster.</summary>
    private async Task<Contact?> TryAddAsync(Contact contact, CancellationToken cancellationToken)
    {
        if (contact.Organisation is null)
            contact = contact with { Organisation = await organisations.OfAsync(contact.Workspace, contact.Emails, cancellationToken) };
        var keys = ContactRules.KeysOf(contact);
        if (keys.Count > 0)
        {
            try
            {
                await Table.AddEntityAsync(SeedRow(contact, keys[0]), cancellationToken);
            }
            catch (RequestFailedException taken) when (taken.Status == 409)
            {
                return null;
            }
        }

        return await WriteNewAsync(contact, cancellationToken);
    }

    /// <summary>Writes the contact whose first index row is there: the other index rows, then its own rows.</summary>
    private async Task<Contact> WriteNewAsync(Contact contact, CancellationToken cancellationToken)
    {
        foreach (var key in ContactRules.KeysOf(contact).Skip(1))
        {
            try
            {
                await Table.AddEntityAsync(SeedRow(contact, key), cancellationToken);
            }
            catch (RequestFailedException taken) when (taken.Status == 409)
            {
                // Somebody else has it, and keeps it.
                if (await OwnerAsync(contact.Workspace, key, cancellationToken) is { } owner && owner != contact.Id)
                    contact = Without(contact, key);
            }
        }

        List<TableTransactionAction> actions =
        [
            new(TableTransactionActionType.Add, ContactRows.Row(contact)),
            .. ContactRows.Listed(contact).Select(row => new TableTransactionAction(TableTransactionActionType.UpsertReplace, row)),
        ];
        try
        {
            await Table.SubmitTransactionAsync(actions, cancellationToken);
            return contact;
        }
        catch (RequestFailedException there) when (there.Status == 409)
        {
            return await FindAsync(contact.Workspace, contact.Id, cancellationToken) ?? contact;
        }
    }

    /// <summary>An index row of a contact that is not there yet: whoever meets it makes the contact.</summary>
    private static TableEntity SeedRow(Contact contact, string key)
    {
        var row = ContactRows.IndexRow(contact.Workspace, key, contact.Id);
        LongText.Write(row, Seed, JsonSerializer.Serialize(contact, ContactJson.Default.Contact));
        return row;
    }

    private async Task<string?> OwnerAsync(string workspace, string key, CancellationToken cancellationToken)
    {
        var found = await Table.GetEntityIfExistsAsync<TableEntity>(
            ContactRows.IndexPartition(workspace, key),
            ContactRows.IndexKey(workspace, key),
            cancellationToken: cancellationToken
        );
        return found.HasValue ? found.Value!.GetString("Contact") : null;
    }

    private static Contact Without(Contact contact, string key) =>
        contact with
        {
            Emails = [.. contact.Emails.Where(one => ContactRules.KeyOfEmail(one) != key)],
            Phones = [.. contact.Phones.Where(one => ContactRules.KeyOfPhone(one) != key)],
            Identities = [.. contact.Identities.Where(one => ContactRules.KeyOf(one) != key)],
        };

    /// <summary>Takes a key for a contact; 409 when somebody else has it.</summary>
    private async Task ClaimAsync(string workspace, string key, string id, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await Table.AddEntityAsync(ContactRows.IndexRow(workspace, key, id), cancellationToken);
                return;
            }
            catch (RequestFailedException there) when (there.Status == 409)
            {
                if (await OwnerAsync(workspace, key, cancellationToken) == id)
                {
                    // It may be on its way out: written anew, whoever deletes it finds that it has changed.
                    await PointAsync(workspace, key, id, cancellationToken);
                    return;
                }

                if (await FindByKeyAsync(workspace, key, cancellationToken) is { } other)
                {
                    if (other.Id != id)
                        throw Taken(key, other.Id);
                    await PointAsync(workspace, key, id, cancellationToken);
                    return;
                }
            }
        }
    }

    /// <summary>Deletes the index rows of keys that left, and notes that they are gone.</summary>
    private async Task<Contact> ReleaseAsync(Contact contact, CancellationToken cancellationToken)
    {
        foreach (var key in contact.Leaving!)
            await DropAsync(contact.Workspace, key, contact.Id, cancellationToken);
        if (await ReadAsync(contact.Workspace, contact.Id, cancellationToken) is not var (now, etag) || now.Leaving is null)
            return contact;
        var left = now.Leaving.Except(contact.Leaving, StringComparer.Ordinal).ToList();
        var clean = now with { Leaving = left.Count > 0 ? left : null };
        return await TryWriteAsync(now, etag, clean, cancellationToken) ? clean : now;
    }

    private async Task DropAsync(string workspace, string key, string id, CancellationToken cancellationToken)
    {
        var found = await Table.GetEntityIfExistsAsync<TableEntity>(
            ContactRows.IndexPartition(workspace, key),
            ContactRows.IndexKey(workspace, key),
            cancellationToken: cancellationToken
        );
        if (found.HasValue && found.Value!.GetString("Contact") == id)
            await DropAsync(found.Value, cancellationToken);
    }

    private async Task DropAsync(TableEntity row, CancellationToken cancellationToken)
    {
        try
        {
            await Table.DeleteEntityAsync(row.PartitionKey, row.RowKey, row.ETag, cancellationToken);
        }
        catch (RequestFailedException changed) when (changed.Status is 404 or 412)
        {
            // Somebody has taken the key meanwhile.
        }
    }

    private async Task<IReadOnlyList<(string Key, Contact Contact)>> ReadShardAsync(
        string partition,
        string term,
        string? organisation,
        string after,
        int take,
        CancellationToken cancellationToken
    )
    {
        var start =
            organisation is not null ? ContactRows.MemberStart(partition, organisation)
            : term.Length > 0 ? ContactRows.FindStart(partition)
            : ContactRows.ListStart(partition);
        var from =
            start
            + (
                after.Length > 0 ? after
                : organisation is null ? term
                : ""
            );
        var end = term.Length > 0 && organisation is null ? start + term + '\uFFFF' : start[..^1] + ";";
        var rows = await ReadRangeAsync(partition, from, end, take, cancellationToken);
        return [.. rows.Select(row => (row.RowKey[start.Length..], ContactRows.Read(row)))];
    }

    private async Task<IReadOnlyList<TableEntity>> ReadRangeAsync(string partition, string after, string end, int take, CancellationToken cancellationToken)
    {
        var rows = new List<TableEntity>();
        await foreach (
            var row in Table.QueryAsync<TableEntity>(
                TableClient.CreateQueryFilter($"PartitionKey eq {partition} and RowKey gt {after} and RowKey lt {end}"),
                Math.Min(take, 1000),
                cancellationToken: cancellationToken
            )
        )
        {
            rows.Add(row);
            if (rows.Count == take)
                break;
        }

        return rows;
    }

    /// <summary>A key in a cursor: it may hold letters of any script.</summary>
    private static string KeyTo(string key) => Convert.ToHexStringLower(System.Text.Encoding.UTF8.GetBytes(key));

    private static string KeyFrom(string hex)
    {
        try
        {
            return System.Text.Encoding.UTF8.GetString(Convert.FromHexString(hex));
        }
        catch (FormatException)
        {
            throw new InvalidRequestException("cursor", "cursor is not one that this list gave; start again without it.");
        }
    }

    private static HelpdeskRuleException Taken(string key, string contact) =>
        new(
            key.StartsWith("phone:", StringComparison.Ordinal) ? "phone-taken"
                : key.StartsWith("email:", StringComparison.Ordinal) ? "email-taken"
                : "identity-taken",
            $"{key[(key.IndexOf(':', StringComparison.Ordinal) + 1)..]} belongs to contact {contact}: remove it there first, or merge the two."
        );
}
