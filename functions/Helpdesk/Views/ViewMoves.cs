using System.Collections.Frozen;
using Helpdesk.Conditions;

namespace Helpdesk.Views;

/// <summary>Whether what happens to tickets can bring them into a view or take them out of it.</summary>
public static class ViewMoves
{
    /// <summary>
    /// Fields that change by certain events only, with the names of those; a ticket's first event and an erasure change all of them. Every other field may
    /// change by any event or by time alone.
    /// </summary>
    private static readonly FrozenDictionary<string, string[]> Settled = new Dictionary<string, string[]>(StringComparer.Ordinal)
    {
        ["status"] = ["status-changed", "ticket-reopened", "ticket-merged", "ticket-unmerged"],
        ["merged"] = ["ticket-merged", "ticket-unmerged"],
        ["resolution"] = ["status-changed"],
        ["assignee"] = ["assignee-changed"],
        ["group"] = ["group-changed"],
        ["tier"] = ["tier-changed"],
        ["priority"] = ["priority-changed"],
        ["type"] = ["type-changed"],
        ["tags"] = ["tags-changed"],
        ["subject"] = ["subject-changed"],
        ["description"] = ["description-changed"],
        ["requester.email"] = ["requester-changed"],
        ["requester.name"] = ["requester-changed"],
        ["requester.domain"] = ["requester-changed"],
        ["participants"] = ["participants-changed", "merge-received", "merge-returned"],
        ["satisfaction"] = ["satisfaction-asked", "satisfaction-rated"],
        ["custom."] = ["custom-fields-changed"],
        ["number"] = [],
        ["channel"] = [],
        ["form"] = [],
        ["mailbox"] = [],
        ["receipt"] = [],
        ["automatic"] = [],
        ["followUp"] = [],
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly string[] Everything = ["ticket-opened", "person-erased"];

    /// <summary>Whether events of these types may have changed which tickets fit a condition. False is certain; true is a guess.</summary>
    public static bool CanBe(Condition condition, IReadOnlyCollection<string> events)
    {
        ArgumentNullException.ThrowIfNull(condition);
        ArgumentNullException.ThrowIfNull(events);
        if (events.Count == 0)
            return false;
        return events.Any(Everything.Contains)
            || condition.Terms().Any(one => one.Term is not Term term || ChangersOf(term.Field.Name) is not { } by || events.Any(by.Contains));
    }

    private static string[]? ChangersOf(string field) => Settled.GetValueOrDefault(field.StartsWith("custom.", StringComparison.Ordinal) ? "custom." : field);
}
