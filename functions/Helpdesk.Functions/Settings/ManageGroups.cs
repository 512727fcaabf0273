using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Sla;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Settings;

/// <summary>A new group, or what is to be different about one.</summary>
public sealed record GroupRequest(string? Id, string? Name, int? Tier, Named<string?>? EscalatesTo, Named<string?>? Calendar) : IFromRequest<GroupRequest>
{
    public static async ValueTask<GroupRequest> ReadAsync(HttpContext context)
    {
        var isNew = HttpMethods.IsPost(context.Request.Method);
        var fields = await FieldReader.ReadAsync(context);
        var escalatesTo = fields.Text("escalatesTo", 40);
        var calendar = fields.Text("calendar", 40);
        var request = new GroupRequest(
            isNew ? SettingFields.Id(fields) : null,
            fields.Text("name", 100, required: isNew || fields.Has("name")),
            fields.Whole("tier", 1, TicketRules.TopTier),
            fields.Has("escalatesTo") ? new(escalatesTo) : null,
            fields.Has("calendar") ? new(calendar) : null);
        fields.Done();
        return request;
    }
}

/// <summary>Groups: the sets of agents that tickets belong to. Admins add and change them; every agent may see them.</summary>
public sealed class ManageGroups(SettingsStore settings, TicketClocks clocks, TimeProvider time)
{
    [Function(nameof(ListGroups)), RequiresKey(KeyRole.Agent, KeyRole.Admin), Query("limit", "cursor")]
    public async Task<Ok<ListPage<Group>>> ListGroups(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/groups")] HttpContext context, Caller caller, CancellationToken cancel)
    {
        var query = new QueryReader(context);
        var (limit, cursor) = (query.Limit(), query.Text("cursor", 400));
        query.Done();
        return TypedResults.Ok(await settings.ListAsync(caller.Workspace, SettingKinds.Groups, limit, cursor, cancel));
    }

    [Function(nameof(GetGroup)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Results<Ok<Group>, NotFound>> GetGroup(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/groups/{id}")] Caller caller, string id, CancellationToken cancel) =>
        await settings.FindGroupAsync(caller.Workspace, id, cancel) is { } group ? TypedResults.Ok(group) : TypedResults.NotFound();

    [Function(nameof(AddGroup)), RequiresKey(KeyRole.Admin)]
    public async Task<Created<Group>> AddGroup(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/groups")] GroupRequest request,
        Caller caller, Idempotency? idempotency, CancellationToken cancel)
    {
        var group = new Group
        {
            Id = request.Id ?? SettingFields.IdFrom(request.Name!),
            Name = request.Name!,
            Tier = request.Tier ?? 1,
            EscalatesTo = request.EscalatesTo?.Value,
            Calendar = request.Calendar?.Value,
            CreatedAt = time.GetUtcNow(),
        };
        await CheckAsync(group, caller, settings, clocks, cancel);
        var added = await settings.AddAsync(caller.Workspace, SettingKinds.Groups, group, it => it, SettingsJson.Default.Group, idempotency, null, cancel);
        return TypedResults.Created($"/api/groups/{added.Id}", added);
    }

    [Function(nameof(ChangeGroup)), RequiresKey(KeyRole.Admin)]
    public async Task<Results<Ok<Group>, NotFound>> ChangeGroup(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "api/groups/{id}")] GroupRequest request,
        string id, Caller caller, CancellationToken cancel)
    {
        if (await settings.FindGroupAsync(caller.Workspace, id, cancel) is not { } current)
            return TypedResults.NotFound();
        Group With(Group group) => group with
        {
            Name = request.Name ?? group.Name,
            Tier = request.Tier ?? group.Tier,
            EscalatesTo = request.EscalatesTo is null ? group.EscalatesTo : request.EscalatesTo.Value,
            Calendar = request.Calendar is null ? group.Calendar : request.Calendar.Value,
        };
        await CheckAsync(With(current), caller, settings, clocks, cancel);
        var changed = await settings.ChangeAsync(caller.Workspace, SettingKinds.Groups, id, With, cancel);
        return changed is null ? TypedResults.NotFound() : TypedResults.Ok(changed);
    }

    /// <summary>Removes a group that no other one hands over to. Its tickets keep its id until they are assigned anew.</summary>
    [Function(nameof(RemoveGroup)), RequiresKey(KeyRole.Admin)]
    public async Task<Results<NoContent, NotFound>> RemoveGroup(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/groups/{id}")] Caller caller, string id, CancellationToken cancel)
    {
        if ((await settings.ListAsync(caller.Workspace, SettingKinds.Groups, cancel)).FirstOrDefault(group => group.EscalatesTo == id) is { } below)
            throw new HelpdeskRuleException("group-in-use", $"Group \"{below.Id}\" escalates to this one: change that first.");
        return await settings.RemoveAsync(caller.Workspace, SettingKinds.Groups, id, cancel) ? TypedResults.NoContent() : TypedResults.NotFound();
    }

    private static async Task CheckAsync(Group group, Caller caller, SettingsStore settings, TicketClocks clocks, CancellationToken cancel)
    {
        if (group.Calendar is { } calendar && (await clocks.CurrentAsync(caller.Workspace, cancel)).Calendars(calendar) is null)
            throw new InvalidRequestException("calendar", "calendar names no calendar here.");
        if (group.EscalatesTo is null)
            return;
        if (await settings.FindGroupAsync(caller.Workspace, group.EscalatesTo, cancel) is not { } next)
            throw new InvalidRequestException("escalatesTo", "escalatesTo names no group here.");
        if (next.Tier <= group.Tier)
            throw new InvalidRequestException("escalatesTo", $"escalatesTo must name a group of a higher tier than {group.Tier}; \"{next.Id}\" is at {next.Tier}.");
    }
}
