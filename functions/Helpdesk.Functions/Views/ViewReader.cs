using System.Collections.Frozen;
using System.Globalization;
using Helpdesk.Conditions;
using Helpdesk.Directory;
using Helpdesk.Functions.Conditions;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Tickets;
using Helpdesk.Sla;
using Helpdesk.Views;

namespace Helpdesk.Functions.Views;

/// <summary>Reads the tickets of views.</summary>
public sealed class ViewReader(TicketListScans scans, TicketStore tickets, ConditionSubjects subjects, TimeProvider time)
{
    /// <summary>Tickets of one page that are read themselves, since the lists do not tell enough.</summary>
    public const int MostLooks = 50;

    /// <summary>Stands for the caller in a condition.</summary>
    public const string Me = "me";

    /// <summary>No agent has this id.</summary>
    private const string NoAgent = "~me";

    /// <summary>The condition of a view for a caller: <c>me</c> is who asks.</summary>
    public static Condition For(Condition condition, Caller caller)
    {
        ArgumentNullException.ThrowIfNull(condition);
        ArgumentNullException.ThrowIfNull(caller);
        return condition.Renamed(NamedKind.Agent, Me, caller.Agent ?? NoAgent);
    }

    /// <summary>One page of a view's tickets. It may hold fewer than <paramref name="limit"/>; only a null cursor is the end.</summary>
    public async Task<ListPage<Ticket>> ReadAsync(Caller caller, View view, int limit, string? cursor, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(view);
        var condition = For(view.Condition, caller);
        var order = TicketQuery.Orders[view.Sort];
        var now = time.GetUtcNow();
        var plan = ViewPlan.Of(caller.Workspace, condition, order, now);
        var list = $"view {caller.Workspace} {view.Id} {order} {condition}";
        var (after, asOf) = ((string?)null, now.ToUnixTimeMilliseconds());
        if (cursor is not null)
        {
            var parts = PageCursor.Read(list, cursor, 2);
            if (!parts[0].StartsWith(TicketList.Prefix(order), StringComparison.Ordinal) || !long.TryParse(parts[1], out asOf))
                throw new InvalidRequestException("cursor", "cursor is not one that this view gave; start again without it.");
            after = parts[0];
        }

        var match = await MatchAsync(caller.Workspace, condition, cancellationToken);
        var custom = view.CustomColumns.ToList();
        var page = await scans.ReadAsync(
            plan.Stretches,
            after,
            limit,
            exact: plan.Settles(condition),
            new(
                // What moved to the end since the first page would be met twice.
                row => order == TicketOrder.UpdatedAscending && row.Ticket.UpdatedAt.ToUnixTimeMilliseconds() > asOf ? false : match.ByRow(row),
                match.ByLookAsync,
                MostLooks
            ),
            cancellationToken
        );
        return new(
            await WithCustomFieldsAsync(page.Tickets, custom, cancellationToken),
            page.Next is { } next ? PageCursor.Write(list, next, asOf.ToString(CultureInfo.InvariantCulture)) : null
        );
    }

    /// <summary>What holds tickets against a condition.</summary>
    internal async Task<TicketMatch> MatchAsync(string workspace, Condition condition, CancellationToken cancellationToken) =>
        new(condition, condition.AsksCalendars ? await subjects.CalendarsAsync(workspace, cancellationToken) : _ => null, tickets, subjects, time.GetUtcNow());

    /// <summary>The custom fields that are shown. Where they are too long for the lists, the tickets themselves tell.</summary>
    private async Task<IReadOnlyList<Ticket>> WithCustomFieldsAsync(
        IReadOnlyList<ListedTicket> rows,
        IReadOnlyList<string> columns,
        CancellationToken cancellationToken
    )
    {
        var shown = rows.Select(row => row.Ticket).ToArray();
        if (columns.Count == 0)
            return shown;
        await Parallel.ForEachAsync(
            rows.Index().Where(one => !one.Item.HasCustomFields),
            new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = cancellationToken },
            async (one, cancelled) =>
            {
                if (await tickets.FindAsync(TicketAddress.Of(one.Item.Ticket), cancelled) is { } ticket)
                    shown[one.Index] = one.Item.Ticket with { CustomFields = ticket.CustomFields };
            }
        );
        return shown;
    }
}

