using Helpdesk.Attachments;
using Helpdesk.Functions.Hosting;

namespace Helpdesk.Functions.Attachments;

/// <summary>Knows whether something still names a file: a ticket, a receipt that can be replayed, a chat that is not over.</summary>
public interface IHoldsFiles
{
    Task<FileHold> HoldsAsync(StoredFile file, CancellationToken cancellationToken);
}

/// <summary>Whether a file is named.</summary>
public enum FileHold
{
    None,

    /// <summary>It is now, and may not be one day.</summary>
    ForNow,

    /// <summary>It is, and goes when what names it goes.</summary>
    ForGood,
}

/// <summary>Removes files that nobody has named within a day. Each file is looked at until somebody names it, and then no more.</summary>
public sealed partial class RemoveOrphans(AttachmentStore files, IEnumerable<IHoldsFiles> holders, TimeProvider time, ILogger<RemoveOrphans> logger)
    : INightlyWork
{
    /// <summary>How long a file may lie that nobody names.</summary>
    public static TimeSpan Kept { get; } = TimeSpan.FromHours(24);

    /// <summary>A ticket that claims a file names it within this time, or not at all.</summary>
    private static readonly TimeSpan ClaimedFor = TimeSpan.FromHours(1);

    /// <summary>Files in one night and workspace.</summary>
    private const int Most = 10_000;
    private const int Step = 200;

    public async Task TidyAsync(string workspace, CancellationToken cancellationToken)
    {
        var (removed, before) = (0, time.GetUtcNow() - Kept);
        for (var looked = 0; looked < Most; )
        {
            var some = await files.ReadNewAsync(workspace, before, Step, cancellationToken);
            foreach (var (key, blob, id) in some)
            {
                if (!await LookAsync(workspace, key, blob, id, before, cancellationToken))
                    removed++;
            }

            looked += some.Count;
            if (some.Count < Step)
                break;
        }

        if (removed > 0)
            Log.Removed(logger, removed, workspace);
    }

    /// <summary>Looks at one file; false when it is removed.</summary>
    private async Task<bool> LookAsync(string workspace, string key, string blob, string? id, DateTimeOffset before, CancellationToken cancellationToken)
    {
        var file =
            id is null ? null
            : (await files.FindAsync(workspace, [id], cancellationToken)) is [var known] ? known
            : null;
        if (file is null || file.Blob != blob)
        {
            // Bytes without a row, or beside another's: whoever brought them died before they were noted, or after they were removed.
            await files.RemoveBlobAsync(workspace, blob, cancellationToken);
            await files.SettleAsync(workspace, key, cancellationToken);
            return false;
        }

        var hold = file.Removing == true ? FileHold.None : await HoldAsync(file, before, cancellationToken);
        if (hold == FileHold.ForGood)
        {
            await files.SettleAsync(workspace, key, cancellationToken);
            return true;
        }

        if (hold == FileHold.ForNow)
        {
            await files.PostponeAsync(workspace, key, blob, file.Id, cancellationToken);
            return true;
        }

        // Who claims it at this very moment wins: then it has changed, and is looked at again the next night.
        var marked = await files.ChangeAsync(
            workspace,
            file.Id,
            now => now.ClaimedAt == file.ClaimedAt && now.At == file.At ? now with { Removing = true } : null,
            cancellationToken
        );
        if (marked is null)
            return true;
        await files.RemoveAsync(workspace, [file.Id], cancellationToken);
        await files.SettleAsync(workspace, key, cancellationToken);
        return false;
    }

    private async Task<FileHold> HoldAsync(StoredFile file, DateTimeOffset before, CancellationToken cancellationToken)
    {
        // It has come again, or a ticket is about to name it.
        if (file.At > before || file.ClaimedAt > time.GetUtcNow() - ClaimedFor)
            return FileHold.ForNow;
        var hold = FileHold.None;
        foreach (var holder in holders)
        {
            var found = await holder.HoldsAsync(file, cancellationToken);
            if (found == FileHold.ForGood)
                return found;
            hold = found > hold ? found : hold;
        }

        return hold;
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Information, "{Count} files of workspace {Workspace} were removed that nobody names")]
        public static partial void Removed(ILogger logger, int count, string workspace);
    }
}
