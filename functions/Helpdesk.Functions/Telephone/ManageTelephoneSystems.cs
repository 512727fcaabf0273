using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Helpdesk.Telephone;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Telephone;

/// <summary>A new telephone system and the key of its secret address, as a repeated request gets them again.</summary>
public sealed record IssuedTelephoneSystem(TelephoneSystem System, string Key);

/// <summary>A new telephone system as it was sent.</summary>
public sealed record AddTelephoneSystemRequest(TelephoneSystem System) : IFromRequest<AddTelephoneSystemRequest>
{
    public static async ValueTask<AddTelephoneSystemRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        var system = new TelephoneSystem
        {
            Id = SettingFields.Id(fields) ?? "",
            Name = fields.Text("name", 100, required: true)!,
            Kind = fields.OneOf<TelephoneKind>("kind", required: true) ?? default,
            KeyHash = "",
            CreatedAt = default,
        };
        var put = TelephoneSystemFields.Read(fields);
        fields.Done();
        return new(put(system));
    }
}

/// <summary>What is to be different about a telephone system.</summary>
public sealed record ChangeTelephoneSystemRequest(Func<TelephoneSystem, TelephoneSystem> Change) : IFromRequest<ChangeTelephoneSystemRequest>
{
    public static async ValueTask<ChangeTelephoneSystemRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        var change = TelephoneSystemFields.Read(fields);
        fields.Done();
        return new(change);
    }
}

