using System.Text;
using System.Text.Json.Nodes;

namespace Helpdesk.Functions.Tests.WebChat;

/// <summary>What Web Chat was recorded to send, and what it cannot do without.</summary>
public sealed class RecordedWebChatTests(DeskFixture fixture)
{
    /// <summary>What each fault of the recorded matrix is avoided by; a new row of the matrix fails here until it is thought about.</summary>
    private static readonly Dictionary<string, Func<WebChat, Desk, Task>> Faults = new(StringComparer.Ordinal)
    {
        ["noConversationId"] = async (_, page) => Assert.NotEmpty((await StartAsync(page))["conversationId"]!.GetValue<string>()),
        ["noToken"] = async (_, page) => Assert.NotEmpty((await StartAsync(page))["token"]!.GetValue<string>()),
        ["noExpires"] = async (_, page) => Assert.InRange((await StartAsync(page))["expires_in"]!.GetValue<int>(), 1800, 7 * 86400),
        // A client that wants a socket finds no address of one that does not answer; polling ones need none.
        ["noStreamUrl"] = async (_, page) => Assert.Null((await StartAsync(page))["streamUrl"]),
        ["start404"] = async (_, page) => (await page.PostAsync("/api/directline/conversations", new { user = new { } })).Expect(201),
        ["noCors"] = async (chat, _) =>
            Assert.True(
                (await chat.GetAsync(chat.Path, ("Origin", chat.Address.GetLeftPart(UriPartial.Authority)))).Headers.Contains("Access-Control-Allow-Origin")
            ),
        ["options405"] = async (chat, _) => (await chat.SendAsync(HttpMethod.Options, chat.Path, null, ("Origin", "https://x.example"))).Expect(204),
        ["all401"] = async (chat, _) => (await chat.GetAsync(chat.Path)).Expect(200),
        ["getNoWatermark"] = async (chat, _) => Assert.NotNull((await chat.GetAsync($"{chat.Path}/activities?wait=0")).Json["watermark"]),
        ["numWatermark"] = async (chat, _) =>
            Assert.Equal(System.Text.Json.JsonValueKind.String, (await chat.GetAsync($"{chat.Path}/activities?wait=0")).Json["watermark"]!.GetValueKind()),
        ["getNoActivities"] = async (chat, _) =>
            Assert.Empty((await chat.GetAsync($"{chat.Path}/activities?watermark=99&wait=0")).Json["activities"]!.AsArray()),
        ["get403"] = async (chat, _) => (await chat.GetAsync($"{chat.Path}/activities?watermark=nonsense&wait=0")).Expect(200),
        ["actNoId"] = (chat, _) => EachAsync(chat, activity => activity["id"]),
        ["actNoTimestamp"] = (chat, _) => EachAsync(chat, activity => activity["timestamp"]),
        ["actNoConversation"] = (chat, _) => EachAsync(chat, activity => activity["conversation"]?["id"]),
        ["actNoFromRole"] = (chat, _) => EachAsync(chat, activity => activity["from"]?["role"]),
        ["actNoFrom"] = (chat, _) => EachAsync(chat, activity => activity["from"]?["id"]),
        ["actNoType"] = (chat, _) => EachAsync(chat, activity => activity["type"]),
        ["actNoChannelId"] = (chat, _) => EachAsync(chat, activity => activity["channelId"]),
        ["noEcho"] = async (chat, _) => Assert.Contains((await chat.ReadAsync()), activity => activity["text"]?.GetValue<string>() == "help"),
        ["echoNoClientActivityID"] = async (chat, _) =>
            Assert.NotNull((await chat.ReadAsync()).Single(activity => activity["text"]?.GetValue<string>() == "help")["channelData"]!["clientActivityID"]),
        ["echoNoChannelData"] = async (chat, _) =>
            Assert.NotNull((await chat.ReadAsync()).Single(activity => activity["text"]?.GetValue<string>() == "help")["channelData"]),
        ["postNoId"] = async (chat, _) => Assert.NotNull((await chat.PostAsync("status")).Json["id"]),
        ["post403"] = async (chat, _) => (await chat.PostAsync("")).Expect(200),
        ["refresh403"] = async (chat, _) => (await chat.SendAsync(HttpMethod.Post, "/api/directline/tokens/refresh", null)).Expect(200),
    };

