using System.Net;
using System.Text.Json.Nodes;
using Helpdesk.Testing;

namespace Helpdesk.Functions.Tests.Knowledge;

public sealed class ArticlesTests(DeskFixture fixture)
{
    internal static async Task<string> WriteAsync(Desk desk, string title, string body = "Restart it.", object? more = null, string language = "en")
    {
        var json = System.Text.Json.JsonSerializer.SerializeToNode(more ?? new { })!.AsObject();
        (json["title"], json["body"], json["language"]) = (title, body, language);
        return (await desk.PostAsync("/api/articles", json)).Expect(201).Json["article"]!["id"]!.GetValue<string>();
    }

    internal static async Task<string> PublishAsync(Desk desk, string title, string body = "Restart it.", object? more = null, string language = "en")
    {
        var id = await WriteAsync(desk, title, body, more, language);
        (await desk.PostAsync($"/api/articles/{id}/publish")).Expect(200);
        return id;
    }

    internal static async Task<List<string>> FindAsync(Desk desk, string q, string more = "") =>
        [
            .. (await desk.GetAsync($"/api/knowledge/search?q={Uri.EscapeDataString(q)}{more}")).Expect(200).Json["items"]!
                .AsArray()
                .Select(one => one!["title"]!.GetValue<string>()),
        ];

    [Fact]
    public async Task An_article_is_written_published_found_changed_and_withdrawn()
    {
        using var desk = await fixture.OpenDeskAsync();
        (await desk.PostAsync("/api/article-categories", new { id = "network", names = new { en = "Network", de = "Netzwerk" } })).Expect(201);
        var written = (
            await desk.PostAsync(
                "/api/articles",
                new
                {
                    title = "VPN drops every ten minutes",
                    language = "en",
                    category = "network",
                    tags = new[] { "vpn" },
                    body = "## What helps\n\nChoose *Stable connection*.",
                }
            )
        ).Expect(201);
        var id = written.Json["article"]!["id"]!.GetValue<string>();
        Assert.Equal("\"1\"", written.ETag);
        Assert.Equal("draft", written.Json["article"]!["state"]!.GetValue<string>());
        Assert.Equal("vpn-drops-every-ten-minutes", written.Json["article"]!["slug"]!.GetValue<string>());
        Assert.Null(written.Json["article"]!["url"]);
        Assert.Empty(await FindAsync(desk, "vpn"));

        var published = (await desk.PostAsync($"/api/articles/{id}/publish")).Expect(200).Json["article"]!;
        Assert.Equal(1, published["publishedVersion"]!.GetValue<int>());
        Assert.Equal($"/support/articles/vpn-drops-every-ten-minutes?workspace={desk.Workspace}", published["url"]!.GetValue<string>());
        Assert.Equal(["VPN drops every ten minutes"], await FindAsync(desk, "stable connection"));

        // What is being written is not read.
        var edited = (await desk.PatchAsync($"/api/articles/{id}", new { title = "VPN drops", body = "Buy a *router*." })).Expect(200);
        Assert.Equal(("draft", 2, 1), Stand(edited));
        Assert.Equal(["VPN drops every ten minutes"], await FindAsync(desk, "vpn"));
        Assert.Empty(await FindAsync(desk, "router"));
        (await desk.PostAsync($"/api/articles/{id}/publish")).Expect(200);
        Assert.Equal(["VPN drops"], await FindAsync(desk, "router"));
        Assert.Empty(await FindAsync(desk, "stable"));

        (await desk.DeleteAsync($"/api/articles/{id}")).Expect(409);
        (await desk.PostAsync($"/api/articles/{id}/archive")).Expect(200);
        Assert.Empty(await FindAsync(desk, "vpn"));
        Assert.Equal("article-archived", (await desk.PostAsync($"/api/articles/{id}/publish")).Expect(409).Code);
        (await desk.PostAsync($"/api/articles/{id}/return", new { words = "Still needed" })).Expect(200);
        (await desk.PostAsync($"/api/articles/{id}/publish")).Expect(200);
        Assert.Equal(["VPN drops"], await FindAsync(desk, "vpn"));

        var changes = (await desk.GetAsync($"/api/articles/{id}/changes?limit=3")).Expect(200).Json;
        Assert.Equal(["published", "returned", "archived"], changes["items"]!.AsArray().Select(one => one!["did"]!.GetValue<string>()));
        var rest = (await desk.GetAsync($"/api/articles/{id}/changes?cursor={changes["nextCursor"]}")).Expect(200).Json;
        Assert.Equal(["published", "edited", "published", "created"], rest["items"]!.AsArray().Select(one => one!["did"]!.GetValue<string>()));
        Assert.Equal("category-in-use", (await desk.DeleteAsync("/api/article-categories/network")).Expect(409).Code);

        (await desk.PostAsync($"/api/articles/{id}/archive")).Expect(200);
        (await desk.DeleteAsync($"/api/articles/{id}")).Expect(204);
        (await desk.GetAsync($"/api/articles/{id}")).Expect(404);
        (await desk.GetAsync($"/api/articles/{id}/versions/1")).Expect(404);
        (await desk.DeleteAsync("/api/article-categories/network")).Expect(204);
        // Its address is free again.
        Assert.NotEqual(id, await WriteAsync(desk, "VPN", more: new { slug = "vpn-drops-every-ten-minutes" }));
    }

