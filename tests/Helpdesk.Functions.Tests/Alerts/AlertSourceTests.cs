using System.Text.Json.Nodes;

namespace Helpdesk.Functions.Tests.Alerts;

/// <summary>The monitoring tools of a workspace.</summary>
public sealed class AlertSourceTests(DeskFixture fixture)
{
    [Fact]
    public async Task A_source_is_added_shown_changed_and_removed_and_its_secrets_are_told_once()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var agent = await desk.WithRoleAsync("agent");
        (await desk.PostAsync("/api/groups", new { id = "first-line", name = "First line" })).Expect(201);
        var body = JsonNode.Parse(
            """
            {"name":"Our Prometheus","kind":"alertmanager","group":"first-line","correlateBy":["service"],"signature":{"scheme":"bearer"},
             "rules":{"autoResolve":false,"flapWithin":"PT10M","stormAbove":50}}
            """
        )!;
        var added = (await desk.PostAsync("/api/alert-sources", body, ("Idempotency-Key", "one"))).Expect(201);
        Assert.Equal(added.Text, (await desk.PostAsync("/api/alert-sources", body, ("Idempotency-Key", "one"))).Expect(201).Text);
        Assert.Equal("our-prometheus", added.Json["id"]!.GetValue<string>());
        Assert.Equal("already-exists", (await desk.PostAsync("/api/alert-sources", body)).Expect(409).Code);
        var key = added.Json["intakeUrl"]!.GetValue<string>().Split('/')[^1];
        var secret = added.Json["secret"]!.GetValue<string>();

        var shown = (await agent.GetAsync("/api/alert-sources/our-prometheus")).Expect(200);
        Assert.Equal(added.Json["source"]!.ToJsonString(), shown.Json.ToJsonString());
        Assert.Equal(
            """
            {"autoResolve":false,"flapChanges":6,"flapWithin":"PT10M","refireWithin":"PT1H",
            "earlyResolveFor":"PT10M","stormAbove":50,"correlateWithin":"PT30M"}
            """.ReplaceLineEndings(""),
            shown.Json["rules"]!.ToJsonString()
        );
        foreach (var told in new[] { shown, (await agent.GetAsync("/api/alert-sources")).Expect(200), (await desk.GetAsync("/api/audit")).Expect(200) })
        {
            Assert.Contains("our-prometheus", told.Text, StringComparison.Ordinal);
            told.Hides(key.Split('_')[^1], secret);
        }

