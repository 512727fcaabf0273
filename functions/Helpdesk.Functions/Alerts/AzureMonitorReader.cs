using System.Text.Json;
using Helpdesk.Alerts;

namespace Helpdesk.Functions.Alerts;

/// <summary>Reads the common alert schema of Azure Monitor.</summary>
public sealed class AzureMonitorReader : IAlertReader
{
    internal const string What = "an alert of Azure Monitor in the common alert schema";
    private const string Schema = "azureMonitorCommonAlertSchema";

    /// <summary>The subscription of what Azure Monitor sends for "Test action group".</summary>
    private const string TestSubscription = "/subscriptions/11111111-1111-1111-1111-111111111111/";

    public AlertKind Kind => AlertKind.AzureMonitor;

    public AlertReading Read(AlertSource source, AlertBody body)
    {
        var json = AlertPayload.ReadJson(body);
        var collector = new AlertCollector(What);
        // Event Grid may stand between, with either schema of its own.
        if (json.ValueKind == JsonValueKind.Array)
        {
            var index = 0;
            foreach (var item in json.EnumerateArray())
                Read(item.Object("data") is { } data && IsOne(data) ? data : item, index++, collector);
        }
        else
            Read(json.Object("data") is { } data && IsOne(data) ? data : json, null, collector);
        return collector.Done();
    }

    /// <summary>Whether JSON says of itself that it is in the common alert schema.</summary>
    internal static bool IsOne(JsonElement json) => json.Text("schemaId") == Schema;

    internal static void Read(JsonElement alert, int? index, AlertCollector collector)
    {
        if (!IsOne(alert))
        {
            collector.Broken(
                index,
                alert.Text("schemaId") is { } other
                    ? $"schemaId is \"{AlertReports.Line(other)}\": enable the common alert schema in the action group"
                    : "there is no schemaId"
            );
            return;
        }

        if (alert.Object("data")?.Object("essentials") is not { } essentials)
        {
            collector.Broken(index, "there is no data.essentials");
            return;
        }

        var context = alert.Object("data")!.Value.Object("alertContext") ?? default;
        if (essentials.Text("alertId")?.StartsWith(TestSubscription, StringComparison.OrdinalIgnoreCase) == true)
        {
            collector.Ignore("a test message of Azure Monitor");
            return;
        }

        AlertState? state = essentials.Text("monitorCondition") switch
        {
            "Fired" => AlertState.Firing,
            "Resolved" => AlertState.Resolved,
            _ => null,
        };
        if (state is not { } known)
        {
            collector.Broken(index, $"monitorCondition is \"{AlertReports.Line(essentials.Text("monitorCondition") ?? "")}\"; Fired and Resolved are known");
            return;
        }

        var raw = RawOf(alert, essentials, context, known);
        if (raw.Key.Length == 0)
            collector.Broken(index, "there is neither an alertId nor an alertRule");
        else
            collector.Add(essentials.Text("monitoringService") is "ServiceHealth" ? OfServiceHealth(raw, context) : raw);
    }

    private static RawAlert RawOf(JsonElement alert, JsonElement essentials, JsonElement context, AlertState state)
    {
        var (id, rule, targets) = (essentials.First("alertId"), essentials.First("alertRule"), essentials.Text("alertTargetIDs") ?? "");
        var items = essentials.First("configurationItems");
        var target = targets.Split(", ")[0];
        return new()
        {
            Key = id ?? (rule is null ? "" : AlertReaders.KeyOf(rule, targets)),
            State = state,
            Subject = string.Join(": ", new[] { rule, items }.OfType<string>()),
            Description = AlertReaders.Paragraphs(essentials.First("description"), Conditions(context)),
            Severity = essentials.First("severity"),
            StartedAt = essentials.Text("firedDateTime"),
            EndedAt = essentials.Text("resolvedDateTime"),
            Labels =
            [
                .. Label("rule", rule),
                .. Label("resource", items),
                .. Label("resource_group", Segment(target, "resourcegroups")),
                .. Label("subscription", Segment(target, "subscriptions")),
                .. Label("resource_type", essentials.First("targetResourceType")),
                .. Label("monitoring_service", essentials.First("monitoringService")),
                .. Label("signal_type", essentials.First("signalType")),
                .. (alert.Object("data")!.Value.Object("customProperties")).Texts(),
            ],
            Links =
            [
                new(
                    "source",
                    id is null
                        ? null
                        : $"https://portal.azure.com/#blade/Microsoft_Azure_Monitoring/AlertDetailsTemplateBlade/alertId/{Uri.EscapeDataString(id)}"
                ),
                new("investigation", essentials.Text("investigationLink")),
                new("search", FirstCondition(context)?.First("linkToFilteredSearchResultsUI", "linkToSearchResultsUI")),
            ],
        };
    }

    /// <summary>A disturbance of Azure itself: "resolved" is a stage of what has fired, and all of it goes by a tracking id.</summary>
    private static RawAlert OfServiceHealth(RawAlert raw, JsonElement context)
    {
        var properties = context.Object("properties") ?? default;
        return raw with
        {
            Key = properties.First("trackingId") is { } tracking ? $"service-health|{tracking}" : raw.Key,
            State = properties.First("stage") is "Resolved" or "Complete" ? AlertState.Resolved : raw.State,
            Subject = properties.First("title") ?? raw.Subject,
            Description = AlertReaders.Paragraphs(raw.Description, properties.First("communication")),
            EndedAt = properties.First("impactMitigationTime") ?? raw.EndedAt,
            Labels = [.. raw.Labels, .. Label("service", properties.First("service")), .. Label("region", properties.First("region"))],
        };
    }

    private static string Conditions(JsonElement context)
    {
        var lines = new List<string>();
        foreach (var one in Conditional(context).Take(20))
        {
            var name = one.First("metricName", "metricMeasureColumn", "searchQuery", "webTestName");
            if (name is null)
                continue;
            var dimensions = one.List("dimensions") is { } list
                ? string.Join(", ", list.EnumerateArray().Take(20).Select(dimension => $"{dimension.Text("name")}={dimension.Text("value")}"))
                : "";
            lines.Add(
                $"{name} {one.Text("operator")} {one.Text("threshold")}"
                    + (one.First("metricValue") is { } value ? $", was {value}" : "")
                    + (dimensions.Length > 0 ? $" ({dimensions})" : "")
            );
        }

        return string.Join('\n', lines);
    }

    private static JsonElement? FirstCondition(JsonElement context) =>
        Conditional(context).Cast<JsonElement?>().FirstOrDefault() ?? (context.ValueKind == JsonValueKind.Object ? context : null);

    private static IEnumerable<JsonElement> Conditional(JsonElement context) =>
        context.Object("condition")?.List("allOf") is { } all ? all.EnumerateArray().Where(one => one.ValueKind == JsonValueKind.Object) : [];

    private static IEnumerable<KeyValuePair<string, string>> Label(string name, string? value) => value is null ? [] : [new(name, value)];

    /// <summary>What follows a word in the path of a resource, such as the name of its group.</summary>
    private static string? Segment(string path, string word)
    {
        var parts = path.Split('/');
        var at = Array.FindIndex(parts, part => part.Equals(word, StringComparison.OrdinalIgnoreCase));
        return at >= 0 && at + 1 < parts.Length ? parts[at + 1] : null;
    }
}
