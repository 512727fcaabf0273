using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Helpdesk.Attachments;
using Helpdesk.Bot.Conversations;
using Helpdesk.Functions.Attachments;
using Helpdesk.Functions.Conversations;
using Helpdesk.Functions.Storage;
using Helpdesk.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Helpdesk.Functions.Tests.WebChat;

public sealed class DirectLineTests(DeskFixture fixture)
{
    private readonly RunningApp _app = fixture.App;

    [Fact]
    public async Task A_problem_becomes_a_ticket_its_answers_come_back_and_so_does_the_verdict()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var chat = await WebChat.BeginAsync(desk, _app.Address);
        var ticket = await chat.ReportsAsync();
        Assert.Equal(
            ("chat", "rita@example.com", "The printer is on fire"),
            (ticket["channel"]!.GetValue<string>(), ticket["requester"]!["email"]!.GetValue<string>(), ticket["subject"]!.GetValue<string>())
        );

        Assert.Equal("I have added that to ticket #1.", Assert.Single(await chat.SaysAsync("It is the one by the window")));
        (await desk.PostAsync("/api/tickets/1/comments", new { body = "On my way" })).Expect(201);
        (await desk.PostAsync("/api/tickets/1/comments", new { body = "Between us", visibility = "internal" })).Expect(201);
        await _app.DeliveredAsync();
        Assert.Equal("Admin on ticket #1:\nOn my way", (await chat.TextsAsync())[^1]);
        // An agent talks now: the bot says nothing in between.
        Assert.Empty(await chat.SaysAsync("Thank you"));

