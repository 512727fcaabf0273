using System.Text;
using System.Text.Json;
using Azure.Messaging.EventGrid;
using CloudNative.CloudEvents;
using CloudNative.CloudEvents.Http;
using CloudNative.CloudEvents.SystemTextJson;
using Helpdesk.Alerts;

namespace Helpdesk.Functions.Alerts;

/// <summary>Reads events of Azure Event Grid, in its own schema or in that of CloudEvents.</summary>
public sealed class EventGridReader : IAlertReader
{
    private const string What = "events of Event Grid";

    public AlertKind Kind => AlertKind.EventGrid;

    public AlertReading Read(AlertSource source, AlertBody body)
    {
        if (CloudEventsReader.IsCloudEvent(body))
            return CloudEventsReader.ReadEvents(source, body, What);
        var json = AlertPayload.ReadJson(body);
        var collector = new AlertCollector(What);
        var index = 0;
        foreach (var item in json.ValueKind == JsonValueKind.Array ? [.. json.EnumerateArray()] : new[] { json })
        {
            var at = index++;
            if (Parse(item) is not { } one)
                collector.Broken(at, "it is no event: id, topic, subject, eventType and eventTime are expected");
            else if (one.EventType == "Microsoft.EventGrid.SubscriptionValidationEvent")
                collector.Ignore("the validation of a subscription of Event Grid");
            else
                Events.Read(source, item, new(one.Topic, one.Id, one.EventType, one.Subject, one.EventTime), at, collector);
        }

        return collector.Done();
    }

    private static EventGridEvent? Parse(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object)
            return null;
        try
        {
            return EventGridEvent.Parse(BinaryData.FromString(json.GetRawText()));
        }
        catch (Exception broken) when (broken is ArgumentException or JsonException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }
}

/// <summary>Reads CloudEvents 1.0: structured, binary or batched.</summary>
public sealed class CloudEventsReader : IAlertReader
{
    private const string What = "a CloudEvent";
    private static readonly JsonEventFormatter Formatter = new();

    public AlertKind Kind => AlertKind.CloudEvents;

    public AlertReading Read(AlertSource source, AlertBody body) => ReadEvents(source, body, What);

    /// <summary>Whether a body is a CloudEvent, or several.</summary>
    internal static bool IsCloudEvent(AlertBody body) =>
        body.Headers.ContainsKey("ce-specversion")
        || body.ContentType.StartsWith("application/cloudevents", StringComparison.OrdinalIgnoreCase)
        || (!AlertPayload.IsForm(body.ContentType) && AlertPayload.ReadJson(body) is var json && First(json)?.Text("specversion") is not null);

    internal static AlertReading ReadEvents(AlertSource source, AlertBody body, string what)
    {
        var collector = new AlertCollector(what);
        if (body.Headers.ContainsKey("ce-specversion"))
        {
            Add(source, () => OfBinary(body), null, collector);
            return collector.Done();
        }

        var json = AlertPayload.ReadJson(body);
        if (json.ValueKind == JsonValueKind.Object)
            Add(source, () => Formatter.ConvertFromJsonElement(json, null), null, collector);
        else
        {
            var index = 0;
            foreach (var one in json.EnumerateArray())
                Add(source, () => Formatter.ConvertFromJsonElement(one, null), index++, collector);
        }

        return collector.Done();
    }

    private static JsonElement? First(JsonElement json) =>
        json.ValueKind == JsonValueKind.Object ? json
        : json.GetArrayLength() > 0 ? json[0]
        : null;

    private static void Add(AlertSource source, Func<CloudEvent> read, int? index, AlertCollector collector)
    {
        CloudEvent one;
        JsonElement json;
        try
        {
            one = read();
            json = Formatter.ConvertToJsonElement(one);
        }
        catch (Exception broken) when (broken is ArgumentException or JsonException or InvalidOperationException or FormatException)
        {
            collector.Broken(index, $"it is no CloudEvent: {AlertReports.Line(broken.Message).TrimEnd('.')}");
            return;
        }

        Events.Read(source, json, new(one.Source?.OriginalString, one.Id, one.Type, one.Subject, one.Time), index, collector);
    }

