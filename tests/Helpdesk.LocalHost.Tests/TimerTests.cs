using System.Text.Json.Nodes;
using Azure.Storage.Blobs;
using Helpdesk.Testing;

namespace Helpdesk.LocalHost.Tests;

public sealed class TimerTests(SharedHost shared)
{
    private readonly RunningHost _host = shared.Host;

    [Fact]
    public async Task A_timer_runs_every_second_and_one_that_is_not_due_does_not()
    {
        await _host.Folder.RecordedAsync("EverySecond", record => record.Count >= 3, "it ran three times");
        var times = _host.Folder.Record("EverySecond").Select(line => line["at"]!.GetValue<DateTimeOffset>()).ToList();
        Assert.All(times.Zip(times.Skip(1)), pair => Assert.True(pair.Second - pair.First > TimeSpan.FromMilliseconds(100), $"{pair}"));
        Assert.Empty(_host.Folder.Record("Yearly"));
    }

    [Fact]
    public async Task A_timer_that_fails_is_tried_again_as_it_wants()
    {
        await _host.Folder.RecordedAsync("Retried", record => record.Count == 3, "it was tried three times");
        Assert.Equal([0, 1, 2], _host.Folder.Record("Retried").Select(line => line["what"]!.GetValue<int>()));
    }

    [Fact]
    public async Task A_run_that_was_missed_is_made_up_for_once_and_noted()
    {
        using var folder = new HostFolder();
        var blob = new BlobContainerClient(shared.Storage, "azure-webjobs-hosts").GetBlobClient(
            $"timers/{JobHost.HostId(folder.Name)}/Host.Functions.Yearly/status"
        );
        await new BlobContainerClient(shared.Storage, "azure-webjobs-hosts").CreateIfNotExistsAsync();
        await blob.UploadAsync(
            BinaryData.FromString("""{"Last":"2025-01-01T00:00:00+00:00","Next":"2026-01-01T00:00:00+00:00","LastUpdated":"2025-01-01T00:00:00+00:00"}"""),
            overwrite: true
        );
        await using var host = await RunningHost.StartAsync(shared.Storage, folder);
        await folder.RecordedAsync("Yearly", record => record.Count == 1, "it ran");
        Assert.True(folder.Record("Yearly")[0]["what"]!["IsPastDue"]!.GetValue<bool>());
        await Until.TrueAsync(async () => await NextAsync() > TimeProvider.System.GetUtcNow(), "the next run is noted");
        Assert.Single(folder.Record("Yearly"));

        async Task<DateTimeOffset> NextAsync() =>
            JsonNode.Parse((await blob.DownloadContentAsync()).Value.Content.ToString())!["Next"]!.GetValue<DateTimeOffset>();
    }
}
