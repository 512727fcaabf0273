using Helpdesk.Contacts;
using Helpdesk.Functions.Contacts;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Tickets;
using Helpdesk.Intake;
using Helpdesk.Telephone;

namespace Helpdesk.Functions.Telephone;

/// <summary>Logs calls on tickets: each once, on the ticket that takes the calls of its number.</summary>
/// <remarks>
/// That is the ticket on which the number was logged last, while it is worked on; else the newest ticket of the contact that is worked on; else a new one.
/// Which it is, is decided under the number's row before anything is written, so that calls at the same moment come to one ticket.
/// </remarks>
public sealed class CallTickets(
    CallStore calls,
    TicketStore tickets,
    TicketListStore lists,
    NumberStore numbers,
    ContactStore contacts,
    DirectoryStore directory,
    TimeProvider time
)
{
    private const int MostHops = 20;
    private const int MostPlaces = 5;
    private static readonly TicketStatus[] Worked = [TicketStatus.New, TicketStatus.Open, TicketStatus.Pending, TicketStatus.OnHold];

    /// <summary>Logs what is known of a call; done again, it only brings up to date what has changed.</summary>
    /// <param name="group">Id of the group that gets new tickets; null for none.</param>
    /// <returns>The call as it is then, and the comment that this is; null where it opened the ticket.</returns>
    public async Task<(Call Call, string? Comment)> LogAsync(Call call, Receipt receipt, string? group, CancellationToken cancellationToken)
    {
        for (var places = 0; places < MostPlaces; places++)
        {
            var requester = await RequesterAsync(call, cancellationToken);
            if (call.Ticket is null)
                call = await PlaceAsync(call, requester, cancellationToken);
            if (call.Ticket is null)
                return (call, null);
            var address = TicketAddress.Parse(call.Workspace, call.Ticket) ?? throw new InvalidDataException($"{call.Ticket} is no ticket.");
            var ticket = await tickets.FindAsync(address, cancellationToken) ?? await OpenAsync(call, address, requester, receipt, group, cancellationToken);
            ticket = await tickets.FindLivingAsync(ticket, cancellationToken);
            if (ticket.Status == TicketStatus.Closed)
            {
                // Nothing is said on it any more; where nothing of this call was, it goes elsewhere.
                if (call.Logged == true)
                    return (call, null);
                call = await calls.ChangeAsync(call.Workspace, call.Id, it => it! with { Ticket = null }, cancellationToken);
                continue;
            }

            return await WriteAsync(call, ticket, requester, receipt, cancellationToken);
        }

        return (call, null);
    }

    /// <summary>Whose number it is: a contact with an address that stands for the number where there is no other.</summary>
    private async Task<Requester> RequesterAsync(Call call, CancellationToken cancellationToken)
    {
        if (call.Number is not { } number)
            return call.NumberAs is { } written ? new(PhoneAddress.OfUnknown(written), call.Name ?? written) : new(PhoneAddress.Withheld, call.Name);
        var key = ContactRules.KeyOfPhone(number);
        var contact = await contacts.FindByKeyAsync(call.Workspace, key, cancellationToken);
        if (contact is null || contact.Emails.Count == 0)
        {
            await contacts.LearnAsync(call.Workspace, new(PhoneAddress.Of(number), call.Name, Phone: number), cancellationToken);
            contact = await contacts.FindByKeyAsync(call.Workspace, key, cancellationToken);
        }

        var email = contact?.Emails.FirstOrDefault(one => !PhoneAddress.Is(one)) ?? (contact is { Emails: [var first, ..] } ? first : PhoneAddress.Of(number));
        return new(email, contact?.Name ?? call.Name);
    }

    private async Task<Call> PlaceAsync(Call call, Requester requester, CancellationToken cancellationToken)
    {
        var opens = CallRules.Opens(call);
        async Task<TicketAddress?> NewAsync() => opens ? await numbers.AddressAsync(call.Workspace, cancellationToken) : null;
        // Who reached nobody and says no number is counted on one ticket; who was spoken with is somebody each time.
        var number =
            call.Number
            ?? (
                call.NumberAs is { } written ? $"as-{Hashes.NameOf(written, 16)}"
                : call.Outcome == CallOutcome.Answered ? null
                : CallStore.Withheld
            );
        var place = number is null
            ? await NewAsync()
            : await calls.PlaceAsync(
                call.Workspace,
                number,
                async before =>
                {
                    if (before is { } there)
                    {
                        if (await tickets.FindAsync(there, cancellationToken) is not { } ticket)
                            return opens ? there : null;
                        if (CallRules.TakesCalls(await tickets.FindLivingAsync(ticket, cancellationToken)))
                            return there;
                    }

                    return await NewestAsync(call, requester, cancellationToken) ?? await NewAsync();
                },
                cancellationToken
            );
        return place?.Id is { } id
            ? await calls.ChangeAsync(call.Workspace, call.Id, it => it!.Ticket is null ? it with { Ticket = id } : it, cancellationToken)
            : call;
    }

    /// <summary>The newest ticket of the contact that is worked on; null for none.</summary>
    private async Task<TicketAddress?> NewestAsync(Call call, Requester requester, CancellationToken cancellationToken)
    {
        if (call.Number is null)
            return null;
        var filter = new TicketFilter
        {
            Requesters = [requester.Email],
            Statuses = Worked,
            Order = TicketOrder.CreatedDescending,
        };
        foreach (var listed in (await lists.ReadAsync(call.Workspace, filter, 5, null, cancellationToken)).Items)
        {
            if (await tickets.FindAsync(TicketAddress.Of(listed), cancellationToken) is { } ticket && CallRules.TakesCalls(ticket))
                return TicketAddress.Of(ticket);
        }

        return null;
    }

    private async Task<Ticket> OpenAsync(
        Call call,
        TicketAddress address,
        Requester requester,
        Receipt receipt,
        string? group,
        CancellationToken cancellationToken
    )
    {
        var agent = await AgentAsync(call, cancellationToken);
        var by =
            call.Direction == CallDirection.Inbound ? new Actor(ActorKind.Requester, requester.Email, requester.Name)
            : agent is null ? Actor.System
            : new Actor(ActorKind.Agent, agent.Id, agent.Name);
        var draft = new TicketDraft
        {
            Subject = CallRules.Subject(call),
            Description = CallRules.Facts(call),
            Requester = requester,
            Tags = CallRules.WantsCallBack(call) ? [CallRules.CallBack] : [],
            Group = group is null ? null : await directory.FindGroupAsync(call.Workspace, group, cancellationToken),
            Assignee = call.Outcome == CallOutcome.Answered && agent is { Active: true } ? agent : null,
            Channel = IntakeChannel.Phone,
            Receipt = receipt.Id,
        };
        var opened = await tickets.OpenAsync(
            address,
            id => TicketRules.Open(id, address.Number, call.Workspace, draft, by, time.GetUtcNow()),
            cancellationToken
        );
        return opened.Ticket;
    }

    private async Task<(Call Call, string? Comment)> WriteAsync(
        Call call,
        Ticket ticket,
        Requester requester,
        Receipt receipt,
        CancellationToken cancellationToken
    )
    {
        var address = TicketAddress.Of(ticket);
        var source = new CommentSource(IntakeChannel.Phone, receipt.Id);
        var isOpener = ticket.Receipt is { } first && call.Receipts.Contains(first, StringComparer.Ordinal);
        var agent = await AgentAsync(call, cancellationToken);
        string? comment = null;

        // What the requester did, and what an agent did for them, is for all to read: it starts and stops promises.
        Actor? speaker =
            CallRules.WantsCallBack(call) && !isOpener ? new Actor(ActorKind.Requester, requester.Email, requester.Name)
            : call.Outcome == CallOutcome.Answered && agent is not null && !(isOpener && call.Direction == CallDirection.Outbound)
                ? new Actor(ActorKind.Agent, agent.Id, agent.Name)
            : null;
        if (speaker is { } by)
        {
            var said = await ChangeAsync(
                address,
                Idempotency.Of($"call {call.Id}", WireName<CallOutcome>.Of(call.Outcome)),
                (now, _) => new(TicketRules.Comment(now, CallRules.Said(call), CommentVisibility.Public, by, time.GetUtcNow(), source: source)),
                cancellationToken
            );
            comment = said?.Comment?.Id;
        }

        await TagAsync(address, call, cancellationToken);
        if (CallRules.Details(call, agent?.Name) is not null)
        {
            call = await NoteAsync(address, call, agent, source, cancellationToken);
            comment ??= call.Note;
        }

        call = await calls.ChangeAsync(call.Workspace, call.Id, it => it!.Logged == true ? it : it with { Logged = true }, cancellationToken);
        return (call, isOpener ? null : comment);
    }

    /// <summary>Adds the note with the details, or brings it up to date: whoever comes last writes what is known by then.</summary>
    private async Task<Call> NoteAsync(TicketAddress address, Call call, Agent? agent, CommentSource source, CancellationToken cancellationToken)
    {
        async ValueTask<string> WordsAsync() =>
            CallRules.Details(await calls.FindAsync(call.Workspace, call.Id, cancellationToken) ?? call, agent?.Name) ?? CallRules.Facts(call);
        var by = agent is null ? Actor.System : new Actor(ActorKind.Agent, agent.Id, agent.Name);
        if (call.Note is null)
        {
            var added = await ChangeAsync(
                address,
                Idempotency.Of($"call {call.Id}", "note"),
                async (now, _) => TicketRules.Comment(now, await WordsAsync(), CommentVisibility.Internal, by, time.GetUtcNow(), source: source),
                cancellationToken
            );
            if (added?.Comment is not { } note)
                return call;
            call = await calls.ChangeAsync(call.Workspace, call.Id, it => it! with { Note = note.Id, NoteAt = note.At }, cancellationToken);
        }

        await ChangeAsync(
            address,
            null,
            async (now, cancelled) =>
                await tickets.FindCommentAsync(TicketAddress.Of(now), call.Note!, call.NoteAt!.Value, cancelled) is { DeletedAt: null } note
                    ? TicketRules.EditComment(now, note, await WordsAsync(), note.Actor ?? by, time.GetUtcNow())
                    : new(now, []),
            cancellationToken
        );
        return call;
    }

    /// <summary>Marks that somebody waits to be called back, and takes the mark away once they were spoken with.</summary>
    private async Task TagAsync(TicketAddress address, Call call, CancellationToken cancellationToken)
    {
        var (wants, spoke) = (CallRules.WantsCallBack(call), call.Outcome == CallOutcome.Answered);
        if (!wants && !spoke)
            return;
        await ChangeAsync(
            address,
            null,
            (now, _) =>
            {
                var has = now.Tags.Contains(CallRules.CallBack, StringComparer.Ordinal);
                var tags =
                    wants && !has && now.Tags.Count < TicketRules.MostTags ? [.. now.Tags, CallRules.CallBack]
                    : spoke && has ? now.Tags.Where(tag => tag != CallRules.CallBack).ToList()
                    : now.Tags;
                return new(TicketRules.Patch(now, new TicketPatch { Tags = tags }, Actor.System, time.GetUtcNow()));
            },
            cancellationToken
        );
    }

    private async ValueTask<Agent?> AgentAsync(Call call, CancellationToken cancellationToken) =>
        call.Agent is { } agent ? await directory.FindAgentAsync(call.Workspace, agent, cancellationToken) : null;

    /// <summary>Changes a ticket, or the one that it was merged into; nothing for one that is closed.</summary>
    private async Task<TicketChange?> ChangeAsync(
        TicketAddress address,
        Idempotency? idempotency,
        Func<Ticket, CancellationToken, ValueTask<TicketChange>> decide,
        CancellationToken cancellationToken
    )
    {
        for (var hops = 0; ; hops++)
        {
            string? mergedInto = null;
            var change = await tickets.ChangeAsync(
                address,
                IfMatch.Any,
                idempotency,
                (ticket, cancelled) =>
                {
                    mergedInto = hops < MostHops ? ticket.MergedInto : null;
                    return ticket.Status == TicketStatus.Closed ? new(new TicketChange(ticket, [])) : decide(ticket, cancelled);
                },
                cancellationToken
            );
            if (mergedInto is null || TicketAddress.Parse(address.Workspace, mergedInto) is not { } next)
                return change;
            address = next;
        }
    }
}
