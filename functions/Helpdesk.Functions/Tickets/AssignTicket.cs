using System.Reflection;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Tickets;

/// <summary>Whom a ticket goes to: an agent, a group, or both.</summary>
public sealed record AssignTicketRequest(string? Assignee, string? Group)
{
    public static async ValueTask<AssignTicketRequest?> BindAsync(HttpContext context, ParameterInfo parameter)
    {
        var fields = await FieldReader.ReadAsync(context);
        var request = new AssignTicketRequest(
            fields.Text("assignee", 254, required: fields.Has("assignee")), fields.Text("group", 40, required: fields.Has("group")));
        if (!fields.Has("assignee") && !fields.Has("group"))
            fields.Wrong("assignee", "or group is required.");
        fields.Done();
        return request;
    }
}

/// <summary>Gives a ticket to an agent or a group.</summary>
public static class AssignTicket
{
    public static async Task<Results<Ok<TicketView>, NotFound>> Handle(
        string id, AssignTicketRequest request, ChangeTicket change, SettingsStore settings, TimeProvider time, CancellationToken cancel)
    {
        var group = await TicketFields.GroupAsync(request.Group, change.Caller, settings, cancel);
        var assignee = await TicketFields.AssigneeAsync(request.Assignee, change.Caller, settings, cancel);
        return await change.AnswerAsync(id, ticket => TicketRules.Assign(ticket, group, assignee, change.Caller.Actor, time.GetUtcNow()), cancel);
    }
}
