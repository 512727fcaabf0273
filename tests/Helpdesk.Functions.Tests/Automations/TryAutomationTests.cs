using System.Text.Json.Nodes;

namespace Helpdesk.Functions.Tests.Automations;

public sealed class TryAutomationTests(DeskFixture fixture)
{
    private static object Draft(string on, object? condition, params object[] actions) =>
        new
        {
            on = on.Split(' '),
            condition,
            actions,
        };

    /// <summary>Numbers that follow no pattern, the same in every run.</summary>
    private sealed class Chance
    {
        private uint _state = 12;

        public int Next(int below)
        {
            _state = unchecked(_state * 1664525 + 1013904223);
            return (int)((_state >> 16) % below);
        }
    }

    private static Task<Answer> TryAsync(Desk desk, object automation, int limit = 50, string? cursor = null) =>
        desk.PostAsync(
            "/api/automations/try",
            new
            {
                automation,
                from = "2020-01-01T00:00:00Z",
                to = "2190-01-01T00:00:00Z",
                limit,
                cursor,
            }
        );

    /// <summary>A rule works on tickets whose life is left to chance; afterwards the dry run of the same rule says what it did.</summary>
    [Fact]
    public async Task The_dry_run_says_what_the_rule_has_done()
    {
        using var desk = await fixture.OpenDeskAsync();
        var (on, actions) = (
            "ticket-opened comment-added priority-changed status-changed",
            new object[]
            {
                new { @do = "add-tags", tags = new[] { "seen" } },
                new { @do = "escalate", text = "Because" },
                new { @do = "note", text = "{{ ticket.number }} is {{ ticket.priority }}" },
            }
        );
        var condition = new
        {
            all = new object[]
            {
                new
                {
                    field = "by",
                    op = "is-not",
                    value = "system",
                },
                new
                {
                    any = new object[]
                    {
                        new
                        {
                            field = "priority",
                            op = "at-least",
                            value = "high",
                        },
                        new
                        {
                            field = "status",
                            op = "is",
                            value = "pending",
                        },
                        new { field = "hoursSince.requesterReply", op = "is-empty" },
                    },
                },
            },
        };
        await desk.AutomateAsync("rule", on, condition, actions);
        var chance = new Chance();
        var numbers = new List<long>();
        for (var i = 0; i < 5; i++)
        {
            var number = await desk.OpenAsync(priority: i % 2 == 0 ? "high" : "low");
            numbers.Add(number);
            // What runs late meets the ticket as it is by then.
            await fixture.App.DeliveredAsync();
            for (var step = 0; step < 6; step++)
            {
                _ = chance.Next(4) switch
                {
                    0 => await desk.PatchAsync($"/api/tickets/{number}", new { priority = chance.Next(2) == 0 ? "urgent" : "normal" }),
                    1 => await desk.PatchAsync($"/api/tickets/{number}", new { status = chance.Next(2) == 0 ? "pending" : "open" }),
                    2 => await desk.PostAsync($"/api/tickets/{number}/comments", new { body = "Still", author = "requester" }),
                    _ => await desk.PostAsync($"/api/tickets/{number}/resolve", new { resolution = "Done" }),
                };
                await fixture.App.DeliveredAsync();
            }
        }

        var (tried, cursor, pages) = (new Dictionary<long, JsonNode>(), (string?)null, 0);
        do
        {
            var page = (await TryAsync(desk, Draft(on, condition, actions), limit: 2, cursor)).Expect(200).Json;
            foreach (var one in page["items"]!.AsArray())
                tried[one!["number"]!.GetValue<long>()] = one!;
            cursor = page["nextCursor"]?.GetValue<string>();
            pages++;
        } while (cursor is not null);
        Assert.True(pages > 2);
        var runs = 0;
        foreach (var number in numbers)
        {
            var real = await desk.RunsAsync(number);
            runs += real.Count;
            var dry = tried.TryGetValue(number, out var found) ? found["events"]!.AsArray().Select(one => one!).ToList() : [];
            Assert.Equal(real.Select(run => run["seq"]!.GetValue<long>()), dry.Select(one => one["seq"]!.GetValue<long>()));
            Assert.Equal(string.Join('\n', real.Select(run => run["did"]!.ToJsonString())), string.Join('\n', dry.Select(one => one["did"]!.ToJsonString())));
            Assert.Equal(
                (await desk.CommentsAsync(number)).Where(one => one.Text("by") == "system").Select(one => one.Text("body")),
                dry.SelectMany(one => one["texts"]!.AsArray().Select(text => text!.GetValue<string>()))
            );
        }

        Assert.True(runs > 5, $"It ran {runs} times.");
    }

    [Fact]
    public async Task One_ticket_shows_every_event_that_starts_the_draft_and_why_it_runs_or_not()
    {
        using var desk = await fixture.OpenDeskAsync();
        var number = await desk.OpenAsync();
        (await desk.PatchAsync($"/api/tickets/{number}", new { priority = "urgent" })).Expect(200);
        (await desk.PatchAsync($"/api/tickets/{number}", new { priority = "low" })).Expect(200);
        var draft = Draft(
            "priority-changed",
            new
            {
                field = "became.priority",
                op = "is",
                value = "urgent",
            },
            new
            {
                @do = "set",
                field = "status",
                value = "on-hold",
            }
        );
        var trial = (await desk.PostAsync("/api/automations/try", new { automation = draft, ticket = number })).Expect(200).Json;
        var events = Assert.Single(trial["items"]!.AsArray())!["events"]!.AsArray();
        Assert.Equal([true, false], events.Select(one => one!["runs"]!.GetValue<bool>()));
        Assert.Equal("urgent", events[0]!["terms"]![0]!.Text("found"));
        Assert.Equal("low", events[1]!["terms"]![0]!.Text("found"));
        var change = Assert.Single(events[0]!["changes"]!.AsArray())!;
        Assert.Equal("status-changed", change.Text("type"));
        Assert.Equal("on-hold", change["data"]!.Text("to"));
        // Nothing has happened.
        Assert.Equal("new", (await desk.TicketAsync(number)).Text("status"));
        Assert.Equal(3, (await desk.EventsAsync(number)).Count);
    }

    [Fact]
    public async Task A_trial_is_for_admins_and_shows_nothing_of_others()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var stranger = await fixture.OpenDeskAsync();
        var number = await desk.OpenAsync();
        await fixture.App.DeliveredAsync();
        var draft = Draft("ticket-opened", null, new { @do = "close" });
        Assert.Single((await TryAsync(desk, draft)).Expect(200).Json["items"]!.AsArray());
        Assert.Empty((await TryAsync(stranger, draft)).Expect(200).Json["items"]!.AsArray());
        (await stranger.PostAsync("/api/automations/try", new { automation = draft, ticket = number })).Expect(400);
        using var agent = await desk.WithRoleAsync("agent");
        (await TryAsync(agent, draft)).Expect(403);
        var wrong = (await TryAsync(desk, Draft("opened", null, new { @do = "dance" }))).Expect(400);
        Assert.NotNull(wrong.Json["errors"]!["automation.on"]);
        Assert.NotNull(wrong.Json["errors"]!["automation.actions[0].do"]);
    }
}
