using System.Reflection;
using System.Text.Json.Nodes;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace Helpdesk.Functions.Tests.Audit;

public sealed class AuditTests(DeskFixture fixture)
{
    private static readonly CancellationToken Cancelled = TestContext.Current.CancellationToken;

    private static async Task<List<JsonNode>> EntriesAsync(Desk desk, string query = "")
    {
        var entries = new List<JsonNode>();
        string? cursor = null;
        do
        {
            var page = (await desk.GetAsync($"/api/audit?limit=100{query}{(cursor is null ? "" : $"&cursor={cursor}")}")).Expect(200).Json;
            entries.AddRange(page["items"]!.AsArray().Select(entry => entry!));
            cursor = page["nextCursor"]?.GetValue<string>();
        } while (cursor is not null);

        return entries;
    }

    private static string? Text(JsonNode? node) => node?.GetValue<string>();

    [Fact]
    public async Task A_setting_leaves_who_what_before_and_after()
    {
        using var desk = await fixture.OpenDeskAsync();
        (await desk.PostAsync("/api/groups", new { name = "Network", tier = 2 })).Expect(201);
        (await desk.PatchAsync("/api/groups/network", new { name = "Networks", tier = 2 })).Expect(200);
        (await desk.DeleteAsync("/api/groups/network")).Expect(204);

        var entries = await EntriesAsync(desk, "&kind=group&setting=network");

        Assert.Equal(["removed", "changed", "added"], entries.Select(entry => Text(entry["action"])));
        Assert.All(entries, entry => Assert.Equal("agent", Text(entry["by"])));
        Assert.All(entries, entry => Assert.NotNull(Text(entry["actor"]!["id"])));
        Assert.Equal([null, "Network", "Networks"], Enumerable.Reverse(entries).Select(entry => Text(entry["before"]?["name"])));
        Assert.Equal(["Network", "Networks", null], Enumerable.Reverse(entries).Select(entry => Text(entry["after"]?["name"])));
        Assert.Equal("name", Text(Assert.Single(entries[1]["changed"]!.AsArray())));
    }

    [Fact]
    public async Task Every_change_of_a_key_is_recorded_and_its_text_nowhere()
    {
        using var desk = await fixture.OpenDeskAsync();
        var made = (await desk.PostAsync("/api/keys", new { name = "Monitoring", role = "integration" })).Expect(201).Json;
        var id = Text(made["id"])!;
        (await desk.DeleteAsync($"/api/keys/{id}")).Expect(204);

        var answer = await desk.GetAsync($"/api/audit?kind=key&setting={id}");

        Assert.Equal(["removed", "added"], answer.Expect(200).Json["items"]!.AsArray().Select(entry => Text(entry!["action"])));
        answer.Hides(Text(made["key"])!, Text(made["key"])!.Split('_')[^1]);
    }

    [Fact]
    public async Task A_secret_is_never_shown_but_that_it_is_another_one_is()
    {
        using var desk = await fixture.OpenDeskAsync();
        var webhook = (await desk.PostAsync("/api/webhooks", new { url = "https://hooks.example.com/a", events = new[] { "*" } })).Expect(201).Json;
        var id = Text(webhook["id"])!;
        var renewed = (await desk.PostAsync($"/api/webhooks/{id}/rotate")).Expect(200).Json;
        (await desk.PatchAsync($"/api/webhooks/{id}", new { name = "Chat" })).Expect(200);

        var answer = (await desk.GetAsync("/api/audit?kind=webhook")).Expect(200);

        var entries = answer.Json["items"]!.AsArray();
        Assert.Equal(3, entries.Count);
        Assert.Equal("***", Text(entries[2]!["after"]!["secret"]));
        Assert.Equal(("***", "*** (new)"), (Text(entries[1]!["before"]!["secret"]), Text(entries[1]!["after"]!["secret"])));
        Assert.Equal(["name"], entries[0]!["changed"]!.AsArray().Select(Text));
        answer.Hides(Text(webhook["secret"])!, Text(renewed["secret"])!, Text(webhook["secret"])!.Split('_')[^1], Text(renewed["secret"])!.Split('_')[^1]);
    }

