using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Helpdesk.Functions.Alerts;
using Helpdesk.Functions.Intake;
using Microsoft.Extensions.DependencyInjection;

namespace Helpdesk.Functions.Tests.Alerts;

/// <summary>What monitoring tools post, until it is a receipt.</summary>
public sealed class ReceiveAlertsTests(DeskFixture fixture)
{
    private const string Report = """{"id":"disk-1","state":"firing","title":"Disk full","severity":"critical","labels":{"host":"db-1"}}""";

    [Fact]
    public async Task A_report_is_stored_as_it_came_before_it_is_answered()
    {
        using var alerts = await AlertDesk.OpenAsync(fixture, "generic");
        var answer = (await alerts.SendAsync(Report, "application/json; charset=utf-8", ("ce-id", "7"), ("X-Secret", "hush"))).Expect(202);
        var id = answer.Json["receipt"]!.GetValue<string>();
        Assert.Equal($"/api/receipts/{id}", answer.Headers.Location!.ToString());
        var store = fixture.App.Services.GetRequiredService<ReceiptStore>();
        var (receipt, _) = (await store.FindAsync(alerts.Desk.Workspace, id, default))!.Value;
        Assert.Equal(
            (Helpdesk.Tickets.IntakeChannel.Alert, "tool", "application/json; charset=utf-8"),
            (receipt.Channel, receipt.Source, receipt.ContentType)
        );
        Assert.Equal([new("ce-id", "7")], receipt.Headers!);
        var body = await store.ReadBodyAsync(receipt, default);
        Assert.Equal(Report, Encoding.UTF8.GetString(body.Span));

        var source = (await fixture.App.Services.GetRequiredService<AlertSourceStore>().FindAsync(alerts.Desk.Workspace, "tool", default))!;
        var read = Assert.Single(fixture.App.Services.GetRequiredService<AlertReaders>().Read(source, receipt, body).Reports);
        Assert.Equal(
            ("disk-1", Helpdesk.Alerts.AlertState.Firing, "Disk full", Helpdesk.Tickets.TicketPriority.Urgent, "db-1"),
            (read.Key, read.State, read.Subject, read.Priority, read.Labels["host"])
        );
    }

    [Fact]
    public async Task A_secret_address_that_is_wrong_old_or_of_a_removed_source_opens_nothing()
    {
        using var alerts = await AlertDesk.OpenAsync(fixture, "generic");
        using var tool = new Desk("", "", fixture.App.Address);
        foreach (var path in new[] { "/api/intake/alerts/x", "/api/intake/alerts/main_tool_00000000000000000000000000000000", $"{alerts.IntakePath}0" })
            (await tool.PostAsync(path, new { })).Expect(404);
        var renewed = (await alerts.Desk.PostAsync("/api/alert-sources/tool/renew")).Expect(200).Json;
        (await alerts.SendAsync(Report)).Expect(404);
        (await tool.PostAsync(AlertDesk.PathOf(renewed), new { })).Expect(202);
        (await alerts.Desk.DeleteAsync("/api/alert-sources/tool")).Expect(204);
        (await tool.PostAsync(AlertDesk.PathOf(renewed), new { })).Expect(404);
    }

    [Fact]
    public async Task A_body_may_have_one_megabyte_and_must_not_be_empty()
    {
        using var alerts = await AlertDesk.OpenAsync(fixture, "generic");
        (await alerts.SendAsync(new byte[1024 * 1024], "application/octet-stream")).Expect(202);
        Assert.Equal("body-too-large", (await alerts.SendAsync(new byte[1024 * 1024 + 1], "application/octet-stream")).Expect(413).Code);
        Assert.Equal("body-missing", (await alerts.SendAsync("")).Expect(400).Code);
        Assert.Equal(1, await alerts.ReceiptsAsync());
    }

    [Fact]
    public async Task Without_the_bearer_token_nothing_is_stored()
    {
        using var alerts = await AlertDesk.OpenAsync(fixture, "generic", new { signature = new { scheme = "bearer" } });
        foreach (var wrong in new[] { null, "", "Bearer", "Bearer x", $"Basic {alerts.Secret}", $"Bearer {alerts.Secret}x", $"Bearer {alerts.Secret![..^1]}" })
        {
            var refused = (await alerts.SendAsync(Report, headers: wrong is null ? [] : [("Authorization", wrong)])).Expect(401);
            Assert.Equal("signature-wrong", refused.Code);
        }

        Assert.Equal(0, await alerts.ReceiptsAsync());
        (await alerts.SendAsync(Report, headers: ("Authorization", $"bearer {alerts.Secret}"))).Expect(202);
        Assert.Equal(1, await alerts.ReceiptsAsync());
    }

