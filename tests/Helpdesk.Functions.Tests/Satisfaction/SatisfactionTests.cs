using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Helpdesk.Functions.Email;
using Helpdesk.Functions.Satisfaction;
using Helpdesk.Functions.Storage;
using Helpdesk.Functions.Tests.Automations;
using Helpdesk.Functions.Tests.Tickets;
using Helpdesk.Functions.Tests.Webhooks;
using Helpdesk.Functions.Tickets;
using Helpdesk.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Helpdesk.Functions.Tests.Satisfaction;

/// <summary>Requesters are asked once for each resolution, and say how it was.</summary>
public sealed partial class SatisfactionTests(DeskFixture fixture)
{
    private static readonly CancellationToken Cancelled = TestContext.Current.CancellationToken;

    private static readonly Dictionary<string, string> Five = new(StringComparer.Ordinal) { ["rating"] = "5", ["comment"] = "Quick and kind" };

    private static async Task<WebhookDesk> AskingDeskAsync(DeskFixture fixture, object? more = null)
    {
        var asking = await WebhookDesk.OpenAsync(fixture);
        var setting = System.Text.Json.JsonSerializer.SerializeToNode(more ?? new { })!.AsObject();
        setting["active"] = true;
        (await asking.Desk.PatchAsync("/api/satisfaction-settings", setting)).Expect(200);
        return asking;
    }

    private static async Task<long> ResolvedAsync(Desk desk, string email = "rita@example.com")
    {
        var number = (await desk.OpenTicketAsync(email: email)).Json["number"]!.GetValue<long>();
        (await desk.PostAsync($"/api/tickets/{number}/resolve", new { resolution = "Extinguished" })).Expect(200);
        return number;
    }

    /// <summary>Has the desk look whether it is time to ask, and once more.</summary>
    private static async Task AskAsync(WebhookDesk asking, long number)
    {
        for (var again = 0; again < 2; again++)
            await asking.App.Services.GetRequiredService<AskForSatisfaction>().AskAsync(new(asking.Desk.Workspace, number), Cancelled);
        await asking.App.MailedAsync();
    }

    private static async Task<List<JsonNode>> OfTypeAsync(Desk desk, long number, string type) =>
        [.. (await desk.EventsAsync(number)).Where(one => one.Text("type") == type)];

    private static async Task<List<JsonNode>> MailsAsync(WebhookDesk asking) =>
        [
            .. (await asking.Desk.GetAsync("/api/outbox?limit=100")).Expect(200).Json["items"]!
                .AsArray()
                .Select(mail => mail!)
                .Where(mail => mail.Text("event") == "satisfaction"),
        ];

    private static async Task<string> LinkAsync(WebhookDesk asking)
    {
        var text = Assert.Single(await MailsAsync(asking)).Text("text");
        return new Uri(Link().Match(text).Value).PathAndQuery;
    }

    [GeneratedRegex(@"https?://\S+/support/ratings/\S+")]
    private static partial Regex Link();

