using System.Text.Json;
using System.Text.Json.Serialization;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Intake;
using Helpdesk.Functions.Settings;
using Microsoft.Azure.Functions.Worker.Builder;

namespace Helpdesk.Functions.Email;

/// <summary>Mail that comes in: mailboxes, what is posted and fetched, and what becomes of it.</summary>
public static class MailInFeature
{
    public static FunctionsApplicationBuilder AddMailIn(this FunctionsApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddApiJson(MailInApiJson.Default);
        services.AddSingleton<MailboxStore>();
        services.AddSingleton<INamesSettings, MailboxNames>();
        services.AddSingleton<MailIntake>();
        services.AddSingleton<IReceiptHandler, MailReceipts>();
        return builder;
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, Converters = [typeof(UtcInstantConverter)])]
[JsonSerializable(typeof(MailboxView))]
[JsonSerializable(typeof(ListPage<MailboxView>))]
[JsonSerializable(typeof(MailboxWithSecret))]
[JsonSerializable(typeof(MailReceiptAnswer))]
internal sealed partial class MailInApiJson : JsonSerializerContext;
