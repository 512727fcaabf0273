using Microsoft.Azure.Functions.Worker.Builder;

namespace Helpdesk.Functions.Alerts;

/// <summary>Alert sources, and how what they send is taken and read.</summary>
public static class AlertSourcesFeature
{
    public static FunctionsApplicationBuilder AddAlertSources(this FunctionsApplicationBuilder builder) => builder;
}