    [Fact]
    public async Task An_hmac_is_taken_in_each_of_its_usual_spellings_and_is_of_the_bytes_as_they_came()
    {
        using var alerts = await AlertDesk.OpenAsync(fixture, "generic", new { signature = new { scheme = "hmac-sha256", header = "X-Tool-Signature" } });
        var bytes = Encoding.UTF8.GetBytes($"  {Report}\n");
        var hmac = HMACSHA256.HashData(Encoding.UTF8.GetBytes(alerts.Secret!), bytes);
        var (hex, base64) = (Convert.ToHexStringLower(hmac), Convert.ToBase64String(hmac));
        foreach (var right in new[] { hex, hex.ToUpperInvariant(), $"sha256={hex}", $"v1={hex}", base64, $"sha256={base64}" })
            (await alerts.SendAsync(bytes, "application/json", ("X-Tool-Signature", right))).Expect(202);
        foreach (var wrong in new[] { "", "v1=", hex[..^2], $"sha256={hex[..^1]}0x", $"v0={hex}", new string('0', 64), base64[..^4] })
            (await alerts.SendAsync(bytes, "application/json", ("X-Tool-Signature", wrong))).Expect(401);
        (await alerts.SendAsync(bytes[1..], "application/json", ("X-Tool-Signature", hex))).Expect(401);
        (await alerts.SendAsync(bytes, "application/json", ("X-Other", hex))).Expect(401);
        Assert.Equal(6, await alerts.ReceiptsAsync());
    }

    [Fact]
    public async Task PagerDuty_may_sign_with_several_secrets_and_one_of_them_has_to_be_known()
    {
        using var alerts = await AlertDesk.OpenAsync(fixture, "pager-duty", new { secret = "secret-of-pager-duty" });
        Assert.Null(alerts.Secret);
        string Signed(string secret) => $"v1={Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes("{}")))}";
        Task<Answer> SendAsync(string signature) => alerts.SendAsync("{}", headers: ("X-PagerDuty-Signature", signature));
        (await SendAsync($"{Signed("another")},{Signed("secret-of-pager-duty")}")).Expect(202);
        (await SendAsync(Signed("secret-of-pager-duty"))).Expect(202);
        (await SendAsync(Signed("another"))).Expect(401);
        (await SendAsync(Signed("secret-of-pager-duty")[3..])).Expect(401);
        (await SendAsync(string.Join(',', Enumerable.Repeat(Signed("another"), 20).Append(Signed("secret-of-pager-duty"))))).Expect(401);
        (await alerts.SendAsync("{}")).Expect(401);

        // Both secrets count while they are changed.
        (await alerts.Desk.PatchAsync("/api/alert-sources/tool", new { secret = "the-next-secret" })).Expect(200);
        (await SendAsync(Signed("secret-of-pager-duty"))).Expect(202);
        (await SendAsync(Signed("the-next-secret"))).Expect(202);
        var shown = (await alerts.Desk.GetAsync("/api/alert-sources/tool")).Expect(200);
        Assert.NotNull(shown.Json["signature"]!["previousUntil"]);
        Assert.DoesNotContain("secret-of", shown.Text, StringComparison.Ordinal);
        Assert.Equal(4, await alerts.ReceiptsAsync());
        (await alerts.Desk.PatchAsync("/api/alert-sources/tool", JsonNode.Parse("""{"signature":null}""")!)).Expect(200);
        (await alerts.SendAsync("{}")).Expect(202);
    }

