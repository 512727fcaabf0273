using Helpdesk.Functions.Portal;
using Helpdesk.Functions.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace Helpdesk.Functions.Tests.Portal;

public sealed class SupportRequestsTests(DeskFixture fixture)
{
    private const string Rita = "rita@example.com";

    private async Task<(Desk Desk, PortalBrowser Browser)> OpenAsync()
    {
        var desk = await fixture.OpenDeskAsync();
        return (desk, new(fixture.App, desk));
    }

    [Fact]
    public async Task A_link_by_mail_shows_ones_own_requests_and_nobody_elses()
    {
        var (desk, browser) = await OpenAsync();
        await desk.OpenTicketAsync("Printer <b>", Rita);
        await desk.OpenTicketAsync("Secret", "head@example.com");
        var solved = await desk.OpenTicketAsync("Mouse", Rita);
        (await desk.PostAsync($"/api/tickets/{solved.Json["id"]}/resolve", new { resolution = "New one" })).Expect(200);
        await fixture.App.DeliveredAsync();
        Assert.Contains("type=\"email\"", await browser.ReadAsync(browser.Of("/support/requests")), StringComparison.Ordinal);

        var link = await browser.AskForLinkAsync(Rita);
        Assert.NotNull(link);
        // Agents look at what goes out: that lets nobody sign in as somebody else.
        using (var agent = await desk.WithRoleAsync("agent"))
        {
            var seen = (await agent.GetAsync("/api/outbox?limit=100")).Expect(200).Text;
            Assert.Contains("/support/sign-in/", seen, StringComparison.Ordinal);
            Assert.DoesNotContain(link[(link.LastIndexOf('.') + 1)..], seen, StringComparison.Ordinal);
        }

        // Programs that look through mails follow links: nothing is used up by that.
        Assert.Contains("Show my requests", await browser.ReadAsync(link), StringComparison.Ordinal);
        Assert.Contains("Show my requests", await browser.ReadAsync(link), StringComparison.Ordinal);
        var opened = await browser.PostAsync(link);
        Assert.Equal((302, browser.Of("/support/requests")), (opened.Status, opened.Location));
        var cookie = Assert.Single(browser.Cookies.GetAllCookies());
        Assert.True(cookie.HttpOnly);
        await desk.ListShowsAsync("status=resolved", 3);
        var html = await browser.ReadAsync(browser.Of("/support/requests"));
        Assert.Contains("Printer &lt;b&gt;", html, StringComparison.Ordinal);
        Assert.DoesNotContain("Mouse", html, StringComparison.Ordinal);
        Assert.DoesNotContain("Secret", html, StringComparison.Ordinal);
        Assert.Contains("Mouse", await browser.ReadAsync(browser.Of("/support/requests?show=solved")), StringComparison.Ordinal);
        await browser.ReadAsync(browser.Of("/support/requests/2"), 404);
        // The same cookie opens nothing elsewhere, neither another workspace nor the API.
        using var other = await fixture.OpenDeskAsync();
        await other.OpenTicketAsync("Elsewhere", Rita);
        Assert.Contains("type=\"email\"", await browser.ReadAsync($"/support/requests?workspace={other.Workspace}"), StringComparison.Ordinal);
        Assert.Equal(302, (await browser.SendAsync(HttpMethod.Get, $"/support/requests/1?workspace={other.Workspace}")).Status);
        Assert.Equal(401, (await browser.SendAsync(HttpMethod.Get, "/api/tickets")).Status);

        // Once is once, whoever has the link.
        using var thief = new PortalBrowser(fixture.App, desk);
        Assert.Equal(410, (await thief.PostAsync(link)).Status);
        Assert.Empty(thief.Cookies.GetAllCookies());
        await thief.ReadAsync(link, 410);
        await thief.ReadAsync(link[..^1] + (link[^1] == 'a' ? 'b' : 'a'), 404);
        desk.Dispose();
        browser.Dispose();
    }

    [Fact]
    public async Task What_is_answered_tells_nobody_who_is_known_and_no_address_is_flooded()
    {
        var (desk, browser) = await OpenAsync();
        await desk.OpenTicketAsync(email: Rita);
        await fixture.App.DeliveredAsync();
        Assert.Null(await browser.AskForLinkAsync("nobody@example.com"));
        for (var i = 0; i < PortalStore.LinksPerHour; i++)
            Assert.NotNull(await browser.AskForLinkAsync(Rita));
        Assert.Null(await browser.AskForLinkAsync(Rita));
        Assert.Contains(
            "not an e-mail address",
            (await browser.PostAsync(browser.Of("/support/requests"), ("email", "rita@"))).Html,
            StringComparison.Ordinal
        );
        var foreign = await browser.SendAsync(
            HttpMethod.Post,
            browser.Of("/support/requests"),
            new FormUrlEncodedContent([new("email", "nobody@example.com")]),
            ("Sec-Fetch-Site", "cross-site")
        );
        Assert.Equal(403, foreign.Status);
        await using var app = await RunningApp.StartAsync(fixture.Storage, null, "--Portal:PerMinute=1");
        using var busy = new PortalBrowser(app, desk);
        Assert.Equal(302, (await busy.PostAsync(busy.Of("/support/requests"), ("email", "one@example.com"))).Status);
        Assert.Equal(429, (await busy.PostAsync(busy.Of("/support/requests"), ("email", "two@example.com"))).Status);
        desk.Dispose();
        browser.Dispose();
    }

