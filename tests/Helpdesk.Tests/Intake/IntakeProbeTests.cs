using Helpdesk.Intake;
using Helpdesk.Tickets;

namespace Helpdesk.Tests.Intake;

public sealed class IntakeProbeTests
{
    private static readonly DateTimeOffset Sent = new(2026, 3, 10, 9, 0, 0, TimeSpan.Zero);

    private static readonly IntakeProbe Probe = new()
    {
        Channel = IntakeChannel.Email,
        SentAt = Sent,
        Receipt = "second",
    };

    [Theory]
    [InlineData(1, "UnderWay")]
    [InlineData(180, "UnderWay")]
    [InlineData(181, "Lost")]
    [InlineData((3 * 900) + 181, "Stale")]
    public void A_probe_that_is_not_heard_of_is_under_way_then_lost_then_stale(int seconds, string state) =>
        Assert.Equal(state, Probe.State(TimeSpan.FromMinutes(15), Sent.AddSeconds(seconds)).ToString());

    [Fact]
    public void Where_none_is_sent_regularly_none_is_missing()
    {
        var ended = Probe.Ended("second", Sent, null, Sent.AddSeconds(1));
        Assert.Equal(ProbeState.Ok, ended.State(null, Sent.AddYears(1)));
        Assert.Equal(ProbeState.Stale, ended.State(TimeSpan.FromMinutes(15), Sent.AddHours(1)));
        Assert.Equal(TimeSpan.FromSeconds(1), ended.Took);
    }

    [Fact]
    public void One_that_fails_keeps_when_one_came_through_last()
    {
        var ended = Probe.Ended("second", Sent, null, Sent.AddSeconds(1)).Sent("third", Sent.AddMinutes(15));
        var failed = ended.Ended("third", Sent.AddMinutes(15), "broken", Sent.AddMinutes(16));
        Assert.Equal(ProbeState.Failed, failed.State(TimeSpan.FromMinutes(15), Sent.AddMinutes(16)));
        Assert.Equal((Sent.AddSeconds(1), TimeSpan.FromSeconds(1), "broken"), (failed.CameAt, failed.Took, failed.Error));
    }

    [Fact]
    public void One_that_comes_late_says_nothing_about_the_one_sent_after_it()
    {
        var late = Probe.Ended("first", Sent.AddMinutes(-15), null, Sent.AddSeconds(5));
        Assert.Equal(ProbeState.Lost, late.State(TimeSpan.FromMinutes(15), Sent.AddMinutes(10)));
        Assert.Equal(TimeSpan.FromSeconds(905), late.Took);
        Assert.Null(late.EndedAt);
    }
}
