using Helpdesk.Functions.Events;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;
using Microsoft.Azure.Functions.Worker.Builder;

namespace Helpdesk.Functions.Deadlines;

/// <summary>Sees to it that what falls due is noticed.</summary>
public static class DeadlinesFeature
{
    public static FunctionsApplicationBuilder AddDeadlines(this FunctionsApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddTable(DueTimes.TableName);
        services.AddWorkQueue(WatchOrder.Queue);
        services.AddSingleton<DueTimes>();
        services.AddSingleton<TicketWatches>();
        services.AddSingleton<IStateSubscriber>(provider => provider.GetRequiredService<TicketWatches>());
        return builder;
    }
}
