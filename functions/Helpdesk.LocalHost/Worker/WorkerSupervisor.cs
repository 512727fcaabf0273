using System.Collections.Concurrent;
using System.Diagnostics;
using Grpc.Core;
using Helpdesk.LocalHost.App;
using Helpdesk.LocalHost.Rpc;

namespace Helpdesk.LocalHost.Worker;

/// <summary>Keeps one worker process running: starts it, starts it again with growing pauses when it dies, and ends it.</summary>
public sealed partial class WorkerSupervisor(
    FunctionApp app,
    IReadOnlyDictionary<string, string> settings,
    Func<Function, bool> enabled,
    WorkerLog workerLog,
    TimeProvider time,
    ILogger<WorkerSupervisor> logger
) : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LingerLimit = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource<WorkerChannel>> _expected = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource<IReadOnlyList<Function>> _functions = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile TaskCompletionSource<WorkerChannel> _ready = NewReady();
    private volatile WorkerChannel? _channel;
    private Process? _process;
    private WorkerEndpoint? _endpoint;
    private Task? _loop;

    /// <summary>The app's functions that are switched on; fails when the first worker does not start.</summary>
    public Task<IReadOnlyList<Function>> Functions => _functions.Task;

    public int CallsInHand => _channel?.CallsInHand ?? 0;

    public bool IsRunning(string invocationId) => _channel?.IsRunning(invocationId) == true;

    /// <summary>Opens the address that workers call, and begins to start and watch them.</summary>
    public async Task BeginAsync(CancellationToken cancellationToken)
    {
        _endpoint = await WorkerEndpoint.StartAsync(this, cancellationToken);
        _loop = LoopAsync(_endpoint.Address);
    }

    /// <summary>A worker that takes calls; waits while one starts.</summary>
    /// <exception cref="WorkerLostException">None came within a minute.</exception>
    public ValueTask<WorkerChannel> WhenReadyAsync(CancellationToken cancellationToken)
    {
        var ready = _ready.Task;
        return ready.IsCompletedSuccessfully ? new(ready.Result) : new(WaitAsync());

        async Task<WorkerChannel> WaitAsync()
        {
            try
            {
                return await ready.WaitAsync(StartLimit, time, cancellationToken);
            }
            catch (TimeoutException)
            {
                throw new WorkerLostException("none was ready within a minute");
            }
        }
    }

    /// <summary>Gives a worker's stream to the start that waits for it, and carries its messages.</summary>
    public Task AttachAsync(
        string id,
        IAsyncStreamReader<StreamingMessage> incoming,
        IServerStreamWriter<StreamingMessage> outgoing,
        CancellationToken cancellationToken
    )
    {
        if (!_expected.TryRemove(id, out var expected))
            return Task.CompletedTask;
        var channel = new WorkerChannel(app.Folder, workerLog, Forget, time);
        var carrying = channel.RunAsync(incoming, outgoing, cancellationToken);
        expected.TrySetResult(channel);
        return carrying;
    }

    /// <summary>Ends the worker with all that it has in hand; another one is started.</summary>
    public void Recycle(string reason)
    {
        Log.Recycling(logger, reason);
        Kill();
    }

    /// <summary>Ends the worker with all that it has in hand; no other one is started.</summary>
    public void Abandon(string reason)
    {
        _stopping.Cancel();
        Log.Abandoning(logger, reason);
        Kill();
    }

    /// <summary>Ends the worker for good: gently, then hard.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        if (_loop is not null)
            await _loop;
        // Not before the worker is gone: it ends by itself only while it is told to over this.
        if (_endpoint is not null)
            await _endpoint.DisposeAsync();
        _stopping.Dispose();
    }

    private async Task LoopAsync(Uri host)
    {
        await KeepRunningAsync(host);
        // Nobody is to wait for a worker that does not come any more.
        _ready.TrySetException(new WorkerLostException("the host stops"));
        _ = _ready.Task.Exception;
    }

    private async Task KeepRunningAsync(Uri host)
    {
        var failures = 0;
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                var (process, channel) = await StartAsync(host);
                failures = 0;
                await WatchAsync(process, channel);
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                Kill();
            }
            catch (LocalHostException problem) when (!_functions.Task.IsCompletedSuccessfully)
            {
                // What fails at the very first start fails again: better said at once.
                Kill();
                _functions.TrySetException(problem);
                return;
            }
            catch (Exception problem) when (problem is LocalHostException or WorkerLostException or Grpc.Core.RpcException)
            {
                Kill();
                var pause = TimeSpan.FromTicks(Math.Min(LongestPause.Ticks, FirstPause.Ticks << Math.Min(failures++, 10)));
                Log.NotStarted(logger, problem.Message, pause.TotalSeconds);
                await Task.Delay(pause, time, _stopping.Token).ContinueWith(_ => { }, TaskScheduler.Default);
            }
        }
    }

    private async Task<(Process, WorkerChannel)> StartAsync(Uri host)
    {
        var id = Guid.NewGuid().ToString();
        var attached = _expected[id] = NewReady();
        var process = _process = WorkerProcess.Start(app, settings, host, id);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        limit.CancelAfter(StartLimit);
        try
        {
            var exited = process.WaitForExitAsync(limit.Token);
            if (await Task.WhenAny(attached.Task, exited) == exited)
            {
                await exited;
                throw new LocalHostException($"The app ended with exit code {process.ExitCode} before it was ready; what it printed above says why.");
            }

            var channel = _channel = await attached.Task;
            var functions = await channel.InitializeAsync(limit.Token);
            _functions.TrySetResult([.. functions.Where(enabled)]);
            _ready.TrySetResult(channel);
            return (process, channel);
        }
        catch (OperationCanceledException) when (!_stopping.IsCancellationRequested)
        {
            throw new LocalHostException("The app was not ready within a minute of its start.");
        }
        catch (WorkerLostException) when (!_stopping.IsCancellationRequested)
        {
            await process
                .WaitForExitAsync(CancellationToken.None)
                .WaitAsync(EndLimit, time, CancellationToken.None)
                .ContinueWith(_ => { }, TaskScheduler.Default);
            throw new LocalHostException("The app ended while it started; what it printed above says why.");
        }
        finally
        {
            _expected.TryRemove(id, out _);
        }
    }

    private async Task WatchAsync(Process process, WorkerChannel channel)
    {
        var exited = process.WaitForExitAsync(CancellationToken.None);
        var stopped = Task.Delay(Timeout.InfiniteTimeSpan, time, _stopping.Token);
        var first = await Task.WhenAny(exited, channel.Closed, stopped);
        Forget(channel);
        if (first == stopped)
            channel.Terminate(EndLimit);
        // A stream may end a little before its process; one that ends alone is a worker that nobody can call any more.
        await Task.WhenAny(exited, Task.Delay(first == stopped ? EndLimit : LingerLimit, time));
        KillIfRunning(process);
        await exited;
        channel.Lose($"the worker process ended with exit code {process.ExitCode}");
        if (first != stopped)
            Log.Died(logger, process.ExitCode);
        process.Dispose();
    }

    /// <summary>From now on calls wait for the next worker.</summary>
    private void Forget(WorkerChannel channel)
    {
        lock (_gate)
        {
            if (_ready.Task.IsCompletedSuccessfully && _ready.Task.Result == channel)
                _ready = NewReady();
        }
    }

    private void Kill()
    {
        if (_process is { } process)
            KillIfRunning(process);
    }

    private static void KillIfRunning(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It has been disposed of, or had never anything to end.
        }
    }

    private static TaskCompletionSource<WorkerChannel> NewReady() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Error, "The app's process ended with exit code {Code}; it is started again.")]
        public static partial void Died(ILogger logger, int code);

        [LoggerMessage(LogLevel.Error, "{Problem} It is tried again in {Seconds:0.##} s.")]
        public static partial void NotStarted(ILogger logger, string problem, double seconds);

        [LoggerMessage(LogLevel.Error, "The app's process is ended: {Reason}.")]
        public static partial void Abandoning(ILogger logger, string reason);

        [LoggerMessage(LogLevel.Error, "The app's process is ended, and another one started: {Reason}.")]
        public static partial void Recycling(ILogger logger, string reason);
    }
}