    [Fact]
    public async Task Event_Grid_gets_its_code_back_and_nothing_is_stored()
    {
        using var alerts = await AlertDesk.OpenAsync(fixture, "event-grid", new { secret = "a-bearer-token" });
        const string validation = """
            [{"id":"1","topic":"/x","subject":"","eventType":"Microsoft.EventGrid.SubscriptionValidationEvent",
              "eventTime":"2026-03-10T09:00:00Z","dataVersion":"1","data":{"validationCode":"512d38b6-c7b8-40c8-89fe-f46f9e9622b6"}}]
            """;
        var answer = (await alerts.SendAsync(validation, headers: ("aeg-event-type", "SubscriptionValidation"))).Expect(200);
        Assert.Equal("""{"validationResponse":"512d38b6-c7b8-40c8-89fe-f46f9e9622b6"}""", answer.Text);
        (await alerts.SendAsync("[]", headers: ("aeg-event-type", "SubscriptionValidation"))).Expect(400);
        (await alerts.SendAsync("no json", headers: ("aeg-event-type", "SubscriptionValidation"))).Expect(400);
        (await alerts.SendAsync(validation, headers: ("aeg-event-type", "Notification"))).Expect(401);
        Assert.Equal(0, await alerts.ReceiptsAsync());
    }

    [Fact]
    public async Task CloudEvents_are_agreed_to_before_the_first_one()
    {
        using var alerts = await AlertDesk.OpenAsync(fixture, "cloud-events");
        using var sender = new Desk("", "", fixture.App.Address);
        Task<Answer> AskAsync(string path, params (string, string)[] headers) => sender.SendAsync(HttpMethod.Options, path, null, headers);
        var agreed = (await AskAsync(alerts.IntakePath, ("WebHook-Request-Origin", "eventgrid.azure.net"), ("WebHook-Request-Rate", "120"))).Expect(200);
        Assert.Equal(["eventgrid.azure.net"], agreed.Headers.GetValues("WebHook-Allowed-Origin"));
        Assert.Equal(["120"], agreed.Headers.GetValues("WebHook-Allowed-Rate"));
        agreed = (await AskAsync(alerts.IntakePath, ("WebHook-Request-Origin", "sender.example"))).Expect(200);
        Assert.Equal(["*"], agreed.Headers.GetValues("WebHook-Allowed-Rate"));
        Assert.False((await AskAsync(alerts.IntakePath)).Expect(200).Headers.Contains("WebHook-Allowed-Origin"));
        (await AskAsync($"{alerts.IntakePath}0", ("WebHook-Request-Origin", "sender.example"))).Expect(404);
        Assert.Equal(0, await alerts.ReceiptsAsync());
    }

    [Fact]
    public async Task A_heartbeat_is_taken_by_get_and_with_any_body_and_other_kinds_are_posted()
    {
        using var heart = await AlertDesk.OpenAsync(fixture, "heartbeat", new { every = "PT5M" });
        using var sender = new Desk("", "", fixture.App.Address);
        Assert.Null((await sender.GetAsync(heart.IntakePath)).Expect(202).Json["receipt"]);
        (await heart.SendAsync("", null)).Expect(202);
        (await heart.SendAsync("alive", "text/plain")).Expect(202);
        // A beat says nothing but that it came.
        Assert.Equal(0, await heart.ReceiptsAsync());
        (await sender.GetAsync($"{heart.IntakePath}0")).Expect(404);

        using var alerts = await AlertDesk.OpenAsync(fixture, "generic");
        Assert.Equal("post-expected", (await sender.GetAsync(alerts.IntakePath)).Expect(405).Code);
        Assert.Equal(0, await alerts.ReceiptsAsync());
    }

