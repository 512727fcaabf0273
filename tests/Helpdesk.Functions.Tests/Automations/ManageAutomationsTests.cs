using System.Text.Json.Nodes;

namespace Helpdesk.Functions.Tests.Automations;

public sealed class ManageAutomationsTests(DeskFixture fixture)
{
    [Fact]
    public async Task Every_change_makes_a_version_and_versions_outlive_the_automation()
    {
        using var desk = await fixture.OpenDeskAsync();
        var added = await desk.AutomateAsync("first", "ticket-opened", null, new { @do = "add-tags", tags = new[] { "A" } });
        Assert.Equal(1, added["version"]!.GetValue<int>());
        Assert.Equal("""{"all":[]}""", added["condition"]!.ToJsonString());
        Assert.Equal("""[{"do":"add-tags","tags":["a"]}]""", added["actions"]!.ToJsonString());
        // Nothing is done in the belief that versions were compared.
        Assert.Equal("if-match-unheeded", (await desk.PatchAsync("/api/automations/first", new { name = "Lost" }, ("If-Match", "\"9\""))).Expect(400).Code);
        var changed = (await desk.PatchAsync("/api/automations/first", new { active = false, name = "Another" })).Expect(200).Json;
        Assert.Equal(2, changed["version"]!.GetValue<int>());
        Assert.Equal(["ticket-opened"], changed["on"]!.AsArray().Select(one => one!.GetValue<string>()));

        var listed = (await desk.GetAsync("/api/automations")).Expect(200).Json["items"]!.AsArray();
        Assert.Equal("Another", Assert.Single(listed)!.Text("name"));
        (await desk.DeleteAsync("/api/automations/first")).Expect(204);
        (await desk.DeleteAsync("/api/automations/first")).Expect(404);
        (await desk.GetAsync("/api/automations/first")).Expect(404);
        var versions = (await desk.GetAsync("/api/automations/first/versions")).Expect(200).Json["items"]!.AsArray();
        Assert.Equal([2, 1], versions.Select(one => one!["version"]!.GetValue<int>()));
        Assert.Equal(3, (await desk.AutomateAsync("first", "ticket-opened", null, new { @do = "close" }))["version"]!.GetValue<int>());
    }

