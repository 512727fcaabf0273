using System.Globalization;
using Helpdesk.Alerts;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Intake;
using Helpdesk.Intake;

namespace Helpdesk.Functions.Alerts;

/// <summary>Makes an alert of an intake that does not work: one ticket of the home workspace, which resolves itself when the intake works again.</summary>
public sealed class ProbeAlarm(AlertEpisodes episodes, TimeProvider time) : IProbeAlarm
{
    /// <summary>The desk as a source of alerts. No source that somebody adds can have this id.</summary>
    public static AlertSource Source { get; } =
        new()
        {
            Id = "intake--probe",
            Name = "Intake probe",
            Kind = AlertKind.Generic,
            KeyHash = "",
            CreatedAt = DateTimeOffset.UnixEpoch,
            UpdatedAt = DateTimeOffset.UnixEpoch,
        };

    public Task RaiseAsync(IntakeProbe probe, string why, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(probe);
        var report = ReportOf(probe, AlertState.Firing) with { Description = why, StartedAt = probe.SentAt };
        return TakeAsync(report, "down", probe.SentAt, cancellationToken);
    }

    public Task EndAsync(IntakeProbe probe, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(probe);
        var began = probe.AlarmFor ?? probe.SentAt;
        var report = ReportOf(probe, AlertState.Resolved) with { StartedAt = began, EndedAt = probe.CameAt };
        return TakeAsync(report, "up", began, cancellationToken);
    }

    private Task<TakenReport> TakeAsync(AlertReport report, string what, DateTimeOffset at, CancellationToken cancellationToken)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"{what} {at.ToUnixTimeMilliseconds()}");
        return episodes.TakeAsync(DirectoryStore.HomeWorkspace, Source, new(report, name, time.GetUtcNow(), null), cancellationToken);
    }

    private static AlertReport ReportOf(IntakeProbe probe, AlertState state) =>
        new()
        {
            Key = WireName<IntakeChannel>.Of(probe.Channel),
            State = state,
            Subject = $"The desk's own intake \"{WireName<IntakeChannel>.Of(probe.Channel)}\" does not work",
            Priority = Helpdesk.Tickets.TicketPriority.Urgent,
        };
}
