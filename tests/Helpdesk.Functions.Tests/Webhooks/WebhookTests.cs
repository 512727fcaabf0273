using System.Diagnostics;
using System.Text.Json;
using Helpdesk.Functions.Tickets;
using Helpdesk.Functions.Webhooks;
using Helpdesk.Testing;

namespace Helpdesk.Functions.Tests.Webhooks;

/// <summary>Subscriptions, what is sent to them and how it is signed.</summary>
public sealed class WebhookTests(DeskFixture fixture)
{
    /// <summary>Asks the reference library of Standard Webhooks.</summary>
    private static async Task<string> VerifyAsync(string secret, ReceivedWebhook got, string? body = null)
    {
        var script = Path.Combine(AzuriteServer.Root, "tests", "Helpdesk.Functions.Tests", "Webhooks", "verify.mjs");
        using var node = Process.Start(new ProcessStartInfo("node", [script]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        await node.StandardInput.WriteAsync(
            JsonSerializer.Serialize(
                new
                {
                    secret,
                    headers = got.Headers,
                    body = body ?? got.Body,
                }
            )
        );
        node.StandardInput.Close();
        var said = await node.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await node.WaitForExitAsync(TestContext.Current.CancellationToken);
        return said;
    }

    [Fact]
    public async Task An_event_of_a_ticket_is_posted_once_and_the_reference_library_verifies_it()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var hooks = await WebhookDesk.OpenAsync(fixture);
        var added = (await hooks.Desk.PostAsync("/api/webhooks", new { name = "Status board", url = receiver.Url })).Expect(201).Json;
        Assert.Equal("status-board", WebhookDesk.Text(added, "id"));
        var secret = WebhookDesk.Text(added, "secret");
        var ticket = (await hooks.Desk.OpenTicketAsync("Überraschung 🔥")).Json;
        await hooks.SettledAsync();
        await hooks.WorkAsync("status-board", 1);

        var got = Assert.Single(receiver.Received);
        Assert.Equal(("ticket-opened", 1L, 1L), (got.Type, got.Number, got.Seq));
        Assert.Equal("POST /hooks application/json; charset=utf-8", $"POST {got.Path} {got.Headers["content-type"]}");
        Assert.Equal(WebhookDesk.Text(ticket, "id"), WebhookDesk.Text(got.Json["data"]!["ticket"]!, "id"));
        Assert.Equal(hooks.Desk.Workspace, WebhookDesk.Text(got.Json["data"]!, "workspace"));
        Assert.Equal("verified ticket-opened", await VerifyAsync(secret, got));
        Assert.StartsWith("refused", await VerifyAsync(secret, got, got.Body + " "), StringComparison.Ordinal);
        Assert.StartsWith("refused", await VerifyAsync(Helpdesk.Webhooks.WebhookSignature.NewSecret(), got), StringComparison.Ordinal);

        var delivery = await hooks.OnlyDeliveryAsync("status-board");
        Assert.Equal(("sent", got.Id), (WebhookDesk.Text(delivery, "state"), WebhookDesk.Text(delivery, "messageId")));
        Assert.Equal(204, Assert.Single(delivery["log"]!.AsArray())!["status"]!.GetValue<int>());
        foreach (var path in new[] { "/api/webhooks", "/api/webhooks/status-board", "/api/webhooks/status-board/deliveries", "/api/audit" })
            (await hooks.Desk.GetAsync(path)).Expect(200).Hides(secret, secret.Split('_')[^1]);
    }

    [Fact]
    public async Task During_a_rotation_both_secrets_verify_and_after_it_the_new_one_alone()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var hooks = await WebhookDesk.OpenAsync(fixture);
        var old = await hooks.SubscribeAsync("board", receiver.Url);
        var rotated = (await hooks.Desk.PostAsync("/api/webhooks/board/rotate", new { keepOld = "PT1M" })).Expect(200).Json;
        var current = WebhookDesk.Text(rotated, "secret");
        Assert.NotEqual(old, current);
        await hooks.Desk.OpenTicketAsync();
        await hooks.SettledAsync();
        var during = Assert.Single(receiver.Received);
        Assert.Equal(2, during.Headers["webhook-signature"].Split(' ').Length);
        Assert.Equal("verified ticket-opened", await VerifyAsync(old, during));
        Assert.Equal("verified ticket-opened", await VerifyAsync(current, during));

        hooks.Time.Advance(TimeSpan.FromMinutes(1));
        (await hooks.Desk.PostAsync("/api/webhooks/board/test")).Expect(200);
        var after = receiver.Received.Last();
        Assert.StartsWith("refused", await VerifyAsync(old, after), StringComparison.Ordinal);
        Assert.Equal("verified test", await VerifyAsync(current, after));
        (await hooks.Desk.PostAsync("/api/webhooks/board/rotate", new { keepOld = "P8D" })).Expect(400);
    }

