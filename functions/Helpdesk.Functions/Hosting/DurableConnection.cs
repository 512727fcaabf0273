using System.Text.Json;
using Helpdesk.Durable;

namespace Helpdesk.Functions.Hosting;

/// <summary>The way to the host's task hub. The host tells its address with each call of a function that binds it; until the first of these it is not known.</summary>
public sealed class DurableConnection : IDisposable
{
    private static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(10);
    private readonly Lock _gate = new();
    private readonly DurableJson _json;
    private readonly StorageClients? _storage;
    private readonly TimeProvider _time;
    private readonly List<Func<DurableTaskClient, CancellationToken, Task>> _waiting = [];
    private GrpcDurableTaskClient? _grpc;
    private DurableTaskClient? _client;
    private long? _askedAt;

    public DurableConnection(DurableJson json, StorageClients storage, TimeProvider time) => (_json, _storage, _time) = (json, storage, time);

    /// <summary>A connection that is there from the start.</summary>
    public DurableConnection(DurableTaskClient client, DurableJson json, TimeProvider time) => (_client, _json, _time) = (client, json, time);

    /// <summary>The client, or null while the host has not said where its task hub is.</summary>
    public DurableTaskClient? Client => Volatile.Read(ref _client);

    /// <summary>Takes what the host hands over to a durable client binding; gives what waited for it.</summary>
    public IReadOnlyList<Func<DurableTaskClient, CancellationToken, Task>> Learn(string binding)
    {
        using var document = JsonDocument.Parse(binding);
        var address = new Uri(document.RootElement.GetProperty("rpcBaseUrl").GetString()!);
        lock (_gate)
        {
            if (_grpc?.Address != address)
            {
                // Calls that are under way keep the old one; its connection ends by itself.
                _grpc = new(address, null, _json, _time);
                Volatile.Write(ref _client, _grpc);
            }

            List<Func<DurableTaskClient, CancellationToken, Task>> waited = [.. _waiting];
            _waiting.Clear();
            return waited;
        }
    }

    /// <summary>Does something with the client: at once, or, when it is not known, as soon as the host says it (and then only if this process is still there).</summary>
    public async Task UseAsync(Func<DurableTaskClient, CancellationToken, Task> use, CancellationToken cancel)
    {
        if (Client is { } client)
        {
            await use(client, cancel);
            return;
        }

        lock (_gate)
        {
            if (_waiting.Count < 10_000)
                _waiting.Add(use);
            if (_askedAt is { } asked && _time.GetElapsedTime(asked) < AskAgain)
                return;
            _askedAt = _time.GetTimestamp();
        }

        // Any message in this queue has the host call a function that binds the client.
        await _storage!.Queue(StorageNames.DurableConnections).SendMessageAsync("{}", timeToLive: TimeSpan.FromMinutes(5), cancellationToken: cancel);
    }

    public void Dispose() => _grpc?.Dispose();
}
