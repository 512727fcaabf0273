namespace Helpdesk.Functions.Tests.Email;

/// <summary>Mails as they came.</summary>
public sealed class ReadMailTests(DeskFixture fixture)
{
    private const string Picture = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

    private static string Rich(MailDesk mails) =>
        mails.Mail(
            $"""
            --m
            Content-Type: multipart/related; boundary=r

            --r
            Content-Type: text/html; charset=utf-8

            <html><body onload="steal()"><script>alert(1)</script><p style="position:fixed">Hello <b>there</b></p>
            <img src="cid:logo@x"><img src="https://tracker.example/pixel.png"><a href="javascript:alert(2)">x</a>
            <form action="https://evil.example"><input name="password"></form></body></html>
            --r
            Content-Type: image/png
            Content-ID: <logo@x>
            Content-Transfer-Encoding: base64
            Content-Disposition: inline; filename=logo.png

            {Picture}
            --r--
            --m
            Content-Type: application/octet-stream
            Content-Disposition: attachment; filename="run.exe"

            MZ
            --m
            Content-Type: text/plain
            Content-Disposition: attachment; filename="notes.txt"

            Notes
            --m--
            """,
            ("MIME-Version", "1.0"),
            ("Content-Type", "multipart/mixed; boundary=m"),
            ("Cc", "Carl <carl@example.com>")
        );

