using System.Text;
using System.Text.Json.Nodes;
using Helpdesk.Functions.Teams;
using Helpdesk.Functions.Tests.Automations;
using Helpdesk.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Helpdesk.Functions.Tests.Teams;

/// <summary>Agents are told in their own chats with the bot what concerns them; a reference connector takes what the bot says.</summary>
public sealed class AgentNoticesTests(DeskFixture fixture) : IAsyncLifetime
{
    private const string Alex = "00000000-0000-0000-0000-0000000000020";
    private ReferenceConnector _connector = null!;
    private RunningApp _app = null!;
    private Desk _desk = null!;

    public async ValueTask InitializeAsync()
    {
        _connector = await ReferenceConnector.StartAsync();
        using var desk = await fixture.OpenDeskAsync();
        _app = await RunningApp.StartAsync(fixture.Storage, null, "--AZURE_FUNCTIONS_ENVIRONMENT=Development", $"--Bot:Workspace={desk.Workspace}");
        _desk = new Desk(desk.Workspace, desk.Key, _app.Address);
        Knows("user-id-0", "Alex Wilber", "alexw@example.com", Alex);
        Knows("user-id-1", "Megan Bowen", "meganb@example.com", "aad-1");
        (await _desk.PostAsync("/api/groups", Body("""{"id":"desk","name":"Desk","tier":1}"""))).Expect(201);
        foreach (
            var agent in new[]
            {
                $$"""{"id":"alex","name":"Alex","email":"alex@example.com","entraId":"{{Alex}}","groups":["desk"]}""",
                """{"id":"bea","name":"Bea","email":"bea@example.com","groups":["desk"]}""",
            }
        )
            (await _desk.PostAsync("/api/agents", Body(agent))).Expect(201);
        foreach (var id in new[] { "alex", "bea" })
            (await _desk.PatchAsync($"/api/agents/{id}/notifications", Body("""{"assigned":"teams","mention":"teams"}"""))).Expect(200);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        await _connector.DisposeAsync();
        _desk.Dispose();
    }

