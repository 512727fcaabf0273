using System.Text.Json.Serialization;
using Helpdesk.Functions.Storage;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Logging.Console;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Helpdesk.Functions.Hosting;

/// <summary>What every function of the app goes through, whatever it does: keys, problems, the log, telemetry.</summary>
public static class WorkerSetup
{
    public static FunctionsApplicationBuilder AddHosting(this FunctionsApplicationBuilder builder)
    {
        builder.ConfigureFunctionsWebApplication();
        builder.UseMiddleware<CountExecutions>();
        builder.UseMiddleware<ProblemAnswers>();
        builder.UseMiddleware<RuleBreakingMessages>();
        builder.UseMiddleware<KeyAuthentication>();
        builder.UseMiddleware<UnheededIfMatch>();

        var services = builder.Services;
        services.Configure<WorkerOptions>(options => options.InputConverters.RegisterAt<RequestParameters>(0));
        services.Configure<KestrelServerOptions>(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // Each function has a limit of its own, and says so.
            kestrel.Limits.MaxRequestBodySize = null;
            // Any byte may come in a header, and a cookie of another site must not cost anybody their request.
            kestrel.RequestHeaderEncodingSelector = _ => System.Text.Encoding.Latin1;
        });
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<ICallerSource, KeyCallers>();
        services.AddSingleton<TaskHub>();
        services.AddSingleton<PublicAddress>();
        services.AddSingleton<LastWork>();
        services.CheckAtStart<PublicAddress>();
        services.AddSingleton<Microsoft.AspNetCore.Hosting.IStartupFilter, ClientAddress.OnArrival>();
        services.AddStorage();
        services.CheckAtStart<StorageOptions>();
        services.CheckAtStart<DispatchOptions>();
        services.AddSingleton(provider => OutsideOptions.From(provider.GetRequiredService<IConfiguration>()));
        services.CheckAtStart<OutsideOptions>();
        services.AddSingleton<ResolveHost>(System.Net.Dns.GetHostAddressesAsync);
        services.AddSingleton<OutsideConnections>();
        services.AddTable(IdempotencyStore.TableName);
        services.AddSingleton<IdempotencyStore>();
        services.AddApiJson(HostingJson.Default);
        services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.Converters.Add(new UtcInstantConverter());
            json.SerializerOptions.Encoder = JsonEscaping.Least;
        });
        // Nothing here is protected by its keys, and making and keeping them would cost every start.
        foreach (var warming in services.Where(service => service.ImplementationType?.Name == "DataProtectionHostedService").ToList())
            services.Remove(warming);
        AddLogging(builder);
        AddTelemetry(builder);
        return builder;
    }

    /// <summary>What a feature's answers look like in JSON; what it takes is read by <see cref="FieldReader"/>.</summary>
    public static IServiceCollection AddApiJson(this IServiceCollection services, JsonSerializerContext json) =>
        services.ConfigureHttpJsonOptions(options => options.SerializerOptions.TypeInfoResolverChain.Insert(0, json));

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
        if (builder.Configuration["WEBSITE_INSTANCE_ID"] is null)
            return;
        builder.Logging.AddJsonConsole(console =>
        {
            console.IncludeScopes = true;
            console.UseUtcTimestamp = true;
            console.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";
        });
        builder
            .Services.AddOptions<LoggerFilterOptions>()
            .Configure<IEnumerable<OutsideCategory>>(
                (filters, outside) =>
                {
                    var names = outside.Select(category => category.Name).ToHashSet(StringComparer.Ordinal);
                    filters.AddFilter<ConsoleLoggerProvider>(
                        (category, level) => level >= LogLevel.Information && category is not null && names.Contains(category)
                    );
                }
            );
    }

    private static void AddTelemetry(FunctionsApplicationBuilder builder)
    {
        if (builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] is not { Length: > 0 })
            return;
        builder
            .Services.AddOpenTelemetry()
            .WithTracing(traces => traces.AddAspNetCoreInstrumentation().AddSource(WorkTracing.Name).AddOtlpExporter())
            .WithMetrics(metrics => metrics.AddAspNetCoreInstrumentation().AddMeter("Helpdesk.*").AddOtlpExporter());
    }
}
