using System.Text.Json;
using System.Text.Json.Serialization;
using Helpdesk.Functions.Deadlines;
using Helpdesk.Functions.Events;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Helpdesk.Functions.Satisfaction;

/// <summary>Asks requesters how it was.</summary>
public static class SatisfactionFeature
{
    public static FunctionsApplicationBuilder AddSatisfaction(this FunctionsApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddApiJson(SatisfactionApiJson.Default);
        services.AddTable(RatingStore.TableName);
        services.AddSingleton<SatisfactionSettings>();
        services.AddSingleton<SatisfactionLinks>();
        services.AddSingleton<AskForSatisfaction>();
        services.AddSingleton<RatingStore>();
        services.AddSingleton<IDeadline, SatisfactionDeadline>();
        services.AddSingleton<IEventSubscriber, KeepRatings>();
        services.TryAddSingleton<ReachesByMail>((_, _, _) => new(false));
        return builder;
    }
}

/// <summary>Whether a mail to an address goes out; where no mail goes out at all, the answer is no.</summary>
public delegate ValueTask<bool> ReachesByMail(string workspace, string email, CancellationToken cancellationToken);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, Converters = [typeof(UtcInstantConverter)])]
[JsonSerializable(typeof(SatisfactionSettingsView))]
[JsonSerializable(typeof(ListPage<RatingView>))]
internal sealed partial class SatisfactionApiJson : JsonSerializerContext;
