using System.Net;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using Helpdesk.Testing;

namespace Helpdesk.Functions.Tests.Intake;

/// <summary>Somebody with a browser and without scripts: what they send, and what they are shown.</summary>
internal sealed partial class Browser(Uri address, string language = "en") : IDisposable
{
    private readonly HttpClient _http = new(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = address };

    public async Task<HttpResponseMessage> GoAsync(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        return await SendAsync(request);
    }

    public async Task<string> ReadAsync(string path, int status = 200)
    {
        using var answer = await GoAsync(path);
        var html = await answer.Content.ReadAsStringAsync();
        Assert.True((int)answer.StatusCode == status, $"{path} answered {(int)answer.StatusCode}: {html}");
        Assert.Equal("text/html", answer.Content.Headers.ContentType!.MediaType);
        return html;
    }

    public async Task<HttpResponseMessage> PostAsync(string path, object fields, params (string Name, byte[] Bytes)[] files)
    {
        var form = new MultipartFormDataContent();
        foreach (var property in fields.GetType().GetProperties())
            form.Add(new StringContent((string)property.GetValue(fields)!), property.Name);
        foreach (var (name, bytes) in files)
            form.Add(new ByteArrayContent(bytes) { Headers = { ContentType = new MediaTypeHeaderValue("application/octet-stream") } }, "files", name);
        if (files.Length == 0)
            form.Add(
                new ByteArrayContent([]) { Headers = { ContentDisposition = ContentDispositionHeaderValue.Parse("form-data; name=\"files\"; filename=\"\"") } }
            );
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = form };
        return await SendAsync(request);
    }

    /// <summary>Sends a form that is taken, and gives the address of its page.</summary>
    public async Task<string> SubmitAsync(string workspace, object fields, params (string Name, byte[] Bytes)[] files)
    {
        using var answer = await PostAsync($"/support?workspace={workspace}", fields, files);
        Assert.True(answer.StatusCode == HttpStatusCode.Found, await answer.Content.ReadAsStringAsync());
        return answer.Headers.Location!.ToString();
    }

    /// <summary>What is wrong with a field, as it stands beside it.</summary>
    public static string? WrongOf(string html, string field) =>
        Regex.Match(html, $"<p class=\"wrong\" id=\"{field}-wrong\"[^>]*>([^<]*)</p>") is { Success: true, Groups: var found } && found[1].Length > 0
            ? WebUtility.HtmlDecode(found[1].Value)
            : null;

    public void Dispose() => _http.Dispose();

    private Task<HttpResponseMessage> SendAsync(HttpRequestMessage request)
    {
        request.Headers.TryAddWithoutValidation("Accept", "text/html,application/xhtml+xml,*/*;q=0.8");
        request.Headers.TryAddWithoutValidation("Accept-Language", language);
        return _http.SendAsync(request);
    }
}

public sealed class SupportFormTests(DeskFixture fixture)
{
    private static object Form(string subject = "Printer", string description = "It is on fire", string email = "rita@example.com", string once = "") =>
        new
        {
            subject,
            description,
            email,
            name = "Rita",
            website = "",
            once,
        };

