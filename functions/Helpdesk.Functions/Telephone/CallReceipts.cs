using Helpdesk.Functions.Contacts;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Intake;
using Helpdesk.Intake;
using Helpdesk.Telephone;

namespace Helpdesk.Functions.Telephone;

/// <summary>Logs the calls that telephone systems report.</summary>
/// <remarks>Everything may be done again from the start: a report changes its call once, and the call stands on its ticket once.</remarks>
public sealed class CallReceipts(CallStore calls, CallTickets tickets, CallReaders readers, ContactSettings contacts, DirectoryStore directory)
    : IReceiptHandler
{
    public IntakeChannel Channel => IntakeChannel.Phone;

    public async Task<Receipt> HandleAsync(Receipt receipt, ReadOnlyMemory<byte> body, bool replay, CancellationToken cancellationToken)
    {
        var (report, group) = await readers.ReadAsync(receipt, body, cancellationToken);
        if (report is null)
            return receipt with { State = ReceiptState.Ignored, Error = "It tells nothing of a call." };
        var known = await KnownAsync(receipt, report, cancellationToken);
        var call = await calls.ChangeAsync(
            receipt.Workspace,
            known.Id,
            before => CallRules.With(before is null ? known : Filled(before, known), report, receipt.Id, receipt.ReceivedAt),
            cancellationToken
        );
        var done = receipt with { State = ReceiptState.Processed, Error = null };
        if (call.Outcome == CallOutcome.Ringing)
        {
            await calls.ListAsync(call, cancellationToken);
            return done with { Reason = "the call has begun; what comes of it is told later" };
        }

        (call, var comment) = await tickets.LogAsync(call, receipt, group, cancellationToken);
        await calls.ListAsync(call, cancellationToken);
        return call.Ticket is null
            ? done with
            {
                Reason = "nobody answered a call out, and no ticket of theirs is worked on",
            }
            : done with
            {
                Ticket = call.Ticket,
                Comment = comment,
                Reason = known is { Agent: null, AgentAs: { } named }
                    ? $"nobody is an agent whose id or address is \"{named}\": the call stands on the ticket as theirs, and is nobody's of the desk"
                    : done.Reason,
            };
    }

    /// <summary>The call as this report alone tells it.</summary>
    private async Task<Call> KnownAsync(Receipt receipt, CallReport report, CancellationToken cancellationToken)
    {
        var region = (await contacts.OfAsync(receipt.Workspace, cancellationToken)).Region;
        var (other, own) = report.Direction == CallDirection.Inbound ? (report.From, report.To) : (report.To, report.From);
        var agent = report.Agent is { } named ? await directory.FindAgentAsync(receipt.Workspace, named, cancellationToken) : null;
        var number = other is null ? null : ContactValues.Phone(other, region);
        // A telephone system whose clock is ahead has not called from the future.
        var began = report.StartedAt < receipt.ReceivedAt ? report.StartedAt.Value : receipt.ReceivedAt;
        return new Call
        {
            Id = CallStore.IdOf(receipt.Source, report.CallId ?? receipt.Id),
            Workspace = receipt.Workspace,
            Direction = report.Direction,
            Number = number,
            NumberAs = number is null ? other : null,
            Own = own is null ? null : ContactValues.Phone(own, region) ?? own,
            StartedAt = began,
            ListedAt = began,
            Agent = agent?.Id,
            AgentAs = agent is null ? report.Agent : null,
        };
    }

    /// <summary>What a later report says for the first time.</summary>
    private static Call Filled(Call before, Call now) =>
        before with
        {
            Number = before.Number ?? now.Number,
            NumberAs = before.NumberAs ?? now.NumberAs,
            Own = before.Own ?? now.Own,
            Agent = now.Agent ?? before.Agent,
            AgentAs = now.AgentAs ?? before.AgentAs,
        };
}
