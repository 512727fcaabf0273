using System.Text.Json.Nodes;
using Helpdesk.Testing;

namespace Helpdesk.Functions.Tests.Tickets;

/// <summary>Internal notes, seen by who may read them and by who may not.</summary>
public sealed class InternalNotesTests(DeskFixture fixture)
{
    private const string Secret = "The password is on the sticker";

    [Fact]
    public async Task A_key_without_the_scope_is_told_of_no_note()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var blind = await desk.WithRoleAsync("integration");
        using var trusted = await KeyAsync(desk, "notes");
        var id = (await desk.OpenTicketAsync()).Json["id"]!.GetValue<string>();
        await SayAsync(desk, id, "On my way", "public");
        await SayAsync(desk, id, Secret, "internal");
        await SayAsync(desk, id, "Done", "public");

        foreach (var (key, comments, events) in new[] { (blind, 2, 2), (trusted, 3, 3), (desk, 3, 3) })
        {
            var list = (await key.GetAsync($"/api/tickets/{id}/comments")).Expect(200);
            Assert.Equal(comments, list.Json["items"]!.AsArray().Count);
            Assert.Equal(key != blind, list.Text.Contains(Secret, StringComparison.Ordinal));
            var happened = (await key.GetAsync($"/api/tickets/{id}/events")).Expect(200);
            Assert.Equal(events, happened.Json["items"]!.AsArray().Count(one => one!["type"]!.GetValue<string>() == "comment-added"));
            Assert.Equal(key != blind, happened.Text.Contains("internal", StringComparison.Ordinal));
            foreach (var path in new[] { "", "?at=" + Uri.EscapeDataString(TimeProvider.System.GetUtcNow().ToString("O")) })
                Assert.DoesNotContain(Secret, (await key.GetAsync($"/api/tickets/{id}{path}")).Expect(200).Text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task What_agents_have_to_do_and_have_done_is_their_own_business()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var blind = await desk.WithRoleAsync("integration");
        using var trusted = await KeyAsync(desk, "notes");
        var id = (await desk.OpenTicketAsync()).Json["id"]!.GetValue<string>();
        (await desk.PostAsync($"/api/tickets/{id}/follow-up", new { @in = "PT48H", to = "me" })).Expect(200);
        (await desk.PostAsync($"/api/tickets/{id}/tasks", new { title = "Order it" })).Expect(201);
        (await desk.PostAsync($"/api/tickets/{id}/time", new { minutes = 15 })).Expect(200);
        static string Agenda(JsonNode ticket) => $"{ticket["minutesWorked"]} {ticket["openTasks"]} {ticket["followUp"]?["to"]}";

        foreach (var (key, agenda) in new[] { (blind, "  "), (trusted, "15 1 admin"), (desk, "15 1 admin") })
        {
            Assert.Equal(agenda, Agenda((await key.GetAsync($"/api/tickets/{id}")).Expect(200).Json));
            var at = Uri.EscapeDataString(TimeProvider.System.GetUtcNow().ToString("O"));
            Assert.Equal(agenda, Agenda((await key.GetAsync($"/api/tickets/{id}?at={at}")).Expect(200).Json));
        }

        var opened = (
            await blind.PostAsync(
                "/api/tickets",
                new
                {
                    subject = "S",
                    description = "D",
                    requester = new { email = "a@example.com" },
                }
            )
        ).Expect(201);
        Assert.Equal("  ", Agenda(opened.Json));
        Assert.Equal("  ", Agenda((await blind.PostAsync($"/api/tickets/{id}/comments", new { body = "Hello" })).Expect(201).Json));
    }

    [Fact]
    public async Task Pages_of_comments_hide_notes_and_miss_no_comment()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var blind = await desk.WithRoleAsync("integration");
        var id = (await desk.OpenTicketAsync()).Json["id"]!.GetValue<string>();
        for (var i = 0; i < 9; i++)
            await SayAsync(desk, id, $"Words {i}", i % 3 == 0 ? "public" : "internal");
        foreach (var list in new[] { "comments", "events" })
        {
            var (seen, cursor) = (new List<string>(), "");
            do
            {
                var page = (await blind.GetAsync($"/api/tickets/{id}/{list}?limit=2{cursor}")).Expect(200).Json;
                seen.AddRange(
                    page["items"]!
                        .AsArray()
                        .Where(one => list == "comments" || one!["type"]!.GetValue<string>() == "comment-added")
                        .Select(one => one!.ToJsonString())
                );
                cursor = page["nextCursor"] is { } next ? $"&cursor={next.GetValue<string>()}" : "";
            } while (cursor.Length > 0);
            Assert.Equal(3, seen.Count);
            Assert.DoesNotContain(seen, one => one.Contains("internal", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Writing_a_note_needs_the_scope_whether_or_not_the_request_is_a_repeated_one()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var blind = await desk.WithRoleAsync("integration");
        using var trusted = await KeyAsync(desk, "notes");
        var id = (await desk.OpenTicketAsync()).Json["id"]!.GetValue<string>();
        var note = new { body = Secret, visibility = "internal" };
        var first = (await trusted.PostAsync($"/api/tickets/{id}/comments", note, ("Idempotency-Key", "a"))).Expect(201);
        Assert.Equal(first.Text, (await trusted.PostAsync($"/api/tickets/{id}/comments", note, ("Idempotency-Key", "a"))).Expect(201).Text);
        for (var i = 0; i < 2; i++)
            Assert.Equal("scope-missing", (await blind.PostAsync($"/api/tickets/{id}/comments", note, ("Idempotency-Key", "a"))).Expect(403).Code);
        (await blind.PostAsync($"/api/tickets/{id}/comments", new { body = "Hello" })).Expect(201);
    }

    [Fact]
    public async Task After_a_merge_notes_stay_hidden_and_are_not_counted()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var blind = await desk.WithRoleAsync("integration");
        var from = (await desk.OpenTicketAsync()).Json["number"]!.GetValue<long>();
        var into = (await desk.OpenTicketAsync()).Json["number"]!.GetValue<long>();
        await SayAsync(desk, $"{from}", Secret, "internal");
        await SayAsync(desk, $"{from}", "Anybody may read this", "public");
        (await desk.PostAsync($"/api/tickets/{from}/merge", new { into = $"{into}" })).Expect(200);
        await Until.TrueAsync(
            async () => (await desk.GetAsync($"/api/tickets/{into}/comments")).Json["items"]!.AsArray().Count == 3,
            "the comments and the description have moved"
        );
        var open = (await blind.GetAsync($"/api/tickets/{into}/comments")).Expect(200);
        Assert.Equal(2, open.Json["items"]!.AsArray().Count);
        Assert.DoesNotContain(Secret, open.Text, StringComparison.Ordinal);
        await Until.TrueAsync(
            async () => (await desk.GetAsync($"/api/tickets/{into}/events")).Text.Contains("\"comments\":3", StringComparison.Ordinal),
            "the merge is on record"
        );
        var told = (await blind.GetAsync($"/api/tickets/{into}/events")).Expect(200).Text;
        Assert.Contains("merge-received", told, StringComparison.Ordinal);
        Assert.DoesNotContain("\"comments\":", told, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Scopes_are_granted_by_an_admin_to_integrations_and_shown()
    {
        using var desk = await fixture.OpenDeskAsync();
        var plain = (await desk.PostAsync("/api/keys", new { name = "Plain", role = "integration" })).Expect(201).Json;
        Assert.Empty(plain["scopes"]!.AsArray());
        var granted = (
            await desk.PostAsync(
                "/api/keys",
                new
                {
                    name = "Granted",
                    role = "integration",
                    scopes = new[] { "notes", "notes" },
                }
            )
        ).Expect(201).Json;
        Assert.Equal(["notes"], granted["scopes"]!.AsArray().Select(scope => scope!.GetValue<string>()));
        Assert.Equal("notes", (await desk.GetAsync($"/api/keys/{granted["id"]}")).Json["scopes"]![0]!.GetValue<string>());
        (
            await desk.PostAsync(
                "/api/keys",
                new
                {
                    name = "Unknown",
                    role = "integration",
                    scopes = new[] { "everything" },
                }
            )
        ).Expect(400);
        (
            await desk.PostAsync(
                "/api/keys",
                new
                {
                    name = "Mine",
                    role = "agent",
                    agent = "admin",
                    scopes = new[] { "notes" },
                }
            )
        ).Expect(400);
        Assert.Equal("notes", (
                await desk.PostAsync(
                    "/api/keys",
                    new
                    {
                        name = "Mine",
                        role = "agent",
                        agent = "admin",
                    }
                )
            ).Expect(201).Json["scopes"]![0]!.GetValue<string>());
        using var blind = await desk.WithRoleAsync("integration");
        (
            await blind.PostAsync(
                "/api/keys",
                new
                {
                    name = "More",
                    role = "integration",
                    scopes = new[] { "notes" },
                }
            )
        ).Expect(403);
    }

    private async Task<Desk> KeyAsync(Desk desk, params string[] scopes) => new(desk.Workspace, (
                await desk.PostAsync(
                    "/api/keys",
                    new
                    {
                        name = "Trusted",
                        role = "integration",
                        scopes,
                    }
                )
            ).Expect(201).Json["key"]!.GetValue<string>(), fixture.App.Address);

    private static async Task SayAsync(Desk desk, string id, string body, string visibility) =>
        (await desk.PostAsync($"/api/tickets/{id}/comments", new { body, visibility })).Expect(201);
}
