using System.Text.Json.Serialization;
using Helpdesk.Conditions;
using Helpdesk.Functions.Tickets;
using Helpdesk.Views;

namespace Helpdesk.Functions.Views;

/// <summary>By what the lists are kept that a view can read.</summary>
[JsonConverter(typeof(WireNameConverter<ViewList>))]
public enum ViewList
{
    /// <summary>None at all: no ticket can fit the condition.</summary>
    Nothing,
    Participant,
    Sla,
    Requester,
    Tag,
    Assignee,
    Group,
    Status,
}

/// <summary>What a view reads: the narrowest lists that cover its condition.</summary>
public sealed record ViewPlan
{
    /// <summary>Stretches that are read at once at the most; what has more values is read by something else.</summary>
    public const int MostRanges = 32;

    public required ViewList List { get; init; }
    public required TicketListPlan Stretches { get; init; }

    /// <summary>Whether tickets are among them that are being worked.</summary>
    public required bool Live { get; init; }

    /// <summary>Whether tickets are among them that are done, of all years.</summary>
    public required bool Done { get; init; }

    /// <summary>Whether the condition bounds the time, so that only a part of the lists is read.</summary>
    public required bool IsBounded { get; init; }

    /// <summary>Whether nothing narrows it: every ticket that ever was may have to be read.</summary>
    public bool ReadsEverything => List == ViewList.Status && Done && !IsBounded;

    /// <summary>Whether the lists alone are nearly all that a condition asks for, so that few of their rows are read in vain.</summary>
    public bool Settles(Condition condition)
    {
        ArgumentNullException.ThrowIfNull(condition);
        var field = List switch
        {
            ViewList.Participant => "participants",
            ViewList.Sla => "sla.state",
            ViewList.Requester => "requester.email",
            ViewList.Tag => "tags",
            ViewList.Assignee => "assignee",
            ViewList.Group => "group",
            _ => "status",
        };
        return condition.Terms().All(one => one.Term is Term { Field.Name: var name } && (name == field || name == "status"));
    }

    /// <summary>The plan for a condition in an order.</summary>
    /// <param name="order">Null for whichever order the condition's bounds are best in.</param>
    public static ViewPlan Of(string workspace, Condition condition, TicketOrder? order, DateTimeOffset now)
    {
        var cover = TicketCover.Of(condition, now);
        var wanted =
            order
            ?? (
                cover.UpdatedFrom is not null || cover.UpdatedUntil is not null ? TicketOrder.UpdatedDescending
                : cover.DueUntil is not null ? TicketOrder.DueAscending
                : cover.CreatedFrom is not null || cover.CreatedUntil is not null ? TicketOrder.CreatedDescending
                : TicketOrder.UpdatedDescending
            );
        var live = cover.Statuses.Any(IsLive);
        var done = cover.Statuses.Any(status => !IsLive(status)) && cover.Healths is null;
        var (after, before, isBounded) = Bounds(cover, wanted);
        var (list, ranges) = cover.IsEmpty || !(live || done) ? (ViewList.Nothing, []) : Narrowest(workspace, cover, wanted, live, done);
        return new()
        {
            List = list,
            Stretches = new(ranges, wanted, after, before),
            Live = live && list != ViewList.Nothing,
            Done = done && list != ViewList.Nothing,
            IsBounded = isBounded,
        };
    }

    private static bool IsLive(Helpdesk.Tickets.TicketStatus status) => TicketList.IsLive(WireName<Helpdesk.Tickets.TicketStatus>.Of(status));