    private static async Task<(HttpStatusCode Status, string Html)> BrowseAsync(
        WebhookDesk asking,
        string path,
        IReadOnlyDictionary<string, string>? form = null
    )
    {
        using var handler = new SocketsHttpHandler { AllowAutoRedirect = true };
        using var browser = new HttpClient(handler) { BaseAddress = asking.App.Address };
        browser.DefaultRequestHeaders.Add("Accept", "text/html");
        using var content = form is null ? null : new FormUrlEncodedContent(form);
        using var answer = form is null
            ? await browser.GetAsync(new Uri(path, UriKind.Relative), Cancelled)
            : await browser.PostAsync(new Uri(path, UriKind.Relative), content, Cancelled);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(Cancelled));
    }

    private static async Task<List<JsonNode>> RatingsAsync(Desk desk, string query = "") =>
        [.. (await desk.GetAsync($"/api/satisfaction?{query}")).Expect(200).Json["items"]!.AsArray().Select(one => one!)];

    [Fact]
    public async Task A_requester_is_asked_once_when_it_is_time_and_what_they_send_counts()
    {
        await using var asking = await AskingDeskAsync(fixture, new { after = "PT24H" });
        var desk = asking.Desk;
        var agent = (
            await desk.PostAsync(
                "/api/agents",
                new
                {
                    id = "ada",
                    name = "Ada",
                    email = "ada@example.com",
                }
            )
        ).Expect(201).Json["id"]!.GetValue<string>();
        var number = (await desk.OpenTicketAsync()).Json["number"]!.GetValue<long>();
        (await desk.PatchAsync($"/api/tickets/{number}", new { assignee = agent })).Expect(200);
        (await desk.PostAsync($"/api/tickets/{number}/resolve", new { resolution = "Extinguished" })).Expect(200);
        // Whose work it was is settled when it is resolved.
        (await desk.PatchAsync($"/api/tickets/{number}", new { assignee = (string?)null })).Expect(200);

        asking.Time.Advance(TimeSpan.FromHours(23));
        await AskAsync(asking, number);
        Assert.Empty(await OfTypeAsync(desk, number, "satisfaction-asked"));
        asking.Time.Advance(TimeSpan.FromHours(2));
        await AskAsync(asking, number);
        var asked = Assert.Single(await OfTypeAsync(desk, number, "satisfaction-asked"))["data"]!;
        Assert.Equal(("stars", "ada"), (asked.Text("scale"), asked.Text("agent")));
        Assert.Equal("rita@example.com", Assert.Single(await MailsAsync(asking)).Text("to"));

        // A program that follows every link of a mail rates nothing.
        var link = await LinkAsync(asking);
        foreach (Match one in Link().Matches(Assert.Single(await MailsAsync(asking)).Text("text")))
            Assert.Equal(HttpStatusCode.OK, (await BrowseAsync(asking, new Uri(one.Value).PathAndQuery)).Status);
        Assert.Null((await desk.TicketAsync(number))["satisfaction"]!["rating"]);
        Assert.Contains("value=\"4\" required checked", (await BrowseAsync(asking, $"{link}&rating=4")).Html, StringComparison.Ordinal);

        var (_, thanks) = await BrowseAsync(asking, link, Five);
        Assert.Contains("Thank you! Your rating has arrived.", thanks, StringComparison.Ordinal);
        Assert.Contains("Quick and kind", thanks, StringComparison.Ordinal);
        // Sent twice, it is there once.
        await BrowseAsync(asking, link, Five);
        var rated = Assert.Single(await OfTypeAsync(desk, number, "satisfaction-rated"));
        Assert.Equal((5, "Quick and kind", "ada"), (rated["data"]!["rating"]!.GetValue<int>(), rated["data"]!.Text("comment"), rated["data"]!.Text("agent")));
        Assert.Equal("requester", rated.Text("by"));
        Assert.Equal(5, (await desk.TicketAsync(number))["satisfaction"]!["rating"]!.GetValue<int>());

        // Asked again about the same resolution is nobody.
        asking.Time.Advance(TimeSpan.FromDays(3));
        await AskAsync(asking, number);
        Assert.Single(await OfTypeAsync(desk, number, "satisfaction-asked"));
    }

    [Fact]
    public async Task A_rating_can_be_changed_for_a_week_and_then_the_page_says_so()
    {
        await using var asking = await AskingDeskAsync(fixture, new { after = "PT0S" });
        var desk = asking.Desk;
        var number = await ResolvedAsync(desk);
        await AskAsync(asking, number);
        var link = await LinkAsync(asking);
        await BrowseAsync(asking, link, Five);
        await asking.App.DeliveredAsync();
        var first = Assert.Single(await RatingsAsync(desk));
        asking.Time.Advance(TimeSpan.FromDays(6.9));
        Assert.Equal(
            HttpStatusCode.OK,
            (await BrowseAsync(asking, link, new Dictionary<string, string> { ["rating"] = "2", ["comment"] = "It burns again" })).Status
        );
        var events = await OfTypeAsync(desk, number, "satisfaction-rated");
        Assert.Equal((2, 5), (events[1]["data"]!["rating"]!.GetValue<int>(), events[1]["data"]!["was"]!.GetValue<int>()));

        // The list has it once, in its place, however often its message comes.
        await asking.App.DeliverAsync(desk, number, upTo: events[1]["seq"]!.GetValue<long>());
        var changed = Assert.Single(await RatingsAsync(desk));
        Assert.Equal((2, "It burns again"), (changed["rating"]!.GetValue<int>(), changed.Text("comment")));
        Assert.Equal(first.Text("ratedAt"), changed.Text("ratedAt"));
        Assert.NotEqual(first.Text("changedAt"), changed.Text("changedAt"));

        asking.Time.Advance(TimeSpan.FromDays(0.2));
        var (status, over) = await BrowseAsync(asking, link, Five);
        Assert.Equal(HttpStatusCode.Conflict, status);
        Assert.Contains("can no longer be rated", over, StringComparison.Ordinal);
        Assert.DoesNotContain("<form", (await BrowseAsync(asking, link)).Html, StringComparison.Ordinal);
        Assert.Equal(2, (await desk.TicketAsync(number))["satisfaction"]!["rating"]!.GetValue<int>());
    }

    [Fact]
    public async Task A_question_is_open_for_a_month()
    {
        await using var asking = await AskingDeskAsync(fixture, new { after = "PT0S" });
        var number = await ResolvedAsync(asking.Desk);
        await AskAsync(asking, number);
        var link = await LinkAsync(asking);
        asking.Time.Advance(TimeSpan.FromDays(29.9));
        Assert.Contains("<form", (await BrowseAsync(asking, link)).Html, StringComparison.Ordinal);
        asking.Time.Advance(TimeSpan.FromDays(0.2));
        Assert.Equal(HttpStatusCode.Conflict, (await BrowseAsync(asking, link, Five)).Status);
        Assert.Empty(await OfTypeAsync(asking.Desk, number, "satisfaction-rated"));
    }

    [Fact]
    public async Task Who_is_not_to_be_asked_is_not_asked()
    {
        await using var asking = await AskingDeskAsync(fixture, new { after = "PT1H", channels = new[] { "api" } });
        var desk = asking.Desk;
        var reopened = await ResolvedAsync(desk);
        (await desk.PostAsync($"/api/tickets/{reopened}/reopen")).Expect(200);
        var other = (await desk.OpenTicketAsync(email: "other@example.com")).Json["number"]!.GetValue<long>();
        var merged = await ResolvedAsync(desk);
        (await desk.PostAsync($"/api/tickets/{merged}/merge", new { into = other, confirm = true })).Expect(200);
        var program = await ResolvedAsync(desk, "no-reply@example.com");
        (await desk.PostAsync("/api/suppressions", new { email = "gone@example.com", reason = "It bounced" })).Expect(201);
        var suppressed = await ResolvedAsync(desk, "gone@example.com");
        var plain = await ResolvedAsync(desk);
        // Closing changes nothing about that.
        (await desk.PostAsync($"/api/tickets/{plain}/close")).Expect(200);
        asking.Time.Advance(TimeSpan.FromHours(2));
        foreach (var number in new[] { reopened, merged, program, suppressed, plain })
            await AskAsync(asking, number);
        foreach (var number in new[] { reopened, merged, program, suppressed })
            Assert.Empty(await OfTypeAsync(desk, number, "satisfaction-asked"));
        Assert.Single(await OfTypeAsync(desk, plain, "satisfaction-asked"));

        // Resolved again, there is another question; the link of the first one is no longer good.
        var link = await LinkAsync(asking);
        (await desk.PatchAsync("/api/satisfaction-settings", new { channels = new[] { "web" } })).Expect(200);
        asking.Time.Advance(TimeSpan.FromMinutes(1));
        var web = await ResolvedAsync(desk);
        asking.Time.Advance(TimeSpan.FromHours(2));
        await AskAsync(asking, web);
        Assert.Empty(await OfTypeAsync(desk, web, "satisfaction-asked"));
        Assert.Equal(HttpStatusCode.OK, (await BrowseAsync(asking, link)).Status);
    }

    [Fact]
    public async Task Each_resolution_has_a_question_of_its_own()
    {
        await using var asking = await AskingDeskAsync(fixture, new { after = "PT0S", scale = "good-bad" });
        var desk = asking.Desk;
        var number = await ResolvedAsync(desk);
        await AskAsync(asking, number);
        var link = await LinkAsync(asking);
        var (status, _) = await BrowseAsync(asking, link, new Dictionary<string, string> { ["rating"] = "3" });
        Assert.Equal(HttpStatusCode.BadRequest, status);
        await BrowseAsync(asking, link, new Dictionary<string, string> { ["rating"] = "1" });
        asking.Time.Advance(TimeSpan.FromMinutes(1));
        (await desk.PostAsync($"/api/tickets/{number}/reopen")).Expect(200);
        (await desk.PostAsync($"/api/tickets/{number}/resolve", new { resolution = "Really" })).Expect(200);
        await AskAsync(asking, number);
        Assert.Equal(2, (await OfTypeAsync(desk, number, "satisfaction-asked")).Count);
        Assert.Equal(HttpStatusCode.Conflict, (await BrowseAsync(asking, link, Five)).Status);
        Assert.Null((await desk.TicketAsync(number))["satisfaction"]!["rating"]);
        await asking.App.DeliveredAsync();
        Assert.Equal(1, Assert.Single(await RatingsAsync(desk))["rating"]!.GetValue<int>());
    }

    [Fact]
    public async Task Ratings_are_listed_by_period_rating_agent_and_group_and_nobody_else_sees_them()
    {
        await using var asking = await AskingDeskAsync(fixture, new { after = "PT0S" });
        var desk = asking.Desk;
        var numbers = new List<long>();
        for (var rating = 1; rating <= 5; rating++)
        {
            var number = await ResolvedAsync(desk);
            await AskAsync(asking, number);
            var seq = Assert.Single(await OfTypeAsync(desk, number, "satisfaction-asked"))["seq"]!.GetValue<long>();
            var path = await asking.App.Services.GetRequiredService<SatisfactionLinks>().PathOfAsync(new(desk.Workspace, number, seq), Cancelled);
            await BrowseAsync(asking, path, new Dictionary<string, string> { ["rating"] = rating.ToString(CultureInfo.InvariantCulture) });
            asking.Time.Advance(TimeSpan.FromDays(20));
            numbers.Insert(0, number);
        }

        await asking.App.DeliveredAsync();
        // Of the last 30 days.
        Assert.Equal(numbers.Take(1), (await RatingsAsync(desk)).Select(one => one["number"]!.GetValue<long>()));
        var from = asking.Time.GetUtcNow().AddDays(-200).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        var (all, cursor) = (new List<long>(), "");
        do
        {
            var page = (await desk.GetAsync($"/api/satisfaction?from={from}&limit=2{cursor}")).Expect(200).Json;
            all.AddRange(page["items"]!.AsArray().Select(one => one!["number"]!.GetValue<long>()));
            cursor = page["nextCursor"] is { } next ? $"&cursor={next.GetValue<string>()}" : "";
        } while (cursor.Length > 0);
        Assert.Equal(numbers, all);
        Assert.Equal([5, 4], (await RatingsAsync(desk, $"from={from}&rating=4,5")).Select(one => one["rating"]!.GetValue<int>()));
        Assert.Empty(await RatingsAsync(desk, $"from={from}&group=nobody"));
        Assert.Empty(await RatingsAsync(desk, $"from={from}&agent=nobody"));
        (await desk.GetAsync("/api/satisfaction?rating=6")).Expect(400);
        var fax = (await desk.PatchAsync("/api/satisfaction-settings", new { channels = new[] { "fax" } })).Expect(400).Json["errors"]!["channels"]!;
        Assert.Single(fax.AsArray());

        using var other = await fixture.OpenDeskAsync(asking.App);
        Assert.Empty(await RatingsAsync(other, $"from={from}"));
        using var bridge = await desk.WithRoleAsync("integration");
        (await bridge.GetAsync("/api/satisfaction")).Expect(403);
        (await bridge.GetAsync("/api/satisfaction-settings")).Expect(403);
        using var agent = await desk.WithRoleAsync("agent");
        (await agent.PatchAsync("/api/satisfaction-settings", new { active = false })).Expect(403);
        Assert.Single(await RatingsAsync(agent, $"from={from}&rating=1"));
    }

    [Fact]
    public async Task A_link_that_was_made_up_leads_nowhere()
    {
        await using var asking = await AskingDeskAsync(fixture, new { after = "PT0S" });
        var number = await ResolvedAsync(asking.Desk);
        await AskAsync(asking, number);
        var link = (await LinkAsync(asking)).Split('?')[0];
        Assert.Equal(HttpStatusCode.OK, (await BrowseAsync(asking, link)).Status);
        foreach (var wrong in new[] { link[..^1], $"{link}x", link.Split('.')[0], link.Replace($"{number}-", $"{number + 1}-", StringComparison.Ordinal) })
            Assert.Equal(HttpStatusCode.NotFound, (await BrowseAsync(asking, wrong, Five)).Status);
    }

    [Fact]
    public async Task The_bot_asks_in_the_chat_and_a_button_answers()
    {
        await using var asking = await AskingDeskAsync(fixture, new { after = "PT10M" });
        var desk = asking.Desk;
        using var chat = await ChatAsync(asking, "rita");
        await chat.SaysAsync("My printer is on fire and does not stop burning");
        await asking.App.DeliveredAsync();
        var number = (await desk.NumbersAsync("status=new")).Single();
        (await desk.PostAsync($"/api/tickets/{number}/resolve", new { resolution = "Extinguished" })).Expect(200);
        // Said to be solved it is closed, and asked of all the same.
        await asking.App.DeliveredAsync();
        await chat.SaysAsync("", new { @do = "solved", number });
        asking.Time.Advance(TimeSpan.FromMinutes(15));
        await AskAsync(asking, number);
        Assert.Equal("closed", (await desk.TicketAsync(number)).Text("status"));
        var said = await chat.SaysAsync("", new { @do = "rate-5", number });
        Assert.Contains(said, one => one.Contains($"Your rating of #{number} has arrived", StringComparison.Ordinal));
        Assert.Equal(5, (await desk.TicketAsync(number))["satisfaction"]!["rating"]!.GetValue<int>());
        // Somebody else's button does nothing.
        using var stranger = await ChatAsync(asking, "eve");
        await stranger.SaysAsync("", new { @do = "rate-1", number });
        Assert.Equal(5, (await desk.TicketAsync(number))["satisfaction"]!["rating"]!.GetValue<int>());
        asking.Time.Advance(TimeSpan.FromDays(8));
        using var late = await ChatAsync(asking, "rita");
        said = await late.SaysAsync("", new { @do = "rate-1", number });
        Assert.Contains(said, one => one.Contains("can no longer be rated", StringComparison.Ordinal));
    }

    private static Task<WebChat.WebChat> ChatAsync(WebhookDesk asking, string name) =>
        WebChat.WebChat.BeginAsync(
            asking.Desk,
            asking.App.Address,
            new
            {
                id = name,
                name,
                email = $"{name}@example.com",
            }
        );

    [Fact]
    public async Task An_automation_can_run_upon_a_bad_rating()
    {
        await using var asking = await AskingDeskAsync(fixture, new { after = "PT0S" });
        var desk = asking.Desk;
        await desk.AutomateAsync(
            "sorry",
            "satisfaction-rated",
            new
            {
                field = "satisfaction",
                op = "at-most",
                value = 2,
            },
            new { @do = "add-tags", tags = new[] { "unhappy" } }
        );
        var number = await ResolvedAsync(desk);
        await AskAsync(asking, number);
        await BrowseAsync(asking, await LinkAsync(asking), new Dictionary<string, string> { ["rating"] = "1" });
        await asking.App.DeliverAsync(desk, number, upTo: 10);
        Assert.Equal("unhappy", Assert.Single((await desk.TicketAsync(number))["tags"]!.AsArray())!.GetValue<string>());
    }

    [Fact]
    public async Task Whatever_dies_a_requester_is_asked_once_and_their_rating_is_in_the_list_once()
    {
        var died = 0;
        for (var writes = 0; writes < 12; writes++)
        {
            await using var asking = await AskingDeskAsync(fixture, new { after = "PT0S" });
            var desk = asking.Desk;
            var number = await ResolvedAsync(desk);
            await using (var mortal = await MortalApp.StartAsync(fixture.Storage, "Tickets", everything: true))
            {
                mortal.DieAfter(writes);
                try
                {
                    await mortal.App.Services.GetRequiredService<AskForSatisfaction>().AskAsync(new(desk.Workspace, number), Cancelled);
                }
                catch (InvalidOperationException)
                {
                    // It is dead.
                }

                await Until.TrueAsync(() => Task.FromResult(mortal.HasDied || IsIdle(mortal.App)), "it died, or had nothing left to do");
                died += mortal.HasDied ? 1 : 0;
            }

            await AskAsync(asking, number);
            await asking.App.DeliverAsync(desk, number, upTo: 3);
            await asking.App.MailedAsync();
            Assert.Single(await OfTypeAsync(desk, number, "satisfaction-asked"));
            // The message that would have the mail sent, after the claim of whoever died.
            asking.Time.Advance(TimeSpan.FromMinutes(3));
            var mail = Assert.Single(await MailsAsync(asking)).Text("id");
            for (var again = 0; again < 2; again++)
                await asking.App.InvokeAsync(
                    nameof(SendOutgoingMails),
                    $$"""{"workspace":"{{desk.Workspace}}","mail":"{{mail}}","sentAt":"2026-03-10T09:00:00.000Z"}"""
                );
            var link = await LinkAsync(asking);
            await using (var mortal = await MortalApp.StartAsync(fixture.Storage, "Tickets", everything: true))
            {
                using var browser = new HttpClient { BaseAddress = mortal.App.Address };
                using var form = new FormUrlEncodedContent(Five);
                mortal.DieAfter(writes);
                using var answer = await browser.PostAsync(new Uri(link, UriKind.Relative), form, Cancelled);
                await Until.TrueAsync(() => Task.FromResult(mortal.HasDied || IsIdle(mortal.App)), "it died, or had nothing left to do");
                died += mortal.HasDied ? 1 : 0;
            }

            await BrowseAsync(asking, link, Five);
            await asking.App.DeliverAsync(desk, number, upTo: 4);
            Assert.Single(await OfTypeAsync(desk, number, "satisfaction-rated"));
            Assert.Equal(5, Assert.Single(await RatingsAsync(desk))["rating"]!.GetValue<int>());
        }

        Assert.True(died > 8, $"It died {died} times.");
    }

    private static bool IsIdle(RunningApp app) => app.Services.GetRequiredService<WorkQueue<TicketMessage>>().Outstanding == 0;
}