/// <summary>Holds tickets against a condition: by what the lists tell where that is enough, or else by the ticket itself.</summary>
internal sealed class TicketMatch(
    Condition condition,
    Func<string, BusinessCalendar?> calendars,
    TicketStore tickets,
    ConditionSubjects subjects,
    DateTimeOffset now
)
{
    /// <summary>What every row of a list tells.</summary>
    internal static FrozenSet<string> Always { get; } =
        new[]
        {
            "number",
            "subject",
            "priority",
            "type",
            "tier",
            "group",
            "tags",
            "form",
            "channel",
            "mailbox",
            "receipt",
            "automatic",
            "followUp",
            "language",
            "requester.email",
            "requester.name",
            "requester.domain",
            "status",
            "assignee",
            "merged",
            "createdAt",
            "updatedAt",
            "resolvedAt",
            "closedAt",
            "hoursSince.created",
            "hoursSince.updated",
            "hoursSince.resolved",
            "hoursSince.closed",
            "hoursSince.pending",
            "sla.breached",
            "sla.dueIn",
        }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>What rows tell that were written since they name the policy.</summary>
    internal static FrozenSet<string> WithPin { get; } = new[] { "sla.policy", "sla.state" }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>What only the contact of the requester tells.</summary>
    private static readonly string[] OfContact = ["requester.organisation", "requester.language", "requester.vip"];

    /// <summary>The fields that a condition asks for and that no row tells, each once.</summary>
    public static IReadOnlyList<string> Untold(Condition condition) =>
        [
            .. condition
                .Terms()
                .Select(one => one.Term)
                .OfType<Term>()
                .Select(term => term.Field.Name)
                .Where(name => !Always.Contains(name) && !WithPin.Contains(name) && !IsCustom(name))
                .Distinct(StringComparer.Ordinal),
        ];

    /// <summary>Whether a ticket is wanted, as far as its row tells; null where it does not.</summary>
    public bool? ByRow(ListedTicket row)
    {
        var subject = Subject(row.Ticket);
        return condition.Decide(term => Known(term, row, subject));
    }

    /// <summary>Whether a ticket is wanted, by all that the condition asks for.</summary>
    public async Task<bool> ByLookAsync(ListedTicket row, CancellationToken cancellationToken)
    {
        var isAll = Untold(condition).All(name => OfContact.Contains(name, StringComparer.Ordinal)) && row is { HasPin: true, HasCustomFields: true };
        var ticket = isAll ? row.Ticket : await tickets.FindAsync(TicketAddress.Of(row.Ticket), cancellationToken);
        return ticket is not null && condition.Holds(await subjects.OfAsync(ticket, null, [condition], cancellationToken));
    }

    private static bool IsCustom(string field) => field.StartsWith(ViewColumns.Custom, StringComparison.Ordinal);

    private static bool? Known(Condition term, ListedTicket row, ConditionSubject subject) =>
        term switch
        {
            Within within => within.Calendar != ConditionScope.OwnCalendar || row.HasPin ? within.Holds(subject) : null,
            Term { Calendar: ConditionScope.OwnCalendar } when !row.HasPin => null,
            Term { Field.Name: var name } one
                when Always.Contains(name) || (row.HasPin && WithPin.Contains(name)) || (row.HasCustomFields && IsCustom(name)) => one.Holds(subject),
            _ => null,
        };

    private ConditionSubject Subject(Ticket ticket) =>
        new()
        {
            Now = now,
            Ticket = ticket,
            Calendars = calendars,
        };
}
