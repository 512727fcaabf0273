using Helpdesk.Email;
using Helpdesk.Functions.Intake;
using Helpdesk.Functions.Tickets;

namespace Helpdesk.Functions.Email;

/// <summary>An address that will never take mail, as a mail server reports.</summary>
/// <param name="Email">The address in lower case.</param>
/// <param name="Status">The enhanced status code, such as <c>5.1.1</c>; null where it is not told.</param>
/// <param name="Reason">What the server said, on one line; null where it said nothing.</param>
/// <param name="Ticket">Id of the ticket of the mail that came back.</param>
public sealed record UndeliverableAddress(string Email, string? Status, string? Reason, string Ticket, DateTimeOffset At);

/// <summary>Is told of addresses that will never take mail.</summary>
public interface IUndeliverable
{
    /// <summary>Notes such an address; told twice, it is noted once.</summary>
    Task NoteAsync(string workspace, UndeliverableAddress address, CancellationToken cancellationToken);
}

/// <summary>Brings reports of mail servers to the tickets of the mails that they are about.</summary>
public sealed class MailDeliveryReports(MailThreads threads, MailTickets place, IEnumerable<IUndeliverable> told)
{
    /// <summary>Notes the report on its ticket; null when it is about no mail of ours.</summary>
    public async Task<Receipt?> TakeAsync(MailInHand hand, DeliveryReport report, CancellationToken cancellationToken)
    {
        var workspace = hand.Receipt.Workspace;
        // Anybody can write such a report: it counts only where it is about a mail that the desk sent.
        if (
            report.MessageId is null
            || await threads.FindAsync(workspace, report.MessageId, cancellationToken) is not { Sent: true } sent
            || TicketAddress.Parse(workspace, sent.Ticket) is not { } address
        )
            return null;
        var recipient = report.Recipient ?? sent.Person;
        var words = $"The mail to {recipient} was not delivered{Said(report)}" + (report.Permanent ? " The address takes no mail." : "");
        var noted = await place.NoteAsync(hand, address, "report", _ => words, [], cancellationToken);
        if ((noted.Done?.Ticket ?? noted.Closed) is not { } ticket)
            return null;
        if (report.Permanent && (People.Same(recipient, sent.Person) || People.ByEmail(ticket, recipient) is not null))
        {
            var undeliverable = new UndeliverableAddress(recipient.ToLowerInvariant(), report.Status, report.Reason, ticket.Id, hand.Receipt.ReceivedAt);
            foreach (var one in told)
                await one.NoteAsync(workspace, undeliverable, cancellationToken);
        }

        var what = report.Permanent ? "permanent failure" : "temporary failure";
        var outcome = noted.Done ?? new(ticket, null, "nothing");
        return outcome.On(hand.Receipt, $"delivery report ({what}{(report.Status is { } status ? $" {status}" : "")}) of a mail of that ticket");
    }

    private static string Said(DeliveryReport report)
    {
        var said = string.Join(' ', new[] { report.Status, report.Reason }.OfType<string>());
        return said.Length > 0 ? $": {said}." : ".";
    }
}
