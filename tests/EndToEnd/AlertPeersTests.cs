using System.Globalization;
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

    [Fact]
    public async Task Nagios_tells_by_the_script_that_ships_that_a_service_is_down_and_that_it_is_over()
    {
        await using var service = await WatchedService.StartAsync();
        await using var listener = await WebhookListener.StartAsync();
        await using var nagios = await NagiosServer.StartAsync(service, listener.Url);
        List<JsonNode> Bodies() => [.. listener.Posted.Select(posted => JsonNode.Parse(posted.Body)!)];

        await service.StopAsync();
        await Until.TrueAsync(() => Task.FromResult(Bodies().Count >= 2), $"the problem is told twice; {nagios.Log}");
        await service.StartAgainAsync();
        await Until.TrueAsync(() => Task.FromResult(Text(Bodies()[^1], "type") == "RECOVERY"), $"the end is told; {nagios.Log}");

        var all = Bodies();
        var (first, again, over) = (all[0], all[1], all[^1]);
        Assert.Equal(("PROBLEM", "CRITICAL"), (Text(first, "type"), Text(first, "state")));
        Assert.Equal(("shop-1", "127.0.0.1", "Shop"), (Text(first, "host"), Text(first, "address"), Text(first, "service")));
        // What a check prints of a service that stops depends on the moment: no data, or a refused connection. Nagios's log has it word for word.
        Assert.Contains($"SERVICE ALERT: shop-1;Shop;CRITICAL;HARD;1;{Text(first, "output")}\n", nagios.Log, StringComparison.Ordinal);
        Assert.Equal(Text(first, "since"), Text(again, "since"));
        Assert.Equal("OK", Text(over, "state"));
        Assert.True(Time(over, "until") > Time(first, "since"));
        // Each notification is a report of its own.
        Assert.Equal(all.Count, all.Select(one => Text(one, "id")).Distinct().Count());
        Assert.All(listener.Posted, posted => Assert.Equal("application/json", posted.ContentType));
    }

    /// <summary>What a check prints is no part of the script's own language, nor of JSON.</summary>
    [Theory]
    [InlineData("a \"quoted\" back\\slash \\u0041 \\n")]
    [InlineData("tab\tline\nreturn\r bell\u0007 escape\u001b[31m delete\u007f")]
    [InlineData("$(touch broken) `touch broken` ; touch broken & | > < ' %s {} *")]
    [InlineData("\",\"host\":\"other")]
    [InlineData("ümläut € 漢字 😀")]
    public async Task The_script_tells_what_a_check_printed_as_it_is(string printed)
    {
        await using var listener = await WebhookListener.StartAsync();
        await using var script = PeerProcess.Start(
            "/usr/bin/env",
            "coreutils",
            $"HELPDESK_CONF=/dev/null",
            $"HELPDESK_URL={listener.Url}",
            $"NAGIOS_HOSTNAME={printed}",
            $"NAGIOS_HOSTOUTPUT={printed}",
            "NAGIOS_HOSTSTATE=DOWN",
            NagiosServer.Script
        );
        await Until.TrueAsync(() => Task.FromResult(script.HasExited), "the script ends");
        var body = JsonNode.Parse(Assert.Single(listener.Posted).Body)!;
        Assert.Equal((printed, printed, "DOWN"), (Text(body, "output"), Text(body, "host"), Text(body, "state")));
        Assert.Equal("", script.Log.Trim());
    }

    private static DateTimeOffset Time(JsonNode node, string name) => DateTimeOffset.Parse(Text(node, name), CultureInfo.InvariantCulture);

    private static string Label(JsonNode alert, string name) => Text(alert["labels"]!, name);

    private static string Text(JsonNode node, string name) => node[name]!.GetValue<string>();
}
