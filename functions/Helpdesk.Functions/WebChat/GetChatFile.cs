using Helpdesk.Bot.Conversations;
using Helpdesk.Functions.Attachments;
using Helpdesk.Functions.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.WebChat;

/// <summary>Gives the bytes of a file to the web chat in which it was sent; a picture in a page cannot send a key.</summary>
public sealed class GetChatFile(AttachmentAccess access)
{
    [Function(nameof(GetChatFile)), Public]
    public async Task<Results<FileAnswer, NotFound>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/directline/files/{workspace}/{id}")] HttpContext context,
        string workspace,
        string id,
        CancellationToken cancellationToken
    ) =>
        await access.ForRequesterAsync(workspace, id, place => IsOfChat(workspace, place), cancellationToken) is { } answer ? answer : TypedResults.NotFound();

    /// <summary>Whether a file was sent in the web chat: what came by mail, form, API or from agents has links that expire.</summary>
    private static bool IsOfChat(string workspace, string place) => place.StartsWith($"{workspace}:{ConversationAddress.OwnChat}:", StringComparison.Ordinal);
}
