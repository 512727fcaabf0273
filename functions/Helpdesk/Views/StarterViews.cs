using System.Text.Json;
using Helpdesk.Conditions;

namespace Helpdesk.Views;

/// <summary>The views that every workspace has from the start. They are stored nowhere, and can be hidden or copied.</summary>
public static class StarterViews
{
    /// <summary>All of them, in their order.</summary>
    public static IReadOnlyList<View> All { get; } =
    [
        Make(
            "my-tickets",
            "My open tickets",
            10,
            View.NewestFirst,
            """{"all":[{"field":"assignee","op":"is","value":"me"},{"field":"status","op":"in","value":["new","open","pending","on-hold"]}]}""",
            ["number", "subject", "requester", "status", "priority", "updatedAt", "sla"]
        ),
        Make(
            "unassigned",
            "Unassigned",
            20,
            "createdAt",
            """{"all":[{"field":"assignee","op":"is-empty"},{"field":"status","op":"in","value":["new","open","pending","on-hold"]}]}""",
            ["number", "subject", "requester", "group", "priority", "createdAt", "sla"]
        ),
        Make(
            "open",
            "All open",
            30,
            View.NewestFirst,
            """{"all":[{"field":"status","op":"in","value":["new","open","pending","on-hold"]}]}""",
            ViewColumns.Standard
        ),
        Make(
            "due-soon",
            "Due soon or overdue",
            40,
            "dueAt",
            """
            {"all":[{"field":"status","op":"in","value":["new","open","pending","on-hold"]},
             {"any":[{"field":"sla.state","op":"in","value":["at-risk","breached"]},{"field":"sla.dueIn","op":"at-most","value":4}]}]}
            """,
            ["number", "subject", "requester", "priority", "assignee", "dueAt", "sla"]
        ),
        Make(
            "waiting",
            "Waiting for somebody",
            50,
            "updatedAt",
            """{"all":[{"field":"status","op":"in","value":["pending","on-hold"]}]}""",
            ["number", "subject", "requester", "status", "assignee", "updatedAt"]
        ),
        Make(
            "resolved",
            "Resolved in the last seven days",
            60,
            View.NewestFirst,
            """{"all":[{"field":"status","op":"in","value":["resolved","closed"]},{"field":"hoursSince.resolved","op":"at-most","value":168}]}""",
            ["number", "subject", "requester", "assignee", "resolvedAt"]
        ),
    ];

    /// <summary>The one of an id; null for none.</summary>
    public static View? Find(string id) => All.FirstOrDefault(view => view.Id == id);

    private static View Make(string id, string name, int position, string sort, string condition, IReadOnlyList<string> columns)
    {
        using var json = JsonDocument.Parse(condition);
        var (read, errors) = Condition.Parse(json.RootElement, ConditionScope.Tickets);
        return new()
        {
            Id = id,
            Name = name,
            Condition = read ?? throw new InvalidOperationException($"The condition of {id} is wrong: {string.Join(" ", errors)}"),
            Sort = sort,
            Columns = columns,
            Position = position,
            CreatedAt = DateTimeOffset.UnixEpoch,
        };
    }
}
