using System.Text.Json;
using System.Text.RegularExpressions;
using Helpdesk.Alerts;

namespace Helpdesk.Functions.Alerts;

/// <summary>Reads the webhooks of Uptime Kuma.</summary>
public sealed partial class UptimeKumaReader : IAlertReader
{
    private const string What = "a notification of Uptime Kuma";

    public AlertKind Kind => AlertKind.UptimeKuma;

    public AlertReading Read(AlertSource source, AlertBody body)
    {
        var json = AlertPayload.ReadObject(body, What);
        // It writes its times in UTC, and does not say so.
        var collector = new AlertCollector(What, timesAreUtc: true);
        var (heartbeat, monitor, message) = (json.Object("heartbeat"), json.Object("monitor"), json.First("msg"));
        if (heartbeat is null && monitor is null)
            ReadBare(json, message, collector);
        else if (heartbeat is not { } beat || beat.First("status") is not { } status)
            collector.Broken(null, "there is no heartbeat.status");
        else if ((monitor?.First("id") ?? beat.First("monitorID", "monitor_id")) is not { } id)
            collector.Broken(null, "there is neither a monitor.id nor a heartbeat.monitorID");
        else
            ReadStatus(status, id, beat, monitor ?? default, message, collector);
        return collector.Done();
    }

    /// <summary>What comes without a monitor: a test, or a certificate or a domain that runs out.</summary>
    private static void ReadBare(JsonElement json, string? message, AlertCollector collector)
    {
        if (message is not null && RunsOut().Match(message) is { Success: true } runsOut)
        {
            collector.Add(
                new()
                {
                    // As many days as are left it is the same.
                    Key = $"expiry|{runsOut.Groups["what"].Value.Trim()}",
                    State = AlertState.Firing,
                    Subject = message,
                    Severity = "warning",
                }
            );
        }
        else if (message is not null || json.TryGetProperty("msg", out _))
            collector.Ignore("a test message of Uptime Kuma");
        else
            collector.Broken(null, "there is neither a heartbeat nor a monitor nor a msg");
    }

    private static void ReadStatus(string status, string id, JsonElement heartbeat, JsonElement monitor, string? message, AlertCollector collector)
    {
        AlertState? state = status switch
        {
            "0" => AlertState.Firing,
            "1" => AlertState.Resolved,
            _ => null,
        };
        if (status is "2" or "3")
        {
            collector.Ignore(status == "2" ? "the monitor is pending: Uptime Kuma tries again" : "the monitor is in maintenance");
            return;
        }

        if (state is not { } known)
        {
            collector.Broken(null, $"the status \"{AlertReports.Line(status)}\" is not known; 0 to 3 are");
            return;
        }

        var name = monitor.First("name", "pathName") ?? $"Monitor {id}";
        collector.Add(
            new()
            {
                Key = id,
                State = known,
                Subject = known == AlertState.Firing ? $"{name} is down" : $"{name} is up",
                Description = AlertReaders.Paragraphs(heartbeat.First("msg") ?? message, monitor.First("description")),
                StartedAt = heartbeat.Text("time"),
                EndedAt = heartbeat.Text("time"),
                Labels = LabelsOf(monitor, name),
                Links = [new("target", monitor.Text("url") is { Length: > 8 } url && url != "https://" ? url : null)],
            }
        );
    }

    private static IEnumerable<KeyValuePair<string, string>> LabelsOf(JsonElement monitor, string name)
    {
        foreach (var tag in monitor.List("tags") is { } tags ? tags.EnumerateArray().ToList() : [])
        {
            if (tag.First("name") is { } label)
                yield return new(label, tag.Text("value") ?? "");
        }

        yield return new("monitor", name);
        foreach (var (label, field) in new[] { ("type", "type"), ("host", "hostname"), ("path", "pathName") })
        {
            if (monitor.First(field) is { } value)
                yield return new(label, value);
        }
    }

    [GeneratedRegex(@"^(?<what>.{1,500}?) (will be expired|will expire|expires) in -?\d{1,6} days?", RegexOptions.Singleline, 1000)]
    private static partial Regex RunsOut();
}

/// <summary>Reads the forms that StatusCake posts.</summary>
public sealed class StatusCakeReader : IAlertReader
{
    private const string What = "an alert of StatusCake";

    public AlertKind Kind => AlertKind.StatusCake;

    public AlertReading Read(AlertSource source, AlertBody body)
    {
        var json = FieldsOf(body);
        var collector = new AlertCollector(What);
        var (status, name, url) = (json.First("Status"), json.First("Name"), json.First("URL"));
        AlertState? state = status?.Trim().ToUpperInvariant() switch
        {
            "DOWN" => AlertState.Firing,
            "UP" => AlertState.Resolved,
            _ => null,
        };
        if (state is not { } known)
            collector.Broken(null, status is null ? "there is no Status" : $"the Status \"{AlertReports.Line(status)}\" is not known; Up and Down are");
        else if (name is null && url is null)
            collector.Broken(null, "there is neither a Name nor a URL");
        else
        {
            collector.Add(
                new()
                {
                    Key = AlertReaders.KeyOf(url, name),
                    State = known,
                    Subject = $"{name ?? url} is {(known == AlertState.Firing ? "down" : "up")}",
                    Description = AlertReaders.Paragraphs(
                        json.First("StatusCode") is { } code && code != "0" ? $"Status code {code}" : null,
                        url is null ? null : $"Address: {url}"
                    ),
                    Labels = LabelsOf(json, name),
                    Links = [new("target", url is not null && url.Contains("://", StringComparison.Ordinal) ? url : null)],
                }
            );
        }

        return collector.Done();
    }

    /// <summary>A form, or JSON with the same names; a form may come without its type.</summary>
    private static JsonElement FieldsOf(AlertBody body) =>
        AlertPayload.IsForm(body.ContentType) || AlertPayload.TextOf(body).TrimStart() is ['{' or '[', ..]
            ? AlertPayload.ReadObject(body, What)
            : AlertPayload.ReadObject(body with { ContentType = "application/x-www-form-urlencoded" }, What);

    private static IEnumerable<KeyValuePair<string, string>> LabelsOf(JsonElement json, string? name)
    {
        // The token is a secret of the account.
        foreach (var (label, field) in new[] { ("ip", "IP"), ("tags", "Tags"), ("status_code", "StatusCode"), ("regions", "CheckRegion") })
        {
            if (json.First(field) is { } value)
                yield return new(label, value);
        }

        if (name is not null)
            yield return new("name", name);
    }
}
