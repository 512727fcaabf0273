using Helpdesk.Functions.Hosting;

namespace Helpdesk.Functions.Email;

/// <summary>Removes mails that are older than the workspace wants to keep them, with all that is written in them.</summary>
public sealed class TidyMails(OutgoingMails mails, MailSettings settings, TimeProvider time) : INightlyWork
{
    /// <summary>As many are removed in one night at the most: what is left, the next one finds.</summary>
    private const int AtOnce = 20_000;

    public async Task TidyAsync(string workspace, CancellationToken cancellationToken)
    {
        var keep = (await settings.FindAsync(workspace, cancellationToken)).Keep;
        await mails.RemoveBeforeAsync(workspace, time.GetUtcNow() - keep, AtOnce, cancellationToken);
    }
}
