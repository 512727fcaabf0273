using System.Net;
using Helpdesk.Bot.AzureBotService;
using Helpdesk.Bot.Teams;
using Helpdesk.Testing;
using Microsoft.Bot.Connector;
using Microsoft.Bot.Schema;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Helpdesk.Bot.Tests.AzureBotService;

/// <summary>The way out to a channel's connector, by the SDK's client over our HTTP.</summary>
public sealed class ConversationSenderTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 25, 9, 0, 0, TimeSpan.Zero)) { AutoAdvanceAmount = TimeSpan.Zero };
    private readonly List<IDisposable> _made = [];
    private ReferenceConnector _connector = null!;

    public async ValueTask InitializeAsync()
    {
        _connector = await ReferenceConnector.StartAsync();
        _connector.Open("c1");
    }

    public async ValueTask DisposeAsync()
    {
        await _connector.DisposeAsync();
        _made.ForEach(one => one.Dispose());
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_said_can_be_changed_and_answered()
    {
        var sender = Sender();
        var sent = await sender.SayAsync(To(), TeamsReplies.Message("one"), Cancel);
        var below = TeamsReplies.Message("two");
        below.ReplyToId = sent;
        await sender.SayAsync(To(), below, Cancel);
        await sender.ChangeAsync(To(), sent!, TeamsReplies.Message("one and a half"), Cancel);
        Assert.Equal(["one and a half", "two"], _connector.Shown("c1").Select(activity => activity["text"]!.GetValue<string>()));
        Assert.Equal(new[] { null, sent, sent }, _connector.Calls.Select(call => call.ActivityId));
        Assert.All(_connector.Calls, call => Assert.Equal("bot", call.Body!["from"]!["id"]!.GetValue<string>()));
    }

    [Fact]
    public async Task The_id_of_a_thread_is_escaped()
    {
        await Sender().SayAsync(To("c1;messageid=17"), TeamsReplies.Message("below"), Cancel);
        Assert.Equal("c1;messageid=17", Assert.Single(_connector.Calls).Conversation);
        Assert.Empty(_connector.Refused);
    }

    [Theory]
    [InlineData(412)]
    [InlineData(429)]
    [InlineData(502)]
    [InlineData(504)]
    public async Task A_passing_fault_is_tried_again_after_a_while(int status)
    {
        _connector.Fail(status, times: 2);
        await PatientlyAsync(Sender().SayAsync(To(), TeamsReplies.Message("at last"), Cancel));
        Assert.Equal("at last", Assert.Single(_connector.Shown("c1"))["text"]!.GetValue<string>());
    }

    [Fact]
    public async Task After_three_tries_the_fault_is_the_callers()
    {
        _connector.Fail(502, times: 5);
        var refusal = await Assert.ThrowsAsync<ErrorResponseException>(() => PatientlyAsync(Sender().SayAsync(To(), TeamsReplies.Message("x"), Cancel)));
        Assert.Equal((HttpStatusCode.BadGateway, false, false), (refusal.StatusOf(), refusal.IsFinal(), refusal.SaysBotIsOut()));
        Assert.Equal(3, _connector.Refused.Count);
    }

    [Fact]
    public async Task Retry_after_is_honoured()
    {
        _connector.Fail(429, retryAfter: "15");
        var before = _time.GetUtcNow();
        await PatientlyAsync(Sender().SayAsync(To(), TeamsReplies.Message("later"), Cancel));
        Assert.InRange((_time.GetUtcNow() - before).TotalSeconds, 15, 21);
    }

    [Theory]
    [InlineData(400, true)]
    [InlineData(500, false)]
    public async Task Other_faults_are_not_tried_again(int status, bool final)
    {
        _connector.Fail(status, times: 3);
        var refusal = await Assert.ThrowsAsync<ErrorResponseException>(() => Sender().SayAsync(To(), TeamsReplies.Message("x"), Cancel));
        Assert.Equal(final, refusal.IsFinal());
        Assert.Single(_connector.Refused);
    }

    [Fact]
    public async Task A_bot_that_was_removed_a_conversation_that_is_gone_and_a_message_that_is_gone_are_told_apart()
    {
        var gone = await Assert.ThrowsAsync<ErrorResponseException>(() => Sender().ChangeAsync(To(), "999", TeamsReplies.Message("x"), Cancel));
        Assert.Equal((true, false), (gone.SaysActivityIsGone(), gone.SaysBotIsOut()));
        foreach (var conversation in new[] { "nowhere", "c1" })
        {
            if (conversation == "c1")
                _connector.Block("c1");
            var refusal = await Assert.ThrowsAsync<ErrorResponseException>(() => Sender().SayAsync(To(conversation), TeamsReplies.Message("x"), Cancel));
            Assert.Equal((false, true), (refusal.SaysActivityIsGone(), refusal.SaysBotIsOut()));
        }
    }

    [Fact]
    public async Task The_bots_token_goes_along()
    {
        _connector.Token = "secret";
        await Sender("secret").SayAsync(To(), TeamsReplies.Message("x"), Cancel);
        Assert.Equal("Bearer secret", Assert.Single(_connector.Calls).Authorization);
    }

    [Fact]
    public async Task A_connector_that_does_not_answer_is_given_up_and_not_asked_again()
    {
        var silent = new Silent();
        await Assert.ThrowsAsync<HttpRequestException>(() => PatientlyAsync(Sender(inner: silent).SayAsync(To(), TeamsReplies.Message("x"), Cancel)));
        Assert.Equal(1, silent.Asked);
    }

    [Fact]
    public async Task No_more_is_sent_at_once_than_a_conversation_takes()
    {
        var sender = Sender();
        var waiting = Enumerable.Range(0, 9).Select(i => sender.SayAsync(To(), TeamsReplies.Message($"{i}"), Cancel)).ToList();
        for (var i = 0; i < 7; i++)
            waiting.Remove(await Task.WhenAny(waiting));
        Assert.Equal(7, _connector.Calls.Count);
        await PatientlyAsync(Task.WhenAll(waiting));
        Assert.Equal(9, _connector.Calls.Count);
    }

    private ConversationReference To(string conversation = "c1") =>
        new(bot: new("bot"), conversation: new(id: conversation), channelId: Channels.Msteams, serviceUrl: _connector.ServiceUrl);

    private ConversationSender Sender(string? token = null, HttpMessageHandler? inner = null)
    {
        var options = new BotOptions { AllowNoAppId = true };
        var validator = new ChannelTokenValidator(options, new TokenMatrix.Publisher(), _time, NullLogger<ChannelTokenValidator>.Instance);
        var http = new ConnectorHttp(inner ?? new SocketsHttpHandler(), new(_time), _time);
        _made.AddRange([validator, http]);
        return new(new ChannelAuthentication(options, validator, _ => new(token), http));
    }

    /// <summary>Lets the time pass that a retry waits for.</summary>
    private async Task PatientlyAsync(Task work)
    {
        while (!work.IsCompleted)
        {
            _time.Advance(TimeSpan.FromMilliseconds(500));
            await Task.WhenAny(work, Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, Cancel));
        }

        await work;
    }

    private sealed class Silent : HttpMessageHandler
    {
        public int Asked { get; private set; }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Asked++;
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            throw new InvalidOperationException("Nobody waits that long.");
        }
    }
}
