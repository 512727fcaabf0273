using Azure;
using Azure.Data.Tables;
using Helpdesk.Contacts;
using Helpdesk.Functions.Contacts;
using Helpdesk.Functions.Storage;

namespace Helpdesk.Functions.Email;

/// <summary>
/// Erases people from the threads of mails: the subjects of mails on their tickets, and their addresses. Where they are deleted, the rows go.
/// </summary>
public sealed class MailErasure(StorageClients storage, ErasureStore erasures) : IHoldsPersonalData
{
    public string Name => "mail-threads";

    public int Place => 70;

    public async Task<ErasureStep> EraseAsync(ErasureOrder order, string? from, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(order);
        var tickets = (await erasures.ReadNotedAsync(order, ErasureFind.Ticket, cancellationToken)).ToHashSet(StringComparer.Ordinal);
        var table = storage.Table(MailThreads.TableName);
        var (rows, next) = await table.ReadPageAsync(order.Workspace, from, cancellationToken);
        var erased = 0L;
        foreach (var row in rows)
        {
            var asked = row.GetString("Ticket") is { } ticket && tickets.Contains(ticket);
            if (!asked && !row.TellsOf(order.Person))
                continue;
            if (order.Deletes || (MailThreads.IsOfPerson(row) && order.Person.Is(row.GetString("Person") ?? "")))
            {
                await table.DeleteEntityAsync(row.PartitionKey, row.RowKey, ETag.All, cancellationToken);
                erased++;
                continue;
            }

            var subject = asked ? ErasedPerson.Gone : order.Person.Text(row.GetString("Subject") ?? "", own: true);
            var person = order.Person.Text(row.GetString("Person") ?? "", own: false);
            var shownTo = row.GetString("ShownTo") is { } shown ? order.Person.Text(shown, own: false) : null;
            if (subject == row.GetString("Subject") && person == row.GetString("Person") && shownTo == row.GetString("ShownTo"))
                continue;
            (row["Subject"], row["Person"], row["ShownTo"]) = (subject, person, shownTo);
            await table.UpdateEntityAsync(row, ETag.All, TableUpdateMode.Replace, cancellationToken);
            erased++;
        }

        return new(erased, next);
    }
}
