#pragma warning disable CS0612, CS0618 // IPlatformInformation and IWebHookProvider are marked as not for everybody's use; a host is whom they are for.
using System.Net;
using Azure.Storage.Blobs;
using Helpdesk.LocalHost.App;
using Helpdesk.LocalHost.Http;
using Helpdesk.LocalHost.Storage;
using Helpdesk.LocalHost.Triggers;
using Helpdesk.LocalHost.Worker;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Azure.WebJobs;
using Microsoft.Azure.WebJobs.Extensions.DurableTask;
using Microsoft.Azure.WebJobs.Extensions.Timers;
using Microsoft.Azure.WebJobs.Host;
using Microsoft.Azure.WebJobs.Host.Config;
using Microsoft.Azure.WebJobs.Host.Executors;
using Microsoft.Azure.WebJobs.Host.Timers;

namespace Helpdesk.LocalHost;

/// <param name="Name">What the app is called.</param>
/// <param name="WebHookKey">The key of the Durable extension's own addresses.</param>
/// <param name="DrainLimit">How long functions may take to end when the host stops.</param>
public sealed record JobHostOptions(string Name, int Port, bool Verbose, string WebHookKey, TimeSpan DrainLimit);

/// <summary>The SDK's listeners and the web server, with the functions of one app.</summary>
public sealed class JobHost : IAsyncDisposable
{
    private const long BodyLimit = 104_857_600;

    private readonly WebApplication _web;
    private readonly WorkerSupervisor _workers;
    private readonly JobHostOptions _options;

    private readonly StorageConnections _storage;

    private JobHost(WebApplication web, WorkerSupervisor workers, StorageConnections storage, JobHostOptions options) => (_web, _workers, _storage, _options) = (web, workers, storage, options);

    /// <summary>What stands before the routes of HTTP functions.</summary>
    public string RoutePrefix => HostJson.RoutePrefix(_web.Configuration);

