using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Configuration;

/// <summary>That a document was applied.</summary>
/// <param name="Id">Names the apply; <c>GET /api/audit?apply=</c> lists what it changed.</param>
/// <param name="At">When.</param>
/// <param name="Actor">Who applied it.</param>
/// <param name="State">How far it is.</param>
/// <param name="Sections">How many settings of which sections are different.</param>
/// <param name="FinishedAt">When it came to its end; null while it has not.</param>
public sealed record ApplyView(
    string Id,
    DateTimeOffset At,
    Tickets.ActorView? Actor,
    ApplyState State,
    IReadOnlyList<AppliedSection> Sections,
    DateTimeOffset? FinishedAt
)
{
    internal static ApplyView Of(ConfigurationApply it) => new(it.Id, it.At, Tickets.ActorView.Of(it.By), it.State, it.Sections, it.FinishedAt);
}

/// <summary>That a document was applied, with what is shown this once.</summary>
/// <param name="Apply">The apply; null where the workspace was as the document says.</param>
/// <param name="Made">Secret addresses and secrets that were made, by their names. They are in this answer and nowhere else.</param>
public sealed record AppliedConfiguration(ApplyView? Apply, IReadOnlyDictionary<string, string> Made);

/// <summary>The plan that a caller has seen, from <c>If-Match</c>.</summary>
[HeedsIfMatch]
public sealed record SeenPlan(string Text) : IFromRequest<SeenPlan>
{
    public static ValueTask<SeenPlan> ReadAsync(HttpContext context) => new(new SeenPlan(context.Request.Headers.IfMatch.ToString().Trim().Trim('"')));
}

