using System.Text.Json;
using Helpdesk.Alerts;

namespace Helpdesk.Functions.Alerts;

/// <summary>Reads the webhooks of Prometheus' Alertmanager, version 4.</summary>
public sealed class AlertmanagerReader : IAlertReader
{
    public AlertKind Kind => AlertKind.Alertmanager;

    public AlertReading Read(AlertSource source, AlertBody body) =>
        AlertGroups.Read(
            AlertPayload.ReadObject(body, AlertGroups.OfAlertmanager),
            AlertGroups.OfAlertmanager,
            (group, alert) => AlertGroups.RawOf(group, alert)
        );
}

/// <summary>Reads the webhooks of Grafana's alerting: those of Alertmanager, with more in them.</summary>
public sealed class GrafanaReader : IAlertReader
{
    private const string What = "a notification of Grafana's alerting";

    public AlertKind Kind => AlertKind.Grafana;

    public AlertReading Read(AlertSource source, AlertBody body) => AlertGroups.Read(AlertPayload.ReadObject(body, What), What, RawOf, IsTest);

    private static RawAlert RawOf(JsonElement group, JsonElement alert)
    {
        var raw = AlertGroups.RawOf(group, alert);
        var annotations = alert.Object("annotations");
        return raw with
        {
            Key = $"{group.Text("orgId") ?? "1"}-{raw.Key}",
            Description = AlertReaders.Paragraphs(raw.Description, Values(alert)),
            Links =
            [
                .. raw.Links.Where(link => link.Key != "alertmanager"),
                new("silence", alert.Text("silenceURL")),
                new("dashboard", alert.Text("dashboardURL") ?? annotations?.Text("dashboard_url")),
                new("panel", alert.Text("panelURL")),
                new("grafana", group.Text("externalURL")),
            ],
        };
    }

    private static string? Values(JsonElement alert)
    {
        var values = string.Join(", ", alert.Object("values").Texts().Take(20).Select(value => $"{value.Key}={value.Value}"));
        return values.Length > 0 ? $"Values: {values}" : alert.Text("valueString");
    }

    /// <summary>What the button "Test" of a contact point sends.</summary>
    private static string? IsTest(JsonElement alert) =>
        alert.Object("labels") is { } labels && labels.Text("alertname") == "TestAlert" && labels.Text("instance") == "Grafana"
            ? "a test message of Grafana"
            : null;
}

/// <summary>Groups of alerts, as Alertmanager sends them and Grafana does after it.</summary>
internal static class AlertGroups
{
    public const string OfAlertmanager = "a notification of Alertmanager";

    public static AlertReading Read(JsonElement group, string what, Func<JsonElement, JsonElement, RawAlert> rawOf, Func<JsonElement, string?>? isTest = null)
    {
        if (group.List("alerts") is not { } alerts)
            throw AlertPayload.NotThat(what, "there is no list \"alerts\"");
        if (group.Text("version") is { } version && version is not ("4" or "1"))
            throw AlertPayload.NotThat(what, $"version \"{AlertReports.Line(version)}\" is not known; 4 is");
        var collector = new AlertCollector(what);
        var index = 0;
        foreach (var alert in alerts.EnumerateArray())
        {
            var at = index++;
            if (alert.ValueKind != JsonValueKind.Object)
                collector.Broken(at, "it is no object");
            else if (isTest?.Invoke(alert) is { } test)
                collector.Ignore(test);
            else if (StateOf(alert) is null)
                collector.Broken(
                    at,
                    $"its status is {(alert.Text("status") is { } status ? $"\"{AlertReports.Line(status)}\"" : "missing")}; firing and resolved are known"
                );
            else
                collector.Add(rawOf(group, alert));
        }

        if (group.Text("truncatedAlerts") is { } text && long.TryParse(text, out var truncated) && truncated > 0)
            collector.Note($"The tool left {truncated} alerts of this group out (truncatedAlerts): raise or remove max_alerts of its receiver.");
        return collector.Done();
    }

    public static RawAlert RawOf(JsonElement group, JsonElement alert)
    {
        var (labels, annotations) = (alert.Object("labels"), alert.Object("annotations") ?? default);
        var all = labels.Texts().ToList();
        return new()
        {
            Key = alert.First("fingerprint") ?? $"labels:{string.Join(',', all.OrderBy(label => label.Key, StringComparer.Ordinal).Select(One))}",
            State = StateOf(alert)!.Value,
            Subject = annotations.First("summary", "title") ?? Name(labels ?? default),
            Description = AlertReaders.Paragraphs(annotations.First("description", "message")),
            Severity = (labels ?? default).First("severity", "priority"),
            StartedAt = alert.Text("startsAt"),
            EndedAt = alert.Text("endsAt"),
            Labels = all,
            Links =
            [
                new("source", alert.Text("generatorURL")),
                new("runbook", annotations.First("runbook_url", "runbook")),
                new("dashboard", annotations.First("dashboard_url", "dashboard")),
                new("alertmanager", group.Text("externalURL")),
            ],
        };
    }

    private static string One(KeyValuePair<string, string> label) => $"{label.Key}={label.Value}";

    private static string? Name(JsonElement labels)
    {
        var name = labels.First("alertname");
        var where = labels.First("instance", "host", "pod", "service", "job");
        return name is null ? null
            : where is null ? name
            : $"{name}: {where}";
    }

    private static AlertState? StateOf(JsonElement alert) =>
        alert.Text("status") switch
        {
            "firing" => AlertState.Firing,
            "resolved" => AlertState.Resolved,
            _ => null,
        };
}
