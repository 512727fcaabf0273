using Helpdesk.Durable;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Sla;
using Microsoft.AspNetCore.Http.HttpResults;

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
/// <param name="Connected">Whether this process knows where the task hub is; until then there are no instances to show, and due times are met by the index alone.</param>
public sealed record DurableView(bool Connected, LagView Lag, IReadOnlyList<Rewind> Rewinds, IReadOnlyList<InstanceView> Items, string? NextCursor);

/// <summary>The orchestrations behind the desk, by status, for admins of the home workspace: they serve all workspaces.</summary>
public static class GetDurable
{
    public static async Task<Results<Ok<DurableView>, StatusCodeHttpResult>> Handle(HttpContext context, Caller caller, DurableConnection durable, RewindStore rewinds, SlaLag lag, CancellationToken cancel)
    {
        var query = new QueryReader(context);
        var statuses = query.ListOf<InstanceStatus>("status");
        var (limit, cursor) = (query.Limit(), query.Text("cursor", 2000));
        query.Done();
        if (caller.Workspace != SettingsStore.HomeWorkspace)
            return TypedResults.StatusCode(StatusCodes.Status403Forbidden);
        var (count, p50, p99, max) = lag.Read();
        var noted = await rewinds.ListAsync(cancel);
        OrchestrationPage page = new([], null);
        if (durable.Client is { } client)
            page = await client.QueryInstancesAsync(new() { Statuses = [.. statuses.Select(status => (OrchestrationRuntimeStatus)(int)status)], PageSize = limit, ContinuationToken = cursor }, cancel);
        else
            await durable.UseAsync((_, _) => Task.CompletedTask, cancel);
        return TypedResults.Ok(new DurableView(
            durable.Client is not null, new(count, Math.Round(p50, 3), Math.Round(p99, 3), Math.Round(max, 3)), noted,
            [.. page.Instances.Select(instance =>
            {
                var rewind = noted.FirstOrDefault(one => one.InstanceId == instance.InstanceId);
                return new InstanceView(
                    instance.InstanceId, instance.Name, (InstanceStatus)(int)instance.RuntimeStatus, instance.CreatedAt, instance.LastUpdatedAt, instance.SerializedCustomStatus,
                    instance.FailureDetails?.ErrorMessage, rewind?.Rewinds ?? 0, rewind?.GivenUp ?? false);
            })],
            page.ContinuationToken));
    }
}
