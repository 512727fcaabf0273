using Azure;
using Azure.Data.Tables;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Events;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;
using Helpdesk.Functions.Tickets;

namespace Helpdesk.Functions.Reports;

/// <summary>
/// Brings the counts up to the end of the stream of events, in bounded steps, and counts all tickets anew when asked or when the stream cannot tell.
/// </summary>
/// <remarks>Nothing is written while tickets are worked. Where nobody has ever asked for a report, nothing is counted.</remarks>
public sealed class ReportProgress(
    StorageClients storage,
    ReportCounts counts,
    EventStream stream,
    TicketListStore lists,
    DirectoryStore directory,
    TimeProvider time
) : IRegularWork
{
    /// <summary>Events of one step.</summary>
    private const int Events = 1000;

    /// <summary>Tickets of one step while all are counted.</summary>
    private const int Tickets = 100;

    /// <summary>Steps of one workspace on one tick of the timer.</summary>
    private const int RegularSteps = 20;

    private TableClient Table => storage.Table(ReportCounts.TableName);

    /// <summary>How far the reports have come; null when nobody has asked for any.</summary>
    public async Task<ReportPlace?> FindAsync(string workspace, CancellationToken cancellationToken) => (await ReadAsync(workspace, cancellationToken))?.Place;

    /// <summary>Counts what has happened since, in at most so many steps; begins with all tickets where nothing is counted yet.</summary>
    /// <returns>How far it has come, and whether nothing is left.</returns>
    public async Task<(ReportPlace Place, bool Complete)> AdvanceAsync(string workspace, int steps, CancellationToken cancellationToken)
    {
        for (var step = 0; ; step++)
        {
            var (place, etag) = await ReadAsync(workspace, cancellationToken) ?? (await BeginAsync(workspace, cancellationToken), default);
            // An app that counted otherwise was here before: the numbers that are there stay until they are replaced.
            if (place.Form < ReportPlace.Current)
                place = await BeginAsync(workspace, cancellationToken);
            if (step >= steps)
                return (place, false);
            var next = place.Rebuild is null
                ? await FollowAsync(workspace, place, cancellationToken)
                : await RebuildAsync(workspace, place, place.Rebuild, cancellationToken);
            var done = next.Rebuild is null && (next.Segment, next.Index) == (place.Segment, place.Index) && place.Rebuild is null;
            if (!done || next.AsOf - place.AsOf > TimeSpan.FromMinutes(1))
                await TryWriteAsync(workspace, next, etag, cancellationToken);
            if (done)
                return (next, true);
        }
    }

    /// <summary>Has all tickets counted anew.</summary>
    public async Task<ReportPlace> RestartAsync(string workspace, CancellationToken cancellationToken)
    {
        while (true)
        {
            var found = await ReadAsync(workspace, cancellationToken);
            var place = await BeginAsync(workspace, cancellationToken);
            if (await TryWriteAsync(workspace, place, found?.ETag ?? default, cancellationToken))
                return place;
        }
    }

    /// <summary>Says that all tickets there are have been counted: what happens from here on is counted as it happens.</summary>
    public async Task FollowFromHereAsync(string workspace, long counted, CancellationToken cancellationToken)
    {
        while (true)
        {
            var found = await ReadAsync(workspace, cancellationToken);
            var place = await BeginAsync(workspace, cancellationToken) with { Rebuild = null, Counted = counted };
            if (await TryWriteAsync(workspace, place, found?.ETag ?? default, cancellationToken))
                return;
        }
    }

    /// <inheritdoc />
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        foreach (var workspace in await directory.ListWorkspacesAsync(cancellationToken))
        {
            if (await FindAsync(workspace, cancellationToken) is not null)
                await AdvanceAsync(workspace, RegularSteps, cancellationToken);
        }
    }

    /// <summary>From the end of the stream on everything is told by events, and before it by the tickets themselves.</summary>
    private async Task<ReportPlace> BeginAsync(string workspace, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var end = await stream.FindEndAsync(workspace, cancellationToken);
        return new(end.Segment, end.Index, now, "", 0, ReportPlace.Current);
    }

    private async Task<ReportPlace> FollowAsync(string workspace, ReportPlace place, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        StreamPage page;
        try
        {
            page = await stream.ReadAsync(workspace, new(place.Segment, place.Index), _ => true, Events, cancellationToken);
        }
        catch (InvalidRequestException gone) when (gone.Status == StatusCodes.Status410Gone)
        {
            return await BeginAsync(workspace, cancellationToken);
        }

        await CountAsync(workspace, page.Events.Select(one => one.Number).Distinct(), again: false, cancellationToken);
        var end = page.Events.Count == Events ? page.Events[^1].At : now;
        return place with { Segment = page.Next.Segment, Index = page.Next.Index, AsOf = end };
    }

    private async Task<ReportPlace> RebuildAsync(string workspace, ReportPlace place, string cursor, CancellationToken cancellationToken)
    {
        var filter = new TicketFilter { Order = TicketOrder.CreatedAscending };
        var page = await lists.ReadAsync(workspace, filter, Tickets, cursor.Length == 0 ? null : cursor, cancellationToken);
        await CountAsync(workspace, page.Items.Select(ticket => ticket.Number), again: true, cancellationToken);
        return place with { Rebuild = page.NextCursor, Counted = place.Counted + page.Items.Count };
    }

    private Task CountAsync(string workspace, IEnumerable<long> numbers, bool again, CancellationToken cancellationToken) =>
        Parallel.ForEachAsync(
            numbers,
            new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = cancellationToken },
            async (number, cancelled) => await counts.CountAsync(workspace, number, again, cancelled)
        );

    private async Task<(ReportPlace Place, ETag ETag)?> ReadAsync(string workspace, CancellationToken cancellationToken)
    {
        var places = ReportRows.Places(workspace);
        var found = await Table.GetEntityIfExistsAsync<TableEntity>(places, $"{places}:place", cancellationToken: cancellationToken);
        return found.HasValue ? (ReportRows.ReadPlace(found.Value!), found.Value!.ETag) : null;
    }

    /// <summary>False when somebody else has moved it: they have counted the same.</summary>
    private async Task<bool> TryWriteAsync(string workspace, ReportPlace place, ETag etag, CancellationToken cancellationToken)
    {
        var row = ReportRows.Place(workspace, place);
        try
        {
            if (etag == default)
                await Table.AddEntityAsync(row, cancellationToken);
            else
                await Table.UpdateEntityAsync(row, etag, TableUpdateMode.Replace, cancellationToken);
            return true;
        }
        catch (RequestFailedException raced) when (raced.Status is 404 or 409 or 412)
        {
            return false;
        }
    }
}
