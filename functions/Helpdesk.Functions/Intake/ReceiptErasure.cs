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
/// somebody is anonymised.
/// </summary>
/// <remarks>It finds receipts by the tickets and comments that they became, and by what stands in them.</remarks>
public sealed class ReceiptErasure(StorageClients storage, ErasureStore erasures) : IHoldsPersonalData
{
    /// <summary>Receipts of one step: their bodies are read.</summary>
    private const int PageSize = 200;

    public string Name => "receipts";

    public int Place => 40;

    private TableClient Table => storage.Table(ReceiptStore.TableName);

    private BlobContainerClient Bodies => storage.Container(ReceiptStore.BodiesName);

    private BlobContainerClient Files => storage.Container(AttachmentStore.ContainerName);

    public async Task<ErasureStep> EraseAsync(ErasureOrder order, string? from, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(order);
        var noted = (await erasures.ReadNotedAsync(order, ErasureFind.Receipt, cancellationToken)).ToHashSet(StringComparer.Ordinal);
        var tickets = (await erasures.ReadNotedAsync(order, ErasureFind.Ticket, cancellationToken)).ToHashSet(StringComparer.Ordinal);
        var (rows, next) = await Table.ReadPageAsync(order.Workspace, from, cancellationToken, PageSize);
        var erased = 0L;
        foreach (var row in rows.Where(row => row.ContainsKey("State")))
        {
            var receipt = ReceiptStore.Read(row);
            var isTheirs = noted.Contains(receipt.Id) || (receipt.Ticket is { } ticket && receipt.Comment is null && tickets.Contains(ticket));
            if (isTheirs || row.TellsOf(order.Person) || await IsInBlobAsync(row, receipt, order.Person, cancellationToken))
                erased += await EraseAsync(order, row, receipt, cancellationToken);
        }

        return new(erased, next);
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

    private async Task<long> EraseAsync(ErasureOrder order, TableEntity row, Receipt receipt, CancellationToken cancellationToken)
    {
        var erased = 0L;
        foreach (var file in receipt.Attachments ?? [])
        {
            if (await Files.GetBlobClient($"{order.Workspace}/{file.Id}").DeleteIfExistsAsync(cancellationToken: cancellationToken))
                erased++;
        }

        if (await Bodies.GetBlobClient(BlobName(receipt)).DeleteIfExistsAsync(cancellationToken: cancellationToken))
            erased++;
        if (order.Deletes)
        {
            await Table.DeleteEntityAsync($"{order.Workspace}:failed", receipt.Id, ETag.All, cancellationToken);
            await Table.DeleteEntityAsync(row.PartitionKey, row.RowKey, ETag.All, cancellationToken);
            return erased + 1;
        }

        var emptied = receipt with
        {
            // What nobody has worked yet must not be tried without its words.
            State = receipt.State is ReceiptState.Received or ReceiptState.Failed ? ReceiptState.Ignored : receipt.State,
            Error = receipt.Error is { } error ? order.Person.Text(error, own: true) : null,
            Reason = receipt.Reason is { } reason ? order.Person.Text(reason, own: true) : null,
            Attachments = null,
        };
        if (!row.ContainsKey("Body") && erased == 0 && JsonSerializer.Serialize(emptied, ReceiptJson.Default.Receipt) == LongText.Read(row, "State"))
            return 0;
        await Table.UpdateEntityAsync(ReceiptStore.Row(emptied), row.ETag, TableUpdateMode.Replace, cancellationToken);
        return erased + 1;
    }

    private static string BlobName(Receipt receipt) => $"{receipt.Workspace}/{receipt.Id}";
}
