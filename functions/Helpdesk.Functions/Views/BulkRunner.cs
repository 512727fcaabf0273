using System.Text;
using Azure;
using Helpdesk.Automations;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;
using Helpdesk.Functions.Tickets;
using Helpdesk.Views;

namespace Helpdesk.Functions.Views;

/// <summary>Carries changes of many tickets through, step by step, each ticket once.</summary>
/// <remarks>
/// What a step does to a ticket is noted with the ticket in the same transaction: a step that comes again, since a process died before it was on record, finds
/// that it is done. Whoever works claims the job for a minute, and a job that is left is taken up by its message.
/// </remarks>
public sealed class BulkRunner(
    BulkStore jobs,
    ViewReader views,
    TicketStore tickets,
    DirectoryStore directory,
    IBulkMacros macros,
    WorkQueue<BulkMessage> queue,
    TimeProvider time
) : IWorker<BulkMessage>
{
    private const int ParallelTickets = 4;

    /// <summary>Steps of one message, before others get their turn.</summary>
    private const int StepsAtOnce = 10;

    private static readonly TimeSpan Claim = TimeSpan.FromMinutes(1);

    /// <summary>What a ticket notes of a job is good for a week: what is older is not gone on with.</summary>
    private static readonly TimeSpan Longest = Idempotency.Kept - TimeSpan.FromDays(1);

    public async Task<bool> DoAsync(BulkMessage message, bool lastTry, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (await jobs.FindAsync(message.Workspace, message.Job, cancellationToken) is not var (job, _))
            return false;
        if (!job.IsActive)
            return true;
        var now = time.GetUtcNow();
        if (job.ClaimedUntil > now)
        {
            // Somebody is at it, or died while they were.
            await queue.SendAsync(message, job.ClaimedUntil.Value - now + TimeSpan.FromSeconds(2), cancellationToken);
            return true;
        }

        if (await RunAsync(message.Workspace, message.Job, StepsAtOnce, cancellationToken) is { IsActive: true })
            await queue.SendAsync(message with { SentAt = time.GetUtcNow() }, TimeSpan.Zero, cancellationToken);
        return true;
    }

    /// <summary>Works on a job that nobody works on; the job after it.</summary>
    /// <param name="steps">After so many steps somebody else may go on.</param>
    public async Task<BulkJob?> RunAsync(string workspace, string id, int steps, CancellationToken cancellationToken)
    {
        for (var step = 0; ; step++)
        {
            if (await jobs.FindAsync(workspace, id, cancellationToken) is not var (job, etag))
                return null;
            if (!job.IsActive || (step == 0 && job.ClaimedUntil > time.GetUtcNow()))
                return job;
            if (step >= steps)
            {
                job = job with { ClaimedUntil = null };
                return await jobs.TryWriteAsync(job, etag, cancellationToken) is null ? (await jobs.FindAsync(workspace, id, cancellationToken))?.Job : job;
            }

            if (time.GetUtcNow() - (job.Undo?.AskedAt ?? job.CreatedAt) > Longest)
            {
                await jobs.TryWriteAsync(Ended(job, BulkState.Failed, "It was not done within six days, and is not gone on with."), etag, cancellationToken);
                continue;
            }

            job = job with { ClaimedUntil = time.GetUtcNow() + Claim };
            if (await jobs.TryWriteAsync(job, etag, cancellationToken) is { } mine)
                await StepAsync(job, mine, cancellationToken);
        }
    }

    private async Task StepAsync(BulkJob job, ETag etag, CancellationToken cancellationToken)
    {
        if (job.State == BulkState.Collecting)
        {
            await CollectAsync(job, etag, cancellationToken);
            return;
        }

        var isUndo = job.State != BulkState.Working;
        var done = (isUndo ? job.Undo!.Progress : job.Progress).Worked;
        var all = await jobs.ReadTicketsAsync(job, cancellationToken);
        // What was never worked need not be undone.
        var total = isUndo ? job.Progress.Worked : all.Count;
        var part = all.Take(total).Skip(done).Take(BulkStore.StepSize).ToList();
        IReadOnlyList<BulkResult> results;
        try
        {
            results = isUndo ? await UndoAsync(job, done, cancellationToken) : await WorkAsync(job, part, cancellationToken);
        }
        catch (InvalidRequestException gone)
        {
            var why = gone.Errors is { } errors ? string.Join(" ", errors.Values.SelectMany(problems => problems)) : gone.Message;
            await jobs.TryWriteAsync(Ended(job, BulkState.Failed, why), etag, cancellationToken);
            return;
        }

        // A job that is cancelled meanwhile still says what became of these.
        while (true)
        {
            var before = isUndo ? job.Undo!.Progress : job.Progress;
            if (before.Worked != done)
                return;
            var progress = before.Plus(results);
            var isEnd = progress.Worked >= total;
            var after = isUndo
                ? job with
                {
                    Undo = job.Undo! with
                    {
                        Progress = progress,
                        State = isEnd ? BulkState.Done : job.Undo.State,
                        FinishedAt = isEnd ? time.GetUtcNow() : null,
                    },
                    ClaimedUntil = isEnd ? null : job.ClaimedUntil,
                }
                : job with
                {
                    Progress = progress,
                };
            if (!isUndo && isEnd && after.State == BulkState.Working)
                after = Ended(after, BulkState.Done, null);
            if (await jobs.TryWriteAsync(after, etag, cancellationToken, results: (isUndo, done / BulkStore.StepSize, results)) is not null)
                return;
            if (await jobs.FindAsync(job.Workspace, job.Id, cancellationToken) is not var (fresh, latest))
                return;
            (job, etag) = (fresh, latest);
        }
    }

    private BulkJob Ended(BulkJob job, BulkState state, string? error)
    {
        if (job.State is BulkState.Collecting or BulkState.Working)
            return job with { State = state, FinishedAt = time.GetUtcNow(), Error = error, ClaimedUntil = null };
        return job with { Undo = job.Undo! with { State = state, FinishedAt = time.GetUtcNow() }, Error = error, ClaimedUntil = null };
    }

    private async Task CollectAsync(BulkJob job, ETag etag, CancellationToken cancellationToken)
    {
        var caller = CallerOf(job);
        var gathered = (await jobs.ReadTicketsAsync(job, cancellationToken)).ToList();
        // Who lost their claim in between finds a cursor that is not theirs, and writes nothing.
        var page = await views.ReadAsync(caller, job.View!, Math.Clamp(job.Limit - gathered.Count, 1, 500), job.Cursor, cancellationToken);
        gathered = [.. gathered.Concat(page.Items.Select(ticket => ticket.Id)).Distinct(StringComparer.Ordinal).Take(job.Limit)];
        var isEnd = page.NextCursor is null || gathered.Count >= job.Limit;
        var after = job with { Cursor = page.NextCursor, Total = gathered.Count, State = isEnd ? BulkState.Working : BulkState.Collecting };
        if (isEnd && gathered.Count == 0)
            after = Ended(after, BulkState.Done, null);
        await jobs.TryWriteAsync(after, etag, cancellationToken, tickets: gathered);
    }

    private async Task<IReadOnlyList<BulkResult>> WorkAsync(BulkJob job, IReadOnlyList<string> part, CancellationToken cancellationToken)
    {
        var caller = CallerOf(job);
        var patch = job.Action.Patch is { } json
            ? await PatchTicketRequest.Read(FieldReader.Parse(Encoding.UTF8.GetBytes(json))).ResolveAsync(caller, directory, cancellationToken)
            : null;
        var macro = job.Action.Macro is { } id
            ? await macros.FindAsync(caller, id, cancellationToken) ?? throw new InvalidRequestException("macro", $"The macro \"{id}\" is not there any more.")
            : null;
        var note = Idempotency.Of($"bulk/{job.Workspace}", job.Id);
        return await EachAsync(
            part,
            async (named, cancelled) =>
            {
                if (AddressOf(job, named) is not { } address)
                    return new(named, BulkOutcome.NotFound);
                var apply = macro is null ? null : await macros.PrepareAsync(caller, macro, address, note, cancelled);
                Ticket? before = null;
                var change = await tickets.ChangeAsync(
                    address,
                    IfMatch.Any,
                    note,
                    async (ticket, last) =>
                    {
                        before = ticket;
                        return apply is null ? Decide(ticket, patch, job, time.GetUtcNow()) : await apply(ticket, last);
                    },
                    cancelled
                );
                if (change is null)
                    return new(named, BulkOutcome.NotFound);
                if (before is not null && change.Events.Count == 0)
                    return new(named, BulkOutcome.Unchanged);
                // Done by an earlier run of the same step, which did not live to say so.
                var from = before?.Version ?? await tickets.FirstOfChangeAsync(TicketAddress.Of(change.Ticket), change.Ticket.Version, cancelled) - 1;
                var events =
                    macro is null || change.Events.Count > 0
                        ? change.Events
                        : await tickets.ReadEventsAsync(TicketAddress.Of(change.Ticket), from, (int)(change.Ticket.Version - from), cancelled);
                return new(named, BulkOutcome.Done, From: from, To: change.Ticket.Version, NotDone: NotDone(events));
            },
            cancellationToken
        );
    }

    private static IReadOnlyList<ActionOutcome>? NotDone(IEnumerable<TicketEvent> events) =>
        events
            .Select(happened => happened.Fact)
            .OfType<MacroApplied>()
            .SelectMany(applied => applied.Did)
            .Where(outcome => outcome.Result == ActionResult.NotDone)
            .ToList()
            is { Count: > 0 } some
            ? some
            : null;

    /// <summary>All that is to be done with a ticket, as one change.</summary>
    private static TicketChange Decide(Ticket ticket, TicketPatch? patch, BulkJob job, DateTimeOffset now)
    {
        var change = new TicketChange(ticket, []);
        if (patch is not null)
            change = PatchTicket.Apply(ticket, patch, job.By, now);
        if (job.Action.Comment is { } words)
            Add(TicketRules.Comment(change.Ticket, words, job.Action.Visibility, job.By, now));
        if (job.Action.Resolution is { } resolution)
            Add(TicketRules.Resolve(change.Ticket, resolution, job.By, now));
        return change;

        void Add(TicketChange more) => change = new(more.Ticket, [.. change.Events, .. more.Events], more.Comment ?? change.Comment);
    }

    private async Task<IReadOnlyList<BulkResult>> UndoAsync(BulkJob job, int from, CancellationToken cancellationToken)
    {
        var results = await jobs.ReadResultsAsync(job, isUndo: false, from / BulkStore.StepSize, cancellationToken);
        var by = job.Undo!.By;
        var groups = (await directory.ListGroupsAsync(job.Workspace, cancellationToken)).ToDictionary(group => group.Id, StringComparer.Ordinal);
        var note = Idempotency.Of($"bulk-undo/{job.Workspace}", job.Id);
        return await EachAsync(
            results,
            async (result, cancelled) =>
            {
                if (result is not { Outcome: BulkOutcome.Done, From: { } before, To: { } after })
                    return new(result.Ticket, BulkOutcome.Unchanged);
                if (AddressOf(job, result.Ticket) is not { } address || await tickets.FindAsync(address, cancelled) is not { } found)
                    return new(result.Ticket, BulkOutcome.NotFound);
                var (was, became) = (await tickets.ReplayAsync(found, before, cancelled), await tickets.ReplayAsync(found, after, cancelled));
                var agent = was.Assignee is { } id ? await directory.FindAgentAsync(job.Workspace, id, cancelled) : null;
                Undone? undone = null;
                var change = await tickets.ChangeAsync(
                    address,
                    IfMatch.Any,
                    note,
                    async (ticket, last) =>
                    {
                        undone = BulkUndo.Decide(
                            was,
                            became,
                            ticket,
                            groups.GetValueOrDefault,
                            one => agent is { Active: true } && agent.Id == one ? agent : null,
                            was.Status == TicketStatus.New && await IsAnsweredAsync(address, was.Version, ticket.Version, last),
                            by,
                            time.GetUtcNow()
                        );
                        return undone.Change;
                    },
                    cancelled
                );
                var left = undone?.Left is { Count: > 0 } some ? some : null;
                return change is null ? new(result.Ticket, BulkOutcome.NotFound)
                    : undone is not null && change.Events.Count == 0 ? new(result.Ticket, BulkOutcome.Unchanged, Left: left)
                    : new(result.Ticket, BulkOutcome.Done, To: change.Ticket.Version, Left: left);
            },
            cancellationToken
        );
    }

    /// <summary>Whether an agent has written to the requester between two versions of a ticket.</summary>
    private async Task<bool> IsAnsweredAsync(TicketAddress address, long after, long until, CancellationToken cancellationToken) =>
        (await tickets.ReadEventsAsync(address, after, (int)(until - after), cancellationToken)).Any(happened =>
            happened is { Fact: CommentAdded { Visibility: CommentVisibility.Public }, By.Kind: ActorKind.Agent }
        );

    private static TicketAddress? AddressOf(BulkJob job, string named) => TicketAddress.Parse(job.Workspace, named);

    /// <summary>Does something with each, a few at a time; a rule that refuses one holds up no other.</summary>
    private static async Task<IReadOnlyList<BulkResult>> EachAsync<T>(
        IReadOnlyList<T> all,
        Func<T, CancellationToken, Task<BulkResult>> act,
        CancellationToken cancellationToken
    )
    {
        var results = new BulkResult[all.Count];
        await Parallel.ForEachAsync(
            all.Index(),
            new ParallelOptions { MaxDegreeOfParallelism = ParallelTickets, CancellationToken = cancellationToken },
            async (one, cancelled) =>
            {
                try
                {
                    results[one.Index] = await act(one.Item, cancelled);
                }
                catch (HelpdeskRuleException rule)
                {
                    results[one.Index] = new(NameOf(one.Item), BulkOutcome.Refused, rule.Code, rule.Message);
                }
                catch (InvalidRequestException invalid)
                {
                    var why = invalid.Errors is { } errors ? string.Join(" ", errors.Values.SelectMany(problems => problems)) : invalid.Message;
                    results[one.Index] = new(NameOf(one.Item), BulkOutcome.Refused, invalid.Code, why);
                }
            }
        );
        return results;
    }

    private static string NameOf<T>(T item) => item is BulkResult result ? result.Ticket : item!.ToString()!;

    private static Caller CallerOf(BulkJob job) => new(job.Workspace, KeyRole.Agent, "", job.By);
}

/// <summary>Carries on with changes of many tickets that a process left behind, and with those that take long.</summary>
public sealed class WorkBulkChanges(WorkRunner<BulkMessage> work)
{
    [Function(nameof(WorkBulkChanges))]
    public Task Run([QueueTrigger(BulkMessage.QueueName)] BulkMessage message, int dequeueCount, CancellationToken cancellationToken) =>
        work.ReceiveAsync(message, dequeueCount, cancellationToken);
}
