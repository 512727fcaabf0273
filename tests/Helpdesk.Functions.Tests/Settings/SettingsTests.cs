namespace Helpdesk.Functions.Tests.Settings;

public sealed class SettingsTests(DeskFixture fixture)
{
    [Fact]
    public async Task Agents_are_added_changed_and_removed_with_their_keys()
    {
        using var desk = await fixture.OpenDeskAsync();
        (await desk.PostAsync("/api/groups", new { name = "Second line", tier = 2 })).Expect(201);
        var added = (
            await desk.PostAsync(
                "/api/agents",
                new
                {
                    name = "Žana Größl",
                    email = "zana@example.com",
                    groups = new[] { "second-line" },
                }
            )
        ).Expect(201);
        Assert.Equal("zana-grossl", added.Json["id"]!.GetValue<string>());
        var path = added.Headers.Location!.ToString();
        Assert.Equal("already-exists", (
                await desk.PostAsync(
                    "/api/agents",
                    new
                    {
                        id = added.Json["id"]!.GetValue<string>(),
                        name = "Other",
                        email = "o@example.com",
                    }
                )
            ).Expect(409).Code);
        Assert.Equal("Zana", (await desk.PatchAsync(path, new { name = "Zana" })).Expect(200).Json["name"]!.GetValue<string>());
        Assert.Contains(
            "groups",
            (await desk.PatchAsync(path, new { groups = new[] { "nobody" } })).Expect(400).Json["errors"]!.AsObject().Select(error => error.Key)
        );

        var key = (
            await desk.PostAsync(
                "/api/keys",
                new
                {
                    name = "Laptop",
                    role = "agent",
                    agent = added.Json["id"]!.GetValue<string>(),
                }
            )
        ).Expect(201).Json["key"]!.GetValue<string>();
        using var agent = new Desk(desk.Workspace, key, fixture.App.Address);
        (await agent.GetAsync("/api/tickets")).Expect(200);
        (await desk.PatchAsync(path, new { active = false })).Expect(200);
        (await agent.GetAsync("/api/tickets")).Expect(401);
        (await desk.PatchAsync(path, new { active = true })).Expect(200);
        (await agent.GetAsync("/api/tickets")).Expect(200);
        (await desk.DeleteAsync(path)).Expect(204);
        (await agent.GetAsync("/api/tickets")).Expect(401);
        (await desk.GetAsync(path)).Expect(404);
        (await desk.DeleteAsync(path)).Expect(404);
    }

    [Fact]
    public async Task A_group_hands_over_upwards_only_and_is_not_removed_while_it_is_needed()
    {
        using var desk = await fixture.OpenDeskAsync();
        (
            await desk.PostAsync(
                "/api/groups",
                new
                {
                    id = "second",
                    name = "Second",
                    tier = 2,
                }
            )
        ).Expect(201);
        (
            await desk.PostAsync(
                "/api/groups",
                new
                {
                    id = "first",
                    name = "First",
                    tier = 1,
                    escalatesTo = "second",
                }
            )
        ).Expect(201);
        Assert.Equal("ladder-broken", (await desk.PatchAsync("/api/groups/first", new { tier = 2 })).Expect(409).Code);
        (await desk.PostAsync("/api/groups", new { name = "Lost", escalatesTo = "nowhere" })).Expect(400);
        (await desk.PostAsync("/api/groups", new { name = "Too high", tier = 4 })).Expect(400);
        Assert.Equal("group-in-use", (await desk.DeleteAsync("/api/groups/second")).Expect(409).Code);
        (await desk.PatchAsync("/api/groups/first", new { escalatesTo = (string?)null })).Expect(200);
        (await desk.DeleteAsync("/api/groups/second")).Expect(204);
        Assert.Equal(["first"], (await desk.GetAsync("/api/groups")).Json["items"]!.AsArray().Select(group => group!["id"]!.GetValue<string>()));
    }

