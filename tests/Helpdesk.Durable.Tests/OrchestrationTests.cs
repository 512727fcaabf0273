using System.Text.Json.Nodes;
using Google.Protobuf.WellKnownTypes;
using Helpdesk.Durable.Protocol;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Moq;

namespace Helpdesk.Durable.Tests;

/// <summary>Turns made by hand: what the code may do, and what happens when its history does not fit it.</summary>
public sealed class OrchestrationTests
{
    private static readonly DateTime Start = new(2026, 3, 10, 9, 0, 0, DateTimeKind.Utc);

    /// <summary>Plays the back end for one instance: keeps its history, and answers what the code asks for.</summary>
    private sealed class Instance<TOutput>(Func<TaskOrchestrationContext, JsonNode?, Task<TOutput>> code)
    {
        private sealed class Code(Func<TaskOrchestrationContext, JsonNode?, Task<TOutput>> run) : TaskOrchestrator<JsonNode?, TOutput>
        {
            public override Task<TOutput> RunAsync(TaskOrchestrationContext context, JsonNode? input) => run(context, input);
        }

        private readonly List<HistoryEvent> _past = [];
        private bool _started;

        public Func<TaskOrchestrationContext, JsonNode?, Task<TOutput>> Body { get; set; } = code;

        public DateTime Now { get; set; } = Start;

        public OrchestratorResponse Turn(params HistoryEvent[] arrived) => Turn(keepAlive: false, arrived);

        public OrchestratorResponse Turn(bool keepAlive, params HistoryEvent[] arrived)
        {
            var worker = new DurableWorker(new DurableJson(), NullLogger<DurableWorker>.Instance);
            worker.AddOrchestrator("Code", () => new Code(Body));
            var request = new OrchestratorRequest { InstanceId = "one" };
            request.PastEvents.AddRange(_past);
            request.NewEvents.Add(Event(new() { OrchestratorStarted = new() }));
            if (!_started)
                request.NewEvents.Add(Event(new() { ExecutionStarted = new() { Name = "Code", Input = "1", OrchestrationInstance = new() { InstanceId = "one" } } }));
            _started = true;
            request.NewEvents.AddRange(arrived.Select(Event));
            var response = keepAlive ? worker.RunTurn(request) : worker.Replay(request);
            _past.AddRange(request.NewEvents);
            _past.AddRange(response.Actions.Select(Recorded).OfType<HistoryEvent>());
            _past.Add(Event(new() { OrchestratorCompleted = new() }));
            return response;
        }

        private HistoryEvent Event(HistoryEvent happened)
        {
            happened.EventId = -1;
            happened.Timestamp = Timestamp.FromDateTime(Now);
            return happened;
        }

        private static HistoryEvent? Recorded(OrchestratorAction action) => action.OrchestratorActionTypeCase switch
        {
            OrchestratorAction.OrchestratorActionTypeOneofCase.ScheduleTask => new() { EventId = action.Id, TaskScheduled = new() { Name = action.ScheduleTask.Name } },
            OrchestratorAction.OrchestratorActionTypeOneofCase.CreateTimer => new() { EventId = action.Id, TimerCreated = new() { FireAt = action.CreateTimer.FireAt } },
            OrchestratorAction.OrchestratorActionTypeOneofCase.CreateSubOrchestration => new() { EventId = action.Id, SubOrchestrationInstanceCreated = new() { Name = action.CreateSubOrchestration.Name, InstanceId = action.CreateSubOrchestration.InstanceId } },
            OrchestratorAction.OrchestratorActionTypeOneofCase.SendEvent => new() { EventId = action.Id, EventSent = new() { Name = action.SendEvent.Name } },
            _ => null,
        };
    }

    private static HistoryEvent Completed(int id, string result) => new() { TaskCompleted = new() { TaskScheduledId = id, Result = result } };

    private static HistoryEvent Failed(int id, string message) => new() { TaskFailed = new() { TaskScheduledId = id, FailureDetails = new() { ErrorType = "Lab", ErrorMessage = message } } };

    private static HistoryEvent Fired(int id) => new() { TimerFired = new() { TimerId = id } };

