using System.Globalization;
using Helpdesk.Alerts;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Tickets;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Alerts;

/// <summary>Lists the alerts of a ticket and of those that were merged into it, in the order in which they came to it.</summary>
public sealed class ListEpisodes(TicketStore tickets, EpisodeStore episodes)
{
    private const int EventsRead = 1_000;
    private const int Parallel = 8;

    [Function(nameof(ListEpisodes)), RequiresKey(KeyRole.Agent, KeyRole.Admin, KeyRole.Integration)]
    public async Task<Results<Ok<ListPage<EpisodeView>>, NotFound>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/tickets/{id}/episodes")] PageQuery query,
        string id,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        if (TicketAddress.Parse(caller.Workspace, id) is not { } address || await tickets.FindAsync(address, cancellationToken) is not { } ticket)
            return TypedResults.NotFound();
        var list = $"episodes {ticket.Id}";
        var (at, after) = (ticket.Number, "");
        if (query.Cursor is not null)
        {
            var parts = PageCursor.Read(list, query.Cursor, 2);
            if (!long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out at))
                throw new InvalidRequestException("cursor", "cursor is not one that this list gave; start again without it.");
            after = parts[1];
        }

        var merged = await EpisodeStore.MergedAsync(
            ticket.Number,
            number => tickets.ReadEventsAsync(new(ticket.Workspace, number), 0, EventsRead, cancellationToken)
        );
        var page = new List<(long Number, string Name, TicketEpisode Episode)>();
        foreach (var number in merged.SkipWhile(number => number != at))
        {
            var rows = await episodes.ReadTicketAsync(caller.Workspace, number, after, query.Limit + 1 - page.Count, cancellationToken);
            page.AddRange(rows.Select(row => (number, row.Name, row.Episode)));
            after = "";
            if (page.Count > query.Limit)
                break;
        }

        var shown = page.Take(query.Limit).ToList();
        var views = new EpisodeView?[shown.Count];
        await System.Threading.Tasks.Parallel.ForEachAsync(
            shown.Index(),
            new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = cancellationToken },
            async (one, cancelled) =>
            {
                if (await episodes.FindEpisodeAsync(one.Item.Episode, cancelled) is var (history, episode))
                    views[one.Index] = EpisodeView.Of(one.Item.Episode.Key.Source, history?.Key, episode);
            }
        );
        var next = page.Count > query.Limit ? PageCursor.Write(list, shown[^1].Number.ToString(CultureInfo.InvariantCulture), shown[^1].Name) : null;
        return TypedResults.Ok(new ListPage<EpisodeView>([.. views.OfType<EpisodeView>()], next));
    }
}

/// <summary>One span in which an alert fired.</summary>
/// <param name="Source">Id of the alert source.</param>
/// <param name="Key">By what the tool tells this alert apart from others; left out for an old one.</param>
/// <param name="Sequence">Counts the episodes of the alert.</param>
/// <param name="State">Whether it still fires.</param>
/// <param name="Subject">What it is about, on one line.</param>
/// <param name="Severity">How bad it is in the tool's own words; null where it does not say.</param>
/// <param name="Count">How many reports said that it fires.</param>
/// <param name="FirstAt">When it began, as the tool says; else when it was first heard of.</param>
/// <param name="LastAt">When it was last heard of.</param>
/// <param name="ResolvedAt">When it was over; null while it fires.</param>
/// <param name="Flapping">Whether it begins and ends so often that an end is not believed until it has been quiet.</param>
/// <param name="Joined">How it came to be on the ticket.</param>
/// <param name="Labels">What the tool says it concerns.</param>
/// <param name="Links">Addresses in the tool, by what they lead to.</param>
public sealed record EpisodeView(
    string Source,
    string? Key,
    int Sequence,
    AlertState State,
    string Subject,
    string? Severity,
    long Count,
    DateTimeOffset FirstAt,
    DateTimeOffset LastAt,
    DateTimeOffset? ResolvedAt,
    bool Flapping,
    EpisodeJoin? Joined,
    IReadOnlyDictionary<string, string> Labels,
    IReadOnlyDictionary<string, string> Links
)
{
    public static EpisodeView Of(string source, string? key, Episode episode) =>
        new(
            source,
            key,
            episode.Sequence,
            episode.End is null ? AlertState.Firing : AlertState.Resolved,
            episode.Subject,
            episode.Severity,
            episode.Count,
            episode.FirstAt,
            episode.LastAt,
            episode.End?.At,
            episode.Flaps,
            episode.Place?.How,
            episode.Labels,
            episode.Links
        );
}
