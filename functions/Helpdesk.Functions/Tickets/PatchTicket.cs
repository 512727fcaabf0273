using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Tickets;

/// <summary>What is to be different about a ticket: a JSON merge patch (RFC 7396).</summary>
/// <param name="Subject">What it is about, on one line.</param>
/// <param name="Description">What happened, corrected.</param>
/// <param name="Requester">Who asks for help: another address, another name, or both.</param>
/// <param name="Participants">All who take part besides the requester from now on.</param>
/// <param name="Priority">How soon it wants attention.</param>
/// <param name="Type">A type in words of your own; null clears it.</param>
/// <param name="Tags">All tags from now on.</param>
/// <param name="Group">Id of the group it goes to; null takes it from its group.</param>
/// <param name="Assignee">Who works on it: id or e-mail address of an agent, or <c>me</c>; null for nobody.</param>
/// <param name="Status">Where it stands. It is resolved by its own operation, since that wants a resolution.</param>
/// <param name="CustomFields">Values for fields of your own; null removes one, and what is not named stays.</param>
[Example("""{"priority":"urgent","status":"on-hold","assignee":null,"customFields":{"building":"7"}}""")]
public sealed record PatchTicketRequest(
    [property: MaxLength(TicketFields.SubjectLength)] string? Subject,
    [property: MaxLength(TicketFields.TextLength)] string? Description,
    RequesterPatch? Requester,
    [property: MaxLength(People.Limit - 1)] IReadOnlyList<Requester>? Participants,
    TicketPriority? Priority,
    [property: MaxLength(50)] Optional<string?>? Type,
    [property: MaxLength(20)] IReadOnlyList<string>? Tags,
    Optional<string?>? Group,
    Optional<string?>? Assignee,
    TicketStatus? Status,
    IReadOnlyDictionary<string, JsonElement>? CustomFields
) : IFromRequest<PatchTicketRequest>
{
    public static async ValueTask<PatchTicketRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        var request = Read(fields);
        fields.Done();
        return request;
    }

    /// <summary>Reads the fields, and leaves it to the caller to end the reading.</summary>
    public static PatchTicketRequest Read(FieldReader fields) =>
        new(
            fields.Text("subject", TicketFields.SubjectLength, required: fields.Has("subject")),
            fields.Text("description", TicketFields.TextLength, required: fields.Has("description"), lines: true),
            RequesterPatch.Read(fields),
            TicketFields.Participants(fields),
            fields.OneOf<TicketPriority>("priority"),
            Optional(fields, "type", 50),
            TicketFields.Tags(fields),
            Optional(fields, "group", 40),
            Optional(fields, "assignee", 254),
            fields.OneOf<TicketStatus>("status"),
            TicketFields.CustomFields(fields, patch: true)
        );

    /// <summary>The patch that the rules know, with the group and agent that it names; 400 when they are not there.</summary>
    public async ValueTask<TicketPatch> ResolveAsync(Caller caller, DirectoryStore directory, CancellationToken cancellationToken) =>
        new()
        {
            Subject = Subject,
            Description = Description,
            RequesterEmail = Requester?.Email,
            RequesterName = Requester?.Name,
            Participants = Participants,
            Priority = Priority,
            Type = Type,
            Tags = Tags,
            Group = Group is null ? null : new(await TicketFields.GroupAsync(Group.Value, caller, directory, cancellationToken)),
            Assignee = Assignee is null ? null : new(await TicketFields.AssigneeAsync(Assignee.Value, caller, directory, cancellationToken)),
            Status = Status,
            CustomFields = CustomFields,
        };

    private static Optional<string?>? Optional(FieldReader fields, string name, int max)
    {
        var text = fields.Text(name, max);
        return fields.Has(name) ? new(string.IsNullOrEmpty(text) ? null : text) : null;
    }
}

/// <summary>What is to be different about a requester.</summary>
/// <param name="Email">The e-mail address.</param>
/// <param name="Name">The name; null clears it.</param>
public sealed record RequesterPatch(string? Email, Optional<string?>? Name)
{
    /// <summary>Reads it; null when it was not sent.</summary>
    public static RequesterPatch? Read(FieldReader fields)
    {
        if (fields.Object("requester", required: fields.Has("requester")) is not { } requester)
            return null;
        var email = SettingFields.Email(requester, "email", required: requester.Has("email"));
        var name = requester.Text("name", 100);
        requester.Ends();
        return new(email, requester.Has("name") ? new(string.IsNullOrEmpty(name) ? null : name) : null);
    }
}

/// <summary>Changes fields of a ticket.</summary>
public sealed class PatchTicket(DirectoryStore directory, TimeProvider time)
{
    [
        Function(nameof(PatchTicket)),
        RequiresKey(KeyRole.Agent, KeyRole.Admin),
        Refuses("ticket-closed", "never-new-again", "resolution-required", "ticket-not-resolved", "too-many-participants")
    ]
    public async Task<Results<Ok<TicketView>, NotFound>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "api/tickets/{id}")] PatchTicketRequest request,
        string id,
        ChangeTicket change,
        CancellationToken cancellationToken
    )
    {
        var patch = await request.ResolveAsync(change.Caller, directory, cancellationToken);
        return await change.AnswerAsync(id, ticket => Apply(ticket, patch, change.Caller.Actor, time.GetUtcNow()), cancellationToken);
    }

    /// <summary>Applies a patch, if the ticket's custom fields are not too many then.</summary>
    public static TicketChange Apply(Ticket ticket, TicketPatch patch, Actor by, DateTimeOffset now)
    {
        var patched = TicketRules.Patch(ticket, patch, by, now);
        return FieldReader.IsTooMuch(patched.Ticket.CustomFields)
            ? throw new InvalidRequestException("customFields", $"customFields {FieldReader.TooMuch}")
            : patched;
    }
}
