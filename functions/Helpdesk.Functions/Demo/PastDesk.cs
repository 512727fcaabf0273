using System.Globalization;
using Helpdesk.Agenda;
using Helpdesk.Automations;
using Helpdesk.Closing;
using Helpdesk.Conditions;
using Helpdesk.Contacts;
using Helpdesk.Functions.Automations;
using Helpdesk.Functions.Closing;
using Helpdesk.Functions.Conditions;
using Helpdesk.Functions.Contacts;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Sla;
using Helpdesk.Functions.Tickets;
using Helpdesk.Routing;
using Helpdesk.Satisfaction;
using Helpdesk.Sla;

namespace Helpdesk.Functions.Demo;

/// <summary>What a past is told with: the settings of a workspace as they are now.</summary>
internal sealed record PastSettings(
    string Workspace,
    DateTimeOffset AsOf,
    IReadOnlyList<Group> Groups,
    IReadOnlyList<Agent> Agents,
    IReadOnlyList<Automation> Automations,
    IReadOnlyList<Automation> Timed,
    IReadOnlyList<Macro> Macros,
    ClosingSetting Closing,
    Func<string, BusinessCalendar?> Calendars,
    ActionContext Actions
)
{
    public Group? GroupOf(string? id) => Groups.FirstOrDefault(group => group.Id == id);
}

