using System.Collections.Concurrent;
using Azure;
using Azure.Data.Tables;
using Helpdesk.Functions.Hosting;

namespace Helpdesk.Functions.Tickets;

/// <summary>Gives out ticket numbers. Each process takes a small block at a time, so numbers rise, are unique, and have gaps.</summary>
public sealed class NumberStore(StorageClients storage)
{
    private const int BlockSize = 50;
    private const long First = 1;
    private readonly ConcurrentDictionary<string, Counter> _counters = new(StringComparer.Ordinal);

    /// <summary>The next number of a workspace.</summary>
    public async ValueTask<long> NextAsync(string workspace, CancellationToken cancel)
    {
        var counter = _counters.GetOrAdd(workspace, _ => new());
        await counter.Turn.WaitAsync(cancel);
        try
        {
            if (counter.Next == counter.End)
            {
                (counter.Next, counter.ETag) = await TakeBlockAsync(workspace, counter, cancel);
                counter.End = counter.Next + BlockSize;
            }

            return counter.Next++;
        }
        finally
        {
            counter.Turn.Release();
        }
    }

    private async Task<(long First, ETag ETag)> TakeBlockAsync(string workspace, Counter counter, CancellationToken cancel)
    {
        var table = storage.Table(StorageNames.Numbers);
        // Nobody else may have taken a block since ours: then one request is enough.
        var (next, etag) = (counter.End, counter.ETag);
        while (true)
        {
            try
            {
                if (etag != default)
                {
                    var updated = await table.UpdateEntityAsync(Row(workspace, next + BlockSize), etag, TableUpdateMode.Replace, cancel);
                    return (next, updated.Headers.ETag!.Value);
                }

                var found = await table.GetEntityIfExistsAsync<TableEntity>(workspace, "tickets", cancellationToken: cancel);
                if (!found.HasValue)
                {
                    var added = await table.AddEntityAsync(Row(workspace, First + BlockSize), cancel);
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

    private static TableEntity Row(string workspace, long next) => new(workspace, "tickets") { ["Next"] = next };

    private sealed class Counter
    {
        public SemaphoreSlim Turn { get; } = new(1, 1);
        public long Next { get; set; }
        public long End { get; set; }
        public ETag ETag { get; set; }
    }
}
