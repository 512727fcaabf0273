using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Azure.Storage.Queues;
using Helpdesk.Bot.AzureBotService;
using Helpdesk.Functions.Conversations;
using Helpdesk.Functions.Sla;
using Helpdesk.Functions.Storage;
using Helpdesk.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Helpdesk.Functions.Tests.Teams;

/// <summary>Teams, as the recordings have it, against the endpoint; a reference connector takes what the bot says.</summary>
public sealed class TeamsTests(DeskFixture fixture) : IAsyncLifetime
{
    private const string Channel = "team-id";
    private ReferenceConnector _connector = null!;
    private RunningApp _app = null!;
    private Desk _desk = null!;

    public async ValueTask InitializeAsync()
    {
        _connector = await ReferenceConnector.StartAsync();
        _desk = await fixture.OpenDeskAsync();
        _app = await RunningApp.StartAsync(fixture.Storage, null, "--AZURE_FUNCTIONS_ENVIRONMENT=Development", $"--Bot:Workspace={_desk.Workspace}");
        _desk = new Desk(_desk.Workspace, _desk.Key, _app.Address);
        Knows("user-id-0", "Alex Wilber", "alexw@example.com", "00000000-0000-0000-0000-0000000000020");
        Knows("user-id-1", "Megan Bowen", "meganb@example.com", "aad-1");
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        await _connector.DisposeAsync();
        _desk.Dispose();
    }

