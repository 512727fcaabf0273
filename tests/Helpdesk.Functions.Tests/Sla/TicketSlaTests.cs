using System.Globalization;
using System.Text.Json.Nodes;
using Helpdesk.Functions.Closing;
using Helpdesk.Functions.Deadlines;
using Helpdesk.Functions.Operations;
using Helpdesk.Functions.Sla;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Helpdesk.Functions.Tests.Sla;

/// <summary>
/// Tickets and their promises over HTTP, on a clock that the test turns. Nothing wakes by itself here: the test plays the watch, or the sweep.
/// </summary>
public sealed class TicketSlaTests(DeskFixture fixture) : IAsyncLifetime
{
    private static readonly DateTimeOffset Tuesday = new(2026, 3, 10, 9, 0, 0, TimeSpan.Zero);
    private readonly FakeTimeProvider _time = new(Tuesday);
    private RunningApp _app = null!;
    private Desk _desk = null!;

    public async ValueTask InitializeAsync()
    {
        _app = await RunningApp.StartAsync(
            fixture.Storage,
            builder =>
            {
                builder.Services.AddSingleton<TimeProvider>(_time);
                builder.WithoutMails();
            }
        );
        _desk = await fixture.OpenDeskAsync(_app);
    }

    public async ValueTask DisposeAsync()
    {
        _desk.Dispose();
        await _app.DisposeAsync();
    }

    private void At(string text) => _time.SetUtcNow(DateTimeOffset.Parse(text.Length == 5 ? $"2026-03-10T{text}:00Z" : text, CultureInfo.InvariantCulture));

    private async Task PolicyAsync(object policy, string calendar = "always")
    {
        var hours = new Dictionary<string, string[]>();
        foreach (var day in new[] { "mon", "tue", "wed", "thu", "fri", "sat", "sun" })
            hours[day] = ["00:00-24:00"];
        if (calendar == "always")
            (
                await _desk.PostAsync(
                    "/api/calendars",
                    new
                    {
                        id = "always",
                        name = "Always",
                        timeZone = "UTC",
                        hours,
                    }
                )
            ).Expect(201);
        (await _desk.PostAsync("/api/sla/policies", policy)).Expect(201);
    }

    private Task ResolutionPolicyAsync(params object[] steps) =>
        PolicyAsync(
            new
            {
                id = "fast",
                name = "Fast",
                position = 1,
                calendar = "always",
                targets = new object[]
                {
                    new { metric = "resolution", within = "PT1H" },
                    new
                    {
                        metric = "resolution",
                        priority = "urgent",
                        within = "PT10M",
                    },
                },
                steps,
            }
        );

    private async Task<long> TicketAsync(object? more = null)
    {
        var body = JsonNode.Parse("""{"subject":"Printer","description":"It is on fire","requester":{"email":"rita@example.com"}}""")!.AsObject();
        foreach (var (name, value) in System.Text.Json.JsonSerializer.SerializeToNode(more ?? new { })!.AsObject())
            body[name] = value?.DeepClone();
        return (await _desk.PostAsync("/api/tickets", body)).Expect(201).Json["number"]!.GetValue<long>();
    }

    /// <summary>What the ticket's watch does when it wakes.</summary>
    private Task<DateTimeOffset?> WakeAsync(long number) => _app.Services.GetRequiredService<WakeTicket>().WakeAsync(new(_desk.Workspace, number), default);

    private async Task<List<string>> EventsAsync(long number) =>
        [
            .. (await _desk.GetAsync($"/api/tickets/{number}/events?limit=100")).Expect(200).Json["items"]!
                .AsArray()
                .Select(happened => happened!["type"]!.GetValue<string>()),
        ];

    private async Task<JsonNode> TicketOfAsync(long number, string query = "") => (await _desk.GetAsync($"/api/tickets/{number}{query}")).Expect(200).Json;

    [Fact]
    public async Task Every_workspace_has_a_policy_and_a_calendar_from_the_start_and_each_change_makes_a_version()
    {
        var policies = (await _desk.GetAsync("/api/sla/policies")).Expect(200).Json["items"]!.AsArray();
        Assert.Equal("standard", Assert.Single(policies)!["id"]!.GetValue<string>());
        var number = await TicketAsync(new { priority = "high" });
        Assert.Equal("business-hours@1", (await TicketOfAsync(number))["sla"]!["calendar"]!.GetValue<string>());

        var calendar = (await _desk.PatchAsync("/api/calendars/business-hours", new { timeZone = "Europe/Berlin" })).Expect(200).Json;
        Assert.Equal((2, "Europe/Berlin"), (calendar["version"]!.GetValue<int>(), calendar["timeZone"]!.GetValue<string>()));
        Assert.Equal("Etc/UTC", (await _desk.GetAsync("/api/calendars/business-hours?version=1")).Expect(200).Json["timeZone"]!.GetValue<string>());
        (await _desk.PatchAsync("/api/sla/policies/standard", new { targets = new[] { new { metric = "resolution", within = "PT3H" } } })).Expect(200);

        // Who was promised something keeps it; the next one is promised the new.
        var before = await TicketOfAsync(number);
        Assert.Equal((1, "business-hours@1"), (before["sla"]!["policy"]!["version"]!.GetValue<int>(), before["sla"]!["calendar"]!.GetValue<string>()));
        var after = await TicketOfAsync(await TicketAsync());
        Assert.Equal((2, "business-hours@2"), (after["sla"]!["policy"]!["version"]!.GetValue<int>(), after["sla"]!["calendar"]!.GetValue<string>()));
        (await _desk.DeleteAsync("/api/sla/policies/standard")).Expect(409);
        (await _desk.DeleteAsync("/api/calendars/business-hours")).Expect(409);
    }

