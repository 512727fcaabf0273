using Helpdesk.Attachments;
using Helpdesk.Functions.Attachments;

namespace Helpdesk.Functions.Intake;

/// <summary>Knows which files receipts name that are not done with: they can still become tickets.</summary>
public sealed class ReceiptsHoldFiles(ReceiptStore receipts) : IHoldsFiles
{
    public async Task<FileHold> HoldsAsync(StoredFile file, CancellationToken cancellationToken) =>
        file.Receipt is { } id
        && await receipts.FindAsync(file.Workspace, id, cancellationToken) is ({ State: not ReceiptState.Processed } receipt, _)
        && receipt.Attachments?.Any(named => named.Id == file.Id) == true
            ? FileHold.ForNow
            : FileHold.None;
}
