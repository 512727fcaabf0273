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

/// <summary>An orchestration. <paramref name="CustomStatus"/> is what it says of itself, <paramref name="Error"/> why it failed.</summary>
public sealed record InstanceView(string Id, string Name, InstanceStatus Status, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, string? CustomStatus, string? Error, int Rewinds, bool GivenUp);

/// <summary>How late breaches and steps were recorded in this process lately, in seconds after their due time.</summary>
public sealed record LagView(int Count, double P50, double P99, double Max);

/// <summary>One page of instances and how the orchestrations do as a whole.</summary>
public sealed record DurableView(LagView Lag, IReadOnlyList<Rewind> Rewinds, IReadOnlyList<InstanceView> Items, string? NextCursor);

/// <summary>The orchestrations behind the desk, by status, for admins of the home workspace: they serve all workspaces.</summary>
public sealed class GetDurable(TaskHub hub, RewindStore rewinds, SlaLag lag)
{
    [Function(nameof(GetDurable)), RequiresKey(KeyRole.Admin), Query("status", "limit", "cursor")]
    public async Task<Results<Ok<DurableView>, StatusCodeHttpResult>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/operations/durable")] HttpContext context,
        Caller caller, [DurableClient] DurableTaskClient durable, CancellationToken cancel)
    {
        var query = new QueryReader(context);
        var statuses = query.ListOf<InstanceStatus>("status");
        var (limit, cursor) = (query.Limit(), query.Text("cursor", 2000));
        query.Done();
        if (caller.Workspace != SettingsStore.HomeWorkspace)
            return TypedResults.StatusCode(StatusCodes.Status403Forbidden);
        var (count, p50, p99, max) = lag.Read();
        var noted = await rewinds.ListAsync(cancel);
        var page = await FirstPageAsync(hub.Learn(durable).GetAllInstancesAsync(new OrchestrationQuery
        {
            Statuses = statuses.Count == 0 ? null : [.. statuses.Select(status => (OrchestrationRuntimeStatus)(int)status)],
            PageSize = limit,
        }), cursor, limit, cancel);
        return TypedResults.Ok(new DurableView(
            new(count, Math.Round(p50, 3), Math.Round(p99, 3), Math.Round(max, 3)), noted,
            [.. page.Values.Select(instance =>
            {
                var rewind = noted.FirstOrDefault(one => one.InstanceId == instance.InstanceId);
                return new InstanceView(
                    instance.InstanceId, instance.Name, (InstanceStatus)(int)instance.RuntimeStatus, instance.CreatedAt, instance.LastUpdatedAt, instance.SerializedCustomStatus,
                    RewindFailedInstances.ErrorOf(instance), rewind?.Rewinds ?? 0, rewind?.GivenUp ?? false);
            })],
            page.ContinuationToken));
    }

    private static async Task<Page<OrchestrationMetadata>> FirstPageAsync(AsyncPageable<OrchestrationMetadata> instances, string? cursor, int limit, CancellationToken cancel)
    {
        await foreach (var page in instances.AsPages(cursor, limit).WithCancellation(cancel))
            return page;
        return new([], null);
    }
}
