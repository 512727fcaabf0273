using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Queues;
using Helpdesk.Bot.Teams;
using Helpdesk.Conditions;
using Helpdesk.Functions.Approvals;
using Helpdesk.Functions.Contacts;
using Helpdesk.Functions.Email;
using Helpdesk.Functions.Events;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Satisfaction;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Teams;
using Helpdesk.Functions.Tests.Email;
using Helpdesk.Functions.Tests.Tickets;
using Helpdesk.Functions.Tickets;
using Helpdesk.Functions.Webhooks;
using Helpdesk.Testing;
using Helpdesk.Tickets;
using Helpdesk.Webhooks;
using Microsoft.Extensions.DependencyInjection;

namespace Helpdesk.Functions.Tests.Contacts;

/// <summary>Erasing people: afterwards nothing of them is anywhere in storage.</summary>
public sealed class EraseContactTests(DeskFixture fixture)
{
    private static readonly CancellationToken Cancelled = TestContext.Current.CancellationToken;

    /// <summary>Somebody whom nobody else is called like, and a word that nobody else says.</summary>
    private sealed record Somebody(string First, string Last, string Email, string Other, string Phone, string Word)
    {
        public string Name => $"{First} {Last}";

        public static Somebody New(string tag) =>
            new($"Zdravko{tag}", $"Quillfeather{tag}", $"zq-{tag}@feathers.example", $"quill.{tag}@elsewhere.example", "+385912345678", $"xylomarimba{tag}");

        /// <summary>What must not be found.</summary>
        public IReadOnlyList<string> Traces => [First, Last, Email, Other, Phone, Word, Hashes.Short(Email), Hashes.Short(Other)];
    }

