using System.Net;
using System.Text.RegularExpressions;
using Helpdesk.Functions.Portal;
using Microsoft.Extensions.DependencyInjection;

namespace Helpdesk.Functions.Tests.Portal;

/// <summary>What stands around the pages for requesters: known disturbances, and the workspace's own look.</summary>
public sealed class PortalDressTests(DeskFixture fixture)
{
    private static readonly CancellationToken Cancelled = TestContext.Current.CancellationToken;

    private Task LookAsync(Desk desk, long number) =>
        fixture.App.Services.GetRequiredService<FollowDisturbances>().LookAsync(desk.Workspace, number, Cancelled);

    [Fact]
    public async Task A_disturbance_is_told_on_every_page_and_ends_with_its_ticket()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var browser = new PortalBrowser(fixture.App, desk);
        await desk.OpenTicketAsync();
        (await desk.GetAsync("/api/tickets/1/disturbance")).Expect(204);
        (await desk.GetAsync("/api/tickets/2/disturbance")).Expect(404);
        var body = new
        {
            title = new { en = "Mail <is> late", de = "E-Mails kommen später an" },
            text = "We look for the cause.",
            update = "Found it.",
        };
        var made = (await PutAsync(desk, 1, body)).Expect(200);
        Assert.Equal(made.ETag, (await PutAsync(desk, 1, body)).Expect(200).ETag);
        foreach (var page in new[] { "/support", "/support/requests", "/support/status" })
            Assert.Contains("Mail &lt;is&gt; late", await browser.ReadAsync(browser.Of(page)), StringComparison.Ordinal);
        Assert.Contains("E-Mails kommen später an", await browser.ReadAsync(browser.Of("/support?lang=de")), StringComparison.Ordinal);
        var status = await browser.ReadAsync(browser.Of("/support/status"));
        Assert.Contains("Found it.", status, StringComparison.Ordinal);
        var key = (await desk.GetAsync("/api/chat")).Expect(200).Json["key"]!.GetValue<string>();
        Assert.Contains("Mail &lt;is&gt; late", await browser.ReadAsync($"/chat?key={key}"), StringComparison.Ordinal);
        using var other = await fixture.OpenDeskAsync();
        using var stranger = new PortalBrowser(fixture.App, other);
        Assert.DoesNotContain("Mail &lt;is", await stranger.ReadAsync(stranger.Of("/support/status")), StringComparison.Ordinal);
        (await PutAsync(other, 1, body)).Expect(404);
        (await desk.SendAsync(HttpMethod.Put, "/api/tickets/1/disturbance", System.Net.Http.Json.JsonContent.Create(body), ("If-Match", "\"7\""))).Expect(412);

