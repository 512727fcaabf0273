using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Grpc.Net.Client;
using Helpdesk.Durable.Protocol;

namespace Helpdesk.Durable;

/// <summary>Speaks to a back end over gRPC, at the address that a durable client binding hands over.</summary>
public sealed class GrpcDurableTaskClient : DurableTaskClient, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly GrpcChannel _channel;
    private readonly TaskHubSidecarService.TaskHubSidecarServiceClient _service;
    private readonly Metadata _headers;
    private readonly DurableJson _json;
    private readonly TimeProvider _time;

    /// <param name="taskHub">Name of the task hub, or null for the back end's own.</param>
    public GrpcDurableTaskClient(Uri address, string? taskHub, DurableJson json, TimeProvider time)
    {
        (Address, _json, _time) = (address, json, time);
        _channel = GrpcChannel.ForAddress(address, new GrpcChannelOptions { MaxReceiveMessageSize = null });
        _service = new(_channel);
        _headers = taskHub is null ? [] : new Metadata { { "Durable-TaskHub", taskHub } };
    }

    public Uri Address { get; }

    public override async Task<string> ScheduleNewOrchestrationInstanceAsync(string orchestratorName, object? input = null, StartOrchestrationOptions? options = null, CancellationToken cancel = default)
    {
        var request = new CreateInstanceRequest { Name = orchestratorName, InstanceId = options?.InstanceId ?? "", Input = _json.Write(input), RequestTime = Timestamp.FromDateTimeOffset(_time.GetUtcNow()) };
        if (options?.StartAt is { } at)
            request.ScheduledStartTimestamp = Timestamp.FromDateTimeOffset(at);
        return (await AskAsync(call => _service.StartInstanceAsync(request, call), cancel)).InstanceId;
    }

    public override Task RaiseEventAsync(string instanceId, string eventName, object? payload = null, CancellationToken cancel = default) =>
        AskAsync(call => _service.RaiseEventAsync(new() { InstanceId = instanceId, Name = eventName, Input = _json.Write(payload) }, call), cancel);

    public override async Task<OrchestrationMetadata?> GetInstanceAsync(string instanceId, bool getInputsAndOutputs = false, CancellationToken cancel = default)
    {
        var found = await AskAsync(call => _service.GetInstanceAsync(new() { InstanceId = instanceId, GetInputsAndOutputs = getInputsAndOutputs }, call), cancel);
        return found.Exists ? Of(found.OrchestrationState) : null;
    }

    public override async Task<OrchestrationMetadata> WaitForInstanceStartAsync(string instanceId, bool getInputsAndOutputs = false, CancellationToken cancel = default) =>
        Found(instanceId, await AskAsync(call => _service.WaitForInstanceStartAsync(new() { InstanceId = instanceId, GetInputsAndOutputs = getInputsAndOutputs }, call), cancel, waits: true));

    public override async Task<OrchestrationMetadata> WaitForInstanceCompletionAsync(string instanceId, bool getInputsAndOutputs = false, CancellationToken cancel = default) =>
        Found(instanceId, await AskAsync(call => _service.WaitForInstanceCompletionAsync(new() { InstanceId = instanceId, GetInputsAndOutputs = getInputsAndOutputs }, call), cancel, waits: true));

    public override Task TerminateInstanceAsync(string instanceId, object? output = null, bool recursive = false, CancellationToken cancel = default) =>
        AskAsync(call => _service.TerminateInstanceAsync(new() { InstanceId = instanceId, Output = _json.Write(output), Recursive = recursive }, call), cancel);

    public override Task SuspendInstanceAsync(string instanceId, string? reason = null, CancellationToken cancel = default) =>
        AskAsync(call => _service.SuspendInstanceAsync(new() { InstanceId = instanceId, Reason = reason }, call), cancel);

    public override Task ResumeInstanceAsync(string instanceId, string? reason = null, CancellationToken cancel = default) =>
        AskAsync(call => _service.ResumeInstanceAsync(new() { InstanceId = instanceId, Reason = reason }, call), cancel);

    public override Task RewindInstanceAsync(string instanceId, string? reason = null, CancellationToken cancel = default) =>
        AskAsync(call => _service.RewindInstanceAsync(new() { InstanceId = instanceId, Reason = reason }, call), cancel);

    public override async Task<string> RestartAsync(string instanceId, bool restartWithNewInstanceId = false, CancellationToken cancel = default) =>
        (await AskAsync(call => _service.RestartInstanceAsync(new() { InstanceId = instanceId, RestartWithNewInstanceId = restartWithNewInstanceId }, call), cancel)).InstanceId;

    public override async Task<OrchestrationPage> QueryInstancesAsync(OrchestrationQuery query, CancellationToken cancel = default)
    {
        var wanted = new InstanceQuery
        {
            MaxInstanceCount = query.PageSize,
            FetchInputsAndOutputs = query.FetchInputsAndOutputs,
            ContinuationToken = query.ContinuationToken,
            InstanceIdPrefix = query.InstanceIdPrefix,
            CreatedTimeFrom = query.CreatedFrom is { } from ? Timestamp.FromDateTimeOffset(from) : null,
            CreatedTimeTo = query.CreatedTo is { } to ? Timestamp.FromDateTimeOffset(to) : null,
        };
        wanted.RuntimeStatus.AddRange(query.Statuses.Select(status => (OrchestrationStatus)status));
        var found = await AskAsync(call => _service.QueryInstancesAsync(new() { Query = wanted }, call), cancel);
        return new([.. found.OrchestrationState.Select(Of)], string.IsNullOrEmpty(found.ContinuationToken) ? null : found.ContinuationToken);
    }

    public override async Task<bool> PurgeInstanceAsync(string instanceId, CancellationToken cancel = default) =>
        (await AskAsync(call => _service.PurgeInstancesAsync(new() { InstanceId = instanceId }, call), cancel)).DeletedInstanceCount > 0;

    public override async Task<int> PurgeAllInstancesAsync(DateTimeOffset? createdFrom, DateTimeOffset? createdTo, IReadOnlyList<OrchestrationRuntimeStatus> statuses, CancellationToken cancel = default)
    {
        var filter = new PurgeInstanceFilter
        {
            CreatedTimeFrom = createdFrom is { } from ? Timestamp.FromDateTimeOffset(from) : null,
            CreatedTimeTo = createdTo is { } to ? Timestamp.FromDateTimeOffset(to) : null,
        };
        filter.RuntimeStatus.AddRange(statuses.Select(status => (OrchestrationStatus)status));
        return (await AskAsync(call => _service.PurgeInstancesAsync(new() { PurgeInstanceFilter = filter }, call), cancel)).DeletedInstanceCount;
    }

    public void Dispose() => _channel.Dispose();

    private async Task<T> AskAsync<T>(Func<CallOptions, AsyncUnaryCall<T>> ask, CancellationToken cancel, bool waits = false)
    {
        try
        {
            using var call = ask(new CallOptions(_headers, waits ? null : _time.GetUtcNow().UtcDateTime + Patience, cancel));
            return await call;
        }
        catch (RpcException no) when (no.StatusCode == StatusCode.AlreadyExists)
        {
            throw new OrchestrationException(OrchestrationProblem.AlreadyExists, no.Status.Detail, no);
        }
        catch (RpcException no) when (no.StatusCode == StatusCode.NotFound)
        {
            throw new OrchestrationException(OrchestrationProblem.NotFound, no.Status.Detail, no);
        }
        catch (RpcException no) when (no.StatusCode is StatusCode.FailedPrecondition or StatusCode.Unknown)
        {
            throw new OrchestrationException(OrchestrationProblem.WrongState, no.Status.Detail, no);
        }
    }

    private static OrchestrationMetadata Found(string instanceId, GetInstanceResponse found) =>
        found.Exists ? Of(found.OrchestrationState) : throw new OrchestrationException(OrchestrationProblem.NotFound, $"There is no instance {instanceId}.");

    private static OrchestrationMetadata Of(OrchestrationState state) => new(
        state.InstanceId, state.Name, (OrchestrationRuntimeStatus)state.OrchestrationStatus, state.CreatedTimestamp?.ToDateTimeOffset() ?? default, state.LastUpdatedTimestamp?.ToDateTimeOffset() ?? default,
        state.Input, state.Output, state.CustomStatus, state.FailureDetails is null ? null : TaskFailureDetails.Of(state.FailureDetails));
}
