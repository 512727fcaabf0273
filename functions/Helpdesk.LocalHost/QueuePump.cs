using System.Text;
using Azure;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;

namespace Helpdesk.LocalHost;

/// <summary>Takes messages off one queue and has its function run for each: success removes it, failure brings it back, too many failures move it to the poison queue.</summary>
/// <remarks>
/// A message is held for 30 seconds at a time and held again while it is worked. The Functions host holds it for 10 minutes,
/// which on a laptop would make everybody wait that long after each hard end.
/// </remarks>
public sealed partial class QueuePump(QueueFunction function, QueueClient queue, QueueClient poison, QueueSettings settings, DurableAddress? durable, Invoker invoker, TimeProvider time, ILogger<QueuePump> logger) : IDisposable
{
    private static readonly TimeSpan Hold = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan HoldAgain = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(100);
    private readonly SemaphoreSlim _changed = new(0);
    private int _running;

    /// <summary>Runs until it is stopped, and then until what is in hand is done or <paramref name="abandon"/> says no more.</summary>
    public async Task RunAsync(CancellationToken stop, CancellationToken abandon)
    {
        var wait = ShortestWait;
        try
        {
            while (!stop.IsCancellationRequested)
            {
                while (Volatile.Read(ref _running) > settings.NewBatchThreshold)
                    await _changed.WaitAsync(stop);
                QueueMessage[] messages;
                try
                {
                    messages = (await queue.ReceiveMessagesAsync(settings.BatchSize, Hold, stop)).Value;
                }
                catch (RequestFailedException missing) when (missing.ErrorCode == QueueErrorCode.QueueNotFound)
                {
                    messages = [];
                }
                catch (Exception failure) when (failure is RequestFailedException or AggregateException)
                {
                    Log.Unreachable(logger, queue.Name, failure.Message);
                    messages = [];
                }

                if (messages.Length == 0)
                {
                    await Task.Delay(wait, time, stop);
                    wait = wait * 2 < settings.MaxPollingInterval ? wait * 2 : settings.MaxPollingInterval;
                    continue;
                }

                wait = ShortestWait;
                foreach (var message in messages)
                {
                    Interlocked.Increment(ref _running);
                    _ = WorkAsync(message, abandon);
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Asked to stop while it waited.
        }

        while (Volatile.Read(ref _running) > 0 && !abandon.IsCancellationRequested)
            await _changed.WaitAsync(abandon).ContinueWith(_ => { }, TaskScheduler.Default);
    }

    public void Dispose() => _changed.Dispose();

    private async Task WorkAsync(QueueMessage message, CancellationToken abandon)
    {
        using var done = new CancellationTokenSource();
        var held = HoldAsync(message, done.Token);
        try
        {
            var text = settings.Base64 ? Encoding.UTF8.GetString(Convert.FromBase64String(message.Body.ToString())) : message.Body.ToString();
            var envelope = InvocationEnvelope.WithClient(InvocationEnvelope.Queue(function.Name, function.Binding, new(
                message.MessageId, message.PopReceipt, text, message.DequeueCount, message.InsertedOn, message.ExpiresOn, message.NextVisibleOn), time.GetUtcNow()), function.Client, durable);
            var success = await invoker.InvokeAsync(function.Name, envelope, abandon);
            await done.CancelAsync();
            var receipt = await held;
            if (success)
            {
                await queue.DeleteMessageAsync(message.MessageId, receipt, abandon);
            }
            else if (message.DequeueCount >= settings.MaxDequeueCount)
            {
                Log.Poisoned(logger, function.Name, message.MessageId, message.DequeueCount, poison.Name);
                await poison.CreateIfNotExistsAsync(cancellationToken: abandon);
                await poison.SendMessageAsync(message.Body, timeToLive: TimeSpan.FromSeconds(-1), cancellationToken: abandon);
                await queue.DeleteMessageAsync(message.MessageId, receipt, abandon);
            }
            else
            {
                await queue.UpdateMessageAsync(message.MessageId, receipt, message.Body, settings.VisibilityTimeout, abandon);
            }
        }
        catch (Exception failure) when (failure is RequestFailedException or AggregateException or OperationCanceledException or FormatException)
        {
            // The message comes back by itself when nobody holds it any more.
            Log.LetGo(logger, function.Name, message.MessageId, failure.Message);
        }
        finally
        {
            if (!done.IsCancellationRequested)
                await done.CancelAsync();
            Interlocked.Decrement(ref _running);
            _changed.Release();
        }
    }

    /// <summary>Holds a message until its work is done; gives the pop receipt that counts then.</summary>
    private async Task<string> HoldAsync(QueueMessage message, CancellationToken done)
    {
        var receipt = message.PopReceipt;
        try
        {
            while (true)
            {
                await Task.Delay(HoldAgain, time, done);
                receipt = (await queue.UpdateMessageAsync(message.MessageId, receipt, message.Body, Hold, CancellationToken.None)).Value.PopReceipt;
            }
        }
        catch (Exception ended) when (ended is OperationCanceledException or RequestFailedException)
        {
            return receipt;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "Queue {Queue} cannot be read: {Reason}")]
        public static partial void Unreachable(ILogger logger, string queue, string reason);

        [LoggerMessage(LogLevel.Error, "{Function} failed for message {MessageId} {Count} times; it is in {Poison} now")]
        public static partial void Poisoned(ILogger logger, string function, string messageId, long count, string poison);

        [LoggerMessage(LogLevel.Warning, "{Function} let message {MessageId} go: {Reason}")]
        public static partial void LetGo(ILogger logger, string function, string messageId, string reason);
    }
}
