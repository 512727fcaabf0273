using System.Text.Json;
using Helpdesk.Alerts;

namespace Helpdesk.Functions.Alerts;

/// <summary>Reads the webhooks of PagerDuty, version 3.</summary>
public sealed class PagerDutyReader : IAlertReader
{
    private const string What = "a webhook of PagerDuty, version 3";

    /// <summary>Events that tell of an incident as it then is.</summary>
    private static readonly HashSet<string> OfIncidents = new(StringComparer.Ordinal)
    {
        "incident.triggered",
        "incident.acknowledged",
        "incident.unacknowledged",
        "incident.escalated",
        "incident.reopened",
        "incident.delegated",
        "incident.reassigned",
        "incident.priority_updated",
        "incident.service_updated",
        "incident.resolved",
    };

    public AlertKind Kind => AlertKind.PagerDuty;

    public AlertReading Read(AlertSource source, AlertBody body)
    {
        var json = AlertPayload.ReadObject(body, What);
        var collector = new AlertCollector(What);
        if (json.Object("event") is not { } one)
        {
            collector.Broken(null, json.List("messages") is null ? "there is no event" : "it is of version 1 or 2: add a webhook subscription of version 3");
            return collector.Done();
        }

        var type = one.First("event_type");
        var data = one.Object("data") ?? default;
        if (type is null)
            collector.Broken(null, "there is no event_type");
        else if (type == "pagey.ping")
            collector.Ignore("a test message of PagerDuty");
        else if (!OfIncidents.Contains(type))
            collector.Ignore($"an event of the type \"{AlertReports.Line(type)}\", which says nothing of whether an incident goes on");
        else if (data.First("id") is not { } incident)
            collector.Broken(null, "the incident has no id");
        else if (StateOf(type, data) is not { } state)
            collector.Broken(null, $"the status \"{AlertReports.Line(data.Text("status") ?? "")}\" is not known");
        else
            collector.Add(RawOf(one, data, incident, state));
        return collector.Done();
    }

    private static RawAlert RawOf(JsonElement one, JsonElement data, string incident, AlertState state)
    {
        var service = data.Object("service") ?? default;
        var priority = data.Object("priority")?.First("summary");
        return new()
        {
            Key = incident,
            State = state,
            Subject = data.First("title", "summary"),
            Description = AlertReaders.Paragraphs(
                data.First("number") is { } number ? $"Incident {number} of PagerDuty, {data.Text("status")}." : null,
                data.Object("body")?.First("details")
            ),
            // What somebody has called P1 says more than high or low.
            Severity = AlertSeverities.PriorityOf(priority) is not null ? priority : data.First("urgency") ?? priority,
            StartedAt = data.First("created_at") ?? one.Text("occurred_at"),
            EndedAt = data.First("resolved_at") ?? one.Text("occurred_at"),
            Labels =
            [
                .. Label("service", service.First("summary")),
                .. Label("escalation_policy", data.Object("escalation_policy")?.First("summary")),
                .. Label("incident_key", data.First("incident_key")),
                .. Label("urgency", data.First("urgency")),
            ],
            Links = [new("source", data.Text("html_url")), new("service", service.Text("html_url"))],
            Id = one.First("id"),
        };
    }

    private static AlertState? StateOf(string type, JsonElement data) =>
        type == "incident.resolved" ? AlertState.Resolved
        : type is "incident.triggered" or "incident.acknowledged" or "incident.escalated" or "incident.reopened" or "incident.unacknowledged"
            ? AlertState.Firing
        : data.Text("status") switch
        {
            "triggered" or "acknowledged" => AlertState.Firing,
            "resolved" => AlertState.Resolved,
            _ => null,
        };

    private static IEnumerable<KeyValuePair<string, string>> Label(string name, string? value) => value is null ? [] : [new(name, value)];
}
