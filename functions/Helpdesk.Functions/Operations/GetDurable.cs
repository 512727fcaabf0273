using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Sla;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace Helpdesk.Functions.Operations;

/// <summary>The state of an instance.</summary>
[System.Text.Json.Serialization.JsonConverter(typeof(WireNameConverter<InstanceStatus>))]
public enum InstanceStatus
{
    Running,
    Completed,
    ContinuedAsNew,
    Failed,
    Canceled,
    Terminated,
    Pending,
    Suspended,
}

/// <summary>An orchestration.</summary>
/// <param name="Id">Names the orchestration.</param>
/// <param name="Name">Name of its orchestrator.</param>
/// <param name="Status">How far it has got.</param>
/// <param name="CreatedAt">When it was started.</param>
/// <param name="UpdatedAt">When it was at work last.</param>
/// <param name="CustomStatus">What it says of itself; null for nothing.</param>
/// <param name="Error">Why it failed; null otherwise.</param>
/// <param name="Rewinds">How often it was brought back after a failure.</param>
/// <param name="GivenUp">Whether it is left alone after too many failures.</param>
public sealed record InstanceView(
    string Id,
    string Name,
    InstanceStatus Status,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    string? CustomStatus,
    string? Error,
    int Rewinds,
    bool GivenUp
);

/// <summary>How late this process recorded breaches and steps lately, in seconds after their due time.</summary>
/// <param name="Count">How many were recorded.</param>
/// <param name="P50">The middle of their delays.</param>
/// <param name="P99">The delay that 99 of 100 stay below.</param>
/// <param name="Max">The longest delay.</param>
public sealed record LagView(int Count, double P50, double P99, double Max);

/// <summary>One page of orchestrations, and how they do as a whole.</summary>
/// <param name="Lag">How late due times were noticed.</param>
/// <param name="Rewinds">The orchestrations that failed and were brought back.</param>
/// <param name="Items">The orchestrations on the page.</param>
/// <param name="NextCursor">The <c>cursor</c> of the next page; null on the last.</param>
public sealed record DurableView(LagView Lag, IReadOnlyList<Rewind> Rewinds, IReadOnlyList<InstanceView> Items, string? NextCursor);

/// <summary>Which orchestrations are wanted.</summary>
/// <param name="Status">Only those in one of these states.</param>
/// <param name="Limit">How many items a page has at most.</param>
/// <param name="Cursor">Where to go on: <c>nextCursor</c> of the page before, with the same filter. Leave it out for the first page.</param>
public sealed record DurableQuery(
    IReadOnlyList<InstanceStatus> Status,
    [property: Range(1, 100), DefaultValue(25)] int Limit,
    [property: MaxLength(2000)] string? Cursor
) : IFromQuery<DurableQuery>
{
    public static DurableQuery Read(QueryReader query, HttpContext context) =>
        new(query.ListOf<InstanceStatus>("status"), query.Limit(), query.Text("cursor", 2000));
}

/// <summary>Lists the orchestrations behind the desk. For admins of the home workspace, since they serve all workspaces.</summary>
public sealed class GetDurable(TaskHub hub, RewindStore rewinds, SlaLag lag)
{
    [Function(nameof(GetDurable)), RequiresKey(KeyRole.Admin)]
    public async Task<Results<Ok<DurableView>, StatusCodeHttpResult>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/operations/durable")] DurableQuery query,
        Caller caller,
        [DurableClient] DurableTaskClient durable,
        CancellationToken cancellationToken
    )
    {
        if (caller.Workspace != DirectoryStore.HomeWorkspace)
            return TypedResults.StatusCode(StatusCodes.Status403Forbidden);
        var (count, p50, p99, max) = lag.Read();
        var noted = await rewinds.ListAsync(cancellationToken);
        var page = await FirstPageAsync(
            hub.Learn(durable)
                .GetAllInstancesAsync(
                    new OrchestrationQuery
                    {
                        Statuses = query.Status.Count == 0 ? null : [.. query.Status.Select(status => (OrchestrationRuntimeStatus)(int)status)],
                        PageSize = query.Limit,
                    }
                ),
            query.Cursor,
            query.Limit,
            cancellationToken
        );
        return TypedResults.Ok(
            new DurableView(
                new(count, Math.Round(p50, 3), Math.Round(p99, 3), Math.Round(max, 3)),
                noted,
                [
                    .. page.Values.Select(instance =>
                    {
                        var rewind = noted.FirstOrDefault(one => one.InstanceId == instance.InstanceId);
                        return new InstanceView(
                            instance.InstanceId,
                            instance.Name,
                            (InstanceStatus)(int)instance.RuntimeStatus,
                            instance.CreatedAt,
                            instance.LastUpdatedAt,
                            instance.SerializedCustomStatus is "null" ? null : instance.SerializedCustomStatus,
                            RewindFailedInstances.ErrorOf(instance),
                            rewind?.Rewinds ?? 0,
                            rewind?.GivenUp ?? false
                        );
                    }),
                ],
                page.ContinuationToken
            )
        );
    }

    private static async Task<Page<OrchestrationMetadata>> FirstPageAsync(
        AsyncPageable<OrchestrationMetadata> instances,
        string? cursor,
        int limit,
        CancellationToken cancellationToken
    )
    {
        await foreach (var page in instances.AsPages(cursor, limit).WithCancellation(cancellationToken))
            return page;
        return new([], null);
    }
}