    /// <summary>
    /// Has somebody use the desk in every way that it knows. A feature that keeps something of people in a new place adds to it here, so that the search
    /// below finds what its erasure leaves.
    /// </summary>
    private async Task<(string Contact, List<long> Numbers)> UseEverythingAsync(Desk desk, Somebody who, RunningApp? on = null)
    {
        var app = on ?? fixture.App;
        // A receiver that nobody reaches: what it is owed stays.
        (
            await desk.PostAsync(
                "/api/webhooks",
                new
                {
                    id = "board",
                    name = $"Board of {who.Name}",
                    url = "https://receiver.invalid",
                    includeWords = true,
                }
            )
        ).Expect(201);
        // A rule that speaks of somebody.
        (
            await desk.PostAsync(
                "/api/automations",
                new
                {
                    id = "speaks",
                    name = $"For {who.Name}",
                    on = new[] { "ticket-merged" },
                    condition = new
                    {
                        field = "requester.email",
                        op = "is",
                        value = who.Email,
                    },
                    actions = new object[]
                    {
                        new { @do = "note", text = $"{who.Name} ({who.Email}) again" },
                        new
                        {
                            @do = "set",
                            field = "custom.who",
                            value = who.Name,
                        },
                    },
                }
            )
        ).Expect(201);
        (
            await desk.PostAsync(
                "/api/macros",
                new
                {
                    id = "speaks",
                    name = "Speaks",
                    actions = new object[] { new { @do = "comment", text = $"Ask {who.Name}" } },
                }
            )
        ).Expect(201);
        // A report that goes to somebody.
        (
            await desk.PostAsync(
                "/api/report-schedules",
                new
                {
                    id = "for-somebody",
                    name = $"For {who.Name}",
                    report = "volume",
                    recipients = new[] { new { email = who.Email } },
                }
            )
        ).Expect(201);
        (await desk.PostAsync("/api/report-schedules/for-somebody/send")).Expect(200);
        var numbers = new List<long>();
        async Task<long> OpenAsync(string subject, string email, string name)
        {
            var opened = await desk.PostAsync(
                "/api/tickets",
                new
                {
                    subject,
                    description = $"It plays the {who.Word} all day",
                    requester = new { email, name },
                    customFields = new { seat = $"next to {who.Name}" },
                    tags = new[] { "music" },
                }
            );
            numbers.Add(opened.Expect(201).Json["number"]!.GetValue<long>());
            return numbers[^1];
        }

        var first = await OpenAsync($"The {who.Word}", who.Email, who.Name);
        (await desk.PostAsync($"/api/tickets/{first}/comments", new { body = $"Still the {who.Word}", author = "requester" })).Expect(201);
        (await desk.PostAsync($"/api/tickets/{first}/comments", new { body = $"Dear {who.First}, we look at it. Is {who.Email} right?" })).Expect(201);
        (await desk.PostAsync($"/api/tickets/{first}/comments", new { body = $"{who.Last} is loud", visibility = "internal" })).Expect(201);
        (await desk.PatchAsync($"/api/tickets/{first}", new { subject = $"Not the {who.Word}", description = $"{who.Word}!" })).Expect(200);
        (await desk.PostAsync($"/api/tickets/{first}/time", new { minutes = 5, note = $"Talked to {who.Name}, {who.Email}" })).Expect(200);
        (await desk.PatchAsync("/api/satisfaction-settings", new { active = true, after = "PT0S" })).Expect(200);
        (await desk.PostAsync($"/api/tickets/{first}/resolve", new { resolution = $"Told {who.First} to stop" })).Expect(200);
        // An article that speaks of somebody in all its versions, and one that was made of their ticket.
        (await desk.PostAsync($"/api/tickets/{first}/article")).Expect(201);
        var article = (
            await desk.PostAsync(
                "/api/articles",
                new
                {
                    title = $"What {who.Name} found",
                    slug = "found",
                    body = $"Ask {who.Email}.",
                    language = "en",
                }
            )
        ).Expect(201).Json["article"]!["id"]!;
        (await desk.PostAsync($"/api/articles/{article}/publish")).Expect(200);
        // An address that is made of a title with their name.
        (
            await desk.PostAsync(
                "/api/articles",
                new
                {
                    title = $"{who.Name} asks",
                    body = "Nothing else.",
                    language = "en",
                }
            )
        ).Expect(201);
        (await desk.PatchAsync($"/api/articles/{article}", new { body = $"Ask {who.Email} or {who.Name}." })).Expect(200);
        using (var reader = new HttpClient { BaseAddress = app.Address })
        {
            using var said = new FormUrlEncodedContent([new("helpful", "no"), new("words", $"I am {who.Name}")]);
            using var answer = await reader.PostAsync($"/support/articles/found?workspace={desk.Workspace}", said);
            Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
            using var missed = await reader.GetAsync($"/support/articles?workspace={desk.Workspace}&q={Uri.EscapeDataString(who.Email)}");
            (await desk.GetAsync("/api/knowledge/statistics")).Expect(200);
        }

        await AnswerAsync(app, desk, first, $"It was the {who.Word}");
        // What agents have to do with them: open, done, changed and removed.
        (
            await desk.PostAsync(
                $"/api/tickets/{first}/follow-up",
                new
                {
                    @in = "PT5H",
                    note = $"Ask {who.Last} again",
                    to = "none",
                }
            )
        ).Expect(200);
        foreach (var title in new[] { $"Call {who.Name}", $"Write to {who.Email}", $"Visit {who.First}" })
            (await desk.PostAsync($"/api/tickets/{first}/tasks", new { title, dueAt = "2026-01-01T00:00:00Z" })).Expect(201);
        await app.Services.GetRequiredService<Helpdesk.Functions.Agenda.RemindAgents>().RemindAsync(new(desk.Workspace, first), Cancelled);
        var tasks = (await desk.GetAsync($"/api/tickets/{first}/tasks")).Expect(200).Json["items"]!
            .AsArray()
            .Select(task => task!["id"]!.GetValue<string>())
            .ToList();
        (await desk.PatchAsync($"/api/tickets/{first}/tasks/{tasks[0]}", new { title = $"Call {who.First} at {who.Phone}", done = true })).Expect(200);
        (await desk.DeleteAsync($"/api/tickets/{first}/tasks/{tasks[1]}")).Expect(204);

        // What others approve on their ticket, and what they approve on somebody else's: answered, and not answered yet.
        var asking = await OpenAsync($"A second {who.Word}", who.Email, who.Name);
        var byOthers = new { question = $"May {who.Name} have a {who.Word}?", approvers = new[] { new { email = "boss@example.com" } } };
        (await desk.PostAsync($"/api/tickets/{asking}/approvals", byOthers)).Expect(201);
        var asked = (await desk.OpenTicketAsync(email: "sixth@example.com")).Json["number"]!.GetValue<long>();
        numbers.Add(asked);
        foreach (var decision in new[] { "decline", null })
        {
            var byThem = new { question = $"May we? {who.Name} knows.", approvers = new[] { new { email = who.Email, name = who.Name } } };
            var approval = (await desk.PostAsync($"/api/tickets/{asked}/approvals", byThem)).Expect(201).Json["id"]!.GetValue<string>();
            if (decision is null)
                continue;
            var link = await app.Services.GetRequiredService<ApprovalLinks>().PathOfAsync(AskedApprover.Of(desk.Workspace, approval, 1), Cancelled);
            using var answer = new FormUrlEncodedContent(
                new Dictionary<string, string> { ["decision"] = decision, ["comment"] = $"No {who.Word}, says {who.First}" }
            );
            (await desk.SendAsync(HttpMethod.Post, link, answer)).Expect(200);
        }

        // A form that speaks of them, and that they fill in; what they answered in words is corrected later.
        (
            await desk.PostAsync(
                "/api/forms",
                JsonNode.Parse(
                    $$"""
                    {"id":"music","name":"Music","subject":"hidden","details":"hidden","fields":[
                     {"name":"plays","type":"text","label":"What?"},
                     {"name":"why","type":"text","label":"Why?","requiredWhen":{"field":"answers.plays","op":"is","value":"{{who.Name}}"} }]}
                    """
                )!
            )
        ).Expect(201);
        var filled = (
            await desk.PostAsync(
                "/api/tickets",
                new
                {
                    form = "music",
                    answers = new { plays = who.Word, why = "fun" },
                    requester = new { email = who.Email, name = who.Name },
                }
            )
        ).Expect(201);
        numbers.Add(filled.Json["number"]!.GetValue<long>());
        (await desk.PatchAsync($"/api/tickets/{numbers[^1]}", new { customFields = new { why = $"for the {who.Word}" } })).Expect(200);

        // Requester once, and not any more; from another address.
        var corrected = await OpenAsync($"Also the {who.Word}", who.Other, who.Name);
        (await desk.PatchAsync($"/api/tickets/{corrected}", new { requester = new { email = "after@example.com", name = "After" } })).Expect(200);
        // On tickets of others: taking part, and only spoken of.
        var theirs = (await desk.OpenTicketAsync(email: "other@example.com")).Json["number"]!.GetValue<long>();
        (await desk.PatchAsync($"/api/tickets/{theirs}", new { participants = new[] { new { email = who.Email, name = who.Name } } })).Expect(200);
        (await desk.PostAsync($"/api/tickets/{theirs}/comments", new { body = $"My {who.Word} as well", from = who.Email })).Expect(201);
        var spoken = (await desk.OpenTicketAsync(email: "third@example.com")).Json["number"]!.GetValue<long>();
        (await desk.PostAsync($"/api/tickets/{spoken}/comments", new { body = $"Ask {who.Name} ({who.Email}, {who.Phone})" })).Expect(201);
        numbers.AddRange([theirs, spoken]);
        // Merged into somebody else's ticket.
        var merged = await OpenAsync($"Again the {who.Word}", who.Email, who.Name);
        (await desk.PostAsync($"/api/tickets/{merged}/merge", new { into = spoken, confirm = true })).Expect(200);

        // Named by a monitoring tool.
        var tool = await Alerts.AlertDesk.AddSourceAsync(desk, "tool", "generic");
        using var monitoring = new Desk(desk.Workspace, "", app.Address);
        var alert = new System.Text.Json.Nodes.JsonObject
        {
            ["id"] = who.Email,
            ["state"] = "firing",
            ["title"] = $"The login of {who.Name}",
            ["labels"] = new System.Text.Json.Nodes.JsonObject { ["user"] = who.Email },
        };
        var reported = (await monitoring.PostAsync(Alerts.AlertDesk.PathOf(tool), alert)).Expect(202).Json["receipt"]!.GetValue<string>();
        await Until.TrueAsync(
            async () => (await desk.GetAsync($"/api/receipts/{reported}")).Expect(200).Json["state"]!.GetValue<string>() == "processed",
            "the report is worked"
        );

        // In the portal: a question that an article was made of, words of others that repeat the name, what everybody is told, and a session.
        (await desk.PatchAsync("/api/portal", new { community = true })).Expect(200);
        foreach (
            var (email, title, body, name) in new[]
            {
                (who.Email, $"Who stops the {who.Word}?", $"It is the {who.Word}", who.First),
                ("other@example.com", "Who else?", $"It is {who.Name}", "Other"),
            }
        )
        {
            var visitor = new Portal.PortalBrowser(app, desk);
            await app.Services.GetRequiredService<Helpdesk.Functions.Portal.RequesterSessions>().BeginAsync(visitor.Context, desk.Workspace, email, Cancelled);
            visitor.TakeCookies();
            var posted = await visitor.PostAsync(visitor.Of("/support/community"), ("title", title), ("body", body), ("name", name));
            Assert.Equal(302, posted.Status);
            var question = posted.Location!.Split('/')[^1].Split('?')[0];
            var answered = (
                await desk.PostAsync(
                    $"/api/community/questions/{question}/answers",
                    new { body = email == who.Email ? $"Dear {who.First}, stop" : $"Ask {who.Email}" }
                )
            ).Expect(200);
            if (email == who.Email)
                (await desk.PostAsync($"/api/community/questions/{question}/article", new { answer = answered.Json["answers"]![0]!["id"] })).Expect(200);
            visitor.Dispose();
        }

        var told = System.Net.Http.Json.JsonContent.Create(new { title = $"The {who.Name} machine", text = $"Ask {who.Email}" });
        (await desk.SendAsync(HttpMethod.Put, $"/api/tickets/{theirs}/disturbance", told)).Expect(200);

        // By the form: small with a file, large, and one that a program seems to have filled in.
        using var form = new MultipartFormDataContent
        {
            { new StringContent($"Form about the {who.Word}"), "subject" },
            { new StringContent($"The {who.Word}, see file"), "description" },
            { new StringContent(who.Email), "email" },
            { new StringContent(who.Name), "name" },
        };
        using var file = new ByteArrayContent(Encoding.UTF8.GetBytes($"notes on the {who.Word}"))
        {
            Headers = { ContentType = new MediaTypeHeaderValue("text/plain") },
        };
        form.Add(file, "files", $"{who.Last}.txt");
        (await desk.SendAsync(HttpMethod.Post, $"/api/intake/web?workspace={desk.Workspace}", form)).Expect(202);
        foreach (var website in new[] { "", "spam" })
        {
            var sent = new
            {
                subject = "Large",
                description = new string('x', 60_000) + who.Word,
                requester = new { email = who.Email, name = who.Name },
                website,
            };
            (await desk.PostAsync($"/api/intake/web?workspace={desk.Workspace}", sent)).Expect(202);
        }

        // In the web chat: a ticket, and words that never became one.
        using (
            var chat = await WebChat.WebChat.BeginAsync(
                desk,
                app.Address,
                new
                {
                    id = "u1",
                    name = who.Name,
                    email = who.Email,
                }
            )
        )
        {
            await chat.SaysAsync($"My {who.Word} does not stop");
            await chat.SaysAsync("yes");
        }

        using (var draft = await WebChat.WebChat.BeginAsync(desk, app.Address))
        {
            await draft.SaysAsync($"The {who.Word} again");
            await draft.SaysAsync(who.Other);
        }

        // Somebody of the desk has made rules about them.
        var rule = new
        {
            any = new object[]
            {
                new
                {
                    field = "requester.email",
                    op = "in",
                    value = new[] { who.Email, who.Other },
                },
                new
                {
                    not = new
                    {
                        field = "subject",
                        op = "contains",
                        value = who.Name,
                    },
                },
            },
        };
        var promise = new
        {
            id = "theirs",
            name = $"For {who.Name}",
            active = false,
            calendar = "business-hours",
            targets = new[] { new { metric = "resolution", within = "PT1H" } },
            condition = rule,
        };
        (await desk.PostAsync("/api/sla/policies", promise)).Expect(201);
        (await desk.PatchAsync("/api/sla/policies/theirs", new { position = 7 })).Expect(200);

        // What only other systems bring about, put where they put it.
        await app
            .Services.GetRequiredService<TeamsStore>()
            .SavePersonAsync(desk.Workspace, $"29:{who.Word}", new ChannelPerson("29:1", who.Name, who.Email, Guid.NewGuid().ToString()), Cancelled);
        await app
            .Services.GetRequiredService<MailThreads>()
            .AddAsync(
                desk.Workspace,
                new($"{Guid.NewGuid():N}@mail.example", $"{first}-0123456789", DateTimeOffset.UnixEpoch, true, who.Email, $"Re: {who.Name}"),
                Cancelled
            );
        foreach (var (person, shownTo) in new[] { (who.Email, "third@example.com"), ("third@example.com", who.Email) })
            await app
                .Services.GetRequiredService<MailThreads>()
                .NoteOfPersonAsync(
                    desk.Workspace,
                    new(
                        $"{Guid.NewGuid():N}@mail.example",
                        $"{first}-0123456789",
                        DateTimeOffset.UnixEpoch,
                        true,
                        person,
                        $"Re: {who.Name}",
                        ShownTo: shownTo
                    ),
                    Cancelled
                );
        foreach (var sender in new[] { who.Email, "other@blocked.example" })
            (await desk.PostAsync("/api/blocked-senders", new { sender, reason = $"Speaks for {who.Name}" })).Expect(201);
        await app
            .Services.GetRequiredService<SettingsStore>()
            .PutAsync(
                desk.Workspace,
                WebhookStore.Kind,
                new Webhook
                {
                    Id = "theirs",
                    Url = "https://hooks.example.com/",
                    Active = false,
                    Secret = "whsec_AAAA",
                    CreatedAt = DateTimeOffset.UnixEpoch,
                    Condition = Condition.Parse(JsonSerializer.SerializeToElement(rule), ConditionScope.Events).Condition,
                },
                Cancelled
            );
        var weekend = new
        {
            id = "weekend",
            name = $"Move of {who.Name}",
            from = "2090-01-01T00:00:00Z",
            to = "2090-01-02T00:00:00Z",
        };
        (await desk.PostAsync("/api/maintenance-windows", weekend)).Expect(201);
        (await desk.PostAsync("/api/views", new { name = $"Tickets of {who.Name}", condition = rule })).Expect(201);
        (
            await desk.PostAsync(
                "/api/tickets/bulk",
                new
                {
                    tickets = new[] { "999999" },
                    patch = new { subject = $"Call {who.Name}", participants = new[] { new { email = who.Email } } },
                    comment = new { body = $"{who.Name} wrote from {who.Email}" },
                }
            )
        ).Expect(200);
        await app
            .Services.GetRequiredService<MailSuppressions>()
            .AddAsync(desk.Workspace, who.Email, $"550 {who.Email} is unknown", "delivery-report", Cancelled);
        await app
            .Services.GetRequiredService<DeadLetterStore>()
            .PutAsync(desk.Workspace, new("letter-1", "Mail", first, 1, 1, DateTimeOffset.UnixEpoch, $"550 {who.Email} is unknown", null, true), Cancelled);

        await app.DeliveredAsync();
        await Until.TrueAsync(
            async () => (await desk.GetAsync("/api/receipts?state=received")).Json["items"]!.AsArray().Count == 0,
            "all receipts are worked"
        );
        await app.DeliveredAsync();
        var contact = await ContactAsync(desk, who.Email);
        var other = await ContactAsync(desk, who.Other);
        (await desk.PatchAsync($"/api/contacts/{contact}", new { phones = new[] { who.Phone }, notes = $"Plays the {who.Word}" })).Expect(200);
        (await desk.PostAsync($"/api/contacts/{other}/merge", new { into = contact })).Expect(200);
        // By telephone: the system writes the number in its own way.
        foreach (var seconds in new[] { 0, 20, 40 })
        {
            var call = new
            {
                direction = "inbound",
                from = "+385 91 234-5678",
                duration = $"PT{seconds}S",
                name = who.Name,
                summary = $"The {who.Word} is too loud {seconds}",
                recordingUrl = $"https://calls.example.com/{who.Last}.mp3",
                callId = seconds == 0 ? "missed" : "answered",
            };
            (await desk.PostAsync("/api/intake/call", call)).Expect(202);
            await Until.TrueAsync(async () => (await desk.GetAsync("/api/receipts?state=received")).Json["items"]!.AsArray().Count == 0, "the call is logged");
        }

        await app.DeliveredAsync();
        return (contact, numbers);
    }

