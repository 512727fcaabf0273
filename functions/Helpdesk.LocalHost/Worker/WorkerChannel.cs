using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Threading.Channels;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Helpdesk.LocalHost.App;
using Helpdesk.LocalHost.Rpc;

namespace Helpdesk.LocalHost.Worker;

/// <summary>The conversation with one worker process.</summary>
/// <param name="lost">Told when the worker is gone, before those are who wait for it.</param>
public sealed class WorkerChannel(string folder, WorkerLog log, Action<WorkerChannel> lost, TimeProvider time)
{
    private const string HostVersion = "4.1000.0.0";
    private static readonly TimeSpan ListenLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ListenStep = TimeSpan.FromMilliseconds(5);
    private static readonly Duration CancelGrace = Duration.FromTimeSpan(TimeSpan.FromSeconds(5));

    private readonly Channel<StreamingMessage> _outgoing = Channel.CreateUnbounded<StreamingMessage>(new() { SingleReader = true });
    private readonly ConcurrentDictionary<string, TaskCompletionSource<StreamingMessage>> _answers = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, TaskCompletionSource<InvocationResponse>> _calls = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile string? _lost;

    /// <summary>Ends with the stream.</summary>
    public Task Closed => _closed.Task;

    /// <summary>Where the worker takes HTTP requests; null if it takes none.</summary>
    public Uri? Http { get; private set; }

    public int CallsInHand => _calls.Count;

    public bool IsRunning(string invocationId) => _calls.ContainsKey(invocationId);

    /// <summary>Carries messages both ways until the worker goes.</summary>
    public async Task RunAsync(
        IAsyncStreamReader<StreamingMessage> incoming,
        IServerStreamWriter<StreamingMessage> outgoing,
        CancellationToken cancellationToken
    )
    {
        var writing = WriteAsync(outgoing, cancellationToken);
        try
        {
            while (await incoming.MoveNext(cancellationToken))
                Receive(incoming.Current);
        }
        catch (Exception gone) when (gone is IOException or OperationCanceledException or Grpc.Core.RpcException or InvalidOperationException)
        {
            // However the stream ended, the worker is gone; who waits for it learns that below.
        }
        finally
        {
            Lose("its stream was closed");
            _outgoing.Writer.TryComplete();
            await writing;
        }
    }

    /// <summary>Introduces the host, learns the functions and loads them; returns when the worker can take calls.</summary>
    public async Task<IReadOnlyList<Function>> InitializeAsync(CancellationToken cancellationToken)
    {
        var hello = new WorkerInitRequest
        {
            HostVersion = HostVersion,
            WorkerDirectory = folder,
            FunctionAppDirectory = folder,
        };
        var init = (await AskAsync(new() { WorkerInitRequest = hello }, cancellationToken)).WorkerInitResponse;
        ThrowIfFailed(init.Result, "start");
        if (init.Capabilities.TryGetValue("HttpUri", out var address))
            Http = new(address);

        var question = new StreamingMessage { FunctionsMetadataRequest = new() { FunctionAppDirectory = folder } };
        var described = (await AskAsync(question, cancellationToken)).FunctionMetadataResponse;
        ThrowIfFailed(described.Result, "describe its functions");
        var functions = described.FunctionMetadataResults.Select(metadata => new Function(metadata)).ToList();
        var loaded = await Task.WhenAll(
            functions.Select(function => AskAsync(new() { FunctionLoadRequest = function.ToLoadRequest(folder) }, cancellationToken))
        );
        foreach (var (function, answer) in functions.Zip(loaded))
            ThrowIfFailed(answer.FunctionLoadResponse.Result, $"load {function.Name}");
        if (Http is not null)
            await ListensAsync(Http, cancellationToken);
        return functions;
    }

    /// <summary>Calls a function; asks the worker to cancel it when told to, and waits for its answer all the same.</summary>
    public async Task<InvocationResponse> InvokeAsync(InvocationRequest request, CancellationToken cancellationToken)
    {
        var answered = new TaskCompletionSource<InvocationResponse>(TaskCreationOptions.RunContinuationsAsynchronously);
        _calls[request.InvocationId] = answered;
        if (_lost is { } reason)
        {
            _calls.TryRemove(request.InvocationId, out _);
            throw new WorkerLostException(reason);
        }

        Send(new() { RequestId = request.InvocationId, InvocationRequest = request });
        await using var cancelling = cancellationToken.UnsafeRegister(_ => Cancel(request.InvocationId), null);
        return await answered.Task;
    }

    /// <summary>Asks the worker to end by itself.</summary>
    public void Terminate(TimeSpan grace) => Send(new() { WorkerTerminate = new() { GracePeriod = Duration.FromTimeSpan(grace) } });

    /// <summary>Fails everything that waits for the worker.</summary>
    public void Lose(string reason)
    {
        _lost ??= reason;
        lost(this);
        _closed.TrySetResult();
        foreach (var id in _calls.Keys)
        {
            if (_calls.TryRemove(id, out var call))
                call.TrySetException(new WorkerLostException(_lost));
        }

        foreach (var id in _answers.Keys)
        {
            if (_answers.TryRemove(id, out var answer))
                answer.TrySetException(new WorkerLostException(_lost));
        }
    }

    private void Cancel(string invocationId) =>
        Send(
            new()
            {
                RequestId = Guid.NewGuid().ToString(),
                InvocationCancel = new() { InvocationId = invocationId, GracePeriod = CancelGrace },
            }
        );

    private void Send(StreamingMessage message) => _outgoing.Writer.TryWrite(message);

    private async Task<StreamingMessage> AskAsync(StreamingMessage question, CancellationToken cancellationToken)
    {
        question.RequestId = Guid.NewGuid().ToString();
        var answered = new TaskCompletionSource<StreamingMessage>(TaskCreationOptions.RunContinuationsAsynchronously);
        _answers[question.RequestId] = answered;
        if (_lost is { } reason)
            throw new WorkerLostException(reason);
        Send(question);
        return await answered.Task.WaitAsync(cancellationToken);
    }

    private async Task WriteAsync(IServerStreamWriter<StreamingMessage> outgoing, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var message in _outgoing.Reader.ReadAllAsync(cancellationToken))
                await outgoing.WriteAsync(message, cancellationToken);
        }
        catch (Exception gone) when (gone is IOException or OperationCanceledException or Grpc.Core.RpcException or InvalidOperationException)
        {
            // The reading side notices that too and says so.
        }
    }

    private void Receive(StreamingMessage message)
    {
        switch (message.ContentCase)
        {
            case StreamingMessage.ContentOneofCase.InvocationResponse:
                if (_calls.TryRemove(message.InvocationResponse.InvocationId, out var call))
                    call.TrySetResult(message.InvocationResponse);
                break;
            case StreamingMessage.ContentOneofCase.RpcLog:
                log.Write(message.RpcLog);
                break;
            default:
                if (_answers.TryRemove(message.RequestId, out var answer))
                    answer.TrySetResult(message);
                break;
        }
    }

    private static void ThrowIfFailed(StatusResult? result, string what)
    {
        if (result is { Status: not StatusResult.Types.Status.Success })
            throw new LocalHostException($"The app could not {what}: {result.Exception?.Message}");
    }

    /// <summary>The worker answers here a little before it listens there.</summary>
    private async Task ListensAsync(Uri address, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        while (true)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(address.Host, address.Port, cancellationToken);
                return;
            }
            catch (SocketException) when (time.GetElapsedTime(began) < ListenLimit)
            {
                await Task.Delay(ListenStep, time, cancellationToken);
            }
        }
    }
}
