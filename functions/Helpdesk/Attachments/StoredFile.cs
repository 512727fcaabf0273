using System.Text.Json.Serialization;

namespace Helpdesk.Attachments;

/// <summary>What the desk knows of a file that it keeps: whose it is, what it is, and whether it is safe.</summary>
public sealed record StoredFile
{
    public required string Id { get; init; }
    public required string Workspace { get; init; }

    /// <summary>Where its bytes lie.</summary>
    public required string Blob { get; init; }
    public required string Name { get; init; }

    /// <summary>Decided by its bytes and its ending, see <see cref="FileTypes"/>.</summary>
    public required string ContentType { get; init; }
    public required long Size { get; init; }

    /// <summary>SHA-256 of its bytes in hexadecimal digits.</summary>
    public required string Sha256 { get; init; }
    public required DateTimeOffset At { get; init; }

    /// <summary>What it came with: a chat, a receipt, a request. The same file there again is the same file.</summary>
    public required string Place { get; init; }

    /// <summary>Id of the receipt that names it, until that has become a ticket; null for none.</summary>
    public string? Receipt { get; init; }

    /// <summary>Number of the ticket that names it; null until one does.</summary>
    public long? Ticket { get; init; }

    /// <summary>When a ticket or receipt was about to name it; null until then.</summary>
    public DateTimeOffset? ClaimedAt { get; init; }

    /// <summary>Whether it is on an internal note, for those alone who may read notes; null for no.</summary>
    public bool? Note { get; init; }

    /// <summary>Whether a scanner has found it harmless; null where none looks.</summary>
    public FileScan? Scan { get; init; }

    /// <summary>Counts the links that were made void: those that were made before are good no longer.</summary>
    public int Links { get; init; }

    /// <summary>Whether it is about to be removed: from then on nobody can attach it.</summary>
    public bool? Removing { get; init; }

    /// <summary>Whether requesters may have it.</summary>
    [JsonIgnore]
    public bool IsFree => Scan is null or { State: ScanState.Clean or ScanState.Released };

    /// <summary>The file as it is once a ticket names it; itself where that changes nothing.</summary>
    /// <param name="note">Whether an internal note names it. What was public once stays so.</param>
    public StoredFile ClaimedBy(long ticket, bool note, DateTimeOffset now) =>
        this with
        {
            Ticket = ticket,
            ClaimedAt = now,
            Note = note && (Ticket is null || Note == true) ? true : null,
        };

    /// <summary>Whether a request of a ticket may name it: nobody else's file, and not one that is going.</summary>
    public bool MayBeAttachedTo(long? ticket) => Removing != true && (Ticket is null || Ticket == ticket);
}

/// <summary>What a scanner says of a file.</summary>
/// <param name="State">How far it has got.</param>
/// <param name="Tries">How often the scanner was asked.</param>
/// <param name="Found">What it found, or why it could not look; null for nothing.</param>
/// <param name="By">Id of the agent who released it; null for nobody.</param>
public sealed record FileScan(ScanState State, int Tries = 0, string? Found = null, string? By = null);

/// <summary>Whether a file is known to be harmless.</summary>
[JsonConverter(typeof(WireNameConverter<ScanState>))]
public enum ScanState
{
    /// <summary>The scanner has not answered yet: requesters cannot have the file.</summary>
    Pending,
    Clean,

    /// <summary>Nobody can have the file.</summary>
    Infected,

    /// <summary>The scanner cannot look at it: requesters cannot have the file.</summary>
    Failed,

    /// <summary>An admin has looked, and lets everybody have it.</summary>
    Released,
}
