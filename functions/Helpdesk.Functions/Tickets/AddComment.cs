using System.ComponentModel.DataAnnotations;
using Helpdesk.Attachments;
using Helpdesk.Functions.Attachments;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Tickets;

/// <summary>Words for a ticket.</summary>
/// <param name="Body">The words.</param>
/// <param name="Visibility">Who may read it; <c>public</c> when it is left out.</param>
/// <param name="Author">Whose words they are. By default those of the holder of the key; a public comment of an integration is the requester's.</param>
/// <param name="From">E-mail address of the requester or the participant whose words they are; the requester's when it is left out.</param>
/// <param name="Attachments">Ids of files that were uploaded before. With files, <c>body</c> may be left out.</param>
[Example("""{"body":"On my way."}""")]
public sealed record AddCommentRequest(
    [property: MaxLength(TicketFields.TextLength)] string Body,
    CommentVisibility? Visibility,
    CommentAuthor? Author,
    [property: MaxLength(254)] string? From,
    [property: MaxLength(AttachmentLimits.MostFiles)] IReadOnlyList<string>? Attachments = null
) : IFromRequest<AddCommentRequest>
{
    /// <summary>What came as a form with files; null for JSON.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public Upload? Upload { get; init; }

    public static async ValueTask<AddCommentRequest> ReadAsync(HttpContext context)
    {
        var upload = Functions.Attachments.Upload.Is(context) ? await UploadForm.ReadAsync(context) : null;
        var fields = upload is null ? await FieldReader.ReadAsync(context) : UploadForm.Fields(upload);
        var ids = TicketFiles.Ids(fields);
        var request = new AddCommentRequest(
            fields.Text(
                "body",
                TicketFields.TextLength,
                required: upload is null or { Files.Count: 0, Refused.Count: 0 } && ids is not { Count: > 0 },
                lines: true
            ) ?? "",
            fields.OneOf<CommentVisibility>("visibility"),
            fields.OneOf<CommentAuthor>("author"),
            SettingFields.Email(fields, "from", required: false) is { Length: > 0 } from ? from : null,
            ids
        )
        {
            Upload = upload,
        };
        if (request is { From: not null, Author: CommentAuthor.Agent } or { From: not null, Visibility: CommentVisibility.Internal })
            fields.Wrong("from", "is for the words of a requester or participant, which are public.");
        if (request is { Author: CommentAuthor.Requester, Visibility: CommentVisibility.Internal })
            fields.Wrong("author", "cannot be the requester of an internal note.");
        fields.Done();
        return request;
    }
}

/// <summary>The same as a form with files.</summary>
public sealed record CommentUpload
{
    /// <summary>The words; the names of the files when they are left out.</summary>
    [MaxLength(TicketFields.TextLength)]
    public string? Body { get; init; }

    /// <summary>Who may read it; <c>public</c> when it is left out.</summary>
    public CommentVisibility? Visibility { get; init; }

    /// <summary>Whose words they are. By default those of the holder of the key; a public comment of an integration is the requester's.</summary>
    public CommentAuthor? Author { get; init; }

    /// <summary>E-mail address of the requester or the participant whose words they are; the requester's when it is left out.</summary>
    [MaxLength(254)]
    public string? From { get; init; }

    /// <summary>The files, as parts with a file name.</summary>
    public IReadOnlyList<string>? Files { get; init; }
}

/// <summary>Whose words a comment is: the holder's of the key, or the requester's or a participant's, written down by them.</summary>
[System.Text.Json.Serialization.JsonConverter(typeof(WireNameConverter<CommentAuthor>))]
public enum CommentAuthor
{
    Agent,
    Requester,
}

/// <summary>Adds a comment or a note to a ticket, with files if there are any. What is said to a merged ticket is said to the one it was merged
/// into.</summary>
public sealed class AddComment(CommentOnTicket comments, FileScans scans)
{
    [Function(nameof(AddComment)), RequiresKey(KeyRole.Integration, KeyRole.Agent, KeyRole.Admin)]
    [Refuses("ticket-closed", "not-a-participant", "ticket-files-full")]
    [Takes(typeof(AddCommentRequest)), Takes(typeof(CommentUpload), Upload.ContentType)]
    public async Task<Results<Created<CommentView>, NotFound>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/tickets/{id}/comments")] AddCommentRequest request,
        string id,
        ChangeTicket change,
        CancellationToken cancellationToken
    )
    {
        if (await comments.AddAsync(request, id, change, cancellationToken) is not ({ } ticket, { } comment))
            return TypedResults.NotFound();
        var known = await scans.OfAsync(ticket.Workspace, comment.Attachments, cancellationToken);
        return TypedResults.Created($"/api/tickets/{ticket.Id}/comments", CommentView.Of(comment, known));
    }
}

/// <summary>Adds a comment as a request of the API asks for it.</summary>
public sealed class CommentOnTicket(TicketFiles files, TimeProvider time)
{
    /// <summary>The comment and its ticket; null when there is no such ticket.</summary>
    public async Task<(Ticket Ticket, Comment Comment)?> AddAsync(
        AddCommentRequest request,
        string id,
        ChangeTicket change,
        CancellationToken cancellationToken
    )
    {
        if (request.Author == CommentAuthor.Agent && change.Caller.Role == KeyRole.Integration)
            throw new InvalidRequestException("author", "author cannot be an agent: this key belongs to none.");
        var visibility = request.Visibility ?? CommentVisibility.Public;
        if (visibility == CommentVisibility.Internal)
            change.Caller.MustSeeNotes();
        var asRequester =
            request.Author == CommentAuthor.Requester
            || request.From is not null
            || (request.Author is null && change.Caller.Role == KeyRole.Integration && visibility == CommentVisibility.Public);

        Actor? author = null;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (true)
        {
            string? mergedInto = null;
            var done = await change.ApplyAsync(
                id,
                async (ticket, cancelled) =>
                {
                    mergedInto = seen.Contains(ticket.Id) ? null : ticket.MergedInto;
                    // Whoever took part in a merged ticket writes to the other one under their own name.
                    author = asRequester ? author ?? AuthorOf(ticket, request.From) : change.Caller.Actor;
                    if (mergedInto is not null)
                        return new TicketChange(ticket, []);
                    if (author is null)
                        throw new HelpdeskRuleException(
                            "not-a-participant",
                            $"{request.From} takes no part in ticket {ticket.Number}: add them to its participants first."
                        );
                    var attached = await files.OfAsync(change.Caller, ticket.Number, request.Upload, request.Attachments, cancelled);
                    var words = request.Body.Length > 0 ? request.Body : string.Join(", ", attached.Select(file => file.Name));
                    var commented = TicketRules.Comment(ticket, words, visibility, author, time.GetUtcNow(), attached);
                    await files.MustFitAsync(ticket, attached, cancelled);
                    return commented;
                },
                cancellationToken
            );
            if (mergedInto is not null)
            {
                seen.Add(done!.Ticket.Id);
                id = mergedInto;
                continue;
            }

            return done?.Comment is { } comment ? (done.Ticket, comment) : null;
        }
    }

    private static Actor? AuthorOf(Ticket ticket, string? from)
    {
        var person = from is null ? new(ticket.Requester.Email, ticket.Requester.Name) : People.ByEmail(ticket, from);
        return person is null ? null : new(ActorKind.Requester, person.Email, person.Name);
    }
}
