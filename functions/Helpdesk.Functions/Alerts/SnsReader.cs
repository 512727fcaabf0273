using System.Text.Json;
using Helpdesk.Alerts;

namespace Helpdesk.Functions.Alerts;

/// <summary>Reads the messages of topics of Amazon SNS: alarms of CloudWatch by themselves, anything else by the mapping of the source.</summary>
public sealed class SnsReader : IAlertReader
{
    private const string What = "a message of Amazon SNS";

    public AlertKind Kind => AlertKind.Sns;

    public AlertReading Read(AlertSource source, AlertBody body)
    {
        var json = AlertPayload.ReadObject(body, What);
        var collector = new AlertCollector(What);
        switch (json.Text("Type"))
        {
            case "SubscriptionConfirmation":
                collector.Ignore("it asks to confirm a subscription");
                break;
            case "UnsubscribeConfirmation":
                collector.Ignore("it tells that a subscription is over");
                break;
            case "Notification":
                ReadMessage(source, json, collector);
                break;
            case null:
                // A subscription with raw delivery has the message alone.
                ReadContent(source, json, json, collector);
                break;
            case var other:
                collector.Broken(null, $"the Type \"{AlertReports.Line(other)}\" is not known");
                break;
        }

        var reading = collector.Done();
        // SNS sends a message again under the same id when its answer was lost.
        return json.Text("MessageId") is { Length: > 0 } id
            ? reading with
            {
                Reports = [.. reading.Reports.Select((report, index) => report with { Id = report.Id ?? $"{id}/{index}" })],
            }
            : reading;
    }

    private static void ReadMessage(AlertSource source, JsonElement envelope, AlertCollector collector)
    {
        if (envelope.First("Message") is not { } message)
        {
            collector.Broken(null, "there is no Message");
            return;
        }

        if (message.TrimStart().StartsWith('{') && TryParse(message) is { } content)
            ReadContent(source, content, envelope, collector);
        else if (source.Mapping is not null)
            GenericReader.ReadItem(Mapping(source), envelope, envelope, null, collector);
        else
            collector.Broken(null, "the Message is no JSON: say by a mapping of the source how it is read, with pointers such as /Subject and /Message");
    }

    private static void ReadContent(AlertSource source, JsonElement content, JsonElement envelope, AlertCollector collector)
    {
        if (content.First("AlarmName") is not null && content.First("NewStateValue") is not null)
            ReadItem(AlertMappingExamples.Find("cloudwatch")!, content, content, envelope, collector);
        else if (content.Text("detail-type") == "CloudWatch Alarm State Change" && content.Object("detail") is { } detail)
            ReadItem(OfEventBridge, detail, content, content, collector);
        else if (source.Mapping is not null)
            GenericReader.ReadItem(Mapping(source), content, envelope, null, collector);
        else
            collector.Broken(null, "the Message is no alarm of CloudWatch: say by a mapping of the source how it is read");
    }

    /// <summary>Reads an alarm, with the dimensions of its metric as labels.</summary>
    private static void ReadItem(AlertMapping mapping, JsonElement item, JsonElement content, JsonElement body, AlertCollector collector)
    {
        var labels = new Dictionary<string, AlertFieldMapping>(mapping.Labels, StringComparer.Ordinal);
        if (content.Object("Trigger")?.List("Dimensions") is { } dimensions)
        {
            var index = 0;
            foreach (var dimension in dimensions.EnumerateArray().Take(30))
            {
                if (dimension.First("name", "Name") is { } name)
                    labels.TryAdd(name, new([$"/Trigger/Dimensions/{index}/value", $"/Trigger/Dimensions/{index}/Value"], First: true));
                index++;
            }
        }

        GenericReader.ReadItem(mapping with { Labels = labels }, item, body, null, collector);
    }

    private static AlertMapping Mapping(AlertSource source) => AlertMappingExamples.Resolve(source.Mapping) with { Items = null };

    private static JsonElement? TryParse(string text)
    {
        try
        {
            return JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = 64 }).RootElement;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>An alarm of CloudWatch that comes by a rule of EventBridge.</summary>
    private static AlertMapping OfEventBridge { get; } =
        new()
        {
            Fields = new Dictionary<string, AlertFieldMapping>(StringComparer.Ordinal)
            {
                ["key"] = new(["$/resources/0", "/alarmName"], First: true),
                ["state"] = new(
                    ["/state/value"],
                    new Dictionary<string, string>
                    {
                        ["ALARM"] = "firing",
                        ["OK"] = "resolved",
                        ["INSUFFICIENT_DATA"] = "ignored",
                    }
                ),
                ["subject"] = new(["/alarmName"]),
                ["description"] = new(["/configuration/description", "/state/reason"], Join: "\n\n"),
                ["startedAt"] = new(["/state/timestamp"]),
                ["endedAt"] = new(["/state/timestamp"]),
                ["id"] = new(["$/id"]),
            },
            Labels = new Dictionary<string, AlertFieldMapping>(StringComparer.Ordinal)
            {
                ["alarm"] = new(["/alarmName"]),
                ["account"] = new(["$/account"]),
                ["region"] = new(["$/region"]),
            },
        };
}
