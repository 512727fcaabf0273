using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Helpdesk.Automations;
using Helpdesk.Conditions;
using Helpdesk.Functions.Conditions;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Tickets;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Automations;

/// <summary>A draft of an automation, and the period or the ticket to try it on.</summary>
[Example(
    """
        {"automation":{"on":["comment-added"],"condition":{"all":[{"field":"by","op":"is","value":"requester"},
                                                                 {"field":"status","op":"is","value":"pending"}]},
                       "actions":[{"do":"set","field":"priority","value":"high"}]},
         "from":"2026-03-01T00:00:00Z","to":"2026-03-08T00:00:00Z"}
        """
)]
public sealed record TryAutomationBody
{
    /// <summary>The draft.</summary>
    public required TriedAutomationBody Automation { get; init; }

    /// <summary>What happened, or fell due, then or later is looked at; without it, and for one ticket, everything.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>What happened, or fell due, before is looked at.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>Id or number of one ticket to try it on, instead of all tickets of a period.</summary>
    [MaxLength(40)]
    public string? Ticket { get; init; }

    /// <summary>How many tickets a page looks at; 25 when it is left out.</summary>
    [Range(1, 50)]
    public int? Limit { get; init; }

    /// <summary>Where to go on: <c>nextCursor</c> of the page before, with the same draft and period.</summary>
    [MaxLength(400)]
    public string? Cursor { get; init; }
}

/// <summary>A draft of an automation.</summary>
public sealed record TriedAutomationBody
{
    /// <summary>
    /// Id of the automation that it is a new version of: for one that waits for time to pass, what that has done is not counted as somebody's change.
    /// </summary>
    [RegularExpression(SettingFields.IdPattern), MaxLength(30)]
    public string? Id { get; init; }

    /// <summary>The types of events that start it, such as <c>ticket-opened</c>, or <c>time</c> alone.</summary>
    [MinLength(1), MaxLength(20)]
    public required IReadOnlyList<string> On { get; init; }

    /// <summary>What has to be true for it to run; nothing when it is left out.</summary>
    public Condition? Condition { get; init; }

    /// <summary>What it does, in this order.</summary>
    [MinLength(1), MaxLength(TicketAction.Most)]
    public required IReadOnlyList<TicketAction> Actions { get; init; }

    /// <summary>A name; it is of no account here.</summary>
    [MaxLength(100)]
    public string? Name { get; init; }

    /// <summary>Whether it is to be active; it is of no account here.</summary>
    public bool? Active { get; init; }

    /// <summary>Where it is to stand; it is of no account here.</summary>
    [Range(0, 1_000_000)]
    public int? Position { get; init; }
}

/// <summary>The same, read as far as that needs no storage.</summary>
public sealed record TryAutomationRequest(ReadOnlyMemory<byte> Body) : IFromRequest<TryAutomationRequest>
{
    public static async ValueTask<TryAutomationRequest> ReadAsync(HttpContext context)
    {
        await FieldReader.ReadAsync(context);
        return new(await RequestBody.ReadUtf8Async(context));
    }

    /// <summary>The draft and where to try it; 400 with everything that is wrong.</summary>
    internal Trial Read(ActionDesk desk)
    {
        var fields = FieldReader.Parse(Body);
        var ticket = fields.HasNumber("ticket", out var number) ? number : fields.Text("ticket", 40);
        var (from, to) = (fields.Instant("from"), fields.Instant("to"));
        var (limit, cursor) = (fields.Whole("limit", 1, 50) ?? 25, fields.Text("cursor", 400));
        if (from >= to)
            fields.Wrong("to", "must be after from.");
        Automation? draft = null;
        if (fields.Object("automation", required: true) is { } inside)
        {
            draft = AutomationRequest.Read(inside, null, desk, DateTimeOffset.MinValue, SettingFields.VersionedId(inside) ?? "draft", isDraft: true);
            inside.Ends();
            if (ticket is null && !fields.Has("from"))
                fields.Wrong("from", "is required, unless a ticket is named.");
            if (ticket is null && !fields.Has("to"))
                fields.Wrong("to", "is required, unless a ticket is named.");
        }

        fields.Done();
        return new(
            draft! with
            {
                Active = true,
            },
            from ?? DateTimeOffset.MinValue,
            to ?? DateTimeOffset.MaxValue,
            ticket,
            limit,
            string.IsNullOrEmpty(cursor) ? null : cursor
        );
    }

