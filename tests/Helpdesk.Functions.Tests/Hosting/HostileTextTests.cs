using System.Net.Http.Headers;
using System.Text;
using Helpdesk.LocalHost.Http;

namespace Helpdesk.Functions.Tests.Hosting;

/// <summary>Whatever text comes, wherever it comes: it is taken or refused, and never the app's own fault.</summary>
public sealed class HostileTextTests(DeskFixture fixture)
{
    /// <summary>As JSON escapes them, since not all of them can be written otherwise.</summary>
    private static readonly string[] Texts =
    [
        "\\u0000",
        "a\\u0001b",
        "\\u0085",
        "\\u009f",
        "\\ufffe",
        "\\ud800",
        "\\udc00\\ud800",
        "\\ufdd0",
        "\\u202eexe.gnp",
        "\\u200b",
        "/\\\\#?%",
        "'; drop",
        "..",
        "\\ud83d\\ude00",
    ];

    /// <summary>What a URL can carry: bytes, percent-encoded.</summary>
    private static readonly string[] Escaped =
    [
        "%01",
        "%7F",
        "%C2%85",
        "%EF%BF%BE",
        "%ED%A0%80",
        "%FF",
        "%E2%80%AE",
        "%23",
        "%3F",
        "%5C",
        "%25",
        "%27%20or%201%20eq%201",
        "a%0Ab",
        "%F0%9F%98%80",
        "..%5C..",
    ];

    /// <summary>Everything that takes text in a JSON body, the place of the text marked.</summary>
    private static readonly string[] Bodies =
    [
        """POST /api/tickets {"subject":"§","description":"d","requester":{"email":"a@example.com"}}""",
        """POST /api/tickets {"subject":"s","description":"§","requester":{"email":"a@example.com"}}""",
        """POST /api/tickets {"subject":"s","description":"d","requester":{"email":"§@example.com"}}""",
        """POST /api/tickets {"subject":"s","description":"d","requester":{"email":"a@example.com","name":"§"}}""",
        """POST /api/tickets {"subject":"s","description":"d","requester":{"email":"a@example.com","§":"x"}}""",
        """POST /api/tickets {"subject":"s","description":"d","requester":"""
            + """{"email":"a@example.com"},"type":"§","tags":["§"],"group":"§","assignee":"§","followUpOf":"§"}""",
        """POST /api/tickets {"subject":"s","description":"d","requester":{"email":"a@example.com"},"customFields":{"a":"§"}}""",
        """POST /api/tickets {"subject":"s","description":"d","requester":{"email":"a@example.com"},"customFields":{"§":"a"}}""",
        """PATCH /api/tickets/1 {"subject":"§","type":"§","tags":["§"],"customFields":{"§":"§"}}""",
        """POST /api/tickets/1/comments {"body":"§","visibility":"§"}""",
        """POST /api/tickets/1/assign {"assignee":"§","group":"§"}""",
        """POST /api/tickets/1/resolve {"resolution":"§"}""",
        """POST /api/tickets/1/escalate {"reason":"§"}""",
        """POST /api/tickets/1/merge {"into":"§"}""",
        """POST /api/tickets/1/close {"§":"§"}""",
        """POST /api/agents {"id":"§","name":"§","email":"§","entraId":"§","groups":["§"]}""",
        """POST /api/agents {"name":"§","email":"a§@example.com"}""",
        """PATCH /api/agents/admin {"name":"§"}""",
        """POST /api/groups {"name":"§","escalatesTo":"§","calendar":"§"}""",
        """POST /api/keys {"name":"§","role":"integration","scopes":["§"]}""",
        """POST /api/workspaces {"id":"§","name":"§"}""",
        """POST /api/calendars {"name":"§","timeZone":"§","hours":{"mon":["§"]},"holidays":["§"]}""",
        """POST /api/calendars {"name":"c","timeZone":"UTC","hours":{"§":["09:00-17:00"]},"overrides":{"§":[]}}""",
        """POST /api/sla/policies {"name":"§","calendar":"§","conditions":{"tags":["§"],"groups":["§"],"types":"""
            + """["§"],"requesterDomains":["§"],"priorities":["§"]}}""",
        """POST /api/sla/policies {"name":"p","calendar":"business-hours","targets":["""
            + """{"metric":"§","within":"§","§":1}],"steps":[{"metric":"§","do":"§","toGroup":"§"}]}""",
        """POST /api/sla/policies {"name":"p","calendar":"business-hours","targets":[{"metric":"resolution","within":"PT1H"}],"condition":{"any":["""
            + """{"field":"subject","op":"contains-any","value":["§"]},{"field":"custom.§","op":"is","value":"§"}]}}""",
        """POST /api/conditions/check {"scope":"tickets","ticket":"1","condition":{"any":[{"field":"tags","op":"contains","value":"§"},"""
            + """{"field":"§","op":"§","value":"§","calendar":"§","§":1},{"within":{"calendar":"§"}}]}}""",
        """POST /api/sla/evaluate {"calendars":{"§":{"timeZone":"§","hours":{}}},"policy":{"calendar":"§"},"events":[{"type":"§","at":"§"}],"now":"§"}""",
        """PATCH /api/automations/closing {"reminder":"§","farewell":"§"}""",
        """PATCH /api/chat {"allowedOrigins":["https://§.example.com"],"group":"§"}""",
        """POST /api/intake/web {"subject":"§","description":"§","requester":{"email":"a@example.com","name":"§"},"website":"§"}""",
        """POST /api/intake/web {"§":"§"}""",
        """POST /api/directline/tokens/generate {"user":{"id":"§","name":"§","email":"§"}}""",
        """POST /api/directline/tokens/generate {"§":{"§":"§"}}""",
        """POST /api/directline/conversations {"user":{"id":"§"},"locale":"§"}""",
        """POST /api/messages {"type":"message","text":"§","from":{"id":"§","§":1}}""",
    ];

