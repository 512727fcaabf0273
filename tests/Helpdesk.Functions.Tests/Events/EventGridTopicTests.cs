using System.Text.Json;
using Helpdesk.Functions.Events;
using Helpdesk.Functions.Tickets;
using Helpdesk.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Helpdesk.Functions.Tests.Events;

/// <summary>What an Event Grid topic is sent, as the library sends it.</summary>
public sealed class EventGridTopicTests(DeskFixture fixture) : IAsyncLifetime
{
    private readonly List<(string? Key, string? Type, List<JsonElement> Events)> _posts = [];
    private WebApplication _topic = null!;
    private RunningApp _app = null!;
    private Desk _desk = null!;

    /// <summary>What the topic answers.</summary>
    private int _status = 200;

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        _topic = builder.Build();
        var port = AzuriteServer.FreePort();
        _topic.Urls.Add($"http://127.0.0.1:{port}");
        _topic.MapPost(
            "/api/events",
            async (HttpContext context) =>
            {
                using var events = await JsonDocument.ParseAsync(context.Request.Body);
                lock (_posts)
                {
                    if (_status == 200)
                        _posts.Add((context.Request.Headers["aeg-sas-key"], context.Request.ContentType, [.. events.RootElement.Clone().EnumerateArray()]));
                    return Results.StatusCode(_status);
                }
            }
        );
        await _topic.StartAsync();
        // An app that delivers nothing by itself, so that each test says when.
        _app = await RunningApp.StartAsync(
            fixture.Storage,
            app =>
            {
                var hosted = app.Services.Where(one => one.ServiceType == typeof(IHostedService) && one.ImplementationFactory is not null);
                foreach (var service in hosted.ToList())
                    app.Services.Remove(service);
            },
            $"--Events:TopicEndpoint=http://127.0.0.1:{port}/api/events",
            "--Events:Key=a-key-of-the-topic"
        );
        _desk = await fixture.OpenDeskAsync(_app);
    }

    public async ValueTask DisposeAsync()
    {
        _desk.Dispose();
        await _app.DisposeAsync();
        await _topic.DisposeAsync();
    }

    private Task DeliverAsync(long upTo, int tries = 1) =>
        _app.InvokeAsync(
            nameof(DispatchTicketEvents),
            JsonSerializer.Serialize(new TicketMessage(_desk.Workspace, 1, upTo, TimeProvider.System.GetUtcNow(), "gone"), JsonSerializerOptions.Web),
            tries
        );

    private static string Text(JsonElement one, string field) => one.GetProperty(field).GetString()!;

    [Fact]
    public async Task Events_come_in_order_with_their_numbers_and_without_words()
    {
        var id = (await _desk.OpenTicketAsync("Secret words")).Json["id"]!.GetValue<string>();
        await DeliverAsync(1);
        (await _desk.PostAsync($"/api/tickets/{id}/comments", new { body = "Secret words" })).Expect(201);
        await DeliverAsync(3);
        await DeliverAsync(3);
        var events = _posts.SelectMany(post => post.Events).ToList();
        Assert.Equal(["helpdesk.ticket-opened", "helpdesk.comment-added", "helpdesk.status-changed"], events.Select(one => Text(one, "type")));
        Assert.Equal([$"{id}/1", $"{id}/2", $"{id}/3"], events.Select(one => Text(one, "id")));
        Assert.Equal(["1", "2", "3"], events.Select(one => Text(one, "sequence")));
        Assert.All(
            events,
            one =>
            {
                Assert.Equal("1.0", Text(one, "specversion"));
                Assert.Equal("Integer", Text(one, "sequencetype"));
                Assert.Equal($"/workspaces/{_desk.Workspace}", Text(one, "source"));
                Assert.Equal("tickets/1", Text(one, "subject"));
                Assert.Equal(1, one.GetProperty("data").GetProperty("number").GetInt64());
                Assert.DoesNotContain("Secret", one.GetRawText(), StringComparison.Ordinal);
            }
        );
        Assert.All(_posts, post => Assert.Equal("a-key-of-the-topic", post.Key));
        Assert.All(_posts, post => Assert.StartsWith("application/cloudevents-batch+json", post.Type, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Many_events_come_in_several_requests()
    {
        await _desk.OpenTicketAsync();
        for (var i = 0; i < 119; i++)
            (await _desk.PatchAsync("/api/tickets/1", new { subject = $"Subject {i}" })).Expect(200);
        await DeliverAsync(120);
        Assert.Equal([100, 20], _posts.Select(post => post.Events.Count));
        Assert.Equal(Enumerable.Range(1, 120), _posts.SelectMany(post => post.Events).Select(one => one.GetProperty("data").GetProperty("seq").GetInt32()));
    }

    [Fact]
    public async Task What_the_topic_does_not_take_is_tried_again_and_then_stands_in_the_log_of_deliveries()
    {
        await _desk.OpenTicketAsync();
        _status = 400;
        for (var tries = 1; tries <= 4; tries++)
            await Assert.ThrowsAsync<FunctionFailedException>(() => DeliverAsync(1, tries));
        await DeliverAsync(1, 5);
        Assert.Empty(_posts);

        var log = _app.Services.GetServices<IDeliveryLog>().Single(one => one.Channel == DeliveryChannel.EventGrid);
        var query = new DeliveryQuery(_desk.Workspace, [], null, null, null, 10);
        var given = Assert.Single((await log.ReadAsync(query, default)).Items);
        Assert.Equal((DeliveryState.Failed, 1L, 5), (given.State, given.Ticket, given.Attempts));
        Assert.Empty((await log.ReadAsync(query with { Before = (given.At, given.Id) }, default)).Items);
        Assert.Empty((await log.ReadAsync(query with { Workspace = "main" }, default)).Items);
        await Assert.ThrowsAsync<HelpdeskRuleException>(() => log.ReplayAsync(_desk.Workspace, given.Id, default));
        _status = 200;
        Assert.True(await log.ReplayAsync(_desk.Workspace, given.Id, default));
        Assert.Equal("1", Text(Assert.Single(Assert.Single(_posts).Events), "sequence"));
        Assert.False(await log.ReplayAsync(_desk.Workspace, given.Id, default));
        Assert.Null(await log.FindAsync(_desk.Workspace, given.Id, default));
    }
}
