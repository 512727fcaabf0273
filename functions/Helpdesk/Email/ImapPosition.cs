namespace Helpdesk.Email;

/// <summary>How far a mailbox has been fetched, and how that goes.</summary>
/// <remarks>
/// A mail server numbers the mails of a folder (UID) and may begin anew (UIDVALIDITY). Everything up to <see cref="LastUid"/> is kept. What is
/// being kept stands in <see cref="Step"/> with the time at which it was first seen, so that whoever goes on after a crash gives it the same ids.
/// </remarks>
public sealed record ImapPosition
{
    /// <summary>The server, user and folder that the numbers belong to.</summary>
    public string Source { get; init; } = "";

    /// <summary>The server's name for its present numbering; 0 for none yet.</summary>
    public long UidValidity { get; init; }

    /// <summary>Every mail up to this number is kept, or was left out for a reason that is recorded.</summary>
    public long LastUid { get; init; }

    /// <summary>How often the folder was numbered anew: mails may have been kept under another number before.</summary>
    public int Renumbered { get; init; }

    /// <summary>The last number that was given out when that was noticed: mails up to it are recognised without fetching them.</summary>
    public long KnownUpTo { get; init; }

    /// <summary>What is being kept; null for nothing.</summary>
    public ImapStep? Step { get; init; }

    /// <summary>How many full blocks of the index of what was kept there are.</summary>
    public int Blocks { get; init; }

    /// <summary>The process that fetches, and how long nobody else does.</summary>
    public string? LeasedBy { get; init; }
    public DateTimeOffset? LeasedUntil { get; init; }

    /// <summary>When the server was last asked.</summary>
    public DateTimeOffset? PolledAt { get; init; }

    /// <summary>When that last went well.</summary>
    public DateTimeOffset? SucceededAt { get; init; }

    /// <summary>How often in a row it has failed.</summary>
    public int Failures { get; init; }

    /// <summary>What went wrong the last time, in words; null when nothing did.</summary>
    public string? Error { get; init; }

    /// <summary>Before this nobody tries again; null for at once.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>The settings that the failure above was met with: with others it is tried at once.</summary>
    public string? Settings { get; init; }

    /// <summary>What does not work although mails are kept, such as marking them as read; null for nothing.</summary>
    public string? Notice { get; init; }

    /// <summary>How many mails still waited when it was last counted.</summary>
    public int Backlog { get; init; }

    /// <summary>How many mails were kept in all, and how many were recorded as not fetched.</summary>
    public long Kept { get; init; }
    public long NotFetched { get; init; }

    /// <summary>The position when the server could not be asked, or did not do as asked.</summary>
    public ImapPosition Failed(string error, string settings, DateTimeOffset now) =>
        this with
        {
            PolledAt = now,
            Failures = Failures + 1,
            Error = error,
            NotBefore = now + PauseAfter(Failures + 1),
            Settings = settings,
            LeasedBy = null,
            LeasedUntil = null,
        };

    /// <summary>The position when the server was asked and nothing is left to do.</summary>
    public ImapPosition Succeeded(DateTimeOffset now) =>
        this with
        {
            PolledAt = now,
            SucceededAt = now,
            Failures = 0,
            Error = null,
            NotBefore = null,
            Settings = null,
            LeasedBy = null,
            LeasedUntil = null,
        };

    /// <summary>The position at the beginning of another numbering.</summary>
    /// <param name="last">The last number that was given out in it.</param>
    public ImapPosition In(string source, long uidValidity, long last) =>
        source == Source && uidValidity == UidValidity
            ? this
            : this with
            {
                Source = source,
                UidValidity = uidValidity,
                LastUid = 0,
                Step = null,
                Renumbered = UidValidity == 0 ? 0 : Renumbered + 1,
                KnownUpTo = UidValidity == 0 ? 0 : last,
            };

    /// <summary>How long a server that fails is left alone: 1, 2, 4, 8, 16, then 30 minutes.</summary>
    public static TimeSpan PauseAfter(int failures) => TimeSpan.FromMinutes(Math.Min(30, Math.Pow(2, Math.Clamp(failures - 1, 0, 10))));
}

/// <summary>Mails that are being kept.</summary>
/// <param name="SeenAt">When they were first seen: their receipts are filed there.</param>
/// <param name="Uids">Their numbers, ascending.</param>
/// <param name="Careful">Whether they are fetched one by one, since they could not be fetched together.</param>
/// <param name="Stuck">The one at which fetching broke off; null for none.</param>
/// <param name="Tries">How often it broke off there.</param>
public sealed record ImapStep(DateTimeOffset SeenAt, IReadOnlyList<long> Uids, bool Careful = false, long? Stuck = null, int Tries = 0)
{
    /// <summary>How often fetching may break off at the same mail until it is recorded and left out.</summary>
    public const int TryLimit = 3;

    /// <summary>The step after fetching broke off.</summary>
    /// <param name="at">The mail that was being fetched; null where it was one of several.</param>
    public ImapStep BrokenOffAt(long? at) =>
        at is null ? this with { Careful = true }
        : Stuck == at ? this with { Careful = true, Tries = Tries + 1 }
        : this with { Careful = true, Stuck = at, Tries = 1 };
}