    [Fact]
    public async Task A_message_that_comes_twice_sends_one_link_and_none_comes_back_that_was_used()
    {
        var (desk, browser) = await OpenAsync();
        await desk.OpenTicketAsync(email: Rita);
        await fixture.App.DeliveredAsync();
        var order = new SignInOrder(desk.Workspace, "0123456789", Rita, "de", TimeProvider.System.GetUtcNow());
        var worker = fixture.App.Services.GetRequiredService<IWorker<SignInOrder>>();
        Assert.True(await worker.DoAsync(order, false, TestContext.Current.CancellationToken));
        Assert.True(await worker.DoAsync(order, false, TestContext.Current.CancellationToken));
        await fixture.App.MailedAsync();
        var mail = Assert.Single(
            (await desk.GetAsync("/api/outbox?limit=100")).Json["items"]!.AsArray(),
            one => one!["event"]!.GetValue<string>() == "sign-in"
        )!;
        Assert.Equal(("de", "sent"), (mail["language"]!.GetValue<string>(), mail["state"]!.GetValue<string>()));
        var store = fixture.App.Services.GetRequiredService<PortalStore>();
        Assert.NotNull(await store.UseLinkAsync(desk.Workspace, PortalStore.PersonOf(Rita), order.Id, TestContext.Current.CancellationToken));
        Assert.True(await worker.DoAsync(order, false, TestContext.Current.CancellationToken));
        Assert.False(await store.IsGoodAsync(desk.Workspace, PortalStore.PersonOf(Rita), order.Id, TestContext.Current.CancellationToken));
        desk.Dispose();
        browser.Dispose();
    }

    [Fact]
    public async Task Signing_out_everywhere_ends_every_session_of_all_addresses()
    {
        var (desk, browser) = await OpenAsync();
        await desk.OpenTicketAsync("From work", Rita);
        await desk.OpenTicketAsync("From home", "home@example.com");
        await fixture.App.DeliveredAsync();
        var contacts = (await desk.GetAsync("/api/contacts")).Json["items"]!.AsArray();
        var (work, home) = (ContactOf(Rita), ContactOf("home@example.com"));
        (await desk.PostAsync($"/api/contacts/{home}/merge", new { into = work })).Expect(200);
        using var elsewhere = new PortalBrowser(fixture.App, desk);
        await browser.SignInAsync(Rita);
        await elsewhere.SignInAsync("home@example.com");
        await desk.ListShowsAsync("status=new", 1, 2);
        foreach (var one in new[] { browser, elsewhere })
        {
            var html = await one.ReadAsync(one.Of("/support/requests"));
            Assert.Contains("From work", html, StringComparison.Ordinal);
            Assert.Contains("From home", html, StringComparison.Ordinal);
        }

        Assert.Equal(302, (await browser.PostAsync(browser.Of("/support/sign-out"), ("everywhere", "yes"))).Status);
        foreach (var one in new[] { browser, elsewhere })
            Assert.Contains("type=\"email\"", await one.ReadAsync(one.Of("/support/requests")), StringComparison.Ordinal);
        desk.Dispose();
        browser.Dispose();

        string ContactOf(string email) =>
            contacts.Single(one => one!["emails"]!.AsArray().Any(mail => mail!.GetValue<string>() == email))!["id"]!.GetValue<string>();
    }