    [Fact]
    public async Task What_a_payload_would_do_is_shown_and_nothing_is_done()
    {
        using var alerts = await AlertDesk.OpenAsync(fixture, "generic", new { secret = "a-bearer-token" });
        using var agent = await alerts.Desk.WithRoleAsync("agent");
        Task<Answer> TestAsync(Desk who, string body) =>
            who.SendAsync(HttpMethod.Post, "/api/alert-sources/tool/test", new StringContent(body, Encoding.UTF8, "application/json"));
        var shown = (await TestAsync(agent, Report)).Expect(200).Json;
        var report = Assert.Single(shown["reports"]!.AsArray())!;
        Assert.Equal(
            ("disk-1", "firing", "Disk full", "urgent", "critical", "db-1"),
            (
                report["key"]!.GetValue<string>(),
                report["state"]!.GetValue<string>(),
                report["subject"]!.GetValue<string>(),
                report["priority"]!.GetValue<string>(),
                report["severity"]!.GetValue<string>(),
                report["labels"]!["host"]!.GetValue<string>()
            )
        );
        Assert.Contains("ticket", report["outcome"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal((1, null, null), (shown["total"]!.GetValue<int>(), shown["ignored"], shown["error"]));
        var failed = (await TestAsync(agent, """{"id":"a","state":"odd"}""")).Expect(200).Json;
        Assert.Contains("the state \"odd\" is not known", failed["error"]!.GetValue<string>(), StringComparison.Ordinal);
        (await alerts.Desk.PatchAsync("/api/alert-sources/tool", new { active = false })).Expect(200);
        Assert.Equal("the source is not active", (await TestAsync(agent, Report)).Expect(200).Json["ignored"]!.GetValue<string>());
        Assert.Equal(0, await alerts.ReceiptsAsync());

        using var other = await fixture.OpenDeskAsync();
        (await TestAsync(other, Report)).Expect(404);
        using var anybody = new Desk("", "", fixture.App.Address);
        (await TestAsync(anybody, Report)).Expect(401);
    }

    [Fact]
    public async Task The_mappings_that_ship_are_shown_and_each_can_be_used()
    {
        using var desk = await fixture.OpenDeskAsync();
        var shown = (await desk.GetAsync("/api/alert-sources/mappings")).Expect(200).Json;
        var names = shown["items"]!.AsArray().Select(one => one!["name"]!.GetValue<string>()).ToList();
        Assert.Contains("zabbix", names);
        foreach (var name in names)
        {
            var added = await AlertDesk.AddSourceAsync(desk, name, "generic", new { mapping = new { example = name } });
            Assert.Equal(name, added["source"]!["mapping"]!["example"]!.GetValue<string>());
        }

        // What is shown of a mapping can be sent as it is.
        var mapping = shown["items"]![0]!["mapping"]!.DeepClone();
        await AlertDesk.AddSourceAsync(desk, "own", "generic", new JsonObject { ["mapping"] = mapping });
        Assert.Equal("urgent", shown["severities"]![0]!["priority"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_subscription_of_Amazon_SNS_is_confirmed_once_its_receipt_is_worked_and_the_receipt_says_so()
    {
        var asked = new System.Collections.Concurrent.ConcurrentBag<Uri>();
        await using var app = await RunningApp.StartAsync(
            fixture.Storage,
            builder =>
                builder.Services.AddSingleton<AskAmazon>(
                    (url, _) =>
                    {
                        asked.Add(url);
                        return Task.FromResult(Array.Empty<byte>());
                    }
                )
        );
        using var alerts = await AlertDesk.OpenAsync(fixture, "sns", new { signature = (object?)null }, app);
        const string confirmation = """
            {"Type":"SubscriptionConfirmation","MessageId":"1","Token":"2","TopicArn":"arn:aws:sns:eu-central-1:1:shop","Message":"x",
             "SubscribeURL":"https://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription&Token=2","Timestamp":"2026-03-10T09:00:01.000Z"}
            """;
        var sent = (await alerts.SendAsync(confirmation, "text/plain; charset=UTF-8", ("x-amz-sns-message-type", "SubscriptionConfirmation"))).Expect(202);
        var path = $"/api/receipts/{sent.Json["receipt"]}";
        await Helpdesk.Testing.Until.TrueAsync(
            async () => (await alerts.Desk.GetAsync(path)).Json["state"]!.GetValue<string>() == "ignored",
            "the receipt is worked"
        );
        Assert.Contains("arn:aws:sns:eu-central-1:1:shop is confirmed", (await alerts.Desk.GetAsync(path)).Text, StringComparison.Ordinal);
        Assert.Equal(new Uri("https://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription&Token=2"), Assert.Single(asked));

        // One that is to be signed is refused before anything is asked.
        var signed = await AlertDesk.AddSourceAsync(alerts.Desk, "signed", "sns");
        Assert.Equal("sns", signed["source"]!["signature"]!["scheme"]!.GetValue<string>());
        using var tool = new Desk("", "", app.Address);
        (await tool.SendAsync(HttpMethod.Post, AlertDesk.PathOf(signed), new StringContent(confirmation))).Expect(401);
        Assert.Single(asked);
    }
}