    private static HistoryEvent Raised(string name, string input) => new() { EventRaised = new() { Name = name, Input = input } };

    private static CompleteOrchestrationAction Complete(OrchestratorResponse response) => Assert.Single(response.Actions, action => action.CompleteOrchestration is not null).CompleteOrchestration;

    [Fact]
    public void Fan_out_schedules_everything_at_once_and_waits_for_all_of_it_in_any_order()
    {
        var instance = new Instance<int>(async (context, _) => (await Task.WhenAll(Enumerable.Range(0, 3).Select(i => context.CallActivityAsync<int>("Double", i)))).Sum());
        Assert.Equal([0, 1, 2], instance.Turn().Actions.Select(action => action.Id));
        Assert.Empty(instance.Turn(Completed(2, "4")).Actions);
        Assert.Equal("6", Complete(instance.Turn(Completed(0, "0"), Completed(1, "2"))).Result);
    }

    [Fact]
    public void A_failed_call_is_tried_again_after_durable_waits_that_grow()
    {
        var instance = new Instance<string>((context, _) => context.CallActivityAsync<string>("Flaky", null, new(new RetryPolicy(3, TimeSpan.FromSeconds(10), 3))));
        Assert.Equal("Flaky", Assert.Single(instance.Turn().Actions).ScheduleTask.Name);
        instance.Now = Start.AddSeconds(1);
        Assert.Equal(Start.AddSeconds(11), Assert.Single(instance.Turn(Failed(0, "no")).Actions).CreateTimer.FireAt.ToDateTime());
        instance.Now = Start.AddSeconds(11);
        Assert.Equal(2, Assert.Single(instance.Turn(Fired(1)).Actions).Id);
        Assert.Equal(Start.AddSeconds(41), Assert.Single(instance.Turn(Failed(2, "no")).Actions).CreateTimer.FireAt.ToDateTime());
        instance.Turn(Fired(3));
        var end = Complete(instance.Turn(Failed(4, "still no")));
        Assert.Equal((OrchestrationStatus.Failed, "Helpdesk.Durable.TaskFailedException"), (end.OrchestrationStatus, end.FailureDetails.ErrorType));
        Assert.Contains("still no", end.FailureDetails.ErrorMessage, StringComparison.Ordinal);
        Assert.Equal("Lab", end.FailureDetails.InnerFailure.ErrorType);
    }

    [Fact]
    public void A_long_timer_is_made_of_short_ones_even_when_they_fire_a_little_early()
    {
        var instance = new Instance<string>(async (context, _) =>
        {
            await context.CreateTimer(TimeSpan.FromDays(14));
            return "over";
        });
        Assert.Equal(Start.AddDays(6), Assert.Single(instance.Turn().Actions).CreateTimer.FireAt.ToDateTime());
        instance.Now = Start.AddDays(6).AddSeconds(-0.9);
        Assert.Equal(instance.Now.AddDays(6), Assert.Single(instance.Turn(Fired(0)).Actions).CreateTimer.FireAt.ToDateTime());
        instance.Now = Start.AddDays(12);
        Assert.Equal(Start.AddDays(14), Assert.Single(instance.Turn(Fired(1)).Actions).CreateTimer.FireAt.ToDateTime());
        Assert.Equal("\"over\"", Complete(instance.Turn(Fired(2))).Result);
    }

    [Theory]
    [InlineData(true, "\"news\"")]
    [InlineData(false, "\"nothing\"")]
    public void An_event_or_its_time_out_whichever_comes_first(bool raised, string result)
    {
        var instance = new Instance<string>(async (context, _) =>
        {
            try
            {
                return await context.WaitForExternalEvent<string>("Paper", TimeSpan.FromMinutes(1));
            }
            catch (TaskCanceledException)
            {
                return "nothing";
            }
        });
        Assert.NotNull(Assert.Single(instance.Turn().Actions).CreateTimer);
        Assert.Equal(result, Complete(raised ? instance.Turn(Raised("paper", "\"news\""), Fired(0)) : instance.Turn(Fired(0), Raised("paper", "\"news\""))).Result);
    }

