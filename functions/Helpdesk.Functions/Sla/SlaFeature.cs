using System.Text.Json;
using System.Text.Json.Serialization;
using Helpdesk.Functions.Deadlines;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Tickets;
using Helpdesk.Sla;
using Microsoft.Azure.Functions.Worker.Builder;

namespace Helpdesk.Functions.Sla;

/// <summary>Promises: policies, calendars and the clocks of tickets.</summary>
public static class SlaFeature
{
    public static FunctionsApplicationBuilder AddSla(this FunctionsApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddApiJson(SlaApiJson.Default);
        services.AddSingleton<TicketClocks>();
        services.AddSingleton<ITicketPromises>(provider => provider.GetRequiredService<TicketClocks>());
        services.AddSingleton<CalendarExists>(provider =>
            async (workspace, calendar, cancellationToken) =>
                calendar == StandardSla.CalendarId
                || (await provider.GetRequiredService<SettingsStore>().ListAsync(workspace, SlaKinds.Calendars.Newest, cancellationToken)).Any(one =>
                    one.Id == calendar
                )
        );
        services.AddSingleton<INamesSettings, PolicyNames>();
        services.AddSingleton<SlaLag>();
        services.AddSingleton<WakeTicket>();
        services.AddSingleton<IDeadline, SlaDeadline>();
        return builder;
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, Converters = [typeof(UtcInstantConverter)])]
[JsonSerializable(typeof(SlaStatusView))]
[JsonSerializable(typeof(SlaExplanation))]
[JsonSerializable(typeof(PolicyView))]
[JsonSerializable(typeof(ListPage<PolicyView>))]
[JsonSerializable(typeof(PolicyTrial))]
[JsonSerializable(typeof(CalendarView))]
[JsonSerializable(typeof(ListPage<CalendarView>))]
internal sealed partial class SlaApiJson : JsonSerializerContext;
