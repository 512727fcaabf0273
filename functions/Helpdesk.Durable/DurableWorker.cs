using System.Globalization;
using System.Text;
using Google.Protobuf;
using Helpdesk.Durable.Protocol;
using Microsoft.Extensions.Logging;

namespace Helpdesk.Durable;

/// <summary>Runs orchestrators and activities by name, for a back end that sends its turns as messages.</summary>
/// <remarks>
/// With the Functions host a turn that is answered with an error fails its instance for good. So a turn that cannot be run for a reason that is not the
/// orchestrator's own (its history does not fit the code, or the code is not there) is answered with a timer: the instance lives, says in its custom status what
/// is wrong, and tries again, at first after a minute and at last every hour. A corrected deployment brings it back by itself.
/// </remarks>
public sealed partial class DurableWorker(DurableJson json, ILogger<DurableWorker> logger)
{
    private static readonly TimeSpan FirstWait = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestWait = TimeSpan.FromHours(1);
    private readonly Dictionary<string, OrchestratorBody> _orchestrators = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, Func<TaskActivityContext, string?, Task<string>>> _activities = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Lets instances run <paramref name="make"/>'s orchestrators by a name.</summary>
    public void AddOrchestrator<TInput, TOutput>(string name, Func<TaskOrchestrator<TInput, TOutput>> make) =>
        _orchestrators.Add(name, async (context, input) => json.Write(await make().RunAsync(context, json.Read<TInput>(input)!)));

    /// <summary>Lets orchestrators call <paramref name="make"/>'s activities by a name.</summary>
    public void AddActivity<TInput, TOutput>(string name, Func<TaskActivity<TInput, TOutput>> make) =>
        _activities.Add(name, async (context, input) => json.Write(await make().RunAsync(context, json.Read<TInput>(input)!)));

    /// <summary>Runs one turn; both are protobuf in base64, as the Functions host sends and takes them.</summary>
    public string RunTurn(string request) => RunTurn(OrchestratorRequest.Parser.ParseFrom(ByteString.FromBase64(request))).ToByteString().ToBase64();

    /// <summary>Runs one turn. Never throws for what is wrong with the history or the code: see the remarks.</summary>
    public OrchestratorResponse RunTurn(OrchestratorRequest request)
    {
        try
        {
            return Replay(request);
        }
        catch (Exception problem) when (problem is NonDeterministicOrchestrationException or InvalidOperationException or System.Text.Json.JsonException)
        {
            Log.TurnFailed(logger, problem, request.InstanceId);
            return KeepAlive(request, problem);
        }
    }

    /// <summary>Runs one turn and throws <see cref="NonDeterministicOrchestrationException"/> when the history does not fit the code.</summary>
    public OrchestratorResponse Replay(OrchestratorRequest request) => OrchestrationRun.Execute(request, name => _orchestrators.GetValueOrDefault(name), json);

    /// <summary>Runs an activity; gives its result in JSON.</summary>
    public Task<string> RunActivityAsync(TaskActivityContext context, string? input) =>
        _activities.TryGetValue(context.Name, out var activity)
            ? activity(context, input)
            : throw new InvalidOperationException($"There is no activity {context.Name} here.");

    private static OrchestratorResponse KeepAlive(OrchestratorRequest request, Exception problem)
    {
        var waits = request.PastEvents.Concat(request.NewEvents).Where(happened => happened.EventTypeCase == HistoryEvent.EventTypeOneofCase.TimerCreated && happened.EventId >= OrchestrationRun.KeepAliveIds).ToList();
        var fired = request.PastEvents.Concat(request.NewEvents)
            .Where(happened => happened.EventTypeCase == HistoryEvent.EventTypeOneofCase.TimerFired).Select(happened => happened.TimerFired.TimerId).ToHashSet();
        var now = request.NewEvents.Concat(request.PastEvents.Reverse()).FirstOrDefault(happened => happened.EventTypeCase == HistoryEvent.EventTypeOneofCase.OrchestratorStarted)?.Timestamp.ToDateTime()
            ?? throw new InvalidDataException($"The turn of {request.InstanceId} does not say when it began.", problem);
        var response = new OrchestratorResponse { InstanceId = request.InstanceId, CustomStatus = $$"""{"stuck":"{{Escape(problem.Message)}}"}""" };
        // One that still runs will come.
        if (waits.Any(wait => !fired.Contains(wait.EventId)))
            return response;
        var delay = FirstWait * Math.Pow(2, Math.Min(waits.Count, 10));
        response.Actions.Add(new OrchestratorAction
        {
            Id = OrchestrationRun.KeepAliveIds + waits.Count,
            CreateTimer = new() { FireAt = Google.Protobuf.WellKnownTypes.Timestamp.FromDateTime(now + (delay < LongestWait ? delay : LongestWait)) },
        });
        return response;
    }

    private static string Escape(string text)
    {
        var escaped = new StringBuilder();
        foreach (var letter in text.Length > 1000 ? text[..1000] : text)
        {
            if (letter is '"' or '\\' || char.IsControl(letter) || char.IsSurrogate(letter))
                escaped.Append(CultureInfo.InvariantCulture, $"\\u{(int)letter:x4}");
            else
                escaped.Append(letter);
        }

        return escaped.ToString();
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Error, "A turn of {InstanceId} could not be run; it will be tried again")]
        public static partial void TurnFailed(ILogger logger, Exception problem, string instanceId);
    }
}