    /// <summary>Has a requester asked how it was, and answer.</summary>
    private static async Task AnswerAsync(RunningApp app, Desk desk, long number, string comment)
    {
        await app.Services.GetRequiredService<AskForSatisfaction>().AskAsync(new(desk.Workspace, number), Cancelled);
        var ticket =
            await app.Services.GetRequiredService<TicketStore>().FindAsync(new(desk.Workspace, number), Cancelled)
            ?? throw new InvalidOperationException("There is no such ticket.");
        var link = await app.Services.GetRequiredService<SatisfactionLinks>().PathOfAsync(new(desk.Workspace, number, ticket.Satisfaction!.Asked), Cancelled);
        using var answer = new FormUrlEncodedContent(new Dictionary<string, string> { ["rating"] = "1", ["comment"] = comment });
        (await desk.SendAsync(HttpMethod.Post, link, answer)).Expect(200);
    }

    private static async Task<string> ContactAsync(Desk desk, string email) =>
        (await desk.GetAsync($"/api/contacts?search={email}")).Expect(200).Json["items"]![0]!["id"]!.GetValue<string>();

    private static Task<Answer> EraseAsync(Desk desk, string contact, string mode, string reason = "Asked for it") =>
        desk.PostAsync($"/api/contacts/{contact}/erase", new { mode, reason });

