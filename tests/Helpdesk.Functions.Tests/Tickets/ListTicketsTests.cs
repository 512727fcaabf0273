using Helpdesk.Functions.Deadlines;

namespace Helpdesk.Functions.Tests.Tickets;

public sealed class ListTicketsTests(DeskFixture fixture)
{
    private static long Number(Answer ticket) => ticket.Json["number"]!.GetValue<long>();

    [Fact]
    public async Task Every_filter_finds_its_tickets_and_no_others()
    {
        using var desk = await fixture.OpenDeskAsync();
        (await desk.PostAsync("/api/groups", new { id = "first", name = "First" })).Expect(201);
        var plain = Number(await desk.OpenTicketAsync());
        var urgent = Number(await desk.OpenTicketAsync("Shop", "Omar@Example.com", "urgent", "shop", "Outage/EU"));
        var mine = Number(await desk.OpenTicketAsync("Mine", "rita@example.com", "high", "shop"));
        (await desk.PostAsync($"/api/tickets/{mine}/assign", new { assignee = "me", group = "first" })).Expect(200);
        var done = Number(await desk.ResolvedTicketAsync());

        await desk.ListShowsAsync("status=new", plain, urgent);
        await desk.ListShowsAsync("status=new,open", plain, urgent, mine);
        await desk.ListShowsAsync("status=resolved", done);
        await desk.ListShowsAsync("assignee=me", mine);
        await desk.ListShowsAsync("assignee=admin,none", plain, urgent, mine, done);
        await desk.ListShowsAsync("assignee=none&status=new", plain, urgent);
        await desk.ListShowsAsync("group=first", mine);
        await desk.ListShowsAsync("group=first,other", mine);
        await desk.ListShowsAsync("requester=omar@example.com", urgent);
        await desk.ListShowsAsync("requester=OMAR@example.com,rita@example.com&priority=high,urgent", urgent, mine);
        await desk.ListShowsAsync("priority=urgent", urgent);
        await desk.ListShowsAsync("priority=normal", plain, done);
        await desk.ListShowsAsync("tag=shop", urgent, mine);
        await desk.ListShowsAsync("tag=outage/eu,shop", urgent, mine);
        await desk.ListShowsAsync("tag=outage/eu&status=open");
        await desk.ListShowsAsync("", plain, urgent, mine, done);
    }

    [Fact]
    public async Task A_list_says_who_spoke_last_in_public()
    {
        using var desk = await fixture.OpenDeskAsync();
        var number = Number(await desk.OpenTicketAsync());
        await desk.ListShowsAsync("status=new", number);
        Assert.Null((await LastWordAsync(desk))?["by"]);

        (await desk.PostAsync($"/api/tickets/{number}/comments", new { body = "On my way" })).Expect(201);
        (await desk.PostAsync($"/api/tickets/{number}/comments", new { body = "Only for us", visibility = "internal" })).Expect(201);
        await desk.ListShowsAsync("status=open", number);
        await fixture.App.DeliveredAsync();
        var last = (await LastWordAsync(desk))!;
        var comment = (await desk.GetAsync($"/api/tickets/{number}/comments")).Json["items"]![0]!;
        Assert.Equal(
            ("agent", "admin", comment["at"]!.GetValue<string>()),
            (last["by"]!.GetValue<string>(), last["agent"]!.GetValue<string>(), last["at"]!.GetValue<string>())
        );
    }

    private static async Task<System.Text.Json.Nodes.JsonNode?> LastWordAsync(Desk desk) =>
        (await desk.GetAsync("/api/tickets")).Expect(200).Json["items"]!.AsArray().Single()!["lastWord"];

