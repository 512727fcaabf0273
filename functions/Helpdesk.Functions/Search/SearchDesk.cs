using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.Json.Serialization;
using Helpdesk.Functions.Contacts;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Knowledge;
using Helpdesk.Functions.Tickets;
using Helpdesk.Search;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Search;

/// <summary>What is looked for.</summary>
/// <param name="Q">Words, <c>"phrases"</c>, <c>begin*</c>, <c>field:value</c>, and <c>-</c> before what is not wanted.</param>
/// <param name="Type">What to look through; everything when it is left out.</param>
/// <param name="Limit">How many tickets a page has at most.</param>
/// <param name="Cursor">Where to go on: <c>nextCursor</c> of the page before, with the same query. Leave it out for the first page.</param>
public sealed record SearchRequest(
    [property: Required, MaxLength(400)] string Q,
    IReadOnlyList<SearchType> Type,
    [property: Range(1, 100), DefaultValue(25)] int Limit,
    [property: MaxLength(400)] string? Cursor
) : IFromQuery<SearchRequest>
{
    public static SearchRequest Read(QueryReader query, HttpContext context)
    {
        var wanted = new SearchRequest(query.Text("q", 400) ?? "", query.ListOf<SearchType>("type"), query.Limit(), query.Text("cursor", 400));
        if (string.IsNullOrWhiteSpace(wanted.Q))
            query.Wrong("q", "is missing: give at least one word to look for.");
        else if (SearchQuery.Read(wanted.Q).Problem is { } problem)
            query.Wrong("q", problem);
        return wanted;
    }
}

/// <summary>A piece of a text in which words were found.</summary>
/// <param name="Field">Which text it is: <c>subject</c>, <c>description</c>, <c>comment</c>, <c>note</c>, <c>requester</c>, <c>name</c>, <c>email</c>; of
/// an article <c>title</c>, <c>summary</c>, <c>body</c>.</param>
/// <param name="Text">The piece, as it was written: escape it where it is shown.</param>
/// <param name="Marks">Where the words begin and end in it, counted in UTF-16 units; the end is not part of them.</param>
public sealed record SearchHighlight(string Field, string Text, IReadOnlyList<IReadOnlyList<int>> Marks);

/// <summary>Something that was found.</summary>
/// <param name="Type">What it is.</param>
/// <param name="Id">Its id.</param>
/// <param name="Score">How well it fits, among the tickets of this query; left out for what is not ranked by its words.</param>
/// <param name="Highlights">Where the words stand in it.</param>
/// <param name="Ticket">The ticket; left out for what is none.</param>
/// <param name="Contact">The contact; left out for what is none.</param>
/// <param name="Organisation">The organisation; left out for what is none.</param>
/// <param name="Article">The article; left out for what is none.</param>
public sealed record SearchItem(
    SearchType Type,
    string Id,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? Score,
    IReadOnlyList<SearchHighlight> Highlights,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] TicketSummaryView? Ticket = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ContactSummaryView? Contact = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] OrganisationView? Organisation = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] FoundArticle? Article = null
);

/// <summary>Whether what was found has every word.</summary>
[JsonConverter(typeof(WireNameConverter<SearchMatch>))]
public enum SearchMatch
{
    /// <summary>Each ticket has every word.</summary>
    All,

    /// <summary>No ticket has every word: each of these has at least half of them.</summary>
    Some,
}

/// <summary>What was found: contacts, organisations and articles first, then tickets, the best first.</summary>
/// <param name="Items">What is on the page.</param>
/// <param name="NextCursor">The <c>cursor</c> of the next page of tickets; null on the last.</param>
/// <param name="Tickets">How many tickets were found.</param>
/// <param name="Match">Whether the tickets have every word.</param>
/// <param name="More">Whether there are more contacts, organisations or articles than are shown: their own lists have them all.</param>
/// <param name="Approximate">Whether a word stands in so much that not all of it was read, or the index is being rebuilt: there may be more tickets.</param>
[Example(
    """
        {"items":[{"type":"tickets","id":"42-p1x9wmqk3e","score":6.412,
         "highlights":[{"field":"subject","text":"VPN drops every ten minutes","marks":[[0,3]]}],
         "ticket":{"id":"42-p1x9wmqk3e","number":42,"workspace":"main","subject":"VPN drops every ten minutes","status":"open","priority":"high","type":null,
         "tier":1,"group":"it-support","assignee":"ada","requester":{"email":"rita@example.com","name":"Rita"},"tags":["vpn"],"channel":"email",
         "createdAt":"2026-03-10T09:00:00.000Z","updatedAt":"2026-03-10T09:12:00.000Z","resolvedAt":null,"closedAt":null,"mergedInto":null,
         "followUpOf":null,"sla":null,"version":3}}],
         "nextCursor":null,"tickets":1,"match":"all","more":false,"approximate":false}
        """
)]
public sealed record SearchAnswer(IReadOnlyList<SearchItem> Items, string? NextCursor, long Tickets, SearchMatch Match, bool More, bool Approximate);

/// <summary>
/// Looks for words in tickets with their comments and in published articles, and for contacts and organisations by their names and addresses.
/// </summary>
/// <remarks>
/// A ticket is found by its subject, description, comments, resolution, requester, people who take part, tags, custom fields and number; by its internal
/// notes only with a key that may read them.
/// </remarks>
public sealed class SearchDesk(SearchIndexStore index, SearchFlushes flushes, TicketStore tickets, ArticleLibrary library, IEnumerable<ISearchSource> sources)
{
    /// <summary>How many of each other kind are shown with tickets.</summary>
    private const int Others = 5;

    /// <summary>Comments of a ticket in which words are looked for again to show them.</summary>
    private const int Comments = 200;

