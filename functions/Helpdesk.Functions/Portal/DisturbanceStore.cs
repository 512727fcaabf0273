using System.Globalization;
using System.Text.Json;
using Azure;
using Azure.Data.Tables;
using Helpdesk.Functions.Contacts;
using Helpdesk.Functions.Events;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;
using Helpdesk.Functions.Tickets;
using Helpdesk.Portal;

namespace Helpdesk.Functions.Portal;

/// <summary>Keeps what does not work and is told to everybody: one partition of a workspace, small and read often.</summary>
/// <remarks>Rows are added once, and from then on only updated under their ETag: what was removed does not come back.</remarks>
public sealed class DisturbanceStore(StorageClients storage, TimeProvider time)
{
    private const string State = "State";
    private readonly ShortMemory<IReadOnlyList<Disturbance>> _known = new(time, TimeSpan.FromSeconds(10));

    private TableClient Table => storage.Table(PortalStore.TableName);

    /// <summary>What is going on and what has ended lately, newest first; at most a few seconds old.</summary>
    public async ValueTask<IReadOnlyList<Disturbance>> RememberAsync(string workspace, CancellationToken cancellationToken) =>
        await _known.GetAsync(workspace, async () => await ReadShownAsync(workspace, cancellationToken)) ?? [];

    /// <summary>The one that a ticket carries, what goes on before what has ended, its own before others; null for none.</summary>
    public async Task<Disturbance?> FindAsync(string workspace, long ticket, CancellationToken cancellationToken)
    {
        var found = await OfTicketAsync(workspace, ticket, cancellationToken);
        return found
            .OrderBy(one => one.Carrier != ticket)
            .ThenBy(one => one.EndedAt is not null)
            .ThenByDescending(one => one.Id == ticket)
            .ThenBy(one => one.Id)
            .FirstOrDefault();
    }

    /// <summary>All that a ticket carries, and its own, whoever carries that.</summary>
    public Task<List<Disturbance>> OfTicketAsync(string workspace, long ticket, CancellationToken cancellationToken) =>
        ReadAsync(workspace, TableClient.CreateQueryFilter($"(Carrier eq {ticket} or RowKey eq {Key(ticket)})"), cancellationToken);

    /// <summary>Adds one; false when it is there already.</summary>
    public async Task<bool> TryAddAsync(string workspace, Disturbance disturbance, CancellationToken cancellationToken)
    {
        try
        {
            await Table.AddEntityAsync(Row(workspace, disturbance), cancellationToken);
        }
        catch (RequestFailedException there) when (there.Status == 409)
        {
            return false;
        }

        _known.Forget();
        return true;
    }

    /// <summary>Changes one by a rule, which may run several times; null when there is none.</summary>
    public async Task<Disturbance?> ChangeAsync(
        string workspace,
        long id,
        IfMatch ifMatch,
        Func<Disturbance, Disturbance> change,
        CancellationToken cancellationToken
    )
    {
        while (await ReadRowAsync(workspace, id, cancellationToken) is var (before, etag))
        {
            ifMatch.Check(before.Version);
            var after = change(before);
            if (after == before)
                return before;
            try
            {
                await Table.UpdateEntityAsync(Row(workspace, after), etag, TableUpdateMode.Replace, cancellationToken);
                _known.Forget();
                return after;
            }
            catch (RequestFailedException raced) when (raced.Status is 404 or 412)
            {
                // Somebody else has changed it: decide again.
            }
        }

        return null;
    }

    /// <summary>Removes one; false when there is none.</summary>
    public async Task<bool> RemoveAsync(string workspace, long id, IfMatch ifMatch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(ifMatch);
        while (await ReadRowAsync(workspace, id, cancellationToken) is var (before, etag))
        {
            ifMatch.Check(before.Version);
            try
            {
                await Table.DeleteEntityAsync(Partition(workspace), Key(id), etag, cancellationToken);
                _known.Forget();
                return true;
            }
            catch (RequestFailedException raced) when (raced.Status == 412)
            {
                // Somebody else has changed it: look again.
            }
        }

        return false;
    }

    /// <summary>Removes what nobody is told of any more.</summary>
    public async Task TidyAsync(string workspace, CancellationToken cancellationToken)
    {
        var before = time.GetUtcNow() - DisturbanceRules.Shown;
        await foreach (
            var row in Table.QueryAsync<TableEntity>(
                Filter(workspace, TableClient.CreateQueryFilter($"EndedAt lt {before}")),
                cancellationToken: cancellationToken
            )
        )
        {
            try
            {
                await Table.DeleteEntityAsync(row.PartitionKey, row.RowKey, row.ETag, cancellationToken);
            }
            catch (RequestFailedException raced) when (raced.Status is 404 or 412)
            {
                // It has just been started again, or is gone: the next night decides.
            }
        }
    }

    /// <summary>Every one that there is.</summary>
    public Task<List<Disturbance>> ReadAllAsync(string workspace, CancellationToken cancellationToken) => ReadAsync(workspace, null, cancellationToken);

