using System.Text.Json;
using Azure.Data.Tables;
using Helpdesk.Attachments;
using Helpdesk.Bot.Conversations;
using Helpdesk.Functions.Attachments;
using Helpdesk.Functions.Storage;

namespace Helpdesk.Functions.Conversations;

/// <summary>Knows which files stand in drafts of chats: their people may come back and finish them.</summary>
public sealed class ConversationsHoldFiles(StorageClients storage) : IHoldsFiles
{
    public async Task<FileHold> HoldsAsync(StoredFile file, CancellationToken cancellationToken)
    {
        if (!file.Place.StartsWith($"{file.Workspace}:", StringComparison.Ordinal))
            return FileHold.None;
        var (from, end) = (ConversationRows.StateKey(file.Place), ConversationRows.StatesEnd(file.Place));
        await foreach (
            var row in storage
                .Table(ConversationStore.TableName)
                .QueryAsync<TableEntity>(
                    TableClient.CreateQueryFilter($"PartitionKey eq {file.Place} and RowKey ge {from} and RowKey lt {end}"),
                    cancellationToken: cancellationToken
                )
        )
        {
            var state = JsonSerializer.Deserialize(LongText.Read(row, "State"), ChatJson.Stored.ChatState);
            if (state?.Draft?.Files?.Any(drafted => drafted.Id == file.Id) == true)
                return FileHold.ForNow;
        }

        return FileHold.None;
    }
}
