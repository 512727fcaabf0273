using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Tickets;
using Helpdesk.Knowledge;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Knowledge;

/// <summary>Which days are wanted.</summary>
/// <param name="From">The first day, such as <c>2026-03-01</c>; 30 days before the last when it is left out.</param>
/// <param name="To">The last day; today when it is left out. Days are those of UTC, at most 366.</param>
public sealed record ReadingQuery(DateOnly? From, DateOnly? To) : IFromQuery<ReadingQuery>
{
    public static ReadingQuery Read(QueryReader query, HttpContext context)
    {
        DateOnly? Day(string name)
        {
            if (query.Text(name) is not { } text)
                return null;
            if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) && day.Year is >= 2000 and < 2200)
                return day;
            query.Wrong(name, "must be a day such as 2026-03-01.");
            return null;
        }

        var wanted = new ReadingQuery(Day("from"), Day("to"));
        if (wanted.From is { } from && wanted.To is { } to && (to < from || to.DayNumber - from.DayNumber > 365))
            query.Wrong("to", "must not be before from, nor more than 366 days in all.");
        return wanted;
    }
}

/// <summary>How the knowledge base is read.</summary>
/// <param name="From">The first day.</param>
/// <param name="To">The last day.</param>
/// <param name="Views">How often articles were opened in the portal.</param>
/// <param name="Searches">How often somebody looked for something in the portal.</param>
/// <param name="SearchesWithoutHit">How often nothing was found.</param>
/// <param name="Suggestions">What became of suggestions, by place.</param>
/// <param name="Articles">The articles that were read or judged, the most read first; at most 100.</param>
/// <param name="Missed">What was looked for and not found, the most frequent first; at most 100.</param>
/// <param name="Days">The counts of each day on which there was something.</param>
public sealed record KnowledgeStatistics(
    string From,
    string To,
    long Views,
    long Searches,
    long SearchesWithoutHit,
    IReadOnlyList<SuggestionStatistics> Suggestions,
    IReadOnlyList<ArticleStatistics> Articles,
    IReadOnlyList<MissedSearch> Missed,
    IReadOnlyList<ReadingDayView> Days
);

/// <summary>What became of suggestions at a place.</summary>
/// <param name="Place">Where articles were suggested.</param>
/// <param name="Shown">How often somebody was shown some.</param>
/// <param name="Opened">How often one was opened.</param>
/// <param name="Solved">How often somebody said that one solved the problem: so many requests were spared.</param>
public sealed record SuggestionStatistics(SuggestedIn Place, long Shown, long Opened, long Solved);

/// <summary>How an article is read.</summary>
/// <param name="Id">Id of the article.</param>
/// <param name="Title">What it is called; null for one that readers no longer see.</param>
/// <param name="Views">How often it was opened in these days.</param>
/// <param name="Yes">How many readers found it helpful, of all days.</param>
/// <param name="No">How many did not, of all days.</param>
/// <param name="Solved">How many said that it solved their problem, of all days.</param>
public sealed record ArticleStatistics(string Id, string? Title, long Views, long Yes, long No, long Solved);

/// <summary>What was looked for and not found.</summary>
/// <param name="Query">The words.</param>
/// <param name="Count">How often.</param>
public sealed record MissedSearch(string Query, long Count);

/// <summary>What happened on a day.</summary>
/// <param name="Day">The day.</param>
/// <param name="Views">How often articles were opened.</param>
/// <param name="Searches">How often somebody looked for something.</param>
/// <param name="Shown">How often articles were suggested.</param>
/// <param name="Opened">How often a suggestion was opened.</param>
/// <param name="Solved">How often one ended the request.</param>
public sealed record ReadingDayView(string Day, long Views, long Searches, long Shown, long Opened, long Solved);

/// <summary>What a reader says of an article.</summary>
/// <param name="Helpful">Whether it helped.</param>
/// <param name="Words">What they wrote; null for nothing.</param>
/// <param name="Version">The version that they read.</param>
/// <param name="At">When they said it.</param>
/// <param name="Solved">Whether it solved the problem that they were about to send.</param>
public sealed record FeedbackView(bool Helpful, string? Words, int Version, DateTimeOffset At, bool Solved);

/// <summary>What readers say of an article.</summary>
/// <param name="Yes">How many found it helpful.</param>
/// <param name="No">How many did not.</param>
/// <param name="Solved">How many said that it solved their problem.</param>
/// <param name="Items">What single readers say.</param>
/// <param name="NextCursor">The <c>cursor</c> of the next page; null on the last.</param>
public sealed record FeedbackPage(long Yes, long No, long Solved, IReadOnlyList<FeedbackView> Items, string? NextCursor);

