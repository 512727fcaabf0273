using System.Text.Json.Nodes;
using Helpdesk.Functions.Tests.Automations;

namespace Helpdesk.Functions.Tests.Settings;

/// <summary>Changes that change nothing.</summary>
public sealed class UnchangedSettingsTests(DeskFixture fixture)
{
    private static async Task<int> RecordsAsync(Desk desk) => (await desk.GetAsync("/api/audit?limit=100")).Expect(200).Json["items"]!.AsArray().Count;

    [Fact]
    public async Task What_changes_nothing_makes_no_version_and_leaves_no_record()
    {
        using var desk = await fixture.OpenDeskAsync();
        await desk.AutomateAsync("note", "ticket-opened", null, new { @do = "note", text = "Hello" });
        (
            await desk.PostAsync(
                "/api/macros",
                new
                {
                    id = "note",
                    name = "Note",
                    actions = new[] { new { @do = "note", text = "Hello" } },
                }
            )
        ).Expect(201);
        var hours = new { mon = new[] { "09:00-17:00" } };
        (
            await desk.PostAsync(
                "/api/calendars",
                new
                {
                    id = "office",
                    name = "Office",
                    timeZone = "Europe/Athens",
                    hours,
                }
            )
        ).Expect(201);
        var targets = new[] { new { metric = "resolution", within = "PT4H" } };
        (
            await desk.PostAsync(
                "/api/sla/policies",
                new
                {
                    id = "fast",
                    name = "Fast",
                    calendar = "office",
                    targets,
                }
            )
        ).Expect(201);
        (
            await desk.PostAsync(
                "/api/alert-sources",
                new
                {
                    id = "tool",
                    name = "Tool",
                    kind = "alertmanager",
                }
            )
        ).Expect(201);
        var records = await RecordsAsync(desk);
        foreach (
            var (path, same, other) in new (string, object, object)[]
            {
                ("/api/automations/note", new { name = "Rule note", active = true }, new { active = false }),
                ("/api/macros/note", new { name = "Note" }, new { name = "Another" }),
                ("/api/calendars/office", new { hours }, new { hours = new { tue = new[] { "09:00-17:00" } } }),
                ("/api/sla/policies/fast", new { targets }, new { position = 5 }),
                ("/api/alert-sources/tool", new { name = "Tool" }, new { name = "Other tool" }),
            }
        )
        {
            var before = (await desk.GetAsync(path)).Expect(200).Json;
            foreach (var nothing in new[] { new { }, same })
            {
                var after = (await desk.PatchAsync(path, nothing)).Expect(200).Json;
                Assert.Equal(before["version"]?.GetValue<int>(), after["version"]?.GetValue<int>());
            }

            Assert.Equal(records, await RecordsAsync(desk));
            var changed = (await desk.PatchAsync(path, other)).Expect(200).Json;
            Assert.Equal(before["version"]?.GetValue<int>() + 1, changed["version"]?.GetValue<int>());
            Assert.Equal(++records, await RecordsAsync(desk));
        }
    }

    [Theory]
    [InlineData("/api/automations/note", "actions", 400)]
    [InlineData("/api/automations/note", "on", 400)]
    [InlineData("/api/macros/note", "actions", 400)]
    [InlineData("/api/sla/policies/fast", "targets", 400)]
    [InlineData("/api/sla/policies/fast", "steps", 200)]
    public async Task A_list_that_is_null_is_empty(string path, string field, int status)
    {
        using var desk = await fixture.OpenDeskAsync();
        await desk.AutomateAsync("note", "ticket-opened", null, new { @do = "note", text = "Hello" });
        (
            await desk.PostAsync(
                "/api/macros",
                new
                {
                    id = "note",
                    name = "Note",
                    actions = new[] { new { @do = "note", text = "Hello" } },
                }
            )
        ).Expect(201);
        (
            await desk.PostAsync(
                "/api/sla/policies",
                new
                {
                    id = "fast",
                    name = "Fast",
                    calendar = "business-hours",
                    targets = new[] { new { metric = "resolution", within = "PT4H" } },
                    steps = new[]
                    {
                        new
                        {
                            metric = "resolution",
                            at = 100,
                            @do = "notify",
                        },
                    },
                }
            )
        ).Expect(201);
        var answer = (await desk.PatchAsync(path, new JsonObject { [field] = null })).Expect(status).Json;
        if (status == 400)
            Assert.NotNull(answer["errors"]![field]);
        else
            Assert.Empty(answer[field]!.AsArray());
    }

    [Theory]
    [InlineData("/api/automations")]
    [InlineData("/api/macros")]
    [InlineData("/api/sla/policies")]
    [InlineData("/api/calendars")]
    public async Task A_cursor_that_a_list_has_not_given_is_refused(string path)
    {
        using var desk = await fixture.OpenDeskAsync();
        Assert.NotNull((await desk.GetAsync($"{path}?cursor=MTIz")).Expect(400).Json["errors"]!["cursor"]);
    }
}