    [Fact]
    public async Task Text_in_a_body_is_taken_or_refused()
    {
        using var desk = await fixture.OpenDeskAsync();
        await desk.OpenTicketAsync();
        var faults = new List<string>();
        foreach (var line in Bodies)
        {
            var (method, path, body) = (line.Split(' ')[0], line.Split(' ')[1], line[(line.IndexOf('{', StringComparison.Ordinal))..]);
            foreach (var text in Texts.Append(new string('x', 70_000)))
            {
                var answer = await SendAsync(desk, method, path, body.Replace("§", text, StringComparison.Ordinal));
                if (answer.Status >= 500)
                    faults.Add($"{answer.Status} {line} with {text[..Math.Min(20, text.Length)]}: {answer.Text}");
            }
        }

        Assert.Empty(faults);
    }

    [Fact]
    public async Task Text_in_a_chat_is_taken_or_refused()
    {
        using var desk = await fixture.OpenDeskAsync();
        var key = (await desk.GetAsync("/api/chat")).Json["key"]!.GetValue<string>();
        using var page = new Desk(desk.Workspace, key, fixture.App.Address);
        var begun = (await page.PostAsync("/api/directline/conversations")).Expect(201).Json;
        using var person = new Desk(desk.Workspace, begun["token"]!.GetValue<string>(), fixture.App.Address);
        var path = $"/api/directline/conversations/{begun["conversationId"]}/activities";
        foreach (var text in Texts)
        {
            foreach (
                var body in new[]
                {
                    """{"type":"message","text":"§"}""",
                    """{"type":"§"}""",
                    """{"type":"event","name":"§","channelData":{"§":"§"},"value":"§"}""",
                    """{"type":"message","text":"x","§":1}""",
                }
            )
                Assert.True((await SendAsync(person, "POST", path, body.Replace("§", text, StringComparison.Ordinal))).Status < 500, $"{body} with {text}");
        }
    }

