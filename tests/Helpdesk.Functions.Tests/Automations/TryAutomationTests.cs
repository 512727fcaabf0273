using System.Text.Json.Nodes;
using Helpdesk.Functions.Automations;
using Helpdesk.Functions.Tests.Webhooks;
using Helpdesk.Functions.Tickets;
using Microsoft.Extensions.DependencyInjection;

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
                new
                {
                    @do = "start-approval",
                    approvers = new[] { "boss@example.com" },
                    rule = "any",
                    text = "May {{ ticket.subject }} go on?",
                },
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

    /// <summary>A rule that waits works on tickets whose life is left to chance; afterwards the dry run of the same rule says what it did, and when.</summary>
    [Fact]
    public async Task The_dry_run_says_what_a_rule_that_waits_has_done()
    {
        await using var hooks = await WebhookDesk.OpenAsync(fixture);
        var (desk, app, time) = (hooks.Desk, hooks.App, hooks.Time);
        // Instants are kept in milliseconds.
        time.Advance(TimeSpan.FromTicks(TimeSpan.TicksPerMillisecond - time.GetUtcNow().Ticks % TimeSpan.TicksPerMillisecond));
        await desk.PromiseAsync(("first-reply", 6), ("next-reply", 3));
        var condition = new
        {
            all = new object[]
            {
                new
                {
                    field = "hoursSince.requesterReply",
                    op = "at-least",
                    value = 4,
                },
                new
                {
                    field = "status",
                    op = "in",
                    value = new[] { "new", "open", "on-hold" },
                },
                new
                {
                    field = "sla.breached",
                    op = "is",
                    value = true,
                },
            },
        };
        object[] actions =
        [
            new { @do = "add-tags", tags = new[] { "late" } },
            new { @do = "note", text = "{{ ticket.number }} waits, and is {{ ticket.priority }}" },
        ];
        await desk.AutomateAsync("late", "time", condition, actions);
        var run = app.Services.GetRequiredService<RunTimedAutomations>();
        var automations = app.Services.GetRequiredService<AutomationStore>();
        var timed = RunTimedAutomations.TimedOf(await automations.ListAsync(desk.Workspace, TestContext.Current.CancellationToken));
        var tickets = app.Services.GetRequiredService<TicketStore>();
        var from = time.GetUtcNow();
        var chance = new Chance();
        var numbers = new List<long> { await desk.OpenAsync(), await desk.OpenAsync(priority: "high"), await desk.OpenAsync() };
        for (var hour = 0; hour < 60; hour++)
        {
            // What falls due is looked at when it is due, as the desk has planned it.
            foreach (var number in numbers)
            {
                var address = new TicketAddress(desk.Workspace, number);
                var ticket = (await tickets.FindAsync(address, TestContext.Current.CancellationToken))!;
                await tickets.WakeAsync(address, _ => { }, TestContext.Current.CancellationToken);
                if (await run.NextAsync(ticket, timed, TestContext.Current.CancellationToken) <= time.GetUtcNow())
                    await run.WakeAsync(address, TestContext.Current.CancellationToken);
                if (chance.Next(5) != 0)
                    continue;
                _ = chance.Next(4) switch
                {
                    0 => await desk.PatchAsync($"/api/tickets/{number}", new { priority = chance.Next(2) == 0 ? "urgent" : "normal" }),
                    1 => await desk.PatchAsync($"/api/tickets/{number}", new { status = chance.Next(2) == 0 ? "pending" : "on-hold" }),
                    2 => await desk.PostAsync($"/api/tickets/{number}/comments", new { body = "Still", author = "requester" }),
                    _ => await desk.PostAsync($"/api/tickets/{number}/comments", new { body = "We are on it" }),
                };
            }

            time.Advance(TimeSpan.FromHours(1));
        }

        await app.DeliveredAsync();
        var draft = new
        {
            id = "late",
            on = new[] { "time" },
            condition,
            actions,
        };
        var (tried, cursor, pages) = (new Dictionary<long, JsonNode>(), (string?)null, 0);
        do
        {
            var page = (
                await desk.PostAsync(
                    "/api/automations/try",
                    new
                    {
                        automation = draft,
                        from,
                        to = time.GetUtcNow(),
                        limit = 2,
                        cursor,
                    }
                )
            ).Expect(200).Json;
            foreach (var one in page["items"]!.AsArray())
                tried.Add(one!["number"]!.GetValue<long>(), one!);
            cursor = page["nextCursor"]?.GetValue<string>();
            pages++;
        } while (cursor is not null);
        Assert.True(pages > 1);
        var runs = 0;
        foreach (var number in numbers)
        {
            var real = (await desk.EventsAsync(number)).Where(one => one.Text("type") == "automation-ran").ToList();
            runs += real.Count;
            var dry = tried.TryGetValue(number, out var found) ? found["events"]!.AsArray().Select(one => one!).ToList() : [];
            Assert.Equal(real.Select(one => one.Text("at")), dry.Select(one => one.Text("at")));
            Assert.Equal(real.Select(one => one["data"]!["did"]!.ToJsonString()), dry.Select(one => one["did"]!.ToJsonString()));
            Assert.Equal(
                (await desk.CommentsAsync(number)).Where(one => one.Text("by") == "system").Select(one => one.Text("body")),
                dry.SelectMany(one => one["texts"]!.AsArray().Select(text => text!.GetValue<string>()))
            );
        }

        Assert.True(runs > 3, $"It ran {runs} times.");
    }

    [Fact]
    public async Task A_draft_that_waits_finds_tickets_to_which_nothing_happened_in_the_period_and_says_why_it_does_not_run()
    {
        await using var hooks = await WebhookDesk.OpenAsync(fixture);
        var (desk, time) = (hooks.Desk, hooks.Time);
        var quiet = await desk.OpenAsync();
        var closed = (await desk.ClosedTicketAsync()).Json["number"]!.GetValue<long>();
        await hooks.App.DeliveredAsync();
        time.Advance(TimeSpan.FromHours(30));
        var from = time.GetUtcNow();
        var busy = await desk.OpenAsync(priority: "high");
        await hooks.App.DeliveredAsync();
        time.Advance(TimeSpan.FromHours(30));
        object Draft(string value) =>
            new
            {
                on = new[] { "time" },
                condition = new
                {
                    all = new object[]
                    {
                        new
                        {
                            field = "hoursSince.created",
                            op = "at-least",
                            value = 20,
                        },
                        new
                        {
                            field = "status",
                            op = "is-not",
                            value = "closed",
                        },
                        new
                        {
                            field = "priority",
                            op = "in",
                            value = value.Split(' '),
                        },
                    },
                },
                actions = new[] { new { @do = "add-tags", tags = new[] { "old" } } },
            };
        async Task<List<long>> TryPagesAsync(object draft)
        {
            var (found, cursor) = (new List<long>(), (string?)null);
            do
            {
                var page = (
                    await desk.PostAsync(
                        "/api/automations/try",
                        new
                        {
                            automation = draft,
                            from,
                            to = time.GetUtcNow(),
                            limit = 1,
                            cursor,
                        }
                    )
                ).Expect(200).Json;
                found.AddRange(page["items"]!.AsArray().Select(one => one!["number"]!.GetValue<long>()));
                cursor = page["nextCursor"]?.GetValue<string>();
            } while (cursor is not null);
            return found;
        }

        Assert.Equal([quiet, busy], await TryPagesAsync(Draft("normal high")));
        Assert.Equal([quiet], await TryPagesAsync(Draft("normal")));
        Assert.DoesNotContain(closed, await TryPagesAsync(Draft("normal high")));
        var why = (await desk.PostAsync("/api/automations/try", new { automation = Draft("normal"), ticket = busy })).Expect(200).Json["items"]![0]![
            "events"
        ]!;
        var look = Assert.Single(why.AsArray())!;
        Assert.Equal("time system False", $"{look["type"]} {look["by"]} {look["runs"]!.GetValue<bool>()}");
        Assert.Contains(look["terms"]!.AsArray(), term => !term!["holds"]!.GetValue<bool>());
        // Nothing has happened.
        Assert.Single(await desk.EventsAsync(quiet));
    }
}
