using Helpdesk.Conditions;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Tickets;
using Helpdesk.Sla;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Sla;

/// <summary>A draft to hold against the tickets of a past period; without one the policy as it is.</summary>
public sealed record TryPolicyRequest(ReadOnlyMemory<byte> Body, DateTimeOffset From, DateTimeOffset To, int Limit, string? Cursor, bool HasDraft)
    : IFromRequest<TryPolicyRequest>
{
    public static async ValueTask<TryPolicyRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        var (from, to) = (fields.Instant("from", required: true), fields.Instant("to", required: true));
        var (limit, cursor) = (fields.Whole("limit", 1, 100) ?? 25, fields.Text("cursor", 400));
        var hasDraft = fields.Object("policy") is not null;
        if (from >= to)
            fields.Wrong("to", "must be after from.");
        fields.Done();
        return new(await RequestBody.ReadUtf8Async(context), from!.Value, to!.Value, limit, string.IsNullOrEmpty(cursor) ? null : cursor, hasDraft);
    }
}

/// <summary>What would have become of one ticket.</summary>
/// <param name="Id">Id of the ticket.</param>
/// <param name="Number">Number of the ticket.</param>
/// <param name="Subject">What it is about.</param>
/// <param name="CreatedAt">When it was opened.</param>
/// <param name="Targets">What would have become of each promise.</param>
public sealed record TriedTicket(string Id, long Number, string Subject, DateTimeOffset CreatedAt, IReadOnlyList<TriedTarget> Targets);

/// <summary>What would have become of one promise.</summary>
/// <param name="Metric">What is promised.</param>
/// <param name="Cycle">Counts how often the metric began anew: 1, 2, 3 …</param>
/// <param name="State">What would have become of it.</param>
/// <param name="DueAt">When it would have been due; null when that cannot be told.</param>
/// <param name="StoppedAt">When its clock would have stopped; null while it runs.</param>
/// <param name="BreachedAt">When it would have been broken; null when it was not.</param>
public sealed record TriedTarget(SlaMetric Metric, int Cycle, SlaState State, DateTimeOffset? DueAt, DateTimeOffset? StoppedAt, DateTimeOffset? BreachedAt);

/// <summary>How often a promise would have been kept by the tickets of this page.</summary>
/// <param name="Metric">What is promised.</param>
/// <param name="Met">How many promises would have been kept.</param>
/// <param name="Breached">How many would have been broken.</param>
/// <param name="Running">How many would still be open.</param>
/// <param name="Cancelled">How many would have ended uncounted.</param>
/// <param name="AchievedPercent">The share of kept promises among those kept or broken, in percent; null when there are none.</param>
public sealed record TriedMetric(SlaMetric Metric, int Met, int Breached, int Running, int Cancelled, double? AchievedPercent);

/// <summary>One page of a trial.</summary>
/// <param name="Items">The tickets of this page that the policy is for.</param>
/// <param name="Metrics">What that comes to, by metric.</param>
/// <param name="Progress">The share of the period that has been looked at, 0 to 1.</param>
/// <param name="NextCursor">The <c>cursor</c> of the next page; null on the last.</param>
public sealed record PolicyTrial(IReadOnlyList<TriedTicket> Items, IReadOnlyList<TriedMetric> Metrics, double Progress, string? NextCursor);

/// <summary>Tries a policy on the tickets of a past period. Page by page it says what would have been met and breached; nothing is changed.</summary>
public sealed class TryPolicy(SettingsStore settings, TicketClocks clocks, TicketListStore lists, TicketStore tickets, TimeProvider time)
{
    [Function(nameof(TryPolicy)), RequiresKey(KeyRole.Admin), Takes(typeof(TryPolicyBody))]
    public async Task<Results<Ok<PolicyTrial>, NotFound>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/sla/policies/{id}/try")] TryPolicyRequest request,
        string id,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        if (await ManagePolicies.FindAsync(caller.Workspace, id, settings, cancellationToken) is not { } current)
            return TypedResults.NotFound();
        var (_, calendars) = await clocks.CurrentAsync(caller.Workspace, cancellationToken);
        var draft = current;
        if (request.HasDraft)
        {
            var fields = FieldReader.Parse(request.Body).Object("policy")!;
            draft = new PolicyRequest(id, fields.Raw()).Apply(current, calendars, time.GetUtcNow());
        }

