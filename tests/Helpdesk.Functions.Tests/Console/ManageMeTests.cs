using System.Text.Json.Nodes;

namespace Helpdesk.Functions.Tests.Console;

/// <summary>What an agent is told of themselves.</summary>
public sealed class ManageMeTests(DeskFixture fixture)
{
    private static string Text(JsonNode json, string name) => json[name]!.GetValue<string>();

    [Fact]
    public async Task One_request_tells_all_that_the_console_needs_at_its_start()
    {
        using var admin = await fixture.OpenDeskAsync();
        (await admin.PostAsync("/api/groups", new { name = "IT Support", tier = 1 })).Expect(201);
        (await admin.PostAsync("/api/groups", new { name = "Network", tier = 2 })).Expect(201);
        using var agent = await admin.WithRoleAsync("agent");
        var id = Text((await agent.GetAsync("/api/me")).Expect(200).Json["agent"]!, "id");
        (await admin.PatchAsync($"/api/agents/{id}", new { groups = new[] { "it-support" }, skills = new[] { "vpn" } })).Expect(200);
        (await agent.SendAsync(HttpMethod.Put, "/api/me/presence", JsonContent(new { presence = "away" }))).Expect(200);
        (await agent.PatchAsync($"/api/agents/{id}/notifications", new { mention = "none" })).Expect(200);

        var me = (await agent.GetAsync("/api/me")).Expect(200).Json;
        Assert.Equal(
            (admin.Workspace, "Test", "agent", "key", false, null),
            (
                Text(me, "workspace"),
                Text(me, "workspaceName"),
                Text(me, "role"),
                Text(me, "signedInBy"),
                me["standIn"]!.GetValue<bool>(),
                me["expiresAt"]?.GetValue<string>()
            )
        );
        Assert.Equal(
            ("it-support", "vpn", "IT Support", "away", "none"),
            (
                me["agent"]!["groups"]![0]!.GetValue<string>(),
                me["agent"]!["skills"]![0]!.GetValue<string>(),
                Text(me["groups"]!.AsArray().Single()!, "name"),
                Text(me["presence"]!, "presence"),
                Text(me["notifications"]!, "mention")
            )
        );
        Assert.Equal("""{"language":null,"theme":"system","singleKeys":true}""", me["preferences"]!.ToJsonString());
    }

    [Fact]
    public async Task Preferences_are_the_agents_own_and_hold_at_every_browser()
    {
        using var admin = await fixture.OpenDeskAsync();
        using var agent = await admin.WithRoleAsync("agent");
        (await agent.PatchAsync("/api/me", new { preferences = new { language = "el", singleKeys = false } })).Expect(200);
        (await agent.PatchAsync("/api/me", new { preferences = new { theme = "dark" } })).Expect(200);
        await using var other = await RunningApp.StartAsync(fixture.Storage);
        using var elsewhere = new Desk(agent.Workspace, agent.Key, other.Address);
        var wanted = (await elsewhere.GetAsync("/api/me")).Expect(200).Json["preferences"]!;
        Assert.Equal("""{"language":"el","theme":"dark","singleKeys":false}""", wanted.ToJsonString());
        var back = (await agent.PatchAsync("/api/me", new { preferences = new { language = (string?)null } })).Expect(200).Json["preferences"]!;
        Assert.Equal("""{"language":null,"theme":"dark","singleKeys":false}""", back.ToJsonString());
        Assert.Equal("""{"language":null,"theme":"system","singleKeys":true}""", (await admin.GetAsync("/api/me")).Json["preferences"]!.ToJsonString());
    }

    /// <summary>Two windows may change something at the same time.</summary>
    [Fact]
    public async Task Changes_at_the_same_time_are_all_kept()
    {
        using var admin = await fixture.OpenDeskAsync();
        var answers = await Task.WhenAll(
            admin.PatchAsync("/api/me", new { preferences = new { language = "hr" } }),
            admin.PatchAsync("/api/me", new { preferences = new { theme = "light" } }),
            admin.PatchAsync("/api/me", new { preferences = new { singleKeys = false } })
        );
        Assert.All(answers, answer => answer.Expect(200));
        await using var other = await RunningApp.StartAsync(fixture.Storage);
        using var elsewhere = new Desk(admin.Workspace, admin.Key, other.Address);
        var wanted = (await elsewhere.GetAsync("/api/me")).Expect(200).Json["preferences"]!;
        Assert.Equal("""{"language":"hr","theme":"light","singleKeys":false}""", wanted.ToJsonString());
    }

    [Fact]
    public async Task What_is_no_preference_is_refused_by_name()
    {
        using var admin = await fixture.OpenDeskAsync();
        var refused = (
            await admin.PatchAsync(
                "/api/me",
                new
                {
                    preferences = new
                    {
                        language = "fr",
                        theme = "pink",
                        singleKeys = "yes",
                        colour = "red",
                    },
                }
            )
        ).Expect(400);
        Assert.Equal(
            ["preferences.colour", "preferences.language", "preferences.singleKeys", "preferences.theme"],
            refused.Json["errors"]!.AsObject().Select(one => one.Key)
        );
    }

    [Fact]
    public async Task An_integration_is_told_what_it_is_and_has_no_preferences()
    {
        using var admin = await fixture.OpenDeskAsync();
        using var bridge = await admin.WithRoleAsync("integration");
        var me = (await bridge.GetAsync("/api/me")).Expect(200).Json;
        Assert.Equal(("integration", null, null), (Text(me, "role"), me["agent"], me["preferences"]));
        (await bridge.PatchAsync("/api/me", new { preferences = new { theme = "dark" } })).Expect(403);
        (await bridge.GetAsync("/api/changes")).Expect(403);
    }

    [Fact]
    public async Task Who_comes_with_a_session_is_told_until_when_and_whether_they_stand_in()
    {
        using var browser = new Desk("main", "", fixture.App.Address);
        (await browser.GetAsync("/api/me")).Expect(401);
        (await browser.PostAsync("/api/session", new { key = DeskFixture.AdminKey })).Expect(200);
        var me = (await browser.GetAsync("/api/me")).Expect(200).Json;
        Assert.Equal(("session", true, "admin"), (Text(me, "signedInBy"), me["standIn"]!.GetValue<bool>(), Text(me["agent"]!, "id")));
        Assert.NotNull(me["expiresAt"]);
    }

    private static System.Net.Http.Json.JsonContent JsonContent(object body) => System.Net.Http.Json.JsonContent.Create(body);
}
