using System.ComponentModel.DataAnnotations;
using Helpdesk.Functions.Hosting;
using Helpdesk.Sla;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Sla;

/// <summary>A timeline, the policy to hold it against, and the instant to ask about.</summary>
public sealed record EvaluateSlaRequest(
    IReadOnlyDictionary<string, BusinessCalendar> Calendars,
    SlaPolicy Policy,
    IReadOnlyList<SlaEvent> Events,
    DateTimeOffset Now
) : IFromRequest<EvaluateSlaRequest>
{
    private const int MostEvents = 2_000;

    public static async ValueTask<EvaluateSlaRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        var calendars = new Dictionary<string, BusinessCalendar>(StringComparer.Ordinal);
        if (fields.Object("calendars", required: true) is { } named)
        {
            foreach (var name in named.Names())
            {
                if (named.Object(name, required: true) is { } calendar && CalendarFields.Read(calendar) is { } read)
                    calendars[name] = read;
            }
        }

        var policy = fields.Object("policy", required: true) is { } promised ? PolicyFields.Read(promised, calendars.ContainsKey) : null;
        var events = (fields.Objects("events", MostEvents, required: true) ?? []).Select(one => Event(one, calendars)).OfType<SlaEvent>().ToList();
        var now = fields.Instant("now", required: true);
        fields.Done();
        return new(calendars, policy!, events, now!.Value);
    }

    private static SlaEvent? Event(FieldReader fields, Dictionary<string, BusinessCalendar> calendars)
    {
        var type = fields.Text("type", 40, required: true);
        var (at, received, id) = (fields.Instant("at", required: true) ?? default, fields.Instant("receivedAt"), fields.Text("id", 100));
        SlaEvent? happened = type switch
        {
            "ticket-opened" => new SlaTicketOpened(at, received, id, By(fields), fields.OneOf<TicketPriority>("priority") ?? TicketPriority.Normal),
            "comment-added" => new SlaCommentAdded(at, received, id, By(fields), fields.OneOf<CommentVisibility>("visibility") ?? CommentVisibility.Public),
            "status-changed" => new SlaStatusChanged(at, received, id, fields.OneOf<TicketStatus>("to", required: true) ?? default),
            "priority-changed" => new SlaPriorityChanged(at, received, id, fields.OneOf<TicketPriority>("to", required: true) ?? default),
            "tier-changed" => new SlaTierChanged(
                at,
                received,
                id,
                fields.Whole("to", 1, TicketRules.TopTier, required: true) ?? 1,
                By(fields, required: false)
            ),
            "calendar-changed" => new SlaCalendarChanged(at, received, id, PolicyFields.Calendar(fields, "to", calendars.ContainsKey) ?? ""),
            "ticket-reopened" => new SlaTicketReopened(at, received, id),
            "ticket-merged" => new SlaTicketMerged(at, received, id, fields.Instant("oldestUnanswered"), fields.Text("into", 40) is { Length: > 0 }),
            _ => null,
        };
        // Who did it is told with any fact, and matters to some.
        fields.OneOf<ActorKind>("by");
        if (type is not null && happened is null)
            fields.Wrong(
                "type",
                "must be ticket-opened, comment-added, status-changed, priority-changed, tier-changed, calendar-changed, ticket-reopened or ticket-merged."
            );
        fields.Ends();
        return happened;
    }

    private static ActorKind By(FieldReader fields, bool required = true) => fields.OneOf<ActorKind>("by", required) ?? ActorKind.System;
}

/// <summary>How one promise stands, with everything that explains it.</summary>
/// <param name="Metric">What is promised.</param>
/// <param name="Cycle">Counts how often the metric began anew: 1, 2, 3 …</param>
/// <param name="Priority">The priority whose promise it is.</param>
/// <param name="Within">The promised length of business time.</param>
/// <param name="State">What the promise is.</param>
/// <param name="StartedAt">When its clock started.</param>
/// <param name="DueAt">When it is due; null while that cannot be told: its clock is paused, or the calendar has no hours.</param>
/// <param name="StoppedAt">When its clock stopped; null while it has not.</param>
/// <param name="BreachedAt">When it was broken; null when it was not.</param>
/// <param name="Cause"><c>policy-change</c> when a new priority or policy broke it at once, <c>no-hours</c> when the calendar has none; otherwise
/// null.</param>
/// <param name="EverBreached">Whether it was ever broken, even if a longer promise made that good.</param>
/// <param name="Elapsed">The business time that is used up.</param>
/// <param name="Intervals">Every stretch of time since the start, and whether it counted.</param>
public sealed record SlaTargetView(
    SlaMetric Metric,
    int Cycle,
    TicketPriority Priority,
    [property: DataType(DataType.Duration)] string Within,
    SlaState State,
    DateTimeOffset StartedAt,
    DateTimeOffset? DueAt,
    DateTimeOffset? StoppedAt,
    DateTimeOffset? BreachedAt,
    string? Cause,
    bool EverBreached,
    [property: DataType(DataType.Duration)] string Elapsed,
    IReadOnlyList<SlaStretch> Intervals
)
{
    public static SlaTargetView Of(SlaTargetState it) =>
        new(
            it.Metric,
            it.Cycle,
            it.Priority,
            IsoLength.Of(it.Within),
            it.State,
            it.StartedAt,
            it.DueAt,
            it.StoppedAt,
            it.BreachedAt,
            it.Cause,
            it.EverBreached,
            IsoLength.Of(it.Elapsed),
            it.Intervals
        );
}

/// <summary>How all promises of a timeline stand.</summary>
/// <param name="Targets">Every promise.</param>
/// <param name="Steps">Every step of the policy that was or will be due.</param>
/// <param name="NextWakeAt">The next instant at which something changes by itself; null when nothing does.</param>
public sealed record SlaStatusView(IReadOnlyList<SlaTargetView> Targets, IReadOnlyList<SlaStepState> Steps, DateTimeOffset? NextWakeAt);

/// <summary>Evaluates any timeline by the SLA engine. It tells why something was breached, or how a policy would do.</summary>
public sealed class EvaluateSla
{
    [Function(nameof(EvaluateSla)), RequiresKey(KeyRole.Agent, KeyRole.Admin), Takes(typeof(EvaluateSlaBody))]
    public Ok<SlaStatusView> Run([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/sla/evaluate")] EvaluateSlaRequest request)
    {
        var status = SlaEngine.Evaluate(request.Events, request.Policy, request.Calendars, request.Now);
        return TypedResults.Ok(new SlaStatusView([.. status.Targets.Select(SlaTargetView.Of)], status.Steps, status.NextWakeAt));
    }
}
