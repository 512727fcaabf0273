using System.Text.Json;
using Helpdesk.Alerts;
using Helpdesk.Functions.Intake;

namespace Helpdesk.Functions.Alerts;

/// <summary>An alert that the desk sends to itself: a group of one, as Alertmanager sends it.</summary>
public sealed class AlertProbe : IIntakeProbe
{
    public IntakeChannel Channel => IntakeChannel.Alert;

    public ProbeBody Write(string id, DateTimeOffset now)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("version", "4");
            json.WriteString("status", "firing");
            json.WriteStartArray("alerts");
            json.WriteStartObject();
            json.WriteString("status", "firing");
            json.WriteString("fingerprint", id);
            json.WriteString("startsAt", now);
            json.WriteStartObject("labels");
            json.WriteString("alertname", "Probe");
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return new("application/json", buffer.ToArray());
    }

    /// <summary>Reads what <see cref="Write"/> has written and decides on it. No source has to be there for it, and nothing is kept.</summary>
    public static Receipt Work(Receipt receipt, ReadOnlyMemory<byte> body, AlertReaders readers, DateTimeOffset now)
    {
        var source = new AlertSource
        {
            Id = "probe",
            Name = "Probe",
            Kind = AlertKind.Alertmanager,
            KeyHash = "",
            CreatedAt = now,
            UpdatedAt = now,
        };
        var report = readers.Read(source, receipt, body).Reports.Single();
        var history = new EpisodeHistory { Source = source.Id, Key = report.Key };
        var step = EpisodeTracking.Take(history, report, EpisodeRules.Standard, receipt.ReceivedAt, now);
        return step.NeedsPlace ? IntakeProbes.Through(receipt) : receipt with { State = ReceiptState.Ignored, Error = $"It was {step.Outcome}." };
    }
}
