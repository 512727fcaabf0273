using Helpdesk.Durable.Protocol;

namespace Helpdesk.LocalHost.Durable;

/// <summary>Who runs turns and activities.</summary>
internal interface IHubWorker
{
    /// <summary>Whether it answers at once as a rule, so that a turn may wait a moment for its activities.</summary>
    bool IsNear { get; }

    /// <summary>Whether turns of this orchestrator go here.</summary>
    bool RunsOrchestrator(string name);

    /// <summary>Whether calls of this activity go here.</summary>
    bool RunsActivity(string name);

    /// <summary>Runs one turn; throws <see cref="TurnFailedException"/> when it fails, which ends the instance.</summary>
    Task<OrchestratorResponse> RunTurnAsync(OrchestratorRequest request, string name, byte[] history, CancellationToken cancel);

    /// <summary>Runs an activity; its failure is in the response.</summary>
    Task<ActivityResponse> RunActivityAsync(ActivityRequest request, CancellationToken cancel);
}

/// <summary>A turn was not answered as it should be.</summary>
internal sealed class TurnFailedException(string reason) : Exception(reason);

/// <summary>The worker is gone, and its work has to be given to another one.</summary>
internal sealed class WorkerGoneException() : Exception("The worker has disconnected.");

/// <summary>The hub says no; the status is that of the real Durable extension.</summary>
internal sealed class HubRefusalException(Grpc.Core.StatusCode status, string message) : Exception(message)
{
    public Grpc.Core.StatusCode Status { get; } = status;
}
