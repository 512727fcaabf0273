using System.Text.Json;
using System.Text.Json.Serialization;
using Helpdesk.Functions.Contacts;
using Helpdesk.Functions.Events;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Intake;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Storage;
using Microsoft.Azure.Functions.Worker.Builder;

namespace Helpdesk.Functions.Email;

/// <summary>Mail that comes in: mailboxes, what is posted and fetched, and what becomes of it.</summary>
public static class MailInFeature
{
    public static FunctionsApplicationBuilder AddMailIn(this FunctionsApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddApiJson(MailInApiJson.Default);
        services.AddTable(MailArrivals.TableName);
        services.AddSingleton<MailArrivals>();
        services.AddSingleton<INightlyWork>(provider => provider.GetRequiredService<MailArrivals>());
        services.AddSingleton<IStateSubscriber, NoteFollowUps>();
        services.AddSingleton<MailInLimits>();
        services.CheckAtStart<MailInLimits>();
        services.AddSingleton<MailboxStore>();
        services.AddSingleton<INamesSettings, MailboxNames>();
        services.AddSingleton<BlockedSenders>();
        services.AddSingleton<IHoldsPersonalData, BlockedSenderErasure>();
        services.AddSingleton<MailIntake>();
        services.AddSingleton<MailHands>();
        services.AddSingleton<MailLeads>();
        services.AddSingleton<MailTickets>();
        services.AddSingleton<MailDeliveryReports>();
        services.AddSingleton<IReceiptHandler, MailReceipts>();
        services.AddSingleton<IIntakeProbe, MailProbe>();
        return builder;
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, Converters = [typeof(UtcInstantConverter)])]
[JsonSerializable(typeof(BlockedSenderView))]
[JsonSerializable(typeof(ListPage<BlockedSenderView>))]
[JsonSerializable(typeof(MailboxView))]
[JsonSerializable(typeof(ListPage<MailboxView>))]
[JsonSerializable(typeof(MailboxWithSecret))]
[JsonSerializable(typeof(MailReceiptAnswer))]
[JsonSerializable(typeof(MailView))]
internal sealed partial class MailInApiJson : JsonSerializerContext;