    private static async Task<JsonNode> DoneAsync(Desk desk, string erasure)
    {
        await Until.TrueAsync(
            async () => (await desk.GetAsync($"/api/erasures/{erasure}")).Expect(200).Json["state"]!.GetValue<string>() == "done",
            "the erasure is done"
        );
        return (await desk.GetAsync($"/api/erasures/{erasure}")).Json;
    }

    /// <summary>Every row of every table, every blob and every message that holds one of the traces.</summary>
    private async Task<List<string>> FindAsync(IReadOnlyList<string> traces)
    {
        var found = new List<string>();
        void Look(string where, string what)
        {
            foreach (var trace in traces.Where(trace => what.Contains(trace, StringComparison.OrdinalIgnoreCase)))
                found.Add($"{where}: {trace}");
        }

        var tables = new TableServiceClient(fixture.Storage);
        await foreach (var table in tables.QueryAsync(cancellationToken: Cancelled))
        {
            await foreach (var row in tables.GetTableClient(table.Name).QueryAsync<TableEntity>(cancellationToken: Cancelled))
            {
                foreach (var (column, value) in row)
                    Look(
                        $"table {table.Name} {row.PartitionKey}/{row.RowKey} {column}",
                        value as string
                            ?? (value is byte[] bytes ? Encoding.UTF8.GetString(bytes) + Uri.UnescapeDataString(Encoding.Latin1.GetString(bytes)) : "")
                    );
            }
        }

        var blobs = new BlobServiceClient(fixture.Storage);
        await foreach (var container in blobs.GetBlobContainersAsync(cancellationToken: Cancelled))
        {
            var client = blobs.GetBlobContainerClient(container.Name);
            await foreach (var blob in client.GetBlobsAsync(BlobTraits.Metadata, BlobStates.None, null, Cancelled))
            {
                using var content = new MemoryStream();
                // Other tests remove blobs of theirs while this one looks.
                await DownloadAsync(client.GetBlobClient(blob.Name), content);
                var metadata = string.Join(' ', blob.Metadata.Select(pair => Uri.UnescapeDataString(pair.Value)));
                Look($"blob {container.Name}/{blob.Name}", $"{blob.Name} {metadata} {Encoding.UTF8.GetString(content.ToArray())}");
            }
        }

        static async Task DownloadAsync(BlobClient blob, Stream into)
        {
            try
            {
                await blob.DownloadToAsync(into, Cancelled);
            }
            catch (Azure.RequestFailedException gone) when (gone.Status == 404)
            {
                Assert.Equal("BlobNotFound", gone.ErrorCode);
            }
        }

        var queues = new QueueServiceClient(fixture.Storage);
        await foreach (var queue in queues.GetQueuesAsync(cancellationToken: Cancelled))
        {
            foreach (var message in (await queues.GetQueueClient(queue.Name).PeekMessagesAsync(32, Cancelled)).Value)
                Look($"queue {queue.Name}", message.Body.ToString());
        }

        return found;
    }

