using System.Text.Json.Serialization;
using Helpdesk.Tickets;

namespace Helpdesk.Intake;

/// <summary>The stored proof that something came in, and what became of it. One receipt makes at most one ticket.</summary>
public sealed record Receipt
{
    /// <summary>Names its own place: day, shard and a random part.</summary>
    public required string Id { get; init; }
    public required string Workspace { get; init; }
    public required IntakeChannel Channel { get; init; }
    public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary>When it had come to where it was fetched from, as a mail server says; null where it came straight here.</summary>
    public DateTimeOffset? ArrivedAt { get; init; }
    public required ReceiptState State { get; init; }

    /// <summary>
    /// The ticket number that is kept for it, so that working it twice makes one ticket; 0 while none is. What always becomes a ticket has one from the
    /// start, a mail from when it is known to open one.
    /// </summary>
    public required long Number { get; init; }

    /// <summary>Id of the ticket it became; null until then.</summary>
    public string? Ticket { get; init; }

    /// <summary>Id of the comment it became on that ticket; null when it opened the ticket, or became none.</summary>
    public string? Comment { get; init; }

    /// <summary>Id of the mailbox that it came to; null for another channel.</summary>
    public string? Mailbox { get; init; }

    /// <summary>Id of the alert source, or name of the telephone adapter, that it came by; null for another channel.</summary>
    public string? Source { get; init; }

    /// <summary>Headers that belong to what was sent, names in lower case; null for none. Secrets and signatures are never among them.</summary>
    public IReadOnlyDictionary<string, string>? Headers { get; init; }

    /// <summary>Where it went and by which rule, such as "comment: In-Reply-To names a message of ticket 12"; null where there is nothing to
    /// explain.</summary>
    public string? Reason { get; init; }

    /// <summary>Why it failed or was ignored, in words and without the requester's own.</summary>
    public string? Error { get; init; }
    public required int Attempts { get; init; }
    public required string ContentType { get; init; }

    /// <summary>Files that came with it; null for none.</summary>
    public IReadOnlyList<TicketAttachment>? Attachments { get; init; }

    /// <summary>The version of the form that was filled in: by that one it is read, whatever becomes of the form; null for none.</summary>
    public TicketForm? Form { get; init; }

    /// <summary>True for what the desk sent to itself, to see that the intake works: it goes all the way and opens no ticket. Null otherwise.</summary>
    public bool? Probe { get; init; }

    /// <summary>Which version of it was read, as storage tells; no part of what is stored.</summary>
    [JsonIgnore]
    public string? Version { get; init; }
}

/// <summary>How far the desk has got with a receipt.</summary>
[JsonConverter(typeof(WireNameConverter<ReceiptState>))]
public enum ReceiptState
{
    Received,
    Processed,

    /// <summary>Kept as it came, and can be replayed.</summary>
    Failed,

    /// <summary>Recognised as nobody's request, such as a form filled in by a program.</summary>
    Ignored,
}