    internal sealed record Trial(Automation Draft, DateTimeOffset From, DateTimeOffset To, string? Ticket, int Limit, string? Cursor);
}

/// <summary>What the draft would have made of one event, or of an instant at which it was due.</summary>
/// <param name="Seq">Number of the event; of the last one before the instant.</param>
/// <param name="Type">What kind of event it is; <c>time</c> for an instant.</param>
/// <param name="At">When it happened, or was due.</param>
/// <param name="By">What kind of actor did it; <c>system</c> for an instant.</param>
/// <param name="Runs">Whether the draft would have run.</param>
/// <param name="Terms">What each term of its condition found on the ticket as it was then.</param>
/// <param name="Did">What would have become of each action; empty where it would not have run.</param>
/// <param name="Changes">What the actions would have changed, as events; empty for nothing.</param>
/// <param name="Texts">The words of the comments and notes that it would have added.</param>
public sealed record TriedEvent(
    long Seq,
    string Type,
    DateTimeOffset At,
    ActorKind By,
    bool Runs,
    IReadOnlyList<TermResult> Terms,
    IReadOnlyList<ActionOutcome> Did,
    IReadOnlyList<TriedChange> Changes,
    IReadOnlyList<string> Texts
);

/// <summary>Something that an action would have changed.</summary>
/// <param name="Type">What kind of event it would have been.</param>
/// <param name="Data">The change in detail, as the event would have had it.</param>
public sealed record TriedChange(string Type, JsonElement? Data);

/// <summary>What the draft would have made of one ticket.</summary>
/// <param name="Id">Id of the ticket.</param>
/// <param name="Number">Number of the ticket.</param>
/// <param name="Subject">What it is about, as it is now.</param>
/// <param name="Events">The events, or instants, upon which it would have run; for a single ticket all that start it.</param>
/// <param name="More">Whether there are more than were looked at.</param>
public sealed record TriedAutomationTicket(string Id, long Number, string Subject, IReadOnlyList<TriedEvent> Events, bool More);

/// <summary>One page of a trial.</summary>
/// <param name="Items">The tickets of this page on which the draft would have run.</param>
/// <param name="Tickets">How many tickets were looked at.</param>
/// <param name="Events">How many events were looked at, of the types that start the draft; of one that waits for time to pass, how often it was due.</param>
/// <param name="Runs">How often it would have run.</param>
/// <param name="Warnings">What of the draft will have no effect; empty for nothing.</param>
/// <param name="NextCursor">The <c>cursor</c> of the next page; null on the last.</param>
public sealed record AutomationTrial(
    IReadOnlyList<TriedAutomationTicket> Items,
    int Tickets,
    int Events,
    int Runs,
    IReadOnlyList<string> Warnings,
    string? NextCursor
);

