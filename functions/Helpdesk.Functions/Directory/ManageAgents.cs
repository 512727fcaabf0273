using System.ComponentModel.DataAnnotations;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Directory;

/// <summary>A new agent.</summary>
/// <param name="Id">The id to give it; made from the name when it is left out.</param>
/// <param name="Name">The name that requesters and other agents see.</param>
/// <param name="Email">The e-mail address; Teams knows an agent by it where no <c>entraId</c> is given.</param>
/// <param name="Groups">Ids of the groups the agent belongs to.</param>
/// <param name="Active">Whether the agent can be assigned tickets and use keys; true when it is left out.</param>
/// <param name="EntraId">Object id of the person in Microsoft Entra, for Teams.</param>
[Example("""{"id":"ada","name":"Ada Lovelace","email":"ada@example.com","groups":["it-support"]}""")]
public sealed record AddAgentRequest(
    [property: RegularExpression(SettingFields.IdPattern)] string? Id,
    [property: MaxLength(100)] string Name,
    string Email,
    IReadOnlyList<string>? Groups,
    bool? Active,
    [property: MaxLength(100)] string? EntraId
) : IFromRequest<AddAgentRequest>
{
    public static async ValueTask<AddAgentRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        var entraId = fields.Text("entraId", 100);
        var request = new AddAgentRequest(
            SettingFields.Id(fields),
            fields.Text("name", 100, required: true)!,
            SettingFields.Email(fields, "email", required: true)!,
            SettingFields.GroupIds(fields),
            fields.Flag("active"),
            string.IsNullOrEmpty(entraId) ? null : entraId
        );
        fields.Done();
        return request;
    }
}

/// <summary>What is to be different about an agent: a JSON merge patch (RFC 7396).</summary>
/// <param name="Name">The name that requesters and other agents see.</param>
/// <param name="Email">The e-mail address.</param>
/// <param name="Groups">Ids of all groups the agent belongs to from now on.</param>
/// <param name="Active">Whether the agent can be assigned tickets and use keys.</param>
/// <param name="EntraId">Object id of the person in Microsoft Entra; null removes it.</param>
[Example("""{"groups":["it-support","network"],"active":true}""")]
public sealed record ChangeAgentRequest(
    [property: MaxLength(100)] string? Name,
    string? Email,
    IReadOnlyList<string>? Groups,
    bool? Active,
    [property: MaxLength(100)] Optional<string?>? EntraId
) : IFromRequest<ChangeAgentRequest>
{
    public static async ValueTask<ChangeAgentRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        var entraId = fields.Text("entraId", 100);
        var request = new ChangeAgentRequest(
            fields.Text("name", 100, required: fields.Has("name")),
            SettingFields.Email(fields, "email", required: fields.Has("email")),
            SettingFields.GroupIds(fields),
            fields.Flag("active"),
            fields.Has("entraId") ? new(string.IsNullOrEmpty(entraId) ? null : entraId) : null
        );
        fields.Done();
        return request;
    }
}

/// <summary>Agents: the humans who answer. Admins add and change them; every agent may see them.</summary>
public sealed class ManageAgents(SettingsStore settings, DirectoryStore directory, TimeProvider time, KeyRing keys)
{
    /// <summary>Lists the agents.</summary>
    [Function(nameof(ListAgents)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Ok<ListPage<Agent>>> ListAgents(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/agents")] PageQuery query,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        return TypedResults.Ok(await settings.ListAsync(caller.Workspace, DirectoryKinds.Agents, query.Limit, query.Cursor, cancellationToken));
    }

    /// <summary>Shows an agent.</summary>
    [Function(nameof(GetAgent)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Results<Ok<Agent>, NotFound>> GetAgent(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/agents/{id}")] Caller caller,
        string id,
        CancellationToken cancellationToken
    ) => await directory.FindAgentAsync(caller.Workspace, id, cancellationToken) is { } agent ? TypedResults.Ok(agent) : TypedResults.NotFound();

    /// <summary>Adds an agent.</summary>
    [Function(nameof(AddAgent)), RequiresKey(KeyRole.Admin), Refuses("already-exists")]
    public async Task<Created<Agent>> AddAgent(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/agents")] AddAgentRequest request,
        Caller caller,
        Idempotency? idempotency,
        CancellationToken cancellationToken
    )
    {
        await CheckGroupsAsync(request.Groups, caller, directory, cancellationToken);
        var agent = new Agent
        {
            Id = request.Id ?? SettingFields.IdFrom(request.Name),
            Name = request.Name,
            Email = request.Email,
            EntraId = request.EntraId,
            Groups = request.Groups ?? [],
            Active = request.Active ?? true,
            CreatedAt = time.GetUtcNow(),
        };
        var added = await settings.AddAsync(
            caller.Workspace,
            DirectoryKinds.Agents,
            agent,
            it => it,
            DirectoryJson.Default.Agent,
            idempotency,
            cancellationToken
        );
        return TypedResults.Created($"/api/agents/{added.Id}", added);
    }

    /// <summary>Changes an agent.</summary>
    [Function(nameof(ChangeAgent)), RequiresKey(KeyRole.Admin)]
    public async Task<Results<Ok<Agent>, NotFound>> ChangeAgent(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "api/agents/{id}")] ChangeAgentRequest request,
        string id,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        await CheckGroupsAsync(request.Groups, caller, directory, cancellationToken);
        var changed = await settings.ChangeAsync(
            caller.Workspace,
            DirectoryKinds.Agents,
            id,
            agent =>
                agent with
                {
                    EntraId = request.EntraId is null ? agent.EntraId : request.EntraId.Value,
                    Name = request.Name ?? agent.Name,
                    Email = request.Email ?? agent.Email,
                    Groups = request.Groups ?? agent.Groups,
                    Active = request.Active ?? agent.Active,
                },
            cancellationToken
        );
        keys.Forget();
        return changed is null ? TypedResults.NotFound() : TypedResults.Ok(changed);
    }

    /// <summary>Removes an agent and all keys of theirs. Tickets keep the name of who worked them.</summary>
    [Function(nameof(RemoveAgent)), RequiresKey(KeyRole.Admin)]
    public async Task<Results<NoContent, NotFound>> RemoveAgent(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/agents/{id}")] Caller caller,
        string id,
        CancellationToken cancellationToken
    )
    {
        foreach (var key in (await settings.ListAsync(caller.Workspace, DirectoryKinds.Keys, cancellationToken)).Where(key => key.Agent == id))
            await settings.RemoveAsync(caller.Workspace, DirectoryKinds.Keys, key.Id, cancellationToken);
        var removed = await settings.RemoveAsync(caller.Workspace, DirectoryKinds.Agents, id, cancellationToken);
        keys.Forget();
        return removed ? TypedResults.NoContent() : TypedResults.NotFound();
    }

    private static async Task CheckGroupsAsync(IReadOnlyList<string>? groups, Caller caller, DirectoryStore directory, CancellationToken cancellationToken)
    {
        foreach (var group in groups ?? [])
        {
            if (await directory.FindGroupAsync(caller.Workspace, group, cancellationToken) is null)
                throw new InvalidRequestException("groups", $"groups contains \"{group}\", which was not found in this workspace.");
        }
    }
}
