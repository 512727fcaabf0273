using System.Diagnostics;

namespace Helpdesk.Functions.Storage;

/// <summary>Does the work of a queue. Each piece may come several times: at once, and again by message.</summary>
public interface IWorker<T>
    where T : notnull
{
    /// <summary>Does what a message asks for. What fails throws, and comes back; on the last try it is put on record instead.</summary>
    /// <returns>False when what was announced is not committed. It may still be: the message comes again for a while.</returns>
    Task<bool> DoAsync(T message, bool lastTry, CancellationToken cancellationToken);

    /// <summary>Does what this process has just committed. What fails throws, or is postponed piece by piece.</summary>
    async Task DoAsync(IReadOnlyList<CommittedWork<T>> work, CancellationToken cancellationToken)
    {
        foreach (var piece in work)
            await DoAsync(piece.Announced[^1].Work, lastTry: false, cancellationToken);
    }
}

/// <summary>The source of traces of the work that no request waits for.</summary>
public static class WorkTracing
{
    public const string Name = "Helpdesk";

    internal static ActivitySource Source { get; } = new(Name);
}

/// <summary>Has the work of a queue done: at once what this process committed, and by message whatever that missed.</summary>
public sealed partial class WorkRunner<T>(
    WorkQueue<T> queue,
    IWorker<T> worker,
    WorkQueueOptions<T> options,
    DispatchOptions dispatch,
    RequestGauge requests,
    TimeProvider time,
    ILoggerFactory loggers
) : BackgroundService
    where T : notnull
{
    private static readonly TimeSpan ComesAgainAfter = TimeSpan.FromSeconds(20);
    private readonly ILogger _logger = loggers.CreateLogger(worker.GetType());

    /// <summary>Does what a message asks for.</summary>
    /// <param name="dequeueCount">Which try it is.</param>
    public async Task ReceiveAsync(T work, int dequeueCount, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(work);
        var committed = await worker.DoAsync(work, lastTry: dequeueCount >= options.Tries, cancellationToken);
        // The request that sent the message may still commit; after the grace it no longer can.
        if (!committed && options.SentAt is { } sentAt && time.GetUtcNow() - sentAt(work) < dispatch.Grace)
            await queue.SendAsync(work, ComesAgainAfter, cancellationToken);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(Enumerable.Range(0, options.Parallel).Select(_ => DoCommittedAsync(stoppingToken)));

    private async Task DoCommittedAsync(CancellationToken stoppingToken)
    {
        var keys = new List<string>(options.BatchSize);
        while (await queue.Keys.WaitToReadAsync(stoppingToken))
        {
            keys.Clear();
            while (keys.Count < options.BatchSize && queue.Keys.TryRead(out var key))
                keys.Add(key);
            try
            {
                var work = keys.Select(key => new CommittedWork<T>(key, queue.TakeByKey(key))).Where(piece => piece.Announced.Count > 0).ToList();
                if (work.Count > 0)
                    await DoAsync(work, stoppingToken);
            }
            finally
            {
                queue.Finished(keys.Count);
            }
        }
    }

    private async Task DoAsync(List<CommittedWork<T>> work, CancellationToken stoppingToken)
    {
        using var activity = WorkTracing.Source.StartActivity(options.Name);
        try
        {
            await worker.DoAsync(work, stoppingToken);
            foreach (var piece in work.Where(piece => piece.Failure is not null))
                Log.Postponed(_logger, piece.Failure!, options.Name, piece.Key);
            await Parallel.ForEachAsync(
                work.Where(piece => piece.Failure is null).SelectMany(piece => piece.Announced),
                new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = stoppingToken },
                async (done, cancellationToken) =>
                {
                    await requests.GiveWayAsync(done.At, cancellationToken);
                    await queue.TakeBackAsync([done], cancellationToken);
                }
            );
        }
        catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
        {
            // The messages are still there and are tried until they succeed or become dead letters.
            Log.Postponed(_logger, failure, options.Name, string.Join(", ", work.Select(piece => piece.Key)));
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "Work of {Queue} for {Keys} was not done at once; the queued messages will retry it")]
        public static partial void Postponed(ILogger logger, Exception failure, string queue, string keys);
    }
}
