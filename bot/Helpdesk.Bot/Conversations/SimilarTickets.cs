using Helpdesk.Tickets;

namespace Helpdesk.Bot.Conversations;

/// <summary>Finds tickets that a new description seems to be about already.</summary>
public static class SimilarTickets
{
    private const int Most = 3;

    /// <summary>How much of the shorter text's words must be the same.</summary>
    private const double Enough = 0.5;

    /// <summary>The most similar ones, the best first; only live tickets are looked at.</summary>
    public static IReadOnlyList<Ticket> Of(string text, IEnumerable<Ticket> tickets)
    {
        var said = WordsOf(text);
        if (said.Count == 0)
            return [];
        return
        [
            .. tickets
                .Where(ticket => ticket.Status is not (TicketStatus.Resolved or TicketStatus.Closed))
                .Select(ticket => (Ticket: ticket, Score: Score(said, WordsOf(ticket.Subject))))
                .Where(one => one.Score >= Enough)
                .OrderByDescending(one => one.Score)
                .ThenByDescending(one => one.Ticket.Number)
                .Take(Most)
                .Select(one => one.Ticket),
        ];
    }

    private static double Score(HashSet<string> said, HashSet<string> subject)
    {
        if (subject.Count == 0)
            return 0;
        var same = subject.Count(word => said.Any(other => SameStem(word, other)));
        return (double)same / Math.Min(said.Count, subject.Count);
    }

    /// <summary>Languages bend the ends of words: the first letters are what counts.</summary>
    private static bool SameStem(string one, string other)
    {
        var length = Math.Min(one.Length, other.Length);
        var stem = Math.Max(4, length - 2);
        return length >= 4 && one.AsSpan(0, Math.Min(stem, one.Length)).SequenceEqual(other.AsSpan(0, Math.Min(stem, other.Length)));
    }

    private static HashSet<string> WordsOf(string text) =>
        [
            .. PlainText
                .Head(text, 500)
                .ToLowerInvariant()
                .Split([.. text.Where(letter => !char.IsLetterOrDigit(letter)).Distinct()], StringSplitOptions.RemoveEmptyEntries)
                .Where(word => word.Length >= 4)
                .Take(40),
        ];
}
