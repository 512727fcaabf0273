using System.Text.Json.Nodes;
using Helpdesk.Functions.Email;
using Helpdesk.Functions.ReportMails;
using Helpdesk.Functions.Tests.Tickets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Helpdesk.Functions.Tests.ReportMails;

public sealed class ReportSchedulesTests(DeskFixture fixture)
{
    private static readonly CancellationToken Cancelled = TestContext.Current.CancellationToken;

    private static object Weekly(params object[] recipients) =>
        new
        {
            name = "Week by week",
            report = "volume",
            by = new[] { "priority" },
            period = "last-seven-days",
            every = "daily",
            hour = 7,
            recipients,
        };

    private async Task<(RunningApp App, FakeTimeProvider Time)> StartAsync()
    {
        var now = TimeProvider.System.GetUtcNow();
        var time = new FakeTimeProvider(new DateTimeOffset(now.Year, now.Month, now.Day, 5, 0, 0, TimeSpan.Zero));
        return (await RunningApp.StartAsync(fixture.Storage, builder => builder.Services.AddSingleton<TimeProvider>(time)), time);
    }

    private static async Task<IReadOnlyList<JsonNode>> MailsAsync(RunningApp app, Desk desk)
    {
        await app.MailedAsync();
        return
        [
            .. (await desk.GetAsync("/api/outbox?limit=100")).Expect(200).Json["items"]!
                .AsArray()
                .Where(mail => mail!["event"]!.GetValue<string>() == "report")
                .Select(mail => mail!),
        ];
    }

    private static Task MailAsync(RunningApp app) => app.Services.GetRequiredService<MailReports>().RunAsync(Cancelled);

    [Fact]
    public async Task A_report_is_mailed_once_at_each_due_time()
    {
        var (app, time) = await StartAsync();
        await using var _ = app;
        using var desk = await fixture.OpenDeskAsync(app);
        (
            await desk.PostAsync(
                "/api/agents",
                new
                {
                    id = "ada",
                    name = "Ada",
                    email = "ada@example.com",
                }
            )
        ).Expect(201);
        await desk.OpenTicketAsync(priority: "high");
        await app.DeliveredAsync();
        time.Advance(TimeSpan.FromDays(1));
        var added = (await desk.PostAsync("/api/report-schedules", Weekly(new { agent = "ada" }, new { email = "Head@example.com" }))).Expect(201).Json;
        Assert.Equal(time.GetUtcNow().AddHours(2), added["nextAt"]!.GetValue<DateTimeOffset>());

        await MailAsync(app);
        Assert.Empty(await MailsAsync(app, desk));
        time.Advance(TimeSpan.FromHours(2));
        await Task.WhenAll(MailAsync(app), MailAsync(app));
        await MailAsync(app);

        var mails = await MailsAsync(app, desk);
        Assert.Equal(["ada@example.com", "head@example.com"], mails.Select(mail => mail["to"]!.GetValue<string>()).Order());
        foreach (var mail in mails)
        {
            Assert.Contains("high", mail["text"]!.GetValue<string>(), StringComparison.Ordinal);
            Assert.Contains("<table", mail["html"]!.GetValue<string>(), StringComparison.Ordinal);
            Assert.EndsWith(".csv", Assert.Single(mail["files"]!.AsArray())!.GetValue<string>(), StringComparison.Ordinal);
        }

        Assert.Equal(time.GetUtcNow(), (await desk.GetAsync("/api/report-schedules/week-by-week")).Json["mailedAt"]!.GetValue<DateTimeOffset>());
        // Three days later the last one that was missed is mailed, and no other.
        time.Advance(TimeSpan.FromDays(3));
        await MailAsync(app);
        Assert.Equal(4, (await MailsAsync(app, desk)).Count);
    }

    /// <summary>Whoever dies at any write is followed by somebody who mails what is missing and nothing twice.</summary>
    [Fact]
    public async Task Who_dies_while_mailing_is_followed_by_somebody_who_mails_the_rest()
    {
        using var desk = await fixture.OpenDeskAsync();
        await desk.OpenTicketAsync();
        await fixture.App.DeliveredAsync();
        (await desk.GetAsync("/api/reports/volume")).Expect(200);
        var recipients = Enumerable.Range(0, 3).Select(i => (object)new { email = $"reader{i}@example.com" }).ToArray();
        (await desk.PostAsync("/api/report-schedules", Weekly(recipients))).Expect(201);
        var mailing = fixture.App.Services.GetRequiredService<MailReports>();
        var store = fixture.App.Services.GetRequiredService<ReportScheduleStore>();
        var weekly = Assert.Single(await store.ListAsync(desk.Workspace, Cancelled));
        var (deaths, due) = (0, new DateTimeOffset(2026, 1, 5, 7, 0, 0, TimeSpan.Zero));
        for (var died = true; died; deaths++)
        {
            due = TimeProvider.System.GetUtcNow().AddMinutes(-2 - deaths);
            await using var mortal = await MortalApp.StartAsync(fixture.Storage, OutgoingMails.TableName);
            mortal.DieAfter(deaths);
            var mortals = mortal.App.Services.GetRequiredService<MailReports>();
            var failed = await Record.ExceptionAsync(() => mortals.SendAsync(desk.Workspace, weekly, due, Cancelled));
            died = mortal.HasDied;
            Assert.True(died || failed is null, $"{failed}");
            Assert.Equal(3, await mailing.SendAsync(desk.Workspace, weekly, due, Cancelled));
            await fixture.App.MailedAsync();
            var mails = (await desk.GetAsync("/api/outbox?limit=100")).Json["items"]!.AsArray();
            Assert.Equal(3, mails.Count(mail => mail!["at"]!.GetValue<DateTimeOffset>().ToUnixTimeSeconds() == due.ToUnixTimeSeconds()));
        }

        Assert.True(deaths > 3, $"{deaths}");
    }

