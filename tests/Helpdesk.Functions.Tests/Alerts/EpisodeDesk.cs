using System.Text.Json;
using System.Text.Json.Nodes;
using Helpdesk.Alerts;
using Helpdesk.Functions.Alerts;
using Helpdesk.Functions.Intake;
using Helpdesk.Testing;

namespace Helpdesk.Functions.Tests.Alerts;

/// <summary>A workspace with alert sources, and reports to them.</summary>
public sealed class EpisodeDesk(Desk desk, RunningApp app) : IDisposable
{
    private readonly Dictionary<string, string> _paths = [];

    public Desk Desk => desk;

    public RunningApp App => app;

    /// <summary>A workspace with one source, <c>prometheus</c>.</summary>
    public static async Task<EpisodeDesk> OpenAsync(DeskFixture fixture, EpisodeRules? rules = null, RunningApp? app = null)
    {
        var alerts = new EpisodeDesk(await fixture.OpenDeskAsync(app), app ?? fixture.App);
        await alerts.AddSourceAsync("prometheus", rules);
        return alerts;
    }

    /// <summary>Adds a source that is told in JSON as these tests write it.</summary>
    public async Task AddSourceAsync(string id, EpisodeRules? rules = null, Action<JsonObject>? with = null)
    {
        static JsonObject From(string pointer) => new() { ["from"] = new JsonArray(pointer) };
        var body = new JsonObject
        {
            ["id"] = id,
            ["name"] = char.ToUpperInvariant(id[0]) + id[1..],
            ["kind"] = "generic",
            ["mapping"] = new JsonObject
            {
                ["items"] = "",
                ["allLabels"] = "/Labels",
                ["fields"] = new JsonObject
                {
                    ["key"] = From("/Key"),
                    ["state"] = From("/State"),
                    ["subject"] = From("/Subject"),
                    ["description"] = From("/Description"),
                    ["severity"] = From("/Severity"),
                    ["startedAt"] = From("/StartedAt"),
                    ["endedAt"] = From("/EndedAt"),
                    ["link"] = From("/Links/source"),
                    ["id"] = From("/Id"),
                },
            },
        };
        if (rules is not null)
            body["rules"] = JsonSerializer.SerializeToNode(EpisodeRulesView.Of(rules), JsonSerializerOptions.Web);
        with?.Invoke(body);
        var added = (await desk.PostAsync("/api/alert-sources", body)).Expect(201).Json;
        _paths[id] = new Uri(added["intakeUrl"]!.GetValue<string>()).AbsolutePath;
    }

    public static AlertReport Firing(string key = "disk", DateTimeOffset? since = null, string? subject = null) =>
        new()
        {
            Key = key,
            State = AlertState.Firing,
            Subject = subject ?? $"{key} is broken",
            StartedAt = since,
            Labels = new Dictionary<string, string> { ["service"] = "payments" },
            Links = new Dictionary<string, string> { ["source"] = $"https://prometheus.example/{key}" },
        };

    public static AlertReport Resolved(string key = "disk", DateTimeOffset? since = null, DateTimeOffset? ended = null) =>
        Firing(key, since) with
        {
            State = AlertState.Resolved,
            EndedAt = ended,
        };

    /// <summary>Has reports come in one body, has their message come twice as well, and gives the receipt once it is settled.</summary>
    public Task<JsonNode> SendAsync(params AlertReport[] reports) => SendFromAsync("prometheus", reports);

    public async Task<JsonNode> SendFromAsync(string source, params AlertReport[] reports)
    {
        var id = await PostAsync(source, reports);
        await WorkAsync(id);
        await WorkAsync(id);
        return await SettleAsync(id);
    }

    /// <summary>Posts reports; the id of the receipt.</summary>
    public Task<string> PostAsync(string source, IReadOnlyList<AlertReport> reports) =>
        PostRawAsync(source, new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(reports)) { Headers = { ContentType = new("application/json") } });

    /// <summary>Posts a body; the id of the receipt.</summary>
    public async Task<string> PostRawAsync(string source, HttpContent? body)
    {
        using var anybody = new Desk(desk.Workspace, "", app.Address);
        return (await anybody.SendAsync(HttpMethod.Post, _paths[source], body)).Expect(202).Json["receipt"]!.GetValue<string>();
    }

    /// <summary>Says that a source is alive.</summary>
    public async Task<Answer> BeatAsync(string source, HttpMethod method)
    {
        using var anybody = new Desk(desk.Workspace, "", app.Address);
        return await anybody.SendAsync(method, _paths[source], null);
    }

    /// <summary>What would become of reports.</summary>
    public async Task<List<string?>> TryAsync(string source, params AlertReport[] reports)
    {
        var body = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(reports)) { Headers = { ContentType = new("application/json") } };
        var told = (await desk.SendAsync(HttpMethod.Post, $"/api/alert-sources/{source}/test", body)).Expect(200).Json;
        return [.. told["reports"]!.AsArray().Select(report => report!["outcome"]?.GetValue<string>())];
    }

    public Task WorkAsync(string receipt, bool replay = false) =>
        app.InvokeAsync(
            nameof(ProcessReceipt),
            $$"""
            {"workspace":"{{desk.Workspace}}","receipt":"{{receipt}}","sentAt":"2026-01-01T00:00:00.000Z"{{(replay ? ",\"replay\":true" : "")}}}
            """
        );

    /// <summary>The receipt once it is settled.</summary>
    /// <param name="asked">Which app is asked; null for the one that took it.</param>
    public async Task<JsonNode> SettleAsync(string id, RunningApp? asked = null)
    {
        using var looking = new Desk(desk.Workspace, desk.Key, (asked ?? app).Address);
        JsonNode? receipt = null;
        await Until.TrueAsync(
            async () =>
            {
                receipt = (await looking.GetAsync($"/api/receipts/{id}")).Expect(200).Json;
                return receipt["state"]!.GetValue<string>() != "received";
            },
            "the reports are worked"
        );
        return receipt!;
    }

    public async Task<JsonNode> TicketAsync(JsonNode receipt) => await TicketAsync(receipt["ticket"]!.GetValue<string>());

    public async Task<JsonNode> TicketAsync(string id) => (await desk.GetAsync($"/api/tickets/{id}")).Expect(200).Json;

    public async Task<List<JsonNode>> EpisodesAsync(JsonNode receipt) => await EpisodesAsync(receipt["ticket"]!.GetValue<string>());

    public async Task<List<JsonNode>> EpisodesAsync(string ticket)
    {
        var (all, cursor) = (new List<JsonNode>(), "");
        while (true)
        {
            var page = (await desk.GetAsync($"/api/tickets/{ticket}/episodes?limit=100{cursor}")).Expect(200).Json;
            all.AddRange(page["items"]!.AsArray().Select(item => item!));
            if (page["nextCursor"] is not { } next)
                return all;
            cursor = $"&cursor={next.GetValue<string>()}";
        }
    }

    /// <summary>The notes on a ticket, oldest first.</summary>
    public async Task<List<string>> NotesAsync(JsonNode receipt) =>
        [
            .. (await desk.GetAsync($"/api/tickets/{receipt["ticket"]}/comments?limit=100")).Expect(200).Json["items"]!
                .AsArray()
                .Select(comment => comment!["body"]!.GetValue<string>()),
        ];

    public void Dispose() => desk.Dispose();
}
