using System.Diagnostics;
using System.Globalization;

namespace Helpdesk.LocalHost;

/// <summary>Starts the custom handler, knows when it is ready, and starts it again when it dies.</summary>
/// <remarks>As the Functions host does: exit code 0 is final, and three starts that fail within half an hour end the host.</remarks>
public sealed partial class HandlerProcess(
    FunctionApp app, IReadOnlyDictionary<string, string> environment, Action<int> started, TimeProvider time, ILogger<HandlerProcess> logger) : IAsyncDisposable
{
    private const int StartsThatMayFail = 3;
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan StartErrorSpan = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan Probe = TimeSpan.FromMilliseconds(25);

    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false, ConnectTimeout = TimeSpan.FromSeconds(2) });
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<DateTimeOffset> _startErrors = [];
    private readonly Lock _gate = new();
    private TaskCompletionSource<Uri?> _ready = NewReady();
    private Process? _process;
    private Task? _watch;

    /// <summary>Ends when the handler cannot be started any more; the message says why.</summary>
    public TaskCompletionSource<LocalHostException> GivenUp { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Begins to start and watch the handler.</summary>
    public void Begin() => _watch = WatchAsync();

    /// <summary>Where the handler listens; waits while it starts again. Null when it ended with exit code 0 and so for good.</summary>
    public Task<Uri?> WhenReadyAsync(CancellationToken cancel)
    {
        lock (_gate)
            return _ready.Task.WaitAsync(cancel);
    }

    /// <summary>Ends the handler hard, with all other work in flight; it is then started again.</summary>
    public void Kill()
    {
        if (_process is { } process)
            Native.Signal(process.Id, Native.SigKill);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        Kill();
        if (_watch is not null)
            await _watch;
        _http.Dispose();
        _stopping.Dispose();
    }

    private async Task WatchAsync()
    {
        var failures = 0;
        while (!_stopping.IsCancellationRequested)
        {
            var port = Ports.Free();
            Process process;
            try
            {
                process = Native.Start(app.Executable, app.Arguments, app.Folder, Environment(port), silent: false);
            }
            catch (System.ComponentModel.Win32Exception problem)
            {
                GivenUp.TrySetResult(new($"The app cannot be started ({app.Executable}: {problem.Message}): build it first.", problem));
                return;
            }

            _process = process;
            started(process.Id);
            Log.Started(logger, process.Id, port);
            var address = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"));
            if (await BecomesReadyAsync(process, address))
            {
                failures = 0;
                lock (_gate)
                    _ready.TrySetResult(address);
                await EndAsync(process);
                lock (_gate)
                    _ready = NewReady();
                if (_stopping.IsCancellationRequested)
                    return;
                if (process.ExitCode == 0)
                {
                    // What the real host does: it never starts it again, and every request is answered with 500.
                    Log.EndedByItself(logger);
                    lock (_gate)
                        _ready.TrySetResult(null);
                    return;
                }

                Log.Died(logger, process.ExitCode);
                continue;
            }

            Native.Signal(process.Id, Native.SigKill);
            if (_stopping.IsCancellationRequested)
                return;
            var now = time.GetUtcNow();
            _startErrors.RemoveAll(error => error < now - StartErrorSpan);
            _startErrors.Add(now);
            if (_startErrors.Count >= StartsThatMayFail)
            {
                GivenUp.TrySetResult(new("The app did not start three times within half an hour; what it printed above says why."));
                return;
            }

            failures++;
            Log.NotReady(logger, failures);
            await Task.Delay(TimeSpan.FromSeconds(Math.Pow(2, failures - 1)), time, _stopping.Token).ContinueWith(_ => { }, TaskScheduler.Default);
        }
    }

    private async Task<bool> BecomesReadyAsync(Process process, Uri address)
    {
        var began = time.GetTimestamp();
        while (!process.HasExited && !_stopping.IsCancellationRequested && time.GetElapsedTime(began) < StartLimit)
        {
            try
            {
                using var answer = await _http.GetAsync(address, _stopping.Token);
                return true;
            }
            catch (Exception notYet) when (notYet is HttpRequestException or OperationCanceledException)
            {
                await Task.Delay(Probe, TimeProvider.System, CancellationToken.None);
            }
        }

        return false;
    }

    private async Task EndAsync(Process process)
    {
        try
        {
            await process.WaitForExitAsync(_stopping.Token);
        }
        catch (OperationCanceledException)
        {
            Native.Signal(process.Id, Native.SigKill);
            await process.WaitForExitAsync(CancellationToken.None);
        }
    }

    private Dictionary<string, string> Environment(int port)
    {
        var id = Guid.NewGuid().ToString();
        var text = port.ToString(CultureInfo.InvariantCulture);
        return new(environment, StringComparer.Ordinal)
        {
            ["FUNCTIONS_CUSTOMHANDLER_PORT"] = text,
            ["FUNCTIONS_HTTPWORKER_PORT"] = text,
            ["FUNCTIONS_CUSTOMHANDLER_WORKER_ID"] = id,
            ["FUNCTIONS_HTTPWORKER_ID"] = id,
            ["FUNCTIONS_APP_ROOT_PATH"] = app.Folder,
            ["FUNCTIONS_WORKER_RUNTIME"] = "custom",
            ["AZURE_FUNCTIONS_ENVIRONMENT"] = "Development",
        };
    }

    private static TaskCompletionSource<Uri?> NewReady() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Information, "Handler started as process {Pid} on port {Port}")]
        public static partial void Started(ILogger logger, int pid, int port);

        [LoggerMessage(LogLevel.Warning, "Handler died with exit code {Code}; starting it again")]
        public static partial void Died(ILogger logger, int code);

        [LoggerMessage(LogLevel.Error, "Handler ended with exit code 0, which the Functions host takes for final: every request is answered with 500 until the host is started again")]
        public static partial void EndedByItself(ILogger logger);

        [LoggerMessage(LogLevel.Warning, "Handler did not become ready, attempt {Attempt}")]
        public static partial void NotReady(ILogger logger, int attempt);
    }
}
