using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Helpdesk.Automations;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;
using Helpdesk.Functions.Tickets;
using Helpdesk.Views;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Views;

/// <summary>Words for each of many tickets.</summary>
/// <param name="Body">The words.</param>
/// <param name="Visibility">Who may read them; <c>public</c> when it is left out.</param>
public sealed record BulkComment([property: MaxLength(TicketFields.TextLength)] string Body, CommentVisibility? Visibility);

/// <summary>A change of many tickets: those that are named, or those of a view.</summary>
/// <param name="Tickets">Ids or numbers of tickets, up to 10,000.</param>
/// <param name="View">Id of the view whose tickets are meant, instead of <c>tickets</c>.</param>
/// <param name="Limit">As many tickets of the view at the most, the first ones in its order; 100 when it is left out.</param>
/// <param name="Patch">What is to be different about each ticket, as in <c>PATCH /api/tickets/{id}</c>.</param>
/// <param name="Assign">Who is to work on each ticket, as in <c>POST /api/tickets/{id}/assign</c>.</param>
/// <param name="Comment">A comment or a note for each ticket.</param>
/// <param name="Resolution">Resolves each ticket with this text.</param>
/// <param name="Macro">Id of a macro that is applied to each ticket, instead of all that.</param>
[Example(
    """{"tickets":["42","57"],"patch":{"priority":"high"},"assign":{"group":"it-support"},"comment":{"body":"Looking into it.","visibility":"internal"}}"""
)]
public sealed record BulkTicketsBody(
    [property: MaxLength(BulkTickets.Most)] IReadOnlyList<string>? Tickets,
    string? View,
    [property: Range(1, BulkTickets.Most), DefaultValue(BulkTickets.Direct)] int? Limit,
    PatchTicketRequest? Patch,
    AssignTicketRequest? Assign,
    BulkComment? Comment,
    [property: MaxLength(TicketFields.ResolutionLength)] string? Resolution,
    [property: MaxLength(40)] string? Macro
);

/// <summary>The same, read.</summary>
public sealed record BulkTicketsRequest(IReadOnlyList<string>? Tickets, string? View, int Limit, BulkAction Action) : IFromRequest<BulkTicketsRequest>
{
    public static async ValueTask<BulkTicketsRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        var tickets = fields.Texts(
            "tickets",
            BulkTickets.Most,
            40,
            id => TicketAddress.Parse("-", id) is null ? $"contains \"{id}\", which is no id or number of a ticket." : null,
            digits: true
        );
        var view = fields.Text("view", 40);
        var limit = fields.Whole("limit", 1, BulkTickets.Most);
        // What is wrong with a list has been said.
        var named = tickets is null ? fields.Has("tickets") : tickets.Count > 0;
        if (named == !string.IsNullOrEmpty(view))
            fields.Wrong("tickets", "or view is required, and not both.");
        if (limit is not null && string.IsNullOrEmpty(view))
            fields.Wrong("limit", "is for the tickets of a view.");
        string? patch = null;
        if (fields.Object("patch") is { } patched)
        {
            PatchTicketRequest.Read(patched);
            patched.Ends();
            patch = Encoding.UTF8.GetString(patched.Raw().Span);
        }

        var assign = fields.Object("assign");
        if (assign is not null)
        {
            var (assignee, group) = (assign.Text("assignee", 254, required: assign.Has("assignee")), assign.Text("group", 40, required: assign.Has("group")));
            if (!assign.Has("assignee") && !assign.Has("group"))
                assign.Wrong("assignee", "or group is required.");
            assign.Ends();
            var both = patch is null ? [] : System.Text.Json.Nodes.JsonNode.Parse(patch)!.AsObject();
            foreach (var (name, value) in new[] { ("assignee", assignee), ("group", group) })
            {
                if (value is null)
                    continue;
                if (both.ContainsKey(name))
                    fields.Wrong($"assign.{name}", "is in patch as well: say it once.");
                both[name] = value;
            }

            patch = both.ToJsonString();
        }