    [Fact]
    public async Task Whom_the_bot_has_met_is_told_in_their_chat_once_and_everybody_else_by_mail()
    {
        await SayAsync("help", "user-id-0", "chat-of-alex");
        Assert.Equal((true, false), (await IsKnownAsync("alex"), await IsKnownAsync("bea")));
        _connector.Forget();

        await _desk.OpenTicketAsync("The safe is open");
        await AssignAsync(1, "alex");
        (await _desk.PostAsync("/api/tickets/1/comments", new { body = "@alex and @bea: which safe?", visibility = "internal" })).Expect(201);
        await AssignAsync(1, "bea");
        await _app.MailedAsync();
        await _app.InvokeAsync("DispatchTicketEvents", Again(1));
        await _app.MailedAsync();

        Assert.All(_connector.Calls, call => Assert.Equal("chat-of-alex", call.Conversation));
        Assert.Equal(
            ["#1 is assigned to you: The safe is open", "Admin mentions you on #1: @alex and @bea: which safe?"],
            _connector.Calls.Select(call => call.Body!["summary"]!.GetValue<string>())
        );
        // It is the ticket's card, from which it is worked.
        var card = _connector.Calls[0].Body!["attachments"]![0]!["content"]!;
        Assert.Equal("refresh", card["refresh"]!["action"]!["verb"]!.GetValue<string>());
        Assert.Contains("#1 is assigned to you", card["body"]![0]!.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal([("assigned", "bea@example.com"), ("mention", "bea@example.com")], await MailedAsync(1));
    }

    [Fact]
    public async Task An_agent_whom_the_bot_has_met_approves_from_a_card()
    {
        await SayAsync("help", "user-id-0", "chat-of-alex");
        _connector.Forget();
        await _desk.OpenTicketAsync("A new safe");
        var question =
            """{"question":"May we buy a safe?","approvers":[{"email":"alex@example.com"},{"agent":"bea"},{"email":"boss@example.com"}],"rule":"any"}""";
        var id = (await _desk.PostAsync("/api/tickets/1/approvals", Body(question))).Expect(201).Json["id"]!.GetValue<string>();
        await _app.MailedAsync();
        await _app.InvokeAsync("DispatchTicketEvents", Again(1));
        await _app.MailedAsync();
        Assert.Equal([("approval", "bea@example.com"), ("approval", "boss@example.com")], await MailedAsync(1));
        var card = Assert.Single(_connector.Calls).Body!["attachments"]![0]!["content"]!;
        Assert.Contains("May we buy a safe?", card.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal(["approve", "decline"], card["actions"]!.AsArray().Select(one => one!["verb"]!.GetValue<string>()));

        // Somebody who is no agent decides nothing, and twice is once.
        var data = card["actions"]![0]!["data"]!.DeepClone().AsObject();
        data["comment"] = "Yes, please";
        Assert.Contains("403", await PressAsync("approve", data, "user-id-1", "chat-of-megan"), StringComparison.Ordinal);
        for (var again = 0; again < 2; again++)
            Assert.Contains("You have approved this", await PressAsync("approve", data, "user-id-0", "chat-of-alex"), StringComparison.Ordinal);
        var approval = (await _desk.GetAsync("/api/tickets/1/approvals")).Expect(200).Json["items"]![0]!;
        Assert.Equal((id, "approved", "Yes, please"), (approval.Text("id"), approval.Text("state"), approval["approvers"]![0]!.Text("comment")));
        Assert.Contains("approved", await PressAsync("decline", data, "user-id-0", "chat-of-alex"), StringComparison.Ordinal);
        Assert.Equal("approve", (await _desk.GetAsync("/api/tickets/1/approvals")).Expect(200).Json["items"]![0]!["approvers"]![0]!.Text("decision"));
    }

    [Fact]
    public async Task Whoever_has_blocked_the_bot_is_mailed_what_it_could_not_say()
    {
        await SayAsync("help", "user-id-0", "chat-of-alex");
        _connector.Forget();
        _connector.Block("chat-of-alex");
        await _desk.OpenTicketAsync("The safe is open");
        await AssignAsync(1, "alex");
        await _app.MailedAsync();
        Assert.Equal([("assigned", "alex@example.com")], await MailedAsync(1));
        Assert.False(await IsKnownAsync("alex"));
        await _app.InvokeAsync("DispatchTicketEvents", Again(1));
        await _app.InvokeAsync(nameof(DeliverActivities), new JsonObject { ["place"] = PlaceOf("chat-of-alex") }.ToJsonString());
        await _app.MailedAsync();
        Assert.Single(await MailedAsync(1));
        Assert.Single(_connector.Refused, why => why.Contains("403", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_bot_that_is_removed_forgets_the_chat_and_one_that_comes_again_knows_it()
    {
        await SendAsync(Recorded("002-to-bot_installationUpdate-add-personal.json"), "user-id-0", "chat-of-alex");
        Assert.True(await IsKnownAsync("alex"));
        await SendAsync(Recorded("187-to-bot_installationUpdate-remove-personal.json"), "user-id-0", "chat-of-alex");
        Assert.False(await IsKnownAsync("alex"));
        await SayAsync("help", "user-id-0", "chat-of-alex");
        Assert.True(await IsKnownAsync("alex"));
    }

    [Fact]
    public async Task A_chat_is_an_agents_only_where_teams_says_so_and_nobody_else_reads_along()
    {
        // Somebody who is no agent, a group, and a channel in which everybody may be called anything.
        await SayAsync("help", "user-id-1", "chat-of-megan");
        var group = Message("<at>Test Bot</at> help");
        group["conversation"] = new JsonObject { ["conversationType"] = "groupChat", ["isGroup"] = true };
        await SendAsync(group, "user-id-0", "a-group");
        var emulator = Message("help");
        emulator["channelId"] = "emulator";
        await SendAsync(emulator, "user-id-0", "emulated");
        Assert.Equal((false, false), (await IsKnownAsync("alex"), await IsKnownAsync("bea")));
    }

    [Fact]
    public async Task A_chat_whose_person_is_no_longer_the_agent_is_told_nothing()
    {
        await SayAsync("help", "user-id-0", "chat-of-alex");
        _connector.Forget();
        (await _desk.PatchAsync("/api/agents/alex", Body("""{"entraId":"aad-9","email":"new-alex@example.com"}"""))).Expect(200);
        await _desk.OpenTicketAsync("The safe is open");
        await AssignAsync(1, "alex");
        await _app.MailedAsync();
        Assert.Empty(_connector.Calls);
        Assert.Equal([("assigned", "new-alex@example.com")], await MailedAsync(1));

        // And with the agent the chat goes as well.
        (await _desk.DeleteAsync("/api/agents/alex?successor=bea")).Expect(204);
        var settings = _app.Services.GetRequiredService<Helpdesk.Functions.Settings.SettingsStore>();
        Assert.Empty(await settings.ListAsync(_desk.Workspace, AgentChats.Kind, TestContext.Current.CancellationToken));
    }

    private static JsonNode Body(string json) => JsonNode.Parse(json)!;

    private async Task AssignAsync(int number, string agent) => (await _desk.PostAsync($"/api/tickets/{number}/assign", new { assignee = agent })).Expect(200);

    private async Task<bool> IsKnownAsync(string agent) =>
        (await _desk.GetAsync($"/api/agents/{agent}/notifications")).Expect(200).Json["knownInTeams"]!.GetValue<bool>();

    private async Task<List<(string Event, string To)>> MailedAsync(int number) =>
        [
            .. (await _desk.GetAsync($"/api/outbox?ticket={number}")).Expect(200).Json["items"]!
                .AsArray()
                .Select(mail => (mail!["event"]!.GetValue<string>(), mail["to"]!.GetValue<string>()))
                .Where(mail => mail.Item2 != "rita@example.com")
                .Order(),
        ];

    /// <summary>The message of all events of a ticket, as it comes after a crash.</summary>
    private string Again(int number) =>
        new JsonObject
        {
            ["workspace"] = _desk.Workspace,
            ["number"] = number,
            ["upTo"] = 99,
            ["sentAt"] = "2020-01-01T00:00:00Z",
            ["sender"] = "gone",
        }.ToJsonString();

    private string PlaceOf(string conversation) => Helpdesk.Bot.Conversations.ConversationAddress.PlaceOf(_desk.Workspace, "msteams", conversation);

    private void Knows(string id, string name, string email, string aad) =>
        _connector.Members[id] = new()
        {
            ["id"] = id,
            ["name"] = name,
            ["email"] = email,
            ["userPrincipalName"] = email,
            ["aadObjectId"] = aad,
        };

    private Task SayAsync(string text, string from, string conversation) => SendAsync(Message(text), from, conversation);

    private async Task SendAsync(JsonObject activity, string from, string conversation)
    {
        activity["serviceUrl"] = _connector.ServiceUrl;
        activity["from"] = new JsonObject { ["id"] = from };
        activity["conversation"]!["id"] = conversation;
        _connector.Open(conversation);
        (await _desk.SendAsync(HttpMethod.Post, "/api/messages", new StringContent(activity.ToJsonString(), Encoding.UTF8, "application/json"))).Expect(200);
    }

    /// <summary>Presses a button of a card; what the client gets.</summary>
    private async Task<string> PressAsync(string verb, JsonObject data, string from, string conversation)
    {
        var activity = Message("");
        (activity["type"], activity["name"]) = ("invoke", "adaptiveCard/action");
        activity["value"] = new JsonObject
        {
            ["action"] = new JsonObject
            {
                ["type"] = "Action.Execute",
                ["verb"] = verb,
                ["data"] = data.DeepClone(),
            },
        };
        activity["serviceUrl"] = _connector.ServiceUrl;
        activity["from"] = new JsonObject { ["id"] = from };
        activity["conversation"]!["id"] = conversation;
        _connector.Open(conversation);
        using var content = new StringContent(activity.ToJsonString(), Encoding.UTF8, "application/json");
        return (await _desk.SendAsync(HttpMethod.Post, "/api/messages", content)).Expect(200).Text;
    }

    private static JsonObject Message(string text)
    {
        var message = Recorded("111-to-bot_message-personal-please-fix-my-printer.json");
        (message["id"], message["text"]) = (Guid.NewGuid().ToString(), text);
        return message;
    }

    private static JsonObject Recorded(string name) =>
        JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "recordings", "bot", "teams", name)))!["request"]!["body"]!
            .DeepClone()
            .AsObject();
}
