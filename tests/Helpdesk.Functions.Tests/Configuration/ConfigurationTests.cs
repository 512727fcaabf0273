using System.Text.Json.Nodes;
using Helpdesk.Functions.Configuration;

namespace Helpdesk.Functions.Tests.Configuration;

/// <summary>A workspace as a document: what is read can be applied, and what is applied is read.</summary>
public sealed class ConfigurationTests(DeskFixture fixture)
{
    [Fact]
    public async Task A_configuration_makes_an_empty_workspace_the_same_and_then_changes_nothing_any_more()
    {
        using var desk = await fixture.OpenDeskAsync();
        var empty = await desk.ConfigurationAsync();
        var sample = ConfiguredDesk.SampleFor(desk);
        var plan = await desk.PlanAsync(sample);
        var problems = plan["problems"]!.ToJsonString();
        Assert.True(problems == "[]", problems);
        Assert.Contains("add groups/first: name tier escalatesTo calendar routing", plan.Lines());
        // Nothing was written.
        Assert.Equal(empty, await desk.ConfigurationAsync());

        var applied = await desk.ApplyAsync(sample);
        Assert.Equal("done", applied["apply"]!["state"]!.GetValue<string>());
        var made = applied["made"]!.AsObject().Select(one => one.Key).ToHashSet();
        Assert.Superset(new HashSet<string> { "webhooks/erp/secret", "mailboxes/support/intakeUrl", "alertSources/prometheus/intakeUrl" }, made);
        var text = await desk.ConfigurationAsync();
        Assert.Equal(text, await desk.ConfigurationAsync());
        Assert.DoesNotContain(ConfiguredDesk.Token, JsonNode.Parse(text)!.ToJsonString(), StringComparison.Ordinal);
        var document = JsonNode.Parse(text)!.AsObject();
        Assert.All(ConfigurationSections.All, section => Assert.True(section.Name == "prices" || document.ContainsKey(section.Name), section.Name));
        foreach (var (name, section) in sample.Where(section => section.Key != "secrets"))
            Assert.True(document[name]!.AsObject().Count >= section!.AsObject().Count, name);

        var again = await desk.PlanAsync(document);
        Assert.Equal("[] [] []", $"{again["changes"]!.ToJsonString()} {again["problems"]!.ToJsonString()} {again["warnings"]!.ToJsonString()}");
        Assert.Equal("null", (await desk.ApplyAsync(document))["apply"]?.ToJsonString() ?? "null");

        // Elsewhere it makes the same, once it is told the secret.
        using var other = await fixture.OpenDeskAsync();
        document["mailboxes"]!["support"]!["address"] = $"{other.Workspace}@example.com";
        var refusals = (await other.PlanAsync(document))["problems"]!.AsArray();
        // What names the source that is not there without its secret is refused as well.
        Assert.Equal(
            ["/alertSources/prometheus/secret", "/maintenanceWindows/patch-day/sources"],
            refusals.Select(one => one!["at"]!.GetValue<string>()).Order()
        );
        var refused = refusals.Single(one => one!["code"]!.GetValue<string>() == "secret-missing")!;
        Assert.Equal(("/alertSources/prometheus/secret", "secret-missing"), (refused["at"]!.GetValue<string>(), refused["code"]!.GetValue<string>()));
        document["secrets"] = new JsonObject { ["alertSources/prometheus/secret"] = ConfiguredDesk.Token };
        await other.ApplyAsync(document);
        Assert.Equal(text.Replace(desk.Workspace, other.Workspace, StringComparison.Ordinal), await other.ConfigurationAsync());

        // And back again, each section that is empty is emptied.
        await desk.ApplyAsync(JsonNode.Parse(empty)!);
        Assert.Equal(empty, await desk.ConfigurationAsync());
    }

