using System.Collections.Concurrent;
using System.Threading.Channels;
using Grpc.Core;
using Helpdesk.Durable.Protocol;

namespace Helpdesk.LocalHost.Durable;

/// <summary>Workers that connect and take work from a stream, such as those of any Durable Task SDK.</summary>
internal sealed class StreamWorkers(FunctionApp app) : IHubWorker
{
    private readonly Channel<Offer> _turns = Channel.CreateUnbounded<Offer>();
    private readonly Channel<Offer> _activities = Channel.CreateUnbounded<Offer>();
    private readonly ConcurrentDictionary<string, Offer> _taken = new(StringComparer.Ordinal);
    private int _connected;

    public bool IsNear => false;

    public bool RunsOrchestrator(string name) => Volatile.Read(ref _connected) > 0 && !app.Orchestrators.Any(function => function.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    public bool RunsActivity(string name) => Volatile.Read(ref _connected) > 0 && !app.Activities.Any(function => function.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    public async Task<OrchestratorResponse> RunTurnAsync(OrchestratorRequest request, string name, byte[] history, CancellationToken cancel)
    {
        var whole = request.Clone();
        whole.PastEvents.AddRange(OrchestratorRequest.Parser.ParseFrom(history).PastEvents);
        return (OrchestratorResponse)await AskAsync(_turns, new WorkItem { OrchestratorRequest = whole }, cancel);
    }

    public async Task<ActivityResponse> RunActivityAsync(ActivityRequest request, CancellationToken cancel) =>
        (ActivityResponse)await AskAsync(_activities, new WorkItem { ActivityRequest = request }, cancel);

    /// <summary>Gives work to one connected worker until it goes; what it had not answered then is given to another.</summary>
    public async Task ServeAsync(GetWorkItemsRequest request, IServerStreamWriter<WorkItem> stream, CancellationToken gone)
    {
        Interlocked.Increment(ref _connected);
        var mine = new ConcurrentDictionary<string, Offer>(StringComparer.Ordinal);
        using var writing = new SemaphoreSlim(1, 1);
        try
        {
            await Task.WhenAll(
                PumpAsync(_turns.Reader, request.MaxConcurrentOrchestrationWorkItems),
                PumpAsync(_activities.Reader, request.MaxConcurrentActivityWorkItems));
        }
        catch (Exception ended) when (ended is OperationCanceledException or InvalidOperationException or IOException)
        {
            // It has disconnected.
        }
        finally
        {
            Interlocked.Decrement(ref _connected);
            foreach (var (token, offer) in mine)
            {
                _taken.TryRemove(token, out _);
                offer.Answer.TrySetException(new WorkerGoneException());
            }
        }

        async Task PumpAsync(ChannelReader<Offer> offers, int atOnce)
        {
            using var free = new SemaphoreSlim(atOnce > 0 ? atOnce : 100);
            while (true)
            {
                await free.WaitAsync(gone);
                var offer = await offers.ReadAsync(gone);
                if (offer.Answer.Task.IsCompleted)
                {
                    free.Release();
                    continue;
                }

                mine[offer.Item.CompletionToken] = offer;
                _taken[offer.Item.CompletionToken] = offer;
                _ = offer.Answer.Task.ContinueWith(_ =>
                {
                    mine.TryRemove(offer.Item.CompletionToken, out var _);
                    if (!gone.IsCancellationRequested)
                        free.Release();
                }, TaskScheduler.Default);
                await writing.WaitAsync(gone);
                try
                {
                    await stream.WriteAsync(offer.Item, gone);
                }
                finally
                {
                    writing.Release();
                }
            }
        }
    }

    /// <summary>Takes a worker's answer; one that nobody waits for changes nothing.</summary>
    public void Complete(string token, object answer)
    {
        if (_taken.TryRemove(token, out var offer))
            offer.Answer.TrySetResult(answer);
    }

    /// <summary>A worker gives work back undone.</summary>
    public void Abandon(string token)
    {
        if (_taken.TryRemove(token, out var offer))
            offer.Answer.TrySetException(new WorkerGoneException());
    }

    private static async Task<object> AskAsync(Channel<Offer> channel, WorkItem item, CancellationToken cancel)
    {
        item.CompletionToken = Guid.NewGuid().ToString("N");
        var offer = new Offer(item);
        using var registration = cancel.Register(() => offer.Answer.TrySetCanceled(cancel));
        channel.Writer.TryWrite(offer);
        return await offer.Answer.Task;
    }

    private sealed record Offer(WorkItem Item)
    {
        public TaskCompletionSource<object> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
