using System.Text.Json.Nodes;
using Azure.Data.Tables;
using Helpdesk.Functions.Reports;
using Helpdesk.Functions.Storage;
using Helpdesk.Functions.Tests.Tickets;
using Helpdesk.Reports;
using Microsoft.Extensions.DependencyInjection;

namespace Helpdesk.Functions.Tests.Reports;

public sealed class ReportsTests(DeskFixture fixture)
{
    private static readonly CancellationToken Cancelled = TestContext.Current.CancellationToken;

    private ReportCounts Counts => fixture.App.Services.GetRequiredService<ReportCounts>();

    private ReportDays Days => fixture.App.Services.GetRequiredService<ReportDays>();

    private ReportProgress Progress => fixture.App.Services.GetRequiredService<ReportProgress>();

    private static async Task<JsonNode> TotalAsync(Desk desk, string report, string query = "") =>
        (await desk.GetAsync($"/api/reports/{report}{query}")).Expect(200).Json["total"]!;

    /// <summary>A group, and tickets in every state: 6 opened, 2 resolved, one of them reopened, 1 closed, 2 answered.</summary>
    private async Task<Desk> BusyDeskAsync()
    {
        var desk = await fixture.OpenDeskAsync();
        (await desk.PostAsync("/api/groups", new { name = "Network", tier = 2 })).Expect(201);
        var numbers = new List<long>();
        for (var i = 0; i < 6; i++)
            numbers.Add((await desk.OpenTicketAsync($"Ticket {i}")).Json["number"]!.GetValue<long>());
        await desk.PatchAsync($"/api/tickets/{numbers[0]}", new { group = "network", priority = "high" });
        foreach (var number in numbers.Take(2))
        {
            (await desk.PostAsync($"/api/tickets/{number}/comments", new { body = "Looking into it", visibility = "public" })).Expect(201);
            (await desk.PostAsync($"/api/tickets/{number}/comments", new { body = "And again", visibility = "public" })).Expect(201);
            (await desk.PostAsync($"/api/tickets/{number}/resolve", new { resolution = "Done" })).Expect(200);
        }

        (await desk.PostAsync($"/api/tickets/{numbers[1]}/reopen", new { })).Expect(200);
        (await desk.PostAsync($"/api/tickets/{numbers[2]}/comments", new { body = "Nobody sees it", visibility = "internal" })).Expect(201);
        (await desk.PostAsync($"/api/tickets/{numbers[0]}/close", new { })).Expect(200);
        await fixture.App.DeliveredAsync();
        return desk;
    }

    [Fact]
    public async Task Every_number_is_counted_from_what_happened()
    {
        using var desk = await BusyDeskAsync();

        var volume = (await desk.GetAsync("/api/reports/volume?by=group")).Expect(200).Json;
        Assert.True(volume["complete"]!.GetValue<bool>());
        int Of(JsonNode values, string column) => (int)values[column]!.GetValue<double>();
        var total = volume["total"]!;
        Assert.Equal((6, 2, 1, 1, 4), (Of(total, "opened"), Of(total, "resolved"), Of(total, "reopened"), Of(total, "closed"), Of(total, "replies")));
        var network = volume["rows"]!.AsArray().Single(row => row!["key"]!["group"]!.GetValue<string>() == "network")!["values"]!;
        Assert.Equal((0, 1, 1, 2), (Of(network, "opened"), Of(network, "resolved"), Of(network, "closed"), Of(network, "replies")));
        Assert.Equal(5, Of(await TotalAsync(desk, "backlog"), "open"));
        Assert.Equal(2, Of(await TotalAsync(desk, "first-reply"), "count"));
        Assert.Equal(2, Of(await TotalAsync(desk, "resolution"), "count"));
        var today = (await desk.GetAsync("/api/reports/backlog?by=day")).Json["rows"]!.AsArray();
        Assert.Equal(30, today.Count);
        Assert.Equal((0, 5), (Of(today[0]!["values"]!, "open"), Of(today[^1]!["values"]!, "open")));
        var me = Assert.Single((await desk.GetAsync("/api/reports/agents")).Json["rows"]!.AsArray())!["values"]!;
        Assert.Equal((4, 2, 2), (Of(me, "replies"), Of(me, "firstReplies"), Of(me, "resolved")));
        Assert.Equal(6, (await desk.GetAsync("/api/reports/hours")).Json["rows"]!.AsArray().Sum(row => Of(row!["values"]!, "opened")));
    }

