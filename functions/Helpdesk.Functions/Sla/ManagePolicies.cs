using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Helpdesk.Conditions;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Tickets;
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
        var condition = ReadCondition(fields);
        var policy = PolicyFields.Read(fields, current?.Policy, id => calendars(id) is not null);
        PolicyFields.CheckSaved(fields, policy, calendars(policy.Calendar)?.Definition, now);
        fields.Done();
        return new()
        {
            Id = current?.Id ?? Id ?? SettingFields.VersionedIdFrom(name!),
            Name = name ?? current!.Name,
            Version = (current?.Version ?? 0) + 1,
            Active = active ?? current?.Active ?? true,
            Position = position ?? current?.Position ?? 100,
            Condition = condition ?? current?.Condition ?? Condition.Always,
            Policy = policy,
            CreatedAt = current?.CreatedAt ?? now,
            UpdatedAt = now,
        };
    }

    /// <summary>Whether the condition is given in its short form, <c>conditions</c>.</summary>
    public bool HasShortForm => FieldReader.Parse(Body).Has(ShortForm);

    private const string ShortForm = "conditions";

    /// <summary>The condition in either form; null when nothing is said of it.</summary>
    private static Condition? ReadCondition(FieldReader fields)
    {
        if (fields.Has("condition") && fields.Has(ShortForm))
            fields.Wrong(ShortForm, "is the short form of condition: give one of them.");
        if (fields.IsNull("condition") || fields.IsNull(ShortForm))
            return Condition.Always;
        var condition = SettingFields.Condition(fields, "condition", ConditionScope.Policies);
        return fields.Object(ShortForm) is { } said ? ReadShortForm(said).ToCondition() : condition;
    }

    private static SlaConditions ReadShortForm(FieldReader fields)
    {
        var priorities = new List<TicketPriority>();
        foreach (var text in fields.Texts("priorities", 4, 20) ?? [])
        {
            if (WireName<TicketPriority>.TryParse(text, out var priority))
                priorities.Add(priority);
            else
                fields.Wrong("priorities", $"contains \"{text}\"; possible are {string.Join(", ", WireName<TicketPriority>.All)}.");
        }

        var conditions = new SlaConditions
        {
            Priorities = priorities,
            Groups = fields.Texts("groups", 50, 40, id => SettingsStore.IsId(id) ? null : $"contains \"{id}\", which is not the id of a group.") ?? [],
            Tags = [.. (fields.Texts("tags", 50, 50, TicketFields.TagProblem) ?? []).Select(tag => tag.ToLowerInvariant())],
            RequesterDomains = [.. (fields.Texts("requesterDomains", 100, 253, DomainProblem) ?? []).Select(domain => domain.ToLowerInvariant())],
            Types = fields.Texts("types", 50, 50) ?? [],
        };
        fields.Ends();
        return conditions;
    }

    private static string? DomainProblem(string domain) =>
        domain.Contains('@', StringComparison.Ordinal) ? $"contains \"{domain}\": give only the part after the @."
        : domain.Contains('*', StringComparison.Ordinal) ? $"contains \"{domain}\": a pattern fits no address; name each domain, subdomains too."
        : Uri.CheckHostName(domain) == UriHostNameType.Dns ? null
        : $"contains \"{domain}\", which is not a domain such as example.com.";
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
/// <param name="Condition">Which tickets it is for; <c>{"all": []}</c> is every ticket.</param>
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
    Condition Condition,
    string Calendar,
    ReopenRule Reopen,
    IReadOnlyList<TicketStatus> PauseResolutionOn,
    IReadOnlyList<PolicyTargetView> Targets,
    IReadOnlyList<PolicyStepView> Steps,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt
)
{
    /// <summary>When it was just added or changed: what of it will have no effect as the desk is set up now; otherwise left out.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Warnings { get; init; }

    public static PolicyView Of(PolicySetting it) =>
        new(
            it.Id,
            it.Name,
            it.Version,
            it.Active,
            it.Position,
            it.Condition,
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
public sealed class ManagePolicies(
    SettingsStore settings,
    VersionedSettings versions,
    SettingsTransactions transactions,
    SettingReferences references,
    TicketClocks clocks,
    TimeProvider time
)
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
            query.OnlyPage(all.OrderBy(policy => policy.Position).ThenBy(policy => policy.Id, StringComparer.Ordinal).Select(PolicyView.Of))
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
        var added = await transactions.RunAsync(
            caller.Workspace,
            async changes =>
            {
                if (
                    idempotency is not null
                    && await settings.ReplayAsync(caller.Workspace, idempotency, SlaApiJson.Default.PolicyView, cancellationToken) is { } earlier
                )
                    return earlier;
                var desk = await ReadAsync(caller.Workspace, cancellationToken);
                var policy = request.Apply(null, desk.Calendar, time.GetUtcNow());
                if (policy.Id == StandardSla.PolicyId)
                    throw new HelpdeskRuleException("already-exists", $"The policy \"{policy.Id}\" is there from the start: change it instead.");
                if (desk.Policies.Count > 200)
                    throw new HelpdeskRuleException("too-many-policies", "A workspace may have at most 200 policies.");
                CheckGroups(request, policy, null, desk.Groups);
                // Versions that tickets have stay when a policy is removed: one that comes back under its id goes on counting.
                var earlierVersions = await settings.ListAsync(caller.Workspace, SlaKinds.Policies.Versions, cancellationToken);
                return await versions.AddAsync(
                    caller.Workspace,
                    SlaKinds.Policies,
                    policy with
                    {
                        Version = earlierVersions.Where(one => one.Id == policy.Id).Select(one => one.Version).DefaultIfEmpty().Max() + 1,
                    },
                    it => PolicyView.Of(it) with { Warnings = PolicyWarnings.Of(it, desk.Policies, desk.Groups) },
                    SlaApiJson.Default.PolicyView,
                    idempotency,
                    changes,
                    cancellationToken
                );
            },
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
        var changed = await transactions.RunAsync(
            caller.Workspace,
            async changes =>
            {
                var desk = await ReadAsync(caller.Workspace, cancellationToken);
                if (desk.Policies.FirstOrDefault(one => one.Id == id) is not { } before)
                    return null;
                var policy = request.Apply(before, desk.Calendar, time.GetUtcNow());
                CheckGroups(request, policy, before, desk.Groups);
                if (VersionedSettings.AreSame(SlaKinds.Policies.Newest, before, policy with { Version = before.Version, UpdatedAt = before.UpdatedAt }))
                    return PolicyView.Of(before) with { Warnings = PolicyWarnings.Of(before, desk.Policies, desk.Groups) };
                // What was never stored, the standard one, counts as its first version.
                changes.Put(SlaKinds.Policies.Versions, before);
                changes.Put(SlaKinds.Policies.Versions, policy);
                changes.Put(SlaKinds.Policies.Newest, policy);
                return PolicyView.Of(policy) with { Warnings = PolicyWarnings.Of(policy, desk.Policies, desk.Groups) };
            },
            cancellationToken
        );
        return changed is null ? TypedResults.NotFound() : TypedResults.Ok(changed);
    }

    /// <summary>Removes a policy. No more tickets are given it, and those that have it keep it.</summary>
    [Function(nameof(RemovePolicy)), RequiresKey(KeyRole.Admin), Refuses("standard-policy", "policy-in-use")]
    public async Task<Results<NoContent, NotFound>> RemovePolicy(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/sla/policies/{id}")] SuccessorQuery query,
        string id,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        if (id == StandardSla.PolicyId)
            throw new HelpdeskRuleException("standard-policy", "The standard policy stays: set active to false, and it is given to no more tickets.");
        var setting = new NamedSetting(caller.Workspace, NamedKind.Policy, id);
        var removed = await transactions.RunAsync(
            caller.Workspace,
            async changes =>
            {
                var desk = await ReadAsync(caller.Workspace, cancellationToken);
                if (!desk.Policies.Any(policy => policy.Id == id))
                    return false;
                query.Check(id, desk.Policies.Any(policy => policy.Id == query.Successor));
                if (query.Successor is null)
                    await references.CheckAsync(setting, cancellationToken);
                await references.MoveAsync(setting, query.Successor, caller.Actor, changes, cancellationToken);
                changes.Remove(SlaKinds.Policies.Newest, id);
                return true;
            },
            cancellationToken
        );
        return removed ? TypedResults.NoContent() : TypedResults.NotFound();
    }

    internal static async ValueTask<PolicySetting?> FindAsync(string workspace, string id, SettingsStore settings, CancellationToken cancellationToken) =>
        !SettingsStore.IsId(id)
            ? null
            : await settings.FindAsync(workspace, SlaKinds.Policies.Newest, id, cancellationToken) ?? (id == StandardSla.PolicyId ? StandardSla.Policy : null);

    /// <summary>What policies are checked against, read from storage.</summary>
    private async Task<(IReadOnlyList<PolicySetting> Policies, IReadOnlyList<Group> Groups, Func<string, CalendarSetting?> Calendar)> ReadAsync(
        string workspace,
        CancellationToken cancellationToken
    )
    {
        var policies = await settings.ListAsync(workspace, SlaKinds.Policies.Newest, cancellationToken);
        var calendars = await settings.ListAsync(workspace, SlaKinds.Calendars.Newest, cancellationToken);
        return (
            policies.Any(policy => policy.Id == StandardSla.PolicyId) ? policies : [.. policies, StandardSla.Policy],
            await settings.ListAsync(workspace, DirectoryKinds.Groups, cancellationToken),
            id => calendars.FirstOrDefault(calendar => calendar.Id == id) ?? (id == StandardSla.CalendarId ? StandardSla.Calendar : null)
        );
    }

    /// <summary>400 for groups that are not there; what the policy named before is left alone.</summary>
    private static void CheckGroups(PolicyRequest request, PolicySetting policy, PolicySetting? before, IReadOnlyList<Group> groups)
    {
        var named = (before?.Policy.Steps.Select(step => step.ToGroup).OfType<string>() ?? [])
            .Concat(before?.Condition.Named(NamedKind.Group).Select(one => one.Id) ?? [])
            .ToHashSet(StringComparer.Ordinal);
        bool IsMissing(string id) => !named.Contains(id) && groups.All(group => group.Id != id);
        var errors = new SortedDictionary<string, string[]>(StringComparer.Ordinal);
        foreach (var step in policy.Policy.Steps.Select(step => step.ToGroup).OfType<string>().Where(IsMissing).Take(1))
            Missing("steps", step);
        foreach (var (at, id) in policy.Condition.Named(NamedKind.Group).Where(one => IsMissing(one.Id)))
            Missing(request.HasShortForm ? "conditions.groups" : at, id);
        if (errors.Count > 0)
            throw new InvalidRequestException(errors);

        void Missing(string at, string id) => errors.TryAdd(at, [$"{at} names \"{id}\", which was not found: there is no such group here."]);
    }
}
