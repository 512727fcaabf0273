using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Helpdesk.Attachments;
using Helpdesk.Forms;
using Helpdesk.Functions.Attachments;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.DurableTask.Client;

namespace Helpdesk.Functions.Tickets;

/// <summary>A ticket to open.</summary>
/// <param name="Subject">What it is about, on one line. With <c>form</c> it may be left out where the form does not require it.</param>
/// <param name="Description">What happened. With <c>form</c> it may be left out where the form does not require it.</param>
/// <param name="Requester">Who asks for help.</param>
/// <param name="Priority">How soon it wants attention; <c>normal</c> when it is left out.</param>
/// <param name="Type">A type in words of your own, such as <c>incident</c>.</param>
/// <param name="Tags">Tags; they are kept in lower case.</param>
/// <param name="Group">Id of the group it goes to.</param>
/// <param name="Assignee">Who works on it: id or e-mail address of an agent, or <c>me</c>.</param>
/// <param name="CustomFields">Values for fields of your own: texts, numbers, true or false; at most 50.</param>
/// <param name="FollowUpOf">Id or number of a closed ticket that this one takes up again.</param>
/// <param name="Participants">Who takes part besides the requester: may read and write as the requester may.</param>
/// <param name="Attachments">Ids of files that were uploaded before.</param>
/// <param name="Form">Id of a form that is filled in; what the ticket does not say itself, the form says for it.</param>
/// <param name="Answers">Answers to the fields of the form, by their names; only with <c>form</c>. They become fields of the ticket's own.</param>
[Example(
    """{"subject":"Printer","description":"It is on fire","priority":"high","tags":["hardware"],"requester":{"email":"rita@example.com","name":"Rita"}}"""
)]
public sealed record OpenTicketRequest(
    [property: MaxLength(TicketFields.SubjectLength)] string? Subject,
    [property: MaxLength(TicketFields.TextLength)] string? Description,
    Requester Requester,
    TicketPriority? Priority,
    [property: MaxLength(50)] string? Type,
    [property: MaxLength(20)] IReadOnlyList<string>? Tags,
    string? Group,
    string? Assignee,
    IReadOnlyDictionary<string, JsonElement>? CustomFields,
    string? FollowUpOf,
    [property: MaxLength(People.Limit - 1)] IReadOnlyList<Requester>? Participants,
    [property: MaxLength(AttachmentLimits.MostFiles)] IReadOnlyList<string>? Attachments = null,
    string? Form = null,
    IReadOnlyDictionary<string, JsonElement>? Answers = null
) : IFromRequest<OpenTicketRequest>
{
    /// <summary>What came as a form with files; null for JSON.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public Upload? Upload { get; init; }

    /// <summary>The answers, and the files that came as parts named like <c>answer.contract</c>.</summary>
    internal IReadOnlyDictionary<string, JsonElement> AllAnswers
    {
        get
        {
            var answers = new Dictionary<string, JsonElement>(Answers ?? new Dictionary<string, JsonElement>(), StringComparer.Ordinal);
            foreach (var (name, ids) in Upload?.AnswerFiles ?? new Dictionary<string, IReadOnlyList<string>>())
                answers[name] = FormRules.Element(ids);
            return answers;
        }
    }

    public static async ValueTask<OpenTicketRequest> ReadAsync(HttpContext context)
    {
        var upload = Functions.Attachments.Upload.Is(context) ? await UploadForm.ReadAsync(context) : null;
        var fields = upload is null ? await FieldReader.ReadAsync(context) : UploadForm.Fields(upload);
        var (form, answers) = TicketFields.Form(fields);
        var request = new OpenTicketRequest(
            fields.Text("subject", TicketFields.SubjectLength, required: form is null),
            fields.Text("description", TicketFields.TextLength, required: form is null, lines: true),
            TicketFields.Requester(fields)!,
            fields.OneOf<TicketPriority>("priority"),
            fields.Text("type", 50),
            TicketFields.Tags(fields),
            fields.Text("group", 40),
            fields.Text("assignee", 254),
            TicketFields.CustomFields(fields, patch: false),
            fields.Text("followUpOf", 40),
            TicketFields.Participants(fields),
            TicketFiles.Ids(fields),
            form,
            answers
        )
        {
            Upload = upload,
        };
        fields.Done();
        return request;
    }
}