    [Fact]
    public async Task An_address_that_somebody_only_typed_in_a_chat_opens_nothing()
    {
        var (desk, browser) = await OpenAsync();
        using (var chat = await WebChat.WebChat.BeginAsync(desk, fixture.App.Address))
        {
            await chat.SaysAsync("Let me in");
            await chat.SaysAsync("victim@example.com");
            await chat.SaysAsync("yes");
        }

        using (var store = fixture.App.Services.CreateScope())
        {
            // The same chat says another address, which is the thief's own.
            var contacts = store.ServiceProvider.GetRequiredService<Helpdesk.Functions.Contacts.ContactStore>();
            var identity = new Helpdesk.Contacts.ContactIdentity("chat", "of-the-thief");
            await contacts.LearnAsync(desk.Workspace, new("victim@example.com", null, Identities: [identity]), TestContext.Current.CancellationToken);
            await contacts.LearnAsync(desk.Workspace, new("thief@example.com", null, Identities: [identity]), TestContext.Current.CancellationToken);
        }

        await desk.OpenTicketAsync("Of the victim", "victim@example.com");
        await desk.OpenTicketAsync("Of the thief", "thief@example.com");
        await browser.SignInAsync("thief@example.com");
        var html = await browser.ReadAsync(browser.Of("/support/requests"));
        Assert.DoesNotContain("Of the victim", html, StringComparison.Ordinal);
        using var victim = new PortalBrowser(fixture.App, desk);
        await victim.SignInAsync("victim@example.com");
        Assert.DoesNotContain("Of the thief", await victim.ReadAsync(victim.Of("/support/requests")), StringComparison.Ordinal);
        desk.Dispose();
        browser.Dispose();
    }

    [Fact]
    public async Task A_request_is_answered_solved_opened_again_and_rated()
    {
        var (desk, browser) = await OpenAsync();
        (await desk.PatchAsync("/api/satisfaction-settings", new { active = true, after = "PT0S" })).Expect(200);
        await desk.OpenTicketAsync(email: Rita);
        (await desk.PostAsync("/api/tickets/1/comments", new { body = "Which printer?" })).Expect(201);
        (await desk.PostAsync("/api/tickets/1/comments", new { body = "Between us", visibility = "internal" })).Expect(201);
        await fixture.App.DeliveredAsync();
        await browser.SignInAsync(Rita);
        var page = browser.Of("/support/requests/1");
        var html = await browser.ReadAsync(page);
        Assert.Contains("Which printer?", html, StringComparison.Ordinal);
        Assert.DoesNotContain("Between us", html, StringComparison.Ordinal);
        for (var i = 0; i < 2; i++)
            Assert.Equal(302, (await browser.UploadAsync(page, ("reply", "The red one"), ("once", "a"))).Status);
        Assert.Equal(3, (await desk.GetAsync("/api/tickets/1/comments")).Json["items"]!.AsArray().Count);
        Assert.Equal(302, (await browser.UploadAsync(page, ("reply", "It prints"), ("done", "yes"), ("once", "b"))).Status);
        var ticket = (await desk.GetAsync("/api/tickets/1")).Json;
        Assert.Equal("resolved", ticket["status"]!.GetValue<string>());
        Assert.Equal(4, (await desk.GetAsync("/api/tickets/1/comments")).Json["items"]!.AsArray().Count);
        Assert.Equal(302, (await browser.UploadAsync(page, ("reply", ""), ("broken", "yes"))).Status);
        Assert.Equal("open", (await desk.GetAsync("/api/tickets/1")).Json["status"]!.GetValue<string>());
        Assert.Equal(302, (await browser.UploadAsync(page, ("reply", ""), ("done", "yes"))).Status);
        await fixture
            .App.Services.GetRequiredService<Helpdesk.Functions.Satisfaction.AskForSatisfaction>()
            .AskAsync(new(desk.Workspace, 1), TestContext.Current.CancellationToken);
        Assert.Contains($"/support/ratings/{desk.Workspace}/1-", await browser.ReadAsync(page), StringComparison.Ordinal);
        desk.Dispose();
        browser.Dispose();
    }

    [Fact]
    public async Task A_request_that_was_merged_into_somebody_elses_tells_nothing_of_that()
    {
        var (desk, browser) = await OpenAsync();
        await desk.OpenTicketAsync("Mine", Rita);
        await desk.OpenTicketAsync("Salaries of everybody", "head@example.com");
        (await desk.PostAsync("/api/tickets/2/comments", new { body = "Said before" })).Expect(201);
        (await desk.PostAsync("/api/tickets/1/merge", new { into = 2, confirm = true })).Expect(200);
        (await desk.PostAsync("/api/tickets/2/resolve", new { resolution = "Done" })).Expect(200);
        await fixture.App.DeliveredAsync();
        await browser.SignInAsync(Rita);
        var html = await browser.ReadAsync(browser.Of("/support/requests/1"));
        Assert.Contains("It is being continued elsewhere", html, StringComparison.Ordinal);
        foreach (var hidden in new[] { "Salaries", "Said before", "request 2", "/support/ratings/", "head@example.com" })
            Assert.DoesNotContain(hidden, html, StringComparison.Ordinal);
        await browser.UploadAsync(browser.Of("/support/requests/1"), ("reply", ""), ("broken", "yes"));
        Assert.Equal("resolved", (await desk.GetAsync("/api/tickets/2")).Json["status"]!.GetValue<string>());
        desk.Dispose();
        browser.Dispose();
    }
}