    /// <summary>An event whose attributes are headers and whose body is its data.</summary>
    private static CloudEvent OfBinary(AlertBody body)
    {
        var version = CloudEventsSpecVersion.FromVersionId(body.Headers["ce-specversion"]) ?? throw new ArgumentException("its version is not known");
        var one = new CloudEvent(version);
        foreach (var (header, value) in body.Headers)
        {
            if (HttpUtilities.GetAttributeNameFromHeaderName(header) is { } name && name != CloudEventsSpecVersion.SpecVersionAttribute.Name)
                one.SetAttributeFromString(name, HttpUtilities.DecodeHeaderValue(value));
        }

        one.DataContentType = body.ContentType;
        var isText = body.ContentType.Contains("json", StringComparison.OrdinalIgnoreCase) || body.ContentType.StartsWith("text/", StringComparison.Ordinal);
        Formatter.DecodeBinaryModeEventData(isText ? Encoding.UTF8.GetBytes(AlertPayload.TextOf(body)) : body.Bytes, one);
        one.Validate();
        return one;
    }
}

/// <summary>What is made of events that something happened.</summary>
internal static class Events
{
    /// <summary>What every event says of itself.</summary>
    internal sealed record Named(string? Source, string? Id, string? Type, string? Subject, DateTimeOffset? Time);

    /// <summary>
    /// By the mapping of the source where there is one; alerts of Azure Monitor and the health of Azure's resources by what they are; anything else is a
    /// report of its own, which fires and is never over by itself.
    /// </summary>
    public static void Read(AlertSource source, JsonElement json, Named named, int? index, AlertCollector collector)
    {
        var data = json.Object("data") ?? default;
        if (AzureMonitorReader.IsOne(data))
            AzureMonitorReader.Read(data, index, collector);
        else if (source.Mapping is not null)
            GenericReader.ReadItem(AlertMappingExamples.Resolve(source.Mapping) with { Items = null }, json, json, index, collector);
        else if (named.Type?.EndsWith(".HealthResources.AvailabilityStatusChanged", StringComparison.Ordinal) == true)
            ReadHealth(data, named, index, collector);
        else
        {
            collector.Add(
                new()
                {
                    Key = AlertReaders.KeyOf(named.Source, named.Id),
                    State = AlertState.Firing,
                    Subject = string.Join(": ", new[] { named.Type, named.Subject }.Where(text => !string.IsNullOrWhiteSpace(text))),
                    Description = AlertReaders.Paragraphs(data.First("message", "description", "summary")),
                    Severity = data.First("severity", "level"),
                    StartedAt = Written(named.Time),
                    Labels = [.. Label("type", named.Type), .. Label("source", named.Source), .. Label("subject", named.Subject)],
                    Id = AlertReaders.KeyOf(named.Source, named.Id),
                }
            );
        }
    }

    private static void ReadHealth(JsonElement data, Named named, int? index, AlertCollector collector)
    {
        var info = data.Object("resourceInfo") ?? default;
        var properties = info.Object("properties") ?? default;
        AlertState? state = properties.Text("availabilityState") switch
        {
            "Available" => AlertState.Resolved,
            "Unavailable" or "Degraded" => AlertState.Firing,
            _ => null,
        };
        var target = properties.First("targetResourceId") ?? named.Subject;
        if (properties.Text("availabilityState") is "Unknown")
            collector.Ignore("the availability of the resource is unknown");
        else if (state is not { } known || target is null)
            collector.Broken(index, "it does not say which resource is available or not");
        else
        {
            collector.Add(
                new()
                {
                    Key = $"availability|{target}",
                    State = known,
                    Subject = $"{target.Split('/')[^1]}: {properties.Text("availabilityState")}",
                    Description = AlertReaders.Paragraphs(properties.First("summary", "reasonType")),
                    Severity =
                        known == AlertState.Resolved ? null
                        : properties.Text("availabilityState") == "Unavailable" ? "critical"
                        : "warning",
                    StartedAt = properties.First("occurredTime") ?? Written(named.Time),
                    EndedAt = properties.First("occurredTime") ?? Written(named.Time),
                    Labels = [.. Label("resource", target.Split('/')[^1]), .. Label("type", named.Type)],
                    Id = AlertReaders.KeyOf(named.Source, named.Id),
                }
            );
        }
    }

    private static string? Written(DateTimeOffset? at) => at?.ToString("O", System.Globalization.CultureInfo.InvariantCulture);

    private static IEnumerable<KeyValuePair<string, string>> Label(string name, string? value) => string.IsNullOrWhiteSpace(value) ? [] : [new(name, value)];
}
