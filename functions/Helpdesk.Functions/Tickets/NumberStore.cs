using System.Collections.Concurrent;
using Azure;
using Azure.Data.Tables;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;

namespace Helpdesk.Functions.Tickets;

/// <summary>Gives out ticket numbers. Each process takes a small block at a time, so numbers rise, are unique, and have gaps.</summary>
public sealed class NumberStore(StorageClients storage)
{
    public const string TableName = "Numbers";

    private const int BlockSize = 50;
    private const long First = 1;
    private readonly ConcurrentDictionary<string, Counter> _counters = new(StringComparer.Ordinal);

    /// <summary>The next number of a workspace.</summary>
    public async ValueTask<long> NextAsync(string workspace, CancellationToken cancellationToken)
    {
        var counter = _counters.GetOrAdd(workspace, _ => new());
        await counter.Turn.WaitAsync(cancellationToken);
        try
        {
            if (counter.Next == counter.End)
            {
                (counter.Next, counter.ETag) = await TakeBlockAsync(workspace, counter, cancellationToken);
                counter.End = counter.Next + BlockSize;
            }

            return counter.Next++;
        }
        finally
        {
            counter.Turn.Release();
        }
    }

    /// <summary>Gives out no number up to one any more.</summary>
    public async Task SkipAsync(string workspace, long upTo, CancellationToken cancellationToken)
    {
        var counter = _counters.GetOrAdd(workspace, _ => new());
        await counter.Turn.WaitAsync(cancellationToken);
        try
        {
            if (counter.Next > upTo)
                return;
            var table = storage.Table(TableName);
            while (true)
            {
                var found = await table.GetEntityIfExistsAsync<TableEntity>(workspace, "tickets", cancellationToken: cancellationToken);
                if (found.HasValue && found.Value!.GetInt64("Next") > upTo)
                    break;
                try
                {
                    if (found.HasValue)
                        await table.UpdateEntityAsync(Row(workspace, upTo + 1), found.Value!.ETag, TableUpdateMode.Replace, cancellationToken);
                    else
                        await table.AddEntityAsync(Row(workspace, upTo + 1), cancellationToken);
                    break;
                }
                catch (RequestFailedException raced) when (raced.Status is 409 or 412)
                {
                    // Somebody took a block meanwhile.
                }
            }

            // What is left of a block may lie before it.
            (counter.Next, counter.End, counter.ETag) = (0, 0, default);
        }
        finally
        {
            counter.Turn.Release();
        }
    }

    private async Task<(long First, ETag ETag)> TakeBlockAsync(string workspace, Counter counter, CancellationToken cancellationToken)
    {
        var table = storage.Table(TableName);
        // Nobody else may have taken a block since ours: then one request is enough.
        var (next, etag) = (counter.End, counter.ETag);
        while (true)
        {
            try
            {
                if (etag != default)
                {
                    var updated = await table.UpdateEntityAsync(Row(workspace, next + BlockSize), etag, TableUpdateMode.Replace, cancellationToken);
                    return (next, updated.Headers.ETag!.Value);
                }

                var found = await table.GetEntityIfExistsAsync<TableEntity>(workspace, "tickets", cancellationToken: cancellationToken);
                if (!found.HasValue)
                {
                    var added = await table.AddEntityAsync(Row(workspace, First + BlockSize), cancellationToken);
                    return (First, added.Headers.ETag!.Value);
                }

                (next, etag) = (found.Value!.GetInt64("Next")!.Value, found.Value.ETag);
            }
            catch (RequestFailedException taken) when (taken.Status is 409 or 412)
            {
                etag = default;
            }
        }
    }

    /// <summary>The address of a ticket that is about to be opened; the same key gives the same one.</summary>
    public async Task<TicketAddress> AddressAsync(
        string workspace,
        Idempotency? idempotency,
        IdempotencyStore reservations,
        CancellationToken cancellationToken
    )
    {
        async ValueTask<string> New() => (await AddressAsync(workspace, cancellationToken)).Id!;
        var id = idempotency is null ? await New() : await reservations.ReserveAsync(workspace, idempotency, New, cancellationToken);
        return TicketAddress.Parse(workspace, id) ?? throw new InvalidDataException($"The reserved id {id} is none.");
    }

    /// <summary>The address of a ticket that is about to be opened.</summary>
    public async ValueTask<TicketAddress> AddressAsync(string workspace, CancellationToken cancellationToken)
    {
        var number = await NextAsync(workspace, cancellationToken);
        return new(workspace, number, $"{number}-{Hashes.RandomName(TicketAddress.SuffixLength)}");
    }

    private static TableEntity Row(string workspace, long next) => new(workspace, "tickets") { ["Next"] = next };

    private sealed class Counter
    {
        public SemaphoreSlim Turn { get; } = new(1, 1);
        public long Next { get; set; }
        public long End { get; set; }
        public ETag ETag { get; set; }
    }
}