    [Fact]
    public async Task The_first_policy_that_fits_wins_and_another_one_is_applied_when_it_fits_now()
    {
        await ResolutionPolicyAsync();
        (
            await _desk.PostAsync(
                "/api/sla/policies",
                new
                {
                    id = "vip",
                    name = "VIP",
                    position = 0,
                    calendar = "always",
                    conditions = new { requesterDomains = new[] { "big.example" }, tags = new[] { "vip" } },
                    targets = new[] { new { metric = "resolution", within = "PT30M" } },
                }
            )
        ).Expect(201);
        var number = await TicketAsync(new { requester = new { email = "boss@big.example" } });
        Assert.Equal("fast", (await TicketOfAsync(number))["sla"]!["policy"]!["id"]!.GetValue<string>());
        At("09:10");
        var changed = (await _desk.PatchAsync($"/api/tickets/{number}", new { tags = new[] { "vip" } })).Expect(200).Json["sla"]!;
        Assert.Equal("vip", changed["policy"]!["id"]!.GetValue<string>());
        // The time already used counts: thirty minutes from the opening.
        Assert.Equal("2026-03-10T09:30:00.000Z", changed["dueAt"]!.GetValue<string>());
        Assert.Contains("sla-policy-applied", await EventsAsync(number));
        (await _desk.PatchAsync("/api/sla/policies/vip", new { active = false })).Expect(200);
        (await _desk.PatchAsync("/api/sla/policies/fast", new { active = false })).Expect(200);
        (await _desk.PatchAsync("/api/sla/policies/standard", new { active = false })).Expect(200);
        Assert.Null((await TicketOfAsync(await TicketAsync()))["sla"]);
    }

