using System.Text.Json;

namespace Helpdesk.Functions.Intake;

/// <summary>A form that the desk sends to itself.</summary>
public sealed class WebProbe : IIntakeProbe
{
    public IntakeChannel Channel => IntakeChannel.Web;

    public ProbeBody Write(string id, DateTimeOffset now)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("subject", $"Probe {id}");
            json.WriteString("description", "The desk sees by this form that forms come through.");
            json.WriteStartObject("requester");
            json.WriteString("email", "probe@probe.invalid");
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return new(WebForm.Json, buffer.ToArray());
    }
}
