using System.Text.Json;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Helpdesk.Durable.Protocol;
using Microsoft.Extensions.Logging.Abstractions;

namespace Helpdesk.Durable.Tests;

/// <summary>Every recorded turn of the real Durable extension is decoded, replayed on our worker, and answered as the recorded worker answered it.</summary>
public sealed class RecordingTests
{
    private static readonly string[] Known = ["TicketOrchestrator", "Quick", "LongTimer", "Fan", "FailDetails"];

    internal static DurableWorker Worker()
    {
        var worker = new DurableWorker(new DurableJson(), NullLogger<DurableWorker>.Instance);
        worker.AddOrchestrator(nameof(TicketOrchestrator), () => new TicketOrchestrator());
        worker.AddOrchestrator(nameof(Quick), () => new Quick());
        worker.AddOrchestrator(nameof(LongTimer), () => new LongTimer());
        worker.AddOrchestrator(nameof(Fan), () => new Fan());
        worker.AddOrchestrator(nameof(FailDetails), () => new FailDetails());
        return worker;
    }

    public static TheoryData<string> Turns()
    {
        var turns = new TheoryData<string>();
        var root = Path.Combine(AppContext.BaseDirectory, "recordings");
        foreach (var file in Directory.EnumerateFiles(root, "*.json", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            var note = JsonNode.Parse(File.ReadAllText(file))!["note"];
            if (note?["base64Response"] is not null && note["base64Request"] is not null && Known.Contains(note["orchestrator"]?.GetValue<string>()))
                turns.Add(Path.GetRelativePath(root, file));
        }

        return turns;
    }

    [Fact]
    public void There_are_recordings_of_each_orchestrator() => Assert.True(Turns().Count > 60, $"{Turns().Count} turns");

    [Theory]
    [MemberData(nameof(Turns))]
    public void A_recorded_turn_is_answered_equivalently(string file)
    {
        var note = JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "recordings", file)))!["note"]!;
        var request = OrchestratorRequest.Parser.ParseFrom(ByteString.FromBase64(note["base64Request"]!.GetValue<string>()));
        var recorded = OrchestratorResponse.Parser.ParseFrom(ByteString.FromBase64(note["base64Response"]!.GetValue<string>()));
        var answered = OrchestratorResponse.Parser.ParseFrom(ByteString.FromBase64(Worker().RunTurn(note["base64Request"]!.GetValue<string>())));

        Assert.Equal(request.InstanceId, answered.InstanceId);
        if (request.NewEvents.Any(happened => happened.ExecutionTerminated is not null))
        {
            // The recorded worker left a termination to others; ours ends the instance.
            Assert.Equal(OrchestrationStatus.Terminated, Assert.Single(answered.Actions).CompleteOrchestration.OrchestrationStatus);
            return;
        }

        Assert.Equal(Json(recorded.CustomStatus), Json(answered.CustomStatus));
        Assert.Equal(recorded.Actions.Select(action => Describe(action)), answered.Actions.Select(action => Describe(action)));
        // The recorded LongTimer took its own clock, some milliseconds later than the turn's.
        Assert.All(Timers(recorded, request).Zip(Timers(answered, request)), pair => Assert.InRange(pair.First - pair.Second, TimeSpan.FromMilliseconds(-1), TimeSpan.FromMilliseconds(20)));
    }

    /// <summary>What an action means: its number, kind and content, texts compared as JSON.</summary>
    private static string Describe(OrchestratorAction action)
    {
        var content = action.OrchestratorActionTypeCase switch
        {
            OrchestratorAction.OrchestratorActionTypeOneofCase.ScheduleTask => $"{action.ScheduleTask.Name} {Json(action.ScheduleTask.Input)}",
            OrchestratorAction.OrchestratorActionTypeOneofCase.CreateSubOrchestration => $"{action.CreateSubOrchestration.Name} {action.CreateSubOrchestration.InstanceId} {Json(action.CreateSubOrchestration.Input)}",
            OrchestratorAction.OrchestratorActionTypeOneofCase.SendEvent => $"{action.SendEvent.Instance.InstanceId} {action.SendEvent.Name} {Json(action.SendEvent.Data)}",
            OrchestratorAction.OrchestratorActionTypeOneofCase.CreateTimer => "",
            _ => Describe(action.CompleteOrchestration),
        };
        return $"{action.Id} {action.OrchestratorActionTypeCase} {content}";
    }

    /// <summary>Timers of more than six days poison an instance; the recorded worker made some, ours splits them.</summary>
    private static IEnumerable<DateTime> Timers(OrchestratorResponse response, OrchestratorRequest request)
    {
        var latest = request.NewEvents.First(happened => happened.OrchestratorStarted is not null).Timestamp.ToDateTime() + TaskOrchestrationContext.LongestTimer;
        return response.Actions.Where(action => action.CreateTimer is not null).Select(action => action.CreateTimer.FireAt.ToDateTime()).Select(fireAt => fireAt < latest ? fireAt : latest);
    }

    private static string Describe(CompleteOrchestrationAction complete) =>
        complete.OrchestrationStatus == OrchestrationStatus.Failed
            ? $"Failed {(complete.FailureDetails.ErrorMessage is var message && message.EndsWith("undefined", StringComparison.Ordinal) ? "activity failed: The back end does not say why." : message)}"
            : $"{complete.OrchestrationStatus} {Json(complete.Result)} {string.Join(',', complete.CarryoverEvents.Select(carried => carried.ToString()))}";

    private static string Json(string? text)
    {
        if (string.IsNullOrEmpty(text))
            return "(none)";
        return Sorted(JsonNode.Parse(text))?.ToJsonString() ?? "null";
    }

    private static JsonNode? Sorted(JsonNode? node) => node switch
    {
        JsonObject it => new JsonObject(it.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => KeyValuePair.Create(pair.Key, Sorted(pair.Value)))),
        JsonArray it => new JsonArray([.. it.Select(Sorted)]),
        _ => node?.DeepClone(),
    };
}
