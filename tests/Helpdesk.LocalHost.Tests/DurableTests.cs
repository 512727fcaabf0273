using System.Net;
using System.Text.Json.Nodes;
using Helpdesk.Testing;

namespace Helpdesk.LocalHost.Tests;

public sealed class DurableTests(SharedHost shared)
{
    private readonly RunningHost _host = shared.Host;

    [Theory]
    [InlineData("Greeting", "\"Hello, World\"")]
    [InlineData("ClassOrchestrator", "\"class World 1\"")]
    [InlineData("Failing", "\"System.ArgumentException: failed on purpose\"")]
    public async Task An_orchestration_runs_to_its_end(string orchestrator, string output)
    {
        var id = Guid.NewGuid().ToString("N");
        await StartAsync(_host, orchestrator, id);
        await IsOverAsync(_host, id);
        var outcome = (await OutcomeAsync(_host, id))!;
        Assert.Equal(("Completed", output), (outcome["status"]!.GetValue<string>(), outcome["output"]!.GetValue<string>()));
    }

    [Fact]
    public async Task An_event_from_outside_wakes_an_orchestration()
    {
        await StartAsync(_host, "WaitForGo", "waiting");
        await Until.TrueAsync(async () => (await OutcomeAsync(_host, "waiting"))?["status"]?.GetValue<string>() == "Running", "it waits");
        using var raised = await _host.Http.PostAsync("/raise/waiting", null);
        await IsOverAsync(_host, "waiting");
        Assert.Equal("7", (await OutcomeAsync(_host, "waiting"))!["output"]!.GetValue<string>());
    }

    [Fact]
    public async Task An_entity_keeps_its_state()
    {
        foreach (var number in new[] { 2, 3 })
            (await _host.Http.PostAsync($"/count/visits/{number}", null)).Dispose();
        await Until.TrueAsync(async () => await _host.Http.GetStringAsync("/count/visits") == "5", "both were added");
    }

    [Fact]
    public async Task The_addresses_that_a_client_gives_out_work_and_only_with_their_key()
    {
        var id = Guid.NewGuid().ToString("N");
        var addresses = await StartAsync(_host, "WaitForGo", id);
        var status = addresses["statusQueryGetUri"]!.GetValue<string>();
        Assert.StartsWith($"http://localhost:{_host.Port}/runtime/webhooks/durabletask/instances/{id}?", status, StringComparison.Ordinal);
        using (var refused = await _host.Http.GetAsync($"/runtime/webhooks/durabletask/instances/{id}"))
            Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        using (var running = await _host.Http.GetAsync(status))
            Assert.Equal(HttpStatusCode.Accepted, running.StatusCode);
        var terminate = addresses["terminatePostUri"]!.GetValue<string>().Replace("{text}", "enough", StringComparison.Ordinal);
        using (var ended = await _host.Http.PostAsync(terminate, null))
            Assert.Equal(HttpStatusCode.Accepted, ended.StatusCode);
        await Until.TrueAsync(async () => (await OutcomeAsync(_host, id))!["status"]!.GetValue<string>() == "Terminated", "it is terminated");
    }

    internal static async Task<JsonNode> StartAsync(RunningHost host, string orchestrator, string id) =>
        await host.JsonAsync(HttpMethod.Post, $"/start/{orchestrator}/{id}?input=World");

    internal static async Task<JsonNode?> OutcomeAsync(RunningHost host, string id)
    {
        using var answer = await host.Http.GetAsync($"/outcome/{id}");
        return answer.StatusCode == HttpStatusCode.NotFound ? null : JsonNode.Parse(await answer.Content.ReadAsStringAsync());
    }

    internal static Task IsOverAsync(RunningHost host, string id) =>
        Until.TrueAsync(async () => (await OutcomeAsync(host, id))?["status"]?.GetValue<string>() is "Completed" or "Failed" or "Terminated", $"{id} is over");
}
