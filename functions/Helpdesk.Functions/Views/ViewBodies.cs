using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Helpdesk.Conditions;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Tickets;
using Helpdesk.Views;

namespace Helpdesk.Functions.Views;

/// <summary>What reading a view costs.</summary>
/// <param name="List">By what the lists are kept that it reads.</param>
/// <param name="Lists">How many stretches of lists are read side by side: as many requests of storage a page takes at least, and 64 at most.</param>
/// <param name="Live">Whether tickets are among them that are being worked.</param>
/// <param name="Done">Whether tickets are among them that are resolved or closed, of all years.</param>
/// <param name="Bounded">Whether the condition bounds the time in the view's order, so that only a part of the lists is read.</param>
/// <param name="Looks">Fields that lists do not tell: for them up to 50 tickets of a page are read one by one.</param>
/// <param name="Everything">Whether nothing narrows it, so that every ticket that ever was may have to be read.</param>
public sealed record ViewReads(ViewList List, int Lists, bool Live, bool Done, bool Bounded, IReadOnlyList<string> Looks, bool Everything)
{
    internal static ViewReads Of(string workspace, View view, DateTimeOffset now)
    {
        var plan = ViewPlan.Of(workspace, view.Condition, TicketQuery.Orders[view.Sort], now);
        return new(plan.List, plan.Stretches.Ranges.Count, plan.Live, plan.Done, plan.IsBounded, TicketMatch.Untold(view.Condition), plan.ReadsEverything);
    }

    /// <summary>What the author of the view should know of it.</summary>
    internal IEnumerable<string> Warnings()
    {
        if (List == ViewList.Nothing)
            yield return "No ticket can fit this condition: its terms exclude each other.";
        if (Everything)
            yield return "This view reads every ticket that ever was, closed ones too: ask for a status such as new, open, pending and on-hold, for a group, "
                + "an assignee, a tag or a requester, or for a time in the order of the view.";
        else if (Done && !Bounded)
            yield return "This view reads tickets that are resolved or closed, of all years: ask for a status or a time where they are not wanted.";
        if (Looks.Count > 0)
            yield return $"Lists do not tell {string.Join(", ", Looks)}: up to 50 tickets of a page are read one by one, so a page may hold fewer than its "
                + "limit, and a count is a lower bound where there are more to read.";
    }
}

/// <summary>A saved condition over tickets, with columns and order.</summary>
/// <param name="Id">Names the view.</param>
/// <param name="Name">What people call it.</param>
/// <param name="Condition">Which tickets are in it; <c>me</c> as an agent is whoever looks at it.</param>
/// <param name="Sort">The order of its tickets, <c>-</c> for descending.</param>
/// <param name="Columns">What is shown of each ticket.</param>
/// <param name="GroupBy">The column by which whoever shows it puts tickets together; null for none.</param>
/// <param name="Shared">Whether others see it; one that is not belongs to the caller alone.</param>
/// <param name="Groups">Ids of the groups whose agents see it; empty for everybody.</param>
/// <param name="Position">Its place among the views, the lowest first.</param>
/// <param name="Starter">Whether every workspace has it from the start: it can be hidden or copied, and not changed.</param>
/// <param name="Editable">Whether the caller may change it.</param>
/// <param name="Hidden">By whom it is hidden; null where it is shown.</param>
/// <param name="Reads">What reading it costs.</param>
/// <param name="Warnings">What its author should know of it; empty for nothing.</param>
/// <param name="CreatedAt">When it was made; null for a starter.</param>
/// <param name="ChangedAt">When it was changed last; null when it never was.</param>
public sealed record SavedView(
    string Id,
    string Name,
    Condition Condition,
    string Sort,
    IReadOnlyList<string> Columns,
    string? GroupBy,
    bool Shared,
    IReadOnlyList<string> Groups,
    int Position,
    bool Starter,
    bool Editable,
    HiddenFor? Hidden,
    ViewReads Reads,
    IReadOnlyList<string> Warnings,
    DateTimeOffset? CreatedAt,
    DateTimeOffset? ChangedAt
)
{
    internal static SavedView Of(View it, Caller caller, HiddenFor? hidden, DateTimeOffset now)
    {
        var isStarter = StarterViews.Find(it.Id) is not null;
        var reads = ViewReads.Of(caller.Workspace, it, now);
        return new(
            it.Id,
            it.Name,
            it.Condition,
            it.Sort,
            it.Columns,
            it.GroupBy,
            it.Owner is null,
            it.Groups ?? [],
            it.Position,
            isStarter,
            !isStarter && (it.Owner is not null || caller.Role == KeyRole.Admin),
            hidden,
            reads,
            [.. reads.Warnings()],
            isStarter ? null : it.CreatedAt,
            it.ChangedAt
        );
    }
}

