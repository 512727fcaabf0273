using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Helpdesk.Testing;
using Microsoft.Playwright;

namespace Helpdesk.EndToEnd;

/// <summary>Words that would do something if a page took them for more than words, put wherever somebody can write.</summary>
internal static class HostileWords
{
    /// <summary>What a page that is taken in knows.</summary>
    public const string Words = "<img src=x onerror=\"window.taken=1\">";

    private const string Svg =
        "<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"window.taken=1\"><script>parent.taken=1</script>"
        + "<image href=\"http://picture.example/svg.png\"/></svg>";

    private const string Markdown =
        $"# {Words}\n\n<script>window.taken=1</script>\n\n[press](javascript:window.taken=1) ![look](http://picture.example/article.png)\n\n"
        + "<svg onload=\"window.taken=1\"></svg>\n\n```\n</code><img src=x onerror=\"window.taken=1\">\n```\n";

    /// <summary>What nothing that was written may have become.</summary>
    private const string Taken =
        "'taken' in window || document.querySelectorAll('[onerror], [onload], [onclick], img[src=\"x\"], a[href^=\"javascript:\" i], svg script').length > 0";

    /// <summary>A ticket with hostile words in every place, and settings with hostile names.</summary>
    /// <returns>Numbers of the tickets: one with everything, one that came as a mail.</returns>
    public static async Task<(string Ticket, string Mail)> SowAsync(WebDesk desk, string group, string mark)
    {
        var api = desk.Api;
        var form = await api.PostAsync(
            "/api/forms",
            new
            {
                id = $"form-{mark}",
                name = $"Form {Words}",
                description = Words,
                details = "optional",
                fields = new object[]
                {
                    new
                    {
                        name = "why",
                        type = "text",
                        label = $"Why {Words}?",
                        help = Words,
                    },
                    new
                    {
                        name = "which",
                        type = "choice",
                        label = "Which?",
                        options = new[] { new { value = "one", label = Words } },
                    },
                },
            }
        );
        var ticket = (
            await api.PostAsync(
                "/api/tickets",
                new
                {
                    subject = $"{Words} javascript:alert(1) a-word-that-is-much-too-long-for-any-screen-that-people-carry",
                    description = $"{Words}\n{Markdown}",
                    group,
                    requester = new { email = $"{mark}@hostile.example", name = Words },
                    form = form["id"]!.GetValue<string>(),
                    answers = new { why = Words, which = "one" },
                    customFields = new { building = Words },
                }
            )
        )["number"]!.ToString();
        // One that is alike, so that it is shown beside it.
        await api.PostAsync(
            "/api/tickets",
            new
            {
                subject = $"{Words} javascript:alert(1) a-word-that-is-much-too-long-for-any-screen-that-people-carry again",
                description = Words,
                requester = new { email = $"{mark}@hostile.example", name = Words },
            }
        );
        await CommentAsync(desk, ticket);
        await api.PostAsync($"/api/tickets/{ticket}/comments", new { body = Words, visibility = "internal" });
        await api.PostAsync($"/api/tickets/{ticket}/tasks", new { title = Words });
        await api.PostAsync($"/api/tickets/{ticket}/time", new { minutes = 5, note = Words });
        await api.PostAsync($"/api/tickets/{ticket}/follow-up", new { at = TimeProvider.System.GetUtcNow().AddDays(2), note = Words });
        object[] says = [new { @do = "comment", text = $"Hello {{{{ requester.name }}}} {Words}" }];
        await api.PostAsync("/api/macros", new { name = $"Macro {mark} {Words}", actions = says });
        await api.PostAsync(
            "/api/automations",
            new
            {
                name = $"Automation {mark} {Words}",
                active = false,
                on = new[] { "ticket-opened" },
                actions = new object[] { new { @do = "note", text = Words } },
            }
        );
        await api.PostAsync(
            "/api/views",
            new
            {
                name = $"View {mark} {Words}",
                columns = new[] { "number" },
                condition = new
                {
                    field = "subject",
                    op = "contains",
                    value = Words,
                },
            }
        );
        await api.PostAsync("/api/organisations", new { name = $"{Words} {mark}", domains = new[] { $"{mark}.hostile.example" } });
        var article = await api.PostAsync(
            "/api/articles",
            new
            {
                title = $"{mark} {Words}",
                language = "en",
                summary = Words,
                body = Markdown,
            }
        );
        await api.PostAsync($"/api/articles/{article["article"]!["id"]}/publish", new { });
        return (ticket, await MailAsync(desk, mark));
    }

