using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Helpdesk.Testing;

/// <summary>
/// Prometheus and its Alertmanager as Debian has them, for one test: they watch a <see cref="WatchedService"/> twice a second, and tell a webhook when it
/// does not answer.
/// </summary>
/// <remarks>An alert that lasts is told again every two seconds, and not every four hours.</remarks>
public sealed class PrometheusServer : IAsyncDisposable
{
    private readonly string _folder = System.IO.Directory.CreateTempSubdirectory("helpdesk-prometheus-").FullName;
    private readonly int _port = AzuriteServer.FreePort();
    private readonly int _alertmanagerPort = AzuriteServer.FreePort();
    private readonly HttpClient _http = new();
    private PeerProcess? _prometheus;
    private PeerProcess? _alertmanager;

    private PrometheusServer() { }

    public Uri Alertmanager => new($"http://127.0.0.1:{_alertmanagerPort}");

    /// <summary>What both have printed.</summary>
    public string Log => $"{_prometheus?.Log}\n{_alertmanager?.Log}";

    /// <param name="webhook">Where alerts are sent.</param>
    /// <param name="resolved">Whether it is also told that an alert is over, as it is unless somebody says otherwise.</param>
    public static async Task<PrometheusServer> StartAsync(WatchedService service, Uri webhook, bool resolved = true)
    {
        var server = new PrometheusServer();
        try
        {
            await server.ConfigureAsync(service, webhook, resolved);
            server._alertmanager = PeerProcess.Start(
                "/usr/bin/prometheus-alertmanager",
                "prometheus-alertmanager",
                $"--config.file={server._folder}/alertmanager.yml",
                $"--storage.path={server._folder}/alertmanager",
                $"--web.listen-address=127.0.0.1:{server._alertmanagerPort}",
                "--cluster.listen-address="
            );
            server._prometheus = PeerProcess.Start(
                "/usr/bin/prometheus",
                "prometheus",
                $"--config.file={server._folder}/prometheus.yml",
                $"--storage.tsdb.path={server._folder}/prometheus",
                $"--web.listen-address=127.0.0.1:{server._port}",
                // An alert that lasts is told to Alertmanager again, or that takes it for over.
                "--rules.alert.resend-delay=1s"
            );
            await server._alertmanager.AnswersAsync(new Uri(server.Alertmanager, "/-/ready"));
            await server._prometheus.AnswersAsync(new Uri($"http://127.0.0.1:{server._port}/-/ready"));
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Hands alerts to Alertmanager, as any client of its does.</summary>
    public async Task SendAsync(params object[] alerts)
    {
        using var answer = await _http.PostAsJsonAsync(new Uri(Alertmanager, "/api/v2/alerts"), alerts);
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>The silences that Alertmanager has.</summary>
    public async Task<JsonArray> SilencesAsync() => (await _http.GetFromJsonAsync<JsonArray>(new Uri(Alertmanager, "/api/v2/silences")))!;

    /// <summary>The names of the alerts that Alertmanager keeps back.</summary>
    public async Task<List<string>> SuppressedAsync() =>
        [
            .. (await _http.GetFromJsonAsync<JsonArray>(new Uri(Alertmanager, "/api/v2/alerts")))!
                .Where(alert => alert!["status"]!["state"]!.GetValue<string>() == "suppressed")
                .Select(alert => alert!["labels"]!["alertname"]!.GetValue<string>()),
        ];

    public async ValueTask DisposeAsync()
    {
        if (_prometheus is not null)
            await _prometheus.DisposeAsync();
        if (_alertmanager is not null)
            await _alertmanager.DisposeAsync();
        _http.Dispose();
        System.IO.Directory.Delete(_folder, recursive: true);
    }

    private async Task ConfigureAsync(WatchedService service, Uri webhook, bool resolved)
    {
        await File.WriteAllTextAsync(
            Path.Combine(_folder, "prometheus.yml"),
            $$"""
            global:
              scrape_interval: 500ms
              scrape_timeout: 400ms
              evaluation_interval: 500ms
            rule_files: [rules.yml]
            alerting:
              alertmanagers:
                - static_configs: [{ targets: ["127.0.0.1:{{_alertmanagerPort}}"] }]
            scrape_configs:
              - job_name: web
                static_configs: [{ targets: ["127.0.0.1:{{service.Port}}"], labels: { service: shop } }]

            """
        );
        await File.WriteAllTextAsync(
            Path.Combine(_folder, "rules.yml"),
            """
            groups:
              - name: availability
                rules:
                  - alert: ServiceDown
                    expr: up{job="web"} == 0
                    labels: { severity: critical }
                    annotations:
                      summary: "{{ $labels.service }} is down"
                      description: "{{ $labels.instance }} of job {{ $labels.job }} does not answer."

            """
        );
        await File.WriteAllTextAsync(
            Path.Combine(_folder, "alertmanager.yml"),
            $$"""
            route:
              receiver: helpdesk
              group_by: [alertname]
              group_wait: 500ms
              group_interval: 1s
              repeat_interval: 2s
            receivers:
              - name: helpdesk
                webhook_configs:
                  - url: {{webhook}}
                    send_resolved: {{(resolved ? "true" : "false")}}

            """
        );
    }
}
