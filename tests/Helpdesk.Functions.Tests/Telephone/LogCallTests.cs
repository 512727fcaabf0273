using System.Text.Json.Nodes;
using Helpdesk.Functions.Intake;
using Helpdesk.Functions.Tests.Tickets;
using Helpdesk.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Helpdesk.Functions.Tests.Telephone;

/// <summary>What becomes of calls: contacts, tickets, what stands on them, and the line of time.</summary>
public sealed class LogCallTests(DeskFixture fixture)
{
    private const string Caller = "+4930901820";
    private static readonly object Inbound = new
    {
        direction = "inbound",
        from = "+49 30 901820",
        to = "+49 30 901821",
        startedAt = "2026-03-10T09:15:00Z",
    };

    internal static JsonObject Call(object fields)
    {
        var call = System.Text.Json.JsonSerializer.SerializeToNode(Inbound)!.AsObject();
        foreach (var (name, value) in System.Text.Json.JsonSerializer.SerializeToNode(fields)!.AsObject())
            call[name] = value?.DeepClone();
        return call;
    }

    /// <summary>Logs a call, has its receipt worked twice, and gives the receipt.</summary>
    internal static async Task<JsonNode> LogAsync(DeskFixture fixture, Desk desk, object fields) =>
        await WorkedAsync(fixture.App, desk, (await desk.PostAsync("/api/intake/call", Call(fields))).Expect(202).Json["receipt"]!.GetValue<string>());

    internal static async Task<JsonNode> WorkedAsync(RunningApp app, Desk desk, string receipt)
    {
        JsonNode? found = null;
        await Until.TrueAsync(
            async () => (found = (await desk.GetAsync($"/api/receipts/{receipt}")).Expect(200).Json)["state"]!.GetValue<string>() != "received",
            "the receipt is worked"
        );
        var message = new
        {
            workspace = desk.Workspace,
            receipt,
            sentAt = TimeProvider.System.GetUtcNow(),
        };
        await app.InvokeAsync(nameof(ProcessReceipt), System.Text.Json.JsonSerializer.Serialize(message));
        await app.DeliveredAsync();
        return found!;
    }

    private Task<JsonNode> LogAsync(Desk desk, object fields) => LogAsync(fixture, desk, fields);

    private static async Task<JsonNode> TicketAsync(Desk desk, JsonNode receipt) =>
        (await desk.GetAsync($"/api/tickets/{receipt["number"]}")).Expect(200).Json;

    private static async Task<List<JsonNode>> CommentsAsync(Desk desk, JsonNode receipt) =>
        [.. (await desk.GetAsync($"/api/tickets/{receipt["number"]}/comments?limit=100")).Expect(200).Json["items"]!.AsArray().Select(one => one!)];

    [Fact]
    public async Task A_call_of_a_clock_that_is_ahead_began_when_it_was_reported()
    {
        using var desk = await fixture.OpenDeskAsync();
        var receipt = await LogAsync(desk, new { outcome = "missed", startedAt = "2090-01-01T00:00:00Z" });
        Assert.DoesNotContain("2090", (await TicketAsync(desk, receipt)).ToJsonString(), StringComparison.Ordinal);
    }

    private static IEnumerable<string> Tags(JsonNode ticket) => ticket["tags"]!.AsArray().Select(tag => tag!.GetValue<string>());

    [Fact]
    public async Task A_missed_call_of_somebody_unknown_is_a_ticket_that_waits_for_a_call_back()
    {
        using var desk = await fixture.OpenDeskAsync();
        var receipt = await LogAsync(desk, new { outcome = "missed" });
        Assert.Equal(("processed", "phone"), (receipt["state"]!.GetValue<string>(), receipt["channel"]!.GetValue<string>()));
        var ticket = await TicketAsync(desk, receipt);
        Assert.Equal($"Missed call from {Caller}", ticket["subject"]!.GetValue<string>());
        Assert.Equal($"Missed call from {Caller} to +4930901821 on 2026-03-10 at 09:15 UTC.", ticket["description"]!.GetValue<string>());
        Assert.Equal("tel-4930901820@phone.invalid", ticket["requester"]!["email"]!.GetValue<string>());
        Assert.Equal(["call-back"], Tags(ticket));
        Assert.Equal("phone", ticket["channel"]!.GetValue<string>());
        Assert.Empty(await CommentsAsync(desk, receipt));

        // Nobody is mailed, and the number has a contact.
        await fixture.App.MailedAsync();
        Assert.Empty((await desk.GetAsync("/api/outbox")).Expect(200).Json["items"]!.AsArray());
        var contact = Assert.Single((await desk.GetAsync("/api/contacts?search=%2B4930901820")).Expect(200).Json["items"]!.AsArray())!;
        Assert.Equal(Caller, Assert.Single(contact["phones"]!.AsArray())!.GetValue<string>());

        // More of them come to the same ticket, each once.
        for (var again = 1; again <= 2; again++)
        {
            var next = await LogAsync(desk, new { outcome = "busy", startedAt = $"2026-03-10T10:0{again}:00Z" });
            Assert.Equal(receipt["number"]!.GetValue<long>(), next["number"]!.GetValue<long>());
            Assert.NotNull(next["comment"]);
        }

        var comments = await CommentsAsync(desk, receipt);
        Assert.Equal(
            ["Called on 2026-03-10 at 10:01 UTC and reached nobody.", "Called on 2026-03-10 at 10:02 UTC and reached nobody."],
            comments.Select(comment => comment["body"]!.GetValue<string>())
        );
        Assert.All(comments, comment => Assert.Equal("requester", comment["by"]!.GetValue<string>()));
        Assert.Single(await desk.NumbersAsync(""));
    }

