using System.Text.Json;
using System.Text.Json.Serialization;
using Helpdesk.Functions.Contacts;
using Helpdesk.Functions.Events;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Pages;
using Helpdesk.Functions.Storage;
using Microsoft.Azure.Functions.Worker.Builder;

namespace Helpdesk.Functions.Portal;

/// <summary>What requesters see when they come back: their requests, how the service stands, questions of others.</summary>
public static class PortalFeature
{
    public static FunctionsApplicationBuilder AddPortal(this FunctionsApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddApiJson(PortalApiJson.Default);
        services.AddTable(PortalStore.TableName);
        services.AddWorkQueue(SignInOrder.Queue);
        services.AddWorker<SignInOrder, SignInLinks>();
        services.AddSingleton<PortalStore>();
        services.AddSingleton<RequesterSessions>();
        services.AddSingleton<RequesterProvider>();
        services.AddSingleton<DisturbanceStore>();
        services.AddSingleton<FollowDisturbances>();
        services.AddSingleton<IEventSubscriber>(provider => provider.GetRequiredService<FollowDisturbances>());
        services.AddSingleton<IHoldsPersonalData, DisturbanceErasure>();
        services.AddSingleton<QuestionStore>();
        services.AddSingleton<IHoldsPersonalData, QuestionErasure>();
        services.AddSingleton<PortalLooks>();
        services.AddSingleton<PortalDress>();
        services.AddSingleton<DressPage>(provider => provider.GetRequiredService<PortalDress>().OfAsync);
        services.AddSingleton<PortalLimit>();
        services.CheckAtStart<PortalLimit>();
        services.AddSingleton<INightlyWork, TidyPortal>();
        services.AddSingleton<IHoldsPersonalData, PortalErasure>();
        return builder;
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, Converters = [typeof(UtcInstantConverter)])]
[JsonSerializable(typeof(DisturbanceView))]
[JsonSerializable(typeof(PortalView))]
[JsonSerializable(typeof(QuestionView))]
[JsonSerializable(typeof(ListPage<ListedQuestionView>))]
internal sealed partial class PortalApiJson : JsonSerializerContext;
