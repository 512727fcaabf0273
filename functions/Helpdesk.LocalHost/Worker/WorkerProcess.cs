using System.Diagnostics;
using System.Globalization;
using Helpdesk.LocalHost.App;

namespace Helpdesk.LocalHost.Worker;

/// <summary>How a worker process is started.</summary>
public static class WorkerProcess
{
    private static readonly string[] ForServersOnly =
    [
        "ASPNETCORE_URLS",
        "ASPNETCORE_HTTP_PORTS",
        "ASPNETCORE_HTTPS_PORTS",
        "DOTNET_URLS",
        "URLS",
        "HTTP_PORTS",
        "HTTPS_PORTS",
    ];

    /// <summary>Starts one that calls the host under this id. What it prints goes where the host's own output goes.</summary>
    /// <remarks>Its standard input stays open as long as the host lives: that is how it notices that the host was killed.</remarks>
    public static Process Start(FunctionApp app, IReadOnlyDictionary<string, string> settings, Uri host, string id)
    {
        var request = Guid.NewGuid().ToString();
        var port = host.Port.ToString(CultureInfo.InvariantCulture);
        var unlimited = int.MaxValue.ToString(CultureInfo.InvariantCulture);
        string[] arguments =
        [
            app.WorkerFile,
            "--host",
            host.Host,
            "--port",
            port,
            "--workerId",
            id,
            "--requestId",
            request,
            "--grpcMaxMessageLength",
            unlimited,
            "--functions-uri",
            host.AbsoluteUri,
            "--functions-worker-id",
            id,
            "--functions-request-id",
            request,
            "--functions-grpc-max-message-length",
            unlimited,
        ];
        var inherited = settings.ToDictionary(setting => setting.Key, string? (setting) => setting.Value);
        var environment = new Dictionary<string, string?>(inherited, StringComparer.Ordinal)
        {
            ["FUNCTIONS_APPLICATION_DIRECTORY"] = app.Folder,
            ["FUNCTIONS_WORKER_DIRECTORY"] = app.Folder,
            ["FUNCTIONS_WORKER_RUNTIME"] = "dotnet-isolated",
            ["Functions__Worker__HostEndpoint"] = host.AbsoluteUri,
            ["Functions__Worker__WorkerId"] = id,
            ["Functions__Worker__RequestId"] = request,
            ["Functions__Worker__GrpcMaxMessageLength"] = unlimited,
            ["DOTNET_STARTUP_HOOKS"] = Hooks(),
        };
        foreach (var name in ForServersOnly)
            environment[name] = null;
        return Native.IsInstalled(app.Executable)
            ? Native.Start(app.Executable, arguments, app.Folder, environment)
            : throw new LocalHostException($"The app cannot be started, since {app.Executable} is not installed.");
    }

    private static string Hooks()
    {
        var own = Path.Combine(AppContext.BaseDirectory, "Helpdesk.LocalHost.ParentWatch.dll");
        return Environment.GetEnvironmentVariable("DOTNET_STARTUP_HOOKS") is { Length: > 0 } others ? own + Path.PathSeparator + others : own;
    }
}