    [Fact]
    public async Task Versions_are_kept_compared_and_taken_again()
    {
        using var desk = await fixture.OpenDeskAsync();
        var id = await PublishAsync(desk, "Printer", "One\n\nTwo\n\nThree");
        var edited = (await desk.PatchAsync($"/api/articles/{id}", new { body = "One\n\nThree\n\nFour", summary = "Paper" })).Expect(200);
        Assert.Equal(("draft", 2, 1), Stand(edited));
        // The same again changes nothing.
        Assert.Equal(("draft", 2, 1), Stand((await desk.PatchAsync($"/api/articles/{id}", new { summary = "Paper" })).Expect(200)));
        var diff = (await desk.GetAsync($"/api/articles/{id}/diff")).Expect(200).Json;
        Assert.Equal((1, 2), (diff["from"]!.GetValue<int>(), diff["to"]!.GetValue<int>()));
        string Without(string change) =>
            string.Join('\n', diff["lines"]!.AsArray().Where(line => line!["change"]!.GetValue<string>() != change).Select(line => line!["text"]));
        Assert.Equal("One\n\nTwo\n\nThree", Without("added"));
        Assert.Equal("One\n\nThree\n\nFour", Without("removed"));
        Assert.True(diff["lines"]!.AsArray().Count(line => line!["change"]!.GetValue<string>() == "same") >= 3);
        Assert.Equal("summary", Assert.Single(diff["fields"]!.AsArray())!["field"]!.GetValue<string>());
        var first = (await desk.GetAsync($"/api/articles/{id}/versions/1")).Expect(200).Json;
        Assert.Equal("One\n\nTwo\n\nThree", first["body"]!.GetValue<string>());
        var restored = (await desk.PostAsync($"/api/articles/{id}/versions/1/restore")).Expect(200);
        Assert.Equal(("draft", 3, 1), Stand(restored));
        Assert.Equal("One\n\nTwo\n\nThree", restored.Json["body"]!.GetValue<string>());
        (await desk.GetAsync($"/api/articles/{id}/versions/9")).Expect(404);
        (await desk.GetAsync($"/api/articles/{id}/versions/one")).Expect(404);
        (await desk.GetAsync($"/api/articles/{id}/diff?from=0&to=1")).Expect(200);
        (await desk.PatchAsync($"/api/articles/{id}", new { title = "X" }, ("If-Match", "\"1\""))).Expect(412);
    }

