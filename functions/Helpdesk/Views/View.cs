using System.Text.Json.Serialization;
using Helpdesk.Conditions;

namespace Helpdesk.Views;

/// <summary>A saved condition over tickets, with the columns and the order in which they are shown.</summary>
public sealed record View
{
    /// <summary>The order of a view that says nothing: the newest change first.</summary>
    public const string NewestFirst = "-updatedAt";

    public required string Id { get; init; }

    /// <summary>What people call it.</summary>
    public required string Name { get; init; }

    /// <summary>Which tickets are in it.</summary>
    public required Condition Condition { get; init; }

    /// <summary>The order: <c>updatedAt</c>, <c>createdAt</c> or <c>dueAt</c>, with <c>-</c> in front for descending.</summary>
    public string Sort { get; init; } = NewestFirst;

    /// <summary>What is shown of each ticket.</summary>
    public IReadOnlyList<string> Columns { get; init; } = ViewColumns.Standard;

    /// <summary>By which column whoever shows the view puts tickets together; null for none.</summary>
    public string? GroupBy { get; init; }

    /// <summary>Id of the agent whose it is; null for one that is shared.</summary>
    public string? Owner { get; init; }

    /// <summary>Ids of the groups whose agents see it; null for everybody. Only one that is shared has some.</summary>
    public IReadOnlyList<string>? Groups { get; init; }

    /// <summary>Its place among the views, the lowest first.</summary>
    public int Position { get; init; } = 100;

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was changed last; null for one that is as it was made.</summary>
    public DateTimeOffset? ChangedAt { get; init; }

    /// <summary>The columns that are custom fields, without <c>custom.</c>.</summary>
    [JsonIgnore]
    public IEnumerable<string> CustomColumns =>
        Columns.Where(column => column.StartsWith(ViewColumns.Custom, StringComparison.Ordinal)).Select(column => column[ViewColumns.Custom.Length..]);
}

/// <summary>Views that are not to be shown.</summary>
/// <param name="Owner">Id of the agent who does not want to see them; null where nobody is to.</param>
/// <param name="Views">Their ids.</param>
public sealed record HiddenViews(string? Owner, IReadOnlyList<string> Views);

/// <summary>What a view can show of a ticket.</summary>
public static class ViewColumns
{
    /// <summary>Before the name of a field of the desk's own.</summary>
    public const string Custom = "custom.";

    /// <summary>How many columns a view has at most.</summary>
    public const int Most = 20;

    /// <summary>The columns of every desk.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        "number",
        "subject",
        "status",
        "priority",
        "type",
        "tier",
        "group",
        "assignee",
        "requester",
        "tags",
        "channel",
        "createdAt",
        "updatedAt",
        "resolvedAt",
        "closedAt",
        "dueAt",
        "sla",
    ];

    /// <summary>The columns of a view that names none.</summary>
    public static IReadOnlyList<string> Standard { get; } = ["number", "subject", "requester", "status", "priority", "assignee", "updatedAt", "sla"];

    /// <summary>The columns by which tickets can be put together.</summary>
    public static IReadOnlyList<string> Grouping { get; } = ["status", "priority", "type", "tier", "group", "assignee", "requester", "channel", "sla"];

    /// <summary>Whether there is such a column.</summary>
    public static bool Has(string column)
    {
        ArgumentNullException.ThrowIfNull(column);
        return All.Contains(column, StringComparer.Ordinal)
            || (column.StartsWith(Custom, StringComparison.Ordinal) && !VisibleText.IsBlank(column[Custom.Length..]) && column.Length <= 60);
    }
}
