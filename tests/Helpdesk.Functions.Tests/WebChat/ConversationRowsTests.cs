using Azure.Data.Tables;

namespace Helpdesk.Functions.Tests.WebChat;

public sealed class ConversationRowsTests(DeskFixture fixture)
{
    [Fact]
    public async Task No_row_key_lies_in_two_partitions()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var chat = await WebChat.BeginAsync(desk, fixture.App.Address);
        using var other = await WebChat.BeginAsync(desk, fixture.App.Address);
        await chat.ReportsAsync();
        await other.ReportsAsync();
        await fixture.App.DeliveredAsync();
        var partitions = new Dictionary<string, string>(StringComparer.Ordinal);
        await foreach (
            var row in new TableClient(fixture.Storage, "Conversations").QueryAsync<TableEntity>(
                TableClient.CreateQueryFilter($"PartitionKey gt {desk.Workspace + ":"} and PartitionKey lt {desk.Workspace + ";"}")
            )
        )
            Assert.True(partitions.TryAdd(row.RowKey, row.PartitionKey), $"{row.RowKey} lies in {row.PartitionKey} and in {partitions[row.RowKey]}.");
        Assert.Equal(2, partitions.Values.Distinct().Count());
    }
}
