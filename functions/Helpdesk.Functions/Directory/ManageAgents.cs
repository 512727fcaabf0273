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
/// <param name="Role">What the agent may do after signing in by OpenID Connect: <c>agent</c>, as when it is left out, or <c>admin</c>.</param>
/// <param name="Skills">What the agent can do: kebab-case words such as <c>vpn</c>.</param>
/// <param name="Capacity">The load at which the agent is given no more tickets by the desk; no limit when it is left out.</param>
/// <param name="Calendar">Id of the calendar outside of whose hours the desk gives the agent no tickets; always when it is left out.</param>
[Example("""{"id":"ada","name":"Ada Lovelace","email":"ada@example.com","groups":["it-support"]}""")]
public sealed record AddAgentRequest(
    [property: RegularExpression(SettingFields.IdPattern)] string? Id,
    [property: MaxLength(100)] string Name,
    string Email,
    IReadOnlyList<string>? Groups,
    bool? Active,
    [property: MaxLength(100)] string? EntraId,
    KeyRole? Role,
    [property: MaxLength(SettingFields.MostSkills)] IReadOnlyList<string>? Skills,
    [property: Range(1, SettingFields.MostCapacity)] int? Capacity,
    string? Calendar
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
            string.IsNullOrEmpty(entraId) ? null : entraId,
            fields.OneOf<KeyRole>("role", role => role != KeyRole.Integration),
            SettingFields.Skills(fields),
            fields.Whole("capacity", 1, SettingFields.MostCapacity),
            fields.Text("calendar", 40)
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
/// <param name="Role">What the agent may do after signing in by OpenID Connect: <c>agent</c> or <c>admin</c>. It holds within half a minute.</param>
/// <param name="Skills">All that the agent can do from now on.</param>
/// <param name="Capacity">The load at which the agent is given no more tickets by the desk; null for no limit.</param>
/// <param name="Calendar">Id of the calendar outside of whose hours the desk gives the agent no tickets; null for always.</param>
[Example("""{"groups":["it-support","network"],"active":true}""")]
public sealed record ChangeAgentRequest(
    [property: MaxLength(100)] string? Name,
    string? Email,
    IReadOnlyList<string>? Groups,
    bool? Active,
    [property: MaxLength(100)] Optional<string?>? EntraId,
    KeyRole? Role,
    [property: MaxLength(SettingFields.MostSkills)] IReadOnlyList<string>? Skills,
    [property: Range(1, SettingFields.MostCapacity)] Optional<int?>? Capacity,
    Optional<string?>? Calendar
) : IFromRequest<ChangeAgentRequest>
{
    public static async ValueTask<ChangeAgentRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        var entraId = fields.Text("entraId", 100);
        var capacity = fields.Whole("capacity", 1, SettingFields.MostCapacity);
        var calendar = fields.Text("calendar", 40);
        var request = new ChangeAgentRequest(
            fields.Text("name", 100, required: fields.Has("name")),
            SettingFields.Email(fields, "email", required: fields.Has("email")),
            SettingFields.GroupIds(fields),
            fields.Flag("active"),
            fields.Has("entraId") ? new(string.IsNullOrEmpty(entraId) ? null : entraId) : null,
            fields.OneOf<KeyRole>("role", role => role != KeyRole.Integration, required: fields.Has("role")),
            SettingFields.Skills(fields),
            fields.Has("capacity") ? new(capacity) : null,
            fields.Has("calendar") ? new(string.IsNullOrEmpty(calendar) ? null : calendar) : null
        );
        fields.Done();
        return request;
    }
}

