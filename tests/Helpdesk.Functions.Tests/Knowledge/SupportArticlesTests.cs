using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using Helpdesk.Functions.Tests.Intake;
using Helpdesk.Testing;

namespace Helpdesk.Functions.Tests.Knowledge;

public sealed class SupportArticlesTests(DeskFixture fixture)
{
    private static readonly HttpClientHandler NoRedirects = new() { AllowAutoRedirect = false, UseCookies = false };

    /// <summary>Says something of an article; the cookie that the reader is given.</summary>
    private async Task<(HttpResponseMessage Answer, string? Cookie)> SayAsync(string path, string? cookie, params (string, string)[] fields)
    {
        using var http = new HttpClient(NoRedirects, disposeHandler: false) { BaseAddress = fixture.App.Address };
        using var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = new FormUrlEncodedContent(fields.Select(field => KeyValuePair.Create(field.Item1, field.Item2))),
        };
        request.Headers.Add("Accept", "text/html");
        if (cookie is not null)
            request.Headers.Add("Cookie", cookie);
        var answer = await http.SendAsync(request);
        return (answer, answer.Headers.TryGetValues("Set-Cookie", out var set) ? set.Single().Split(';')[0] : cookie);
    }

    private async Task<JsonNode> SuggestAsync(string workspace, string text, bool first = true)
    {
        using var http = new HttpClient { BaseAddress = fixture.App.Address };
        using var answer = await http.PostAsJsonAsync($"/support/suggestions?workspace={workspace}&lang=en", new { text, first });
        return JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
    }

    [Fact]
    public async Task Readers_find_articles_by_category_and_by_words()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var browser = new Browser(fixture.App.Address);
        var form = await browser.ReadAsync($"/support?workspace={desk.Workspace}");
        Assert.DoesNotContain("type=\"search\"", form, StringComparison.Ordinal);
        Assert.DoesNotContain("data-suggestions=\"", form, StringComparison.Ordinal);

        await desk.PostAsync("/api/article-categories", new { id = "network", names = new { en = "Network", de = "Netzwerk" } });
        await ArticlesTests.PublishAsync(
            desk,
            "VPN drops",
            "Choose **Stable <connection>**.",
            new { category = "network", summary = "When it does not hold" }
        );
        await ArticlesTests.PublishAsync(desk, "Printer jams", "Open the *lid* & pull.");
        await ArticlesTests.PublishAsync(desk, "Router for agents", "Secret.", new { visibility = "agents", category = "network" });

        form = await browser.ReadAsync($"/support?workspace={desk.Workspace}");
        Assert.Contains("type=\"search\"", form, StringComparison.Ordinal);
        Assert.Contains($"data-suggestions=\"/support/suggestions?workspace={desk.Workspace}&amp;lang=en\"", form, StringComparison.Ordinal);
        Assert.Contains($"/support/categories/network?workspace={desk.Workspace}", form, StringComparison.Ordinal);
        var list = await browser.ReadAsync($"/support/articles?workspace={desk.Workspace}");
        Assert.Contains("VPN drops", list, StringComparison.Ordinal);
        Assert.Contains("Printer jams", list, StringComparison.Ordinal);
        Assert.DoesNotContain("Router for agents", list, StringComparison.Ordinal);
        var category = await browser.ReadAsync($"/support/categories/network?workspace={desk.Workspace}&lang=de");
        Assert.Contains("<h1>Netzwerk</h1>", category, StringComparison.Ordinal);
        Assert.DoesNotContain("Printer jams", category, StringComparison.Ordinal);
        Assert.DoesNotContain("Router for agents", category, StringComparison.Ordinal);
        var found = await browser.ReadAsync($"/support/articles?workspace={desk.Workspace}&q=conection");
        Assert.Contains("Stable &lt;<mark>connection</mark>&gt;", found, StringComparison.Ordinal);
        Assert.DoesNotContain("Printer jams", found, StringComparison.Ordinal);
        var none = await browser.ReadAsync($"/support/articles?workspace={desk.Workspace}&q=%3Cscript%3Ealert(1)%3C/script%3E");
        Assert.DoesNotContain("<script>alert", none, StringComparison.Ordinal);
        Assert.Contains("Nothing was found", none, StringComparison.Ordinal);
        await browser.ReadAsync("/support/articles?workspace=none", 404);
        await browser.ReadAsync($"/support/categories/none?workspace={desk.Workspace}", 404);
    }

    [Fact]
    public async Task An_article_is_read_in_its_language_and_by_its_earlier_address()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var other = await fixture.OpenDeskAsync();
        using var browser = new Browser(fixture.App.Address);
        var english = await ArticlesTests.PublishAsync(desk, "Reset a password", "See [VPN](article:vpn).");
        await ArticlesTests.PublishAsync(desk, "Kennwort zurücksetzen", "Öffne *das Portal*.", new { translationOf = english }, "de");
        var hidden = await ArticlesTests.PublishAsync(desk, "Router for agents", more: new { visibility = "agents" });
        await ArticlesTests.WriteAsync(desk, "Still a draft");
        var html = await browser.ReadAsync($"/support/articles/reset-a-password?workspace={desk.Workspace}");
        Assert.Contains("<article lang=\"en\">", html, StringComparison.Ordinal);
        Assert.Contains($"<a href=\"/support/articles/vpn?workspace={desk.Workspace}\">VPN</a>", html, StringComparison.Ordinal);
        Assert.Contains("hreflang=\"de\">Deutsch</a>", html, StringComparison.Ordinal);
        using (var german = await browser.GoAsync($"/support/articles/reset-a-password?workspace={desk.Workspace}&lang=de"))
            Assert.Equal($"/support/articles/kennwort-zurucksetzen?workspace={desk.Workspace}&lang=de", german.Headers.Location!.ToString());
        // There is no Croatian one: the page is Croatian, the article is what there is.
        html = await browser.ReadAsync($"/support/articles/reset-a-password?workspace={desk.Workspace}&lang=hr");
        Assert.Contains("<html lang=\"hr\">", html, StringComparison.Ordinal);
        Assert.Contains("<article lang=\"en\">", html, StringComparison.Ordinal);

        (await desk.PatchAsync($"/api/articles/{english}", new { slug = "password" })).Expect(200);
        (await desk.PostAsync($"/api/articles/{english}/publish")).Expect(200);
        using (var moved = await browser.GoAsync($"/support/articles/reset-a-password?workspace={desk.Workspace}"))
        {
            Assert.Equal(HttpStatusCode.MovedPermanently, moved.StatusCode);
            Assert.Equal($"/support/articles/password?workspace={desk.Workspace}", moved.Headers.Location!.ToString());
        }

        await browser.ReadAsync($"/support/articles/router-for-agents?workspace={desk.Workspace}", 404);
        await browser.ReadAsync($"/support/articles/still-a-draft?workspace={desk.Workspace}", 404);
        await browser.ReadAsync($"/support/articles/password?workspace={other.Workspace}", 404);
        await browser.ReadAsync($"/support/articles/..%2F..%2Fapi?workspace={desk.Workspace}", 404);

        using var map = await browser.GoAsync($"/support/sitemap.xml?workspace={desk.Workspace}");
        Assert.Equal("application/xml", map.Content.Headers.ContentType!.MediaType);
        XNamespace sitemap = "http://www.sitemaps.org/schemas/sitemap/0.9";
        var urls = XDocument.Parse(await map.Content.ReadAsStringAsync()).Root!.Elements(sitemap + "url").ToList();
        Assert.Equal(2, urls.Count);
        Assert.All(urls, url => Assert.Equal(3, url.Elements().Count(element => element.Name.LocalName == "link") + 1));
        Assert.DoesNotContain(urls, url => url.Value.Contains("router", StringComparison.Ordinal));
        Assert.NotNull(hidden);
    }

    [Fact]
    public async Task What_readers_say_counts_once_each_and_can_be_changed()
    {
        using var desk = await fixture.OpenDeskAsync();
        var id = await ArticlesTests.PublishAsync(desk, "Printer jams");
        var path = $"/support/articles/printer-jams?workspace={desk.Workspace}";
        var (answer, ann) = await SayAsync(path, null, ("helpful", "no"), ("words", "Which <b>lid</b>?"));
        Assert.Equal(HttpStatusCode.Found, answer.StatusCode);
        Assert.EndsWith("thanks=no#feedback", answer.Headers.Location!.ToString(), StringComparison.Ordinal);
        Assert.NotNull(ann);
        await SayAsync(path, ann, ("helpful", "no"));
        await SayAsync(path, ann, ("helpful", "yes"));
        await SayAsync(path, null, ("helpful", "yes"));
        await SayAsync(path, null, ("solved", "yes"), ("from", "form"));
        var said = (await desk.GetAsync($"/api/articles/{id}/feedback")).Expect(200).Json;
        Assert.Equal((3, 0, 1), (said["yes"]!.GetValue<int>(), said["no"]!.GetValue<int>(), said["solved"]!.GetValue<int>()));
        Assert.Equal(3, said["items"]!.AsArray().Count);
        var words = (await desk.GetAsync($"/api/articles/{id}/feedback?words=true")).Expect(200).Json;
        Assert.Equal("Which <b>lid</b>?", Assert.Single(words["items"]!.AsArray())!["words"]!.GetValue<string>());
        Assert.Equal(HttpStatusCode.BadRequest, (await SayAsync(path, ann, ("helpful", "maybe"))).Answer.StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await SayAsync(path, ann, ("helpful", "yes"), ("words", new string('x', 1001)))).Answer.StatusCode);
        Assert.Equal(
            HttpStatusCode.NotFound,
            (await SayAsync($"/support/articles/none?workspace={desk.Workspace}", ann, ("helpful", "yes"))).Answer.StatusCode
        );
        using var other = await fixture.OpenDeskAsync();
        (await other.GetAsync($"/api/articles/{id}/feedback")).Expect(404);
        using var bridge = await desk.WithRoleAsync("integration");
        (await bridge.GetAsync($"/api/articles/{id}/feedback")).Expect(403);
        (await bridge.GetAsync("/api/knowledge/statistics")).Expect(403);
    }

    [Fact]
    public async Task Suggestions_that_end_a_request_are_counted()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var browser = new Browser(fixture.App.Address);
        var id = await ArticlesTests.PublishAsync(desk, "VPN drops every ten minutes", "Choose the stable connection in the settings.");
        await ArticlesTests.PublishAsync(desk, "Printer jams", "Open the lid.");
        Assert.Empty((await SuggestAsync(desk.Workspace, "My chair is broken"))["items"]!.AsArray());
        var suggested = Assert.Single((await SuggestAsync(desk.Workspace, "Hello, my VPN drops again and again since Monday"))["items"]!.AsArray())!;
        Assert.Equal("VPN drops every ten minutes", suggested["title"]!.GetValue<string>());
        await SuggestAsync(desk.Workspace, "Hello, my VPN drops again and again since Monday!", first: false);
        var html = await browser.ReadAsync(suggested["url"]!.GetValue<string>());
        Assert.Contains("This solved my problem", html, StringComparison.Ordinal);
        await SayAsync(suggested["url"]!.GetValue<string>(), null, ("solved", "yes"), ("from", "form"));
        await browser.ReadAsync($"/support/articles?workspace={desk.Workspace}&q=Chair%20broken");
        await browser.ReadAsync($"/support/articles?workspace={desk.Workspace}&q=chair%20%20BROKEN");
        await browser.ReadAsync($"/support/articles?workspace={desk.Workspace}&q=vpn");

        var statistics = (await desk.GetAsync("/api/knowledge/statistics")).Expect(200).Json;
        var form = statistics["suggestions"]!.AsArray().Single(one => one!["place"]!.GetValue<string>() == "form")!;
        Assert.Equal((1, 1, 1), (form["shown"]!.GetValue<int>(), form["opened"]!.GetValue<int>(), form["solved"]!.GetValue<int>()));
        Assert.Equal((3, 2), (statistics["searches"]!.GetValue<int>(), statistics["searchesWithoutHit"]!.GetValue<int>()));
        var missed = Assert.Single(statistics["missed"]!.AsArray())!;
        Assert.Equal(("chair broken", 2), (missed["query"]!.GetValue<string>(), missed["count"]!.GetValue<int>()));
        var article = statistics["articles"]!.AsArray().Single(one => one!["id"]!.GetValue<string>() == id)!;
        Assert.Equal((1, 1), (article["views"]!.GetValue<int>(), article["solved"]!.GetValue<int>()));
        Assert.Single(statistics["days"]!.AsArray());
        var report = (await desk.GetAsync("/api/reports/deflection?by=article,language&zone=Europe/Berlin")).Expect(200).Json;
        var row = Assert.Single(report["rows"]!.AsArray())!;
        Assert.Equal($$"""{"article":"{{id}}","language":"en"}""", row["key"]!.ToJsonString());
        Assert.Equal("""{"shown":1,"read":1,"solved":1,"solvedPercent":100}""", row["values"]!.ToJsonString());
        Assert.Equal("UTC", report["zone"]!.GetValue<string>());
        var csv = (await desk.GetAsync("/api/reports/deflection?by=channel&format=csv")).Expect(200).Text.TrimStart('\uFEFF').ReplaceLineEndings("\n");
        Assert.Equal("channel,shown,read,solved,solvedPercent\nform,1,1,1,100\n", csv);
        (await desk.GetAsync("/api/reports/deflection?by=group")).Expect(400);
        (await desk.GetAsync("/api/reports/volume?by=article")).Expect(400);
        using var other = await fixture.OpenDeskAsync();
        Assert.Equal(0, (await other.GetAsync("/api/reports/deflection")).Expect(200).Json["total"]!["shown"]!.GetValue<double>());
        (await desk.GetAsync("/api/knowledge/statistics?from=2026-01-01&to=2020-01-01")).Expect(400);
    }

    [Fact]
    public async Task A_request_that_an_article_answers_is_closed_by_who_sent_it()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var browser = new Browser(fixture.App.Address);
        var article = await ArticlesTests.PublishAsync(desk, "VPN drops every ten minutes", "Choose the stable connection in the settings.");
        var page = await browser.SubmitAsync(
            desk.Workspace,
            new
            {
                subject = "VPN drops",
                description = "The connection drops every few minutes",
                email = "rita@example.com",
                name = "Rita",
            }
        );
        var html = "";
        await Until.TrueAsync(
            async () => (html = await browser.ReadAsync(page)).Contains("Perhaps this answers it", StringComparison.Ordinal),
            "the article is suggested"
        );
        Assert.Contains("from=receipt", html, StringComparison.Ordinal);
        // Pressed twice at once, and again later.
        foreach (var answer in await Task.WhenAll(browser.PostAsync(page, new { solved = "yes" }), browser.PostAsync(page, new { solved = "yes" })))
            using (answer)
                Assert.Equal(HttpStatusCode.Found, answer.StatusCode);
        using (var again = await browser.PostAsync(page, new { solved = "yes" }))
            Assert.Equal(HttpStatusCode.Found, again.StatusCode);
        await Until.TrueAsync(async () => (await desk.NumbersAsync("status=resolved")).Count == 1, "the ticket is resolved");
        var statistics = (await desk.GetAsync("/api/knowledge/statistics")).Expect(200).Json;
        var receipt = statistics["suggestions"]!.AsArray().Single(one => one!["place"]!.GetValue<string>() == "receipt")!;
        Assert.Equal(1, receipt["solved"]!.GetValue<int>());
        Assert.DoesNotContain("Perhaps this answers it", await browser.ReadAsync(page), StringComparison.Ordinal);
        var report = (await desk.GetAsync("/api/reports/deflection?by=channel,article")).Expect(200).Json;
        var row = Assert.Single(report["rows"]!.AsArray())!;
        Assert.Equal(("receipt", article), (row["key"]!["channel"]!.GetValue<string>(), row["key"]!["article"]!.GetValue<string>()));
        Assert.Equal(1, row["values"]!["solved"]!.GetValue<double>());

        // Solved and not solved in one moment: whatever comes first, nothing is lost and nothing counts twice.
        foreach (var answer in await Task.WhenAll(browser.PostAsync(page, new { reply = "It drops again" }), browser.PostAsync(page, new { solved = "yes" })))
            using (answer)
                Assert.Equal(HttpStatusCode.Found, answer.StatusCode);
        Assert.Contains("It drops again", await browser.ReadAsync(page), StringComparison.Ordinal);
        await Until.TrueAsync(async () => (await desk.NumbersAsync("status=open,resolved")).Count == 1, "the ticket is open or resolved");
        Assert.Equal(1, (await desk.GetAsync("/api/reports/deflection")).Expect(200).Json["total"]!["solved"]!.GetValue<double>());
    }

    [Fact]
    public async Task The_bot_offers_articles_before_it_opens_a_ticket_and_hears_that_one_has_helped()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var other = await fixture.OpenDeskAsync();
        var article = await ArticlesTests.PublishAsync(desk, "VPN drops every ten minutes", "Choose the stable connection in the settings.");
        await ArticlesTests.PublishAsync(other, "VPN drops at night", "Switch it on again.");
        using var chat = await WebChat.WebChat.BeginAsync(desk, fixture.App.Address, new { email = "rita@example.com", name = "Rita" });

        var offered = (await chat.SaysAsync("My VPN drops again and again since Monday"))[^1];
        Assert.Contains("VPN drops every ten minutes", offered, StringComparison.Ordinal);
        Assert.Contains("/support/articles/vpn-drops-every-ten-minutes", offered, StringComparison.Ordinal);
        Assert.DoesNotContain("at night", offered, StringComparison.Ordinal);
        // Its message comes twice.
        for (var i = 0; i < 2; i++)
            (await chat.PostAsync("That helped", "the-same", new { @do = "helped" })).Expect(200);
        Assert.Contains("no ticket", (await chat.TextsAsync())[^1], StringComparison.Ordinal);
        Assert.Empty(await desk.NumbersAsync("status=new,open,resolved,closed"));
        var row = Assert.Single((await desk.GetAsync("/api/reports/deflection?by=channel,article")).Expect(200).Json["rows"]!.AsArray())!;
        Assert.Equal(("chat", article), ($"{row["key"]!["channel"]}", $"{row["key"]!["article"]}"));
        Assert.Equal("""{"shown":1,"read":0,"solved":1,"solvedPercent":100}""", row["values"]!.ToJsonString());

        // Who says that it did not gets their ticket.
        await chat.SaysAsync("My VPN drops in the train as well");
        Assert.Contains("This is ticket #", (await chat.SaysAsync("", new { @do = "open" }))[^1], StringComparison.Ordinal);
        await Until.TrueAsync(async () => (await desk.NumbersAsync("status=new")).Count == 1, "there is a ticket");
        var total = (await desk.GetAsync("/api/reports/deflection")).Expect(200).Json["total"]!;
        Assert.Equal((2, 1), (total["shown"]!.GetValue<double>(), total["solved"]!.GetValue<double>()));
    }

    [Fact]
    public async Task A_solution_becomes_the_draft_of_an_article()
    {
        using var desk = await fixture.OpenDeskAsync();
        var opened = await desk.PostAsync(
            "/api/tickets",
            new
            {
                subject = "Rita Weiss cannot print",
                description = "I am Rita Weiss (rita@example.com).\n# It is *on fire*\n<script>alert(1)</script>",
                requester = new { email = "rita@example.com", name = "Rita Weiss" },
                tags = new[] { "printer" },
            }
        );
        var ticket = opened.Expect(201).Json["id"]!.GetValue<string>();
        (await desk.PostAsync($"/api/tickets/{ticket}/comments", new { body = "Secret of the desk", visibility = "internal" })).Expect(201);
        Assert.Equal("ticket-not-resolved", (await desk.PostAsync($"/api/tickets/{ticket}/article")).Expect(409).Code);
        (await desk.PostAsync($"/api/tickets/{ticket}/resolve", new { resolution = "Extinguished for Rita." })).Expect(200);
        var made = (await desk.PostAsync($"/api/tickets/{ticket}/article")).Expect(201).Json;
        var id = made["article"]!["id"]!.GetValue<string>();
        Assert.Equal("draft", made["article"]!["state"]!.GetValue<string>());
        Assert.Equal(ticket, made["article"]!["ticket"]!.GetValue<string>());
        var body = made["body"]!.GetValue<string>();
        Assert.StartsWith("## Problem", body, StringComparison.Ordinal);
        Assert.Contains("Extinguished for", body, StringComparison.Ordinal);
        Assert.DoesNotContain("Secret", made.ToJsonString(), StringComparison.Ordinal);
        Assert.DoesNotContain("Rita", made.ToJsonString(), StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("Weiss", made.ToJsonString(), StringComparison.OrdinalIgnoreCase);
        Assert.Contains("# It is *on fire*", WebUtility.HtmlDecode(made["html"]!.GetValue<string>()), StringComparison.Ordinal);
        Assert.DoesNotContain("<script>", made["html"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(id, (await desk.PostAsync($"/api/tickets/{ticket}/article")).Expect(201).Json["article"]!["id"]!.GetValue<string>());
        Assert.Equal([ticket], (await desk.GetAsync($"/api/articles/{id}/tickets")).Json["items"]!.AsArray().Select(one => one!.GetValue<string>()));

        var second = await desk.ResolvedTicketAsync();
        (await desk.PostAsync($"/api/articles/{id}/tickets", new { ticket = second.Json["number"]!.ToString() })).Expect(204);
        Assert.Equal(2, (await desk.GetAsync($"/api/articles/{id}/tickets")).Json["items"]!.AsArray().Count);
        (await desk.DeleteAsync($"/api/articles/{id}/tickets/{second.Json["id"]}")).Expect(204);
        (await desk.DeleteAsync($"/api/articles/{id}/tickets/{second.Json["id"]}")).Expect(404);
        (await desk.PostAsync($"/api/articles/{id}/tickets", new { ticket = "999999" })).Expect(400);
        using var other = await fixture.OpenDeskAsync();
        (await other.PostAsync($"/api/tickets/{ticket}/article")).Expect(404);
    }

    [Fact]
    public async Task Articles_are_found_with_everything_else()
    {
        using var desk = await fixture.OpenDeskAsync();
        await ArticlesTests.PublishAsync(desk, "Router for all", "Restart it.");
        await ArticlesTests.PublishAsync(desk, "Router for agents", "Restart it.", new { visibility = "agents" });
        var found = (await desk.GetAsync("/api/search?q=router")).Expect(200).Json["items"]!.AsArray();
        Assert.Equal(2, found.Count(one => one!["type"]!.GetValue<string>() == "articles"));
        var without = (await desk.GetAsync("/api/search?q=router%20-agents&type=articles")).Expect(200).Json["items"]!.AsArray();
        Assert.Equal("Router for all", Assert.Single(without)!["article"]!["title"]!.GetValue<string>());
        using var bridge = await desk.WithRoleAsync("integration");
        Assert.Single((await bridge.GetAsync("/api/search?q=router&type=articles")).Expect(200).Json["items"]!.AsArray());
    }

    [Fact]
    public async Task Pictures_of_an_article_are_shown_and_go_with_it()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var browser = new Browser(fixture.App.Address);
        using var form = new MultipartFormDataContent
        {
            {
                new ByteArrayContent(
                    Convert.FromBase64String("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
                ),
                "files",
                "<img src=x onerror=alert(1)>.png"
            },
        };
        var kept = (await desk.SendAsync(HttpMethod.Post, "/api/attachments", form)).Expect(201).Json["items"]!.AsArray();
        var ids = kept.Select(file => file!["id"]!.GetValue<string>()).ToList();
        var id = await ArticlesTests.PublishAsync(
            desk,
            "With pictures",
            $"![One](attachment:{ids[0]})\n\n![Two](attachment:evil.svg)",
            new { attachments = ids }
        );
        var html = await browser.ReadAsync($"/support/articles/with-pictures?workspace={desk.Workspace}");
        var page = new AngleSharp.Html.Parser.HtmlParser().ParseDocument(html);
        var picture = Assert.Single(page.QuerySelectorAll("img"));
        using (var bytes = await browser.GoAsync(picture.GetAttribute("src")!))
            Assert.Equal("image/png", bytes.Content.Headers.ContentType!.MediaType);
        // The other workspace's files cannot be named.
        using var other = await fixture.OpenDeskAsync();
        (
            await other.PostAsync(
                "/api/articles",
                new
                {
                    title = "x",
                    body = "x",
                    language = "en",
                    attachments = ids,
                }
            )
        ).Expect(400);
        (await desk.PostAsync($"/api/articles/{id}/archive")).Expect(200);
        (await desk.DeleteAsync($"/api/articles/{id}")).Expect(204);
        (await desk.GetAsync($"/api/attachments/{ids[0]}")).Expect(404);
    }
}
