using Helpdesk.Email;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;

namespace Helpdesk.Functions.Email;

/// <summary>Every minute, on Azure every five: fetches what has come into the mailboxes that are fetched.</summary>
/// <remarks>Where there are none it costs one read of the settings of each workspace. Whoever has much waiting holds up nobody else.</remarks>
public sealed partial class PollMailboxes(SettingsStore settings, ImapPoller poller, TimeProvider time, ILogger<PollMailboxes> logger)
{
    /// <summary>How long one mailbox is fetched until the others are asked again.</summary>
    private static readonly TimeSpan Round = TimeSpan.FromSeconds(45);

    /// <summary>How long a run lasts; the host ends it after five minutes.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);
    private const int AtOnce = 4;

    [Function(nameof(PollMailboxes))]
    public async Task Run([TimerTrigger("%HELPDESK_IMAP_SCHEDULE%")] TimerInfo timer, CancellationToken cancellationToken)
    {
        var end = time.GetUtcNow() + Limit;
        var fetched = await FetchedAsync(cancellationToken);
        while (fetched.Count > 0)
        {
            var left = 0;
            await Parallel.ForEachAsync(
                fetched,
                new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken },
                async (one, token) =>
                {
                    if (await PollAsync(one.Workspace, one.Mailbox, token))
                        Interlocked.Increment(ref left);
                }
            );
            if (left == 0 || time.GetUtcNow() + Round > end)
                return;
        }
    }

    private async Task<List<(string Workspace, Mailbox Mailbox)>> FetchedAsync(CancellationToken cancellationToken)
    {
        var fetched = new List<(string, Mailbox)>();
        var workspaces = await settings.RememberAsync(DirectoryStore.AllWorkspaces, DirectoryKinds.Workspaces, cancellationToken);
        foreach (var workspace in workspaces.Where(one => one.Active).Select(one => one.Id).Append(DirectoryStore.HomeWorkspace).Distinct())
        {
            var mailboxes = await settings.RememberAsync(workspace, EmailKinds.Mailboxes, cancellationToken);
            fetched.AddRange(mailboxes.Where(mailbox => mailbox is { Receive: MailboxReceive.Imap, Imap: not null }).Select(one => (workspace, one)));
        }

        return fetched;
    }

    /// <summary>Whether there is more to fetch.</summary>
    private async Task<bool> PollAsync(string workspace, Mailbox mailbox, CancellationToken cancellationToken)
    {
        try
        {
            return await poller.PollAsync(workspace, mailbox, atOnce: false, time.GetUtcNow() + Round, cancellationToken) is { Error: null, Backlog: > 0 };
        }
        catch (Exception failure) when (ProblemAnswers.StorageFailure(failure) is not null && !cancellationToken.IsCancellationRequested)
        {
            // The others are fetched all the same, and this one from where it stood.
            Log.StorageFailed(logger, failure, workspace, mailbox.Id);
            return false;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Error, "Storage failed while mailbox {Mailbox} of {Workspace} was fetched")]
        public static partial void StorageFailed(ILogger logger, Exception failure, string workspace, string mailbox);
    }
}
