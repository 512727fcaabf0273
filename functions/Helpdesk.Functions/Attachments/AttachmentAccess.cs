using Helpdesk.Attachments;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;

namespace Helpdesk.Functions.Attachments;

/// <summary>Who may have which file.</summary>
public sealed class AttachmentAccess(AttachmentStore files, AttachmentSettings settings)
{
    /// <summary>A file for the holder of a key: null where there is none that they may know of, 409 for one that is infected.</summary>
    public async Task<FileAnswer?> ForCallerAsync(Caller caller, string id, CancellationToken cancellationToken)
    {
        if (await FindAsync(caller, id, cancellationToken) is not { } file)
            return null;
        // Who works tickets may look at what the scanner has not; who only asks for others is asked to wait as they are.
        if (caller.Role == KeyRole.Integration)
            MustBeFree(file);
        else
            MustNotBeInfected(file);
        return new(file, files);
    }

    /// <summary>A file for somebody without a key who knows its id: never one on a note, and none that may be harmful.</summary>
    /// <param name="place">Whether what came with the place where it came in may be had that way.</param>
    public async Task<FileAnswer?> ForRequesterAsync(string workspace, string id, Func<string, bool> place, CancellationToken cancellationToken)
    {
        if (
            !SettingsStore.IsId(workspace)
            || await files.FindAsync(workspace, id, cancellationToken) is not { Note: not true, Removing: not true } file
            || !place(file.Place)
        )
            return null;
        MustBeFree(file);
        return new(file, files);
    }

    /// <summary>A file for whoever was given a link to it, which may be one on a note.</summary>
    public FileAnswer ForLink(StoredFile file)
    {
        MustBeFree(file);
        return new(file, files);
    }

    /// <summary>What is known of a file, for those who may know of it.</summary>
    public async Task<StoredFile?> FindAsync(Caller caller, string id, CancellationToken cancellationToken) =>
        await files.FindAsync(caller.Workspace, id, cancellationToken) is { Removing: not true } file && (file.Note != true || caller.SeesNotes) ? file : null;

    private void MustBeFree(StoredFile file)
    {
        MustNotBeInfected(file);
        // Without a scanner there is nobody to wait for.
        if (settings.ScanUrl is null || file.IsFree)
            return;
        throw file.Scan!.State == ScanState.Pending
            ? new HelpdeskRuleException("file-not-scanned", $"{file.Name} is being checked for harmful content: try again in a minute.")
            : new HelpdeskRuleException("file-not-checked", $"{file.Name} could not be checked for harmful content: an admin can release it.");
    }

    private static void MustNotBeInfected(StoredFile file)
    {
        if (file.Scan?.State == ScanState.Infected)
            throw new HelpdeskRuleException("file-infected", $"{file.Name} is harmful and is given to nobody: an admin can release it.");
    }
}
