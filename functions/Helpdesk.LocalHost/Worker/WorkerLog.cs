using System.Collections.Concurrent;
using Helpdesk.LocalHost.Rpc;

namespace Helpdesk.LocalHost.Worker;

/// <summary>Writes what the worker logs where the host's own lines go, under the category that the worker gave it.</summary>
public sealed class WorkerLog(ILoggerFactory loggers)
{
    /// <summary>What stands before the worker's categories here, so that filters tell them from the host's own.</summary>
    public const string Prefix = "Worker:";

    private readonly ConcurrentDictionary<string, ILogger> _loggers = new(StringComparer.Ordinal);

    public void Write(RpcLog line)
    {
        if (line.LogCategory == RpcLog.Types.RpcLogCategory.CustomMetric)
            return;
        var logger = _loggers.GetOrAdd(line.Category, category => loggers.CreateLogger(Prefix + category));
        var exception = line.Exception is { } thrown ? new WorkerLoggedException(thrown) : null;
        logger.Log((LogLevel)line.Level, default, line.Message, exception, static (text, _) => text);
    }
}

/// <summary>An exception that the worker logged; it never came here itself.</summary>
public sealed class WorkerLoggedException(RpcException logged) : Exception(logged.Message)
{
    /// <remarks>Without the frames of the worker's own pipeline, which stand below those of every function. The message may hold the stack already.</remarks>
    public override string ToString()
    {
        static bool IsPipeline(string line) =>
            line.StartsWith("   at Microsoft.Azure.Functions.Worker.", StringComparison.Ordinal)
            || line.Contains(".DirectFunctionExecutor.ExecuteAsync(", StringComparison.Ordinal);

        var text =
            string.IsNullOrEmpty(logged.StackTrace) || Message.Contains(logged.StackTrace, StringComparison.Ordinal)
                ? Message
                : $"{Message}\n{logged.StackTrace}";
        return string.Join('\n', text.Split('\n').Where(line => !IsPipeline(line)));
    }
}
