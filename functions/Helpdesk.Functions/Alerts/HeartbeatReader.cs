using Helpdesk.Alerts;

namespace Helpdesk.Functions.Alerts;

/// <summary>Reads what says "I am alive": nothing in it is a report.</summary>
public sealed class HeartbeatReader : IAlertReader
{
    public AlertKind Kind => AlertKind.Heartbeat;

    public AlertReading Read(AlertSource source, AlertBody body) => new([], "a heartbeat");
}
