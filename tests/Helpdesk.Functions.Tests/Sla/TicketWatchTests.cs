using Helpdesk.Functions.Closing;
using Helpdesk.Functions.Deadlines;
using Helpdesk.Functions.Sla;
using Helpdesk.Functions.Tickets;
using Microsoft.DurableTask;
using Moq;

namespace Helpdesk.Functions.Tests.Sla;

/// <summary>The laps of the watches, and how a process that was never told of the orchestrations has one armed.</summary>
public sealed class TicketWatchTests(DeskFixture fixture)
{
    private static readonly DateTime Start = new(2026, 3, 10, 9, 0, 0, DateTimeKind.Utc);
    private static readonly WatchedTicket Watched = new(new("x", 1), new(Start.AddHours(1)));

    /// <summary>A context in which a wait ends as told, with an event or with the timer.</summary>
    private static Mock<TaskOrchestrationContext> Context(DateTimeOffset? told)
    {
        var context = new Mock<TaskOrchestrationContext>(MockBehavior.Strict);
        context.Setup(it => it.CurrentUtcDateTime).Returns(Start);
        context
            .Setup(it => it.WaitForExternalEvent<DateTimeOffset>("sooner", It.IsAny<CancellationToken>()))
            .Returns((string _, CancellationToken cancellationToken) => told is { } at ? Task.FromResult(at) : NeverAsync(cancellationToken));
        context
            .Setup(it => it.CreateTimer(TimeSpan.FromHours(1), It.IsAny<CancellationToken>()))
            .Returns((TimeSpan _, CancellationToken cancellationToken) => told is null ? Task.CompletedTask : NeverAsync(cancellationToken));
        context.Setup(it => it.CreateReplaySafeLogger(It.IsAny<string>())).Returns(Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
        return context;
    }

    private static async Task<DateTimeOffset> NeverAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
        throw new InvalidOperationException("Nobody waits that long.");
    }

    public static TheoryData<string> Watches => new(nameof(WakeTicket), nameof(CloseQuietTicket));

    private static Task RunAsync(string activity, TaskOrchestrationContext context) =>
        activity == nameof(WakeTicket) ? TicketWatch.Run(context, Watched) : ResolvedTicketClosing.Run(context, Watched);

    [Theory]
    [MemberData(nameof(Watches))]
    public async Task A_watch_sleeps_asks_and_sleeps_again(string activity)
    {
        var context = Context(told: null);
        var next = new DateTimeOffset(Start.AddHours(3.5));
        var lap = Watched with { WakeAt = next };
        context
            .Setup(it => it.CallActivityAsync<DateTimeOffset?>(new TaskName(activity), Watched, It.Is<TaskOptions>(options => options.Retry != null)))
            .ReturnsAsync(next);
        context.Setup(it => it.ContinueAsNew(lap, true));
        await RunAsync(activity, context.Object);
        context.Verify(it => it.ContinueAsNew(lap, true), Times.Once);
    }

    [Theory]
    [MemberData(nameof(Watches))]
    public async Task A_watch_ends_when_nothing_will_fall_due(string activity)
    {
        var context = Context(told: null);
        context
            .Setup(it => it.CallActivityAsync<DateTimeOffset?>(new TaskName(activity), Watched, It.IsAny<TaskOptions>()))
            .ReturnsAsync((DateTimeOffset?)null);
        await RunAsync(activity, context.Object);
        context.Verify(it => it.ContinueAsNew(It.IsAny<object>(), It.IsAny<bool>()), Times.Never);
    }

    [Theory]
    [InlineData(30, 30)]
    [InlineData(150, 60)]
    public async Task Being_told_of_a_waking_never_makes_it_later(int toldAfterMinutes, int wakesAfterMinutes)
    {
        var context = Context(told: new(Start.AddMinutes(toldAfterMinutes)));
        var wakes = Watched with { WakeAt = new(Start.AddMinutes(wakesAfterMinutes)) };
        context.Setup(it => it.ContinueAsNew(wakes, true));
        await TicketWatch.Run(context.Object, Watched);
        context.Verify(it => it.ContinueAsNew(wakes, true), Times.Once);
    }

    [Fact]
    public async Task A_ticket_that_is_not_there_needs_no_waking_and_an_input_that_cannot_be_read_fails()
    {
        Assert.Contains(
            await fixture.App.InvokeAsync(nameof(WakeTicket), """{"Ticket":{"Workspace":"nowhere","Number":1},"WakeAt":"2026-03-10T09:00:00Z"}"""),
            new[] { null, "null" }
        );
        await Assert.ThrowsAsync<Helpdesk.Testing.FunctionFailedException>(() => fixture.App.InvokeAsync(nameof(WakeTicket), "no json"));
    }
}
