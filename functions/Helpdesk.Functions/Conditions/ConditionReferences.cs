using Helpdesk.Conditions;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Sla;
using Helpdesk.Sla;

namespace Helpdesk.Functions.Conditions;

/// <summary>Finds what conditions name that is not there: a term that asks for it is true of nothing.</summary>
public sealed class ConditionReferences(SettingsStore settings)
{
    /// <summary>Who looks at a view, in its condition.</summary>
    private const string Me = "me";

    /// <summary>Every group, agent, calendar and policy that a condition names and that is not there, with its place.</summary>
    /// <param name="isView">Whether it is a view's, in which <c>me</c> is whoever looks.</param>
    public async Task<IReadOnlyList<ConditionProblem>> MissingAsync(
        Condition condition,
        string workspace,
        CancellationToken cancellationToken,
        bool isView = false
    )
    {
        ArgumentNullException.ThrowIfNull(condition);
        var missing = new List<ConditionProblem>();
        await LookAsync(NamedKind.Group, DirectoryKinds.Groups, group => group.Id, null);
        await LookAsync(
            NamedKind.Agent,
            DirectoryKinds.Agents,
            agent => agent.Id,
            workspace == DirectoryStore.HomeWorkspace ? DirectoryStore.FirstAdmin.Id : null
        );
        await LookAsync(NamedKind.Calendar, SlaKinds.Calendars.Newest, calendar => calendar.Id, StandardSla.CalendarId);
        await LookAsync(NamedKind.Policy, SlaKinds.Policies.Newest, policy => policy.Id, StandardSla.PolicyId);
        return missing;

        async Task LookAsync<T>(NamedKind kind, SettingKind<T> stored, Func<T, string> idOf, string? standard)
            where T : class
        {
            var named = condition.Named(kind).ToList();
            if (named.Count == 0)
                return;
            var known = (await settings.RememberAsync(workspace, stored, cancellationToken)).Select(idOf).ToHashSet(StringComparer.Ordinal);
            missing.AddRange(
                named
                    .Where(one => one.Id != standard && !known.Contains(one.Id) && !(isView && one.Id == Me))
                    .Select(one => new ConditionProblem(
                        one.At,
                        kind == NamedKind.Agent && one.Id == Me
                            ? $"{one.At} names \"{Me}\", which is whoever looks at a view, and nobody anywhere else."
                            : $"{one.At} names \"{one.Id}\": there is no such {WireName<NamedKind>.Of(kind)} here."
                    ))
            );
        }
    }

    /// <summary>The same in sentences, for the warnings of what is saved.</summary>
    public async Task<IReadOnlyList<string>> WarningsAsync(Condition? condition, string workspace, CancellationToken cancellationToken, bool isView = false) =>
        condition is null ? [] : [.. (await MissingAsync(condition, workspace, cancellationToken, isView)).Select(one => one.Problem)];
}