    [Fact]
    public async Task What_happens_later_is_in_the_next_report_and_counting_anew_changes_nothing()
    {
        using var desk = await BusyDeskAsync();
        var before = await TotalAsync(desk, "volume");
        var more = (await desk.OpenTicketAsync("One more")).Json["number"]!.GetValue<long>();
        await fixture.App.DeliveredAsync();

        var after = await TotalAsync(desk, "volume");
        Assert.Equal(before["opened"]!.GetValue<double>() + 1, after["opened"]!.GetValue<double>());

        var begun = (await desk.PostAsync("/api/operations/reports/rebuild")).Expect(202).Json;
        Assert.True(begun["rebuilding"]!.GetValue<bool>());
        Assert.Equal(after.ToJsonString(), (await TotalAsync(desk, "volume")).ToJsonString());
        var done = (await desk.GetAsync("/api/operations/reports")).Expect(200).Json;
        Assert.Equal((false, 7), (done["rebuilding"]!.GetValue<bool>(), done["counted"]!.GetValue<long>()));
        Assert.Equal(7, await Counted(desk, more));
    }

    /// <summary>A ticket counts for the organisation that its requester belongs to when it is counted, and under each of its tags.</summary>
    [Fact]
    public async Task Organisations_and_tags_are_told_apart()
    {
        using var desk = await fixture.OpenDeskAsync();
        (
            await desk.PostAsync(
                "/api/organisations",
                new
                {
                    id = "kettles",
                    name = "Kettles",
                    domains = new[] { "kettles.example" },
                }
            )
        ).Expect(201);
        await desk.OpenTicketAsync("One", "rita@kettles.example", "normal", "hot", "iron");
        await desk.OpenTicketAsync("Two", "otto@kettles.example", "normal", "hot");
        await desk.OpenTicketAsync("Three", "a@example.com");
        await fixture.App.DeliveredAsync();

        string Rows(JsonNode report, string key, string column) =>
            string.Join(' ', report["rows"]!.AsArray().Select(row => $"{row!["key"]![key]}={row["values"]![column]}"));
        var byTag = (await desk.GetAsync("/api/reports/volume?by=tag")).Expect(200).Json;
        Assert.Equal("hot=2 iron=1 none=1", Rows(byTag, "tag", "opened"));
        Assert.Equal(3, byTag["total"]!["opened"]!.GetValue<double>());
        Assert.Equal("kettles=2 none=1", Rows((await desk.GetAsync("/api/reports/backlog?by=organisation")).Json, "organisation", "open"));
    }

    /// <summary>An app that knew nothing of organisations and tags has counted before.</summary>
    [Fact]
    public async Task What_was_counted_otherwise_is_counted_anew()
    {
        using var desk = await fixture.OpenDeskAsync();
        await desk.OpenTicketAsync("One", "rita@kettles.example", "normal", "hot");
        await fixture.App.DeliveredAsync();
        await TotalAsync(desk, "volume");
        var now = TimeProvider.System.GetUtcNow();
        var (measures, _) = await Days.ReadAsync(desk.Workspace, now.AddDays(-2), now.AddDays(1), backlog: false, Cancelled);
        var table = fixture.App.Services.GetRequiredService<StorageClients>().Table(ReportCounts.TableName);
        var month = ReportRows.Month(desk.Workspace, DateOnly.FromDateTime(now.UtcDateTime));
        List<Measure> before = [.. measures.Select(one => one with { Of = one.Of with { Tags = null } })];
        var day = DateOnly.FromDateTime(now.UtcDateTime);
        await table.UpsertEntityAsync(ReportRows.Day(month, day, before[0].Number, 1, before), TableUpdateMode.Replace, Cancelled);
        await table.UpsertEntityAsync(ReportRows.StalePack(month, day.Day), TableUpdateMode.Replace, Cancelled);
        await table.UpsertEntityAsync(ReportRows.Place(desk.Workspace, new(1, 1, now, null, 1)), TableUpdateMode.Replace, Cancelled);

        var row = Assert.Single((await desk.GetAsync("/api/reports/volume?by=tag")).Json["rows"]!.AsArray());

        Assert.Equal("hot", row!["key"]!["tag"]!.GetValue<string>());
    }

