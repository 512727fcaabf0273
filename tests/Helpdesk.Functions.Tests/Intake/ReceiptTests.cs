using System.Text;
using Azure.Storage.Blobs;
using Helpdesk.Functions.Intake;
using Helpdesk.Functions.Storage;
using Helpdesk.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Helpdesk.Functions.Tests.Intake;

public sealed class ReceiptTests(DeskFixture fixture)
{
    private static object Form(string description = "It is on fire") =>
        new
        {
            subject = "Printer",
            description,
            requester = new { email = "rita@example.com", name = "Rita" },
        };

    private static Task<Answer> SendAsync(Desk desk, object form) => desk.PostAsync($"/api/intake/web?workspace={desk.Workspace}", form);

    private static async Task<Answer> ReceiptAsync(Desk desk, Answer accepted, string state)
    {
        var path = $"/api/receipts/{accepted.Expect(202).Json["receipt"]}";
        await Until.TrueAsync(async () => (await desk.GetAsync(path)).Expect(200).Json["state"]!.GetValue<string>() == state, $"the receipt is {state}");
        return await desk.GetAsync(path);
    }

    [Fact]
    public async Task A_form_becomes_a_ticket_of_its_requester()
    {
        using var desk = await fixture.OpenDeskAsync();
        var receipt = await ReceiptAsync(desk, await SendAsync(desk, Form()), "processed");
        var ticket = (await desk.GetAsync($"/api/tickets/{receipt.Json["ticket"]}")).Expect(200).Json;
        Assert.Equal(
            ("web", "new", "rita@example.com"),
            (ticket["channel"]!.GetValue<string>(), ticket["status"]!.GetValue<string>(), ticket["requester"]!["email"]!.GetValue<string>())
        );
        var opened = (await desk.GetAsync($"/api/tickets/{ticket["id"]}/events")).Json["items"]![0]!;
        Assert.Equal(
            ("requester", receipt.Json["id"]!.GetValue<string>()),
            (opened["by"]!.GetValue<string>(), opened["data"]!["receipt"]!.GetValue<string>())
        );
    }