    internal static TableEntity Row(string workspace, Disturbance disturbance)
    {
        var row = new TableEntity(Partition(workspace), Key(disturbance.Id)) { ["Carrier"] = disturbance.Carrier };
        if (disturbance.EndedAt is { } ended)
            row["EndedAt"] = ended;
        LongText.Write(row, State, JsonSerializer.Serialize(disturbance, PortalJson.Stored.Disturbance));
        return row;
    }

    internal static Disturbance Read(TableEntity row) =>
        JsonSerializer.Deserialize(LongText.Read(row, State), PortalJson.Stored.Disturbance)
        ?? throw new InvalidDataException("The row of a disturbance is empty.");

    private async Task<IReadOnlyList<Disturbance>> ReadShownAsync(string workspace, CancellationToken cancellationToken) =>
        [
            .. (await ReadAsync(workspace, null, cancellationToken))
                .Where(one => one.EndedAt is not { } ended || ended > time.GetUtcNow() - DisturbanceRules.Shown)
                .OrderBy(one => one.EndedAt is not null)
                .ThenByDescending(one => one.StartedAt),
        ];

    private async Task<(Disturbance Disturbance, ETag ETag)?> ReadRowAsync(string workspace, long id, CancellationToken cancellationToken)
    {
        var found = await Table.GetEntityIfExistsAsync<TableEntity>(Partition(workspace), Key(id), cancellationToken: cancellationToken);
        return found.HasValue ? (Read(found.Value!), found.Value!.ETag) : null;
    }

    private async Task<List<Disturbance>> ReadAsync(string workspace, string? where, CancellationToken cancellationToken)
    {
        var found = new List<Disturbance>();
        await foreach (var row in Table.QueryAsync<TableEntity>(Filter(workspace, where), cancellationToken: cancellationToken))
            found.Add(Read(row));
        return found;
    }

    private static string Filter(string workspace, string? where) =>
        TableClient.CreateQueryFilter($"PartitionKey eq {Partition(workspace)}") + (where is null ? "" : $" and {where}");

    private static string Partition(string workspace) => $"{workspace}:disturbances";

    private static string Key(long id) => id.ToString("D15", CultureInfo.InvariantCulture);
}

/// <summary>Ends disturbances when their ticket is solved, and has the ticket that goes on after a merge carry them.</summary>
public sealed class FollowDisturbances(DisturbanceStore disturbances, TicketStore tickets, TimeProvider time) : IEventSubscriber
{
    public string Name => "Disturbances";

    public bool Wants(IReadOnlyList<TicketEvent> events) =>
        events.Any(happened =>
            happened.Fact is StatusChanged { To: TicketStatus.Resolved or TicketStatus.Closed } or TicketMerged or TicketUnmerged or MergeReceived
        );

    public async Task TakeAsync(Ticket ticket, IReadOnlyList<TicketEvent> events, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(ticket);
        await LookAsync(ticket.Workspace, ticket.Number, cancellationToken);
    }

    /// <summary>Brings what a ticket carries in line with how the ticket is now; done again, it changes nothing.</summary>
    public async Task LookAsync(string workspace, long number, CancellationToken cancellationToken)
    {
        // One that is its own comes back to it when a merge is undone.
        var known = await disturbances.OfTicketAsync(workspace, number, cancellationToken);
        foreach (var one in known.Where(one => one.EndedAt is null))
        {
            if (await tickets.FindAsync(new(workspace, one.Id), cancellationToken) is not { } first)
                continue;
            var living = await tickets.FindLivingAsync(first, cancellationToken);
            var isSolved = living.MergedInto is null && living.Status is TicketStatus.Resolved or TicketStatus.Closed;
            await disturbances.ChangeAsync(
                workspace,
                one.Id,
                IfMatch.Any,
                current =>
                {
                    var kept = DisturbanceRules.Carry(current, living.Number);
                    return isSolved ? DisturbanceRules.End(kept, living.ResolvedAt ?? time.GetUtcNow()) : kept;
                },
                cancellationToken
            );
        }
    }
}

/// <summary>Takes people out of what everybody is told.</summary>
public sealed class DisturbanceErasure(DisturbanceStore disturbances, ErasureStore erasures) : IHoldsPersonalData
{
    public string Name => "disturbances";

    public int Place => 77;

    public async Task<ErasureStep> EraseAsync(ErasureOrder order, string? from, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(order);
        var theirs = (await erasures.ReadNotedAsync(order, ErasureFind.Ticket, cancellationToken))
            .Select(id => TicketAddress.Parse(order.Workspace, id)?.Number)
            .ToHashSet();
        var erased = 0;
        foreach (var one in await disturbances.ReadAllAsync(order.Workspace, cancellationToken))
        {
            var own = theirs.Contains(one.Id) || theirs.Contains(one.Carrier);
            Disturbance Without(Disturbance current)
            {
                var without = DisturbanceRules.Without(current, text => order.Person.Text(text, own));
                // Lists are equal by what is in them.
                return without with { Updates = current.Updates.SequenceEqual(without.Updates) ? current.Updates : without.Updates };
            }

            if (Without(one) == one)
                continue;
            if (await disturbances.ChangeAsync(order.Workspace, one.Id, IfMatch.Any, Without, cancellationToken) is not null)
                erased++;
        }

        return new(erased, null);
    }
}
