using Helpdesk.Functions.Attachments;
using Helpdesk.Functions.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.WebChat;

/// <summary>Gives the bytes of a file to a chat, whose transcript holds the address; a picture in a page cannot send a key.</summary>
public sealed class GetChatFile(AttachmentAccess access)
{
    [Function(nameof(GetChatFile)), Public]
    public async Task<Results<FileAnswer, NotFound>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/directline/files/{workspace}/{id}")] HttpContext context,
        string workspace,
        string id,
        CancellationToken cancellationToken
    ) => await access.ForRequesterAsync(workspace, id, cancellationToken) is { } answer ? answer : TypedResults.NotFound();
}
