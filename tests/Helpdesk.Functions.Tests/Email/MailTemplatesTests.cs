using Helpdesk.Email;
using Helpdesk.Functions.Email;
using Microsoft.Extensions.DependencyInjection;

namespace Helpdesk.Functions.Tests.Email;

/// <summary>The words of mails, and who may change them.</summary>
public sealed class MailTemplatesTests(DeskFixture fixture)
{
    public static TheoryData<string> Ids => [.. MailTemplates.All.Select(one => one.Id)];

    [Theory]
    [MemberData(nameof(Ids))]
    public async Task Every_template_that_comes_with_the_desk_is_a_whole_mail(string id)
    {
        using var desk = await fixture.OpenDeskAsync();
        var mail = (await desk.PostAsync($"/api/templates/{id}/preview", new { })).Expect(200).Json;
        var (subject, text, html) = (mail["subject"]!.GetValue<string>(), mail["text"]!.GetValue<string>(), mail["html"]!.GetValue<string>());
        Assert.EndsWith("[#1042]", subject, StringComparison.Ordinal);
        Assert.Contains("The printer on the third floor", subject, StringComparison.Ordinal);
        Assert.DoesNotContain("{{", subject + text + html, StringComparison.Ordinal);
        Assert.DoesNotContain("{%", subject + text + html, StringComparison.Ordinal);
        Assert.DoesNotContain("\n\n\n", text, StringComparison.Ordinal);
        Assert.Contains($"<html lang=\"{id[^2..]}\">", html, StringComparison.Ordinal);
        Assert.Contains("prefers-color-scheme: dark", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_workspace_has_its_own_words_and_gets_the_first_ones_back()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var other = await fixture.OpenDeskAsync();
        using var agent = await desk.WithRoleAsync("agent");
        var words = new { subject = "{{ ticket.subject }}", text = "We & you <3 #{{ ticket.number }}\n\n{{ ticket.description }}" };
        (await agent.SendAsync(HttpMethod.Put, "/api/templates/received-en", System.Net.Http.Json.JsonContent.Create(words))).Expect(403);
        var put = (await desk.SendAsync(HttpMethod.Put, "/api/templates/received-en", System.Net.Http.Json.JsonContent.Create(words))).Expect(200).Json;
        Assert.True(put["custom"]!.GetValue<bool>());
        Assert.Equal(
            "<p>We &amp; you &lt;3 #{{ ticket.number }}</p>\n<blockquote>{{ ticket.description | lines }}</blockquote>",
            put["html"]!.GetValue<string>()
        );
        await desk.OpenTicketAsync();
        await fixture.App.MailedAsync();
        var mail = (await desk.GetAsync("/api/outbox")).Json["items"]![0]!;
        Assert.StartsWith("We & you <3 #1", mail["text"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.False((await other.GetAsync("/api/templates/received-en")).Json["custom"]!.GetValue<bool>());
        (await desk.DeleteAsync("/api/templates/received-en")).Expect(204);
        Assert.False((await desk.GetAsync("/api/templates/received-en")).Json["custom"]!.GetValue<bool>());
        Assert.Equal(48, (await desk.GetAsync("/api/templates")).Json["items"]!.AsArray().Count);
        (await desk.GetAsync("/api/templates/received-fr")).Expect(404);
        (await desk.GetAsync("/api/templates/lost-en")).Expect(404);
    }

    [Theory]
    [InlineData("{{ ticket.number")]
    [InlineData("{% if x %}no end")]
    [InlineData("{% unknown %}")]
    [InlineData("{% for i in (1..1000000) %}{{ i }}{% endfor %}")]
    public async Task A_template_that_cannot_work_is_refused(string text)
    {
        using var desk = await fixture.OpenDeskAsync();
        var refused = (
            await desk.SendAsync(HttpMethod.Put, "/api/templates/closed-de", System.Net.Http.Json.JsonContent.Create(new { subject = "s", text }))
        ).Expect(400);
        Assert.NotNull(refused.Json["errors"]!["text"]);
        Assert.False((await desk.GetAsync("/api/templates/closed-de")).Json["custom"]!.GetValue<bool>());
    }

    /// <summary>What makes much of little, fails or misspells a name is refused at once, wherever it comes in, and the field says why.</summary>
    [Theory]
    // Values that grow.
    [InlineData("{% assign a='xxxxxxxxxx' %}{% for i in (1..40) %}{% assign a = a | append: a %}{% endfor %}{{a}}", "262,144")]
    [InlineData("{% assign a='xxxxxxxxxx' %}{% for i in (1..40) %}{% assign a = a | replace: 'x', a %}{% endfor %}", "262,144")]
    [InlineData("{% assign a='x' %}{% for i in (1..40) %}{% capture a %}{{ a }}{{ a }}{% endcapture %}{% endfor %}", "262,144")]
    [InlineData("{% assign a='a,b' | split: ',' %}{% for i in (1..40) %}{% assign a = a | concat: a %}{% endfor %}{{a | size}}", "262,144")]
    [InlineData("{% assign a='a,b' | split: ',' %}{% for i in (1..40) %}{% assign s = a | join: s %}{% assign a = a | concat: a %}{% endfor %}", "262,144")]
    [InlineData("{% assign a='x' %}{% for i in (1..17) %}{% assign a = a | prepend: a %}{% endfor %}{% for i in (1..99) %}{{a}}{% endfor %}", "524,288")]
    [InlineData(
        "{% assign a='x' %}{% for i in (1..17) %}{% assign a = a | append: a %}{% endfor %}{% for i in (1..99) %}{% assign b=a|upcase %}{% endfor %}",
        "8,388,608"
    )]
    // Steps.
    [InlineData("{% for i in (1..100000000) %}{% endfor %}", "20,000 steps")]
    [InlineData("{% assign n = 2000000000 %}{% for i in (-5..n) %}x{% endfor %}", "20,000 steps")]
    [InlineData("{% for i in (1..200) %}{% for j in (1..200) %}x{% endfor %}{% endfor %}", "20,000 steps")]
    // What fails.
    [InlineData("{% include 'x' %}", "load nothing")]
    [InlineData("{% render '/etc/passwd' %}", "load nothing")]
    [InlineData("{% if true %}{% include ticket.subject %}{% endif %}", "load nothing")]
    [InlineData("{{ 99999999 | times: 99999999999999999999999 }}", "too large")]
    [InlineData("{{ 79228162514264337593543950335 | plus: 1 }}", "too large")]
    [InlineData("{{ 1 | divided_by: 0 }}", "zero")]
    [InlineData("{{ 'a' | ljust: 999999999 }}", "'ljust'")]
    [InlineData("{{ 1 | format_number: 'D999999999' }}", "'format_number'")]
    [InlineData("{{ 'a' | format_string: '{0,999999999}' }}", "'format_string'")]
    // Names.
    [InlineData("{{ tiket.subject }}", "'tiket.subject'")]
    [InlineData("{{ coment.body }}", "'coment.body'")]
    [InlineData("{% if false %}{{ comment.text | lines }}{% endif %}", "'comment.text'")]
    [InlineData("{% for tag in ticket.tag %}{{ tag }}{% endfor %}", "'ticket.tag'")]
    [InlineData("{{ ticket.subject | default: requestor.name }}", "'requestor.name'")]
    [InlineData("{{ ticket.subject | upcas }}", "'upcas'")]
    public async Task What_a_template_may_not_do_is_refused_and_named(string liquid, string why)
    {
        using var desk = await fixture.OpenDeskAsync();
        foreach (var field in new[] { "subject", "text", "html" })
        {
            var body = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["subject"] = "s",
                ["text"] = "t",
                [field] = liquid,
            };
            foreach (var (method, path) in new[] { ("POST", "/preview"), ("POST", "/send-test"), ("PUT", "") })
            {
                var content = System.Net.Http.Json.JsonContent.Create(body);
                var refused = (await desk.SendAsync(new HttpMethod(method), $"/api/templates/received-en{path}", content)).Expect(400);
                Assert.Contains(why, refused.Json["errors"]![field]![0]!.GetValue<string>(), StringComparison.Ordinal);
            }
        }
    }

    /// <summary>Fields that were not sent are made of those that were, which are then at fault.</summary>
    [Fact]
    public async Task What_fails_in_html_that_was_made_of_the_text_is_the_texts_fault()
    {
        using var desk = await fixture.OpenDeskAsync();
        // Its lines are markup only once it is HTML, and then too many.
        var text = string.Concat(Enumerable.Repeat("{{ ticket.description }}\n\n", 700));
        var filled = await desk.PostAsync(
            "/api/tickets",
            new
            {
                subject = "s",
                description = string.Concat(Enumerable.Repeat("<&>\n", 150)),
                requester = new { email = "rita@example.com" },
            }
        );
        var ticket = filled.Expect(201).Json["number"]!.ToString();
        var refused = (
            await desk.PostAsync(
                "/api/templates/received-en/preview",
                new
                {
                    ticket,
                    subject = "s",
                    text,
                }
            )
        ).Expect(400);
        Assert.Equal(["text"], refused.Json["errors"]!.AsObject().Select(error => error.Key));
    }

    /// <summary>Nested so deeply, or so long a tag, that reading it would use up the stack.</summary>
    [Theory]
    [InlineData("{% if ticket %}", "{% endif %}", 600)]
    [InlineData("{% for i in (1..1) %}", "{% endfor %}", 500)]
    [InlineData("{% case ticket.type %}{% else %}", "{% endcase %}", 300)]
    [InlineData("{{ ticket.subject", " }}", 1, " | upcase", 1900)]
    [InlineData("{% if ticket", " %}{% endif %}", 1, " and ticket", 1700)]
    [InlineData("{% assign a = 'x'", " %}", 1, " | append: 'x'", 1200)]
    public async Task A_template_that_is_too_deep_is_refused(string open, string close, int times, string inner = "", int innerTimes = 0)
    {
        using var desk = await fixture.OpenDeskAsync();
        var many = Enumerable.Repeat(open, times);
        var text = string.Concat([.. many, .. Enumerable.Repeat(inner, innerTimes), .. Enumerable.Repeat(close, times)]);
        var refused = (await desk.PostAsync("/api/templates/received-en/preview", new { text })).Expect(400);
        Assert.NotNull(refused.Json["errors"]!["text"]);
    }

    /// <summary>All that the docs name, and names of a template's own, are known.</summary>
    [Theory]
    [InlineData("{{ ticket.tags | join: ', ' }}{{ ticket.tags.size }}{{ ticket.created_at | date: '%Y' }}{{ ticket['type'] }}", "0")]
    [InlineData("{% assign n = 3 %}{% for i in (1..n) %}{{ forloop.index }}{% endfor %}", "123")]
    [InlineData("{% capture x %}{{ requester.name | upcase }}{% endcapture %}{{ x }}{% if comment.files %}{{ comment.files.first }}{% endif %}", "RITA")]
    [InlineData("{{ agent.name }}{{ sla.due }}{{ desk.footer }}{{ desk.signature }}{{ can_reply }}{{ ticket.url }}{{ actor.name }}ok", "ok")]
    public async Task What_a_template_may_say_is_said(string text, string says)
    {
        using var desk = await fixture.OpenDeskAsync();
        var words = System.Net.Http.Json.JsonContent.Create(new { subject = "s", text });
        (await desk.SendAsync(HttpMethod.Put, "/api/templates/received-en", words)).Expect(200);
        var mail = (await desk.PostAsync("/api/templates/received-en/preview", new { })).Expect(200).Json;
        Assert.Contains(says, mail["text"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    /// <summary>A template that works with the sample and fails with a ticket costs nobody their answer.</summary>
    [Theory]
    [InlineData("{% for i in (1..30000) %}{% endfor %}", "20,000 steps")]
    [InlineData("{{ 99999999 | times: 99999999999999999999999 }}", "too large")]
    [InlineData("{% assign a = 'x' %}{% for i in (1..40) %}{% assign a = a | append: a %}{% endfor %}", "262,144")]
    public async Task Where_a_saved_template_fails_the_words_that_come_with_the_desk_are_sent(string fails, string why)
    {
        using var desk = await fixture.OpenDeskAsync();
        var text = $"Own words: {{{{ comment.body }}}}{{% if ticket.subject contains 'boom' %}}{fails}{{% endif %}}";
        var words = System.Net.Http.Json.JsonContent.Create(new { subject = "{{ ticket.subject }}", text });
        (await desk.SendAsync(HttpMethod.Put, "/api/templates/public-answer-en", words)).Expect(200);
        foreach (var subject in new[] { "quiet", "boom" })
        {
            var ticket = (await desk.OpenTicketAsync(subject)).Json;
            (await desk.PostAsync($"/api/tickets/{ticket["id"]}/comments", new { body = "Turn it off and on." })).Expect(201);
            await fixture.App.MailedAsync();
            var mails = (await desk.GetAsync($"/api/outbox?ticket={ticket["number"]}")).Json["items"]!.AsArray();
            var mail = mails.Single(one => one!["event"]!.GetValue<string>() == "public-answer")!;
            Assert.Equal("sent", mail["state"]!.GetValue<string>());
            Assert.Contains("Turn it off and on.", mail["text"]!.GetValue<string>(), StringComparison.Ordinal);
            Assert.Equal(subject == "quiet", mail["text"]!.GetValue<string>().Contains("Own words", StringComparison.Ordinal));
            if (subject == "quiet")
                Assert.Null(mail["reason"]);
            else
                Assert.Contains(why, mail["reason"]!.GetValue<string>(), StringComparison.Ordinal);
        }
    }

    /// <summary>Whatever a template does with somebody's words, none of them becomes markup, and none a header.</summary>
    [Theory]
    [InlineData("{{ ticket.subject }}")]
    [InlineData("{{ ticket.subject | raw }}")]
    [InlineData("{{ ticket.subject | newline_to_br }}")]
    [InlineData("{{ ticket.subject | lines }}")]
    [InlineData("{% capture x %}{{ ticket.subject }}{% endcapture %}{{ x }}")]
    [InlineData("{% assign x = ticket.subject | append: '' %}{{ x }}")]
    [InlineData("{{ ticket.subject | url_encode | url_decode }}")]
    [InlineData("{{ ticket.subject | escape | escape_once }}")]
    [InlineData("{{ ticket.subject | strip_newlines | replace: 'a', 'b' }}")]
    public async Task Hostile_words_stay_words(string liquid)
    {
        using var desk = await fixture.OpenDeskAsync();
        var ticket = (await desk.OpenTicketAsync("<img src=x onerror=1> & \"quoted\"")).Json;
        var mail = (
            await desk.PostAsync(
                "/api/templates/received-en/preview",
                new
                {
                    ticket = $"{ticket["number"]}",
                    subject = liquid,
                    text = liquid,
                    html = liquid,
                }
            )
        ).Expect(200).Json;
        Assert.DoesNotContain("<img", mail["html"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.DoesNotContain('\n', mail["subject"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_test_goes_to_the_caller_alone()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var agent = await desk.WithRoleAsync("agent");
        var sent = (await agent.PostAsync("/api/templates/resolved-de/send-test", new { })).Expect(202).Json;
        await fixture.App.MailedAsync();
        var mail = (await desk.GetAsync($"/api/outbox/{sent["id"]}")).Expect(200).Json;
        Assert.Equal("sent", mail["state"]!.GetValue<string>());
        Assert.EndsWith("@example.com", mail["to"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Contains("gelöst", mail["text"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Null(mail["ticket"]);
    }

    [Fact]
    public async Task A_test_leads_no_answer_to_a_ticket()
    {
        using var mails = await MailDesk.OpenAsync(fixture);
        var first = mails.Mail();
        var number = (await mails.SendAsync(first)).Json["number"]!.ToString();
        var id = (await mails.Desk.PostAsync("/api/templates/public-answer-en/send-test", new { ticket = number })).Expect(202).Json["id"];
        await fixture.App.MailedAsync();
        var test = (await mails.Desk.GetAsync($"/api/outbox/{id}")).Expect(200).Json;
        Assert.DoesNotContain(test["headers"]!.AsObject(), header => header.Key is "Reply-To" or "In-Reply-To" or "References");
        // It looks as it will, and the token opens nothing.
        var token = ReplyMarker.FindToken(test["text"]!.GetValue<string>())!;
        var tokens = fixture.App.Services.GetRequiredService<ReplyTokens>();
        Assert.Null(await tokens.ReadAsync(mails.Desk.Workspace, token, TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("A\r\nBcc: x@example.com", "A Bcc: x@example.com")]
    [InlineData("A\u0085B\u2028C", "A B C")]
    [InlineData("\u202Eevil\0", "evil")]
    public void A_header_is_one_line(string text, string line) => Assert.Equal(line, MailTemplates.OneLine(text));

    [Theory]
    [InlineData("Printer", false, "Printer [#7]")]
    [InlineData("Printer", true, "Re: Printer [#7]")]
    [InlineData("Re: Printer [#7]", true, "Re: Printer [#7]")]
    [InlineData("", false, "[#7]")]
    [InlineData("[#8] Printer", true, "Re: [#8] Printer [#7]")]
    public void A_subject_carries_the_number_once(string subject, bool reply, string expected) =>
        Assert.Equal(expected, MailWriter.SubjectOf(subject, 7, reply));

    [Fact]
    public async Task What_requesters_and_agents_are_told_is_theirs_to_choose()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var agent = await desk.WithRoleAsync("agent");
        var me = (await desk.GetAsync("/api/agents")).Json["items"]!.AsArray().Select(one => one!["id"]!.GetValue<string>()).Single(id => id != "admin");
        (await agent.PatchAsync("/api/mail-settings", new { signature = "x" })).Expect(403);
        (await desk.PatchAsync("/api/mail-settings", new { toRequesters = new[] { "assigned" } })).Expect(400);
        (
            await desk.PatchAsync(
                "/api/mail-settings",
                new
                {
                    toRequesters = new[] { "public-answer" },
                    signature = "Acme IT",
                    language = "de",
                }
            )
        ).Expect(200);
        (await agent.PatchAsync("/api/agents/admin/notifications", new { assigned = "none" })).Expect(403);
        (await agent.PatchAsync($"/api/agents/{me}/notifications", new { mention = "none" })).Expect(200);
        var ticket = (await desk.OpenTicketAsync()).Json;
        (await desk.PostAsync($"/api/tickets/{ticket["id"]}/assign", new { assignee = me })).Expect(200);
        (await desk.PostAsync($"/api/tickets/{ticket["id"]}/comments", new { body = $"@{me} look", visibility = "internal" })).Expect(201);
        (await agent.PostAsync($"/api/tickets/{ticket["id"]}/comments", new { body = "Hello" })).Expect(201);
        (await agent.PostAsync($"/api/tickets/{ticket["id"]}/comments", new { body = "@admin look", visibility = "internal" })).Expect(201);
        await fixture.App.MailedAsync();
        var mails = (await desk.GetAsync($"/api/outbox?ticket={ticket["number"]}")).Json["items"]!.AsArray();
        Assert.Equal(["mention", "public-answer", "assigned"], mails.Select(mail => mail!["event"]!.GetValue<string>()));
        Assert.EndsWith("Acme IT\n", mails[1]!["text"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal("de", mails[1]!["language"]!.GetValue<string>());
        Assert.Equal("admin", mails[0]!["agent"]!.GetValue<string>());
    }
}
