using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Tickets;

/// <summary>Who is to work on a ticket: an agent, a group or both.</summary>
/// <param name="Assignee">Id or e-mail address of an agent, or <c>me</c>.</param>
/// <param name="Group">Id of a group.</param>
[Example("""{"assignee":"me"}""")]
public sealed record AssignTicketRequest(string? Assignee, string? Group) : IFromRequest<AssignTicketRequest>
{
    public static async ValueTask<AssignTicketRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        var request = new AssignTicketRequest(
            fields.Text("assignee", 254, required: fields.Has("assignee")),
            fields.Text("group", 40, required: fields.Has("group"))
        );
        if (!fields.Has("assignee") && !fields.Has("group"))
            fields.Wrong("assignee", "or group is required.");
        fields.Done();
        return request;
    }
}

/// <summary>Assigns a ticket to an agent, a group or both.</summary>
public sealed class AssignTicket(DirectoryStore directory, TimeProvider time)
{
    [Function(nameof(AssignTicket)), RequiresKey(KeyRole.Agent, KeyRole.Admin), Refuses("ticket-closed")]
    public async Task<Results<Ok<TicketView>, NotFound>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/tickets/{id}/assign")] AssignTicketRequest request,
        string id,
        ChangeTicket change,
        CancellationToken cancellationToken
    )
    {
        var group = await TicketFields.GroupAsync(request.Group, change.Caller, directory, cancellationToken);
        var assignee = await TicketFields.AssigneeAsync(request.Assignee, change.Caller, directory, cancellationToken);
        return await change.AnswerAsync(id, ticket => TicketRules.Assign(ticket, group, assignee, change.Caller.Actor, time.GetUtcNow()), cancellationToken);
    }
}
