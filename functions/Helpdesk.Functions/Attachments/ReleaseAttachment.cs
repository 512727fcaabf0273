using Helpdesk.Attachments;
using Helpdesk.Functions.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Attachments;

/// <summary>Lets everybody have a file that the scanner holds back. An admin answers for it; who it was is kept.</summary>
public sealed partial class ReleaseAttachment(AttachmentStore files, FileScans scans, ILogger<ReleaseAttachment> logger)
{
    [Function(nameof(ReleaseAttachment)), RequiresKey(KeyRole.Admin)]
    public async Task<Results<Ok<AttachmentView>, NotFound>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/attachments/{id}/release")] NoBody body,
        string id,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        var by = caller.Agent ?? caller.KeyId;
        var file = await files.ChangeAsync(
            caller.Workspace,
            id,
            known =>
                known.Scan is null or { State: ScanState.Clean or ScanState.Released }
                    ? known
                    : known with
                    {
                        Scan = known.Scan with { State = ScanState.Released, By = by },
                    },
            cancellationToken
        );
        scans.Forget(caller.Workspace, id);
        if (file is null)
            return TypedResults.NotFound();
        if (file.Scan?.State == ScanState.Released)
            Log.Released(logger, id, by);
        return TypedResults.Ok(AttachmentView.Of(new(file.Id, file.Name, file.ContentType, file.Size), file.Scan));
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Information, "File {FileId} was released by {Agent}")]
        public static partial void Released(ILogger logger, string fileId, string agent);
    }
}