/// <summary>Which views are wanted.</summary>
/// <param name="Hidden">Whether those are listed as well that are hidden.</param>
/// <param name="Limit">How many items a page has at most.</param>
/// <param name="Cursor">Where to go on: <c>nextCursor</c> of the page before, with the same filters. Leave it out for the first page.</param>
public sealed record ViewsQuery(
    [property: DefaultValue(false)] bool Hidden,
    [property: Range(1, 100), DefaultValue(25)] int Limit,
    [property: MaxLength(400)] string? Cursor
) : IFromQuery<ViewsQuery>
{
    public static ViewsQuery Read(QueryReader query, HttpContext context)
    {
        var hidden = query.Text("hidden");
        if (hidden is not (null or "true" or "false"))
            query.Wrong("hidden", "must be true or false.");
        return new(hidden == "true", query.Limit(), query.Text("cursor", 400));
    }
}

/// <summary>A new view.</summary>
/// <param name="Id">The id to give one that is shared; made from its name when it is left out.</param>
/// <param name="Name">What people call it; may be left out with <c>copyOf</c>.</param>
/// <param name="CopyOf">Id of the view from which everything is taken that is left out here.</param>
/// <param name="Condition">Which tickets are in it, in the language of conditions (scope <c>tickets</c>); <c>me</c> as an agent is whoever looks at it.
/// May be left out with <c>copyOf</c>.</param>
/// <param name="Sort">The order of its tickets, <c>-</c> for descending; <c>-updatedAt</c> when it is left out.</param>
/// <param name="Columns">What is shown of each ticket: fields of a ticket, or <c>custom.</c> and the name of a field of your own.</param>
/// <param name="GroupBy">The column by which whoever shows it puts tickets together.</param>
/// <param name="Shared">Whether others see it, which takes an admin; false when it is left out.</param>
/// <param name="Groups">Ids of the groups whose agents see one that is shared; everybody when it is left out.</param>
/// <param name="Position">Its place among the views, the lowest first; 100 when it is left out.</param>
[Example(
    """
        {"name":"VPN, waiting for two days","sort":"updatedAt","columns":["number","subject","requester","updatedAt"],
         "condition":{"all":[{"field":"status","op":"is","value":"pending"},{"field":"tags","op":"contains","value":"vpn"},
         {"field":"hoursSince.updated","op":"at-least","value":48}]}}
        """
)]
public sealed record AddViewRequest(
    [property: RegularExpression(SettingFields.IdPattern)] string? Id,
    [property: MaxLength(100)] string? Name,
    string? CopyOf,
    Condition? Condition,
    [property: AllowedValues("updatedAt", "-updatedAt", "createdAt", "-createdAt", "dueAt", "-dueAt")] string? Sort,
    [property: MaxLength(ViewColumns.Most)] IReadOnlyList<string>? Columns,
    string? GroupBy,
    bool? Shared,
    IReadOnlyList<string>? Groups,
    [property: Range(0, 10_000)] int? Position
) : IFromRequest<AddViewRequest>
{
    public static async ValueTask<AddViewRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        var copyOf = fields.Text("copyOf", 40);
        var isNew = string.IsNullOrEmpty(copyOf);
        var id = SettingFields.Id(fields);
        var request = new AddViewRequest(
            id,
            fields.Text("name", 100, required: isNew || fields.Has("name")),
            isNew ? null : copyOf,
            SettingFields.Condition(fields, "condition", ConditionScope.Tickets, required: isNew),
            ViewFields.Sort(fields),
            ViewFields.Columns(fields),
            ViewFields.GroupBy(fields),
            fields.Flag("shared"),
            SettingFields.GroupIds(fields) is { Count: > 0 } groups ? groups : null,
            fields.Whole("position", 0, 10_000)
        );
        if (request.Shared != true && id is not null)
            fields.Wrong("id", "is for views that are shared: one of your own gets an id.");
        if (id is not null && ViewStore.IsOwn(id))
            fields.Wrong("id", $"must not begin with {ViewStore.OwnPrefix}: that is for views of agents.");
        if (request.Shared != true && request.Groups is not null)
            fields.Wrong("groups", "is for views that are shared.");
        fields.Done();
        return request;
    }
}

