using Helpdesk.Functions.Storage;
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
        // Nothing here is protected by its keys, and making and keeping them would cost every start.
        foreach (var warming in services.Where(service => service.ImplementationType?.Name == "DataProtectionHostedService").ToList())
            services.Remove(warming);
        AddLogging(builder);
        AddTelemetry(builder);
        return builder;
    }

    /// <summary>
    /// Work that goes on after the answer belongs to no call any more, and the host on Azure drops what is logged outside of one: such categories go
    /// to the console as well.
    /// </summary>
    public static FunctionsApplicationBuilder LogOutsideCalls(this FunctionsApplicationBuilder builder, params IReadOnlyList<Type> categories)
    {
        if (builder.Configuration["WEBSITE_INSTANCE_ID"] is null)
            return builder;
        var names = categories.Select(category => category.FullName).ToHashSet(StringComparer.Ordinal);
        builder.Logging.AddJsonConsole(console =>
        {
            console.IncludeScopes = true;
            console.UseUtcTimestamp = true;
            console.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";
        });
        builder.Logging.AddFilter<Microsoft.Extensions.Logging.Console.ConsoleLoggerProvider>(
            (category, level) => level >= LogLevel.Information && names.Contains(category)
        );
        return builder;
    }

    private static void AddLogging(FunctionsApplicationBuilder builder)
    {
        builder
            .Logging.SetMinimumLevel(
                Enum.TryParse<LogLevel>(builder.Configuration["Logging:Level"], ignoreCase: true, out var level) ? level : LogLevel.Information
            )
            .AddFilter("Microsoft", LogLevel.Warning)
            // It warns that the host's own choice of an address replaces another one.
            .AddFilter("Microsoft.AspNetCore.Server.Kestrel", LogLevel.Error)
            .AddFilter("Azure", LogLevel.Warning)
            .AddFilter("System", LogLevel.Warning);
    }

    private static void AddTelemetry(FunctionsApplicationBuilder builder)
    {
        if (builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] is not { Length: > 0 })
            return;
        builder
            .Services.AddOpenTelemetry()
            .WithTracing(traces => traces.AddAspNetCoreInstrumentation().AddSource(WorkTracing.Name).AddOtlpExporter())
            .WithMetrics(metrics => metrics.AddAspNetCoreInstrumentation().AddMeter(StorageMeter.Name).AddOtlpExporter());
    }
}