    [Fact]
    public async Task Where_review_is_required_somebody_else_publishes()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var author = await desk.WithRoleAsync("agent");
        using var other = await desk.WithRoleAsync("agent");
        (await author.PatchAsync("/api/knowledge/settings", new { review = true })).Expect(403);
        (await desk.PatchAsync("/api/knowledge/settings", new { review = true })).Expect(200);
        var id = await WriteAsync(author, "Printer");
        Assert.Equal("review-required", (await other.PostAsync($"/api/articles/{id}/publish")).Expect(409).Code);
        (await author.PostAsync($"/api/articles/{id}/submit")).Expect(200);
        Assert.Equal("reviewer-is-author", (await author.PostAsync($"/api/articles/{id}/publish")).Expect(409).Code);
        (await other.PostAsync($"/api/articles/{id}/return", new { words = "Which printer?" })).Expect(200);
        (await author.PatchAsync($"/api/articles/{id}", new { body = "The one on the second floor." })).Expect(200);
        (await author.PostAsync($"/api/articles/{id}/submit")).Expect(200);
        (await other.PostAsync($"/api/articles/{id}/publish")).Expect(200);
        // Who has changed a word has written it.
        (await other.PatchAsync($"/api/articles/{id}", new { body = "The one on the third floor." })).Expect(200);
        (await author.PostAsync($"/api/articles/{id}/submit")).Expect(200);
        Assert.Equal("reviewer-is-author", (await other.PostAsync($"/api/articles/{id}/publish")).Expect(409).Code);
        (await author.PostAsync($"/api/articles/{id}/publish")).Expect(200);

