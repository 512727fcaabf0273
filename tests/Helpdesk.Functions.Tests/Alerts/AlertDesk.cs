using System.Text.Json;
using System.Text.Json.Nodes;
using Helpdesk.Alerts;
using Helpdesk.Functions.Alerts;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Intake;
using Helpdesk.Functions.Settings;
using Helpdesk.Intake;
using Helpdesk.Testing;
using Helpdesk.Tickets;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Helpdesk.Functions.Tests.Alerts;

/// <summary>A workspace with alert sources, and reports to them.</summary>
public sealed class AlertDesk(Desk desk, RunningApp app) : IDisposable
{
    public Desk Desk => desk;

    public RunningApp App => app;

    /// <summary>A workspace with one source, <c>prometheus</c>.</summary>
    public static async Task<AlertDesk> OpenAsync(DeskFixture fixture, EpisodeRules? rules = null, RunningApp? app = null)
    {
        var alerts = new AlertDesk(await fixture.OpenDeskAsync(app), app ?? fixture.App);
        await alerts.AddSourceAsync("prometheus", rules);
        return alerts;
    }

    public Task AddSourceAsync(string id, EpisodeRules? rules = null, Func<AlertSource, AlertSource>? with = null)
    {
        var source = new AlertSource
        {
            Id = id,
            Name = char.ToUpperInvariant(id[0]) + id[1..],
            Kind = AlertKind.Generic,
            KeyHash = "",
            Rules = rules,
            CreatedAt = TimeProvider.System.GetUtcNow(),
            UpdatedAt = TimeProvider.System.GetUtcNow(),
        };
        return app
            .Services.GetRequiredService<SettingsStore>()
            .PutAsync(desk.Workspace, EpisodeSources.Kind, with is null ? source : with(source), CancellationToken.None);
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

    /// <summary>Stores reports as they come; the id of the receipt.</summary>
    public async Task<string> PostAsync(string source, IReadOnlyList<AlertReport> reports)
    {
        var now = app.Services.GetRequiredService<TimeProvider>().GetUtcNow();
        var receipt = new Receipt
        {
            Id = ReceiptStore.NewId(now),
            Workspace = desk.Workspace,
            Channel = IntakeChannel.Alert,
            Source = source,
            ReceivedAt = now,
            State = ReceiptState.Received,
            Number = 0,
            Attempts = 0,
            ContentType = "application/json",
        };
        await app.Services.GetRequiredService<ReceiptStore>().AddAsync(receipt, JsonSerializer.SerializeToUtf8Bytes(reports), CancellationToken.None);
        return receipt.Id;
    }

    public Task WorkAsync(string receipt, bool replay = false) =>
        app.InvokeAsync(
            nameof(ProcessReceipt),
            $$"""
            {"workspace":"{{desk.Workspace}}","receipt":"{{receipt}}","sentAt":"2026-01-01T00:00:00.000Z"{{(replay ? ",\"replay\":true" : "")}}}
            """
        );

    public async Task<JsonNode> SettleAsync(string id)
    {
        JsonNode? receipt = null;
        await Until.TrueAsync(
            async () =>
            {
                receipt = (await desk.GetAsync($"/api/receipts/{id}")).Expect(200).Json;
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

    /// <summary>Understands reports as these tests write them.</summary>
    public static void Reads(FunctionsApplicationBuilder builder)
    {
        if (builder.Services.All(service => service.ImplementationType?.Name != "GenericReader"))
            builder.Services.AddSingleton<IAlertReader, PlainReader>();
    }

    private sealed class PlainReader : IAlertReader
    {
        public AlertKind Kind => AlertKind.Generic;

        public AlertReading Read(AlertSource source, AlertBody body)
        {
            if (body.Bytes.Span.SequenceEqual("\"test\""u8))
                return new([], "a test message");
            try
            {
                return new(JsonSerializer.Deserialize<List<AlertReport>>(body.Bytes.Span)!);
            }
            catch (JsonException)
            {
                throw new InvalidRequestException("body", "body is not the JSON of a report.");
            }
        }
    }
}
