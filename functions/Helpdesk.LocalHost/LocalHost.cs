using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Azure.Storage.Blobs;
using Helpdesk.LocalHost.App;
using Helpdesk.LocalHost.Storage;
using Helpdesk.LocalHost.Worker;
using Microsoft.AspNetCore.Connections;

namespace Helpdesk.LocalHost;

/// <summary>
/// The Functions host for a laptop: runs an isolated-worker app on the WebJobs SDK and the Durable extension, with Azurite or any storage account.
/// </summary>
public static class LocalHost
{
    private const string StorageSetting = "AzureWebJobsStorage";
    private static readonly TimeSpan DrainLimit = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan MessageLease = TimeSpan.FromSeconds(60);

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

        var time = TimeProvider.System;
        var app = FunctionApp.Read(options.App);
        var port = options.Port ?? app.Settings.Port ?? 7071;
        ThrowIfTaken(port);
        using var terminal = new Terminal(Console.Out, time);
        // The emulator is started before the settings are known that name it.
        using var ownLines = LoggerFactory.Create(logging => Terminal.Filter(logging.AddProvider(terminal), options.Verbose, LogLevel.Information));
        using var data = DataFolder.Open(options.Data);
        await using var emulator = Emulator(options, data, time, ownLines);
        using var full = emulator?.Full.Register(stop.Cancel);
        var settings = Settings(app, port, emulator?.ConnectionString ?? options.Storage);

        var configuration = new HostConfiguration(app, settings);
        if (options.Func is { } func)
        {
            if (emulator is not null)
                await emulator.AnswersAsync(stop.Token);
            return UnlessFull(emulator, await CoreTools.RunAsync(func, app, port, settings, time, stop.Token));
        }

        using var loggers = LoggerFactory.Create(logging => Terminal.Filter(logging.AddProvider(terminal), options.Verbose, configuration.AppLogLevel));
        await using var workers = new WorkerSupervisor(
            app,
            settings,
            function => !configuration.IsDisabled(function.Name),
            new(loggers),
            time,
            loggers.CreateLogger<WorkerSupervisor>()
        );
        await workers.BeginAsync(stop.Token);
        using var leases = new MessageLeases(settings[StorageSetting], MessageLease, time);
        try
        {
            await using var host = JobHost.Build(
                new(options.Name, port, options.Verbose, data.WebHookKey(), DrainLimit),
                app,
                configuration,
                workers,
                terminal,
                leases,
                time
            );
            if (emulator is not null)
                await emulator.AnswersAsync(stop.Token);
            await workers.Functions.WaitAsync(stop.Token);
            await host.StartAsync(stop.Token);
            Tell(options, port);
            if (options.Verbose)
                FunctionList.Write(Console.Out, await workers.Functions, port, host.RoutePrefix);
            return UnlessFull(emulator, await host.RunAsync(stop.Token));
        }
        catch (OperationCanceledException) when (emulator?.Full.IsCancellationRequested == true)
        {
            throw emulator.Refusal;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return 0;
        }
        catch (IOException taken) when (taken.InnerException is AddressInUseException)
        {
            throw Taken(port, taken);
        }
    }

    /// <summary>The exit code, unless the run ended because its storage is full.</summary>
    private static int UnlessFull(StorageEmulator? emulator, int code) => emulator?.Full.IsCancellationRequested == true ? throw emulator.Refusal : code;

    /// <summary>Before anything is started for nothing.</summary>
    private static void ThrowIfTaken(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
        }
        catch (SocketException taken) when (taken.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            throw Taken(port, taken);
        }
        catch (SocketException denied) when (denied.SocketErrorCode == SocketError.AccessDenied)
        {
            throw new LocalHostException($"Port {port} is not yours to use: choose one above 1023 with --port.", denied);
        }
    }

    private static LocalHostException Taken(int port, Exception inner) => new($"Port {port} is taken: choose another one with --port.", inner);

    private static StorageEmulator? Emulator(LocalHostOptions options, DataFolder data, TimeProvider time, ILoggerFactory loggers) =>
        options.Storage is null && options.Azurite is { } script
            ? StorageEmulator.Begin(script, data, options.MostTables, time, loggers.CreateLogger<StorageEmulator>())
            : null;

    /// <summary>What the app finds in its environment, and the host in its configuration.</summary>
    private static Dictionary<string, string> Settings(FunctionApp app, int port, string? storage)
    {
        var settings = app.Settings.Values.Where(setting => Environment.GetEnvironmentVariable(setting.Key) is null).ToDictionary(StringComparer.Ordinal);
        var (connection, source) = storage is not null
            ? (storage, "--storage")
            : (Environment.GetEnvironmentVariable(StorageSetting) ?? settings.GetValueOrDefault(StorageSetting), $"The setting {StorageSetting}");
        settings[StorageSetting] =
            connection ?? throw new LocalHostException($"There is no storage: give --storage, --azurite, or the setting {StorageSetting}.");
        try
        {
            _ = new BlobServiceClient(connection);
        }
        catch (Exception wrong) when (wrong is FormatException or ArgumentException)
        {
            throw new LocalHostException($"{source} is no connection string of a storage account.", wrong);
        }

        settings["WEBSITE_HOSTNAME"] = $"localhost:{port}";
        settings["AZURE_FUNCTIONS_ENVIRONMENT"] = "Development";
        return settings;
    }

    private static void Tell(LocalHostOptions options, int port)
    {
        Console.WriteLine($"{options.Name} is ready at http://localhost:{port}");
        var width = options.Pages.Select(page => page.Name.Length).DefaultIfEmpty().Max();
        foreach (var (name, path) in options.Pages)
            Console.WriteLine($"  {name.PadRight(width)}  http://localhost:{port}{path}");
        if (options.Announce is not null)
            Console.WriteLine(options.Announce);
    }
}
