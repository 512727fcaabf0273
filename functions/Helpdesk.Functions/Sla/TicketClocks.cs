using System.Collections.Concurrent;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Tickets;
using Helpdesk.Sla;

namespace Helpdesk.Functions.Sla;

/// <summary>Keeps the promises of tickets up to date: finds the versions of policies and calendars that the rules need, and applies the rules.</summary>
public sealed class TicketClocks(SettingsStore settings, VersionedSettings versions, TimeProvider time) : ITicketPromises
{
    // Versions never change, so they are read once.
    private readonly ConcurrentDictionary<string, PolicySetting> _policies = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, BusinessCalendar> _calendars = new(StringComparer.Ordinal);

    /// <summary>Pins the policy that fits to a ticket that is about to be opened, and starts its clocks.</summary>
    public async ValueTask<TicketChange> OpenAsync(TicketChange change, CancellationToken cancellationToken)
    {
        var ticket = change.Ticket;
        var (policies, calendars) = await CurrentAsync(ticket.Workspace, cancellationToken);
        var group = (await GroupsAsync(ticket.Workspace, cancellationToken))(ticket.Group);
        if (TicketSlaRules.Choose(ticket, policies, group, calendars) is not { } pin)
            return change;
        var first = change.Events[0] with { Fact = (TicketOpened)change.Events[0].Fact with { Sla = pin } };
        List<TicketEvent> events = [first, .. change.Events.Skip(1)];
        ticket = ticket with { Pin = pin };
        var book = await BookAsync(ticket.Workspace, [pin], null, [], cancellationToken);
        return change with { Ticket = ticket with { Sla = TicketSlaRules.Begin(ticket, events, book) }, Events = events };
    }

    /// <summary>Records what has fallen due. With <paramref name="before"/> only what was due before this very second.</summary>
    public async ValueTask<TicketChange> CatchUpAsync(Ticket ticket, bool before, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (ticket is not { Pin: { } pin, Sla: { NextWakeAt: { } wake } sla } || wake > now)
            return new(ticket, []);
        var book = await BookAsync(ticket.Workspace, [pin], sla, [], cancellationToken);
        var groups = await GroupsAsync(ticket.Workspace, cancellationToken);
        // A version that a ticket was given long ago may name a group that is no more: then what took its place is meant.
        var standIns = new Dictionary<string, Group?>(StringComparer.Ordinal);
        foreach (var id in book.Policies(pin).Policy.Steps.Select(step => step.ToGroup).OfType<string>().Where(id => groups(id) is null))
            standIns[id] = groups(await settings.StandInAsync(ticket.Workspace, NamedKind.Group, id, one => groups(one) is not null, cancellationToken));
        return TicketSlaRules.CatchUp(
            ticket,
            book,
            Ladder.Above(groups(ticket.Group), groups),
            id => groups(id) ?? standIns.GetValueOrDefault(id),
            now,
            before
        );
    }

    /// <summary>When a ticket that has just been caught up with has to be looked at again; null for never.</summary>
    public async ValueTask<DateTimeOffset?> NextWakeAsync(Ticket ticket, CancellationToken cancellationToken) =>
        ticket is { Pin: { } pin, Sla.NextWakeAt: not null }
            ? TicketSlaRules.NextWake(ticket, await BookAsync(ticket.Workspace, [pin], ticket.Sla, [], cancellationToken), time.GetUtcNow())
            : null;

    /// <summary>
    /// Brings the promises up to a change: another policy where another one fits now, the clocks, and what shows to be otherwise than recorded.
    /// </summary>
    /// <param name="history">All events of the ticket before the change, for one that had no policy.</param>
    public async ValueTask<TicketChange> FollowAsync(
        Ticket before,
        TicketChange change,
        Func<Task<IReadOnlyList<TicketEvent>>> history,
        CancellationToken cancellationToken
    )
    {
        var (after, events) = (change.Ticket, change.Events.ToList());
        if (events.Any(happened => TicketSlaRules.FieldsOf(happened.Fact).Count > 0))
        {
            var (policies, calendars) = await CurrentAsync(after.Workspace, cancellationToken);
            if (TicketSlaRules.MayMove(events, policies))
            {
                var group = (await GroupsAsync(after.Workspace, cancellationToken))(after.Group);
                var pinned = after.Pin is { } pin ? (await BookAsync(after.Workspace, [pin], null, [], cancellationToken)).Policies(pin) : null;
                Record(
                    TicketSlaRules.Repin(before, after, TicketSlaRules.Choose(after, policies, group, calendars), group, calendars, pinned?.Policy.Calendar)
                );
            }
        }

        if (after.Pin is null)
            return change with { Ticket = after with { Sla = null }, Events = events };
        var book = await BookAsync(after.Workspace, [before.Pin, after.Pin], after.Sla, events, cancellationToken);
        after = after with
        {
            Sla = after.Sla is null
                ? TicketSlaRules.Replay([.. await history(), .. events], after, book)?.Sla
                : TicketSlaRules.Follow(after.Sla, before.Pin, after, events, book),
        };
        var retracted = TicketSlaRules.Retractions(after.Sla, TicketSlaRules.StatusOf(after, book, events[^1].At));
        if (retracted.Count > 0)
        {
            var from = events.Count;
            Record(retracted);
            after = after with { Sla = TicketSlaRules.Follow(after.Sla, after.Pin, after, [.. events.Skip(from)], book) };
        }

        return change with
        {
            Ticket = after,
            Events = events,
        };

        void Record(IReadOnlyList<TicketFact> facts)
        {
            if (facts.Count == 0)
                return;
            var more = TicketHistory.Record(after, Actor.System, after.UpdatedAt, facts);
            after = more.Ticket;
            events.AddRange(more.Events);
        }
    }

