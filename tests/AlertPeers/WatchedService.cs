using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Helpdesk.Testing;

/// <summary>A small HTTP service that monitoring tools watch, and that can be stopped and started again on its port.</summary>
public sealed class WatchedService : IAsyncDisposable
{
    private WebApplication? _app;

    private WatchedService() { }

    public int Port { get; } = AzuriteServer.FreePort();

    public static async Task<WatchedService> StartAsync()
    {
        var service = new WatchedService();
        await service.StartAgainAsync();
        return service;
    }

    public async Task StartAgainAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.MapGet("/", () => "It works.");
        // What Prometheus reads.
        app.MapGet("/metrics", () => Results.Text("# TYPE watched_up gauge\nwatched_up 1\n", "text/plain; version=0.0.4"));
        app.Urls.Add(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Port}"));
        await app.StartAsync();
        _app = app;
    }

    public async Task StopAsync()
    {
        if (_app is not { } app)
            return;
        _app = null;
        // Nobody keeps a connection to a service that is down.
        using var atOnce = new CancellationTokenSource();
        await atOnce.CancelAsync();
        await app.StopAsync(atOnce.Token);
        await app.DisposeAsync();
    }

    public async ValueTask DisposeAsync() => await StopAsync();
}
