using Helpdesk.Bot.Conversations;
using Helpdesk.Functions.Attachments;
using Helpdesk.Functions.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.DurableTask.Client;
using Microsoft.Net.Http.Headers;

namespace Helpdesk.Functions.WebChat;

/// <summary>Takes what a person says in a chat, as a message or as a message with files.</summary>
public sealed class DirectLineMessages(DirectLineAccess access, AttachmentStore files, ChatTurns turns, TaskHub hub)
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
        var body = await RequestBody.ReadAsync(context);
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
        if (
            !MediaTypeHeaderValue.TryParse(context.Request.ContentType, out var type)
            || !type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase)
            || HeaderUtilities.RemoveQuotes(type.Boundary).Value is not { Length: > 0 and <= 200 } boundary
        )
            throw new DirectLineException(415, "BadArgument", "Send files as multipart/form-data.");

        DirectLineActivity? activity = null;
        var received = new List<(string Name, string Type, byte[] Bytes)>();
        try
        {
            var reader = new MultipartReader(boundary, context.Request.Body) { BodyLengthLimit = AttachmentStore.FileLimit, HeadersCountLimit = 16 };
            while (await reader.ReadNextSectionAsync(cancellationToken) is { } section)
            {
                if (!ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var disposition))
                    continue;
                using var bytes = new MemoryStream();
                await section.Body.CopyToAsync(bytes, cancellationToken);
                if (HeaderUtilities.RemoveQuotes(disposition.Name) == "activity")
                {
                    activity = DirectLineActivity.Read(
                        bytes.Length > MessageLimit ? throw new DirectLineException(413, "MessageSizeTooBig", "The message is too large.") : bytes.ToArray()
                    );
                    continue;
                }

                var name = AttachmentStore.CleanName(
                    HeaderUtilities.RemoveQuotes(disposition.FileNameStar.HasValue ? disposition.FileNameStar : disposition.FileName).Value
                );
                var kept =
                    AttachmentStore.TypeOf(name)
                    ?? throw new DirectLineException(
                        400,
                        "FileNotAllowed",
                        $"{name} cannot be attached: these can: {string.Join(' ', AttachmentStore.Endings)}."
                    );
                if (received.Count == AttachmentStore.FilesLimit)
                    throw new DirectLineException(400, "TooManyFiles", $"A message may have {AttachmentStore.FilesLimit} files.");
                received.Add((name, kept, bytes.ToArray()));
            }
        }
        catch (InvalidDataException wrong)
        {
            throw wrong.Message.Contains("length limit", StringComparison.OrdinalIgnoreCase)
                ? new DirectLineException(413, "FileTooLarge", $"A file may have {AttachmentStore.FileLimit / 1024 / 1024} MB.")
                : new DirectLineException(400, "BadArgument", $"The files cannot be read: {wrong.Message}");
        }
        catch (IOException broken)
        {
            throw new DirectLineException(400, "BadArgument", $"The files did not arrive whole: {broken.Message}");
        }

        var attachments = new List<TicketAttachment>();
        foreach (var (name, kept, bytes) in received)
            attachments.Add(await files.AddAsync(pass.Workspace, pass.Conversation, name, kept, bytes, cancellationToken));
        return TypedResults.Json(
            new DirectLineId(await turns.TakeAsync(pass, activity ?? new() { Type = DirectLineActivity.Message }, attachments, cancellationToken)),
            DirectLineJson.Default.DirectLineId
        );
    }
}