/// <summary>
/// Makes the workspace what a document says, all of it or nothing: the document and the name of its plan, in <c>If-Match</c>, have to be those that were
/// planned, and nothing may have changed since. What was being written when a process died is finished; where somebody else was faster, it is taken back.
/// </summary>
public sealed class ApplyConfiguration(
    ConfigurationPlans plans,
    ApplyStore applies,
    ApplyWorker worker,
    WorkQueue<ApplyMessage> queue,
    SettingHistory history,
    TimeProvider time
)
{
    /// <summary>Changes of others that a refusal names.</summary>
    private const int MostNamed = 20;

    [Function(nameof(ApplyConfiguration)), RequiresKey(KeyRole.Admin), Takes(typeof(ConfigurationBody))]
    [Refuses("configuration-refused")]
    [Answers(StatusCodes.Status412PreconditionFailed, "Something has changed since it was planned, or something else was planned: errors name what.")]
    [Answers(StatusCodes.Status413PayloadTooLarge, "The document is larger than 2 MB.")]
    [Answers(StatusCodes.Status428PreconditionRequired, "If-Match is missing: plan first, and send the name of the plan.")]
    public async Task<Ok<AppliedConfiguration>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/configuration/apply")] ConfigurationDocument document,
        SeenPlan seen,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        if (PlanName.Parse(seen.Text) is not { } plan)
            throw new InvalidRequestException(
                StatusCodes.Status428PreconditionRequired,
                "plan-required",
                "Plan the document first (POST /api/configuration/plan), and send the \"plan\" of that answer in If-Match."
            );
        if (!document.Hash.StartsWith(plan.Document, StringComparison.Ordinal))
            throw new InvalidRequestException(
                StatusCodes.Status412PreconditionFailed,
                "plan-of-another-document",
                "The plan in If-Match is one of another document: plan this one first, and send it as it was planned, secrets and all."
            );
        var id = ApplyStore.IdOf(caller.Workspace, plan);
        if (await worker.FinishAsync(caller.Workspace, id, cancellationToken) is { } earlier)
            return await AnswerAsync(earlier, new Dictionary<string, string>(StringComparer.Ordinal), cancellationToken);

        var drafted = await plans.PlanAsync(caller, document, plan.At, cancellationToken);
        if (drafted.Plan.Plan != plan.ToString())
            throw await ChangedAsync(caller.Workspace, plan.At, null, cancellationToken);
        if (!drafted.Plan.CanApply)
            throw new InvalidRequestException(
                StatusCodes.Status409Conflict,
                "configuration-refused",
                "The desk refuses some of it, and so nothing is applied: errors name the places."
            )
            {
                Errors = drafted
                    .Plan.Problems.GroupBy(problem => problem.At, problem => problem.Text, StringComparer.Ordinal)
                    .ToDictionary(place => place.Key, place => place.ToArray(), StringComparer.Ordinal),
            };
        if (drafted.Plan.Changes.Count == 0)
            return TypedResults.Ok(new AppliedConfiguration(null, drafted.Made));
        return await ApplyAsync(caller, plan, id, drafted, cancellationToken);
    }

    private async Task<Ok<AppliedConfiguration>> ApplyAsync(Caller caller, PlanName plan, string id, DraftedPlan drafted, CancellationToken cancellationToken)
    {
        var apply = new ConfigurationApply
        {
            Id = id,
            Workspace = caller.Workspace,
            By = caller.Actor,
            At = time.GetUtcNow(),
            PlannedAt = plan.At,
            State = ApplyState.Applying,
            Journal = Hashes.RandomName(8),
            Sections =
            [
                .. drafted
                    .Plan.Changes.GroupBy(change => change.Section, StringComparer.Ordinal)
                    .Select(section => new AppliedSection(
                        section.Key,
                        section.Count(change => change.Action == ConfigurationAction.Add),
                        section.Count(change => change.Action == ConfigurationAction.Change),
                        section.Count(change => change.Action == ConfigurationAction.Remove)
                    )),
            ],
        };
        var announced = await queue.AnnounceAsync(new(apply.Workspace, apply.Id, apply.At), cancellationToken);
        var isMine = await applies.TryAddAsync(apply, ApplyJournal.Of(drafted.Draft, apply.Id), cancellationToken);
        queue.Note(announced);
        // What is committed is finished, whether somebody still waits for it or not.
        var finished =
            await worker.FinishAsync(apply.Workspace, apply.Id, CancellationToken.None)
            ?? throw new InvalidDataException($"The apply {apply.Id} of {apply.Workspace} is gone.");
        await queue.TakeBackAsync(queue.TakeCommitted(announced.Work), cancellationToken);
        return await AnswerAsync(finished, isMine ? drafted.Made : new Dictionary<string, string>(StringComparer.Ordinal), cancellationToken);
    }

    private async Task<Ok<AppliedConfiguration>> AnswerAsync(
        ConfigurationApply apply,
        IReadOnlyDictionary<string, string> made,
        CancellationToken cancellationToken
    ) =>
        apply.State == ApplyState.Done
            ? TypedResults.Ok(new AppliedConfiguration(ApplyView.Of(apply), made))
            : throw await ChangedAsync(apply.Workspace, apply.PlannedAt, apply.Id, cancellationToken);

    /// <summary>412 with what others have changed since.</summary>
    private async Task<InvalidRequestException> ChangedAsync(string workspace, DateTimeOffset since, string? apply, CancellationToken cancellationToken)
    {
        var (changes, _) = await history.ReadAsync(workspace, SettingChange.Prefix, SettingChange.KeyAt(since) + "~", MostNamed, cancellationToken);
        var errors = new Dictionary<string, string[]>(StringComparer.Ordinal);
        foreach (var change in changes.Where(change => change.Apply is null || change.Apply != apply))
        {
            var section = ConfigurationSections.All.FirstOrDefault(one => one.Kind == change.Kind);
            var place =
                section is null ? change.Kind
                : section.IsSingle ? JsonPlace.Of(section.Name)
                : JsonPlace.Of(section.Name, change.Setting);
            var what =
                change.Before is null ? "was added"
                : change.After is null ? "was removed"
                : "was changed";
            string[] text = [$"{what} by {change.By.Name ?? change.By.Id ?? "the desk"} at {change.At.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC."];
            errors[place] = errors.TryGetValue(place, out var known) ? [.. known, .. text] : text;
        }

        return new(
            StatusCodes.Status412PreconditionFailed,
            "configuration-changed",
            "Something has changed since this was planned, and so nothing is applied: plan it again, and look at what would be different now."
        )
        {
            Errors = errors.Count > 0 ? errors : null,
        };
    }
}

/// <summary>Shows what was applied.</summary>
public sealed class ReadConfigurationApplies(ApplyStore applies)
{
    /// <summary>Lists the configurations that were applied, the newest first.</summary>
    [Function(nameof(ListConfigurationApplies)), RequiresKey(KeyRole.Admin)]
    public async Task<Ok<ListPage<ApplyView>>> ListConfigurationApplies(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/configuration/applies")] PageQuery query,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        var list = $"configuration applies {caller.Workspace}";
        var after = query.Cursor is { } cursor ? PageCursor.Read(list, cursor, 1)[0] : "";
        var found = await applies.ListAsync(caller.Workspace, after, query.Limit + 1, cancellationToken);
        var page = found.Take(query.Limit).Select(ApplyView.Of).ToList();
        return TypedResults.Ok(new ListPage<ApplyView>(page, found.Count > page.Count ? PageCursor.Write(list, page[^1].Id) : null));
    }

    /// <summary>Shows a configuration that was applied.</summary>
    /// <param name="id">The id of the apply.</param>
    [Function(nameof(GetConfigurationApply)), RequiresKey(KeyRole.Admin)]
    public async Task<Results<Ok<ApplyView>, NotFound>> GetConfigurationApply(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/configuration/applies/{id}")] Caller caller,
        string id,
        CancellationToken cancellationToken
    ) => await applies.FindAsync(caller.Workspace, id, cancellationToken) is var (apply, _) ? TypedResults.Ok(ApplyView.Of(apply)) : TypedResults.NotFound();
}
