using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Helpdesk.Durable.Protocol;

namespace Helpdesk.LocalHost.Durable;

/// <summary>The Durable Task service, as the Functions Durable extension offers it to workers and clients.</summary>
internal sealed class TaskHubService(TaskHub hub, StreamWorkers workers, TimeProvider time) : TaskHubSidecarService.TaskHubSidecarServiceBase
{
    public override Task<Empty> Hello(Empty request, ServerCallContext context) => Task.FromResult(new Empty());

    public override Task<CreateTaskHubResponse> CreateTaskHub(CreateTaskHubRequest request, ServerCallContext context) => Task.FromResult(new CreateTaskHubResponse());

    public override Task<CreateInstanceResponse> StartInstance(CreateInstanceRequest request, ServerCallContext context) =>
        AnswerAsync(async () => new CreateInstanceResponse { InstanceId = await hub.StartInstanceAsync(request, null, context.CancellationToken) });

    public override Task<GetInstanceResponse> GetInstance(GetInstanceRequest request, ServerCallContext context) =>
        AnswerAsync(async () => Found(await hub.FindAsync(request.InstanceId, context.CancellationToken), request.GetInputsAndOutputs));

    public override Task<GetInstanceResponse> WaitForInstanceStart(GetInstanceRequest request, ServerCallContext context) =>
        AnswerAsync(async () => Found(await hub.WaitAsync(request.InstanceId, state => state.Status != OrchestrationStatus.Pending, context.CancellationToken), request.GetInputsAndOutputs));

    public override Task<GetInstanceResponse> WaitForInstanceCompletion(GetInstanceRequest request, ServerCallContext context) =>
        AnswerAsync(async () => Found(await hub.WaitAsync(request.InstanceId, state => state.IsOver, context.CancellationToken), request.GetInputsAndOutputs));

    public override Task<RaiseEventResponse> RaiseEvent(RaiseEventRequest request, ServerCallContext context) =>
        RaiseAsync(request.InstanceId, new() { EventRaised = new() { Name = request.Name, Input = request.Input } }, new RaiseEventResponse(), context);

    public override Task<TerminateResponse> TerminateInstance(TerminateRequest request, ServerCallContext context) =>
        RaiseAsync(request.InstanceId, new() { ExecutionTerminated = new() { Input = request.Output, Recurse = request.Recursive } }, new TerminateResponse(), context);

    public override Task<SuspendResponse> SuspendInstance(SuspendRequest request, ServerCallContext context) =>
        RaiseAsync(request.InstanceId, new() { ExecutionSuspended = new() { Input = request.Reason } }, new SuspendResponse(), context);

    public override Task<ResumeResponse> ResumeInstance(ResumeRequest request, ServerCallContext context) =>
        RaiseAsync(request.InstanceId, new() { ExecutionResumed = new() { Input = request.Reason } }, new ResumeResponse(), context);

    public override Task<RewindInstanceResponse> RewindInstance(RewindInstanceRequest request, ServerCallContext context) => AnswerAsync(async () =>
    {
        await hub.RewindAsync(request.InstanceId, request.Reason, context.CancellationToken);
        return new RewindInstanceResponse();
    });

    public override Task<RestartInstanceResponse> RestartInstance(RestartInstanceRequest request, ServerCallContext context) => AnswerAsync(async () =>
    {
        var state = await hub.FindAsync(request.InstanceId, context.CancellationToken) ?? throw new HubRefusalException(StatusCode.NotFound, $"No instance with ID '{request.InstanceId}' was found.");
        var input = Started(state)?.Input ?? hub.PendingInput(request.InstanceId);
        return new RestartInstanceResponse
        {
            InstanceId = await hub.StartInstanceAsync(new() { InstanceId = request.RestartWithNewInstanceId ? "" : request.InstanceId, Name = state.Name, Input = input }, null, context.CancellationToken),
        };
    });

    public override Task<QueryInstancesResponse> QueryInstances(QueryInstancesRequest request, ServerCallContext context) => AnswerAsync(async () =>
    {
        var (instances, token) = await hub.QueryAsync(request.Query, context.CancellationToken);
        var response = new QueryInstancesResponse { ContinuationToken = token };
        foreach (var instance in instances)
        {
            var whole = request.Query.FetchInputsAndOutputs ? await hub.FindAsync(instance.Id, context.CancellationToken) ?? instance : instance;
            response.OrchestrationState.Add(State(whole, request.Query.FetchInputsAndOutputs));
        }

        return response;
    });