        var calendar =
            calendars(draft.Policy.Calendar)
            ?? throw new InvalidRequestException("policy.calendar", "policy.calendar was not found: give the id of a calendar of this workspace.");
        var (now, counted) = (time.GetUtcNow(), new BusinessCalendar(calendar.Definition));
        var page = await lists.ReadAsync(
            caller.Workspace,
            new TicketFilter { Order = TicketOrder.CreatedAscending },
            request.Limit,
            request.Cursor,
            cancellationToken,
            startAt: request.From
        );
        var items = new List<TriedTicket>();
        foreach (var listed in page.Items.Where(ticket => ticket.CreatedAt < request.To))
        {
            var address = new TicketAddress(listed.Workspace, listed.Number);
            if (IsForSure(draft, listed) == false || await tickets.FindAsync(address, cancellationToken) is not { } ticket || !draft.IsFor(ticket))
                continue;
            var events = await tickets.ReadEventsAsync(address, 0, (int)ticket.Version, cancellationToken);
            var book = new SlaBook(_ => draft, _ => counted);
            var timeline = events
                .Where(happened => happened.Fact is not (SlaPolicyApplied or SlaCalendarSwitched))
                .SelectMany(happened => TicketSlaRules.ToSla(happened, book));
            var status = SlaEngine.Evaluate(
                timeline,
                draft.Policy with
                {
                    Calendar = calendar.Key,
                },
                new Dictionary<string, BusinessCalendar>(StringComparer.Ordinal) { [calendar.Key] = counted },
                now
            );
            items.Add(
                new(
                    ticket.Id,
                    ticket.Number,
                    ticket.Subject,
                    ticket.CreatedAt,
                    [
                        .. status.Targets.Select(target => new TriedTarget(
                            target.Metric,
                            target.Cycle,
                            target.State,
                            target.DueAt,
                            target.StoppedAt,
                            target.BreachedAt
                        )),
                    ]
                )
            );
        }

        var done = page.NextCursor is null || page.Items.Any(ticket => ticket.CreatedAt >= request.To);
        var reached = page.Items.Count > 0 ? page.Items[^1].CreatedAt : request.From;
        return TypedResults.Ok(
            new PolicyTrial(
                items,
                [.. items.SelectMany(item => item.Targets).GroupBy(target => target.Metric).OrderBy(targets => targets.Key).Select(Count)],
                done ? 1 : Math.Round((reached - request.From) / (request.To - request.From), 4),
                done ? null : page.NextCursor
            )
        );
    }

    /// <summary>Whether a policy is for a ticket of a list, which has no description; null where that decides.</summary>
    private static bool? IsForSure(PolicySetting policy, Ticket listed)
    {
        var subject = new ConditionSubject { Now = listed.UpdatedAt, Ticket = listed };
        return policy.Condition.Decide(term => term is Term { Field.Name: "description" } ? null : term.Holds(subject));
    }

    private static TriedMetric Count(IGrouping<SlaMetric, TriedTarget> targets)
    {
        int Of(SlaState state) => targets.Count(target => target.State == state);
        var (met, breached) = (Of(SlaState.Met), Of(SlaState.Breached));
        return new(
            targets.Key,
            met,
            breached,
            Of(SlaState.Running) + Of(SlaState.Paused),
            Of(SlaState.Cancelled),
            met + breached == 0 ? null : Math.Round(100.0 * met / (met + breached), 1)
        );
    }
}