    [Theory]
    [InlineData("/api/tickets", """{"\ud800":1}""", "malformed-json")]
    [InlineData("/api/tickets", """{"subject":"a","description":"b","requester":{"email":"a@example.com"},"customFields":{"\udfff":"x"}}""", "malformed-json")]
    [InlineData("/api/tickets", """{"subject":"\ud800","description":"b","requester":{"email":"a@example.com"}}""", "invalid-request")]
    [InlineData("/api/intake/web", """{"\ud800\ud800":1}""", "malformed-json")]
    [InlineData("/api/sla/evaluate", """{"calendars":{"\ud83d":{}}}""", "malformed-json")]
    public async Task Half_of_a_character_is_refused_wherever_it_is(string path, string body, string code)
    {
        using var desk = await fixture.OpenDeskAsync();
        Assert.Equal(code, (await SendAsync(desk, "POST", path, body)).Expect(400).Code);
    }

    [Theory]
    [InlineData("""{"user":{"id":"\ud800"}}""")]
    [InlineData("""{"user":{"name":"\udc00x"}}""")]
    [InlineData("""{"\ud800":1}""")]
    [InlineData("""{"locale":"\ud83d"}""")]
    public async Task Half_of_a_character_begins_no_chat(string body)
    {
        using var desk = await fixture.OpenDeskAsync();
        foreach (var path in new[] { "/api/directline/tokens/generate", "/api/directline/conversations" })
            Assert.Contains("BadSyntax", (await SendAsync(desk, "POST", path, body)).Expect(400).Text, StringComparison.Ordinal);
    }

    /// <summary>The same for the names of a form's fields and their values.</summary>
    [Fact]
    public async Task Text_in_a_form_is_taken_or_refused()
    {
        using var nobody = new Desk("main", "", fixture.App.Address);
        foreach (var text in Escaped)
        {
            foreach (
                var form in new[]
                {
                    $"subject={text}&description={text}&email=a%40example.com",
                    $"{text}={text}",
                    $"field.{text}={text}&subject=s&description=d&email=a%40example.com",
                }
            )
            {
                using var content = new StringContent(form, Encoding.ASCII, "application/x-www-form-urlencoded");
                Assert.True((await nobody.SendAsync(HttpMethod.Post, "/api/intake/web", content)).Status < 500, form);
            }
        }
    }

    /// <summary>Every function that is called by HTTP, with text in its route and in its query.</summary>
    [Fact]
    public async Task Text_in_an_address_is_taken_or_refused()
    {
        using var desk = await fixture.OpenDeskAsync();
        var faults = new List<string>();
        foreach (var function in fixture.App.Functions.Where(one => one.IsHttp))
        {
            var route = FunctionRouter.Route(function);
            var method = FunctionRouter.Verbs(function)[0].ToUpperInvariant();
            foreach (var text in Escaped)
            {
                var paths = new List<string>();
                if (route.Contains('{', StringComparison.Ordinal))
                    paths.Add("/" + string.Join('/', route.Split('/').Select(part => part.StartsWith('{') ? text : part)));
                if (method == "GET")
                    paths.AddRange([
                        .. new[] { text, "limit", "cursor", "at", "workspace", "version", "requester", "state", "lang", "key" }.Select(name =>
                            "/" + string.Join('/', route.Split('/').Select(part => part.StartsWith('{') ? "1" : part)) + $"?{name}={text}"
                        ),
                    ]);
                foreach (var path in paths)
                {
                    using var content = method is "POST" or "PATCH" or "PUT" ? new StringContent("{}", Encoding.UTF8, "application/json") : null;
                    var answer = await desk.SendAsync(new HttpMethod(method), path, content);
                    if (answer.Status >= 500)
                        faults.Add($"{answer.Status} {method} {path}");
                }
            }
        }

        Assert.Empty(faults);
    }

