using Helpdesk.Durable;
using Helpdesk.Testing;

namespace Helpdesk.EndToEnd;

/// <summary>Our own client against the running task hub, with the app's own orchestrators.</summary>
public sealed class DurableClientTests : IAsyncDisposable
{
    private static readonly string[] Build = Environment.GetEnvironmentVariable("HELPDESK_TEST_NATIVE") == "1" ? ["--aot"] : [];
    private readonly string _data = Directory.CreateTempSubdirectory("helpdesk-durable-").FullName;
    private readonly int _port = AzuriteServer.FreePort();
    private readonly int _durable = AzuriteServer.FreePort();
    private Started? _run;

    public async ValueTask DisposeAsync()
    {
        if (_run is not null)
            await _run.DisposeAsync();
        Directory.Delete(_data, recursive: true);
    }

    private static System.Text.Json.Nodes.JsonObject Watched(DateTimeOffset wakeAt) => new()
    {
        ["ticket"] = new System.Text.Json.Nodes.JsonObject { ["workspace"] = "nowhere", ["number"] = 1 },
        ["wakeAt"] = wakeAt,
    };

    [Fact]
    public async Task Instances_are_started_told_held_ended_found_and_removed()
    {
        _run = Started.Begin("./run.sh", ["--port", $"{_port}", "--data", _data, "--durable-port", $"{_durable}", .. Build]);
        await _run.SaysAsync("Helpdesk is ready at");
        using var client = new GrpcDurableTaskClient(new Uri($"http://127.0.0.1:{_durable}"), null, new DurableJson(), TimeProvider.System);
        var tomorrow = TimeProvider.System.GetUtcNow().AddDays(1);

        // Told that it is time, it asks, finds no ticket, and ends.
        var id = await client.ScheduleNewOrchestrationInstanceAsync("TicketWatch", Watched(tomorrow), new("one"));
        Assert.Equal("one", id);
        Assert.Equal(OrchestrationRuntimeStatus.Running, (await client.WaitForInstanceStartAsync("one")).RuntimeStatus);
        await client.RaiseEventAsync("one", "SOONER", TimeProvider.System.GetUtcNow());
        var ended = await client.WaitForInstanceCompletionAsync("one", getInputsAndOutputs: true);
        Assert.Equal((OrchestrationRuntimeStatus.Completed, "null"), (ended.RuntimeStatus, ended.SerializedOutput));

        await client.ScheduleNewOrchestrationInstanceAsync("TicketWatch", Watched(tomorrow), new("two"));
        await client.WaitForInstanceStartAsync("two");
        var taken = await Assert.ThrowsAsync<OrchestrationException>(() => client.ScheduleNewOrchestrationInstanceAsync("TicketWatch", Watched(tomorrow), new("two")));
        Assert.Equal(OrchestrationProblem.AlreadyExists, taken.Problem);
        await client.SuspendInstanceAsync("two", "wait");
        await Until.TrueAsync(async () => (await client.GetInstanceAsync("two"))!.RuntimeStatus == OrchestrationRuntimeStatus.Suspended, "it is suspended");
        await client.RaiseEventAsync("two", "sooner", TimeProvider.System.GetUtcNow());
        await client.ResumeInstanceAsync("two");
        await client.WaitForInstanceCompletionAsync("two");
        Assert.Equal(OrchestrationProblem.WrongState, (await Assert.ThrowsAsync<OrchestrationException>(() => client.RaiseEventAsync("two", "sooner", tomorrow))).Problem);
        Assert.Equal(OrchestrationProblem.NotFound, (await Assert.ThrowsAsync<OrchestrationException>(() => client.RaiseEventAsync("nobody", "sooner", tomorrow))).Problem);
        Assert.Equal(OrchestrationProblem.WrongState, (await Assert.ThrowsAsync<OrchestrationException>(() => client.RewindInstanceAsync("two"))).Problem);

        await client.ScheduleNewOrchestrationInstanceAsync("TicketWatch", Watched(tomorrow), new("three"));
        await client.TerminateInstanceAsync("three", "enough");
        Assert.Equal((OrchestrationRuntimeStatus.Terminated, "\"enough\""), (await client.WaitForInstanceCompletionAsync("three", true)) is var three ? (three.RuntimeStatus, three.SerializedOutput) : default);
        await client.RestartAsync("three");
        await client.WaitForInstanceStartAsync("three");
        var running = await client.QueryInstancesAsync(new() { Statuses = [OrchestrationRuntimeStatus.Running], InstanceIdPrefix = "thr", FetchInputsAndOutputs = true });
        Assert.Contains("nowhere", Assert.Single(running.Instances).SerializedInput, StringComparison.Ordinal);
        Assert.Equal(2, await client.PurgeAllInstancesAsync(null, null, [OrchestrationRuntimeStatus.Completed]));
        Assert.Null(await client.GetInstanceAsync("one"));
        Assert.False(await client.PurgeInstanceAsync("one"));

        // Nobody here knows such an orchestrator; with a port of its own the hub waits for a worker that does.
        await client.ScheduleNewOrchestrationInstanceAsync("SomebodyElses", null, new("four"));
        Assert.Equal(OrchestrationRuntimeStatus.Pending, (await client.GetInstanceAsync("four"))!.RuntimeStatus);
    }
}