    [Fact]
    public void Events_that_nobody_took_go_into_the_next_history_in_the_order_in_which_they_came()
    {
        var instance = new Instance<string?>(async (context, _) =>
        {
            context.ContinueAsNew(await context.WaitForExternalEvent<string>("Item"));
            return null;
        });
        instance.Turn();
        var end = Complete(instance.Turn(Raised("Item", "\"a\""), Raised("Other", "\"b\""), Raised("Item", "\"c\"")));
        Assert.Equal((OrchestrationStatus.ContinuedAsNew, "\"a\""), (end.OrchestrationStatus, end.Result));
        Assert.Equal(["\"b\"", "\"c\""], end.CarryoverEvents.Select(carried => carried.EventRaised.Input));
    }

    [Fact]
    public void While_it_is_suspended_nothing_moves_and_nothing_is_lost()
    {
        var instance = new Instance<string>(async (context, _) => await context.CallActivityAsync<string>("Work") + await context.WaitForExternalEvent<string>("Go"));
        instance.Turn();
        Assert.Empty(instance.Turn(new HistoryEvent { ExecutionSuspended = new() }, Completed(0, "\"done \"")).Actions);
        Assert.Empty(instance.Turn(Raised("Go", "\"now\"")).Actions);
        Assert.Equal("\"done now\"", Complete(instance.Turn(new HistoryEvent { ExecutionResumed = new() })).Result);
    }

    [Fact]
    public void Ids_are_the_same_again_at_each_replay_and_never_twice()
    {
        var seen = new List<(Guid, Guid)>();
        var instance = new Instance<string>(async (context, _) =>
        {
            seen.Add((context.NewGuid(), context.NewGuid()));
            return await context.CallActivityAsync<string>("Work");
        });
        instance.Turn();
        instance.Now = Start.AddHours(1);
        instance.Turn(Completed(0, "\"x\""));
        Assert.Equal(seen[0], seen[1]);
        Assert.NotEqual(seen[0].Item1, seen[0].Item2);
    }

    [Fact]
    public void A_replay_safe_logger_says_everything_once()
    {
        var logger = new Mock<ILogger>();
        logger.Setup(it => it.IsEnabled(It.IsAny<LogLevel>())).Returns(true);
        var instance = new Instance<string>(async (context, _) =>
        {
            var log = context.CreateReplaySafeLogger(logger.Object);
            log.Log(LogLevel.Information, default, "begun", null, (state, _) => state);
            var done = await context.CallActivityAsync<string>("Work");
            log.Log(LogLevel.Information, default, "ended", null, (state, _) => state);
            return done;
        });
        instance.Turn();
        instance.Turn(Completed(0, "\"x\""));
        Assert.Equal(2, logger.Invocations.Count(call => call.Method.Name == nameof(ILogger.Log)));
    }

    [Fact]
    public void A_second_answer_to_the_same_call_changes_nothing()
    {
        var instance = new Instance<int>(async (context, _) => await context.CallActivityAsync<int>("A") + await context.CallActivityAsync<int>("B"));
        instance.Turn();
        instance.Turn(Completed(0, "1"));
        Assert.Empty(instance.Turn(Completed(0, "100")).Actions);
        Assert.Equal("3", Complete(instance.Turn(Completed(1, "2"))).Result);
    }

    [Fact]
    public void Sub_orchestrations_get_ids_of_their_own_and_give_results_and_failures()
    {
        var instance = new Instance<string>(async (context, _) =>
        {
            try
            {
                return await context.CallSubOrchestratorAsync<string>("Child", 7);
            }
            catch (TaskFailedException failed)
            {
                return failed.FailureDetails.ErrorMessage;
            }
        });
        var created = Assert.Single(instance.Turn().Actions).CreateSubOrchestration;
        Assert.Equal(("Child", "one:0000", "7"), (created.Name, created.InstanceId, created.Input));
        Assert.Equal("\"child says no\"", Complete(instance.Turn(new HistoryEvent { SubOrchestrationInstanceFailed = new() { TaskScheduledId = 0, FailureDetails = new() { ErrorType = "X", ErrorMessage = "child says no" } } })).Result);
    }