        var comment = fields.Object("comment");
        var words = comment?.Text("body", TicketFields.TextLength, required: true, lines: true);
        var visibility = comment?.OneOf<CommentVisibility>("visibility") ?? CommentVisibility.Public;
        comment?.Ends();
        var resolution = fields.Text("resolution", TicketFields.ResolutionLength, required: fields.Has("resolution"), lines: true);
        var macro = fields.Text("macro", 40, required: fields.Has("macro"));
        var isMore = fields.Has("patch") || fields.Has("assign") || fields.Has("comment") || fields.Has("resolution");
        if (!isMore && !fields.Has("macro"))
            fields.Wrong("patch", "or assign, comment, resolution or macro is required: nothing is to be done.");
        if (isMore && fields.Has("macro"))
            fields.Wrong("macro", "stands alone: leave out patch, assign, comment and resolution.");
        fields.Done();
        return new(
            tickets is { Count: > 0 } ? [.. tickets.Distinct(StringComparer.Ordinal)] : null,
            string.IsNullOrEmpty(view) ? null : view,
            limit ?? BulkTickets.Direct,
            new(patch, words, visibility, resolution, string.IsNullOrEmpty(macro) ? null : macro)
        );
    }
}

/// <summary>What became of one ticket of a change of many.</summary>
/// <param name="Ticket">Its id or number, as it was asked for.</param>
/// <param name="Outcome">What became of it.</param>
/// <param name="Code">The rule that does not allow it; null where none does.</param>
/// <param name="Detail">The same in words.</param>
/// <param name="Version">The ticket's version after it; null where it was not changed.</param>
/// <param name="Left">When a change is undone: fields that stay as they are, since they were changed since or cannot go back.</param>
/// <param name="NotDone">Actions of the macro that were not done to this ticket, and why; the others were.</param>
public sealed record BulkResultView(
    string Ticket,
    BulkOutcome Outcome,
    string? Code,
    string? Detail,
    long? Version,
    IReadOnlyList<string> Left,
    IReadOnlyList<ActionOutcome> NotDone
)
{
    internal static BulkResultView Of(BulkResult it) => new(it.Ticket, it.Outcome, it.Code, it.Detail, it.To, it.Left ?? [], it.NotDone ?? []);
}

/// <summary>What is to be done with each ticket.</summary>
/// <param name="Patch">What is to be different about it; null for nothing.</param>
/// <param name="Comment">The comment or note; null for none.</param>
/// <param name="Resolution">The text to resolve it with; null for none.</param>
/// <param name="Macro">Id of the macro; null for none.</param>
public sealed record BulkActionView(JsonElement? Patch, BulkComment? Comment, string? Resolution, string? Macro)
{
    internal static BulkActionView Of(BulkAction it) =>
        new(it.Patch is null ? null : JsonElement.Parse(it.Patch), it.Comment is null ? null : new(it.Comment, it.Visibility), it.Resolution, it.Macro);
}

/// <summary>That a change of many tickets is taken back.</summary>
/// <param name="State">How far it has come.</param>
/// <param name="Progress">How many tickets have been looked at, and what became of them.</param>
/// <param name="AskedAt">When it was asked for.</param>
/// <param name="FinishedAt">When it was done; null while it is not.</param>
/// <param name="NotUndone">What cannot be taken back: comments, mails that were sent, and calls of webhooks.</param>
public sealed record BulkUndoView(
    BulkState State,
    BulkProgressView Progress,
    DateTimeOffset AskedAt,
    DateTimeOffset? FinishedAt,
    IReadOnlyList<string> NotUndone
);

/// <summary>How many tickets have been looked at, and what became of them.</summary>
/// <param name="Worked">How many have been looked at.</param>
/// <param name="Done">How many were changed.</param>
/// <param name="Unchanged">How many were so already.</param>
/// <param name="Refused">How many a rule did not allow to be changed.</param>
/// <param name="NotFound">How many were not there.</param>
public sealed record BulkProgressView(int Worked, int Done, int Unchanged, int Refused, int NotFound)
{
    internal static BulkProgressView Of(BulkProgress it) => new(it.Worked, it.Done, it.Unchanged, it.Refused, it.NotFound);
}

