using Helpdesk.Functions.Attachments;
using Helpdesk.Functions.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Tickets;

/// <summary>Files that are attached to a ticket.</summary>
/// <param name="Comment">Id of the comment that they came with.</param>
/// <param name="Items">The files.</param>
public sealed record AttachedFilesView(string Comment, IReadOnlyList<AttachmentView> Items);

/// <summary>
/// Attaches files to a ticket. They come with a comment: its words are <c>body</c>, or the names of the files; on an internal note they are for those
/// who may read notes.
/// </summary>
public sealed class AttachFiles(CommentOnTicket comments, FileScans scans)
{
    [Function(nameof(AttachFiles)), RequiresKey(KeyRole.Integration, KeyRole.Agent, KeyRole.Admin), Takes(typeof(CommentUpload), Upload.ContentType)]
    [Refuses("ticket-closed", "not-a-participant", "ticket-files-full")]
    public async Task<Results<Created<AttachedFilesView>, NotFound>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/tickets/{id}/attachments")] AddCommentRequest request,
        string id,
        ChangeTicket change,
        CancellationToken cancellationToken
    )
    {
        if (request.Upload is not { Files.Count: > 0 } && request.Upload is not { Refused.Count: > 0 })
            throw new InvalidRequestException("files", "files is required: send multipart/form-data with at least one part that has a file name.");
        if (await comments.AddAsync(request, id, change, cancellationToken) is not ({ } ticket, { } comment))
            return TypedResults.NotFound();
        var known = await scans.OfAsync(ticket.Workspace, comment.Attachments, cancellationToken);
        return TypedResults.Created($"/api/tickets/{ticket.Id}/comments", new AttachedFilesView(comment.Id, AttachmentView.Of(comment.Attachments, known)));
    }
}