    [Theory]
    [InlineData(1u)]
    [InlineData(2u)]
    [InlineData(3u)]
    public async Task Whatever_is_applied_is_read_again_and_changes_nothing_any_more(uint seed)
    {
        using var desk = await fixture.OpenDeskAsync();
        var generated = new GeneratedConfigurations(seed);
        for (var round = 0; round < 2; round++)
        {
            var document = generated.Next();
            await desk.ApplyAsync(document);
            var read = JsonNode.Parse(await desk.ConfigurationAsync())!;
            foreach (var (section, settings) in document)
                Holds(read[section], settings, section);
            Assert.Equal("[]", (await desk.PlanAsync(read))["changes"]!.ToJsonString());
        }

        // Objects may have more fields; what is written is there, and in a section of settings nothing else.
        static void Holds(JsonNode? read, JsonNode? written, string place)
        {
            if (written is not JsonObject fields)
            {
                Assert.True(JsonNode.DeepEquals(read, written), $"{place} is {read?.ToJsonString()} and not {written?.ToJsonString()}.");
                return;
            }

            foreach (var (name, value) in fields)
                Holds(read?[name], value, $"{place}/{name}");
        }
    }

    [Fact]
    public async Task A_plan_names_what_the_desk_refuses_by_its_place_and_none_of_it_is_applied()
    {
        using var desk = await fixture.OpenDeskAsync();
        var document = JsonNode.Parse(
            """
            {"agents": {}, "groups": {"a/b": {"name":"Not an id"}, "good": {"name":"Good","escalatesTo":"nobody"}},
             "policies": {"p": {"name":"P","calendar":"none","targets":[{"metric":"resolution","within":"PT4H"}]}},
             "secrets": {"webhooks/x/secret": "unused"}}
            """
        )!;
        var plan = await desk.PlanAsync(document);
        var places = plan["problems"]!.AsArray().Select(problem => problem!["at"]!.GetValue<string>()).Order(StringComparer.Ordinal);
        var own = $"/agents/{Helpdesk.Functions.Directory.DirectoryStore.FirstAdmin.Id}";
        Assert.Equal([own, "/groups/a~1b/id", "/groups/good/escalatesTo", "/policies/p/calendar", "/secrets/webhooks~1x~1secret"], places);
        Assert.False(plan["canApply"]!.GetValue<bool>());
        var refused = (await desk.SendAsync("apply", document, plan["plan"]!.GetValue<string>())).Expect(409);
        Assert.Equal("configuration-refused", refused.Code);
        Assert.Equal(5, refused.Json["errors"]!.AsObject().Count);
        Assert.Empty((await desk.GetAsync("/api/groups")).Json["items"]!.AsArray());
    }

    [Theory]
    [InlineData("""{"grups":{}}""", "/grups")]
    [InlineData("""{"groups":{"x":{"nam":"X"}}}""", "/groups/x/nam")]
    [InlineData("""{"groups":{"x":{"name":"X","createdAt":"2026-01-01T00:00:00Z"}}}""", "/groups/x/createdAt")]
    [InlineData("""{"groups":{"x":null}}""", "/groups/x")]
    [InlineData("""{"groups":[]}""", "/groups")]
    [InlineData("""{"chat":{"key":"x"}}""", "/chat/key")]
    [InlineData("""{"format":2}""", "/format")]
    [InlineData("""{"alertSources":{"x":{"secret":"in clear"}}}""", "/alertSources/x/secret")]
    [InlineData("""{"secrets":{"x":1}}""", "/secrets/x")]
    public void A_document_that_says_something_else_is_refused_with_the_place(string json, string place)
    {
        var refused = Assert.Throws<Helpdesk.Functions.Hosting.InvalidRequestException>(() =>
            ConfigurationDocument.Read(System.Text.Encoding.UTF8.GetBytes(json))
        );
        Assert.Equal(place, Assert.Single(refused.Errors!).Key);
    }

