using System.Net;
using System.Text.Json.Nodes;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;
using Helpdesk.Functions.Webhooks;
using Helpdesk.Testing;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Helpdesk.Functions.Tests.Webhooks;

/// <summary>A workspace of an app whose clock a test moves, and whose queue messages come when the test says so: each of them twice.</summary>
public sealed class WebhookDesk : IAsyncDisposable
{
    private WebhookDesk(RunningApp app, Desk desk, FakeTimeProvider time) => (App, Desk, Time) = (app, desk, time);

    public RunningApp App { get; }

    public Desk Desk { get; }

    public FakeTimeProvider Time { get; }

    /// <param name="resolve">Where host names lead; the machine's own look-up when nothing is said.</param>
    public static async Task<WebhookDesk> OpenAsync(
        DeskFixture fixture,
        Func<string, IPAddress[]>? resolve = null,
        Action<FunctionsApplicationBuilder>? configure = null,
        params string[] settings
    )
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        var app = await RunningApp.StartAsync(
            fixture.Storage,
            builder =>
            {
                builder.Services.AddSingleton<TimeProvider>(time);
                if (resolve is not null)
                    builder.Services.AddSingleton<ResolveHost>((host, _) => Task.FromResult(resolve(host)));
                configure?.Invoke(builder);
            },
            settings
        );
        return new(app, await fixture.OpenDeskAsync(app), time);
    }

    /// <summary>Adds a subscription; its secret.</summary>
    public async Task<string> SubscribeAsync(string id, string url, object? more = null)
    {
        var body = System.Text.Json.JsonSerializer.SerializeToNode(more ?? new { })!.AsObject();
        (body["id"], body["url"]) = (id, url);
        return (await Desk.PostAsync("/api/webhooks", body)).Expect(201).Json["secret"]!.GetValue<string>();
    }

    /// <summary>Waits until this process has done all that it does by itself.</summary>
    public async Task SettledAsync()
    {
        await App.DeliveredAsync();
        var lanes = App.Services.GetRequiredService<WorkQueue<WebhookLane>>();
        await Until.TrueAsync(() => Task.FromResult(lanes.Outstanding == 0), "all deliveries are sent, or wait");
    }

    /// <summary>Has the message of a lane come, and once more.</summary>
    public async Task WorkAsync(string webhook, long number)
    {
        for (var again = 0; again < 2; again++)
            await App.InvokeAsync(
                nameof(SendWebhooks),
                $$"""{"workspace":"{{Desk.Workspace}}","webhook":"{{webhook}}","number":{{number}},"sentAt":"2026-01-01T00:00:00.000Z"}"""
            );
    }

    /// <summary>Deliveries of a subscription, oldest first.</summary>
    public async Task<List<JsonNode>> DeliveriesAsync(string webhook) =>
        [.. (await Desk.GetAsync($"/api/webhooks/{webhook}/deliveries?limit=100")).Expect(200).Json["items"]!.AsArray().Select(one => one!).Reverse()];

    public async Task<JsonNode> OnlyDeliveryAsync(string webhook) => Assert.Single(await DeliveriesAsync(webhook));

    public static string Text(JsonNode node, string field) => node[field]?.GetValue<string>() ?? "";

    public async ValueTask DisposeAsync()
    {
        Desk.Dispose();
        await App.DisposeAsync();
    }
}
