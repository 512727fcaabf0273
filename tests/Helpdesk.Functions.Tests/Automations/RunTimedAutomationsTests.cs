using Helpdesk.Functions.Automations;
using Helpdesk.Functions.Deadlines;
using Helpdesk.Functions.Storage;
using Helpdesk.Functions.Tests.Webhooks;
using Helpdesk.Functions.Tickets;
using Microsoft.Extensions.DependencyInjection;

namespace Helpdesk.Functions.Tests.Automations;

public sealed class RunTimedAutomationsTests(DeskFixture fixture)
{
    private static object Since(string what, int hours) =>
        new
        {
            field = $"hoursSince.{what}",
            op = "at-least",
            value = hours,
        };

    [Fact]
    public async Task One_that_waits_runs_once_and_its_own_run_does_not_start_it_again()
    {
        await using var hooks = await WebhookDesk.OpenAsync(fixture);
        var (desk, app) = (hooks.Desk, hooks.App);
        await desk.AutomateAsync(
            "quiet",
            "time",
            new
            {
                all = new[]
                {
                    Since("updated", 48),
                    new
                    {
                        field = "status",
                        op = "is-not",
                        value = (object)"closed",
                    },
                },
            },
            new { @do = "note", text = "Quiet" }
        );
        var number = await desk.OpenAsync();
        await app.DeliveredAsync();
        var opened = hooks.Time.GetUtcNow();
        Assert.Contains(
            await DuesAsync(app, desk, number),
            due => due.Kind == DueKind.Automations && Math.Abs((due.At - opened.AddHours(48)).TotalSeconds) < 5
        );

        var run = app.Services.GetRequiredService<RunTimedAutomations>();
        var address = new TicketAddress(desk.Workspace, number);
        hooks.Time.Advance(TimeSpan.FromHours(47));
        var next = await run.WakeAsync(address, TestContext.Current.CancellationToken);
        Assert.Empty(await desk.RunsAsync(number));
        Assert.True(next > hooks.Time.GetUtcNow());
        hooks.Time.Advance(TimeSpan.FromHours(2));
        for (var again = 0; again < 2; again++)
            Assert.Null(await run.WakeAsync(address, TestContext.Current.CancellationToken));
        var first = Assert.Single(await desk.RunsAsync(number));
        Assert.Null(first["seq"]);
        Assert.NotNull(first["since"]);
        // What its own run moved does not start it again.
        hooks.Time.Advance(TimeSpan.FromHours(100));
        Assert.Null(await run.WakeAsync(address, TestContext.Current.CancellationToken));
        Assert.Single(await desk.RunsAsync(number));
    }

    [Fact]
    public async Task One_that_has_run_runs_again_after_somebody_has_changed_the_ticket_also_where_a_breach_is_noticed_only_then()
    {
        await using var hooks = await WebhookDesk.OpenAsync(fixture);
        var (desk, app) = (hooks.Desk, hooks.App);
        await desk.PromiseAsync(("resolution", 24));
        await desk.AutomateAsync("quiet", "time", Since("updated", 48), new { @do = "note", text = "Quiet" });
        var number = await desk.OpenAsync();
        await app.DeliveredAsync();
        var run = app.Services.GetRequiredService<RunTimedAutomations>();
        var address = new TicketAddress(desk.Workspace, number);
        // Nobody looked when the promise was broken a day before: that is no reason to wait for two days more.
        hooks.Time.Advance(TimeSpan.FromHours(49));
        await run.WakeAsync(address, TestContext.Current.CancellationToken);
        Assert.Single(await desk.RunsAsync(number));
        Assert.True((await desk.EventsAsync(number)).Any(one => one.Text("type") == "sla-breached"), (await desk.TicketAsync(number)).ToJsonString());

        for (var times = 2; times < 4; times++)
        {
            // What happens in the instant of a run is the run's own.
            hooks.Time.Advance(TimeSpan.FromMinutes(1));
            (await desk.PostAsync($"/api/tickets/{number}/comments", new { body = "Still", author = "requester" })).Expect(201);
            hooks.Time.Advance(TimeSpan.FromHours(47));
            await run.WakeAsync(address, TestContext.Current.CancellationToken);
            Assert.Equal(times - 1, (await desk.RunsAsync(number)).Count);
            hooks.Time.Advance(TimeSpan.FromHours(2));
            for (var again = 0; again < 2; again++)
                await run.WakeAsync(address, TestContext.Current.CancellationToken);
            Assert.Equal(times, (await desk.RunsAsync(number)).Count);
        }
    }

    [Fact]
    public async Task Tickets_that_are_there_are_planned_when_one_is_added()
    {
        await using var hooks = await WebhookDesk.OpenAsync(fixture);
        var (desk, app) = (hooks.Desk, hooks.App);
        var number = await desk.OpenAsync();
        await app.DeliveredAsync();
        Assert.DoesNotContain(await DuesAsync(app, desk, number), due => due.Kind == DueKind.Automations);
        await desk.AutomateAsync("old", "time", Since("created", 5), new { @do = "add-tags", tags = new[] { "old" } });
        for (var again = 0; again < 2; again++)
            await app.InvokeAsync(nameof(PlanAutomations), $$"""{"workspace":"{{desk.Workspace}}","sentAt":"2026-03-10T09:00:00.000Z"}""");
        Assert.Contains(await DuesAsync(app, desk, number), due => due.Kind == DueKind.Automations);
    }

    [Fact]
    public async Task One_that_waits_has_to_say_what_for()
    {
        using var desk = await fixture.OpenDeskAsync();
        object Body(object on, object? condition) =>
            new
            {
                name = "x",
                on,
                condition,
                actions = new[] { new { @do = "close" } },
            };
        (await desk.PostAsync("/api/automations", Body(new[] { "time" }, null))).Expect(400);
        (await desk.PostAsync("/api/automations", Body(new[] { "time" }, new { not = Since("created", 1) }))).Expect(400);
        (await desk.PostAsync("/api/automations", Body(new[] { "time", "ticket-opened" }, Since("created", 1)))).Expect(400);
        (await desk.PostAsync("/api/automations", Body(new[] { "time" }, Since("created", 1)))).Expect(201);
    }

    private static async Task<List<DueTime>> DuesAsync(RunningApp app, Desk desk, long number)
    {
        var dues = new List<DueTime>();
        var table = app.Services.GetRequiredService<StorageClients>().Table(DueTimes.TableName);
        await foreach (
            var row in table.QueryAsync<Azure.Data.Tables.TableEntity>(
                $"Workspace eq '{desk.Workspace}'",
                cancellationToken: TestContext.Current.CancellationToken
            )
        )
        {
            if (row.GetInt64("Number") == number)
                dues.Add(DueTimes.Read(row));
        }

        return dues;
    }
}
