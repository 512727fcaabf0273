using Microsoft.Azure.Functions.Worker.Builder;

namespace Helpdesk.Functions.Alerts;

/// <summary>What monitoring tools report: sources, what comes from them, and the episodes it makes.</summary>
public static class AlertsFeature
{
    public static FunctionsApplicationBuilder AddAlerts(this FunctionsApplicationBuilder builder) =>
        builder.AddAlertSources().AddEpisodes().AddAlertTellings().AddHeartbeats();
}