    [Theory]
    [InlineData("/", "en", "How can we help?")]
    [InlineData("/support", "de-AT,de;q=0.9", "Wie können wir helfen?")]
    [InlineData("/support?lang=hr", "de", "Kako možemo pomoći?")]
    [InlineData("/support", "en;q=0.2,el;q=0.8", "Πώς μπορούμε να βοηθήσουμε;")]
    [InlineData("/support?lang=xx", "fr", "How can we help?")]
    [InlineData("/?lang=el", "en", "Πώς μπορούμε να βοηθήσουμε;")]
    public async Task Pages_are_in_the_readers_language_and_run_nothing_that_is_not_theirs(string path, string language, string text)
    {
        using var browser = new Browser(fixture.App.Address, language);
        using var answer = await browser.GoAsync(path);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains(text, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
        Assert.StartsWith("default-src 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'self'", policy, StringComparison.Ordinal);
        Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Equal("same-origin", answer.Headers.GetValues("Referrer-Policy").Single());
    }

    [Theory]
    [InlineData("/support/receipts/main/20260101-0-00000000aaaaaaaaaaaaaaaa", "de", "Unter dieser Adresse gibt es nichts")]
    [InlineData("/support/receipts/main/20260101-0-00000000aaaaaaaaaaaaaaaa.zzz", "hr", "Na ovoj adresi nema ničega")]
    [InlineData("/support/receipts/no%20workspace/x", "en", "There is nothing at this address")]
    [InlineData("/support?workspace=nobody", "el", "Δεν υπάρχει τίποτα σε αυτή τη διεύθυνση")]
    [InlineData("/chat?key=nonsense", "de", "Unter dieser Adresse gibt es nichts")]
    public async Task What_is_not_there_is_a_page_in_the_readers_language_and_a_problem_for_programs(string path, string language, string text)
    {
        using var browser = new Browser(fixture.App.Address, language);
        Assert.Contains(text, await browser.ReadAsync(path, 404), StringComparison.Ordinal);
        using var program = new Desk("main", "", fixture.App.Address);
        Assert.Equal("not-found", (await program.GetAsync(path)).Expect(404).Code);
    }

    [Theory]
    [InlineData("   ", "It is on fire", "rita@example.com", "subject", "Please fill in this field.")]
    [InlineData("Printer", " \r\n\t ", "rita@example.com", "description", "Please fill in this field.")]
    [InlineData("Printer", "It is on fire", "rita@", "email", "This is not an e-mail address. Please write it like name@example.com.")]
    [InlineData("Printer", "It is on fire", "rita.example.com", "email", "This is not an e-mail address. Please write it like name@example.com.")]
    [InlineData("Printer", "It is on fire", "a@b@c.d", "email", "This is not an e-mail address. Please write it like name@example.com.")]
    [InlineData("Printer", "It is on fire", "", "email", "Please fill in this field.")]
    [InlineData("a\u0001b", "It is on fire", "rita@example.com", "subject", "This contains characters that cannot be used.")]
    public async Task What_is_wrong_stands_beside_the_field_and_what_was_written_is_kept(
        string subject,
        string description,
        string email,
        string field,
        string problem
    )
    {
        using var desk = await fixture.OpenDeskAsync();
        using var browser = new Browser(fixture.App.Address);
        using var answer = await browser.PostAsync($"/support?workspace={desk.Workspace}", Form(subject, description, email), ("a.txt", [1]));
        var html = await answer.Content.ReadAsStringAsync();
        Assert.Equal((HttpStatusCode.BadRequest, "text/html"), (answer.StatusCode, answer.Content.Headers.ContentType!.MediaType));
        Assert.Equal(problem, Browser.WrongOf(html, field));
        Assert.Matches($"id=\"{field}\"[^>]* aria-invalid=\"true\"", html);
        Assert.Equal("Please choose your files again.", Browser.WrongOf(html, "files"));
        foreach (var kept in new[] { subject, description, email }.Where(text => text.Trim().Length > 0 && !text.Any(char.IsControl)))
            Assert.Contains(kept, html, StringComparison.Ordinal);
        Assert.Contains("name=\"name\" value=\"Rita\"", html, StringComparison.Ordinal);
        Assert.Empty((await desk.GetAsync("/api/receipts")).Json["items"]!.AsArray());
    }

    [Fact]
    public async Task Texts_that_are_too_long_are_counted_in_the_readers_words()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var browser = new Browser(fixture.App.Address, "de");
        using var answer = await browser.PostAsync($"/support?workspace={desk.Workspace}", Form(new string('语', 251), new string('x', 65_537)));
        var html = await answer.Content.ReadAsStringAsync();
        Assert.Equal("Das sind 251 Zeichen; möglich sind höchstens 250.", Browser.WrongOf(html, "subject"));
        Assert.Equal("Das sind 65537 Zeichen; möglich sind höchstens 65536.", Browser.WrongOf(html, "description"));
        using var huge = await browser.PostAsync($"/support?workspace={desk.Workspace}", Form(description: new string('x', 1_100_000)));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, huge.StatusCode);
        Assert.Contains("zu viel für ein Formular", await huge.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Words_are_shown_as_they_are_and_never_as_markup()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var browser = new Browser(fixture.App.Address);
        const string nasty = "\"><script>alert(1)</script>{{ style | raw }}{% raw %}";
        using var answer = await browser.PostAsync($"/support?workspace={desk.Workspace}", Form(nasty, nasty, "rita@"));
        var html = await answer.Content.ReadAsStringAsync();
        Assert.DoesNotContain("<script>alert", html, StringComparison.Ordinal);
        Assert.Contains(WebUtility.HtmlEncode(nasty), html, StringComparison.Ordinal);
        var page = await browser.SubmitAsync(desk.Workspace, Form(nasty[..50], nasty));
        Assert.DoesNotContain("<script>alert", await PageOfTicketAsync(browser, page), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_come_with_the_receipt_and_stand_on_the_ticket()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var browser = new Browser(fixture.App.Address);
        var page = await browser.SubmitAsync(desk.Workspace, Form(), ("fire.png", Attachments.Files.Png), ("mail.msg", [4]));
        var html = await PageOfTicketAsync(browser, page);
        var ticket = (await desk.GetAsync("/api/tickets/1")).Expect(200).Json;
        Assert.Equal(["fire.png 70", "mail.msg 1"], ticket["attachments"]!.AsArray().Select(file => $"{file!["name"]} {file["size"]}"));
        Assert.Contains("alt=\"fire.png\"", html, StringComparison.Ordinal);
        var url = Regex.Match(html, "href=\"(/files/[^\"]+)\">mail.msg").Groups[1].Value;
        using var file = await browser.GoAsync(url);
        Assert.Equal([4], await file.Content.ReadAsByteArrayAsync());
        Assert.Equal("attachment", file.Content.Headers.ContentDisposition!.DispositionType);
    }

    [Fact]
    public async Task Files_that_are_not_taken_are_named_with_the_reason()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var browser = new Browser(fixture.App.Address);
        async Task<string?> SendAsync(params (string, byte[])[] files)
        {
            using var answer = await browser.PostAsync($"/support?workspace={desk.Workspace}", Form(), files);
            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
            return Browser.WrongOf(await answer.Content.ReadAsStringAsync(), "files");
        }

        Assert.Equal("setup.exe is a program or a script and cannot be sent.", await SendAsync(("setup.exe", [1]), ("a.txt", [1])));
        Assert.Equal("clip.mov is too large: a file may have at most 25 MB.", await SendAsync(("clip.mov", new byte[25 * 1024 * 1024 + 1])));
        Assert.Equal(
            "At most 10 files can be sent at once; 10.txt is left out.",
            await SendAsync([.. Enumerable.Range(0, 11).Select(i => ($"{i}.txt", new byte[] { 1 }))])
        );
        Assert.Empty((await desk.GetAsync("/api/receipts")).Json["items"]!.AsArray());
    }

