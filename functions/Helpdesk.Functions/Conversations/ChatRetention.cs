using Azure;
using Azure.Data.Tables;
using Helpdesk.Bot.Conversations;
using Helpdesk.Functions.Contacts;
using Helpdesk.Functions.Storage;

namespace Helpdesk.Functions.Conversations;

/// <summary>Web chats in which nobody has spoken for long. What was said on a ticket stays there.</summary>
public sealed class ChatRetention(StorageClients storage) : IKeptForAWhile
{
    private const int StepSize = 200;

    public string Name => "chats";

    private TableClient Table => storage.Table(ConversationStore.TableName);

    public DateTimeOffset? Before(RetentionSetting setting, DateTimeOffset now) => setting?.ChatsDays is { } days ? now.AddDays(-days) : null;

    public async Task<RetentionStep> ApplyAsync(
        string workspace,
        DateTimeOffset before,
        string run,
        bool dryRun,
        string? from,
        CancellationToken cancellationToken
    )
    {
        // Where a chat stands is written with every turn: when that was, storage knows.
        var (start, end) = (from ?? $"{workspace}:{ConversationAddress.OwnChat}:", $"{workspace}:{ConversationAddress.OwnChat};");
        var (count, looked) = (0L, 0);
        string? last = null;
        await foreach (
            var row in Table.QueryAsync<TableEntity>(
                TableClient.CreateQueryFilter($"PartitionKey gt {start} and PartitionKey lt {end} and Timestamp lt {before} and Lines ge {0L}"),
                StepSize,
                ["PartitionKey", "RowKey"],
                cancellationToken
            )
        )
        {
            looked++;
            last = row.PartitionKey;
            if (!dryRun)
                await RemoveAsync(row.PartitionKey, cancellationToken);
            count++;
            if (looked == StepSize)
                break;
        }

        return new(count, looked == StepSize ? last : null);
    }

    private async Task RemoveAsync(string place, CancellationToken cancellationToken)
    {
        await foreach (
            var row in Table.QueryAsync<TableEntity>(
                TableClient.CreateQueryFilter($"PartitionKey eq {place}"),
                select: ["PartitionKey", "RowKey"],
                cancellationToken: cancellationToken
            )
        )
            await Table.DeleteEntityAsync(row.PartitionKey, row.RowKey, ETag.All, cancellationToken);
    }
}
