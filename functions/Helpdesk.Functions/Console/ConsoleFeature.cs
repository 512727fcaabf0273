using System.Text.Json;
using System.Text.Json.Serialization;
using Helpdesk.Functions.Hosting;
using Microsoft.Azure.Functions.Worker.Builder;

namespace Helpdesk.Functions.Console;

/// <summary>The page on which agents work, and what it asks at its start and while it is open.</summary>
public static class ConsoleFeature
{
    public static FunctionsApplicationBuilder AddConsole(this FunctionsApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddApiJson(ConsoleApiJson.Default);
        services.AddSingleton(_ => new ConsoleFiles(Path.Combine(AppContext.BaseDirectory, "desk")));
        services.AddSingleton<PreferenceStore>();
        return builder;
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, Converters = [typeof(UtcInstantConverter)])]
[JsonSerializable(typeof(ChangesView))]
[JsonSerializable(typeof(MeView))]
internal sealed partial class ConsoleApiJson : JsonSerializerContext;