    [Fact]
    public async Task Without_words_neither_what_people_wrote_nor_who_they_are_goes_out_and_with_them_the_comment_does()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var hooks = await WebhookDesk.OpenAsync(fixture);
        await hooks.SubscribeAsync("bare", receiver.Url + "/bare");
        await hooks.SubscribeAsync("words", receiver.Url + "/words", new { includeWords = true });
        var opened = await hooks.Desk.PostAsync(
            "/api/tickets",
            new
            {
                subject = "Secretsubject",
                description = "Secretdescription",
                requester = new { email = "secretrita@example.com", name = "Secretrita" },
                customFields = new { room = "Secretroom" },
                tags = new[] { "printer" },
            }
        );
        var id = WebhookDesk.Text(opened.Expect(201).Json, "id");
        var comment = await hooks.Desk.PostAsync($"/api/tickets/{id}/comments", new { body = "Secretcomment", author = "requester" });
        var commented = WebhookDesk.Text(comment.Expect(201).Json, "id");
        (await hooks.Desk.PostAsync($"/api/tickets/{id}/comments", new { body = "Secretnote", visibility = "internal" })).Expect(201);
        (await hooks.Desk.PatchAsync($"/api/tickets/{id}", new { subject = "Secretother", customFields = new { room = "Secretelsewhere" } })).Expect(200);
        (await hooks.Desk.PostAsync($"/api/tickets/{id}/resolve", new { resolution = "Secretsolution" })).Expect(200);
        await hooks.SettledAsync();
        await hooks.WorkAsync("bare", 1);
        await hooks.WorkAsync("words", 1);

