using System.Text.Json.Serialization;
using Helpdesk.Functions.Hosting;
using Microsoft.AspNetCore.Http.Features;

namespace Helpdesk.Functions.Attachments;

/// <summary>Files to keep.</summary>
public sealed record FilesUpload
{
    /// <summary>The files, as parts with a file name.</summary>
    public required IReadOnlyList<string> Files { get; init; }
}

/// <summary>Files that are kept.</summary>
/// <param name="Items">The files, in the order in which they came.</param>
public sealed record AttachmentsView(IReadOnlyList<AttachmentView> Items);

/// <summary>
/// Keeps files for a ticket or a comment that is still to be written: it names them by their ids in <c>attachments</c>. What nobody names within
/// 24 hours is removed.
/// </summary>
public sealed class AddAttachments(AttachmentSettings settings, IdempotencyStore reservations, FileScans scans)
{
    [Function(nameof(AddAttachments)), RequiresKey(KeyRole.Integration, KeyRole.Agent, KeyRole.Admin), Takes(typeof(FilesUpload), Upload.ContentType)]
    [Answers(StatusCodes.Status413PayloadTooLarge, "A file is too large, or all of them together are.")]
    public async Task<Microsoft.AspNetCore.Http.HttpResults.Created<AttachmentsView>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/attachments")] SentFiles sent,
        Caller caller,
        Idempotency? idempotency,
        CancellationToken cancellationToken
    )
    {
        var upload = sent.Upload;
        upload.MustBeTaken(settings.Limits);
        if (upload.Files.Count == 0)
            throw new InvalidRequestException("files", "files is required: send at least one part with a file name.");
        if (idempotency is not null)
            await reservations.ReserveAsync(caller.Workspace, idempotency, () => new("files"), cancellationToken);
        var known = await scans.OfAsync(caller.Workspace, upload.Attachments, cancellationToken);
        var view = new AttachmentsView(AttachmentView.Of(upload.Attachments, known));
        return TypedResults.Created(view.Items[0].Url, view);
    }
}

/// <summary>The files of a request that brings nothing else.</summary>
public sealed record SentFiles(Upload Upload) : IFromRequest<SentFiles>
{
    private const int FieldLimit = 64 * 1024;

    public static async ValueTask<SentFiles> ReadAsync(HttpContext context)
    {
        var caller = context.Features.GetRequiredFeature<Caller>();
        return new(await Upload.ReadAsync(context, caller.Workspace, Upload.PlaceOf(context), FieldLimit, null, context.RequestAborted));
    }
}

[JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web, Converters = [typeof(UtcInstantConverter)])]
[JsonSerializable(typeof(AttachmentsView))]
[JsonSerializable(typeof(AttachmentView))]
[JsonSerializable(typeof(AttachmentLinkView))]
internal sealed partial class AttachmentsApiJson : JsonSerializerContext;