/// <summary>
/// Tries an automation on the past: replays each ticket of a period, or one ticket, and says upon which events, or when, the draft would have run, why, and
/// what each action would have done. Nothing is changed, and nobody is told.
/// </summary>
/// <remarks>
/// A ticket with an event in a period was changed last after its beginning and opened before its end, so that the list by last change has them all. A page
/// reads that list once and each ticket twice: its events, and the ticket where one of them starts the draft. One that waits for time to pass may be due on
/// tickets to which nothing happened: those that are live come first.
/// </remarks>
public sealed class TryAutomation(
    TicketListStore lists,
    TicketStore tickets,
    ConditionSubjects subjects,
    ActionContexts contexts,
    SettingsStore settings,
    TimeProvider time
)
{
    /// <summary>How a cursor begins among the tickets that were changed last before the period.</summary>
    private const string Quiet = "quiet.";

    /// <summary>The cursor of the first page of those that were changed since.</summary>
    private const string Changed = "changed";

    /// <summary>As many events of one ticket are looked at.</summary>
    private const int MostEvents = 200;

    [Function(nameof(TryAutomation)), RequiresKey(KeyRole.Admin), Takes(typeof(TryAutomationBody))]
    public async Task<Ok<AutomationTrial>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/automations/try")] TryAutomationRequest request,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(request);
        var trial = request.Read(await ActionDesk.ReadAsync(caller.Workspace, settings, cancellationToken));
        var context = (await contexts.OfAsync(caller.Workspace, trial.Draft.Actions, null, cancellationToken)) with { IsTrial = true };
        var page = trial.Ticket is { } named
            ? new ListPage<Ticket>([await FindAsync(caller.Workspace, named, cancellationToken)], null)
            : await ReadAsync(caller.Workspace, trial, cancellationToken);
        var (items, events) = (new List<TriedAutomationTicket>(), 0);
        foreach (var ticket in page.Items.Where(ticket => ticket.CreatedAt < trial.To))
        {
            var tried = trial.Draft.IsTimed
                ? await TryTimedAsync(ticket, trial, context, cancellationToken)
                : await TryAsync(ticket, trial, context, cancellationToken);
            events += tried.Events.Count;
            if (trial.Ticket is null)
                tried = tried with { Events = [.. tried.Events.Where(one => one.Runs)] };
            if (tried.Events.Count > 0 || trial.Ticket is not null)
                items.Add(tried);
        }

        return TypedResults.Ok(
            new AutomationTrial(
                items,
                page.Items.Count,
                events,
                items.Sum(one => one.Events.Count(happened => happened.Runs)),
                AutomationWarnings.Of(trial.Draft) ?? [],
                page.NextCursor
            )
        );
    }

    /// <summary>A page of tickets on which the draft may have run.</summary>
    private async Task<ListPage<Ticket>> ReadAsync(string workspace, TryAutomationRequest.Trial trial, CancellationToken cancellationToken)
    {
        var isQuiet = trial.Draft.IsTimed && trial.Cursor?.StartsWith(Quiet, StringComparison.Ordinal) != false;
        if (!isQuiet)
            return await lists.ReadAsync(
                workspace,
                new() { Order = TicketOrder.UpdatedAscending },
                trial.Limit,
                trial.Cursor is Changed ? null : trial.Cursor,
                cancellationToken,
                trial.From,
                again: true
            );
        var withClosed = trial.Draft.Condition.Asks("hoursSince.closed");
        var page = await lists.ReadAsync(
            workspace,
            new()
            {
                Statuses = withClosed ? [] : [.. Enum.GetValues<TicketStatus>().Where(status => status != TicketStatus.Closed)],
                Order = TicketOrder.UpdatedAscending,
            },
            trial.Limit,
            trial.Cursor?[Quiet.Length..],
            cancellationToken,
            again: true
        );
        // The list of the others begins with the millisecond in which the period does.
        var from = trial.From.ToUnixTimeMilliseconds();
        var quiet = page.Items.TakeWhile(ticket => ticket.UpdatedAt.ToUnixTimeMilliseconds() < from).ToList();
        return new(quiet, quiet.Count < page.Items.Count || page.NextCursor is null ? Changed : Quiet + page.NextCursor);
    }

    private async Task<Ticket> FindAsync(string workspace, string named, CancellationToken cancellationToken) =>
        TicketAddress.Parse(workspace, named) is { } address && await tickets.FindAsync(address, cancellationToken) is { } ticket
            ? ticket
            : throw new InvalidRequestException("ticket", "ticket was not found: give the id or number of a ticket of this workspace.");

    private async Task<TriedAutomationTicket> TryAsync(
        Ticket listed,
        TryAutomationRequest.Trial trial,
        ActionContext context,
        CancellationToken cancellationToken
    )
    {
        var address = TicketAddress.Of(listed);
        var all = await tickets.ReadEventsAsync(address, 0, int.MaxValue, cancellationToken);
        var starting = all.Where(happened => happened.At >= trial.From && happened.At < trial.To)
            .Where(happened => AutomationRules.For(happened, [trial.Draft]).Count > 0)
            .ToList();
        var tried = new List<TriedEvent>();
        if (starting.Count > 0 && await tickets.FindAsync(address, cancellationToken) is { } ticket)
        {
            var description = TicketHistory.FirstDescription(all, ticket.Description);
            foreach (var happened in starting.Take(MostEvents))
            {
                // A chain is stopped there.
                if (AutomationRules.DepthOf(happened, all) >= AutomationRules.MostDepth)
                    continue;
                var last = AutomationRules.LastOfRequest(happened, all).Seq;
                IReadOnlyList<TicketEvent> history = [.. all.TakeWhile(one => one.Seq <= last)];
                var then = TicketHistory.Replay(history, description);
                var subject = await subjects.OfAsync(then, happened, [trial.Draft.Condition], happened.At, history, cancellationToken);
                tried.Add(Of(happened, AutomationRules.Decide(subject, [trial.Draft], _ => context)[0]));
            }
        }

        return new(listed.Id, listed.Number, listed.Subject, tried, starting.Count > MostEvents);
    }

    private async Task<TriedAutomationTicket> TryTimedAsync(
        Ticket listed,
        TryAutomationRequest.Trial trial,
        ActionContext context,
        CancellationToken cancellationToken
    )
    {
        var address = TicketAddress.Of(listed);
        var all = await tickets.ReadEventsAsync(address, 0, int.MaxValue, cancellationToken);
        if (all.Count == 0 || await tickets.FindAsync(address, cancellationToken) is not { } ticket)
            return new(listed.Id, listed.Number, listed.Subject, [], false);
        var now = time.GetUtcNow();
        var (looks, isMore) = await TimedTrial.LookAsync(
            trial.Draft,
            all,
            TicketHistory.FirstDescription(all, ticket.Description),
            trial.From,
            trial.To < now ? trial.To : now,
            async (then, history, at) => await subjects.OfAsync(then, null, [trial.Draft.Condition], at, history, cancellationToken),
            context
        );
        return new(listed.Id, listed.Number, listed.Subject, [.. looks.Take(MostEvents).Select(Of)], isMore || looks.Count > MostEvents);
    }

    private static TriedEvent Of(TimedLook look)
    {
        var events = look.Run?.Events ?? [];
        return new(
            look.Seq,
            Automation.Time,
            look.At,
            ActorKind.System,
            look.Run is not null,
            [.. look.Explanation.Terms.Select(TermResult.Of)],
            events.Select(one => one.Fact).OfType<AutomationRan>().FirstOrDefault()?.Did ?? [],
            [.. events.Skip(1).Select(EventView.Of).Select(one => new TriedChange(one.Type, one.Data))],
            [.. (look.Run?.Comment is { } first ? [first, .. look.Run.FurtherComments] : Array.Empty<Comment>()).Select(comment => comment.Body)]
        );
    }

    private static TriedEvent Of(TicketEvent happened, AutomationFinding finding) =>
        new(
            happened.Seq,
            TicketFacts.NameOf(happened.Fact),
            happened.At,
            happened.By.Kind,
            finding.Done is not null,
            [.. finding.Explanation.Terms.Select(TermResult.Of)],
            finding.Done?.Outcomes ?? [],
            [.. (finding.Done?.Events ?? []).Select(EventView.Of).Select(one => new TriedChange(one.Type, one.Data))],
            [.. (finding.Done?.Comments ?? []).Select(comment => comment.Body)]
        );
}