/// <summary>Telephone systems that report their calls. Admins add and change them; every agent may see them.</summary>
public sealed class ManageTelephoneSystems(
    SettingsStore settings,
    TelephoneSystemStore systems,
    DirectoryStore directory,
    SettingsTransactions transactions,
    PublicAddress desk,
    TimeProvider time
)
{
    /// <summary>Lists the telephone systems.</summary>
    [Function(nameof(ListTelephoneSystems)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Ok<ListPage<TelephoneSystemView>>> ListTelephoneSystems(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/telephone-systems")] PageQuery query,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        var page = await settings.ListAsync(caller.Workspace, TelephoneSystemStore.Kind, query.Limit, query.Cursor, cancellationToken);
        return TypedResults.Ok(new ListPage<TelephoneSystemView>([.. page.Items.Select(TelephoneSystemView.Of)], page.NextCursor));
    }

    /// <summary>Shows a telephone system.</summary>
    [Function(nameof(GetTelephoneSystem)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Results<Ok<TelephoneSystemView>, NotFound>> GetTelephoneSystem(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/telephone-systems/{id}")] Caller caller,
        string id,
        CancellationToken cancellationToken
    ) =>
        await systems.FindAsync(caller.Workspace, id, cancellationToken) is { } found
            ? TypedResults.Ok(TelephoneSystemView.Of(found))
            : TypedResults.NotFound();

    /// <summary>Adds a telephone system. Its secret address is in this answer and nowhere else.</summary>
    [Function(nameof(AddTelephoneSystem)), RequiresKey(KeyRole.Admin), Takes(typeof(AddTelephoneSystemBody)), Refuses("already-exists")]
    public async Task<Created<TelephoneSystemWithSecret>> AddTelephoneSystem(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/telephone-systems")] AddTelephoneSystemRequest request,
        Caller caller,
        Idempotency? idempotency,
        CancellationToken cancellationToken
    )
    {
        var id = request.System.Id.Length > 0 ? request.System.Id : SettingFields.IdFrom(request.System.Name);
        var (key, hash) = TelephoneSystemStore.NewKey(caller.Workspace, id);
        var system = request.System with { Id = id, KeyHash = hash, CreatedAt = time.GetUtcNow() };
        TelephoneSystemFields.Check(system);
        var added = await transactions.RunAsync(
            caller.Workspace,
            async changes =>
            {
                if (
                    idempotency is not null
                    && await settings.ReplayAsync(caller.Workspace, idempotency, TelephoneJson.Default.IssuedTelephoneSystem, cancellationToken) is { } earlier
                )
                    return earlier;
                await CheckNamesAsync(system, null, caller, cancellationToken);
                return await settings.AddAsync(
                    caller.Workspace,
                    TelephoneSystemStore.Kind,
                    system,
                    it => new IssuedTelephoneSystem(it, key),
                    TelephoneJson.Default.IssuedTelephoneSystem,
                    idempotency,
                    cancellationToken,
                    with: changes
                );
            },
            cancellationToken
        );
        return TypedResults.Created($"/api/telephone-systems/{added.System.Id}", Shown(added.System, added.Key));
    }

    /// <summary>Changes a telephone system.</summary>
    [Function(nameof(ChangeTelephoneSystem)), RequiresKey(KeyRole.Admin), Takes(typeof(ChangeTelephoneSystemBody))]
    public async Task<Results<Ok<TelephoneSystemView>, NotFound>> ChangeTelephoneSystem(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "api/telephone-systems/{id}")] ChangeTelephoneSystemRequest request,
        string id,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        var changed = await ChangeAsync(
            caller,
            id,
            async system =>
            {
                var with = request.Change(system);
                TelephoneSystemFields.Check(with);
                await CheckNamesAsync(with, system, caller, cancellationToken);
                return with;
            },
            cancellationToken
        );
        return changed is null ? TypedResults.NotFound() : TypedResults.Ok(TelephoneSystemView.Of(changed));
    }

    /// <summary>Gives a telephone system a new secret address. The old one takes nothing any more within seconds.</summary>
    [Function(nameof(RenewTelephoneSystem)), RequiresKey(KeyRole.Admin)]
    public async Task<Results<Ok<TelephoneSystemWithSecret>, NotFound>> RenewTelephoneSystem(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/telephone-systems/{id}/renew")] NoBody body,
        string id,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        var (key, hash) = TelephoneSystemStore.NewKey(caller.Workspace, id);
        var renewed = await ChangeAsync(caller, id, system => Task.FromResult(system with { KeyHash = hash }), cancellationToken);
        return renewed is null ? TypedResults.NotFound() : TypedResults.Ok(Shown(renewed, key));
    }

    /// <summary>Removes a telephone system. Its secret address takes nothing any more; what it has reported stays.</summary>
    [Function(nameof(RemoveTelephoneSystem)), RequiresKey(KeyRole.Admin)]
    public async Task<Results<NoContent, NotFound>> RemoveTelephoneSystem(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/telephone-systems/{id}")] Caller caller,
        string id,
        CancellationToken cancellationToken
    )
    {
        var removed = await transactions.RunAsync(
            caller.Workspace,
            async changes =>
            {
                var system = await systems.FindFreshAsync(caller.Workspace, id, cancellationToken);
                if (system is not null)
                    changes.Remove(TelephoneSystemStore.Kind, id);
                return system;
            },
            cancellationToken
        );
        return removed is null ? TypedResults.NotFound() : TypedResults.NoContent();
    }

    private TelephoneSystemWithSecret Shown(TelephoneSystem system, string key) =>
        new(system.Id, $"{desk.Url}/api/intake/calls/{key}", TelephoneSystemView.Of(system));

    private Task<TelephoneSystem?> ChangeAsync(
        Caller caller,
        string id,
        Func<TelephoneSystem, Task<TelephoneSystem>> change,
        CancellationToken cancellationToken
    ) =>
        transactions.RunAsync(
            caller.Workspace,
            async changes =>
            {
                if (await systems.FindFreshAsync(caller.Workspace, id, cancellationToken) is not { } system)
                    return null;
                var with = await change(system);
                changes.Put(TelephoneSystemStore.Kind, with);
                return with;
            },
            cancellationToken
        );

    /// <summary>400 for a group or an agent that is not there. An agent who was named before may have gone since.</summary>
    private async Task CheckNamesAsync(TelephoneSystem system, TelephoneSystem? before, Caller caller, CancellationToken cancellationToken)
    {
        foreach (var agent in (system.Extensions ?? new Dictionary<string, string>()).Values.Except(before?.Extensions?.Values ?? [], StringComparer.Ordinal))
        {
            if (await directory.FindAgentAsync(caller.Workspace, agent, cancellationToken) is null)
                throw new InvalidRequestException(
                    "extensions",
                    $"extensions names \"{agent}\", which was not found: give the id or e-mail address of an agent of this workspace."
                );
        }

        if (system.Group is { } group && !(await directory.ListGroupsAsync(caller.Workspace, cancellationToken)).Any(one => one.Id == group))
            throw new InvalidRequestException("group", $"group was not found: there is no group \"{group}\" here.");
    }
}
