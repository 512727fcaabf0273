using System.Text.RegularExpressions;

namespace Helpdesk.Functions.Tests.Portal;

public sealed class SupportCommunityTests(DeskFixture fixture)
{
    private async Task<(Desk Desk, PortalBrowser Asker, PortalBrowser Helper)> OpenAsync()
    {
        var desk = await fixture.OpenDeskAsync();
        (await desk.PatchAsync("/api/portal", new { community = true })).Expect(200);
        var (asker, helper) = (new PortalBrowser(fixture.App, desk), new PortalBrowser(fixture.App, desk));
        await desk.OpenTicketAsync(email: "rita@example.com");
        await desk.OpenTicketAsync(email: "tom@example.com");
        await fixture.App.DeliveredAsync();
        await asker.SignInAsync("rita@example.com");
        await helper.SignInAsync("tom@example.com");
        return (desk, asker, helper);
    }

    private static (string, string)[] Question(string title, string once = "") =>
        [("title", title), ("body", "Line one\r\n<script>alert(1)</script>"), ("name", "Müde Maus"), ("once", once)];

    [Fact]
    public async Task A_question_is_asked_answered_and_what_helped_is_accepted_by_whoever_asked()
    {
        var (desk, asker, helper) = await OpenAsync();
        using var guest = new PortalBrowser(fixture.App, desk);
        // Whoever is not signed in, or no more, has their words to send them later.
        var kept = await guest.PostAsync(guest.Of("/support/community"), Question("Mine?"));
        Assert.Equal(403, kept.Status);
        Assert.Contains("/support/requests", kept.Html, StringComparison.Ordinal);
        Assert.Contains("Mine?\n\nLine one&#xD;&#xA;&lt;script&gt;", kept.Html, StringComparison.Ordinal);
        var wrong = await asker.PostAsync(asker.Of("/support/community"), ("title", "A title"), ("body", "x"), ("name", "rita@example.com"));
        Assert.Equal(400, wrong.Status);
        var asked = await asker.PostAsync(asker.Of("/support/community"), Question("How do I\u202E reset Ünïcode?", "once"));
        Assert.Equal(302, asked.Status);
        Assert.Equal(asked.Location, (await asker.PostAsync(asker.Of("/support/community"), Question("How do I reset Ünïcode?", "once"))).Location);
        var page = asked.Location!;
        foreach (var _ in new[] { 1, 2 })
            Assert.Equal(302, (await helper.PostAsync(page, ("body", "Hold the key"), ("name", "Tom\u202E Cat\u200B"))).Status);
        var id = Regex.Match(page, "community/([0-9a-z]{25})").Groups[1].Value;
        var question = (await desk.GetAsync($"/api/community/questions/{id}")).Expect(200).Json;
        Assert.Equal("How do I reset Ünïcode?", question["title"]!.GetValue<string>());
        var answer = Assert.Single(question["answers"]!.AsArray())!["id"]!.GetValue<string>();
        // Only whoever asked says what helped.
        Assert.Equal(400, (await helper.PostAsync(page, ("accept", answer))).Status);
        Assert.DoesNotContain("name=\"accept\"", await helper.ReadAsync(page), StringComparison.Ordinal);
        Assert.Contains("name=\"accept\"", await asker.ReadAsync(page), StringComparison.Ordinal);
        Assert.Equal(302, (await asker.PostAsync(page, ("accept", answer))).Status);
        (await desk.PostAsync($"/api/community/questions/{id}/answers", new { body = "Or ask us" })).Expect(200);
        var html = await guest.ReadAsync(page);
        Assert.Contains("&lt;script&gt;alert(1)&lt;/script&gt;", html, StringComparison.Ordinal);
        foreach (var words in new[] { "Müde Maus", "Tom Cat", "This helped", "our team" })
            Assert.Contains(words, html, StringComparison.Ordinal);
        Assert.DoesNotContain("@example.com", html, StringComparison.Ordinal);
        Assert.Contains("Ünïcode", await guest.ReadAsync(guest.Of("/support/community?q=unicode reset")), StringComparison.Ordinal);
        Assert.DoesNotContain("Ünïcode", await guest.ReadAsync(guest.Of("/support/community?q=printer")), StringComparison.Ordinal);

        // An agent hides an answer, then the question; nobody else's agent sees it at all.
        (await desk.SendAsync(HttpMethod.Patch, $"/api/community/questions/{id}/answers/{answer}", Body(new { hidden = true }))).Expect(200);
        Assert.DoesNotContain("Hold the key", await guest.ReadAsync(page), StringComparison.Ordinal);
        (await desk.PatchAsync($"/api/community/questions/{id}", new { hidden = true })).Expect(200);
        await guest.ReadAsync(page, 404);
        Assert.DoesNotContain("Ünïcode", await guest.ReadAsync(guest.Of("/support/community")), StringComparison.Ordinal);
        Assert.Single((await desk.GetAsync("/api/community/questions")).Expect(200).Json["items"]!.AsArray());
        using var other = await fixture.OpenDeskAsync();
        (await other.GetAsync($"/api/community/questions/{id}")).Expect(404);
        (await other.DeleteAsync($"/api/community/questions/{id}")).Expect(404);
        await guest.ReadAsync($"/support/community?workspace={other.Workspace}", 404);
        (await desk.DeleteAsync($"/api/community/questions/{id}")).Expect(204);
        (await desk.GetAsync($"/api/community/questions/{id}")).Expect(404);
        desk.Dispose();
        asker.Dispose();
        helper.Dispose();
    }

