using System.Text.RegularExpressions;
using Azure;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Helpdesk.Bot.Conversations;
using Helpdesk.Functions.Attachments;
using Helpdesk.Functions.Contacts;
using Helpdesk.Functions.Storage;

namespace Helpdesk.Functions.Conversations;

/// <summary>Erases the chats of people. A transcript cannot be anonymised: a web chat goes as a whole, with the files that were sent in it.</summary>
/// <remarks>In a channel of several people only what is theirs goes: where their talk with the bot stands, and what is still to be said to them.</remarks>
public sealed partial class ConversationErasure(StorageClients storage, ErasureStore erasures) : IHoldsPersonalData
{
    public string Name => "conversations";

    public int Place => 50;

    private TableClient Table => storage.Table(ConversationStore.TableName);

    private BlobContainerClient Files => storage.Container(AttachmentStore.ContainerName);

    public async Task<ErasureStep> EraseAsync(ErasureOrder order, string? from, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(order);
        var chats = (await erasures.ReadNotedAsync(order, ErasureFind.Chat, cancellationToken)).Select(ConversationAddress.Parse).ToList();
        var (rows, next) = await Table.ReadPageAsync(order.Workspace, from, cancellationToken);
        var erased = 0L;
        foreach (var place in rows.GroupBy(row => row.PartitionKey, StringComparer.Ordinal))
        {
            var theirs = chats.Where(chat => chat.Place == place.Key).ToList();
            var isOwnChat = new ConversationAddress(place.Key).Channel == ConversationAddress.OwnChat;
            if (isOwnChat && (theirs.Count > 0 || place.Any(row => row.TellsOf(order.Person))))
                erased += await RemoveAllAsync(order, place.Key, cancellationToken);
            else if (!isOwnChat)
                erased += await RemoveAsync(
                    place.Where(row =>
                        row.TellsOf(order.Person)
                        || theirs.Any(chat =>
                            row.RowKey == ConversationRows.StateKey(place.Key, chat.Person)
                            || (chat.Person.Length == 0 && row.RowKey.StartsWith(ConversationRows.OutboxStart(place.Key), StringComparison.Ordinal))
                        )
                    ),
                    cancellationToken
                );
        }

        return new(erased, next);
    }

    private async Task<long> RemoveAllAsync(ErasureOrder order, string place, CancellationToken cancellationToken)
    {
        var erased = 0L;
        await foreach (
            var row in Table.QueryAsync<TableEntity>(TableClient.CreateQueryFilter($"PartitionKey eq {place}"), cancellationToken: cancellationToken)
        )
        {
            foreach (Match file in FileAddress().Matches(LongText.Read(row, "Line")))
            {
                if (await Files.GetBlobClient($"{order.Workspace}/{file.Groups["id"].Value}").DeleteIfExistsAsync(cancellationToken: cancellationToken))
                    erased++;
            }

            erased += await RemoveAsync([row], cancellationToken);
        }

        return erased;
    }

    private async Task<long> RemoveAsync(IEnumerable<TableEntity> rows, CancellationToken cancellationToken)
    {
        var erased = 0L;
        foreach (var row in rows)
        {
            await Table.DeleteEntityAsync(row.PartitionKey, row.RowKey, ETag.All, cancellationToken);
            erased++;
        }

        return erased;
    }

    [GeneratedRegex("/api/directline/files/[a-z0-9-]+/(?<id>[a-z0-9]{26})", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex FileAddress();
}