    [Fact]
    public async Task Text_in_a_header_is_taken_or_refused()
    {
        using var desk = await fixture.OpenDeskAsync();
        var id = (await desk.OpenTicketAsync()).Json["id"]!.GetValue<string>();
        foreach (var encoding in new[] { Encoding.UTF8, Encoding.Latin1 })
        {
            using var handler = new SocketsHttpHandler { RequestHeaderEncodingSelector = (_, _) => encoding };
            using var http = new HttpClient(handler) { BaseAddress = fixture.App.Address };
            foreach (
                var name in new[]
                {
                    "Cookie",
                    "Idempotency-Key",
                    "If-Match",
                    "If-None-Match",
                    "X-Forwarded-For",
                    "Accept",
                    "Origin",
                    "Referer",
                    "Accept-Encoding",
                    "User-Agent",
                }
            )
            {
                foreach (
                    var (method, path) in new[]
                    {
                        ("GET", $"/api/tickets/{id}"),
                        ("POST", $"/api/tickets/{id}/comments"),
                        ("POST", "/api/intake/web"),
                        ("POST", "/api/directline/tokens/generate"),
                        ("GET", "/support"),
                        ("GET", "/chat"),
                    }
                )
                {
                    using var request = new HttpRequestMessage(new HttpMethod(method), path);
                    if (method == "POST")
                        request.Content = new StringContent("""{"body":"x"}""", Encoding.UTF8, "application/json");
                    request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {desk.Key}");
                    request.Headers.TryAddWithoutValidation(name, "n=Müller\u00ff");
                    using var answer = await http.SendAsync(request);
                    Assert.True((int)answer.StatusCode < 500, $"{name} at {path}: {answer.StatusCode}");
                }
            }

            using var stranger = new HttpRequestMessage(HttpMethod.Get, "/api/tickets");
            stranger.Headers.TryAddWithoutValidation("Authorization", $"Bearer {desk.Key}ü");
            using var refused = await http.SendAsync(stranger);
            Assert.Equal(401, (int)refused.StatusCode);
        }
    }