        (await desk.PostAsync("/api/tickets/1/resolve", new { resolution = "Extinguished" })).Expect(200);
        await _app.DeliveredAsync();
        Assert.Equal("Ticket #1 is open again. What is still wrong?", Assert.Single(await chat.SaysAsync("Still broken", new { @do = "broken", number = 1 })));
        Assert.Equal("open", (await desk.GetAsync("/api/tickets/1")).Json["status"]!.GetValue<string>());
        (await desk.PostAsync("/api/tickets/1/resolve", new { resolution = "Replaced" })).Expect(200);
        await _app.DeliveredAsync();
        Assert.StartsWith("Good to hear.", Assert.Single(await chat.SaysAsync("yes")), StringComparison.Ordinal);
        Assert.Equal("closed", (await desk.GetAsync("/api/tickets/1")).Json["status"]!.GetValue<string>());
    }

    [Fact]
    public async Task The_same_message_sent_twice_or_at_once_is_taken_once()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var chat = await WebChat.BeginAsync(
            desk,
            _app.Address,
            new
            {
                id = "u1",
                email = "rita@example.com",
                name = "Rita",
            }
        );
        var ids = (await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => chat.PostAsync("The printer is on fire", "same"))))
            .Select(answer => answer.Expect(200).Json["id"]!.GetValue<string>())
            .Distinct();
        Assert.Single(ids);
        Assert.Single((await desk.GetAsync("/api/tickets/1/events")).Json["items"]!.AsArray());
        (await desk.GetAsync("/api/tickets/2")).Expect(404);
        Assert.Equal(3, (await chat.TextsAsync()).Count);
    }

    [Fact]
    public async Task Messages_sent_at_once_are_all_kept_in_one_order()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var chat = await WebChat.BeginAsync(desk, _app.Address);
        await chat.ReportsAsync();
        var said = Enumerable.Range(0, 12).Select(i => $"detail {i}").ToList();
        foreach (var answer in await Task.WhenAll(said.Select(text => chat.PostAsync(text))))
            answer.Expect(200);
        var transcript = (await chat.ReadAsync())
            .Where(activity => activity["from"]!["role"]!.GetValue<string>() == "user")
            .Select(activity => activity["text"]!.GetValue<string>())
            .Skip(2)
            .ToList();
        Assert.Equal(said.Order(), transcript.Order());
        var comments = (await desk.GetAsync("/api/tickets/1/comments?limit=100")).Json["items"]!
            .AsArray()
            .Select(comment => comment!["body"]!.GetValue<string>());
        Assert.Equal(transcript, comments);
    }

    [Fact]
    public async Task A_turn_whose_process_ended_before_its_commit_opens_the_ticket_once_when_it_is_sent_again()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var chat = await WebChat.BeginAsync(desk, _app.Address, new { id = "u1", email = "rita@example.com" });
        // What was asked of the desk is done; the turn itself is not committed, as after kill -9.
        await using var dying = await RunningApp.StartAsync(
            fixture.Storage,
            builder => builder.Services.AddSingleton<IConversations>(provider => new DiesAtCommit(provider.GetRequiredService<ConversationStore>()))
        );
        using var there = new Desk(desk.Workspace, chat.Token, dying.Address);
        var message = new
        {
            type = "message",
            text = "The printer is on fire",
            channelData = new { clientActivityID = "a" },
        };
        (await there.PostAsync($"{chat.Path}/activities", message)).Expect(500);
        (await desk.GetAsync("/api/tickets/1")).Expect(200);

        Assert.Contains("This is ticket #1", Assert.Single(await chat.SaysAsync("The printer is on fire")), StringComparison.Ordinal);
        (await desk.GetAsync("/api/tickets/2")).Expect(404);
    }

    [Fact]
    public async Task A_token_opens_its_own_conversation_and_no_other()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var rita = await WebChat.BeginAsync(desk, _app.Address);
        using var max = await WebChat.BeginAsync(desk, _app.Address);
        await rita.ReportsAsync();
        foreach (var path in new[] { $"{rita.Path}/activities?wait=0", $"{rita.Path}/activities?watermark=1&wait=0", rita.Path })
            Assert.Equal("BadArgument", (await max.GetAsync(path)).Expect(403).Json["error"]!["code"]!.GetValue<string>());
        (await max.SendAsync(HttpMethod.Post, $"{rita.Path}/activities", JsonContent.Create(new { type = "message", text = "status" }))).Expect(403);
        // Another person's ticket is none of theirs, whatever they claim to be.
        Assert.Equal("I cannot find that ticket among yours.", Assert.Single(await max.SaysAsync("#1")));
        Assert.Equal("I cannot find that ticket among yours.", Assert.Single(await max.SaysAsync("x", new { @do = "show", number = 1 })));
        Assert.Equal("I cannot find that ticket among yours.", Assert.Single(await max.SaysAsync("x", new { @do = "broken", number = 1 })));
        await max.PostAsync("x", value: new { @do = "add", number = 1 });
        Assert.Equal("I cannot find that ticket among yours.", Assert.Single(await max.SaysAsync("let me in")));
        Assert.Empty((await desk.GetAsync("/api/tickets/1/comments")).Json["items"]!.AsArray());
        // Claiming the address in the chat shows nothing either: nobody vouches for it.
        var own = await max.ReportsAsync("My own problem", "rita@example.com");
        Assert.Equal(2, own["number"]!.GetValue<int>());
        Assert.Equal("Your tickets:\n#2 My own problem – new", Assert.Single(await max.SaysAsync("status")));
    }

    [Fact]
    public async Task Whom_the_hosting_page_vouches_for_sees_their_tickets_from_everywhere()
    {
        using var desk = await fixture.OpenDeskAsync();
        await desk.OpenTicketAsync("Opened by mail", "rita@example.com");
        await desk.OpenTicketAsync("Somebody else's", "max@example.com");
        await desk.ListShowsAsync("requester=rita@example.com", 1);
        using var chat = await WebChat.BeginAsync(
            desk,
            _app.Address,
            new
            {
                id = "u1",
                email = "Rita@example.com",
                name = "Rita",
            }
        );
        Assert.Equal("Your tickets:\n#1 Opened by mail – new", Assert.Single(await chat.SaysAsync("status")));
        Assert.Equal("I cannot find that ticket among yours.", Assert.Single(await chat.SaysAsync("#2")));
        // A public key may not vouch for anybody.
        var key = (await desk.GetAsync("/api/chat")).Json["key"]!.GetValue<string>();
        using var page = new Desk(desk.Workspace, key, _app.Address);
        var token = (await page.PostAsync("/api/directline/tokens/generate", new { user = new { id = "u1", email = "rita@example.com" } })).Expect(200).Json[
            "token"
        ]!.GetValue<string>();
        Assert.DoesNotContain("rita", Encoding.UTF8.GetString(Convert.FromBase64String(Pad(token.Split('.')[1]))), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_open_ticket_about_the_same_is_offered_and_takes_the_words()
    {
        using var desk = await fixture.OpenDeskAsync();
        await desk.OpenTicketAsync("Printer on the second floor is broken", "rita@example.com");
        await desk.OpenTicketAsync("Printer on the second floor is broken", "max@example.com");
        await desk.ListShowsAsync("requester=rita@example.com", 1);
        using var chat = await WebChat.BeginAsync(desk, _app.Address, new { id = "u1", email = "rita@example.com" });
        Assert.Equal(
            "Is it about one of your open tickets?\n#1 Printer on the second floor is broken – new",
            Assert.Single(await chat.SaysAsync("The printer on the second floor prints nothing"))
        );
        Assert.Equal("I have added that to ticket #1.", Assert.Single(await chat.SaysAsync("Add to #1", new { @do = "add", number = 1 })));
        Assert.Equal(
            "The printer on the second floor prints nothing",
            Assert.Single((await desk.GetAsync("/api/tickets/1/comments")).Json["items"]!.AsArray())!["body"]!.GetValue<string>()
        );
        (await desk.GetAsync("/api/tickets/3")).Expect(404);
    }

    [Fact]
    public async Task Forged_foreign_and_missing_tokens_are_refused()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var chat = await WebChat.BeginAsync(desk, _app.Address);
        var parts = chat.Token.Split('.');
        var other = Convert.ToBase64String(Encoding.UTF8.GetBytes("""{"alg":"none","typ":"JWT"}""")).TrimEnd('=');
        foreach (
            var (forged, status) in new[]
            {
                ("", 401),
                ("nonsense", 401),
                ($"{parts[0]}.{parts[1]}.AAAA", 403),
                ($"{other}.{parts[1]}.", 403),
                ("hc_main_00000000000000000000", 401),
                ("hd_main_aaaaaaaaaa_" + new string('a', 40), 401),
            }
        )
        {
            using var somebody = new Desk(desk.Workspace, forged, _app.Address);
            Assert.Equal(status, (await somebody.GetAsync($"{chat.Path}/activities?wait=0")).Status);
            Assert.Equal(status, (await somebody.PostAsync("/api/directline/tokens/refresh")).Status);
        }
    }

    [Fact]
    public async Task Tokens_end_can_be_renewed_before_and_not_after()
    {
        var time = new FakeTimeProvider(DateTimeOffset.Parse("2026-11-25T09:00:00Z", System.Globalization.CultureInfo.InvariantCulture));
        await using var app = await RunningApp.StartAsync(fixture.Storage, builder => builder.Services.AddSingleton<TimeProvider>(time));
        using var desk = await fixture.OpenDeskAsync(app);
        using var chat = await WebChat.BeginAsync(desk, app.Address);
        time.Advance(TimeSpan.FromHours(7));
        var renewed = (await chat.SendAsync(HttpMethod.Post, "/api/directline/tokens/refresh", null)).Expect(200).Json;
        Assert.Equal(8 * 3600, renewed["expires_in"]!.GetValue<int>());
        time.Advance(TimeSpan.FromHours(2));
        Assert.Equal(
            "TokenExpired",
            (await chat.SendAsync(HttpMethod.Post, "/api/directline/tokens/refresh", null)).Expect(403).Json["error"]!["code"]!.GetValue<string>()
        );
        using var again = new Desk(desk.Workspace, renewed["token"]!.GetValue<string>(), app.Address);
        (await again.GetAsync($"{chat.Path}")).Expect(200);
    }

    [Fact]
    public async Task Every_answer_has_what_web_chat_cannot_do_without()
    {
        // Each of these was missing or wrong once in the recorded fault matrix, and the chat stood still.
        using var desk = await fixture.OpenDeskAsync();
        var key = (await desk.GetAsync("/api/chat")).Json["key"]!.GetValue<string>();
        using var page = new Desk(desk.Workspace, key, _app.Address);
        var started = (await page.PostAsync("/api/directline/conversations", new { user = new { } })).Expect(201).Json;
        Assert.All(["conversationId", "token", "expires_in"], name => Assert.NotNull(started[name]));
        using var line = new Desk(desk.Workspace, started["token"]!.GetValue<string>(), _app.Address);
        var path = $"/api/directline/conversations/{started["conversationId"]}";
        (await line.PostAsync("/api/directline/conversations", new { user = new { } })).Expect(200);
        Assert.NotNull((await line.GetAsync($"{path}?watermark=0")).Expect(200).Json["token"]);

        var posted = (
            await line.PostAsync(
                $"{path}/activities",
                new
                {
                    type = "message",
                    text = "hello",
                    from = new { id = "x" },
                    channelData = new { clientActivityID = "mine", attachmentSizes = Array.Empty<int>() },
                }
            )
        ).Expect(200).Json["id"]!.GetValue<string>();
        var all = (await line.GetAsync($"{path}/activities?watermark=")).Expect(200).Json;
        Assert.Equal(System.Text.Json.JsonValueKind.String, all["watermark"]!.GetValueKind());
        foreach (var activity in all["activities"]!.AsArray())
        {
            Assert.All(["id", "timestamp", "conversation", "from", "type", "channelId"], name => Assert.True(activity![name] is not null, name));
            Assert.NotNull(activity!["from"]!["role"]);
            Assert.NotNull(activity["from"]!["id"]);
        }

        var echo = Assert.Single(all["activities"]!.AsArray(), activity => activity!["channelData"]?["clientActivityID"]?.GetValue<string>() == "mine")!;
        Assert.Equal((posted, "user"), (echo["id"]!.GetValue<string>(), echo["from"]!["role"]!.GetValue<string>()));
        var nothing = (await line.GetAsync($"{path}/activities?watermark={all["watermark"]}&wait=0")).Expect(200).Json;
        Assert.Empty(nothing["activities"]!.AsArray());
        Assert.Equal(all["watermark"]!.GetValue<string>(), nothing["watermark"]!.GetValue<string>());
        foreach (var strange in new[] { "-", "0x1", "99999999999999999999", "abc", "-5" })
            Assert.Equal(
                all["activities"]!.AsArray().Count,
                (await line.GetAsync($"{path}/activities?watermark={strange}&wait=0")).Expect(200).Json["activities"]!.AsArray().Count
            );
        // Typing and events are taken, and are not part of the transcript.
        foreach (var type in new[] { "typing", "event", "messageReaction" })
            Assert.NotNull((await line.PostAsync($"{path}/activities", new { type })).Expect(200).Json["id"]);
        Assert.Empty((await line.GetAsync($"{path}/activities?watermark={all["watermark"]}&wait=0")).Json["activities"]!.AsArray());
    }

    [Fact]
    public async Task Tickets_from_chats_go_to_the_group_that_is_set()
    {
        using var desk = await fixture.OpenDeskAsync();
        (await desk.PatchAsync("/api/chat", new { group = "nowhere" })).Expect(400);
        (await desk.PostAsync("/api/groups", new { id = "desk", name = "Desk" })).Expect(201);
        Assert.Equal("desk", (await desk.PatchAsync("/api/chat", new { group = "desk" })).Expect(200).Json["group"]!.GetValue<string>());
        using var chat = await WebChat.BeginAsync(desk, _app.Address);
        Assert.Equal(
            ("desk", "new"),
            (await chat.ReportsAsync()) is { } ticket ? (ticket["group"]!.GetValue<string>(), ticket["status"]!.GetValue<string>()) : default
        );
    }

    [Fact]
    public async Task A_poll_waits_until_something_is_said_and_asks_storage_seldom()
    {
        await using var app = await RunningApp.StartAsync(fixture.Storage);
        using var desk = await fixture.OpenDeskAsync(app);
        using var chat = await WebChat.BeginAsync(desk, app.Address);
        await app.DeliveredAsync();
        using var count = new StorageCount(app);
        var clock = System.Diagnostics.Stopwatch.StartNew();
        var waiting = chat.GetAsync($"{chat.Path}/activities?watermark=1&wait=3");
        Assert.Empty((await waiting).Expect(200).Json["activities"]!.AsArray());
        Assert.InRange(count.Count, 1, 6);
        Assert.True(clock.Elapsed > TimeSpan.FromSeconds(2), "It did not wait.");

        var next = chat.GetAsync($"{chat.Path}/activities?watermark=1");
        await chat.PostAsync("hello");
        Assert.NotEmpty((await next).Expect(200).Json["activities"]!.AsArray());
    }

    [Fact]
    public async Task What_another_process_says_is_found_as_well()
    {
        await using var first = await RunningApp.StartAsync(fixture.Storage);
        using var desk = await fixture.OpenDeskAsync(first);
        await using var second = await RunningApp.StartAsync(fixture.Storage);
        using var chat = await WebChat.BeginAsync(desk, first.Address);
        using var there = new Desk(desk.Workspace, chat.Token, second.Address);
        using var count = new StorageCount(first);
        for (var i = 0; i < 3; i++)
        {
            var seen = (await chat.ReadAsync()).Count;
            count.Reset();
            var waiting = chat.GetAsync($"{chat.Path}/activities?watermark={seen}");
            await Until.TrueAsync(() => Task.FromResult(count.Count > 0), "the poll has looked");
            (await there.PostAsync($"{chat.Path}/activities", new { type = "message", text = "help" })).Expect(200);
            Assert.NotEmpty((await waiting).Expect(200).Json["activities"]!.AsArray());
        }

        // From then on it is looked for more often than once a second.
        var place = $"{desk.Workspace}:{Helpdesk.Bot.Conversations.ConversationAddress.OwnChat}:{chat.Path.Split('/')[^1]}";
        Assert.True(first.Services.GetRequiredService<ConversationSignals>().AskAfter(place) < TimeSpan.FromMilliseconds(500));
    }

    [Fact]
    public async Task A_fault_of_storage_that_passes_does_not_end_the_poll()
    {
        var azurite = await AzuriteServer.StartAsync();
        await using var app = await RunningApp.StartAsync(azurite.ConnectionString);
        using var desk = await fixture.OpenDeskAsync(app);
        using var chat = await WebChat.BeginAsync(desk, app.Address);
        await chat.PostAsync("hello");
        await azurite.DisposeAsync();
        // Keys and settings are remembered for seconds; the transcript is asked of storage every time.
        var answer = (await chat.GetAsync($"{chat.Path}/activities?watermark=7&wait=1")).Expect(200).Json;
        Assert.Empty(answer["activities"]!.AsArray());
        Assert.Equal("7", answer["watermark"]!.GetValue<string>());
    }

    [Fact]
    public async Task Sites_that_are_not_allowed_get_nothing_and_preflights_are_answered()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var chat = await WebChat.BeginAsync(desk, _app.Address);
        var path = $"{chat.Path}/activities?wait=0";
        var refused = await chat.GetAsync(path, ("Origin", "https://evil.example"));
        Assert.Equal("OriginNotAllowed", refused.Expect(403).Json["error"]!["code"]!.GetValue<string>());
        Assert.False(refused.Headers.Contains("Access-Control-Allow-Origin"));
        (await desk.PatchAsync("/api/chat", new { allowedOrigins = new[] { "https://www.example.com" } })).Expect(200);
        var allowed = (await chat.GetAsync(path, ("Origin", "https://www.example.com"))).Expect(200);
        Assert.Equal("https://www.example.com", Assert.Single(allowed.Headers.GetValues("Access-Control-Allow-Origin")));
        (await chat.GetAsync(path, ("Origin", _app.Address.GetLeftPart(UriPartial.Authority)))).Expect(200);

        foreach (
            var recorded in System
                .IO.Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "recordings", "bot", "directline"), "polling-*OPTIONS*.json")
                .Take(3)
        )
        {
            var asked = JsonNode.Parse(await File.ReadAllTextAsync(recorded, TestContext.Current.CancellationToken))!["request"]!["headers"]!;
            var preflight = await chat.SendAsync(
                HttpMethod.Options,
                path,
                null,
                ("Origin", "https://www.example.com"),
                ("Access-Control-Request-Method", asked["access-control-request-method"]!.GetValue<string>()),
                ("Access-Control-Request-Headers", asked["access-control-request-headers"]!.GetValue<string>())
            );
            Assert.Equal(204, preflight.Status);
            var may = preflight.Headers.GetValues("Access-Control-Allow-Headers").Single().Split(", ");
            Assert.All(asked["access-control-request-headers"]!.GetValue<string>().Split(','), header => Assert.Contains(header, may));
        }
    }

    [Fact]
    public async Task Files_go_to_the_ticket_and_only_those_that_may()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var chat = await WebChat.BeginAsync(desk, _app.Address);
        (
            await chat.UploadAsync("The printer is on fire", ("..\\../fire<1>.png", "text/html", [1, 2, 3]), ("log.txt", "text/plain", "hot"u8.ToArray()))
        ).Expect(200);
        await chat.PostAsync("rita@example.com");
        var files = (await desk.GetAsync("/api/tickets/1")).Expect(200).Json["attachments"]!.AsArray();
        Assert.Equal(
            ["fire1.png application/octet-stream 3", "log.txt text/plain 3"],
            files.Select(file => $"{file!["name"]} {file["contentType"]} {file["size"]}")
        );
        Assert.Equal("hot", (await desk.GetAsync(files[1]!["url"]!.GetValue<string>())).Expect(200).Text);
        var shown = (await chat.ReadAsync())
            .SelectMany(activity => activity["attachments"]?.AsArray() ?? [])
            .Select(file => file!["contentUrl"]!.GetValue<string>())
            .ToList();
        using var browser = new Desk(desk.Workspace, "", _app.Address);
        var saved = (await browser.GetAsync(shown[1])).Expect(200);
        Assert.Equal("nosniff", saved.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Contains("sandbox", saved.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        using var other = await fixture.OpenDeskAsync();
        (await other.GetAsync(files[1]!["url"]!.GetValue<string>())).Expect(404);
        (await browser.GetAsync(files[1]!["url"]!.GetValue<string>())).Expect(401);

        foreach (var name in new[] { "page.html", "run.exe", "pic.svg", "script.js", "invoice.pdf.exe" })
            Assert.Equal("FileNotAllowed", (await chat.UploadAsync("x", (name, "image/png", [1]))).Expect(400).Json["error"]!["code"]!.GetValue<string>());
        Assert.Equal(
            "FileNotAllowed",
            (await chat.UploadAsync("x", ("photo.png", "image/png", "#!/bin/sh\nls"u8.ToArray()))).Expect(400).Json["error"]!["code"]!.GetValue<string>()
        );
        (await chat.UploadAsync("x", ("big.png", "image/png", new byte[AttachmentLimits.Default.FileBytes + 1]))).Expect(413);
        (await chat.UploadAsync("x", [.. Enumerable.Range(0, 11).Select(i => ($"{i}.png", "image/png", new[] { (byte)i }))])).Expect(400);
        (await chat.SendAsync(HttpMethod.Post, $"{chat.Path}/upload", new StringContent("{}", Encoding.UTF8, "application/json"))).Expect(415);
        (
            await chat.SendAsync(
                HttpMethod.Post,
                $"{chat.Path}/upload",
                new StringContent("--x\r\nnonsense", Encoding.UTF8)
                {
                    Headers = { ContentType = System.Net.Http.Headers.MediaTypeHeaderValue.Parse("multipart/form-data; boundary=x") },
                }
            )
        ).Expect(400);
    }

    [Theory]
    [InlineData("photo.heic", "application/octet-stream")]
    [InlineData("photo.png", "application/octet-stream")]
    [InlineData("clip.mov", "application/octet-stream")]
    [InlineData("letter.doc", "application/octet-stream")]
    [InlineData("trace.log", "text/plain")]
    [InlineData("trace.xml", "text/xml")]
    [InlineData("noending", "application/octet-stream")]
    public async Task What_is_no_program_is_taken_and_what_is_no_picture_is_only_ever_saved(string name, string type)
    {
        using var desk = await fixture.OpenDeskAsync();
        using var chat = await WebChat.BeginAsync(desk, _app.Address);
        (await chat.UploadAsync("The printer is on fire", (name, "text/html", "<script>alert(1)</script>"u8.ToArray()))).Expect(200);
        var file = (await chat.ReadAsync()).SelectMany(activity => activity["attachments"]?.AsArray() ?? []).Single()!;
        Assert.Equal(type, file["contentType"]!.GetValue<string>());
        using var http = new HttpClient();
        using var answer = await http.GetAsync(new Uri(_app.Address, file["contentUrl"]!.GetValue<string>()), TestContext.Current.CancellationToken);
        Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Equal(("attachment", name), (answer.Content.Headers.ContentDisposition?.DispositionType, answer.Content.Headers.ContentDisposition?.FileName));
    }

    [Theory]
    [InlineData("{", 400)]
    [InlineData("null", 400)]
    [InlineData("[]", 400)]
    [InlineData("\"text\"", 400)]
    [InlineData("{\"type\":5}", 400)]
    [InlineData("{\"type\":\"message\",\"text\":{\"a\":1}}", 400)]
    [InlineData("{\"type\":\"message\",\"value\":{\"do\":\"drop table\",\"number\":-1}}", 200)]
    [InlineData("{\"type\":\"message\",\"text\":\"\\u0000\\ud800\"}", 400)]
    public async Task Strange_activities_get_a_clear_no_and_break_nothing(string body, int status)
    {
        using var desk = await fixture.OpenDeskAsync();
        using var chat = await WebChat.BeginAsync(desk, _app.Address);
        Assert.Equal(
            status,
            (await chat.SendAsync(HttpMethod.Post, $"{chat.Path}/activities", new StringContent(body, Encoding.UTF8, "application/json"))).Status
        );
        Assert.Equal("You have no tickets here.", Assert.Single(await chat.SaysAsync("status")));
    }

    [Fact]
    public async Task What_is_too_large_or_too_much_is_refused()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var chat = await WebChat.BeginAsync(desk, _app.Address);
        Assert.Equal("MessageSizeTooBig", (await chat.PostAsync(new string('x', 1_000_000))).Expect(413).Json["error"]!["code"]!.GetValue<string>());
        Assert.Equal("MessageSizeTooBig", (await chat.PostAsync(new string('x', 61_000))).Expect(413).Json["error"]!["code"]!.GetValue<string>());
        (await chat.PostAsync(new string('ž', 50_000))).Expect(200);
        Assert.Contains(50_000, (await chat.ReadAsync()).Select(activity => activity["text"]!.GetValue<string>().Length));
        var answers = await Task.WhenAll(Enumerable.Range(0, 60).Select(i => chat.PostAsync("help")));
        Assert.Contains(429, answers.Select(answer => answer.Status));
        Assert.NotNull(answers.First(answer => answer.Status == 429).Headers.RetryAfter);
    }

    [Fact]
    public async Task Files_beyond_the_limit_are_refused_before_they_are_kept()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var chat = await WebChat.BeginAsync(desk, _app.Address);
        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => chat.UploadAsync("x", ($"{i}.png", "image/png", [1]))));
        Assert.Contains(429, answers.Select(answer => answer.Status));
        var kept = await new BlobContainerClient(fixture.Storage, AttachmentStore.ContainerName)
            .GetBlobsAsync(BlobTraits.None, BlobStates.None, $"{desk.Workspace}/", TestContext.Current.CancellationToken)
            .CountAsync(TestContext.Current.CancellationToken);
        Assert.Equal(answers.Count(answer => answer.Status == 200), kept);
    }

    [Fact]
    public async Task A_verdict_on_a_ticket_that_is_still_worked_on_is_told_to_whoever_works_on_it()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var chat = await WebChat.BeginAsync(desk, _app.Address);
        await chat.ReportsAsync();
        Assert.Equal("I have added that to ticket #1.", Assert.Single(await chat.SaysAsync("It works")));
        (await desk.PostAsync("/api/tickets/1/comments", new { body = "How many pages?" })).Expect(201);
        await _app.DeliveredAsync();
        foreach (var answer in new[] { "3", "still broken", "never mind" })
            Assert.Empty(await chat.SaysAsync(answer));
        Assert.Equal(
            ["It works", "How many pages?", "3", "still broken", "never mind"],
            (await desk.GetAsync("/api/tickets/1/comments")).Json["items"]!.AsArray().Select(comment => comment!["body"]!.GetValue<string>())
        );
        Assert.NotEqual("closed", (await desk.GetAsync("/api/tickets/1")).Json["status"]!.GetValue<string>());
    }

    [Fact]
    public async Task Words_are_shown_as_they_are_and_nobody_can_speak_for_the_bot()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var chat = await WebChat.BeginAsync(desk, _app.Address);
        const string Evil = "<script>alert(1)</script> [click](javascript:alert(1)) ![x](https://evil.example/x.png) **bold**";
        (await chat.PostAsync(Evil, from: "helpdesk")).Expect(200);
        var activities = await chat.ReadAsync();
        Assert.All(activities, activity => Assert.Equal("plain", activity["textFormat"]!.GetValue<string>()));
        var own = Assert.Single(activities, activity => activity["text"]!.GetValue<string>() == Evil);
        Assert.Equal("user", own["from"]!["role"]!.GetValue<string>());
        Assert.NotEqual("helpdesk", own["from"]!["id"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_chat_that_is_switched_off_or_has_another_key_lets_nobody_in()
    {
        using var desk = await fixture.OpenDeskAsync();
        var key = (await desk.GetAsync("/api/chat")).Json["key"]!.GetValue<string>();
        using var page = new Desk(desk.Workspace, key, _app.Address);
        (await page.GetAsync($"/chat?key={key}")).Expect(200);
        (await desk.PatchAsync("/api/chat", new { newKey = true })).Expect(200);
        (await page.PostAsync("/api/directline/tokens/generate", new { })).Expect(401);
        (await page.GetAsync($"/chat?key={key}")).Expect(404);
        using var chat = await WebChat.BeginAsync(desk, _app.Address);
        (await desk.PatchAsync("/api/chat", new { enabled = false })).Expect(200);
        (await chat.GetAsync($"{chat.Path}/activities?wait=0")).Expect(403);
        (await desk.PatchAsync("/api/chat", new { allowedOrigins = new[] { "https://a.example/path" } })).Expect(400);
        using var agent = await desk.WithRoleAsync("agent");
        (await agent.GetAsync("/api/chat")).Expect(200);
        (await agent.PatchAsync("/api/chat", new { enabled = true })).Expect(403);
    }

    [Fact]
    public async Task A_workspace_that_is_not_active_takes_no_words_in()
    {
        await using var app = await RunningApp.StartAsync(fixture.Storage);
        using var desk = await fixture.OpenDeskAsync(app);
        using var chat = await WebChat.BeginAsync(desk, app.Address);
        using var home = new Desk("main", DeskFixture.AdminKey, app.Address);
        (await home.PatchAsync($"/api/workspaces/{desk.Workspace}", new { active = false })).Expect(200);
        Assert.Equal("ChatDisabled", (await chat.PostAsync("The printer is on fire")).Expect(403).Json["error"]!["code"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_simple_turn_costs_two_storage_requests()
    {
        await using var app = await fixture.StartFrozenAppAsync();
        using var desk = await fixture.OpenDeskAsync(app);
        using var chat = await WebChat.BeginAsync(desk, app.Address);
        await chat.ReportsAsync();
        await app.DeliveredAsync();
        using var count = new StorageCount(app);
        for (var i = 0; i < 3; i++)
        {
            count.Reset();
            (await chat.PostAsync("help")).Expect(200);
            Assert.Equal(2, count.Count);
        }
    }

    private static string Pad(string text) => text.Replace('-', '+').Replace('_', '/').PadRight((text.Length + 3) / 4 * 4, '=');

    /// <summary>Reads as always, and ends before anything is committed.</summary>
    private sealed class DiesAtCommit(ConversationStore store) : IConversations
    {
        public Task<Conversation> ReadAsync(ConversationAddress address, CancellationToken cancellationToken) => store.ReadAsync(address, cancellationToken);

        public Task<bool> CommitAsync(Conversation read, ChatState next, IReadOnlyList<ChatLine> lines, CancellationToken cancellationToken) =>
            throw new InvalidOperationException("The process ends here.");
    }
}
