using Azure;
using Azure.Data.Tables;
using Helpdesk.Contacts;
using Helpdesk.Functions.Contacts;
using Helpdesk.Functions.Storage;
using Helpdesk.Telephone;

namespace Helpdesk.Functions.Telephone;

/// <summary>
/// Erases people from calls: the lines of time of their numbers go, and of a call who it was, what was said and where it is recorded. Where they are
/// deleted, the calls go. It leads to the receipts, which have the number in whatever form the telephone system writes it.
/// </summary>
public sealed class CallErasure(StorageClients storage, ErasureStore erasures) : IHoldsPersonalData
{
    public string Name => "calls";

    /// <summary>Before the receipts.</summary>
    public int Place => 35;

    public async Task<ErasureStep> EraseAsync(ErasureOrder order, string? from, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(order);
        var table = storage.Table(CallStore.TableName);
        var theirs = order.Person.Phones.Select(phone => CallStore.NumberPartition(order.Workspace, phone)).ToHashSet(StringComparer.Ordinal);
        var (rows, next) = await table.ReadPageAsync(order.Workspace, from, cancellationToken);
        var erased = 0L;
        foreach (var row in rows)
        {
            var call = row.ContainsKey("Call") ? CallStore.Read(row) : null;
            var own = theirs.Contains(row.PartitionKey) || (call?.Number is { } number && order.Person.Phones.Contains(number, StringComparer.Ordinal));
            if (!own && !row.TellsOf(order.Person))
                continue;
            if (own)
            {
                foreach (var receipt in call?.Receipts ?? [])
                    await erasures.NoteAsync(order, ErasureFind.Receipt, receipt, cancellationToken);
            }

            if (call is null || theirs.Contains(row.PartitionKey) || (own && order.Deletes))
                await table.DeleteEntityAsync(row.PartitionKey, row.RowKey, ETag.All, cancellationToken);
            else
                await table.UpdateEntityAsync(CallStore.RowLike(row, Without(call, order.Person, own)), ETag.All, TableUpdateMode.Replace, cancellationToken);
            erased++;
        }

        return new(erased, next);
    }

    private static Call Without(Call call, ErasedPerson person, bool own) =>
        own
            ? call with
            {
                Number = null,
                Name = null,
                Summary = call.Summary is null ? null : ErasedPerson.Gone,
                RecordingUrl = null,
            }
            : call with
            {
                Name = call.Name is { } name ? person.Text(name, own: true) : null,
                Summary = call.Summary is { } summary ? person.Text(summary, own: false) : null,
                RecordingUrl = call.RecordingUrl is { } url ? person.Text(url, own: false) : null,
                AgentAs = call.AgentAs is { } agent ? person.Text(agent, own: false) : null,
            };
}
