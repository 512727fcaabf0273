using System.Text.Json.Nodes;
using Helpdesk.Testing;

namespace Helpdesk.EndToEnd;

/// <summary>Alerts from end to end: a service goes down, a real tool notices and reports, and the desk has one ticket until it is up again.</summary>
public sealed class AlertTests : IAsyncLifetime
{
    private AlertDesk _desk = null!;
    private WatchedService _service = null!;

    public async ValueTask InitializeAsync()
    {
        _service = await WatchedService.StartAsync();
        _desk = await AlertDesk.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_desk is not null)
            await _desk.DisposeAsync();
        await _service.DisposeAsync();
    }

    [Fact]
    public async Task What_Alertmanager_reports_is_one_ticket_that_counts_and_resolves_itself_and_opens_again()
    {
        var address = await _desk.AddSourceAsync(new { name = "Prometheus", kind = "alertmanager" });
        await using var prometheus = await PrometheusServer.StartAsync(_service, address);
        var ticket = await DownAndUpAsync(() => prometheus.Log);
        Assert.Equal(("alert", "urgent"), (Text(ticket, "channel"), Text(ticket, "priority")));
        Assert.Contains("shop is down", Text(ticket, "subject"), StringComparison.Ordinal);
        var episode = (await _desk.EpisodesAsync(ticket)).Single();
        Assert.Equal(("critical", "shop", "ServiceDown"), (Text(episode, "severity"), Label(episode, "service"), Label(episode, "alertname")));
        Assert.NotEmpty(episode["links"]!.AsObject());

        // Down again, shortly after: the same ticket, and a second span.
        await _service.StopAsync();
        await UntilAsync("the ticket is open again", prometheus.Log, async () => await StatusAsync(ticket) is "open" or "new");
        Assert.Equal(["resolved", "firing"], (await _desk.EpisodesAsync(ticket)).Select(one => Text(one, "state")));
        await OnlyTicketAsync(prometheus.Log);

        // Acknowledged: silent, until somebody resolves the ticket.
        await _desk.TellAsync("prometheus", new { url = prometheus.Alertmanager, silenceFor = "PT1H" });
        async Task<List<string>> SilencesAsync() =>
            [
                .. (await prometheus.SilencesAsync())
                    .Where(one => Text(one!, "comment").Contains($"#{ticket["number"]} ", StringComparison.Ordinal))
                    .Select(one => Text(one!["status"]!, "state")),
            ];
        await _desk.Api.PostAsync($"/api/tickets/{ticket["id"]}/acknowledge", new { });
        await UntilAsync("the alert is silent", prometheus.Log, async () => (await SilencesAsync()) is ["active"]);
        await UntilAsync("the silence is for it", prometheus.Log, async () => (await prometheus.SuppressedAsync()).Contains("ServiceDown"));
        await _desk.Api.PostAsync($"/api/tickets/{ticket["id"]}/resolve", new { resolution = "Replaced" });
        await UntilAsync("the silence has ended", prometheus.Log, async () => (await SilencesAsync()) is ["expired"]);
        Assert.Equal(["sent", "sent"], (await _desk.Api.AllAsync("/api/deliveries?channel=alerts")).Select(one => Text(one, "state")));
    }

    [Fact]
    public async Task What_Nagios_reports_by_the_script_that_ships_is_one_ticket_that_counts_and_resolves_itself()
    {
        var address = await _desk.AddSourceAsync(
            new
            {
                name = "Nagios",
                kind = "generic",
                mapping = new { example = "nagios" },
            }
        );
        await using var nagios = await NagiosServer.StartAsync(_service, address);
        var ticket = await DownAndUpAsync(() => nagios.Log);
        Assert.Equal(("alert", "urgent"), (Text(ticket, "channel"), Text(ticket, "priority")));
        Assert.Contains("shop-1", Text(ticket, "subject"), StringComparison.Ordinal);
        Assert.Equal("Shop", Label((await _desk.EpisodesAsync(ticket)).Single(), "service"));
    }

    /// <summary>Stops the service until its ticket counts, and starts it until the ticket is resolved; the ticket.</summary>
    private async Task<JsonNode> DownAndUpAsync(Func<string> log)
    {
        await _service.StopAsync();
        var ticket = await OnlyTicketAsync(log());
        await UntilAsync("further reports count on it", log(), async () => await CountAsync(ticket) >= 3);
        await OnlyTicketAsync(log());
        await _service.StartAgainAsync();
        await UntilAsync("it is resolved", log(), async () => await StatusAsync(ticket) == "resolved");
        var episode = (await _desk.EpisodesAsync(ticket)).Single();
        Assert.Equal("resolved", Text(episode, "state"));
        Assert.NotNull(episode["resolvedAt"]);
        Assert.Empty(await _desk.Api.AllAsync("/api/receipts?state=failed"));
        Assert.Empty(await _desk.Api.AllAsync("/api/operations/dead-letters"));
        return await _desk.Api.GetAsync($"/api/tickets/{ticket["id"]}");
    }

    /// <summary>The ticket of the lists, which it is in none of for a moment while it goes from one to another.</summary>
    private async Task<JsonNode> OnlyTicketAsync(string log)
    {
        var listed = new List<JsonNode>();
        await UntilAsync("there is a ticket", log, async () => (listed = await _desk.TicketsAsync()).Count > 0);
        return Assert.Single(listed);
    }

    private async Task<long> CountAsync(JsonNode ticket) => (await _desk.EpisodesAsync(ticket)).Sum(episode => episode["count"]!.GetValue<long>());

    private async Task<string> StatusAsync(JsonNode ticket) => Text(await _desk.Api.GetAsync($"/api/tickets/{ticket["id"]}"), "status");

    private Task UntilAsync(string what, string log, Func<Task<bool>> condition) =>
        Until.TrueAsync(condition, TimeSpan.FromMinutes(2), $"{what}; {log} {_desk.Host.Output}");

    private static string Label(JsonNode episode, string name) => Text(episode["labels"]!, name);

    private static string Text(JsonNode node, string name) => node[name]!.GetValue<string>();
}
