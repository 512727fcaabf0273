using Helpdesk.Functions.Conversations;
using Microsoft.Extensions.Time.Testing;

namespace Helpdesk.Functions.Tests.Conversations;

public sealed class ConversationSignalsTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly ConversationSignals _signals;

    public ConversationSignalsTests() => _signals = new(_time);

    [Fact]
    public async Task What_this_process_says_wakes_at_once_and_is_heard_with_its_number()
    {
        using var listener = _signals.Listen("a");
        var waiting = listener.WaitAsync(TimeSpan.FromSeconds(15), TestContext.Current.CancellationToken);
        _signals.Notify("b", 0, []);
        _signals.Notify("a", 4, [new(5, _time.GetUtcNow(), new(new("hello", [])))]);
        await waiting;
        Assert.Equal((4, "hello"), (listener.Heard!.Value.After, listener.Heard.Value.Lines.Single().Line.Reply!.Text));

        waiting = listener.WaitAsync(TimeSpan.FromSeconds(15), TestContext.Current.CancellationToken);
        _time.Advance(_signals.AskAfter("a"));
        await waiting;
        Assert.Null(listener.Heard);
    }

    [Fact]
    public void Where_another_process_speaks_storage_is_asked_more_often_for_ten_minutes()
    {
        Assert.Equal(TimeSpan.FromSeconds(1), _signals.AskAfter("a"));
        // The poll that finds it ends with it; the next ones must know.
        _signals.FoundFromElsewhere("a");
        Assert.InRange(_signals.AskAfter("a"), TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(500));
        Assert.Equal(TimeSpan.FromSeconds(1), _signals.AskAfter("b"));
        _time.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(TimeSpan.FromSeconds(1), _signals.AskAfter("a"));
    }
}
