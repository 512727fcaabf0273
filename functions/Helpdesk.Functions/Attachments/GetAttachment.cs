using Helpdesk.Functions.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Attachments;

/// <summary>Gives the bytes of a file. One range of them can be asked for; several at once are answered with the whole file.</summary>
public sealed class GetAttachment(AttachmentAccess access)
{
    [Function(nameof(GetAttachment)), RequiresKey(KeyRole.Integration, KeyRole.Agent, KeyRole.Admin)]
    [Refuses("file-infected", "file-not-scanned", "file-not-checked")]
    [Answers(StatusCodes.Status200OK, "The bytes of the file.", ContentType = "*/*")]
    [Answers(StatusCodes.Status206PartialContent, "The range that was asked for.", ContentType = "*/*")]
    [Answers(StatusCodes.Status304NotModified, "It has not changed.")]
    [Answers(StatusCodes.Status416RangeNotSatisfiable, "The file has no such range.")]
    public async Task<Results<FileAnswer, NotFound>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/attachments/{id}")] Caller caller,
        string id,
        CancellationToken cancellationToken
    ) => await access.ForCallerAsync(caller, id, cancellationToken) is { } answer ? answer : TypedResults.NotFound();
}