/// <summary>Agents: the humans who answer. Admins add and change them; every agent may see them.</summary>
public sealed class ManageAgents(
    SettingsStore settings,
    DirectoryStore directory,
    SettingsTransactions transactions,
    SettingReferences references,
    CalendarExists calendarExists,
    TimeProvider time,
    KeyRing keys
)
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

    /// <summary>Adds an agent. The id of an agent who was removed is not given again: tickets still name them by it.</summary>
    [Function(nameof(AddAgent)), RequiresKey(KeyRole.Admin), Refuses("already-exists", "id-retired", "email-taken", "entra-id-taken")]
    public async Task<Created<Agent>> AddAgent(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/agents")] AddAgentRequest request,
        Caller caller,
        Idempotency? idempotency,
        CancellationToken cancellationToken
    )
    {
        var agent = new Agent
        {
            Id = request.Id ?? SettingFields.IdFrom(request.Name),
            Name = request.Name,
            Email = request.Email,
            EntraId = request.EntraId,
            Role = request.Role ?? KeyRole.Agent,
            Groups = request.Groups ?? [],
            Skills = request.Skills ?? [],
            Capacity = request.Capacity,
            Calendar = string.IsNullOrEmpty(request.Calendar) ? null : request.Calendar,
            Active = request.Active ?? true,
            CreatedAt = time.GetUtcNow(),
        };
        var added = await transactions.RunAsync(
            caller.Workspace,
            async changes =>
            {
                if (
                    idempotency is not null
                    && await settings.ReplayAsync(caller.Workspace, idempotency, DirectoryJson.Default.Agent, cancellationToken) is { } earlier
                )
                    return earlier;
                var retired = (await settings.ListAsync(caller.Workspace, RetiredIds.Kind, cancellationToken))
                    .Where(one => one.Kind == NamedKind.Agent)
                    .Select(one => one.Id)
                    .ToHashSet(StringComparer.Ordinal);
                if (request.Id is not null && retired.Contains(agent.Id))
                    throw new HelpdeskRuleException(
                        "id-retired",
                        $"The id \"{agent.Id}\" was that of an agent who was removed, and tickets still name them by it: choose another."
                    );
                var fresh = agent with { Id = FreeId(agent.Id, retired) };
                await CheckAsync(fresh, request.Groups, caller, cancellationToken);
                return await settings.AddAsync(
                    caller.Workspace,
                    DirectoryKinds.Agents,
                    fresh,
                    it => it,
                    DirectoryJson.Default.Agent,
                    idempotency,
                    cancellationToken,
                    with: changes
                );
            },
            cancellationToken
        );
        return TypedResults.Created($"/api/agents/{added.Id}", added);
    }

    /// <summary>Changes an agent. One who is not active any more gives their open tickets back to their groups.</summary>
    [Function(nameof(ChangeAgent)), RequiresKey(KeyRole.Admin), Refuses("email-taken", "entra-id-taken")]
    public async Task<Results<Ok<Agent>, NotFound>> ChangeAgent(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "api/agents/{id}")] ChangeAgentRequest request,
        string id,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        var changed = await transactions.RunAsync(
            caller.Workspace,
            async changes =>
            {
                if (await FindFreshAsync(caller.Workspace, id, cancellationToken) is not { } agent)
                    return null;
                var with = agent with
                {
                    EntraId = request.EntraId is null ? agent.EntraId : request.EntraId.Value,
                    Name = request.Name ?? agent.Name,
                    Email = request.Email ?? agent.Email,
                    Role = request.Role ?? agent.Role,
                    Groups = request.Groups ?? agent.Groups,
                    Skills = request.Skills ?? agent.Skills,
                    Capacity = request.Capacity is null ? agent.Capacity : request.Capacity.Value,
                    Calendar = request.Calendar is null ? agent.Calendar : request.Calendar.Value,
                    Active = request.Active ?? agent.Active,
                };
                await CheckAsync(with, request.Groups, caller, cancellationToken);
                if (!with.Active && (agent.Active || request.Active == false))
                    await references.MoveAsync(new(caller.Workspace, NamedKind.Agent, id), null, caller.Actor, changes, cancellationToken);
                changes.Put(DirectoryKinds.Agents, with);
                return with;
            },
            cancellationToken
        );
        keys.Forget();
        return changed is null ? TypedResults.NotFound() : TypedResults.Ok(changed);
    }

    /// <summary>
    /// Removes an agent and all keys of theirs. Their open tickets go to the successor, or back to their groups. Closed tickets keep the name of who worked
    /// them.
    /// </summary>
    [Function(nameof(RemoveAgent)), RequiresKey(KeyRole.Admin), Refuses("agent-in-use")]
    public async Task<Results<NoContent, NotFound>> RemoveAgent(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/agents/{id}")] SuccessorQuery query,
        string id,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        var setting = new NamedSetting(caller.Workspace, NamedKind.Agent, id);
        var removed = await transactions.RunAsync(
            caller.Workspace,
            async changes =>
            {
                if (await FindFreshAsync(caller.Workspace, id, cancellationToken) is null)
                    return false;
                query.Check(id, query.Successor is { } to && await FindFreshAsync(caller.Workspace, to, cancellationToken) is { Active: true });
                if (query.Successor is null)
                    await references.CheckAsync(setting, cancellationToken);
                await references.MoveAsync(setting, query.Successor, caller.Actor, changes, cancellationToken);
                foreach (var key in (await settings.ListAsync(caller.Workspace, DirectoryKinds.Keys, cancellationToken)).Where(key => key.Agent == id))
                    changes.Remove(DirectoryKinds.Keys, key.Id);
                changes.Put(RetiredIds.Kind, new(NamedKind.Agent, id, query.Successor, time.GetUtcNow()));
                changes.Remove(DirectoryKinds.Agents, id);
                return true;
            },
            cancellationToken
        );
        keys.Forget();
        return removed ? TypedResults.NoContent() : TypedResults.NotFound();
    }

    private async Task<Agent?> FindFreshAsync(string workspace, string id, CancellationToken cancellationToken) =>
        (await settings.ListAsync(workspace, DirectoryKinds.Agents, cancellationToken)).FirstOrDefault(agent => agent.Id == id);

    private static string FreeId(string id, HashSet<string> retired)
    {
        var free = id;
        for (var next = 2; retired.Contains(free); next++)
        {
            var ending = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"-{next}");
            free = id[..Math.Min(id.Length, 40 - ending.Length)].TrimEnd('-') + ending;
        }

        return free;
    }

    private async Task CheckAsync(Agent agent, IReadOnlyList<string>? named, Caller caller, CancellationToken cancellationToken)
    {
        var groups = (await settings.ListAsync(caller.Workspace, DirectoryKinds.Groups, cancellationToken))
            .Select(group => group.Id)
            .ToHashSet(StringComparer.Ordinal);
        if (named?.FirstOrDefault(group => !groups.Contains(group)) is { } unknown)
            throw new InvalidRequestException("groups", $"groups names \"{unknown}\", which was not found: there is no such group here.");
        if (agent.Calendar is { } calendar && !await calendarExists(caller.Workspace, calendar, cancellationToken))
            throw new InvalidRequestException("calendar", $"calendar was not found: there is no calendar \"{calendar}\" here.");
        DirectoryRules.CheckIdentity(await settings.ListAsync(caller.Workspace, DirectoryKinds.Agents, cancellationToken), agent);
    }
}