/// <summary>A ticket that an article has solved.</summary>
/// <param name="Ticket">Id or number of the ticket.</param>
[Example("""{"ticket":"42"}""")]
public sealed record SolvedTicketRequest([property: MaxLength(40)] string Ticket) : IFromRequest<SolvedTicketRequest>
{
    public static async ValueTask<SolvedTicketRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        var request = new SolvedTicketRequest(fields.Text("ticket", 40, required: true) ?? "");
        fields.Done();
        return request;
    }
}

/// <summary>How articles are read, and what they have solved.</summary>
public sealed class ArticleReadings(ArticleStore articles, ArticleLibrary library, ReadingStore readings, ReadingCounts counts, TicketStore tickets)
{
    private const int Listed = 100;

    /// <summary>Shows how the knowledge base is read, what is looked for and not found, and how many requests it has spared.</summary>
    [Function(nameof(GetKnowledgeStatistics)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Ok<KnowledgeStatistics>> GetKnowledgeStatistics(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/knowledge/statistics")] ReadingQuery query,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        // What this process has counted and not yet written belongs to it.
        await counts.RunAsync(cancellationToken);
        var to = query.To ?? (query.From is { } first && first.AddDays(365) < readings.Today ? first.AddDays(365) : readings.Today);
        var from = query.From ?? to.AddDays(-30);
        var days = await readings.ReadDaysAsync(caller.Workspace, from, to, cancellationToken);
        var votes = await readings.AllVotesAsync(caller.Workspace, cancellationToken);
        var all = days.Aggregate(ReadingDay.Empty, (sum, day) => Sum(sum, day.Counts)).Counts;
        var views = all.Where(pair => ReadingCount.ArticleOf(pair.Key) is not null)
            .ToDictionary(pair => ReadingCount.ArticleOf(pair.Key)!, pair => pair.Value, StringComparer.Ordinal);
        var titles = (await library.OfAsync(caller.Workspace, cancellationToken))?.Articles;
        return TypedResults.Ok(
            new KnowledgeStatistics(
                Text(from),
                Text(to),
                views.Values.Sum(),
                all.GetValueOrDefault(ReadingCount.Search),
                all.Where(pair => ReadingCount.IsMissed(pair.Key)).Sum(pair => pair.Value),
                [
                    .. Enum.GetValues<SuggestedIn>()
                        .Select(place => new SuggestionStatistics(
                            place,
                            Of(all, SuggestionStep.Shown, place),
                            Of(all, SuggestionStep.Opened, place),
                            Of(all, SuggestionStep.Solved, place)
                        )),
                ],
                [
                    .. views
                        .Keys.Union(votes.Keys, StringComparer.Ordinal)
                        .Where(id => id != ReadingCount.Several)
                        .Select(id =>
                        {
                            var said = votes.GetValueOrDefault(id) ?? new(0, 0, 0);
                            return new ArticleStatistics(
                                id,
                                titles?.GetValueOrDefault(id)?.Content.Title,
                                views.GetValueOrDefault(id),
                                said.Yes,
                                said.No,
                                said.Solved
                            );
                        })
                        .OrderByDescending(one => one.Views)
                        .ThenBy(one => one.Id, StringComparer.Ordinal)
                        .Take(Listed),
                ],
                [
                    .. all.Where(pair => ReadingCount.IsMissed(pair.Key))
                        .OrderByDescending(pair => pair.Value)
                        .ThenBy(pair => pair.Key, StringComparer.Ordinal)
                        .Take(Listed)
                        .Select(pair => new MissedSearch(ReadingCount.MissOf(pair.Key)!, pair.Value)),
                ],
                [
                    .. days.Select(day => new ReadingDayView(
                        Text(day.Day),
                        day.Counts.Counts.Where(pair => ReadingCount.ArticleOf(pair.Key) is not null).Sum(pair => pair.Value),
                        day.Counts.Counts.GetValueOrDefault(ReadingCount.Search),
                        Everywhere(day.Counts.Counts, SuggestionStep.Shown),
                        Everywhere(day.Counts.Counts, SuggestionStep.Opened),
                        Everywhere(day.Counts.Counts, SuggestionStep.Solved)
                    )),
                ]
            )
        );
    }

    /// <summary>Shows what readers say of an article, those with words alone when <c>words</c> is asked for.</summary>
    [Function(nameof(ListArticleFeedback)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Results<Ok<FeedbackPage>, NotFound>> ListArticleFeedback(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/articles/{id}/feedback")] FeedbackQuery query,
        string id,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        if (await articles.FindAsync(caller.Workspace, id, cancellationToken) is null)
            return TypedResults.NotFound();
        var list = $"article-feedback {caller.Workspace} {id} {query.Words}";
        var after = query.Cursor is null ? null : PageCursor.Read(list, query.Cursor, 1)[0];
        var votes = await readings.VotesAsync(caller.Workspace, id, cancellationToken);
        var (items, more) = await readings.ReadVotesAsync(caller.Workspace, id, after, query.Limit, query.Words, cancellationToken);
        return TypedResults.Ok(
            new FeedbackPage(
                votes.Yes,
                votes.No,
                votes.Solved,
                [.. items.Select(one => new FeedbackView(one.Vote.Helpful, one.Vote.Words, one.Vote.Version, one.Vote.At, one.Vote.Solved))],
                more ? PageCursor.Write(list, items[^1].Key) : null
            )
        );
    }

    /// <summary>Lists the tickets that an article has solved, as agents have noted.</summary>
    [Function(nameof(ListSolvedTickets)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Results<Ok<ListPage<string>>, NotFound>> ListSolvedTickets(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/articles/{id}/tickets")] PageQuery query,
        string id,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        if (await articles.FindAsync(caller.Workspace, id, cancellationToken) is null)
            return TypedResults.NotFound();
        var list = $"article-tickets {caller.Workspace} {id}";
        var after = query.Cursor is null ? null : PageCursor.Read(list, query.Cursor, 1)[0];
        var (items, more) = await articles.ReadSolvedAsync(caller.Workspace, id, after, query.Limit, cancellationToken);
        return TypedResults.Ok(new ListPage<string>(items, more ? PageCursor.Write(list, items[^1]) : null));
    }

    /// <summary>Notes that an article has solved a ticket.</summary>
    [Function(nameof(AddSolvedTicket)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Results<NoContent, NotFound>> AddSolvedTicket(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/articles/{id}/tickets")] SolvedTicketRequest request,
        string id,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        if (await articles.FindAsync(caller.Workspace, id, cancellationToken) is null)
            return TypedResults.NotFound();
        if (TicketAddress.Parse(caller.Workspace, request.Ticket) is not { } address || await tickets.FindAsync(address, cancellationToken) is not { } ticket)
            throw new InvalidRequestException("ticket", "ticket was not found: give the id or the number of a ticket of this workspace.");
        await articles.AddSolvedAsync(caller.Workspace, id, ticket.Id, caller.Actor, cancellationToken);
        return TypedResults.NoContent();
    }

    /// <summary>Takes back that an article has solved a ticket.</summary>
    /// <param name="ticket">Id of the ticket.</param>
    [Function(nameof(RemoveSolvedTicket)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Results<NoContent, NotFound>> RemoveSolvedTicket(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/articles/{id}/tickets/{ticket}")] Caller caller,
        string id,
        string ticket,
        CancellationToken cancellationToken
    ) =>
        ArticleStore.IsId(id)
        && TicketAddress.Parse(caller.Workspace, ticket) is not null
        && await articles.RemoveSolvedAsync(caller.Workspace, id, ticket, cancellationToken)
            ? TypedResults.NoContent()
            : TypedResults.NotFound();

    /// <summary>Sums without a bound: the day's own bound is on what is kept.</summary>
    private static ReadingDay Sum(ReadingDay sum, ReadingDay day)
    {
        var counts = sum.Counts.ToDictionary(StringComparer.Ordinal);
        foreach (var (name, count) in day.Counts)
            counts[name] = counts.GetValueOrDefault(name) + count;
        return new() { Counts = counts };
    }

    private static long Of(IReadOnlyDictionary<string, long> all, SuggestionStep step, SuggestedIn place) =>
        all.GetValueOrDefault(ReadingCount.Suggestion(step, place));

    private static long Everywhere(IReadOnlyDictionary<string, long> all, SuggestionStep step) =>
        Enum.GetValues<SuggestedIn>().Sum(place => Of(all, step, place));

    private static string Text(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}

/// <summary>Which words of readers are wanted.</summary>
/// <param name="Words">Whether only those are wanted who have written something.</param>
/// <param name="Limit">How many items a page has at most.</param>
/// <param name="Cursor">Where to go on: <c>nextCursor</c> of the page before, with the same filters. Leave it out for the first page.</param>
public sealed record FeedbackQuery(
    [property: System.ComponentModel.DefaultValue(false)] bool Words,
    [property: Range(1, 100), System.ComponentModel.DefaultValue(25)] int Limit,
    [property: MaxLength(400)] string? Cursor
) : IFromQuery<FeedbackQuery>
{
    public static FeedbackQuery Read(QueryReader query, HttpContext context)
    {
        var words = query.Text("words");
        if (words is not (null or "true" or "false"))
            query.Wrong("words", "must be true or false.");
        return new(words == "true", query.Limit(), query.Text("cursor", 400));
    }
}
