using System.Text.Json;
using Azure;
using Azure.Data.Tables;
using Helpdesk.Contacts;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;
using Helpdesk.Functions.Tickets;

namespace Helpdesk.Functions.Contacts;

/// <summary>Keeps the organisations that contacts belong to, and the tickets of their people.</summary>
/// <remarks>
/// Organisations, their domains and their order by name lie in one partition of the workspace, so that a domain belongs to one of them by one
/// transaction: <c>org:id</c>, <c>domain:name</c>, <c>list:name:id</c>. The tickets of an organisation have a partition of their own.
/// </remarks>
public sealed class OrganisationStore(StorageClients storage, WorkQueue<ContactMessage> queue, TimeProvider time)
{
    private readonly ShortMemory<string> _domains = new(time, TimeSpan.FromSeconds(30));

    private TableClient Table => storage.Table(ContactStore.TableName);

    /// <summary>The organisation of the first address whose domain has one; null for none.</summary>
    public async ValueTask<string?> OfAsync(string workspace, IReadOnlyList<string> emails, CancellationToken cancellationToken)
    {
        foreach (var domain in emails.Select(ContactRules.DomainOf).OfType<string>().Distinct(StringComparer.Ordinal).Where(one => !Domains.IsPublic(one)))
        {
            var found = await _domains.GetAsync($"{workspace}/{domain}", async () => await ReadDomainAsync(workspace, domain, cancellationToken) ?? "");
            if (found is { Length: > 0 } organisation)
                return organisation;
        }

        return null;
    }

    public async Task<(Organisation Organisation, ETag ETag)?> FindAsync(string workspace, string id, CancellationToken cancellationToken)
    {
        if (!Helpdesk.Functions.Settings.SettingsStore.IsId(id))
            return null;
        var partition = Partition(workspace);
        var found = await Table.GetEntityIfExistsAsync<TableEntity>(partition, $"{partition}:org:{id}", cancellationToken: cancellationToken);
        return found.HasValue ? (Read(found.Value!), found.Value!.ETag) : null;
    }

    /// <summary>One page of organisations by name, or of those whose name begins so.</summary>
    public async Task<ListPage<Organisation>> ReadPageAsync(string workspace, string? search, int limit, string? cursor, CancellationToken cancellationToken)
    {
        var term = search is null ? "" : Folding.Term(search);
        var list = $"organisations {workspace} {term}";
        var partition = Partition(workspace);
        var start = $"{partition}:list:";
        var after = cursor is null ? term : System.Text.Encoding.UTF8.GetString(Convert.FromHexString(PageCursor.Read(list, cursor, 1)[0]));
        var (from, end) = (start + after, term.Length > 0 ? start + term + '\uFFFF' : start[..^1] + ";");
        var found = new List<(string Key, Organisation Organisation)>();
        await foreach (
            var row in Table.QueryAsync<TableEntity>(
                TableClient.CreateQueryFilter($"PartitionKey eq {partition} and RowKey gt {from} and RowKey lt {end}"),
                limit + 1,
                cancellationToken: cancellationToken
            )
        )
        {
            found.Add((row.RowKey[start.Length..], Read(row)));
            if (found.Count > limit)
                break;
        }

        return new(
            [.. found.Take(limit).Select(one => one.Organisation)],
            found.Count > limit ? PageCursor.Write(list, Convert.ToHexStringLower(System.Text.Encoding.UTF8.GetBytes(found[limit - 1].Key))) : null
        );
    }

    /// <summary>Adds an organisation; 409 when its id or one of its domains is taken.</summary>
    /// <returns>The organisation as it is; when the same one is there already, that one.</returns>
    public async Task<Organisation> AddAsync(Organisation organisation, bool repeated, CancellationToken cancellationToken)
    {
        var announced = organisation.Domains.Count > 0 ? await AnnounceAsync(organisation.Workspace, organisation.Id, cancellationToken) : null;
        List<TableTransactionAction> actions =
        [
            new(TableTransactionActionType.Add, Row(organisation)),
            new(TableTransactionActionType.UpsertReplace, ListRow(organisation)),
            .. organisation.Domains.Select(domain => new TableTransactionAction(TableTransactionActionType.Add, DomainRow(organisation, domain))),
        ];
        try
        {
            await Table.SubmitTransactionAsync(actions, cancellationToken);
        }
        catch (RequestFailedException taken) when (taken.Status == 409)
        {
            if (await FindAsync(organisation.Workspace, organisation.Id, cancellationToken) is var (there, _))
                return repeated ? there : throw new HelpdeskRuleException("already-exists", $"The id \"{organisation.Id}\" is taken: choose another one.");
            throw await TakenAsync(organisation, cancellationToken);
        }

        _domains.Forget();
        if (announced is not null)
            queue.Committed(announced);
        return organisation;
    }

