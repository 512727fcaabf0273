using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Helpdesk.Attachments;
using Helpdesk.Functions.Attachments;
using Helpdesk.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Helpdesk.Functions.Tests.Attachments;

/// <summary>A scanner looks at every new file; until it has, requesters wait.</summary>
public sealed class ScanFilesTests(DeskFixture fixture)
{
    /// <summary>The harmless file that every scanner finds; in two parts, so that none finds this source.</summary>
    private static readonly byte[] Eicar = Encoding.ASCII.GetBytes(@"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-" + "ANTIVIRUS-TEST-FILE!$H+H*");

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private static string Message(string workspace, string file, int tries = 0) =>
        new System.Text.Json.Nodes.JsonObject
        {
            ["workspace"] = workspace,
            ["file"] = file,
            ["tries"] = tries,
            ["sentAt"] = "2026-03-10T09:00:00.000Z",
        }.ToJsonString();

    private static async Task<FileScan> ScanOf(RunningApp app, string workspace, string id) =>
        (await app.Services.GetRequiredService<AttachmentStore>().FindAsync(workspace, id, Cancelled))!.Scan!;

    private static Task ScannedAsync(RunningApp app, string workspace, string id, ScanState state) =>
        Until.TrueAsync(async () => (await ScanOf(app, workspace, id)).State == state, $"the file is {state}");

    [Fact]
    public async Task A_clean_file_is_free_and_a_harmful_one_is_given_to_nobody_until_an_admin_lets_it_go()
    {
        await using var scanner = await Scanner.StartAsync();
        await using var app = await RunningApp.StartAsync(fixture.Storage, settings: $"--Attachments:ScanUrl={scanner.Url}");
        using var admin = await fixture.OpenDeskAsync(app);
        using var agent = await admin.WithRoleAsync("agent");
        using var anybody = new Desk(admin.Workspace, "", app.Address);
        var ticket = (await admin.OpenTicketAsync()).Json.Text("id");
        var form = Files.Form([], ("clean.txt", "harmless"u8.ToArray()), ("bad.txt", Eicar));
        var added = (await agent.SendAsync(HttpMethod.Post, $"/api/tickets/{ticket}/attachments", form)).Expect(201).Json["items"]!;
        var (clean, bad) = (added[0].Text("id"), added[1].Text("id"));
        await ScannedAsync(app, admin.Workspace, clean, ScanState.Clean);
        await ScannedAsync(app, admin.Workspace, bad, ScanState.Infected);
        Assert.Contains("harmless", scanner.Seen);

        var shown = (await agent.GetAsync($"/api/tickets/{ticket}/comments")).Json["items"]![0]!["attachments"]!;
        Assert.Equal(("clean", "infected", "Eicar-Test"), (shown[0].Text("scan"), shown[1].Text("scan"), shown[1].Text("found")));
        (await agent.GetAsync($"/api/attachments/{clean}")).Expect(200);
        var free = new Uri((await agent.PostAsync($"/api/attachments/{clean}/link")).Expect(200).Json.Text("url")).AbsolutePath;
        (await anybody.GetAsync(free)).Expect(200);
        var link = new Uri((await agent.PostAsync($"/api/attachments/{bad}/link")).Expect(200).Json.Text("url")).AbsolutePath;
        foreach (var (desk, path) in new[] { (agent, $"/api/attachments/{bad}"), (anybody, link) })
            Assert.Equal("file-infected", (await desk.GetAsync(path)).Expect(409).Code);

        (await agent.PostAsync($"/api/attachments/{bad}/release")).Expect(403);
        Assert.Equal("released", (await admin.PostAsync($"/api/attachments/{bad}/release")).Expect(200).Json.Text("scan"));
        (await agent.GetAsync($"/api/attachments/{bad}")).Expect(200);
        (await anybody.GetAsync(link)).Expect(200);
        // A message that comes late changes nothing any more.
        await app.InvokeAsync("ScanFiles", Message(admin.Workspace, bad));
        Assert.Equal(ScanState.Released, (await ScanOf(app, admin.Workspace, bad)).State);
    }