    [Fact]
    public async Task An_answered_call_goes_to_the_ticket_that_is_worked_on_and_counts_as_an_answer()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var agent = await desk.WithRoleAsync("agent");
        var me = (await agent.GetAsync("/api/agents")).Expect(200).Json["items"]!.AsArray().Single(one => one!["id"]!.GetValue<string>() != "admin")!;
        var contact = new
        {
            name = "Rita Lang",
            emails = new[] { "rita@example.com" },
            phones = new[] { Caller },
        };
        (await desk.PostAsync("/api/contacts", contact)).Expect(201);
        var number = (await desk.OpenTicketAsync(email: "rita@example.com")).Json["number"]!.GetValue<long>();
        await fixture.App.DeliveredAsync();
        await desk.ListShowsAsync("requester=rita@example.com", number);
        await fixture.App.MailedAsync();
        var mails = (await desk.GetAsync("/api/outbox")).Json["items"]!.AsArray().Count;

        var missed = await LogAsync(desk, new { outcome = "missed" });
        Assert.Equal(number, missed["number"]!.GetValue<long>());
        Assert.Equal(["call-back"], Tags(await TicketAsync(desk, missed)));
        var called = await LogAsync(
            desk,
            new
            {
                direction = "outbound",
                from = "+49 30 901821",
                to = "+49 30 901820",
                duration = "PT3M20S",
                agent = me["email"]!.GetValue<string>(),
                summary = "It works again.",
                recordingUrl = "https://calls.example.com/1.mp3",
            }
        );
        Assert.Equal(number, called["number"]!.GetValue<long>());
        var ticket = await TicketAsync(desk, called);
        Assert.Empty(Tags(ticket));
        Assert.Equal("open", ticket["status"]!.GetValue<string>());
        var comments = await CommentsAsync(desk, called);
        Assert.Equal(["public requester", "public agent", "internal agent"], comments.Select(comment => $"{comment["visibility"]} {comment["by"]}"));
        Assert.Equal(
            $"Call to {Caller} from +4930901821 on 2026-03-10 at 09:15 UTC: answered, {me["name"]} called, 3 min 20 s.\n\nIt works again.\n\n"
                + "Recording: https://calls.example.com/1.mp3",
            comments[2]["body"]!.GetValue<string>()
        );

        // They have spoken: nobody is written to of it.
        await fixture.App.MailedAsync();
        Assert.Equal(mails, (await desk.GetAsync("/api/outbox")).Json["items"]!.AsArray().Count);

