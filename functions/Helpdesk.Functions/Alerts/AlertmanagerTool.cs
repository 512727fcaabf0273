using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Helpdesk.Alerts;

namespace Helpdesk.Functions.Alerts;

/// <summary>Keeps alerts silent in Prometheus' Alertmanager, and in Grafana's, by version 2 of its API.</summary>
/// <remarks>A silence is found again by the mark in its comment: so there is one, however often it is asked for, and it needs no memory here.</remarks>
public sealed class AlertmanagerTool(AlertToolCalls calls) : IAlertTool
{
    /// <summary>An address has room for so much of what is asked for.</summary>
    private const int FilterLength = 1_500;

    public bool Is(AlertKind kind) => kind is AlertKind.Alertmanager or AlertKind.Grafana;

    public async Task<ToldTool> TellAsync(AlertToTell alert, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(alert);
        if (AlertTellings.MatchersOf(alert.Episode) is not { } matchers)
            return new("The alert has no labels, or too many or too long ones to be kept: a silence by them might hit others.", Refused: true);
        var found = await CallAsync(alert, HttpMethod.Get, $"/silences?{FilterOf(matchers)}", null, cancellationToken);
        if (found.Error is not null)
            return found.Told;
        var ours = Elements(found.Json)
            .Where(silence => (silence.Text("comment") ?? "").Contains(alert.Mark, StringComparison.Ordinal))
            .Where(silence => silence.Object("status")?.Text("state") is "active" or "pending")
            .Select(silence => silence.Text("id"))
            .OfType<string>()
            .ToList();
        if (alert.Kind == AlertTellingKind.Acknowledged)
            return ours.Count > 0 ? ToldTool.Done : (await CallAsync(alert, HttpMethod.Post, "/silences", BodyOf(alert, matchers), cancellationToken)).Told;
        foreach (var id in ours)
        {
            var ended = await CallAsync(alert, HttpMethod.Delete, $"/silence/{Uri.EscapeDataString(id)}", null, cancellationToken);
            if (ended is { Error: not null, Status: not 404 })
                return ended.Told;
        }

        return ToldTool.Done;
    }

    public async Task<(bool? Over, string? Error)> IsOverAsync(AlertToTell alert, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(alert);
        if (AlertTellings.MatchersOf(alert.Episode) is not { } matchers)
            return (null, null);
        var found = await CallAsync(alert, HttpMethod.Get, $"/alerts?{FilterOf(matchers)}", null, cancellationToken);
        if (found.Error is not null || found.Json is not { ValueKind: JsonValueKind.Array })
            return (null, found.Error ?? "The tool answered with something else than a list of alerts.");
        var fingerprint = alert.Source.Kind == AlertKind.Grafana ? alert.Key[(alert.Key.IndexOf('-', StringComparison.Ordinal) + 1)..] : alert.Key;
        var isKnown = !fingerprint.StartsWith("labels:", StringComparison.Ordinal);
        return (!Elements(found.Json).Any(one => !isKnown || one.Text("fingerprint") == fingerprint), null);
    }

    private Task<ToolAnswer> CallAsync(AlertToTell alert, HttpMethod method, string path, string? body, CancellationToken cancellationToken)
    {
        var under = alert.Source.Kind == AlertKind.Grafana ? "/api/alertmanager/grafana/api/v2" : "/api/v2";
        List<(string, string)> headers = [("Accept", "application/json")];
        if (alert.Secret is { } secret)
            headers.Add(
                (
                    "Authorization",
                    alert.Tell.User is { } user ? $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{secret}"))}" : $"Bearer {secret}"
                )
            );
        return calls.SendAsync(method, $"{alert.At("")}{under}{path}", headers, body, cancellationToken);
    }

    private static string BodyOf(AlertToTell alert, IReadOnlyList<KeyValuePair<string, string>> matchers) =>
        new JsonObject
        {
            ["matchers"] = new JsonArray([
                .. matchers.Select(label => new JsonObject
                {
                    ["name"] = label.Key,
                    ["value"] = label.Value,
                    ["isRegex"] = false,
                    ["isEqual"] = true,
                }),
            ]),
            ["startsAt"] = Instant(alert.SilentFrom),
            ["endsAt"] = Instant(alert.SilentUntil),
            ["createdBy"] = "Helpdesk",
            ["comment"] = alert.Words,
        }.ToJsonString();

    /// <summary>Some of the labels, as the API filters by them: what comes is looked at all the same.</summary>
    private static string FilterOf(IReadOnlyList<KeyValuePair<string, string>> matchers)
    {
        var filter = new StringBuilder();
        foreach (var (name, value) in matchers)
        {
            var escaped = value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
            var part = $"filter={Uri.EscapeDataString($"{name}=\"{escaped}\"")}";
            if (filter.Length + part.Length > FilterLength)
                continue;
            filter.Append(filter.Length > 0 ? "&" : "").Append(part);
        }

        return filter.ToString();
    }

    private static IEnumerable<JsonElement> Elements(JsonElement? json) =>
        json is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray().Where(one => one.ValueKind == JsonValueKind.Object) : [];

    private static string Instant(DateTimeOffset at) =>
        at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture);
}
