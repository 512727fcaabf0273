using System.Text.Json.Nodes;
using Helpdesk.Functions.Events;
using Helpdesk.Functions.Tests.WebChat;
using Helpdesk.Functions.Tickets;

namespace Helpdesk.Functions.Tests.Conversations;

/// <summary>Whoever reported a ticket in a chat stays in the conversation when the ticket is merged, split or given back.</summary>
public sealed class MergedConversationsTests(DeskFixture fixture)
{
    private async Task<List<string>> HeardAsync(WebChat.WebChat chat, int after)
    {
        await fixture.App.DeliveredAsync();
        return [.. (await chat.TextsAsync()).Skip(after)];
    }

    private static async Task<JsonArray> CommentsAsync(Desk desk, JsonNode ticket) =>
        (await desk.GetAsync($"/api/tickets/{ticket["id"]}/comments")).Expect(200).Json["items"]!.AsArray();

    [Theory]
    [InlineData("en-US", "goes on as #", "by itself again")]
    [InlineData("de-AT", "weitergeführt. Die Antworten", "wieder einzeln")]
    [InlineData("hr", "nastavlja se kao #", "ponovno se vodi zasebno")]
    [InlineData("el-GR", "συνεχίζεται ως #", "πάλι ξεχωριστά")]
    public async Task The_person_is_told_in_their_language_gets_the_answers_and_writes_under_their_own_name(string locale, string merged, string unmerged)
    {
        using var desk = await fixture.OpenDeskAsync();
        using var chat = await WebChat.WebChat.BeginAsync(desk, fixture.App.Address, locale: locale);
        await chat.PostAsync("The printer in the lab is down", locale: locale);
        await chat.PostAsync("mia@example.com", locale: locale);
        await fixture.App.DeliveredAsync();
        var mine = (await desk.GetAsync("/api/tickets?requester=mia@example.com")).Json["items"]![0]!;
        var master = (await desk.OpenTicketAsync("Master", "head@example.com")).Json;
        (await desk.PostAsync($"/api/tickets/{master["id"]}/comments", new { body = "Said to the head alone" })).Expect(201);
        var before = (await chat.TextsAsync()).Count;

        (await desk.PostAsync($"/api/tickets/{mine["id"]}/merge", new { into = master["id"]!.GetValue<string>(), confirm = true })).Expect(200);
        var told = Assert.Single(await HeardAsync(chat, before));
        Assert.Contains(merged, told, StringComparison.Ordinal);
        Assert.Contains($"#{mine["number"]}", told, StringComparison.Ordinal);
        Assert.Contains($"#{master["number"]}", told, StringComparison.Ordinal);

        (await desk.PostAsync($"/api/tickets/{master["id"]}/comments", new { body = "We come at three" })).Expect(201);
        (await desk.PostAsync($"/api/tickets/{master["id"]}/comments", new { body = "Between us", visibility = "internal" })).Expect(201);
        Assert.Contains("We come at three", Assert.Single(await HeardAsync(chat, before + 1)), StringComparison.Ordinal);
        await chat.PostAsync("Please hurry", locale: locale);
        var words = (await CommentsAsync(desk, master))[^1]!;
        Assert.Equal(
            ("Please hurry", "mia@example.com", "requester"),
            (words["body"]!.GetValue<string>(), words["author"]!["id"]!.GetValue<string>(), words["by"]!.GetValue<string>())
        );

        // Delivered twice, nothing is said twice.
        var heard = (await chat.TextsAsync()).Count;
        var version = (await desk.GetAsync($"/api/tickets/{master["id"]}")).Json["version"]!.GetValue<long>();
        for (var tries = 0; tries < 2; tries++)
            await fixture.App.InvokeAsync(
                nameof(DispatchTicketEvents),
                $$"""
                {"workspace":"{{desk.Workspace}}","number":{{master["number"]}},"upTo":{{version}},"sender":"gone",
                 "sentAt":"{{TimeProvider.System.GetUtcNow():yyyy-MM-dd'T'HH:mm:ss.fff'Z'}}"}
                """
            );
        Assert.Equal(heard, (await chat.TextsAsync()).Count);

        (await desk.PostAsync($"/api/tickets/{mine["id"]}/unmerge")).Expect(200);
        var back = Assert.Single(await HeardAsync(chat, heard));
        Assert.Contains(unmerged, back, StringComparison.Ordinal);
        (await desk.PostAsync($"/api/tickets/{master["id"]}/comments", new { body = "To the head alone again" })).Expect(201);
        Assert.Empty(await HeardAsync(chat, heard + 1));
        await chat.PostAsync("And mine?", locale: locale);
        Assert.Equal("And mine?", (await CommentsAsync(desk, mine))[^1]!["body"]!.GetValue<string>());
    }

