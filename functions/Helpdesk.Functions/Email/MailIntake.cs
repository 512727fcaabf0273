using Helpdesk.Email;
using Helpdesk.Functions.Intake;

namespace Helpdesk.Functions.Email;

/// <summary>Stores mails as receipts, before anybody is told that they have arrived.</summary>
public sealed class MailIntake(ReceiptStore receipts, TimeProvider time)
{
    /// <summary>Keeps a mail as it came; it is worked a moment later.</summary>
    /// <param name="contentType">The type of <paramref name="body"/>: <c>message/rfc822</c>, or the form that a relay posted, with its boundary.</param>
    /// <param name="id">The id of the receipt, where the same mail may be kept twice: it then is one receipt. Null makes a new one.</param>
    /// <param name="arrivedAt">When the server that it is fetched from took it in; null where it came straight here.</param>
    public async Task<Receipt> KeepAsync(
        string workspace,
        Mailbox mailbox,
        string contentType,
        ReadOnlyMemory<byte> body,
        string? id,
        DateTimeOffset? arrivedAt,
        CancellationToken cancellationToken
    )
    {
        var now = time.GetUtcNow();
        var receipt = new Receipt
        {
            Id = id ?? ReceiptStore.NewId(now),
            Workspace = workspace,
            Channel = IntakeChannel.Email,
            ReceivedAt = now,
            ArrivedAt = arrivedAt,
            State = ReceiptState.Received,
            // Most mails answer something: a number is taken when a ticket is opened, and noted here before that.
            Number = 0,
            Attempts = 0,
            ContentType = contentType,
            Mailbox = mailbox.Id,
        };
        await receipts.AddAsync(receipt, body, cancellationToken);
        return receipt;
    }
}