    /// <summary>Changes an organisation by a rule, under its version; null when there is none.</summary>
    public async Task<Organisation?> ChangeAsync(
        string workspace,
        string id,
        IfMatch ifMatch,
        Func<Organisation, Organisation> change,
        CancellationToken cancellationToken
    )
    {
        for (var attempt = 0; ; attempt++)
        {
            if (await FindAsync(workspace, id, cancellationToken) is not var (before, etag))
                return null;
            ifMatch.Check(before.Version);
            var after = change(before);
            if (ReferenceEquals(after, before))
                return before;
            after = after with { UpdatedAt = time.GetUtcNow(), Version = before.Version + 1 };
            var fresh = after.Domains.Except(before.Domains, StringComparer.Ordinal).ToList();
            var announced = fresh.Count > 0 ? await AnnounceAsync(workspace, id, cancellationToken) : null;
            List<TableTransactionAction> actions =
            [
                new(TableTransactionActionType.UpdateReplace, Row(after), etag),
                new(TableTransactionActionType.UpsertReplace, ListRow(after)),
                .. fresh.Select(domain => new TableTransactionAction(TableTransactionActionType.Add, DomainRow(after, domain))),
                .. before
                    .Domains.Except(after.Domains, StringComparer.Ordinal)
                    .Select(domain => new TableTransactionAction(TableTransactionActionType.Delete, DomainRow(after, domain), ETag.All)),
            ];
            if (ListRow(before).RowKey is var old && old != ListRow(after).RowKey)
                actions.Add(new(TableTransactionActionType.Delete, new TableEntity(Partition(workspace), old), ETag.All));
            try
            {
                await Table.SubmitTransactionAsync(actions, cancellationToken);
            }
            catch (RequestFailedException raced) when (raced.Status is 404 or 409 or 412)
            {
                if (raced.Status == 409 && await TakenAsync(after, cancellationToken) is { Code: "domain-taken" } taken)
                    throw taken;
                await TicketStore.PauseAsync(attempt, cancellationToken);
                continue;
            }

            _domains.Forget();
            if (announced is not null)
                queue.Committed(announced);
            return after;
        }
    }

    /// <summary>Removes an organisation; its contacts belong to none within seconds. False when there is none.</summary>
    public async Task<bool> RemoveAsync(string workspace, string id, CancellationToken cancellationToken)
    {
        if (await FindAsync(workspace, id, cancellationToken) is not var (organisation, etag))
            return false;
        var announced = await queue.AnnounceAsync(new(workspace, ContactWork.Leave, id), cancellationToken);
        List<TableTransactionAction> actions =
        [
            new(TableTransactionActionType.Delete, Row(organisation), etag),
            new(TableTransactionActionType.Delete, ListRow(organisation), ETag.All),
            .. organisation.Domains.Select(domain => new TableTransactionAction(TableTransactionActionType.Delete, DomainRow(organisation, domain), ETag.All)),
        ];
        try
        {
            await Table.SubmitTransactionAsync(actions, cancellationToken);
        }
        catch (RequestFailedException raced) when (raced.Status is 404 or 412)
        {
            return await FindAsync(workspace, id, cancellationToken) is not null && await RemoveAsync(workspace, id, cancellationToken);
        }

        _domains.Forget();
        queue.Committed(announced);
        return true;
    }

    /// <summary>Notes that a ticket is one of an organisation's people; twice is once.</summary>
    public Task AddTicketAsync(string workspace, string organisation, long createdAt, string ticket, CancellationToken cancellationToken) =>
        Table.UpsertEntityAsync(TicketRow(workspace, organisation, createdAt, ticket), TableUpdateMode.Replace, cancellationToken);

