using System.Text;

namespace Helpdesk.Functions.Tests.Attachments;

/// <summary>Files come to tickets and comments by the API, in one step or in two.</summary>
public sealed class AttachFilesTests(DeskFixture fixture)
{
    private static readonly byte[] Words = "the log"u8.ToArray();

    [Fact]
    public async Task Files_come_with_a_comment_and_are_shown_with_it()
    {
        using var desk = await fixture.OpenDeskAsync();
        var ticket = (await desk.OpenTicketAsync()).Json.Text("id");
        var form = Files.Form([("body", "See the log"), ("visibility", "public")], ("trace.log", Words), ("photo.png", Files.Png));
        var comment = (await desk.SendAsync(HttpMethod.Post, $"/api/tickets/{ticket}/comments", form)).Expect(201).Json;
        Assert.Equal("See the log", comment.Text("body"));
        Assert.Equal(
            ["trace.log text/plain 7", "photo.png image/png 70"],
            comment["attachments"]!.AsArray().Select(file => $"{file!["name"]} {file["contentType"]} {file["size"]}")
        );
        var listed = (await desk.GetAsync($"/api/tickets/{ticket}/comments")).Expect(200).Json["items"]![0]!["attachments"]!;
        Assert.Equal(comment["attachments"]!.ToJsonString(), listed.ToJsonString());
        Assert.Equal("the log", (await desk.GetAsync(listed[0].Text("url"))).Expect(200).Text);
    }

    [Fact]
    public async Task Files_without_words_are_a_comment_that_names_them()
    {
        using var desk = await fixture.OpenDeskAsync();
        var ticket = (await desk.OpenTicketAsync()).Json.Text("id");
        var added = await desk.SendAsync(HttpMethod.Post, $"/api/tickets/{ticket}/attachments", Files.Form([], ("a.log", Words), ("b.png", Files.Png)));
        Assert.Equal(2, added.Expect(201).Json["items"]!.AsArray().Count);
        var comment = (await desk.GetAsync($"/api/tickets/{ticket}/comments")).Json["items"]![0]!;
        Assert.Equal(("a.log, b.png", added.Json.Text("comment"), "public"), (comment.Text("body"), comment.Text("id"), comment.Text("visibility")));
        (await desk.SendAsync(HttpMethod.Post, $"/api/tickets/{ticket}/attachments", Files.Form([("body", "nothing")]))).Expect(400);
        (await desk.PostAsync($"/api/tickets/{ticket}/attachments", new { body = "nothing" })).Expect(400);
        (await desk.SendAsync(HttpMethod.Post, "/api/tickets/4711/attachments", Files.Form([], ("a.log", Words)))).Expect(404);
    }

