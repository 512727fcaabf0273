using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Tickets;

namespace Helpdesk.Functions.Intake;

/// <summary>Makes tickets of what came by the web form.</summary>
public sealed class WebReceipts(TicketStore tickets, ITicketForms forms, TimeProvider time) : IReceiptHandler
{
    public IntakeChannel Channel => IntakeChannel.Web;

    public async Task<Receipt> HandleAsync(Receipt receipt, ReadOnlyMemory<byte> body, bool replay, CancellationToken cancellationToken)
    {
        var form = WebForm.Read(receipt.ContentType, body);
        if (!string.IsNullOrEmpty(form.Website) && !replay)
            return receipt with { State = ReceiptState.Ignored, Error = "A field that people do not see was filled in." };

        var draft = new TicketDraft
        {
            Subject = form.Subject,
            Description = form.Description,
            Requester = form.Requester,
            CustomFields = form.CustomFields,
            Channel = receipt.Channel,
            Receipt = receipt.Id,
            Attachments = receipt.Attachments ?? [],
            Language = form.Language,
        };
        if (form.Submission(receipt.Attachments ?? []) is { } submission)
        {
            var kept = submission with { Version = receipt.Form?.Version ?? submission.Version, IsKept = receipt.Form is not null, At = receipt.ReceivedAt };
            var reading = await forms.ReadAsync(receipt.Workspace, kept, cancellationToken);
            draft = await forms.FillAsync(receipt.Workspace, draft, reading, receipt.Attachments ?? [], hasPriority: false, cancellationToken);
        }

        var address = AddressOf(receipt);
        var requester = new Actor(ActorKind.Requester, form.Requester.Email, form.Requester.Name);
        TicketChange Open(string id) => TicketRules.Open(id, address.Number, receipt.Workspace, draft, requester, time.GetUtcNow());
        if (receipt.Probe == true)
        {
            Open(receipt.Id);
            return IntakeProbes.Through(receipt);
        }

        var change = await tickets.OpenAsync(address, Open, cancellationToken);
        return receipt with { State = ReceiptState.Processed, Ticket = change.Ticket.Id, Error = null };
    }

    /// <summary>The ticket that a receipt opens, the same one however often it is worked.</summary>
    public static TicketAddress AddressOf(Receipt receipt) =>
        new(receipt.Workspace, receipt.Number, $"{receipt.Number}-{Hashes.NameOf(receipt.Id, TicketAddress.SuffixLength)}");
}