    /// <summary>The same for many tickets, a hundred in one request.</summary>
    public async Task AddTicketsAsync(string workspace, IEnumerable<(string Organisation, Ticket Ticket)> tickets, CancellationToken cancellationToken)
    {
        foreach (var theirs in tickets.GroupBy(one => one.Organisation, one => one.Ticket, StringComparer.Ordinal))
        {
            var rows = theirs.Select(ticket => TicketRow(workspace, theirs.Key, ticket.CreatedAt.ToUnixTimeMilliseconds(), ticket.Id));
            foreach (var chunk in TableTransactions.Split(rows.Select(row => new TableTransactionAction(TableTransactionActionType.UpsertReplace, row))))
                await Table.SubmitTransactionAsync(chunk, cancellationToken);
        }
    }

    /// <summary>Ids of the tickets of an organisation, the newest first.</summary>
    public async Task<ListPage<string>> ReadTicketsAsync(string workspace, string organisation, int limit, string? cursor, CancellationToken cancellationToken)
    {
        var list = $"organisation-tickets {workspace} {organisation}";
        var partition = TicketPartition(workspace, organisation);
        var from = $"{partition}:{(cursor is null ? "" : PageCursor.Read(list, cursor, 1)[0])}";
        var ids = new List<(string Key, string Ticket)>();
        await foreach (
            var row in Table.QueryAsync<TableEntity>(
                TableClient.CreateQueryFilter($"PartitionKey eq {partition} and RowKey gt {from}"),
                limit + 1,
                cancellationToken: cancellationToken
            )
        )
        {
            ids.Add((row.RowKey[(partition.Length + 1)..], row.GetString("Ticket")));
            if (ids.Count > limit)
                break;
        }

        return new([.. ids.Take(limit).Select(one => one.Ticket)], ids.Count > limit ? PageCursor.Write(list, ids[limit - 1].Key) : null);
    }

    internal static TableEntity Row(Organisation organisation)
    {
        var partition = Partition(organisation.Workspace);
        return State(new(partition, $"{partition}:org:{organisation.Id}"), organisation);
    }

    internal static Organisation Read(TableEntity row) =>
        JsonSerializer.Deserialize(LongText.Read(row, "State"), ContactJson.Default.Organisation)
        ?? throw new InvalidDataException("An organisation's row is empty.");

    private Task<Announced<ContactMessage>> AnnounceAsync(string workspace, string organisation, CancellationToken cancellationToken) =>
        queue.AnnounceAsync(new(workspace, ContactWork.Join, organisation), cancellationToken);

    private async Task<string?> ReadDomainAsync(string workspace, string domain, CancellationToken cancellationToken)
    {
        var partition = Partition(workspace);
        var found = await Table.GetEntityIfExistsAsync<TableEntity>(partition, $"{partition}:domain:{domain}", cancellationToken: cancellationToken);
        return found.HasValue ? found.Value!.GetString("Organisation") : null;
    }

    private async Task<HelpdeskRuleException> TakenAsync(Organisation organisation, CancellationToken cancellationToken)
    {
        foreach (var domain in organisation.Domains)
        {
            if (await ReadDomainAsync(organisation.Workspace, domain, cancellationToken) is { } other && other != organisation.Id)
                return new("domain-taken", $"{domain} belongs to organisation \"{other}\": remove it there first.");
        }

        return new("already-exists", $"The organisation \"{organisation.Id}\" was changed meanwhile: try again.");
    }

    private static TableEntity ListRow(Organisation organisation)
    {
        var partition = Partition(organisation.Workspace);
        return State(new(partition, $"{partition}:list:{Folding.Term(organisation.Name)}:{organisation.Id}"), organisation with { Notes = null });
    }

    private static TableEntity DomainRow(Organisation organisation, string domain)
    {
        var partition = Partition(organisation.Workspace);
        return new(partition, $"{partition}:domain:{domain}") { ["Organisation"] = organisation.Id };
    }

    private static TableEntity TicketRow(string workspace, string organisation, long createdAt, string ticket)
    {
        var partition = TicketPartition(workspace, organisation);
        var number = long.Parse(ticket.Split('-')[0], System.Globalization.CultureInfo.InvariantCulture);
        return new(partition, $"{partition}:{TicketList.RowKey(TicketOrder.CreatedDescending, createdAt, number)}") { ["Ticket"] = ticket };
    }

    private static TableEntity State(TableEntity row, Organisation organisation)
    {
        LongText.Write(row, "State", JsonSerializer.Serialize(organisation, ContactJson.Default.Organisation));
        return row;
    }

    private static string Partition(string workspace) => $"{workspace}:organisations";

    private static string TicketPartition(string workspace, string organisation) => $"{workspace}:tickets:{organisation}";
}
