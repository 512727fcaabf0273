using System.Text.Json;
using System.Text.Json.Serialization;
using Helpdesk.Email;
using Helpdesk.Functions.Contacts;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Storage;
using Microsoft.Azure.Functions.Worker.Builder;

namespace Helpdesk.Functions.Email;

/// <summary>Mail that comes in and goes out.</summary>
public static class EmailFeature
{
    public static FunctionsApplicationBuilder AddEmail(this FunctionsApplicationBuilder builder) => builder.AddMailThreads().AddMailIn().AddMailOut();

    private static FunctionsApplicationBuilder AddMailThreads(this FunctionsApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddTable(MailThreads.TableName);
        services.AddSingleton<MailThreads>();
        services.AddSingleton<IHoldsPersonalData, MailErasure>();
        services.AddSingleton<ReplyTokens>();
        return builder;
    }
}

/// <summary>Mail in storage; add fields, never rename them.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(UtcInstantConverter)]
)]
[JsonSerializable(typeof(Mailbox))]
[JsonSerializable(typeof(ReplyTokenKey))]
internal sealed partial class EmailJson : JsonSerializerContext;

/// <summary>The kinds of settings that mail is made of.</summary>
public static class EmailKinds
{
    public static SettingKind<Mailbox> Mailboxes { get; } = new("mailbox-", mailbox => mailbox.Id, EmailJson.Default.Mailbox);
}
