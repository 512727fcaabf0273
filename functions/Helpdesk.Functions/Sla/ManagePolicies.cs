using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Helpdesk.Sla;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Sla;

/// <summary>A new policy, or what is to be different about one; its parts are read against the workspace's calendars.</summary>
public sealed record PolicyRequest(string? Id, ReadOnlyMemory<byte> Body) : IFromRequest<PolicyRequest>
{
    public static async ValueTask<PolicyRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        return new(HttpMethods.IsPost(context.Request.Method) ? SettingFields.VersionedId(fields) : null, await RequestBody.ReadUtf8Async(context));
    }

    /// <summary>The policy with this request's fields in it; 400 with everything that is wrong.</summary>
    public PolicySetting Apply(PolicySetting? current, Func<string, CalendarSetting?> calendars, DateTimeOffset now)
    {
        var fields = FieldReader.Parse(Body);
        if (current is null)
            SettingFields.VersionedId(fields);
        var name = fields.Text("name", 100, required: current is null || fields.Has("name"));
        var active = fields.Flag("active");
        var position = fields.Whole("position", 0, 1_000_000);
        var conditions =
            fields.IsNull("conditions") ? new()
            : fields.Object("conditions") is { } said ? Conditions(said)
            : null;
        var policy = PolicyFields.Read(fields, current?.Policy, id => calendars(id) is not null);
        fields.Done();
        return new()
        {
            Id = current?.Id ?? Id ?? SettingFields.VersionedIdFrom(name!),
            Name = name ?? current!.Name,
            Version = (current?.Version ?? 0) + 1,
            Active = active ?? current?.Active ?? true,
            Position = position ?? current?.Position ?? 100,
            Conditions = conditions ?? current?.Conditions ?? new(),
            Policy = policy,
            CreatedAt = current?.CreatedAt ?? now,
            UpdatedAt = now,
        };
    }

    private static SlaConditions Conditions(FieldReader fields)
    {
        var priorities = new List<TicketPriority>();
        foreach (var text in fields.Texts("priorities", 4, 20) ?? [])
        {
            if (WireName<TicketPriority>.TryParse(text, out var priority))
                priorities.Add(priority);
            else
                fields.Wrong("priorities", $"holds \"{text}\"; there are {string.Join(", ", WireName<TicketPriority>.All)}.");
        }

        var conditions = new SlaConditions
        {
            Priorities = priorities,
            Groups =
                fields.Texts("groups", 50, 40, id => SettingsStore.IsId(id) ? null : "contains an invalid id: ids are kebab-case, up to 40 characters.") ?? [],
            Tags = [.. (fields.Texts("tags", 50, 50) ?? []).Select(tag => tag.ToLowerInvariant())],
            RequesterDomains =
            [
                .. (
                    fields.Texts(
                        "requesterDomains",
                        100,
                        253,
                        domain => domain.Contains('@', StringComparison.Ordinal) ? "contains an address: give the part after the @." : null
                    ) ?? []
                ).Select(domain => domain.ToLowerInvariant()),
            ],
            Types = fields.Texts("types", 50, 50) ?? [],
        };
        fields.Ends();
        return conditions;
    }
}

/// <summary>One promise of a policy.</summary>
/// <param name="Metric">What is promised.</param>
/// <param name="Priority">For tickets of this priority; null for those of every priority that has no promise of its own.</param>
/// <param name="Within">The promised length of business time.</param>
public sealed record PolicyTargetView(SlaMetric Metric, TicketPriority? Priority, [property: DataType(DataType.Duration)] string Within);

/// <summary>Something that is done when a part of a promised time is used up.</summary>
/// <param name="Metric">The metric whose target is watched.</param>
/// <param name="At">The percentage of the promised time at which it is done; above 100 after the due time.</param>
/// <param name="Do">What is done.</param>
public sealed record PolicyStepView(SlaMetric Metric, int At, SlaAction Do)
{
    /// <summary>For <c>escalate</c>: the tier to climb to.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? ToTier { get; init; }

    /// <summary>For <c>raise-priority</c>: the priority to raise to; one higher when it is left out.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public TicketPriority? ToPriority { get; init; }