    [Theory]
    [InlineData("anonymised")]
    [InlineData("deleted")]
    public async Task Nothing_of_somebody_is_left_anywhere(string mode)
    {
        using var desk = await fixture.OpenDeskAsync();
        var who = Somebody.New(mode[..3]);
        var (contact, numbers) = await UseEverythingAsync(desk, who);
        // The search would find what is there.
        var before = await FindAsync(who.Traces);
        Assert.All(who.Traces, trace => Assert.Contains(before, one => one.EndsWith($": {trace}", StringComparison.Ordinal)));
        Assert.All(
            new[]
            {
                "Tickets",
                "TicketLists",
                "Receipts",
                "Conversations",
                "People",
                "Contacts",
                "Episodes",
                "MailThreads",
                "Mails",
                "MailSuppressions",
                "Files",
                "DeadLetters",
                "Settings",
                "WebhookDeliveries",
                "BulkChanges",
                "Articles",
                "Calls",
                "blob receipt-bodies",
                "blob attachments",
            },
            place => Assert.Contains(before, one => one.Contains(place, StringComparison.Ordinal))
        );
        var status = (await desk.GetAsync($"/api/tickets/{numbers[0]}")).Json["status"]!.GetValue<string>();
        var counts = new Dictionary<long, (long Version, int Events)>();
        foreach (var number in numbers)
            counts[number] = ((await desk.GetAsync($"/api/tickets/{number}")).Json["version"]!.GetValue<long>(), await CountEventsAsync(desk, number));

        var asked = (await EraseAsync(desk, contact, mode, $"{who.Name} wrote from {who.Email}")).Expect(202).Json;
        var proof = await DoneAsync(desk, asked["id"]!.GetValue<string>());
        await fixture.App.DeliveredAsync();

        var traces = string.Join('\n', await FindAsync(who.Traces));
        Assert.True(traces.Length == 0, traces);
        Assert.Equal(
            new[]
            {
                "tickets",
                "ticket-lists",
                "search",
                "dead-letters",
                "calls",
                "receipts",
                "conversations",
                "people",
                "files",
                "mail-threads",
                "outbox",
                "webhooks",
                "blocked-senders",
                "conditions",
                "questions",
                "disturbances",
                "portal",
                "episodes",
                "alert-tellings",
                "automations",
                "bulk-changes",
                "articles",
                "report-schedules",
                "audit",
                "contacts",
            }.Order(StringComparer.Ordinal),
            proof["stores"]!.AsArray().Select(store => store!["store"]!.GetValue<string>()).Order(StringComparer.Ordinal)
        );
        foreach (
            var store in proof["stores"]!
                .AsArray()
                .Where(one =>
                    one!["store"]!.GetValue<string>() is "tickets" or "calls" or "receipts" or "conversations" or "files" or "conditions" or "contacts"
                )
        )
            Assert.True(store!["erased"]!.GetValue<long>() > 0, store.ToJsonString());
        Assert.Contains(
            ErasureStore.SubjectOf(asked["id"]!.GetValue<string>(), who.Email),
            proof["subjects"]!.AsArray().Select(one => one!.GetValue<string>())
        );
        Assert.DoesNotContain(who.Last, proof.ToJsonString(), StringComparison.OrdinalIgnoreCase);

        // Facts and counts are still there, the history leads to the ticket as it is, and ETags have moved.
        foreach (var number in numbers)
        {
            var read = await desk.GetAsync($"/api/tickets/{number}");
            var ticket = read.Expect(200).Json;
            Assert.True(ticket["version"]!.GetValue<long>() > counts[number].Version, $"ticket {number} has its old version");
            Assert.Equal($"\"{ticket["version"]}\"", read.ETag);
            Assert.True(await CountEventsAsync(desk, number) > counts[number].Events);
            await ReplaysAsync(desk, number);
        }

        var pseudonym = mode == "deleted" ? "somebody@erased.invalid" : $"person-{contact}@erased.invalid";
        Assert.Equal(pseudonym, (await desk.GetAsync($"/api/tickets/{numbers[0]}")).Json["requester"]!["email"]!.GetValue<string>());
        Assert.Equal(status, (await desk.GetAsync($"/api/tickets/{numbers[0]}")).Json["status"]!.GetValue<string>());
        Assert.Contains(numbers[0], await desk.NumbersAsync($"requester={pseudonym}"));
        Assert.Empty(await desk.NumbersAsync($"requester={who.Email}"));
        if (mode == "deleted")
            (await desk.GetAsync($"/api/contacts/{contact}")).Expect(404);
        else
            Assert.NotNull((await desk.GetAsync($"/api/contacts/{contact}")).Expect(200).Json["erasedAt"]);
        // Twice is once.
        if (mode == "anonymised")
            Assert.Equal(proof.ToJsonString(), (await EraseAsync(desk, contact, mode)).Expect(202).Json.ToJsonString());
        // Who writes again is somebody new.
        await desk.OpenTicketAsync(email: who.Email);
        await fixture.App.DeliveredAsync();
        Assert.NotEqual(contact, await ContactAsync(desk, who.Email));
    }

