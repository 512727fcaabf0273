using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Tickets;
using Helpdesk.Search;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Search;

/// <summary>How many similar tickets are wanted.</summary>
/// <param name="Limit">How many at most.</param>
public sealed record SimilarQuery([property: Range(1, SimilarQuery.Most), DefaultValue(5)] int Limit) : IFromQuery<SimilarQuery>
{
    internal const int Most = 10;

    public static SimilarQuery Read(QueryReader query, HttpContext context) => new(query.Whole("limit", 1, Most) ?? 5);
}

/// <summary>A ticket that is about the same as another one.</summary>
/// <param name="Score">How much it has in common with it: higher is more.</param>
/// <param name="Ticket">The ticket.</param>
/// <param name="Resolution">What solved it; null while nothing has.</param>
public sealed record SimilarTicketView(double Score, TicketSummaryView Ticket, string? Resolution);

/// <summary>The tickets that are about the same as another one.</summary>
/// <param name="Items">The most similar first; empty where none is.</param>
[Example(
    """
        {"items":[{"score":3.127,
         "ticket":{"id":"17-8c1zt5v2ma","number":17,"workspace":"main","subject":"VPN drops in the hotel","status":"resolved","priority":"normal","type":null,
         "tier":1,"group":"it-support","assignee":"ada","requester":{"email":"rita@example.com","name":"Rita"},"tags":["vpn"],"channel":"email",
         "createdAt":"2026-03-10T09:00:00.000Z","updatedAt":"2026-03-10T09:12:00.000Z","resolvedAt":"2026-03-10T09:12:00.000Z","closedAt":null,
         "mergedInto":null,"followUpOf":null,"sla":null,"version":3},"resolution":"The client keeps the tunnel open from version 5.2 on."}]}
        """
)]
public sealed record SimilarTicketsView(IReadOnlyList<SimilarTicketView> Items);

/// <summary>
/// Finds tickets that are about the same as this one, solved ones and open ones, by the telling words of its subject. It reads at most six words of the
/// search index, and as many tickets as are shown, however many tickets there are.
/// </summary>
/// <remarks>A ticket that has just been opened is found by others a moment later, as in search. Tickets that were merged into others are not shown.</remarks>
public sealed class FindSimilarTickets(SearchIndexStore index, SearchFlushes flushes, TicketStore tickets)
{
    /// <summary>Tickets that are read besides those that are shown, in place of merged ones.</summary>
    private const int Spare = 3;

    [Function(nameof(FindSimilarTickets)), RequiresKey(KeyRole.Integration, KeyRole.Agent, KeyRole.Admin)]
    public async Task<Results<Ok<SimilarTicketsView>, NotFound>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/tickets/{id}/similar")] SimilarQuery query,
        string id,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentNullException.ThrowIfNull(caller);
        if (TicketAddress.Parse(caller.Workspace, id) is not { } address || await tickets.FindAsync(address, cancellationToken) is not { } ticket)
            return TypedResults.NotFound();
        if (SimilarTickets.QueryOf(ticket.Subject, ticket.Description) is not { } words)
            return TypedResults.Ok(new SimilarTicketsView([]));
        var plan = new SearchPlan(words);
        var reading = await index.ReadAsync(caller.Workspace, plan.Ranges(), cancellationToken);
        await flushes.SeenAsync(caller.Workspace, reading.Waiting, cancellationToken);
        var fields = caller.SeesNotes ? SearchFields.All : SearchFields.Without(SearchField.Note);
        var found = new SearchRanking(plan, reading.Parts, reading.Tickets, fields).Run(SimilarTickets.LeastOf(words));
        var candidates = SimilarTickets.Others(found, ticket.Number).Take(query.Limit + Spare).ToList();
        var read = await Task.WhenAll(candidates.Select(hit => tickets.FindAsync(new(caller.Workspace, hit.Number), cancellationToken)));
        return TypedResults.Ok(
            new SimilarTicketsView([
                .. candidates
                    .Zip(read)
                    .Where(one => one.Second is { MergedInto: null })
                    .Take(query.Limit)
                    .Select(one => new SimilarTicketView(one.First.Score, TicketSummaryView.Of(one.Second!), one.Second!.Resolution)),
            ])
        );
    }
}
