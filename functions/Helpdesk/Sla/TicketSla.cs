using System.Globalization;
using System.Text.Json.Serialization;
using Helpdesk.Directory;
using Helpdesk.Tickets;

namespace Helpdesk.Sla;

/// <summary>How a ticket does on its promises, in one word.</summary>
[JsonConverter(typeof(WireNameConverter<SlaHealth>))]
public enum SlaHealth
{
    /// <summary>Nothing is promised at the moment, or everything that was promised has been kept.</summary>
    Ok,

    /// <summary>A step of the policy below 100 % has fired for a promise that still runs.</summary>
    AtRisk,

    /// <summary>A promise was broken and what it promised has still not come.</summary>
    Breached,
}

/// <summary>What a ticket keeps of its promises, so that the next look costs little.</summary>
public sealed record TicketSla
{
    /// <summary>What the engine has to remember; null in a list.</summary>
    public SlaRunState? Run { get; init; }

    /// <summary>The version of the ticket up to which events are taken in.</summary>
    public long AsOf { get; init; }

    /// <summary>Breaches and steps that are on record: each is recorded once.</summary>
    public IReadOnlyList<string> Recorded { get; init; } = [];

    public SlaHealth Health { get; init; }

    /// <summary>The earliest due time among promises that are still open, past ones included; null when there is none.</summary>
    public DateTimeOffset? DueAt { get; init; }

    /// <summary>When there will be something to record; null when nothing comes by itself.</summary>
    public DateTimeOffset? NextWakeAt { get; init; }

    /// <summary>When the watch of this ticket wakes next, at the latest, as far as it has been told.</summary>
    public DateTimeOffset? ArmedAt { get; init; }

    /// <summary>The version of the ticket whose consumers have to tell the watch of an earlier waking.</summary>
    public long ArmedBy { get; init; }

    /// <summary>What lists need.</summary>
    public TicketSla Brief() => new() { Health = Health, DueAt = DueAt };
}

/// <summary>Versions of policies and calendars, looked up before a rule needs them.</summary>
public sealed record SlaBook(Func<SlaPin, PolicySetting> Policies, Func<string, BusinessCalendar> Calendars)
{
    /// <summary>The policy of a pin, with its calendar named by version.</summary>
    public SlaPolicy Policy(SlaPin pin) => Policies(pin).Policy with { Calendar = pin.Calendar };
}

/// <summary>The rules between a ticket's events and its promises.</summary>
/// <remarks>The state is a function of the events and of the pinned versions; the clock of whoever asks only says how far to look.</remarks>
public static class TicketSlaRules
{
    /// <summary>More rounds than this would mean that steps set each other off without end.</summary>
    private const int MostRounds = 20;

    /// <summary>The facts of an event that clocks care about.</summary>
    public static IEnumerable<SlaEvent> ToSla(TicketEvent happened, SlaBook book)
    {
        var (at, id) = (happened.At, happened.Seq.ToString(CultureInfo.InvariantCulture));
        switch (happened.Fact)
        {
            case TicketOpened opened:
                // Whoever is no agent writes a ticket for its requester: a form, a program.
                yield return new SlaTicketOpened(at, null, id, happened.By.Kind == ActorKind.Agent ? ActorKind.Agent : ActorKind.Requester, opened.Priority);
                if (opened.Tier > 1)
                    yield return new SlaTierChanged(at, null, id + "t", opened.Tier, happened.By.Kind);
                break;
            case CommentAdded { OnlyThanks: true }:
                // Nobody has to answer that.
                break;
            case CommentAdded comment:
                yield return new SlaCommentAdded(at, null, id, happened.By.Kind, comment.Visibility);
                break;
            case StatusChanged changed:
                yield return new SlaStatusChanged(at, null, id, changed.To);
                break;
            case TicketReopened reopened:
                yield return new SlaStatusChanged(at, null, id, reopened.To);
                break;
            case PriorityChanged changed:
                yield return new SlaPriorityChanged(at, null, id, changed.To);
                break;
            case TierChanged changed:
                yield return new SlaTierChanged(at, null, id, changed.To, happened.By.Kind);
                break;
            case TicketMerged:
                yield return new SlaTicketMerged(at, null, id, null, IsSource: true);
                break;
            case MergeReceived received:
                yield return new SlaTicketMerged(at, null, id, received.OldestUnanswered, IsSource: false);
                break;
            case TicketUnmerged unmerged:
                yield return new SlaTicketUnmerged(at, null, id, unmerged.MergedAt);
                break;
            case MergeReturned returned:
                yield return new SlaCommentsLeft(at, null, id, returned.OldestUnanswered);
                break;
            case CommentSplit split:
                yield return new SlaCommentsLeft(at, null, id, split.OldestUnanswered);
                break;
            case SlaPolicyApplied applied when applied.To is not null:
                yield return new SlaPolicyChanged(at, null, id, book.Policy(applied.To));
                if (applied.To.Calendar != applied.From?.Calendar)
                    yield return new SlaCalendarChanged(at, null, id + "c", applied.To.Calendar);
                break;
            case SlaPolicyApplied:
                yield return new SlaPolicyChanged(at, null, id, new SlaPolicy { Calendar = "" });
                break;
            case SlaCalendarSwitched switched:
                yield return new SlaCalendarChanged(at, null, id, switched.To);
                break;
            case TicketAcknowledged:
                yield return new SlaAcknowledged(at, null, id);
                break;
        }
    }

