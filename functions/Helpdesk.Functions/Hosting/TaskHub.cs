using Microsoft.DurableTask.Client;

namespace Helpdesk.Functions.Hosting;

/// <summary>The way to the orchestrations for work that no function call is waiting for.</summary>
/// <remarks>Only a function with a <c>[DurableClient]</c> is told where they are, so a process knows it from its first such call on.</remarks>
public sealed class TaskHub
{
    private readonly bool _isFixed;
    private DurableTaskClient? _client;

    public TaskHub() { }

    /// <summary>A hub that is known from the start, whatever the calls say.</summary>
    public TaskHub(DurableTaskClient client) => (_client, _isFixed) = (client, true);

    /// <summary>The client, or null while no function has been told.</summary>
    public DurableTaskClient? Client => Volatile.Read(ref _client);

    /// <summary>Notes what a function was told; gives the client to use.</summary>
    public DurableTaskClient Learn(DurableTaskClient client)
    {
        if (!_isFixed)
            Volatile.Write(ref _client, client);
        return Client!;
    }
}
