using Helpdesk.Functions.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Attachments;

/// <summary>Gives the bytes of a file to whoever has a link to it that is still good.</summary>
public sealed class OpenFileLink(AttachmentLinks links, AttachmentAccess access)
{
    [Function(nameof(OpenFileLink)), Public]
    public async Task<Results<FileAnswer, NotFound>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "files/{token}")] HttpContext context,
        string token,
        CancellationToken cancellationToken
    )
    {
        context.Response.Headers["X-Robots-Tag"] = "noindex";
        return await links.ReadAsync(token, cancellationToken) is { } file ? access.ForLink(file) : TypedResults.NotFound();
    }
}
