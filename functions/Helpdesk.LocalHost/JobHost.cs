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
public sealed partial class JobHost : IAsyncDisposable
{
    private const long BodyLimit = 104_857_600;
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(5);

    private readonly WebApplication _web;
    private readonly WorkerSupervisor _workers;
    private readonly JobHostOptions _options;

    private readonly StorageConnections _storage;
    private readonly HostConfiguration _configuration;
    private bool _hangs;

    private JobHost(WebApplication web, WorkerSupervisor workers, StorageConnections storage, HostConfiguration configuration, JobHostOptions options) =>
        (_web, _workers, _storage, _configuration, _options) = (web, workers, storage, configuration, options);

    /// <summary>What stands before the routes of HTTP functions.</summary>
    public string RoutePrefix => _configuration.RoutePrefix;

    /// <summary>Builds everything that needs no worker yet.</summary>
    public static JobHost Build(
        JobHostOptions options,
        FunctionApp app,
        HostConfiguration configuration,
        WorkerSupervisor workers,
        Terminal terminal,
        MessageLeases leases,
        TimeProvider time
    )
    {
        var builder = WebApplication.CreateEmptyBuilder(new() { ContentRootPath = app.Folder });
        builder.Configuration.AddConfiguration(configuration.Values);
        Terminal.Filter(builder.Logging.AddProvider(terminal), options.Verbose, configuration.AppLogLevel);
        builder
            .WebHost.UseKestrelCore()
            .ConfigureKestrel(kestrel =>
            {
                kestrel.AddServerHeader = false;
                kestrel.Limits.MaxRequestBodySize = BodyLimit;
                // Headers go to the worker and back byte by byte as they came.
                kestrel.RequestHeaderEncodingSelector = kestrel.ResponseHeaderEncodingSelector = _ => System.Text.Encoding.Latin1;
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
        var timeout = configuration.FunctionTimeout;
        services.AddSingleton(new HttpFunctionOptions(timeout));
        services.AddSingleton<HttpFunctions>();
        services.Configure<HostOptions>(host => host.ShutdownTimeout = options.DrainLimit + EndLimit);
        if (timeout is not null)
            services.Configure<JobHostFunctionTimeoutOptions>(limit => (limit.Timeout, limit.ThrowOnTimeout) = (timeout.Value, true));
        var hooks = new DurableWebHooks(options.Port, options.WebHookKey);
        var storage = new StorageConnections();
        storage.Use(services, leases);
        builder.Host.ConfigureWebJobs(jobs => AddTriggers(jobs, options, hooks, storage));
        services.AddHostedService<Drain>();

        var web = builder.Build();
        web.UseRouting();
        if (app.Settings.CorsOrigins.Count > 0)
            web.UseCors();
        hooks.Map(web);
        web.MapGet("/admin/host/status", () => Results.Json(new { state = "Running" }));
        return new(web, workers, storage, configuration, options);
    }

    /// <summary>Starts to listen; the app's functions are known by now.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var functions = await _workers.Functions;
        TriggerAttributes.ThrowIfUnknown(functions);
        var router = new FunctionRouter(
            _web.Services.GetRequiredService<IInlineConstraintResolver>(),
            functions,
            RoutePrefix,
            _web.Services.GetRequiredService<HttpFunctions>().RunAsync
        );
        // The host's own addresses first, as on the Functions host.
        _web.UseEndpoints(_ => { });
        ((IApplicationBuilder)_web).Run(async http =>
        {
            if (await router.TryRunAsync(http))
                return;
            if (http.Request.Path == "/" && (HttpMethods.IsGet(http.Request.Method) || HttpMethods.IsHead(http.Request.Method)))
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
        try
        {
            await _web.StopAsync(CancellationToken.None).WaitAsync(_options.DrainLimit + EndLimit, TimeProvider.System, CancellationToken.None);
        }
        catch (Exception late) when (late is TimeoutException or OperationCanceledException)
        {
            // The process ends all the same; what hangs is one of the SDK's listeners, as when the storage is gone.
            Log.Hangs(_web.Services.GetRequiredService<ILogger<JobHost>>());
            _hangs = true;
        }

        return stop.IsCancellationRequested ? 0 : 1;
    }

    public async ValueTask DisposeAsync()
    {
        // What hangs would keep this waiting, too.
        if (!_hangs)
            await _web.DisposeAsync();
        _storage.Dispose();
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
            new BlobServiceClient(provider.GetRequiredService<IConfiguration>()["AzureWebJobsStorage"], new() { Transport = storage.Transport }),
            provider.GetRequiredService<IHostIdProvider>()
        ));
        // The last one counts.
        services.AddSingleton<IPlatformInformation, LocalPlatform>();
        services.AddSingleton<IWebHookProvider>(hooks);
    }

    /// <summary>The name under which timers and locks are kept: small letters, digits and single hyphens.</summary>
    internal static string HostId(string name)
    {
        var replaced = string.Concat(name.Select(letter => char.IsAsciiLetterOrDigit(letter) ? letter : '-'));
        var letters = string.Join('-', replaced.Split('-', StringSplitOptions.RemoveEmptyEntries));
#pragma warning disable CA1308 // Names of blobs are in small letters.
        return letters.Length == 0 ? "localhost" : letters[..Math.Min(letters.Length, 32)].TrimEnd('-').ToLowerInvariant();
#pragma warning restore CA1308
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Error, "The listeners do not stop in time and are left as they are.")]
        public static partial void Hangs(ILogger logger);
    }
}
