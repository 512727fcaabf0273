using Helpdesk.Contacts;
using Helpdesk.Functions.Contacts;
using Helpdesk.Telephone;

namespace Helpdesk.Functions.Telephone;

/// <summary>Shows a contact's calls in their line of time.</summary>
public sealed class CallTimeline(CallStore calls) : IContactTimeline
{
    public async Task<IReadOnlyList<TimelineEntry>> ReadAsync(Contact contact, DateTimeOffset before, int limit, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(contact);
        var found = await Task.WhenAll(contact.Phones.Select(number => calls.ReadByNumberAsync(contact.Workspace, number, before, limit, cancellationToken)));
        return [.. found.SelectMany(some => some).OrderByDescending(call => call.ListedAt).Take(limit).Select(EntryOf)];
    }

    private static TimelineEntry EntryOf(Call call) =>
        new(
            TimelineKind.Call,
            call.ListedAt,
            IntakeChannel.Phone,
            call.Ticket is { } ticket && long.TryParse(ticket.Split('-')[0], out var number) ? number : null,
            CallRules.Subject(call),
            call.Agent ?? call.AgentAs,
            PlainText.Parts(CallRules.Details(call, null) ?? CallRules.Facts(call), 500)[0]
        );
}
