using System.Text.Json;
using Helpdesk.Alerts;

namespace Helpdesk.Functions.Alerts;

/// <summary>Reads JSON or a form of any tool by the mapping of its source.</summary>
public sealed class GenericReader : IAlertReader
{
    private const string What = "what the mapping of this source describes";

    public AlertKind Kind => AlertKind.Generic;

    public AlertReading Read(AlertSource source, AlertBody body) => Read(AlertMappingExamples.Resolve(source.Mapping), AlertPayload.ReadJson(body), What);

    /// <summary>Reads JSON by a mapping.</summary>
    internal static AlertReading Read(AlertMapping mapping, JsonElement body, string what)
    {
        var collector = new AlertCollector(what);
        Read(mapping, body, collector);
        return collector.Done();
    }

    internal static void Read(AlertMapping mapping, JsonElement body, AlertCollector collector)
    {
        if (mapping.Items is null)
        {
            if (body.ValueKind == JsonValueKind.Object)
                ReadItem(mapping, body, body, null, collector);
            else
                collector.Broken(null, "the body is a list, and the mapping has no \"items\"");
            return;
        }

        if (JsonPointers.Find(body, mapping.Items) is not { ValueKind: JsonValueKind.Array } items)
        {
            collector.Broken(null, $"\"items\" of the mapping is {(mapping.Items.Length == 0 ? "the body" : mapping.Items)}, where there is no list");
            return;
        }

        var index = 0;
        foreach (var item in items.EnumerateArray())
            ReadItem(mapping, item, body, index++, collector);
    }

    internal static void ReadItem(AlertMapping mapping, JsonElement item, JsonElement body, int? index, AlertCollector collector)
    {
        AlertMappings.Found Field(string name) =>
            mapping.Fields.TryGetValue(name, out var field) ? AlertMappings.Read(field, item, body) : new(null, null, true);
        if (AlertMappings.WhyIgnored(mapping, item, body) is { } why)
        {
            collector.Ignore(why);
            return;
        }

        var state = Field("state");
        if (string.Equals(state.Text, "ignored", StringComparison.Ordinal))
        {
            collector.Ignore(state.Raw is { } raw ? $"its state is \"{AlertReports.Line(raw)}\", which the mapping ignores" : "the mapping ignores it");
            return;
        }

        if (StateOf(state.Text) is not { } known)
        {
            collector.Broken(
                index,
                state.Raw is { } other
                    ? $"the state \"{AlertReports.Line(other)}\" is not known: map it to firing, resolved or ignored in fields.state.values"
                    : "there is no state where fields.state of the mapping points"
            );
            return;
        }

        if (Field("key").Text is not { } key || string.IsNullOrWhiteSpace(key))
        {
            collector.Broken(index, "there is nothing where fields.key of the mapping points");
            return;
        }

        var severity = Field("severity");
        collector.Add(
            new()
            {
                Key = key,
                State = known,
                Subject = Field("subject").Text,
                Description = Field("description").Text,
                Severity = severity.Raw ?? severity.Text,
                Priority = AlertSeverities.PriorityOf(severity.Text) ?? WireNameOf(severity.Text),
                StartedAt = Field("startedAt").Text,
                EndedAt = Field("endedAt").Text,
                Labels = LabelsOf(mapping, item, body),
                Links = [new("source", Field("link").Text)],
                Id = Field("id").Text,
            }
        );
    }

    private static IEnumerable<KeyValuePair<string, string>> LabelsOf(AlertMapping mapping, JsonElement item, JsonElement body)
    {
        foreach (var (name, field) in mapping.Labels)
        {
            if (AlertMappings.Read(field, item, body).Text is { Length: > 0 } value)
                yield return new(name, value);
        }

        if (mapping.AllLabels is { } pointer)
        {
            foreach (var label in AlertMappings.Find(pointer, item, body).Texts())
                yield return label;
        }
    }

    private static TicketPriority? WireNameOf(string? text) => text is not null && WireName<TicketPriority>.TryParse(text, out var priority) ? priority : null;

    private static AlertState? StateOf(string? text) =>
        text is not null && WireName<AlertState>.TryParse(text.ToLowerInvariant(), out var state) ? state : null;
}
