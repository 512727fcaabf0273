using System.ComponentModel.DataAnnotations;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Directory;

/// <summary>A new group.</summary>
/// <param name="Id">The id to give it; made from the name when it is left out.</param>
/// <param name="Name">The name that agents see.</param>
/// <param name="Tier">The support level at which the group works; 1 when it is left out.</param>
/// <param name="EscalatesTo">Id of the group of a higher tier that takes over escalated tickets.</param>
/// <param name="Calendar">Id of the calendar by which its tickets count business time; otherwise that of each ticket's policy.</param>
[Example("""{"id":"it-support","name":"IT support","tier":1,"escalatesTo":"specialists"}""")]
public sealed record AddGroupRequest(
    [property: RegularExpression(SettingFields.IdPattern)] string? Id,
    [property: MaxLength(100)] string Name,
    [property: Range(1, TicketRules.TopTier)] int? Tier,
    string? EscalatesTo,
    string? Calendar
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
            fields.Text("calendar", 40)
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
[Example("""{"tier":2,"escalatesTo":null}""")]
public sealed record ChangeGroupRequest(
    [property: MaxLength(100)] string? Name,
    [property: Range(1, TicketRules.TopTier)] int? Tier,
    Optional<string?>? EscalatesTo,
    Optional<string?>? Calendar
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
            fields.Has("calendar") ? new(calendar) : null
        );
        fields.Done();
        return request;
    }
}

/// <summary>Tells whether a workspace has a calendar of that id.</summary>
public delegate ValueTask<bool> CalendarExists(string workspace, string calendar, CancellationToken cancellationToken);

/// <summary>Groups: the sets of agents that tickets belong to. Admins add and change them; every agent may see them.</summary>
public sealed class ManageGroups(SettingsStore settings, DirectoryStore directory, CalendarExists calendarExists, TimeProvider time)
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
    [Function(nameof(AddGroup)), RequiresKey(KeyRole.Admin), Refuses("already-exists")]
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
            CreatedAt = time.GetUtcNow(),
        };
        await CheckAsync(group, caller, cancellationToken);
        var added = await settings.AddAsync(
            caller.Workspace,
            DirectoryKinds.Groups,
            group,
            it => it,
            DirectoryJson.Default.Group,
            idempotency,
            cancellationToken
        );
        return TypedResults.Created($"/api/groups/{added.Id}", added);
    }

    /// <summary>Changes a group.</summary>
    [Function(nameof(ChangeGroup)), RequiresKey(KeyRole.Admin)]
    public async Task<Results<Ok<Group>, NotFound>> ChangeGroup(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "api/groups/{id}")] ChangeGroupRequest request,
        string id,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        if (await directory.FindGroupAsync(caller.Workspace, id, cancellationToken) is not { } current)
            return TypedResults.NotFound();
        Group With(Group group) =>
            group with
            {
                Name = request.Name ?? group.Name,
                Tier = request.Tier ?? group.Tier,
                EscalatesTo = request.EscalatesTo is null ? group.EscalatesTo : request.EscalatesTo.Value,
                Calendar = request.Calendar is null ? group.Calendar : request.Calendar.Value,
            };
        await CheckAsync(With(current), caller, cancellationToken);
        var changed = await settings.ChangeAsync(caller.Workspace, DirectoryKinds.Groups, id, With, cancellationToken);
        return changed is null ? TypedResults.NotFound() : TypedResults.Ok(changed);
    }

    /// <summary>Removes a group. No other one may escalate to it; its tickets keep its id until they are assigned anew.</summary>
    [Function(nameof(RemoveGroup)), RequiresKey(KeyRole.Admin), Refuses("group-in-use")]
    public async Task<Results<NoContent, NotFound>> RemoveGroup(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/groups/{id}")] Caller caller,
        string id,
        CancellationToken cancellationToken
    )
    {
        if (
            (await settings.ListAsync(caller.Workspace, DirectoryKinds.Groups, cancellationToken)).FirstOrDefault(group => group.EscalatesTo == id) is
            { } below
        )
            throw new HelpdeskRuleException("group-in-use", $"Group \"{below.Id}\" escalates to this one: change that first.");
        return await settings.RemoveAsync(caller.Workspace, DirectoryKinds.Groups, id, cancellationToken) ? TypedResults.NoContent() : TypedResults.NotFound();
    }

    private async Task CheckAsync(Group group, Caller caller, CancellationToken cancellationToken)
    {
        if (group.Calendar is { } calendar && !await calendarExists(caller.Workspace, calendar, cancellationToken))
            throw new InvalidRequestException("calendar", "calendar was not found: give the id of a calendar of this workspace.");
        if (group.EscalatesTo is null)
            return;
        if (await directory.FindGroupAsync(caller.Workspace, group.EscalatesTo, cancellationToken) is not { } next)
            throw new InvalidRequestException("escalatesTo", "escalatesTo was not found: give the id of a group of this workspace.");
        if (next.Tier <= group.Tier)
            throw new InvalidRequestException(
                "escalatesTo",
                $"escalatesTo must name a group of a higher tier than {group.Tier}; \"{next.Id}\" is at {next.Tier}."
            );
    }
}
