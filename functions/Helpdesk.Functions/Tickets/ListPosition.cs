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

    /// <summary>Its rows, all of them in one partition: in each list one per order that the list keeps.</summary>
    public IEnumerable<(string Partition, string RowKey)> Rows()
    {
        var partition = TicketList.Partition(Workspace, TicketList.IsLive(Status), TicketList.ShardOf(Requester));
        var orders = Orders();
        return from list in Lists() from order in orders.Take(list.Orders) select (partition, list.Start + order);
    }

    private IEnumerable<(string Start, int Orders)> Lists()
    {
        yield return (TicketList.Start(TicketList.Status, Status), 6);
        if (Health is not null && TicketList.IsLive(Status))
            yield return (TicketList.Start(TicketList.Sla, Health), 6);
        if (Assignee is not null)
            yield return (TicketList.Start(TicketList.Assignee, Assignee), 4);
        if (Group is not null)
            yield return (TicketList.Start(TicketList.Group, Group), 4);
        foreach (var tag in Tags)
            yield return (TicketList.Start(TicketList.Tag, tag), 4);
        yield return (TicketList.Start(TicketList.Requester, Requester), 1);
        foreach (var participant in Participants ?? [])
            yield return (TicketList.Start(TicketList.Participant, participant), 1);
    }

    private IReadOnlyList<string> Orders() =>
        [
            TicketList.RowKey(TicketOrder.UpdatedDescending, Updated, Number),
            TicketList.RowKey(TicketOrder.UpdatedAscending, Updated, Number),
            TicketList.RowKey(TicketOrder.CreatedDescending, Created, Number),
            TicketList.RowKey(TicketOrder.CreatedAscending, Created, Number),
            TicketList.RowKey(TicketOrder.DueAscending, Due, Number),
            TicketList.RowKey(TicketOrder.DueDescending, Due, Number),
        ];
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

/// <summary>The lists there are and how their rows are named: <c>list:value:order-…</c>.</summary>
/// <remarks>
/// All rows of a ticket lie in one partition, so that a change is one transaction. A workspace has a few such partitions for what is live (new, open,
/// pending, on-hold) and as many for what is done, so that years of closed tickets cost the daily work nothing. The requester says in which: then
/// the list of a requester is read from a single one.
/// Only the lists by status and by health keep the two orders by due time: every other list is filtered out of those. The lists of a requester and of a
/// participant keep one order only, since they are short enough to be sorted when they are read.
/// </remarks>
public static class TicketList
{
    /// <summary>Over this many partitions a workspace's live tickets are spread, and its done ones.</summary>
    public const int Shards = 4;

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

    /// <summary>In which partition the tickets of a requester lie, by the key of their address.</summary>
    public static int ShardOf(string requester) => int.Parse(requester.AsSpan(0, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture) % Shards;

    public static string Partition(string workspace, bool live, int shard) =>
        string.Create(CultureInfo.InvariantCulture, $"{workspace}:{(live ? "live" : "done")}:{shard}");

    /// <summary>What the row keys of a list begin with.</summary>
    public static string Start(string list, string value) => $"{list}:{value}:";

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
