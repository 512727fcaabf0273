using System.Net;
using System.Runtime.InteropServices;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using Helpdesk.LocalHost.Durable;
using Microsoft.AspNetCore.Connections;

namespace Helpdesk.LocalHost;

/// <summary>The Functions host for a laptop: runs a custom handler with HTTP, queues and timers, on Azurite or any storage account.</summary>
public static class LocalHost
{
    private static readonly TimeSpan DrainLimit = TimeSpan.FromSeconds(30);

    /// <summary>Runs until it is told to stop; gives the exit code.</summary>
    public static async Task<int> RunAsync(LocalHostOptions options)
    {
        using var stop = new CancellationTokenSource();
        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var hangup = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Stop);
        void Stop(PosixSignalContext context)
        {
            context.Cancel = true;
            stop.Cancel();
        }

        var app = FunctionApp.Read(options.App);
        foreach (var timer in app.Timers)
            TimerPump.Parse(timer);
        using var data = DataFolder.Open(options.Data);
        await data.EndLeftoversAsync(stop.Token);

        try
        {
            if (options.Storage is { } connectionString)
                return await RunAsync(options, app, data, connectionString, stop.Token);
            await using var emulator = await StorageEmulator.StartAsync(options.Azurite ?? throw new LocalHostException("Give either --storage or --azurite."), data, stop.Token);
            return await RunAsync(options, app, data, emulator.ConnectionString, stop.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return 0;
        }
        finally
        {
            data.ForgetProcesses();
        }
    }

    private static async Task<int> RunAsync(LocalHostOptions options, FunctionApp app, DataFolder data, string storage, CancellationToken stop)
    {
        var time = TimeProvider.System;
        QueueServiceClient queues;
        BlobContainerClient timers;
        try
        {
            queues = new(storage, new QueueClientOptions { MessageEncoding = QueueMessageEncoding.None });
            timers = new BlobServiceClient(storage).GetBlobContainerClient("azure-webjobs-hosts");
        }
        catch (Exception wrong) when (wrong is FormatException or ArgumentException)
        {
            throw new LocalHostException("--storage is no connection string of a storage account.", wrong);
        }

        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.Sources.Clear();
        builder.Logging.ClearProviders().AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "HH:mm:ss ";
        }).AddFilter("Microsoft", LogLevel.Warning).AddFilter("Microsoft.Extensions.Hosting", LogLevel.None).AddFilter("Azure", LogLevel.Warning).AddFilter("Grpc", LogLevel.Warning);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Listen(IPAddress.Loopback, options.Port);
        });
        // Signals are ours alone: the web server stops when everything else may.
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        HttpForwarder.AddConstraints(builder.Services);
        await using var web = builder.Build();
        var loggers = web.Services.GetRequiredService<ILoggerFactory>();

        var environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["AzureWebJobsStorage"] = storage, ["WEBSITE_HOSTNAME"] = $"localhost:{options.Port}" };
        await using var handler = new HandlerProcess(app, environment, data.Remember, time, loggers.CreateLogger<HandlerProcess>());
        using var forwarder = new HttpForwarder(handler, app);
        forwarder.Map(web);
        web.MapGet("/", () => $"{options.Name} is up and running.\n");
        try
        {
            await web.StartAsync(stop);
        }
        catch (IOException taken) when (taken.InnerException is AddressInUseException)
        {
            throw new LocalHostException($"Port {options.Port} is taken: choose another one with --port.", taken);
        }

        using var invoker = new Invoker(handler, app, loggers.CreateLogger<Invoker>());
        await using var durable = app.IsDurable || options.DurablePort is not null ? await DurableHost.StartAsync(options, app, storage, invoker, time, loggers, stop) : null;
        handler.Begin();
        var ready = handler.WhenReadyAsync(stop);
        if (await Task.WhenAny(ready, handler.GivenUp.Task) != ready)
            throw await handler.GivenUp.Task;
        await ready;

        using var pumping = CancellationTokenSource.CreateLinkedTokenSource(stop);
        using var abandon = new CancellationTokenSource();
        var queuePumps = app.QueueFunctions.Select(function => new QueuePump(
            function, queues.GetQueueClient(function.Queue), queues.GetQueueClient(function.Queue + "-poison"), app.Queues, durable?.Address, invoker, time, loggers.CreateLogger<QueuePump>())).ToList();
        List<Task> pumps =
        [
            .. queuePumps.Select(pump => pump.RunAsync(pumping.Token, abandon.Token)),
            .. app.Timers.Select(function => new TimerPump(function, timers, durable?.Address, invoker, time).RunAsync(pumping.Token)),
        ];

        durable?.Begin();

        Console.WriteLine($"{options.Name} is ready at http://localhost:{options.Port}");
        if (options.Announce is not null)
            Console.WriteLine(options.Announce);

        var stopped = Task.Delay(Timeout.InfiniteTimeSpan, time, stop).ContinueWith(_ => { }, TaskScheduler.Default);
        await Task.WhenAny(stopped, handler.GivenUp.Task);

        // Nothing new is taken on, what is in hand is finished, and only then the handler ends.
        await pumping.CancelAsync();
        abandon.CancelAfter(DrainLimit);
        await Task.WhenAll(pumps);
        if (durable is not null)
            await durable.StopAsync();
        queuePumps.ForEach(pump => pump.Dispose());
        using var limit = new CancellationTokenSource(DrainLimit);
        await web.StopAsync(limit.Token);
        return handler.GivenUp.Task.IsCompleted ? throw await handler.GivenUp.Task : 0;
    }

    internal sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