    [Fact]
    public async Task Asking_for_a_merged_ticket_or_for_ones_own_shows_the_ticket_that_goes_on()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var chat = await WebChat.WebChat.BeginAsync(desk, fixture.App.Address);
        using var known = await WebChat.WebChat.BeginAsync(
            desk,
            fixture.App.Address,
            new
            {
                id = "dl_zoe",
                email = "zoe@example.com",
                name = "Zoe",
            }
        );
        var mine = await chat.ReportsAsync("The printer in the lab is down", "mia@example.com");
        var theirs = await known.ReportsAsync("The scanner makes noises", null);
        var master = (await desk.OpenTicketAsync("Power in the lab", "head@example.com")).Json;
        foreach (var ticket in new[] { mine, theirs })
            (await desk.PostAsync($"/api/tickets/{ticket["id"]}/merge", new { into = master["id"]!.GetValue<string>(), confirm = true })).Expect(200);
        await fixture.App.DeliveredAsync();
        foreach (var one in new[] { chat, known })
        {
            var listed = Assert.Single(await one.SaysAsync("status"));
            Assert.Contains($"#{master["number"]} Power in the lab", listed, StringComparison.Ordinal);
            Assert.DoesNotContain("closed", listed, StringComparison.Ordinal);
            Assert.Contains(
                $"#{master["number"]} Power in the lab",
                Assert.Single(await one.SaysAsync($"#{(one == chat ? mine : theirs)["number"]}")),
                StringComparison.Ordinal
            );
            Assert.Contains($"#{master["number"]}", Assert.Single(await one.SaysAsync($"#{master["number"]}")), StringComparison.Ordinal);
        }

