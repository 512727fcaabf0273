using System.Text.Json;
using System.Text.Json.Serialization;
using Helpdesk.Functions.Hosting;
using Microsoft.Azure.Functions.Worker.Builder;

namespace Helpdesk.Functions.Demo;

/// <summary>A desk that looks alive, for whoever wants to see one.</summary>
public static class DemoFeature
{
    public static FunctionsApplicationBuilder AddDemo(this FunctionsApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton(provider => DemoOptions.From(provider.GetRequiredService<IConfiguration>()));
        services.CheckAtStart<DemoOptions>();
        // One at a time: the clock of a past is its own.
        services.AddTransient<PastDesk>();
        services.AddTransient<PastReadings>();
        services.AddTransient<DemoDesk>();
        services.AddApiJson(DemoApiJson.Default);
        return builder;
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, Converters = [typeof(UtcInstantConverter)])]
[JsonSerializable(typeof(DemoView))]
internal sealed partial class DemoApiJson : JsonSerializerContext;