        var changed = (
            await desk.PatchAsync(
                "/api/alert-sources/our-prometheus",
                JsonNode.Parse("""{"name":"Prometheus","group":null,"rules":{"autoResolve":null},"active":false}""")!
            )
        )
            .Expect(200)
            .Json;
        Assert.Equal(
            ("Prometheus", null, true, "PT10M", false, "bearer"),
            (
                changed["name"]!.GetValue<string>(),
                changed["group"],
                changed["rules"]!["autoResolve"]!.GetValue<bool>(),
                changed["rules"]!["flapWithin"]!.GetValue<string>(),
                changed["active"]!.GetValue<bool>(),
                changed["signature"]!["scheme"]!.GetValue<string>()
            )
        );
        (await agent.PatchAsync("/api/alert-sources/our-prometheus", new { name = "x" })).Expect(403);
        (await agent.PostAsync("/api/alert-sources", body)).Expect(403);
        (await agent.PostAsync("/api/alert-sources/our-prometheus/renew")).Expect(403);
        (await agent.DeleteAsync("/api/alert-sources/our-prometheus")).Expect(403);
        (await desk.DeleteAsync("/api/alert-sources/our-prometheus")).Expect(204);
        (await desk.GetAsync("/api/alert-sources/our-prometheus")).Expect(404);
        (await desk.DeleteAsync("/api/alert-sources/our-prometheus")).Expect(404);
        (await desk.PatchAsync("/api/alert-sources/our-prometheus", new { name = "x" })).Expect(404);
        (await desk.PostAsync("/api/alert-sources/our-prometheus/renew")).Expect(404);
    }

    [Fact]
    public async Task Another_workspace_sees_nothing_of_a_source()
    {
        using var one = await fixture.OpenDeskAsync();
        using var two = await fixture.OpenDeskAsync();
        await AlertDesk.AddSourceAsync(one, "tool", "alertmanager");
        (await two.GetAsync("/api/alert-sources/tool")).Expect(404);
        Assert.Empty((await two.GetAsync("/api/alert-sources")).Expect(200).Json["items"]!.AsArray());
        (await two.PatchAsync("/api/alert-sources/tool", new { name = "x" })).Expect(404);
        (await two.DeleteAsync("/api/alert-sources/tool")).Expect(404);
    }

    [Fact]
    public async Task A_group_that_a_source_names_stays_until_there_is_a_successor()
    {
        using var desk = await fixture.OpenDeskAsync();
        foreach (var id in new[] { "first", "second" })
            (await desk.PostAsync("/api/groups", new { id, name = id })).Expect(201);
        await AlertDesk.AddSourceAsync(desk, "tool", "alertmanager", new { group = "first" });
        var refused = (await desk.DeleteAsync("/api/groups/first")).Expect(409);
        Assert.Equal("group-in-use", refused.Code);
        Assert.Contains("1 alert sources (tool)", refused.Text, StringComparison.Ordinal);
        (await desk.DeleteAsync("/api/groups/first?successor=second")).Expect(204);
        Assert.Equal("second", (await desk.GetAsync("/api/alert-sources/tool")).Json["group"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("""{"kind":"alertmanager"}""", "name")]
    [InlineData("""{"name":"x"}""", "kind")]
    [InlineData("""{"name":"x","kind":"nagios"}""", "kind")]
    [InlineData("""{"name":"x","kind":"grafana","id":"mappings"}""", "id")]
    [InlineData("""{"name":"x","kind":"grafana","group":"nowhere"}""", "group")]
    [InlineData("""{"name":"x","kind":"grafana","unheardOf":1}""", "unheardOf")]
    [InlineData("""{"name":"x","kind":"grafana","correlateBy":"host"}""", "correlateBy")]
    [InlineData("""{"name":"x","kind":"grafana","secret":"short"}""", "secret")]
    [InlineData("""{"name":"x","kind":"grafana","signature":{"scheme":"basic"}}""", "signature.scheme")]
    [InlineData("""{"name":"x","kind":"grafana","signature":{"scheme":"hmac-sha256"}}""", "signature.header")]
    [InlineData("""{"name":"x","kind":"grafana","signature":{"scheme":"bearer","header":"X-A"}}""", "signature.header")]
    [InlineData("""{"name":"x","kind":"grafana","signature":{"scheme":"sns"}}""", "signature")]
    [InlineData("""{"name":"x","kind":"grafana","rules":{"flapChanges":1}}""", "rules.flapChanges")]
    [InlineData("""{"name":"x","kind":"grafana","rules":{"flapWithin":"PT1S"}}""", "rules.flapWithin")]
    [InlineData("""{"name":"x","kind":"grafana","rules":{"refireWithin":"P8D"}}""", "rules.refireWithin")]
    [InlineData("""{"name":"x","kind":"grafana","rules":{"stormAbove":0}}""", "rules.stormAbove")]
    [InlineData("""{"name":"x","kind":"grafana","rules":{"autoResolve":"yes"}}""", "rules.autoResolve")]
    [InlineData("""{"name":"x","kind":"grafana","rules":{"storms":1}}""", "rules.storms")]
    [InlineData("""{"name":"x","kind":"grafana","every":"PT5M"}""", "every")]
    [InlineData("""{"name":"x","kind":"heartbeat"}""", "every")]
    [InlineData("""{"name":"x","kind":"heartbeat","every":"PT1S"}""", "every")]
    [InlineData(
        """{"name":"x","kind":"grafana","mapping":{"fields":{"key":{"default":"a"},"state":{"default":"firing"},"subject":{"default":"a"}}}}""",
        "mapping"
    )]
    [InlineData("""{"name":"x","kind":"generic"}""", "mapping")]
    [InlineData("""{"name":"x","kind":"generic","mapping":{}}""", "mapping.fields")]
    [InlineData("""{"name":"x","kind":"generic","mapping":{"example":"unheard-of"}}""", "mapping.example")]
    [InlineData("""{"name":"x","kind":"generic","mapping":{"fields":{"key":{}}}}""", "mapping.fields.key.from")]
    [InlineData("""{"name":"x","kind":"generic","mapping":{"fields":{"keys":{"from":["/a"]}}}}""", "mapping.fields.keys")]
    [InlineData("""{"name":"x","kind":"generic","mapping":{"fields":{"key":{"from":["a"]}}}}""", "mapping.fields.key.from")]
    [InlineData("""{"name":"x","kind":"generic","mapping":{"fields":{"key":{"from":["/a~b"]}}}}""", "mapping.fields.key.from")]
    [InlineData("""{"name":"x","kind":"generic","mapping":{"fields":{"state":{"from":["/a"],"values":{"1":"on"}}}}}""", "mapping.fields.state")]
    [InlineData("""{"name":"x","kind":"generic","mapping":{"fields":{"state":{"default":"broken"}}}}""", "mapping.fields.state")]
    [InlineData("""{"name":"x","kind":"generic","mapping":{"items":"list"}}""", "mapping.items")]
    public async Task What_is_wrong_with_a_source_is_named(string body, string field)
    {
        using var desk = await fixture.OpenDeskAsync();
        var refused = (await desk.PostAsync("/api/alert-sources", JsonNode.Parse(body)!)).Expect(400);
        Assert.Contains(field, refused.Json["errors"]!.AsObject().Select(error => error.Key));
        Assert.Empty((await desk.GetAsync("/api/alert-sources")).Expect(200).Json["items"]!.AsArray());
    }
}
