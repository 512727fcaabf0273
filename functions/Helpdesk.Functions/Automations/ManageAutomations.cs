using Helpdesk.Automations;
using Helpdesk.Conditions;
using Helpdesk.Functions.Conditions;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Automations;

/// <summary>A new automation, or what is to be different about one; its parts are read against what the workspace has.</summary>
public sealed record AutomationRequest(string? Id, ReadOnlyMemory<byte> Body) : IFromRequest<AutomationRequest>
{
    public static async ValueTask<AutomationRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        return new(HttpMethods.IsPost(context.Request.Method) ? SettingFields.VersionedId(fields) : null, await RequestBody.ReadUtf8Async(context));
    }

    /// <summary>The automation with this request's fields in it; 400 with everything that is wrong.</summary>
    public Automation Apply(Automation? current, ActionDesk desk, DateTimeOffset now)
    {
        var fields = FieldReader.Parse(Body);
        if (current is null)
            SettingFields.VersionedId(fields);
        var automation = Read(fields, current, desk, now, Id);
        fields.Done();
        return automation!;
    }

    /// <summary>Reads an automation; null when something is wrong with it.</summary>
    /// <param name="isDraft">Whether it is only tried, and needs no name.</param>
    internal static Automation? Read(FieldReader fields, Automation? current, ActionDesk desk, DateTimeOffset now, string? id, bool isDraft = false)
    {
        var name = fields.Text("name", 100, required: !isDraft && (current is null || fields.Has("name"))) ?? (isDraft ? "Draft" : null);
        var on = ReadOn(fields, required: current is null);
        var scope = (on ?? current?.On) is [Automation.Time] ? ConditionScope.Tickets : ConditionScope.Events;
        var condition = fields.IsNull("condition") ? Condition.Always : SettingFields.Condition(fields, "condition", scope);
        var actions = ActionFields.Read(fields, desk, isMacro: false, required: current is null);
        var active = fields.Flag("active");
        var position = fields.Whole("position", 0, 1_000_000);
        if ((on ?? current?.On) is not { } starts || (name ?? current?.Name) is not { } called || (actions ?? current?.Actions) is not { } does)
            return null;
        var holds = condition ?? current?.Condition ?? Condition.Always;
        if (starts is [Automation.Time] && TimedAutomations.TermsOf(holds).Count == 0)
            fields.Wrong(
                "condition",
                "must count for \"time\": it is, or has directly within all, a term such as "
                    + "{\"field\": \"hoursSince.updated\", \"op\": \"at-least\", \"value\": 48}."
            );
        if (current is not null && current.IsTimed != (starts is [Automation.Time]) && condition is null)
            fields.Wrong("condition", "is required when on changes between time and events, which have other fields.");
        return new()
        {
            Id = current?.Id ?? id ?? SettingFields.VersionedIdFrom(called),
            Name = called,
            Version = (current?.Version ?? 0) + 1,
            Active = active ?? current?.Active ?? true,
            Position = position ?? current?.Position ?? 100,
            On = starts,
            Condition = holds,
            Actions = does,
            CreatedAt = current?.CreatedAt ?? now,
            UpdatedAt = now,
        };
    }

    private static IReadOnlyList<string>? ReadOn(FieldReader fields, bool required)
    {
        var on = fields.Texts("on", 20, 40);
        if (on is null && required && !fields.Has("on"))
            fields.Wrong("on", "is required: the types of events that start it.");
        if (on is null)
            return null;
        if (on.Contains(Automation.Time, StringComparer.Ordinal))
        {
            if (on.Count > 1)
                fields.Wrong("on", "has \"time\", which stands alone: add another automation for the events.");
            return [Automation.Time];
        }

        var possible = TicketFactNames.All.Where(name => !NotStarting.Contains(name, StringComparer.Ordinal)).ToList();
        if (on.Count == 0)
            fields.Wrong("on", "must have at least one entry.");
        foreach (var name in on.Where(name => !possible.Contains(name, StringComparer.Ordinal)))
            fields.Wrong("on", $"contains \"{name}\"; possible are {string.Join(", ", possible)}, or time alone.");
        return [.. on.Distinct(StringComparer.Ordinal)];
    }

    /// <summary>What automations note of themselves, and what is no work on a ticket.</summary>
    private static readonly string[] NotStarting = ["automation-ran", "macro-applied", "person-erased"];
}

