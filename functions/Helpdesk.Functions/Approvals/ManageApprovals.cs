using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Helpdesk.Approvals;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Tickets;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Approvals;

/// <summary>An answer.</summary>
/// <param name="Decision">The answer.</param>
/// <param name="Comment">Why.</param>
[Example("""{"decision":"approve","comment":"Within the budget"}""")]
public sealed record DecideApprovalRequest(ApprovalDecision Decision, [property: MaxLength(TicketApproval.CommentLength)] string? Comment)
    : IFromRequest<DecideApprovalRequest>
{
    public static async ValueTask<DecideApprovalRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        var request = new DecideApprovalRequest(
            fields.OneOf<ApprovalDecision>("decision", required: true) ?? ApprovalDecision.Decline,
            fields.Text("comment", TicketApproval.CommentLength, lines: true)
        );
        fields.Done();
        return request;
    }
}

/// <summary>Somebody who is asked to approve something, and what they answered.</summary>
/// <param name="Id">Number in the approval.</param>
/// <param name="Agent">Id of the agent; null for somebody who is none.</param>
/// <param name="Email">The address of somebody who is no agent; null for an agent.</param>
/// <param name="Name">The name beside the address; null for none.</param>
/// <param name="Decision">The answer; null for none yet.</param>
/// <param name="Comment">Why, in their words; null for nothing.</param>
/// <param name="DecidedAt">When they answered; null while they have not.</param>
/// <param name="Gone">Whether they can answer no more: they have left the desk, or were erased.</param>
public sealed record ApproverView(
    int Id,
    string? Agent,
    string? Email,
    string? Name,
    ApprovalDecision? Decision,
    string? Comment,
    DateTimeOffset? DecidedAt,
    bool Gone
);

/// <summary>Something that others were asked to approve.</summary>
/// <param name="Id">Names it on its ticket.</param>
/// <param name="Question">What is to be approved.</param>
/// <param name="Rule">Whose yes is needed.</param>
/// <param name="State">What has become of it.</param>
/// <param name="Hold">Whether the ticket waits for it.</param>
/// <param name="AskedBy">Id of the agent who asked; null for the desk itself.</param>
/// <param name="AskedAt">When it was asked.</param>
/// <param name="DueAt">When it ends without the answers that are missing then.</param>
/// <param name="RemindedAt">When somebody was reminded last; null for never.</param>
/// <param name="EndedAt">When it ended; null while it is pending.</param>
/// <param name="Approvers">Who is asked.</param>
public sealed record ApprovalView(
    string Id,
    string Question,
    ApprovalRule Rule,
    ApprovalState State,
    bool Hold,
    string? AskedBy,
    DateTimeOffset AskedAt,
    DateTimeOffset DueAt,
    DateTimeOffset? RemindedAt,
    DateTimeOffset? EndedAt,
    IReadOnlyList<ApproverView> Approvers
)
{
    internal static ApprovalView Of(TicketApproval it) =>
        new(
            it.Id,
            it.Question,
            it.Rule,
            it.State,
            it.Holds != false,
            it.By is { Kind: ActorKind.Agent } by ? by.Id : null,
            it.AskedAt,
            it.DueAt,
            it.RemindedAt,
            it.EndedAt,
            [
                .. it.Approvers.Select(one => new ApproverView(
                    one.Id,
                    one.Agent,
                    one.Email,
                    one.Name,
                    one.Decision,
                    one.Comment,
                    one.DecidedAt,
                    one.Decision is null && !ApprovalRules.CanAnswer(one)
                )),
            ]
        );
}

/// <summary>What others were asked to approve on a ticket.</summary>
public sealed class ManageApprovals(TicketStore tickets, TimeProvider time)
{
    /// <summary>Lists what others were asked to approve on a ticket, and what they answered: the ten latest, in the order in which they were asked.</summary>
    [Function(nameof(ListTicketApprovals)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Results<Ok<ListPage<ApprovalView>>, NotFound>> ListTicketApprovals(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/tickets/{id}/approvals")] Caller caller,
        string id,
        CancellationToken cancellationToken
    ) =>
        TicketAddress.Parse(caller.Workspace, id) is { } address && await tickets.FindAsync(address, cancellationToken) is { } ticket
            ? TypedResults.Ok(new ListPage<ApprovalView>([.. (ticket.Approvals ?? []).Select(ApprovalView.Of)], null))
            : TypedResults.NotFound();

    /// <summary>Answers as an agent who is asked. An answer stands; the same one again changes nothing.</summary>
    /// <param name="approval">Id of the approval.</param>
    [Function(nameof(DecideApproval)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    [Refuses("not-asked", "approval-over", "approval-answered", "approver-replaced")]
    [Answers(StatusCodes.Status404NotFound, "There is no such ticket, or no such approval on it.")]
    public Task<Results<Ok<ApprovalView>, NotFound>> DecideApproval(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/tickets/{id}/approvals/{approval}/decide")] DecideApprovalRequest request,
        string id,
        string approval,
        ChangeTicket change,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(change);
        return ApplyAsync(
            change,
            id,
            approval,
            (ticket, now) => ApprovalRules.DecideAs(ticket, approval, change.Caller.Actor, request.Decision, request.Comment, now),
            cancellationToken
        );
    }

    /// <summary>Takes an approval back: nobody is asked any more. One that has ended stays as it is.</summary>
    /// <param name="approval">Id of the approval.</param>
    [Function(nameof(CancelApproval)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    [Answers(StatusCodes.Status404NotFound, "There is no such ticket, or no such approval on it.")]
    public Task<Results<Ok<ApprovalView>, NotFound>> CancelApproval(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/tickets/{id}/approvals/{approval}/cancel")] NoBody body,
        string id,
        string approval,
        ChangeTicket change,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(change);
        return ApplyAsync(change, id, approval, (ticket, now) => ApprovalRules.Cancel(ticket, approval, change.Caller.Actor, now), cancellationToken);
    }

    /// <summary>Reminds those who have not answered, at most every 15 minutes.</summary>
    /// <param name="approval">Id of the approval.</param>
    [Function(nameof(RemindApproval)), RequiresKey(KeyRole.Agent, KeyRole.Admin), Refuses("approval-over", "approval-just-reminded")]
    [Answers(StatusCodes.Status404NotFound, "There is no such ticket, or no such approval on it.")]
    public Task<Results<Ok<ApprovalView>, NotFound>> RemindApproval(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/tickets/{id}/approvals/{approval}/remind")] NoBody body,
        string id,
        string approval,
        ChangeTicket change,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(change);
        return ApplyAsync(change, id, approval, (ticket, now) => ApprovalRules.Remind(ticket, approval, change.Caller.Actor, now), cancellationToken);
    }

    private async Task<Results<Ok<ApprovalView>, NotFound>> ApplyAsync(
        ChangeTicket change,
        string id,
        string approval,
        Func<Ticket, DateTimeOffset, TicketChange?> rule,
        CancellationToken cancellationToken
    )
    {
        var changed = await change.ApplyAsync(id, (ticket, _) => new(rule(ticket, time.GetUtcNow()) ?? new TicketChange(ticket, [])), cancellationToken);
        return changed is not null && ApprovalRules.Find(changed.Ticket, approval) is { } now
            ? TypedResults.Ok(ApprovalView.Of(now))
            : TypedResults.NotFound();
    }
}
