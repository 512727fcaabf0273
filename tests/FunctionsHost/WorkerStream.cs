using System.Collections.Concurrent;
using System.Threading.Channels;
using Grpc.Core;
using Helpdesk.LocalHost.Rpc;

namespace Helpdesk.Testing;

/// <summary>The worker's end of the protocol: what it is asked, and what it answers.</summary>
public sealed class WorkerStream : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private readonly Channel<StreamingMessage> _out = Channel.CreateUnbounded<StreamingMessage>();
    private readonly ConcurrentDictionary<string, TaskCompletionSource<StreamingMessage>> _asked = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _ended = new();

    /// <summary>Carries messages both ways until the test has ended or the worker has.</summary>
    public async Task CarryAsync(IAsyncStreamReader<StreamingMessage> from, IServerStreamWriter<StreamingMessage> to, CancellationToken gone)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(gone, _ended.Token);
        var writing = Task.Run(
            async () =>
            {
                await foreach (var message in _out.Reader.ReadAllAsync(either.Token))
                    await to.WriteAsync(message, either.Token);
            },
            either.Token
        );
        while (await from.MoveNext(either.Token))
        {
            var message = from.Current;
            // Many tests make the app complain on purpose; who looks for the reason of a failure sets this.
            if (message.RpcLog is { Level: >= RpcLog.Types.Level.Warning } log && Environment.GetEnvironmentVariable("HELPDESK_TEST_LOG") is not null)
                Console.Error.WriteLine($"{log.Level} {log.Category}: {log.Message} {log.Exception?.Message}");
            else if (_asked.TryRemove(message.InvocationResponse?.InvocationId ?? message.RequestId, out var asked))
                asked.TrySetResult(message);
        }

        await writing;
    }

    /// <summary>Asks the worker something and waits for what it says.</summary>
    public async Task<StreamingMessage> AskAsync(StreamingMessage message, string? id = null)
    {
        message.RequestId = id ?? Guid.NewGuid().ToString();
        var asked = _asked[message.RequestId] = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _out.Writer.TryWrite(message);
        return await asked.Task.WaitAsync(Patience, TimeProvider.System);
    }

    public async Task<InvocationResponse> InvokeAsync(InvocationRequest request) =>
        (await AskAsync(new() { InvocationRequest = request }, request.InvocationId)).InvocationResponse;

    public void Dispose()
    {
        _out.Writer.TryComplete();
        _ended.Cancel();
        _ended.Dispose();
    }
}

/// <summary>Where the worker connects to.</summary>
public sealed class WorkerService(WorkerStream worker) : FunctionRpc.FunctionRpcBase
{
    public override async Task EventStream(
        IAsyncStreamReader<StreamingMessage> requestStream,
        IServerStreamWriter<StreamingMessage> responseStream,
        ServerCallContext context
    )
    {
        try
        {
            await worker.CarryAsync(requestStream, responseStream, context.CancellationToken);
        }
        catch (Exception ended) when (ended is OperationCanceledException or IOException)
        {
            // Either side has ended, as every test does.
        }
    }
}