    [Fact]
    public async Task A_ticket_moves_between_lists_and_leaves_nothing_behind()
    {
        using var desk = await fixture.OpenDeskAsync();
        var number = Number(await desk.OpenTicketAsync("Printer", "rita@example.com", "low", "old"));
        await desk.ListShowsAsync("tag=old", number);
        (
            await desk.PatchAsync(
                $"/api/tickets/{number}",
                new
                {
                    priority = "urgent",
                    tags = new[] { "new" },
                    assignee = "me",
                    status = "pending",
                }
            )
        ).Expect(200);
        await desk.ListShowsAsync("tag=new", number);
        await desk.ListShowsAsync("status=pending&assignee=me&priority=urgent", number);
        foreach (var query in new[] { "tag=old", "status=new", "status=open", "assignee=none", "priority=low" })
            await desk.ListShowsAsync(query);
        (await desk.PostAsync($"/api/tickets/{number}/resolve", new { resolution = "Done" })).Expect(200);
        await desk.ListShowsAsync("status=resolved", number);
        await desk.ListShowsAsync("status=pending");
        await desk.ListShowsAsync("requester=rita@example.com", number);
    }

    [Theory]
    [InlineData("sort=createdAt", false)]
    [InlineData("sort=-createdAt", true)]
    [InlineData("sort=updatedAt", false)]
    [InlineData("sort=-updatedAt", true)]
    [InlineData("", true)]
    [InlineData("sort=createdAt&status=new&priority=normal", false)]
    public async Task Pages_follow_each_other_in_order_without_gaps_or_repetitions(string query, bool newestFirst)
    {
        using var desk = await fixture.OpenDeskAsync();
        var numbers = new List<long>();
        for (var i = 0; i < 23; i++)
            numbers.Add(Number(await desk.OpenTicketAsync($"Ticket {i}")));
        await desk.ListShowsAsync(query, numbers);
        if (newestFirst)
            numbers.Reverse();
        Assert.Equal(numbers, await desk.NumbersAsync(query, limit: 5));
        Assert.Equal(numbers, await desk.NumbersAsync(query, limit: 1));
        Assert.Equal(numbers, await desk.NumbersAsync(query, limit: 23));
    }

    [Fact]
    public async Task A_cursor_survives_changes_and_belongs_to_its_list()
    {
        using var desk = await fixture.OpenDeskAsync();
        var numbers = new List<long>();
        for (var i = 0; i < 12; i++)
            numbers.Add(Number(await desk.OpenTicketAsync($"Ticket {i}")));
        await desk.ListShowsAsync("", numbers);
        foreach (var sort in new[] { "updatedAt", "-updatedAt" })
        {
            var page = (await desk.GetAsync($"/api/tickets?sort={sort}&limit=4")).Json;
            var seen = page["items"]!.AsArray().Select(item => item!["number"]!.GetValue<long>()).ToList();
            var rest = numbers.Except(seen).ToList();
            // One that was seen and one that was not move while somebody reads.
            foreach (var moved in new[] { seen[0], rest[3] })
            {
                (await desk.PatchAsync($"/api/tickets/{moved}", new { subject = $"Moved {sort}" })).Expect(200);
                await Helpdesk.Testing.Until.TrueAsync(async () => (await desk.NumbersAsync("sort=-updatedAt"))[0] == moved, "the list knows");
            }

            while (page["nextCursor"] is { } cursor)
            {
                page = (await desk.GetAsync($"/api/tickets?sort={sort}&limit=4&cursor={cursor}")).Json;
                seen.AddRange(page["items"]!.AsArray().Select(item => item!["number"]!.GetValue<long>()));
            }

            Assert.Equal(seen.Count, seen.Distinct().Count());
            Assert.Empty(numbers.Except(seen).Except([rest[3]]));
        }

        var other = (await desk.GetAsync("/api/tickets?limit=4")).Json["nextCursor"]!.GetValue<string>();
        (await desk.GetAsync($"/api/tickets?limit=4&status=new&cursor={other}")).Expect(400);
    }

