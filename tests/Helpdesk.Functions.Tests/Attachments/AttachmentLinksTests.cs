using System.Buffers.Text;
using System.Text;
using Helpdesk.Functions.Attachments;
using Helpdesk.Functions.Tests.Email;
using Helpdesk.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Helpdesk.Functions.Tests.Attachments;

/// <summary>Links for people without a key: good until they expire or are made void, and a wrong one tells nothing.</summary>
public sealed class AttachmentLinksTests(DeskFixture fixture)
{
    [Fact]
    public async Task A_link_is_good_until_it_expires()
    {
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var app = await RunningApp.StartAsync(fixture.Storage, builder => builder.Services.AddSingleton<TimeProvider>(clock));
        using var desk = await fixture.OpenDeskAsync(app);
        using var anybody = new Desk(desk.Workspace, "", app.Address);
        var id = (await desk.UploadAsync(("a.txt", "words"u8.ToArray())))[0];
        var link = (await desk.PostAsync($"/api/attachments/{id}/link", new { expiresIn = "PT1H" })).Expect(200).Json;
        var path = new Uri(link.Text("url")).AbsolutePath;
        Assert.Equal("words", (await anybody.GetAsync(path)).Expect(200).Text);
        Assert.Equal("ords", (await anybody.GetAsync(path, ("Range", "bytes=1-"))).Expect(206).Text);
        clock.Advance(TimeSpan.FromMinutes(59));
        (await anybody.GetAsync(path)).Expect(200);
        clock.Advance(TimeSpan.FromMinutes(2));
        (await anybody.GetAsync(path)).Expect(404);
    }

