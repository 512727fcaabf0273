using Azure.Data.Tables;
using Helpdesk.Contacts;
using Helpdesk.Functions.Attachments;
using Helpdesk.Functions.Events;
using Helpdesk.Functions.Storage;
using Helpdesk.Functions.Tickets;

namespace Helpdesk.Functions.Contacts;

/// <summary>Erases people from tickets, their history and comments, and removes the files that they sent.</summary>
/// <remarks>It looks at every row of the workspace's tickets: so it finds who took part once, and who is only spoken of.</remarks>
public sealed class TicketErasure(StorageClients storage, TicketRewriting rewriting, ErasureStore erasures, AttachmentStore attachments) : IHoldsPersonalData
{
    public string Name => "tickets";

    public int Place => 10;

    public async Task<ErasureStep> EraseAsync(ErasureOrder order, string? from, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(order);
        var (rows, next) = await storage.Table(TicketStore.TableName).ReadPageAsync(order.Workspace, from, cancellationToken);
        var (erased, files) = (0L, 0L);
        var theirs = rows.Where(row => row.TellsOf(order.Person) || TicketRewriting.IsUnderWay(row, order.Contact));
        foreach (var partition in theirs.Select(row => row.PartitionKey).Distinct(StringComparer.Ordinal))
        {
            var (changed, removed) = await EraseAsync(order, NumberOf(partition), cancellationToken);
            (erased, files) = (erased + changed, files + removed);
        }

        return new(erased, next, files);
    }

    private async Task<(long Erased, long Files)> EraseAsync(ErasureOrder order, long number, CancellationToken cancellationToken)
    {
        var (found, removed) = (new List<(ErasureFind Kind, string Value)>(), new List<string>());
        TicketRewrite? Decide(Ticket ticket, IReadOnlyList<TicketEvent> events, IReadOnlyList<Comment> comments, PersonOnTicket? before)
        {
            (found, removed) = ([], []);
            var person = order.Person.KnownAs([.. NamesOn(ticket, events, comments, order.Person), .. before?.Names ?? []]);
            var asked = before is { Asked: true } || person.Asked(ticket, events);
            var own = asked || before is { Own: true } || comments.Any(comment => person.Is(comment.Actor)) || TakesPart(ticket, events, person);
            if (asked)
            {
                found.Add((ErasureFind.Ticket, ticket.Id));
                found.AddRange(new[] { ticket.Receipt }.OfType<string>().Select(receipt => (ErasureFind.Receipt, receipt)));
                removed.AddRange((ticket.Attachments ?? []).Select(file => file.Id));
                found.AddRange(new[] { ticket.Conversation }.OfType<string>().Select(chat => (ErasureFind.Chat, chat)));
            }

            found.AddRange(
                (ticket.Participants ?? [])
                    .Where(one => person.Is(one.Email))
                    .Select(one => one.Conversation)
                    .OfType<string>()
                    .Select(chat => (ErasureFind.Chat, chat))
            );
            foreach (var comment in comments.Where(comment => person.Is(comment.Actor)))
            {
                removed.AddRange((comment.Attachments ?? []).Select(file => file.Id));
                if (comment.Source?.Receipt is { } receipt)
                    found.Add((ErasureFind.Receipt, receipt));
            }

            foreach (var happened in events.Where(happened => person.Is(happened.By)))
            {
                if (happened.Fact is CommentDeleted { Attachments: { } files })
                    removed.AddRange(files.Select(file => file.Id));
            }

            return new(
                person.Of(ticket, asked, own),
                happened => person.Of(happened, asked, own, ticket.Form?.Words),
                comment => order.Deletes && person.Is(comment.Actor) ? null : person.Of(comment, own),
                new(asked, own, person.Names)
            );
        }

        // What leads to more is noted, and files are removed, before the ticket forgets them.
        var rewrite = new TicketRewriteOrder(new(order.Workspace, number), order.Id, order.Contact, order.By);
        await rewriting.RunAsync(
            rewrite,
            (ticket, events, comments, before) =>
            {
                Decide(ticket, events, comments, before);
                return null;
            },
            _ => false,
            cancellationToken
        );
        foreach (var (kind, value) in found.Distinct())
            await erasures.NoteAsync(order, kind, value, cancellationToken);
        var files = await attachments.RemoveAsync(order.Workspace, removed.Distinct(StringComparer.Ordinal), cancellationToken);
        return (await rewriting.RunAsync(rewrite, Decide, row => row.TellsOf(order.Person), cancellationToken), files);
    }