    /// <summary>How the promises of a ticket stand at an instant since its last change; null when nothing is promised.</summary>
    public async ValueTask<TicketSlaView?> ShowAsync(Ticket ticket, DateTimeOffset at, CancellationToken cancellationToken)
    {
        if (ticket is not { Pin: { } pin, Sla.Run: not null })
            return null;
        var book = await BookAsync(ticket.Workspace, [pin], ticket.Sla, [], cancellationToken);
        return Show(ticket, TicketSlaRules.StatusOf(ticket, book, at)!);
    }

    /// <summary>How the promises of a ticket stand at an instant since its last change, for rules; null when nothing is promised.</summary>
    public async ValueTask<SlaStatus?> StatusAsync(Ticket ticket, DateTimeOffset at, CancellationToken cancellationToken) =>
        ticket is { Pin: { } pin, Sla.Run: not null }
            ? TicketSlaRules.StatusOf(ticket, await BookAsync(ticket.Workspace, [pin], ticket.Sla, [], cancellationToken), at)
            : null;

    /// <summary>How a ticket's promises stood after some of its events, at an instant: worked out from the first event on.</summary>
    public async Task<(Ticket Ticket, SlaStatus? Status)> AsOfAsync(
        Ticket ticket,
        IReadOnlyList<TicketEvent> events,
        DateTimeOffset at,
        CancellationToken cancellationToken
    )
    {
        var book = await BookAsync(ticket.Workspace, [ticket.Pin, ((TicketOpened)events[0].Fact).Sla], null, events, cancellationToken);
        return TicketSlaRules.Replay(events, ticket, book) is var (run, sla) ? (ticket with { Sla = sla }, run.At(at)) : (ticket, null);
    }

    /// <summary>What the API showed after some of a ticket's events; null when nothing was promised.</summary>
    public async Task<TicketSlaView?> ShowAsOfAsync(
        Ticket ticket,
        IReadOnlyList<TicketEvent> events,
        DateTimeOffset at,
        CancellationToken cancellationToken
    ) => await AsOfAsync(ticket, events, at, cancellationToken) is (var then, { } status) ? Show(then, status) : null;

    /// <summary>What the API shows with a ticket.</summary>
    public static TicketSlaView Show(Ticket ticket, SlaStatus status)
    {
        // Of each metric the newest cycle; the explanation shows them all.
        var cycles = ticket.Sla!.Run!.Clocks.Select(clock => (clock.Metric, clock.Cycle)).ToHashSet();
        var newest = status.Targets.Where(target => cycles.Contains((target.Metric, target.Cycle))).ToList();
        return new(
            new(ticket.Pin!.Policy, ticket.Pin.Version),
            ticket.Pin.Calendar,
            newest.Any(target => target.State == SlaState.Breached && target.StoppedAt is null) ? SlaHealth.Breached
                : ticket.Sla.Health == SlaHealth.Breached ? SlaHealth.Ok
                : ticket.Sla.Health,
            ticket.Sla.DueAt,
            ticket.Sla.Run.AcknowledgedAt,
            [
                .. newest.Select(target => new TicketTargetView(
                    target.Metric,
                    target.Cycle,
                    target.Priority,
                    IsoLength.Of(target.Within),
                    target.State,
                    target.StartedAt,
                    target.DueAt,
                    target.StoppedAt,
                    target.BreachedAt,
                    target.EverBreached,
                    IsoLength.Of(target.Elapsed),
                    IsoLength.Of(target.Within - target.Elapsed),
                    target.Within > TimeSpan.Zero ? (int)Math.Min(9999, target.Elapsed * 100 / target.Within) : 100
                )),
            ]
        );
    }

