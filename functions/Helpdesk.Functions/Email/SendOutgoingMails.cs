using Azure;
using Helpdesk.Email;
using Helpdesk.Functions.Attachments;
using Helpdesk.Functions.Storage;

namespace Helpdesk.Functions.Email;

/// <summary>Sends a mail once: it is written and on record before the call, and what became of it after.</summary>
/// <remarks>
/// A process that dies in between leaves a claim that runs out; whoever takes the mail then sends the same words under the same Message-ID, by which
/// mail servers and readers know the repetition.
/// </remarks>
public sealed partial class MailSending(
    OutgoingMails mails,
    MailWriter writer,
    MailGuards guards,
    MailThreads threads,
    AttachmentStore attachments,
    IMailSender sender,
    UsageMeter usage,
    TimeProvider time,
    ILogger<MailSending> logger
) : IWorker<OutgoingMail>
{
    /// <summary>How long to wait after each try that a mail server asked to be repeated; after the last one the mail has failed.</summary>
    private static readonly TimeSpan[] Waits =
    [
        TimeSpan.FromMinutes(1),
        TimeSpan.FromMinutes(5),
        TimeSpan.FromMinutes(15),
        TimeSpan.FromHours(1),
        TimeSpan.FromHours(4),
        TimeSpan.FromHours(12),
    ];

    public async Task<bool> DoAsync(OutgoingMail message, bool lastTry, CancellationToken cancellationToken)
    {
        if (await mails.FindWithContentAsync(message.Workspace, message.Mail, cancellationToken) is not var (mail, content, etag))
            return false;
        if (mail.State != MailState.Queued)
            return true;
        var now = time.GetUtcNow();
        if (mail.ClaimedUntil > now)
        {
            // Another process is sending it, or died while it was.
            await mails.SendAsync(mail, mail.ClaimedUntil.Value - now + TimeSpan.FromSeconds(5), cancellationToken);
            return true;
        }

        // A message that was left over from before a pause; the one of the next try is on its way.
        if (mail.NextAt > now + TimeSpan.FromSeconds(5))
            return true;
        try
        {
            await SendAsync(mail, content, etag, cancellationToken);
        }
        catch (Exception failure) when (lastTry && failure is not OperationCanceledException)
        {
            Log.Failed(logger, failure, mail.Id);
            await FailAsync(mail, $"It could not be written or sent: {failure.Message}", cancellationToken);
        }

        return true;
    }

    private async Task SendAsync(Mail mail, MailContent? content, ETag etag, CancellationToken cancellationToken)
    {
        if (await guards.ReasonNotToSendAsync(mail, cancellationToken) is { } reason)
        {
            await mails.TryNoteAsync(mail with { State = MailState.Suppressed, Reason = reason, NextAt = null }, null, etag, cancellationToken);
            return;
        }

        var isNew = content is null;
        content ??= await writer.WriteAsync(mail, cancellationToken);
        if (content is null)
        {
            const string gone = "What it was to tell is not there any more.";
            await mails.TryNoteAsync(mail with { State = MailState.Suppressed, Reason = gone, NextAt = null }, null, etag, cancellationToken);
            return;
        }

        var written = mail with { MessageId = content.MessageId, Subject = content.Subject };
        // An answer may come before this process knows that the mail has gone: its thread is known before.
        if (isNew && mail.Ticket is { } ticket)
            await threads.AddAsync(
                mail.Workspace,
                new(content.MessageId, ticket, mail.At, Sent: true, mail.To.ToLowerInvariant(), content.Subject, mail.Event == MailEvent.Mention),
                cancellationToken
            );
        if (sender.Leaves)
        {
            var claimed = written with { ClaimedUntil = time.GetUtcNow() + OutgoingMails.Claim, NextAt = null };
            if (await mails.TryNoteAsync(claimed, isNew ? content : null, etag, cancellationToken) is not { } mine)
                return;
            etag = mine;
        }

        try
        {
            await sender.SendAsync(written, content, await FilesAsync(mail, content, cancellationToken), cancellationToken);
        }
        catch (MailRefusedException refused)
        {
            Log.Refused(logger, mail.Id, sender.Name, refused.Permanent);
            await NoteRefusalAsync(written, refused, etag, cancellationToken);
            return;
        }

        usage.Mail();
        await NoteOfPersonAsync(written, cancellationToken);
        var sent = written with
        {
            State = MailState.Sent,
            SentAt = time.GetUtcNow(),
            Way = sender.Name,
            Attempts = mail.Attempts + 1,
            Reason = content.Remark,
            NextAt = null,
            ClaimedUntil = null,
        };
        await mails.TryNoteAsync(sent, sender.Leaves || !isNew ? null : content, etag, cancellationToken);
    }

    /// <summary>Notes a mail that has gone, for the line of time of whom it went to. Answers stand on the ticket, where its requester is shown them.</summary>
    private async Task NoteOfPersonAsync(Mail mail, CancellationToken cancellationToken)
    {
        var person = mail.To.ToLowerInvariant();
        if (mail is not { Agent: null, Ticket: { } ticket } || person == mail.ShownTo)
            return;
        await threads.NoteOfPersonAsync(
            mail.Workspace,
            new(mail.MessageId!, ticket, mail.At, Sent: true, person, mail.Subject!, ShownTo: mail.ShownTo),
            cancellationToken
        );
    }

    private async Task NoteRefusalAsync(Mail mail, MailRefusedException refused, ETag etag, CancellationToken cancellationToken)
    {
        var tried = mail with { Attempts = mail.Attempts + 1, Reason = refused.Message, ClaimedUntil = null, Way = sender.Name };
        if (refused.Permanent || tried.Attempts > Waits.Length)
        {
            await mails.TryNoteAsync(tried with { State = MailState.Failed, NextAt = null }, null, etag, cancellationToken);
            return;
        }

        var wait = Waits[tried.Attempts - 1];
        if (refused.After > wait)
            wait = refused.After.Value;
        // The message first: a mail that waits for no message would never be tried again.
        await mails.SendAsync(mail, wait, cancellationToken);
        await mails.TryNoteAsync(tried with { NextAt = time.GetUtcNow() + wait }, null, etag, cancellationToken);
    }

    private async Task FailAsync(Mail mail, string reason, CancellationToken cancellationToken)
    {
        if (await mails.FindAsync(mail.Workspace, mail.Id, cancellationToken) is ({ State: MailState.Queued } now, var etag))
            await mails.TryNoteAsync(
                now with
                {
                    State = MailState.Failed,
                    Reason = reason,
                    NextAt = null,
                    ClaimedUntil = null,
                },
                null,
                etag,
                cancellationToken
            );
    }

    private async Task<IReadOnlyList<SentFile>> FilesAsync(Mail mail, MailContent content, CancellationToken cancellationToken)
    {
        if (!sender.Leaves)
            return [];
        var files = new List<SentFile>(
            (content.Made ?? []).Select(made => new SentFile(made.Name, made.ContentType, Convert.FromBase64String(made.Bytes), null))
        );
        foreach (var file in content.Files ?? [])
        {
            if (await attachments.OpenAsync(mail.Workspace, file.Id, cancellationToken) is not { } opened)
                continue;
            using var bytes = new MemoryStream();
            await using (var stream = opened.Bytes)
                await stream.CopyToAsync(bytes, cancellationToken);
            files.Add(new(file.Name, file.ContentType, bytes.ToArray(), file.ContentId));
        }

        return files;
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "Mail {Mail} was not taken by {Way}; for good: {Permanent}")]
        public static partial void Refused(ILogger logger, string mail, string way, bool permanent);

        [LoggerMessage(LogLevel.Error, "Mail {Mail} could not be written or sent, and is not tried again")]
        public static partial void Failed(ILogger logger, Exception failure, string mail);
    }
}

/// <summary>Sends what a process left behind that ended before its mails were sent, and what is due to be tried again.</summary>
public sealed class SendOutgoingMails(WorkRunner<OutgoingMail> work)
{
    [Function(nameof(SendOutgoingMails))]
    public Task Run([QueueTrigger(OutgoingMail.QueueName)] OutgoingMail message, int dequeueCount, CancellationToken cancellationToken) =>
        work.ReceiveAsync(message, dequeueCount, cancellationToken);
}