    [Fact]
    public async Task While_the_scanner_is_down_requesters_wait_and_nothing_is_lost()
    {
        await using var scanner = await Scanner.StartAsync();
        scanner.Status = HttpStatusCode.ServiceUnavailable;
        await using var app = await RunningApp.StartAsync(fixture.Storage, settings: $"--Attachments:ScanUrl={scanner.Url}");
        using var desk = await fixture.OpenDeskAsync(app);
        using var bridge = await desk.WithRoleAsync("integration");
        using var anybody = new Desk(desk.Workspace, "", app.Address);
        var id = (await desk.UploadAsync(("a.txt", "harmless"u8.ToArray())))[0];
        await Until.TrueAsync(async () => (await ScanOf(app, desk.Workspace, id)).Tries == 1, "the scanner was asked");
        Assert.Equal(ScanState.Pending, (await ScanOf(app, desk.Workspace, id)).State);
        (await desk.GetAsync($"/api/attachments/{id}")).Expect(200);
        var link = new Uri((await desk.PostAsync($"/api/attachments/{id}/link")).Expect(200).Json.Text("url")).AbsolutePath;
        foreach (var (who, path) in new[] { (bridge, $"/api/attachments/{id}"), (anybody, link) })
            Assert.Equal("file-not-scanned", (await who.GetAsync(path)).Expect(409).Code);

        // The message of the first try is done with, and asks nobody.
        var asked = scanner.Asked;
        await app.InvokeAsync("ScanFiles", Message(desk.Workspace, id));
        Assert.Equal(asked, scanner.Asked);
        await app.InvokeAsync("ScanFiles", Message(desk.Workspace, id, tries: 1));
        Assert.Equal((ScanState.Pending, 2), ((await ScanOf(app, desk.Workspace, id)).State, (await ScanOf(app, desk.Workspace, id)).Tries));
        scanner.Status = HttpStatusCode.OK;
        for (var twice = 0; twice < 2; twice++)
            await app.InvokeAsync("ScanFiles", Message(desk.Workspace, id, tries: 2));
        Assert.Equal(ScanState.Clean, (await ScanOf(app, desk.Workspace, id)).State);
        (await bridge.GetAsync($"/api/attachments/{id}")).Expect(200);
    }

    [Fact]
    public async Task The_page_of_a_request_says_how_its_files_stand()
    {
        await using var scanner = await Scanner.StartAsync();
        await using var app = await RunningApp.StartAsync(fixture.Storage, settings: $"--Attachments:ScanUrl={scanner.Url}");
        using var desk = await fixture.OpenDeskAsync(app);
        using var browser = new Desk(desk.Workspace, "", app.Address);
        var form = Files.Form([("subject", "Printer"), ("description", "Burns"), ("email", "rita@example.com")], ("p.png", Files.Png), ("bad.txt", Eicar));
        var page = (await browser.SendAsync(HttpMethod.Post, $"/api/intake/web?workspace={desk.Workspace}", form)).Expect(202).Json.Text("ticketUrl");
        await Until.TrueAsync(
            async () => (await browser.GetAsync($"{page}?lang=en")).Text.Contains("is harmful and cannot be opened", StringComparison.Ordinal),
            "the page shows the harmful file"
        );
        await Until.TrueAsync(
            async () => (await browser.GetAsync($"{page}?lang=en")).Text.Contains("<img src=\"/files/", StringComparison.Ordinal),
            "the page shows the picture"
        );
        var shown = (await browser.GetAsync($"{page}?lang=en")).Text;
        Assert.Contains("70 B", shown, StringComparison.Ordinal);
        Assert.DoesNotContain(">bad.txt</a>", shown, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(200, """{"verdict":"clean"}""", ScanState.Clean)]
    [InlineData(204, "", ScanState.Clean)]
    [InlineData(200, """{"verdict":"infected","name":"Eicar"}""", ScanState.Infected)]
    [InlineData(406, "", ScanState.Infected)]
    [InlineData(413, "too large", ScanState.Failed)]
    [InlineData(422, """{"verdict":"clean"}""", ScanState.Failed)]
    [InlineData(200, """{"verdict":"fine"}""", null)]
    [InlineData(200, "<html>Welcome</html>", null)]
    [InlineData(200, """["clean"]""", null)]
    [InlineData(302, "", null)]
    [InlineData(404, "", null)]
    [InlineData(429, "", null)]
    [InlineData(500, """{"verdict":"clean"}""", null)]
    public void Only_a_clear_answer_is_one(int status, string body, ScanState? state) =>
        Assert.Equal(state, FileScanner.Read((HttpStatusCode)status, Encoding.UTF8.GetBytes(body))?.State);

    /// <summary>A scanner on loopback that finds one string.</summary>
    private sealed class Scanner : IAsyncDisposable
    {
        private readonly WebApplication _web;
        private int _asked;

        private Scanner(WebApplication web) => _web = web;

        public string Url => $"{_web.Urls.First()}/scan";

        public HttpStatusCode Status { get; set; } = HttpStatusCode.OK;

        public int Asked => Volatile.Read(ref _asked);

        public ConcurrentQueue<string> Seen { get; } = new();

        public static async Task<Scanner> StartAsync()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            var web = builder.Build();
            var scanner = new Scanner(web);
            web.MapPost("/scan", scanner.ScanAsync);
            await web.StartAsync(Cancelled);
            return scanner;
        }

        public ValueTask DisposeAsync() => _web.DisposeAsync();

        private async Task ScanAsync(HttpContext context)
        {
            Interlocked.Increment(ref _asked);
            using var reader = new StreamReader(context.Request.Body, Encoding.Latin1);
            var text = await reader.ReadToEndAsync(context.RequestAborted);
            Seen.Enqueue(text);
            context.Response.StatusCode = (int)Status;
            if (Status == HttpStatusCode.OK)
                await context.Response.WriteAsync(
                    text.Contains("EICAR-STANDARD", StringComparison.Ordinal) ? """{"verdict":"infected","name":"Eicar-Test"}""" : """{"verdict":"clean"}"""
                );
        }
    }
}
