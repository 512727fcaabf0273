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
    public required ReceiptState State { get; init; }

    /// <summary>The ticket number that is kept for it from the start, so that working it twice makes one ticket.</summary>
    public required long Number { get; init; }

    /// <summary>Id of the ticket it became; null until then.</summary>
    public string? Ticket { get; init; }

    /// <summary>Why it failed or was ignored, in words and without the requester's own.</summary>
    public string? Error { get; init; }
    public required int Attempts { get; init; }
    public required string ContentType { get; init; }

    /// <summary>Files that came with it; null for none.</summary>
    public IReadOnlyList<TicketAttachment>? Attachments { get; init; }
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
