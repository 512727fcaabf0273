using System.Globalization;
using Helpdesk.Functions.Hosting;
using Helpdesk.Sla;

namespace Helpdesk.Functions.Tickets;

/// <summary>Where a ticket stands in the lists: enough to find its rows there again.</summary>
public sealed record ListPosition(
    string Workspace,
    long Number,
    string Status,
    string? Assignee,
    string? Group,
    string Requester,
    IReadOnlyList<string> Tags,
    long Created,
    long Updated,
    long Due = TicketList.Never,
    string? Health = null,
    IReadOnlyList<string>? Participants = null
)
{
    /// <summary>Lists that many tickets share are spread over this many partitions.</summary>
    public const int Shards = 4;

    /// <summary>Where a ticket as it is now belongs.</summary>
    public static ListPosition Of(Ticket ticket) =>
        new(
            ticket.Workspace,
            ticket.Number,
            WireName<TicketStatus>.Of(ticket.Status),
            ticket.Assignee,
            ticket.Group,
            TicketList.KeyOf(ticket.Requester.Email.ToLowerInvariant()),
            [.. ticket.Tags.Select(TicketList.KeyOf).Distinct()],
            ticket.CreatedAt.ToUnixTimeMilliseconds(),
            ticket.UpdatedAt.ToUnixTimeMilliseconds(),
            TicketList.DueOf(ticket),
            ticket.Sla is { Health: not SlaHealth.Ok } sla ? WireName<SlaHealth>.Of(sla.Health) : null,
            People.Named(ticket).Select(one => TicketList.KeyOf(one.Email.ToLowerInvariant())).ToList() is { Count: > 0 } participants ? participants : null
        );

    /// <summary>Its rows: in each list one per order that the list keeps.</summary>
    public IEnumerable<(string Partition, string RowKey)> Rows()
    {
        var keys = RowKeys();
        return from partition in Partitions() from key in keys.Take(partition.Orders) select (partition.Name, key);
    }

    private IEnumerable<(string Name, int Orders)> Partitions()
    {
        var live = TicketList.IsLive(Status);
        yield return (Partition(TicketList.Status, Status, live), 6);
        if (Health is not null && live)
            yield return (Partition(TicketList.Sla, Health, live), 6);
        if (Assignee is not null)
            yield return (Partition(TicketList.Assignee, Assignee, live), 4);
        if (Group is not null)
            yield return (Partition(TicketList.Group, Group, live), 4);
        foreach (var tag in Tags)
            yield return (Partition(TicketList.Tag, tag, live), 4);
        yield return (Partition(TicketList.Requester, Requester, live), 1);
        foreach (var participant in Participants ?? [])
            yield return (Partition(TicketList.Participant, participant, live), 1);
    }

    private IReadOnlyList<string> RowKeys() =>
        [
            TicketList.RowKey(TicketOrder.UpdatedDescending, Updated, Number),
            TicketList.RowKey(TicketOrder.UpdatedAscending, Updated, Number),
            TicketList.RowKey(TicketOrder.CreatedDescending, Created, Number),
            TicketList.RowKey(TicketOrder.CreatedAscending, Created, Number),
            TicketList.RowKey(TicketOrder.DueAscending, Due, Number),
            TicketList.RowKey(TicketOrder.DueDescending, Due, Number),
        ];

    private string Partition(string list, string value, bool live) =>
        TicketList.Partition(Workspace, list, value, live, (int)(Number % TicketList.ShardsOf(list)));
}

/// <summary>The orders a list can be read in; each has rows of its own, since tables only read forwards.</summary>
public enum TicketOrder
{
    UpdatedDescending,
    UpdatedAscending,
    CreatedDescending,
    CreatedAscending,
    DueAscending,
    DueDescending,
}

/// <summary>The lists there are and how their rows are named.</summary>
/// <remarks>
/// Only the lists by status and by health keep the two orders by due time: every other list is filtered out of those. The lists of a requester and of a participant keep one
/// order only, since they are short enough to be sorted when they are read. Each list is split into what is live (new, open, pending, on-hold) and what is
/// done, so that years
/// of closed tickets cost the daily work nothing.
/// </remarks>
public static class TicketList
{
    public const string Status = "status";
    public const string Assignee = "assignee";
    public const string Group = "group";
    public const string Requester = "requester";

    /// <summary>Tickets in which somebody takes part who is not their requester.</summary>
    public const string Participant = "participant";
    public const string Tag = "tag";

    /// <summary>Live tickets whose promises are broken or at risk; those that do well are in no such list.</summary>
    public const string Sla = "sla";

    /// <summary>The due time of what is due at no time.</summary>
    public const long Never = 99_999_999_999_999;

    /// <summary>Stands for no assignee in a filter; no id begins with a tilde. There is no such list: unassigned tickets are found by status.</summary>
    public const string Nobody = "~none";

    private const long Newest = Never;

    public static bool IsLive(string status) => status is not ("resolved" or "closed");

    /// <summary>A key for a value that may hold any character.</summary>
    public static string KeyOf(string value) => Hashes.Short(value);

    public static int ShardsOf(string list) =>
        list switch
        {
            Status or Group or Sla => ListPosition.Shards,
            _ => 1,
        };

    public static string Partition(string workspace, string list, string value, bool live, int shard) =>
        string.Create(CultureInfo.InvariantCulture, $"{workspace}:{list}:{value}:{(live ? "live" : "done")}:{shard}");

    /// <summary>The key of a ticket's row in an order.</summary>
    public static string RowKey(TicketOrder order, Ticket ticket) =>
        RowKey(
            order,
            order switch
            {
                TicketOrder.UpdatedDescending or TicketOrder.UpdatedAscending => ticket.UpdatedAt.ToUnixTimeMilliseconds(),
                TicketOrder.DueAscending or TicketOrder.DueDescending => DueOf(ticket),
                _ => ticket.CreatedAt.ToUnixTimeMilliseconds(),
            },
            ticket.Number
        );

    /// <summary>When a ticket is due next, past due times included; what is done is due no more.</summary>
    public static long DueOf(Ticket ticket) =>
        ticket.Sla?.DueAt is { } due && IsLive(WireName<TicketStatus>.Of(ticket.Status)) ? due.ToUnixTimeMilliseconds() : Never;

    public static string Prefix(TicketOrder order) =>
        order switch
        {
            TicketOrder.UpdatedDescending => "ud-",
            TicketOrder.UpdatedAscending => "ua-",
            TicketOrder.CreatedDescending => "cd-",
            TicketOrder.DueAscending => "da-",
            TicketOrder.DueDescending => "dd-",
            _ => "ca-",
        };

    public static string RowKey(TicketOrder order, long milliseconds, long number)
    {
        var descending = order is TicketOrder.UpdatedDescending or TicketOrder.CreatedDescending or TicketOrder.DueDescending;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Prefix(order)}{(descending ? Newest - milliseconds : milliseconds):D14}-{(descending ? 999_999_999_999_999 - number : number):D15}"
        );
    }
}