    [Fact]
    public async Task Files_are_uploaded_first_and_named_by_a_comment_and_by_a_new_ticket()
    {
        using var desk = await fixture.OpenDeskAsync();
        var ids = await desk.UploadAsync(("a.log", Words), ("b.png", Files.Png));
        var body = new
        {
            subject = "Printer",
            description = "Burns",
            requester = new { email = "rita@example.com" },
            attachments = new[] { ids[0] },
        };
        var opened = (await desk.PostAsync("/api/tickets", body, ("Idempotency-Key", "open"))).Expect(201);
        Assert.Equal(ids[0], opened.Json["attachments"]![0].Text("id"));
        Assert.Equal(opened.Text, (await desk.PostAsync("/api/tickets", body, ("Idempotency-Key", "open"))).Expect(201).Text);
        var ticket = opened.Json.Text("id");
        var comment = (await desk.PostAsync($"/api/tickets/{ticket}/comments", new { attachments = new[] { ids[1] } })).Expect(201).Json;
        Assert.Equal(("b.png", ids[1]), (comment.Text("body"), comment["attachments"]![0].Text("id")));

        var other = (await desk.OpenTicketAsync()).Json.Text("id");
        var taken = (await desk.PostAsync($"/api/tickets/{other}/comments", new { body = "x", attachments = ids })).Expect(400);
        Assert.Contains("is attached to ticket", taken.Json["errors"]!["attachments"]![0]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_ticket_is_opened_with_its_files_in_one_request()
    {
        using var desk = await fixture.OpenDeskAsync();
        const string request = """{"subject":"Printer","description":"Burns","requester":{"email":"rita@example.com"},"tags":["hot"]}""";
        var opened = (await desk.SendAsync(HttpMethod.Post, "/api/tickets", Files.Form([("request", request)], ("photo.png", Files.Png)))).Expect(201).Json;
        Assert.Equal(("photo.png", "hot"), (opened["attachments"]![0].Text("name"), opened["tags"]![0]!.GetValue<string>()));
    }

    [Theory]
    [InlineData("not an id", "not the id of an attachment")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaa", "was not found")]
    public async Task A_file_that_is_not_there_cannot_be_attached(string id, string why)
    {
        using var desk = await fixture.OpenDeskAsync();
        var ticket = (await desk.OpenTicketAsync()).Json.Text("id");
        var refused = (await desk.PostAsync($"/api/tickets/{ticket}/comments", new { body = "x", attachments = new[] { id } })).Expect(400);
        Assert.Contains(why, refused.Json["errors"]!["attachments"]![0]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_of_another_workspace_is_not_there()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var other = await fixture.OpenDeskAsync();
        var ids = await desk.UploadAsync(("a.log", Words));
        var ticket = (await other.OpenTicketAsync()).Json.Text("id");
        (await other.PostAsync($"/api/tickets/{ticket}/comments", new { body = "x", attachments = ids })).Expect(400);
        (await other.GetAsync($"/api/attachments/{ids[0]}")).Expect(404);
        (await other.PostAsync($"/api/attachments/{ids[0]}/link")).Expect(404);
        (await other.DeleteAsync($"/api/attachments/{ids[0]}/link")).Expect(404);
        (await other.PostAsync($"/api/attachments/{ids[0]}/release")).Expect(404);
    }

    [Fact]
    public async Task A_file_on_a_note_is_for_those_who_read_notes()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var bridge = await desk.WithRoleAsync("integration");
        using var agent = await desk.WithRoleAsync("agent");
        var ticket = (await desk.OpenTicketAsync()).Json.Text("id");
        var note = await agent.SendAsync(
            HttpMethod.Post,
            $"/api/tickets/{ticket}/attachments",
            Files.Form([("visibility", "internal")], ("secret.log", Words))
        );
        var open = await agent.SendAsync(HttpMethod.Post, $"/api/tickets/{ticket}/attachments", Files.Form([], ("open.log", Words)));
        var (secret, plain) = (note.Expect(201).Json["items"]![0].Text("url"), open.Expect(201).Json["items"]![0].Text("url"));
        (await agent.GetAsync(secret)).Expect(200);
        (await bridge.GetAsync(secret)).Expect(404);
        (await bridge.GetAsync(plain)).Expect(200);
        using var anybody = new Desk(desk.Workspace, "", fixture.App.Address);
        (await anybody.GetAsync(plain)).Expect(401);
        // The address that the web chat uses does not lead around it.
        (await anybody.GetAsync(secret.Replace("/api/attachments", $"/api/directline/files/{desk.Workspace}", StringComparison.Ordinal))).Expect(404);
        (await anybody.GetAsync(plain.Replace("/api/attachments", $"/api/directline/files/{desk.Workspace}", StringComparison.Ordinal))).Expect(404);
        // Nor can a bridge make it public by attaching it again.
        var again = new { body = "x", attachments = new[] { note.Json["items"]![0].Text("id") } };
        (await bridge.PostAsync($"/api/tickets/{ticket}/comments", again)).Expect(400);
        (await bridge.SendAsync(HttpMethod.Post, $"/api/tickets/{ticket}/attachments", Files.Form([("visibility", "internal")], ("a.log", Words)))).Expect(
            403
        );
    }

    [Fact]
    public async Task The_same_key_gives_the_same_files_and_another_file_under_it_is_refused()
    {
        using var desk = await fixture.OpenDeskAsync();
        var ticket = (await desk.OpenTicketAsync()).Json.Text("id");
        Task<Answer> SendAsync(string path, string words) =>
            desk.SendAsync(HttpMethod.Post, path, Files.Form([], ("a.log", Encoding.UTF8.GetBytes(words))), ("Idempotency-Key", $"key {path}"));

        foreach (var path in new[] { "/api/attachments", $"/api/tickets/{ticket}/attachments", $"/api/tickets/{ticket}/comments" })
        {
            var first = (await SendAsync(path, "one")).Expect(201);
            var again = (await SendAsync(path, "one")).Expect(201);
            Assert.Equal(first.Text, again.Text);
            Assert.Equal("true", again.Headers.GetValues("Idempotency-Replayed").Single());
            Assert.Equal("idempotency-key-reused", (await SendAsync(path, "two")).Expect(409).Code);
        }

        Assert.Equal(2, (await desk.GetAsync($"/api/tickets/{ticket}/comments")).Json["items"]!.AsArray().Count);
    }

    [Fact]
    public async Task What_is_said_to_a_merged_ticket_with_files_goes_to_the_living_one()
    {
        using var desk = await fixture.OpenDeskAsync();
        var (source, target) = ((await desk.OpenTicketAsync()).Json, (await desk.OpenTicketAsync()).Json);
        (await desk.PostAsync($"/api/tickets/{source.Text("id")}/merge", new { into = target.Text("id") })).Expect(200);
        var added = await desk.SendAsync(HttpMethod.Post, $"/api/tickets/{source.Text("id")}/attachments", Files.Form([], ("a.log", Words)));
        Assert.StartsWith($"{target["number"]}-", added.Expect(201).Json.Text("comment"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_closed_ticket_takes_no_files()
    {
        using var desk = await fixture.OpenDeskAsync();
        var ticket = (await desk.ClosedTicketAsync()).Json.Text("id");
        Assert.Equal(
            "ticket-closed",
            (await desk.SendAsync(HttpMethod.Post, $"/api/tickets/{ticket}/attachments", Files.Form([], ("a.log", Words)))).Expect(409).Code
        );
    }

    [Theory]
    [InlineData("run.exe")]
    [InlineData("run.exe::$DATA")]
    [InlineData("run.exe:stream.txt")]
    [InlineData("run.exe. . ")]
    [InlineData("invoice.pdf.exe")]
    [InlineData("photo\u202egpj.exe")]
    [InlineData("page.HTML")]
    [InlineData("aux.cmd")]
    public async Task Programs_are_refused_by_name(string name)
    {
        using var desk = await fixture.OpenDeskAsync();
        var form = Files.Form([], []);
        // As a client sends it that quotes nothing.
        form.Add(new ByteArrayContent(Words), "files", "x");
        var bytes = Encoding.UTF8.GetString(await form.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        bytes = bytes.Replace("filename=x", $"filename=\"{name}\"", StringComparison.Ordinal).Replace("; filename*=utf-8''x", "", StringComparison.Ordinal);
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(bytes)) { Headers = { ContentType = form.Headers.ContentType } };
        var refused = (await desk.SendAsync(HttpMethod.Post, "/api/attachments", content)).Expect(400);
        Assert.Contains("program", refused.Json["errors"]!["files"]![0]!.GetValue<string>(), StringComparison.Ordinal);
    }
}
