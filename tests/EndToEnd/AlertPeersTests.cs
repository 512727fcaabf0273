using System.Text.Json.Nodes;
using Helpdesk.Testing;

namespace Helpdesk.EndToEnd;

/// <summary>What the real tools send, as the readers and their mappings take it for granted.</summary>
public sealed class AlertPeersTests
{
    [Fact]
    public async Task Alertmanager_tells_that_a_service_is_down_tells_it_again_and_tells_that_it_is_over()
    {
        await using var service = await WatchedService.StartAsync();
        await using var listener = await WebhookListener.StartAsync();
        await using var prometheus = await PrometheusServer.StartAsync(service, listener.Url);
        List<JsonNode> Bodies() => [.. listener.Posted.Select(posted => JsonNode.Parse(posted.Body)!)];

        await service.StopAsync();
        await Until.TrueAsync(() => Task.FromResult(Bodies().Count >= 2), $"the alert is told twice; {prometheus.Log}");
        await service.StartAgainAsync();
        await Until.TrueAsync(() => Task.FromResult(Text(Bodies()[^1], "status") == "resolved"), $"the end is told; {prometheus.Log}");

        var all = Bodies();
        var (first, again, over) = (all[0], all[1], all[^1]);
        Assert.Equal(("4", "firing"), (Text(first, "version"), Text(first, "status")));
        var alert = first["alerts"]!.AsArray().Single()!;
        Assert.Equal(("ServiceDown", "critical", "shop"), (Label(alert, "alertname"), Label(alert, "severity"), Label(alert, "service")));
        // An alert that lasts has no end, and what is told again is the same to the byte.
        Assert.Equal("0001-01-01T00:00:00Z", Text(alert, "endsAt"));
        Assert.Equal(first.ToJsonString(), again.ToJsonString());
        var ended = over["alerts"]!.AsArray().Single()!;
        Assert.Equal((Text(alert, "fingerprint"), Text(alert, "startsAt")), (Text(ended, "fingerprint"), Text(ended, "startsAt")));
        Assert.NotEqual("0001-01-01T00:00:00Z", Text(ended, "endsAt"));
    }

    private static string Label(JsonNode alert, string name) => Text(alert["labels"]!, name);

    private static string Text(JsonNode node, string name) => node[name]!.GetValue<string>();
}