    /// <summary>
    /// The policy and calendar for a ticket as it is: of the active policies the first that fits, and its group's calendar before the policy's.
    /// </summary>
    public static SlaPin? Choose(Ticket ticket, IEnumerable<PolicySetting> policies, Group? group, Func<string, CalendarSetting?> calendars)
    {
        var policy = policies
            .Where(one => one.Active)
            .OrderBy(one => one.Position)
            .ThenBy(one => one.Id, StringComparer.Ordinal)
            .FirstOrDefault(one => one.IsFor(ticket));
        return policy is not null && (CalendarOf(group, calendars) ?? calendars(policy.Policy.Calendar)) is { } calendar
            ? new(policy.Id, policy.Version, calendar.Key)
            : null;
    }

    /// <summary>What a fact changes of that for which the condition of a policy can ask, in words of conditions.</summary>
    public static IReadOnlyList<string> FieldsOf(TicketFact fact) =>
        fact switch
        {
            PriorityChanged => ["priority"],
            GroupChanged => ["group"],
            TagsChanged => ["tags"],
            TypeChanged => ["type"],
            RequesterChanged => ["requester.email", "requester.name", "requester.domain", "language"],
            SubjectChanged => ["subject"],
            DescriptionChanged => ["description"],
            TierChanged => ["tier"],
            CustomFieldsChanged => ["custom."],
            ParticipantsChanged or MergeReceived { Participants: not null } or MergeReturned => ["participants"],
            _ => [],
        };

    /// <summary>
    /// Whether another policy is looked for after some events: always where whose the ticket is or how urgent has changed, else where a policy asks for what
    /// has changed.
    /// </summary>
    public static bool MayMove(IReadOnlyList<TicketEvent> events, IReadOnlyList<PolicySetting> policies) =>
        events.Any(happened =>
            happened.Fact is PriorityChanged or GroupChanged or TagsChanged or TypeChanged or RequesterChanged
            || FieldsOf(happened.Fact).Any(field => policies.Any(policy => policy.Active && policy.Condition.Asks(field)))
        );

    /// <summary>What follows for the pin from a change: facts to record after it.</summary>
    /// <remarks>The same policy in a newer version is not applied by itself; another policy is, since the ticket is now one of those it is for.</remarks>
    public static IReadOnlyList<TicketFact> Repin(
        Ticket before,
        Ticket after,
        SlaPin? chosen,
        Group? group,
        Func<string, CalendarSetting?> calendars,
        string? policyCalendar
    )
    {
        if (after.Status == TicketStatus.Closed)
            return [];
        if (chosen?.Policy != after.Pin?.Policy)
            return [new SlaPolicyApplied(after.Pin, chosen)];
        if (before.Group == after.Group || after.Pin is not { } pin)
            return [];
        var wanted = CalendarOf(group, calendars) ?? (policyCalendar is null ? null : calendars(policyCalendar));
        // The same calendar in a newer version is no other calendar: versions stay as they were pinned.
        return wanted is null || SlaPin.Parse(pin.Calendar).Id == wanted.Id ? [] : [new SlaCalendarSwitched(pin.Calendar, wanted.Key)];
    }