    private static bool TakesPart(Ticket ticket, IReadOnlyList<TicketEvent> events, ErasedPerson person) =>
        (ticket.Participants ?? []).Any(one => person.Is(one.Email))
        || (ticket.Approvals ?? []).SelectMany(approval => approval.Approvers).Any(one => person.Is(one.Email))
        || events.Any(happened => person.Is(happened.By));

    /// <summary>The names that they have on a ticket.</summary>
    private static IEnumerable<string?> NamesOn(Ticket ticket, IReadOnlyList<TicketEvent> events, IReadOnlyList<Comment> comments, ErasedPerson person)
    {
        var people = People.Of(ticket).Select(one => (one.Email, one.Name)).ToList();
        foreach (var happened in events)
        {
            switch (happened.Fact)
            {
                case TicketOpened opened:
                    people.Add((opened.Requester.Email, opened.Requester.Name));
                    people.AddRange((opened.Participants ?? []).Select(one => (one.Email, one.Name)));
                    break;
                case RequesterChanged changed:
                    people.Add((changed.From.Email, changed.From.Name));
                    people.Add((changed.To.Email, changed.To.Name));
                    break;
                case ParticipantsChanged changed:
                    people.AddRange(changed.From.Concat(changed.To).Select(one => (one.Email, one.Name)));
                    break;
                case ApprovalAsked asked:
                    people.AddRange(asked.Approvers.Where(one => one.Email is not null).Select(one => (one.Email!, one.Name)));
                    break;
                case MergeReceived received:
                    people.AddRange((received.Participants ?? []).Select(one => (one.Email, one.Name)));
                    break;
            }
        }

        var actors = comments.Select(comment => comment.Actor).Concat(events.Select(happened => happened.By)).OfType<Actor>();
        return people.Where(one => person.Is(one.Email)).Select(one => one.Name).Concat(actors.Where(person.Is).Select(actor => actor.Name));
    }

    /// <summary>The number of a ticket, from its partition.</summary>
    private static long NumberOf(string partition)
    {
        var digits = partition[(partition.LastIndexOf(':') + 1)..].ToCharArray();
        Array.Reverse(digits);
        return long.Parse(digits, System.Globalization.CultureInfo.InvariantCulture);
    }
}

/// <summary>Brings the lists up to date that still show somebody who was erased: deliveries do so as well, and one that was lost must not matter.</summary>
public sealed class TicketListErasure(StorageClients storage, TicketListStore lists, TicketStore tickets) : IHoldsPersonalData
{
    public string Name => "ticket-lists";

    public int Place => 20;