    [Theory]
    [InlineData("subject", "in\u202evoice\u200b \u2066Q3\u2069", "invoice Q3")]
    [InlineData("subject", "\ufeffLine\u2028two", "Line two")]
    [InlineData("name", "Ri\u00adta\u200f", "Rita")]
    [InlineData("name", "नमस्ते \u200dक्\u200dष", "नमस्ते \u200dक्\u200dष")]
    public async Task What_nobody_sees_does_not_stay_in_subjects_and_names(string field, string sent, string kept)
    {
        using var desk = await fixture.OpenDeskAsync();
        var opened = (
            await desk.PostAsync(
                "/api/tickets",
                new
                {
                    subject = field == "subject" ? sent : "s",
                    description = "In words\u202e it stays",
                    requester = new { email = "a@example.com", name = field == "name" ? sent : "n" },
                }
            )
        ).Expect(201).Json;
        Assert.Equal(kept, (field == "subject" ? opened["subject"] : opened["requester"]!["name"])!.GetValue<string>());
        Assert.Equal("In words\u202e it stays", opened["description"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("\u200b")]
    [InlineData("\u202e\u2066")]
    [InlineData("\u200d")]
    public async Task A_subject_that_nobody_sees_is_none(string subject)
    {
        using var desk = await fixture.OpenDeskAsync();
        var refused = await desk.PostAsync(
            "/api/tickets",
            new
            {
                subject,
                description = "d",
                requester = new { email = "a@example.com" },
            }
        );
        Assert.Contains("subject", refused.Expect(400).Json["errors"]!.AsObject().Select(error => error.Key));
    }

    [Theory]
    [InlineData("ann\u202efdp.exe.txt", "annfdp.exe.txt")]
    [InlineData("../\u200b/rep\u2067ort.pdf", "report.pdf")]
    [InlineData("\ufeff", "file")]
    public void What_nobody_sees_does_not_stay_in_the_names_of_files(string sent, string kept) =>
        Assert.Equal(kept, Helpdesk.Functions.Attachments.AttachmentStore.CleanName(sent));

    /// <summary>The limits of custom fields count characters, however they come.</summary>
    [Theory]
    [InlineData("\u00fc", "\\u00fc")]
    [InlineData("\U0001f600", "\\ud83d\\ude00")]
    [InlineData("\\\"", "\\u0022")]
    public async Task Limits_do_not_depend_on_how_JSON_escapes(string plain, string escaped)
    {
        using var desk = await fixture.OpenDeskAsync();
        foreach (var letter in new[] { plain, escaped })
        {
            string Body(int letters, int fields)
            {
                var text = string.Concat(Enumerable.Repeat(letter, letters));
                var values = string.Join(',', Enumerable.Range(10, fields).Select(i => $"\"f{i}\":\"{text}\""));
                return $$"""{"subject":"s","description":"d","requester":{"email":"a@example.com"},"customFields":{ {{values}} } }""";
            }

            var opened = (await SendAsync(desk, "POST", "/api/tickets", Body(1000, 15))).Expect(201);
            (await SendAsync(desk, "POST", "/api/tickets", Body(1001, 1))).Expect(400);
            (await SendAsync(desk, "POST", "/api/tickets", Body(1000, 16))).Expect(400);
            var path = $"/api/tickets/{opened.Json["id"]}";
            (await SendAsync(desk, "PATCH", path, $$"""{"customFields":{"f9":"{{string.Concat(Enumerable.Repeat(letter, 900))}}"} }""")).Expect(200);
            (await SendAsync(desk, "PATCH", path, $$"""{"customFields":{"f8":"{{string.Concat(Enumerable.Repeat(letter, 900))}}"} }""")).Expect(400);
        }
    }

    [Theory]
    [InlineData("utf-8", null)]
    [InlineData("utf-16", null)]
    [InlineData("utf-16BE", null)]
    [InlineData("utf-32", null)]
    [InlineData("utf-8", "utf-8")]
    [InlineData("utf-16", "utf-16")]
    public async Task JSON_with_a_byte_order_mark_is_read(string encoding, string? charset)
    {
        using var desk = await fixture.OpenDeskAsync();
        var json = Encoding.GetEncoding(encoding);
        byte[] body = [.. json.GetPreamble(), .. json.GetBytes("""{"subject":"Müller","description":"d","requester":{"email":"a@example.com"}}""")];
        foreach (var path in new[] { "/api/tickets", "/api/intake/web" })
            await RawAsync(
                desk,
                path,
                body,
                charset is null ? "application/json" : $"application/json; charset={charset}",
                path == "/api/tickets" ? 201 : 202
            );
        Assert.Equal("Müller", (await desk.GetAsync("/api/tickets/1")).Json["subject"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("iso-8859-1", "application/json; charset=iso-8859-1", 201)]
    [InlineData("utf-8", "application/json; charset=klingon", 415)]
    [InlineData("utf-16", "application/json", 415)]
    [InlineData("iso-8859-1", "application/json", 400)]
    [InlineData("utf-8", "application/json; charset=utf-7", 415)]
    [InlineData("utf-8", "application/json; charset=\"UTF8\"", 201)]
    public async Task JSON_in_another_charset_is_read_or_refused_by_name(string encoding, string contentType, int status)
    {
        using var desk = await fixture.OpenDeskAsync();
        var body = Encoding.GetEncoding(encoding).GetBytes("""{"subject":"Müller","description":"d","requester":{"email":"a@example.com"}}""");
        var answer = await RawAsync(desk, "/api/tickets", body, contentType, status);
        if (status == 201)
            Assert.Equal("Müller", answer.Json["subject"]!.GetValue<string>());
        else if (contentType.Contains("klingon", StringComparison.Ordinal))
            Assert.Contains("klingon", answer.Json["detail"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("subject=M%C3%BCller&description=%E2%82%AC", null, "Müller", "€")]
    [InlineData("subject=M%FCller&description=%80", null, "Müller", "€")]
    [InlineData("subject=M%FCller&description=%80", "iso-8859-1", "Müller", "€")]
    [InlineData("subject=M%FCller&description=Gr%FC%DFe", "windows-1252", "Müller", "Grüße")]
    [InlineData("subject=%D0%9C&description=x%2By", "utf-8", "М", "x+y")]
    [InlineData("subject=%C6&description=a+b", "koi8-r", "ф", "a b")]
    [InlineData("_charset_=iso-8859-2&subject=%B1&description=d", null, "ą", "d")]
    [InlineData("subject=100%&description=%zz", null, "100%", "%zz")]
    public async Task A_form_in_another_encoding_keeps_its_letters(string fields, string? charset, string subject, string description)
    {
        using var desk = await fixture.OpenDeskAsync();
        var type = "application/x-www-form-urlencoded" + (charset is null ? "" : $"; charset={charset}");
        var receipt = (
            await RawAsync(desk, $"/api/intake/web?workspace={desk.Workspace}", Encoding.ASCII.GetBytes(fields + "&email=a%40example.com"), type, 202)
        ).Json["receipt"]!.GetValue<string>();
        await Helpdesk.Testing.Until.TrueAsync(
            async () => (await desk.GetAsync($"/api/receipts/{receipt}")).Json["state"]!.GetValue<string>() == "processed",
            "the form has become a ticket"
        );
        var ticket = (await desk.GetAsync($"/api/tickets/{(await desk.GetAsync($"/api/receipts/{receipt}")).Json["ticket"]}")).Expect(200).Json;
        Assert.Equal((subject, description), (ticket["subject"]!.GetValue<string>(), ticket["description"]!.GetValue<string>()));
    }

    [Theory]
    [InlineData("klingon", 415)]
    [InlineData("utf-8", 400)]
    [InlineData("utf-7", 415)]
    public async Task A_form_that_says_a_wrong_encoding_is_refused(string charset, int status)
    {
        using var nobody = new Desk("main", "", fixture.App.Address);
        var refused = await RawAsync(
            nobody,
            "/api/intake/web",
            "subject=M%FCller&description=d&email=a%40example.com"u8.ToArray(),
            $"application/x-www-form-urlencoded; charset={charset}",
            status
        );
        Assert.Contains(charset, refused.Json["detail"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rita+tag@example.com")]
    [InlineData("rita%2Btag@example.com")]
    [InlineData("RITA+TAG@example.com")]
    [InlineData("other@example.com,rita+tag@example.com")]
    [InlineData("other@example.com,%20rita+tag@example.com")]
    public async Task A_plus_in_an_address_of_a_query_is_a_plus(string query)
    {
        using var desk = await fixture.OpenDeskAsync();
        var number = (await desk.OpenTicketAsync(email: "rita+tag@example.com")).Json["number"]!.GetValue<long>();
        await desk.ListShowsAsync($"requester={query}", number);
    }

    [Theory]
    [InlineData("\"1\"", 304)]
    [InlineData("W/\"1\"", 304)]
    [InlineData("*", 304)]
    [InlineData("\"7\", \"1\"", 304)]
    [InlineData("\"7\",W/\"8\" , W/\"1\"", 304)]
    [InlineData("\"a,b\", \"1\"", 304)]
    [InlineData("\"2\"", 200)]
    [InlineData("1", 200)]
    [InlineData("\"7\", W/\"8\"", 200)]
    [InlineData("nonsense, \"1\"", 304)]
    public async Task If_None_Match_takes_lists_weak_tags_and_a_star(string header, int status)
    {
        using var desk = await fixture.OpenDeskAsync();
        var id = (await desk.OpenTicketAsync()).Json["id"]!.GetValue<string>();
        (await desk.GetAsync($"/api/tickets/{id}", ("If-None-Match", header))).Expect(status);
    }

    [Theory]
    [InlineData("\"1\"", 200)]
    [InlineData("*", 200)]
    [InlineData("\"7\", \"1\"", 200)]
    [InlineData("W/\"1\"", 412)] // a weak tag does not promise that nothing has changed
    [InlineData("\"7\",W/\"1\"", 412)]
    [InlineData("\"2\"", 412)]
    [InlineData("nonsense", 412)]
    public async Task If_Match_takes_lists_and_a_star_and_no_weak_tag(string header, int status)
    {
        using var desk = await fixture.OpenDeskAsync();
        var id = (await desk.OpenTicketAsync()).Json["id"]!.GetValue<string>();
        (await desk.PatchAsync($"/api/tickets/{id}", new { priority = "high" }, ("If-Match", header))).Expect(status);
    }

    private static async Task<Answer> SendAsync(Desk desk, string method, string path, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        return await desk.SendAsync(new HttpMethod(method), path, content);
    }

    private static async Task<Answer> RawAsync(Desk desk, string path, byte[] body, string contentType, int status)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        return (await desk.SendAsync(HttpMethod.Post, path, content)).Expect(status);
    }
}
