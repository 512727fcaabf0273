using System.Text.Json.Serialization;
using Helpdesk.Contacts;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;
using Helpdesk.Functions.Tickets;

namespace Helpdesk.Functions.Contacts;

/// <summary>What is to be looked after among the contacts of a workspace.</summary>
[JsonConverter(typeof(WireNameConverter<ContactWork>))]
public enum ContactWork
{
    /// <summary>A merge may be decided and not carried through.</summary>
    Merge,

    /// <summary>Contacts may belong to an organisation by its domains.</summary>
    Join,

    /// <summary>An organisation is gone, and its contacts belong to none.</summary>
    Leave,

    /// <summary>The tickets of a contact are their organisation's.</summary>
    Tickets,
}

/// <summary>"Look after the contacts of this workspace." A message does a bounded step, and sends the next one.</summary>
/// <param name="Organisation">Which organisation it is about.</param>
/// <param name="Step">Where the step begins: a partition, a domain and the id of a contact; null for the first.</param>
public sealed record ContactMessage(string Workspace, ContactWork Work, string? Organisation = null, string? Step = null)
{
    public const string QueueName = "contact-work";

    internal static WorkQueueOptions<ContactMessage> Queue { get; } =
        new(QueueName, ContactJson.Default.ContactMessage, message => $"{message.Workspace} {message.Work} {message.Organisation} {message.Step}")
        {
            Parallel = 1,
        };
}

/// <summary>Looks after contacts: carries merges through, has contacts join organisations and leave them.</summary>
public sealed class WorkContacts(WorkRunner<ContactMessage> work)
{
    [Function(nameof(WorkContacts))]
    public Task Run([QueueTrigger(ContactMessage.QueueName)] ContactMessage message, int dequeueCount, CancellationToken cancellationToken) =>
        work.ReceiveAsync(message, dequeueCount, cancellationToken);
}

/// <summary>One bounded step of the work on contacts.</summary>
public sealed class ContactWorker(ContactStore contacts, OrganisationStore organisations, TicketListStore lists, WorkQueue<ContactMessage> queue)
    : IWorker<ContactMessage>
{
    /// <summary>Contacts of one step.</summary>
    private const int StepSize = 50;

    public async Task<bool> DoAsync(ContactMessage message, bool lastTry, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        switch (message.Work)
        {
            case ContactWork.Merge:
                await contacts.SettleAsync(message.Workspace, cancellationToken);
                return true;
            case ContactWork.Join:
                await JoinAsync(message, cancellationToken);
                return true;
            case ContactWork.Tickets:
                if (await contacts.FindAsync(message.Workspace, message.Step!, cancellationToken) is { Organisation: not null } contact)
                    await AddTicketsAsync(contact, cancellationToken);
                return true;
            default:
                await LeaveAsync(message, cancellationToken);
                return true;
        }
    }

    private async Task JoinAsync(ContactMessage message, CancellationToken cancellationToken)
    {
        if (await organisations.FindAsync(message.Workspace, message.Organisation!, cancellationToken) is not var (organisation, _))
            return;
        var (shard, domain, after) = message.Step?.Split('|') is [var number, var name, var id]
            ? (number[0] - '0', name, id)
            : (0, organisation.Domains.Count > 0 ? organisation.Domains[0] : "", "");
        // Domains that were taken away meanwhile are passed over.
        var place = organisation.Domains.ToList().IndexOf(domain);
        if (place < 0)
            return;
        var found = await contacts.ReadDomainAsync(message.Workspace, shard, domain, after, StepSize, cancellationToken);
        foreach (var contact in found.Where(one => one.Organisation is null && one.Emails.Any(email => ContactRules.DomainOf(email) == domain)))
        {
            var joined = await contacts.ChangeAsync(
                message.Workspace,
                contact.Id,
                IfMatch.Any,
                now =>
                    new(
                        now is { Organisation: null, MergedInto: null, ErasedAt: null } && now.Emails.Any(email => ContactRules.DomainOf(email) == domain)
                            ? now with
                            {
                                Organisation = organisation.Id,
                            }
                            : now
                    ),
                cancellationToken
            );
            if (joined?.Organisation == organisation.Id)
                await AddTicketsAsync(joined, cancellationToken);
        }

        var next =
            found.Count == StepSize ? $"{shard}|{domain}|{found[^1].Id}"
            : shard + 1 < ContactRows.Shards ? $"{shard + 1}|{domain}|"
            : place + 1 < organisation.Domains.Count ? $"0|{organisation.Domains[place + 1]}|"
            : null;
        if (next is not null)
            queue.Committed(await queue.AnnounceAsync(message with { Step = next }, cancellationToken));
    }

    /// <summary>The newest tickets of somebody who has joined an organisation are tickets of the organisation.</summary>
    private async Task AddTicketsAsync(Contact contact, CancellationToken cancellationToken)
    {
        string? cursor = null;
        var filter = new TicketFilter { Requesters = contact.Emails };
        if (contact.Emails.Count == 0)
            return;
        // A bounded number: who has more is no requester but a machine.
        for (var page = 0; page < 20; page++)
        {
            var tickets = await lists.ReadAsync(contact.Workspace, filter, 100, cursor, cancellationToken);
            foreach (var ticket in tickets.Items)
                await organisations.AddTicketAsync(
                    contact.Workspace,
                    contact.Organisation!,
                    ticket.CreatedAt.ToUnixTimeMilliseconds(),
                    ticket.Id,
                    cancellationToken
                );
            if (tickets.NextCursor is null)
                return;
            cursor = tickets.NextCursor;
        }
    }

    private async Task LeaveAsync(ContactMessage message, CancellationToken cancellationToken)
    {
        if (await organisations.FindAsync(message.Workspace, message.Organisation!, cancellationToken) is not null)
            return;
        for (var shard = 0; shard < ContactRows.Shards; shard++)
        {
            var members = await contacts.ReadMembersAsync(message.Workspace, shard, message.Organisation!, StepSize, cancellationToken);
            foreach (var member in members)
                await contacts.ChangeAsync(
                    message.Workspace,
                    member.Id,
                    IfMatch.Any,
                    now => new(now.Organisation == message.Organisation ? now with { Organisation = null } : now),
                    cancellationToken
                );
            if (members.Count < StepSize)
                continue;
            queue.Committed(await queue.AnnounceAsync(message, cancellationToken));
            return;
        }
    }
}
