using System.Net.Http.Json;
using Helpdesk.Functions.Routing;
using Helpdesk.Functions.Storage;
using Helpdesk.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Helpdesk.Functions.Tests.Routing;

/// <summary>A workspace with one group whose tickets are given to its agents.</summary>
internal sealed class RoutingDesk(RunningApp app, Desk desk)
{
    public RunningApp App => app;

    public Desk Desk => desk;

    public static async Task<RoutingDesk> OpenAsync(DeskFixture fixture, RunningApp? app, string? routing, params string[] agents)
    {
        var desk = await fixture.OpenDeskAsync(app);
        var routed = new RoutingDesk(app ?? fixture.App, desk);
        (
            await desk.PostAsync(
                "/api/groups",
                new
                {
                    id = "help",
                    name = "Help",
                    routing,
                }
            )
        ).Expect(201);
        foreach (var agent in agents)
            await routed.AddAgentAsync(agent);
        return routed;
    }

    public async Task AddAgentAsync(string id, int? capacity = null, string? calendar = null, params string[] skills) =>
        (
            await desk.PostAsync(
                "/api/agents",
                new
                {
                    id,
                    name = id,
                    email = $"{id}@example.com",
                    groups = new[] { "help" },
                    capacity,
                    calendar,
                    skills,
                }
            )
        ).Expect(201);

    public Task<Answer> SetAsync(string agent, string presence, DateTimeOffset? until = null) =>
        desk.SendAsync(HttpMethod.Put, $"/api/agents/{agent}/presence", JsonContent.Create(new { presence, until }));

    public async Task<string> OpenTicketAsync(string priority = "normal", params string[] tags) => (
            await desk.PostAsync(
                "/api/tickets",
                new
                {
                    subject = "Printer",
                    description = "It is on fire",
                    requester = new { email = "rita@example.com" },
                    group = "help",
                    priority,
                    tags,
                }
            )
        ).Expect(201).Json["number"]!.ToString();

    /// <summary>Waits until everything is told to everybody, and what waits is given to whoever is there.</summary>
    public async Task SettledAsync()
    {
        var wakes = app.Services.GetRequiredService<WorkQueue<RoutingWake>>();
        await Until.TrueAsync(
            async () =>
            {
                await app.DeliveredAsync();
                return wakes.Outstanding == 0;
            },
            "tickets are given"
        );
        await app.DeliveredAsync();
    }

    public async Task<string?> AssigneeOfAsync(string ticket) => (await TicketAsync(ticket))["assignee"]?.ToString();

    public async Task<List<string?>> AssigneesAsync(IEnumerable<string> tickets) => [.. await Task.WhenAll(tickets.Select(AssigneeOfAsync))];

    public async Task<System.Text.Json.Nodes.JsonNode> TicketAsync(string ticket) => (await desk.GetAsync($"/api/tickets/{ticket}")).Expect(200).Json;

    public async Task<IReadOnlyList<string>> QueueAsync() =>
        [.. (await desk.GetAsync("/api/groups/help/queue")).Expect(200).Json["items"]!.AsArray().Select(item => item!["number"]!.ToString())];

    /// <summary>What the events of a ticket say of its routing: the agent, or why nobody.</summary>
    public async Task<IReadOnlyList<string>> RoutedAsync(string ticket) =>
        [
            .. (await desk.GetAsync($"/api/tickets/{ticket}/events")).Expect(200).Json["items"]!
                .AsArray()
                .Where(item => item!["type"]!.ToString() == "ticket-routed")
                .Select(item => item!["data"]!)
                .Select(data => data["agent"]?.ToString() ?? data["why"]!.ToString()),
        ];
}
