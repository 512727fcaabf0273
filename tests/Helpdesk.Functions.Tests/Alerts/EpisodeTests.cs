using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Helpdesk.Alerts;
using static Helpdesk.Functions.Tests.Alerts.EpisodeDesk;

namespace Helpdesk.Functions.Tests.Alerts;

/// <summary>One disturbance is one ticket, which closes itself.</summary>
public sealed class EpisodeTests(DeskFixture fixture)
{
    private static string Text(JsonNode node, string name) => node[name]!.GetValue<string>();

    [Fact]
    public async Task What_fires_opens_a_ticket_is_counted_and_resolves_it()
    {
        using var alerts = await OpenAsync(fixture);
        var opened = await alerts.SendAsync(Firing());
        var ticket = await alerts.TicketAsync(opened);
        Assert.Equal($"1 report: 1 opened ticket {ticket["number"]}", Text(opened, "reason"));
        Assert.Equal("disk is broken", Text(ticket, "subject"));
        Assert.Equal(("alert", "new", true), (Text(ticket, "channel"), Text(ticket, "status"), ticket["automatic"]!.GetValue<bool>()));
        Assert.Equal("prometheus@alerts.invalid", ticket["requester"]!["email"]!.GetValue<string>());
        Assert.Equal(["payments"], ticket["tags"]!.AsArray().Select(tag => tag!.GetValue<string>()));
        Assert.Equal(Text(opened, "id"), Text(ticket, "receipt"));

        var again = await alerts.SendAsync(Firing());
        Assert.Equal($"1 report: 1 counted on ticket {ticket["number"]}", Text(again, "reason"));
        Assert.Equal(Text(opened, "ticket"), Text(again, "ticket"));
        Assert.Equal(ticket["version"]!.GetValue<long>(), (await alerts.TicketAsync(opened))["version"]!.GetValue<long>());
        var episode = Assert.Single(await alerts.EpisodesAsync(opened));
        Assert.Equal(("firing", 2L), (Text(episode, "state"), episode["count"]!.GetValue<long>()));

        var over = await alerts.SendAsync(Resolved());
        Assert.Equal($"1 report: 1 ended on ticket {ticket["number"]}", Text(over, "reason"));
        ticket = await alerts.TicketAsync(opened);
        Assert.Equal("resolved", Text(ticket, "status"));
        Assert.Matches("Prometheus reports that this is over.*reported 2 times", Text(ticket, "resolution"));
        episode = Assert.Single(await alerts.EpisodesAsync(opened));
        Assert.Equal(
            ("resolved", 2L, "disk", "opened"),
            (Text(episode, "state"), episode["count"]!.GetValue<long>(), Text(episode, "key"), Text(episode, "joined"))
        );
        Assert.NotNull(episode["resolvedAt"]);
        Assert.Equal("https://prometheus.example/disk", episode["links"]!["source"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_ticket_that_somebody_has_touched_gets_a_note()
    {
        using var alerts = await OpenAsync(fixture);
        var opened = await alerts.SendAsync(Firing());
        (await alerts.Desk.PostAsync($"/api/tickets/{opened["ticket"]}/acknowledge")).Expect(200);
        await alerts.SendAsync(Resolved());
        Assert.Equal("new", Text(await alerts.TicketAsync(opened), "status"));
        Assert.Matches("is over", Assert.Single(await alerts.NotesAsync(opened)));
    }

    [Fact]
    public async Task A_source_whose_tickets_do_not_resolve_by_themselves_leaves_a_note()
    {
        using var alerts = await OpenAsync(fixture, new() { AutoResolve = false });
        var opened = await alerts.SendAsync(Firing());
        await alerts.SendAsync(Resolved());
        Assert.Equal("new", Text(await alerts.TicketAsync(opened), "status"));
        Assert.Single(await alerts.NotesAsync(opened));
    }

    [Fact]
    public async Task Firing_again_reopens_the_ticket_that_resolved_itself()
    {
        using var alerts = await OpenAsync(fixture);
        var opened = await alerts.SendAsync(Firing());
        await alerts.SendAsync(Resolved());
        var again = await alerts.SendAsync(Firing());
        var ticket = await alerts.TicketAsync(opened);
        Assert.Equal($"1 report: 1 fires again on ticket {ticket["number"]}", Text(again, "reason"));
        Assert.Equal("open", Text(ticket, "status"));
        Assert.Matches("^Fires again", Assert.Single(await alerts.NotesAsync(opened)));
        Assert.Equal(["resolved", "firing"], (await alerts.EpisodesAsync(opened)).Select(episode => Text(episode, "state")));
        await alerts.SendAsync(Resolved());
        Assert.Equal("resolved", Text(await alerts.TicketAsync(opened), "status"));
    }

    [Fact]
    public async Task What_a_person_has_resolved_is_done_with()
    {
        using var alerts = await OpenAsync(fixture);
        var opened = await alerts.SendAsync(Firing());
        (await alerts.Desk.PostAsync($"/api/tickets/{opened["ticket"]}/resolve", new { resolution = "Emptied" })).Expect(200);
        // It still fires: that is known.
        Assert.Matches("counted on ticket", Text(await alerts.SendAsync(Firing()), "reason"));
        await alerts.SendAsync(Resolved());
        var again = await alerts.SendAsync(Firing());
        Assert.NotEqual(Text(opened, "ticket"), Text(again, "ticket"));
        Assert.Equal("resolved", Text(await alerts.TicketAsync(opened), "status"));
    }

    [Fact]
    public async Task An_end_without_a_beginning_opens_nothing_and_neither_does_the_beginning()
    {
        using var alerts = await OpenAsync(fixture);
        var now = TimeProvider.System.GetUtcNow();
        var early = await alerts.SendAsync(Resolved(since: now.AddMinutes(-5), ended: now.AddMinutes(-1)));
        Assert.Equal(("processed", "1 report: 1 ended what has not begun, and is kept for a while"), (Text(early, "state"), Text(early, "reason")));
        var late = await alerts.SendAsync(Firing(since: now.AddMinutes(-5)));
        Assert.Equal("1 report: 1 was over before it was reported and opened no ticket", Text(late, "reason"));
        Assert.Empty(await alerts.Desk.NumbersAsync(""));
    }

    [Fact]
    public async Task A_body_with_several_reports_says_what_became_of_each()
    {
        using var alerts = await OpenAsync(fixture);
        var first = await alerts.SendAsync(Firing("a"));
        var receipt = await alerts.SendAsync(Firing("a"), Firing("b"), Firing("a"));
        var number = (await alerts.TicketAsync(first))["number"];
        Assert.Matches($"^3 reports: 2 counted on ticket {number}, 1 opened ticket \\d+$", Text(receipt, "reason"));
    }

    [Fact]
    public async Task Another_workspace_sees_nothing()
    {
        using var alerts = await OpenAsync(fixture);
        using var others = await fixture.OpenDeskAsync();
        var opened = await alerts.SendAsync(Firing());
        (await others.GetAsync($"/api/tickets/{opened["ticket"]}/episodes")).Expect(404);
        using var nobody = new Desk(alerts.Desk.Workspace, "", alerts.Desk.Address);
        (await nobody.GetAsync($"/api/tickets/{opened["ticket"]}/episodes")).Expect(401);
    }

    [Fact]
    public async Task Nobody_is_mailed_and_nobody_is_learnt()
    {
        using var alerts = await OpenAsync(fixture);
        await alerts.SendAsync(Firing());
        await alerts.SendAsync(Resolved());
        await alerts.SendAsync(Firing());
        await alerts.App.MailedAsync();
        Assert.Empty((await alerts.Desk.GetAsync("/api/outbox")).Expect(200).Json["items"]!.AsArray());
        Assert.Empty((await alerts.Desk.GetAsync("/api/contacts")).Expect(200).Json["items"]!.AsArray());
    }

    [Fact]
    public async Task Any_number_of_reports_at_once_is_one_ticket_and_the_right_count()
    {
        using var alerts = await OpenAsync(fixture);
        var reports = Enumerable.Range(0, 4).SelectMany(key => Enumerable.Range(0, 16).Select(_ => Firing($"key {key}"))).ToArray();
        RandomNumberGenerator.Shuffle<AlertReport>(reports);
        await Parallel.ForEachAsync(reports, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (report, _) => await alerts.SendAsync(report));
        await alerts.App.DeliveredAsync();
        var numbers = await alerts.Desk.NumbersAsync("");
        Assert.Equal(4, numbers.Count);
        foreach (var number in numbers)
            Assert.Equal(16, Assert.Single(await alerts.EpisodesAsync($"{number}"))["count"]!.GetValue<long>());
    }
}