    [Theory]
    [InlineData("anonymised")]
    [InlineData("deleted")]
    public async Task The_receipt_and_the_files_of_anothers_mail_stay_where_somebody_was_only_in_copy(string mode)
    {
        using var box = await MailDesk.OpenAsync(fixture);
        var desk = box.Desk;
        const string parts =
            "--b\nContent-Type: text/plain\n\nSee file\n--b\nContent-Type: text/plain\nContent-Disposition: attachment; filename=e.txt\n\ne\n--b--\n";
        (string, string)[] withFile = [("MIME-Version", "1.0"), ("Content-Type", "multipart/mixed; boundary=b")];
        var others = await box.SendAsync(box.Mail(parts, [("Cc", "Copied Person <copied@feathers.example>"), .. withFile]));
        var own = await box.SendAsync(box.Mail(parts, [("From", "Copied Person <copied@feathers.example>"), ("Subject", "Mine"), .. withFile]));
        var kept = (await box.TicketAsync(others))["attachments"]![0]!["id"]!.GetValue<string>();
        var gone = (await box.TicketAsync(own))["attachments"]![0]!["id"]!.GetValue<string>();
        await fixture.App.DeliveredAsync();
        var asked = (await EraseAsync(desk, await ContactAsync(desk, "copied@feathers.example"), mode)).Expect(202).Json;
        var proof = await DoneAsync(desk, asked["id"]!.GetValue<string>());

        var (theirs, mine) = (others.Json["id"]!.GetValue<string>(), own.Json["id"]!.GetValue<string>());
        Assert.Equal(others.Json["ticket"]!.ToString(), (await desk.GetAsync($"/api/receipts/{theirs}")).Expect(200).Json["ticket"]!.ToString());
        // A stored body cannot be anonymised.
        Assert.Equal("receipt-body-missing", (await desk.GetAsync($"/api/receipts/{theirs}/mail")).Expect(409).Code);
        (await desk.GetAsync($"/api/attachments/{kept}")).Expect(200);
        (await desk.GetAsync($"/api/receipts/{mine}")).Expect(mode == "deleted" ? 404 : 200);
        (await desk.GetAsync($"/api/attachments/{gone}")).Expect(404);
        Assert.Equal(1, proof["stores"]!.AsArray().Single(one => one!["store"]!.GetValue<string>() == "files")!["erased"]!.GetValue<long>());
    }