    /// <summary>How many tickets are counted as opened, and of the one given not more than once.</summary>
    private async Task<int> Counted(Desk desk, long number)
    {
        var now = TimeProvider.System.GetUtcNow();
        var (measures, _) = await Days.ReadAsync(desk.Workspace, now.AddDays(-2), now.AddDays(1), backlog: false, Cancelled);
        Assert.Single(measures, measure => measure.Kind == MeasureKind.Opened && measure.Number == number);
        return measures.Count(measure => measure.Kind == MeasureKind.Opened);
    }

    /// <summary>Somebody who was stopped for a while comes with what a ticket was like before.</summary>
    [Fact]
    public async Task Counting_the_same_ticket_at_once_and_again_counts_it_once()
    {
        using var desk = await BusyDeskAsync();
        var number = (await desk.OpenTicketAsync("Busy")).Json["number"]!.GetValue<long>();
        for (var i = 0; i < 5; i++)
        {
            await Task.WhenAll(
                desk.PostAsync($"/api/tickets/{number}/comments", new { body = $"Answer {i}", visibility = "public" }),
                Counts.CountAsync(desk.Workspace, number, again: false, Cancelled),
                Counts.CountAsync(desk.Workspace, number, again: true, Cancelled),
                TotalAsync(desk, "volume")
            );
        }

        await fixture.App.DeliveredAsync();
        var total = await TotalAsync(desk, "volume");
        Assert.Equal((7, 9), ((int)total["opened"]!.GetValue<double>(), (int)total["replies"]!.GetValue<double>()));
    }

    /// <summary>A death at each write leaves something from which the next one goes on.</summary>
    [Fact]
    public async Task Whoever_dies_while_counting_is_followed_by_somebody_who_counts_the_same()
    {
        using var desk = await BusyDeskAsync();
        var expected = (await TotalAsync(desk, "volume")).ToJsonString();
        var deaths = 0;
        for (var died = true; died; deaths++)
        {
            await ForgetAsync(desk.Workspace);
            await using var mortal = await MortalApp.StartAsync(fixture.Storage, ReportCounts.TableName);
            mortal.DieAfter(deaths);
            using var count = new Desk(desk.Workspace, desk.Key, mortal.App.Address);
            await count.GetAsync("/api/reports/volume");
            died = mortal.HasDied;
            Assert.Equal(expected, (await TotalAsync(desk, "volume")).ToJsonString());
        }

        // Six tickets with a day each, the place twice, the sum.
        Assert.True(deaths > 10, $"{deaths}");
    }

    private async Task ForgetAsync(string workspace)
    {
        var table = fixture.App.Services.GetRequiredService<StorageClients>().Table(ReportCounts.TableName);
        var (start, end) = ($"{workspace}:", $"{workspace};");
        await foreach (var row in table.QueryAsync<TableEntity>(TableClient.CreateQueryFilter($"PartitionKey gt {start} and PartitionKey lt {end}")))
            await table.DeleteEntityAsync(row.PartitionKey, row.RowKey, cancellationToken: Cancelled);
    }

    [Fact]
    public async Task A_stream_that_is_kept_no_longer_has_all_tickets_counted()
    {
        using var desk = await BusyDeskAsync();
        var expected = (await TotalAsync(desk, "volume")).ToJsonString();
        var table = fixture.App.Services.GetRequiredService<StorageClients>().Table(ReportCounts.TableName);
        await table.UpsertEntityAsync(
            ReportRows.Place(desk.Workspace, new(900, 5, TimeProvider.System.GetUtcNow(), null, 0)),
            TableUpdateMode.Replace,
            Cancelled
        );

        Assert.Equal(expected, (await TotalAsync(desk, "volume")).ToJsonString());
    }

    [Fact]
    public async Task Where_nobody_asks_for_reports_nothing_is_counted()
    {
        using var desk = await BusyDeskAsync();
        Assert.Null(await Progress.FindAsync(desk.Workspace, Cancelled));
        await Progress.RunAsync(Cancelled);
        Assert.Null(await Progress.FindAsync(desk.Workspace, Cancelled));

        await TotalAsync(desk, "volume");
        await desk.OpenTicketAsync("Later");
        await fixture.App.DeliveredAsync();
        await Progress.RunAsync(Cancelled);
        var now = TimeProvider.System.GetUtcNow();
        var (measures, _) = await Days.ReadAsync(desk.Workspace, now.AddDays(-2), now.AddDays(1), backlog: false, Cancelled);
        Assert.Equal(7, measures.Count(measure => measure.Kind == MeasureKind.Opened));
    }

