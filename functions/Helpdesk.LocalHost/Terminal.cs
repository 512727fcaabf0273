using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Helpdesk.LocalHost.Worker;
using Microsoft.Azure.WebJobs.Host;

namespace Helpdesk.LocalHost;

/// <summary>Writes log lines to the terminal: time, level and message; an exception only where nobody else explains it.</summary>
public sealed class Terminal(TextWriter output, TimeProvider time) : ILoggerProvider
{
    private readonly ConcurrentDictionary<string, ILogger> _loggers = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();

    public ILogger CreateLogger(string categoryName) => _loggers.GetOrAdd(categoryName, category => new Lines(this, category));

    public void Dispose()
    {
        // The terminal stays.
    }

    /// <summary>
    /// Lets through what a developer wants to read: this host's lines and the app's own, of the libraries below only what is asked for with --verbose.
    /// </summary>
    public static void Filter(ILoggingBuilder logging, bool verbose, LogLevel app) =>
        logging
            .SetMinimumLevel(LogLevel.None)
            .AddFilter("Helpdesk.LocalHost", LogLevel.Information)
            .AddFilter(WorkerLog.Prefix, app)
            .AddFilter(WorkerLog.Prefix + "Microsoft", verbose ? LogLevel.Warning : LogLevel.Error)
            // What the SDK could not even hand to the app, such as a message that it cannot read.
            .AddFilter("Function", LogLevel.Error)
            .AddFilter("Microsoft.AspNetCore", LogLevel.Error)
            .AddFilter("Host", verbose ? LogLevel.Warning : LogLevel.None)
            .AddFilter("Microsoft.Azure.WebJobs", verbose ? LogLevel.Warning : LogLevel.None)
            .AddFilter("DurableTask", verbose ? LogLevel.Warning : LogLevel.None);

    private void Write(LogLevel level, string category, string message, Exception? exception)
    {
        if (exception is FunctionInvocationException failed)
        {
            // A function's own exception the worker has logged, and a worker that was lost is reported once, by whoever starts the next one.
            if (failed.GetBaseException() is FunctionFailedException or WorkerLostException or OperationCanceledException)
                return;
            (message, exception) = ($"{failed.MethodName.Split('.')[^1]} failed: {failed.GetBaseException().Message}", null);
        }

        var line = new StringBuilder()
            .Append(time.GetLocalNow().ToString("HH:mm:ss ", CultureInfo.InvariantCulture))
            .Append(Short(level))
            .Append(": ")
            .Append(message);
        if (exception is not null)
            line.AppendLine().Append(exception);
        lock (_gate)
            output.WriteLine(line.ToString());
    }

    private static string Short(LogLevel level) =>
        level switch
        {
            LogLevel.Trace => "trace",
            LogLevel.Debug => "debug",
            LogLevel.Information => "info",
            LogLevel.Warning => "warn",
            LogLevel.Error => "error",
            _ => "critical",
        };

    private sealed class Lines(Terminal terminal, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            terminal.Write(logLevel, category, formatter(state, exception), exception);
    }
}
