using Helpdesk.Functions.Events;
using Helpdesk.Functions.Hosting;
using Microsoft.Azure.Functions.Worker.Builder;

namespace Helpdesk.Functions.Merging;

/// <summary>Tickets that become one.</summary>
public static class MergingFeature
{
    public static FunctionsApplicationBuilder AddMerging(this FunctionsApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<MergedComments>();
        services.AddSingleton<IEventSubscriber>(provider => provider.GetRequiredService<MergedComments>());
        return builder;
    }
}
