using Azure.Data.Tables;

namespace Helpdesk.Functions.Tests.Tickets;

public sealed class TicketRowsTests(DeskFixture fixture)
{
    [Fact]
    public async Task No_row_key_lies_in_two_partitions()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var other = await fixture.OpenDeskAsync();
        foreach (var one in new[] { desk, other })
        {
            await one.OpenTicketAsync();
            await one.OpenTicketAsync();
            foreach (var number in new[] { 1, 2 })
                (await one.PostAsync($"/api/tickets/{number}/comments", new { body = "On my way" }, ("Idempotency-Key", "same"))).Expect(201);
        }

        await fixture.App.DeliveredAsync();
        var partitions = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var workspace in new[] { desk.Workspace, other.Workspace })
        {
            await foreach (
                var row in new TableClient(fixture.Storage, "Tickets").QueryAsync<TableEntity>(
                    TableClient.CreateQueryFilter($"PartitionKey gt {workspace + ":"} and PartitionKey lt {workspace + ";"}")
                )
            )
                Assert.True(partitions.TryAdd(row.RowKey, row.PartitionKey), $"{row.RowKey} lies in {row.PartitionKey} and in {partitions[row.RowKey]}.");
        }

        // Of each ticket: itself, what is delivered, its events (the answer opens it), a comment, an answer.
        Assert.Equal(4 * 7, partitions.Count);
    }

    [Fact]
    public async Task A_single_event_is_read_by_its_key()
    {
        await using var app = await RunningApp.StartAsync(fixture.Storage);
        using var desk = await fixture.OpenDeskAsync(app);
        await desk.OpenTicketAsync();
        (await desk.PostAsync("/api/tickets/1/assign", new { assignee = "me" })).Expect(200);
        await app.DeliveredAsync();
        using var count = new StorageCount(app);
        var tickets = (Functions.Tickets.TicketStore)app.Services.GetService(typeof(Functions.Tickets.TicketStore))!;
        var address = new Functions.Tickets.TicketAddress(desk.Workspace, 1);
        Assert.Equal(2, Assert.Single(await tickets.ReadEventsAsync(address, 1, 1, TestContext.Current.CancellationToken)).Seq);
        Assert.Empty(await tickets.ReadEventsAsync(address, 99, 1, TestContext.Current.CancellationToken));
        Assert.Equal(2, count.Count);
    }
}