/// <summary>A change of many tickets.</summary>
/// <param name="Id">Names the change.</param>
/// <param name="State">How far it has come.</param>
/// <param name="Total">How many tickets it is about; rises while it collects those of a view.</param>
/// <param name="Progress">How many tickets have been looked at, and what became of them.</param>
/// <param name="CreatedAt">When it was asked for.</param>
/// <param name="FinishedAt">When it was done; null while it is not.</param>
/// <param name="KeptUntil">Until when it can be looked at and undone.</param>
/// <param name="Error">Why it could not go on; null for no reason.</param>
/// <param name="Undo">Its undoing; null when nobody has asked for that.</param>
/// <param name="By">Who asked for it.</param>
/// <param name="View">Id of the view whose tickets are meant; null where they were named.</param>
/// <param name="Action">What is to be done with each ticket.</param>
/// <param name="Items">What became of each ticket, where the change was done at once; otherwise the results tell.</param>
public sealed record BulkView(
    string Id,
    BulkState State,
    int Total,
    BulkProgressView Progress,
    DateTimeOffset CreatedAt,
    DateTimeOffset? FinishedAt,
    DateTimeOffset KeptUntil,
    string? Error,
    BulkUndoView? Undo,
    ActorView? By,
    string? View,
    BulkActionView Action,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<BulkResultView>? Items = null
)
{
    internal static BulkView Of(BulkJob it, IReadOnlyList<BulkResult>? results = null) =>
        new(
            it.Id,
            it.State,
            it.Total,
            BulkProgressView.Of(it.Progress),
            it.CreatedAt,
            it.FinishedAt,
            it.CreatedAt + BulkStore.Kept,
            it.Error,
            it.Undo is { } undo ? new(undo.State, BulkProgressView.Of(undo.Progress), undo.AskedAt, undo.FinishedAt, BulkUndo.NotUndone(it.Action)) : null,
            ActorView.Of(it.By),
            it.View?.Id,
            BulkActionView.Of(it.Action),
            results is null ? null : [.. results.Select(BulkResultView.Of)]
        );
}

/// <summary>Which results of a change of many tickets are wanted.</summary>
/// <param name="Undo">Whether those of its undoing are meant.</param>
/// <param name="Limit">How many items a page has at most.</param>
/// <param name="Cursor">Where to go on: <c>nextCursor</c> of the page before, with the same filters. Leave it out for the first page.</param>
public sealed record BulkResultsQuery(
    [property: DefaultValue(false)] bool Undo,
    [property: Range(1, 100), DefaultValue(25)] int Limit,
    [property: MaxLength(400)] string? Cursor
) : IFromQuery<BulkResultsQuery>
{
    public static BulkResultsQuery Read(QueryReader query, HttpContext context)
    {
        var undo = query.Text("undo");
        if (undo is not (null or "true" or "false"))
            query.Wrong("undo", "must be true or false.");
        return new(undo == "true", query.Limit(), query.Text("cursor", 400));
    }
}

