using System.Globalization;
using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Helpdesk.Functions.Tests.SignIn;

/// <summary>Signing in at a browser with a key.</summary>
public sealed class ManageSessionTests(DeskFixture fixture)
{
    private static readonly (string, string) Header = ("X-Helpdesk-Session", "1");

    [Fact]
    public async Task A_key_is_exchanged_for_a_cookie_that_scripts_cannot_read_and_with_it_the_desk_is_worked()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var browser = BrowserOf(desk);
        var begun = (await browser.PostAsync("/api/session", new { key = desk.Key })).Expect(200);
        Assert.Equal(
            (desk.Workspace, "admin", "admin", false),
            (Text(begun, "workspace"), Text(begun, "agent"), Text(begun, "role"), begun.Json["standIn"]!.GetValue<bool>())
        );
        var cookie = Assert.Single(begun.Headers.GetValues("Set-Cookie"));
        Assert.StartsWith($"helpdesk-session-{desk.Address.Port}=hs_{desk.Workspace}_", cookie, StringComparison.Ordinal);
        Assert.Contains("max-age=43200; path=/; samesite=strict; httponly", cookie, StringComparison.Ordinal);
        Assert.DoesNotContain(desk.Key, cookie, StringComparison.Ordinal);

        (await browser.GetAsync("/api/tickets")).Expect(200);
        var ticket = (
            await browser.PostAsync(
                "/api/tickets",
                new
                {
                    subject = "Printer",
                    description = "On fire",
                    requester = new { email = "rita@example.com" },
                },
                Header
            )
        ).Expect(201);
        var events = (await desk.GetAsync($"/api/tickets/{Text(ticket, "id")}/events")).Expect(200);
        Assert.Equal("admin", events.Json["items"]![0]!["actor"]!["id"]!.GetValue<string>());
    }

    [Theory]
    [InlineData(null, null, null)]
    [InlineData("0", null, null)]
    [InlineData("1", "cross-site", null)]
    [InlineData("1", "same-site", null)]
    [InlineData("1", "none", null)]
    [InlineData("1", null, "https://evil.example")]
    [InlineData("1", null, "null")]
    public async Task What_another_site_may_have_caused_is_refused(string? header, string? site, string? origin)
    {
        using var desk = await fixture.OpenDeskAsync();
        using var browser = BrowserOf(desk);
        (await browser.PostAsync("/api/session", new { key = desk.Key })).Expect(200);
        (string, string)[] headers =
        [
            .. new[] { ("X-Helpdesk-Session", header), ("Sec-Fetch-Site", site), ("Origin", origin) }
                .Where(one => one.Item2 is not null)
                .Select(one => (one.Item1, one.Item2!)),
        ];
        foreach (var method in new[] { HttpMethod.Post, HttpMethod.Patch, HttpMethod.Put, HttpMethod.Delete })
        {
            var path =
                method == HttpMethod.Put ? "/api/me/presence"
                : method == HttpMethod.Post ? "/api/groups"
                : "/api/groups/none";
            var refused = (await browser.SendAsync(method, path, JsonContent.Create(new { name = "Mine", tier = 1 }), headers)).Expect(403);
            Assert.Equal("cross-site-request", refused.Code);
        }

        Assert.Equal("cross-site-request", (await browser.SendAsync(HttpMethod.Delete, "/api/session", null, headers)).Expect(403).Code);
        (await browser.GetAsync("/api/tickets")).Expect(200);
        if (header == "1")
            Assert.Equal("cross-site-request", (await browser.PostAsync("/api/session", new { key = desk.Key }, headers)).Expect(403).Code);
    }

    [Fact]
    public async Task What_the_consoles_own_scripts_send_is_taken()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var browser = BrowserOf(desk);
        (await browser.PostAsync("/api/session", new { key = desk.Key })).Expect(200);
        var own = desk.Address.GetLeftPart(UriPartial.Authority);
        (await browser.PostAsync("/api/groups", new { name = "One", tier = 1 }, Header, ("Origin", own))).Expect(201);
        (await browser.PostAsync("/api/groups", new { name = "Two", tier = 1 }, Header, ("Sec-Fetch-Site", "same-origin"), ("Origin", own))).Expect(201);
    }

    [Fact]
    public async Task Signing_out_ends_the_session_even_for_who_has_kept_the_cookie()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var browser = BrowserOf(desk);
        var kept = CookieOf((await browser.PostAsync("/api/session", new { key = desk.Key })).Expect(200));
        Assert.Equal(200, await TryAsync(desk, kept));
        var ended = (await browser.SendAsync(HttpMethod.Delete, "/api/session", null, Header)).Expect(204);
        Assert.Contains("expires=Thu, 01 Jan 1970", Assert.Single(ended.Headers.GetValues("Set-Cookie")), StringComparison.Ordinal);
        Assert.Equal(401, await TryAsync(desk, kept));
        (await browser.GetAsync("/api/tickets")).Expect(401);
        (await browser.SendAsync(HttpMethod.Delete, "/api/session", null, Header)).Expect(204);
    }

    [Fact]
    public async Task A_session_has_the_role_of_its_key_and_ends_with_it()
    {
        using var desk = await fixture.OpenDeskAsync();
        var agent = Text((await desk.PostAsync("/api/agents", new { name = "Ada", email = "ada@example.com" })).Expect(201), "id");
        var key = (
            await desk.PostAsync(
                "/api/keys",
                new
                {
                    name = "Ada",
                    role = "agent",
                    agent,
                }
            )
        ).Expect(201);
        using var browser = BrowserOf(desk);
        var begun = (await browser.PostAsync("/api/session", new { key = Text(key, "key") })).Expect(200);
        Assert.Equal(("ada", "agent"), (Text(begun, "agent"), Text(begun, "role")));
        (await browser.GetAsync("/api/tickets")).Expect(200);
        (await browser.GetAsync("/api/keys")).Expect(403);
        Assert.Equal("session-has-agent", (await browser.PatchAsync("/api/session", new { agent = "admin" }, Header)).Expect(409).Code);

        var cookie = CookieOf(begun);
        (await desk.DeleteAsync($"/api/keys/{Text(key, "id")}")).Expect(204);
        await using var other = await RunningApp.StartAsync(fixture.Storage);
        // Another instance of the app knows nothing of the session yet, so it asks storage.
        Assert.Equal(401, await TryAsync(desk, cookie, other.Address));
    }

    [Fact]
    public async Task A_session_opens_its_own_workspace_only_and_a_cookie_that_was_changed_opens_nothing()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var foreign = await fixture.OpenDeskAsync();
        var ticket = Text(await foreign.OpenTicketAsync(), "id");
        using var browser = BrowserOf(desk);
        var cookie = CookieOf((await browser.PostAsync("/api/session", new { key = desk.Key })).Expect(200));
        (await browser.GetAsync($"/api/tickets/{ticket}")).Expect(404);
        Assert.Equal(200, await TryAsync(desk, cookie));
        foreach (
            var changed in new[]
            {
                cookie.Replace(desk.Workspace, foreign.Workspace, StringComparison.Ordinal),
                cookie[..^1] + (cookie[^1] == '0' ? '1' : '0'),
                cookie.Replace("hs_", "hd_", StringComparison.Ordinal),
                "hs_main_0000000000_",
                "hs___",
                "",
            }
        )
            Assert.Equal(401, await TryAsync(desk, changed));
    }

    [Fact]
    public async Task Only_people_with_valid_keys_sign_in()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var bridge = await desk.WithRoleAsync("integration");
        using var browser = BrowserOf(desk);
        Assert.Equal("no-person", (await browser.PostAsync("/api/session", new { key = bridge.Key })).Expect(403).Code);
        Assert.Equal("unauthorized", (await browser.PostAsync("/api/session", new { key = desk.Key + "x" })).Expect(401).Code);
        Assert.Contains("key", (await browser.PostAsync("/api/session", new { })).Expect(400).Json["errors"]!.ToJsonString(), StringComparison.Ordinal);
        (await browser.PostAsync("/api/session", new { key = desk.Key, agent = "admin" })).Expect(400);
        (await browser.SendAsync(HttpMethod.Post, "/api/session", new StringContent($"key={desk.Key}"))).Expect(415);
        (await browser.GetAsync("/api/tickets")).Expect(401);
        (await desk.PostAsync("/api/session")).Expect(200);
    }

    /// <summary>The key that the desk was started with belongs to nobody in particular.</summary>
    [Fact]
    public async Task Who_comes_with_the_first_admin_key_says_once_who_they_are()
    {
        using var home = new Desk("main", DeskFixture.AdminKey, fixture.App.Address);
        var email = $"{Guid.NewGuid():N}@example.com";
        using var browser = BrowserOf(home);
        var begun = (await browser.PostAsync("/api/session", new { key = home.Key })).Expect(200);
        Assert.True(begun.Json["standIn"]!.GetValue<bool>());
        var agent = Text((await browser.PostAsync("/api/agents", new { name = "Rita Weber", email }, Header)).Expect(201), "id");
        (await browser.PatchAsync("/api/session", new { agent = "nobody-here" }, Header)).Expect(400);
        var bound = (await browser.PatchAsync("/api/session", new { agent = email }, Header)).Expect(200);
        Assert.Equal(
            (agent, "Rita Weber", "admin", false),
            (Text(bound, "agent"), Text(bound, "name"), Text(bound, "role"), bound.Json["standIn"]!.GetValue<bool>())
        );
        var group = (await browser.PostAsync("/api/groups", new { name = $"Group {agent}", tier = 1 }, Header)).Expect(201);
        Assert.Contains(Text(group, "id"), (await home.GetAsync($"/api/audit?kind=group&by={agent}")).Expect(200).Text, StringComparison.Ordinal);

        using var again = BrowserOf(home);
        Assert.Equal(agent, Text((await again.PostAsync("/api/session", new { key = home.Key, agent })).Expect(200), "agent"));
        await using var other = await RunningApp.StartAsync(fixture.Storage, null, "--HELPDESK_ADMIN_KEY=hd_another_key_of_the_tests");
        Assert.Equal(401, await TryAsync(home, CookieOf(begun), other.Address));
        (await home.DeleteAsync($"/api/agents/{agent}")).Expect(204);
    }

    [Fact]
    public async Task A_session_that_is_used_goes_on_and_one_that_is_not_ends_and_none_lasts_longer_than_a_month()
    {
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var app = await RunningApp.StartAsync(
            fixture.Storage,
            builder => builder.Services.AddSingleton<TimeProvider>(clock),
            "--SignIn:SessionLifetime=02:00:00"
        );
        using var desk = await fixture.OpenDeskAsync(app);
        using var browser = BrowserOf(desk);
        var begun = CookieOf((await browser.PostAsync("/api/session", new { key = desk.Key })).Expect(200));

        clock.Advance(TimeSpan.FromMinutes(59));
        Assert.False((await browser.GetAsync("/api/tickets")).Expect(200).Headers.Contains("Set-Cookie"));
        clock.Advance(TimeSpan.FromMinutes(2));
        var renewed = (await browser.GetAsync("/api/tickets")).Expect(200);
        Assert.Contains("max-age=7200", Assert.Single(renewed.Headers.GetValues("Set-Cookie")), StringComparison.Ordinal);
        clock.Advance(TimeSpan.FromMinutes(90));
        Assert.Equal(200, await TryAsync(desk, begun));

        for (var hours = 0; hours < 24 * 30; hours++)
        {
            clock.Advance(TimeSpan.FromHours(1));
            if (await TryAsync(desk, begun) == 401)
            {
                Assert.InRange(hours, (24 * 30) - 5, 24 * 30);
                break;
            }
        }

        Assert.Equal(401, await TryAsync(desk, begun));
        var unused = CookieOf((await browser.PostAsync("/api/session", new { key = desk.Key })).Expect(200));
        clock.Advance(TimeSpan.FromMinutes(121));
        Assert.Equal(401, await TryAsync(desk, unused));
    }

    [Fact]
    public async Task A_request_that_is_repeated_after_signing_in_again_gets_its_first_answer()
    {
        using var desk = await fixture.OpenDeskAsync();
        var ids = new HashSet<string>();
        for (var time = 0; time < 2; time++)
        {
            using var browser = BrowserOf(desk);
            (await browser.PostAsync("/api/session", new { key = desk.Key })).Expect(200);
            var group = await browser.PostAsync("/api/groups", new { name = "Support", tier = 1 }, Header, ("Idempotency-Key", "once-and-for-all"));
            ids.Add(Text(group.Expect(201), "id"));
        }

        Assert.Single(ids);
    }

    private static Desk BrowserOf(Desk desk) => new(desk.Workspace, "", desk.Address);

    private static string Text(Answer answer, string name) => answer.Json[name]!.GetValue<string>();

    private static string CookieOf(Answer answer) => answer.Headers.GetValues("Set-Cookie").Single().Split(';')[0].Split('=')[1];

    private static async Task<int> TryAsync(Desk desk, string cookie, Uri? address = null)
    {
        using var handler = new HttpClientHandler { UseCookies = false };
        using var http = new HttpClient(handler) { BaseAddress = address ?? desk.Address };
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/tickets");
        request.Headers.TryAddWithoutValidation("Cookie", string.Create(CultureInfo.InvariantCulture, $"helpdesk-session-{http.BaseAddress.Port}={cookie}"));
        using var answer = await http.SendAsync(request);
        return (int)answer.StatusCode;
    }
}