    private static async Task<string?> TimerInsteadAsync(TaskOrchestrationContext context, JsonNode? input)
    {
        await context.CreateTimer(TimeSpan.FromSeconds(1));
        return null;
    }

    [Theory]
    [InlineData("another activity", "activity Work as call 0", "activity Play")]
    [InlineData("a timer instead", "activity Work as call 0", "a timer")]
    [InlineData("nothing any more", "activity Work as call 0", "no such call")]
    public void Code_that_does_not_fit_its_history_is_told_the_event_and_the_await(string change, string names, string awaits)
    {
        var instance = new Instance<string?>((context, _) => context.CallActivityAsync<string?>("Work"));
        instance.Turn();
        instance.Body = change switch
        {
            "another activity" => (context, _) => context.CallActivityAsync<string?>("Play"),
            "a timer instead" => TimerInsteadAsync,
            _ => (context, _) => context.WaitForExternalEvent<string?>("Go"),
        };
        var wrong = Assert.Throws<NonDeterministicOrchestrationException>(() => instance.Turn(Completed(0, "\"x\"")));
        Assert.Contains(names, wrong.Message, StringComparison.Ordinal);
        Assert.Contains(awaits, wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_turn_that_cannot_be_run_keeps_its_instance_alive_until_the_code_fits_again()
    {
        Func<TaskOrchestrationContext, JsonNode?, Task<string?>> right = (context, _) => context.CallActivityAsync<string?>("Work");
        var instance = new Instance<string?>(right);
        instance.Turn();
        instance.Body = (context, _) => context.CallActivityAsync<string?>("Play");
        var stuck = instance.Turn(keepAlive: true, Completed(0, "\"x\""));
        Assert.Contains("activity Work as call 0", stuck.CustomStatus, StringComparison.Ordinal);
        var wait = Assert.Single(stuck.Actions);
        Assert.Equal((OrchestrationRun.KeepAliveIds, Start.AddMinutes(1)), (wait.Id, wait.CreateTimer.FireAt.ToDateTime()));
        // What comes meanwhile sets no second timer; when the first has fired, the next is longer.
        Assert.Empty(instance.Turn(keepAlive: true, Raised("Go", "1")).Actions);
        instance.Now = Start.AddMinutes(1);
        Assert.Equal(Start.AddMinutes(3), Assert.Single(instance.Turn(keepAlive: true, Fired(wait.Id)).Actions).CreateTimer.FireAt.ToDateTime());
        instance.Body = right;
        Assert.Equal("\"x\"", Complete(instance.Turn(keepAlive: true, Fired(wait.Id + 1))).Result);
    }

    [Fact]
    public void Waiting_for_something_that_is_not_durable_is_told()
    {
        var never = new TaskCompletionSource<string>();
        var wrong = Assert.Throws<NonDeterministicOrchestrationException>(() => new Instance<string>((_, _) => never.Task).Turn());
        Assert.Contains("not durable", wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Termination_ends_it_with_the_output_that_came_with_it()
    {
        var instance = new Instance<string>((context, _) => context.WaitForExternalEvent<string>("Never"));
        instance.Turn();
        var end = Complete(instance.Turn(new HistoryEvent { ExecutionTerminated = new() { Input = "\"enough\"" } }));
        Assert.Equal((OrchestrationStatus.Terminated, "\"enough\""), (end.OrchestrationStatus, end.Result));
    }

    [Fact]
    public async Task Activities_run_by_name_and_say_when_there_is_none()
    {
        var worker = new DurableWorker(new DurableJson(), NullLogger<DurableWorker>.Instance);
        worker.AddActivity("Double", () => new Doubling());
        Assert.Equal("42", await worker.RunActivityAsync(new("double", "one", default), "21"));
        await Assert.ThrowsAsync<InvalidOperationException>(() => worker.RunActivityAsync(new("Treble", "one", default), "21"));
    }

    private sealed class Doubling : TaskActivity<int, int>
    {
        public override Task<int> RunAsync(TaskActivityContext context, int input) => Task.FromResult(input * 2);
    }
}