    [Function(nameof(SearchDesk)), RequiresKey(KeyRole.Integration, KeyRole.Agent, KeyRole.Admin)]
    public async Task<Ok<SearchAnswer>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/search")] SearchRequest request,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        var query = For(SearchQuery.Read(request.Q).Query!, caller);
        var plan = new SearchPlan((await library.SynonymsAsync(caller.Workspace, cancellationToken)).In(query));
        var list = $"search {caller.Workspace} {request.Q}";
        var after = request.Cursor is null ? null : PageCursor.Read(list, request.Cursor, 3);
        var wantsTickets = request.Type.Count == 0 || request.Type.Contains(SearchType.Tickets);
        var (items, more) = (new List<SearchItem>(), false);
        if (!query.IsOfTickets && request.Cursor is null)
        {
            var limit = wantsTickets || request.Type.Count > 1 ? Math.Min(Others, request.Limit) : request.Limit;
            foreach (var source in sources.Where(source => request.Type.Count == 0 || request.Type.Contains(source.Type)).OrderBy(source => source.Type))
            {
                var found = await source.FindAsync(caller, plan, limit, cancellationToken);
                items.AddRange(found.Items);
                more |= found.More;
            }
        }

        if (!wantsTickets)
            return TypedResults.Ok(new SearchAnswer(items, null, 0, SearchMatch.All, more, false));

        var reading = await index.ReadAsync(caller.Workspace, plan.Ranges(), cancellationToken);
        await flushes.SeenAsync(caller.Workspace, reading.Waiting, cancellationToken);
        var fields = caller.SeesNotes ? SearchFields.All : SearchFields.Without(SearchField.Note);
        var ranked = new SearchRanking(plan, reading.Parts, reading.Tickets, fields, after is null ? null : Counts(after[2])).Run();
        var rest = after is null ? ranked.Hits : [.. ranked.Hits.SkipWhile(hit => !IsBehind(hit, after))];
        var page = rest.Take(request.Limit).ToList();
        var shown = await Task.WhenAll(page.Select(hit => ShowAsync(caller, plan, hit, cancellationToken)));
        items.AddRange(shown.OfType<SearchItem>());
        return TypedResults.Ok(
            new SearchAnswer(
                items,
                rest.Count > page.Count ? CursorOf(list, page[^1], ranked.Counts) : null,
                ranked.Hits.Count,
                ranked.All ? SearchMatch.All : SearchMatch.Some,
                more,
                !reading.IsWhole || reading.Index.Rebuild is { FinishedAt: null }
            )
        );
    }

    /// <summary>The query as this caller means it.</summary>
    private static SearchQuery For(SearchQuery query, Caller caller)
    {
        if (!caller.SeesNotes && query.Words.Any(words => words.Fields == SearchFields.Mask(SearchField.Note)))
            throw new InvalidRequestException("q", "q looks for notes, which this key may not read: an admin can make one with \"scopes\": [\"notes\"].");
        return query with
        {
            Facts =
            [
                .. query.Facts.Select(fact =>
                    fact.Name == "assignee" ? fact with { Values = [.. fact.Values.Select(value => Assignee(value, caller))] } : fact
                ),
            ],
        };
    }

    private static string Assignee(string value, Caller caller) =>
        value != "me" ? value : caller.Agent ?? throw new InvalidRequestException("q", "q asks for assignee \"me\", but this key belongs to no agent.");

    /// <summary>A hit with what it shows; null for a ticket that is not there.</summary>
    private async Task<SearchItem?> ShowAsync(Caller caller, SearchPlan plan, SearchHit hit, CancellationToken cancellationToken)
    {
        var address = new TicketAddress(caller.Workspace, hit.Number);
        if (await tickets.FindAsync(address, cancellationToken) is not { } ticket)
            return null;
        var highlights = new List<SearchHighlight>();
        Mark(SearchField.Subject, ticket.Subject);
        Mark(SearchField.Description, ticket.Description);
        Mark(SearchField.Requester, $"{ticket.Requester.Name} {ticket.Requester.Email}".Trim());
        Mark(SearchField.Comment, ticket.Resolution);
        var written = SearchFields.Mask(SearchField.Comment) | SearchFields.Mask(SearchField.Note);
        if ((hit.Fields & written) != 0)
        {
            foreach (var (_, comment) in await tickets.ReadCommentsAsync(address, null, Comments, cancellationToken, caller.SeesNotes))
                Mark(comment.Visibility == CommentVisibility.Public ? SearchField.Comment : SearchField.Note, comment.Body);
        }

        return new(SearchType.Tickets, ticket.Id, hit.Score, [.. highlights.DistinctBy(one => one.Field)], TicketSummaryView.Of(ticket));

        void Mark(SearchField field, string? text)
        {
            if (text is not null && (hit.Fields & SearchFields.Mask(field)) != 0 && SearchMarks.In(text, field, plan) is { } marked)
                highlights.Add(new(WireName<SearchField>.Of(field), marked.Text, marked.Marks));
        }
    }

    private static string CursorOf(string list, SearchHit last, IReadOnlyList<long> counts) =>
        PageCursor.Write(
            list,
            ((long)Math.Round(last.Score * 1000)).ToString(CultureInfo.InvariantCulture),
            last.Number.ToString(CultureInfo.InvariantCulture),
            string.Join('.', counts)
        );

    private static bool IsBehind(SearchHit hit, string[] after)
    {
        var score = Math.Round(hit.Score * 1000);
        var (last, number) = (Number(after[0]), Number(after[1]));
        return score < last || (score == last && hit.Number < number);
    }

    private static List<long> Counts(string text) => [.. text.Split('.').Select(Number)];

    private static long Number(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new InvalidRequestException("cursor", "cursor is not one that this list gave; start again without it.");
}
