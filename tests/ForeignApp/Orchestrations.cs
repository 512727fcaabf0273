using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Entities;

namespace ForeignApp;

[DurableTask(nameof(ClassOrchestrator))]
public sealed class ClassOrchestrator : TaskOrchestrator<string, string>
{
    public override Task<string> RunAsync(TaskOrchestrationContext context, string input) =>
        context.CallActivityAsync<string>(nameof(ClassActivity), new Note(input, 1));
}

[DurableTask(nameof(ClassActivity))]
public sealed class ClassActivity : TaskActivity<Note, string>
{
    public override Task<string> RunAsync(TaskActivityContext context, Note input) => Task.FromResult($"class {input.Id} {input.Number}");
}

public sealed class Counter : TaskEntity<int>
{
    public void Add(int number) => State += number;

    public int Get() => State;

    [Function(nameof(Counter))]
    public static Task DispatchAsync([EntityTrigger] TaskEntityDispatcher dispatcher) => dispatcher.DispatchAsync<Counter>();
}

public sealed class Orchestrations
{
    [Function("Start")]
    public async Task<IActionResult> StartAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "start/{orchestrator}/{id}")] HttpRequest request,
        string orchestrator,
        string id,
        [DurableClient] DurableTaskClient client
    )
    {
        await client.ScheduleNewOrchestrationInstanceAsync(orchestrator, request.Query["input"].ToString(), new StartOrchestrationOptions(id));
        return new OkObjectResult(client.CreateHttpManagementPayload(id));
    }

    [Function("Outcome")]
    public async Task<IActionResult> OutcomeAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "outcome/{id}")] HttpRequest request,
        string id,
        [DurableClient] DurableTaskClient client
    ) =>
        await client.GetInstanceAsync(id, getInputsAndOutputs: true) is { } instance
            ? new OkObjectResult(new { status = instance.RuntimeStatus.ToString(), output = instance.SerializedOutput })
            : new NotFoundResult();

    [Function("Raise")]
    public async Task<IActionResult> RaiseAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "raise/{id}")] HttpRequest request,
        string id,
        [DurableClient] DurableTaskClient client
    )
    {
        await client.RaiseEventAsync(id, "Go", new Note("event", 7));
        return new OkResult();
    }

    [Function("Count")]
    public async Task<IActionResult> CountAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "count/{key}/{number:int}")] HttpRequest request,
        string key,
        int number,
        [DurableClient] DurableTaskClient client
    )
    {
        await client.Entities.SignalEntityAsync(new EntityInstanceId(nameof(Counter), key), nameof(Counter.Add), number);
        return new OkResult();
    }

    [Function("Counted")]
    public async Task<IActionResult> CountedAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "count/{key}")] HttpRequest request,
        string key,
        [DurableClient] DurableTaskClient client
    ) => new OkObjectResult((await client.Entities.GetEntityAsync<int>(new EntityInstanceId(nameof(Counter), key)))?.State ?? 0);

    /// <summary>Many orchestrations that fall due at one moment; the record says how late each was noticed.</summary>
    [Function("Burst")]
    public async Task<IActionResult> BurstAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "burst/{count:int}/{seconds:int}")] HttpRequest request,
        int count,
        int seconds,
        [DurableClient] DurableTaskClient client
    )
    {
        var due = TimeProvider.System.GetUtcNow().AddSeconds(seconds);
        await Parallel.ForAsync(
            0,
            count,
            new ParallelOptions { MaxDegreeOfParallelism = 16 },
            async (_, cancellationToken) => await client.ScheduleNewOrchestrationInstanceAsync(nameof(SleepUntil), due, cancellation: cancellationToken)
        );
        return new OkObjectResult(due);
    }

    [Function(nameof(Greeting))]
    public static async Task<string> Greeting([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        await context.CreateTimer(TimeSpan.FromSeconds(1), CancellationToken.None);
        return await context.CallActivityAsync<string>(nameof(Greet), context.GetInput<string>());
    }

    [Function(nameof(Greet))]
    public static string Greet([ActivityTrigger] string name) => $"Hello, {name}";

    [Function(nameof(Slowly))]
    public static async Task<string> Slowly([OrchestrationTrigger] TaskOrchestrationContext context) =>
        await context.CallActivityAsync<string>(nameof(TakeTime), context.InstanceId);

    [Function(nameof(TakeTime))]
    public static async Task<string> TakeTime([ActivityTrigger] string id)
    {
        Record.Add(nameof(TakeTime), id);
        await Task.Delay(TimeSpan.FromSeconds(2), TimeProvider.System);
        return "taken";
    }

    [Function(nameof(WaitForGo))]
    public static async Task<int> WaitForGo([OrchestrationTrigger] TaskOrchestrationContext context) =>
        (await context.WaitForExternalEvent<Note>("Go")).Number;

    [Function(nameof(Failing))]
    public static async Task<string> Failing([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        try
        {
            return await context.CallActivityAsync<string>(nameof(Fail), "x");
        }
        catch (TaskFailedException failed)
        {
            return $"{failed.FailureDetails.ErrorType}: {failed.FailureDetails.ErrorMessage}";
        }
    }

    [Function(nameof(Fail))]
    public static string Fail([ActivityTrigger] string input) => throw new ArgumentException("failed on purpose");

    [Function(nameof(SleepUntil))]
    public static async Task SleepUntil([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        var due = context.GetInput<DateTimeOffset>();
        await context.CreateTimer(due.UtcDateTime, CancellationToken.None);
        await context.CallActivityAsync(nameof(Notice), due);
    }

    [Function(nameof(Notice))]
    public static void Notice([ActivityTrigger] DateTimeOffset due) => Record.Add(nameof(Notice), (TimeProvider.System.GetUtcNow() - due).TotalSeconds);
}