    /// <summary>What the tests of secrets rest on.</summary>
    [Theory]
    [InlineData("""{"one":["whsec_a\u002Bb\u002F"]}""")]
    [InlineData("""{"whsec_a\u002Bb/":1}""")]
    [InlineData("""["whsec_a+b/"]""")]
    public void A_secret_is_found_however_JSON_writes_it(string json) =>
        Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => new Answer(200, null!, json).Hides("a+b/"));

    [Fact]
    public async Task What_changes_nothing_and_what_is_refused_leaves_nothing()
    {
        using var desk = await fixture.OpenDeskAsync();
        (await desk.PostAsync("/api/groups", new { name = "Network", tier = 2 })).Expect(201);
        (await desk.PatchAsync("/api/groups/network", new { name = "Network" })).Expect(200);
        (await desk.PatchAsync("/api/mail-settings", new { acknowledgementsPerHour = -1 })).Expect(400);
        (
            await desk.PostAsync(
                "/api/groups",
                new
                {
                    id = "network",
                    name = "Again",
                    tier = 1,
                }
            )
        ).Expect(409);

        Assert.Equal("added", Text(Assert.Single(await EntriesAsync(desk, "&setting=network"))["action"]));
        Assert.DoesNotContain(await EntriesAsync(desk), entry => Text(entry["kind"]) == "mail-settings");
    }

    [Fact]
    public async Task A_length_is_shown_as_the_API_shows_it()
    {
        using var desk = await fixture.OpenDeskAsync();
        (await desk.PatchAsync("/api/automations/closing", new { closeResolvedAfter = "PT50H" })).Expect(200);
        (await desk.PatchAsync("/api/automations/closing", new { closeResolvedAfter = (string?)null })).Expect(200);
        (
            await desk.PostAsync(
                "/api/sla/policies",
                new
                {
                    id = "fast",
                    name = "Fast",
                    calendar = "business-hours",
                    targets = new[] { new { metric = "resolution", within = "PT90M" } },
                    steps = Array.Empty<object>(),
                }
            )
        ).Expect(201);

        var closing = await EntriesAsync(desk, "&kind=closing");
        Assert.Equal("PT50H", Text(closing[1]["after"]!["closeResolvedAfter"]));
        Assert.Equal("PT50H", Text(closing[0]["before"]!["closeResolvedAfter"]));
        var policy = Assert.Single(await EntriesAsync(desk, "&kind=policy&setting=fast"));
        var shown = (await desk.GetAsync("/api/sla/policies/fast")).Expect(200).Json["targets"]![0]!["within"]!.GetValue<string>();
        Assert.Contains($"\"{shown}\"", policy["after"]!.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Repeating_a_request_is_recorded_once()
    {
        using var desk = await fixture.OpenDeskAsync();
        for (var i = 0; i < 2; i++)
            (await desk.PostAsync("/api/groups", new { name = "Network", tier = 2 }, ("Idempotency-Key", "one"))).Expect(201);

        Assert.Single(await EntriesAsync(desk, "&setting=network"));
    }

    /// <summary>Retention is written without looking at other settings, groups are written with them.</summary>
    [Theory]
    [InlineData("/api/retention", "retention", "chatsDays")]
    [InlineData("/api/groups/network", "group", "tier")]
    public async Task Changes_that_come_at_once_make_one_chain(string path, string kind, string field)
    {
        using var desk = await fixture.OpenDeskAsync();
        (await desk.PostAsync("/api/groups", new { name = "Network", tier = 1 })).Expect(201);

        await Task.WhenAll(Enumerable.Range(0, 12).Select(async i => (await desk.PatchAsync(path, new JsonObject { [field] = 1 + i % 3 })).Expect(200)));

        // They may have been written in the same instant, so the chain is followed by its links.
        var entries = (await EntriesAsync(desk, $"&kind={kind}")).Where(entry => Text(entry["action"]) == "changed" || kind == "retention").ToList();
        string? Value(JsonNode entry, string side) => entry[side]?[field]?.ToJsonString();
        var first = kind == "group" ? "1" : null;
        var last = (await desk.GetAsync(path)).Expect(200).Json[field]!.ToJsonString();
        Assert.All(entries, entry => Assert.NotEqual(Value(entry, "before"), Value(entry, "after")));
        // In a chain every value is left as often as it is entered, but for where it begins and where it ends.
        var balance = entries
            .SelectMany(entry => new[] { (Value: Value(entry, "before") ?? "", By: -1), (Value: Value(entry, "after") ?? "", By: 1) })
            .Append((first ?? "", 1))
            .Append((last, -1))
            .GroupBy(one => one.Item1)
            .Select(group => group.Sum(one => one.Item2));
        Assert.All(balance, sum => Assert.Equal(0, sum));
    }

    [Fact]
    public async Task What_the_desk_does_by_itself_is_the_desks()
    {
        using var desk = await fixture.OpenDeskAsync();
        var settings = fixture.App.Services.GetRequiredService<SettingsStore>();
        await settings.PutAsync(
            desk.Workspace,
            Helpdesk.Functions.Directory.DirectoryKinds.Groups,
            new Helpdesk.Directory.Group
            {
                Id = "by-itself",
                Name = "By itself",
                Tier = 1,
                CreatedAt = TimeProvider.System.GetUtcNow(),
            },
            Cancelled
        );

        var entry = Assert.Single(await EntriesAsync(desk, "&setting=by-itself"));
        Assert.Equal(("system", null), (Text(entry["by"]), entry["actor"]));
    }

    [Fact]
    public async Task Filters_and_pages_leave_nothing_out()
    {
        using var desk = await fixture.OpenDeskAsync();
        for (var i = 0; i < 7; i++)
            (await desk.PostAsync("/api/groups", new { name = $"Group {i}", tier = 1 })).Expect(201);
        var all = await EntriesAsync(desk);

        var (paged, cursor) = (new List<string>(), (string?)null);
        do
        {
            var page = (await desk.GetAsync($"/api/audit?kind=group&limit=2{(cursor is null ? "" : $"&cursor={cursor}")}")).Expect(200).Json;
            paged.AddRange(page["items"]!.AsArray().Select(entry => Text(entry!["id"])!));
            cursor = Text(page["nextCursor"]);
        } while (cursor is not null);

        Assert.Equal(all.Where(entry => Text(entry["kind"]) == "group").Select(entry => Text(entry["id"])), paged);
        var at = Text(all.First(entry => Text(entry["setting"]) == "group-3")["at"])!;
        Assert.Contains(await EntriesAsync(desk, $"&from={at}"), entry => Text(entry["setting"]) == "group-3");
        Assert.DoesNotContain(await EntriesAsync(desk, $"&from={at}"), entry => Text(entry["setting"]) == "group-2");
        Assert.DoesNotContain(await EntriesAsync(desk, $"&to={at}"), entry => Text(entry["setting"]) == "group-3");
        Assert.Contains(await EntriesAsync(desk, $"&to={at}"), entry => Text(entry["setting"]) == "group-2");
        Assert.Empty(await EntriesAsync(desk, "&by=nobody"));
        Assert.Equal(all.Count, (await EntriesAsync(desk, $"&by={Text(all[0]["actor"]!["id"])}")).Count);
        Assert.Equal(400, (await desk.GetAsync("/api/audit?from=yesterday")).Status);
        var unknown = (await desk.GetAsync("/api/audit?kind=group,grupo")).Expect(400).Json["errors"]!["kind"]![0]!.GetValue<string>();
        Assert.Contains("\"grupo\"", unknown, StringComparison.Ordinal);
        Assert.Contains("form, group, group-link, hidden-views, key, knowledge", unknown, StringComparison.Ordinal);
        Assert.Equal(400, (await desk.GetAsync($"/api/audit?from={at}&to={at}")).Status);
    }

    [Fact]
    public async Task It_is_for_the_admins_of_the_workspace_alone()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var other = await fixture.OpenDeskAsync();
        using var agent = await desk.WithRoleAsync("agent");
        using var integration = await desk.WithRoleAsync("integration");
        (await desk.PostAsync("/api/groups", new { name = "Network", tier = 2 })).Expect(201);

        Assert.Empty(await EntriesAsync(other, "&setting=network"));
        Assert.Equal(403, (await agent.GetAsync("/api/audit")).Status);
        Assert.Equal(403, (await integration.GetAsync("/api/audit")).Status);
    }

    [Fact]
    public async Task Workspaces_are_recorded_for_the_admins_of_the_home_workspace()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var home = new Desk("main", DeskFixture.AdminKey, fixture.App.Address);

        var entry = Assert.Single(await EntriesAsync(home, $"&kind=workspace&setting={desk.Workspace}"));

        Assert.Equal("added", Text(entry["action"]));
    }

    /// <summary>A kind that is new is recorded, or is named here: it is nothing that a workspace was told.</summary>
    [Fact]
    public void Every_kind_of_setting_is_recorded_or_is_the_apps_own()
    {
        var kinds =
            from type in typeof(SettingsStore).Assembly.GetTypes()
            where !type.ContainsGenericParameters
            from member in type.GetMembers(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)
            let value = member is PropertyInfo property && IsKind(property.PropertyType) ? property.GetValue(null)
            : member is FieldInfo field && IsKind(field.FieldType) ? field.GetValue(null)
            : null
            where value is not null
            from kind in KindsIn(value)
            select kind;

        var own = kinds.Where(kind => kind.Audited is null).Select(kind => kind.Prefix).Distinct().Order(StringComparer.Ordinal);

        Assert.Equal(
            [
                "address-",
                "agentchat-",
                "automationversion-",
                "calendarversion-",
                "demo-",
                "deskid-",
                "formversion-",
                "hidden-views-",
                "linkkey-",
                "macroof-",
                "own-view-",
                "policyversion-",
                "preferences-",
                "replykey-",
                "retired-",
                "session-",
                "signingkey-",
            ],
            own
        );
    }

    private static bool IsKind(Type type) =>
        type.IsGenericType && (type.GetGenericTypeDefinition() == typeof(SettingKind<>) || type.GetGenericTypeDefinition() == typeof(VersionedKind<>));

    private static IEnumerable<(string Prefix, string? Audited)> KindsIn(object kind)
    {
        if (kind.GetType().GetGenericTypeDefinition() == typeof(VersionedKind<>))
            return new[] { "Newest", "Versions" }.SelectMany(name => KindsIn(kind.GetType().GetProperty(name)!.GetValue(kind)!));
        string? Of(string name) => (string?)kind.GetType().GetProperty(name)!.GetValue(kind);
        return [(Of("Prefix")!, Of("Audited"))];
    }
}
