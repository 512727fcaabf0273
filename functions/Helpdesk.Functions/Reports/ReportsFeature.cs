using System.Text.Json;
using System.Text.Json.Serialization;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;
using Microsoft.Azure.Functions.Worker.Builder;

namespace Helpdesk.Functions.Reports;

/// <summary>Numbers about tickets.</summary>
public static class ReportsFeature
{
    public static FunctionsApplicationBuilder AddReports(this FunctionsApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddTable(ReportCounts.TableName);
        services.AddSingleton<ReportDays>();
        services.AddSingleton<ReportCounts>();
        services.AddSingleton<DeflectionCounts>();
        services.AddSingleton<ReportProgress>();
        services.AddSingleton<ReportMaker>();
        services.AddSingleton<UsageLog>();
        services.AddHostedService<WriteUsage>();
        services.AddSingleton<IRegularWork>(provider => provider.GetRequiredService<ReportProgress>());
        services.AddApiJson(ReportApiJson.Default);
        return builder;
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, Converters = [typeof(UtcInstantConverter)])]
[JsonSerializable(typeof(CostSettingsView))]
[JsonSerializable(typeof(ReportList))]
[JsonSerializable(typeof(ReportView))]
[JsonSerializable(typeof(ReportProgressView))]
internal sealed partial class ReportApiJson : JsonSerializerContext;
