namespace Helpdesk.Functions.Tests.WebChat;

public sealed class ChatPageTests(DeskFixture fixture)
{
    private readonly RunningApp _app = fixture.App;

    [Fact]
    public async Task The_page_is_whole_compressed_and_kept_and_speaks_the_browsers_language()
    {
        using var browser = new Desk("main", "", _app.Address);
        foreach (
            var (accept, language, text) in new[]
            {
                ("de-AT,de;q=0.9", "de", "Hilfe"),
                ("hr", "hr", "Pomoć"),
                ("el-GR,en", "el", "Βοήθεια"),
                ("fr,ja", "en", "Help"),
                ("", "en", "Help"),
            }
        )
        {
            var page = (await browser.GetAsync("/chat", ("Accept-Language", accept))).Expect(200);
            Assert.Contains($"<html lang=\"{language}\">", page.Text, StringComparison.Ordinal);
            Assert.Contains($"<title>{System.Net.WebUtility.HtmlEncode(text)}</title>", page.Text, StringComparison.Ordinal);
            Assert.DoesNotContain("//cdn", page.Text, StringComparison.Ordinal);
        }

        var html = (await browser.GetAsync("/chat")).Text;
        var script = System.Text.RegularExpressions.Regex.Match(html, "/chat/assets/[0-9a-f]+/webchat.js").Value;
        foreach (var encoding in new[] { "br", "gzip" })
        {
            using var http = new HttpClient();
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_app.Address, script));
            request.Headers.TryAddWithoutValidation("Accept-Encoding", encoding);
            using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.Equal(encoding, answer.Content.Headers.ContentEncoding.Single());
            Assert.InRange(answer.Content.Headers.ContentLength!.Value, 100_000, 500_000);
            Assert.Contains("immutable", answer.Headers.CacheControl!.ToString(), StringComparison.Ordinal);
        }

        (await browser.GetAsync(script.Replace("/assets/", "/assets/0", StringComparison.Ordinal))).Expect(404);
        (await browser.GetAsync("/chat/embed.js")).Expect(200);
        (await browser.GetAsync("/chat/assets/x/..%2fhost.json")).Expect(404);
        (await browser.GetAsync("/chat?key=nonsense")).Expect(404);
    }

    [Fact]
    public async Task A_site_learns_whether_it_may_show_the_chat_before_its_browser_refuses_to()
    {
        using var desk = await fixture.OpenDeskAsync();
        var key = (await desk.GetAsync("/api/chat")).Expect(200).Json["key"]!.GetValue<string>();
        async Task<(bool Enabled, bool Allowed)> AskAsync(string origin, string chat)
        {
            var answer = (await desk.GetAsync($"/chat/embed?key={chat}", ("Origin", origin))).Expect(200);
            Assert.Equal("*", answer.Headers.GetValues("Access-Control-Allow-Origin").Single());
            return (answer.Json["enabled"]!.GetValue<bool>(), answer.Json["allowed"]!.GetValue<bool>());
        }

        Assert.Equal((true, false), await AskAsync("https://intranet.example", key));
        (await desk.PatchAsync("/api/chat", new { allowedOrigins = new[] { "https://intranet.example" } })).Expect(200);
        Assert.Equal((true, true), await AskAsync("https://intranet.example", key));
        Assert.Equal((true, false), await AskAsync("https://intranet.example.evil.example", key));
        Assert.Equal((true, true), await AskAsync(_app.Address.GetLeftPart(UriPartial.Authority), key));
        Assert.False((await AskAsync("https://intranet.example", "hc_main_00000000000000000000")).Enabled);
        (await desk.PatchAsync("/api/chat", new { enabled = false })).Expect(200);
        Assert.False((await AskAsync("https://intranet.example", key)).Enabled);
    }
}
