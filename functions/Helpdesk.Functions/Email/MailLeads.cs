using System.Runtime.CompilerServices;
using Helpdesk.Email;
using Helpdesk.Functions.Tickets;

namespace Helpdesk.Functions.Email;

/// <summary>A ticket that a mail may belong to, and by what.</summary>
/// <param name="Subject">The subject of the mail that it answers; null where it answers none.</param>
/// <param name="ProvesAgent">Whether only somebody who had a mail of the desk can have it.</param>
/// <param name="IsNote">Whether it answers a mail about an internal note.</param>
public sealed record MailLead(MailClue Clue, TicketAddress Ticket, string? Subject = null, bool ProvesAgent = false, bool IsNote = false);

/// <summary>Finds the tickets that a mail may belong to, the surest first. Each is looked for only when those before were none.</summary>
public sealed class MailLeads(MailThreads threads, ReplyTokens tokens)
{
    private const int MostAnswered = 5;
    private const int MostAddresses = 50;

    public async IAsyncEnumerable<MailLead> FindAsync(string workspace, ReceivedMail mail, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var about = new List<string>();
        foreach (var id in mail.InReplyTo.Take(MostAnswered))
        {
            if (await threads.FindAsync(workspace, id, cancellationToken) is { IsNote: true } note)
                about.Add(note.Ticket);
        }

        var addresses = mail.Recipients.Concat(mail.To.Concat(mail.Cc).Concat(mail.ReplyTo).Select(one => one.Email));
        foreach (var tag in addresses.Select(PlusAddress.TagOf).OfType<string>().Distinct(StringComparer.Ordinal).Take(MostAddresses))
        {
            var isNote = tag.EndsWith(ReplyTokens.NoteSuffix, StringComparison.OrdinalIgnoreCase);
            var token = isNote ? tag[..^ReplyTokens.NoteSuffix.Length] : tag;
            if (await tokens.ReadAsync(workspace, token, cancellationToken) is { } ticket)
                yield return new(
                    MailClue.Token,
                    ticket,
                    ProvesAgent: true,
                    IsNote: isNote || about.Any(id => TicketAddress.Parse(workspace, id)?.Number == ticket.Number)
                );
        }

        var answered = mail.InReplyTo.Take(MostAnswered).Select(id => (MailClue.InReplyTo, Id: id));
        var references = mail.References.Reverse().Except(mail.InReplyTo, StringComparer.Ordinal).Take(MailRules.MostReferences);
        foreach (var (clue, id) in answered.Concat(references.Select(id => (MailClue.References, Id: id))))
        {
            if (await threads.FindAsync(workspace, id, cancellationToken) is { } known && TicketAddress.Parse(workspace, known.Ticket) is { } ticket)
                yield return new(clue, ticket, known.Subject, known.Sent, known.IsNote);
        }

        if (mail.QuotedToken is { } quoted && await tokens.ReadAsync(workspace, quoted, cancellationToken) is { } marked)
            yield return new(MailClue.Quoted, marked, ProvesAgent: true);

        if (MailSubject.Number(mail.Subject) is { } number)
            yield return new(MailClue.Subject, new(workspace, number));
    }

    /// <summary>What a clue is, for the reason on a receipt.</summary>
    public static string WordsOf(MailClue clue) =>
        clue switch
        {
            MailClue.Token => "an address has the reply token of that ticket",
            MailClue.InReplyTo => "In-Reply-To names a mail of that ticket",
            MailClue.References => "References names a mail of that ticket",
            MailClue.Quoted => "it quotes a mail of that ticket with its reply token",
            _ => "its subject names that ticket, and its sender takes part in it",
        };
}
