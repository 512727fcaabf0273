using Helpdesk.Bot.AzureBotService;
using Microsoft.Extensions.Time.Testing;

namespace Helpdesk.Bot.Tests.AzureBotService;

public sealed class ConversationLimiterTests
{
    [Fact]
    public void No_conversation_hears_more_than_its_channel_allows()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 11, 25, 9, 0, 0, TimeSpan.Zero));
        var limiter = new ConversationLimiter(time);
        var sent = new List<DateTimeOffset>();
        for (var i = 0; i < 200; i++)
            sent.Add(time.GetUtcNow() + limiter.Reserve("c1"));
        foreach (var (seconds, most) in new[] { (1, 7), (2, 8), (30, 60), (3600, 1800) })
        {
            for (var i = 0; i + most < sent.Count; i++)
                Assert.True(sent[i + most] - sent[i] >= TimeSpan.FromSeconds(seconds), $"more than {most} in {seconds} s from number {i}");
        }

        Assert.Equal(TimeSpan.Zero, limiter.Reserve("another"));
    }
}