    [Fact]
    public async Task A_question_becomes_one_ticket_and_one_draft_and_nobody_floods_the_list()
    {
        var (desk, asker, helper) = await OpenAsync();
        var page = (await asker.PostAsync(asker.Of("/support/community"), Question("Printer"))).Location!;
        var id = Regex.Match(page, "community/([0-9a-z]{25})").Groups[1].Value;
        Assert.Equal("no-answer", (await desk.PostAsync($"/api/community/questions/{id}/article")).Expect(409).Code);
        await helper.PostAsync(page, ("body", "Ask *Müde Maus*"), ("name", "Tom Cat"));
        var answer = (await desk.GetAsync($"/api/community/questions/{id}")).Json["answers"]![0]!["id"]!.GetValue<string>();
        var made = (await desk.PostAsync($"/api/community/questions/{id}/ticket")).Expect(200).Json["ticket"]!.GetValue<long>();
        Assert.Equal(made, (await desk.PostAsync($"/api/community/questions/{id}/ticket")).Expect(200).Json["ticket"]!.GetValue<long>());
        var ticket = (await desk.GetAsync($"/api/tickets/{made}")).Expect(200).Json;
        Assert.Equal(("Printer", "rita@example.com"), (ticket["subject"]!.GetValue<string>(), ticket["requester"]!["email"]!.GetValue<string>()));
        var article = (await desk.PostAsync($"/api/community/questions/{id}/article", new { answer })).Expect(200).Json["article"]!.GetValue<string>();
        Assert.Equal(
            article,
            (await desk.PostAsync($"/api/community/questions/{id}/article", new { answer })).Expect(200).Json["article"]!.GetValue<string>()
        );
        var draft = (await desk.GetAsync($"/api/articles/{article}")).Expect(200).Text;
        Assert.Contains("Ask \\\\*Müde Maus\\\\*", draft, StringComparison.Ordinal);
        Assert.Contains("\"draft\"", draft, StringComparison.Ordinal);

        var status = 302;
        for (var i = 0; i < Helpdesk.Functions.Portal.PortalStore.PostsPerHour; i++)
            status = (await asker.PostAsync(asker.Of("/support/community"), Question($"Again {i}"))).Status;
        Assert.Equal(400, status);
        var seen = new List<string>();
        string? cursor = null;
        do
        {
            var list = (await desk.GetAsync($"/api/community/questions?limit=4{(cursor is null ? "" : $"&cursor={cursor}")}")).Expect(200).Json;
            seen.AddRange(list["items"]!.AsArray().Select(one => one!["title"]!.GetValue<string>()));
            cursor = list["nextCursor"]?.GetValue<string>();
        } while (cursor is not null);
        Assert.Equal([.. Enumerable.Range(0, 9).Reverse().Select(i => $"Again {i}"), "Printer"], seen);
        desk.Dispose();
        asker.Dispose();
        helper.Dispose();
    }

    private static System.Net.Http.Json.JsonContent Body(object body) => System.Net.Http.Json.JsonContent.Create(body);
}
