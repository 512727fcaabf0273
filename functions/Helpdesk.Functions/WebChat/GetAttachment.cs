using Helpdesk.Functions.Attachments;
using Helpdesk.Functions.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.WebChat;

/// <summary>Gives the bytes of an attached file.</summary>
public sealed class GetAttachment(AttachmentStore files)
{
    /// <summary>For who works tickets.</summary>
    [Function(nameof(GetAttachment)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    [Answers(StatusCodes.Status200OK, "The bytes of the file.", ContentType = "*/*")]
    public Task<Results<FileStreamHttpResult, NotFound>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/attachments/{id}")] HttpContext context,
        string id,
        Caller caller,
        CancellationToken cancellationToken
    ) => GiveAsync(caller.Workspace, id, files, context, cancellationToken);

    /// <summary>For a chat, whose transcript holds the address; a picture in a page cannot send a key.</summary>
    [Function(nameof(GetChatFile)), Public]
    public Task<Results<FileStreamHttpResult, NotFound>> GetChatFile(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/directline/files/{workspace}/{id}")] HttpContext context,
        string workspace,
        string id,
        CancellationToken cancellationToken
    ) => GiveAsync(workspace, id, files, context, cancellationToken);

    private static async Task<Results<FileStreamHttpResult, NotFound>> GiveAsync(
        string workspace,
        string id,
        AttachmentStore files,
        HttpContext context,
        CancellationToken cancellationToken
    )
    {
        if (!Settings.SettingsStore.IsId(workspace) || await files.OpenAsync(workspace, id, cancellationToken) is not { } file)
            return TypedResults.NotFound();
        var name = file.Details.Metadata.TryGetValue("name", out var stored) ? Uri.UnescapeDataString(stored) : id;
        var headers = context.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers.ContentSecurityPolicy = "default-src 'none'; sandbox";
        headers.CacheControl = "private, max-age=31536000, immutable";
        return TypedResults.Stream(file.Content, file.Details.ContentType, AttachmentStore.IsPicture(file.Details.ContentType) ? null : name);
    }
}