    [Fact]
    public async Task A_key_opens_until_it_is_revoked_and_its_secret_is_shown_once()
    {
        using var desk = await fixture.OpenDeskAsync();
        var made = (await desk.PostAsync("/api/keys", new { name = "Bridge", role = "integration" })).Expect(201);
        using var bridge = new Desk(desk.Workspace, made.Json["key"]!.GetValue<string>(), fixture.App.Address);
        (await bridge.GetAsync("/api/tickets")).Expect(200);
        (await desk.GetAsync("/api/keys?limit=100")).Expect(200).Hides(made.Json["key"]!.GetValue<string>());
        Assert.DoesNotContain("hash", (await desk.GetAsync($"/api/keys/{made.Json["id"]}")).Expect(200).Text, StringComparison.OrdinalIgnoreCase);
        (await desk.DeleteAsync($"/api/keys/{made.Json["id"]}")).Expect(204);
        (await bridge.GetAsync("/api/tickets")).Expect(401);
        (await desk.PostAsync("/api/keys", new { name = "Nobody's", role = "agent" })).Expect(400);
        (
            await desk.PostAsync(
                "/api/keys",
                new
                {
                    name = "Somebody's",
                    role = "integration",
                    agent = "admin",
                }
            )
        ).Expect(400);
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("hd_main_aaaaaaaaaa_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    [InlineData("hd_../x_aaaaaaaaaa_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    [InlineData("hd_first_admin_key_of_the_test")]
    [InlineData("hd_first_admin_key_of_the_tests2")]
    public async Task Without_a_valid_key_nothing_is_told(string key)
    {
        using var nobody = new Desk("main", key, fixture.App.Address);
        foreach (var path in new[] { "/api/tickets", "/api/tickets/1", "/api/agents", "/api/receipts", "/api/operations/queues" })
        {
            var refused = (await nobody.GetAsync(path)).Expect(401);
            Assert.Equal(("unauthorized", "Bearer"), (refused.Code, refused.Headers.WwwAuthenticate.ToString()));
        }

        (await nobody.GetAsync("/api/health")).Expect(200);
    }

    [Fact]
    public async Task A_role_reaches_as_far_as_it_does()
    {
        using var admin = await fixture.OpenDeskAsync();
        using var agent = await admin.WithRoleAsync("agent");
        using var integration = await admin.WithRoleAsync("integration");
        var id = (await integration.OpenTicketAsync()).Json["id"]!.GetValue<string>();
        Assert.Equal(
            "requester",
            (await integration.PostAsync($"/api/tickets/{id}/comments", new { body = "Hello" })).Expect(201).Json["by"]!.GetValue<string>()
        );
        Assert.Equal(
            "scope-missing",
            (await integration.PostAsync($"/api/tickets/{id}/comments", new { body = "Seen", visibility = "internal" })).Expect(403).Code
        );
        (await integration.PostAsync($"/api/tickets/{id}/comments", new { body = "Me?", author = "agent" })).Expect(400);
        (await integration.GetAsync($"/api/tickets/{id}")).Expect(200);
        foreach (var action in new[] { "assign", "resolve", "reopen", "close", "escalate", "merge" })
            Assert.Equal("forbidden", (await integration.PostAsync($"/api/tickets/{id}/{action}", new { })).Expect(403).Code);
        (await integration.PatchAsync($"/api/tickets/{id}", new { priority = "low" })).Expect(403);
        (await integration.GetAsync("/api/agents")).Expect(403);

        (await agent.PatchAsync($"/api/tickets/{id}", new { priority = "low" })).Expect(200);
        (await agent.GetAsync("/api/agents")).Expect(200);
        foreach (var path in new[] { "/api/agents", "/api/groups", "/api/keys", "/api/workspaces" })
            (await agent.PostAsync(path, new { name = "x" })).Expect(403);
        (await agent.GetAsync("/api/keys")).Expect(403);
        (await agent.GetAsync("/api/operations/dead-letters")).Expect(403);
    }

    [Fact]
    public async Task Only_the_home_workspace_looks_after_workspaces_and_queues()
    {
        using var home = new Desk("main", DeskFixture.AdminKey, fixture.App.Address);
        using var desk = await fixture.OpenDeskAsync();
        (await desk.PostAsync("/api/workspaces", new { name = "Mine" })).Expect(403);
        (await desk.GetAsync("/api/workspaces/main")).Expect(404);
        (await desk.GetAsync($"/api/workspaces/{desk.Workspace}")).Expect(200);
        Assert.Equal(
            [desk.Workspace],
            (await desk.GetAsync("/api/workspaces")).Json["items"]!.AsArray().Select(workspace => workspace!["id"]!.GetValue<string>())
        );
        (await desk.GetAsync("/api/operations/queues")).Expect(403);
        Assert.Equal(19, (await home.GetAsync("/api/operations/queues")).Expect(200).Json["items"]!.AsArray().Count);
        Assert.Equal("already-exists", (await home.PostAsync("/api/workspaces", new { id = "main", name = "Main" })).Expect(409).Code);
        Assert.Equal("already-exists", (await home.PostAsync("/api/workspaces", new { id = desk.Workspace, name = "Again" })).Expect(409).Code);
        (await desk.GetAsync("/api/tickets")).Expect(200);
        Assert.Equal("workspace-active", (await home.DeleteAsync($"/api/workspaces/{desk.Workspace}")).Expect(409).Code);
        (await home.PatchAsync($"/api/workspaces/{desk.Workspace}", new { active = false })).Expect(200);
        Assert.Equal("workspace-inactive", (await desk.GetAsync("/api/tickets")).Expect(409).Code);
        (await home.DeleteAsync($"/api/workspaces/{desk.Workspace}")).Expect(204);
        (await desk.GetAsync("/api/tickets")).Expect(401);
    }

    [Fact]
    public async Task A_workspace_is_opened_once_per_key()
    {
        using var home = new Desk("main", DeskFixture.AdminKey, fixture.App.Address);
        var id = $"once-{Guid.NewGuid():N}"[..20];
        var answers = await Task.WhenAll(
            Enumerable.Range(0, 5).Select(_ => home.PostAsync("/api/workspaces", new { id, name = "Once" }, ("Idempotency-Key", id)))
        );
        var key = Assert.Single(answers.Select(answer => answer.Expect(201).Json["adminKey"]!.GetValue<string>()).Distinct());
        using var desk = new Desk(id, key, fixture.App.Address);
        (await desk.GetAsync("/api/tickets")).Expect(200);
    }
}