    /// <summary>Once the days are summed up, a report reads how far it has come, the names of the months and one range of each month.</summary>
    [Fact]
    public async Task A_report_costs_a_bounded_number_of_requests()
    {
        await using var app = await fixture.StartFrozenAppAsync();
        using var desk = await fixture.OpenDeskAsync(app);
        for (var i = 0; i < 20; i++)
            await desk.OpenTicketAsync($"Ticket {i}");
        await app.DeliveredAsync();
        await TotalAsync(desk, "volume");
        using var count = new StorageCount(app);

        await TotalAsync(desk, "volume");

        Assert.True(await count.WhenDeliveredAsync() <= 6, string.Join('\n', count.Paths));
    }

    [Fact]
    public async Task A_report_can_be_had_as_csv()
    {
        using var desk = await BusyDeskAsync();
        await desk.PostAsync(
            "/api/tickets",
            new
            {
                subject = "Odd",
                description = "x",
                requester = new { email = "a@example.com" },
                type = "=1+1",
            }
        );
        await fixture.App.DeliveredAsync();

        var answer = (await desk.GetAsync("/api/reports/volume?by=type&format=csv")).Expect(200);

        var lines = answer.Text.TrimStart('\uFEFF').Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("type,opened,resolved,reopened,closed,merged,replies,minutesWorked", lines[0]);
        Assert.Contains(lines, line => line.StartsWith("none,6,2,1,1,0,4,0", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, line => line.StartsWith('='));
    }

    [Theory]
    [InlineData("volume?by=metric")]
    [InlineData("volume?by=day,week")]
    [InlineData("volume?from=2026-02-30")]
    [InlineData("volume?from=2026-03-02&to=2026-03-01")]
    [InlineData("volume?from=2020-01-01&to=2026-03-01")]
    [InlineData("volume?zone=Nowhere")]
    [InlineData("volume?format=xml")]
    [InlineData("volume?period=year")]
    [InlineData("agents?by=group")]
    public async Task What_makes_no_sense_is_refused_with_the_parameter(string query)
    {
        using var desk = await fixture.OpenDeskAsync();

        Assert.NotEmpty((await desk.GetAsync($"/api/reports/{query}")).Expect(400).Json["errors"]!.AsObject());
    }

    [Fact]
    public async Task A_wrong_dimension_or_day_is_answered_with_those_that_the_report_takes()
    {
        using var desk = await fixture.OpenDeskAsync();
        var by = (await desk.GetAsync("/api/reports/volume?by=foo")).Expect(400).Json["errors"]!["by"]!.ToJsonString();
        Assert.Contains("day, week, month, channel", by, StringComparison.Ordinal);
        Assert.DoesNotContain("article", by, StringComparison.Ordinal);
        Assert.DoesNotContain("metric", by, StringComparison.Ordinal);
        var from = (await desk.GetAsync("/api/reports/volume?from=1999-12-31")).Expect(400).Text;
        Assert.Contains("from 2000-01-01 to 2199-12-31", from, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reports_are_of_the_workspace_and_for_its_agents()
    {
        using var desk = await BusyDeskAsync();
        using var other = await fixture.OpenDeskAsync();
        using var agent = await desk.WithRoleAsync("agent");
        using var integration = await desk.WithRoleAsync("integration");

        Assert.Equal(0, (await TotalAsync(other, "volume"))["opened"]!.GetValue<double>());
        Assert.Equal(6, (await TotalAsync(agent, "volume"))["opened"]!.GetValue<double>());
        Assert.Equal(403, (await integration.GetAsync("/api/reports/volume")).Status);
        Assert.Equal(403, (await agent.PostAsync("/api/operations/reports/rebuild")).Status);
        Assert.Equal(404, (await desk.GetAsync("/api/reports/nothing")).Status);
        Assert.Equal(10, (await desk.GetAsync("/api/reports")).Expect(200).Json["items"]!.AsArray().Count);
    }
}
