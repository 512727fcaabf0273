using System.Text.Json;
using System.Text.Json.Serialization;
using Helpdesk.Functions.Deadlines;
using Helpdesk.Functions.Events;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Storage;
using Microsoft.Azure.Functions.Worker.Builder;

namespace Helpdesk.Functions.Approvals;

/// <summary>Has others decide before a ticket goes on.</summary>
public static class ApprovalsFeature
{
    public static FunctionsApplicationBuilder AddApprovals(this FunctionsApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddApiJson(ApprovalsApiJson.Default);
        services.AddQueue(ApprovalNames.QueueName);
        services.AddSingleton<ApprovalLinks>();
        services.AddSingleton<WatchApprovals>();
        services.AddSingleton<IDeadline, ApprovalDeadline>();
        services.AddSingleton<IEventSubscriber, KeepApprovals>();
        services.AddSingleton<ApprovalNames>();
        services.AddSingleton<INamesSettings>(provider => provider.GetRequiredService<ApprovalNames>());
        return builder;
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, Converters = [typeof(UtcInstantConverter)])]
[JsonSerializable(typeof(ApprovalView))]
[JsonSerializable(typeof(ListPage<ApprovalView>))]
[JsonSerializable(typeof(ListPage<ListedApprovalView>))]
internal sealed partial class ApprovalsApiJson : JsonSerializerContext;
