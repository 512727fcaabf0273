using System.Text.Json;
using System.Text.Json.Serialization;
using Helpdesk.Functions.Contacts;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Microsoft.Azure.Functions.Worker.Builder;

namespace Helpdesk.Functions.ReportMails;

/// <summary>Reports that are mailed again and again.</summary>
public static class ReportMailsFeature
{
    public static FunctionsApplicationBuilder AddReportMails(this FunctionsApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<ReportScheduleStore>();
        services.AddSingleton<MailReports>();
        services.AddSingleton<IRegularWork>(provider => provider.GetRequiredService<MailReports>());
        services.AddSingleton<INamesSettings, ReportScheduleNames>();
        services.AddSingleton<IHoldsPersonalData, ReportScheduleErasure>();
        services.AddApiJson(ReportMailsApiJson.Default);
        return builder;
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, Converters = [typeof(UtcInstantConverter)])]
[JsonSerializable(typeof(ReportScheduleView))]
[JsonSerializable(typeof(ListPage<ReportScheduleView>))]
[JsonSerializable(typeof(MailedReportView))]
internal sealed partial class ReportMailsApiJson : JsonSerializerContext;