    [Fact]
    public async Task Cancelled_means_that_words_stay_and_nothing_more_is_learned()
    {
        using var desk = await fixture.OpenDeskAsync();
        await desk.OpenTicketAsync(email: "stays@example.com");
        await fixture.App.DeliveredAsync();
        var contact = await ContactAsync(desk, "stays@example.com");
        var proof = (await EraseAsync(desk, contact, "cancelled")).Expect(202).Json;
        Assert.Equal("done", proof["state"]!.GetValue<string>());
        var store = fixture.App.Services.GetRequiredService<ContactStore>();
        await store.LearnAsync(desk.Workspace, new("stays@example.com", "New", "de", [new("chat", "x")]), Cancelled);
        var read = (await desk.GetAsync($"/api/contacts/{contact}")).Expect(200).Json;
        Assert.NotNull(read["cancelledAt"]);
        Assert.Equal(("Rita", null, 0), (read["name"]!.GetValue<string>(), read["language"]?.GetValue<string>(), read["identities"]!.AsArray().Count));
        Assert.Equal(
            "It is on fire",
            (await desk.GetAsync($"/api/contacts/{contact}/tickets")).Json["items"]![0]!["subject"] is not null ? "It is on fire" : ""
        );
        Assert.Equal("contact-cancelled", (await desk.PatchAsync($"/api/contacts/{contact}", new { emails = new[] { "b@example.com" } })).Expect(409).Code);
        // A greater erasure may follow.
        (await EraseAsync(desk, contact, "anonymised")).Expect(202);
    }