    [Theory]
    [InlineData("""{"name":"x","on":["opened"],"actions":[{"do":"close"}]}""", "on", "ticket-opened")]
    [InlineData("""{"name":"x","on":["automation-ran"],"actions":[{"do":"close"}]}""", "on", "automation-ran")]
    [InlineData("""{"name":"x","on":["ticket-opened"],"actions":[]}""", "actions", "at least one")]
    [InlineData("""{"name":"x","on":["ticket-opened"]}""", "actions", "required")]
    [InlineData("""{"name":"x","on":["ticket-opened"],"actions":[{"do":"close"},{"do":"dance"}]}""", "actions[1].do", "must be one of")]
    [InlineData("""{"name":"x","on":["ticket-opened"],"actions":[{"do":"close"},{"do":"assign","group":"nowhere"}]}""", "actions[1].group", "nowhere")]
    [InlineData("""{"name":"x","on":["ticket-opened"],"actions":[{"do":"assign","agent":"me"}]}""", "actions[0].agent", "only macros")]
    [InlineData("""{"name":"x","on":["ticket-opened"],"actions":[{"do":"assign"}]}""", "actions[0].agent", "or group is required")]
    [InlineData("""{"name":"x","on":["ticket-opened"],"actions":[{"do":"set","field":"status","value":"resolved"}]}""", "actions[0].value", "on-hold")]
    [InlineData("""{"name":"x","on":["ticket-opened"],"actions":[{"do":"set","field":"tier","value":2}]}""", "actions[0].field", "custom.<name>")]
    [InlineData("""{"name":"x","on":["ticket-opened"],"actions":[{"do":"comment"}]}""", "actions[0].text", "required")]
    [InlineData("""{"name":"x","on":["ticket-opened"],"actions":[{"do":"note","text":"{{ tikcet.id }}"}]}""", "actions[0].text", "tikcet")]
    [InlineData("""{"name":"x","on":["ticket-opened"],"actions":[{"do":"note","text":"{{ ticket.secret }}"}]}""", "actions[0].text", "ticket.secret")]
    [InlineData("""{"name":"x","on":["ticket-opened"],"actions":[{"do":"note","text":"{% include 'x' %}"}]}""", "actions[0].text", "include")]
    [InlineData("""{"name":"x","on":["ticket-opened"],"actions":[{"do":"webhook","webhook":"nowhere"}]}""", "actions[0].webhook", "nowhere")]
    [InlineData("""{"name":"x","on":["ticket-opened"],"actions":[{"do":"close","tags":["a"]}]}""", "actions[0].tags", "is not a field here")]
    [InlineData(
        """{"name":"x","on":["ticket-opened"],"condition":{"field":"nothing","op":"is","value":1},"actions":[{"do":"close"}]}""",
        "condition.field",
        "nothing"
    )]
    public async Task What_is_wrong_is_said_with_its_place(string body, string at, string says)
    {
        using var desk = await fixture.OpenDeskAsync();
        var answer = (await desk.PostAsync("/api/automations", JsonNode.Parse(body)!)).Expect(400);
        var said = answer.Json["errors"]![at];
        Assert.True(said is not null, answer.Text);
        Assert.Contains(
            says,
            said.ToJsonString().Replace("\\u003C", "<", StringComparison.Ordinal).Replace("\\u003E", ">", StringComparison.Ordinal),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("""{"field":"group","op":"is","value":"nowhere"}""", "there is no such group here")]
    [InlineData("""{"not":{"field":"assignee","op":"in","value":["nobody"]}}""", "there is no such agent here")]
    [InlineData("""{"all":[{"within":{"calendar":"nowhere"}}]}""", "there is no such calendar here")]
    [InlineData("""{"field":"sla.policy","op":"is","value":"nothing"}""", "there is no such policy here")]
    public async Task What_a_condition_names_that_is_not_there_is_warned_of_wherever_it_is_saved(string condition, string says)
    {
        using var desk = await fixture.OpenDeskAsync();
        using var agent = await desk.WithRoleAsync("agent");
        var asks = JsonNode.Parse(condition)!;
        var automation = await desk.AutomateAsync("one", "ticket-opened", asks, new { @do = "close" });
        var again = (await desk.PatchAsync("/api/automations/one", new { name = "Other" })).Expect(200).Json;
        var webhook = (
            await desk.PostAsync(
                "/api/webhooks",
                new
                {
                    id = "board",
                    url = "https://board.example",
                    condition = asks,
                }
            )
        ).Expect(201).Json;
        var view = (await agent.PostAsync("/api/views", new { name = "Own", condition = asks })).Expect(201).Json;
        foreach (var saved in new[] { automation, again, webhook, view })
            Assert.Contains(
                saved["warnings"]!.AsArray(),
                warning =>
                    warning!.GetValue<string>().Contains(says, StringComparison.Ordinal)
                    && warning.GetValue<string>().StartsWith("condition", StringComparison.Ordinal)
            );
    }

    [Fact]
    public async Task Me_is_somebody_in_a_view_alone()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var agent = await desk.WithRoleAsync("agent");
        var mine = new
        {
            all = new object[]
            {
                new
                {
                    field = "assignee",
                    op = "is",
                    value = "me",
                },
                new
                {
                    field = "status",
                    op = "is",
                    value = "open",
                },
            },
        };
        Assert.Empty((await agent.PostAsync("/api/views", new { name = "Own", condition = mine })).Expect(201).Json["warnings"]!.AsArray());
        var automation = await desk.AutomateAsync("one", "ticket-opened", mine, new { @do = "close" });
        Assert.Contains("whoever looks", automation["warnings"]![0]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_webhook_that_an_automation_names_goes_only_with_a_successor()
    {
        using var desk = await fixture.OpenDeskAsync();
        foreach (var id in new[] { "first", "second" })
            (await desk.PostAsync("/api/webhooks", new { id, url = "https://board.example" })).Expect(201);
        await desk.AutomateAsync("tell", "ticket-opened", null, new { @do = "webhook", webhook = "first" });
        var refused = (await desk.DeleteAsync("/api/webhooks/first")).Expect(409).Json;
        Assert.Equal("webhook-in-use", refused.Text("code"));
        Assert.Contains("tell", refused["usedBy"]!.ToJsonString(), StringComparison.Ordinal);
        (await desk.DeleteAsync("/api/webhooks/first?successor=third")).Expect(400);
        (await desk.DeleteAsync("/api/webhooks/first?successor=first")).Expect(400);
        (await desk.GetAsync("/api/webhooks/first")).Expect(200);
        (await desk.DeleteAsync("/api/webhooks/first?successor=second")).Expect(204);
        var moved = (await desk.GetAsync("/api/automations/tell")).Expect(200).Json;
        Assert.Equal(("second", 2), (moved["actions"]![0]!.Text("webhook"), moved["version"]!.GetValue<int>()));
        (await desk.DeleteAsync("/api/automations/tell")).Expect(204);
        (await desk.DeleteAsync("/api/webhooks/second")).Expect(204);
    }

    [Fact]
    public async Task A_condition_that_is_true_of_nothing_is_warned_of()
    {
        using var desk = await fixture.OpenDeskAsync();
        var never = await desk.AutomateAsync(
            "never",
            "comment-added",
            new
            {
                field = "changed.priority",
                op = "is",
                value = true,
            },
            new { @do = "close" }
        );
        Assert.Contains("changed.priority", Assert.Single(never["warnings"]!.AsArray())!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Null((await desk.AutomateAsync("fine", "comment-added", null, new { @do = "close" }))["warnings"]);
    }

    [Fact]
    public async Task Only_admins_of_the_workspace_change_its_automations()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var stranger = await fixture.OpenDeskAsync();
        await desk.AutomateAsync("ours", "ticket-opened", null, new { @do = "add-tags", tags = new[] { "ours" } });
        Assert.Empty((await stranger.GetAsync("/api/automations")).Expect(200).Json["items"]!.AsArray());
        (await stranger.GetAsync("/api/automations/ours")).Expect(404);
        (await stranger.GetAsync("/api/automations/ours/versions")).Expect(404);
        (await stranger.PatchAsync("/api/automations/ours", new { active = false })).Expect(404);
        (await stranger.DeleteAsync("/api/automations/ours")).Expect(404);
        using var agent = await desk.WithRoleAsync("agent");
        (await agent.GetAsync("/api/automations/ours")).Expect(200);
        (await agent.PatchAsync("/api/automations/ours", new { active = false })).Expect(403);
        (await agent.DeleteAsync("/api/automations/ours")).Expect(403);
        using var integration = await desk.WithRoleAsync("integration");
        (await integration.GetAsync("/api/automations")).Expect(403);

        var number = await stranger.OpenAsync();
        await fixture.App.DeliverAsync(stranger, number);
        Assert.Empty(await stranger.RunsAsync(number));
        // A program that reads no notes is told of no runs either.
        var ours = await desk.OpenAsync();
        await fixture.App.DeliverAsync(desk, ours);
        Assert.Single(await desk.RunsAsync(ours));
        Assert.Empty(await integration.RunsAsync(ours));
    }

    [Fact]
    public async Task What_an_automation_names_stays_or_gets_a_successor()
    {
        using var desk = await fixture.OpenDeskAsync();
        (
            await desk.PostAsync(
                "/api/groups",
                new
                {
                    id = "one",
                    name = "One",
                    tier = 1,
                }
            )
        ).Expect(201);
        (
            await desk.PostAsync(
                "/api/groups",
                new
                {
                    id = "two",
                    name = "Two",
                    tier = 1,
                }
            )
        ).Expect(201);
        await desk.AutomateAsync("names", "ticket-opened", null, new { @do = "assign", group = "one" });
        Assert.Equal("group-in-use", (await desk.DeleteAsync("/api/groups/one")).Expect(409).Code);
        (await desk.DeleteAsync("/api/groups/one?successor=two")).Expect(204);
        var moved = (await desk.GetAsync("/api/automations/names")).Expect(200).Json;
        Assert.Equal("two", moved["actions"]![0]!.Text("group"));
        Assert.Equal(2, moved["version"]!.GetValue<int>());
    }
}
