using Helpdesk.Functions.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Tickets;

/// <summary>Undoes the merge of a ticket. Its comments and participants return to it, and it goes on where it stood. What was written since stays.</summary>
public sealed class UnmergeTicket(TicketStore tickets, MergeOptions options, TimeProvider time)
{
    [Function(nameof(UnmergeTicket)), RequiresKey(KeyRole.Agent, KeyRole.Admin), Refuses("ticket-not-merged", "unmerge-too-late", "merge-target-merged")]
    public Task<Results<Ok<TicketView>, NotFound>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/tickets/{id}/unmerge")] NoBody nothing,
        string id,
        ChangeTicket change,
        CancellationToken cancellationToken
    ) =>
        change.AnswerPairAsync(
            id,
            async (source, cancelled) =>
            {
                if (PairRules.UnmergeRefusal(source, options.UnmergeWithin, time.GetUtcNow()) is { } late)
                    throw late;
                var target = await change.FindOtherAsync("id", source.MergedInto!, cancelled);
                var events = await tickets.ReadEventsAsync(TicketAddress.Of(source), 0, (int)source.Version, cancelled);
                var merged = events.Select(happened => happened.Fact).OfType<TicketMerged>().Last();
                var unmerge = TicketPairs.Change(PairChangeKind.Unmerge, target, change.Caller.Actor) with { Status = merged.From };
                return PairRules.Refusal(unmerge, source, target) is { } refusal ? throw refusal : unmerge;
            },
            cancellationToken
        );
}

/// <summary>How long a merge can be undone.</summary>
public sealed record MergeOptions
{
    /// <summary>A merge can be undone for so long. 1 min to 30 days; <c>Tickets__UnmergeWithin</c>.</summary>
    public TimeSpan UnmergeWithin { get; init; } = TimeSpan.FromDays(1);

    /// <summary>Reads the settings and checks them.</summary>
    public static MergeOptions From(IConfiguration settings)
    {
        if (settings["Tickets:UnmergeWithin"] is not { } text)
            return new();
        return
            TimeSpan.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var within)
            && within >= TimeSpan.FromMinutes(1)
            && within <= TimeSpan.FromDays(30)
            ? new() { UnmergeWithin = within }
            : throw new InvalidOperationException($"Tickets__UnmergeWithin is \"{text}\"; it must be a time from 00:01:00 to 30.00:00:00.");
    }
}
