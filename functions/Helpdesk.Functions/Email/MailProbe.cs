using System.Text;
using Helpdesk.Functions.Intake;

namespace Helpdesk.Functions.Email;

/// <summary>A mail that the desk sends to itself.</summary>
public sealed class MailProbe : IIntakeProbe
{
    public IntakeChannel Channel => IntakeChannel.Email;

    public ProbeBody Write(string id, DateTimeOffset now) =>
        new(
            MailReader.Mime,
            Encoding.UTF8.GetBytes(
                $"From: Probe <probe@probe.invalid>\r\nTo: desk@probe.invalid\r\nSubject: Probe {id}\r\nMessage-ID: <{id}@probe.invalid>\r\n"
                    + $"Date: {now.UtcDateTime:R}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nThe desk sees by this mail that mails come through.\r\n"
            )
        );
}
