using Microsoft.Azure.Functions.Worker.Builder;

namespace Helpdesk.Functions.Alerts;

/// <summary>Sources that say that they are alive, and whose silence is the alert.</summary>
public static class HeartbeatsFeature
{
    public static FunctionsApplicationBuilder AddHeartbeats(this FunctionsApplicationBuilder builder)
    {
        builder.Services.AddSingleton<Heartbeats>();
        return builder;
    }
}