        (await desk.PostAsync("/api/tickets/1/resolve", new { resolution = "Restarted" })).Expect(200);
        await fixture.App.DeliveredAsync();
        Assert.NotNull((await desk.GetAsync("/api/tickets/1/disturbance")).Expect(200).Json["endedAt"]);
        Assert.DoesNotContain("Mail &lt;is&gt; late", await browser.ReadAsync(browser.Of("/support")), StringComparison.Ordinal);
        Assert.Contains("Mail &lt;is&gt; late", await browser.ReadAsync(browser.Of("/support/status")), StringComparison.Ordinal);
        Assert.Equal("ticket-resolved", (await PutAsync(desk, 1, body)).Expect(409).Code);
        (await desk.PostAsync("/api/tickets/1/close")).Expect(200);
        Assert.Contains("Ticket 1 is closed: tell of a disturbance on another", (await PutAsync(desk, 1, body)).Expect(409).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_told_by_mistake_is_taken_back()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var browser = new PortalBrowser(fixture.App, desk);
        await desk.OpenTicketAsync();
        const string Path = "/api/tickets/1/disturbance";
        (await desk.DeleteAsync(Path)).Expect(404);
        (await PutAsync(desk, 1, new { title = "Mail is late" })).Expect(200);
        (await desk.SendAsync(HttpMethod.Delete, Path, null, ("If-Match", "\"7\""))).Expect(412);
        (await desk.DeleteAsync(Path)).Expect(204);
        (await desk.DeleteAsync(Path)).Expect(404);
        (await desk.GetAsync(Path)).Expect(204);
        Assert.DoesNotContain("Mail is late", await browser.ReadAsync(browser.Of("/support/status")), StringComparison.Ordinal);
        // It can be told again, and then properly.
        (await PutAsync(desk, 1, new { title = "Mail is slow" })).Expect(200);
        Assert.Contains("Mail is slow", await browser.ReadAsync(browser.Of("/support/status")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_merge_does_not_end_a_disturbance_and_undoing_it_gives_it_back()
    {
        using var desk = await fixture.OpenDeskAsync();
        await desk.OpenTicketAsync();
        await desk.OpenTicketAsync("The same");
        (await PutAsync(desk, 1, new { title = "Mail is late" })).Expect(200);
        (await desk.PostAsync("/api/tickets/1/merge", new { into = 2 })).Expect(200);
        await fixture.App.DeliveredAsync();
        await LookAsync(desk, 1);
        var carried = (await desk.GetAsync("/api/tickets/2/disturbance")).Expect(200).Json;
        Assert.Equal((2, null), (carried["ticket"]!.GetValue<long>(), carried["endedAt"]));
        (await desk.PostAsync("/api/tickets/1/unmerge")).Expect(200);
        await fixture.App.DeliveredAsync();
        (await desk.GetAsync("/api/tickets/2/disturbance")).Expect(204);
        (await desk.PostAsync("/api/tickets/1/merge", new { into = 2 })).Expect(200);
        await fixture.App.DeliveredAsync();
        (await desk.PostAsync("/api/tickets/2/resolve", new { resolution = "Restarted" })).Expect(200);
        await fixture.App.DeliveredAsync();
        await LookAsync(desk, 2);
        Assert.NotNull((await desk.GetAsync("/api/tickets/2/disturbance")).Expect(200).Json["endedAt"]);
    }

    [Fact]
    public async Task The_look_is_the_workspaces_own_and_only_what_can_be_read_and_shown_safely()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var browser = new PortalBrowser(fixture.App, desk);
        var first = (await desk.GetAsync("/api/portal")).Expect(200);
        var pale = (await desk.PatchAsync("/api/portal", new { colour = "#8cc0ff" })).Expect(400);
        Assert.Contains("contrast of 1.89 to #ffffff: at least 4.5 is needed", pale.Text, StringComparison.Ordinal);
        var drawing = Convert.ToBase64String("<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"u8);
        (await desk.PatchAsync("/api/portal", new { logo = drawing })).Expect(400);
        var large = (await desk.PatchAsync("/api/portal", new { logo = new string('A', 280_000) })).Expect(400);
        Assert.Contains("at most 200 KB", large.Text, StringComparison.Ordinal);
        (await desk.PatchAsync("/api/portal", new { colour = "red;}body{display:none" })).Expect(400);
        var set = (
            await desk.PatchAsync(
                "/api/portal",
                new
                {
                    title = "Hilfe für Zoë",
                    footer = "Open <b>all day</b>",
                    colour = "#8A1C5B",
                    logo = Convert.ToBase64String(Attachments.Files.Png),
                },
                ("If-Match", first.ETag!)
            )
        ).Expect(200);
        (await desk.PatchAsync("/api/portal", new { colour = "#8a1c5b" }, ("If-Match", first.ETag!))).Expect(412);
        using var page = new HttpRequestMessage(HttpMethod.Get, browser.Of("/support"));
        using var http = new HttpClient { BaseAddress = fixture.App.Address };
        using var answer = await http.SendAsync(page, Cancelled);
        var html = await answer.Content.ReadAsStringAsync(Cancelled);
        Assert.Contains("<span>Hilfe für Zoë</span>", html, StringComparison.Ordinal);
        Assert.Contains("Open &lt;b&gt;all day&lt;/b&gt;", html, StringComparison.Ordinal);
        Assert.Contains("--accent: #8a1c5b", html, StringComparison.Ordinal);
        // Each style of the page is named in the policy, and nothing else may be there.
        var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        foreach (Match style in Regex.Matches(html, "<style>(.*?)</style>", RegexOptions.Singleline))
        {
            var hash = Convert.ToBase64String(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(style.Groups[1].Value)));
            Assert.Contains($"'sha256-{hash}'", policy, StringComparison.Ordinal);
        }

        var logo = set.Json["logoUrl"]!.GetValue<string>();
        Assert.Contains($"src=\"{logo}\"", html, StringComparison.Ordinal);
        foreach (var (path, kept) in new[] { (logo, true), ($"/support/logo/{desk.Workspace}/00000000000000000000000000000000", false) })
        {
            using var picture = await http.GetAsync(path, Cancelled);
            Assert.Equal((HttpStatusCode.OK, "image/png"), (picture.StatusCode, picture.Content.Headers.ContentType!.MediaType));
            Assert.Equal(Attachments.Files.Png, await picture.Content.ReadAsByteArrayAsync(Cancelled));
            Assert.Equal(kept, picture.Headers.CacheControl!.ToString().Contains("immutable", StringComparison.Ordinal));
        }

        (await desk.PatchAsync("/api/portal", new { logo = (string?)null })).Expect(200);
        using var gone = await http.GetAsync(logo, Cancelled);
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
        using var other = await fixture.OpenDeskAsync();
        Assert.Null((await other.GetAsync("/api/portal")).Json["title"]);
        using var agent = await desk.WithRoleAsync("agent");
        (await agent.PatchAsync("/api/portal", new { title = "Mine" })).Expect(403);
    }

    private static Task<Answer> PutAsync(Desk desk, long number, object body) =>
        desk.SendAsync(HttpMethod.Put, $"/api/tickets/{number}/disturbance", System.Net.Http.Json.JsonContent.Create(body));
}
