using System.Text.Json.Serialization;
using Helpdesk.Tickets;

namespace Helpdesk.Email;

/// <summary>What a mail tells.</summary>
[JsonConverter(typeof(WireNameConverter<MailEvent>))]
public enum MailEvent
{
    /// <summary>To the requester: the request is here, and has a number.</summary>
    Received,

    /// <summary>To the requester and those who take part: an answer.</summary>
    PublicAnswer,

    /// <summary>To the requester and those who take part: the solution.</summary>
    Resolved,

    /// <summary>To the requester: the ticket is closed.</summary>
    Closed,

    /// <summary>To the requester: somebody works on it again.</summary>
    Reopened,

    /// <summary>To an agent: the ticket is theirs.</summary>
    Assigned,

    /// <summary>To an agent: a promise is about to be broken.</summary>
    AtRisk,

    /// <summary>To an agent: a promise was broken.</summary>
    Breached,

    /// <summary>To an agent: a note names them.</summary>
    Mention,

    /// <summary>To somebody who has to approve something.</summary>
    Approval,

    /// <summary>To the requester: how was it?</summary>
    Satisfaction,

    /// <summary>To an admin: the desk did something by itself that somebody has to look at. Its words are no template.</summary>
    Notice,

    /// <summary>To an agent: a ticket comes back, or a task is due.</summary>
    Reminder,

    /// <summary>To whoever wants one: a report. Its words are no template.</summary>
    Report,

    /// <summary>To somebody who wants to sign in to the portal: the link. Its words are no template.</summary>
    SignIn,
}

/// <summary>How far a mail has got.</summary>
[JsonConverter(typeof(WireNameConverter<MailState>))]
public enum MailState
{
    /// <summary>It is about to be sent, or will be tried again.</summary>
    Queued,
    Sent,

    /// <summary>It was refused, or tried as often as it may be.</summary>
    Failed,

    /// <summary>It is not sent, for the reason that stands beside it.</summary>
    Suppressed,
}

/// <summary>A mail to one person about one event of a ticket, and what became of it.</summary>
public sealed record Mail
{
    /// <summary>Made from ticket, event and recipient: the same notification is the same mail, however often it is decided on.</summary>
    public required string Id { get; init; }
    public required string Workspace { get; init; }

    /// <summary>Id of the ticket; null for a test of a template.</summary>
    public string? Ticket { get; init; }

    /// <summary>Number of the ticket; 0 for none.</summary>
    public long Number { get; init; }

    /// <summary>Number of the event that it tells of.</summary>
    public long Seq { get; init; }
    public required MailEvent Event { get; init; }

    /// <summary>The address that it goes to.</summary>
    public required string To { get; init; }

    /// <summary>The name of whom it goes to, or null.</summary>
    public string? Name { get; init; }

    /// <summary>Id of the agent whom it goes to; null for somebody who is helped.</summary>
    public string? Agent { get; init; }

    /// <summary>Id of the comment that it brings, or null.</summary>
    public string? Comment { get; init; }

    /// <summary>The requester on whose ticket its words stand as well, in lower case; null for words that stand on none.</summary>
    public string? ShownTo { get; init; }

    /// <summary>Who did what it tells of, or null.</summary>
    public Actor? By { get; init; }

    /// <summary>Whether no person wrote it.</summary>
    public bool Automatic { get; init; }

    /// <summary>When what it tells of happened.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>When the request was written that it acknowledges, where that was days before; null otherwise.</summary>
    public DateTimeOffset? AskedAt { get; init; }
    public required MailState State { get; init; }

    /// <summary>Why it is not sent, or not yet, or not in the workspace's own words; null where there is nothing to explain.</summary>
    public string? Reason { get; init; }

    /// <summary>How often it was handed to a mail server.</summary>
    public int Attempts { get; init; }

    /// <summary>When it is tried again; null where it is not.</summary>
    public DateTimeOffset? NextAt { get; init; }

    /// <summary>Until when the process that is sending it has it to itself; null when none is.</summary>
    public DateTimeOffset? ClaimedUntil { get; init; }
    public DateTimeOffset? SentAt { get; init; }

    /// <summary>By which way it was sent: <c>smtp</c>, <c>sendgrid</c> or <c>outbox</c>; null until then.</summary>
    public string? Way { get; init; }

    /// <summary>The Message-ID without angle brackets; null until it is written.</summary>
    public string? MessageId { get; init; }

    /// <summary>The subject; null until it is written.</summary>
    public string? Subject { get; init; }
}

/// <summary>A file that was made for a mail, and lies nowhere else.</summary>
/// <param name="Name">Its name.</param>
/// <param name="ContentType">What kind of file it is.</param>
/// <param name="Bytes">Its bytes, in base64.</param>
public sealed record MadeFile(string Name, string ContentType, string Bytes);

/// <summary>What is written in a mail: kept before it is sent, so that a second try says the same.</summary>
public sealed record MailContent
{
    public required string From { get; init; }
    public string? FromName { get; init; }
    public string? ReplyTo { get; init; }
    public required string Subject { get; init; }

    /// <summary>Without angle brackets.</summary>
    public required string MessageId { get; init; }

    /// <summary>The headers besides those that every mail has.</summary>
    public required IReadOnlyDictionary<string, string> Headers { get; init; }
    public required string Text { get; init; }
    public required string Html { get; init; }

    /// <summary>Files that go with it; null for none.</summary>
    public IReadOnlyList<TicketAttachment>? Files { get; init; }

    /// <summary>Files that were made for it; null for none.</summary>
    public IReadOnlyList<MadeFile>? Made { get; init; }

    /// <summary>The language that it is written in.</summary>
    public required string Language { get; init; }
    public required DateTimeOffset Date { get; init; }

    /// <summary>Why it is not in the workspace's own words; null where there is nothing to explain.</summary>
    public string? Remark { get; init; }
}
