using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Tickets;
using Helpdesk.Satisfaction;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Satisfaction;

/// <summary>Which ratings are wanted.</summary>
/// <param name="From">Only those that were given at this instant or later; 30 days before <c>to</c> when it is left out, and at most 366 days.</param>
/// <param name="To">Only those that were given before this instant; now when it is left out.</param>
/// <param name="Rating">Only these: a comma list of numbers from 1 to 5.</param>
/// <param name="Agent">Only those of tickets that this agent had when they were resolved: an id, or <c>me</c>.</param>
/// <param name="Group">Only those of tickets that belonged to this group then: an id.</param>
/// <param name="Limit">How many items a page has at most.</param>
/// <param name="Cursor">Where to go on: <c>nextCursor</c> of the page before, with the same filters and <c>to</c>. Leave it out for the first page.</param>
public sealed record RatingsQuery(
    DateTimeOffset? From,
    DateTimeOffset? To,
    [property: MaxLength(20)] string? Rating,
    [property: MaxLength(60)] string? Agent,
    [property: MaxLength(60)] string? Group,
    [property: Range(1, 100), DefaultValue(25)] int Limit,
    [property: MaxLength(400)] string? Cursor
) : IFromQuery<RatingsQuery>
{
    internal RatingFilter Filter { get; init; } = new(default, default, [], null, null);

    public static RatingsQuery Read(QueryReader query, HttpContext context)
    {
        // Until the end of the hour, so that the cursor of a page stays good for a while.
        var now = context.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow();
        var hour = new DateTimeOffset(now.UtcDateTime.Date.AddHours(now.UtcDateTime.Hour + 1), TimeSpan.Zero);
        var (from, to) = (query.Instant("from"), query.Instant("to"));
        var until = to ?? hour;
        var since = from ?? until.AddDays(-30);
        if (since >= until)
            query.Wrong("to", "must be later than from.");
        else if (until - since > TimeSpan.FromDays(366))
            query.Wrong("from", "must be at most 366 days before to.");
        var ratings = query.List("rating");
        if (ratings.Any(rating => rating is not ("1" or "2" or "3" or "4" or "5")))
            query.Wrong("rating", "must be one or more of 1, 2, 3, 4, 5.");
        var agent = query.Text("agent", 60);
        var group = query.Text("group", 60);
        return new(from, to, ratings.Count == 0 ? null : string.Join(',', ratings), agent, group, query.Limit(), query.Text("cursor", 400))
        {
            Filter = new(
                since,
                until,
                [
                    .. ratings
                        .Where(rating => rating.Length == 1)
                        .Select(rating => rating[0] - '0')
                        .Where(rating => rating is >= 1 and <= SatisfactionRules.Best),
                ],
                agent,
                group
            ),
        };
    }
}

/// <summary>What a requester said of a resolution.</summary>
/// <param name="Ticket">Id of the ticket.</param>
/// <param name="Number">Number of the ticket.</param>
/// <param name="Subject">What it is about.</param>
/// <param name="Requester">Who said it.</param>
/// <param name="Rating">1 to 5; good counts as 5 and bad as 1.</param>
/// <param name="Comment">Why, in their words; null for nothing.</param>
/// <param name="RatedAt">When they said it first.</param>
/// <param name="ChangedAt">When they said it as it is.</param>
/// <param name="Agent">Id of the agent who had the ticket when it was resolved, or else who resolved it; null for nobody.</param>
/// <param name="Group">Id of the group that it belonged to then; null for none.</param>
[Example(
    """
        {"ticket":"42-p1x9wmqk3e","number":42,"subject":"Printer","requester":{"email":"rita@example.com","name":"Rita"},"rating":5,
         "comment":"Quick and kind","ratedAt":"2026-03-11T10:00:00.000Z","changedAt":"2026-03-11T10:00:00.000Z","agent":"ada","group":"it-support"}
        """
)]
public sealed record RatingView(
    string Ticket,
    long Number,
    string Subject,
    RequesterView Requester,
    int Rating,
    string? Comment,
    DateTimeOffset RatedAt,
    DateTimeOffset ChangedAt,
    string? Agent,
    string? Group
);

/// <summary>Lists what requesters said of resolutions, the newest first.</summary>
public sealed class ListRatings(RatingStore ratings, TicketStore tickets)
{
    [Function(nameof(ListRatings)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Ok<ListPage<RatingView>>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/satisfaction")] RatingsQuery query,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentNullException.ThrowIfNull(caller);
        var filter = query.Filter.Agent == "me" ? query.Filter with { Agent = caller.Agent } : query.Filter;
        var page = await ratings.ReadAsync(caller.Workspace, filter, query.Limit, query.Cursor, cancellationToken);
        var shown = await Task.WhenAll(page.Items.Select(rating => ShowAsync(caller.Workspace, rating, cancellationToken)));
        return TypedResults.Ok(new ListPage<RatingView>([.. shown.OfType<RatingView>()], page.NextCursor));
    }

    private async Task<RatingView?> ShowAsync(string workspace, KeptRating rating, CancellationToken cancellationToken)
    {
        var address = new TicketAddress(workspace, rating.Number);
        if (await tickets.FindAsync(address, cancellationToken) is not { } ticket)
            return null;
        var events = await tickets.ReadEventsAsync(address, rating.Seq - 1, 1, cancellationToken);
        return new(
            ticket.Id,
            ticket.Number,
            ticket.Subject,
            RequesterView.Of(ticket.Requester),
            rating.Rating,
            events is [{ Fact: SatisfactionRated rated }] ? rated.Comment : null,
            rating.At,
            rating.ChangedAt,
            rating.Agent,
            rating.Group
        );
    }
}
