using System.Text.Json.Nodes;

namespace Helpdesk.Durable.Tests;

/// <summary>The orchestrators behind the recordings, written once more as code on our worker.</summary>
internal sealed class TicketOrchestrator : TaskOrchestrator<JsonObject, JsonObject?>
{
    public override async Task<JsonObject?> RunAsync(TaskOrchestrationContext context, JsonObject input)
    {
        var (round, rounds) = (input["round"]!.GetValue<int>(), input["rounds"]!.GetValue<int>());
        void Phase(string phase) => context.SetCustomStatus(new JsonObject { ["phase"] = phase, ["round"] = round });

        Phase("waiting");
        var call = new JsonObject { ["ticket"] = input["ticket"]!.DeepClone(), ["round"] = round };
        try
        {
            var approval = await context.WaitForExternalEvent<JsonObject>("Approval", TimeSpan.FromSeconds(input["timeoutSec"]!.GetValue<double>()));
            (call["why"], call["data"]) = ("event", approval.ToJsonString());
        }
        catch (TaskCanceledException)
        {
            call["why"] = "timer";
        }

        Phase("activity");
        JsonNode? last;
        try
        {
            last = await context.CallActivityAsync<JsonNode?>(input["activity"]?.GetValue<string>() ?? "DoWork", call);
        }
        catch (TaskFailedException failed)
        {
            Phase("failed");
            throw new InvalidOperationException($"activity failed: {failed.FailureDetails.ErrorMessage}", failed);
        }

        if (round < rounds)
        {
            Phase("continueAsNew");
            var next = input.DeepClone().AsObject();
            next["round"] = round + 1;
            context.ContinueAsNew(next);
            return null;
        }

        Phase("completed");
        return new() { ["ok"] = true, ["rounds"] = rounds, ["last"] = last?.DeepClone() };
    }
}

internal sealed class Quick : TaskOrchestrator<JsonNode?, JsonObject>
{
    public override Task<JsonObject> RunAsync(TaskOrchestrationContext context, JsonNode? input) => Task.FromResult(new JsonObject { ["quick"] = input?.DeepClone() });
}

internal sealed class LongTimer : TaskOrchestrator<JsonObject, string>
{
    public override async Task<string> RunAsync(TaskOrchestrationContext context, JsonObject input)
    {
        await context.CreateTimer(TimeSpan.FromSeconds(input["sec"]!.GetValue<double>()));
        return "fired";
    }
}

internal sealed class Fan : TaskOrchestrator<JsonNode?, string>
{
    public override async Task<string> RunAsync(TaskOrchestrationContext context, JsonNode? input)
    {
        List<Task> all = [.. Enumerable.Range(0, 3).Select(i => context.CallActivityAsync<JsonNode?>("DoWork", new JsonObject { ["i"] = i }))];
        all.Add(context.CallSubOrchestratorAsync<JsonObject>("Quick", new JsonObject { ["from"] = "parent" }, new SubOrchestrationOptions($"{context.InstanceId}:sub")));
        context.SendEvent("no-such-target", "hello", "x");
        await Task.WhenAll(all);
        return "fan done";
    }
}

internal sealed class FailDetails : TaskOrchestrator<JsonNode?, string>
{
    public override Task<string> RunAsync(TaskOrchestrationContext context, JsonNode? input) => throw new InvalidOperationException("lab message");
}
