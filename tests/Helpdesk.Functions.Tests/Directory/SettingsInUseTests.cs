using System.Text.Json.Nodes;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Storage;
using Helpdesk.Functions.Teams;
using Helpdesk.Functions.Tickets;
using Helpdesk.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Helpdesk.Functions.Tests.Directory;

/// <summary>Groups, agents and calendars that others name: they stay, or something takes their place everywhere.</summary>
public sealed class SettingsInUseTests(DeskFixture fixture)
{
    [Fact]
    public async Task A_group_that_others_name_stays_and_the_answer_says_who_names_it()
    {
        using var desk = await fixture.OpenDeskAsync();
        var number = await NamedGroupAsync(desk, "old");
        var refused = (await desk.DeleteAsync("/api/groups/old")).Expect(409);
        Assert.Equal("group-in-use", refused.Code);
        var uses = refused.Json["usedBy"]!.AsArray().ToDictionary(use => use!["kind"]!.GetValue<string>(), use => use!);
        Assert.Equal(["agents", "chat", "groups", "policies", "teams", "tickets"], uses.Keys.Order());
        Assert.Equal(
            ("below", 1, false),
            (uses["groups"]["ids"]![0]!.GetValue<string>(), uses["groups"]["count"]!.GetValue<int>(), uses["groups"]["more"]!.GetValue<bool>())
        );
        Assert.Equal($"{number}", uses["tickets"]["ids"]![0]!.GetValue<string>());
        (await desk.GetAsync("/api/groups/old")).Expect(200);
        using var agent = await desk.WithRoleAsync("agent");
        (await agent.DeleteAsync("/api/groups/old")).Expect(403);
        using var other = await fixture.OpenDeskAsync();
        (await other.DeleteAsync("/api/groups/old")).Expect(404);
    }

    [Fact]
    public async Task A_successor_takes_the_place_of_a_group_everywhere()
    {
        using var desk = await fixture.OpenDeskAsync();
        var number = await NamedGroupAsync(desk, "old");
        await GroupAsync(desk, "new", 2);
        (await desk.DeleteAsync("/api/groups/old?successor=new")).Expect(204);
        (await desk.GetAsync("/api/groups/old")).Expect(404);
        Assert.Equal("new", (await desk.GetAsync("/api/groups/below")).Json["escalatesTo"]!.GetValue<string>());
        Assert.Equal(["new"], (await desk.GetAsync("/api/agents/ada")).Json["groups"]!.AsArray().Select(group => group!.GetValue<string>()));
        var policy = (await desk.GetAsync("/api/sla/policies/p")).Json;
        Assert.Equal(2, policy["version"]!.GetValue<int>());
        Assert.Equal("new", policy["steps"]![0]!["toGroup"]!.GetValue<string>());
        Assert.Equal("""{"field":"group","op":"in","value":["new"]}""", policy["condition"]!.ToJsonString());
        Assert.Equal("old", (await desk.GetAsync("/api/sla/policies/p?version=1")).Json["steps"]![0]!["toGroup"]!.GetValue<string>());
        Assert.Equal("new", (await desk.GetAsync("/api/chat")).Json["group"]!.GetValue<string>());
        var links = fixture.App.Services.GetRequiredService<SettingsStore>();
        Assert.Equal("new", Assert.Single(await links.ListAsync(desk.Workspace, GroupLinks.Kind, TestContext.Current.CancellationToken)).Group);
        await HandedOverAsync(async () => (await desk.GetAsync($"/api/tickets/{number}")).Json["group"]!.GetValue<string>() == "new");
        Assert.Equal("old → new by admin", await LastAsync(desk, number, "group-changed"));
        await desk.ListShowsAsync("group=new", number);
        await desk.ListShowsAsync("group=old");
    }

