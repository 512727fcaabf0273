using System.Text.Json;
using System.Text.Json.Serialization;
using Helpdesk.Email;
using Helpdesk.Functions.Contacts;
using Helpdesk.Functions.Conversations;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Events;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Satisfaction;
using Helpdesk.Functions.Storage;
using Helpdesk.Functions.Teams;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Helpdesk.Functions.Email;

/// <summary>Mail that goes out: what is written, sent and reported of it.</summary>
public static class MailOutFeature
{
    public static FunctionsApplicationBuilder AddMailOut(this FunctionsApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddApiJson(MailOutApiJson.Default);
        services.AddTable(OutgoingMails.TableName);
        services.AddTable(MailSuppressions.TableName);
        services.AddContainer(OutgoingMails.BodiesName);
        services.AddWorkQueue(OutgoingMail.Queue);
        services.AddWorker<OutgoingMail, MailSending>();
        services.AddSingleton(provider => MailOptions.From(provider.GetRequiredService<IConfiguration>()));
        services.CheckAtStart<MailOptions>();
        services.AddSingleton<OutgoingMails>();
        services.AddSingleton<MailSettings>();
        services.AddSingleton<MailTemplates>();
        services.AddSingleton<MailSuppressions>();
        services.AddSingleton<MailGuards>();
        services.AddSingleton<MailWriter>();
        services.AddSingleton<DeskIdentity>();
        services.AddSingleton<UnreachablePeople>();
        services.AddSingleton<IUndeliverable, SuppressUndeliverable>();
        services.AddSingleton<INightlyWork, TidyMails>();
        services.AddSingleton<IHoldsPersonalData, OutgoingMailErasure>();
        services.AddSingleton<IMailSender>(provider =>
        {
            var options = provider.GetRequiredService<MailOptions>();
            return options.Way switch
            {
                MailWay.Smtp => new SmtpSender(options),
                MailWay.SendGrid => new SendGridSender(options, provider.GetRequiredService<TimeProvider>()),
                _ => new OutboxSender(),
            };
        });
        services.AddSingleton<IEventSubscriber, NotifyPeople>();
        services.AddSingleton<IAgentNotReached, NotifyPeople>();
        services.AddSingleton<MailReplay>();
        services.AddSingleton<IDeliveryLog, MailLog>();
        services.AddSingleton<WrittenMails>();
        services.AddSingleton<MailAdmins>();
        services.Replace(ServiceDescriptor.Singleton<TellAdmins>(provider => provider.GetRequiredService<MailAdmins>().TellAsync));
        services.Replace(ServiceDescriptor.Singleton(Promise));
        services.Replace(ServiceDescriptor.Singleton(Reach));
        return builder;
    }

    /// <summary>A mail goes out where there is a way, to an address that is not suppressed.</summary>
    private static ReachesByMail Reach(IServiceProvider provider)
    {
        var (options, suppressions) = (provider.GetRequiredService<MailOptions>(), provider.GetRequiredService<MailSuppressions>());
        return async (workspace, email, cancellationToken) =>
            options.Way != MailWay.None && await suppressions.FindAsync(workspace, email, cancellationToken) is null;
    }

    /// <summary>A chat may promise answers by mail where there is a way, and the workspace sends them.</summary>
    private static MailsRequesters Promise(IServiceProvider provider)
    {
        var (options, settings) = (provider.GetRequiredService<MailOptions>(), provider.GetRequiredService<MailSettings>());
        return async (workspace, cancellationToken) =>
            options.Way != MailWay.None && (await settings.OfAsync(workspace, cancellationToken)).Setting.ToRequesters.Contains(MailEvent.PublicAnswer);
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, Converters = [typeof(UtcInstantConverter)])]
[JsonSerializable(typeof(ListPage<OutboxView>))]
[JsonSerializable(typeof(OutboxView))]
[JsonSerializable(typeof(MailSettingsView))]
[JsonSerializable(typeof(AgentNotificationsView))]
[JsonSerializable(typeof(MailTemplateView))]
[JsonSerializable(typeof(ListPage<MailTemplateView>))]
[JsonSerializable(typeof(MailPreview))]
[JsonSerializable(typeof(SuppressionView))]
[JsonSerializable(typeof(ListPage<SuppressionView>))]
internal sealed partial class MailOutApiJson : JsonSerializerContext;