        (await desk.PatchAsync("/api/knowledge/settings", new { publishers = "admins" })).Expect(200);
        Assert.Equal("admin-required", (await author.PostAsync($"/api/articles/{id}/archive")).Expect(403).Code);
        (await desk.PostAsync($"/api/articles/{id}/archive")).Expect(200);
        var audit = (await desk.GetAsync("/api/audit")).Expect(200).Json["items"]!.AsArray();
        Assert.Equal(2, audit.Count(entry => entry!["kind"]!.GetValue<string>() == "knowledge"));
    }

    [Fact]
    public async Task Each_reader_finds_what_they_may_see_and_nobody_sees_another_workspace()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var other = await fixture.OpenDeskAsync();
        using var agent = await desk.WithRoleAsync("agent");
        using var bridge = await desk.WithRoleAsync("integration");
        (
            await desk.PostAsync(
                "/api/organisations",
                new
                {
                    id = "acme",
                    name = "Acme",
                    domains = new[] { "acme.example" },
                }
            )
        ).Expect(201);
        var open = await PublishAsync(desk, "Router for all");
        var some = await PublishAsync(desk, "Router for Acme", more: new { visibility = "organisations", organisations = new[] { "acme" } });
        await PublishAsync(desk, "Router for agents", more: new { visibility = "agents" });
        Assert.Equal(["Router for Acme", "Router for agents", "Router for all"], (await FindAsync(agent, "router")).Order(StringComparer.Ordinal));
        Assert.Equal(["Router for all"], await FindAsync(bridge, "router"));
        Assert.Empty(await FindAsync(other, "router"));
        (await other.GetAsync($"/api/articles/{open}")).Expect(404);
        (await other.PatchAsync($"/api/articles/{open}", new { title = "Mine" })).Expect(404);
        (await other.PostAsync($"/api/articles/{open}/archive")).Expect(404);
        (await other.GetAsync($"/api/articles/{open}/changes")).Expect(404);
        Assert.Empty((await other.GetAsync("/api/articles")).Json["items"]!.AsArray());
        foreach (var path in new[] { "/api/articles", $"/api/articles/{some}", $"/api/articles/{some}/changes", $"/api/articles/{some}/versions/1" })
            (await bridge.GetAsync(path)).Expect(403);
        (
            await bridge.PostAsync(
                "/api/articles",
                new
                {
                    title = "No",
                    body = "No",
                    language = "en",
                }
            )
        ).Expect(403);
        (await bridge.PostAsync($"/api/articles/{some}/publish")).Expect(403);
        (await agent.PostAsync("/api/article-categories", new { names = new { en = "No" } })).Expect(403);
    }

    [Fact]
    public async Task Of_translations_one_is_found_in_the_language_of_the_reader()
    {
        using var desk = await fixture.OpenDeskAsync();
        var english = await PublishAsync(desk, "Reset a password", "Open the portal.");
        await PublishAsync(desk, "Kennwort zurücksetzen", "Öffne das Portal.", new { translationOf = english }, "de");
        await PublishAsync(desk, "Portal for guests", "Ask for a badge.");
        Assert.Equal(["Kennwort zurücksetzen", "Portal for guests"], (await FindAsync(desk, "portal", "&language=de")).Order(StringComparer.Ordinal));
        Assert.Equal(["Portal for guests", "Reset a password"], (await FindAsync(desk, "portal", "&language=hr")).Order(StringComparer.Ordinal));
        Assert.Equal(3, (await FindAsync(desk, "portal")).Count);
        var shown = (await desk.GetAsync($"/api/articles/{english}")).Expect(200).Json;
        Assert.Equal("de", Assert.Single(shown["translations"]!.AsArray())!["language"]!.GetValue<string>());
        Assert.Equal("translation-exists", (
                await desk.PostAsync(
                    "/api/articles",
                    new
                    {
                        title = "Noch eines",
                        body = "x",
                        language = "de",
                        translationOf = english,
                    }
                )
            ).Expect(409).Code);
    }

    [Fact]
    public async Task The_same_request_twice_makes_one_article()
    {
        using var desk = await fixture.OpenDeskAsync();
        var body = new
        {
            title = "Once",
            body = "x",
            language = "en",
        };
        var first = (await desk.PostAsync("/api/articles", body, ("Idempotency-Key", "one"))).Expect(201).Json["article"]!["id"]!.GetValue<string>();
        Assert.Equal(first, (await desk.PostAsync("/api/articles", body, ("Idempotency-Key", "one"))).Expect(201).Json["article"]!["id"]!.GetValue<string>());
        Assert.Equal("idempotency-key-reused", (
                await desk.PostAsync(
                    "/api/articles",
                    new
                    {
                        title = "Another",
                        body = "x",
                        language = "en",
                    },
                    ("Idempotency-Key", "one")
                )
            ).Expect(409).Code);
        Assert.Single((await desk.GetAsync("/api/articles")).Json["items"]!.AsArray());
    }

    [Theory]
    [InlineData("title", """{"body":"x","language":"en"}""")]
    [InlineData("body", """{"title":"x","language":"en"}""")]
    [InlineData("language", """{"title":"x","body":"x","language":"German"}""")]
    [InlineData("slug", """{"title":"x","body":"x","language":"en","slug":"../etc"}""")]
    [InlineData("category", """{"title":"x","body":"x","language":"en","category":"none"}""")]
    [InlineData("organisations", """{"title":"x","body":"x","language":"en","visibility":"organisations"}""")]
    [InlineData("organisations", """{"title":"x","body":"x","language":"en","organisations":["acme"]}""")]
    [InlineData("organisations", """{"title":"x","body":"x","language":"en","visibility":"organisations","organisations":["nobody"]}""")]
    [InlineData("translationOf", """{"title":"x","body":"x","language":"en","translationOf":"none"}""")]
    [InlineData("attachments", """{"title":"x","body":"x","language":"en","attachments":["2k7x0c4v9m1q8r5t3w6y0z2b4d"]}""")]
    public async Task What_is_wrong_is_said_with_the_field(string field, string body)
    {
        using var desk = await fixture.OpenDeskAsync();
        var answer = (await desk.PostAsync("/api/articles", JsonNode.Parse(body))).Expect(400);
        Assert.Contains(field, answer.Json["errors"]!.AsObject().Select(pair => pair.Key));
    }

    [Fact]
    public async Task Markdown_that_is_made_to_keep_a_parser_busy_is_refused_or_read_in_time()
    {
        using var desk = await fixture.OpenDeskAsync();
        var answer = await desk.PostAsync(
            "/api/articles",
            new
            {
                title = "Deep",
                language = "en",
                body = string.Concat(Enumerable.Repeat("> ", 20_000)) + "x",
            }
        );
        Assert.Contains("body", answer.Expect(400).Json["errors"]!.AsObject().Select(pair => pair.Key));
    }

    private static (string, int, int) Stand(Answer answer) =>
        (
            answer.Json["article"]!["state"]!.GetValue<string>(),
            answer.Json["article"]!["version"]!.GetValue<int>(),
            answer.Json["article"]!["publishedVersion"]?.GetValue<int>() ?? 0
        );
}
