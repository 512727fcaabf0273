using Helpdesk.Automations;
using Helpdesk.Conditions;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Automations;

/// <summary>A new macro, or what is to be different about one; its parts are read against what the workspace has.</summary>
public sealed record MacroRequest(ReadOnlyMemory<byte> Body) : IFromRequest<MacroRequest>
{
    public static async ValueTask<MacroRequest> ReadAsync(HttpContext context)
    {
        await FieldReader.ReadAsync(context);
        return new(await RequestBody.ReadUtf8Async(context));
    }

    /// <summary>The macro with this request's fields in it; 400 with everything that is wrong.</summary>
    public Macro Apply(Macro? current, ActionDesk desk, Caller caller, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(caller);
        var fields = FieldReader.Parse(Body);
        var id = current is null ? SettingFields.VersionedId(fields) : null;
        var personal = current is null ? fields.Flag("personal") ?? caller.Role != KeyRole.Admin : current.Owner is not null;
        if (current is null && personal && caller.Agent is null)
            fields.Wrong("personal", "is true, but this key belongs to no agent.");
        if (current is null && !personal && caller.Role != KeyRole.Admin)
            fields.Wrong("personal", "must be true: only admins add macros that all agents share.");
        var name = fields.Text("name", 100, required: current is null || fields.Has("name"));
        var condition = fields.IsNull("condition") ? Condition.Always : SettingFields.Condition(fields, "condition", ConditionScope.Tickets);
        var actions = ActionFields.Read(fields, desk, isMacro: true, required: current is null);
        var active = fields.Flag("active");
        fields.Done();
        return new()
        {
            Id = current?.Id ?? id ?? SettingFields.VersionedIdFrom(name!),
            Name = name ?? current!.Name,
            Version = (current?.Version ?? 0) + 1,
            Owner = current is null ? (personal ? caller.Agent : null) : current.Owner,
            Active = active ?? current?.Active ?? true,
            Condition = condition ?? current?.Condition ?? Condition.Always,
            Actions = actions ?? current!.Actions,
            CreatedAt = current?.CreatedAt ?? now,
            UpdatedAt = now,
        };
    }
}

/// <summary>Macros: what agents do to tickets at once. Admins add those that all share; agents have some of their own, which nobody else sees.</summary>
public sealed class ManageMacros(MacroStore macros, SettingsStore settings, SettingsTransactions transactions, TimeProvider time)
{
    /// <summary>Lists the macros that the caller can apply, by name. The list has one page.</summary>
    [Function(nameof(ListMacros)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Ok<ListPage<MacroView>>> ListMacros(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/macros")] PageQuery query,
        Caller caller,
        CancellationToken cancellationToken
    ) =>
        TypedResults.Ok(
            query.OnlyPage(
                (await macros.ListAsync(caller.Workspace, caller.Agent, cancellationToken))
                    .OrderBy(one => one.Name, StringComparer.OrdinalIgnoreCase)
                    .ThenBy(one => one.Id, StringComparer.Ordinal)
                    .Select(MacroView.Of)
            )
        );

    /// <summary>Shows a macro: of two with the same id the caller's own.</summary>
    [Function(nameof(GetMacro)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Results<Ok<MacroView>, NotFound>> GetMacro(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/macros/{id}")] Caller caller,
        string id,
        CancellationToken cancellationToken
    ) =>
        await macros.FindAsync(caller.Workspace, caller.Agent, id, cancellationToken) is { } found
            ? TypedResults.Ok(MacroView.Of(found))
            : TypedResults.NotFound();

    /// <summary>Adds a macro: by an admin for all agents, by an agent for themselves.</summary>
    [Function(nameof(AddMacro)), RequiresKey(KeyRole.Agent, KeyRole.Admin), Takes(typeof(AddMacroBody)), Refuses("already-exists", "too-many-macros")]
    public async Task<Created<MacroView>> AddMacro(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/macros")] MacroRequest request,
        Caller caller,
        Idempotency? idempotency,
        CancellationToken cancellationToken
    )
    {
        var added = await transactions.RunAsync(
            caller.Workspace,
            async changes =>
            {
                if (
                    idempotency is not null
                    && await settings.ReplayAsync(caller.Workspace, idempotency, AutomationsApiJson.Default.MacroView, cancellationToken) is { } earlier
                )
                    return earlier;
                var desk = await ActionDesk.ReadAsync(caller.Workspace, settings, cancellationToken);
                var macro = request.Apply(null, desk, caller, time.GetUtcNow());
                if ((await settings.ListAsync(caller.Workspace, MacroStore.KindOf(macro), cancellationToken)).Count >= Macro.Most)
                    throw new HelpdeskRuleException("too-many-macros", $"There may be {Macro.Most} shared macros, and {Macro.Most} of one agent.");
                return await settings.AddAsync(
                    caller.Workspace,
                    MacroStore.KindOf(macro),
                    macro,
                    MacroView.Of,
                    AutomationsApiJson.Default.MacroView,
                    idempotency,
                    cancellationToken,
                    with: changes
                );
            },
            cancellationToken
        );
        return TypedResults.Created($"/api/macros/{added.Id}", added);
    }

    /// <summary>Changes a macro: a shared one by an admin, a personal one by its owner.</summary>
    [Function(nameof(ChangeMacro)), RequiresKey(KeyRole.Agent, KeyRole.Admin), Takes(typeof(ChangeMacroBody))]
    public async Task<Results<Ok<MacroView>, NotFound>> ChangeMacro(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "api/macros/{id}")] MacroRequest request,
        string id,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        var changed = await transactions.RunAsync(
            caller.Workspace,
            async changes =>
            {
                if (await FindOwnAsync(caller, id, cancellationToken) is not { } before)
                    return null;
                var desk = await ActionDesk.ReadAsync(caller.Workspace, settings, cancellationToken);
                var after = request.Apply(before, desk, caller, time.GetUtcNow());
                if (VersionedSettings.AreSame(MacroStore.KindOf(after), before, after with { Version = before.Version, UpdatedAt = before.UpdatedAt }))
                    return before;
                changes.Put(MacroStore.KindOf(after), after);
                return after;
            },
            cancellationToken
        );
        return changed is null ? TypedResults.NotFound() : TypedResults.Ok(MacroView.Of(changed));
    }

    /// <summary>Removes a macro: a shared one by an admin, a personal one by its owner.</summary>
    [Function(nameof(RemoveMacro)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Results<NoContent, NotFound>> RemoveMacro(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/macros/{id}")] Caller caller,
        string id,
        CancellationToken cancellationToken
    )
    {
        var removed = await transactions.RunAsync(
            caller.Workspace,
            async changes =>
            {
                if (await FindOwnAsync(caller, id, cancellationToken) is not { } macro)
                    return false;
                changes.Remove(MacroStore.KindOf(macro), id);
                return true;
            },
            cancellationToken
        );
        return removed ? TypedResults.NoContent() : TypedResults.NotFound();
    }

    /// <summary>A macro that the caller may change; null when they see none of that id, 403 when it is not for them to change.</summary>
    private async Task<Macro?> FindOwnAsync(Caller caller, string id, CancellationToken cancellationToken)
    {
        var all = await macros.ListAsync(caller.Workspace, caller.Agent, cancellationToken);
        var macro = all.Where(one => one.Id == id).OrderBy(one => one.Owner is null).FirstOrDefault();
        return macro is { Owner: null } && caller.Role != KeyRole.Admin
            ? throw new InvalidRequestException(
                StatusCodes.Status403Forbidden,
                "not-allowed",
                $"The macro \"{id}\" is shared by all agents: only an admin can change it."
            )
            : macro;
    }
}
