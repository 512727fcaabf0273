using System.Text.Json;
using Helpdesk.Alerts;

namespace Helpdesk.Functions.Alerts;

/// <summary>Reads the webhooks of Datadog, whose payload is the template of <c>docs/alerts.md</c>.</summary>
public sealed class DatadogReader : IAlertReader
{
    private const string What = "a webhook of Datadog with the template of docs/alerts.md";

    public AlertKind Kind => AlertKind.Datadog;

    public AlertReading Read(AlertSource source, AlertBody body)
    {
        var json = AlertPayload.ReadObject(body, What);
        var collector = new AlertCollector(What);
        var transition = Filled(json, "transition");
        var key = Filled(json, "cycle_key") ?? Filled(json, "aggregation_key");
        if (transition is null)
        {
            if (json.TryGetProperty("transition", out _) && Filled(json, "title") is not null && Filled(json, "monitor_id") is null)
                collector.Ignore("an event that is of no monitor");
            else
                collector.Broken(null, "there is no transition: use the template as it is");
        }
        else if (StateOf(transition) is not { } state)
            collector.Broken(null, $"the transition \"{AlertReports.Line(transition)}\" is not known");
        else if (key is null)
            collector.Broken(null, "there is neither a cycle_key nor an aggregation_key: use the template as it is");
        else
            collector.Add(RawOf(json, key, state, transition));
        return collector.Done();
    }

    private static RawAlert RawOf(JsonElement json, string key, AlertState state, string transition) =>
        new()
        {
            Key = key,
            State = state,
            Subject = Filled(json, "title"),
            Description = AlertReaders.Paragraphs(Filled(json, "message"), Filled(json, "status")),
            Severity =
                Filled(json, "priority")
                ?? (
                    transition.Contains("Warn", StringComparison.OrdinalIgnoreCase) ? "warning"
                    : state == AlertState.Firing ? Filled(json, "type")
                    : null
                ),
            StartedAt = Filled(json, "date"),
            EndedAt = Filled(json, "date"),
            Labels = LabelsOf(json),
            Links = [new("source", Filled(json, "link")), new("snapshot", Filled(json, "snapshot"))],
            Id = Filled(json, "id"),
        };

    /// <summary>A field of the template; null for one that is empty, or that Datadog did not know how to fill.</summary>
    private static string? Filled(JsonElement json, string name) =>
        json.First(name) is { } text && !(text.StartsWith('$') && text.Length > 1 && text[1..].All(letter => char.IsAsciiLetterUpper(letter) || letter == '_'))
            ? text
            : null;

    private static AlertState? StateOf(string transition) =>
        transition.Trim().ToUpperInvariant() switch
        {
            "TRIGGERED" or "RE-TRIGGERED" or "WARN" or "RE-WARN" or "NO DATA" or "RE-NO DATA" or "RENOTIFY" or "RE-NOTIFY" => AlertState.Firing,
            "RECOVERED" => AlertState.Resolved,
            _ => null,
        };

    private static IEnumerable<KeyValuePair<string, string>> LabelsOf(JsonElement json)
    {
        foreach (var tag in (Filled(json, "tags") ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var colon = tag.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0)
                yield return new(tag[..colon], tag[(colon + 1)..]);
        }

        foreach (var (name, field) in new[] { ("host", "hostname"), ("monitor_id", "monitor_id"), ("metric", "metric"), ("scope", "scope") })
        {
            if (Filled(json, field) is { } value)
                yield return new(name, value);
        }
    }
}
