using Helpdesk.Functions.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Settings;

/// <summary>A new agent, or what is to be different about one.</summary>
public sealed record AgentRequest(string? Id, string? Name, string? Email, IReadOnlyList<string>? Groups, bool? Active, Named<string?>? EntraId = null) : IFromRequest<AgentRequest>
{
    public static async ValueTask<AgentRequest> ReadAsync(HttpContext context)
    {
        var isNew = HttpMethods.IsPost(context.Request.Method);
        var fields = await FieldReader.ReadAsync(context);
        var entraText = fields.Text("entraId", 100);
        var entraId = fields.Has("entraId") ? new Named<string?>(string.IsNullOrEmpty(entraText) ? null : entraText) : null;
        var request = new AgentRequest(
            isNew ? SettingFields.Id(fields) : null,
            fields.Text("name", 100, required: isNew || fields.Has("name")),
            SettingFields.Email(fields, "email", required: isNew || fields.Has("email")),
            fields.Texts("groups", 50, 40, id => SettingsStore.IsId(id) ? null : "holds an id that is none."),
            fields.Flag("active"),
            entraId);
        fields.Done();
        return request;
    }
}

/// <summary>Agents: the humans who answer. Admins add and change them; every agent may see them.</summary>
public sealed class ManageAgents(SettingsStore settings, TimeProvider time, KeyRing keys)
{
    [Function(nameof(ListAgents)), RequiresKey(KeyRole.Agent, KeyRole.Admin), Query("limit", "cursor")]
    public async Task<Ok<ListPage<Agent>>> ListAgents(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/agents")] HttpContext context, Caller caller, CancellationToken cancel)
    {
        var query = new QueryReader(context);
        var (limit, cursor) = (query.Limit(), query.Text("cursor", 400));
        query.Done();
        var page = await settings.ListAsync(caller.Workspace, SettingKinds.Agents, limit, cursor, cancel);
        return TypedResults.Ok(page);
    }

    [Function(nameof(GetAgent)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Results<Ok<Agent>, NotFound>> GetAgent(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/agents/{id}")] Caller caller, string id, CancellationToken cancel) =>
        await settings.FindAgentAsync(caller.Workspace, id, cancel) is { } agent ? TypedResults.Ok(agent) : TypedResults.NotFound();

    [Function(nameof(AddAgent)), RequiresKey(KeyRole.Admin)]
    public async Task<Created<Agent>> AddAgent(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/agents")] AgentRequest request,
        Caller caller, Idempotency? idempotency, CancellationToken cancel)
    {
        await CheckGroupsAsync(request, caller, settings, cancel);
        var agent = new Agent
        {
            Id = request.Id ?? SettingFields.IdFrom(request.Name!),
            Name = request.Name!,
            Email = request.Email!,
            EntraId = request.EntraId?.Value,
            Groups = request.Groups ?? [],
            Active = request.Active ?? true,
            CreatedAt = time.GetUtcNow(),
        };
        var added = await settings.AddAsync(caller.Workspace, SettingKinds.Agents, agent, it => it, SettingsJson.Default.Agent, idempotency, null, cancel);
        return TypedResults.Created($"/api/agents/{added.Id}", added);
    }

    [Function(nameof(ChangeAgent)), RequiresKey(KeyRole.Admin)]
    public async Task<Results<Ok<Agent>, NotFound>> ChangeAgent(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "api/agents/{id}")] AgentRequest request,
        string id, Caller caller, CancellationToken cancel)
    {
        await CheckGroupsAsync(request, caller, settings, cancel);
        var changed = await settings.ChangeAsync(caller.Workspace, SettingKinds.Agents, id, agent => agent with
        {
            EntraId = request.EntraId is null ? agent.EntraId : request.EntraId.Value,
            Name = request.Name ?? agent.Name,
            Email = request.Email ?? agent.Email,
            Groups = request.Groups ?? agent.Groups,
            Active = request.Active ?? agent.Active,
        }, cancel);
        keys.Forget();
        return changed is null ? TypedResults.NotFound() : TypedResults.Ok(changed);
    }

    /// <summary>Removes an agent with all keys. Tickets keep the name of who worked them.</summary>
    [Function(nameof(RemoveAgent)), RequiresKey(KeyRole.Admin)]
    public async Task<Results<NoContent, NotFound>> RemoveAgent(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/agents/{id}")] Caller caller, string id, CancellationToken cancel)
    {
        foreach (var key in (await settings.ListAsync(caller.Workspace, SettingKinds.Keys, cancel)).Where(key => key.Agent == id))
            await settings.RemoveAsync(caller.Workspace, SettingKinds.Keys, key.Id, cancel);
        var removed = await settings.RemoveAsync(caller.Workspace, SettingKinds.Agents, id, cancel);
        keys.Forget();
        return removed ? TypedResults.NoContent() : TypedResults.NotFound();
    }

    private static async Task CheckGroupsAsync(AgentRequest request, Caller caller, SettingsStore settings, CancellationToken cancel)
    {
        foreach (var group in request.Groups ?? [])
        {
            if (await settings.FindGroupAsync(caller.Workspace, group, cancel) is null)
                throw new InvalidRequestException("groups", $"groups names \"{group}\", which is no group here.");
        }
    }
}
