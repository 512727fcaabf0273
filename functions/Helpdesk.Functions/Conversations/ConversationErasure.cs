using System.Text.RegularExpressions;
using Azure;
using Azure.Data.Tables;
using Helpdesk.Bot.Conversations;
using Helpdesk.Functions.Attachments;
using Helpdesk.Functions.Contacts;
using Helpdesk.Functions.Storage;

namespace Helpdesk.Functions.Conversations;

/// <summary>Erases the chats of people. A transcript cannot be anonymised: a web chat goes as a whole, with the files that were sent in it.</summary>
/// <remarks>In a channel of several people only what is theirs goes: where their talk with the bot stands, and what is still to be said to them.</remarks>
public sealed partial class ConversationErasure(StorageClients storage, ErasureStore erasures, AttachmentStore attachments) : IHoldsPersonalData
{
    public string Name => "conversations";

    public int Place => 50;

    private TableClient Table => storage.Table(ConversationStore.TableName);

    public async Task<ErasureStep> EraseAsync(ErasureOrder order, string? from, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(order);
        var chats = (await erasures.ReadNotedAsync(order, ErasureFind.Chat, cancellationToken)).Select(ConversationAddress.Parse).ToList();
        var (rows, next) = await Table.ReadPageAsync(order.Workspace, from, cancellationToken);
        var (erased, files) = (0L, 0L);
        foreach (var place in rows.GroupBy(row => row.PartitionKey, StringComparer.Ordinal))
        {
            var theirs = chats.Where(chat => chat.Place == place.Key).ToList();
            var isOwnChat = new ConversationAddress(place.Key).Channel == ConversationAddress.OwnChat;
            if (isOwnChat && (theirs.Count > 0 || place.Any(row => row.TellsOf(order.Person))))
            {
                // Once the line is gone that tells of them, nothing else says that the rest is theirs.
                if (theirs.Count == 0)
                    await erasures.NoteAsync(order, ErasureFind.Chat, place.Key, cancellationToken);
                var (removed, removedFiles) = await RemoveAllAsync(order, place.Key, cancellationToken);
                (erased, files) = (erased + removed, files + removedFiles);
            }
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

        return new(erased, next, files);
    }

    private async Task<(long Erased, long Files)> RemoveAllAsync(ErasureOrder order, string place, CancellationToken cancellationToken)
    {
        var (erased, removed) = (0L, 0L);
        await foreach (
            var row in Table.QueryAsync<TableEntity>(TableClient.CreateQueryFilter($"PartitionKey eq {place}"), cancellationToken: cancellationToken)
        )
        {
            var files = FileAddress().Matches(LongText.Read(row, "Line")).Select(file => file.Groups["id"].Value);
            removed += await attachments.RemoveAsync(order.Workspace, files.ToList(), cancellationToken);
            erased += await RemoveAsync([row], cancellationToken);
        }

        return (erased, removed);
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
