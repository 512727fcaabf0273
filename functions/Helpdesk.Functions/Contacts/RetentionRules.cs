using Helpdesk.Contacts;
using Helpdesk.Functions.Attachments;
using Helpdesk.Functions.Tickets;

namespace Helpdesk.Functions.Contacts;

/// <summary>The words and files of tickets that have been closed for long: who asked, what became of it and its counts stay.</summary>
public sealed class TicketWordsRetention(TicketListStore lists, TicketStore tickets, TicketRewriting rewriting, AttachmentStore attachments) : IKeptForAWhile
{
    private const int StepSize = 50;

    public string Name => "ticket-words";

    public DateTimeOffset? Before(RetentionSetting setting, DateTimeOffset now) => setting?.TicketWordsMonths is { } months ? now.AddMonths(-months) : null;

    public async Task<RetentionStep> ApplyAsync(
        string workspace,
        DateTimeOffset before,
        string run,
        bool dryRun,
        string? from,
        CancellationToken cancellationToken
    )
    {
        var filter = new TicketFilter { Statuses = [TicketStatus.Closed], Order = TicketOrder.UpdatedAscending };
        var page = await lists.ReadAsync(workspace, filter, StepSize, from, cancellationToken);
        var count = 0L;
        foreach (var ticket in page.Items.Where(ticket => ticket.ClosedAt < before && ticket.Subject != ErasedPerson.Gone))
        {
            if (dryRun || await EraseAsync(ticket, run, cancellationToken))
                count++;
        }

        // From here on all were changed later, and so closed later.
        return new(count, page.Items.Count > 0 && page.Items[^1].UpdatedAt >= before ? null : page.NextCursor);
    }

    private async Task<bool> EraseAsync(Ticket listed, string run, CancellationToken cancellationToken)
    {
        var address = TicketAddress.Of(listed);
        if (await tickets.FindAsync(address, cancellationToken) is not { Status: TicketStatus.Closed } ticket)
            return false;
        var comments = await tickets.ReadCommentsAsync(address, null, int.MaxValue, cancellationToken);
        var files = (ticket.Attachments ?? []).Concat(comments.SelectMany(one => one.Comment.Attachments ?? [])).Select(file => file.Id).Distinct();
        await attachments.RemoveAsync(ticket.Workspace, files, cancellationToken);
        return await rewriting.RunAsync(
                new(address, run, Contact: null, Actor.System),
                (current, _, _, _) =>
                    current.Status == TicketStatus.Closed ? new(AgedWords.Of(current), AgedWords.Of, comment => AgedWords.Of(comment)) : null,
                _ => false,
                cancellationToken
            ) > 0;
    }
}

/// <summary>Contacts of whom nothing was heard for long and who have no tickets.</summary>
public sealed class ContactRetention(ContactStore contacts, TicketListStore lists) : IKeptForAWhile
{
    private const int StepSize = 50;

    public string Name => "contacts";

    public DateTimeOffset? Before(RetentionSetting setting, DateTimeOffset now) => setting?.ContactsMonths is { } months ? now.AddMonths(-months) : null;

    public async Task<RetentionStep> ApplyAsync(
        string workspace,
        DateTimeOffset before,
        string run,
        bool dryRun,
        string? from,
        CancellationToken cancellationToken
    )
    {
        var (shard, after) = from?.Split('|') is [var number, var id] ? (number[0] - '0', id) : (0, "");
        var page = await contacts.ReadAllAsync(workspace, shard, after, StepSize, cancellationToken);
        var count = 0L;
        foreach (var contact in page.Where(contact => contact.UpdatedAt < before && contact is { MergedInto: null, ErasedAt: null }))
        {
            if (await HasTicketsAsync(contact, cancellationToken))
                continue;
            if (!dryRun)
                await contacts.RemoveAsync(contact, cancellationToken);
            count++;
        }

        return new(
            count,
            page.Count == StepSize ? $"{shard}|{page[^1].Id}"
                : shard + 1 < ContactRows.Shards ? $"{shard + 1}|"
                : null
        );
    }

    private async Task<bool> HasTicketsAsync(Contact contact, CancellationToken cancellationToken)
    {
        if (contact.Emails.Count == 0)
            return false;
        foreach (
            var filter in new[]
            {
                new TicketFilter { Requesters = contact.Emails },
                new TicketFilter { Participants = contact.Emails },
            }
        )
        {
            if ((await lists.ReadAsync(contact.Workspace, filter, 1, null, cancellationToken)).Items.Count > 0)
                return true;
        }

        return false;
    }
}
