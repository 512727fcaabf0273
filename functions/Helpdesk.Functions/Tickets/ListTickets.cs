using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Helpdesk.Sla;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Tickets;

/// <summary>Lists tickets by status, assignee, group, requester, priority, tag and how their promises do, in any of the orders.</summary>
public sealed class ListTickets(TicketListStore lists, SettingsStore settings)
{
    [Function(nameof(ListTickets)), RequiresKey(KeyRole.Integration, KeyRole.Agent, KeyRole.Admin), Query("status", "assignee", "group", "requester", "priority", "tag", "sla", "sort", "limit", "cursor")]
    public async Task<Ok<ListPage<TicketSummaryView>>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/tickets")] HttpContext context, Caller caller, CancellationToken cancel)
    {
        var query = new QueryReader(context);
        var filter = new TicketFilter
        {
            Statuses = query.ListOf<TicketStatus>("status"),
            Priorities = query.ListOf<TicketPriority>("priority"),
            Groups = query.List("group"),
            Requesters = [.. query.List("requester").Select(email => email.ToLowerInvariant())],
            Tags = [.. query.List("tag").Select(tag => tag.ToLowerInvariant())],
            Healths = query.ListOf<SlaHealth>("sla"),
            Order = Order(query),
        };
        var assignees = query.List("assignee");
        if (assignees.Contains("me", StringComparer.Ordinal) && caller.Agent is null)
            query.Wrong("assignee", "is \"me\", but this key belongs to no agent.");
        if (filter.Healths.Contains(SlaHealth.Ok))
            query.Wrong("sla", "must be breached, at-risk or both.");
        if (!filter.Groups.All(SettingsStore.IsId))
            query.Wrong("group", "must be one or more ids of groups.");
        var (limit, cursor) = (query.Limit(), query.Text("cursor", 400));
        query.Done();

        var ids = new List<string>();
        foreach (var assignee in assignees)
        {
            var id = assignee == "me" ? caller.Agent! : assignee == "none" ? TicketList.Nobody : assignee;
            if (id.Contains('@', StringComparison.Ordinal))
                id = (await settings.FindAgentAsync(caller.Workspace, id, cancel))?.Id ?? throw new InvalidRequestException("assignee", "assignee names no agent here.");
            if (id != TicketList.Nobody && !SettingsStore.IsId(id))
                throw new InvalidRequestException("assignee", "assignee must be one or more ids of agents, me or none.");
            ids.Add(id);
        }

        var page = await lists.ReadAsync(caller.Workspace, filter with { Assignees = ids }, limit, cursor, cancel);
        return TypedResults.Ok(new ListPage<TicketSummaryView>([.. page.Items.Select(TicketSummaryView.Of)], page.NextCursor));
    }

    private static TicketOrder Order(QueryReader query)
    {
        switch (query.Text("sort"))
        {
            case null or "-updatedAt":
                return TicketOrder.UpdatedDescending;
            case "updatedAt":
                return TicketOrder.UpdatedAscending;
            case "createdAt":
                return TicketOrder.CreatedAscending;
            case "-createdAt":
                return TicketOrder.CreatedDescending;
            case "dueAt":
                return TicketOrder.DueAscending;
            case "-dueAt":
                return TicketOrder.DueDescending;
            default:
                query.Wrong("sort", "must be updatedAt, createdAt or dueAt, with - in front for descending.");
                return TicketOrder.UpdatedDescending;
        }
    }
}
