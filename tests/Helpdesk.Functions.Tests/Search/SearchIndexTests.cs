using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Azure.Data.Tables;
using Helpdesk.Functions.Events;
using Helpdesk.Functions.Search;
using Helpdesk.Functions.Storage;
using Helpdesk.Functions.Tests.Tickets;
using Helpdesk.Functions.Tickets;
using Helpdesk.Search;
using Helpdesk.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Helpdesk.Functions.Tests.Search;

public sealed class SearchIndexTests(DeskFixture fixture)
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private TableClient Table => fixture.App.Services.GetRequiredService<StorageClients>().Table(SearchIndexStore.TableName);

    [Fact]
    public async Task A_ticket_costs_one_request_when_it_is_opened_or_handed_around_and_two_when_its_words_change()
    {
        var without = await CostsAsync(indexed: false);
        var with = await CostsAsync(indexed: true);
        Assert.Equal([1, 1, 2, 2, 0], with.Zip(without, (one, other) => one - other));
        Assert.InRange(with[0], 1, 10);

        async Task<List<long>> CostsAsync(bool indexed)
        {
            await using var app = await RunningApp.StartAsync(
                fixture.Storage,
                builder =>
                {
                    builder.Services.AddSingleton<TimeProvider>(new FakeTimeProvider(TimeProvider.System.GetUtcNow()));
                    builder.WithoutMails();
                    if (!indexed)
                        builder.Services.Remove(builder.Services.Single(service => service.ImplementationType == typeof(IndexTickets)));
                }
            );
            using var desk = await fixture.OpenDeskAsync(app);
            await desk.OpenTicketAsync();
            using var count = new StorageCount(app);
            var costs = new List<long>();
            var id = (await CostOfAsync(() => desk.OpenTicketAsync("VPN"))).Json["id"]!.GetValue<string>();
            var other = (await desk.OpenTicketAsync("WLAN")).Json["id"]!.GetValue<string>();
            await CostOfAsync(() => desk.PatchAsync($"/api/tickets/{id}", new { priority = "high" }));
            await CostOfAsync(() => desk.PostAsync($"/api/tickets/{id}/comments", new { body = "Try it again", visibility = "public" }));
            await CostOfAsync(() => desk.PostAsync($"/api/tickets/{id}/resolve", new { resolution = "Restarted" }));
            await CostOfAsync(() => desk.PostAsync($"/api/tickets/{id}/link", new { to = other, kind = "related" }));
            return costs;

            async Task<Answer> CostOfAsync(Func<Task<Answer>> request)
            {
                await count.WhenDeliveredAsync();
                count.Reset();
                var answer = await request();
                Assert.InRange(answer.Status, 200, 201);
                costs.Add(await count.WhenDeliveredAsync());
                return answer;
            }
        }
    }

    [Fact]
    public async Task A_query_asks_for_as_much_among_five_thousand_tickets_as_among_one_thousand()
    {
        await using var app = await fixture.StartFrozenAppAsync();
        using var desk = await fixture.OpenDeskAsync(app);
        var store = app.Services.GetRequiredService<SearchIndexStore>();
        using var count = new StorageCount(app);
        var costs = new List<long>();
        var filled = 0;
        foreach (var tickets in new[] { 1_000, 5_000 })
        {
            while (filled < tickets)
            {
                await store.PutAsync(desk.Workspace, [.. Enumerable.Range(filled + 1, 500).SelectMany(number => Documents(number))], Cancelled);
                filled += 500;
                Assert.True(await store.FlushAsync(desk.Workspace, 1, purge: false, Cancelled));
            }

            var (index, waiting) = await store.FindAsync(desk.Workspace, Cancelled);
            Assert.Equal((tickets, 0), (index.Segments.Sum(segment => segment.Tickets), waiting));
            // Which documents the newer segments have is remembered, once it was read.
            await desk.GetAsync("/api/search?q=first");
            foreach (var query in new[] { "printer", "printer room7", "\"printer in room7\" status:open -word3", "prin*" })
            {
                count.Reset();
                var found = (await desk.GetAsync($"/api/search?limit=5&type=tickets&q={Uri.EscapeDataString(query)}")).Expect(200).Json;
                var ranges = new SearchPlan(SearchQuery.Read(query).Query!).Ranges().Count;
                // One for what is new, one for each range and segment, and the five tickets of the page; the synonyms are read again every few seconds.
                var asked = 1 + (ranges * index.Segments.Count) + 5;
                Assert.InRange(count.Count, asked, asked + 1);
                Assert.InRange(index.Segments.Count, 1, 3);
                Assert.True(found["tickets"]!.GetValue<int>() >= 5);
                Assert.False(found["approximate"]!.GetValue<bool>());
                costs.Add(count.Count);
            }
        }

        Assert.All(costs, cost => Assert.InRange(cost, 7, 30));
    }

    [Fact]
    public async Task Messages_that_come_twice_change_nothing()
    {
        using var desk = await fixture.OpenDeskAsync();
        var ticket = await desk.OpenTicketAsync("Toner is empty");
        await desk.PostAsync($"/api/tickets/{ticket.Json["id"]}/comments", new { body = "Ordered at the supplier", visibility = "public" });
        await fixture.App.DeliveredAsync();
        var number = ticket.Json["number"]!.GetValue<long>();
        var before = await RowsAsync(desk);
        var found = await fixture.App.Services.GetRequiredService<TicketStore>().FindAsync(new(desk.Workspace, number), Cancelled);
        var events = await fixture.App.Services.GetRequiredService<TicketStore>().ReadEventsAsync(TicketAddress.Of(found!), 0, 10, Cancelled);
        var subscriber = fixture.App.Services.GetServices<IEventSubscriber>().OfType<IndexTickets>().Single();
        for (var again = 0; again < 2; again++)
        {
            await subscriber.TakeAsync(found!, events, Cancelled);
            await fixture.App.InvokeAsync(
                nameof(DispatchTicketEvents),
                $$"""{"workspace":"{{desk.Workspace}}","number":{{number}},"upTo":{{found!.Version}},"sentAt":"2026-01-01T00:00:00.000Z","sender":"x"}"""
            );
        }

        Assert.Equal(1, Tickets(await FindAsync(desk, "toner supplier")));
        for (var again = 0; again < 2; again++)
            await fixture.App.InvokeAsync(nameof(WorkSearch), $$"""{"workspace":"{{desk.Workspace}}","work":"flush"}""");
        Assert.Equal(1, Tickets(await FindAsync(desk, "toner supplier")));
        Assert.InRange((await RowsAsync(desk)).Count, before.Count, before.Count + 2);
    }

    [Fact]
    public async Task A_process_that_dies_at_any_write_of_a_segment_loses_and_leaves_nothing()
    {
        using var desk = await fixture.OpenDeskAsync();
        await using var mortal = await MortalApp.StartAsync(fixture.Storage, SearchIndexStore.TableName);
        var dying = mortal.App.Services.GetRequiredService<SearchIndexStore>();
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        var living = new SearchIndexStore(fixture.App.Services.GetRequiredService<StorageClients>(), time);
        for (var writes = 0; ; writes++)
        {
            // A word of each round: what was there before must be there after.
            for (var more = 0; more < 3; more++)
                await living.PutAsync(desk.Workspace, [.. Documents((writes * 3) + more + 1, $"round{writes}")], Cancelled);
            mortal.DieAfter(writes);
            var died = false;
            try
            {
                await dying.FlushAsync(desk.Workspace, 1, purge: true, Cancelled);
            }
            catch (InvalidOperationException)
            {
                died = true;
            }

            mortal.Revive();
            await EverythingIsFoundAsync(writes);
            time.Advance(TimeSpan.FromMinutes(3));
            Assert.True(await living.FlushAsync(desk.Workspace, 1, purge: false, Cancelled));
            await EverythingIsFoundAsync(writes);
            time.Advance(TimeSpan.FromMinutes(3));
            Assert.True(await living.FlushAsync(desk.Workspace, 1, purge: false, Cancelled));
            var (index, waiting) = await living.FindAsync(desk.Workspace, Cancelled);
            Assert.Equal(0, waiting);
            var segments = (await RowsAsync(desk))
                .Select(row => row.PartitionKey)
                .Distinct()
                .Where(partition => partition.Contains(":segment-", StringComparison.Ordinal));
            Assert.Equal(index.Segments.Select(segment => SearchRows.SegmentPartition(desk.Workspace, segment.Id)).Order(), segments.Order());
            if (!died)
            {
                Assert.True(writes >= 5, $"A segment has more than {writes} writes.");
                return;
            }
        }

        async Task EverythingIsFoundAsync(int upTo)
        {
            var query = new SearchPlan(SearchQuery.Read("printer").Query!);
            var reading = await living.ReadAsync(desk.Workspace, query.Ranges(), Cancelled);
            Assert.Equal((upTo + 1) * 3, new SearchRanking(query, reading.Parts, reading.Tickets, SearchFields.All).Run().Hits.Count);
            for (var round = 0; round <= upTo; round++)
            {
                query = new(SearchQuery.Read($"round{round} status:open").Query!);
                reading = await living.ReadAsync(desk.Workspace, query.Ranges(), Cancelled);
                Assert.Equal(3, new SearchRanking(query, reading.Parts, reading.Tickets, SearchFields.All).Run().Hits.Count);
            }
        }
    }

    [Fact]
    public async Task An_older_document_that_comes_late_takes_the_place_of_none()
    {
        using var desk = await fixture.OpenDeskAsync();
        var store = fixture.App.Services.GetRequiredService<SearchIndexStore>();
        await store.PutAsync(desk.Workspace, [new SearchDocument.Words(7, 3).Add(SearchField.Subject, "newest").Build()], Cancelled);
        await store.PutAsync(desk.Workspace, [new SearchDocument.Words(7, 2).Add(SearchField.Subject, "older").Build()], Cancelled);
        Assert.Equal((1, 0), (await CountAsync("newest"), await CountAsync("older")));
        await store.FlushAsync(desk.Workspace, 1, purge: false, Cancelled);
        await store.PutAsync(desk.Workspace, [new SearchDocument.Words(7, 1).Add(SearchField.Subject, "oldest").Build()], Cancelled);
        await store.FlushAsync(desk.Workspace, 1, purge: false, Cancelled);
        Assert.Equal((1, 0, 0), (await CountAsync("newest"), await CountAsync("older"), await CountAsync("oldest")));

        async Task<int> CountAsync(string word)
        {
            var plan = new SearchPlan(SearchQuery.Read(word).Query!);
            var reading = await store.ReadAsync(desk.Workspace, plan.Ranges(), Cancelled);
            return new SearchRanking(plan, reading.Parts, reading.Tickets, SearchFields.All).Run().Hits.Count;
        }
    }

    [Fact]
    public async Task A_desk_that_was_there_before_is_indexed_by_rebuilding_also_twice()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var agent = await desk.WithRoleAsync("agent");
        for (var i = 0; i < 12; i++)
        {
            var ticket = await desk.OpenTicketAsync($"Cable {i} is loose");
            await desk.PostAsync($"/api/tickets/{ticket.Json["id"]}/comments", new { body = $"Plugged in by hand, socket{i}", visibility = "public" });
        }

        await fixture.App.DeliveredAsync();
        foreach (var row in await RowsAsync(desk))
            await Table.DeleteEntityAsync(row.PartitionKey, row.RowKey, cancellationToken: Cancelled);
        Assert.Equal(0, Tickets(await FindAsync(desk, "cable")));
        Assert.Equal(403, (await agent.PostAsync("/api/operations/search/rebuild")).Status);

        for (var again = 0; again < 2; again++)
        {
            (await desk.PostAsync("/api/operations/search/rebuild")).Expect(202);
            await Until.TrueAsync(
                async () => (await desk.GetAsync("/api/operations/search")).Expect(200).Json["rebuild"]!["finishedAt"] is not null,
                "the index is rebuilt"
            );
            Assert.Equal(12, (await desk.GetAsync("/api/operations/search")).Json["rebuild"]!["tickets"]!.GetValue<int>());
            Assert.Equal(12, Tickets(await FindAsync(desk, "cable")));
            Assert.Equal(1, Tickets(await FindAsync(desk, "socket7 status:new,open")));
        }

        // Its messages may come again.
        await fixture.App.InvokeAsync(nameof(WorkSearch), $$"""{"workspace":"{{desk.Workspace}}","work":"rebuild","rebuild":"0123456789"}""");
        Assert.Equal(12, Tickets(await FindAsync(desk, "cable")));
    }

    [Fact]
    public async Task Nothing_of_somebody_who_was_erased_stays_in_any_row()
    {
        using var desk = await fixture.OpenDeskAsync();
        var name = $"Quintana{Guid.NewGuid():N}"[..20].ToLowerInvariant();
        var email = $"{name}@erased.example";
        await desk.PostAsync(
            "/api/tickets",
            new
            {
                subject = $"Word of {name}",
                description = $"I am {name}.",
                requester = new { email, name = $"Ines {name}" },
            }
        );
        var other = await desk.OpenTicketAsync("Another one");
        await desk.PostAsync($"/api/tickets/{other.Json["id"]}/comments", new { body = $"Ask {email} about it", visibility = "internal" });
        await fixture.App.DeliveredAsync();
        await fixture.App.Services.GetRequiredService<SearchIndexStore>().FlushAsync(desk.Workspace, 1, purge: false, Cancelled);
        Assert.Equal(2, Tickets(await FindAsync(desk, name)));
        Assert.NotEmpty(await RowsWithAsync(desk, name));

        var contact = (await desk.GetAsync($"/api/contacts?search={name}")).Json["items"]![0]!["id"]!.GetValue<string>();
        var erasure = (await desk.PostAsync($"/api/contacts/{contact}/erase", new { mode = "anonymised", reason = "Asked" })).Expect(202).Json["id"];
        await Until.TrueAsync(async () => (await desk.GetAsync($"/api/erasures/{erasure}")).Json["state"]!.GetValue<string>() == "done", "it is erased");
        await fixture.App.DeliveredAsync();

        Assert.Equal(0, Tickets(await FindAsync(desk, name)));
        Assert.Empty(await RowsWithAsync(desk, name));
        Assert.Equal(1, Tickets(await FindAsync(desk, "another")));
    }

    private static IEnumerable<SearchDocument> Documents(int number, string more = "")
    {
        var text = string.Join(' ', Enumerable.Range(0, 12).Select(i => $"word{(number * 31 + i * 17) % 997}"));
        yield return new SearchDocument.Words(number, 1)
            .Add(SearchField.Subject, $"Printer in room{number % 50} {more}")
            .Add(SearchField.Description, text)
            .Build();
        yield return new SearchDocument.Facts(number, 1).Add("status", "open").Build();
    }

    private static long Tickets(JsonNode answer) => answer["tickets"]!.GetValue<long>();

    private static async Task<JsonNode> FindAsync(Desk desk, string query) =>
        (await desk.GetAsync($"/api/search?type=tickets&q={Uri.EscapeDataString(query)}")).Expect(200).Json;

    private async Task<List<TableEntity>> RowsAsync(Desk desk)
    {
        var (start, end) = ($"{desk.Workspace}:", $"{desk.Workspace};");
        var rows = new List<TableEntity>();
        await foreach (var row in Table.QueryAsync<TableEntity>(TableClient.CreateQueryFilter($"PartitionKey ge {start} and PartitionKey lt {end}")))
            rows.Add(row);
        return rows;
    }

    private async Task<List<string>> RowsWithAsync(Desk desk, string word) =>
        [
            .. (await RowsAsync(desk))
                .Where(row =>
                    row.RowKey.Contains(word, StringComparison.Ordinal)
                    || row.Select(column => column.Value)
                        .OfType<byte[]>()
                        .Any(bytes => Encoding.UTF8.GetString(bytes).Contains(word, StringComparison.Ordinal))
                )
                .Select(row => row.RowKey),
        ];
}
