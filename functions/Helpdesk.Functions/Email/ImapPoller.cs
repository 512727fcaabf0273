using System.Net.Sockets;
using Helpdesk.Email;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Intake;
using MailKit;
using MailKit.Net.Imap;
using MailKit.Security;

namespace Helpdesk.Functions.Email;

/// <summary>Fetches a mailbox: every mail is kept as a receipt, and only then marked, moved and passed by.</summary>
/// <remarks>
/// It may die anywhere and run twice at once. The ids of receipts are made from the server's numbers and from the time at which a mail was first seen,
/// which is stored before anything is kept. When a server numbers its mails anew, all are looked at again, and those kept before are recognised.
/// </remarks>
public sealed partial class ImapPoller(
    ImapConnections connections,
    ImapPositions positions,
    MailIntake intake,
    ReceiptStore receipts,
    TimeProvider time,
    ILogger<ImapPoller> logger
)
{
    /// <summary>Asks the server once, and keeps what is new until nothing is left or <paramref name="until"/> has come.</summary>
    /// <param name="atOnce">Also when it is to be left alone for a while, since it failed.</param>
    public async Task<ImapPosition> PollAsync(string workspace, Mailbox mailbox, bool atOnce, DateTimeOffset until, CancellationToken cancellationToken)
    {
        var imap = mailbox.Imap ?? throw new InvalidDataException($"Mailbox {mailbox.Id} is fetched and has no server.");
        var stored = await positions.ReadAsync(workspace, mailbox.Id, cancellationToken);
        var (position, now) = (stored.Position, time.GetUtcNow());
        var settings = Hashes.Short(imap.ToString());
        if (position.LeasedUntil > now || (!atOnce && position.NotBefore > now && position.Settings == settings))
            return position;

        var visit = new ImapVisit(positions, intake, receipts, time, logger, workspace, mailbox, stored);
        try
        {
            using var client = await connections.OpenAsync(workspace, imap, cancellationToken);
            await visit.RunAsync(client, until, cancellationToken);
            await client.DisconnectAsync(true, cancellationToken);
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested && ReasonOf(failure) is { } reason)
        {
            // Once, and not every minute for as long as it lasts.
            if (visit.Stored.Position.Error != reason)
                Log.Failed(logger, workspace, mailbox.Id, failure is ImapException ? reason : failure.GetType().Name);
            await visit.WriteAsync(visit.Stored.Position.Failed(reason, settings, time.GetUtcNow()) with { Step = visit.BrokenOff() }, [], cancellationToken);
            return visit.Stored.Position;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // This process ends: whoever comes next need not wait for the lease.
            await visit.WriteAsync(visit.Stored.Position with { LeasedBy = null, LeasedUntil = null }, [], CancellationToken.None);
            throw;
        }

        if (visit.Recovered)
            Log.Recovered(logger, workspace, mailbox.Id);
        return visit.Stored.Position;
    }

    /// <summary>Why a server cannot be used, in words; null for a failure that is none of the server's.</summary>
    private static string? ReasonOf(Exception failure) =>
        failure switch
        {
            ImapException known => known.Message,
            FolderNotFoundException folder => $"The folder {folder.FolderName} is not there: check imap.folder.",
            AuthenticationException or ServiceNotAuthenticatedException => $"The mail server refuses the sign-in: {failure.Message}",
            CommandException refused => $"The mail server refuses a command: {refused.Message}",
            ProtocolException or ServiceNotConnectedException or SocketException or IOException => $"The connection broke off: {failure.Message}",
            TimeoutException or OperationCanceledException => "The mail server did not answer in time.",
            _ => null,
        };

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "Mailbox {Mailbox} of {Workspace} cannot be fetched: {Reason}")]
        public static partial void Failed(ILogger logger, string workspace, string mailbox, string reason);

        [LoggerMessage(LogLevel.Information, "Mailbox {Mailbox} of {Workspace} is fetched again")]
        public static partial void Recovered(ILogger logger, string workspace, string mailbox);
    }
}
