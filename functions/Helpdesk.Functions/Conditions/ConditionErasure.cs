using Helpdesk.Conditions;
using Helpdesk.Functions.Contacts;
using Helpdesk.Functions.Forms;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Sla;

namespace Helpdesk.Functions.Conditions;

/// <summary>A feature whose settings have conditions: what these say of people can be erased.</summary>
public interface IHasConditions
{
    /// <summary>Writes into <paramref name="changes"/> every setting whose condition is another one after <paramref name="rewrite"/>.</summary>
    /// <returns>How many there are.</returns>
    Task<int> RewriteAsync(string workspace, Func<Condition, Condition> rewrite, SettingChanges changes, CancellationToken cancellationToken);

    /// <summary>Writes into <paramref name="changes"/> every setting whose name is another one after <paramref name="rewrite"/>.</summary>
    /// <returns>How many there are; none where names are erased with the rest of a setting.</returns>
    Task<int> RewriteNamesAsync(string workspace, Func<string, string> rewrite, SettingChanges changes, CancellationToken cancellationToken) =>
        Task.FromResult(0);
}

/// <summary>
/// Erases people from conditions, which may name an address or quote a name, and from the names of what has them. The address becomes the one that their
/// tickets have from then on.
/// </summary>
public sealed class ConditionErasure(IEnumerable<IHasConditions> features, SettingsTransactions transactions) : IHoldsPersonalData
{
    public string Name => "conditions";

    public int Place => 74;

    public async Task<ErasureStep> EraseAsync(ErasureOrder order, string? from, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(order);
        string Text(string text) => order.Person.Text(text, own: false);
        var erased = await EachAsync(
            (feature, changes) => feature.RewriteAsync(order.Workspace, condition => condition.Rewritten(Text), changes, cancellationToken)
        );
        // By themselves: a setting is read with the condition that it has by then.
        erased += await EachAsync((feature, changes) => feature.RewriteNamesAsync(order.Workspace, Text, changes, cancellationToken));
        return new(erased, null);

        Task<int> EachAsync(Func<IHasConditions, SettingChanges, Task<int>> rewrite) =>
            transactions.RunAsync(
                order.Workspace,
                async changes =>
                {
                    var count = 0;
                    foreach (var feature in features)
                        count += await rewrite(feature, changes);
                    return count;
                },
                cancellationToken
            );
    }
}

/// <summary>The conditions of SLA policies, in every version: a version that loses an address is the same version.</summary>
public sealed class PolicyConditions(SettingsStore settings) : IHasConditions
{
    public async Task<int> RewriteAsync(string workspace, Func<Condition, Condition> rewrite, SettingChanges changes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(rewrite);
        ArgumentNullException.ThrowIfNull(changes);
        var count = 0;
        foreach (var kind in new[] { SlaKinds.Policies.Newest, SlaKinds.Policies.Versions })
        {
            foreach (var policy in await settings.ListAsync(workspace, kind, cancellationToken))
            {
                var rewritten = rewrite(policy.Condition);
                if (rewritten.ToString() == policy.Condition.ToString())
                    continue;
                changes.Put(kind, policy with { Condition = rewritten });
                count++;
            }
        }

        return count;
    }

    public async Task<int> RewriteNamesAsync(string workspace, Func<string, string> rewrite, SettingChanges changes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(rewrite);
        ArgumentNullException.ThrowIfNull(changes);
        var count = 0;
        foreach (var kind in new[] { SlaKinds.Policies.Newest, SlaKinds.Policies.Versions })
        {
            foreach (var policy in await settings.ListAsync(workspace, kind, cancellationToken))
            {
                if (rewrite(policy.Name) is not { } name || name == policy.Name)
                    continue;
                changes.Put(kind, policy with { Name = name });
                count++;
            }
        }

        return count;
    }
}

/// <summary>The conditions of forms, in every version: a version that loses a name is the same version.</summary>
public sealed class FormConditions(SettingsStore settings) : IHasConditions
{
    public async Task<int> RewriteAsync(string workspace, Func<Condition, Condition> rewrite, SettingChanges changes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(rewrite);
        ArgumentNullException.ThrowIfNull(changes);
        var count = 0;
        foreach (var kind in new[] { FormStore.Kind.Newest, FormStore.Kind.Versions })
        {
            foreach (var form in await settings.ListAsync(workspace, kind, cancellationToken))
            {
                var changed = false;
                var rewritten = form.Rewritten(condition =>
                {
                    var other = rewrite(condition);
                    changed |= other.ToString() != condition.ToString();
                    return other;
                });
                if (!changed)
                    continue;
                changes.Put(kind, rewritten);
                count++;
            }
        }

        return count;
    }
}
