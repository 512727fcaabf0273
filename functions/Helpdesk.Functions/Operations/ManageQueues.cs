using Azure;
using Azure.Storage.Queues;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Operations;

/// <summary>How much waits in a queue.</summary>
/// <param name="Name">Name of the queue.</param>
/// <param name="Waiting">About how many messages wait.</param>
/// <param name="Poison">About how many messages were given up.</param>
public sealed record QueueView(string Name, int Waiting, int Poison);

/// <summary>How many messages were put back.</summary>
/// <param name="Replayed">How many messages were put back.</param>
public sealed record ReplayedMessages(int Replayed);

/// <summary>The queues behind the desk, for admins of the home workspace: they serve all workspaces.</summary>
public sealed class ManageQueues(StorageClients storage, IEnumerable<StorageName> names)
{
    private readonly string[] _names =
    [
        .. names
            .Where(name => name.Kind == StorageKind.Queue && !name.Name.EndsWith(StorageRegistration.PoisonSuffix, StringComparison.Ordinal))
            .Select(name => name.Name),
    ];

    /// <summary>Lists the queues behind the desk. For admins of the home workspace, since they serve all workspaces.</summary>
    [Function(nameof(ListQueues)), RequiresKey(KeyRole.Admin)]
    public async Task<Results<Ok<ListPage<QueueView>>, StatusCodeHttpResult>> ListQueues(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/operations/queues")] Caller caller,
        CancellationToken cancellationToken
    )
    {
        if (caller.Workspace != DirectoryStore.HomeWorkspace)
            return TypedResults.StatusCode(StatusCodes.Status403Forbidden);
        var queues = await Task.WhenAll(
            _names.Select(async name => new QueueView(
                name,
                await CountAsync(storage.Queue(name), cancellationToken),
                await CountAsync(storage.Queue(name + StorageRegistration.PoisonSuffix), cancellationToken)
            ))
        );
        return TypedResults.Ok(new ListPage<QueueView>(queues, null));
    }

    /// <summary>Puts messages that were given up back into their queue, at most 1,000 a call. For admins of the home workspace.</summary>
    /// <param name="name">Name of the queue.</param>
    [Function(nameof(ReplayPoison)), RequiresKey(KeyRole.Admin)]
    public async Task<Results<Ok<ReplayedMessages>, NotFound, StatusCodeHttpResult>> ReplayPoison(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/operations/queues/{name}/replay-poison")] NoBody body,
        string name,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        if (caller.Workspace != DirectoryStore.HomeWorkspace)
            return TypedResults.StatusCode(StatusCodes.Status403Forbidden);
        if (!_names.Contains(name, StringComparer.Ordinal))
            return TypedResults.NotFound();
        var (poison, queue) = (storage.Queue(name + StorageRegistration.PoisonSuffix), storage.Queue(name));
        var replayed = 0;
        while (replayed < 1000 && await poison.ReceiveMessagesAsync(32, TimeSpan.FromMinutes(2), cancellationToken) is { Value: { Length: > 0 } messages })
        {
            foreach (var message in messages)
            {
                // Sent before it is removed: what is there twice is worked once.
                await queue.SendMessageAsync(message.Body, timeToLive: TimeSpan.FromSeconds(-1), cancellationToken: cancellationToken);
                await poison.DeleteMessageAsync(message.MessageId, message.PopReceipt, cancellationToken);
                replayed++;
            }
        }

        return TypedResults.Ok(new ReplayedMessages(replayed));
    }

    private static async Task<int> CountAsync(QueueClient queue, CancellationToken cancellationToken)
    {
        try
        {
            return (await queue.GetPropertiesAsync(cancellationToken)).Value.ApproximateMessagesCount;
        }
        catch (RequestFailedException missing) when (missing.Status == 404)
        {
            return 0;
        }
    }
}