/// <summary>Automations: what the desk does by itself when something happens to a ticket. Every change makes a version.</summary>
public sealed class ManageAutomations(
    AutomationStore automations,
    SettingsStore settings,
    VersionedSettings versions,
    SettingsTransactions transactions,
    ConditionReferences references,
    AutomationPlanning planning,
    TimeProvider time
)
{
    /// <summary>What routes beside the automations are called.</summary>
    private static readonly string[] Taken = ["closing", "try"];

    /// <summary>Lists the automations in the order in which they run. There are few, so the list has one page.</summary>
    [Function(nameof(ListTicketAutomations)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Ok<ListPage<AutomationView>>> ListTicketAutomations(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/automations")] PageQuery query,
        Caller caller,
        CancellationToken cancellationToken
    ) =>
        TypedResults.Ok(
            query.OnlyPage(
                (await automations.ListAsync(caller.Workspace, cancellationToken))
                    .OrderBy(one => one.Position)
                    .ThenBy(one => one.Id, StringComparer.Ordinal)
                    .Select(AutomationView.Of)
            )
        );

    /// <summary>Shows an automation.</summary>
    [Function(nameof(GetTicketAutomation)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Results<Ok<AutomationView>, NotFound>> GetTicketAutomation(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/automations/{id}")] Caller caller,
        string id,
        CancellationToken cancellationToken
    ) =>
        await automations.FindAsync(caller.Workspace, id, cancellationToken) is { } found
            ? TypedResults.Ok(AutomationView.Of(found))
            : TypedResults.NotFound();

    /// <summary>Lists the versions of an automation, the newest first; also of one that was removed. The list has one page.</summary>
    [Function(nameof(ListTicketAutomationVersions)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Results<Ok<ListPage<AutomationView>>, NotFound>> ListTicketAutomationVersions(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/automations/{id}/versions")] PageQuery query,
        string id,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        var all = await automations.VersionsAsync(caller.Workspace, id, cancellationToken);
        return all.Count == 0 ? TypedResults.NotFound() : TypedResults.Ok(query.OnlyPage(all.OrderByDescending(one => one.Version).Select(AutomationView.Of)));
    }

    /// <summary>Adds an automation. It runs upon what happens from now on; all instances know it within half a minute.</summary>
    [Function(nameof(AddTicketAutomation)), RequiresKey(KeyRole.Admin), Takes(typeof(AddAutomationBody)), Refuses("already-exists", "too-many-automations")]
    public async Task<Created<AutomationView>> AddTicketAutomation(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/automations")] AutomationRequest request,
        Caller caller,
        Idempotency? idempotency,
        CancellationToken cancellationToken
    )
    {
        // Before the change: what is planned too early finds nothing to do.
        await planning.AnnounceAsync(caller.Workspace, cancellationToken);
        var added = await transactions.RunAsync(
            caller.Workspace,
            async changes =>
            {
                if (
                    idempotency is not null
                    && await settings.ReplayAsync(caller.Workspace, idempotency, AutomationsApiJson.Default.AutomationView, cancellationToken) is { } earlier
                )
                    return earlier;
                var automation = request.Apply(null, await ActionDesk.ReadAsync(caller.Workspace, settings, cancellationToken), time.GetUtcNow());
                if (Taken.Contains(automation.Id, StringComparer.Ordinal))
                    throw new HelpdeskRuleException("already-exists", $"The id \"{automation.Id}\" is taken: choose another one.");
                if ((await automations.ListAsync(caller.Workspace, cancellationToken)).Count >= Automation.Most)
                    throw new HelpdeskRuleException("too-many-automations", $"A workspace may have at most {Automation.Most} automations.");
                var warnings = await WarningsAsync(automation, caller.Workspace, cancellationToken);
                // Runs on tickets name versions: one that comes back under its id goes on counting.
                var last = (await automations.VersionsAsync(caller.Workspace, automation.Id, cancellationToken))
                    .Select(one => one.Version)
                    .DefaultIfEmpty()
                    .Max();
                return await versions.AddAsync(
                    caller.Workspace,
                    AutomationStore.Kind,
                    automation with
                    {
                        Version = last + 1,
                    },
                    it => AutomationView.Of(it) with { Warnings = warnings },
                    AutomationsApiJson.Default.AutomationView,
                    idempotency,
                    changes,
                    cancellationToken
                );
            },
            cancellationToken
        );
        automations.Added(caller.Workspace);
        return TypedResults.Created($"/api/automations/{added.Id}", added);
    }

    /// <summary>Changes an automation, or switches it on or off. That makes a new version; all instances keep to it within half a minute.</summary>
    [Function(nameof(ChangeTicketAutomation)), RequiresKey(KeyRole.Admin), Takes(typeof(ChangeAutomationBody))]
    public async Task<Results<Ok<AutomationView>, NotFound>> ChangeTicketAutomation(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "api/automations/{id}")] AutomationRequest request,
        string id,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        await planning.AnnounceAsync(caller.Workspace, cancellationToken);
        var changed = await transactions.RunAsync(
            caller.Workspace,
            async changes =>
            {
                if ((await automations.ListAsync(caller.Workspace, cancellationToken)).FirstOrDefault(one => one.Id == id) is not { } before)
                    return null;
                var after = request.Apply(before, await ActionDesk.ReadAsync(caller.Workspace, settings, cancellationToken), time.GetUtcNow());
                if (VersionedSettings.AreSame(AutomationStore.Kind.Newest, before, after with { Version = before.Version, UpdatedAt = before.UpdatedAt }))
                    return AutomationView.Of(before) with { Warnings = await WarningsAsync(before, caller.Workspace, cancellationToken) };
                changes.Put(AutomationStore.Kind.Versions, after);
                changes.Put(AutomationStore.Kind.Newest, after);
                return AutomationView.Of(after) with { Warnings = await WarningsAsync(after, caller.Workspace, cancellationToken) };
            },
            cancellationToken
        );
        return changed is null ? TypedResults.NotFound() : TypedResults.Ok(changed);
    }

    /// <summary>Removes an automation. Its versions are kept, since runs on tickets name them.</summary>
    [Function(nameof(RemoveTicketAutomation)), RequiresKey(KeyRole.Admin)]
    public async Task<Results<NoContent, NotFound>> RemoveTicketAutomation(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/automations/{id}")] Caller caller,
        string id,
        CancellationToken cancellationToken
    )
    {
        var removed = await transactions.RunAsync(
            caller.Workspace,
            async changes =>
            {
                if ((await automations.ListAsync(caller.Workspace, cancellationToken)).All(one => one.Id != id))
                    return false;
                changes.Remove(AutomationStore.Kind.Newest, id);
                return true;
            },
            cancellationToken
        );
        return removed ? TypedResults.NoContent() : TypedResults.NotFound();
    }

    /// <summary>What of an automation has no effect as things stand; null for nothing.</summary>
    private async Task<IReadOnlyList<string>?> WarningsAsync(Automation automation, string workspace, CancellationToken cancellationToken)
    {
        var missing = await references.WarningsAsync(automation.Condition, workspace, cancellationToken);
        return missing.Count == 0 ? AutomationWarnings.Of(automation) : [.. AutomationWarnings.Of(automation) ?? [], .. missing];
    }
}