    /// <summary>The page has shown what was written as words, and asked nobody for pictures.</summary>
    public static async Task AreWordsAsync(IPage page, string where)
    {
        foreach (var frame in page.Frames)
        {
            // A frame without scripts cannot be asked, and cannot be taken either.
            if (frame == page.MainFrame)
                Assert.False(await frame.EvaluateAsync<bool>(Taken), $"{where} took what somebody wrote for more than words.");
        }
    }

    private static async Task CommentAsync(WebDesk desk, string ticket)
    {
        using var upload = new MultipartFormDataContent { { new StringContent($"{Words}\n\nhttps://example.com/{new string('x', 90)}"), "body" } };
        foreach (
            var (name, type, bytes) in new[]
            {
                ($"{Words.Replace("\"", "'", StringComparison.Ordinal)}.png", "image/png", Svg),
                ("page.txt", "text/plain", Words),
            }
        )
        {
            var file = new ByteArrayContent(Encoding.UTF8.GetBytes(bytes));
            file.Headers.ContentType = new MediaTypeHeaderValue(type);
            upload.Add(file, "files", name);
        }

        using var http = new HttpClient { BaseAddress = desk.Address };
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/tickets/{ticket}/comments") { Content = upload };
        request.Headers.Authorization = new("Bearer", WebDesk.Key);
        await upload.LoadIntoBufferAsync();
        using var response = await http.SendAsync(request);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
    }

    private static async Task<string> MailAsync(WebDesk desk, string mark)
    {
        var mailbox = await desk.Api.PostAsync("/api/mailboxes", new { address = $"{mark}@desk.example" });
        var mail = string.Join(
            "\r\n",
            $"From: =?utf-8?B?{Convert.ToBase64String(Encoding.UTF8.GetBytes(Words))}?= <{mark}@hostile.example>",
            $"To: {mark}@desk.example",
            $"Subject: =?utf-8?B?{Convert.ToBase64String(Encoding.UTF8.GetBytes($"{mark} {Words}"))}?=",
            $"Message-ID: <{mark}@hostile.example>",
            "MIME-Version: 1.0",
            "Content-Type: text/html; charset=utf-8",
            "",
            $"<html><head><style>* {{ display: none }}</style><script>parent.taken=1</script></head><body onload=\"parent.taken=1\">{Words}"
                + "<img src=\"http://picture.example/mail.png\"><a href=\"javascript:parent.taken=1\">press</a>"
                + "<iframe src=\"http://picture.example/frame\"></iframe>"
                + "<form action=\"http://picture.example/\"><input name=password></form>Help</body></html>",
            ""
        );
        using var http = new HttpClient();
        using var body = new StringContent(mail);
        body.Headers.ContentType = new("message/rfc822");
        var place = new Uri(desk.Address, new Uri(mailbox["intakeUrl"]!.GetValue<string>()).PathAndQuery);
        using var response = await http.PostAsync(place, body);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        JsonNode? found = null;
        await Until.TrueAsync(
            async () =>
                (
                    found = (await desk.Api.AllAsync($"/api/tickets?requester={mark}@hostile.example")).FirstOrDefault(one =>
                        one["channel"]!.ToString() == "email"
                    )
                )
                    is not null,
            "the mail is a ticket"
        );
        return found!["number"]!.ToString();
    }
}
