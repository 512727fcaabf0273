using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Azure.Functions.Worker.Builder;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Helpdesk.Functions.Hosting;

/// <summary>What every function of the app goes through, whatever it does: keys, problems, the log, telemetry.</summary>
public static class WorkerSetup
{
    public static FunctionsApplicationBuilder AddHosting(this FunctionsApplicationBuilder builder)
    {
        builder.ConfigureFunctionsWebApplication();
        builder.UseMiddleware<ProblemAnswers>();
        builder.UseMiddleware<RuleBreakingMessages>();
        builder.UseMiddleware<KeyAuthentication>();

        var services = builder.Services;
        services.Configure<WorkerOptions>(options => options.InputConverters.RegisterAt<RequestParameters>(0));
        services.Configure<KestrelServerOptions>(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // Each function has a limit of its own, and says so.
            kestrel.Limits.MaxRequestBodySize = null;
        });
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<TaskHub>();
        services.AddSingleton<RequestGauge>();
        AddLogging(builder);
        AddTelemetry(builder);
        return builder;
    }

    private static void AddLogging(FunctionsApplicationBuilder builder)
    {
        builder.Logging.SetMinimumLevel(Enum.TryParse<LogLevel>(builder.Configuration["Logging:Level"], ignoreCase: true, out var level) ? level : LogLevel.Information)
            .AddFilter("Microsoft", LogLevel.Warning)
            .AddFilter("Azure", LogLevel.Warning)
            .AddFilter("System", LogLevel.Warning);
    }

    private static void AddTelemetry(FunctionsApplicationBuilder builder)
    {
        if (builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] is not { Length: > 0 })
            return;
        builder.Services.AddOpenTelemetry()
            .WithTracing(traces => traces.AddAspNetCoreInstrumentation().AddSource(HelpdeskTracing.Name).AddOtlpExporter())
            .WithMetrics(metrics => metrics.AddAspNetCoreInstrumentation().AddMeter(StorageMeter.Name).AddOtlpExporter());
    }
}

/// <summary>The source of the app's own traces.</summary>
public static class HelpdeskTracing
{
    public const string Name = "Helpdesk";

    /// <summary>Starts activities of the work that no request waits for.</summary>
    public static System.Diagnostics.ActivitySource Source { get; } = new(Name);
}
