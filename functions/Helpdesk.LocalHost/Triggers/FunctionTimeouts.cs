using System.Runtime.ExceptionServices;
using Helpdesk.LocalHost.Worker;
using Microsoft.Azure.WebJobs.Host;
using Microsoft.Azure.WebJobs.Host.Timers;

namespace Helpdesk.LocalHost.Triggers;

/// <summary>Deals with a function that ran out of time: what is left of it is ended together with its worker. The SDK's own way would end this host.</summary>
public sealed partial class FunctionTimeouts(WorkerSupervisor workers, IHostApplicationLifetime host, TimeProvider time, ILogger<FunctionTimeouts> logger)
    : IWebJobsExceptionHandler
{
    /// <summary>How long a function has to end by itself when it was told to.</summary>
    internal static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    public async Task OnTimeoutExceptionAsync(ExceptionDispatchInfo exceptionInfo, TimeSpan timeoutGracePeriod)
    {
        Log.TimedOut(logger, exceptionInfo.SourceException.Message);
        await Task.Delay(timeoutGracePeriod > TimeSpan.Zero ? timeoutGracePeriod : Grace, time);
        if (exceptionInfo.SourceException is FunctionTimeoutException late && workers.IsRunning(late.InstanceId.ToString()))
            workers.Recycle($"{late.MethodName} goes on after its time is up");
    }

    public Task OnUnhandledExceptionAsync(ExceptionDispatchInfo exceptionInfo)
    {
        Log.Unhandled(logger, exceptionInfo.SourceException);
        host.StopApplication();
        return Task.CompletedTask;
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Error, "{Problem}")]
        public static partial void TimedOut(ILogger logger, string problem);

        [LoggerMessage(LogLevel.Critical, "The SDK cannot go on; this host stops.")]
        public static partial void Unhandled(ILogger logger, Exception exception);
    }
}