    [Fact]
    public async Task A_link_lasts_thirty_days_when_nobody_says_otherwise_and_is_what_mails_carry()
    {
        using var desk = await fixture.OpenDeskAsync();
        var id = (await desk.UploadAsync(("a.txt", "words"u8.ToArray())))[0];
        var expires = (await desk.PostAsync($"/api/attachments/{id}/link")).Expect(200).Json["expiresAt"]!.GetValue<DateTimeOffset>();
        Assert.InRange(expires - TimeProvider.System.GetUtcNow(), TimeSpan.FromDays(30) - TimeSpan.FromMinutes(2), TimeSpan.FromDays(30));
        var links = fixture.App.Services.GetRequiredService<AttachmentLinks>();
        var url = await links.UrlAsync(desk.Workspace, id, TimeSpan.FromDays(7), TestContext.Current.CancellationToken);
        using var anybody = new Desk(desk.Workspace, "", fixture.App.Address);
        (await anybody.GetAsync(new Uri(url!).AbsolutePath)).Expect(200);
        Assert.Null(await links.UrlAsync(desk.Workspace, new string('a', 26), null, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Links_of_one_file_are_made_void_and_others_stay()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var anybody = new Desk(desk.Workspace, "", fixture.App.Address);
        var ids = await desk.UploadAsync(("a.txt", "a"u8.ToArray()), ("b.txt", "b"u8.ToArray()));
        async Task<string> LinkAsync(string id) => new Uri((await desk.PostAsync($"/api/attachments/{id}/link")).Expect(200).Json.Text("url")).AbsolutePath;
        var (first, second) = (await LinkAsync(ids[0]), await LinkAsync(ids[1]));
        (await desk.DeleteAsync($"/api/attachments/{ids[0]}/link")).Expect(204);
        (await anybody.GetAsync(first)).Expect(404);
        (await anybody.GetAsync(second)).Expect(200);
        (await anybody.GetAsync(await LinkAsync(ids[0]))).Expect(200);
    }

    [Fact]
    public async Task Whatever_is_wrong_with_a_link_the_answer_is_the_same()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var anybody = new Desk(desk.Workspace, "", fixture.App.Address);
        var id = (await desk.UploadAsync(("a.txt", "a"u8.ToArray())))[0];
        var path = new Uri((await desk.PostAsync($"/api/attachments/{id}/link")).Expect(200).Json.Text("url")).AbsolutePath;
        var token = path["/files/".Length..];
        string Turned(int at) => string.Concat(token.AsSpan(0, at), token[at] == 'A' ? "B" : "A", token.AsSpan(at + 1));
        string[] wrong =
        [
            .. Enumerable.Range(0, token.Length).Select(Turned),
            token[..^1],
            token[1..],
            $"{token}A",
            $"{token}==",
            $"{token}.",
            token.ToUpperInvariant(),
            new('A', token.Length),
            $"{desk.Workspace}.{id}.99999999999.{new string('0', 26)}",
            id,
            "x",
            new('x', 5000),
        ];
        foreach (var one in wrong)
        {
            var answer = (await anybody.GetAsync($"/files/{one}")).Expect(404);
            Assert.Equal("not-found", answer.Code);
        }
    }

    [Fact]
    public async Task A_link_tells_neither_the_file_nor_the_workspace_and_no_two_are_alike()
    {
        using var desk = await fixture.OpenDeskAsync();
        var id = (await desk.UploadAsync(("a.txt", "a"u8.ToArray())))[0];
        async Task<string> LinkAsync() => new Uri((await desk.PostAsync($"/api/attachments/{id}/link")).Expect(200).Json.Text("url")).AbsolutePath[7..];
        var tokens = new[] { await LinkAsync(), await LinkAsync(), await LinkAsync() };
        Assert.Equal(3, tokens.Distinct().Count());
        foreach (var token in tokens)
        {
            Assert.Matches("^[A-Za-z0-9_-]+$", token);
            foreach (var shown in new[] { token, Encoding.Latin1.GetString(Base64Url.DecodeFromChars(token)) })
            {
                Assert.DoesNotContain(id, shown, StringComparison.OrdinalIgnoreCase);
                Assert.DoesNotContain(desk.Workspace, shown, StringComparison.OrdinalIgnoreCase);
            }
        }
    }

    [Fact]
    public async Task Only_files_of_the_web_chat_are_had_by_their_id()
    {
        using var box = await MailDesk.OpenAsync(fixture);
        var desk = box.Desk;
        using var agent = await desk.WithRoleAsync("agent");
        using var anybody = new Desk(desk.Workspace, "", fixture.App.Address);
        Task<Answer> GetAsync(string id) => anybody.GetAsync($"/api/directline/files/{desk.Workspace}/{id}");

        // By API: for later, on a ticket that is opened with it, from an agent.
        var later = (await desk.UploadAsync(("a.txt", "a"u8.ToArray())))[0];
        var ticket = (await desk.OpenTicketAsync()).Json.Text("id");
        var answer = await agent.SendAsync(HttpMethod.Post, $"/api/tickets/{ticket}/attachments", Files.Form([], ("b.txt", "b"u8.ToArray())));
        var said = await desk.SendAsync(HttpMethod.Post, $"/api/tickets/{ticket}/comments", Files.Form([("author", "requester")], ("c.txt", "c"u8.ToArray())));
        // By the form.
        var form = Files.Form([("subject", "Printer"), ("description", "Burns"), ("email", "rita@example.com")], ("d.txt", "d"u8.ToArray()));
        (await anybody.SendAsync(HttpMethod.Post, $"/api/intake/web?workspace={desk.Workspace}", form)).Expect(202);
        await Until.TrueAsync(async () => (await desk.GetAsync("/api/tickets/2")).Status == 200, "the form is a ticket");
        // By mail.
        const string parts =
            "--b\nContent-Type: text/plain\n\nSee file\n--b\nContent-Type: text/plain\nContent-Disposition: attachment; filename=e.txt\n\ne\n--b--\n";
        var mail = box.Mail(parts, ("MIME-Version", "1.0"), ("Content-Type", "multipart/mixed; boundary=b"));
        var mailed = await box.TicketAsync(await box.SendAsync(mail));
        foreach (
            var id in new[]
            {
                later,
                answer.Expect(201).Json["items"]![0].Text("id"),
                said.Expect(201).Json["attachments"]![0].Text("id"),
                (await desk.GetAsync("/api/tickets/2")).Json["attachments"]![0].Text("id"),
                mailed["attachments"]![0].Text("id"),
            }
        )
        {
            (await desk.GetAsync($"/api/attachments/{id}")).Expect(200);
            (await GetAsync(id)).Expect(404);
        }
    }

    [Theory]
    [InlineData("PT30S")]
    [InlineData("P366D")]
    [InlineData("tomorrow")]
    public async Task A_link_lasts_a_minute_to_a_year(string lifetime)
    {
        using var desk = await fixture.OpenDeskAsync();
        var id = (await desk.UploadAsync(("a.txt", "a"u8.ToArray())))[0];
        Assert.NotNull((await desk.PostAsync($"/api/attachments/{id}/link", new { expiresIn = lifetime })).Expect(400).Json["errors"]!["expiresIn"]);
    }
}
