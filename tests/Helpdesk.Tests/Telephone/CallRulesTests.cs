using Helpdesk.Contacts;
using Helpdesk.Telephone;

namespace Helpdesk.Tests.Telephone;

/// <summary>What several reports of one call say together.</summary>
public sealed class CallRulesTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 10, 9, 15, 0, TimeSpan.Zero);

    private static Call New(CallDirection direction = CallDirection.Inbound) =>
        new()
        {
            Id = "call",
            Workspace = "main",
            Direction = direction,
            Number = "+4930901820",
            StartedAt = Now,
            ListedAt = Now,
        };

    private static CallReport Report(CallOutcome? outcome, bool ended, int? seconds = null) =>
        new("1", CallDirection.Inbound, "+4930901820", "12", null, seconds is { } length ? TimeSpan.FromSeconds(length) : null, outcome, ended);

    private static Call Of(params (CallReport Report, int Second)[] reports) =>
        reports.Aggregate(New(), (call, one) => CallRules.With(call, one.Report, $"receipt-{one.Second}", Now.AddSeconds(one.Second)));

    [Fact]
    public void The_order_of_reports_and_their_number_do_not_matter()
    {
        (CallReport, int)[] reports =
        [
            (Report(CallOutcome.Ringing, false), 0),
            (Report(CallOutcome.Answered, false), 5),
            (Report(CallOutcome.Answered, true), 65),
        ];
        var expected = Of(reports);
        Assert.Equal((CallOutcome.Answered, TimeSpan.FromMinutes(1)), (expected.Outcome, expected.Duration!.Value));
        foreach (var order in new[] { new[] { 0, 2, 1 }, [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0], [0, 0, 1, 2, 1] })
        {
            var call = Of([.. order.Select(one => reports[one])]);
            Assert.Equal(expected with { Receipts = [] }, call with { Receipts = [] });
            Assert.Equal(expected.Receipts.Order(), call.Receipts.Order());
        }
    }

    [Fact]
    public void A_call_that_is_over_and_of_which_nothing_else_was_said_was_missed()
    {
        Assert.Equal(CallOutcome.Ringing, Of((Report(CallOutcome.Ringing, false), 0)).Outcome);
        Assert.Equal(CallOutcome.Missed, Of((Report(CallOutcome.Ringing, false), 0), (Report(null, true), 9)).Outcome);
        Assert.Equal(CallOutcome.Answered, Of((Report(null, true), 9), (Report(CallOutcome.Answered, false), 3)).Outcome);
        Assert.Null(Of((Report(CallOutcome.Missed, true, 20), 0)).Duration);
    }

    [Theory]
    [InlineData(CallDirection.Inbound, CallOutcome.Missed, true, true)]
    [InlineData(CallDirection.Inbound, CallOutcome.Voicemail, true, true)]
    [InlineData(CallDirection.Inbound, CallOutcome.Answered, true, false)]
    [InlineData(CallDirection.Outbound, CallOutcome.Answered, true, false)]
    [InlineData(CallDirection.Outbound, CallOutcome.Busy, false, false)]
    public void Who_waits_to_be_called_back_and_what_opens_a_ticket(CallDirection direction, CallOutcome outcome, bool opens, bool waits)
    {
        var call = New(direction) with { Reported = outcome };
        Assert.Equal((opens, waits), (CallRules.Opens(call), CallRules.WantsCallBack(call)));
    }

    [Fact]
    public void A_missed_call_has_no_details_unless_there_are_some()
    {
        var missed = New() with { Reported = CallOutcome.Missed };
        Assert.Null(CallRules.Details(missed, null));
        Assert.Contains("Hello", CallRules.Details(missed with { Summary = "Hello" }, null), StringComparison.Ordinal);
        var answered = New() with { Reported = CallOutcome.Answered, Spoken = new TimeSpan(1, 0, 5), Name = "Rita" };
        Assert.Equal("Call from Rita (+4930901820) on 2026-03-10 at 09:15 UTC: answered by Ada, 1 h 5 s.", CallRules.Details(answered, "Ada"));
    }

    [Fact]
    public void An_address_stands_for_a_number_and_is_never_mailed()
    {
        Assert.Equal("tel-4930901820@phone.invalid", PhoneAddress.Of("+4930901820"));
        Assert.True(PhoneAddress.Is(PhoneAddress.Of("+4930901820").ToUpperInvariant()));
        Assert.True(PhoneAddress.Is(PhoneAddress.Withheld));
        Assert.False(PhoneAddress.Is("rita@example.com"));
    }
}