    public async Task<ErasureStep> EraseAsync(ErasureOrder order, string? from, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(order);
        var table = storage.Table(TicketListStore.TableName);
        var (rows, next) = await table.ReadPageAsync(order.Workspace, from, cancellationToken);
        var erased = 0L;
        var keys = order.Person.Emails.Select(email => $":{TicketList.KeyOf(email)}:").ToList();
        foreach (var row in rows.Where(row => row.TellsOf(order.Person) || keys.Any(key => row.RowKey.Contains(key, StringComparison.Ordinal))))
        {
            var number =
                999_999_999_999_999 - long.Parse(row.RowKey.AsSpan(row.RowKey.LastIndexOf('-') + 1), System.Globalization.CultureInfo.InvariantCulture);
            // Orders that rise have the number itself.
            if (
                row.RowKey.Contains(":ua-", StringComparison.Ordinal)
                || row.RowKey.Contains(":ca-", StringComparison.Ordinal)
                || row.RowKey.Contains(":da-", StringComparison.Ordinal)
            )
                number = 999_999_999_999_999 - number;
            if (await tickets.FindAsync(new(order.Workspace, number), cancellationToken) is { } ticket)
            {
                await lists.ApplyAsync([new(null, ticket)], cancellationToken);
                if (ListPosition.Of(ticket).Rows().Contains((row.PartitionKey, row.RowKey)))
                {
                    erased++;
                    continue;
                }
            }

            await table.DeleteEntityAsync(row.PartitionKey, row.RowKey, cancellationToken: cancellationToken);
            erased++;
        }

        return new(erased, next);
    }
}

/// <summary>Erases people from the names of files that others sent; their own are removed with what they came with.</summary>
public sealed class FileErasure(StorageClients storage, AttachmentStore files) : IHoldsPersonalData
{
    /// <summary>The name of this store in the proof, where the files count that other stores remove.</summary>
    internal const string Files = "files";

    public string Name => Files;

    public int Place => 65;

    public async Task<ErasureStep> EraseAsync(ErasureOrder order, string? from, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(order);
        var (rows, next) = await storage.Table(AttachmentStore.TableName).ReadPageAsync(order.Workspace, from, cancellationToken);
        var erased = 0L;
        foreach (var row in rows.Where(row => row.ContainsKey("State") && row.TellsOf(order.Person)))
        {
            await files.ChangeAsync(
                order.Workspace,
                FileRows.Read(row).Id,
                file => file with { Name = order.Person.Text(file.Name, own: true) },
                cancellationToken
            );
            erased++;
        }

        return new(erased, next);
    }
}

/// <summary>Erases people from the errors of deliveries that failed.</summary>
public sealed class DeadLetterErasure(StorageClients storage) : IHoldsPersonalData
{
    public string Name => "dead-letters";

    public int Place => 30;

    public async Task<ErasureStep> EraseAsync(ErasureOrder order, string? from, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(order);
        var table = storage.Table(DeadLetterStore.TableName);
        var erased = 0L;
        await foreach (
            var row in table.QueryAsync<TableEntity>(TableClient.CreateQueryFilter($"PartitionKey eq {order.Workspace}"), cancellationToken: cancellationToken)
        )
        {
            if (!row.TellsOf(order.Person))
                continue;
            row["Error"] = order.Person.Text(row.GetString("Error"), own: true);
            await table.UpdateEntityAsync(row, Azure.ETag.All, TableUpdateMode.Replace, cancellationToken);
            erased++;
        }

        return new(erased, null);
    }
}

/// <summary>Erases the contact itself, with everything that it is found by.</summary>
public sealed class ContactErasure(ContactStore contacts, TimeProvider time) : IHoldsPersonalData
{
    public string Name => "contacts";

    public int Place => 100;

    public async Task<ErasureStep> EraseAsync(ErasureOrder order, string? from, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(order);
        if (await contacts.ReadAsync(order.Workspace, order.Contact, cancellationToken) is not var (contact, _))
            return new(0, null);
        var keys = ContactRules.KeysOf(contact).Concat(contact.Leaving ?? []).Count();
        if (order.Deletes)
        {
            foreach (var id in contact.Merged ?? [])
            {
                if (await contacts.ReadAsync(order.Workspace, id, cancellationToken) is var (merged, _))
                    await contacts.RemoveAsync(merged, cancellationToken);
            }

            await contacts.RemoveAsync(contact, cancellationToken);
            return new(1 + keys + (contact.Merged?.Count ?? 0), null);
        }

        if (contact.ErasedAt is not null)
            return new(0, null);
        await contacts.EmptyAsync(contact, order.Person.Pseudonym, time.GetUtcNow(), cancellationToken);
        return new(1 + keys, null);
    }
}
