using System.Text.Json;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Tickets;

/// <summary>A JSON merge patch (RFC 7396) of a ticket: what is named changes, null clears.</summary>
public sealed record PatchTicketRequest(
    string? Subject, TicketPriority? Priority, Named<string?>? Type, IReadOnlyList<string>? Tags, Named<string?>? Group, Named<string?>? Assignee,
    TicketStatus? Status, IReadOnlyDictionary<string, JsonElement>? CustomFields) : IFromRequest<PatchTicketRequest>
{
    public static async ValueTask<PatchTicketRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        var request = new PatchTicketRequest(
            fields.Text("subject", TicketFields.SubjectLength, required: fields.Has("subject")),
            fields.OneOf<TicketPriority>("priority"),
            Named(fields, "type", 50),
            TicketFields.Tags(fields),
            Named(fields, "group", 40),
            Named(fields, "assignee", 254),
            fields.OneOf<TicketStatus>("status"),
            TicketFields.CustomFields(fields, patch: true));
        fields.Done();
        return request;
    }

    private static Named<string?>? Named(FieldReader fields, string name, int max)
    {
        var text = fields.Text(name, max);
        return fields.Has(name) ? new(string.IsNullOrEmpty(text) ? null : text) : null;
    }
}

/// <summary>Changes fields of a ticket.</summary>
public sealed class PatchTicket(SettingsStore settings, TimeProvider time)
{
    [Function(nameof(PatchTicket)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Results<Ok<TicketView>, NotFound>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "api/tickets/{id}")] PatchTicketRequest request,
        string id, ChangeTicket change, CancellationToken cancel)
    {
        var patch = new TicketPatch
        {
            Subject = request.Subject,
            Priority = request.Priority,
            Type = request.Type,
            Tags = request.Tags,
            Group = request.Group is null ? null : new(await TicketFields.GroupAsync(request.Group.Value, change.Caller, settings, cancel)),
            Assignee = request.Assignee is null ? null : new(await TicketFields.AssigneeAsync(request.Assignee.Value, change.Caller, settings, cancel)),
            Status = request.Status,
            CustomFields = request.CustomFields,
        };
        return await change.AnswerAsync(id, ticket =>
        {
            var patched = TicketRules.Patch(ticket, patch, change.Caller.Actor, time.GetUtcNow());
            return patched.Ticket.CustomFields.Sum(pair => pair.Key.Length + pair.Value.GetRawText().Length) <= 16_000 && patched.Ticket.CustomFields.Count <= 50
                ? patched
                : throw new InvalidRequestException("customFields", "customFields may have at most 50 fields and 16,000 characters in all.");
        }, cancel);
    }
}
