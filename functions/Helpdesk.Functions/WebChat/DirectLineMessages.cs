using System.Text;
using Helpdesk.Attachments;
using Helpdesk.Bot.Conversations;
using Helpdesk.Functions.Attachments;
using Helpdesk.Functions.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.DurableTask.Client;

namespace Helpdesk.Functions.WebChat;

/// <summary>Takes what a person says in a chat, as a message or as a message with files.</summary>
public sealed class DirectLineMessages(DirectLineAccess access, AttachmentSettings settings, ChatTurns turns, TaskHub hub)
{
    /// <summary>The largest message, in bytes; files go their own way. It is kept in one row, where each letter takes two bytes of 1 MB.</summary>
    public const int MessageLimit = 448 * 1024;

    /// <summary>Takes what a person says; it is answered when it is stored together with what the bot says to it.</summary>
    [Function(nameof(PostActivity)), Public]
    public async Task<JsonHttpResult<DirectLineId>> PostActivity(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/directline/conversations/{conversation}/activities")] HttpContext context,
        string conversation,
        [DurableClient] DurableTaskClient durable,
        CancellationToken cancellationToken
    )
    {
        hub.Learn(durable);
        var pass = await access.EnterAsync(conversation, context);
        var body = await RequestBody.ReadUtf8Async(context);
        if (body.Length > MessageLimit)
            throw new DirectLineException(413, "MessageSizeTooBig", $"A message may have {MessageLimit / 1024} KB; send long texts as a file.");
        var activity = DirectLineActivity.Read(body.Span);
        if (activity.Type == DirectLineActivity.Message)
            access.Limit(pass, context);
        return TypedResults.Json(new DirectLineId(await turns.TakeAsync(pass, activity, [], cancellationToken)), DirectLineJson.Default.DirectLineId);
    }

    /// <summary>Takes a message with files: one part named <c>activity</c>, then the files.</summary>
    [Function(nameof(UploadToChat)), Public]
    public async Task<JsonHttpResult<DirectLineId>> UploadToChat(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/directline/conversations/{conversation}/upload")] HttpContext context,
        string conversation,
        [DurableClient] DurableTaskClient durable,
        CancellationToken cancellationToken
    )
    {
        hub.Learn(durable);
        var pass = await access.EnterAsync(conversation, context);
        // Before anything is kept.
        access.Limit(pass, context);
        var upload = await Upload.ReadAsync(context, pass.Workspace, pass.Place, MessageLimit, "activity", cancellationToken);
        if (upload.Refused is [var refused, ..])
            throw refused.Why switch
            {
                FileRefusal.Program or FileRefusal.Ending => new DirectLineException(400, "FileNotAllowed", Refusal(refused)),
                FileRefusal.TooLarge or FileRefusal.TooMuch => new DirectLineException(413, "FileTooLarge", Refusal(refused)),
                _ => new DirectLineException(400, "TooManyFiles", Refusal(refused)),
            };
        var activity = upload.Fields.TryGetValue("activity", out var said) ? DirectLineActivity.Read(Encoding.UTF8.GetBytes(said)) : null;

        return TypedResults.Json(
            new DirectLineId(await turns.TakeAsync(pass, activity ?? new() { Type = DirectLineActivity.Message }, upload.Attachments, cancellationToken)),
            DirectLineJson.Default.DirectLineId
        );
    }

    private string Refusal(RefusedFile refused) => $"{refused.Name} cannot be attached: {settings.Limits.Explain(refused.Why)}.";
}