    /// <summary>For <c>assign-group</c>: the id of the group.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ToGroup { get; init; }

    /// <summary>Does it again each time this much business time has passed, until somebody acknowledges the ticket or the clock stops.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    [DataType(DataType.Duration)]
    public string? RepeatEvery { get; init; }
}

/// <summary>A version of a policy.</summary>
/// <param name="Id">Names the policy.</param>
/// <param name="Name">The name that agents see.</param>
/// <param name="Version">Counts its changes: 1, 2, 3 …</param>
/// <param name="Active">A policy that is not active is given to no more tickets.</param>
/// <param name="Position">Policies are tried in this order; the first that fits a ticket is given to it.</param>
/// <param name="Conditions">Which tickets it is for.</param>
/// <param name="Calendar">Id of the calendar by which business time is counted.</param>
/// <param name="Reopen">How clocks go on when a resolved ticket is reopened.</param>
/// <param name="PauseResolutionOn">In which states of a ticket its resolution is not counted.</param>
/// <param name="Targets">What is promised.</param>
/// <param name="Steps">What happens on the way to a broken promise.</param>
/// <param name="CreatedAt">When it was added.</param>
/// <param name="UpdatedAt">When this version was made.</param>
public sealed record PolicyView(
    string Id,
    string Name,
    int Version,
    bool Active,
    int Position,
    SlaConditions Conditions,
    string Calendar,
    ReopenRule Reopen,
    IReadOnlyList<TicketStatus> PauseResolutionOn,
    IReadOnlyList<PolicyTargetView> Targets,
    IReadOnlyList<PolicyStepView> Steps,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt
)
{
    public static PolicyView Of(PolicySetting it) =>
        new(
            it.Id,
            it.Name,
            it.Version,
            it.Active,
            it.Position,
            it.Conditions,
            it.Policy.Calendar,
            it.Policy.Reopen,
            [.. it.Policy.PauseResolutionOn.Order()],
            [.. it.Policy.Targets.Select(target => new PolicyTargetView(target.Metric, target.Priority, IsoLength.Of(target.Within)))],
            [
                .. it.Policy.Steps.Select(step => new PolicyStepView(step.Metric, step.At, step.Do)
                {
                    ToTier = step.ToTier,
                    ToPriority = step.ToPriority,
                    ToGroup = step.ToGroup,
                    RepeatEvery = step.RepeatEvery is { } every ? IsoLength.Of(every) : null,
                }),
            ],
            it.CreatedAt,
            it.UpdatedAt
        );
}

