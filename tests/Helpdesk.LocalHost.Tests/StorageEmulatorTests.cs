using System.Globalization;
using System.Net;
using Azure.Data.Tables;
using Azure.Storage.Queues;
using Helpdesk.Testing;

namespace Helpdesk.LocalHost.Tests;

/// <summary>The emulator as a user has it: started by the host, with its data in the data folder.</summary>
public sealed class StorageEmulatorTests
{
    [Fact]
    public async Task No_answered_write_is_lost_when_the_host_is_killed_ten_times()
    {
        using var folder = new HostFolder();
        var answered = new List<int>();
        var emulators = new HashSet<string>();
        for (var kill = 0; kill < 10; kill++)
        {
            await using var host = await RunningHost.StartAsync(null, folder);
            emulators.Add(await EmulatorAsync(folder));
            var writing = WriteAsync(host, kill * 1000, answered);
            await Until.TrueAsync(() => Task.FromResult(Count(answered) >= (kill + 1) * 20), "some writes are answered");
            await host.KillAsync();
            await writing;
        }

        Assert.Single(emulators);
        await using (var last = await RunningHost.StartAsync(null, folder))
        {
            var storage = await last.Http.GetStringAsync("/setting/AzureWebJobsStorage");
            var kept = new TableClient(storage, "Kept")
                .Query<TableEntity>(select: ["RowKey"])
                .Select(row => int.Parse(row.RowKey, CultureInfo.InvariantCulture))
                .ToHashSet();
            Assert.Equal(0, answered.Count(number => !kept.Contains(number)));
            Assert.True(answered.Count >= 200);
            await last.StopAsync();
        }

        Assert.False(SupervisionTests.IsRunning(int.Parse(emulators.Single(), CultureInfo.InvariantCulture)));
        await using var again = await RunningHost.StartAsync(null, folder);
        var after = new TableClient(await again.Http.GetStringAsync("/setting/AzureWebJobsStorage"), "Kept").Query<TableEntity>(select: ["RowKey"]).Count();
        Assert.True(after >= answered.Count, $"{after} of {answered.Count}");
    }

    [Fact]
    public async Task An_emulator_that_dies_is_started_again_where_it_was()
    {
        using var folder = new HostFolder();
        await using var host = await RunningHost.StartAsync(null, folder);
        var storage = await host.Http.GetStringAsync("/setting/AzureWebJobsStorage");
        var first = await EmulatorAsync(folder);
        await host.SignalAsync("KILL", int.Parse(first, CultureInfo.InvariantCulture));
        await host.SaysAsync("The storage emulator ended");
        await Until.TrueAsync(async () => await EmulatorAsync(folder) is { Length: > 0 } next && next != first, "another emulator runs");
        var queue = new QueueClient(storage, $"{folder.Prefix}-texts");
        await queue.CreateIfNotExistsAsync();
        await queue.SendMessageAsync("after");
        await folder.RecordedAsync(
            "OnText",
            record => record.Any(line => line["what"]!["message"]!.GetValue<string>() == "after"),
            "its queues are listened to again"
        );
    }

    [Fact]
    public async Task Before_its_tables_grow_too_large_to_be_written_the_host_stops_and_says_so()
    {
        using var folder = new HostFolder();
        await using (var host = await RunningHost.StartAsync(null, folder, environment: ("LOCALHOST_TABLES_MB", "2")))
        {
            var table = new TableClient(await host.Http.GetStringAsync("/setting/AzureWebJobsStorage"), "Large");
            await table.CreateIfNotExistsAsync();
            async Task GrowAsync(string row, int letters) =>
                await table.UpsertEntityAsync(new TableEntity("large", row) { ["Text"] = new string('x', letters), ["More"] = new string('y', letters) });
            foreach (var row in Enumerable.Range(0, 25))
                await GrowAsync($"{row}", 28_000);
            await host.SaysAsync("of 2 MB. The helpdesk stops when that is full");
            foreach (var row in Enumerable.Range(25, 15))
                await GrowAsync($"{row}", 28_000);
            var (code, output) = await host.ExitAsync();
            Assert.Equal(1, code);
            Assert.Contains("move to a storage account (--storage)", output, StringComparison.Ordinal);
        }

        var (refused, why) = await RunningHost.Begin(null, folder, environment: ("LOCALHOST_TABLES_MB", "2")).ExitAsync();
        Assert.Equal(1, refused);
        Assert.Contains("The storage emulator can keep no more than 512 MB", why, StringComparison.Ordinal);
        await using var again = await RunningHost.StartAsync(null, folder, environment: ("LOCALHOST_TABLES_MB", "3"));
        var kept = new TableClient(await again.Http.GetStringAsync("/setting/AzureWebJobsStorage"), "Large");
        Assert.Equal(40, kept.Query<TableEntity>(select: ["RowKey"]).Count());
    }

    [Fact]
    public async Task Two_starts_on_one_folder_never_share_it()
    {
        using var folder = new HostFolder();
        var starts = Enumerable.Range(0, 3).Select(_ => RunningHost.Begin(null, folder)).ToList();
        await Until.TrueAsync(() => Task.FromResult(starts.Count(start => start.HasExited) == 2), "two of three starts give up");
        var one = starts.Single(start => !start.HasExited);
        await one.SaysAsync("is ready at");
        foreach (var other in starts.Where(start => start != one))
            Assert.Contains("is in use by another run", (await other.ExitAsync()).Output, StringComparison.Ordinal);
        foreach (var start in starts)
            await start.DisposeAsync();
    }

    [Fact]
    public async Task A_data_folder_that_was_copied_gets_an_emulator_of_its_own()
    {
        using var folder = new HostFolder();
        using var copy = new HostFolder();
        await using var host = await RunningHost.StartAsync(null, folder);
        System.IO.Directory.CreateDirectory(copy.Data);
        foreach (var file in System.IO.Directory.GetFiles(folder.Data, "azurite.*").Where(file => !file.EndsWith(".lock", StringComparison.Ordinal)))
            File.Copy(file, Path.Combine(copy.Data, Path.GetFileName(file)));
        await using var other = await RunningHost.StartAsync(null, copy);
        Assert.NotEqual(await host.Http.GetStringAsync("/setting/AzureWebJobsStorage"), await other.Http.GetStringAsync("/setting/AzureWebJobsStorage"));
        Assert.NotEqual(await EmulatorAsync(folder), await EmulatorAsync(copy));
    }

    /// <summary>Writes rows one after the other until the host no longer answers, and notes each that was answered.</summary>
    private static async Task WriteAsync(RunningHost host, int first, List<int> answered)
    {
        for (var number = first; ; number++)
        {
            try
            {
                using var answer = await host.Http.PostAsync($"/keep/{number}", null);
                if (answer.StatusCode != HttpStatusCode.OK)
                    return;
            }
            catch (HttpRequestException)
            {
                return;
            }

            lock (answered)
                answered.Add(number);
        }
    }

    private static int Count(List<int> answered)
    {
        lock (answered)
            return answered.Count;
    }

    /// <summary>The emulator's process id; empty in the moment in which one is being started.</summary>
    private static async Task<string> EmulatorAsync(HostFolder folder)
    {
        var file = Path.Combine(folder.Data, "azurite.pid");
        return File.Exists(file) ? (await File.ReadAllTextAsync(file)).Trim() : "";
    }
}