    /// <summary>
    /// Rows that describe what is right, the web socket that the Functions host cannot offer, or a fault of the network that is the page's to survive
    /// (<c>ChatTests</c>).
    /// </summary>
    private static readonly string[] NoFaultOfOurs =
    [
        "none",
        "noGrammar",
        "start200",
        "wsReject",
        "wsDrop",
        "wsEmptyFrame",
        "wsNoWatermark",
        "post201",
        "slowPost",
        "fast",
        "start500",
        "get500",
        "post502",
        "post504",
        "post429",
    ];

    public static TheoryData<string> FaultMatrix =>
        [
            .. JsonNode
                .Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "recordings", "bot", "webchat-fault-matrix.json")))!
                .AsArray()
                .Select(row => row!["fault"]!.GetValue<string>())
                .Distinct()
                .Except(NoFaultOfOurs),
        ];

    [Theory]
    [MemberData(nameof(FaultMatrix))]
    public async Task No_fault_of_the_recorded_matrix_is_ours(string fault)
    {
        using var desk = await fixture.OpenDeskAsync();
        using var chat = await WebChat.BeginAsync(desk, fixture.App.Address);
        using var page = new Desk(desk.Workspace, (await desk.GetAsync("/api/chat")).Json["key"]!.GetValue<string>(), fixture.App.Address);
        await chat.PostAsync("help");
        await Faults[fault](chat, page);
    }

    private static async Task<JsonNode> StartAsync(Desk page) =>
        (await page.PostAsync("/api/directline/conversations", new { user = new { } })).Expect(201).Json;

    private static async Task EachAsync(WebChat chat, Func<JsonNode, JsonNode?> field) =>
        Assert.All(await chat.ReadAsync(), activity => Assert.NotNull(field(activity)));

    /// <summary>Who speaks, where and when is not for a client to say; files come back under addresses of our own.</summary>
    private static readonly string[] Decided = ["id", "timestamp", "channelId", "conversation", "from", "recipient", "textFormat", "entities", "attachments"];

    public static TheoryData<string> Posted =>
        [
            .. System
                .IO.Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "recordings", "bot", "directline"), "*client_POST*activities*.json")
                .Select(path => Path.GetFileName(path)!),
        ];

    [Theory]
    [MemberData(nameof(Posted))]
    public async Task Every_activity_that_web_chat_was_recorded_to_send_is_taken(string recording)
    {
        using var desk = await fixture.OpenDeskAsync();
        using var chat = await WebChat.BeginAsync(desk, fixture.App.Address);
        var body = JsonNode.Parse(
            await File.ReadAllTextAsync(
                Path.Combine(AppContext.BaseDirectory, "recordings", "bot", "directline", recording),
                TestContext.Current.CancellationToken
            )
        )!["request"]!["body"]!;
        var answer = await chat.SendAsync(
            HttpMethod.Post,
            $"{chat.Path}/activities",
            new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json")
        );
        var id = answer.Expect(200).Json["id"]!.GetValue<string>();
        var echo = (await chat.ReadAsync()).SingleOrDefault(activity => activity["id"]!.GetValue<string>() == id);
        Assert.Equal(body["type"]!.GetValue<string>() == "message", echo is not null);
        // A client shows its own message from what comes back, so nothing of it may be lost but what the token and the desk decide.
        foreach (var (name, sent) in body.AsObject().Where(field => echo is not null && !Decided.Contains(field.Key)))
            Assert.True(JsonNode.DeepEquals(sent, echo![name]), $"{name}: {sent?.ToJsonString()} came back as {echo[name]?.ToJsonString() ?? "nothing"}");
    }
}