    /// <summary>Builds everything that needs no worker yet.</summary>
    public static JobHost Build(JobHostOptions options, FunctionApp app, IReadOnlyDictionary<string, string> settings, WorkerSupervisor workers, Terminal terminal, TimeProvider time)
    {
        var builder = WebApplication.CreateEmptyBuilder(new() { ContentRootPath = app.Folder });
        Configure(builder.Configuration, app, settings);
        Terminal.Filter(builder.Logging.AddProvider(terminal), options.Verbose);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = BodyLimit;
            kestrel.Listen(IPAddress.Loopback, options.Port, listen => listen.Protocols = HttpProtocols.Http1);
        });

        var services = builder.Services;
        services.AddSingleton<IHostLifetime, NoLifetime>();
        services.AddSingleton(time);
        services.AddSingleton(options);
        services.AddSingleton(workers);
        services.AddSingleton<FunctionInvoker>();
        services.AddSingleton<ITypeLocator>(new FunctionTypes(() => workers.Functions.Result));
        services.AddRouting();
        services.AddHttpForwarder();
        services.AddCors(cors => cors.AddDefaultPolicy(policy => Allow(policy, app.Settings)));
        var timeout = HostJson.FunctionTimeout(builder.Configuration);
        services.AddSingleton(new HttpFunctionOptions(timeout));
        services.AddSingleton<HttpFunctions>();
        services.Configure<HostOptions>(host => host.ShutdownTimeout = options.DrainLimit + TimeSpan.FromSeconds(10));
        if (timeout is not null)
            services.Configure<JobHostFunctionTimeoutOptions>(limit => (limit.Timeout, limit.ThrowOnTimeout) = (timeout.Value, true));
        var hooks = new DurableWebHooks(options.Port, options.WebHookKey);
        var storage = new StorageConnections();
        storage.Use(services);
        builder.Host.ConfigureWebJobs(jobs => AddTriggers(jobs, options, hooks, storage));
        services.AddHostedService<Drain>();

        var web = builder.Build();
        web.UseRouting();
        if (app.Settings.CorsOrigins.Count > 0)
            web.UseCors();
        hooks.Map(web);
        web.MapGet("/admin/host/status", () => Results.Json(new { state = "Running" }));
        return new(web, workers, storage, options);
    }

    /// <summary>Starts to listen; the app's functions are known by now.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var router = new FunctionRouter(_web.Services.GetRequiredService<IInlineConstraintResolver>(), await _workers.Functions, RoutePrefix, _web.Services.GetRequiredService<HttpFunctions>().RunAsync);
        // The host's own addresses first, as on the Functions host.
        _web.UseEndpoints(_ => { });
        ((IApplicationBuilder)_web).Run(async http =>
        {
            if (await router.TryRunAsync(http))
                return;
            if (http.Request.Path == "/" && HttpMethods.IsGet(http.Request.Method))
                await http.Response.WriteAsync($"{_options.Name} is up and running.\n", http.RequestAborted);
            else
                http.Response.StatusCode = StatusCodes.Status404NotFound;
        });
        await _web.StartAsync(cancellationToken);
    }

    /// <summary>Runs until it is told to stop, or has to; then what is in hand is finished. Gives the exit code.</summary>
    public async Task<int> RunAsync(CancellationToken stop)
    {
        var stopping = _web.Lifetime.ApplicationStopping;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, stopping);
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, either.Token).ContinueWith(_ => { }, TaskScheduler.Default);
        using var limit = new CancellationTokenSource(_options.DrainLimit + TimeSpan.FromSeconds(10));
        await _web.StopAsync(limit.Token);
        return stop.IsCancellationRequested ? 0 : 1;
    }

    public async ValueTask DisposeAsync()
    {
        await _web.DisposeAsync();
        _storage.Dispose();
    }

    /// <summary>host.json, then what local.settings.json says, then the environment, then what only this host knows.</summary>
    private static void Configure(ConfigurationManager configuration, FunctionApp app, IReadOnlyDictionary<string, string> settings)
    {
        configuration.AddInMemoryCollection(app.Host.Flatten());
        configuration.AddEnvironmentVariables();
        configuration.AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create<string, string?>(setting.Key.Replace("__", ":", StringComparison.Ordinal), setting.Value)));
        configuration.AddInMemoryCollection([new("AzureWebJobsConfigurationSection", HostJson.Section), new("FUNCTIONS_WORKER_RUNTIME", "dotnet-isolated")]);
    }

    private static void Allow(Microsoft.AspNetCore.Cors.Infrastructure.CorsPolicyBuilder policy, LocalSettings settings)
    {
        policy.AllowAnyHeader().AllowAnyMethod().WithOrigins([.. settings.CorsOrigins]);
        if (settings.CorsCredentials)
            policy.AllowCredentials();
    }

    private static void AddTriggers(IWebJobsBuilder jobs, JobHostOptions options, DurableWebHooks hooks, StorageConnections storage)
    {
        jobs.UseHostId(HostId(options.Name));
        jobs.AddAzureStorageCoreServices();
        jobs.AddAzureStorageQueues();
        jobs.AddExecutionContextBinding();
        jobs.AddTimers();
        jobs.AddDurableTask();
        var services = jobs.Services;
        services.AddSingleton<IWebJobsExceptionHandler, FunctionTimeouts>();
        services.AddSingleton<ScheduleMonitor>(provider => new BlobScheduleMonitor(
            new BlobServiceClient(provider.GetRequiredService<IConfiguration>()["AzureWebJobsStorage"], new() { Transport = storage.Transport }), provider.GetRequiredService<IHostIdProvider>()));
        // The last one counts.
        services.AddSingleton<IPlatformInformation, LocalPlatform>();
        services.AddSingleton<IWebHookProvider>(hooks);
    }

    /// <summary>The name under which timers and locks are kept: small letters, digits and single hyphens.</summary>
    internal static string HostId(string name)
    {
        var letters = string.Join('-', string.Concat(name.ToUpperInvariant().Select(letter => char.IsAsciiLetterOrDigit(letter) ? letter : '-')).Split('-', StringSplitOptions.RemoveEmptyEntries));
#pragma warning disable CA1308 // Names of blobs are in small letters.
        return letters.Length == 0 ? "localhost" : letters[..Math.Min(letters.Length, 32)].TrimEnd('-').ToLowerInvariant();
#pragma warning restore CA1308
    }
}
