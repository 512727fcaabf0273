using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Helpdesk.Approvals;
using Helpdesk.Functions.Agenda;
using Helpdesk.Functions.Events;
using Helpdesk.Functions.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Approvals;

/// <summary>Which approvals are wanted.</summary>
/// <param name="Approver">Whose answer is missing: id of an agent, or <c>me</c>; yours when it is left out.</param>
/// <param name="Status">Only those that wait for an answer are listed: <c>pending</c>.</param>
/// <param name="Limit">How many items a page has at most. A page may hold fewer where tickets have just changed.</param>
/// <param name="Cursor">Where to go on: <c>nextCursor</c> of the page before, with the same filters. Leave it out for the first page.</param>
public sealed record ApprovalsQuery(
    [property: MaxLength(60), DefaultValue(AgendaPeople.Me)] string Approver,
    [property: DefaultValue(ApprovalState.Pending)] ApprovalState Status,
    [property: Range(1, 100), DefaultValue(25)] int Limit,
    [property: MaxLength(400)] string? Cursor
) : IFromQuery<ApprovalsQuery>
{
    public static ApprovalsQuery Read(QueryReader query, HttpContext context)
    {
        if (query.List("status").Any(status => status != WireName<ApprovalState>.Of(ApprovalState.Pending)))
            query.Wrong("status", "must be pending: those that have ended are listed by their tickets.");
        return new(query.Text("approver", 60) ?? AgendaPeople.Me, ApprovalState.Pending, query.Limit(), query.Text("cursor", 400));
    }
}

/// <summary>An approval that waits for somebody's answer, and its ticket.</summary>
/// <param name="Approval">What is to be approved.</param>
/// <param name="Ticket">Id of the ticket.</param>
/// <param name="Number">Number of the ticket.</param>
/// <param name="Subject">What the ticket is about.</param>
/// <param name="Status">Where the ticket stands.</param>
public sealed record ListedApprovalView(ApprovalView Approval, string Ticket, long Number, string Subject, TicketStatus Status);

/// <summary>What waits for the answer of an agent, over all tickets.</summary>
public sealed class ListApprovals(AgendaPlaces places, AgendaPeople people)
{
    /// <summary>Lists what waits for the answer of an agent, what ends first first.</summary>
    [Function(nameof(ListApprovals)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Ok<ListPage<ListedApprovalView>>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/approvals")] ApprovalsQuery query,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentNullException.ThrowIfNull(caller);
        var agent = query.Approver == AgendaPeople.Me ? await people.FindAsync(caller, "approver", query.Approver, cancellationToken) : query.Approver;
        var page = await places.ReadAsync(
            caller.Workspace,
            AgendaEntry.Approvals,
            agent,
            null,
            query.Limit,
            query.Cursor,
            KeepApprovals.PlacesOf,
            cancellationToken
        );
        return TypedResults.Ok(
            new ListPage<ListedApprovalView>(
                [
                    .. page.Items.Select(one => new ListedApprovalView(
                        ApprovalView.Of(ApprovalRules.Find(one.Ticket, one.Entry.Task)!),
                        one.Ticket.Id,
                        one.Ticket.Number,
                        one.Ticket.Subject,
                        one.Ticket.Status
                    )),
                ],
                page.NextCursor
            )
        );
    }
}

/// <summary>Brings the lists of what agents are asked up to date with what happens to tickets.</summary>
public sealed class KeepApprovals(AgendaPlaces places) : IEventSubscriber
{
    public string Name => "Approvals";

    /// <summary>What ends with its ticket is removed by who reads the list: closings cost nothing.</summary>
    public bool Wants(IReadOnlyList<TicketEvent> events) =>
        events.Any(happened => happened.Fact is ApprovalAsked or ApprovalDecided or ApproverReplaced or ApprovalEnded);

    public Task TakeAsync(Ticket ticket, IReadOnlyList<TicketEvent> events, CancellationToken cancellationToken) =>
        places.KeepAsync(ticket, events, PlacesOf, cancellationToken);

    /// <summary>The places of a ticket in the lists of those agents whose answer is missing.</summary>
    internal static IEnumerable<AgendaEntry> PlacesOf(Ticket ticket) =>
        ApprovalRules
            .Pending(ticket)
            .SelectMany(approval =>
                approval
                    .Approvers.Where(one => ApprovalRules.AwaitedOf(approval, one.Agent) is not null)
                    .Select(one => new AgendaEntry(AgendaEntry.Approvals, one.Agent, approval.DueAt, ticket.Number, approval.Id))
            );
}