    [Fact]
    public async Task What_was_understood_and_the_bytes_are_shown_to_agents_of_the_workspace()
    {
        using var mails = await MailDesk.OpenAsync(fixture);
        using var others = await fixture.OpenDeskAsync();
        using var integration = await mails.Desk.WithRoleAsync("integration");
        var mail = Rich(mails);
        var receipt = await mails.SendAsync(mail);
        var id = receipt.Json["id"]!.GetValue<string>();
        var shown = (await mails.Desk.GetAsync($"/api/receipts/{id}/mail")).Expect(200).Json;
        Assert.Equal(
            ("rita@example.com", "carl@example.com", "Printer", "person", true),
            (
                shown["from"]!["email"]!.GetValue<string>(),
                shown["cc"]![0]!["email"]!.GetValue<string>(),
                shown["subject"]!.GetValue<string>(),
                shown["origin"]!.GetValue<string>(),
                shown["hasHtml"]!.GetValue<bool>()
            )
        );
        Assert.Contains(shown["leftOut"]!.AsArray(), left => left!.GetValue<string>().Contains("run.exe", StringComparison.Ordinal));
        var raw = (await mails.Desk.GetAsync($"/api/receipts/{id}/raw")).Expect(200);
        Assert.Equal(mail, raw.Text);
        foreach (var view in new[] { "mail", "raw", "html" })
        {
            (await others.GetAsync($"/api/receipts/{id}/{view}")).Expect(404);
            (await integration.GetAsync($"/api/receipts/{id}/{view}")).Expect(403);
            (await mails.Desk.GetAsync($"/api/receipts/20260101-0-00000000aaaaaaaaaaaaaaaa/{view}")).Expect(404);
        }

        // What is not taken over is said on the ticket, what is has its file there.
        Assert.Contains(
            await mails.CommentsAsync(receipt),
            note => note.StartsWith("internal system: Not taken over", StringComparison.Ordinal) && note.Contains("run.exe", StringComparison.Ordinal)
        );
        var ticket = await mails.TicketAsync(receipt);
        Assert.Equal(
            ["logo.png", "notes.txt"],
            ticket["attachments"]!.AsArray().Select(file => file!["name"]!.GetValue<string>()).Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public async Task Files_that_are_too_many_for_the_mail_and_for_the_desk_are_told_of_once()
    {
        using var mails = await MailDesk.OpenAsync(fixture);
        var files = Enumerable
            .Range(1, 30)
            .Select(i => $"--b\r\nContent-Type: text/plain; name=f{i}.txt\r\nContent-Disposition: attachment; filename=f{i}.txt\r\n\r\n{i}\r\n");
        var mail = mails.Mail($"--b\r\n\r\nSee the files.\r\n{string.Concat(files)}--b--", ("Content-Type", "multipart/mixed; boundary=b"));
        var receipt = await mails.SendAsync(mail);
        var note = Assert.Single(await mails.CommentsAsync(receipt), note => note.StartsWith("internal", StringComparison.Ordinal));
        Assert.EndsWith(
            ":\n- 20 more files are left out (f11.txt, f12.txt, f13.txt, f14.txt, f15.txt, f16.txt, f17.txt, f18.txt, f19.txt, f20.txt and more): "
                + "one mail may bring 10 files.",
            note,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task The_HTML_of_a_mail_runs_nothing_and_loads_nothing_that_nobody_asked_for()
    {
        using var mails = await MailDesk.OpenAsync(fixture);
        var id = (await mails.SendAsync(Rich(mails))).Json["id"]!.GetValue<string>();
        var page = (await mails.Desk.GetAsync($"/api/receipts/{id}/html")).Expect(200);
        foreach (var bad in new[] { "script", "onload", "position", "javascript", "<form", "<input", " src=\"https" })
            Assert.DoesNotContain(bad, page.Text, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("<b>there</b>", page.Text, StringComparison.Ordinal);
        Assert.Contains($"src=\"data:image/png;base64,{Picture}\"", page.Text, StringComparison.Ordinal);
        var policy = page.Headers.GetValues("Content-Security-Policy").Single();
        Assert.Contains("default-src 'none'; img-src data:;", policy, StringComparison.Ordinal);
        Assert.Contains("sandbox", policy, StringComparison.Ordinal);
        Assert.Equal("nosniff", page.Headers.GetValues("X-Content-Type-Options").Single());
        var remote = (await mails.Desk.GetAsync($"/api/receipts/{id}/html?pictures=remote")).Expect(200);
        Assert.Contains(" src=\"https://tracker.example/pixel.png\"", remote.Text, StringComparison.Ordinal);
        Assert.Contains("img-src data: https: http:;", remote.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        (await mails.Desk.GetAsync($"/api/receipts/{id}/html?pictures=all")).Expect(400);
        // A frame sends no key: the mail itself names an address that shows the same for a while.
        var shown = (await mails.Desk.GetAsync($"/api/receipts/{id}/mail")).Expect(200).Json["page"]!.GetValue<string>();
        using var anybody = new Desk(mails.Desk.Workspace, "", mails.Desk.Address);
        var framed = (await anybody.GetAsync(shown)).Expect(200);
        Assert.Equal((page.Text, policy), (framed.Text, framed.Headers.GetValues("Content-Security-Policy").Single()));
        Assert.Equal(remote.Text, (await anybody.GetAsync($"{shown}?pictures=remote")).Expect(200).Text);
        (await anybody.GetAsync($"{shown[..^2]}AA")).Expect(404);
        (await anybody.GetAsync(shown.Replace("/mails/", "/files/", StringComparison.Ordinal))).Expect(404);
        // A mail without HTML: its text, in which nothing is a tag.
        var plain = (await mails.SendAsync(mails.Mail("<script>alert(1)</script> & so on", ("Subject", "</title><script>")))).Json["id"];
        var text = (await mails.Desk.GetAsync($"/api/receipts/{plain}/html")).Expect(200).Text;
        Assert.DoesNotContain("<script", text, StringComparison.Ordinal);
        Assert.Contains("&lt;script&gt;alert(1)", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\u0000\u0001\u0002")]
    [InlineData("From: \r\nSubject: \u202egnp.exe\r\n\r\n\u0007")]
    [InlineData("From: =?utf-8?B?AAAA?= <x@y.example>\r\nSubject: =?utf-8?Q?a=00b=0Ac?=\r\n\r\n=00")]
    [InlineData("From: a@b.example, c@d.example\r\nReply-To: <>\r\nIn-Reply-To: <\u0000/#?>\r\nReferences: <a/b\\c#d?e>\r\nMessage-ID: <../../x#?%>\r\n\r\nx")]
    [InlineData("MIME-Version: 1.0\r\nContent-Type: multipart/mixed\r\n\r\nno boundary")]
    public async Task Whatever_is_in_a_mail_it_is_kept_and_becomes_a_ticket(string mail)
    {
        using var mails = await MailDesk.OpenAsync(fixture);
        if (mail.Length == 0)
            mail = "\r\n";
        var receipt = await mails.SendAsync(mail);
        Assert.Equal("processed", receipt.Json["state"]!.GetValue<string>());
        var ticket = await mails.TicketAsync(receipt);
        Assert.NotEmpty(ticket["subject"]!.GetValue<string>());
        Assert.NotEmpty(ticket["description"]!.GetValue<string>());
        Assert.Contains('@', ticket["requester"]!["email"]!.GetValue<string>());
        foreach (var view in new[] { "mail", "raw", "html" })
            (await mails.Desk.GetAsync($"/api/receipts/{receipt.Json["id"]}/{view}")).Expect(200);
    }
}