    public override Task<PurgeInstancesResponse> PurgeInstances(PurgeInstancesRequest request, ServerCallContext context) => AnswerAsync(async () =>
    {
        var response = new PurgeInstancesResponse { IsComplete = true };
        async Task One(string id)
        {
            if (await hub.PurgeAsync(id, context.CancellationToken))
                response.DeletedInstanceCount++;
        }

        switch (request.RequestCase)
        {
            case PurgeInstancesRequest.RequestOneofCase.InstanceId:
                await One(request.InstanceId);
                break;
            case PurgeInstancesRequest.RequestOneofCase.InstanceBatch:
                foreach (var id in request.InstanceBatch.InstanceIds)
                    await One(id);
                break;
            case PurgeInstancesRequest.RequestOneofCase.PurgeInstanceFilter:
                var filter = request.PurgeInstanceFilter;
                var query = new InstanceQuery { CreatedTimeFrom = filter.CreatedTimeFrom, CreatedTimeTo = filter.CreatedTimeTo, MaxInstanceCount = 500 };
                query.RuntimeStatus.AddRange(filter.RuntimeStatus.Count > 0 ? filter.RuntimeStatus : [OrchestrationStatus.Completed, OrchestrationStatus.Failed, OrchestrationStatus.Terminated, OrchestrationStatus.Canceled]);
                var began = time.GetTimestamp();
                while (true)
                {
                    var (instances, token) = await hub.QueryAsync(query, context.CancellationToken);
                    foreach (var instance in instances.Where(instance => instance.IsOver))
                        await One(instance.Id);
                    if (token is null)
                        break;
                    query.ContinuationToken = token;
                    if (filter.Timeout is { } limit && time.GetElapsedTime(began) > limit.ToTimeSpan())
                    {
                        response.IsComplete = false;
                        break;
                    }
                }

                break;
            default:
                throw new HubRefusalException(StatusCode.InvalidArgument, "Say which instances are to be purged.");
        }

        return response;
    });

    public override Task GetWorkItems(GetWorkItemsRequest request, IServerStreamWriter<WorkItem> responseStream, ServerCallContext context) =>
        workers.ServeAsync(request, responseStream, context.CancellationToken);

    public override Task<CompleteTaskResponse> CompleteActivityTask(ActivityResponse request, ServerCallContext context)
    {
        workers.Complete(request.CompletionToken, request);
        return Task.FromResult(new CompleteTaskResponse());
    }

    public override Task<CompleteTaskResponse> CompleteOrchestratorTask(OrchestratorResponse request, ServerCallContext context)
    {
        workers.Complete(request.CompletionToken, request);
        return Task.FromResult(new CompleteTaskResponse());
    }

    public override Task<AbandonActivityTaskResponse> AbandonTaskActivityWorkItem(AbandonActivityTaskRequest request, ServerCallContext context)
    {
        workers.Abandon(request.CompletionToken);
        return Task.FromResult(new AbandonActivityTaskResponse());
    }

    public override Task<AbandonOrchestrationTaskResponse> AbandonTaskOrchestratorWorkItem(AbandonOrchestrationTaskRequest request, ServerCallContext context)
    {
        workers.Abandon(request.CompletionToken);
        return Task.FromResult(new AbandonOrchestrationTaskResponse());
    }

    public override async Task StreamInstanceHistory(StreamInstanceHistoryRequest request, IServerStreamWriter<HistoryChunk> responseStream, ServerCallContext context)
    {
        var state = await AnswerAsync(async () => await hub.FindAsync(request.InstanceId, context.CancellationToken) ?? throw new HubRefusalException(StatusCode.NotFound, $"No instance with ID '{request.InstanceId}' was found."));
        foreach (var events in state.Events().Chunk(100))
        {
            var chunk = new HistoryChunk();
            chunk.Events.AddRange(events);
            await responseStream.WriteAsync(chunk, context.CancellationToken);
        }
    }

    private async Task<T> RaiseAsync<T>(string id, HistoryEvent happened, T done, ServerCallContext context)
    {
        (happened.EventId, happened.Timestamp) = (-1, Timestamp.FromDateTimeOffset(time.GetUtcNow()));
        return await AnswerAsync(async () =>
        {
            await hub.RaiseAsync(id, happened, context.CancellationToken);
            return done;
        });
    }

    private static async Task<T> AnswerAsync<T>(Func<Task<T>> answer)
    {
        try
        {
            return await answer();
        }
        catch (HubRefusalException no)
        {
            throw new RpcException(new Status(no.Status, no.Message));
        }
    }

    private GetInstanceResponse Found(StoredInstance? state, bool withTexts) =>
        state is null ? new() : new() { Exists = true, OrchestrationState = State(state, withTexts) };

    private OrchestrationState State(StoredInstance instance, bool withTexts)
    {
        var state = new OrchestrationState
        {
            InstanceId = instance.Id,
            Name = instance.Name,
            OrchestrationStatus = instance.Status,
            CreatedTimestamp = Timestamp.FromDateTimeOffset(instance.CreatedAt),
            LastUpdatedTimestamp = Timestamp.FromDateTimeOffset(instance.UpdatedAt),
            CompletedTimestamp = instance.CompletedAt is { } at ? Timestamp.FromDateTimeOffset(at) : null,
            CustomStatus = instance.CustomStatus,
            FailureDetails = instance.Failure,
            ExecutionId = instance.ExecutionId,
            ParentInstanceId = instance.Parent?.OrchestrationInstance.InstanceId ?? "",
        };
        if (withTexts)
        {
            state.Input = Started(instance)?.Input ?? hub.PendingInput(instance.Id);
            state.Output = instance.Events().LastOrDefault(happened => happened.ExecutionCompleted is not null)?.ExecutionCompleted.Result;
        }

        return state;
    }

    private static ExecutionStartedEvent? Started(StoredInstance instance) => instance.Events().FirstOrDefault(happened => happened.ExecutionStarted is not null)?.ExecutionStarted;
}