    [Fact]
    public async Task A_browsers_form_post_is_taken_and_shown_its_receipt_page()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var browser = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = fixture.App.Address };
        Assert.Contains(
            $"action=\"/support?workspace={desk.Workspace}\"",
            await browser.GetStringAsync($"/support?workspace={desk.Workspace}"),
            StringComparison.Ordinal
        );
        using var post = new HttpRequestMessage(HttpMethod.Post, $"/api/intake/web?workspace={desk.Workspace}")
        {
            Content = new FormUrlEncodedContent(
                new Dictionary<string, string>
                {
                    ["subject"] = "Größe & Maß",
                    ["description"] = "a\r\nb",
                    ["email"] = "ä+b@example.com",
                    ["name"] = "",
                    ["website"] = "",
                    ["field.floor"] = "3",
                }
            ),
            Headers = { { "Accept", "text/html" } },
        };
        using var answer = await browser.SendAsync(post);
        Assert.Equal(302, (int)answer.StatusCode);
        var page = answer.Headers.Location!.ToString();
        await desk.ListShowsAsync("status=new", await FirstNumberAsync(desk));
        var html = await browser.GetStringAsync(page);
        Assert.Contains("New: nobody has looked at it yet.", html, StringComparison.Ordinal);
        Assert.Contains("Größe &amp; Maß", html, StringComparison.Ordinal);
        var ticket = (await desk.GetAsync($"/api/tickets/{await FirstNumberAsync(desk)}")).Json;
        Assert.Equal(
            ("Größe & Maß", "a\r\nb", "3"),
            (ticket["subject"]!.GetValue<string>(), ticket["description"]!.GetValue<string>(), ticket["customFields"]!["floor"]!.GetValue<string>())
        );
        Assert.Equal(404, (int)(await browser.GetAsync("/support/receipts/main/20260101-0-00000000aaaaaaaaaaaaaaaa")).StatusCode);
    }

    [Fact]
    public async Task A_large_body_is_kept_in_a_blob()
    {
        using var desk = await fixture.OpenDeskAsync();
        var receipt = await ReceiptAsync(desk, await SendAsync(desk, Form(new string('語', 60_000))), "processed");
        Assert.True(await new BlobClient(fixture.Storage, ReceiptStore.BodiesName, $"{desk.Workspace}/{receipt.Json["id"]}").ExistsAsync());
        Assert.Equal(60_000, (await desk.GetAsync($"/api/tickets/{receipt.Json["ticket"]}")).Json["description"]!.GetValue<string>().Length);
    }

    [Fact]
    public async Task What_cannot_be_worked_is_kept_listed_and_replayed()
    {
        using var home = new Desk("main", DeskFixture.AdminKey, fixture.App.Address);
        using var desk = await fixture.OpenDeskAsync();
        (await home.PatchAsync($"/api/workspaces/{desk.Workspace}", new { active = false })).Expect(200);
        var accepted = (await SendAsync(desk, Form())).Expect(202);
        // While the workspace is not active its keys do not open, so the store itself is asked.
        var store = fixture.App.Services.GetRequiredService<ReceiptStore>();
        var receiptId = accepted.Json["receipt"]!.GetValue<string>();
        await Until.TrueAsync(
            async () => (await store.FindAsync(desk.Workspace, receiptId, default))?.Receipt.State == Helpdesk.Intake.ReceiptState.Failed,
            "the receipt has failed"
        );
        (await home.PatchAsync($"/api/workspaces/{desk.Workspace}", new { active = true })).Expect(200);

        var failed = await ReceiptAsync(desk, accepted, "failed");
        Assert.StartsWith("workspace-inactive", failed.Json["error"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Single((await desk.GetAsync("/api/receipts?state=failed")).Json["items"]!.AsArray());
        var again = (await desk.PostAsync($"/api/receipts/{failed.Json["id"]}/replay")).Expect(202).Json;
        Assert.Equal(("received", null), (again["state"]!.GetValue<string>(), again["error"]));
        await fixture.App.InvokeAsync(nameof(ProcessReceipt), ReplayMessage(desk, failed));
        await fixture.App.InvokeAsync(nameof(ProcessReceipt), ReplayMessage(desk, failed));
        var processed = await ReceiptAsync(desk, accepted, "processed");
        Assert.Equal(2, processed.Json["attempts"]!.GetValue<int>());
        Assert.Empty((await desk.GetAsync("/api/receipts?state=failed")).Json["items"]!.AsArray());
        Assert.Equal("receipt-processed", (await desk.PostAsync($"/api/receipts/{failed.Json["id"]}/replay")).Expect(409).Code);
        await desk.ListShowsAsync("status=new", processed.Json["number"]!.GetValue<long>());
    }

    [Fact]
    public async Task A_form_with_files_that_had_to_wait_becomes_one_ticket_with_its_files()
    {
        using var home = new Desk("main", DeskFixture.AdminKey, fixture.App.Address);
        using var desk = await fixture.OpenDeskAsync();
        (await home.PatchAsync($"/api/workspaces/{desk.Workspace}", new { active = false })).Expect(200);
        MultipartFormDataContent Files() =>
            new()
            {
                { new StringContent("Printer"), "subject" },
                { new StringContent("It is on fire"), "description" },
                { new StringContent("rita@example.com"), "email" },
                { new ByteArrayContent([1, 2]), "files", "fire.heic" },
            };
        var path = $"/api/intake/web?workspace={desk.Workspace}";
        var accepted = (await desk.SendAsync(HttpMethod.Post, path, Files(), ("Idempotency-Key", "one"))).Expect(202);
        var again = (await desk.SendAsync(HttpMethod.Post, path, Files(), ("Idempotency-Key", "one"))).Expect(202);
        Assert.Equal(accepted.Json["ticketUrl"]!.GetValue<string>(), again.Json["ticketUrl"]!.GetValue<string>());
        // While the workspace is not active its keys do not open, so the store itself is asked.
        var store = fixture.App.Services.GetRequiredService<ReceiptStore>();
        var receiptId = accepted.Json["receipt"]!.GetValue<string>();
        await Until.TrueAsync(
            async () => (await store.FindAsync(desk.Workspace, receiptId, default))?.Receipt.State == Helpdesk.Intake.ReceiptState.Failed,
            "the receipt has failed"
        );
        (await home.PatchAsync($"/api/workspaces/{desk.Workspace}", new { active = true })).Expect(200);
        var failed = await ReceiptAsync(desk, accepted, "failed");
        await fixture.App.InvokeAsync(nameof(ProcessReceipt), ReplayMessage(desk, failed));
        await fixture.App.InvokeAsync(nameof(ProcessReceipt), ReplayMessage(desk, failed));
        var processed = await ReceiptAsync(desk, accepted, "processed");
        await desk.ListShowsAsync("status=new", processed.Json["number"]!.GetValue<long>());
        var file = (await desk.GetAsync($"/api/tickets/{processed.Json["ticket"]}")).Json["attachments"]!.AsArray().Single()!;
        Assert.Equal(("fire.heic", 2), (file["name"]!.GetValue<string>(), file["size"]!.GetValue<int>()));
    }

    [Fact]
    public async Task A_lost_body_fails_the_receipt_and_says_so()
    {
        using var home = new Desk("main", DeskFixture.AdminKey, fixture.App.Address);
        using var desk = await fixture.OpenDeskAsync();
        (await home.PatchAsync($"/api/workspaces/{desk.Workspace}", new { active = false })).Expect(200);
        var accepted = (await SendAsync(desk, Form(new string('x', 60_000)))).Expect(202);
        // While the workspace is not active its keys do not open, so the store itself is asked.
        var store = fixture.App.Services.GetRequiredService<ReceiptStore>();
        var receiptId = accepted.Json["receipt"]!.GetValue<string>();
        await Until.TrueAsync(
            async () => (await store.FindAsync(desk.Workspace, receiptId, default))?.Receipt.State == Helpdesk.Intake.ReceiptState.Failed,
            "the receipt has failed"
        );
        (await home.PatchAsync($"/api/workspaces/{desk.Workspace}", new { active = true })).Expect(200);
        var failed = await ReceiptAsync(desk, accepted, "failed");
        await new BlobClient(fixture.Storage, ReceiptStore.BodiesName, $"{desk.Workspace}/{failed.Json["id"]}").DeleteAsync();
        Assert.Equal("receipt-body-missing", (await desk.PostAsync($"/api/receipts/{receiptId}/replay")).Expect(409).Code);
        await fixture.App.InvokeAsync(nameof(ProcessReceipt), ReplayMessage(desk, failed));
        Assert.StartsWith("receipt-body-missing", (await ReceiptAsync(desk, accepted, "failed")).Json["error"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_form_filled_in_by_a_program_is_set_aside_and_can_be_brought_back()
    {
        using var desk = await fixture.OpenDeskAsync();
        var ignored = await ReceiptAsync(
            desk,
            await SendAsync(
                desk,
                new
                {
                    subject = "Buy",
                    description = "now",
                    requester = new { email = "a@b.c" },
                    website = "http://spam",
                }
            ),
            "ignored"
        );
        Assert.Empty(await desk.NumbersAsync("status=new"));
        await fixture.App.InvokeAsync(nameof(ProcessReceipt), ReplayMessage(desk, ignored));
        await Until.TrueAsync(async () => (await desk.NumbersAsync("status=new")).Count == 1, "the form became a ticket after all");
    }

    [Fact]
    public async Task A_page_of_another_site_may_send_the_form_as_json_and_read_the_answer()
    {
        using var desk = await fixture.OpenDeskAsync();
        var asked = (
            await desk.SendAsync(
                HttpMethod.Options,
                "/api/intake/web",
                null,
                ("Origin", "https://shop.example"),
                ("Access-Control-Request-Method", "POST"),
                ("Access-Control-Request-Headers", "content-type")
            )
        ).Expect(204);
        Assert.Equal(
            ("*", "POST, OPTIONS"),
            (asked.Headers.GetValues("Access-Control-Allow-Origin").Single(), asked.Headers.GetValues("Access-Control-Allow-Methods").Single())
        );
        foreach (var (body, status) in new[] { (Form(), 202), (new { subject = "s" }, 400) })
        {
            var answer = (await desk.PostAsync($"/api/intake/web?workspace={desk.Workspace}", body, ("Origin", "https://shop.example"))).Expect(status);
            Assert.Equal("*", answer.Headers.GetValues("Access-Control-Allow-Origin").Single());
        }
    }

    [Theory]
    [InlineData("application/json", """{"subject":"s"}""", 400, "invalid-request")]
    [InlineData("application/json", "{", 400, "malformed-json")]
    [InlineData("application/json", """{"subject":"s","description":"d","requester":{"email":"a@b.c"},"assignee":"me"}""", 400, "invalid-request")]
    [InlineData("application/x-www-form-urlencoded", "subject=s&description=d&email=nobody", 400, "invalid-request")]
    [InlineData("application/x-www-form-urlencoded", "subject=s&description=d&email=a@b.c&group=x", 400, "invalid-request")]
    [InlineData("text/plain", "subject", 415, "form-expected")]
    public async Task A_form_that_makes_no_sense_is_refused_and_leaves_no_receipt(string type, string body, int status, string code)
    {
        using var desk = await fixture.OpenDeskAsync();
        var answer = await desk.SendAsync(HttpMethod.Post, $"/api/intake/web?workspace={desk.Workspace}", new StringContent(body, Encoding.UTF8, type));
        Assert.Equal(code, answer.Expect(status).Code);
        Assert.Empty((await desk.GetAsync("/api/receipts")).Json["items"]!.AsArray());
        (await desk.PostAsync("/api/intake/web?workspace=nobody", Form())).Expect(404);
    }

    [Fact]
    public async Task An_address_that_sends_too_much_is_told_when_to_come_back()
    {
        await using var app = await RunningApp.StartAsync(fixture.Storage, null, "--Intake:PerMinute=3");
        using var desk = await fixture.OpenDeskAsync(app);
        for (var i = 0; i < 3; i++)
            (await SendAsync(desk, Form())).Expect(202);
        var refused = (await SendAsync(desk, Form())).Expect(429);
        Assert.Equal("too-many-requests", refused.Code);
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 60);
        (
            await desk.SendAsync(
                HttpMethod.Post,
                $"/api/intake/web?workspace={desk.Workspace}",
                System.Net.Http.Json.JsonContent.Create(Form()),
                ("X-Forwarded-For", "203.0.113.9")
            )
        ).Expect(202);
    }

    [Fact]
    public async Task Receipts_come_newest_first_and_in_pages_and_only_to_their_workspace()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var other = await fixture.OpenDeskAsync();
        var ids = new List<string>();
        for (var i = 0; i < 7; i++)
            ids.Add((await SendAsync(desk, Form($"{i}"))).Expect(202).Json["receipt"]!.GetValue<string>());
        var (seen, cursor) = (new List<string>(), "");
        while (true)
        {
            var page = (await desk.GetAsync($"/api/receipts?limit=3{cursor}")).Expect(200).Json;
            seen.AddRange(page["items"]!.AsArray().Select(item => item!["id"]!.GetValue<string>()));
            if (page["nextCursor"] is not { } next)
                break;
            cursor = $"&cursor={next}";
        }

        ids.Reverse();
        Assert.Equal(ids, seen);
        Assert.Empty((await other.GetAsync("/api/receipts")).Json["items"]!.AsArray());
        (await other.GetAsync($"/api/receipts/{ids[0]}")).Expect(404);
        (await other.PostAsync($"/api/receipts/{ids[0]}/replay")).Expect(404);
        foreach (var nonsense in new[] { "x", "20261123-9-00000000aaaaaaaaaaaaaaaa", "20261123-1-00000000aaaaaaaaaaaaaaai", "..%2fx" })
            (await desk.GetAsync($"/api/receipts/{nonsense}")).Expect(404);
    }

    private static string ReplayMessage(Desk desk, Answer receipt) =>
        $$"""{"workspace":"{{desk.Workspace}}","receipt":"{{receipt.Json["id"]}}","sentAt":"2026-01-01T00:00:00.000Z","replay":true}""";

    private static async Task<long> FirstNumberAsync(Desk desk)
    {
        await Until.TrueAsync(async () => (await desk.NumbersAsync("status=new")).Count > 0, "there is a ticket");
        return (await desk.NumbersAsync("status=new"))[0];
    }
}
