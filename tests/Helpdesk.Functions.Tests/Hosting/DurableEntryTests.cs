using System.Text.Json;
using System.Text.Json.Nodes;
using Azure.Storage.Queues;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Helpdesk.Durable;
using Helpdesk.Durable.Protocol;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Sla;
using Helpdesk.Functions.Tickets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Helpdesk.Functions.Tests.Hosting;

/// <summary>Orchestrators and activities in the envelopes of the Functions host, and the way to its task hub.</summary>
public sealed class DurableEntryTests(DeskFixture fixture)
{
    private static readonly DateTime Start = new(2026, 3, 10, 9, 0, 0, DateTimeKind.Utc);

    private readonly List<HistoryEvent> _past = [];

    private static HistoryEvent At(DateTime now, HistoryEvent happened, int id = -1)
    {
        (happened.EventId, happened.Timestamp) = (id, Timestamp.FromDateTime(now));
        return happened;
    }

    /// <summary>One turn of a watch over HTTP; what it wants is written into its history as a back end does.</summary>
    private async Task<OrchestratorAction> TurnAsync(string orchestrator, DateTime now, HistoryEvent arrived)
    {
        var request = new OrchestratorRequest { InstanceId = "ticket-x-1" };
        request.PastEvents.AddRange(_past);
        request.NewEvents.Add(At(now, new() { OrchestratorStarted = new() }));
        request.NewEvents.Add(At(now, arrived));
        var answer = await fixture.App.AskAsync(orchestrator, new JsonObject { ["context"] = JsonSerializer.Serialize(request.ToByteString().ToBase64()) });
        var response = OrchestratorResponse.Parser.ParseFrom(ByteString.FromBase64(answer!["ReturnValue"]!.GetValue<string>()));
        Assert.Equal("ticket-x-1", response.InstanceId);
        var action = Assert.Single(response.Actions);
        _past.AddRange(request.NewEvents);
        if (action.CreateTimer is not null)
            _past.Add(At(now, new() { TimerCreated = new() { FireAt = action.CreateTimer.FireAt } }, action.Id));
        else if (action.ScheduleTask is not null)
            _past.Add(At(now, new() { TaskScheduled = new() { Name = action.ScheduleTask.Name } }, action.Id));
        _past.Add(At(now, new() { OrchestratorCompleted = new() }));
        return action;
    }

    private static HistoryEvent Started(string orchestrator, DateTime wakeAt) => new()
    {
        ExecutionStarted = new() { Name = orchestrator, Input = $$"""{"ticket":{"workspace":"x","number":1},"wakeAt":"{{wakeAt:yyyy-MM-dd'T'HH:mm:ss}}Z"}""", OrchestrationInstance = new() { InstanceId = "ticket-x-1" } },
    };

    [Theory]
    [InlineData(nameof(TicketWatch), nameof(WakeTicket))]
    [InlineData(nameof(ResolvedTicketClosing), nameof(CloseQuietTicket))]
    public async Task A_watch_sleeps_asks_and_begins_again_or_ends(string orchestrator, string activity)
    {
        var slept = await TurnAsync(orchestrator, Start, Started(orchestrator, Start.AddHours(1)));
        Assert.Equal(Start.AddHours(1), slept.CreateTimer.FireAt.ToDateTime());
        var asked = await TurnAsync(orchestrator, Start.AddHours(1), new() { TimerFired = new() { TimerId = slept.Id, FireAt = slept.CreateTimer.FireAt } });
        Assert.Equal((activity, """{"workspace":"x","number":1}"""), (asked.ScheduleTask.Name, asked.ScheduleTask.Input));
        var before = _past.ToList();
        var again = await TurnAsync(orchestrator, Start.AddHours(1), new() { TaskCompleted = new() { TaskScheduledId = asked.Id, Result = "\"2026-03-10T12:30:00+00:00\"" } });
        Assert.Equal(OrchestrationStatus.ContinuedAsNew, again.CompleteOrchestration.OrchestrationStatus);
        Assert.Contains("12:30:00", again.CompleteOrchestration.Result, StringComparison.Ordinal);
        _past.Clear();
        _past.AddRange(before);
        var ended = await TurnAsync(orchestrator, Start.AddHours(1), new() { TaskCompleted = new() { TaskScheduledId = asked.Id, Result = "null" } });
        Assert.Equal(OrchestrationStatus.Completed, ended.CompleteOrchestration.OrchestrationStatus);
    }

    [Theory]
    [InlineData("09:30", "09:30:00")]
    [InlineData("11:30", "10:00:00")]
    public async Task Being_told_of_a_waking_never_makes_it_later(string told, string wakes)
    {
        await TurnAsync(nameof(TicketWatch), Start, Started(nameof(TicketWatch), Start.AddHours(1)));
        var again = await TurnAsync(nameof(TicketWatch), Start.AddMinutes(1), new() { EventRaised = new() { Name = TicketWatch.Sooner, Input = $"\"2026-03-10T{told}:00Z\"" } });
        Assert.Contains($"T{wakes}", again.CompleteOrchestration.Result, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_ticket_that_is_not_there_needs_no_waking_and_a_call_that_cannot_be_read_fails()
    {
        var answer = await fixture.App.AskAsync(nameof(WakeTicket), new JsonObject { ["input"] = JsonSerializer.Serialize("""{"workspace":"nowhere","number":1}""") });
        Assert.Null(answer!["ReturnValue"]);
        Assert.Null(await fixture.App.AskAsync(nameof(WakeTicket), new JsonObject { ["input"] = "no json" }));
        Assert.Null(await fixture.App.AskAsync(nameof(TicketWatch), new JsonObject { ["context"] = "\"no base64!\"" }));
    }

    [Fact]
    public async Task What_needs_the_task_hub_before_its_address_is_known_is_done_as_soon_as_it_is()
    {
        var time = new FakeTimeProvider();
        var json = new DurableJson();
        using var durable = new DurableConnection(json, fixture.App.Services.GetRequiredService<StorageClients>(), time);
        var queue = new QueueClient(fixture.Storage, StorageNames.DurableConnections);
        await queue.CreateIfNotExistsAsync();
        var before = (await queue.GetPropertiesAsync()).Value.ApproximateMessagesCount;
        var done = 0;
        for (var i = 0; i < 3; i++)
            await durable.UseAsync((_, _) => Task.FromResult(done++), default);
        Assert.Equal((0, before + 1), (done, (await queue.GetPropertiesAsync()).Value.ApproximateMessagesCount));
        time.Advance(TimeSpan.FromSeconds(11));
        await durable.UseAsync((_, _) => Task.FromResult(done++), default);
        Assert.Equal(before + 2, (await queue.GetPropertiesAsync()).Value.ApproximateMessagesCount);

        var waited = durable.Learn("""{"taskHubName":"Hub","rpcBaseUrl":"http://127.0.0.1:1"}""");
        Assert.Equal(4, waited.Count);
        foreach (var use in waited)
            await use(durable.Client!, default);
        await durable.UseAsync((_, _) => Task.FromResult(done++), default);
        Assert.Equal(5, done);
        Assert.Empty(durable.Learn("""{"taskHubName":"Hub","rpcBaseUrl":"http://127.0.0.1:1"}"""));
    }
}
