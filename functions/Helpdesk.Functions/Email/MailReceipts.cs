using Helpdesk.Email;
using Helpdesk.Functions.Attachments;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Intake;
using Helpdesk.Functions.Tickets;

namespace Helpdesk.Functions.Email;

/// <summary>Makes tickets and comments of mails.</summary>
public sealed class MailReceipts(
    MailboxStore mailboxes,
    ReceiptStore receipts,
    TicketStore tickets,
    NumberStore numbers,
    MailThreads threads,
    AttachmentStore attachments,
    DirectoryStore directory,
    TimeProvider time
) : IReceiptHandler
{
    public IntakeChannel Channel => IntakeChannel.Email;

    public async Task<Receipt> HandleAsync(Receipt receipt, ReadOnlyMemory<byte> body, bool replay, CancellationToken cancellationToken)
    {
        var mail = MailReader.Read(receipt.ContentType, body);
        var mailbox = receipt.Mailbox is { } id ? await mailboxes.FindAsync(receipt.Workspace, id, cancellationToken) : null;
        return await OpenAsync(receipt, mail, mailbox, cancellationToken);
    }

    private async Task<Receipt> OpenAsync(Receipt receipt, ReceivedMail mail, Mailbox? mailbox, CancellationToken cancellationToken)
    {
        if (receipt.Number == 0)
        {
            // Noted before the ticket is there: whoever works the receipt again opens the same one.
            var number = await numbers.NextAsync(receipt.Workspace, cancellationToken);
            receipt = await receipts.TryKeepAsync(receipt with { Number = number }, cancellationToken) ?? throw new ReceiptMovedException(receipt.Id);
        }

        var files = new List<TicketAttachment>();
        foreach (var file in mail.Files)
        {
            var name = AttachmentStore.CleanName(file.Name);
            if (AttachmentStore.TypeOf(name) is not { } type)
                continue;
            var kept = await attachments.AddAsync(receipt.Workspace, $"receipt {receipt.Id}", name, type, file.Bytes, cancellationToken);
            files.Add(kept with { ContentId = file.ContentId });
        }

        var requester = new Requester(mail.From?.Email ?? "unknown@sender.invalid", mail.From?.Name);
        var draft = new TicketDraft
        {
            Subject = mail.Subject.Length > 0 ? mail.Subject : "(no subject)",
            Description = mail.Words,
            Requester = requester,
            Channel = receipt.Channel,
            Receipt = receipt.Id,
            Mailbox = mailbox?.Id,
            Group = mailbox?.Group is { } group ? await directory.FindGroupAsync(receipt.Workspace, group, cancellationToken) : null,
            Attachments = files,
        };
        var address = WebReceipts.AddressOf(receipt);
        var change = await tickets.OpenAsync(
            address,
            id => TicketRules.Open(id, address.Number, receipt.Workspace, draft, new(ActorKind.Requester, requester.Email, requester.Name), time.GetUtcNow()),
            cancellationToken
        );
        if (mail.MessageId is { } messageId)
            await threads.AddAsync(
                receipt.Workspace,
                new(messageId, change.Ticket.Id, receipt.ReceivedAt, Sent: false, requester.Email, mail.Subject),
                cancellationToken
            );
        return receipt with { State = ReceiptState.Processed, Ticket = change.Ticket.Id, Error = null, Reason = "new ticket" };
    }
}

/// <summary>Somebody else works the same receipt at this moment: the queued message tries again.</summary>
public sealed class ReceiptMovedException(string receipt) : Exception($"Receipt {receipt} was noted by somebody else meanwhile.");