/// <summary>Tells the past of tickets by the rules that hold for everybody: promises, closing, routing and automations do what they would have done.</summary>
/// <remarks>All of it happens in memory; the same steps and settings give the same past.</remarks>
internal sealed class PastDesk(
    SettingsStore settings,
    VersionedSettings versions,
    AutomationStore automations,
    MacroStore macros,
    ActionContexts contexts,
    ConditionSubjects subjects,
    ContactStore contacts,
    ITicketForms forms,
    ClosingSettings closing
)
{
    /// <summary>Wakings of one ticket between two of its steps; more would be a circle.</summary>
    private const int MostWakings = 300;

    private static readonly SatisfactionSetting Asking = new()
    {
        Active = true,
        Since = DateTimeOffset.UnixEpoch,
        After = TimeSpan.Zero,
    };

    private readonly PastClock _clock = new();
    private readonly Dictionary<string, Contact?> _contacts = new(StringComparer.OrdinalIgnoreCase);

    private TicketClocks Clocks => field ??= new(settings, versions, _clock);

    /// <summary>The settings of a workspace. Automations count as if they had always been there.</summary>
    public async Task<PastSettings> ReadAsync(string workspace, DateTimeOffset asOf, CancellationToken cancellationToken)
    {
        var all = (await automations.ListAsync(workspace, cancellationToken))
            .Where(one => one.Active)
            .Select(one => one with { CreatedAt = DateTimeOffset.UnixEpoch })
            .ToList();
        return new(
            workspace,
            asOf,
            await settings.ListAsync(workspace, DirectoryKinds.Groups, cancellationToken),
            await settings.ListAsync(workspace, DirectoryKinds.Agents, cancellationToken),
            all,
            RunTimedAutomations.TimedOf(all),
            await macros.ListAsync(workspace, null, cancellationToken),
            await closing.FindAsync(workspace, cancellationToken),
            await subjects.CalendarsAsync(workspace, cancellationToken),
            await contexts.OfAsync(workspace, all.SelectMany(one => one.Actions), null, cancellationToken)
        );
    }

    /// <summary>Tells the past of a ticket.</summary>
    /// <param name="others">Tickets whose past has been told.</param>
    /// <returns>The ticket, and how many of its steps a rule refused.</returns>
    public async Task<(PastTicket Ticket, int Refused)> TellAsync(
        PastSettings desk,
        DemoTicket told,
        IReadOnlyDictionary<long, PastTicket> others,
        CancellationToken cancellationToken
    )
    {
        var (past, refused) = (await OpenAsync(desk, told, cancellationToken), 0);
        foreach (var step in told.Steps.OrderBy(step => step.At).TakeWhile(step => step.At <= desk.AsOf))
        {
            await WakeUntilAsync(desk, past, step.At, cancellationToken);
            try
            {
                await StepAsync(desk, past, step, others, cancellationToken);
            }
            catch (HelpdeskRuleException) when (step.Do != DemoAction.Receive)
            {
                // The desk has done something by itself that leaves nothing to do: closed the ticket, say. The answer counts it.
                refused++;
            }
        }

        await WakeUntilAsync(desk, past, desk.AsOf, cancellationToken);
        IReadOnlyList<TicketEvent> events = [.. past.Events];
        past.Promises = (await Clocks.AsOfAsync(past.Ticket, events, events[^1].At, cancellationToken)).Status;
        return (past, refused);
    }

    private async Task<PastTicket> OpenAsync(PastSettings desk, DemoTicket told, CancellationToken cancellationToken)
    {
        _clock.Now = told.At;
        var id = IdOf(desk.Workspace, told.Number);
        var draft = new TicketDraft
        {
            Subject = told.Subject ?? "",
            Description = told.Description ?? "",
            Requester = told.Requester,
            Priority = told.Priority ?? TicketPriority.Normal,
            Type = told.Type,
            Tags = told.Tags ?? [],
            Group = desk.GroupOf(told.Group),
            CustomFields = told.CustomFields ?? new Dictionary<string, System.Text.Json.JsonElement>(),
            Channel = told.Channel,
            Language = told.Language,
            Participants = told.Participants ?? [],
            Automatic = told.Channel == IntakeChannel.Alert,
        };
        if (told.Form is not null)
            draft = await FillAsync(desk.Workspace, draft, told, cancellationToken);
        var by = told.Channel is IntakeChannel.Alert or IntakeChannel.Api
            ? new Actor(ActorKind.System, Name: WireName<IntakeChannel>.Of(told.Channel))
            : new Actor(ActorKind.Requester, told.Requester.Email, told.Requester.Name);
        var change = await Clocks.OpenAsync(TicketRules.Open(id, told.Number, desk.Workspace, draft, by, told.At), cancellationToken);
        var past = new PastTicket(change.Ticket);
        past.Add(change, ChangeIdOf(change));
        await ReactAsync(desk, past, change.Events, cancellationToken);
        return past;
    }

    private async Task<TicketDraft> FillAsync(string workspace, TicketDraft draft, DemoTicket told, CancellationToken cancellationToken)
    {
        var sent = new FormSubmission(told.Form!, told.Answers ?? new Dictionary<string, System.Text.Json.JsonElement>(), [])
        {
            HasSubject = draft.Subject.Length > 0,
            HasDescription = draft.Description.Length > 0,
            At = told.At,
        };
        var reading = await forms.ReadAsync(workspace, sent, cancellationToken);
        return await forms.FillAsync(workspace, draft, reading, [], told.Priority is not null, cancellationToken);
    }

    /// <summary>The id that a ticket of the demo desk has in a workspace.</summary>
    public static string IdOf(string workspace, long number) =>
        string.Create(CultureInfo.InvariantCulture, $"{number}-{Hashes.NameOf($"demo {workspace} {number}", TicketAddress.SuffixLength)}");

    /// <summary>Names what one request has changed, the same each time.</summary>
    private static string ChangeIdOf(TicketChange change) =>
        Hashes.NameOf(string.Create(CultureInfo.InvariantCulture, $"change {change.Ticket.Id} {change.Events[0].Seq}"), 12);

    private Task StepAsync(
        PastSettings desk,
        PastTicket past,
        DemoStep step,
        IReadOnlyDictionary<long, PastTicket> others,
        CancellationToken cancellationToken
    )
    {
        var (by, now) = (ActorOf(desk, past.Ticket, step.By), step.At);
        return step.Do switch
        {
            DemoAction.Merge => MergeAsync(desk, past, step, by, cancellationToken),
            DemoAction.Receive => ReceiveAsync(desk, past, others[step.Ticket ?? 0], by, now, cancellationToken),
            _ => ChangeAsync(desk, past, now, ticket => Decide(desk, past, ticket, step, by), cancellationToken),
        };
    }

    private static TicketChange Decide(PastSettings desk, PastTicket past, Ticket ticket, DemoStep step, Actor by)
    {
        var (text, now) = (step.Text ?? "", step.At);
        return step.Do switch
        {
            DemoAction.Comment => TicketRules.Comment(ticket, text, CommentVisibility.Public, by, now, source: SourceOf(ticket, by)),
            DemoAction.Note => TicketRules.Comment(ticket, text, CommentVisibility.Internal, by, now),
            DemoAction.Resolve => TicketRules.Resolve(ticket, text, by, now),
            DemoAction.Reopen => TicketRules.Reopen(ticket, by, now),
            DemoAction.Close => TicketRules.Close(ticket, by, now),
            DemoAction.Escalate => TicketRules.Escalate(ticket, step.Tier, text, Ladder.Above(desk.GroupOf(ticket.Group), desk.GroupOf), by, now),
            DemoAction.Acknowledge => TicketRules.Acknowledge(ticket, by, now),
            DemoAction.Time => TimeRules.Log(ticket, [], new(step.Minutes ?? 5, step.Text, null, null, null), by, now),
            DemoAction.FollowUp => AgendaRules.FollowUp(ticket, new(Later(desk, step), ticket.Assignee, step.Text, true), by, now),
            DemoAction.Task => AgendaRules.AddTask(ticket, text, null, step.Due is null ? null : Later(desk, step), false, by, now),
            DemoAction.Done => AgendaRules.Open(ticket).FirstOrDefault() is { } task
                ? AgendaRules.ChangeTask(ticket, task.Id, new() { Done = true }, by, now)!
                : new(ticket, []),
            DemoAction.Ask => SatisfactionRules.Ask(ticket, Asking, isReached: true, [.. past.Events], now),
            DemoAction.Rate => SatisfactionRules.Rate(ticket, ticket.Satisfaction?.Asked ?? 0, step.Rating ?? SatisfactionRules.Best, step.Text, by, now),
            DemoAction.Macro => MacroRules.Apply(
                SubjectOf(desk, past, now) with
                {
                    Ticket = ticket,
                },
                desk.Macros.First(macro => macro.Id == step.Macro),
                desk.Actions with
                {
                    Me = desk.Agents.FirstOrDefault(agent => agent.Id == by.Id),
                },
                by
            ),
            _ => TicketRules.Patch(
                ticket,
                new()
                {
                    Status = step.Status,
                    Priority = step.Priority,
                    Group = desk.GroupOf(step.Group) is { } group ? new(group) : null,
                    Assignee = AgentOf(desk, ticket, step.Assignee) is { } agent ? new(agent) : null,
                    Tags = step.Tags is { } tags ? [.. ticket.Tags.Union(tags, StringComparer.Ordinal)] : null,
                },
                by,
                now
            ),
        };
    }

    /// <summary>When something is due: what would have been due by now, somebody would have to be reminded of.</summary>
    private static DateTimeOffset Later(PastSettings desk, DemoStep step) =>
        step.Due > desk.AsOf ? step.Due.Value : throw new InvalidRequestException("tickets", "tickets has a step whose due is not behind asOf.");

    private async Task MergeAsync(PastSettings desk, PastTicket past, DemoStep step, Actor by, CancellationToken cancellationToken)
    {
        var into = step.Ticket ?? 0;
        if (past.Ticket.Status == TicketStatus.Closed)
            throw new HelpdeskRuleException("ticket-closed", $"Ticket {past.Ticket.Number} is closed and cannot be merged.");
        past.BeforeMerge = (past.Ticket, [.. past.Comments]);
        var merge = new PairChange
        {
            Id = "",
            Kind = PairChangeKind.Merge,
            Other = IdOf(desk.Workspace, into),
            OtherNumber = into,
            By = by,
        };
        await ChangeAsync(desk, past, step.At, ticket => PairRules.OfFirst(merge, ticket, null, null, step.At), cancellationToken);
        past.Comments.Clear();
    }

    private async Task ReceiveAsync(PastSettings desk, PastTicket past, PastTicket other, Actor by, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (other.BeforeMerge is not var (source, comments))
            throw new InvalidRequestException("tickets", $"tickets merges ticket {other.Ticket.Number}, which cannot be merged at that time.");
        if (PairRules.MergeRefusal(source, past.Ticket, confirmed: true) is { } refusal)
            throw refusal;
        var description = new Comment
        {
            Id = $"{source.Number}-1",
            Body = source.Description,
            Visibility = CommentVisibility.Public,
            At = source.CreatedAt,
            By = ActorKind.Requester,
            Actor = new(ActorKind.Requester, source.Requester.Email, source.Requester.Name),
        };
        List<Comment> moved = [.. comments.Prepend(description).Select(one => one with { Path = [.. one.Path, source.Number] })];
        past.Comments.AddRange(moved);
        var merge = new PairChange
        {
            Id = "",
            Kind = PairChangeKind.Merge,
            Other = past.Ticket.Id,
            OtherNumber = past.Ticket.Number,
            By = by,
        };
        var unanswered = PairRules.OldestUnanswered(moved);
        await ChangeAsync(desk, past, now, ticket => PairRules.OfOther(merge, source, ticket, moved.Count, unanswered, now), cancellationToken);
    }

    /// <summary>One change, with what was due before it and what follows from it, as in <see cref="TicketStore"/>.</summary>
    private async Task ChangeAsync(
        PastSettings desk,
        PastTicket past,
        DateTimeOffset now,
        Func<Ticket, TicketChange> decide,
        CancellationToken cancellationToken
    )
    {
        _clock.Now = now > past.Ticket.UpdatedAt ? now : past.Ticket.UpdatedAt;
        var before = past.Ticket;
        var due = await Clocks.CatchUpAsync(before, before: true, cancellationToken);
        var change = decide(due.Ticket);
        if (change.Events.Count == 0)
            return;
        IReadOnlyList<TicketEvent> history = [.. past.Events];
        change = await Clocks.FollowAsync(
            before,
            change with
            {
                Events = [.. due.Events, .. change.Events],
            },
            () => Task.FromResult(history),
            cancellationToken
        );
        past.Add(change, ChangeIdOf(change));
        await ReactAsync(desk, past, change.Events, cancellationToken);
    }

    /// <summary>What the desk does by itself upon events: it gives the ticket to somebody, and automations run.</summary>
    private async Task ReactAsync(PastSettings desk, PastTicket past, IReadOnlyList<TicketEvent> events, CancellationToken cancellationToken)
    {
        var then = past.Ticket;
        if (Route(desk, past.Ticket, events) is { Events.Count: > 0 })
            await ChangeAsync(desk, past, _clock.Now.AddMilliseconds(400), ticket => Route(desk, ticket, events) ?? new(ticket, []), cancellationToken);
        foreach (var happened in events)
        {
            var candidates = AutomationRules.For(happened, desk.Automations);
            var depth = AutomationRules.DepthOf(happened, events);
            if (candidates.Count == 0 || AutomationRules.IsStopped(past.Ticket.Automated, depth))
                continue;
            var subject = SubjectOf(desk, past, happened.At) with
            {
                Ticket = then,
                Event = happened,
                Contact = await ContactOfAsync(then, candidates, cancellationToken),
                Clocks = await Clocks.StatusAsync(then, happened.At, cancellationToken),
            };
            var matched = AutomationRules
                .Decide(subject, candidates, _ => desk.Actions with { IsTrial = true })
                .Where(finding => finding.Done is not null)
                .Select(finding => finding.Automation)
                .ToList();
            foreach (var automation in matched.Where(_ => !AutomationRules.IsAtEnd(past.Ticket.Automated, depth)))
            {
                var at = _clock.Now.AddMilliseconds(700);
                await ChangeAsync(
                    desk,
                    past,
                    at,
                    ticket => AutomationRules.Run(ticket, automation, happened.Seq, depth + 1, desk.Actions, at),
                    cancellationToken
                );
            }
        }
    }

    /// <summary>By turns: of a group's agents the one whose turn it is by the ticket's number.</summary>
    private static TicketChange? Route(PastSettings desk, Ticket ticket, IReadOnlyList<TicketEvent> events)
    {
        if (
            desk.GroupOf(ticket.Group) is not { Routing: { } strategy } group
            || !RoutingRules.Waits(ticket, group.Id)
            || events.LastOrDefault(happened => RoutingRules.MayNeedRouting(happened.Fact)) is not { } cause
        )
            return null;
        var agents = AgentsOf(desk, group.Id);
        var candidates = agents.Select(
            (agent, place) => new RoutingCandidate(agent.Id, AgentPresence.Online, 0, agent.Capacity, agent.Skills, Behind(place, ticket.Number, agents.Count))
        );
        var choice = RoutingRules.Choose(RoutingStrategy.RoundRobin, [], [.. candidates]);
        return RoutingRules.Route(ticket, group.Id, strategy, [], choice, cause.Seq, ticket.UpdatedAt.AddMilliseconds(400));
    }

    private static long Behind(int place, long number, int count) => (place - number % count + count) % count;

    /// <summary>What falls due until an instant: promises, closing, automations that wait.</summary>
    private async Task WakeUntilAsync(PastSettings desk, PastTicket past, DateTimeOffset until, CancellationToken cancellationToken)
    {
        for (var wakings = 0; wakings < MostWakings; wakings++)
        {
            var ticket = past.Ticket;
            var sla = ticket is { Pin: not null, Sla.NextWakeAt: { } wake } && past.Quiet != ticket.Version ? wake : (DateTimeOffset?)null;
            var close = ClosingRules.NextAt(ticket, desk.Closing);
            var timed = await TimedDueAsync(desk, past, cancellationToken);
            var next = new[] { sla, close, timed }.Min();
            if (next is null || next > until)
                return;
            _clock.Now = next.Value > ticket.UpdatedAt ? next.Value : ticket.UpdatedAt;
            if (next == sla)
                await CatchUpAsync(desk, past, cancellationToken);
            else if (next == close)
                await ChangeAsync(desk, past, _clock.Now, now => ClosingRules.Act(now, desk.Closing, _clock.Now), cancellationToken);
            else
                await RunTimedAsync(desk, past, cancellationToken);
        }

        throw new InvalidOperationException($"Ticket {past.Ticket.Number} wakes again and again at {_clock.Now:O}.");
    }

    private async Task CatchUpAsync(PastSettings desk, PastTicket past, CancellationToken cancellationToken)
    {
        var (before, version) = (past.Ticket, past.Ticket.Version);
        var due = await Clocks.CatchUpAsync(before, before: false, cancellationToken);
        if (due.Events.Count == 0)
        {
            past.Quiet = version;
            return;
        }

        IReadOnlyList<TicketEvent> history = [.. past.Events];
        var change = await Clocks.FollowAsync(before, due, () => Task.FromResult(history), cancellationToken);
        past.Add(change, ChangeIdOf(change));
        await ReactAsync(desk, past, change.Events, cancellationToken);
    }

    private async Task<DateTimeOffset?> TimedDueAsync(PastSettings desk, PastTicket past, CancellationToken cancellationToken)
    {
        if (desk.Timed.Count == 0 || past.Ticket.Status == TicketStatus.Closed)
            return null;
        var subject = await TimedSubjectAsync(desk, past, past.Ticket.UpdatedAt, cancellationToken);
        var asked = past.Asked is { } one && one.Version == past.Ticket.Version ? one.At : (DateTimeOffset?)null;
        return desk
            .Timed.Select(automation => TimedAutomations.DueAt(automation, subject))
            .Select(due => due < past.Ticket.UpdatedAt ? past.Ticket.UpdatedAt : due)
            .Where(due => asked is null || due > asked)
            .Min();
    }

    private async Task RunTimedAsync(PastSettings desk, PastTicket past, CancellationToken cancellationToken)
    {
        foreach (var automation in desk.Timed)
        {
            var subject = await TimedSubjectAsync(desk, past, _clock.Now, cancellationToken);
            if (TimedAutomations.IsDue(automation, subject))
                await ChangeAsync(
                    desk,
                    past,
                    _clock.Now,
                    ticket => TimedAutomations.Run(ticket, automation, subject with { Ticket = ticket }, desk.Actions),
                    cancellationToken
                );
        }

        past.Asked = (_clock.Now, past.Ticket.Version);
    }

    private async Task<ConditionSubject> TimedSubjectAsync(PastSettings desk, PastTicket past, DateTimeOffset now, CancellationToken cancellationToken) =>
        SubjectOf(desk, past, now) with
        {
            Contact = await ContactOfAsync(past.Ticket, desk.Timed, cancellationToken),
        };

    private static ConditionSubject SubjectOf(PastSettings desk, PastTicket past, DateTimeOffset now) =>
        new()
        {
            Now = now,
            Ticket = past.Ticket,
            Replies = ReplyTimes.Of(past.Events),
            Calendars = desk.Calendars,
        };

    private async ValueTask<Contact?> ContactOfAsync(Ticket ticket, IEnumerable<Automation> asking, CancellationToken cancellationToken)
    {
        if (!asking.Any(one => one.Condition.Asks("requester.organisation") || one.Condition.Asks("requester.language")))
            return null;
        if (!_contacts.TryGetValue(ticket.Requester.Email, out var contact))
            _contacts[ticket.Requester.Email] = contact = await contacts.FindByEmailAsync(ticket.Workspace, ticket.Requester.Email, cancellationToken);
        return contact;
    }

    private static CommentSource? SourceOf(Ticket ticket, Actor by) =>
        by.Kind == ActorKind.Requester && ticket.Channel is not IntakeChannel.Alert and not IntakeChannel.Phone ? new(ticket.Channel) : null;

    private static Actor ActorOf(PastSettings desk, Ticket ticket, string by) =>
        by == "requester" ? new(ActorKind.Requester, ticket.Requester.Email, ticket.Requester.Name)
        : AgentOf(desk, ticket, by) is { } agent ? new(ActorKind.Agent, agent.Id, agent.Name)
        : throw new InvalidRequestException("tickets", $"tickets names the agent \"{by}\", who was not found.");

    /// <summary>An agent by id; for <c>assignee</c> whoever has the ticket, or one of its group.</summary>
    private static Agent? AgentOf(PastSettings desk, Ticket ticket, string? id)
    {
        if (id != "assignee")
            return desk.Agents.FirstOrDefault(agent => agent.Id == id);
        var group = AgentsOf(desk, ticket.Group);
        return desk.Agents.FirstOrDefault(agent => agent.Id == ticket.Assignee) ?? group[(int)(ticket.Number % group.Count)];
    }

    /// <summary>The active agents of a group; all of them where it has none.</summary>
    private static IReadOnlyList<Agent> AgentsOf(PastSettings desk, string? group)
    {
        var active = desk.Agents.Where(agent => agent.Active).OrderBy(agent => agent.Id, StringComparer.Ordinal).ToList();
        var members = active.Where(agent => group is not null && agent.Groups.Contains(group, StringComparer.Ordinal)).ToList();
        return members.Count > 0 ? members : active;
    }
}