    [Theory]
    [InlineData("""{"groups":{"a/b":{},"a/b":{}}}""", "/groups/a~1b is there twice.")]
    [InlineData("{\n\"groups\" 1}", "in line 2, at byte")]
    public void What_is_wrong_with_the_JSON_is_said_with_its_place(string json, string problem)
    {
        var refused = Assert.Throws<Helpdesk.Functions.Hosting.InvalidRequestException>(() =>
            ConfigurationDocument.Read(System.Text.Encoding.UTF8.GetBytes(json))
        );
        Assert.Contains(problem, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plan_says_what_a_document_can_do_about_it()
    {
        using var desk = await fixture.OpenDeskAsync();
        (await desk.PostAsync("/api/groups", new { id = "old", name = "Old" })).Expect(201);
        (await desk.PatchAsync("/api/chat", new { group = "old" })).Expect(200);
        var groups = """{"groups":{"a":{"name":"A","escalatesTo":"b"},"b":{"name":"B","escalatesTo":"a"}}}""";
        var problems = (await desk.PlanAsync(JsonNode.Parse(groups)!))["problems"]!
            .AsArray()
            .ToDictionary(problem => problem!["at"]!.GetValue<string>(), problem => problem!["text"]!.GetValue<string>());
        Assert.Contains("circle: a → b → a.", problems["/groups/a/escalatesTo"], StringComparison.Ordinal);
        Assert.Contains("circle: b → a → b.", problems["/groups/b/escalatesTo"], StringComparison.Ordinal);
        Assert.Contains("chat (chat): have the document name another one there, or keep it.", problems["/groups/old"], StringComparison.Ordinal);

        var prices = (await desk.SendAsync("plan", JsonNode.Parse("""{"prices":{}}""")!)).Expect(400);
        Assert.Contains("only the workspace \"main\" has it", prices.Json["errors"]!["/prices"]![0]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_changed_since_it_was_planned_is_named_and_nothing_is_applied()
    {
        using var desk = await fixture.OpenDeskAsync();
        var document = JsonNode.Parse("""{"groups":{"first":{"name":"First","tier":2}}}""")!;
        (await desk.SendAsync("apply", document)).Expect(428);
        var plan = (await desk.PlanAsync(document))["plan"]!.GetValue<string>();
        (await desk.PostAsync("/api/groups", new { id = "else", name = "Else" })).Expect(201);
        var changed = (await desk.SendAsync("apply", document, plan)).Expect(412);
        Assert.Equal("configuration-changed", changed.Code);
        Assert.StartsWith("was added by", changed.Json["errors"]!["/groups/else"]![0]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal("else", (await desk.GetAsync("/api/groups")).Json["items"]!.AsArray().Single()!["id"]!.GetValue<string>());

        // It would remove that one now; another document is not what was planned.
        var now = await desk.PlanAsync(document);
        Assert.Equal(["remove groups/else: name tier", "add groups/first: name tier"], now.Lines().Order(StringComparer.Ordinal).Reverse());
        plan = now["plan"]!.GetValue<string>();
        Assert.Equal("plan-of-another-document", (await desk.SendAsync("apply", JsonNode.Parse("""{"groups":{}}""")!, plan)).Expect(412).Code);
        var first = (await desk.SendAsync("apply", document, plan)).Expect(200).Json["apply"]!;
        // Whoever got no answer sends it again, and it is applied once.
        var second = (await desk.SendAsync("apply", document, plan)).Expect(200).Json["apply"]!;
        Assert.Equal(first.ToJsonString(), second.ToJsonString());
        Assert.Equal("""[{"section":"groups","added":1,"changed":0,"removed":1}]""", first["sections"]!.ToJsonString());

        var audit = (await desk.GetAsync($"/api/audit?apply={first["id"]}")).Json["items"]!.AsArray();
        Assert.Equal(["added first", "removed else"], audit.Select(entry => $"{entry!["action"]} {entry["setting"]}").Order(StringComparer.Ordinal));
        Assert.Single((await desk.GetAsync("/api/configuration/applies")).Json["items"]!.AsArray());
    }

    [Fact]
    public async Task It_is_for_admins_of_the_workspace_alone()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var other = await fixture.OpenDeskAsync();
        using var agent = await desk.WithRoleAsync("agent");
        var document = JsonNode.Parse("""{"groups":{"mine":{"name":"Mine"}}}""")!;
        var id = (await desk.ApplyAsync(document))["apply"]!["id"]!.GetValue<string>();
        foreach (var operation in (string[])["plan", "apply"])
            (await agent.SendAsync(operation, document, "x")).Expect(403);
        (await agent.GetAsync("/api/configuration")).Expect(403);
        (await agent.GetAsync("/api/configuration/applies")).Expect(403);
        (await desk.GetAsync($"/api/configuration/applies/{id}")).Expect(200);
        (await other.GetAsync($"/api/configuration/applies/{id}")).Expect(404);
        Assert.Empty((await other.GetAsync("/api/configuration/applies")).Json["items"]!.AsArray());
        Assert.DoesNotContain("mine", await other.ConfigurationAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Settings_from_elsewhere_are_recognised_by_their_names()
    {
        using var desk = await fixture.OpenDeskAsync();
        (await desk.PostAsync("/api/groups", new { id = "helpdesk", name = "IT support" })).Expect(201);
        var document = JsonNode.Parse(
            """
            {"groups": {"it-support": {"name":"IT support","tier":2}},
             "views": {"ours": {"name":"Ours","groups":["it-support"],"condition":{"field":"group","op":"in","value":["it-support"]}}}}
            """
        )!;
        await desk.ApplyAsync(document);
        var now = JsonNode.Parse(await desk.ConfigurationAsync())!;
        Assert.Equal(["helpdesk"], now["groups"]!.AsObject().Select(group => group.Key));
        Assert.Equal(2, now["groups"]!["helpdesk"]!["tier"]!.GetValue<int>());
        Assert.Equal("""["helpdesk"]""", now["views"]!["ours"]!["groups"]!.ToJsonString());
        Assert.Equal("""{"field":"group","op":"in","value":["helpdesk"]}""", now["views"]!["ours"]!["condition"]!.ToJsonString());
    }

    /// <summary>What the API can change of a workspace's settings is in a section, or there is a reason why not.</summary>
    [Fact]
    public void Every_operation_that_changes_a_setting_belongs_to_a_section()
    {
        // Work on tickets, people and articles, and what is done by hand, sets nothing.
        string[] noSettings =
        [
            "api/tickets",
            "api/community",
            "api/contacts",
            "api/articles",
            "api/operations",
            "api/bulk",
            "api/receipts",
            "api/outbox",
            "api/deliveries",
            "api/attachments",
            "api/intake",
            "api/configuration",
            "api/conditions",
            "api/knowledge/preview",
        ];
        string[] byHand = ["/try", "/test", "/preview", "/send-test", "/send", "/poll", "/replay", "/evaluate", "/sessions"];
        var changing = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "functions.txt"))
            .Select(line => line.Split(" | "))
            .Where(parts => parts.Length == 4 && parts[1] == "httpTrigger" && parts[3] != "everybody" && !parts[2].StartsWith("get", StringComparison.Ordinal))
            .Select(parts => (Name: parts[0], Route: parts[2].Split(' ')[1]))
            .Where(one => !noSettings.Any(prefix => one.Route == prefix || one.Route.StartsWith($"{prefix}/", StringComparison.Ordinal)))
            .Where(one => !byHand.Any(ending => one.Route.EndsWith(ending, StringComparison.Ordinal)))
            .Select(one => one.Name)
            .ToHashSet(StringComparer.Ordinal);
        var known = ConfigurationSections
            .All.SelectMany(section => (string?[])[section.Add, section.Change, section.Remove])
            .OfType<string>()
            .Where(name => name.Length > 0)
            .Concat(ConfigurationSections.LeftOut.Keys)
            .ToHashSet(StringComparer.Ordinal);
        Assert.Equal("", string.Join(' ', changing.Except(known).Order(StringComparer.Ordinal)));
    }
}
