using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Helpdesk.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Helpdesk.Functions.Tests.Webhooks;

/// <summary>What a receiver got.</summary>
public sealed record ReceivedWebhook(string Path, IReadOnlyDictionary<string, string> Headers, string Body)
{
    public string Id => Headers["webhook-id"];

    public JsonNode Json => JsonNode.Parse(Body)!;

    public string Type => Json["type"]!.GetValue<string>();

    public long Number => Json["data"]!["ticket"]!["number"]!.GetValue<long>();

    public long Seq => Json["data"]!["event"]!["seq"]!.GetValue<long>();
}

/// <summary>A receiver of webhooks on this machine, which keeps what it gets and answers as a test wants.</summary>
public sealed class WebhookReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;

    private WebhookReceiver(WebApplication app, int port) => (_app, Port) = (app, port);

    public int Port { get; }

    public string Url => $"http://127.0.0.1:{Port}/hooks";

    /// <summary>All that came, in the order in which it came.</summary>
    public ConcurrentQueue<ReceivedWebhook> Received { get; } = new();

    /// <summary>How it answers; 204 when nothing is said.</summary>
    public Func<HttpContext, ReceivedWebhook, Task>? Answer { get; set; }

    /// <param name="at">The port to listen at; any one that is free when nothing is said.</param>
    public static async Task<WebhookReceiver> StartAsync(int? at = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var port = at ?? AzuriteServer.FreePort();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenLocalhost(port));
        var app = builder.Build();
        var receiver = new WebhookReceiver(app, port);
        app.Run(receiver.TakeAsync);
        await app.StartAsync();
        return receiver;
    }

    /// <summary>Answers everything with this status.</summary>
    public void AnswerWith(int status) =>
        Answer = (context, _) =>
        {
            context.Response.StatusCode = status;
            return Task.CompletedTask;
        };

    /// <summary>Waits until so much has come.</summary>
    public Task GotAsync(int count) => Until.TrueAsync(() => Task.FromResult(Received.Count >= count), $"the receiver has got {count}");

    private async Task TakeAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var received = new ReceivedWebhook(
            context.Request.Path,
            context.Request.Headers.ToDictionary(header => header.Key.ToLowerInvariant(), header => header.Value.ToString(), StringComparer.Ordinal),
            await reader.ReadToEndAsync()
        );
        Received.Enqueue(received);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        if (Answer is { } answer)
            await answer(context, received);
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();
}