/// <summary>What is to be different about a view: a JSON merge patch (RFC 7396).</summary>
/// <param name="Name">What people call it.</param>
/// <param name="Condition">Which tickets are in it.</param>
/// <param name="Sort">The order of its tickets, <c>-</c> for descending.</param>
/// <param name="Columns">What is shown of each ticket; null for the usual ones.</param>
/// <param name="GroupBy">The column by which whoever shows it puts tickets together; null for none.</param>
/// <param name="Groups">Ids of the groups whose agents see it; null for everybody. Only for one that is shared.</param>
/// <param name="Position">Its place among the views, the lowest first.</param>
[Example("""{"name":"VPN","sort":"-createdAt"}""")]
public sealed record ChangeViewRequest(
    [property: MaxLength(100)] string? Name,
    Condition? Condition,
    [property: AllowedValues("updatedAt", "-updatedAt", "createdAt", "-createdAt", "dueAt", "-dueAt")] string? Sort,
    [property: MaxLength(ViewColumns.Most)] IReadOnlyList<string>? Columns,
    Optional<string?>? GroupBy,
    IReadOnlyList<string>? Groups,
    [property: Range(0, 10_000)] int? Position
) : IFromRequest<ChangeViewRequest>
{
    public static async ValueTask<ChangeViewRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        var groupBy = ViewFields.GroupBy(fields);
        var request = new ChangeViewRequest(
            fields.Text("name", 100, required: fields.Has("name")),
            SettingFields.Condition(fields, "condition", ConditionScope.Tickets, required: fields.Has("condition")),
            ViewFields.Sort(fields),
            ViewFields.Columns(fields),
            fields.Has("groupBy") ? new(groupBy) : null,
            SettingFields.GroupIds(fields),
            fields.Whole("position", 0, 10_000)
        );
        fields.Done();
        return request;
    }
}

/// <summary>Whether a view is to be shown.</summary>
/// <param name="Hidden">Whether it is hidden from now on.</param>
/// <param name="For">For whom: <c>me</c>, or <c>everyone</c>, which takes an admin; <c>me</c> when it is left out.</param>
[Example("""{"hidden":true,"for":"me"}""")]
public sealed record HideViewRequest(bool Hidden, HiddenFor? For) : IFromRequest<HideViewRequest>
{
    public static async ValueTask<HideViewRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        if (!fields.Has("hidden"))
            fields.Wrong("hidden", "is required.");
        var request = new HideViewRequest(fields.Flag("hidden") ?? false, fields.OneOf<HiddenFor>("for"));
        fields.Done();
        return request;
    }
}

/// <summary>Fields of views that several requests have.</summary>
internal static class ViewFields
{
    public static string? Sort(FieldReader fields)
    {
        var sort = fields.Text("sort", 20);
        if (sort is null || TicketQuery.Orders.ContainsKey(sort))
            return sort;
        fields.Wrong("sort", "must be updatedAt, createdAt or dueAt, with - in front for descending.");
        return null;
    }

    /// <summary>Columns, each once; the usual ones for null or none, null where nothing was sent.</summary>
    public static IReadOnlyList<string>? Columns(FieldReader fields) =>
        fields.Texts(
            "columns",
            ViewColumns.Most,
            60,
            column =>
                ViewColumns.Has(column)
                    ? null
                    : $"contains \"{column}\", which is not a column; use {string.Join(", ", ViewColumns.All)}, "
                        + "or custom. and the name of a field of your own."
        )
            is { } columns
            ? columns.Count == 0
                ? ViewColumns.Standard
                : [.. columns.Distinct(StringComparer.Ordinal)]
            : null;

    public static string? GroupBy(FieldReader fields)
    {
        var column = fields.Text("groupBy", 60);
        if (string.IsNullOrEmpty(column))
            return null;
        if (
            ViewColumns.Grouping.Contains(column, StringComparer.Ordinal)
            || (column.StartsWith(ViewColumns.Custom, StringComparison.Ordinal) && ViewColumns.Has(column))
        )
            return column;
        fields.Wrong("groupBy", $"must be one of {string.Join(", ", ViewColumns.Grouping)}, or custom. and the name of a field of your own.");
        return null;
    }
}