        var people = (await desk.GetAsync("/api/contacts?search=rita")).Json["items"]!.AsArray();
        var timeline = (await desk.GetAsync($"/api/contacts/{Assert.Single(people)!["id"]}/timeline?limit=100")).Expect(200).Json["items"]!.AsArray();
        var calls = timeline.Where(entry => entry!["kind"]!.GetValue<string>() == "call").ToList();
        Assert.Equal(2, calls.Count);
        Assert.All(calls, entry => Assert.Equal(number, entry!["ticket"]!.GetValue<long>()));
    }

    [Fact]
    public async Task Who_is_no_agent_is_named_on_the_receipt()
    {
        using var desk = await fixture.OpenDeskAsync();
        var unknown = await LogAsync(desk, new { duration = "PT1M", agent = "4711" });
        Assert.Contains("\"4711\"", unknown["reason"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal("processed", unknown["state"]!.GetValue<string>());
        Assert.Null((await LogAsync(desk, new { duration = "PT1M", agent = "admin" }))["reason"]);
    }

    [Fact]
    public async Task Reports_of_one_call_are_put_together_whatever_their_order()
    {
        object[] reports =
        [
            new { outcome = "ringing", callId = "4711" },
            new
            {
                outcome = "answered",
                callId = "4711",
                agent = "Front desk",
            },
            new
            {
                outcome = "answered",
                callId = "4711",
                duration = "PT1M",
                summary = "All done",
            },
        ];
        foreach (var order in new[] { new[] { 0, 1, 2 }, [2, 1, 0], [1, 0, 2, 1, 2] })
        {
            using var desk = await fixture.OpenDeskAsync();
            JsonNode? last = null;
            foreach (var report in order)
            {
                var receipt = await LogAsync(desk, reports[report]);
                Assert.Equal("processed", receipt["state"]!.GetValue<string>());
                last = receipt["number"] is null ? last : receipt;
            }

            var note = Assert.Single(await CommentsAsync(desk, last!));
            Assert.Equal("internal", note["visibility"]!.GetValue<string>());
            Assert.EndsWith(": answered by Front desk, 1 min.\n\nAll done", note["body"]!.GetValue<string>(), StringComparison.Ordinal);
            Assert.Single(await desk.NumbersAsync(""));
        }
    }

    [Fact]
    public async Task Calls_of_one_number_at_the_same_moment_come_to_one_ticket()
    {
        using var desk = await fixture.OpenDeskAsync();
        var sent = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(i => desk.PostAsync("/api/intake/call", Call(new { outcome = "missed", callId = $"call-{i}" })))
        );
        var receipts = new List<JsonNode>();
        foreach (var one in sent)
            receipts.Add(await WorkedAsync(fixture.App, desk, one.Expect(202).Json["receipt"]!.GetValue<string>()));
        Assert.Single(receipts.Select(receipt => receipt["number"]!.GetValue<long>()).Distinct());
        Assert.Equal(7, (await CommentsAsync(desk, receipts[0])).Count);
        Assert.Single(await desk.NumbersAsync(""));
    }

    [Fact]
    public async Task A_call_after_the_ticket_was_resolved_is_a_new_one()
    {
        using var desk = await fixture.OpenDeskAsync();
        var first = await LogAsync(desk, new { outcome = "missed" });
        (await desk.PostAsync($"/api/tickets/{first["number"]}/resolve", new { resolution = "Called back" })).Expect(200);
        var second = await LogAsync(desk, new { outcome = "voicemail", recordingUrl = "https://calls.example.com/2.mp3" });
        Assert.NotEqual(first["number"]!.GetValue<long>(), second["number"]!.GetValue<long>());
        var ticket = await TicketAsync(desk, second);
        Assert.Equal($"Voice message from {Caller}", ticket["subject"]!.GetValue<string>());
        Assert.Equal(["call-back"], Tags(ticket));
        Assert.Contains("Recording: https://calls.example.com/2.mp3", Assert.Single(await CommentsAsync(desk, second))["body"]!.GetValue<string>());
    }

    [Fact]
    public async Task What_is_no_number_that_can_be_called_is_shown_as_it_was_written_and_not_taken_for_withheld()
    {
        using var desk = await fixture.OpenDeskAsync();
        // Without a region nobody can tell the country of the first.
        var local = await LogAsync(desk, new { from = "030 901899", outcome = "missed" });
        var extension = await LogAsync(desk, new { from = "21", outcome = "missed" });
        var again = await LogAsync(desk, new { from = "030 901899", outcome = "missed" });
        Assert.Equal("Missed call from 030 901899", (await TicketAsync(desk, local))["subject"]!.GetValue<string>());
        Assert.Equal("Missed call from 21", (await TicketAsync(desk, extension))["subject"]!.GetValue<string>());
        Assert.Equal(local["number"]!.GetValue<long>(), again["number"]!.GetValue<long>());
    }

    [Fact]
    public async Task A_withheld_number_is_nobodys_contact()
    {
        using var desk = await fixture.OpenDeskAsync();
        var first = await LogAsync(desk, new { from = "anonymous", outcome = "missed" });
        var second = await LogAsync(
            desk,
            new
            {
                from = (string?)null,
                outcome = "missed",
                startedAt = "2026-03-10T10:00:00Z",
            }
        );
        Assert.Equal(first["number"]!.GetValue<long>(), second["number"]!.GetValue<long>());
        var answered = await LogAsync(desk, new { from = "anonymous", duration = "PT10S" });
        Assert.NotEqual(first["number"]!.GetValue<long>(), answered["number"]!.GetValue<long>());
        Assert.Equal("Missed call from a withheld number", (await TicketAsync(desk, first))["subject"]!.GetValue<string>());
        Assert.Empty((await desk.GetAsync("/api/contacts")).Json["items"]!.AsArray());
    }

    [Fact]
    public async Task A_call_out_that_nobody_answers_is_on_a_ticket_only_where_there_is_one()
    {
        using var desk = await fixture.OpenDeskAsync();
        var outbound = new
        {
            direction = "outbound",
            from = "+49 30 901821",
            to = "+49 30 901820",
            outcome = "missed",
        };
        var nowhere = await LogAsync(desk, outbound);
        Assert.Null(nowhere["ticket"]);
        Assert.NotNull(nowhere["reason"]);
        var missed = await LogAsync(desk, new { outcome = "missed" });
        var tried = await LogAsync(desk, outbound);
        Assert.Equal(missed["number"]!.GetValue<long>(), tried["number"]!.GetValue<long>());
        var note = Assert.Single(await CommentsAsync(desk, tried));
        Assert.Equal("internal", note["visibility"]!.GetValue<string>());
        Assert.EndsWith(": nobody answered.", note["body"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(["call-back"], Tags(await TicketAsync(desk, tried)));
    }

    [Fact]
    public async Task Numbers_without_a_country_are_those_of_the_region()
    {
        using var desk = await fixture.OpenDeskAsync();
        (await desk.PatchAsync("/api/contact-settings", new { region = "DE" })).Expect(200);
        var receipt = await LogAsync(desk, new { from = "030 901820", outcome = "missed" });
        Assert.Equal("tel-4930901820@phone.invalid", (await TicketAsync(desk, receipt))["requester"]!["email"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("""{"direction":"sideways","from":"+4930901820","outcome":"missed"}""", "direction")]
    [InlineData("""{"direction":"inbound","from":"+4930901820"}""", "outcome")]
    [InlineData("""{"direction":"inbound","from":"+4930901820","outcome":"missed","recordingUrl":"javascript:alert(1)"}""", "recordingUrl")]
    [InlineData("""{"direction":"inbound","from":"+4930901820","outcome":"missed","recordingUrl":"https://u:pw@calls.example.com/1.mp3"}""", "recordingUrl")]
    [InlineData("""{"direction":"inbound","from":"+4930901820","duration":"-PT1M"}""", "duration")]
    [InlineData("""{"direction":"outbound","from":"+4930901820","outcome":"missed"}""", "to")]
    [InlineData("""{"direction":"inbound","form":"+4930901820","outcome":"missed"}""", "form")]
    public async Task What_is_wrong_is_said_at_once(string body, string field)
    {
        using var desk = await fixture.OpenDeskAsync();
        var answer = (await desk.PostAsync("/api/intake/call", JsonNode.Parse(body))).Expect(400);
        Assert.NotNull(answer.Json["errors"]![field]);
    }

    [Fact]
    public async Task The_same_request_again_is_one_receipt()
    {
        using var desk = await fixture.OpenDeskAsync();
        var first = (await desk.PostAsync("/api/intake/call", Call(new { outcome = "missed" }), ("Idempotency-Key", "one"))).Expect(202);
        var again = (await desk.PostAsync("/api/intake/call", Call(new { outcome = "missed" }), ("Idempotency-Key", "one"))).Expect(202);
        Assert.Equal(first.Text, again.Text);
    }

    /// <summary>The process dies before any of its writes in turn; whoever works the receipt again leaves one ticket, one comment and one note.</summary>
    [Fact]
    public async Task Whatever_the_process_dies_before_a_call_is_logged_once()
    {
        for (var writes = 0; ; writes++)
        {
            await using var mortal = await MortalApp.StartAsync(fixture.Storage, everything: true);
            using var desk = await fixture.OpenDeskAsync(mortal.App);
            using var survivor = new Desk(desk.Workspace, desk.Key, fixture.App.Address);
            await LogAsync(fixture, survivor, new { outcome = "missed" });
            // The last of the writes before this are those that keep the receipt.
            mortal.DieAfter(writes);
            var sent = await desk.PostAsync(
                "/api/intake/call",
                Call(
                    new
                    {
                        duration = "PT1M",
                        agent = "admin",
                        summary = "Done",
                    }
                )
            );
            var receipts = mortal.App.Services.GetRequiredService<Helpdesk.Functions.Storage.WorkQueue<ReceiptMessage>>();
            await Until.TrueAsync(() => Task.FromResult(receipts.Outstanding == 0), "the receipt was tried");
            await mortal.App.DeliveredAsync();
            if (sent.Status == 202)
            {
                var id = sent.Json["receipt"]!.GetValue<string>();
                var message = new
                {
                    workspace = desk.Workspace,
                    receipt = id,
                    sentAt = TimeProvider.System.GetUtcNow(),
                };
                await fixture.App.InvokeAsync(nameof(ProcessReceipt), System.Text.Json.JsonSerializer.Serialize(message));
                var receipt = await WorkedAsync(fixture.App, survivor, id);
                Assert.Equal("processed", receipt["state"]!.GetValue<string>());
                Assert.Equal(1, receipt["number"]!.GetValue<long>());
                var comments = await CommentsAsync(survivor, receipt);
                Assert.Equal(["public agent", "internal agent"], comments.Select(comment => $"{comment["visibility"]} {comment["by"]}"));
            }

            if (!mortal.HasDied)
                break;
        }
    }
}
