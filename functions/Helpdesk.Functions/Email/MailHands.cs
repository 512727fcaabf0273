using Helpdesk.Email;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Intake;

namespace Helpdesk.Functions.Email;

/// <summary>Reads a mail, and what it takes to judge it.</summary>
public sealed class MailHands(MailboxStore mailboxes, DirectoryStore directory, BlockedSenders blocked, DeskIdentity identity)
{
    public async Task<MailInHand> TakeAsync(Receipt receipt, ReadOnlyMemory<byte> body, bool replay, CancellationToken cancellationToken)
    {
        var workspace = receipt.Workspace;
        var mail = MailReader.Read(receipt.ContentType, body, await identity.IdAsync(cancellationToken));
        var all = await mailboxes.RememberAsync(workspace, cancellationToken);
        var own = receipt.Mailbox is { } id ? all.FirstOrDefault(one => one.Id == id) ?? await mailboxes.FindAsync(workspace, id, cancellationToken) : null;
        // One secret address may take in the mails of several mailboxes: the envelope tells whose it is.
        if (own is null || !IsTo(own, mail))
            own = all.FirstOrDefault(one => IsTo(one, mail)) ?? own;
        var agents = await directory.RememberAgentsAsync(workspace, cancellationToken);
        var hand = new MailInHand(
            own is null ? receipt : receipt with { Mailbox = own.Id },
            mail,
            own,
            await mailboxes.OwnAddressesAsync(workspace, cancellationToken),
            [.. agents.Where(agent => agent.Active)],
            replay
        );
        // What agents write is taken, whatever domain is blocked.
        return hand.Agent is null ? hand with { BlockedBy = await BlockedByAsync(workspace, mail, cancellationToken) } : hand;
    }

    /// <summary>What blocks the sender of a mail, or whom it wants answered in their place; null for nothing.</summary>
    private async ValueTask<string?> BlockedByAsync(string workspace, ReceivedMail mail, CancellationToken cancellationToken)
    {
        foreach (var person in mail.From is { } from ? mail.ReplyTo.Prepend(from) : mail.ReplyTo)
        {
            if (await blocked.FindReasonAsync(workspace, person.Email, cancellationToken) is { } reason)
                return reason;
        }

        return null;
    }

    private static bool IsTo(Mailbox mailbox, ReceivedMail mail) =>
        mail.Recipients.Any(recipient => recipient == mailbox.Address || PlusAddress.WithoutTag(recipient) == mailbox.Address);
}
