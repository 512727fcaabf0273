using Helpdesk.Webhooks;

namespace Helpdesk.Tests.Webhooks;

public sealed class WebhookRulesTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 10, 9, 0, 0, TimeSpan.Zero);

    private static WebhookDelivery Delivery(int attempts) =>
        new()
        {
            Id = "board.1",
            Workspace = "main",
            Webhook = "board",
            MessageId = "msg_1",
            Type = "ticket-opened",
            At = Start,
            AskedAt = Start,
            State = WebhookState.Queued,
            Attempts = attempts,
        };

    [Fact]
    public void A_receiver_that_stays_away_is_tried_eleven_times_within_a_day()
    {
        var (now, delivery, tries) = (Start, Delivery(0), new List<TimeSpan>());
        while (true)
        {
            tries.Add(now - Start);
            delivery = delivery.After(new(now, 500, "The receiver answered 500.", null, 5));
            if (WebhookRetries.Next(delivery, null, now) is not { } pause)
                break;
            now += pause;
        }

        Assert.Equal(11, tries.Count);
        Assert.Equal(TimeSpan.FromSeconds(5), tries[1]);
        Assert.InRange(tries[^1], TimeSpan.FromHours(23), TimeSpan.FromHours(24));
        Assert.Equal(11, delivery.Log!.Count);
    }

    [Theory]
    [InlineData(1, 2, 5)]
    [InlineData(1, 120, 120)]
    [InlineData(1, 86_400, 3600)]
    [InlineData(1, -5, 5)]
    public void A_receiver_may_ask_for_more_patience_up_to_an_hour(int attempts, int asked, int waits) =>
        Assert.Equal(TimeSpan.FromSeconds(waits), WebhookRetries.Next(Delivery(attempts), TimeSpan.FromSeconds(asked), Start));

    [Fact]
    public void Nothing_is_tried_after_a_day()
    {
        Assert.Null(WebhookRetries.Next(Delivery(3), null, Start + TimeSpan.FromHours(24)));
        Assert.NotNull(WebhookRetries.Next(Delivery(3), null, Start + TimeSpan.FromHours(23)));
    }

    /// <summary>The example of the Standard Webhooks specification, so that this is what other languages verify.</summary>
    [Fact]
    public void A_signature_is_that_of_the_specification() =>
        Assert.Equal(
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
            WebhookSignature.Of(
                ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
                "msg_p5jXN8AQM9LWM0D4loKWxJek",
                DateTimeOffset.FromUnixTimeSeconds(1_614_265_330),
                """{"test": 2432232314}"""
            )
        );

    [Fact]
    public void During_a_rotation_both_secrets_sign()
    {
        var webhook = new Webhook
        {
            Id = "board",
            Url = "https://example.com",
            Active = true,
            Secret = WebhookSignature.NewSecret(),
            OldSecret = WebhookSignature.NewSecret(),
            OldSecretUntil = Start.AddDays(1),
            CreatedAt = Start,
        };
        Assert.Equal([webhook.Secret, webhook.OldSecret], webhook.SecretsAt(Start));
        Assert.Equal([webhook.Secret], webhook.SecretsAt(Start.AddDays(1)));
        var signatures = WebhookSignature.Of(webhook.SecretsAt(Start), "msg_1", Start, "{}").Split(' ');
        Assert.Equal(2, signatures.Distinct().Count());
        Assert.All(signatures, one => Assert.StartsWith("v1,", one, StringComparison.Ordinal));
    }

    [Fact]
    public void A_subscription_names_its_events_or_wants_all()
    {
        var all = new Webhook
        {
            Id = "board",
            Url = "https://example.com",
            Active = true,
            Secret = "",
            CreatedAt = Start,
        };
        var some = all with { Events = ["ticket-opened"] };
        Assert.True(all.Wants("comment-added"));
        Assert.True(some.Wants("ticket-opened"));
        Assert.False(some.Wants("comment-added"));
        Assert.False((all with { Active = false }).Wants("comment-added"));
    }
}