    [Fact]
    public async Task Pressed_twice_is_one_request_and_other_words_are_another()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var browser = new Browser(fixture.App.Address);
        var pages = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => browser.SubmitAsync(desk.Workspace, Form(once: "same"), ("a.txt", [1]))));
        Assert.Single(pages.Distinct());
        Assert.NotEqual(pages[0], await browser.SubmitAsync(desk.Workspace, Form(description: "It is out now", once: "same"), ("a.txt", [1])));
        Assert.NotEqual(pages[0], await browser.SubmitAsync(desk.Workspace, Form(once: "same"), ("a.txt", [2])));
        Assert.Equal(3, (await desk.GetAsync("/api/receipts")).Json["items"]!.AsArray().Count);
    }

    [Fact]
    public async Task Who_sends_too_much_is_told_on_the_form_with_everything_still_in_it()
    {
        await using var app = await RunningApp.StartAsync(fixture.Storage, null, "--Intake:PerMinute=1");
        using var desk = await fixture.OpenDeskAsync(app);
        using var browser = new Browser(app.Address);
        var page = await browser.SubmitAsync(desk.Workspace, Form());
        using var answer = await browser.PostAsync($"/support?workspace={desk.Workspace}", Form(description: "Second words"));
        Assert.Equal(HttpStatusCode.TooManyRequests, answer.StatusCode);
        Assert.NotNull(answer.Headers.RetryAfter);
        var html = await answer.Content.ReadAsStringAsync();
        Assert.Contains("Second words", html, StringComparison.Ordinal);
        Assert.Contains("too much came from your network", html, StringComparison.Ordinal);

        await PageOfTicketAsync(browser, page);
        using var reply = await browser.PostAsync(page.Split('?')[0], new { reply = "Third words" });
        Assert.Equal(HttpStatusCode.TooManyRequests, reply.StatusCode);
        Assert.Contains("Third words", await reply.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Empty((await desk.GetAsync("/api/tickets/1/comments")).Json["items"]!.AsArray());
    }

    [Fact]
    public async Task A_program_sends_files_too_and_is_answered_in_json()
    {
        using var desk = await fixture.OpenDeskAsync();
        MultipartFormDataContent Form(string name) =>
            new()
            {
                { new StringContent("Printer"), "subject" },
                { new StringContent("It is on fire"), "description" },
                { new StringContent("rita@example.com"), "email" },
                { new StringContent("3"), "field.floor" },
                { new ByteArrayContent([1]), "files", name },
            };
        var answer = (await desk.SendAsync(HttpMethod.Post, $"/api/intake/web?workspace={desk.Workspace}", Form("a.heic"))).Expect(202);
        await desk.ListShowsAsync("status=new", 1);
        var ticket = (await desk.GetAsync("/api/tickets/1")).Json;
        Assert.Equal(("a.heic", "3"), (ticket["attachments"]![0]!["name"]!.GetValue<string>(), ticket["customFields"]!["floor"]!.GetValue<string>()));
        Assert.StartsWith(
            $"/support/receipts/{desk.Workspace}/{answer.Json["receipt"]}.",
            answer.Json["ticketUrl"]!.GetValue<string>(),
            StringComparison.Ordinal
        );
        var refused = (await desk.SendAsync(HttpMethod.Post, $"/api/intake/web?workspace={desk.Workspace}", Form("a.exe"))).Expect(400);
        Assert.Contains("a.exe", refused.Json["errors"]!["files"]![0]!.GetValue<string>(), StringComparison.Ordinal);
        var broken = new StringContent("--x\r\nnonsense") { Headers = { ContentType = MediaTypeHeaderValue.Parse("multipart/form-data; boundary=x") } };
        Assert.Equal("malformed-multipart", (await desk.SendAsync(HttpMethod.Post, "/api/intake/web", broken)).Expect(400).Code);
    }

    /// <summary>The page of a request once it is a ticket.</summary>
    internal static async Task<string> PageOfTicketAsync(Browser browser, string page)
    {
        var html = "";
        await Until.TrueAsync(
            async () => !(html = await browser.ReadAsync(page)).Contains("data-refresh", StringComparison.Ordinal),
            "the request is a ticket"
        );
        return html;
    }

    [Fact]
    public async Task What_the_page_does_not_show_is_named_and_blamed_on_no_field()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var browser = new Browser(fixture.App.Address);
        var fields = new
        {
            subject = "Printer",
            description = "It is on fire",
            email = "rita@example.com",
            evil = "x",
        };
        using var answer = await browser.PostAsync($"/support?workspace={desk.Workspace}", fields);
        var html = await answer.Content.ReadAsStringAsync();
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("(evil)", html, StringComparison.Ordinal);
        Assert.Null(Browser.WrongOf(html, "subject"));
    }
}
