using Helpdesk.Alerts;

namespace Helpdesk.Functions.Alerts;

/// <summary>Tells what would become of reports, and does nothing.</summary>
public interface IEpisodePreview
{
    /// <summary>A sentence for each report, in their order, such as "would count on ticket 12".</summary>
    Task<IReadOnlyList<string>> TellAsync(string workspace, AlertSource source, IReadOnlyList<AlertReport> reports, CancellationToken cancellationToken);
}