    [Fact]
    public async Task A_mail_is_in_the_language_of_its_reader_and_can_be_sent_at_once()
    {
        using var desk = await fixture.OpenDeskAsync();
        (await desk.PostAsync("/api/contacts", new { emails = new[] { "nikos@example.com" }, language = "el" })).Expect(201);
        await desk.PostAsync("/api/report-schedules", Weekly(new { email = "nikos@example.com" }, new { email = "rita@example.com" }));
        Assert.Equal(2, (await desk.PostAsync("/api/report-schedules/week-by-week/send")).Expect(200).Json["recipients"]!.GetValue<int>());

        var mails = (await MailsAsync(fixture.App, desk)).ToDictionary(mail => mail["to"]!.GetValue<string>(), mail => mail["text"]!.GetValue<string>());

        Assert.Contains("αναφορά", mails["nikos@example.com"], StringComparison.Ordinal);
        Assert.Contains("this is the report", mails["rita@example.com"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whoever_goes_gets_no_more_or_their_successor_does()
    {
        using var desk = await fixture.OpenDeskAsync();
        foreach (var id in new[] { "ada", "ben", "cara" })
            (
                await desk.PostAsync(
                    "/api/agents",
                    new
                    {
                        id,
                        name = id,
                        email = $"{id}@example.com",
                    }
                )
            ).Expect(201);
        await desk.PostAsync("/api/report-schedules", Weekly(new { agent = "ada" }, new { agent = "ben" }));

        (await desk.DeleteAsync("/api/agents/ada?successor=cara")).Expect(204);
        (await desk.DeleteAsync("/api/agents/ben")).Expect(204);

        var left = (await desk.GetAsync("/api/report-schedules/week-by-week")).Expect(200).Json["recipients"]!.AsArray();
        Assert.Equal("cara", Assert.Single(left)!["agent"]!.GetValue<string>());
    }

    [Fact]
    public async Task Other_times_begin_anew_and_what_is_wrong_is_named()
    {
        using var desk = await fixture.OpenDeskAsync();
        await desk.PostAsync("/api/report-schedules", Weekly(new { email = "a@example.com" }));
        var changed = (
            await desk.PatchAsync(
                "/api/report-schedules/week-by-week",
                new
                {
                    every = "monthly",
                    day = 28,
                    name = "Month by month",
                }
            )
        ).Expect(200);
        Assert.Equal(("monthly", 28, "Month by month"), ((string)changed.Json["every"]!, (int)changed.Json["day"]!, (string)changed.Json["name"]!));
        foreach (
            var wrong in new object[]
            {
                new { recipients = new[] { new { email = "a@example.com", agent = "ada" } } },
                new { recipients = Array.Empty<object>() },
                new { recipients = new[] { new { agent = "nobody" } } },
                new { report = "agents", by = new[] { "group" } },
                new { report = "cost" },
                new { zone = "Nowhere" },
                new { hour = 24 },
                new { language = "fr" },
            }
        )
            (await desk.PatchAsync("/api/report-schedules/week-by-week", wrong)).Expect(400);
        var address = await desk.PatchAsync("/api/report-schedules/week-by-week", new { recipients = new[] { new { email = "not an address" } } });
        Assert.Equal("recipients[0].email", Assert.Single(address.Expect(400).Json["errors"]!.AsObject()).Key);
        (await desk.DeleteAsync("/api/report-schedules/week-by-week")).Expect(204);
        Assert.Equal(404, (await desk.GetAsync("/api/report-schedules/week-by-week")).Status);
    }

    [Fact]
    public async Task Schedules_are_of_the_workspace_and_for_its_admins()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var other = await fixture.OpenDeskAsync();
        using var agent = await desk.WithRoleAsync("agent");
        await desk.PostAsync("/api/report-schedules", Weekly(new { email = "a@example.com" }));
        Assert.Empty((await other.GetAsync("/api/report-schedules")).Expect(200).Json["items"]!.AsArray());
        Assert.Equal(404, (await other.GetAsync("/api/report-schedules/week-by-week")).Status);
        Assert.Equal(404, (await other.PostAsync("/api/report-schedules/week-by-week/send")).Status);
        Assert.Equal(404, (await other.DeleteAsync("/api/report-schedules/week-by-week")).Status);
        Assert.Equal(403, (await agent.GetAsync("/api/report-schedules")).Status);
    }
}
