using System.Globalization;

namespace Helpdesk.LocalHost.App;

/// <summary>What the app's host.json and settings say to the host.</summary>
/// <remarks>
/// In this order, the later before the earlier: what suits a laptop, host.json, the environment, local.settings.json, what only the host knows.
/// </remarks>
public sealed class HostConfiguration
{
    /// <summary>
    /// The section in which the Functions host keeps host.json, so that settings such as <c>AzureFunctionsJobHost__extensions__queues__batchSize</c>
    /// go before it.
    /// </summary>
    private const string Section = "AzureFunctionsJobHost";

    /// <summary>
    /// A host that was killed holds on to what it had in hand for this long. A minute is the least that the Durable extension allows; its default is
    /// five.
    /// </summary>
    private static readonly KeyValuePair<string, string?>[] ForLaptops =
    [
        new($"{Section}:extensions:durableTask:storageProvider:controlQueueVisibilityTimeout", "00:01:00"),
        new($"{Section}:extensions:durableTask:storageProvider:workItemQueueVisibilityTimeout", "00:01:00"),
    ];

    public HostConfiguration(FunctionApp app, IReadOnlyDictionary<string, string> settings) =>
        Values = new ConfigurationBuilder()
            .AddInMemoryCollection(ForLaptops)
            .AddInMemoryCollection(app.Host.Flatten(Section))
            .AddEnvironmentVariables()
            .AddInMemoryCollection(
                settings.Select(setting => KeyValuePair.Create<string, string?>(setting.Key.Replace("__", ":", StringComparison.Ordinal), setting.Value))
            )
            .AddInMemoryCollection([new("AzureWebJobsConfigurationSection", Section), new("FUNCTIONS_WORKER_RUNTIME", "dotnet-isolated")])
            .Build();

    public IConfiguration Values { get; }

    /// <summary>What stands before the routes of HTTP functions; empty for nothing.</summary>
    public string RoutePrefix => Values[$"{Section}:extensions:http:routePrefix"]?.Trim('/') ?? "api";

    /// <summary>How long a function may run; null for as long as it likes.</summary>
    public TimeSpan? FunctionTimeout =>
        Values[$"{Section}:functionTimeout"] switch
        {
            null => TimeSpan.FromMinutes(30),
            "-1" => null,
            var text => TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var time) && time > TimeSpan.Zero
                ? time
                : throw new LocalHostException($"functionTimeout in host.json is '{text}': give a length such as 00:05:00, or -1 for none."),
        };

    /// <summary>The least level at which the app's own log lines are shown.</summary>
    public LogLevel AppLogLevel =>
        (Values[$"{Section}:logging:logLevel:Function"] ?? Values[$"{Section}:logging:logLevel:default"]) switch
        {
            null => LogLevel.Information,
            var text => Enum.TryParse<LogLevel>(text, ignoreCase: true, out var level)
                ? level
                : throw new LocalHostException($"logging.logLevel in host.json has the level '{text}': give one such as Information or Warning."),
        };

    /// <summary>Whether a setting has switched a function off.</summary>
    public bool IsDisabled(string function) =>
        new[] { $"AzureWebJobs.{function}.Disabled", $"AzureWebJobs_{function}_Disabled" }.Any(name =>
            Values[name] is "1" || (bool.TryParse(Values[name], out var disabled) && disabled)
        );
}
