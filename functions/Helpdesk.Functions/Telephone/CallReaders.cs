using System.Text.Json;
using Helpdesk.Alerts;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Intake;
using Helpdesk.Intake;
using Helpdesk.Telephone;

namespace Helpdesk.Functions.Telephone;

/// <summary>Reads what telephone systems report.</summary>
public sealed class CallReaders(TelephoneSystemStore systems)
{
    private const int TextLength = 20_000;

    /// <summary>The report that a receipt brings, null for none; and the id of the group that gets new tickets, null for none.</summary>
    public async Task<(CallReport? Report, string? Group)> ReadAsync(Receipt receipt, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        if (receipt.Source is not { } source)
            return (CallFields.Read(FieldReader.Parse(body)), null);
        var system =
            await systems.FindAsync(receipt.Workspace, source, cancellationToken)
            ?? throw new HelpdeskRuleException("telephone-system-missing", $"The telephone system \"{source}\" is there no longer: add it again and replay.");
        try
        {
            var report = Read(system, receipt.ContentType, body);
            return (report is null ? null : Checked(system, report), system.Group);
        }
        catch (Exception unreadable) when (unreadable is FormatException or JsonException)
        {
            throw new HelpdeskRuleException("call-unreadable", $"It is not what {WireName<TelephoneKind>.Of(system.Kind)} sends: {unreadable.Message}");
        }
    }

    /// <summary>The fields of a form, or of a flat JSON object.</summary>
    public static IReadOnlyDictionary<string, string> Fields(string contentType, ReadOnlyMemory<byte> body)
    {
        if (!IsJson(contentType, body.Span))
            return FormPost.Read(body.Span, TextEncodings.CharsetOf(contentType));
        using var json = JsonDocument.Parse(body);
        return json.RootElement.ValueKind != JsonValueKind.Object
            ? throw new FormatException("The JSON is no object.")
            : json
                .RootElement.EnumerateObject()
                .Select(field => (field.Name, Text: AlertMappings.TextOf(field.Value)))
                .Where(field => field.Text is not null)
                .GroupBy(field => field.Name, StringComparer.Ordinal)
                .ToDictionary(field => field.Key, field => field.Last().Text!, StringComparer.Ordinal);
    }

    private static CallReport? Read(TelephoneSystem system, string contentType, ReadOnlyMemory<byte> body)
    {
        if (system.Kind == TelephoneKind.Generic && IsJson(contentType, body.Span))
        {
            using var json = JsonDocument.Parse(body);
            return TelephoneReports.Mapped(system.Fields ?? throw new FormatException("The telephone system has no fields."), json.RootElement);
        }

        var fields = Fields(contentType, body);
        return system.Kind switch
        {
            TelephoneKind.Sipgate => TelephoneReports.Sipgate(fields),
            TelephoneKind.Placetel => TelephoneReports.Placetel(fields),
            TelephoneKind.Twilio => TelephoneReports.Twilio(fields),
            TelephoneKind.Threecx => TelephoneReports.Threecx(fields, Hashes.Short(body.Span)),
            _ => TelephoneReports.Mapped(
                system.Fields ?? throw new FormatException("The telephone system has no fields."),
                JsonSerializer.SerializeToElement(fields, JsonSerializerOptions.Web)
            ),
        };
    }

    /// <summary>What a system says without hidden letters and not too long, with the agent whose extension it names.</summary>
    private static CallReport Checked(TelephoneSystem system, CallReport report) =>
        report with
        {
            CallId = Short(report.CallId, 200),
            From = Short(report.From, 60),
            To = Short(report.To, 60),
            Summary = Short(report.Summary, TextLength),
            Name = Short(report.Name, 100),
            Agent =
                report.Agent is not { } agent ? null
                : system.Extensions?.FirstOrDefault(one => one.Key.Equals(agent, StringComparison.OrdinalIgnoreCase)) is { Value: { } id } ? id
                : Short(agent, 254),
        };

    private static string? Short(string? text, int length) =>
        text is null || VisibleText.IsBlank(text) ? null
        : VisibleText.Of(text) is var visible && visible.Length > length ? PlainText.Parts(visible, length)[0]
        : visible;

    private static bool IsJson(string contentType, ReadOnlySpan<byte> body) =>
        contentType.Contains("json", StringComparison.OrdinalIgnoreCase) || (body.TrimStart(" \r\n\t"u8) is [(byte)'{', ..]);
}
