using Helpdesk.Functions.Contacts;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Tickets;
using Helpdesk.Search;

namespace Helpdesk.Functions.Search;

/// <summary>Erases people from the index: what still leads to them is made again from the tickets, then what does not count any more goes.</summary>
/// <remarks>Tickets are erased before, so that the words that are made again are those that are left.</remarks>
public sealed class SearchErasure(SearchIndexStore index, TicketStore tickets, TicketDocuments documents) : IHoldsPersonalData
{
    /// <summary>Tickets of one step.</summary>
    private const int StepSize = 200;

    private const string Purge = "purge";

    public string Name => "search";

    public int Place => 25;

    public async Task<ErasureStep> EraseAsync(ErasureOrder order, string? from, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(order);
        if (from == Purge)
        {
            // Whoever is at it at this moment loses: what they write would have been read before.
            for (var attempt = 0; !await index.FlushAsync(order.Workspace, 1, purge: true, cancellationToken); attempt++)
                await TicketStore.PauseAsync(attempt, cancellationToken);
            return new(0, null);
        }

        var before = from is null ? long.MaxValue : long.Parse(from, System.Globalization.CultureInfo.InvariantCulture);
        var numbers = new SortedSet<long>();
        foreach (var needle in order.Person.Needles())
        {
            // As a phrase, letter by letter.
            if (SearchQuery.Read($"\"{needle.Replace('"', ' ')}\"").Query is not { } query)
                continue;
            var plan = new SearchPlan(query);
            var reading = await index.ReadAsync(order.Workspace, plan.Ranges(), cancellationToken);
            numbers.UnionWith(new SearchRanking(plan, reading.Parts, reading.Tickets, SearchFields.All).Run().Hits.Select(hit => hit.Number));
        }

        var some = numbers.Reverse().Where(number => number < before).Take(StepSize).ToList();
        var made = new List<SearchDocument>();
        foreach (var number in some)
        {
            if (await tickets.FindAsync(new(order.Workspace, number), cancellationToken) is { } ticket)
                made.AddRange(await documents.AgainAsync(ticket, cancellationToken));
        }

        if (made.Count > 0)
            await index.PutAsync(order.Workspace, made, cancellationToken);
        return new(made.Count, some.Count == StepSize ? some[^1].ToString(System.Globalization.CultureInfo.InvariantCulture) : Purge);
    }
}

/// <summary>Makes segments of what is new, and lets nothing stay that does not count any more where somebody was erased.</summary>
public sealed class SearchTidying(SearchIndexStore index) : INightlyWork
{
    public Task TidyAsync(string workspace, CancellationToken cancellationToken) =>
        index.FlushAsync(workspace, SearchIndexStore.NewRows / 4, purge: null, cancellationToken);
}
