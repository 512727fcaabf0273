using Helpdesk.Email;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Tickets;

namespace Helpdesk.Functions.Email;

/// <summary>Tells the agents of a ticket, once, that somebody who is helped cannot be reached by mail.</summary>
public sealed class UnreachablePeople(TicketStore tickets, TimeProvider time)
{
    /// <param name="mail">The mail that does not reach them.</param>
    /// <param name="reason">Why, as a sentence.</param>
    public async Task NoteAsync(Mail mail, string reason, CancellationToken cancellationToken)
    {
        if (mail.Ticket is null || mail.Agent is not null)
            return;
        var words = $"{mail.To} cannot be reached by mail: {reason} Mails there are suppressed until an agent lifts that.";
        try
        {
            await tickets.ChangeAsync(
                new TicketAddress(mail.Workspace, mail.Number, mail.Ticket),
                IfMatch.Any,
                Idempotency.Of("unreachable-by-mail", mail.To.ToLowerInvariant()),
                (ticket, _) => new(TicketRules.Comment(ticket, words, CommentVisibility.Internal, Actor.System, time.GetUtcNow())),
                cancellationToken
            );
        }
        catch (HelpdeskRuleException closed) when (closed.Code == "ticket-closed")
        {
            // Nobody works on it any more; the outbox says it as well.
        }
    }
}

/// <summary>Suppresses addresses of which mail servers report that they will never take mail.</summary>
public sealed class SuppressUndeliverable(MailSuppressions suppressions) : IUndeliverable
{
    public Task NoteAsync(string workspace, UndeliverableAddress address, CancellationToken cancellationToken)
    {
        var said = string.Join(' ', new[] { address.Status, address.Reason }.OfType<string>());
        return suppressions.AddAsync(
            workspace,
            address.Email,
            said.Length == 0 ? "A mail server reports that it takes no mail." : $"A mail server reports that it takes no mail: {said}",
            "delivery-report",
            cancellationToken
        );
    }
}
