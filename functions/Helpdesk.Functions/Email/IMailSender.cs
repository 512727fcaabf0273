using Helpdesk.Email;

namespace Helpdesk.Functions.Email;

/// <summary>Hands mails over to whatever delivers them.</summary>
public interface IMailSender
{
    /// <summary>What the way is called in the outbox.</summary>
    string Name { get; }

    /// <summary>Whether a mail leaves the desk, so that it must be on record before.</summary>
    bool Leaves { get; }

    /// <summary>Hands a mail over. <see cref="MailRefusedException"/> says why it was not taken, and whether it may be tried again.</summary>
    Task SendAsync(Mail mail, MailContent content, IReadOnlyList<SentFile> files, CancellationToken cancellationToken);
}

/// <summary>A file that goes with a mail.</summary>
public sealed record SentFile(string Name, string ContentType, ReadOnlyMemory<byte> Bytes, string? ContentId);

/// <summary>A mail was not taken.</summary>
/// <param name="why">What the mail server said, on one line.</param>
/// <param name="permanent">Whether it would be refused again.</param>
/// <param name="after">How long it wants to be left alone; null where it does not say.</param>
public sealed class MailRefusedException(string why, bool permanent, TimeSpan? after = null, Exception? inner = null) : Exception(why, inner)
{
    public bool Permanent => permanent;

    public TimeSpan? After => after;
}

/// <summary>Keeps mails where agents can look at them, and sends none: for a laptop.</summary>
public sealed class OutboxSender : IMailSender
{
    /// <summary>What a mail says that nobody got.</summary>
    public const string Way = "outbox";

    public string Name => Way;

    public bool Leaves => false;

    public Task SendAsync(Mail mail, MailContent content, IReadOnlyList<SentFile> files, CancellationToken cancellationToken) => Task.CompletedTask;
}
