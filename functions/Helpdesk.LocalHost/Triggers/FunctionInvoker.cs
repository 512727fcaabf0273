using System.Collections.Concurrent;
using System.Diagnostics;
using Helpdesk.LocalHost.App;
using Helpdesk.LocalHost.Rpc;
using Helpdesk.LocalHost.Worker;
using Microsoft.Azure.WebJobs;
using Binder = Microsoft.Azure.WebJobs.Binder;
using ExecutionContext = Microsoft.Azure.WebJobs.ExecutionContext;

namespace Helpdesk.LocalHost.Triggers;

/// <summary>Brings what the SDK's listeners found to the worker, and what the functions answered to where their bindings point.</summary>
public sealed class FunctionInvoker(WorkerSupervisor workers)
{
    private readonly ConcurrentDictionary<string, string> _clients = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, (Function Function, InvocationResponse Answer)> _httpAnswers = new(StringComparer.Ordinal);
    private Dictionary<string, Function>? _functions;

    private Dictionary<string, Function> Functions =>
        _functions ??= workers.Functions.Result.ToDictionary(function => function.Name, StringComparer.OrdinalIgnoreCase);

    /// <summary>Runs a function that one of the SDK's triggers started; gives what it returned.</summary>
    public async Task<object?> RunAsync(string name, object?[] inputs, Binder binder, ExecutionContext context, CancellationToken cancellationToken)
    {
        var function = Functions[name];
        var worker = await workers.WhenReadyAsync(cancellationToken);
        var request = Request(function, context.InvocationId);
        if (context.RetryContext is { } retry)
            request.RetryContext = new() { RetryCount = retry.RetryCount, MaxRetryCount = retry.MaxRetryCount };
        foreach (var (binding, value) in function.Inputs.Zip(inputs))
            request.InputData.Add(new ParameterBinding { Name = binding.Name, Data = RpcValues.ToRpc(value) });
        // An orchestration's history is long, and the worker has it as the trigger's value already.
        if (!function.Trigger.Is("orchestrationTrigger") && !function.Trigger.Is("entityTrigger"))
        {
            foreach (var (key, value) in binder.BindingData)
            {
                if (IsMetadata(key, value))
                    request.TriggerMetadata[key] = RpcValues.ToRpc(value);
            }
        }

        var answer = await worker.InvokeAsync(request, cancellationToken);
        FunctionFailedException.ThrowIfFailed(answer.Result);
        await WriteOutputsAsync(function, answer, binder, cancellationToken);
        return RpcValues.FromRpc(answer.ReturnValue);
    }

    /// <summary>The call of a function, without what it is called with.</summary>
    public static InvocationRequest Request(Function function, Guid id)
    {
        var request = new InvocationRequest
        {
            InvocationId = id.ToString(),
            FunctionId = function.Id,
            TraceContext = new(),
        };
        if (Activity.Current is { } activity)
            (request.TraceContext.TraceParent, request.TraceContext.TraceState) = (activity.Id ?? "", activity.TraceStateString ?? "");
        return request;
    }

    /// <summary>The text from which the worker makes a Durable client.</summary>
    public string Client(FunctionBinding binding) => _clients[ClientKey(binding)];

    /// <summary>Keeps that text, as the SDK gave it.</summary>
    public Task KeepClientAsync(string key, string client)
    {
        _clients[key] = client;
        return Task.CompletedTask;
    }

    /// <summary>Gets the text of every Durable client that a function asks for.</summary>
    public async Task LearnClientsAsync(IJobHost host)
    {
        foreach (var index in Enumerable.Range(0, Clients(Functions.Values).Count))
            await host.CallAsync(FunctionTypes.ClientMethod(index));
    }

    /// <summary>Writes the outputs of an HTTP function, whose call does not go by way of the SDK.</summary>
    public async Task WriteHttpOutputsAsync(IJobHost host, Function function, InvocationResponse answer, CancellationToken cancellationToken)
    {
        if (!function.QueueOutputs.Any())
            return;
        _httpAnswers[answer.InvocationId] = (function, answer);
        await host.CallAsync(
            FunctionTypes.OutputMethod,
            new Dictionary<string, object> { [FunctionTypes.OutputParameter] = answer.InvocationId },
            cancellationToken
        );
    }

    /// <summary>Writes the kept outputs with the binder that only the SDK can give.</summary>
    public Task WriteKeptOutputsAsync(string invocationId, Binder binder, CancellationToken cancellationToken) =>
        _httpAnswers.TryRemove(invocationId, out var kept) ? WriteOutputsAsync(kept.Function, kept.Answer, binder, cancellationToken) : Task.CompletedTask;

    /// <summary>The different Durable clients that functions ask for, each with a key.</summary>
    internal static IReadOnlyList<(string Key, FunctionBinding Binding)> Clients(IEnumerable<Function> functions) =>
        [
            .. functions
                .SelectMany(function => function.Bindings)
                .Where(binding => binding.Is("durableClient"))
                .DistinctBy(ClientKey)
                .Select(binding => (ClientKey(binding), binding))
                .OrderBy(client => client.Item1, StringComparer.Ordinal),
        ];

    private static string ClientKey(FunctionBinding binding) => $"{binding.Text("taskHub")}|{binding.Text("connectionName")}";

    /// <summary>Texts and numbers about the trigger, such as a message's id; not the SDK's own objects.</summary>
    private static bool IsMetadata(string key, object? value) =>
        value is not (null or ParameterBindingData or TimerInfo)
        && key != "sys"
        && value.GetType().Namespace?.StartsWith("Azure.Storage", StringComparison.Ordinal) != true;

    private static async Task WriteOutputsAsync(Function function, InvocationResponse answer, Binder binder, CancellationToken cancellationToken)
    {
        foreach (var output in function.QueueOutputs)
        {
            var data = output.Name == "$return" ? answer.ReturnValue : answer.OutputData.FirstOrDefault(given => given.Name == output.Name)?.Data;
            if (data is null)
                continue;
            var queue = await binder.BindAsync<IAsyncCollector<string>>(
                [new QueueAttribute(output.Text("queueName")!) { Connection = output.Text("connection") }],
                cancellationToken
            );
            foreach (var message in RpcValues.Messages(data))
                await queue.AddAsync(message, cancellationToken);
        }
    }
}
