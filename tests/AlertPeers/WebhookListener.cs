using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Helpdesk.Testing;

/// <summary>What a monitoring tool has posted.</summary>
public sealed record Posted(string ContentType, string Body);

/// <summary>Takes whatever is posted to it, so that a test sees what a tool really sends.</summary>
public sealed class WebhookListener : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<Posted> _posted = [];

    private WebhookListener(WebApplication app) => _app = app;

    public Uri Url => new(new Uri(_app.Urls.Single()), "/webhook");

    /// <summary>What has come, oldest first.</summary>
    public IReadOnlyList<Posted> Posted => [.. _posted];

    public static async Task<WebhookListener> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var listener = new WebhookListener(app);
        app.MapPost("/webhook", listener.TakeAsync);
        app.Urls.Add(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{AzuriteServer.FreePort()}"));
        await app.StartAsync();
        return listener;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task<IResult> TakeAsync(HttpRequest request)
    {
        using var reader = new StreamReader(request.Body);
        _posted.Enqueue(new(request.ContentType ?? "", await reader.ReadToEndAsync()));
        return Results.StatusCode(StatusCodes.Status202Accepted);
    }
}
