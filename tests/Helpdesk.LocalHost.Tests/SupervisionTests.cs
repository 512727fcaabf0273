using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Azure.Storage.Queues;
using Helpdesk.Testing;

namespace Helpdesk.LocalHost.Tests;

/// <summary>Workers that die, hang or do not start, and a host that is stopped or killed.</summary>
public sealed class SupervisionTests(SharedHost shared)
{
    [Fact]
    public async Task A_worker_that_dies_is_started_again_while_requests_wait_and_orchestrations_go_on()
    {
        using var folder = new HostFolder();
        await using var host = await RunningHost.StartAsync(shared.Storage, folder);
        var first = folder.WorkerPid();
        await DurableTests.StartAsync(host, "Slowly", "survivor");
        await folder.RecordedAsync("TakeTime", record => record.Count == 1, "the activity has begun");
        await host.SignalAsync("KILL", first);
        await Until.TrueAsync(() => Task.FromResult(!IsRunning(first)), "the worker is gone");
        using var waited = await host.Http.GetAsync("/echo/1");
        Assert.Equal(HttpStatusCode.OK, waited.StatusCode);
        Assert.NotEqual(first, folder.WorkerPid());
        await host.SaysAsync("error: The app's process ended with exit code 137; it is started again.");
        await DurableTests.IsOverAsync(host, "survivor");
        Assert.Equal("Completed", (await DurableTests.OutcomeAsync(host, "survivor"))!["status"]!.GetValue<string>());
        Assert.Equal(2, folder.Record("TakeTime").Count);
        Assert.DoesNotContain("Did not find any initialized", host.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_request_whose_worker_dies_under_it_is_an_error_and_the_next_one_is_not()
    {
        using var folder = new HostFolder();
        await using var host = await RunningHost.StartAsync(shared.Storage, folder);
        using var died = await host.Http.PostAsync("/die", null);
        Assert.Equal(HttpStatusCode.BadGateway, died.StatusCode);
        using var next = await host.Http.GetAsync("/echo/1");
        Assert.Equal(HttpStatusCode.OK, next.StatusCode);
    }

    [Fact]
    public async Task A_request_that_only_reads_is_sent_to_the_next_worker_when_its_own_dies_under_it()
    {
        using var folder = new HostFolder();
        await using var host = await RunningHost.StartAsync(shared.Storage, folder);
        var first = folder.WorkerPid();
        using var read = await host.Http.GetAsync($"/die-if/{first}");
        Assert.Equal(HttpStatusCode.OK, read.StatusCode);
        Assert.NotEqual(first, folder.WorkerPid());
    }

    [Fact]
    public async Task A_function_that_runs_out_of_time_is_cancelled_and_one_that_goes_on_is_ended_with_its_worker()
    {
        using var folder = new HostFolder();
        await using var host = await RunningHost.StartAsync(shared.Storage, folder);
        var worker = folder.WorkerPid();
        using var cancelled = await host.Http.GetAsync("/wait/60000");
        Assert.Equal(HttpStatusCode.InternalServerError, cancelled.StatusCode);
        await folder.RecordedAsync("Wait", record => record[^1]["what"]!.GetValue<string>() == "cancelled", "the function is cancelled");
        using var next = await host.Http.GetAsync("/echo/1");
        Assert.Equal(worker, folder.WorkerPid());

        using var deaf = await host.Http.GetAsync("/wait/60000?deaf");
        Assert.Equal(HttpStatusCode.InternalServerError, deaf.StatusCode);
        await host.SaysAsync("Wait goes on after its time is up.");
        await Until.TrueAsync(() => Task.FromResult(folder.WorkerPid() != worker), "another worker runs");
        using var after = await host.Http.GetAsync("/echo/1");
        Assert.Equal(HttpStatusCode.OK, after.StatusCode);

        // The same by way of the SDK, whose own way would be to end the host.
        worker = folder.WorkerPid();
        await SendAsync(folder, "60000");
        await Until.TrueAsync(() => Task.FromResult(folder.WorkerPid() != worker), "another worker runs again");
        using var still = await host.Http.GetAsync("/echo/1");
        Assert.Equal(HttpStatusCode.OK, still.StatusCode);
    }

    [Fact]
    public async Task Asked_to_stop_it_finishes_what_is_in_hand_and_ends_its_worker()
    {
        using var folder = new HostFolder();
        await using var host = await RunningHost.StartAsync(shared.Storage, folder);
        var worker = folder.WorkerPid();
        var request = host.Http.GetAsync("/wait/1500");
        await SendAsync(folder, "1500");
        await folder.RecordedAsync("OnSlow", record => record.Count == 1, "the message is in hand");
        await folder.RecordedAsync("Wait", record => record.Count == 1, "the request is in hand");
        var (code, _) = await host.StopAsync();
        Assert.Equal(0, code);
        Assert.Equal(HttpStatusCode.OK, (await request).StatusCode);
        Assert.Equal(2, folder.Record("OnSlow").Count);
        Assert.False(IsRunning(worker));
        var queue = new QueueClient(shared.Storage, $"{folder.Prefix}-slow");
        Assert.Equal(0, (await queue.GetPropertiesAsync()).Value.ApproximateMessagesCount);
    }

    [Fact]
    public async Task What_does_not_end_when_it_is_to_stop_is_ended_and_its_message_comes_back()
    {
        using var folder = new HostFolder();
        await using var host = await RunningHost.StartAsync(shared.Storage, folder, environment: ("AzureFunctionsJobHost__functionTimeout", "-1"));
        var request = host.Http.GetAsync("/wait/600000?deaf");
        await SendAsync(folder, "600000");
        await folder.RecordedAsync("OnSlow", record => record.Count == 1, "the message is in hand");
        await folder.RecordedAsync("Wait", record => record.Count == 1, "the request is in hand");
        var (code, output) = await host.StopAsync();
        Assert.Equal(0, code);
        Assert.Contains("The app's process is ended: what it has in hand does not end.", output, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await request).StatusCode);
        var queue = new QueueClient(shared.Storage, $"{folder.Prefix}-slow");
        Assert.Equal(1, (await queue.GetPropertiesAsync()).Value.ApproximateMessagesCount);
    }

    [Fact]
    public async Task An_idle_host_stops_within_a_few_seconds()
    {
        using var folder = new HostFolder();
        await using var host = await RunningHost.StartAsync(shared.Storage, folder);
        var began = Stopwatch.GetTimestamp();
        await host.StopAsync();
        Assert.True(Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(10), $"{Stopwatch.GetElapsedTime(began)}");
    }

    [Fact]
    public async Task A_worker_does_not_outlive_a_host_that_is_killed()
    {
        using var folder = new HostFolder();
        await using var host = await RunningHost.StartAsync(shared.Storage, folder);
        var worker = folder.WorkerPid();
        Assert.True(IsRunning(worker));
        await host.KillAsync();
        await Until.TrueAsync(() => Task.FromResult(!IsRunning(worker)), "the worker has ended");
    }

    [Fact]
    public async Task What_stands_in_the_way_is_told_in_one_sentence()
    {
        using var folder = new HostFolder();
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        await SaysAsync($"Port {port} is taken: choose another one with --port.", RunningHost.Begin(shared.Storage, folder, port));
        await SaysAsync("--storage is no connection string of a storage account.", RunningHost.Begin("nonsense", folder));
        await SaysAsync(
            $"The data folder {shared.Host.Folder.Data} is in use by another run: stop that one, or choose another folder with --data.",
            RunningHost.Begin(shared.Storage, shared.Host.Folder)
        );
        await SaysAsync(
            $"{folder.Data} holds no built isolated-worker app (worker.config.json is missing): build the app and give its output folder with --app.",
            RunningHost.Begin(shared.Storage, folder, app: folder.Data)
        );
        await using var dies = RunningHost.Begin(shared.Storage, folder, environment: ("DIE_AT_START", "The setting Colour is missing."));
        var (code, output) = await dies.ExitAsync();
        Assert.Equal(1, code);
        Assert.Contains("The setting Colour is missing.", output, StringComparison.Ordinal);
        Assert.Single(
            output.Split('\n'),
            line => line.StartsWith("The app ended with exit code 134 before it was ready; what it printed above says why.", StringComparison.Ordinal)
        );
    }

    private static async Task SaysAsync(string sentence, RunningHost host)
    {
        await using (host)
        {
            var (code, output) = await host.ExitAsync();
            Assert.Equal((1, sentence), (code, output.Trim()));
        }
    }

    private async Task SendAsync(HostFolder folder, string milliseconds)
    {
        var queue = new QueueClient(shared.Storage, $"{folder.Prefix}-slow");
        await queue.CreateIfNotExistsAsync();
        await queue.SendMessageAsync(milliseconds);
    }

    internal static bool IsRunning(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            return stat[stat.LastIndexOf(')') + 2] != 'Z';
        }
        catch (IOException)
        {
            return false;
        }
    }
}