    [Fact]
    public async Task Warnings_breaches_and_escalations_are_recorded_once_each_and_in_order_whoever_comes_first()
    {
        (
            await _desk.PostAsync(
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
            await _desk.PostAsync(
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
        await ResolutionPolicyAsync(
            new
            {
                metric = "resolution",
                at = 50,
                @do = "warn",
            },
            new
            {
                metric = "resolution",
                at = 100,
                @do = "escalate",
                toTier = 2,
            },
            new
            {
                metric = "resolution",
                at = 120,
                @do = "raise-priority",
            }
        );
        var number = await TicketAsync(new { group = "first" });
        await _app.DeliveredAsync();
        var watch = $"ticket-{_desk.Workspace}-{number}";
        Assert.Equal(
            ("start TicketWatch", Tuesday.AddMinutes(30)),
            (Assert.Single(_app.Tasks.Of(watch)).Call, ((WatchedTicket)_app.Tasks.Of(watch)[0].What!).WakeAt)
        );

        At("09:29");
        Assert.Equal(Tuesday.AddMinutes(30), await WakeAsync(number));
        At("09:30");
        Assert.Equal(Tuesday.AddHours(1), await WakeAsync(number));
        Assert.Equal(Tuesday.AddHours(1), await WakeAsync(number));
        await _app.DeliveredAsync();
        Assert.Equal([number], await _desk.NumbersAsync("sla=at-risk"));
        // Nobody wakes for a while; whoever touches the ticket then finds everything on record, before what they do.
        At("10:30");
        (await _desk.PostAsync($"/api/tickets/{number}/comments", new { body = "Hello" })).Expect(201);
        Assert.Equal(
            [
                "ticket-opened",
                "sla-step-fired",
                "sla-breached",
                "sla-step-fired",
                "tier-changed",
                "group-changed",
                "sla-step-fired",
                "priority-changed",
                "comment-added",
                "status-changed",
            ],
            await EventsAsync(number)
        );
        var ticket = await TicketOfAsync(number);
        Assert.Equal(
            (2, "second", "high", "breached"),
            (
                ticket["tier"]!.GetValue<int>(),
                ticket["group"]!.GetValue<string>(),
                ticket["priority"]!.GetValue<string>(),
                ticket["sla"]!["state"]!.GetValue<string>()
            )
        );
        await _app.DeliveredAsync();
        Assert.Equal([number], await _desk.NumbersAsync("sla=breached"));
        Assert.Empty(await _desk.NumbersAsync("sla=at-risk"));
        Assert.Null(await WakeAsync(number));
        Assert.Equal(10, (await EventsAsync(number)).Count);
    }

    [Fact]
    public async Task A_reply_in_the_very_second_in_which_it_is_due_is_in_time()
    {
        await PolicyAsync(
            new
            {
                id = "fast",
                name = "Fast",
                position = 1,
                calendar = "always",
                targets = new[] { new { metric = "resolution", within = "PT1H" } },
            }
        );
        var number = await TicketAsync();
        At("10:00");
        var resolved = (await _desk.PostAsync($"/api/tickets/{number}/resolve", new { resolution = "Done" })).Expect(200).Json;
        Assert.Equal("met", resolved["sla"]!["targets"]![0]!["state"]!.GetValue<string>());
        Assert.DoesNotContain("sla-breached", await EventsAsync(number));
    }

    [Fact]
    public async Task A_breach_that_was_noticed_a_moment_too_early_is_retracted()
    {
        await PolicyAsync(
            new
            {
                id = "fast",
                name = "Fast",
                position = 1,
                calendar = "always",
                targets = new[] { new { metric = "resolution", within = "PT1H" } },
            }
        );
        var number = await TicketAsync();
        At("10:00");
        await WakeAsync(number);
        Assert.Contains("sla-breached", await EventsAsync(number));
        // The same second, and a stop comes before the breach check.
        (await _desk.PostAsync($"/api/tickets/{number}/resolve", new { resolution = "Done" })).Expect(200);
        Assert.Equal("sla-breach-retracted", (await EventsAsync(number))[^1]);
    }

    [Fact]
    public async Task A_promise_that_was_kept_is_broken_by_the_reopening_in_what_is_stored_recorded_and_explained()
    {
        await PolicyAsync(
            new
            {
                id = "fast",
                name = "Fast",
                position = 1,
                calendar = "always",
                reopen = "total",
                targets = new[] { new { metric = "resolution", within = "PT1H" } },
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
        );
        var number = await TicketAsync();
        At("09:30");
        (await _desk.PostAsync($"/api/tickets/{number}/resolve", new { resolution = "Done" })).Expect(200);
        At("10:20");
        await WakeAsync(number);
        Assert.DoesNotContain("sla-breached", await EventsAsync(number));
        At("10:30");
        (await _desk.PostAsync($"/api/tickets/{number}/reopen")).Expect(200);
        At("10:31");
        await WakeAsync(number);
        await WakeAsync(number);
        Assert.Equal(["sla-breached", "sla-step-fired"], (await EventsAsync(number))[^2..]);
        var breached = (await _desk.GetAsync($"/api/tickets/{number}/events")).Json["items"]!
            .AsArray()
            .Single(one => one!["type"]!.GetValue<string>() == "sla-breached")!["data"]!;
        var explained = (await _desk.GetAsync($"/api/tickets/{number}/sla")).Expect(200).Json["targets"]!
            .AsArray()
            .Single(one => one!["metric"]!.GetValue<string>() == "resolution")!;
        var shown = (await TicketOfAsync(number))["sla"]!["targets"]![0]!;
        foreach (var target in new[] { breached, explained, shown })
            Assert.Equal(
                ("2026-03-10T10:30:00.000Z", "2026-03-10T10:00:00.000Z"),
                (target["breachedAt"]!.GetValue<string>(), target["dueAt"]!.GetValue<string>())
            );
        // Resolved once more, it stays so.
        (await _desk.PostAsync($"/api/tickets/{number}/resolve", new { resolution = "Done" })).Expect(200);
        Assert.Equal("breached", (await TicketOfAsync(number))["sla"]!["targets"]![0]!["state"]!.GetValue<string>());
        Assert.Equal(1, (await EventsAsync(number)).Count(type => type.StartsWith("sla-breach", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_step_of_an_old_version_that_names_a_removed_group_goes_to_what_took_its_place()
    {
        foreach (var id in new[] { "old", "new", "newest" })
            (await _desk.PostAsync("/api/groups", new { id, name = id })).Expect(201);
        await ResolutionPolicyAsync(
            new
            {
                metric = "resolution",
                at = 50,
                @do = "assign-group",
                toGroup = "old",
            }
        );
        var number = await TicketAsync();
        (await _desk.DeleteAsync("/api/groups/old?successor=new")).Expect(204);
        (await _desk.DeleteAsync("/api/groups/new?successor=newest")).Expect(204);
        Assert.Equal(3, (await _desk.GetAsync("/api/sla/policies/fast")).Json["version"]!.GetValue<int>());
        At("09:30");
        await WakeAsync(number);
        var ticket = await TicketOfAsync(number);
        Assert.Equal((1, "newest"), (ticket["sla"]!["policy"]!["version"]!.GetValue<int>(), ticket["group"]!.GetValue<string>()));
    }

    [Fact]
    public async Task Repeated_steps_go_on_until_somebody_acknowledges()
    {
        await ResolutionPolicyAsync(
            new
            {
                metric = "resolution",
                at = 100,
                @do = "notify",
                repeatEvery = "PT10M",
            }
        );
        var number = await TicketAsync();
        async Task<int> Fired() => (await EventsAsync(number)).Count(type => type == "sla-step-fired");
        At("10:00");
        Assert.Equal(Tuesday.AddMinutes(70), await WakeAsync(number));
        At("10:25");
        Assert.Equal(Tuesday.AddMinutes(90), await WakeAsync(number));
        Assert.Equal(3, await Fired());
        (await _desk.PostAsync($"/api/tickets/{number}/acknowledge")).Expect(200);
        At("2026-03-10T12:00:00Z");
        Assert.Null(await WakeAsync(number));
        Assert.Equal(3, await Fired());
        Assert.Equal("2026-03-10T10:25:00.000Z", (await TicketOfAsync(number))["sla"]!["acknowledgedAt"]!.GetValue<string>());
    }

    [Fact]
    public async Task The_watch_is_told_of_an_earlier_waking_and_not_of_a_later_one()
    {
        await ResolutionPolicyAsync();
        var number = await TicketAsync();
        await _app.DeliveredAsync();
        var watch = $"ticket-{_desk.Workspace}-{number}";
        At("09:01");
        (await _desk.PatchAsync($"/api/tickets/{number}", new { priority = "urgent" })).Expect(200);
        await _app.DeliveredAsync();
        Assert.Equal(("raise sooner", Tuesday.AddMinutes(10)), (_app.Tasks.Of(watch)[^1].Call, (DateTimeOffset)_app.Tasks.Of(watch)[^1].What!));
        (await _desk.PatchAsync($"/api/tickets/{number}", new { priority = "low" })).Expect(200);
        await _app.DeliveredAsync();
        Assert.Equal(2, _app.Tasks.Of(watch).Count);
        // It wakes too early, asks, and is sent to sleep again; then it counts from there.
        At("09:10");
        Assert.Equal(Tuesday.AddHours(1), await WakeAsync(number));
        (await _desk.PatchAsync($"/api/tickets/{number}", new { priority = "urgent" })).Expect(200);
        await _app.DeliveredAsync();
        Assert.Equal(3, _app.Tasks.Of(watch).Count);
        // A watch that has ended is started anew when there is something to watch again.
        (await _desk.PostAsync($"/api/tickets/{number}/resolve", new { resolution = "Done" })).Expect(200);
        Assert.Null(await WakeAsync(number));
        _app.Tasks.Running.Remove(watch);
        At("09:11");
        (await _desk.PostAsync($"/api/tickets/{number}/reopen")).Expect(200);
        await _app.DeliveredAsync();
        Assert.Equal("start TicketWatch", _app.Tasks.Of(watch)[^1].Call);
    }

    [Fact]
    public async Task What_no_watch_woke_for_the_sweep_of_due_times_does_and_once_only()
    {
        await ResolutionPolicyAsync(
            new
            {
                metric = "resolution",
                at = 50,
                @do = "warn",
            }
        );
        var number = await TicketAsync();
        await _app.DeliveredAsync();
        Task Sweep() => _app.InvokeAsync(nameof(SweepDueTimes), "{}");
        await Sweep();
        Assert.Single(await EventsAsync(number));
        At("2026-03-10T09:31:00Z");
        await Sweep();
        await Sweep();
        Assert.Equal(["ticket-opened", "sla-step-fired"], await EventsAsync(number));
        // Nobody was there for half a day.
        At("2026-03-10T21:00:00Z");
        await Sweep();
        Assert.Equal(["ticket-opened", "sla-step-fired", "sla-breached"], await EventsAsync(number));
        var breach = (await _desk.GetAsync($"/api/tickets/{number}/events")).Json["items"]![2]!["data"]!;
        Assert.Equal(
            ("2026-03-10T10:00:00.000Z", "2026-03-10T21:00:00.000Z"),
            (breach["breachedAt"]!.GetValue<string>(), breach["detectedAt"]!.GetValue<string>())
        );
    }

    [Fact]
    public async Task A_ticket_can_be_seen_and_its_promises_explained_as_of_any_past_instant()
    {
        await ResolutionPolicyAsync(
            new
            {
                metric = "resolution",
                at = 50,
                @do = "warn",
            }
        );
        var number = await TicketAsync();
        At("09:40");
        await WakeAsync(number);
        (await _desk.PostAsync($"/api/tickets/{number}/resolve", new { resolution = "Done" })).Expect(200);
        At("12:00");
        var then = await TicketOfAsync(number, "?at=2026-03-10T09:20:00Z");
        Assert.Equal(
            ("new", 1L, 33),
            (then["status"]!.GetValue<string>(), then["version"]!.GetValue<long>(), then["sla"]!["targets"]![0]!["percent"]!.GetValue<int>())
        );
        var explained = (await _desk.GetAsync($"/api/tickets/{number}/sla?at=2026-03-10T09:20:00Z")).Expect(200).Json;
        Assert.Equal(
            ("running", "PT20M", 1),
            (
                explained["targets"]![0]!["state"]!.GetValue<string>(),
                explained["targets"]![0]!["elapsed"]!.GetValue<string>(),
                explained["targets"]![0]!["intervals"]!.AsArray().Count
            )
        );
        var now = (await _desk.GetAsync($"/api/tickets/{number}/sla")).Expect(200).Json;
        Assert.Equal(("met", "PT40M"), (now["targets"]![0]!["state"]!.GetValue<string>(), now["targets"]![0]!["elapsed"]!.GetValue<string>()));
        Assert.Equal("2026-03-10T09:30:00.000Z", now["steps"]![0]!["firedAt"]!.GetValue<string>());
        (await _desk.GetAsync($"/api/tickets/{number}?at=2026-03-09T00:00:00Z")).Expect(400);
        (await _desk.GetAsync($"/api/tickets/{number}?at=2036-03-09T00:00:00Z")).Expect(400);
        (await _desk.GetAsync($"/api/tickets/{number}/sla?at=yesterday")).Expect(400);
    }

    [Fact]
    public async Task A_groups_own_calendar_counts_from_the_moment_the_ticket_is_theirs()
    {
        await ResolutionPolicyAsync();
        (
            await _desk.PostAsync(
                "/api/groups",
                new
                {
                    id = "office",
                    name = "Office",
                    calendar = "business-hours",
                }
            )
        ).Expect(201);
        At("2026-03-10T16:30:00Z");
        var number = await TicketAsync();
        At("2026-03-10T16:45:00Z");
        var moved = (await _desk.PostAsync($"/api/tickets/{number}/assign", new { group = "office" })).Expect(200).Json["sla"]!;
        // A quarter of an hour so far, another one until five, and the rest from nine the next day.
        Assert.Equal("2026-03-11T09:30:00.000Z", moved["dueAt"]!.GetValue<string>());
        Assert.Equal("sla-calendar-changed", (await EventsAsync(number))[^1]);
        (await _desk.PostAsync("/api/groups", new { name = "Nowhere", calendar = "no-such-calendar" })).Expect(400);
    }

    [Fact]
    public async Task Lists_are_sorted_by_what_is_due_first_and_name_what_is_broken()
    {
        await ResolutionPolicyAsync();
        var (normal, urgent) = (await TicketAsync(), await TicketAsync(new { priority = "urgent" }));
        At("09:05");
        var later = await TicketAsync(new { group = (string?)null });
        (await _desk.PatchAsync("/api/sla/policies/fast", new { active = false })).Expect(200);
        (await _desk.PatchAsync("/api/sla/policies/standard", new { active = false })).Expect(200);
        var never = await TicketAsync();
        await _app.DeliveredAsync();
        Assert.Equal([urgent, normal, later, never], await _desk.NumbersAsync("sort=dueAt"));
        Assert.Equal([never, later, normal, urgent], await _desk.NumbersAsync("sort=-dueAt", limit: 1));
        Assert.Equal([urgent, normal, later, never], await _desk.NumbersAsync("sort=dueAt&requester=rita@example.com"));
        Assert.Equal([normal, later, never], await _desk.NumbersAsync("sort=dueAt&priority=normal"));
        (await _desk.GetAsync("/api/tickets?sla=ok")).Expect(400);
        At("09:10");
        await WakeAsync(urgent);
        await _app.DeliveredAsync();
        Assert.Equal([urgent], await _desk.NumbersAsync("sla=breached,at-risk&sort=dueAt"));
        Assert.Empty(await _desk.NumbersAsync("sla=breached&priority=low"));
        (await _desk.PostAsync($"/api/tickets/{urgent}/resolve", new { resolution = "Done" })).Expect(200);
        await _app.DeliveredAsync();
        Assert.Empty(await _desk.NumbersAsync("sla=breached"));
    }

    [Fact]
    public async Task A_draft_policy_is_tried_on_past_tickets_page_by_page_and_changes_nothing()
    {
        await ResolutionPolicyAsync();
        for (var i = 0; i < 5; i++)
        {
            var number = await TicketAsync();
            if (i < 3)
            {
                _time.Advance(TimeSpan.FromMinutes(10));
                (await _desk.PostAsync($"/api/tickets/{number}/resolve", new { resolution = "Done" })).Expect(200);
            }
        }

        await _app.DeliveredAsync();
        At("12:00");
        var body = JsonNode
            .Parse(
                """
                {"from":"2026-03-10T00:00:00Z","to":"2026-03-10T11:00:00Z","limit":2,
                 "policy":{"targets":[{"metric":"resolution","within":"PT5M"},{"metric":"first-reply","within":"PT1M"}]}}
                """
            )!
            .AsObject();
        var (met, breached, pages, progress) = (0, 0, 0, 0.0);
        while (true)
        {
            var page = (await _desk.PostAsync("/api/sla/policies/fast/try", body)).Expect(200).Json;
            pages++;
            foreach (var metric in page["metrics"]!.AsArray())
                (met, breached) = (met + metric!["met"]!.GetValue<int>(), breached + metric["breached"]!.GetValue<int>());
            Assert.True(page["progress"]!.GetValue<double>() >= progress);
            progress = page["progress"]!.GetValue<double>();
            if (page["nextCursor"] is not { } next)
                break;
            body["cursor"] = next.GetValue<string>();
        }

        Assert.Equal((0, 5, 1.0), (met, breached, progress));
        Assert.InRange(pages, 3, 4);
        Assert.Equal("PT1H", (await _desk.GetAsync("/api/sla/policies/fast")).Json["targets"]![0]!["within"]!.GetValue<string>());
        (await _desk.PostAsync("/api/sla/policies/fast/try", new { from = "2026-03-10T00:00:00Z", to = "2026-03-09T00:00:00Z" })).Expect(400);
        (await _desk.PostAsync("/api/sla/policies/nothing/try", new { from = "2026-03-10T00:00:00Z", to = "2026-03-11T00:00:00Z" })).Expect(404);
    }

    [Fact]
    public async Task What_stays_resolved_is_closed_and_what_waits_too_long_is_reminded_of_and_closed_when_that_is_wanted()
    {
        var close = _app.Services.GetRequiredService<CloseQuietTicket>();
        var resolved = await TicketAsync();
        (await _desk.PostAsync($"/api/tickets/{resolved}/resolve", new { resolution = "Done" })).Expect(200);
        await _app.DeliveredAsync();
        Assert.Equal(Tuesday.AddDays(7), ((WatchedTicket)_app.Tasks.Of($"closing-{_desk.Workspace}-{resolved}").Single().What!).WakeAt);
        _time.Advance(TimeSpan.FromDays(7) - TimeSpan.FromSeconds(1));
        Assert.Equal(Tuesday.AddDays(7), await close.CloseAsync(new(_desk.Workspace, resolved), default));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(await close.CloseAsync(new(_desk.Workspace, resolved), default));
        Assert.Equal("closed", (await TicketOfAsync(resolved))["status"]!.GetValue<string>());

        (await _desk.PatchAsync("/api/automations/closing", new { remindPendingAfter = "P3D", closePendingAfter = "P2D" })).Expect(400);
        (
            await _desk.PatchAsync(
                "/api/automations/closing",
                new
                {
                    remindPendingAfter = "P2D",
                    closePendingAfter = "P5D",
                    farewell = "Goodbye",
                }
            )
        ).Expect(200);
        var waiting = await TicketAsync();
        (await _desk.PatchAsync($"/api/tickets/{waiting}", new { status = "pending" })).Expect(200);
        _time.Advance(TimeSpan.FromDays(2));
        await close.CloseAsync(new(_desk.Workspace, waiting), default);
        await close.CloseAsync(new(_desk.Workspace, waiting), default);
        Assert.Single((await _desk.GetAsync($"/api/tickets/{waiting}/comments")).Json["items"]!.AsArray());
        _time.Advance(TimeSpan.FromDays(3));
        Assert.Null(await close.CloseAsync(new(_desk.Workspace, waiting), default));
        Assert.Equal("closed", (await TicketOfAsync(waiting))["status"]!.GetValue<string>());
        Assert.Equal("Goodbye", (await _desk.GetAsync($"/api/tickets/{waiting}/comments")).Json["items"]![1]!["body"]!.GetValue<string>());
    }

    [Fact]
    public async Task Failed_instances_are_rewound_a_limited_number_of_times_and_reported()
    {
        var rewinds = _app.Services.GetRequiredService<RewindStore>();
        var id = $"ticket-{_desk.Workspace}-7";
        _app.Tasks.Failed.Add(
            new("TicketWatch", id)
            {
                RuntimeStatus = OrchestrationRuntimeStatus.Failed,
                CreatedAt = Tuesday,
                LastUpdatedAt = Tuesday,
                SerializedOutput = "the worker dropped the call",
            }
        );
        for (var i = 0; i < RewindFailedInstances.MostRewinds + 3; i++)
            await _app.InvokeAsync(nameof(RewindFailedInstances), "{}");
        Assert.Equal(RewindFailedInstances.MostRewinds, _app.Tasks.Of(id).Count);
        using var home = new Desk("main", DeskFixture.AdminKey, _app.Address);
        var report = (await home.GetAsync("/api/operations/durable?status=failed")).Expect(200).Json;
        var shown = report["items"]!.AsArray().Single(item => item!["id"]!.GetValue<string>() == id)!;
        Assert.Equal(
            (RewindFailedInstances.MostRewinds, true, "the worker dropped the call"),
            (shown["rewinds"]!.GetValue<int>(), shown["givenUp"]!.GetValue<bool>(), shown["error"]!.GetValue<string>())
        );
        (await _desk.GetAsync("/api/operations/durable")).Expect(403);
        _app.Tasks.Failed.Clear();
        await rewinds.RemoveAsync(id, default);
    }

    [Fact]
    public async Task Another_workspaces_policies_calendars_and_promises_are_nobody_elses_business()
    {
        await ResolutionPolicyAsync();
        var number = await TicketAsync();
        using var other = await fixture.OpenDeskAsync(_app);
        (await other.GetAsync("/api/sla/policies/fast")).Expect(404);
        (await other.GetAsync("/api/calendars/always")).Expect(404);
        (await other.GetAsync($"/api/tickets/{number}/sla")).Expect(404);
        (await other.PostAsync($"/api/tickets/{number}/acknowledge")).Expect(404);
        using var agent = await _desk.WithRoleAsync("agent");
        (await agent.GetAsync("/api/sla/policies/fast")).Expect(200);
        (await agent.PatchAsync("/api/sla/policies/fast", new { name = "Mine" })).Expect(403);
        using var program = await _desk.WithRoleAsync("integration");
        (await program.GetAsync("/api/sla/policies")).Expect(403);
    }

    [Theory]
    [InlineData("""{"name":"P","calendar":"nowhere"}""", "calendar")]
    [InlineData("""{"name":"P","calendar":"business-hours","targets":[{"metric":"speed","within":"PT1H"}]}""", "targets[0].metric")]
    [InlineData("""{"name":"P","calendar":"business-hours","targets":[{"metric":"resolution","within":"-PT1H"}]}""", "targets[0].within")]
    [InlineData("""{"name":"P","calendar":"business-hours","targets":[{"metric":"resolution","within":"PT0.5S"}]}""", "targets[0].within")]
    [InlineData(
        """{"name":"P","calendar":"business-hours","targets":[{"metric":"resolution","within":"PT1H"},{"metric":"resolution","within":"PT2H"}]}""",
        "targets"
    )]
    [InlineData("""{"name":"P","calendar":"business-hours","steps":[{"metric":"resolution","at":100,"do":"escalate"}]}""", "steps[0].toTier")]
    [InlineData(
        """{"name":"P","calendar":"business-hours","targets":[{"metric":"resolution","within":"PT1H"}],"steps":["""
            + """{"metric":"resolution","at":100,"do":"assign-group","toGroup":"nobody"}]}""",
        "steps"
    )]
    [InlineData("""{"name":"P","calendar":"business-hours","conditions":{"colour":["red"]}}""", "conditions.colour")]
    [InlineData("""{"name":"P","calendar":"business-hours","shade":1}""", "shade")]
    public async Task A_policy_that_makes_no_sense_is_refused_by_the_name_of_the_field(string body, string field)
    {
        var refused = (await _desk.PostAsync("/api/sla/policies", JsonNode.Parse(body)!)).Expect(400);
        Assert.NotNull(refused.Json["errors"]![field]);
    }

    [Theory]
    [InlineData("""{"name":"C","timeZone":"Europe/Atlantis","hours":{}}""", "timeZone")]
    [InlineData("""{"name":"C","timeZone":"UTC","hours":{"mon":["09:00-17:00","16:00-18:00"]}}""", "hours")]
    [InlineData("""{"name":"C","timeZone":"UTC","hours":{"moon":["09:00-17:00"]}}""", "hours.moon")]
    [InlineData("""{"name":"C","timeZone":"UTC","hours":{},"holidays":["Easter"]}""", "holidays")]
    [InlineData("""{"name":"C","timeZone":"UTC"}""", "hours")]
    public async Task A_calendar_that_makes_no_sense_is_refused_by_the_name_of_the_field(string body, string field)
    {
        var refused = (await _desk.PostAsync("/api/calendars", JsonNode.Parse(body)!)).Expect(400);
        Assert.NotNull(refused.Json["errors"]![field]);
    }

    [Fact]
    public async Task A_ticket_merged_into_another_hands_on_what_nobody_has_answered()
    {
        await PolicyAsync(
            new
            {
                id = "fast",
                name = "Fast",
                position = 1,
                calendar = "always",
                targets = new[] { new { metric = "next-reply", within = "PT2H" } },
            }
        );
        var (source, target) = (await TicketAsync(), await TicketAsync());
        (await _desk.PostAsync($"/api/tickets/{target}/comments", new { body = "Hello?", author = "requester" })).Expect(201);
        (await _desk.PostAsync($"/api/tickets/{target}/comments", new { body = "Looking into it" })).Expect(201);
        At("09:10");
        (await _desk.PostAsync($"/api/tickets/{source}/comments", new { body = "Anybody there?", author = "requester" })).Expect(201);
        At("09:30");
        (await _desk.PostAsync($"/api/tickets/{source}/merge", new { into = target })).Expect(200);
        var sla = (await TicketOfAsync(target))["sla"]!;
        Assert.Equal("2026-03-10T11:10:00.000Z", sla["dueAt"]!.GetValue<string>());
        // Given back, the target has nothing unanswered, and the source goes on where it stood.
        At("09:40");
        (await _desk.PostAsync($"/api/tickets/{source}/unmerge")).Expect(200);
        Assert.Null((await TicketOfAsync(target))["sla"]!["dueAt"]);
        (await _desk.PostAsync($"/api/tickets/{source}/comments", new { body = "At last" })).Expect(201);
        At("09:50");
        (await _desk.PostAsync($"/api/tickets/{source}/comments", new { body = "Thanks, but", author = "requester" })).Expect(201);
        Assert.Equal("2026-03-10T11:50:00.000Z", (await TicketOfAsync(source))["sla"]!["dueAt"]!.GetValue<string>());
        await _app.DeliveredAsync();
    }

    [Fact]
    public async Task A_merged_ticket_is_promised_nothing_and_an_undone_merge_promises_what_was_left()
    {
        await PolicyAsync(
            new
            {
                id = "fast",
                name = "Fast",
                position = 1,
                calendar = "always",
                targets = new[] { new { metric = "resolution", within = "PT2H" } },
            }
        );
        var (source, target) = (await TicketAsync(), await TicketAsync());
        At("09:30");
        (await _desk.PostAsync($"/api/tickets/{source}/merge", new { into = target })).Expect(200);
        Assert.Equal("cancelled", (await TicketOfAsync(source))["sla"]!["targets"]![0]!["state"]!.GetValue<string>());
        At("10:30");
        (await _desk.PostAsync($"/api/tickets/{source}/unmerge")).Expect(200);
        var again = (await TicketOfAsync(source))["sla"]!;
        Assert.Equal(("running", "2026-03-10T12:00:00.000Z"), (again["targets"]![0]!["state"]!.GetValue<string>(), again["dueAt"]!.GetValue<string>()));
        await _app.DeliveredAsync();
    }

    [Fact]
    public async Task A_comment_that_becomes_a_ticket_of_its_own_is_not_waited_for_any_more()
    {
        await PolicyAsync(
            new
            {
                id = "fast",
                name = "Fast",
                position = 1,
                calendar = "always",
                targets = new[] { new { metric = "next-reply", within = "PT2H" } },
            }
        );
        var ticket = await TicketAsync();
        (await _desk.PostAsync($"/api/tickets/{ticket}/comments", new { body = "Looking into it" })).Expect(201);
        At("09:10");
        var first = (await _desk.PostAsync($"/api/tickets/{ticket}/comments", new { body = "The scanner, too", author = "requester" })).Expect(201).Json;
        At("09:20");
        var second = (await _desk.PostAsync($"/api/tickets/{ticket}/comments", new { body = "Hello?", author = "requester" })).Expect(201).Json;
        Assert.Equal("2026-03-10T11:10:00.000Z", (await TicketOfAsync(ticket))["sla"]!["dueAt"]!.GetValue<string>());
        At("09:30");
        (await _desk.PostAsync($"/api/tickets/{ticket}/split", new { comment = first["id"]!.GetValue<string>() })).Expect(201);
        Assert.Equal("2026-03-10T11:20:00.000Z", (await TicketOfAsync(ticket))["sla"]!["dueAt"]!.GetValue<string>());
        (await _desk.PostAsync($"/api/tickets/{ticket}/split", new { comment = second["id"]!.GetValue<string>() })).Expect(201);
        Assert.Null((await TicketOfAsync(ticket))["sla"]!["dueAt"]);
        await _app.DeliveredAsync();
    }

    [Fact]
    public async Task A_watch_whose_timer_fires_a_moment_early_waits_for_it_and_asks_once()
    {
        await ResolutionPolicyAsync(
            new
            {
                metric = "resolution",
                at = 50,
                @do = "warn",
            }
        );
        var number = await TicketAsync();
        At("2026-03-10T09:29:58.800Z");
        var watched = new WatchedTicket(new(_desk.Workspace, number), Tuesday.AddMinutes(30));
        var waking = _app.Services.GetRequiredService<WakeTicket>().Run(watched, default);
        Assert.False(waking.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1.2));
        Assert.Equal(Tuesday.AddHours(1), await waking);
        Assert.Equal(["ticket-opened", "sla-step-fired"], await EventsAsync(number));
    }

    [Fact]
    public async Task A_life_with_a_warning_a_breach_and_two_escalations_costs_what_it_may()
    {
        foreach (var (id, tier, next) in new[] { ("third", 3, null), ("second", 2, "third"), ("first", 1, "second") })
            (
                await _desk.PostAsync(
                    "/api/groups",
                    new
                    {
                        id,
                        name = id,
                        tier,
                        escalatesTo = next,
                    }
                )
            ).Expect(201);
        await ResolutionPolicyAsync(
            new
            {
                metric = "resolution",
                at = 50,
                @do = "warn",
            },
            new
            {
                metric = "resolution",
                at = 100,
                @do = "escalate",
                toTier = 2,
            },
            new
            {
                metric = "resolution",
                at = 150,
                @do = "escalate",
                toTier = 3,
            }
        );
        // What is read once and remembered belongs to no ticket.
        await TicketAsync(new { group = "first" });
        using var count = new StorageCount(_app);
        await count.WhenDeliveredAsync();
        var phases = new List<string>();
        async Task PhaseAsync(string name, Func<Task> act)
        {
            count.Reset();
            await act();
            await count.WhenDeliveredAsync();
            lock (count.Paths)
                phases.AddRange(count.Paths.Select(path => $"{name}: {path}"));
        }

        var number = 0L;
        await PhaseAsync("opening", async () => number = await TicketAsync(new { group = "first" }));
        foreach (var at in new[] { "09:30", "10:00", "10:30" })
        {
            await PhaseAsync(
                at,
                async () =>
                {
                    At(at);
                    await WakeAsync(number);
                }
            );
        }

        await PhaseAsync("resolving", async () => (await _desk.PostAsync($"/api/tickets/{number}/resolve", new { resolution = "Done" })).Expect(200));
        // The net below the watches finds nothing of it.
        Assert.Equal(2, number);
        await PhaseAsync("sweep", () => _app.InvokeAsync(nameof(SweepDueTimes), "{}"));
        Assert.DoesNotContain(
            phases,
            path => path.StartsWith("sweep", StringComparison.Ordinal) && path.Contains($"='{_desk.Workspace}%3A2'", StringComparison.Ordinal)
        );
        phases.RemoveAll(path => path.StartsWith("sweep", StringComparison.Ordinal));
        Assert.True(phases.Count <= 66, $"{phases.Count} requests:\n{string.Join('\n', phases)}");
        Assert.Equal("third", (await _desk.GetAsync($"/api/tickets/{number}")).Json["group"]!.GetValue<string>());
    }
}
