using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Intake;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Operations;

/// <summary>How an intake does, as the last request tells that the desk sent through it.</summary>
/// <param name="Channel">Which intake.</param>
/// <param name="State">How the last probe did.</param>
/// <param name="SentAt">When it was sent; null for never.</param>
/// <param name="CameAt">When one came through last; null for never.</param>
/// <param name="Seconds">How long that one took, in seconds; null for never.</param>
/// <param name="Error">Why the last one failed; null otherwise.</param>
public sealed record ProbeView(IntakeChannel Channel, ProbeState State, DateTimeOffset? SentAt, DateTimeOffset? CameAt, double? Seconds, string? Error);

/// <summary>How the intakes do.</summary>
/// <param name="Ok">Whether nothing is wrong: no probe failed, was lost, or is missing.</param>
/// <param name="Every">How often a probe is sent through each; null where none is sent unless asked for.</param>
/// <param name="Items">Each intake.</param>
public sealed record ProbesView(bool Ok, string? Every, IReadOnlyList<ProbeView> Items)
{
    public static async Task<ProbesView> OfAsync(IntakeProbes probes, ProbeOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        List<ProbeView> items =
        [
            .. (await probes.ReadAsync(cancellationToken)).Select(one => new ProbeView(
                one.Channel,
                one.Probe?.State(options.Every, now) ?? ProbeState.Never,
                one.Probe?.SentAt,
                one.Probe?.CameAt,
                one.Probe?.Took is { } took ? Math.Round(took.TotalSeconds, 3) : null,
                one.Probe?.Error
            )),
        ];
        return new(
            !items.Exists(item => item.State is ProbeState.Failed or ProbeState.Lost or ProbeState.Stale),
            options.Every is { } every ? IsoLength.Of(every) : null,
            items
        );
    }
}

/// <summary>Shows whether what the desk sends through its own intakes comes through, and how fast. For admins of the home workspace.</summary>
public sealed class GetProbes(IntakeProbes probes, ProbeOptions options, TimeProvider time)
{
    [Function(nameof(GetProbes)), RequiresKey(KeyRole.Admin)]
    public async Task<Results<Ok<ProbesView>, StatusCodeHttpResult>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/operations/probes")] Caller caller,
        CancellationToken cancellationToken
    )
    {
        if (caller.Workspace != DirectoryStore.HomeWorkspace)
            return TypedResults.StatusCode(StatusCodes.Status403Forbidden);
        return TypedResults.Ok(await ProbesView.OfAsync(probes, options, time, cancellationToken));
    }
}

/// <summary>Sends a request through each intake now, to see that it comes through: no ticket comes of it. For admins of the home workspace.</summary>
public sealed class SendProbes(IntakeProbes probes, ProbeOptions options, TimeProvider time)
{
    [Function(nameof(SendProbes)), RequiresKey(KeyRole.Admin)]
    public async Task<Results<Accepted<ProbesView>, StatusCodeHttpResult>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/operations/probes")] NoBody body,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        if (caller.Workspace != DirectoryStore.HomeWorkspace)
            return TypedResults.StatusCode(StatusCodes.Status403Forbidden);
        await probes.SendAsync(cancellationToken);
        return TypedResults.Accepted("/api/operations/probes", await ProbesView.OfAsync(probes, options, time, cancellationToken));
    }
}
