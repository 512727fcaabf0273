using System.Globalization;
using System.Text.Json.Nodes;
using Helpdesk.Functions.Events;

namespace Helpdesk.Functions.Tests.Automations;

/// <summary>What tests of automations ask of a desk.</summary>
public static class AutomationDesk
{
    /// <summary>Adds an automation.</summary>
    public static async Task<JsonNode> AutomateAsync(this Desk desk, string id, string on, object? condition, params object[] actions) => (
            await desk.PostAsync(
                "/api/automations",
                new
                {
                    id,
                    name = $"Rule {id}",
                    on = on.Split(' '),
                    condition,
                    actions,
                }
            )
        ).Expect(201).Json;

    /// <summary>Promises every ticket so many hours, day and night.</summary>
    public static async Task PromiseAsync(this Desk desk, params (string Metric, int Hours)[] promises)
    {
        var hours = new[] { "mon", "tue", "wed", "thu", "fri", "sat", "sun" }.ToDictionary(day => day, _ => new[] { "00:00-24:00" });
        (
            await desk.PostAsync(
                "/api/calendars",
                new
                {
                    id = "always",
                    name = "Always",
                    timeZone = "UTC",
                    hours,
                }
            )
        ).Expect(201);
        (
            await desk.PostAsync(
                "/api/sla/policies",
                new
                {
                    name = "All",
                    position = 1,
                    calendar = "always",
                    targets = promises.Select(one => new { metric = one.Metric, within = $"PT{one.Hours}H" }),
                }
            )
        ).Expect(201);
    }

    public static async Task<long> OpenAsync(this Desk desk, string subject = "Printer", string priority = "normal") =>
        (await desk.OpenTicketAsync(subject, priority: priority)).Json["number"]!.GetValue<long>();

    public static async Task<JsonNode> TicketAsync(this Desk desk, long number) =>
        (await desk.GetAsync(string.Create(CultureInfo.InvariantCulture, $"/api/tickets/{number}"))).Expect(200).Json;

    public static async Task<List<JsonNode>> EventsAsync(this Desk desk, long number) =>
        [
            .. (await desk.GetAsync(string.Create(CultureInfo.InvariantCulture, $"/api/tickets/{number}/events?limit=100"))).Expect(200).Json["items"]!
                .AsArray()
                .Select(one => one!),
        ];

    /// <summary>The runs of automations that a ticket has on record.</summary>
    public static async Task<List<JsonNode>> RunsAsync(this Desk desk, long number) =>
        [.. (await desk.EventsAsync(number)).Where(one => one["type"]!.GetValue<string>() == "automation-ran").Select(one => one["data"]!)];

    public static async Task<List<JsonNode>> CommentsAsync(this Desk desk, long number) =>
        [
            .. (await desk.GetAsync(string.Create(CultureInfo.InvariantCulture, $"/api/tickets/{number}/comments?limit=100"))).Expect(200).Json["items"]!
                .AsArray()
                .Select(one => one!),
        ];

    /// <summary>Has the message of a ticket come, and once more.</summary>
    public static async Task DeliverAsync(this RunningApp app, Desk desk, long number, long upTo = 1)
    {
        for (var again = 0; again < 2; again++)
            await app.InvokeAsync(
                nameof(DispatchTicketEvents),
                $$"""{"workspace":"{{desk.Workspace}}","number":{{number}},"upTo":{{upTo}},"sentAt":"2026-03-10T09:00:00.000Z","sender":"x"}"""
            );
        await app.DeliveredAsync();
    }

    public static string Text(this JsonNode node, string field) => node[field]?.GetValue<string>() ?? "";
}