    [Fact]
    public async Task A_group_that_only_done_tickets_name_may_go_and_those_that_are_reopened_have_none()
    {
        using var desk = await fixture.OpenDeskAsync();
        await GroupAsync(desk, "old", 1);
        var resolved = await TicketAsync(desk, new { group = "old" });
        var closed = await TicketAsync(desk, new { group = "old" });
        foreach (var number in new[] { resolved, closed })
            (await desk.PostAsync($"/api/tickets/{number}/resolve", new { resolution = "Done" })).Expect(200);
        (await desk.PostAsync($"/api/tickets/{closed}/close")).Expect(200);
        await desk.ListShowsAsync("group=old&status=resolved,closed", resolved, closed);
        (await desk.DeleteAsync("/api/groups/old")).Expect(204);
        await HandedOverAsync(async () => (await desk.GetAsync($"/api/tickets/{resolved}")).Json["group"] is null);
        Assert.Equal("old", (await desk.GetAsync($"/api/tickets/{closed}")).Json["group"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("old", 400)]
    [InlineData("nobody", 400)]
    [InlineData("No%20Id", 400)]
    [InlineData("low", 409)] // "below" would escalate to a group that is no higher
    [InlineData("below", 204)] // takes the place of the group above it
    public async Task A_successor_is_another_group_that_fits(string successor, int status)
    {
        using var desk = await fixture.OpenDeskAsync();
        await GroupAsync(desk, "top", 3);
        await GroupAsync(desk, "old", 2, "top");
        await GroupAsync(desk, "below", 1, "old");
        await GroupAsync(desk, "low", 1);
        (await desk.DeleteAsync($"/api/groups/old?successor={successor}")).Expect(status);
        if (status == 204)
            Assert.Equal("top", (await desk.GetAsync("/api/groups/below")).Json["escalatesTo"]!.GetValue<string>());
        else
            Assert.Equal("old", (await desk.GetAsync("/api/groups/below")).Json["escalatesTo"]!.GetValue<string>());
    }

    [Fact]
    public async Task More_tickets_than_one_message_takes_are_all_handed_over_once()
    {
        using var desk = await fixture.OpenDeskAsync();
        await GroupAsync(desk, "old", 1);
        await GroupAsync(desk, "new", 1);
        var numbers = await Task.WhenAll(Enumerable.Range(0, 60).Select(_ => TicketAsync(desk, new { group = "old" })));
        await desk.ListShowsAsync("group=old", numbers);
        var refused = (await desk.DeleteAsync("/api/groups/old")).Expect(409).Json["usedBy"]![0]!;
        Assert.Equal((60, 10), (refused["count"]!.GetValue<int>(), refused["ids"]!.AsArray().Count));
        (await desk.DeleteAsync("/api/groups/old?successor=new")).Expect(204);
        await HandedOverAsync(async () => (await desk.NumbersAsync("group=new")).Count == 60);
        foreach (var number in numbers)
            Assert.Single(
                (await desk.GetAsync($"/api/tickets/{number}/events")).Json["items"]!.AsArray(),
                one => one!["type"]!.GetValue<string>() == "group-changed"
            );
    }

    [Fact]
    public async Task A_ticket_that_was_given_to_it_at_the_last_moment_is_found_later()
    {
        using var desk = await fixture.OpenDeskAsync();
        await GroupAsync(desk, "old", 1);
        await GroupAsync(desk, "new", 1);
        (await desk.DeleteAsync("/api/groups/old?successor=new")).Expect(204);
        // Another process may not know yet that it is gone.
        var number = await TicketAsync(desk, new { });
        var store = fixture.App.Services.GetRequiredService<TicketStore>();
        var ghost = new Helpdesk.Directory.Group
        {
            Id = "old",
            Name = "Old",
            Tier = 1,
            CreatedAt = TimeProvider.System.GetUtcNow(),
        };
        await store.ChangeAsync(
            new(desk.Workspace, number),
            Helpdesk.Functions.Hosting.IfMatch.Any,
            null,
            (ticket, _) => new(Helpdesk.Tickets.TicketRules.Assign(ticket, ghost, null, Helpdesk.Tickets.Actor.System, TimeProvider.System.GetUtcNow())),
            TestContext.Current.CancellationToken
        );
        await desk.ListShowsAsync("group=old", number);
        for (var i = 0; i < 2; i++)
            await fixture.App.InvokeAsync(nameof(HandOverTickets), Message(desk, "group", "old", "new", "late"));
        Assert.Equal("new", (await desk.GetAsync($"/api/tickets/{number}")).Json["group"]!.GetValue<string>());
        // And when the successor has gone in the meantime, to whatever took its place.
        await GroupAsync(desk, "newest", 1);
        await desk.ListShowsAsync("group=new", number);
        (await desk.DeleteAsync("/api/groups/new?successor=newest")).Expect(204);
        await HandedOverAsync(async () => (await desk.GetAsync($"/api/tickets/{number}")).Json["group"]!.GetValue<string>() == "newest");
    }

    [Fact]
    public async Task A_message_whose_change_never_came_does_nothing()
    {
        using var desk = await fixture.OpenDeskAsync();
        await GroupAsync(desk, "old", 1);
        await GroupAsync(desk, "new", 1);
        var number = await TicketAsync(desk, new { group = "old" });
        await desk.ListShowsAsync("group=old", number);
        await fixture.App.InvokeAsync(nameof(HandOverTickets), Message(desk, "group", "old", "new", "live"));
        Assert.Equal("old", (await desk.GetAsync($"/api/tickets/{number}")).Json["group"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("deactivated", null)]
    [InlineData("removed", null)]
    [InlineData("removed", "bob")]
    public async Task The_tickets_of_an_agent_who_is_gone_go_back_to_their_group_or_to_a_successor(string how, string? successor)
    {
        using var desk = await fixture.OpenDeskAsync();
        await GroupAsync(desk, "desk", 1);
        foreach (var agent in new[] { "ada", "bob" })
            (
                await desk.PostAsync(
                    "/api/agents",
                    new
                    {
                        id = agent,
                        name = agent,
                        email = $"{agent}@example.com",
                        groups = new[] { "desk" },
                    }
                )
            ).Expect(201);
        var open = await TicketAsync(desk, new { group = "desk", assignee = "ada" });
        var resolved = await TicketAsync(desk, new { group = "desk", assignee = "ada" });
        (await desk.PostAsync($"/api/tickets/{resolved}/resolve", new { resolution = "Done" })).Expect(200);
        var closed = await TicketAsync(desk, new { group = "desk", assignee = "ada" });
        (await desk.PostAsync($"/api/tickets/{closed}/resolve", new { resolution = "Done" })).Expect(200);
        (await desk.PostAsync($"/api/tickets/{closed}/close")).Expect(200);
        // On a ticket that is not theirs: a task and a follow-up.
        var others = await TicketAsync(desk, new { group = "desk" });
        (await desk.PostAsync($"/api/tickets/{others}/tasks", new { title = "Order the part", assignee = "ada" })).Expect(201);
        (
            await desk.PostAsync(
                $"/api/tickets/{others}/follow-up",
                new
                {
                    @in = "PT48H",
                    to = "ada",
                    note = "Has it come?",
                }
            )
        ).Expect(200);
        await Until.TrueAsync(
            async () => (await desk.GetAsync("/api/tasks?assignee=ada")).Json["items"]!.AsArray().Count == 1,
            "the task is in the agent's list"
        );
        await desk.ListShowsAsync("assignee=ada&status=open", open);
        await desk.ListShowsAsync("status=resolved", resolved);
        if (how == "removed")
            (await desk.DeleteAsync("/api/agents/ada" + (successor is null ? "" : $"?successor={successor}"))).Expect(204);
        else
            (await desk.PatchAsync("/api/agents/ada", new { active = false })).Expect(200);
        await HandedOverAsync(async () =>
            (await desk.GetAsync($"/api/tickets/{open}")).Json["assignee"]?.GetValue<string>() == successor
            && (await desk.GetAsync($"/api/tickets/{resolved}")).Json["assignee"]?.GetValue<string>() == successor
        );
        Assert.Equal($"ada → {successor ?? "nobody"} by admin", await LastAsync(desk, open, "assignee-changed"));
        // The messages come twice.
        foreach (var pass in new[] { "agenda", "late", "late-agenda" })
            await fixture.App.InvokeAsync(nameof(HandOverTickets), Message(desk, "agent", "ada", successor, pass));
        Assert.Equal(successor, (await desk.GetAsync($"/api/tickets/{others}/follow-up")).Expect(200).Json["to"]?.GetValue<string>());
        var task = Assert.Single((await desk.GetAsync($"/api/tickets/{others}/tasks")).Expect(200).Json["items"]!.AsArray())!;
        Assert.Equal(successor, task["assignee"]?.GetValue<string>());
        var notes = (await desk.GetAsync($"/api/tickets/{others}/comments")).Json["items"]!.AsArray().Select(note => note!["body"]!.GetValue<string>());
        if (successor is null)
            Assert.EndsWith("- the task \"Order the part\"\n- the follow-up \"Has it come?\"\n@bob", Assert.Single(notes), StringComparison.Ordinal);
        else
            Assert.Empty(notes);
        Assert.Equal("desk", (await desk.GetAsync($"/api/tickets/{open}")).Json["group"]!.GetValue<string>());
        Assert.Equal("ada", (await desk.GetAsync($"/api/tickets/{closed}")).Json["assignee"]!.GetValue<string>());
        await desk.ListShowsAsync("assignee=ada&status=new,open,pending,on-hold");
    }

    [Fact]
    public async Task A_new_agent_with_the_name_of_an_old_one_inherits_nothing()
    {
        using var desk = await fixture.OpenDeskAsync();
        (await desk.PostAsync("/api/agents", new { name = "Ada", email = "ada@example.com" })).Expect(201);
        var key = (
            await desk.PostAsync(
                "/api/keys",
                new
                {
                    name = "Ada's",
                    role = "agent",
                    agent = "ada",
                }
            )
        ).Expect(201).Json["key"]!.GetValue<string>();
        var closed = await TicketAsync(desk, new { assignee = "ada" });
        (await desk.PostAsync($"/api/tickets/{closed}/resolve", new { resolution = "Done" })).Expect(200);
        (await desk.PostAsync($"/api/tickets/{closed}/close")).Expect(200);
        (await desk.DeleteAsync("/api/agents/ada")).Expect(204);
        Assert.Equal("id-retired", (
                await desk.PostAsync(
                    "/api/agents",
                    new
                    {
                        id = "ada",
                        name = "Ada",
                        email = "ada@example.com",
                    }
                )
            ).Expect(409).Code);
        var second = await desk.PostAsync("/api/agents", new { name = "Ada", email = "ada@example.com" }, ("Idempotency-Key", "again"));
        Assert.Equal("ada-2", second.Expect(201).Json["id"]!.GetValue<string>());
        Assert.Equal(
            second.Text,
            (await desk.PostAsync("/api/agents", new { name = "Ada", email = "ada@example.com" }, ("Idempotency-Key", "again"))).Expect(201).Text
        );
        await desk.ListShowsAsync("assignee=ada-2");
        using var old = new Desk(desk.Workspace, key, fixture.App.Address);
        (await old.GetAsync("/api/tickets")).Expect(401);
    }

    [Fact]
    public async Task Two_agents_have_two_addresses_and_two_identities_also_when_they_come_at_once()
    {
        using var desk = await fixture.OpenDeskAsync();
        var answers = await Task.WhenAll(
            Enumerable
                .Range(0, 6)
                .Select(i =>
                    desk.PostAsync(
                        "/api/agents",
                        new
                        {
                            id = $"a{i}",
                            name = "A",
                            email = i % 2 == 0 ? "one@example.com" : "ONE@example.com",
                        }
                    )
                )
        );
        Assert.Single(answers, answer => answer.Status == 201);
        Assert.All(answers.Where(answer => answer.Status != 201), answer => Assert.Equal("email-taken", answer.Expect(409).Code));
        (
            await desk.PostAsync(
                "/api/agents",
                new
                {
                    id = "b",
                    name = "B",
                    email = "b@example.com",
                    entraId = "1b2c",
                }
            )
        ).Expect(201);
        (
            await desk.PostAsync(
                "/api/agents",
                new
                {
                    id = "c",
                    name = "C",
                    email = "c@example.com",
                }
            )
        ).Expect(201);
        Assert.Equal("email-taken", (await desk.PatchAsync("/api/agents/c", new { email = "B@example.com" })).Expect(409).Code);
        Assert.Equal("entra-id-taken", (await desk.PatchAsync("/api/agents/c", new { entraId = "1B2C" })).Expect(409).Code);
        (await desk.PatchAsync("/api/agents/b", new { email = "B@example.com", entraId = "1B2C" })).Expect(200);
        (await desk.DeleteAsync("/api/agents/b")).Expect(204);
        (await desk.PatchAsync("/api/agents/c", new { email = "b@example.com" })).Expect(200);
    }

    [Fact]
    public async Task A_ladder_can_be_climbed_whoever_changes_its_rungs()
    {
        using var desk = await fixture.OpenDeskAsync();
        await GroupAsync(desk, "third", 3);
        await GroupAsync(desk, "second", 2, "third");
        await GroupAsync(desk, "first", 1, "second");
        foreach (
            var (group, change) in new (string, object)[]
            {
                ("second", new { tier = 1 }), // below its source
                ("first", new { tier = 2 }), // up to its target
                ("third", new { tier = 2 }),
                ("third", new { escalatesTo = "first" }), // round in a circle
                ("first", new { escalatesTo = "first" }),
                ("second", new { tier = 3 }),
            }
        )
            Assert.Equal("ladder-broken", (await desk.PatchAsync($"/api/groups/{group}", change)).Expect(409).Code);
        Assert.Equal("ladder-broken", (
                await desk.PostAsync(
                    "/api/groups",
                    new
                    {
                        name = "Same",
                        tier = 2,
                        escalatesTo = "second",
                    }
                )
            ).Expect(409).Code);
        (await desk.PostAsync("/api/groups", new { name = "Lost", escalatesTo = "nowhere" })).Expect(400);
        // First the ladder is taken apart, then everything may be.
        (await desk.PatchAsync("/api/groups/first", new { escalatesTo = (string?)null })).Expect(200);
        (await desk.PatchAsync("/api/groups/second", new { tier = 1 })).Expect(200);
    }

    [Fact]
    public async Task Two_changes_at_once_that_would_break_a_ladder_together_are_not_both_made()
    {
        using var desk = await fixture.OpenDeskAsync();
        for (var i = 0; i < 5; i++)
        {
            await GroupAsync(desk, $"low{i}", 1);
            await GroupAsync(desk, $"high{i}", 2);
            var both = await Task.WhenAll(
                desk.PatchAsync($"/api/groups/low{i}", new { escalatesTo = $"high{i}" }),
                desk.PatchAsync($"/api/groups/high{i}", new { tier = 1 })
            );
            Assert.Equal([200, 409], both.Select(answer => answer.Status).Order());
        }
    }

    [Fact]
    public async Task Nobody_names_a_group_that_is_being_removed()
    {
        using var desk = await fixture.OpenDeskAsync();
        for (var i = 0; i < 5; i++)
        {
            await GroupAsync(desk, $"g{i}", 1);
            var answers = await Task.WhenAll(
                desk.DeleteAsync($"/api/groups/g{i}"),
                desk.PostAsync(
                    "/api/agents",
                    new
                    {
                        id = $"a{i}",
                        name = "A",
                        email = $"a{i}@example.com",
                        groups = new[] { $"g{i}" },
                    }
                ),
                desk.PostAsync("/api/sla/policies", Policy($"p{i}", new { groups = new[] { $"g{i}" } }))
            );
            if (answers[0].Status == 204)
                Assert.All(answers[1..], answer => answer.Expect(400));
            else
                Assert.Contains(answers[1..], answer => answer.Status == 201);
        }
    }

    [Fact]
    public async Task A_calendar_that_groups_and_policies_name_stays_or_has_a_successor()
    {
        using var desk = await fixture.OpenDeskAsync();
        foreach (var id in new[] { "old", "new" })
            (
                await desk.PostAsync(
                    "/api/calendars",
                    new
                    {
                        id,
                        name = id,
                        timeZone = "UTC",
                        hours = new { mon = new[] { "09:00-17:00" } },
                    }
                )
            ).Expect(201);
        (
            await desk.PostAsync(
                "/api/groups",
                new
                {
                    id = "g",
                    name = "G",
                    calendar = "old",
                }
            )
        ).Expect(201);
        (await desk.PostAsync("/api/sla/policies", Policy("p", new { tags = new[] { "x" } }, calendar: "old"))).Expect(201);
        var refused = (await desk.DeleteAsync("/api/calendars/old")).Expect(409);
        Assert.Equal(("calendar-in-use", 2), (refused.Code, refused.Json["usedBy"]!.AsArray().Count));
        (await desk.DeleteAsync("/api/calendars/old?successor=lost")).Expect(400);
        (await desk.DeleteAsync("/api/calendars/old?successor=new")).Expect(204);
        Assert.Equal("new", (await desk.GetAsync("/api/groups/g")).Json["calendar"]!.GetValue<string>());
        var policy = (await desk.GetAsync("/api/sla/policies/p")).Json;
        Assert.Equal(("new", 2), (policy["calendar"]!.GetValue<string>(), policy["version"]!.GetValue<int>()));
        // One that comes back under its id goes on counting: tickets still have its first version.
        var back = (
            await desk.PostAsync(
                "/api/calendars",
                new
                {
                    id = "old",
                    name = "Back",
                    timeZone = "UTC",
                    hours = new { tue = new[] { "09:00-17:00" } },
                }
            )
        ).Expect(201);
        Assert.Equal(2, back.Json["version"]!.GetValue<int>());
        Assert.Equal("calendar-in-use", (await desk.DeleteAsync("/api/calendars/business-hours")).Expect(409).Code);
        (await desk.DeleteAsync("/api/sla/policies/p")).Expect(204);
        Assert.Equal(3, (await desk.PostAsync("/api/sla/policies", Policy("p", new { tags = new[] { "x" } }))).Expect(201).Json["version"]!.GetValue<int>());
    }

    private async Task<long> NamedGroupAsync(Desk desk, string group)
    {
        await GroupAsync(desk, group, 2);
        await GroupAsync(desk, "below", 1, group);
        (
            await desk.PostAsync(
                "/api/agents",
                new
                {
                    id = "ada",
                    name = "Ada",
                    email = "ada@example.com",
                    groups = new[] { group },
                }
            )
        ).Expect(201);
        (
            await desk.PostAsync(
                "/api/sla/policies",
                Policy(
                    "p",
                    new { groups = new[] { group } },
                    new[]
                    {
                        new
                        {
                            metric = "resolution",
                            at = 50,
                            @do = "assign-group",
                            toGroup = group,
                        },
                    }
                )
            )
        ).Expect(201);
        (await desk.PatchAsync("/api/chat", new { group })).Expect(200);
        await fixture
            .App.Services.GetRequiredService<GroupLinks>()
            .PutAsync(desk.Workspace, new(group, "teams:somewhere", null), TestContext.Current.CancellationToken);
        var number = await TicketAsync(desk, new { group });
        await desk.ListShowsAsync($"group={group}", number);
        return number;
    }

    private static JsonObject Policy(string id, object conditions, object? steps = null, string calendar = "business-hours") =>
        new()
        {
            ["id"] = id,
            ["name"] = id,
            ["calendar"] = calendar,
            ["conditions"] = System.Text.Json.JsonSerializer.SerializeToNode(conditions),
            ["targets"] = new JsonArray(new JsonObject { ["metric"] = "resolution", ["within"] = "PT1H" }),
            ["steps"] = System.Text.Json.JsonSerializer.SerializeToNode(steps ?? Array.Empty<object>()),
        };

    private static async Task GroupAsync(Desk desk, string id, int tier, string? escalatesTo = null) =>
        (
            await desk.PostAsync(
                "/api/groups",
                new
                {
                    id,
                    name = id,
                    tier,
                    escalatesTo,
                }
            )
        ).Expect(201);

    private static async Task<long> TicketAsync(Desk desk, object more)
    {
        var body = System.Text.Json.JsonSerializer.SerializeToNode(more)!.AsObject();
        (body["subject"], body["description"], body["requester"]) = ("s", "d", new JsonObject { ["email"] = "rita@example.com" });
        return (await desk.PostAsync("/api/tickets", body)).Expect(201).Json["number"]!.GetValue<long>();
    }

    private static async Task<string> LastAsync(Desk desk, long number, string type)
    {
        var happened = (await desk.GetAsync($"/api/tickets/{number}/events")).Json["items"]!.AsArray().Last(one => one!["type"]!.GetValue<string>() == type)!;
        return $"{happened["data"]!["from"]} → {happened["data"]!["to"]?.ToString() ?? "nobody"} by {happened["actor"]!["id"]}";
    }

    private static string Message(Desk desk, string kind, string id, string? successor, string pass) =>
        $$"""
            {"workspace":"{{desk.Workspace}}","kind":"{{kind}}","id":"{{id}}","successor":{{(
                successor is null ? "null" : $"\"{successor}\""
            )}},"by":{"kind":"system"},
             "sentAt":"{{TimeProvider.System.GetUtcNow():yyyy-MM-dd'T'HH:mm:ss.fff'Z'}}","pass":"{{pass}}"}
            """;

    /// <summary>Brings the waiting messages to the function, each of them twice, until something is so.</summary>
    private Task HandedOverAsync(Func<Task<bool>> condition) =>
        Until.TrueAsync(
            async () =>
            {
                var queue = fixture.App.Services.GetRequiredService<StorageClients>().Queue(TicketNames.QueueName);
                foreach (var message in (await queue.ReceiveMessagesAsync(32)).Value)
                {
                    for (var i = 1; i <= 2; i++)
                        await fixture.App.InvokeAsync(nameof(HandOverTickets), message.Body.ToString(), i);
                    await queue.DeleteMessageAsync(message.MessageId, message.PopReceipt);
                }

                return await condition();
            },
            "the tickets are handed over"
        );
}