    /// <summary>The policies that are given to tickets now, and the newest version of each calendar.</summary>
    public async ValueTask<(IReadOnlyList<PolicySetting> Policies, Func<string, CalendarSetting?> Calendars)> CurrentAsync(
        string workspace,
        CancellationToken cancellationToken
    )
    {
        var (policies, calendars, _) = await settings.RememberAsync(
            workspace,
            SlaKinds.Policies.Newest,
            SlaKinds.Calendars.Newest,
            DirectoryKinds.Groups,
            cancellationToken
        );
        return (
            policies.Any(policy => policy.Id == StandardSla.PolicyId) ? policies : [.. policies, StandardSla.Policy],
            id => calendars.FirstOrDefault(calendar => calendar.Id == id) ?? (id == StandardSla.CalendarId ? StandardSla.Calendar : null)
        );
    }

    /// <summary>Finds groups by id.</summary>
    private async ValueTask<Func<string?, Group?>> GroupsAsync(string workspace, CancellationToken cancellationToken)
    {
        var (_, _, groups) = await settings.RememberAsync(
            workspace,
            SlaKinds.Policies.Newest,
            SlaKinds.Calendars.Newest,
            DirectoryKinds.Groups,
            cancellationToken
        );
        return id => id is null ? null : groups.FirstOrDefault(group => group.Id == id);
    }

    /// <summary>One version of a policy; null when there never was one.</summary>
    public async ValueTask<PolicySetting?> FindPolicyAsync(string workspace, string id, int version, CancellationToken cancellationToken)
    {
        var key = $"{workspace}/{SlaPin.KeyOf(id, version)}";
        if (_policies.TryGetValue(key, out var known))
            return known;
        var found =
            await versions.FindAsync(workspace, SlaKinds.Policies, id, version, cancellationToken)
            ?? (id == StandardSla.PolicyId && version == 1 ? StandardSla.Policy : null);
        return found is null ? null : _policies.GetOrAdd(key, found);
    }

    /// <summary>One version of a calendar; null when there never was one.</summary>
    public async ValueTask<CalendarSetting?> FindCalendarAsync(string workspace, string id, int version, CancellationToken cancellationToken) =>
        await versions.FindAsync(workspace, SlaKinds.Calendars, id, version, cancellationToken)
        ?? (id == StandardSla.CalendarId && version == 1 ? StandardSla.Calendar : null);

    private async ValueTask<SlaBook> BookAsync(
        string workspace,
        IEnumerable<SlaPin?> pins,
        TicketSla? sla,
        IReadOnlyList<TicketEvent> events,
        CancellationToken cancellationToken
    )
    {
        var needed = pins.Concat(
                events.SelectMany(happened =>
                    happened.Fact is SlaPolicyApplied applied ? new[] { applied.From, applied.To }
                    : happened.Fact is TicketOpened opened ? [opened.Sla]
                    : []
                )
            )
            .OfType<SlaPin>()
            .Distinct()
            .ToList();
        foreach (var pin in needed)
        {
            _ =
                await FindPolicyAsync(workspace, pin.Policy, pin.Version, cancellationToken)
                ?? throw new InvalidDataException($"Version {pin.Version} of the SLA policy {pin.Policy} is not in the settings of {workspace}.");
        }

        var keys = needed
            .Select(pin => pin.Calendar)
            .Concat(events.SelectMany(happened => happened.Fact is SlaCalendarSwitched switched ? new[] { switched.From, switched.To } : []))
            .Concat(sla?.Run is { } run ? run.Clocks.SelectMany(clock => clock.Spans).Select(span => span.Calendar).Append(run.Calendar) : []);
        foreach (var calendar in keys.Distinct(StringComparer.Ordinal))
        {
            var key = $"{workspace}/{calendar}";
            if (_calendars.ContainsKey(key))
                continue;
            var (id, version) = SlaPin.Parse(calendar);
            var found =
                await FindCalendarAsync(workspace, id, version, cancellationToken)
                ?? throw new InvalidDataException($"The calendar {calendar} is not in the settings of {workspace}.");
            _calendars.TryAdd(key, new(found.Definition));
        }

        return new(pin => _policies[$"{workspace}/{SlaPin.KeyOf(pin.Policy, pin.Version)}"], calendar => _calendars[$"{workspace}/{calendar}"]);
    }
}
