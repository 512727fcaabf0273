using System.Diagnostics;
using Azure.Storage.Queues;
using Helpdesk.Testing;

namespace Helpdesk.Bench;

/// <summary>The emulator under a benchmark, and what is read off it.</summary>
internal static class Storage
{
    /// <summary>Where a committed change waits for its delivery.</summary>
    public const string Deliveries = "ticket-events";

    /// <summary>Where the watch of a ticket's promises waits to be armed.</summary>
    public const string Watches = "ticket-watches";

    // What a running host asks of storage all day, whether or not there are tickets: polling queues and counting their messages, leases and who
    // holds which partition, the timers' own blobs, sweeps that find nothing.
    private static readonly string[] Background =
    [
        "numofmessages",
        "comp=metadata",
        "comp=lease",
        "-leases",
        "-applease",
        "azure-webjobs-hosts",
        "azure-webjobs-secrets",
        "HubPartitions",
        "swept",
        "Rewinds",
        "RuntimeStatus",
    ];

    /// <summary>Starts an emulator that does not outlive this process.</summary>
    public static async Task<AzuriteServer> StartAsync(bool keepRequests = false, bool inMemory = false)
    {
        var azurite = await AzuriteServer.StartAsync(keepRequests, inMemory);
        Children.Adopt(Process.GetProcessById(azurite.ProcessId));
        return azurite;
    }

    /// <summary>Waits until these queues are empty. Asked seldom: counting messages is work for the emulator.</summary>
    public static async Task QuietAsync(string storage, params IReadOnlyList<string> queues)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1));
        foreach (var queue in queues.Select(name => new QueueClient(storage, name)))
        {
            while (await queue.ExistsAsync() && (await queue.GetPropertiesAsync()).Value.ApproximateMessagesCount > 0)
                await timer.WaitForNextTickAsync();
        }
    }

    /// <summary>The requests that tickets and conversations are the reason of.</summary>
    public static IEnumerable<string> Work(IEnumerable<string> requests) =>
        requests.Where(line =>
            !Background.Any(part => line.Contains(part, StringComparison.OrdinalIgnoreCase))
            && !(line.Contains("\"GET ", StringComparison.Ordinal) && line.Contains("/DueTimes", StringComparison.Ordinal))
        );
}
