using System.Text;
using Helpdesk.Contacts;
using Helpdesk.Tickets;

namespace Helpdesk.Knowledge;

/// <summary>Makes the first draft of an article of a ticket that was solved: what was wrong and what helped, in public words alone.</summary>
public static class ArticleOfTicket
{
    /// <summary>Comments of agents that are taken where no solution is written down.</summary>
    private const int Comments = 5;

    /// <param name="problem">What stands above what was wrong.</param>
    /// <param name="solution">What stands above what helped.</param>
    /// <param name="most">How many characters the article may have.</param>
    public static string Body(Ticket ticket, IEnumerable<Comment> comments, string problem, string solution, int most)
    {
        ArgumentNullException.ThrowIfNull(ticket);
        ArgumentNullException.ThrowIfNull(comments);
        var helped = ticket.Resolution is { Length: > 0 } resolution
            ? resolution
            : string.Join(
                "\n\n",
                comments
                    .Where(comment =>
                        comment is { Visibility: CommentVisibility.Public, By: ActorKind.Agent, DeletedAt: null } && !string.IsNullOrWhiteSpace(comment.Body)
                    )
                    .TakeLast(Comments)
                    .Select(comment => comment.Body)
            );
        var half = (most - problem.Length - solution.Length - 20) / 2;
        string Part(string text) => PlainText.Shortened(Escaped(Nameless(ticket, text)), half);
        return $"## {problem}\n\n{Part(ticket.Description)}\n\n## {solution}\n\n{Part(helped)}\n";
    }

    /// <summary>What the ticket is about, without the people whose it is.</summary>
    public static string Title(Ticket ticket)
    {
        ArgumentNullException.ThrowIfNull(ticket);
        return Nameless(ticket, ticket.Subject);
    }

    /// <summary>A text that Markdown shows as it was written.</summary>
    public static string Escaped(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var escaped = new StringBuilder(text.Length);
        foreach (var line in text.ReplaceLineEndings("\n").Split('\n'))
        {
            var words = line.Trim();
            for (var i = 0; i < words.Length; i++)
            {
                var letter = words[i];
                // Punctuation that means something anywhere, or at the beginning of a line.
                if (@"\`*_[]<>|~&$^".Contains(letter, StringComparison.Ordinal) || (i == 0 && "#+-=:".Contains(letter, StringComparison.Ordinal)))
                    escaped.Append('\\');
                else if (letter is '.' or ')' && i > 0 && words[..i].All(char.IsAsciiDigit))
                    escaped.Append('\\');
                else if (letter == '!' && i + 1 < words.Length && words[i + 1] == '[')
                    escaped.Append('\\');
                escaped.Append(letter);
            }

            escaped.Append('\n');
        }

        return escaped.ToString().TrimEnd('\n');
    }

    private static string Nameless(Ticket ticket, string text)
    {
        var people = new[] { (ticket.Requester.Email, ticket.Requester.Name) }
            .Concat((ticket.Participants ?? []).Select(one => (one.Email, one.Name)))
            .ToList();
        var person = new ErasedPerson([.. people.Select(one => one.Email)], [], [], "…", ErasureMode.Anonymised).KnownAs(people.Select(one => one.Name));
        return person.Text(text, own: true).Replace(ErasedPerson.Gone, "…", StringComparison.Ordinal);
    }
}