    /// <summary>The state of a ticket that was just opened; null when nothing is promised to it.</summary>
    public static TicketSla? Begin(Ticket ticket, IReadOnlyList<TicketEvent> events, SlaBook book) =>
        ticket.Pin is null ? null : Follow(new TicketSla(), null, ticket, events, book);

    /// <summary>The state after some more events.</summary>
    /// <param name="before">The state before them; null when there was no policy.</param>
    /// <param name="pinBefore">The pin that held before them.</param>
    public static TicketSla? Follow(TicketSla? before, SlaPin? pinBefore, Ticket after, IReadOnlyList<TicketEvent> events, SlaBook book)
    {
        if (after.Pin is null)
            return null;
        events = [.. events.Where(happened => happened.Seq > (before?.AsOf ?? 0))];
        if (events.Count == 0)
            return before;
        var pin =
            pinBefore
            ?? (events[0].Fact as TicketOpened)?.Sla
            ?? events.Select(happened => (happened.Fact as SlaPolicyApplied)?.To).FirstOrDefault(to => to is not null);
        if (pin is null)
            return null;
        var run = before?.Run is { } kept ? SlaRun.Resume(kept, book.Policy(pin), book.Calendars) : SlaRun.Begin(book.Policy(pin), book.Calendars);
        foreach (var happened in events.SelectMany(one => ToSla(one, book)))
            run.Take(happened);
        return Summarize(before ?? new(), run, after, events);
    }

    /// <summary>The state of a ticket by all of its events: what <see cref="Follow"/> has come to, worked out from the start.</summary>
    public static (SlaRun Run, TicketSla Sla)? Replay(IReadOnlyList<TicketEvent> events, Ticket ticket, SlaBook book)
    {
        var pin =
            ((TicketOpened)events[0].Fact).Sla ?? events.Select(happened => (happened.Fact as SlaPolicyApplied)?.To).FirstOrDefault(to => to is not null);
        if (pin is null || ticket.Pin is null)
            return null;
        var run = SlaRun.Begin(book.Policy(pin), book.Calendars);
        foreach (var happened in events.SelectMany(one => ToSla(one, book)))
            run.Take(happened);
        return (run, Summarize(new(), run, ticket, events));
    }

    /// <summary>How the ticket's promises stand at <paramref name="now"/>; null when there are none.</summary>
    public static SlaStatus? StatusOf(Ticket ticket, SlaBook book, DateTimeOffset now) =>
        ticket.Pin is { } pin && ticket.Sla?.Run is { } kept ? SlaRun.Resume(kept, book.Policy(pin), book.Calendars).At(now) : null;

    /// <summary>
    /// When there is something to record: at once, where something has fallen due by <paramref name="now"/> that is not on record, as it may in the
    /// moment after the ticket was looked at; null when nothing comes by itself.
    /// </summary>
    public static DateTimeOffset? NextWake(Ticket ticket, SlaBook book, DateTimeOffset now)
    {
        if (ticket.Sla is not { NextWakeAt: { } kept } sla)
            return null;
        if (kept > now || StatusOf(ticket, book, now) is not { } status)
            return kept > now ? kept : null;
        return News(sla, status).Count > 0 ? kept : status.NextWakeAt;
    }

    /// <summary>Records everything that has fallen due and is not on record, and does what the policy's steps say.</summary>
    /// <param name="before">Looks only at what was due before <paramref name="now"/>: a stop at the very instant comes first.</param>
    /// <param name="ladder">The groups that the ticket's group hands over to, nearest first.</param>
    /// <param name="groups">Finds a group by id.</param>
    public static TicketChange CatchUp(
        Ticket ticket,
        SlaBook book,
        IReadOnlyList<Group> ladder,
        Func<string, Group?> groups,
        DateTimeOffset now,
        bool before = false
    )
    {
        var all = new List<TicketEvent>();
        var until = before ? SlaEngine.ToSecond(now).AddSeconds(-1) : now;
        for (var round = 0; round < MostRounds && ticket is { Pin: { } pin, Sla.Run: not null }; round++)
        {
            var news = News(ticket.Sla, StatusOf(ticket, book, until)!);
            if (news.Count == 0)
                break;
            var version = book.Policies(pin).Version;
            foreach (var (mark, breach, step) in news)
            {
                List<TicketFact> facts = breach is not null
                    ? [new SlaBreached(breach.Metric, breach.Cycle, breach.BreachedAt!.Value, breach.DueAt, now, breach.Cause)]
                    : [Fired(step!, book.Policy(pin), version, now), .. Act(ticket, step!, book.Policy(pin), ladder, groups, now)];
                var change = TicketHistory.Record(ticket, Actor.System, now, facts);
                var sla = Follow(ticket.Sla with { Recorded = [.. ticket.Sla.Recorded, mark] }, pin, change.Ticket, change.Events, book)!;
                ticket = change.Ticket with { Sla = sla };
                all.AddRange(change.Events);
            }
        }

        return new(ticket, all);
    }

