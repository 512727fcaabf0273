using Helpdesk.Functions.Hosting;
using Microsoft.Azure.Functions.Worker.Builder;

namespace Helpdesk.Functions.ApiReference;

/// <summary>The API describes itself.</summary>
public static class ApiReferenceFeature
{
    public static FunctionsApplicationBuilder AddApiReference(this FunctionsApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<DocsAssets>();
        return builder;
    }
}