/// <summary>The same as a form with files.</summary>
public sealed record TicketUpload
{
    /// <summary>The ticket, as JSON.</summary>
    public required string Request { get; init; }

    /// <summary>The files, as parts with a file name.</summary>
    public IReadOnlyList<string>? Files { get; init; }
}

/// <summary>Opens a ticket, with files if there are any.</summary>
public sealed class OpenTicket(
    TicketStore tickets,
    NumberStore numbers,
    IdempotencyStore reservations,
    DirectoryStore directory,
    TicketResponses answers,
    TicketFiles files,
    ITicketForms forms,
    TimeProvider time,
    TaskHub hub
)
{
    [Function(nameof(OpenTicket)), RequiresKey(KeyRole.Integration, KeyRole.Agent, KeyRole.Admin), Refuses("ticket-not-closed")]
    [Takes(typeof(OpenTicketRequest)), Takes(typeof(TicketUpload), Upload.ContentType)]
    public async Task<Created<TicketView>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/tickets")] OpenTicketRequest request,
        Caller caller,
        Idempotency? idempotency,
        HttpContext context,
        [DurableClient] DurableTaskClient durable,
        CancellationToken cancellationToken
    )
    {
        hub.Learn(durable);
        var draft = new TicketDraft
        {
            Subject = request.Subject ?? "",
            Description = request.Description ?? "",
            Requester = request.Requester,
            Priority = request.Priority ?? TicketPriority.Normal,
            Type = string.IsNullOrEmpty(request.Type) ? null : request.Type,
            Tags = request.Tags ?? [],
            Group = await TicketFields.GroupAsync(request.Group, caller, directory, cancellationToken),
            Assignee = await TicketFields.AssigneeAsync(request.Assignee, caller, directory, cancellationToken),
            CustomFields = request.CustomFields ?? new Dictionary<string, JsonElement>(),
            Channel = IntakeChannel.Api,
            FollowUpOf = await FollowUpAsync(request.FollowUpOf, caller, tickets, cancellationToken),
            Participants = request.Participants ?? [],
        };
        var filled = request.Form is null ? null : await ReadFormAsync(request, caller, cancellationToken);
        var address = await numbers.AddressAsync(caller.Workspace, idempotency, reservations, cancellationToken);
        var named = filled is null ? request.Attachments : [.. (request.Attachments ?? []).Union(filled.Files, StringComparer.Ordinal)];
        var attached = await files.OfAsync(caller, address.Number, request.Upload, named, cancellationToken);
        draft = draft with { Attachments = attached };
        if (filled is not null)
            draft = await forms.FillAsync(caller.Workspace, draft, filled, attached, request.Priority is not null, cancellationToken);
        var change = await tickets.OpenAsync(
            address,
            id => TicketRules.Open(id, address.Number, caller.Workspace, draft, caller.Actor, time.GetUtcNow()),
            cancellationToken
        );
        // A repeated request gets the ticket as it was opened, whatever became of it since.
        var opened = await tickets.ReplayAsync(change.Ticket, 1, cancellationToken);
        context.Response.Headers.ETag = IfMatch.ETag(opened.Version);
        return TypedResults.Created($"/api/tickets/{opened.Id}", await answers.OfAsync(opened, caller.SeesNotes, cancellationToken));
    }

    private Task<FormReading> ReadFormAsync(OpenTicketRequest request, Caller caller, CancellationToken cancellationToken) =>
        forms.ReadAsync(
            caller.Workspace,
            new(request.Form!, request.AllAnswers, null)
            {
                HasSubject = !string.IsNullOrEmpty(request.Subject),
                HasDescription = !string.IsNullOrEmpty(request.Description),
            },
            cancellationToken
        );

    private static async Task<Ticket?> FollowUpAsync(string? text, Caller caller, TicketStore tickets, CancellationToken cancellationToken)
    {
        if (string.IsNullOrEmpty(text))
            return null;
        return TicketAddress.Parse(caller.Workspace, text) is { } address && await tickets.FindAsync(address, cancellationToken) is { } earlier
            ? earlier
            : throw new InvalidRequestException("followUpOf", "followUpOf was not found: give the id or number of a ticket of this workspace.");
    }
}