    private static (ViewList, IReadOnlyList<TicketListRange>) Narrowest(string workspace, TicketCover cover, TicketOrder order, bool live, bool done)
    {
        bool[] both = live && done ? [true, false] : [live];
        var byChange = order == TicketOrder.UpdatedDescending;
        var byDue = order is TicketOrder.DueAscending or TicketOrder.DueDescending;
        var lists = new List<(ViewList List, string Name, IReadOnlyList<string>? Values, bool HasOrder)>
        {
            // Those of people keep one order only; those by due time are kept by status and by health.
            (ViewList.Participant, TicketList.Participant, Keys(cover.Participants), byChange),
            (ViewList.Sla, TicketList.Sla, cover.Healths?.Select(WireName<Helpdesk.Sla.SlaHealth>.Of).ToList(), true),
            (ViewList.Requester, TicketList.Requester, Keys(cover.Requesters), byChange),
            (ViewList.Tag, TicketList.Tag, Keys(cover.Tags), !byDue),
            // Unassigned is no list of its own.
            (ViewList.Assignee, TicketList.Assignee, cover.Assignees?.Contains(TicketCover.Nobody) == true ? null : cover.Assignees, !byDue),
            (ViewList.Group, TicketList.Group, cover.Groups, !byDue),
        };
        // Resolved tickets are soon closed: of those that are done and not closed there are few, whatever else they are, and of the others ever more.
        var isOpen = done && !cover.Statuses.Contains(Helpdesk.Tickets.TicketStatus.Closed);
        foreach (var (list, name, values, hasOrder) in lists)
        {
            if (values is null || !hasOrder)
                continue;
            var isWide = isOpen && list is (ViewList.Tag or ViewList.Assignee or ViewList.Group);
            List<TicketListRange> ranges =
            [
                .. from value in values
                from isLive in list == ViewList.Sla ? [true]
                : isWide ? both.Where(one => one)
                : both
                from shard in list == ViewList.Requester ? [TicketList.ShardOf(value)] : Enumerable.Range(0, TicketList.Shards)
                select new TicketListRange(TicketList.Partition(workspace, isLive, shard), TicketList.Start(name, value)),
                .. isWide ? Enumerable.Range(0, TicketList.Shards).Select(shard => OfStatus(workspace, Helpdesk.Tickets.TicketStatus.Resolved, shard)) : [],
            ];
            if (ranges.Count <= MostRanges)
                return (list, ranges);
        }

        return (
            ViewList.Status,
            [.. from status in cover.Statuses from shard in Enumerable.Range(0, TicketList.Shards) select OfStatus(workspace, status, shard)]
        );
    }

    /// <summary>The stretch of a status in one of the partitions.</summary>
    internal static TicketListRange OfStatus(string workspace, Helpdesk.Tickets.TicketStatus status, int shard) =>
        new(TicketList.Partition(workspace, IsLive(status), shard), TicketList.Start(TicketList.Status, WireName<Helpdesk.Tickets.TicketStatus>.Of(status)));

    private static List<string>? Keys(IReadOnlyList<string>? values) => values?.Select(TicketList.KeyOf).ToList();

    /// <summary>Between which places of an order the tickets lie.</summary>
    private static (string After, string Before, bool IsBounded) Bounds(TicketCover cover, TicketOrder order)
    {
        var (from, until) = order switch
        {
            TicketOrder.UpdatedAscending or TicketOrder.UpdatedDescending => (cover.UpdatedFrom, cover.UpdatedUntil),
            TicketOrder.CreatedAscending or TicketOrder.CreatedDescending => (cover.CreatedFrom, cover.CreatedUntil),
            _ => ((DateTimeOffset?)null, cover.DueUntil),
        };
        var prefix = TicketList.Prefix(order);
        var isDescending = order is TicketOrder.UpdatedDescending or TicketOrder.CreatedDescending or TicketOrder.DueDescending;
        var (first, last) = isDescending ? (until, from) : (from, until);
        return (
            first is { } start ? Place(order, start, isBehind: false) : prefix,
            last is { } end ? Place(order, end, isBehind: true) : prefix[..^1] + ".",
            from is not null || (until is not null && order is TicketOrder.DueAscending or TicketOrder.DueDescending)
        );
    }

    /// <summary>A place before, or behind, every ticket of an instant.</summary>
    private static string Place(TicketOrder order, DateTimeOffset at, bool isBehind)
    {
        var key = TicketList.RowKey(order, Math.Max(0, at.ToUnixTimeMilliseconds()), 0);
        return key[..(key.LastIndexOf('-') + 1)] + (isBehind ? "~" : "");
    }
}
