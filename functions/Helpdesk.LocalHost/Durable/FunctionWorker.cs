using System.Text.Json;
using Google.Protobuf;
using Helpdesk.Durable.Protocol;

namespace Helpdesk.LocalHost.Durable;

/// <summary>Runs turns and activities as functions of the app, in the envelopes of the Functions host.</summary>
internal sealed class FunctionWorker(FunctionApp app, Invoker invoker, TimeProvider time) : IHubWorker
{
    private readonly Dictionary<string, DurableFunction> _orchestrators = app.Orchestrators.ToDictionary(function => function.Name, StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, DurableFunction> _activities = app.Activities.ToDictionary(function => function.Name, StringComparer.OrdinalIgnoreCase);

    public bool IsNear => true;

    public bool RunsOrchestrator(string name) => _orchestrators.ContainsKey(name);

    public bool RunsActivity(string name) => _activities.ContainsKey(name);

    public async Task<OrchestratorResponse> RunTurnAsync(OrchestratorRequest request, string name, byte[] history, CancellationToken cancel)
    {
        var function = _orchestrators[name];
        // Fields of a message may come in any order, so that the history need not be taken apart.
        var answer = await invoker.AskAsync(function.Name, InvocationEnvelope.Orchestrator(function.Name, function.Binding, Convert.ToBase64String([.. request.ToByteArray(), .. history]), time.GetUtcNow()), cancel);
        if (answer.Body is not { } body)
            throw new TurnFailedException(answer.Problem ?? "no answer");
        try
        {
            return body.TryGetProperty("ReturnValue", out var value) && value.ValueKind == JsonValueKind.String
                ? OrchestratorResponse.Parser.ParseFrom(Convert.FromBase64String(value.GetString()!))
                : throw new TurnFailedException("the answer has no ReturnValue");
        }
        catch (Exception garbage) when (garbage is FormatException or InvalidProtocolBufferException)
        {
            throw new TurnFailedException($"the answer cannot be read ({garbage.Message})");
        }
    }

    public async Task<ActivityResponse> RunActivityAsync(ActivityRequest request, CancellationToken cancel)
    {
        var function = _activities[request.Name];
        var answer = await invoker.AskAsync(function.Name, InvocationEnvelope.Activity(function.Name, function.Binding, request.OrchestrationInstance.InstanceId, request.Input, time.GetUtcNow()), cancel);
        var response = new ActivityResponse { InstanceId = request.OrchestrationInstance.InstanceId, TaskId = request.TaskId };
        if (answer.Body is not { } body)
            response.FailureDetails = new() { ErrorType = "Microsoft.Azure.WebJobs.Host.FunctionInvocationException", ErrorMessage = $"Exception while executing function: Functions.{function.Name}" };
        else if (body.TryGetProperty("ReturnValue", out var value) && value.ValueKind != JsonValueKind.Null)
            response.Result = value.GetRawText();
        return response;
    }
}
