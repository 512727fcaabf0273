using System.ComponentModel.DataAnnotations;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Helpdesk.Routing;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Directory;

/// <summary>A new group.</summary>
/// <param name="Id">The id to give it; made from the name when it is left out.</param>
/// <param name="Name">The name that agents see.</param>
/// <param name="Tier">The support level at which the group works; 1 when it is left out.</param>
/// <param name="EscalatesTo">Id of the group of a higher tier that takes over escalated tickets.</param>
/// <param name="Calendar">Id of the calendar by which its tickets count business time; otherwise that of each ticket's policy.</param>
/// <param name="Routing">By what tickets without an assignee are given to its agents; not at all when it is left out.</param>
[Example("""{"id":"it-support","name":"IT support","tier":1,"escalatesTo":"specialists"}""")]
public sealed record AddGroupRequest(
    [property: RegularExpression(SettingFields.IdPattern)] string? Id,
    [property: MaxLength(100)] string Name,
    [property: Range(1, TicketRules.TopTier)] int? Tier,
    string? EscalatesTo,
    string? Calendar,
    RoutingStrategy? Routing
) : IFromRequest<AddGroupRequest>
{
    public static async ValueTask<AddGroupRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        var request = new AddGroupRequest(
            SettingFields.Id(fields),
            fields.Text("name", 100, required: true)!,
            fields.Whole("tier", 1, TicketRules.TopTier),
            fields.Text("escalatesTo", 40),
            fields.Text("calendar", 40),
            fields.IsNull("routing") ? null : fields.OneOf<RoutingStrategy>("routing")
        );
        fields.Done();
        return request;
    }
}

/// <summary>What is to be different about a group: a JSON merge patch (RFC 7396).</summary>
/// <param name="Name">The name that agents see.</param>
/// <param name="Tier">The support level at which the group works.</param>
/// <param name="EscalatesTo">Id of the group of a higher tier that takes over escalated tickets; null for none.</param>
/// <param name="Calendar">Id of the calendar by which its tickets count business time; null for that of each ticket's policy.</param>
/// <param name="Routing">By what tickets without an assignee are given to its agents from now on; null for not at all.</param>
[Example("""{"tier":2,"escalatesTo":null}""")]
public sealed record ChangeGroupRequest(
    [property: MaxLength(100)] string? Name,
    [property: Range(1, TicketRules.TopTier)] int? Tier,
    Optional<string?>? EscalatesTo,
    Optional<string?>? Calendar,
    Optional<RoutingStrategy?>? Routing
) : IFromRequest<ChangeGroupRequest>
{
    public static async ValueTask<ChangeGroupRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        var escalatesTo = fields.Text("escalatesTo", 40);
        var calendar = fields.Text("calendar", 40);
        var request = new ChangeGroupRequest(
            fields.Text("name", 100, required: fields.Has("name")),
            fields.Whole("tier", 1, TicketRules.TopTier),
            fields.Has("escalatesTo") ? new(escalatesTo) : null,
            fields.Has("calendar") ? new(calendar) : null,
            fields.Has("routing") ? new(fields.IsNull("routing") ? null : fields.OneOf<RoutingStrategy>("routing")) : null
        );
        fields.Done();
        return request;
    }
}

/// <summary>Tells whether a workspace has a calendar of that id, as storage has it.</summary>
public delegate ValueTask<bool> CalendarExists(string workspace, string calendar, CancellationToken cancellationToken);

