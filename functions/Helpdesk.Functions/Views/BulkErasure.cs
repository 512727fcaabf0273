using Helpdesk.Contacts;
using Helpdesk.Functions.Contacts;
using Helpdesk.Functions.Storage;
using Helpdesk.Views;

namespace Helpdesk.Functions.Views;

/// <summary>Erases people from what changes of many tickets were to do: their words, addresses and names in a patch or a comment.</summary>
public sealed class BulkErasure(StorageClients storage, BulkStore jobs) : IHoldsPersonalData
{
    public string Name => "bulk-changes";

    public int Place => 78;

    public async Task<ErasureStep> EraseAsync(ErasureOrder order, string? from, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(order);
        var (rows, next) = await storage.Table(BulkStore.TableName).ReadPageAsync(order.Workspace, from, cancellationToken, pageSize: 200);
        var erased = 0L;
        foreach (var row in rows.Where(row => BulkStore.IsJob(row) && row.TellsOf(order.Person)))
        {
            // Somebody may be working on it.
            while (await jobs.FindAsync(order.Workspace, BulkStore.Read(row).Id, cancellationToken) is var (job, etag))
            {
                if (await jobs.TryWriteAsync(Scrubbed(job, order.Person), etag, cancellationToken) is null)
                    continue;
                erased++;
                break;
            }
        }

        return new(erased, next);
    }

    private static BulkJob Scrubbed(BulkJob job, ErasedPerson person)
    {
        string? Without(string? text) => text is null ? null : person.Text(text, own: false);
        return job with
        {
            Action = job.Action with { Patch = Without(job.Action.Patch), Comment = Without(job.Action.Comment), Resolution = Without(job.Action.Resolution) },
            View = job.View is { } view
                ? view with
                {
                    Name = Without(view.Name)!,
                    Condition = view.Condition.Rewritten(text => person.Text(text, own: false)),
                }
                : null,
            Error = Without(job.Error),
        };
    }
}