    /// <summary>Takes back breaches that are on record and, as it now shows, did not happen.</summary>
    public static IReadOnlyList<TicketFact> Retractions(TicketSla? sla, SlaStatus? status) =>
        sla is null || status is null
            ? []
            :
            [
                .. status
                    .Targets.Where(target => target.BreachedAt is null && sla.Recorded.Contains(MarkOf(target), StringComparer.Ordinal))
                    .Select(target => new SlaBreachRetracted(target.Metric, target.Cycle)),
            ];

    private static TicketSla Summarize(TicketSla before, SlaRun run, Ticket ticket, IReadOnlyList<TicketEvent> events)
    {
        var now = events[^1].At;
        var status = run.At(now);
        var recorded = new HashSet<string>(before.Recorded, StringComparer.Ordinal);
        foreach (var happened in events)
        {
            switch (happened.Fact)
            {
                case SlaBreached breached:
                    recorded.Add(MarkOf(breached.Metric, breached.Cycle));
                    break;
                case SlaBreachRetracted retracted:
                    recorded.Remove(MarkOf(retracted.Metric, retracted.Cycle));
                    break;
                case SlaStepFired fired:
                    recorded.Add(MarkOf(fired.Metric, fired.Cycle, fired.At, fired.Do, fired.Repetition));
                    break;
            }
        }

        // Cycles that are decided, and their marks, are not asked for again.
        var kept = run.State();
        var cycles = kept.Clocks.ToDictionary(clock => clock.Metric, clock => clock.Cycle);
        status = status with
        {
            Targets = [.. status.Targets.Where(target => target.Cycle == cycles[target.Metric])],
            Steps = [.. status.Steps.Where(step => step.Cycle == cycles[step.Metric])],
        };
        var sla = before with
        {
            Run = kept,
            AsOf = events[^1].Seq,
            Recorded = [.. recorded.Where(mark => IsOfCycle(mark, cycles)).Order(StringComparer.Ordinal)],
        };
        var open = status
            .Targets.Where(target => target.State is SlaState.Running or SlaState.Paused or SlaState.Breached && target.StoppedAt is null)
            .ToList();
        var next = Min(status.NextWakeAt, News(sla, status).Count > 0 ? now : null);
        var isDone = ticket.Status == TicketStatus.Closed;
        return Arm(
            sla with
            {
                Health =
                    open.Any(target => target.State == SlaState.Breached) ? SlaHealth.Breached
                    : open.Any(target =>
                        status.Steps.Any(step => step.Metric == target.Metric && step.Cycle == target.Cycle && step.At < 100 && step.DueAt <= now)
                    )
                        ? SlaHealth.AtRisk
                    : SlaHealth.Ok,
                DueAt = open.Select(target => target.DueAt).Min(),
                NextWakeAt = isDone ? null : next,
            },
            before,
            ticket.Version,
            now
        );
    }

    /// <summary>Remembers whether the watch has to be told: only when it would wake too late.</summary>
    private static TicketSla Arm(TicketSla sla, TicketSla before, long version, DateTimeOffset now)
    {
        // A watch that has woken since has asked again, and armed itself for what was due next then.
        var armed = before.ArmedAt is null || before.ArmedAt <= now ? before.NextWakeAt : before.ArmedAt;
        return sla.NextWakeAt is { } wake && (armed is null || wake < armed) ? sla with { ArmedAt = wake, ArmedBy = version } : sla with { ArmedAt = armed };
    }