    [Fact]
    public async Task Only_admins_of_the_workspace_erase_and_read_proofs()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var other = await fixture.OpenDeskAsync();
        await desk.OpenTicketAsync(email: "guarded@example.com");
        await fixture.App.DeliveredAsync();
        var contact = await ContactAsync(desk, "guarded@example.com");
        using var agent = await desk.WithRoleAsync("agent");
        (await EraseAsync(agent, contact, "deleted")).Expect(403);
        (await EraseAsync(other, contact, "deleted")).Expect(404);
        (await EraseAsync(desk, contact, "gone")).Expect(400);
        (await desk.PostAsync($"/api/contacts/{contact}/erase", new { mode = "deleted" })).Expect(400);
        var erasure = (await EraseAsync(desk, contact, "cancelled")).Expect(202).Json["id"]!.GetValue<string>();
        (await other.GetAsync($"/api/erasures/{erasure}")).Expect(404);
        Assert.Empty((await other.GetAsync("/api/erasures")).Expect(200).Json["items"]!.AsArray());
        Assert.Single((await desk.GetAsync("/api/erasures")).Expect(200).Json["items"]!.AsArray());
        (await agent.GetAsync($"/api/erasures/{erasure}")).Expect(403);
    }

    [Fact]
    public async Task An_erasure_that_is_killed_again_and_again_is_finished_by_its_messages_each_of_which_may_come_twice()
    {
        await using var mortal = await MortalApp.StartAsync(fixture.Storage, "");
        using var desk = await fixture.OpenDeskAsync();
        var who = Somebody.New("kill");
        var (contact, numbers) = await UseEverythingAsync(desk, who);
        var asked = ErasureStore.IdOf(contact, Helpdesk.Contacts.ErasureMode.Anonymised);
        using (var dying = new Desk(desk.Workspace, desk.Key, mortal.App.Address))
        {
            // Whoever is told that it failed asks again; once the order is stored, its message finishes it.
            for (var writes = 5; (await desk.GetAsync($"/api/erasures/{asked}")).Status == 404; writes++)
            {
                mortal.Revive();
                mortal.DieAfter(writes);
                await EraseAsync(dying, contact, "anonymised");
                await Until.TrueAsync(() => Task.FromResult(mortal.HasDied), "it has died");
            }
        }

        var message = JsonSerializer.Serialize(new ErasureMessage(desk.Workspace, asked, DateTimeOffset.UnixEpoch), ErasureJson.Default.ErasureMessage);
        for (var writes = 0; ; writes++)
        {
            Assert.True(writes < 200, "It comes to no end.");
            mortal.Revive();
            if ((await desk.GetAsync($"/api/erasures/{asked}")).Expect(200).Json["state"]!.GetValue<string>() == "done")
                break;
            mortal.DieAfter(1 + writes % 25);
            await Record.ExceptionAsync(() => mortal.App.InvokeAsync(nameof(WorkErasures), message));
        }

        mortal.Revive();
        await mortal.App.InvokeAsync(nameof(WorkErasures), message);
        await mortal.App.InvokeAsync(nameof(WorkErasures), message);
        // What the dead process had changed, its messages bring to the lists.
        foreach (var number in await desk.NumbersAsync("status=new,open,pending,on-hold,resolved,closed"))
        {
            var told = new TicketMessage(
                desk.Workspace,
                number,
                (await desk.GetAsync($"/api/tickets/{number}")).Json["version"]!.GetValue<long>(),
                default,
                ""
            );
            await fixture.App.InvokeAsync(nameof(DispatchTicketEvents), JsonSerializer.Serialize(told, TicketJson.Stored.TicketMessage));
        }

        Assert.Equal("", string.Join('\n', await FindAsync(who.Traces.Take(6).ToList())));
        foreach (var number in numbers)
            await ReplaysAsync(desk, number);
    }

    private static async Task<int> CountEventsAsync(Desk desk, long number) =>
        (await desk.GetAsync($"/api/tickets/{number}/events?limit=100")).Expect(200).Json["items"]!.AsArray().Count;

    /// <summary>The events of a ticket lead to the ticket as it is.</summary>
    private async Task ReplaysAsync(Desk desk, long number)
    {
        var store = fixture.App.Services.GetRequiredService<TicketStore>();
        var ticket = (await store.FindAsync(new(desk.Workspace, number), Cancelled))!;
        var events = await store.ReadEventsAsync(TicketAddress.Of(ticket), 0, (int)ticket.Version, Cancelled);
        var replayed = TicketHistory.Replay(events, TicketHistory.FirstDescription(events, ticket.Description));
        Assert.Equal(Shown(ticket with { Sla = null, LastPair = null }), Shown(replayed));
        Assert.Contains(events, happened => happened.ErasedAt is not null || happened.Fact is PersonErased);
        static string Shown(Ticket it) => JsonSerializer.Serialize(it, TicketJson.Stored.Ticket);
    }
}
