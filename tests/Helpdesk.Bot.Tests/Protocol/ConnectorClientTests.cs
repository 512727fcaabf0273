using System.Net;
using Helpdesk.Bot.Protocol;
using Helpdesk.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Helpdesk.Bot.Tests.Protocol;

public sealed class ConnectorClientTests : IAsyncLifetime
{
    private readonly HttpClient _http = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 25, 9, 0, 0, TimeSpan.Zero)) { AutoAdvanceAmount = TimeSpan.Zero };
    private ReferenceConnector _connector = null!;

    public async ValueTask InitializeAsync()
    {
        _connector = await ReferenceConnector.StartAsync();
        _connector.Open("c1");
        _connector.Members["u1"] = new() { ["id"] = "u1", ["email"] = "alexw@example.com", ["userPrincipalName"] = "alexw@example.com" };
    }

    public async ValueTask DisposeAsync()
    {
        await _connector.DisposeAsync();
        _http.Dispose();
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private ConnectorClient Client(string? token = null) => new(_http, _ => new(token), new ConversationLimiter(_time), _time);

    private ConversationReference To(string conversation = "c1") => new() { ServiceUrl = _connector.ServiceUrl, ChannelId = Channels.Teams, Conversation = new() { Id = conversation }, Bot = new() { Id = "bot" } };

    [Fact]
    public async Task What_is_said_can_be_changed_and_taken_back()
    {
        var client = Client();
        var sent = await client.SendToConversationAsync(To(), Activity.Message("one"), Cancel);
        var answer = await client.ReplyToActivityAsync(To(), sent.Id!, Activity.Message("two"), Cancel);
        await client.UpdateActivityAsync(To(), sent.Id!, Activity.Message("one and a half"), Cancel);
        Assert.Equal(["one and a half", "two"], _connector.Shown("c1").Select(activity => activity["text"]!.GetValue<string>()));
        await client.DeleteActivityAsync(To(), answer.Id!, Cancel);
        Assert.Single(_connector.Shown("c1"));
        Assert.Equal("bot", _connector.Calls[0].Body!["from"]!["id"]!.GetValue<string>());
    }

    [Fact]
    public async Task The_id_of_a_thread_is_escaped()
    {
        await Client().SendToConversationAsync(To("c1;messageid=17"), Activity.Message("below"), Cancel);
        Assert.Equal("c1;messageid=17", Assert.Single(_connector.Calls).Conversation);
        Assert.Empty(_connector.Refused);
    }

    [Fact]
    public async Task People_and_teams_are_found()
    {
        var client = Client();
        Assert.Equal("alexw@example.com", (await client.GetMemberAsync(To(), "u1", Cancel))!.Email);
        Assert.Null(await client.GetMemberAsync(To(), "nobody", Cancel));
        Assert.Single(await client.GetMembersAsync(To(), Cancel));
        Assert.Single((await client.GetPagedMembersAsync(To(), 2, null, Cancel)).Members!);
        Assert.Equal("My Team", (await client.GetTeamAsync(_connector.ServiceUrl, "team-id", Cancel))!.Name);
        Assert.Single(await client.GetTeamChannelsAsync(_connector.ServiceUrl, "team-id", Cancel));
        Assert.NotNull((await client.CreateConversationAsync(_connector.ServiceUrl, new() { Bot = new() { Id = "bot" }, Members = [new() { Id = "u1" }] }, Cancel)).Id);
    }

    [Theory]
    [InlineData(412)]
    [InlineData(429)]
    [InlineData(502)]
    [InlineData(504)]
    public async Task A_passing_fault_is_tried_again_after_a_while(int status)
    {
        _connector.Fail(status, times: 2);
        await PatientlyAsync(Client().SendToConversationAsync(To(), Activity.Message("at last"), Cancel));
        Assert.Equal("at last", Assert.Single(_connector.Shown("c1"))["text"]!.GetValue<string>());
    }

    [Fact]
    public async Task After_three_tries_the_fault_is_the_callers()
    {
        _connector.Fail(502, times: 5);
        var fault = await Assert.ThrowsAsync<ConnectorException>(() => PatientlyAsync(Client().SendToConversationAsync(To(), Activity.Message("x"), Cancel)));
        Assert.Equal((HttpStatusCode.BadGateway, "Passing"), (fault.Status, fault.Code));
        Assert.Equal(3, _connector.Refused.Count);
    }

    [Fact]
    public async Task Retry_after_is_honoured()
    {
        _connector.Fail(429, retryAfter: "15");
        var before = _time.GetUtcNow();
        await PatientlyAsync(Client().SendToConversationAsync(To(), Activity.Message("later"), Cancel));
        Assert.InRange((_time.GetUtcNow() - before).TotalSeconds, 15, 21);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(500)]
    public async Task Other_faults_are_not_tried_again(int status)
    {
        _connector.Fail(status, times: 3);
        await Assert.ThrowsAsync<ConnectorException>(() => Client().SendToConversationAsync(To(), Activity.Message("x"), Cancel));
        Assert.Single(_connector.Refused);
    }

    [Fact]
    public async Task A_bot_that_was_removed_and_a_conversation_that_is_not_there_are_told_apart()
    {
        _connector.Block("c1");
        Assert.Equal(HttpStatusCode.Forbidden, (await Assert.ThrowsAsync<ConnectorException>(() => Client().SendToConversationAsync(To(), Activity.Message("x"), Cancel))).Status);
        Assert.Equal("ConversationNotFound", (await Assert.ThrowsAsync<ConnectorException>(() => Client().SendToConversationAsync(To("nowhere"), Activity.Message("x"), Cancel))).Code);
    }

    [Fact]
    public async Task What_is_too_large_is_not_even_sent()
    {
        var fault = await Assert.ThrowsAsync<ConnectorException>(() => Client().SendToConversationAsync(To(), Activity.Message(new string('x', ConnectorClient.ActivityLimit)), Cancel));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, fault.Status);
        Assert.Empty(_connector.Calls);
        Assert.Empty(_connector.Refused);
    }

    [Fact]
    public async Task The_bots_token_goes_along()
    {
        _connector.Token = "secret";
        await Client("secret").SendToConversationAsync(To(), Activity.Message("x"), Cancel);
        Assert.Equal("Bearer secret", Assert.Single(_connector.Calls).Authorization);
    }

    [Fact]
    public void No_conversation_hears_more_than_its_channel_allows()
    {
        var limiter = new ConversationLimiter(_time);
        var start = _time.GetUtcNow();
        var sent = new List<DateTimeOffset>();
        for (var i = 0; i < 200; i++)
            sent.Add(start + limiter.Reserve("c1"));
        foreach (var (seconds, most) in new[] { (1, 7), (2, 8), (30, 60), (3600, 1800) })
        {
            for (var i = 0; i + most < sent.Count; i++)
                Assert.True(sent[i + most] - sent[i] >= TimeSpan.FromSeconds(seconds), $"more than {most} in {seconds} s from number {i}");
        }

        Assert.Equal(TimeSpan.Zero, limiter.Reserve("another"));
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
}
