using System.Text;
using Helpdesk.Bot.AzureBotService;
using Helpdesk.Bot.Teams;
using Microsoft.Bot.Builder;
using Microsoft.Bot.Schema;
using Microsoft.Extensions.Logging.Abstractions;
using Newtonsoft.Json;

namespace Helpdesk.Bot.Tests.AzureBotService;

/// <summary>The way in from Azure Bot Service: the SDK's adapter behind our own check.</summary>
public sealed class HelpdeskAdapterTests : IDisposable
{
    private static readonly JsonSerializerSettings WithoutNulls = new() { NullValueHandling = NullValueHandling.Ignore };
    private readonly TokenMatrix _matrix = new();
    private readonly Listener _bot = new();
    private readonly List<IDisposable> _made = [];

    public void Dispose()
    {
        _made.ForEach(one => one.Dispose());
        _matrix.Dispose();
    }

    [Theory]
    [MemberData(nameof(TokenMatrix.Cases), MemberType = typeof(TokenMatrix))]
    public async Task Each_recorded_token_opens_the_door_or_gets_a_401(string name, int status)
    {
        var (authorization, activity) = _matrix.Make(name);
        Assert.Equal(status, await PostAsync(Adapter(TokenMatrix.Options(emulator: true)), activity, authorization));
        Assert.Equal(status == 200 ? 1 : 0, _bot.Heard.Count);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Bearer")]
    [InlineData("Bearer a.b.c")]
    [InlineData("Bearer eyJhbGciOiJSUzI1NiJ9.e30.")]
    [InlineData("Bearer \u0000.\u0000.\u0000")]
    [InlineData("Bearer eyJhbGciOiJSUzI1NiIsImtpZCI6ImxhYmtleTEifQ.bm90IGpzb24.AAAA")]
    public async Task Whatever_is_no_token_is_a_401(string authorization)
    {
        Assert.Equal(401, await PostAsync(Adapter(TokenMatrix.Options(emulator: true)), TokenMatrix.Message(), authorization));
        Assert.Empty(_bot.Heard);
    }

    [Fact]
    public async Task Without_the_published_keys_nobody_can_prove_who_they_are_and_it_is_not_their_fault()
    {
        _matrix.Published.Keys = null;
        var (authorization, activity) = _matrix.Make("channel: valid (serviceurl claim)");
        Assert.Equal(503, await PostAsync(Adapter(TokenMatrix.Options(emulator: false)), activity, authorization));
    }

    [Fact]
    public async Task Another_tenant_is_refused_although_its_channel_is_genuine()
    {
        var (authorization, activity) = _matrix.Make("channel: valid (serviceurl claim)");
        activity.Conversation.TenantId = "another";
        Assert.Equal(403, await PostAsync(Adapter(TokenMatrix.Options(emulator: false)), activity, authorization));
        Assert.Empty(_bot.Heard);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("""{"type":"message"}""")]
    [InlineData("""{"type":"message","conversation":{"id":"c"},"serviceUrl":"urn:x"}""")]
    [InlineData("""{"type":"message","conversation":"c","serviceUrl":"https://x.example"}""")]
    public async Task What_is_no_activity_is_refused_and_its_sender_learns_so_only_when_known(string body)
    {
        Assert.Equal(400, await PostAsync(Adapter(new() { AllowNoAppId = true }), body, null));
        Assert.Equal(401, await PostAsync(Adapter(TokenMatrix.Options(emulator: true)), body, null));
    }

    [Fact]
    public async Task What_was_typed_into_a_card_stays_as_it_is_even_when_it_looks_like_a_date()
    {
        const string typed = "2026-01-01T10:00:00.10+02:00";
        var body = $$$"""
            {"type":"message","id":"1","channelId":"msteams","serviceUrl":"https://x.example/","conversation":{"id":"c"},
             "timestamp":"2026-11-25T09:00:00Z","value":{"reply":"{{{typed}}}"}}
            """;
        Assert.Equal(200, await PostAsync(Adapter(new() { AllowNoAppId = true }), body, null));
        var heard = Assert.Single(_bot.Heard);
        Assert.Equal(typed, ActivityReading.Sent(heard.Value).Text("reply"));
        Assert.Equal(_matrix.Time.GetUtcNow(), heard.Timestamp);
    }

    private HelpdeskAdapter Adapter(BotOptions options)
    {
        var validator = new ChannelTokenValidator(options, _matrix.Published, _matrix.Time, NullLogger<ChannelTokenValidator>.Instance);
        var http = new ConnectorHttp(new SocketsHttpHandler(), new(_matrix.Time), _matrix.Time);
        _made.AddRange([validator, http]);
        return new(new ChannelAuthentication(options, validator, _ => new((string?)null), http));
    }

    private Task<int> PostAsync(HelpdeskAdapter adapter, Activity activity, string? authorization) =>
        PostAsync(adapter, JsonConvert.SerializeObject(activity, WithoutNulls), authorization);

    private async Task<int> PostAsync(HelpdeskAdapter adapter, string body, string? authorization)
    {
        try
        {
            await adapter.ReceiveAsync(Encoding.UTF8.GetBytes(body), authorization, _bot, TestContext.Current.CancellationToken);
            return 200;
        }
        catch (ActivityRefusedException refused)
        {
            return refused.Status;
        }
    }

    private sealed class Listener : IBot
    {
        public List<Activity> Heard { get; } = [];

        public Task OnTurnAsync(ITurnContext turnContext, CancellationToken cancellationToken)
        {
            Heard.Add(turnContext.Activity);
            return Task.CompletedTask;
        }
    }
}
