using System.Text;
using System.Text.Json;
using Azure;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Helpdesk.Contacts;
using Helpdesk.Functions.Attachments;
using Helpdesk.Functions.Contacts;
using Helpdesk.Functions.Storage;

namespace Helpdesk.Functions.Intake;

/// <summary>
/// Erases people from what came in. A stored body cannot be anonymised and goes either way; the receipt itself, with its state and times, stays where
/// somebody is anonymised, and where somebody else sent it.
/// </summary>
/// <remarks>It finds receipts by the tickets and comments that they became, and by what stands in them.</remarks>
public sealed class ReceiptErasure(StorageClients storage, ErasureStore erasures, AttachmentStore attachments) : IHoldsPersonalData
{
    /// <summary>Receipts of one step: their bodies are read.</summary>
    private const int PageSize = 200;

    public string Name => "receipts";

    public int Place => 40;

    private TableClient Table => storage.Table(ReceiptStore.TableName);

    private BlobContainerClient Bodies => storage.Container(ReceiptStore.BodiesName);

    public async Task<ErasureStep> EraseAsync(ErasureOrder order, string? from, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(order);
        var noted = (await erasures.ReadNotedAsync(order, ErasureFind.Receipt, cancellationToken)).ToHashSet(StringComparer.Ordinal);
        var tickets = (await erasures.ReadNotedAsync(order, ErasureFind.Ticket, cancellationToken)).ToHashSet(StringComparer.Ordinal);
        var (rows, next) = await Table.ReadPageAsync(order.Workspace, from, cancellationToken, PageSize);
        var (erased, files) = (0L, 0L);
        foreach (var row in rows.Where(row => row.ContainsKey("State")))
        {
            var receipt = ReceiptStore.Read(row);
            var isTheirs = noted.Contains(receipt.Id) || (receipt.Ticket is { } ticket && receipt.Comment is null && tickets.Contains(ticket));
            if (!isTheirs && !row.TellsOf(order.Person) && !await IsInBlobAsync(row, receipt, order.Person, cancellationToken))
                continue;
            // What became nobody's ticket and names them is theirs, but for a mail: that may only have gone to them as well.
            isTheirs = isTheirs || receipt is { Ticket: null, Channel: not IntakeChannel.Email };
            var (changed, removed) = await EraseAsync(order, row, receipt, isTheirs, cancellationToken);
            (erased, files) = (erased + changed, files + removed);
        }

        return new(erased, next, files);
    }

    private async Task<bool> IsInBlobAsync(TableEntity row, Receipt receipt, ErasedPerson person, CancellationToken cancellationToken)
    {
        if (row.ContainsKey("Body"))
            return false;
        try
        {
            var body = (await Bodies.GetBlobClient(BlobName(receipt)).DownloadContentAsync(cancellationToken)).Value.Content;
            return body.ToMemory().Span.TellOf(person);
        }
        catch (RequestFailedException missing) when (missing.Status == 404)
        {
            return false;
        }
    }

    private async Task<(long Erased, long Files)> EraseAsync(
        ErasureOrder order,
        TableEntity row,
        Receipt receipt,
        bool isTheirs,
        CancellationToken cancellationToken
    )
    {
        var (erased, removed) = (0L, 0L);
        // Files that stand on the ticket or comment of somebody else stay there.
        var filesGo = isTheirs || receipt.Ticket is null;
        if (filesGo)
            removed = await attachments.RemoveAsync(order.Workspace, (receipt.Attachments ?? []).Select(file => file.Id), cancellationToken);
        if (await Bodies.GetBlobClient(BlobName(receipt)).DeleteIfExistsAsync(cancellationToken: cancellationToken))
            erased++;
        if (order.Deletes && isTheirs)
        {
            await Table.DeleteEntityAsync($"{order.Workspace}:failed", receipt.Id, ETag.All, cancellationToken);
            await Table.DeleteEntityAsync(row.PartitionKey, row.RowKey, ETag.All, cancellationToken);
            return (erased + 1, removed);
        }

        var emptied = receipt with
        {
            // What nobody has worked yet must not be tried without its words.
            State = receipt.State is ReceiptState.Received or ReceiptState.Failed ? ReceiptState.Ignored : receipt.State,
            Error = receipt.Error is { } error ? order.Person.Text(error, own: true) : null,
            Reason = receipt.Reason is { } reason ? order.Person.Text(reason, own: true) : null,
            Attachments = filesGo ? null : receipt.Attachments?.Select(file => file with { Name = order.Person.Text(file.Name, own: true) }).ToList(),
        };
        if (!row.ContainsKey("Body") && erased + removed == 0 && JsonSerializer.Serialize(emptied, ReceiptJson.Default.Receipt) == LongText.Read(row, "State"))
            return (0, 0);
        await Table.UpdateEntityAsync(ReceiptStore.Row(emptied), row.ETag, TableUpdateMode.Replace, cancellationToken);
        return (erased + 1, removed);
    }

    private static string BlobName(Receipt receipt) => $"{receipt.Workspace}/{receipt.Id}";
}
