using System.Globalization;
using System.Text.Json.Nodes;
using Helpdesk.Testing;

namespace Helpdesk.EndToEnd;

/// <summary>A desk as a user starts it, to which monitoring tools report.</summary>
public sealed class AlertDesk : IAsyncDisposable
{
    private const string Key = "hd_first_key_of_the_alert_tests";
    private readonly string _data = System.IO.Directory.CreateTempSubdirectory("helpdesk-alerts-").FullName;
    private readonly int _port = AzuriteServer.FreePort();

    private AlertDesk() { }

    public Started Host { get; private set; } = null!;

    public Api Api { get; private set; } = null!;

    public static async Task<AlertDesk> StartAsync()
    {
        var desk = new AlertDesk();
        try
        {
            desk.Host = desk.Begin();
            await desk.Host.SaysAsync("is ready at");
            desk.Api = new(new Uri($"http://127.0.0.1:{desk._port}"), Key);
            return desk;
        }
        catch
        {
            await desk.DisposeAsync();
            throw;
        }
    }

    /// <summary>Adds an alert source; where its tool reports to.</summary>
    public async Task<Uri> AddSourceAsync(object source) => new((await Api.PostAsync("/api/alert-sources", source))["intakeUrl"]!.GetValue<string>());

    /// <summary>Has a source tell its tool what becomes of tickets.</summary>
    public async Task TellAsync(string source, object tell) =>
        Assert.Equal(200, (await Api.SendAsync(HttpMethod.Patch, $"/api/alert-sources/{source}", new { tell })).Status);

    /// <summary>Kills the worker, or where <paramref name="kill"/> is 3 the host, which is started again.</summary>
    public async Task KillAsync(int kill) => Host = await Host.KillAsync(kill, Begin);

    public Task<List<JsonNode>> TicketsAsync() => Api.AllAsync("/api/tickets?sort=createdAt");

    public Task<List<JsonNode>> EpisodesAsync(JsonNode ticket) => Api.AllAsync($"/api/tickets/{ticket["id"]}/episodes");

    public async ValueTask DisposeAsync()
    {
        Api?.Dispose();
        if (Host is not null)
            await Host.DisposeAsync();
        System.IO.Directory.Delete(_data, recursive: true);
    }

    private Started Begin() =>
        Started.Begin(
            "./run.sh",
            ["--port", _port.ToString(CultureInfo.InvariantCulture), "--data", _data],
            ("HELPDESK_ADMIN_KEY", Key),
            ("Dispatch__Delay", "00:00:02"),
            ("Logging__Level", "Warning")
        );
}
