using System.Collections.Frozen;
using Helpdesk.Tickets;

namespace Helpdesk.Alerts;

/// <summary>What the words that monitoring tools have for "how bad" mean for a ticket.</summary>
/// <remarks>A bare number is none of them: what one tool calls 1 is the worst, and what another calls 1 the least.</remarks>
public static class AlertSeverities
{
    /// <summary>The words of each priority, the worst first.</summary>
    public static IReadOnlyList<(TicketPriority Priority, IReadOnlyList<string> Words)> Words { get; } =
    [
        (TicketPriority.Urgent, ["critical", "crit", "disaster", "emergency", "emerg", "fatal", "page", "panic", "blocker", "urgent", "p1", "sev0"]),
        (TicketPriority.High, ["high", "error", "err", "major", "severe", "alert", "p2", "sev1"]),
        (TicketPriority.Normal, ["warning", "warn", "average", "medium", "minor", "moderate", "normal", "p3", "sev2"]),
        (
            TicketPriority.Low,
            ["low", "info", "information", "informational", "notice", "debug", "verbose", "none", "not classified", "p4", "p5", "sev3", "sev4"]
        ),
    ];

    private static readonly FrozenDictionary<string, TicketPriority> ByWord = Words
        .SelectMany(one => one.Words.Select(word => (word, one.Priority)))
        .ToFrozenDictionary(one => one.word, one => one.Priority, StringComparer.OrdinalIgnoreCase);

    /// <summary>The priority that a word means; null for a word that is not known, and for none.</summary>
    public static TicketPriority? PriorityOf(string? word) => word is not null && ByWord.TryGetValue(word.Trim(), out var priority) ? priority : null;
}