    /// <summary>What has happened by an instant and is not on record, in the order in which it happened; a breach before the steps of its instant.</summary>
    private static List<(string Mark, SlaTargetState? Breach, SlaStepState? Step)> News(TicketSla sla, SlaStatus status)
    {
        var breaches = status
            .Targets.Where(target => target.BreachedAt is not null)
            .Select(target => (At: target.BreachedAt!.Value, Order: 0, Mark: MarkOf(target), Breach: (SlaTargetState?)target, Step: (SlaStepState?)null));
        var steps = status
            .Steps.Where(step => step.FiredAt is not null)
            .Select(step =>
                (
                    At: step.FiredAt!.Value,
                    Order: step.At,
                    Mark: MarkOf(step.Metric, step.Cycle, step.At, step.Do, step.Repetition),
                    Breach: (SlaTargetState?)null,
                    Step: (SlaStepState?)step
                )
            );
        return
        [
            .. breaches
                .Concat(steps)
                .Where(one => !sla.Recorded.Contains(one.Mark, StringComparer.Ordinal))
                .OrderBy(one => one.At)
                .ThenBy(one => one.Order)
                .Select(one => (one.Mark, one.Breach, one.Step)),
        ];
    }

    private static SlaStepFired Fired(SlaStepState step, SlaPolicy policy, int version, DateTimeOffset now)
    {
        var defined = Defined(step, policy);
        return new(
            step.Metric,
            step.Cycle,
            step.At,
            step.Do,
            step.ToTier,
            defined?.ToGroup,
            defined?.ToPriority,
            step.Repetition,
            version,
            step.DueAt!.Value,
            now
        );
    }

    private static SlaStep? Defined(SlaStepState step, SlaPolicy policy) =>
        policy.Steps.FirstOrDefault(one => one.Metric == step.Metric && one.At == step.At && one.Do == step.Do && one.ToTier == step.ToTier);

    /// <summary>What a step changes about a ticket; nothing when it is so already, or when the ticket is done.</summary>
    private static IReadOnlyList<TicketFact> Act(
        Ticket ticket,
        SlaStepState step,
        SlaPolicy policy,
        IReadOnlyList<Group> ladder,
        Func<string, Group?> groups,
        DateTimeOffset now
    )
    {
        if (ticket.Status is TicketStatus.Resolved or TicketStatus.Closed)
            return [];
        var defined = Defined(step, policy);
        switch (step.Do)
        {
            case SlaAction.Escalate when step.ToTier is { } tier && tier > ticket.Tier:
                return
                [
                    .. TicketRules
                        .Escalate(ticket, tier, $"{WireName<SlaMetric>.Of(step.Metric)} at {step.At} %", ladder, Actor.System, now)
                        .Events.Select(happened => happened.Fact),
                ];
            case SlaAction.RaisePriority:
                var to = defined?.ToPriority ?? (ticket.Priority == TicketPriority.Urgent ? TicketPriority.Urgent : ticket.Priority + 1);
                return to > ticket.Priority ? [new PriorityChanged(ticket.Priority, to)] : [];
            case SlaAction.AssignGroup when defined?.ToGroup is { } id && id != ticket.Group && groups(id) is { } group:
                return [.. TicketRules.Assign(ticket, group, null, Actor.System, now).Events.Select(happened => happened.Fact)];
            default:
                return [];
        }
    }

    private static CalendarSetting? CalendarOf(Group? group, Func<string, CalendarSetting?> calendars) => group?.Calendar is { } id ? calendars(id) : null;

    private static string MarkOf(SlaTargetState target) => MarkOf(target.Metric, target.Cycle);

    private static string MarkOf(SlaMetric metric, int cycle) =>
        string.Create(CultureInfo.InvariantCulture, $"{WireName<SlaMetric>.Of(metric)}/{cycle}/breach");

    private static string MarkOf(SlaMetric metric, int cycle, int at, SlaAction action, int repetition) =>
        string.Create(CultureInfo.InvariantCulture, $"{WireName<SlaMetric>.Of(metric)}/{cycle}/{at}/{WireName<SlaAction>.Of(action)}/{repetition}");

    private static bool IsOfCycle(string mark, Dictionary<SlaMetric, int> cycles)
    {
        var parts = mark.Split('/');
        return WireName<SlaMetric>.TryParse(parts[0], out var metric)
            && cycles.TryGetValue(metric, out var cycle)
            && int.Parse(parts[1], CultureInfo.InvariantCulture) == cycle;
    }

    private static DateTimeOffset? Min(DateTimeOffset? one, DateTimeOffset? other) =>
        one is null ? other
        : other is null ? one
        : one < other ? one
        : other;
}
