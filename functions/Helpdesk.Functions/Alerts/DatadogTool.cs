using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Helpdesk.Alerts;

namespace Helpdesk.Functions.Alerts;

/// <summary>Keeps groups of Datadog's monitors silent by downtimes, which version 2 of its API schedules and cancels.</summary>
/// <remarks>A downtime is found again by the mark in its message.</remarks>
public sealed class DatadogTool(AlertToolCalls calls) : IAlertTool
{
    public const string Address = "https://api.datadoghq.com";

    private const int PageSize = 100;
    private const int MostPages = 20;

    public bool Is(AlertKind kind) => kind == AlertKind.Datadog;

    public async Task<ToldTool> TellAsync(AlertToTell alert, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(alert);
        if (MonitorOf(alert) is not { } monitor)
            return new("The alert names no monitor: use the template of docs/alerts.md as it is.", Refused: true);
        var (ours, failed) = await FindAsync(alert, cancellationToken);
        if (failed is not null)
            return failed.Told;
        if (alert.Kind == AlertTellingKind.Acknowledged)
            return ours.Count > 0
                ? ToldTool.Done
                : (await CallAsync(alert, HttpMethod.Post, "/api/v2/downtime", BodyOf(alert, monitor), cancellationToken)).Told;
        foreach (var id in ours)
        {
            var ended = await CallAsync(alert, HttpMethod.Delete, $"/api/v2/downtime/{Uri.EscapeDataString(id)}", null, cancellationToken);
            if (ended is { Error: not null, Status: not 404 })
                return ended.Told;
        }

        return ToldTool.Done;
    }

    public async Task<(bool? Over, string? Error)> IsOverAsync(AlertToTell alert, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(alert);
        if (MonitorOf(alert) is not { } monitor)
            return (null, null);
        var path = string.Create(CultureInfo.InvariantCulture, $"/api/v1/monitor/{monitor}?group_states=all");
        var found = await CallAsync(alert, HttpMethod.Get, path, null, cancellationToken);
        if (found.Error is not null)
            return (null, found.Error);
        if (found.Json?.Text("overall_state") == "OK")
            return (true, null);
        var groups = found.Json?.Object("state")?.Object("groups");
        var scope = alert.Episode.Labels.GetValueOrDefault("scope");
        return scope is not null && groups is { } known && known.TryGetProperty(scope, out var group) && group.ValueKind == JsonValueKind.Object
            ? (group.Text("status") == "OK", null)
            : (null, null);
    }

    /// <summary>The ids of the downtimes of this episode.</summary>
    private async Task<(List<string> Ids, ToolAnswer? Failed)> FindAsync(AlertToTell alert, CancellationToken cancellationToken)
    {
        var ids = new List<string>();
        for (var page = 0; page < MostPages; page++)
        {
            var path = string.Create(
                CultureInfo.InvariantCulture,
                $"/api/v2/downtime?current_only=true&page%5Boffset%5D={page * PageSize}&page%5Blimit%5D={PageSize}"
            );
            var found = await CallAsync(alert, HttpMethod.Get, path, null, cancellationToken);
            if (found.Error is not null)
                return (ids, found);
            var downtimes = found.Json?.List("data") is { } data ? data.EnumerateArray().ToList() : [];
            ids.AddRange(
                downtimes
                    .Where(one => (one.Object("attributes")?.Text("message") ?? "").Contains(alert.Mark, StringComparison.Ordinal))
                    .Select(one => one.Text("id"))
                    .OfType<string>()
            );
            if (downtimes.Count < PageSize)
                break;
        }

        return (ids, null);
    }

    private static string BodyOf(AlertToTell alert, long monitor) =>
        new JsonObject
        {
            ["data"] = new JsonObject
            {
                ["type"] = "downtime",
                ["attributes"] = new JsonObject
                {
                    ["message"] = alert.Words,
                    ["monitor_identifier"] = new JsonObject { ["monitor_id"] = monitor },
                    ["scope"] = ScopeOf(alert.Episode.Labels.GetValueOrDefault("scope")),
                    ["schedule"] = new JsonObject
                    {
                        ["end"] = alert.SilentUntil.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss+00:00", CultureInfo.InvariantCulture),
                    },
                },
            },
        }.ToJsonString();

    /// <summary>A group of a monitor, which Datadog tells as <c>host:a,env:b</c>, in the words of its search.</summary>
    private static string ScopeOf(string? group) =>
        group is null or "" or "*" ? "*" : string.Join(" AND ", group.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));

    private static long? MonitorOf(AlertToTell alert) =>
        long.TryParse(alert.Episode.Labels.GetValueOrDefault("monitor_id"), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : null;

    private Task<ToolAnswer> CallAsync(AlertToTell alert, HttpMethod method, string path, string? body, CancellationToken cancellationToken) =>
        calls.SendAsync(
            method,
            $"{alert.At(Address)}{path}",
            [("Accept", "application/json"), ("DD-API-KEY", alert.Secret ?? ""), ("DD-APPLICATION-KEY", alert.ApplicationKey ?? "")],
            body,
            cancellationToken
        );
}