        var bare = receiver.Received.Where(one => one.Path.EndsWith("/bare", StringComparison.Ordinal)).ToList();
        var words = receiver.Received.Where(one => one.Path.EndsWith("/words", StringComparison.Ordinal)).ToList();
        Assert.Equal(bare.Select(one => (one.Type, one.Seq)), words.Select(one => (one.Type, one.Seq)));
        Assert.All(bare, one => Assert.DoesNotContain("secret", one.Body, StringComparison.OrdinalIgnoreCase));
        Assert.Contains("printer", bare[0].Body, StringComparison.Ordinal);
        var said = Assert.Single(words, one => one.Type == "comment-added");
        Assert.Equal(
            (commented, "Secretcomment"),
            (WebhookDesk.Text(said.Json["data"]!["comment"]!, "id"), WebhookDesk.Text(said.Json["data"]!["comment"]!, "body"))
        );
        Assert.Equal("Secretsubject", WebhookDesk.Text(words[0].Json["data"]!["ticket"]!, "subject"));
        Assert.Contains("Secretsolution", Assert.Single(words, one => one.Type == "status-changed").Body, StringComparison.Ordinal);
        Assert.All(words, one => Assert.DoesNotContain("Secretnote", one.Body, StringComparison.Ordinal));
    }

    /// <summary>A new type of event gives nothing away until somebody has said what of it are words.</summary>
    [Fact]
    public void Of_every_type_of_event_it_is_said_what_goes_without_words() =>
        Assert.Equal(TicketFacts.Types.Keys.Order(StringComparer.Ordinal), WebhookBodies.Wordless.Keys.Order(StringComparer.Ordinal));

    [Fact]
    public async Task Events_and_a_condition_choose_what_is_sent()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var hooks = await WebhookDesk.OpenAsync(fixture);
        await hooks.SubscribeAsync("all", receiver.Url + "/all", new { events = new[] { "*" } });
        await hooks.SubscribeAsync("status", receiver.Url + "/status", new { events = new[] { "status-changed", "ticket-opened" } });
        await hooks.SubscribeAsync(
            "urgent",
            receiver.Url + "/urgent",
            new
            {
                condition = new
                {
                    field = "priority",
                    op = "is",
                    value = "urgent",
                },
            }
        );
        await hooks.SubscribeAsync("off", receiver.Url + "/off", new { active = false });
        await hooks.Desk.OpenTicketAsync();
        await hooks.SettledAsync();
        (await hooks.Desk.PatchAsync("/api/tickets/1", new { priority = "urgent" })).Expect(200);
        (await hooks.Desk.PatchAsync("/api/tickets/1", new { status = "pending" })).Expect(200);
        await hooks.SettledAsync();
        List<string> TypesOf(string path) => [.. receiver.Received.Where(one => one.Path.EndsWith(path, StringComparison.Ordinal)).Select(one => one.Type)];
        Assert.Equal(["ticket-opened", "priority-changed", "status-changed"], TypesOf("/all"));
        Assert.Equal(["ticket-opened", "status-changed"], TypesOf("/status"));
        Assert.Equal(["priority-changed", "status-changed"], TypesOf("/urgent"));
        Assert.Empty(TypesOf("/off"));

        var unknown = (await hooks.Desk.PostAsync("/api/webhooks", new { url = receiver.Url, events = new[] { "opened" } })).Expect(400);
        Assert.Contains("ticket-opened", unknown.Text, StringComparison.Ordinal);
        var wrong = new
        {
            url = receiver.Url,
            condition = new
            {
                field = "colour",
                op = "is",
                value = "red",
            },
        };
        Assert.Contains("condition.field", (await hooks.Desk.PostAsync("/api/webhooks", wrong)).Expect(400).Text, StringComparison.Ordinal);
        (await hooks.Desk.PatchAsync("/api/webhooks/urgent", new { condition = (object?)null, events = new[] { "ticket-closed" } })).Expect(400);
        var changed = (await hooks.Desk.PatchAsync("/api/webhooks/urgent", new { condition = (object?)null, name = "All" })).Expect(200).Json;
        Assert.Null(changed["condition"]);
        Assert.Equal("All", WebhookDesk.Text(changed, "name"));
    }

    [Fact]
    public async Task A_group_that_a_condition_names_is_kept_or_replaced()
    {
        await using var hooks = await WebhookDesk.OpenAsync(fixture);
        foreach (var id in new[] { "it", "hr" })
            (await hooks.Desk.PostAsync("/api/groups", new { id, name = id })).Expect(201);
        var condition = new
        {
            field = "group",
            op = "is",
            value = "it",
        };
        await hooks.SubscribeAsync("board", "https://receiver.invalid", new { condition });
        Assert.Contains("webhooks", (await hooks.Desk.DeleteAsync("/api/groups/it")).Expect(409).Text, StringComparison.Ordinal);
        (await hooks.Desk.DeleteAsync("/api/groups/it?successor=hr")).Expect(204);
        Assert.Equal("hr", WebhookDesk.Text((await hooks.Desk.GetAsync("/api/webhooks/board")).Json["condition"]!, "value"));
    }

    [Fact]
    public async Task A_test_is_sent_once_and_says_what_came_of_it()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var hooks = await WebhookDesk.OpenAsync(fixture);
        await hooks.SubscribeAsync("board", receiver.Url);
        var tested = (await hooks.Desk.PostAsync("/api/webhooks/board/test")).Expect(200).Json;
        Assert.Equal(("sent", "test"), (WebhookDesk.Text(tested, "state"), WebhookDesk.Text(tested, "type")));
        receiver.Answer = async (context, _) =>
        {
            context.Response.StatusCode = 503;
            await Microsoft.AspNetCore.Http.HttpResponseWritingExtensions.WriteAsync(context.Response, "Closed for lunch");
        };
        var failed = (await hooks.Desk.PostAsync("/api/webhooks/board/test")).Expect(200).Json;
        Assert.Equal(("failed", "The receiver answered 503."), (WebhookDesk.Text(failed, "state"), WebhookDesk.Text(failed, "error")));
        Assert.Equal("Closed for lunch", WebhookDesk.Text(failed["log"]![0]!, "answer"));
        Assert.Null(failed["ticket"]);
        Assert.Equal(2, receiver.Received.Count);
        (await hooks.Desk.PatchAsync("/api/webhooks/board", new { active = false })).Expect(200);
        Assert.Equal("webhook-off", (await hooks.Desk.PostAsync("/api/webhooks/board/test")).Expect(409).Code);
    }

    [Fact]
    public async Task Another_workspace_and_other_roles_see_nothing()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var hooks = await WebhookDesk.OpenAsync(fixture);
        await hooks.SubscribeAsync("board", receiver.Url);
        await hooks.Desk.OpenTicketAsync();
        await hooks.SettledAsync();
        var delivery = WebhookDesk.Text(await hooks.OnlyDeliveryAsync("board"), "id");
        using var other = await fixture.OpenDeskAsync(hooks.App);
        using var agent = await hooks.Desk.WithRoleAsync("agent");
        foreach (var path in new[] { "/api/webhooks/board", "/api/webhooks/board/deliveries", $"/api/deliveries/webhook/{delivery}" })
        {
            (await other.GetAsync(path)).Expect(404);
            (await agent.GetAsync(path)).Expect(403);
        }

        foreach (var path in new[] { "test", "rotate", $"deliveries/{delivery}/replay" })
            (await other.PostAsync($"/api/webhooks/board/{path}")).Expect(404);
        Assert.Empty((await other.GetAsync("/api/webhooks")).Expect(200).Json["items"]!.AsArray());
        Assert.Empty((await other.GetAsync("/api/deliveries?channel=webhook")).Expect(200).Json["items"]!.AsArray());
        (await other.PatchAsync("/api/webhooks/board", new { active = false })).Expect(404);
        (await other.DeleteAsync("/api/webhooks/board")).Expect(404);
        (await other.PostAsync($"/api/deliveries/webhook/{delivery}/replay")).Expect(404);
    }

    [Fact]
    public async Task The_same_request_makes_one_subscription_and_gets_its_secret_again()
    {
        await using var hooks = await WebhookDesk.OpenAsync(fixture);
        var body = new { name = "Board", url = "https://receiver.invalid/a" };
        var first = (await hooks.Desk.PostAsync("/api/webhooks", body, ("Idempotency-Key", "once"))).Expect(201);
        var second = (await hooks.Desk.PostAsync("/api/webhooks", body, ("Idempotency-Key", "once"))).Expect(201);
        Assert.Equal(first.Text, second.Text);
        Assert.Equal("already-exists", (await hooks.Desk.PostAsync("/api/webhooks", body)).Expect(409).Code);
        Assert.Single((await hooks.Desk.GetAsync("/api/webhooks")).Json["items"]!.AsArray());
    }

    [Fact]
    public async Task What_is_owed_to_a_subscription_that_is_removed_is_not_sent_and_stays_to_be_seen_for_thirty_days()
    {
        await using var hooks = await WebhookDesk.OpenAsync(fixture);
        await using var receiver = await WebhookReceiver.StartAsync();
        receiver.AnswerWith(500);
        await hooks.SubscribeAsync("board", receiver.Url);
        await hooks.Desk.OpenTicketAsync();
        await hooks.SettledAsync();
        (await hooks.Desk.DeleteAsync("/api/webhooks/board")).Expect(204);
        (await hooks.Desk.DeleteAsync("/api/webhooks/board")).Expect(404);
        hooks.Time.Advance(TimeSpan.FromMinutes(1));
        await hooks.WorkAsync("board", 1);
        Assert.Single(receiver.Received);
        var left = Assert.Single((await hooks.Desk.GetAsync("/api/deliveries?channel=webhook&to=board")).Expect(200).Json["items"]!.AsArray())!;
        Assert.Equal(("failed", "The subscription was removed."), (WebhookDesk.Text(left, "state"), WebhookDesk.Text(left, "error")));
        var place = $"/api/deliveries/webhook/{WebhookDesk.Text(left, "id")}";
        (await hooks.Desk.GetAsync(place)).Expect(200);
        Assert.Equal("webhook-removed", (await hooks.Desk.PostAsync($"{place}/replay")).Expect(409).Code);
        (await hooks.Desk.GetAsync("/api/webhooks/board/deliveries")).Expect(404);

        var rows = new Azure.Data.Tables.TableClient(fixture.Storage, WebhookDeliveries.TableName);
        var (from, to) = ($"{hooks.Desk.Workspace}:", $"{hooks.Desk.Workspace};");
        var filter = Azure.Data.Tables.TableClient.CreateQueryFilter($"PartitionKey ge {from} and PartitionKey lt {to}");
        Assert.NotEmpty(rows.Query<Azure.Data.Tables.TableEntity>(filter, cancellationToken: TestContext.Current.CancellationToken));
        var tidy = Microsoft.Extensions.DependencyInjection.ServiceProviderServiceExtensions.GetServices<Helpdesk.Functions.Hosting.INightlyWork>(
            hooks.App.Services
        );
        await tidy.OfType<TidyWebhooks>().Single().TidyAsync(hooks.Desk.Workspace, TestContext.Current.CancellationToken);
        (await hooks.Desk.GetAsync(place)).Expect(200);
        hooks.Time.Advance(TimeSpan.FromDays(31));
        await tidy.OfType<TidyWebhooks>().Single().TidyAsync(hooks.Desk.Workspace, TestContext.Current.CancellationToken);
        Assert.Empty(rows.Query<Azure.Data.Tables.TableEntity>(filter, cancellationToken: TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_condition_that_can_never_be_true_is_saved_with_a_warning()
    {
        using var desk = await fixture.OpenDeskAsync();
        object Is(string field, string value) =>
            new
            {
                field,
                op = "is",
                value,
            };
        var never = new { all = new[] { Is("priority", "urgent"), Is("priority", "low") } };
        var added = await desk.PostAsync(
            "/api/webhooks",
            new
            {
                id = "never",
                url = "https://receiver.invalid",
                condition = never,
            }
        );
        var warning = Assert.Single(added.Expect(201).Json["warnings"]!.AsArray())!.GetValue<string>();
        Assert.Equal("Nothing will be sent: condition.all[0] and condition.all[1] exclude each other: priority has one value at a time.", warning);
        var other = await desk.PatchAsync("/api/webhooks/never", new { condition = Is("event", "comment-added"), events = new[] { "ticket-opened" } });
        Assert.Contains("ticket-opened", Assert.Single(other.Expect(200).Json["warnings"]!.AsArray())!.GetValue<string>(), StringComparison.Ordinal);
        var good = await desk.PatchAsync("/api/webhooks/never", new { condition = Is("priority", "urgent") });
        Assert.False(good.Expect(200).Json.AsObject().ContainsKey("warnings"));
        Assert.False((await desk.GetAsync("/api/webhooks/never")).Expect(200).Json.AsObject().ContainsKey("warnings"));
        var policy = new
        {
            id = "nobody",
            name = "Nobody",
            active = false,
            calendar = "business-hours",
            targets = new[] { new { metric = "resolution", within = "PT1H" } },
            condition = never,
        };
        var warnings = (await desk.PostAsync("/api/sla/policies", policy)).Expect(201).Json["warnings"]!.AsArray().Select(one => one!.GetValue<string>());
        Assert.Contains(warnings, one => one.StartsWith("This policy is for no ticket:", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Deliveries_are_kept_for_thirty_days()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var hooks = await WebhookDesk.OpenAsync(fixture);
        await hooks.SubscribeAsync("board", receiver.Url);
        await hooks.Desk.OpenTicketAsync();
        await hooks.SettledAsync();
        var tidy = Microsoft
            .Extensions.DependencyInjection.ServiceProviderServiceExtensions.GetServices<Helpdesk.Functions.Hosting.INightlyWork>(hooks.App.Services)
            .OfType<TidyWebhooks>()
            .Single();
        hooks.Time.Advance(TimeSpan.FromDays(29));
        await tidy.TidyAsync(hooks.Desk.Workspace, TestContext.Current.CancellationToken);
        await hooks.OnlyDeliveryAsync("board");
        hooks.Time.Advance(TimeSpan.FromDays(2));
        await tidy.TidyAsync(hooks.Desk.Workspace, TestContext.Current.CancellationToken);
        Assert.Empty(await hooks.DeliveriesAsync("board"));
        Assert.Empty((await hooks.Desk.GetAsync("/api/deliveries?channel=webhook&ticket=1")).Expect(200).Json["items"]!.AsArray());
    }
}
