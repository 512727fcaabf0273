using System.Text.Json;
using System.Text.Json.Serialization;
using Helpdesk.Functions.Deadlines;
using Helpdesk.Functions.Hosting;
using Microsoft.Azure.Functions.Worker.Builder;

namespace Helpdesk.Functions.Closing;

/// <summary>Closes quiet tickets.</summary>
public static class ClosingFeature
{
    public static FunctionsApplicationBuilder AddClosing(this FunctionsApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddApiJson(ClosingApiJson.Default);
        services.AddSingleton<ClosingSettings>();
        services.AddSingleton<CloseQuietTicket>();
        services.AddSingleton<IDeadline, ClosingDeadline>();
        return builder;
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, Converters = [typeof(UtcInstantConverter)])]
[JsonSerializable(typeof(ClosingView))]
internal sealed partial class ClosingApiJson : JsonSerializerContext;
