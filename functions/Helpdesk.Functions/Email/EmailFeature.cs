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
    public static FunctionsApplicationBuilder AddEmail(this FunctionsApplicationBuilder builder) =>
        builder.AddMailThreads().AddMailIn().AddImap().AddMailOut();

    private static FunctionsApplicationBuilder AddMailThreads(this FunctionsApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddTable(MailThreads.TableName);
        services.AddSingleton<MailThreads>();
        services.AddSingleton<IHoldsPersonalData, MailErasure>();
        services.AddSingleton<IContactTimeline, MailTimeline>();
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
[JsonSerializable(typeof(AddressClaim))]
[JsonSerializable(typeof(BlockedSender))]
[JsonSerializable(typeof(IssuedMailbox))]
[JsonSerializable(typeof(Mailbox))]
[JsonSerializable(typeof(ReplyTokenKey))]
[JsonSerializable(typeof(ImapPosition))]
[JsonSerializable(typeof(Mail))]
[JsonSerializable(typeof(MailContent))]
[JsonSerializable(typeof(OutgoingMail))]
[JsonSerializable(typeof(DeskId))]
[JsonSerializable(typeof(MailSetting))]
[JsonSerializable(typeof(MailSuppression))]
[JsonSerializable(typeof(MailTemplate))]
[JsonSerializable(typeof(Dictionary<string, DateTimeOffset>))]
[JsonSerializable(typeof(AgentNotifications))]
internal sealed partial class EmailJson : JsonSerializerContext;

/// <summary>The kinds of settings that mail is made of.</summary>
public static class EmailKinds
{
    public static SettingKind<Mailbox> Mailboxes { get; } =
        new("mailbox-", mailbox => mailbox.Id, EmailJson.Default.Mailbox) { Audited = "mailbox", Secrets = ["keyHash"] };
}
