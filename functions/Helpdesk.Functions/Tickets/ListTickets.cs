using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Helpdesk.Sla;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Tickets;

/// <summary>Which tickets are wanted, and in which order. A ticket must fit every filter, by any one of its values.</summary>
/// <param name="Status">Only tickets in one of these states.</param>
/// <param name="Assignee">Only tickets of these agents, by id or e-mail address; <c>me</c> is the holder of the key, <c>none</c> stands for tickets
/// without an assignee.</param>
/// <param name="Group">Only tickets of the groups with these ids.</param>
/// <param name="Requester">Only tickets of requesters with these e-mail addresses.</param>
/// <param name="Participant">Only tickets in which people with these e-mail addresses take part who are not their requesters.</param>
/// <param name="Priority">Only tickets of one of these priorities.</param>
/// <param name="Tag">Only tickets with one of these tags.</param>
/// <param name="Sla">Only tickets whose promises are at risk or breached.</param>
/// <param name="Sort">The order, <c>-</c> for descending; the newest change comes first when nothing is said.</param>
/// <param name="Limit">How many items a page has at most.</param>
/// <param name="Cursor">Where to go on: <c>nextCursor</c> of the page before, with the same filters. Leave it out for the first page.</param>
public sealed record TicketQuery(
    IReadOnlyList<TicketStatus> Status,
    IReadOnlyList<string> Assignee,
    IReadOnlyList<string> Group,
    IReadOnlyList<string> Requester,
    IReadOnlyList<string> Participant,
    IReadOnlyList<TicketPriority> Priority,
    IReadOnlyList<string> Tag,
    [property: AllowedValues("breached", "at-risk")] IReadOnlyList<SlaHealth> Sla,
    [property: AllowedValues("updatedAt", "-updatedAt", "createdAt", "-createdAt", "dueAt", "-dueAt"), DefaultValue("-updatedAt")] string Sort,
    [property: Range(1, 100), DefaultValue(25)] int Limit,
    [property: MaxLength(400)] string? Cursor
) : IFromQuery<TicketQuery>
{
    /// <summary>The orders by their names.</summary>
    internal static readonly Dictionary<string, TicketOrder> Orders = new(StringComparer.Ordinal)
    {
        ["updatedAt"] = TicketOrder.UpdatedAscending,
        ["-updatedAt"] = TicketOrder.UpdatedDescending,
        ["createdAt"] = TicketOrder.CreatedAscending,
        ["-createdAt"] = TicketOrder.CreatedDescending,
        ["dueAt"] = TicketOrder.DueAscending,
        ["-dueAt"] = TicketOrder.DueDescending,
    };

    public static TicketQuery Read(QueryReader query, HttpContext context)
    {
        var wanted = new TicketQuery(
            query.ListOf<TicketStatus>("status"),
            query.Addresses("assignee"),
            query.List("group"),
            query.Addresses("requester"),
            query.Addresses("participant"),
            query.ListOf<TicketPriority>("priority"),
            query.List("tag"),
            query.ListOf<SlaHealth>("sla"),
            query.Text("sort") ?? "-updatedAt",
            query.Limit(),
            query.Text("cursor", 400)
        );
        if (!Orders.ContainsKey(wanted.Sort))
            query.Wrong("sort", "must be updatedAt, createdAt or dueAt, with - in front for descending.");
        if (wanted.Assignee.Contains("me", StringComparer.Ordinal) && context.Features.Get<Caller>()?.Agent is null)
            query.Wrong("assignee", "is \"me\", but this key belongs to no agent.");
        if (wanted.Sla.Contains(SlaHealth.Ok))
            query.Wrong("sla", "must be breached, at-risk or both.");
        if (!wanted.Group.All(SettingsStore.IsId))
            query.Wrong("group", "must be one or more ids of groups.");
        return wanted;
    }

    /// <summary>What to ask the lists for.</summary>
    /// <param name="assignees">Ids of the agents that <see cref="Assignee"/> names.</param>
    public TicketFilter Filter(IReadOnlyList<string> assignees) =>
        new()
        {
            Statuses = Status,
            Assignees = assignees,
            Groups = Group,
            Requesters = [.. Requester.Select(email => email.ToLowerInvariant())],
            Participants = [.. Participant.Select(email => email.ToLowerInvariant())],
            Priorities = Priority,
            Tags = [.. Tag.Select(tag => tag.ToLowerInvariant())],
            Healths = Sla,
            Order = Orders[Sort],
        };
}

/// <summary>
/// Lists tickets. They can be filtered by status, assignee, group, requester, participant, priority, tag and how their promises do, and come in
/// any of the orders.
/// </summary>
public sealed class ListTickets(TicketListStore lists, DirectoryStore directory)
{
    [Function(nameof(ListTickets)), RequiresKey(KeyRole.Integration, KeyRole.Agent, KeyRole.Admin)]
    public async Task<Ok<ListPage<TicketSummaryView>>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/tickets")] TicketQuery query,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        var ids = new List<string>();
        foreach (var assignee in query.Assignee)
        {
            var id =
                assignee == "me" ? caller.Agent!
                : assignee == "none" ? TicketList.Nobody
                : assignee;
            if (id.Contains('@', StringComparison.Ordinal))
                id =
                    (await directory.FindAgentAsync(caller.Workspace, id, cancellationToken))?.Id
                    ?? throw new InvalidRequestException("assignee", "assignee was not found: give the id or e-mail address of an agent of this workspace.");
            if (id != TicketList.Nobody && !SettingsStore.IsId(id))
                throw new InvalidRequestException("assignee", "assignee must be one or more ids of agents, me or none.");
            ids.Add(id);
        }

        var page = await lists.ReadAsync(caller.Workspace, query.Filter(ids), query.Limit, query.Cursor, cancellationToken);
        return TypedResults.Ok(new ListPage<TicketSummaryView>([.. page.Items.Select(TicketSummaryView.Of)], page.NextCursor));
    }
}