/// <summary>Changes many tickets by one request, each by the same rules as alone.</summary>
public sealed class BulkTickets(
    BulkStore jobs,
    BulkRunner runner,
    WorkQueue<BulkMessage> queue,
    ViewStore views,
    IdempotencyStore reservations,
    DirectoryStore directory,
    IBulkMacros macros,
    TimeProvider time
)
{
    /// <summary>As many tickets are changed before the answer.</summary>
    public const int Direct = 100;

    /// <summary>As many tickets one change may have.</summary>
    public const int Most = 10_000;

    /// <summary>Steps that a direct change may take: those of its tickets, and pages of a view.</summary>
    private const int DirectSteps = 30;

    /// <summary>
    /// Changes many tickets: up to 100 at once, with what became of each in the answer; more by and by, answered with 202. What a rule does not allow for one
    /// ticket holds up no other.
    /// </summary>
    [Function(nameof(BulkTickets)), RequiresKey(KeyRole.Agent, KeyRole.Admin), Takes(typeof(BulkTicketsBody)), Refuses("macro-not-active")]
    public async Task<Results<Ok<BulkView>, Accepted<BulkView>>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/tickets/bulk")] BulkTicketsRequest request,
        Caller caller,
        Idempotency? idempotency,
        CancellationToken cancellationToken
    )
    {
        var view = request.View is { } named
            ? await views.FindAsync(caller, named, cancellationToken)
                ?? throw new InvalidRequestException("view", "view was not found: give the id of a view that you can use.")
            : null;
        // What is wrong with the patch is said now, and not ticket by ticket.
        if (request.Action.Patch is { } patch)
            await PatchTicketRequest.Read(FieldReader.Parse(Encoding.UTF8.GetBytes(patch))).ResolveAsync(caller, directory, cancellationToken);
        var action = request.Action;
        if (action.Macro is { } macroId)
        {
            var macro =
                await macros.FindAsync(caller, macroId, cancellationToken)
                ?? throw new InvalidRequestException("macro", "macro was not found: give the id of a macro that is shared, or your own.");
            if (!macro.Active)
                throw new HelpdeskRuleException("macro-not-active", $"The macro \"{macro.Name}\" is switched off.");
            action = action with { Does = [.. macro.Actions.Select(one => one.Do).Distinct()] };
        }

        var now = time.GetUtcNow();
        var id = BulkStore.NewId(now);
        if (idempotency is not null)
            id = await reservations.ReserveAsync(caller.Workspace, idempotency, () => new(id), cancellationToken);
        var count = request.Tickets?.Count ?? request.Limit;
        var announced = await queue.AnnounceAsync(new(caller.Workspace, id, now), cancellationToken);
        var job = new BulkJob
        {
            Id = id,
            Workspace = caller.Workspace,
            By = caller.Actor,
            Action = action,
            State = view is null ? BulkState.Working : BulkState.Collecting,
            View = view,
            Limit = request.Limit,
            Total = request.Tickets?.Count ?? 0,
            CreatedAt = now,
        };
        await jobs.TryAddAsync(job, request.Tickets ?? [], cancellationToken);
        if (count > Direct)
        {
            queue.Committed(announced);
            var found = await jobs.FindAsync(caller.Workspace, id, cancellationToken);
            return TypedResults.Accepted($"/api/bulk/{id}", BulkView.Of(found?.Job ?? job));
        }

        return await FinishAsync(caller.Workspace, id, announced, isUndo: false, cancellationToken);
    }

    /// <summary>Lists changes of many tickets, the newest first. They are kept for 30 days.</summary>
    [Function(nameof(ListBulkChanges)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Ok<ListPage<BulkView>>> ListBulkChanges(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/bulk")] PageQuery query,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        var list = $"bulk {caller.Workspace}";
        var after = query.Cursor is null ? "" : PageCursor.Read(list, query.Cursor, 1)[0];
        var found = await jobs.ListAsync(caller.Workspace, after, query.Limit + 1, cancellationToken);
        return TypedResults.Ok(
            new ListPage<BulkView>(
                [.. found.Take(query.Limit).Select(job => BulkView.Of(job))],
                found.Count > query.Limit ? PageCursor.Write(list, found[query.Limit - 1].Id) : null
            )
        );
    }

    /// <summary>Shows how far a change of many tickets has come.</summary>
    [Function(nameof(GetBulkChange)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Results<Ok<BulkView>, NotFound>> GetBulkChange(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/bulk/{id}")] Caller caller,
        string id,
        CancellationToken cancellationToken
    ) => await FindAsync(caller, id, cancellationToken) is var (job, _) ? TypedResults.Ok(BulkView.Of(job)) : TypedResults.NotFound();

    /// <summary>Lists what became of each ticket, in the order in which they were asked for. A page may hold fewer than its limit.</summary>
    [Function(nameof(ListBulkResults)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Results<Ok<ListPage<BulkResultView>>, NotFound>> ListBulkResults(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/bulk/{id}/results")] BulkResultsQuery query,
        string id,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        if (await FindAsync(caller, id, cancellationToken) is not var (job, _))
            return TypedResults.NotFound();
        var list = $"bulk {caller.Workspace} {id} {query.Undo}";
        var from = query.Cursor is null ? 0 : int.Parse(PageCursor.Read(list, query.Cursor, 1)[0], System.Globalization.CultureInfo.InvariantCulture);
        var worked = (query.Undo ? job.Undo?.Progress : job.Progress)?.Worked ?? 0;
        var step = await jobs.ReadResultsAsync(job, query.Undo, from / BulkStore.StepSize, cancellationToken);
        var page = step.Skip(from % BulkStore.StepSize).Take(query.Limit).Select(BulkResultView.Of).ToList();
        var next = from + page.Count;
        return TypedResults.Ok(
            new ListPage<BulkResultView>(
                page,
                page.Count > 0 && next < worked ? PageCursor.Write(list, next.ToString(System.Globalization.CultureInfo.InvariantCulture)) : null
            )
        );
    }

    /// <summary>Stops a change of many tickets. What is changed already stays so, and can be undone.</summary>
    [Function(nameof(CancelBulkChange)), RequiresKey(KeyRole.Agent, KeyRole.Admin), Refuses("bulk-not-running")]
    public async Task<Results<Ok<BulkView>, NotFound>> CancelBulkChange(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/bulk/{id}/cancel")] NoBody body,
        string id,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        while (true)
        {
            if (await FindAsync(caller, id, cancellationToken) is not var (job, etag))
                return TypedResults.NotFound();
            if (job.State == BulkState.Cancelled)
                return TypedResults.Ok(BulkView.Of(job));
            if (job.State is not (BulkState.Collecting or BulkState.Working))
                throw new HelpdeskRuleException(
                    "bulk-not-running",
                    job.Undo is null ? "This change is over: it can be undone instead." : "This change is over, and somebody has had it undone already."
                );
            var cancelled = job with { State = BulkState.Cancelled, FinishedAt = time.GetUtcNow(), ClaimedUntil = null };
            if (await jobs.TryWriteAsync(cancelled, etag, cancellationToken) is not null)
                return TypedResults.Ok(BulkView.Of(cancelled));
        }
    }

    /// <summary>
    /// Undoes a change of many tickets: fields that still have the value that it gave them get the one from before. Comments, mails that were sent and calls
    /// of webhooks cannot be taken back.
    /// </summary>
    [Function(nameof(UndoBulkChange)), RequiresKey(KeyRole.Agent, KeyRole.Admin), Refuses("bulk-running")]
    public async Task<Results<Ok<BulkView>, Accepted<BulkView>, NotFound>> UndoBulkChange(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/bulk/{id}/undo")] NoBody body,
        string id,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        while (true)
        {
            if (await FindAsync(caller, id, cancellationToken) is not var (job, etag))
                return TypedResults.NotFound();
            if (job.State is BulkState.Collecting or BulkState.Working)
                throw new HelpdeskRuleException("bulk-running", "This change is still being made: cancel it first.");
            var announced = await queue.AnnounceAsync(new(caller.Workspace, id, time.GetUtcNow()), cancellationToken);
            if (job.Undo is null)
            {
                var none = job.Progress.Worked == 0;
                job = job with
                {
                    Undo = new(none ? BulkState.Done : BulkState.Working, new(), time.GetUtcNow(), none ? time.GetUtcNow() : null, caller.Actor),
                    ClaimedUntil = null,
                };
                if (await jobs.TryWriteAsync(job, etag, cancellationToken) is null)
                    continue;
            }

            if (job.Progress.Worked > Direct)
            {
                queue.Committed(announced);
                return TypedResults.Accepted($"/api/bulk/{id}", BulkView.Of(job));
            }

            return (await FinishAsync(caller.Workspace, id, announced, isUndo: true, cancellationToken)).Result switch
            {
                Ok<BulkView> ok => ok,
                Accepted<BulkView> accepted => accepted,
                _ => TypedResults.NotFound(),
            };
        }
    }

    /// <summary>Works on a job before the answer; what it does not end is left to its message.</summary>
    private async Task<Results<Ok<BulkView>, Accepted<BulkView>>> FinishAsync(
        string workspace,
        string id,
        Announced<BulkMessage> announced,
        bool isUndo,
        CancellationToken cancellationToken
    )
    {
        var job =
            await runner.RunAsync(workspace, id, DirectSteps, cancellationToken)
            ?? throw new InvalidDataException($"The change {id} of {workspace} is gone again.");
        if (job.IsActive)
        {
            queue.Committed(announced);
            return TypedResults.Accepted($"/api/bulk/{id}", BulkView.Of(job));
        }

        await queue.TakeBackAsync([announced], cancellationToken);
        var results = new List<BulkResult>();
        for (var step = 0; step * BulkStore.StepSize < job.Progress.Worked; step++)
            results.AddRange(await jobs.ReadResultsAsync(job, isUndo, step, cancellationToken));
        return TypedResults.Ok(BulkView.Of(job, results));
    }

    private async Task<(BulkJob Job, Azure.ETag ETag)?> FindAsync(Caller caller, string id, CancellationToken cancellationToken) =>
        await jobs.FindAsync(caller.Workspace, id, cancellationToken);
}

/// <summary>Removes changes of many tickets that are older than 30 days.</summary>
public sealed class TidyBulkChanges(BulkStore jobs, TimeProvider time) : INightlyWork
{
    private const int AtOnce = 20_000;

    public Task TidyAsync(string workspace, CancellationToken cancellationToken) =>
        jobs.RemoveOldAsync(workspace, time.GetUtcNow(), AtOnce, cancellationToken);
}