/// <summary>Groups: the sets of agents that tickets belong to. Admins add and change them; every agent may see them.</summary>
public sealed class ManageGroups(
    SettingsStore settings,
    DirectoryStore directory,
    CalendarExists calendarExists,
    SettingsTransactions transactions,
    SettingReferences references,
    TimeProvider time
)
{
    /// <summary>Lists the groups.</summary>
    [Function(nameof(ListGroups)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Ok<ListPage<Group>>> ListGroups(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/groups")] PageQuery query,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        return TypedResults.Ok(await settings.ListAsync(caller.Workspace, DirectoryKinds.Groups, query.Limit, query.Cursor, cancellationToken));
    }

    /// <summary>Shows a group.</summary>
    [Function(nameof(GetGroup)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Results<Ok<Group>, NotFound>> GetGroup(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/groups/{id}")] Caller caller,
        string id,
        CancellationToken cancellationToken
    ) => await directory.FindGroupAsync(caller.Workspace, id, cancellationToken) is { } group ? TypedResults.Ok(group) : TypedResults.NotFound();

    /// <summary>Adds a group.</summary>
    [Function(nameof(AddGroup)), RequiresKey(KeyRole.Admin), Refuses("already-exists", "ladder-broken")]
    public async Task<Created<Group>> AddGroup(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/groups")] AddGroupRequest request,
        Caller caller,
        Idempotency? idempotency,
        CancellationToken cancellationToken
    )
    {
        var group = new Group
        {
            Id = request.Id ?? SettingFields.IdFrom(request.Name),
            Name = request.Name,
            Tier = request.Tier ?? 1,
            EscalatesTo = request.EscalatesTo,
            Calendar = request.Calendar,
            Routing = request.Routing,
            CreatedAt = time.GetUtcNow(),
        };
        var added = await transactions.RunAsync(
            caller.Workspace,
            async changes =>
            {
                if (
                    idempotency is not null
                    && await settings.ReplayAsync(caller.Workspace, idempotency, DirectoryJson.Default.Group, cancellationToken) is { } earlier
                )
                    return earlier;
                await CheckAsync(group, caller, cancellationToken);
                if (
                    (await settings.ListAsync(caller.Workspace, RetiredIds.Kind, cancellationToken)).Any(one =>
                        one.Kind == NamedKind.Group && one.Id == group.Id
                    )
                )
                    changes.Remove(RetiredIds.Kind, RetiredId.NameOf(NamedKind.Group, group.Id));
                return await settings.AddAsync(
                    caller.Workspace,
                    DirectoryKinds.Groups,
                    group,
                    it => it,
                    DirectoryJson.Default.Group,
                    idempotency,
                    cancellationToken,
                    with: changes
                );
            },
            cancellationToken
        );
        return TypedResults.Created($"/api/groups/{added.Id}", added);
    }

    /// <summary>Changes a group.</summary>
    [Function(nameof(ChangeGroup)), RequiresKey(KeyRole.Admin), Refuses("ladder-broken")]
    public async Task<Results<Ok<Group>, NotFound>> ChangeGroup(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "api/groups/{id}")] ChangeGroupRequest request,
        string id,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        var changed = await transactions.RunAsync(
            caller.Workspace,
            async changes =>
            {
                if (await FindFreshAsync(caller.Workspace, id, cancellationToken) is not { } group)
                    return null;
                var with = group with
                {
                    Name = request.Name ?? group.Name,
                    Tier = request.Tier ?? group.Tier,
                    EscalatesTo = request.EscalatesTo is null ? group.EscalatesTo : request.EscalatesTo.Value,
                    Calendar = request.Calendar is null ? group.Calendar : request.Calendar.Value,
                    Routing = request.Routing is null ? group.Routing : request.Routing.Value,
                };
                await CheckAsync(with, caller, cancellationToken);
                changes.Put(DirectoryKinds.Groups, with);
                return with;
            },
            cancellationToken
        );
        return changed is null ? TypedResults.NotFound() : TypedResults.Ok(changed);
    }

    /// <summary>
    /// Removes a group. While open tickets, other groups, agents, policies or the chat name it, that is a conflict. A successor takes its place in all of
    /// them.
    /// </summary>
    [Function(nameof(RemoveGroup)), RequiresKey(KeyRole.Admin), Refuses("group-in-use", "ladder-broken")]
    public async Task<Results<NoContent, NotFound>> RemoveGroup(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/groups/{id}")] SuccessorQuery query,
        string id,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        var setting = new NamedSetting(caller.Workspace, NamedKind.Group, id);
        var removed = await transactions.RunAsync(
            caller.Workspace,
            async changes =>
            {
                if (await FindFreshAsync(caller.Workspace, id, cancellationToken) is null)
                    return false;
                query.Check(id, query.Successor is { } to && await FindFreshAsync(caller.Workspace, to, cancellationToken) is not null);
                if (query.Successor is null)
                    await references.CheckAsync(setting, cancellationToken);
                await references.MoveAsync(setting, query.Successor, caller.Actor, changes, cancellationToken);
                changes.Put(RetiredIds.Kind, new(NamedKind.Group, id, query.Successor, time.GetUtcNow()));
                changes.Remove(DirectoryKinds.Groups, id);
                return true;
            },
            cancellationToken
        );
        return removed ? TypedResults.NoContent() : TypedResults.NotFound();
    }

    private async Task<Group?> FindFreshAsync(string workspace, string id, CancellationToken cancellationToken) =>
        (await settings.ListAsync(workspace, DirectoryKinds.Groups, cancellationToken)).FirstOrDefault(group => group.Id == id);

    private async Task CheckAsync(Group group, Caller caller, CancellationToken cancellationToken)
    {
        if (group.Calendar is { } calendar && !await calendarExists(caller.Workspace, calendar, cancellationToken))
            throw new InvalidRequestException("calendar", $"calendar was not found: there is no calendar \"{calendar}\" here.");
        var others = (await settings.ListAsync(caller.Workspace, DirectoryKinds.Groups, cancellationToken)).Where(one => one.Id != group.Id).ToList();
        if (group.EscalatesTo is { } next && next != group.Id && !others.Any(one => one.Id == next))
            throw new InvalidRequestException("escalatesTo", $"escalatesTo was not found: there is no group \"{next}\" here.");
        DirectoryRules.CheckLadders([.. others, group], group);
    }
}
