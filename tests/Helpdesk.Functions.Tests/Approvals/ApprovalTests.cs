using System.Net;
using Helpdesk.Functions.Approvals;
using Helpdesk.Functions.Tests.Automations;
using Helpdesk.Functions.Tests.Tickets;
using Helpdesk.Functions.Tests.Webhooks;
using Helpdesk.Functions.Tickets;
using Helpdesk.Testing;
using Microsoft.Extensions.DependencyInjection;
using static Helpdesk.Functions.Tests.Approvals.ApprovalDesk;

namespace Helpdesk.Functions.Tests.Approvals;

/// <summary>Others decide before a ticket goes on: agents by key, everybody else by a link of their own.</summary>
public sealed class ApprovalTests(DeskFixture fixture)
{
    private static readonly CancellationToken Cancelled = TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_agent_and_somebody_outside_decide_and_the_ticket_goes_on()
    {
        await using var hooks = await WebhookDesk.OpenAsync(fixture);
        var desk = hooks.Desk;
        using var ada = await AgentAsync(desk, "ada");
        using var ben = await AgentAsync(desk, "ben");
        var number = await desk.OpenAsync();
        (await desk.PatchAsync($"/api/tickets/{number}", new { status = "open" })).Expect(200);

        var asked = await AskAsync(ben, number);
        // Who is named by an agent's address is that agent.
        Assert.Equal(("ada", null), (asked["approvers"]![0]!.Text("agent"), asked["approvers"]![0]!["email"]));
        Assert.Equal(("pending", "ben"), (asked.Text("state"), asked.Text("askedBy")));
        Assert.Equal("on-hold", (await desk.TicketAsync(number)).Text("status"));
        await hooks.App.MailedAsync();
        var listed = Assert.Single(await ListAsync(ada, "/api/approvals?approver=me&status=pending"));
        Assert.Equal((asked.Text("id"), number), (listed["approval"]!.Text("id"), listed["number"]!.GetValue<long>()));
        Assert.Empty(await ListAsync(ben, "/api/approvals"));
        Assert.Contains("status must be pending", (await ben.GetAsync("/api/approvals?status=nope")).Expect(400).Text, StringComparison.Ordinal);
        Assert.Equal(["ada@example.com", "boss@example.com"], (await MailsAsync(desk)).Select(mail => mail.Text("to")).Order());

        var decide = $"/api/tickets/{number}/approvals/{asked.Text("id")}/decide";
        Assert.Equal("not-asked", (await ben.PostAsync(decide, new { decision = "approve" })).Expect(409).Code);
        // Somebody of another workspace, and a program, find nothing.
        using var other = await fixture.OpenDeskAsync(hooks.App);
        (await other.PostAsync(decide, new { decision = "approve" })).Expect(404);
        (await other.GetAsync($"/api/tickets/{asked.Text("id").Split('-')[0]}/approvals")).Expect(404);
        using var program = await desk.WithRoleAsync("integration");
        (await program.GetAsync($"/api/tickets/{number}/approvals")).Expect(403);
        (await program.PostAsync(decide, new { decision = "approve" })).Expect(403);
        Assert.DoesNotContain(
            (await ListAsync(program, $"/api/tickets/{number}/events?limit=100")).Select(one => one.Text("type")),
            type => type.StartsWith("approv", StringComparison.Ordinal)
        );

        for (var again = 0; again < 2; again++)
            (await ada.PostAsync(decide, new { decision = "approve", comment = "Cheap" })).Expect(200);
        Assert.Equal("approval-answered", (await ada.PostAsync(decide, new { decision = "decline" })).Expect(409).Code);
        await hooks.App.DeliveredAsync();
        Assert.Empty(await ListAsync(ada, "/api/approvals"));

        // A program that follows the link decides nothing.
        var link = await LinkAsync(hooks, asked, 2);
        var (status, page) = await BrowseAsync(hooks.App.Address, link);
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Contains("May we buy a &lt;b&gt;printer&lt;/b&gt;?", page, StringComparison.Ordinal);
        await BrowseAsync(hooks.App.Address, link);
        Assert.Single(await OfTypeAsync(desk, number, "approval-decided"));
        Assert.Contains("Bitte geben Sie frei", (await BrowseAsync(hooks.App.Address, $"{link}?lang=de", "maybe")).Html, StringComparison.Ordinal);
        for (var again = 0; again < 2; again++)
            Assert.Contains("You have approved this", (await BrowseAsync(hooks.App.Address, link, "approve", "Go")).Html, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Conflict, (await BrowseAsync(hooks.App.Address, link, "decline")).Status);

        var answers = await OfTypeAsync(desk, number, "approval-decided");
        Assert.Equal([("agent", "Cheap"), ("requester", "Go")], answers.Select(one => (one.Text("by"), one["data"]!.Text("comment"))));
        Assert.Equal("approved", Assert.Single(await OfTypeAsync(desk, number, "approval-ended"))["data"]!.Text("outcome"));
        Assert.Equal("open", (await desk.TicketAsync(number)).Text("status"));
        // Whoever asked is told.
        await hooks.App.MailedAsync();
        var told = Assert.Single(await ListAsync(desk, "/api/outbox?limit=100"), mail => mail.Text("to") == "ben@example.com");
        Assert.Contains("Approved: May we buy", told.Text("text"), StringComparison.Ordinal);
        Assert.Contains("This has been approved", (await BrowseAsync(hooks.App.Address, link)).Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whoever_sees_the_outbox_cannot_decide_and_a_link_is_good_for_one_person_of_one_approval()
    {
        await using var hooks = await WebhookDesk.OpenAsync(fixture);
        var desk = hooks.Desk;
        using var ada = await AgentAsync(desk, "ada");
        var number = await desk.OpenAsync();
        var asked = await AskAsync(desk, number);
        await hooks.App.MailedAsync();
        var link = await LinkAsync(hooks, asked, 2);
        var secret = link[(link.LastIndexOf('.') + 1)..];
        foreach (var mail in await MailsAsync(desk))
        {
            var shown = (await desk.GetAsync($"/api/outbox/{mail.Text("id")}")).Expect(200).Text;
            Assert.Contains("/support/approvals/", shown, StringComparison.Ordinal);
            Assert.DoesNotContain(secret, shown, StringComparison.Ordinal);
            var path = System.Text.RegularExpressions.Regex.Match(mail.Text("text"), @"/support/approvals/\S+").Value.Split('?')[0];
            Assert.Equal(HttpStatusCode.NotFound, (await BrowseAsync(hooks.App.Address, path, "approve")).Status);
        }

        Assert.DoesNotContain(secret, (await desk.GetAsync("/api/outbox?limit=100")).Expect(200).Text, StringComparison.Ordinal);
        foreach (
            var forged in new[]
            {
                link.Replace("-2.", "-1.", StringComparison.Ordinal),
                link + "x",
                link[..^1],
                link.Replace("/approvals/", "/ratings/", StringComparison.Ordinal),
            }
        )
            Assert.Equal(HttpStatusCode.NotFound, (await BrowseAsync(hooks.App.Address, forged, "approve")).Status);
        Assert.Empty(await OfTypeAsync(desk, number, "approval-decided"));
    }

    [Fact]
    public async Task Those_who_are_missing_are_reminded_and_it_ends_when_its_time_is_over()
    {
        await using var hooks = await WebhookDesk.OpenAsync(fixture);
        var desk = hooks.Desk;
        using var ada = await AgentAsync(desk, "ada");
        var number = await desk.OpenAsync();
        var asked = await AskAsync(desk, number, length: "PT10H");
        await hooks.App.MailedAsync();
        var path = $"/api/tickets/{number}/approvals/{asked.Text("id")}";
        (await ada.PostAsync($"{path}/decide", new { decision = "approve" })).Expect(200);
        await WakeAsync(hooks, number);
        Assert.Equal(2, (await MailsAsync(desk)).Count);

        Assert.Equal("approval-just-reminded", (await desk.PostAsync($"{path}/remind")).Expect(409).Code);
        hooks.Time.Advance(TimeSpan.FromHours(5.1));
        await WakeAsync(hooks, number);
        Assert.Single(await OfTypeAsync(desk, number, "approval-reminded"));
        hooks.Time.Advance(TimeSpan.FromHours(4));
        await WakeAsync(hooks, number);
        Assert.Equal(2, (await OfTypeAsync(desk, number, "approval-reminded")).Count);
        var mails = await MailsAsync(desk);
        Assert.Equal((1, 3), (mails.Count(mail => mail.Text("to") == "ada@example.com"), mails.Count(mail => mail.Text("to") == "boss@example.com")));

        hooks.Time.Advance(TimeSpan.FromHours(1));
        var link = await LinkAsync(hooks, asked, 2);
        // Also before anybody has noted that it is over.
        var (status, page) = await BrowseAsync(hooks.App.Address, link, "approve");
        Assert.Equal(HttpStatusCode.Conflict, status);
        Assert.Contains("The time to decide is over", page, StringComparison.Ordinal);
        await WakeAsync(hooks, number);
        Assert.Equal("expired", Assert.Single(await OfTypeAsync(desk, number, "approval-ended"))["data"]!.Text("outcome"));
        Assert.Equal("open", (await desk.TicketAsync(number)).Text("status"));
        Assert.Contains("The time to decide is over", (await BrowseAsync(hooks.App.Address, link)).Html, StringComparison.Ordinal);
        Assert.Equal("approval-over", (await desk.PostAsync($"{path}/remind")).Expect(409).Code);
    }

    [Fact]
    public async Task Links_say_that_it_was_cancelled_or_that_its_ticket_is_done()
    {
        await using var hooks = await WebhookDesk.OpenAsync(fixture);
        var desk = hooks.Desk;
        using var ada = await AgentAsync(desk, "ada");
        var number = await desk.OpenAsync();
        var first = await AskAsync(desk, number);
        for (var again = 0; again < 2; again++)
            (await desk.PostAsync($"/api/tickets/{number}/approvals/{first.Text("id")}/cancel")).Expect(200);
        Assert.Single(await OfTypeAsync(desk, number, "approval-ended"));
        Assert.Contains("no longer needs a decision", (await BrowseAsync(hooks.App.Address, await LinkAsync(hooks, first, 2))).Html, StringComparison.Ordinal);

        var second = await AskAsync(desk, number);
        (await desk.PostAsync($"/api/tickets/{number}/resolve", new { resolution = "Not needed" })).Expect(200);
        await hooks.App.DeliveredAsync();
        Assert.Empty(await ListAsync(ada, "/api/approvals"));
        var (status, page) = await BrowseAsync(hooks.App.Address, await LinkAsync(hooks, second, 2), "approve");
        Assert.Equal(HttpStatusCode.Conflict, status);
        Assert.Contains("no longer needs a decision", page, StringComparison.Ordinal);
        Assert.Empty(await OfTypeAsync(desk, number, "approval-decided"));
        Assert.Equal(
            "ticket-resolved",
            (await desk.PostAsync($"/api/tickets/{number}/approvals", new { question = "?", approvers = new[] { new { agent = "ada" } } })).Expect(409).Code
        );
    }

    [Theory]
    [InlineData("""{"question":"?","approvers":[]}""", "approvers")]
    [InlineData("""{"question":"","approvers":[{"agent":"ada"}]}""", "question")]
    [InlineData("""{"question":"?","approvers":[{"agent":"nobody"}]}""", "approvers[0].agent")]
    [InlineData("""{"question":"?","approvers":[{"email":"no address"}]}""", "approvers[0].email")]
    [InlineData("""{"question":"?","approvers":[{"email":"a@example.com"}],"in":"P900D"}""", "in")]
    [InlineData("""{"question":"?","approvers":[{"email":"a@example.com"}],"in":"P10Y"}""", "in")]
    [InlineData("""{"question":"?","approvers":[{"email":"a@example.com"}],"calendar":"moon"}""", "calendar")]
    [InlineData("""{"question":"?","approvers":[{"email":"a@example.com"}],"remindBefore":["soon"]}""", "remindBefore")]
    public async Task What_is_wrong_is_said_with_its_place(string body, string field)
    {
        using var desk = await fixture.OpenDeskAsync();
        var number = await desk.OpenAsync();
        var answer = (await desk.PostAsync($"/api/tickets/{number}/approvals", System.Text.Json.Nodes.JsonNode.Parse(body))).Expect(400);
        var (at, problems) = Assert.Single(answer.Json["errors"]!.AsObject());
        Assert.Equal(field, at);
        Assert.Single(problems!.AsArray());
    }

    [Fact]
    public async Task An_agent_who_leaves_is_replaced_and_their_link_says_so()
    {
        await using var hooks = await WebhookDesk.OpenAsync(fixture);
        var desk = hooks.Desk;
        using var ada = await AgentAsync(desk, "ada");
        using var ben = await AgentAsync(desk, "ben");
        var number = await desk.OpenAsync();
        var asked = await AskAsync(desk, number);
        await hooks.App.DeliveredAsync();
        (await desk.DeleteAsync("/api/agents/ada?successor=ben")).Expect(204);
        var message = $$"""
            {"workspace":"{{desk.Workspace}}","kind":"agent","id":"ada","successor":"ben","by":{"kind":"agent","id":"admin"},
             "sentAt":"2026-01-01T00:00:00.000Z"}
            """;
        for (var again = 0; again < 2; again++)
            await hooks.App.InvokeAsync(nameof(HandOverApprovals), message);
        await hooks.App.MailedAsync();
        Assert.Single(await OfTypeAsync(desk, number, "approver-replaced"));
        Assert.Single(await ListAsync(ben, "/api/approvals"));
        Assert.Contains(await MailsAsync(desk), mail => mail.Text("to") == "ben@example.com");
        var (_, page) = await BrowseAsync(hooks.App.Address, await LinkAsync(hooks, asked, 1), "approve");
        Assert.Contains("Somebody else is asked", page, StringComparison.Ordinal);
        Assert.Empty(await OfTypeAsync(desk, number, "approval-decided"));
    }

    [Fact]
    public async Task A_ticket_does_not_wait_for_somebody_who_was_erased()
    {
        await using var hooks = await WebhookDesk.OpenAsync(fixture);
        var desk = hooks.Desk;
        using var ada = await AgentAsync(desk, "ada");
        var boss = (await desk.PostAsync("/api/contacts", new { name = "Bo Smith", emails = new[] { "boss@example.com" } })).Expect(201).Json.Text("id");
        var number = await desk.OpenAsync();
        var asked = await AskAsync(desk, number);
        await hooks.App.DeliveredAsync();
        var watch = ApprovalWatch.InstanceOf(new(desk.Workspace, number));
        var armed = hooks.App.Tasks.Of(watch).Count;
        Assert.NotEqual(0, armed);
        var erasure = (await desk.PostAsync($"/api/contacts/{boss}/erase", new { mode = "anonymised", reason = "Asked for it" })).Expect(202).Json.Text("id");
        await Until.TrueAsync(async () => (await desk.GetAsync($"/api/erasures/{erasure}")).Expect(200).Json.Text("state") == "done", "the erasure is done");
        await hooks.App.DeliveredAsync();
        // The watch is told at once, and finds that nobody is left who could make it a yes.
        Assert.True(hooks.App.Tasks.Of(watch).Count > armed);
        await WakeAsync(hooks, number);
        Assert.Equal("expired", Assert.Single(await OfTypeAsync(desk, number, "approval-ended"))["data"]!.Text("outcome"));
        Assert.Equal("open", (await desk.TicketAsync(number)).Text("status"));
        Assert.DoesNotContain("boss@example.com", (await desk.GetAsync($"/api/tickets/{number}/approvals")).Expect(200).Text, StringComparison.Ordinal);
        var (_, page) = await BrowseAsync(hooks.App.Address, await LinkAsync(hooks, asked, 2), "approve");
        Assert.Contains("The time to decide is over", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whatever_dies_an_answer_counts_once_and_the_ticket_goes_on()
    {
        var died = 0;
        for (var writes = 0; writes < 6; writes++)
        {
            await using var hooks = await WebhookDesk.OpenAsync(fixture);
            var desk = hooks.Desk;
            using var ada = await AgentAsync(desk, "ada");
            var number = await desk.OpenAsync();
            var asked = await AskAsync(desk, number, rule: "any");
            await hooks.App.DeliveredAsync();
            var link = await LinkAsync(hooks, asked, 2);
            await using (var mortal = await MortalApp.StartAsync(fixture.Storage, "Tickets", everything: true))
            {
                mortal.DieAfter(writes);
                await BrowseAsync(mortal.App.Address, link, "decline");
                await Until.TrueAsync(() => Task.FromResult(mortal.HasDied || IsIdle(mortal.App)), "it died, or had nothing left to do");
                died += mortal.HasDied ? 1 : 0;
            }

            await BrowseAsync(hooks.App.Address, link, "decline");
            (await ada.PostAsync($"/api/tickets/{number}/approvals/{asked.Text("id")}/decide", new { decision = "decline" })).Expect(200);
            await hooks.App.DeliverAsync(desk, number, upTo: 8);
            Assert.Equal(2, (await OfTypeAsync(desk, number, "approval-decided")).Count);
            Assert.Equal("declined", Assert.Single(await OfTypeAsync(desk, number, "approval-ended"))["data"]!.Text("outcome"));
            Assert.Equal("open", (await desk.TicketAsync(number)).Text("status"));
            Assert.Empty(await ListAsync(ada, "/api/approvals"));
        }

        Assert.True(died > 2, $"It died {died} times.");
    }

    private static bool IsIdle(RunningApp app) => app.Services.GetRequiredService<Helpdesk.Functions.Storage.WorkQueue<TicketMessage>>().Outstanding == 0;
}