/// <summary>
/// SLA policies: what is promised to which tickets, and what happens on the way to breaking it. Every change makes a version; tickets keep theirs.
/// </summary>
public sealed class ManagePolicies(SettingsStore settings, VersionedSettings versions, DirectoryStore directory, TicketClocks clocks, TimeProvider time)
{
    /// <summary>Lists the policies in the order in which they are tried. There are few, so the list has one page.</summary>
    [Function(nameof(ListPolicies)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Ok<ListPage<PolicyView>>> ListPolicies(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/sla/policies")] PageQuery query,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        var stored = await settings.ListAsync(caller.Workspace, SlaKinds.Policies.Newest, cancellationToken);
        var all = stored.Any(policy => policy.Id == StandardSla.PolicyId) ? stored : [.. stored, StandardSla.Policy];
        return TypedResults.Ok(
            new ListPage<PolicyView>(
                [.. all.OrderBy(policy => policy.Position).ThenBy(policy => policy.Id, StringComparer.Ordinal).Select(PolicyView.Of)],
                null
            )
        );
    }

    /// <summary>Shows a policy: the newest version, or the one that is asked for.</summary>
    [Function(nameof(GetPolicy)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Results<Ok<PolicyView>, NotFound>> GetPolicy(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/sla/policies/{id}")] VersionQuery query,
        string id,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        var found =
            !SettingsStore.IsId(id) ? null
            : query.Version is { } wanted ? await clocks.FindPolicyAsync(caller.Workspace, id, wanted, cancellationToken)
            : await FindAsync(caller.Workspace, id, settings, cancellationToken);
        return found is null ? TypedResults.NotFound() : TypedResults.Ok(PolicyView.Of(found));
    }

    /// <summary>Adds a policy. From now on it is given to tickets that fit.</summary>
    [Function(nameof(AddPolicy)), RequiresKey(KeyRole.Admin), Takes(typeof(AddPolicyBody)), Refuses("already-exists", "too-many-policies")]
    public async Task<Created<PolicyView>> AddPolicy(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/sla/policies")] PolicyRequest request,
        Caller caller,
        Idempotency? idempotency,
        CancellationToken cancellationToken
    )
    {
        var (policies, calendars) = await clocks.CurrentAsync(caller.Workspace, cancellationToken);
        var policy = request.Apply(null, calendars, time.GetUtcNow());
        if (policy.Id == StandardSla.PolicyId)
            throw new HelpdeskRuleException("already-exists", $"The policy \"{policy.Id}\" is there from the start: change it instead.");
        if (policies.Count > 200)
            throw new HelpdeskRuleException("too-many-policies", "A workspace may have at most 200 policies.");
        await CheckGroupsAsync(policy, caller, directory, cancellationToken);
        var added = await versions.AddAsync(
            caller.Workspace,
            SlaKinds.Policies,
            policy,
            PolicyView.Of,
            SlaApiJson.Default.PolicyView,
            idempotency,
            cancellationToken
        );
        return TypedResults.Created($"/api/sla/policies/{added.Id}", added);
    }

    /// <summary>Changes a policy. That makes a new version; tickets keep the one they were given.</summary>
    [Function(nameof(ChangePolicy)), RequiresKey(KeyRole.Admin), Takes(typeof(ChangePolicyBody))]
    public async Task<Results<Ok<PolicyView>, NotFound>> ChangePolicy(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "api/sla/policies/{id}")] PolicyRequest request,
        string id,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        var (_, calendars) = await clocks.CurrentAsync(caller.Workspace, cancellationToken);
        if (await FindAsync(caller.Workspace, id, settings, cancellationToken) is not { } current)
            return TypedResults.NotFound();
        await CheckGroupsAsync(request.Apply(current, calendars, time.GetUtcNow()), caller, directory, cancellationToken);
        var changed = await versions.ChangeAsync(
            caller.Workspace,
            SlaKinds.Policies,
            id,
            id == StandardSla.PolicyId ? StandardSla.Policy : null,
            policy => request.Apply(policy, calendars, time.GetUtcNow()),
            cancellationToken
        );
        return changed is null ? TypedResults.NotFound() : TypedResults.Ok(PolicyView.Of(changed));
    }

    /// <summary>Removes a policy. No more tickets are given it, and those that have it keep it.</summary>
    [Function(nameof(RemovePolicy)), RequiresKey(KeyRole.Admin), Refuses("standard-policy")]
    public async Task<Results<NoContent, NotFound>> RemovePolicy(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/sla/policies/{id}")] Caller caller,
        string id,
        CancellationToken cancellationToken
    )
    {
        if (id == StandardSla.PolicyId)
            throw new HelpdeskRuleException("standard-policy", "The standard policy stays: set active to false, and it is given to no more tickets.");
        return await settings.RemoveAsync(caller.Workspace, SlaKinds.Policies.Newest, id, cancellationToken)
            ? TypedResults.NoContent()
            : TypedResults.NotFound();
    }

    internal static async ValueTask<PolicySetting?> FindAsync(string workspace, string id, SettingsStore settings, CancellationToken cancellationToken) =>
        !SettingsStore.IsId(id)
            ? null
            : await settings.FindAsync(workspace, SlaKinds.Policies.Newest, id, cancellationToken) ?? (id == StandardSla.PolicyId ? StandardSla.Policy : null);

    private static async Task CheckGroupsAsync(PolicySetting policy, Caller caller, DirectoryStore directory, CancellationToken cancellationToken)
    {
        foreach (var group in policy.Policy.Steps.Select(step => step.ToGroup).OfType<string>())
        {
            if (await directory.FindGroupAsync(caller.Workspace, group, cancellationToken) is null)
                throw new InvalidRequestException("steps", $"steps assign to the group \"{group}\", which was not found in this workspace.");
        }
    }
}
