using System.Globalization;
using Microsoft.Extensions.Logging.Console;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Helpdesk.Functions.Hosting;

/// <summary>What every custom handler needs, whatever it does: its address, its log, its telemetry.</summary>
public static class HandlerSetup
{
    /// <summary>A builder that listens where the Functions host says and nowhere else.</summary>
    public static WebApplicationBuilder CreateBuilder(string[] args)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
        // No file is watched and none is read: the settings of a Functions app are environment variables.
        builder.Configuration.AddEnvironmentVariables().AddCommandLine(args);
        builder.WebHost.UseKestrelCore();
        builder.Services.AddRoutingCore();

        var port = Port(builder.Configuration);
        builder.Services.AddSingleton(new HandlerAddress(port));
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.ListenLocalhostOnly(port);
        });

        AddLogging(builder);
        AddTelemetry(builder);
        return builder;
    }

    private static int Port(IConfiguration settings)
    {
        var text = settings["FUNCTIONS_CUSTOMHANDLER_PORT"] ?? "0";
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port <= 65535
            ? port
            : throw new InvalidOperationException($"FUNCTIONS_CUSTOMHANDLER_PORT is \"{text}\", which is no port. The Functions host (or ./run.sh) sets it.");
    }

    private static void ListenLocalhostOnly(this Microsoft.AspNetCore.Server.Kestrel.Core.KestrelServerOptions kestrel, int port) =>
        kestrel.Listen(System.Net.IPAddress.Loopback, port);

    private static void AddLogging(WebApplicationBuilder builder)
    {
        var onAzure = builder.Configuration["WEBSITE_INSTANCE_ID"] is not null;
        builder.Logging.SetMinimumLevel(LogLevel.Information)
            .AddFilter("Microsoft", LogLevel.Warning)
            .AddFilter("Azure", LogLevel.Warning);
        if (onAzure || builder.Configuration["Logging:Json"] == "true")
        {
            builder.Logging.AddJsonConsole(options =>
            {
                options.IncludeScopes = true;
                options.UseUtcTimestamp = true;
                options.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";
            });
        }
        else
        {
            builder.Logging.AddSimpleConsole(options =>
            {
                options.SingleLine = true;
                options.TimestampFormat = "HH:mm:ss ";
                options.ColorBehavior = LoggerColorBehavior.Default;
            });
        }

        if (Enum.TryParse<LogLevel>(builder.Configuration["Logging:Level"], ignoreCase: true, out var level))
            builder.Logging.SetMinimumLevel(level);
    }

    private static void AddTelemetry(WebApplicationBuilder builder)
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