        // Nobody else sees it, and no other ticket is seen.
        using var stranger = await WebChat.WebChat.BeginAsync(desk, fixture.App.Address);
        Assert.Contains("cannot find that ticket", Assert.Single(await stranger.SaysAsync($"#{master["number"]}")), StringComparison.Ordinal);
        var other = (await desk.OpenTicketAsync("Secret", "head@example.com")).Json;
        Assert.Contains("cannot find that ticket", Assert.Single(await chat.SaysAsync($"#{other["number"]}")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_tickets_of_one_chat_are_merged_and_told_of_once()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var chat = await WebChat.WebChat.BeginAsync(desk, fixture.App.Address);
        var first = await chat.ReportsAsync("The printer in the lab is down", "mia@example.com");
        await chat.SaysAsync("start over");
        await chat.PostAsync("Nothing works on the second floor");
        await fixture.App.DeliveredAsync();
        var second = (await desk.GetAsync("/api/tickets?requester=mia@example.com&sort=-createdAt")).Json["items"]![0]!;
        Assert.NotEqual(first["id"]!.GetValue<string>(), second["id"]!.GetValue<string>());
        var before = (await chat.TextsAsync()).Count;
        (await desk.PostAsync($"/api/tickets/{second["id"]}/merge", new { into = first["id"]!.GetValue<string>() })).Expect(200);
        Assert.Contains($"#{second["number"]} goes on as #{first["number"]}", Assert.Single(await HeardAsync(chat, before)), StringComparison.Ordinal);
        Assert.Empty((await desk.GetAsync($"/api/tickets/{first["id"]}")).Json["participants"]!.AsArray());
        (await desk.PostAsync($"/api/tickets/{first["id"]}/comments", new { body = "On our way" })).Expect(201);
        Assert.Single(await HeardAsync(chat, before + 1));
        await chat.PostAsync("Thank you, second floor");
        Assert.Equal("mia@example.com", (await CommentsAsync(desk, first))[^1]!["author"]!["id"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_participant_whose_address_is_vouched_for_reads_and_writes_as_the_requester_may()
    {
        using var desk = await fixture.OpenDeskAsync();
        var ticket = (await desk.OpenTicketAsync("Power in the lab", "head@example.com")).Json;
        using var chat = await WebChat.WebChat.BeginAsync(
            desk,
            fixture.App.Address,
            new
            {
                id = "dl_zoe",
                email = "Zoe@example.com",
                name = "Zoe",
            }
        );
        Assert.Contains("cannot find that ticket", Assert.Single(await chat.SaysAsync($"#{ticket["number"]}")), StringComparison.Ordinal);
        (await desk.PatchAsync($"/api/tickets/{ticket["id"]}", new { participants = new[] { new { email = "zoe@example.com" } } })).Expect(200);
        await desk.ListShowsAsync("participant=zoe@example.com", ticket["number"]!.GetValue<long>());
        Assert.Contains("Power in the lab", Assert.Single(await chat.SaysAsync("status")), StringComparison.Ordinal);
        await chat.SaysAsync($"#{ticket["number"]}");
        await chat.SaysAsync("It is dark here, too");
        var words = Assert.Single(await CommentsAsync(desk, ticket))!;
        Assert.Equal(
            ("It is dark here, too", "zoe@example.com", "Zoe"),
            (words["body"]!.GetValue<string>(), words["author"]!["id"]!.GetValue<string>(), words["author"]!["name"]!.GetValue<string>())
        );
    }

    [Fact]
    public async Task A_hundred_and_twenty_long_answers_that_were_missed_are_all_told()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var chat = await WebChat.WebChat.BeginAsync(desk, fixture.App.Address);
        var mine = await chat.ReportsAsync("The printer in the lab is down", "mia@example.com");
        var before = (await chat.TextsAsync()).Count;
        await using var gone = await RunningApp.StartAsync(
            fixture.Storage,
            builder =>
            {
                // It commits and never delivers by itself.
                foreach (
                    var hosted in builder
                        .Services.Where(service =>
                            service.ServiceType == typeof(Microsoft.Extensions.Hosting.IHostedService) && service.ImplementationFactory is not null
                        )
                        .ToList()
                )
                    builder.Services.Remove(hosted);
            }
        );
        using var elsewhere = new Desk(desk.Workspace, desk.Key, gone.Address);
        var words = new string('Ж', 60_000);
        for (var i = 0; i < 120; i++)
            (await elsewhere.PostAsync($"/api/tickets/{mine["id"]}/comments", new { body = i % 10 == 0 ? words : $"Answer {i}" })).Expect(201);
        var version = (await desk.GetAsync($"/api/tickets/{mine["id"]}")).Json["version"]!.GetValue<long>();
        for (var tries = 1; tries <= 2; tries++)
            await fixture.App.InvokeAsync(
                nameof(DispatchTicketEvents),
                $$"""
                {"workspace":"{{desk.Workspace}}","number":{{mine["number"]}},"upTo":{{version}},"sender":"gone",
                 "sentAt":"{{TimeProvider.System.GetUtcNow():yyyy-MM-dd'T'HH:mm:ss.fff'Z'}}"}
                """,
                tries
            );
        var store = (Functions.Conversations.ConversationStore)fixture.App.Services.GetService(typeof(Functions.Conversations.ConversationStore))!;
        Assert.Equal(before + 120, await store.CountTranscriptAsync($"{desk.Workspace}:chat:{chat.Conversation}", TestContext.Current.CancellationToken));
    }
}