    public static TheoryData<string> ToBot =>
        [
            .. System
                .IO.Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "recordings", "bot", "teams"), "*to-bot*.json")
                .Select(path => Path.GetFileName(path)!),
        ];

    [Theory]
    [MemberData(nameof(ToBot))]
    public async Task Every_recorded_activity_is_answered_as_a_channel_expects(string recording)
    {
        var request = JsonNode.Parse(
            await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "recordings", "bot", "teams", recording), TestContext.Current.CancellationToken)
        )!["request"]!;
        if (request["body"] is not JsonObject body)
        {
            // The emulator looks first whether there is anything at all.
            Assert.StartsWith("HEAD", request["line"]!.GetValue<string>(), StringComparison.Ordinal);
            return;
        }

        var activity = body.DeepClone().AsObject();
        var (first, second) = (await SendAsync(activity), await SendAsync(activity));
        var isInvoke = activity["type"]!.GetValue<string>() == "invoke";
        Assert.Contains(first.Status, isInvoke ? [200, 501] : new[] { 200 });
        Assert.Equal((first.Status, first.Text), (second.Status, second.Text));
        await _app.DeliveredAsync();
        Assert.DoesNotContain(_connector.Refused, why => !why.Contains("MemberNotFound", StringComparison.Ordinal));
        // What comes twice is answered once.
        Assert.InRange(_connector.Calls.Count(call => call.Method == "POST"), 0, 1);
    }

    [Fact]
    public async Task Free_text_in_a_personal_chat_becomes_a_ticket_of_the_person_and_its_answers_come_back_once()
    {
        await SendAsync(Recorded("111-to-bot_message-personal-please-fix-my-printer.json"));
        var ticket = (await _desk.GetAsync("/api/tickets/1")).Expect(200).Json;
        Assert.Equal(
            ("alexw@example.com", "Alex Wilber", "teams", "please fix my printer"),
            (
                ticket["requester"]!["email"]!.GetValue<string>(),
                ticket["requester"]!["name"]!.GetValue<string>(),
                ticket["channel"]!.GetValue<string>(),
                ticket["subject"]!.GetValue<string>()
            )
        );
        Assert.Contains("ticket #1", Said()[^1], StringComparison.Ordinal);
        Assert.Equal(Recorded("111-to-bot_message-personal-please-fix-my-printer.json")["id"]!.GetValue<string>(), _connector.Calls[^1].ActivityId);

        (await _desk.PostAsync("/api/tickets/1/comments", new { body = "Have you tried **paper**?" })).Expect(201);
        (await _desk.PostAsync("/api/tickets/1/resolve", new { resolution = "Paper" })).Expect(200);
        await _app.DeliveredAsync();
        Assert.Equal("Admin on ticket #1:\nHave you tried **paper**?", Said()[^2]);
        Assert.StartsWith("Ticket #1 (please fix my printer) is solved:", Said()[^1], StringComparison.Ordinal);
        var calls = _connector.Calls.Count;
        // The same events again, as after a crash.
        await _app.InvokeAsync(
            "DispatchTicketEvents",
            new JsonObject
            {
                ["workspace"] = _desk.Workspace,
                ["number"] = 1,
                ["upTo"] = 9,
                ["sentAt"] = "2020-01-01T00:00:00Z",
                ["sender"] = "gone",
            }.ToJsonString()
        );
        Assert.Equal(calls, _connector.Calls.Count);

        await SendAsync(Message("still broken"));
        Assert.Equal("open", (await _desk.GetAsync("/api/tickets/1")).Json["status"]!.GetValue<string>());
    }

    [Fact]
    public async Task In_a_channel_the_bot_answers_in_the_thread_and_tells_people_apart()
    {
        await SendAsync(ChannelMessage("<at>Test Bot</at> The projector is dark", "17", "user-id-0"));
        await SendAsync(ChannelMessage("<at>Test Bot</at> status", "17", "user-id-1"));
        Assert.All(_connector.Calls, call => Assert.Equal($"{Channel};messageid=17", call.Conversation));
        Assert.Equal("You have no tickets here.", Said()[^1]);
        Assert.Equal("The projector is dark", (await _desk.GetAsync("/api/tickets/1")).Json["subject"]!.GetValue<string>());
        await SendAsync(ChannelMessage("<at>Test Bot</at> #1", "17", "user-id-1"));
        Assert.Equal("I cannot find that ticket among yours.", Said()[^1]);
        (await _desk.PostAsync("/api/tickets/1/comments", new { body = "On my way" })).Expect(201);
        await _app.DeliveredAsync();
        Assert.Equal(($"{Channel};messageid=17", "Admin on ticket #1:\nOn my way"), (_connector.Calls[^1].Conversation, Said()[^1]));
    }

    [Fact]
    public async Task In_a_channel_nothing_is_said_to_what_is_not_for_the_bot()
    {
        var message = ChannelMessage("The projector is dark", "17", "user-id-0");
        message.Remove("entities");
        (await SendAsync(message)).Expect(200);
        Assert.Empty(_connector.Calls);
        (await _desk.GetAsync("/api/tickets/1")).Expect(404);
    }

    [Fact]
    public async Task Who_wants_to_talk_to_a_person_is_marked_and_the_group_is_told_once()
    {
        await LinkAsync();
        (await _desk.PatchAsync("/api/chat", new { group = "desk" })).Expect(200);
        await SendAsync(Message("The safe is open", "user-id-1", "conversation-1"));
        await _app.DeliveredAsync();
        Assert.Contains("The safe is open", Assert.Single(_connector.Shown(Channel)).ToJsonString(), StringComparison.Ordinal);
        await SendAsync(Message("talk to a person", "user-id-1", "conversation-1"));
        await SendAsync(Message("talk to a person", "user-id-1", "conversation-1"));
        await _app.DeliveredAsync();
        Assert.Equal(["talk-to-a-person"], (await _desk.GetAsync("/api/tickets/1")).Json["tags"]!.AsArray().Select(tag => tag!.GetValue<string>()));
        Assert.Single(_connector.Calls, call => call.Body!["text"]?.GetValue<string>() == "The requester of #1 would like to talk to somebody.");
    }

    [Fact]
    public async Task Nobody_reaches_another_persons_ticket_by_any_command()
    {
        await SendAsync(Message("The safe is open", "user-id-1", "conversation-1"));
        Assert.Equal("meganb@example.com", (await _desk.GetAsync("/api/tickets/1")).Json["requester"]!["email"]!.GetValue<string>());
        await _desk.ListShowsAsync("requester=meganb@example.com", 1);
        foreach (var value in new JsonNode?[] { null, Do("show", 1), Do("solved", 1), Do("broken", 1) })
        {
            await SendAsync(Message(value is null ? "#1" : "", value: value));
            Assert.Equal("I cannot find that ticket among yours.", Said()[^1]);
        }

        await SendAsync(Message("", value: Do("add", 1)));
        await SendAsync(Message("let me in"));
        Assert.Equal("I cannot find that ticket among yours.", Said()[^1]);
        await SendAsync(Message("status"));
        Assert.Equal("You have no tickets here.", Said()[^1]);
        var search = await SendAsync(
            Invoke(
                "composeExtension/query",
                new JsonObject { ["commandId"] = "searchTickets", ["parameters"] = new JsonArray(new JsonObject { ["name"] = "q", ["value"] = "safe" }) }
            )
        );
        Assert.Equal("message", search.Json["composeExtension"]!["type"]!.GetValue<string>());
        var link = await SendAsync(Invoke("composeExtension/queryLink", new JsonObject { ["url"] = "https://help.example/tickets/1" }));
        Assert.Equal("message", link.Json["composeExtension"]!["type"]!.GetValue<string>());
        foreach (var verb in new[] { "refresh", "take", "resolve", "note", "reply", "escalate", "acknowledge" })
        {
            var pressed = await SendAsync(
                Card(
                    verb,
                    1,
                    new()
                    {
                        ["resolution"] = "x",
                        ["note"] = "x",
                        ["reply"] = "x",
                        ["reason"] = "x",
                    }
                )
            );
            Assert.Equal(403, pressed.Json["statusCode"]!.GetValue<int>());
            Assert.DoesNotContain("safe", pressed.Text, StringComparison.Ordinal);
        }

        Assert.Single((await _desk.GetAsync("/api/tickets/1/events")).Json["items"]!.AsArray());
        // Its own person sees it.
        await SendAsync(Message("status", "user-id-1", "conversation-1"));
        Assert.Contains("#1 The safe is open", Said()[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_agent_works_a_ticket_from_its_card_which_changes_in_place()
    {
        await LinkAsync();
        await SendAsync(Message("The safe is open", "user-id-1", "conversation-1"));
        (await _desk.PostAsync("/api/tickets/1/assign", new { group = "desk" })).Expect(200);
        await _app.DeliveredAsync();
        var posted = Assert.Single(_connector.Shown(Channel));
        Assert.Contains("The safe is open", posted.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal("refresh", Content(posted)["refresh"]!["action"]!["verb"]!.GetValue<string>());

        var steps = new (string Verb, JsonObject Data, Func<JsonNode, bool> Shows)[]
        {
            ("take", [], ticket => ticket["assignee"]!.GetValue<string>() == "alex"),
            (
                "change",
                new()
                {
                    ["priority"] = "urgent",
                    ["wasPriority"] = "normal",
                    ["assignee"] = "-",
                    ["wasAssignee"] = "-",
                },
                ticket => ticket["priority"]!.GetValue<string>() == "urgent" && ticket["assignee"]!.GetValue<string>() == "alex"
            ),
            ("change", new() { ["status"] = "pending", ["wasStatus"] = "open" }, ticket => ticket["status"]!.GetValue<string>() == "pending"),
            ("change", new() { ["assignee"] = "bea", ["wasAssignee"] = "alex" }, ticket => ticket["assignee"]!.GetValue<string>() == "bea"),
            ("acknowledge", [], ticket => true),
            ("escalate", new() { ["reason"] = "Beyond me" }, ticket => ticket["tier"]!.GetValue<int>() == 2),
            (
                "resolve",
                new() { ["resolution"] = "Locked" },
                ticket => ticket["status"]!.GetValue<string>() == "resolved" && ticket["resolution"]!.GetValue<string>() == "Locked"
            ),
        };
        foreach (var (verb, data, shows) in steps)
        {
            var answer = await SendAsync(Card(verb, 1, data));
            Assert.Equal(
                (200, "application/vnd.microsoft.card.adaptive"),
                (answer.Json["statusCode"]!.GetValue<int>(), answer.Json["type"]!.GetValue<string>())
            );
            Assert.True(shows((await _desk.GetAsync("/api/tickets/1")).Json), verb);
        }

        await _app.DeliveredAsync();
        Assert.Single(_connector.Shown(Channel));
        Assert.Contains("resolved", _connector.Shown(Channel)[0].ToJsonString(), StringComparison.Ordinal);
        var alerts = _connector
            .Calls.Where(call => call.Conversation.StartsWith($"{Channel};", StringComparison.Ordinal) && call.Body!["text"] is not null)
            .Select(call => call.Body!["text"]!.GetValue<string>())
            .ToList();
        Assert.Equal(["#1 now belongs to Alex.", "#1 now belongs to Bea."], alerts);
        // Said under the card, each once.
        Assert.Equal(alerts.Distinct(), alerts);
        Assert.All(
            _connector.Calls.Where(call =>
                call.Conversation.Contains(';', StringComparison.Ordinal) && call.Body!["text"]?.GetValue<string>() == "#1 now belongs to Alex."
            ),
            call =>
                Assert.EndsWith(
                    _connector.Calls.First(one => one.Conversation == Channel && one.Method == "POST").Id,
                    call.Conversation,
                    StringComparison.Ordinal
                )
        );
    }

    [Fact]
    public async Task What_an_agent_answers_from_the_card_goes_out_in_the_thread_of_the_requesters_mail()
    {
        await LinkAsync();
        var address = $"support@{_desk.Workspace}.example";
        var path = await Email.MailDesk.AddMailboxAsync(_desk, address, new { group = "desk" });
        using var mails = new Email.MailDesk(_desk, _app) { IntakePath = path };
        await mails.SendAsync(mails.Mail("It is on fire", ("To", address), ("Message-ID", "<first@example.com>")));
        (await SendAsync(Card("reply", 1, new() { ["reply"] = "Have you tried water?" }))).Expect(200);
        await _app.MailedAsync();
        async Task<JsonNode?> AnswerAsync() =>
            (await _desk.GetAsync("/api/outbox?ticket=1")).Expect(200).Json["items"]!
                .AsArray()
                .SingleOrDefault(mail => mail!["event"]!.GetValue<string>() == "public-answer");
        // The mail that came in may still be under way to its ticket's other readers.
        await Until.TrueAsync(async () => await AnswerAsync() is not null, "the answer is in the outbox");
        var answer = (await AnswerAsync())!;
        Assert.Equal(("rita@example.com", address), (answer["to"]!.GetValue<string>(), answer["from"]!.GetValue<string>()));
        Assert.StartsWith("Alex", answer["fromName"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Contains("Have you tried water?", answer["text"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.StartsWith("<first@example.com>", answer["headers"]!["References"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_at_risk_or_breached_shows_on_the_card_and_is_said_below_it_once()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 3, 10, 9, 0, 0, TimeSpan.Zero));
        await using var app = await RunningApp.StartAsync(
            fixture.Storage,
            builder => builder.Services.AddSingleton<TimeProvider>(time),
            "--AZURE_FUNCTIONS_ENVIRONMENT=Development",
            $"--Bot:Workspace={_desk.Workspace}"
        );
        _desk = new Desk(_desk.Workspace, _desk.Key, app.Address);
        await LinkAsync();
        var hours = new[] { "mon", "tue", "wed", "thu", "fri", "sat", "sun" }.ToDictionary(day => day, _ => new[] { "00:00-24:00" });
        (
            await _desk.PostAsync(
                "/api/calendars",
                new
                {
                    id = "always",
                    name = "Always",
                    timeZone = "UTC",
                    hours,
                }
            )
        ).Expect(201);
        (
            await _desk.PostAsync(
                "/api/sla/policies",
                new
                {
                    name = "Fast",
                    position = 1,
                    calendar = "always",
                    targets = new[] { new { metric = "resolution", within = "PT1H" } },
                    steps = new[]
                    {
                        new
                        {
                            metric = "resolution",
                            at = 50,
                            @do = "warn",
                        },
                    },
                }
            )
        ).Expect(201);
        (
            await _desk.PostAsync(
                "/api/tickets",
                new
                {
                    subject = "Lift",
                    description = "Stuck",
                    group = "desk",
                    requester = new { email = "rita@example.com" },
                }
            )
        ).Expect(201);
        await app.DeliveredAsync();
        Assert.Contains("Due: {{DATE(2026-03-10T10:00:00Z,SHORT)}}", Assert.Single(_connector.Shown(Channel)).ToJsonString(), StringComparison.Ordinal);
        foreach (
            var (minutes, card, said) in new[]
            {
                (31, "At risk, due: ", "#1 is at risk: it is due soon."),
                (30, "Breached, was due: ", "#1 has breached its promise."),
            }
        )
        {
            time.Advance(TimeSpan.FromMinutes(minutes));
            for (var i = 0; i < 2; i++)
                await app.Services.GetRequiredService<WakeTicket>().WakeAsync(new(_desk.Workspace, 1), TestContext.Current.CancellationToken);
            await app.DeliveredAsync();
            Assert.Contains(card, Assert.Single(_connector.Shown(Channel)).ToJsonString(), StringComparison.Ordinal);
            Assert.Single(_connector.Calls, call => call.Body!["text"]?.GetValue<string>() == said);
        }
    }

    [Fact]
    public async Task A_button_pressed_twice_acts_once_and_a_rule_that_forbids_it_is_told_on_the_card()
    {
        await LinkAsync();
        await SendAsync(Message("The safe is open", "user-id-1", "conversation-1"));
        var pressed = Card("reply", 1, new() { ["reply"] = "On **my** way <b>now</b>" });
        var (first, second) = (await SendAsync(pressed), await SendAsync(pressed));
        Assert.Equal(200, second.Json["statusCode"]!.GetValue<int>());
        Assert.Single((await _desk.GetAsync("/api/tickets/1/comments")).Json["items"]!.AsArray());
        // Nobody's words are markdown on a card.
        Assert.Contains("\"TextRun\"", first.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(Texts(first.Json["value"]!, "TextBlock"), text => text.Contains("way", StringComparison.Ordinal));

        await SendAsync(Card("resolve", 1, new() { ["resolution"] = "Locked" }));
        var broken = await SendAsync(Card("resolve", 1, new() { ["resolution"] = "Another" }));
        Assert.Contains("already resolved", broken.Text, StringComparison.Ordinal);
        var empty = await SendAsync(Card("note", 1, []));
        Assert.Contains("Fill in the field first.", empty.Text, StringComparison.Ordinal);
        Assert.Equal(403, (await SendAsync(Card("take", 999, []))).Json["statusCode"]!.GetValue<int>());
    }

    [Fact]
    public async Task Clients_that_submit_instead_get_the_card_changed_in_its_place()
    {
        await LinkAsync();
        await SendAsync(Message("The safe is open", "user-id-1", "conversation-1"));
        (await _desk.PostAsync("/api/tickets/1/assign", new { group = "desk" })).Expect(200);
        await _app.DeliveredAsync();
        var card = _connector.Calls.First(call => call.Conversation == Channel && call.Method == "POST").Id;
        var submit = ChannelMessage("", null, "user-id-0");
        submit["value"] = new JsonObject { ["verb"] = "take", ["ticket"] = 1 };
        submit["replyToId"] = card;
        submit.Remove("text");
        (await SendAsync(submit)).Expect(200);
        await _app.DeliveredAsync();
        Assert.Equal("alex", (await _desk.GetAsync("/api/tickets/1")).Json["assignee"]!.GetValue<string>());
        Assert.Contains(_connector.Calls, call => call.Method == "PUT" && call.Id == card);
        Assert.Single(_connector.Shown(Channel));
    }

    [Fact]
    public async Task Groups_are_linked_by_agents_and_only_to_groups_that_are_there()
    {
        _connector.Open(Channel);
        await SendAsync(ChannelMessage("<at>Test Bot</at> link group desk", "17", "user-id-1"));
        Assert.Equal("Only agents of this helpdesk can do that.", Said()[^1]);
        await AgentsAsync();
        await SendAsync(ChannelMessage("<at>Test Bot</at> link group nowhere", "17", "user-id-0"));
        Assert.StartsWith("There is no group nowhere.", Said()[^1], StringComparison.Ordinal);
        await SendAsync(ChannelMessage("<at>Test Bot</at> link group desk", "17", "user-id-0"));
        Assert.Equal("Cards of the group desk are posted here from now on.", Said()[^1]);
        await SendAsync(ChannelMessage("<at>Test Bot</at> unlink group desk", "17", "user-id-0"));
        Assert.Equal("Cards of the group desk are no longer posted here.", Said()[^1]);
        await _desk.PostAsync(
            "/api/tickets",
            new
            {
                subject = "x",
                description = "x",
                group = "desk",
                requester = new { email = "rita@example.com" },
            }
        );
        await _app.DeliveredAsync();
        Assert.Empty(_connector.Shown(Channel));
    }

    [Fact]
    public async Task A_card_that_was_deleted_comes_again_and_a_channel_without_the_bot_is_left_alone()
    {
        await LinkAsync();
        await _desk.PostAsync(
            "/api/tickets",
            new
            {
                subject = "x",
                description = "x",
                group = "desk",
                requester = new { email = "rita@example.com" },
            }
        );
        await _app.DeliveredAsync();
        var card = _connector.Calls.Last(call => call.Conversation == Channel).Id;
        using var http = new HttpClient();
        await http.DeleteAsync(new Uri($"{_connector.ServiceUrl}/v3/conversations/{Channel}/activities/{card}"), TestContext.Current.CancellationToken);
        await _desk.PatchAsync("/api/tickets/1", new { priority = "high" });
        await _app.DeliveredAsync();
        Assert.Contains("high", Assert.Single(_connector.Shown(Channel)).ToJsonString(), StringComparison.Ordinal);

        _connector.Block(Channel);
        var calls = _connector.Calls.Count;
        await _desk.PatchAsync("/api/tickets/1", new { priority = "low" });
        await _desk.PatchAsync("/api/tickets/1", new { priority = "normal" });
        await _app.DeliveredAsync();
        Assert.Equal(calls, _connector.Calls.Count);
        Assert.Empty((await _desk.GetAsync("/api/operations/dead-letters")).Json["items"]!.AsArray());
    }

    [Fact]
    public async Task A_message_of_the_channel_becomes_one_ticket_however_often_it_is_asked_for()
    {
        var payload = new JsonObject
        {
            ["id"] = "1795",
            ["body"] = new JsonObject { ["contentType"] = "html", ["content"] = "<p>The <b>gate</b> &amp; door stand open</p>" },
        };
        var form = await SendAsync(
            Invoke("composeExtension/fetchTask", new JsonObject { ["commandId"] = "createTicket", ["messagePayload"] = payload.DeepClone() })
        );
        var inputs = form.Json["task"]!["value"]!["card"]!["content"]!["body"]!.AsArray();
        Assert.Contains("gate", inputs[0]!["value"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.DoesNotContain("<", inputs[1]!["value"]!.GetValue<string>(), StringComparison.Ordinal);

        JsonObject Submit() =>
            Invoke(
                "composeExtension/submitAction",
                new JsonObject
                {
                    ["commandId"] = "createTicket",
                    ["messagePayload"] = payload.DeepClone(),
                    ["data"] = new JsonObject { ["subject"] = "Gate", ["description"] = "The gate & door stand open" },
                }
            );
        foreach (var answer in await Task.WhenAll(SendAsync(Submit()), SendAsync(Submit()), SendAsync(Submit())))
            Assert.Equal("result", answer.Expect(200).Json["composeExtension"]!["type"]!.GetValue<string>());
        await _app.DeliveredAsync();
        Assert.Single(await _desk.NumbersAsync("requester=alexw@example.com"));
        var found = await SendAsync(
            Invoke("composeExtension/query", new JsonObject { ["parameters"] = new JsonArray(new JsonObject { ["name"] = "q", ["value"] = "gate" }) })
        );
        Assert.Contains(
            "Gate",
            found.Json["composeExtension"]!["attachments"]![0]!["preview"]!["content"]!["title"]!.GetValue<string>(),
            StringComparison.Ordinal
        );
        Assert.Equal(501, (await SendAsync(Invoke("task/fetch", []))).Status);
    }

    [Fact]
    public async Task An_edited_message_edits_the_comment_and_a_deleted_one_takes_its_words_away_once()
    {
        await SendAsync(Message("The safe is open"));
        var said = Message("It is the one in rom 7");
        await SendAsync(said);
        var edit = Changed(said, "messageUpdate", "editMessage", "It is the one in room 7");
        await SendAsync(edit);
        await SendAsync(edit);
        var comment = Assert.Single(await CommentsAsync());
        Assert.Equal("It is the one in room 7", comment["body"]!.GetValue<string>());
        Assert.NotNull(comment["editedAt"]);
        Assert.Equal(["ticket-opened", "comment-added", "comment-edited"], await EventsAsync());
        var edited = (await _desk.GetAsync("/api/tickets/1/events")).Json["items"]![2]!["data"]!;
        Assert.Equal(("It is the one in rom 7", "It is the one in room 7"), (edited["from"]!.GetValue<string>(), edited["to"]!.GetValue<string>()));

        // Twice more, and the first edit comes late: what was said last stays.
        var second = Changed(said, "messageUpdate", "editMessage", "It is the one in room 8");
        await SendAsync(second);
        await SendAsync(edit);
        Assert.Equal("It is the one in room 8", Assert.Single(await CommentsAsync())["body"]!.GetValue<string>());

        var deleted = Changed(said, "messageDelete", "softDeleteMessage", null);
        await SendAsync(deleted);
        await SendAsync(deleted);
        comment = Assert.Single(await CommentsAsync());
        Assert.Equal("", comment["body"]!.GetValue<string>());
        Assert.NotNull(comment["deletedAt"]);
        Assert.Equal(["ticket-opened", "comment-added", "comment-edited", "comment-edited", "comment-deleted"], await EventsAsync());
        Assert.Equal("I have removed that from ticket #1.", Said()[^1]);

        await SendAsync(Changed(said, "messageUpdate", "undeleteMessage", "It is the one in room 8"));
        comment = Assert.Single(await CommentsAsync());
        Assert.Equal("It is the one in room 8", comment["body"]!.GetValue<string>());
        Assert.Null(comment["deletedAt"]);
    }

    [Fact]
    public async Task An_edit_of_the_first_message_is_added_and_one_of_a_command_leads_to_nothing()
    {
        var first = Message("The safe is opne");
        await SendAsync(first);
        var command = Message("status");
        await SendAsync(command);
        var calls = _connector.Calls.Count;
        await SendAsync(Changed(command, "messageUpdate", "editMessage", "state"));
        await SendAsync(Changed(command, "messageDelete", "softDeleteMessage", null));
        await SendAsync(Changed(Message("never seen"), "messageUpdate", "editMessage", "x"));
        Assert.Equal(calls, _connector.Calls.Count);
        await SendAsync(Changed(first, "messageUpdate", "editMessage", "The safe is open"));
        Assert.EndsWith("It now says:\nThe safe is open", Assert.Single(await CommentsAsync())["body"]!.GetValue<string>(), StringComparison.Ordinal);
        await SendAsync(Changed(first, "messageDelete", "softDeleteMessage", null));
        Assert.StartsWith("Your first message is the description of ticket #1", Said()[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Words_that_were_added_after_a_question_are_edited_by_the_message_they_were_written_in()
    {
        await SendAsync(Message("The safe is open"));
        await _app.DeliveredAsync();
        await SendAsync(Message("new problem"));
        var words = Message("The safe is opne again");
        await SendAsync(words);
        Assert.StartsWith("Is it about one of your open tickets?", Said()[^1], StringComparison.Ordinal);
        var yes = Message("yes");
        await SendAsync(yes);
        await SendAsync(Changed(yes, "messageUpdate", "editMessage", "yes!"));
        await SendAsync(Changed(words, "messageUpdate", "editMessage", "The safe is open again"));
        Assert.Equal("The safe is open again", Assert.Single(await CommentsAsync())["body"]!.GetValue<string>());
    }

    [Fact]
    public async Task Thanks_that_become_a_complaint_reopen_and_nobody_else_can_edit_them()
    {
        await SendAsync(Message("The safe is open"));
        (await _desk.PostAsync("/api/tickets/1/resolve", new { resolution = "Locked" })).Expect(200);
        await _app.DeliveredAsync();
        var thanks = Message("Thanks!");
        await SendAsync(thanks);
        Assert.Equal("You are welcome! I have noted that on ticket #1, which stays solved.", Said()[^1]);
        Assert.Equal("resolved", (await _desk.GetAsync("/api/tickets/1")).Json["status"]!.GetValue<string>());
        var stranger = Changed(thanks, "messageUpdate", "editMessage", "Hacked");
        stranger["conversation"]!["id"] = "conversation-1";
        stranger["from"]!["id"] = "user-id-1";
        await SendAsync(stranger);
        Assert.Equal("Thanks!", Assert.Single(await CommentsAsync())["body"]!.GetValue<string>());
        await SendAsync(Changed(thanks, "messageUpdate", "editMessage", "Thanks, but it is open again"));
        Assert.Equal("open", (await _desk.GetAsync("/api/tickets/1")).Json["status"]!.GetValue<string>());
        Assert.Equal("Ticket #1 is open again, with your message.", Said()[^1]);
    }

    [Fact]
    public async Task Who_wants_to_talk_is_heard_on_a_ticket_that_has_all_the_tags_it_can_have()
    {
        await SendAsync(Message("The safe is open"));
        (await _desk.PatchAsync("/api/tickets/1", new { tags = Enumerable.Range(0, 20).Select(i => $"tag-{i}") })).Expect(200);
        await SendAsync(Message("talk to a person"));
        Assert.Equal(20, (await _desk.GetAsync("/api/tickets/1")).Json["tags"]!.AsArray().Count);
        Assert.Equal("talk to a person", Assert.Single(await CommentsAsync())["body"]!.GetValue<string>());
        Assert.StartsWith("The team knows that you would like to talk", Said()[^1], StringComparison.Ordinal);
        // Whatever is added by hand stays within the limit.
        (await _desk.PatchAsync("/api/tickets/1", new { tags = Enumerable.Range(0, 20).Select(i => $"tag-{i}").Reverse() })).Expect(200);
    }

    [Fact]
    public async Task Opening_hours_are_those_of_the_calendar_that_counts()
    {
        await SendAsync(Message("What are your opening hours?"));
        Assert.StartsWith("Our opening hours (UTC):\nMon–Fri: 09:00–17:00\nSat–Sun: closed", Said()[^1], StringComparison.Ordinal);
        (
            await _desk.PostAsync(
                "/api/calendars",
                new
                {
                    id = "vip",
                    name = "VIP",
                    timeZone = "Europe/Athens",
                    hours = new { mon = new[] { "10:00-18:00" } },
                }
            )
        ).Expect(201);
        (
            await _desk.PostAsync(
                "/api/groups",
                new
                {
                    id = "vip",
                    name = "VIP",
                    tier = 1,
                    calendar = "vip",
                }
            )
        ).Expect(201);
        (await _desk.PatchAsync("/api/chat", new { group = "vip" })).Expect(200);
        await SendAsync(Message("Wann haben Sie geöffnet?"));
        Assert.StartsWith("Our opening hours (Europe/Athens):\nMon: 10:00–18:00\nTue–Sun: closed", Said()[^1], StringComparison.Ordinal);
        (await _desk.GetAsync("/api/tickets/1")).Expect(404);
    }

    [Fact]
    public async Task Who_wants_to_talk_hears_when_somebody_is_there_and_how_soon_others_were_answered()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 3, 10, 9, 0, 0, TimeSpan.Zero));
        await using var app = await RunningApp.StartAsync(
            fixture.Storage,
            builder => builder.Services.AddSingleton<TimeProvider>(time),
            "--AZURE_FUNCTIONS_ENVIRONMENT=Development",
            $"--Bot:Workspace={_desk.Workspace}"
        );
        _desk = new Desk(_desk.Workspace, _desk.Key, app.Address);
        var problems = new[] { "The safe is open", "No mail since Monday", "Lift stuck between floors" };
        foreach (var (problem, i) in problems.Select((problem, i) => (problem, i)))
            await SendAsync(Message(problem, "user-id-1", $"conversation-{i}"));
        await SendAsync(Message("talk to a person", "user-id-1", "conversation-0"));
        Assert.EndsWith("Somebody is there now; we close today at 17:00 (UTC).", Said()[^1], StringComparison.Ordinal);
        for (var number = 1; number <= 3; number++)
        {
            time.Advance(TimeSpan.FromMinutes(20));
            (await _desk.PostAsync($"/api/tickets/{number}/comments", new { body = "On my way" })).Expect(201);
        }

        await app.DeliveredAsync();
        time.Advance(TimeSpan.FromHours(10));
        await SendAsync(Message("The coffee is cold"));
        await SendAsync(Message("talk to a person"));
        Assert.EndsWith(
            "Nobody is there at the moment; we are back tomorrow at 09:00 (UTC).\nLately, half of the first replies came within 40 minutes.",
            Said()[^1],
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Lists_and_pictures_of_a_message_become_lines_and_files_and_what_is_out_of_reach_is_named()
    {
        _connector.Files["one.png"] = ("image/png", [137, 80, 78, 71]);
        var payload = new JsonObject
        {
            ["id"] = "1801",
            ["body"] = new JsonObject
            {
                ["contentType"] = "html",
                ["content"] =
                    $"<p>Broken:</p><ul><li>gate</li><li>door</li></ul><p><img src=\"{_connector.ServiceUrl}/files/one.png\"></p>"
                    + "<p><img src=\"https://graph.microsoft.com/v1.0/chats/1/messages/2/hostedContents/3/$value\" alt=\"map.png\"></p>",
            },
            ["attachments"] = new JsonArray(
                new JsonObject
                {
                    ["contentType"] = "reference",
                    ["contentUrl"] = "https://x.sharepoint.com/plan.pdf",
                    ["name"] = "plan.pdf",
                }
            ),
        };
        JsonObject Call(string name, JsonObject? data)
        {
            var value = new JsonObject { ["commandId"] = "createTicket", ["messagePayload"] = payload.DeepClone() };
            if (data is not null)
                value["data"] = data;
            return Invoke(name, value);
        }

        var form = (await SendAsync(Call("composeExtension/fetchTask", null))).Json["task"]!["value"]!["card"]!["content"]!["body"]!.AsArray();
        var words = form[1]!["value"]!.GetValue<string>();
        Assert.Equal("Broken:\n\n- gate\n- door\n\n[picture 1]\n\n[map.png]", words);
        Assert.Contains("Not taken over: map.png, plan.pdf", form[2]!.ToJsonString(), StringComparison.Ordinal);
        await SendAsync(Call("composeExtension/submitAction", new() { ["subject"] = "Gate", ["description"] = words }));
        var ticket = (await _desk.GetAsync("/api/tickets/1")).Expect(200).Json;
        Assert.Equal("picture 1.png", Assert.Single(ticket["attachments"]!.AsArray())!["name"]!.GetValue<string>());
        Assert.Contains("- gate\n- door", ticket["description"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Contains(
            "Not taken over: map.png, plan.pdf (https://x.sharepoint.com/plan.pdf).",
            ticket["description"]!.GetValue<string>(),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Nothing_of_a_message_that_is_longer_than_the_form_is_lost()
    {
        var text = string.Concat(Enumerable.Range(0, 12_000).Select(i => $"line {i}\n")).Trim();
        var payload = new JsonObject
        {
            ["id"] = "1802",
            ["body"] = new JsonObject { ["contentType"] = "text", ["content"] = text },
        };
        var form = (
            await SendAsync(Invoke("composeExtension/fetchTask", new() { ["commandId"] = "createTicket", ["messagePayload"] = payload.DeepClone() }))
        ).Json["task"]!["value"]!["card"]!["content"]!["body"]!.AsArray();
        var shown = form[1]!["value"]!.GetValue<string>();
        Assert.InRange(shown.Length, 10_000, 20_000);
        var subject = new string('s', 240);
        await SendAsync(
            Invoke(
                "composeExtension/submitAction",
                new()
                {
                    ["commandId"] = "createTicket",
                    ["messagePayload"] = payload.DeepClone(),
                    ["data"] = new JsonObject { ["subject"] = subject, ["description"] = shown },
                }
            )
        );
        var ticket = (await _desk.GetAsync("/api/tickets/1")).Expect(200).Json;
        Assert.Equal(subject, ticket["subject"]!.GetValue<string>());
        var all = ticket["description"]!.GetValue<string>() + string.Concat((await CommentsAsync()).Select(comment => comment["body"]!.GetValue<string>()));
        Assert.Equal(text.Replace("\n", "", StringComparison.Ordinal), all.Replace("\n", "", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_file_comes_along_and_one_from_elsewhere_does_not()
    {
        _connector.Files["fire.png"] = ("image/png", [1, 2, 3]);
        var message = Message("The printer is on fire");
        message["attachments"] = new JsonArray(
            new JsonObject
            {
                ["contentType"] = "application/vnd.microsoft.teams.file.download.info",
                ["name"] = "fire.png",
                ["content"] = new JsonObject { ["downloadUrl"] = $"{_connector.ServiceUrl}/files/fire.png" },
            },
            new JsonObject
            {
                ["contentType"] = "application/vnd.microsoft.teams.file.download.info",
                ["name"] = "evil.png",
                ["content"] = new JsonObject { ["downloadUrl"] = "http://169.254.169.254/latest" },
            },
            new JsonObject { ["contentType"] = "text/html", ["content"] = "<p>The printer is on fire</p>" }
        );
        await SendAsync(message);
        var ticket = (await _desk.GetAsync("/api/tickets/1")).Expect(200).Json;
        Assert.Equal("fire.png", Assert.Single(ticket["attachments"]!.AsArray())!["name"]!.GetValue<string>());
        Assert.Contains("evil.png cannot be attached", ticket["description"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_process_left_behind_is_said_by_the_next_one()
    {
        await SendAsync(Message("status"));
        _connector.Fail(500);
        (await SendAsync(Message("help"))).Expect(200);
        Assert.DoesNotContain(_connector.Calls, call => call.Body!.ToJsonString().Contains("Just write what is wrong", StringComparison.Ordinal));
        var place = Helpdesk.Bot.Conversations.ConversationAddress.PlaceOf(_desk.Workspace, "msteams", "cd844a27-c8d8-4431-bdb9-2ab1b0cb7671");
        await _app.InvokeAsync("DeliverActivities", new JsonObject { ["place"] = place }.ToJsonString());
        await _app.InvokeAsync("DeliverActivities", new JsonObject { ["place"] = place }.ToJsonString());
        Assert.Single(_connector.Calls, call => call.Body!.ToJsonString().Contains("Just write what is wrong", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_message_of_words_that_are_being_committed_is_not_taken_back_by_those_before()
    {
        var queue = new QueueClient(fixture.Storage, OutboxMessage.QueueName);
        var place = Helpdesk.Bot.Conversations.ConversationAddress.PlaceOf(_desk.Workspace, "msteams", "cd844a27-c8d8-4431-bdb9-2ab1b0cb7671");
        await SendAsync(Message("status"));
        async Task<int> WaitingAsync() => (await queue.GetPropertiesAsync()).Value.ApproximateMessagesCount;
        var before = await WaitingAsync();
        var outboxes = _app.Services.GetRequiredService<WorkQueue<OutboxMessage>>();
        var announced = await outboxes.AnnounceAsync(new(place), TestContext.Current.CancellationToken);
        await SendAsync(Message("help"));
        Assert.Equal(before + 1, await WaitingAsync());
        outboxes.Note(announced);
        await SendAsync(Message("help"));
        Assert.Equal(before, await WaitingAsync());
    }

    [Fact]
    public async Task The_newest_address_of_a_conversation_counts_and_one_without_the_bot_is_forgotten()
    {
        await SendAsync(Message("The safe is open"));
        await using var moved = await ReferenceConnector.StartAsync();
        moved.Open("cd844a27-c8d8-4431-bdb9-2ab1b0cb7671");
        var old = _connector;
        _connector = moved;
        await SendAsync(Message("status"));
        (await _desk.PostAsync("/api/tickets/1/comments", new { body = "Closed it" })).Expect(201);
        await _app.DeliveredAsync();
        Assert.Equal("Admin on ticket #1:\nClosed it", Said()[^1]);
        Assert.DoesNotContain(old.Calls, call => call.Body!.ToJsonString().Contains("Closed it", StringComparison.Ordinal));

        moved.Block("cd844a27-c8d8-4431-bdb9-2ab1b0cb7671");
        for (var i = 0; i < 3; i++)
            (await _desk.PostAsync("/api/tickets/1/comments", new { body = $"Anybody there? {i}" })).Expect(201);
        await _app.DeliveredAsync();
        // Refused once, then not tried any more.
        Assert.Single(moved.Refused, why => why.Contains("403", StringComparison.Ordinal));
        _connector = old;
    }

    [Theory]
    [InlineData("directline")]
    [InlineData("webchat")]
    [InlineData("emulator")]
    public async Task Other_channels_of_azure_bot_service_are_answered_by_way_of_their_connector(string channel)
    {
        var message = Message("The safe is open", "somebody", "abc");
        message["channelId"] = channel;
        message["conversation"] = new JsonObject { ["id"] = "abc" };
        await SendAsync(message);
        Assert.Equal("What is your e-mail address? We note it on your ticket.", Said()[^1].Split('\n')[0]);
        var address = message.DeepClone().AsObject();
        (address["id"], address["text"]) = ("2", "rita@example.com");
        await SendAsync(address);
        Assert.Contains("This is ticket #1", Said()[^1], StringComparison.Ordinal);
        (await _desk.PostAsync("/api/tickets/1/comments", new { body = "On my way" })).Expect(201);
        await _app.DeliveredAsync();
        Assert.Equal("Admin on ticket #1:\nOn my way", Said()[^1]);
    }

    [Fact]
    public async Task An_agent_who_needs_help_answers_with_a_number_and_asks_for_a_ticket_by_one()
    {
        await AgentsAsync();
        await SendAsync(Message("The safe is open"));
        await SendAsync(Message("1"));
        Assert.Contains("The safe is open", Said()[^1], StringComparison.Ordinal);
        (await _desk.PostAsync("/api/tickets/1/comments", new { body = "How many safes?" })).Expect(201);
        await _app.DeliveredAsync();
        var said = Said().Count;
        await SendAsync(Message("1"));
        Assert.Equal(said, Said().Count);
        Assert.Equal("1", (await _desk.GetAsync("/api/tickets/1/comments")).Json["items"]![1]!["body"]!.GetValue<string>());
        await SendAsync(Message("#1"));
        Assert.Contains("The safe is open", Said()[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_teams_vouches_for_who_somebody_is()
    {
        await AgentsAsync();
        await SendAsync(Message("The safe is open"));
        // The same ids, claimed in a channel where whoever writes may choose them.
        foreach (var text in new[] { "status", "#1", "link group desk" })
        {
            var claim = Message(text, conversation: "abc");
            claim["channelId"] = "directline";
            claim["from"] = new JsonObject
            {
                ["id"] = "user-id-0",
                ["aadObjectId"] = "00000000-0000-0000-0000-0000000000020",
                ["name"] = "Alex",
            };
            await SendAsync(claim);
            Assert.Contains(
                Said()[^1],
                new[] { "You have no tickets here.", "I cannot find that ticket among yours.", "Only agents of this helpdesk can do that." }
            );
        }
    }

    [Fact]
    public async Task Who_has_no_address_is_told_that_nobody_could_answer()
    {
        var made = await SendAsync(
            Invoke(
                "composeExtension/submitAction",
                new JsonObject
                {
                    ["commandId"] = "createTicket",
                    ["data"] = new JsonObject { ["subject"] = "Gate", ["description"] = "Open" },
                },
                from: "guest"
            )
        );
        Assert.StartsWith("I do not know your e-mail address", made.Json["composeExtension"]!["text"]!.GetValue<string>(), StringComparison.Ordinal);
        (await _desk.GetAsync("/api/tickets/1")).Expect(404);
    }

    [Fact]
    public async Task With_an_app_id_only_what_proves_itself_comes_in_and_the_bots_token_goes_out()
    {
        await using var app = await RunningApp.StartAsync(
            fixture.Storage,
            builder => builder.Services.AddSingleton<GetConnectorToken>(_ => new("own token")),
            "--AZURE_FUNCTIONS_ENVIRONMENT=Development",
            "--Bot:AppId=11111111-2222-3333-4444-555555555555",
            "--Bot:TenantId=t",
            $"--Bot:ChannelMetadata=http://127.0.0.1:{AzuriteServer.FreePort()}/nobody"
        );
        static string Part(string json) => Convert.ToBase64String(Encoding.UTF8.GetBytes(json)).TrimEnd('=').Replace('+', '-').Replace('/', '_');
        var unknown = $"Bearer {Part("""{"alg":"RS256","kid":"k"}""")}.{Part("""{"iss":"https://api.botframework.com"}""")}.AAAA";
        // The publisher of the keys cannot be reached: that is not the sender's fault, and nothing is taken all the same.
        foreach (
            var (header, status) in new[]
            {
                (null, HttpStatusCode.Unauthorized),
                ("Bearer x", HttpStatusCode.Unauthorized),
                ("Bearer eyJhbGciOiJub25lIn0.e30.", HttpStatusCode.Unauthorized),
                (unknown, HttpStatusCode.ServiceUnavailable),
            }
        )
        {
            using var http = new HttpClient();
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(app.Address, "/api/messages"))
            {
                Content = new StringContent(Message("hello").ToJsonString(), Encoding.UTF8, "application/json"),
            };
            if (header is not null)
                request.Headers.TryAddWithoutValidation("Authorization", header);
            using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.Equal(status, answer.StatusCode);
        }

        Assert.Empty(_connector.Calls);
        // On Azure nothing comes in without a registration, whatever the settings say.
        await using var azure = await RunningApp.StartAsync(fixture.Storage, null, "--AZURE_FUNCTIONS_ENVIRONMENT=Development", "--WEBSITE_INSTANCE_ID=1");
        using var there = new Desk("main", "", azure.Address);
        (
            await there.SendAsync(HttpMethod.Post, "/api/messages", new StringContent(Message("hello").ToJsonString(), Encoding.UTF8, "application/json"))
        ).Expect(401);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("{\"type\":\"message\"}")]
    [InlineData("{\"type\":\"message\",\"text\":7}")]
    public async Task What_is_no_activity_gets_a_clear_no(string body) =>
        (await _desk.SendAsync(HttpMethod.Post, "/api/messages", new StringContent(body, Encoding.UTF8, "application/json"))).Expect(400);

    private async Task LinkAsync()
    {
        await AgentsAsync();
        _connector.Open(Channel);
        await SendAsync(ChannelMessage("<at>Test Bot</at> link group desk", null, "user-id-0"));
        // The answer to that is not what the tests look at.
        _connector.Forget();
    }

    private async Task AgentsAsync()
    {
        (
            await _desk.PostAsync(
                "/api/groups",
                new
                {
                    id = "second",
                    name = "Second",
                    tier = 2,
                }
            )
        ).Expect(201);
        (
            await _desk.PostAsync(
                "/api/groups",
                new
                {
                    id = "desk",
                    name = "Desk",
                    tier = 1,
                    escalatesTo = "second",
                }
            )
        ).Expect(201);
        (
            await _desk.PostAsync(
                "/api/agents",
                new
                {
                    id = "alex",
                    name = "Alex",
                    email = "other@example.com",
                    entraId = "00000000-0000-0000-0000-0000000000020",
                    groups = new[] { "desk" },
                }
            )
        ).Expect(201);
        (
            await _desk.PostAsync(
                "/api/agents",
                new
                {
                    id = "bea",
                    name = "Bea",
                    email = "bea@example.com",
                    groups = new[] { "desk" },
                }
            )
        ).Expect(201);
    }

    private void Knows(string id, string name, string email, string aad) =>
        _connector.Members[id] = new()
        {
            ["id"] = id,
            ["name"] = name,
            ["email"] = email,
            ["userPrincipalName"] = email,
            ["aadObjectId"] = aad,
        };

    private Task<Answer> SendAsync(JsonObject activity)
    {
        activity = activity.DeepClone().AsObject();
        activity["serviceUrl"] = _connector.ServiceUrl;
        if (activity["conversation"]?["id"] is { } conversation)
            _connector.Open(conversation.GetValue<string>().Split(';')[0]);
        return _desk.SendAsync(HttpMethod.Post, "/api/messages", new StringContent(activity.ToJsonString(), Encoding.UTF8, "application/json"));
    }

    private static JsonObject Recorded(string name) =>
        JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "recordings", "bot", "teams", name)))!["request"]!["body"]!.AsObject();

    [Fact]
    public async Task A_requester_is_asked_how_it_was_by_a_card_whose_buttons_are_theirs_alone()
    {
        (await _desk.PatchAsync("/api/satisfaction-settings", new { active = true, after = "PT0S" })).Expect(200);
        await SendAsync(Message("My printer is on fire and does not stop burning"));
        (await _desk.PostAsync("/api/tickets/1/resolve", new { resolution = "Extinguished" })).Expect(200);
        await _app.DeliveredAsync();
        for (var again = 0; again < 2; again++)
            await _app
                .Services.GetRequiredService<Helpdesk.Functions.Satisfaction.AskForSatisfaction>()
                .AskAsync(new(_desk.Workspace, 1), TestContext.Current.CancellationToken);
        await _app.DeliveredAsync();

        static IEnumerable<JsonObject> Buttons(JsonNode? node) =>
            node switch
            {
                JsonObject one => one.SelectMany(field => Buttons(field.Value)).Concat(one["do"] is JsonValue ? [one] : []),
                JsonArray items => items.SelectMany(Buttons),
                _ => [],
            };
        var asked = Assert.Single(
            _connector.Calls.Where(call => call.Method == "POST").Select(call => Buttons(call.Body).ToList()),
            buttons => buttons.Exists(one => $"{one["do"]}" == "rate-5")
        );
        Assert.Equal(
            ["rate-1", "rate-2", "rate-3", "rate-4", "rate-5"],
            asked.Select(one => $"{one["do"]}").Where(what => what.StartsWith("rate", StringComparison.Ordinal)).Order()
        );
        JsonNode Press(int rating) => asked.Find(one => $"{one["do"]}" == $"rate-{rating}")!.DeepClone();

        await SendAsync(Message("", "user-id-1", "a:somebody-else", Press(1)));
        Assert.Null((await _desk.GetAsync("/api/tickets/1")).Expect(200).Json["satisfaction"]!["rating"]);
        // Pressed twice, and then another one: the last counts, once.
        var five = Message("", value: Press(5));
        await SendAsync(five);
        await SendAsync(five);
        await SendAsync(Message("", value: Press(4)));
        Assert.Equal(4, (await _desk.GetAsync("/api/tickets/1")).Json["satisfaction"]!["rating"]!.GetValue<int>());
        Assert.Contains("Your rating of #1 has arrived", Said()[^1], StringComparison.Ordinal);
        await _app.DeliveredAsync();
        var total = (await _desk.GetAsync("/api/reports/satisfaction")).Expect(200).Json["total"]!;
        Assert.Equal((1, 1, 4), (total["asked"]!.GetValue<double>(), total["rated"]!.GetValue<double>(), total["meanRating"]!.GetValue<double>()));
    }

    [Fact]
    public async Task A_form_is_a_card_that_comes_again_with_what_is_wrong_and_what_is_asked_now()
    {
        (
            await _desk.PostAsync(
                "/api/forms",
                JsonNode.Parse(
                    """
                    {"id":"pc","name":{"en":"New PC","de":"Neuer PC"},"subject":"hidden","details":"optional","fields":[
                     {"name":"model","type":"choice","label":"Model {{DATE(x)}}","required":true,
                      "options":[{"value":"a","label":"A"},{"value":"b","label":"B"}]},
                     {"name":"why","type":"long-text","label":"Why?","required":true,"visibleWhen":{"field":"answers.model","op":"is","value":"b"}},
                     {"name":"count","type":"number","label":"How many?","max":3},
                     {"name":"from","type":"date","label":"From when?","earliest":"today"},
                     {"name":"ok","type":"checkbox","label":"Agreed?"}]}
                    """
                )!
            )
        ).Expect(201);
        await SendAsync(Message("report a problem"));
        Assert.StartsWith("What is it about?", Said()[^1], StringComparison.Ordinal);
        await SendAsync(Message("", value: new JsonObject { ["do"] = "form", ["value"] = "pc" }));
        JsonNode Last() => Content(_connector.Calls.Last(call => call.Method == "POST").Body!);
        string Inputs() =>
            string.Join(
                ' ',
                Last()["body"]!
                    .AsArray()
                    .Where(one => $"{one!["type"]}".StartsWith("Input.", StringComparison.Ordinal))
                    .Select(one => $"{one!["type"]}:{one["id"]}={one["value"]}")
            );
        Assert.Equal(
            "Input.ChoiceSet:answer.model= Input.Number:answer.count= Input.Date:answer.from= Input.Toggle:answer.ok=false Input.Text:details=",
            Inputs()
        );
        Assert.DoesNotContain("{{DATE", Last().ToJsonString(), StringComparison.Ordinal);
        JsonObject Filled(params (string Name, string Value)[] fields)
        {
            var data = Last()["actions"]![0]!["data"]!.DeepClone().AsObject();
            foreach (var (name, value) in fields)
                data[name] = value;
            return data;
        }

        await SendAsync(Message("", value: Filled(("answer.model", "b"), ("answer.count", "2"), ("answer.ok", "true"))));
        Assert.Equal(
            "Input.ChoiceSet:answer.model=b Input.Text:answer.why= Input.Number:answer.count=2 Input.Date:answer.from= "
                + "Input.Toggle:answer.ok=true Input.Text:details=",
            Inputs()
        );
        Assert.Contains("further questions", Said()[^1], StringComparison.Ordinal);
        await SendAsync(Message("", value: Filled(("answer.model", "b"), ("answer.count", "9"), ("answer.ok", "true"))));
        Assert.Contains("The number must be at most 3.", Said()[^1], StringComparison.Ordinal);
        Assert.Contains("Please fill in this field.", Said()[^1], StringComparison.Ordinal);
        (await _desk.GetAsync("/api/tickets/1")).Expect(404);

        var sent = Message(
            "",
            value: Filled(("answer.model", "b"), ("answer.count", "3"), ("answer.ok", "true"), ("answer.why", "Films"), ("details", "Soon"))
        );
        await SendAsync(sent);
        await SendAsync(sent);
        Assert.Contains("ticket #1", Said()[^1], StringComparison.Ordinal);
        var ticket = (await _desk.GetAsync("/api/tickets/1")).Expect(200).Json;
        Assert.Equal(
            ["Model {{DATE(x)}}=B", "Why?=Films", "How many?=3", "Agreed?=Yes"],
            ticket["form"]!["answers"]!.AsArray().Select(one => $"{one!["label"]}={one["value"]}")
        );
        Assert.Equal(("New PC: B", "Soon", "alexw@example.com"), ($"{ticket["subject"]}", $"{ticket["description"]}", $"{ticket["requester"]!["email"]}"));
        (await _desk.GetAsync("/api/tickets/2")).Expect(404);
    }

    private static JsonObject Message(string text, string from = "user-id-0", string? conversation = null, JsonNode? value = null)
    {
        var message = Recorded("111-to-bot_message-personal-please-fix-my-printer.json");
        message["id"] = Guid.NewGuid().ToString();
        message["text"] = text;
        message["from"] = new JsonObject { ["id"] = from };
        if (conversation is not null)
            message["conversation"]!["id"] = conversation;
        if (value is not null)
            message["value"] = value;
        return message;
    }

    private static JsonObject ChannelMessage(string text, string? thread, string from)
    {
        var message = Recorded("236-to-bot_message-channel-at-Test-Bot-at-new-po.json");
        message["id"] = Guid.NewGuid().ToString();
        message["text"] = text;
        message["from"] = new JsonObject { ["id"] = from };
        message["conversation"]!["id"] = thread is null ? Channel : $"{Channel};messageid={thread}";
        return message;
    }

    private static JsonObject Invoke(string name, JsonObject value, string? from = null)
    {
        var invoke = Recorded("066-to-bot_invoke-adaptiveCard-action-personal.json");
        invoke["id"] = Guid.NewGuid().ToString();
        invoke["name"] = name;
        invoke["value"] = value;
        if (from is not null)
            invoke["from"] = new JsonObject { ["id"] = from };
        return invoke;
    }

    private async Task<List<JsonNode>> CommentsAsync() =>
        [.. (await _desk.GetAsync("/api/tickets/1/comments")).Json["items"]!.AsArray().Select(item => item!)];

    private async Task<List<string>> EventsAsync() =>
        [.. (await _desk.GetAsync("/api/tickets/1/events")).Json["items"]!.AsArray().Select(item => item!["type"]!.GetValue<string>())];

    /// <summary>What Teams sends when somebody changes a message: the recorded activity, under the id of that message.</summary>
    private static JsonObject Changed(JsonObject message, string type, string eventType, string? text)
    {
        var changed = Recorded(
            type == "messageUpdate" ? "266-to-bot_messageUpdate-personal-editMessage-edited.json" : "267-to-bot_messageDelete-personal-softDeleteMessage.json"
        );
        changed["id"] = message["id"]!.GetValue<string>();
        changed["from"] = message["from"]!.DeepClone();
        changed["conversation"] = message["conversation"]!.DeepClone();
        changed["channelData"]!["eventType"] = eventType;
        changed["timestamp"] = $"2026-11-22T13:31:{Interlocked.Increment(ref _edits) % 60:00}.073Z";
        if (text is not null)
            changed["text"] = text;
        return changed;
    }

    private static int _edits;

    private static JsonObject Card(string verb, long ticket, JsonObject data)
    {
        data = data.DeepClone().AsObject();
        (data["verb"], data["ticket"]) = (verb, ticket);
        return Invoke(
            "adaptiveCard/action",
            new()
            {
                ["action"] = new JsonObject
                {
                    ["type"] = "Action.Execute",
                    ["verb"] = verb,
                    ["data"] = data,
                },
            }
        );
    }

    private static JsonObject Do(string action, long number) => new() { ["do"] = action, ["number"] = number };

    private static JsonNode Content(JsonNode activity) => activity["attachments"]![0]!["content"]!;

    private static IEnumerable<string> Texts(JsonNode? node, string type) =>
        node switch
        {
            JsonObject fields => (
                fields["type"]?.GetValueKind() == System.Text.Json.JsonValueKind.String
                && fields["type"]!.GetValue<string>() == type
                && fields["text"] is { } text
                    ? [text.GetValue<string>()]
                    : Array.Empty<string>()
            ).Concat(fields.SelectMany(field => Texts(field.Value, type))),
            JsonArray items => items.SelectMany(item => Texts(item, type)),
            _ => [],
        };

    /// <summary>What the bot said, as somebody reads it: the text, or the words on the card.</summary>
    private List<string> Said() =>
        [
            .. _connector
                .Calls.Where(call => call.Method == "POST")
                .Select(call => call.Body!["text"]?.GetValue<string>() ?? string.Join('\n', Texts(Content(call.Body!)["body"], "TextRun"))),
        ];
}