    [Fact]
    public async Task Opening_commenting_reading_and_listing_cost_what_they_may()
    {
        await using var app = await fixture.StartFrozenAppAsync();
        using var desk = await fixture.OpenDeskAsync(app);
        await desk.OpenTicketAsync();
        using var count = new StorageCount(app);
        await count.WhenDeliveredAsync();
        count.Reset();

        var ticket = await desk.OpenTicketAsync();
        var answered = count.Count;
        Assert.InRange(await count.WhenDeliveredAsync(), 1, 10);
        Assert.InRange(answered, 1, 12);
        Assert.Equal(["POST", "POST"], count.Paths.Take(2).Select(path => path.Split(' ')[0]));

        async Task<long> CostOf(Func<Task<Answer>> request)
        {
            count.Reset();
            await request();
            return await count.WhenDeliveredAsync();
        }

        Assert.Equal(1, await CostOf(() => desk.GetAsync($"/api/tickets/{ticket.Json["id"]}")));
        Assert.InRange(
            await CostOf(() => desk.PostAsync($"/api/tickets/{ticket.Json["id"]}/comments", new { body = "Note", visibility = "internal" })),
            4,
            13
        );
        Assert.InRange(await CostOf(() => desk.GetAsync("/api/tickets?status=new")), 1, 4);
        Assert.Equal(1, await CostOf(() => desk.GetAsync("/api/tickets?requester=rita@example.com&status=new")));
        Assert.InRange(await CostOf(() => desk.GetAsync("/api/tickets")), 1, 24);
        Assert.Equal(2, await CostOf(() => desk.GetAsync($"/api/tickets/{ticket.Json["id"]}/comments")));
        Assert.Equal(2, await CostOf(() => desk.GetAsync($"/api/tickets/{ticket.Json["id"]}/events")));
    }

    [Fact]
    public async Task Opening_asks_storage_for_a_message_and_a_transaction_before_it_answers()
    {
        // The first admin's key is known without storage, so that only the request itself is counted.
        await using var app = await fixture.StartFrozenAppAsync();
        using var desk = new Desk("main", DeskFixture.AdminKey, app.Address);
        await desk.OpenTicketAsync();
        using var count = new StorageCount(app);
        await count.WhenDeliveredAsync();
        for (var i = 0; i < 5; i++)
        {
            count.Reset();
            await desk.OpenTicketAsync($"Ticket {i}");
            await count.WhenDeliveredAsync();
            var paths = count.Paths.ToList();
            Assert.Contains("ticket-events", paths[0], StringComparison.Ordinal);
            Assert.Contains("$batch", paths[1], StringComparison.Ordinal);
            // Everything after these two belongs to the delivery, which starts once the caller has its answer.
            Assert.All(paths.Skip(2), path => Assert.Matches("[$]batch|Tickets|TicketLists|DueTimes|ticket-events", path));
            // The lists, the stream, the search index, the cursor, and the message that is taken back.
            Assert.Equal(2 + 6, paths.Count);
        }
    }

    [Fact]
    public async Task An_idempotency_key_costs_two_requests_more_before_the_answer()
    {
        // The first admin's key is known without storage, so that only the request itself is counted.
        await using var app = await fixture.StartFrozenAppAsync();
        using var desk = new Desk("main", DeskFixture.AdminKey, app.Address);
        async Task OpenAsync(string key) =>
            (
                await desk.PostAsync(
                    "/api/tickets",
                    new
                    {
                        subject = "Printer",
                        description = "d",
                        requester = new { email = "rita@example.com" },
                    },
                    ("Idempotency-Key", key)
                )
            ).Expect(201);

        // The very first one makes the tables.
        await OpenAsync("first");
        using var count = new StorageCount(app);
        await count.WhenDeliveredAsync();
        count.Reset();
        await OpenAsync("second");
        await count.WhenDeliveredAsync();
        Assert.Equal(["GET", "POST", "POST", "POST"], count.Paths.Take(4).Select(path => path.Split(' ')[0]));
        Assert.All(count.Paths.Take(2), path => Assert.Contains("IdempotencyKeys", path, StringComparison.Ordinal));
        Assert.Equal(2 + 8, count.Count);
    }
}
