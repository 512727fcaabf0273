using System.Text.RegularExpressions;
using Helpdesk.Intake;
using Helpdesk.Tickets;

namespace Helpdesk.Email;

/// <summary>What shows that a mail belongs to a ticket, the surest first.</summary>
public enum MailClue
{
    /// <summary>A signed token in an address.</summary>
    Token,
    InReplyTo,
    References,

    /// <summary>A signed token in what it quotes.</summary>
    Quoted,

    /// <summary>The ticket's number in the subject, which anybody can write.</summary>
    Subject,
}

/// <summary>What to do with a mail that may belong to a ticket.</summary>
public enum MailFit
{
    /// <summary>It goes onto the ticket.</summary>
    Fits,

    /// <summary>It belongs there, and the ticket takes nothing any more.</summary>
    Closed,

    /// <summary>It does not belong there.</summary>
    Foreign,
}

/// <summary>Where mails go, decided by the mail and the ticket alone.</summary>
public static partial class MailRules
{
    /// <summary>So many ids of <c>References</c> are looked up, from the right.</summary>
    public const int MostReferences = 20;

    /// <summary>Words that are shorter are no sign of a program, however often they come: "Yes, please."</summary>
    public const int ShortWords = 40;

    /// <summary>What was written longer ago than this when its ticket is opened is not acknowledged, as in a mailbox with a history that is
    /// connected.</summary>
    public static readonly TimeSpan Late = TimeSpan.FromDays(2);

    /// <summary>When a mail was written, where that is long ago; null otherwise. Of what its author and the servers say, the earliest counts.</summary>
    public static DateTimeOffset? AskedAt(ReceivedMail mail, Receipt receipt, DateTimeOffset now)
    {
        var asked = new[] { mail.Date, receipt.ArrivedAt, receipt.ReceivedAt }.Min();
        return asked < now - Late ? asked : null;
    }

    /// <summary>Whether a mail goes onto a ticket that a clue leads to.</summary>
    /// <param name="threadSubject">The subject of the mail that it answers; null where it answers none.</param>
    public static MailFit Fit(Ticket ticket, MailClue clue, ReceivedMail mail, string? threadSubject, bool isAgent)
    {
        var known = isAgent || (mail.From is { } from && People.ByEmail(ticket, from.Email) is not null);
        if (clue == MailClue.Subject && !known)
            return MailFit.Foreign;
        // Some programs keep the references of an old mail when somebody writes a new one by answering it.
        if (clue == MailClue.References && !known && !IsSameTopic(mail.Subject, ticket.Subject) && !IsSameTopic(mail.Subject, threadSubject ?? ""))
            return MailFit.Foreign;
        return ticket.Status == TicketStatus.Closed ? MailFit.Closed : MailFit.Fits;
    }

    /// <summary>Whether a clue is no more than the id of a mail: whoever was shown it once can name it.</summary>
    public static bool IsOnlyReferred(MailClue clue) => clue is MailClue.InReplyTo or MailClue.References;

    /// <summary>Whether the writer of a comment came into the conversation with it, and not before.</summary>
    public static bool CameWith(IReadOnlyList<TicketEvent> events, Comment comment) =>
        events.Any(happened =>
            happened.Fact is ParticipantsChanged joined
            && happened.At == comment.At
            && happened.By.Id is { } writer
            && happened.By.Id == comment.Actor?.Id
            && joined.To.Any(one => People.Same(one.Email, writer))
            && !joined.From.Any(one => People.Same(one.Email, writer))
        );

    /// <summary>What the agents are told of somebody who was not part of a ticket and writes to it.</summary>
    /// <param name="joined">Whether they take part from now on.</param>
    public static string StrangerWords(Requester writer, bool joined) =>
        $"{(writer.Name is null ? writer.Email : $"{writer.Name} ({writer.Email})")} was not part of this ticket: the mail is here because it answers one of "
        + "the ticket's mails. "
        + (
            joined ? "They take part from now on; remove them from the participants if they should not." : "They do not take part: there are too many already."
        );

    /// <summary>Whose words a mail is on a ticket: its sender's. Where answers are wanted, says nothing of that.</summary>
    public static Requester WriterOf(Ticket ticket, ReceivedMail mail, Func<string, bool> isOwn) =>
        mail.From is { } from && People.ByEmail(ticket, from.Email) is { } known
            ? new(known.Email, known.Name ?? from.Name)
            : RequesterOf(mail with { ReplyTo = [] }, isOwn);

    /// <summary>Who asks for help by a mail: where answers are wanted, or else who wrote it.</summary>
    public static Requester RequesterOf(ReceivedMail mail, Func<string, bool> isOwn)
    {
        var person = mail.ReplyTo.FirstOrDefault(one => IsAddress(one.Email) && !isOwn(one.Email));
        var name = person?.Name ?? (person is null || People.Same(person.Email, mail.From?.Email ?? "") ? mail.From?.Name : null);
        person ??= mail.From is { } from && IsAddress(from.Email) && !isOwn(from.Email) ? from : null;
        return new(person?.Email ?? Nobody, NameOf(name));
    }

    /// <summary>The address of a mail's sender who gave none; nobody has it.</summary>
    public const string Nobody = "unknown@sender.invalid";

    /// <summary>Adds the words of a mail to a ticket, and whoever comes into the conversation by it.</summary>
    /// <param name="by">Who wrote it.</param>
    /// <param name="people">Whom it brings into the conversation; whoever takes part already is left out, and whoever is too many.</param>
    /// <param name="reopens">Whether it may reopen the ticket.</param>
    public static TicketChange Comment(
        Ticket ticket,
        string words,
        Actor by,
        IReadOnlyList<Requester> people,
        IReadOnlyList<TicketAttachment> files,
        CommentSource source,
        bool reopens,
        DateTimeOffset now
    )
    {
        var joining = people
            .Where(one => People.ByEmail(ticket, one.Email) is null)
            .DistinctBy(one => one.Email.ToLowerInvariant())
            .Take(People.Limit - 1 - (ticket.Participants?.Count ?? 0))
            .ToList();
        var joined =
            joining.Count == 0
                ? new TicketChange(ticket, [])
                : TicketRules.Patch(
                    ticket,
                    new() { Participants = [.. People.Named(ticket).Select(one => new Requester(one.Email, one.Name)), .. joining] },
                    by,
                    now
                );
        var said = TicketRules.Comment(joined.Ticket, words, CommentVisibility.Public, by, now, files, source, reopens);
        return said with { Events = [.. joined.Events, .. said.Events] };
    }

    /// <summary>Whom a mail brings into the conversation besides its writer: those it names, when it was written to the desk openly.</summary>
    /// <param name="isOwn">Whether an address is the desk's.</param>
    /// <param name="isAgent">Whether an address is an agent's, who needs no invitation.</param>
    public static IReadOnlyList<Requester> OthersOf(ReceivedMail mail, Func<string, bool> isOwn, Func<string, bool> isAgent)
    {
        IReadOnlyList<MailPerson> named = [.. mail.To, .. mail.Cc];
        // A blind copy, or one by way of a list or another address: those it names do not know of the desk.
        if (!named.Any(one => isOwn(one.Email)))
            return [];
        return
        [
            .. named
                .Where(one => IsAddress(one.Email) && !isOwn(one.Email) && !isAgent(one.Email))
                .Where(one => !Senders(mail).Any(sender => People.Same(sender.Email, one.Email)))
                .DistinctBy(one => one.Email.ToLowerInvariant())
                .Take(People.Limit - 1)
                .Select(one => new Requester(one.Email, NameOf(one.Name))),
        ];
    }

    /// <summary>Whether a ticket has been reopened so often within the hour that mails no longer reopen it.</summary>
    public static bool IsReopenedTooOften(IReadOnlyList<TicketEvent> events, int most, DateTimeOffset now) =>
        events.Count > 0 && events.Count(happened => IsReopening(happened) && happened.At > now - TimeSpan.FromHours(1)) >= most;

    /// <summary>Whether the desk has written a note since words of a requester reopened a ticket last.</summary>
    public static bool HasNoteSinceReopened(IReadOnlyList<TicketEvent> events) =>
        events
            .Reverse()
            .TakeWhile(happened => !IsReopening(happened))
            .Any(happened => happened is { Fact: CommentAdded { Visibility: CommentVisibility.Internal }, By.Kind: ActorKind.System });

    private static bool IsReopening(TicketEvent happened) =>
        happened is { Fact: TicketReopened { From: TicketStatus.Resolved }, By.Kind: ActorKind.Requester };

    /// <summary>What a subject is about, the same for a mail and its answers.</summary>
    public static string TopicOf(string subject) => MailSubject.Bare(subject).ToLowerInvariant();

    /// <summary>Whether two subjects may be of the same matter: the same words, or some of them.</summary>
    public static bool IsSameTopic(string one, string other)
    {
        var (first, second) = (WordsOf(one), WordsOf(other));
        return first.Count == 0 || second.Count == 0 || first.Overlaps(second);
    }

    /// <summary>Whether somebody passes a mail on, and whose it was; null for another mail.</summary>
    public static Requester? ForwardedFrom(ReceivedMail mail)
    {
        if (!MailSubject.IsForwarded(mail.Subject))
            return null;
        var line = SenderLine().Match(mail.Text);
        var email = line.Success ? line.Groups["email"].Value.ToLowerInvariant() : "";
        return IsAddress(email) ? new(email, NameOf(line.Groups["name"].Value.Trim(' ', '"', '*', '\'', '<'))) : null;
    }

    /// <summary>A name as a ticket can hold it; null for none.</summary>
    public static string? NameOf(string? name)
    {
        var clean = PlainText.Of(VisibleText.Of(name ?? "")).ReplaceLineEndings(" ").Trim();
        return VisibleText.IsBlank(clean) ? null : Shortened(clean, 100);
    }

    /// <summary>A subject as a ticket can hold it.</summary>
    public static string SubjectOf(string subject)
    {
        var clean = PlainText.Of(VisibleText.Of(subject)).ReplaceLineEndings(" ").Trim();
        return VisibleText.IsBlank(clean) ? "(no subject)" : Shortened(clean, 250);
    }

    /// <summary>Words as a ticket can hold them, and whether that is all of them.</summary>
    public static (string Words, bool Whole) WordsOf(string words, int most)
    {
        var clean = PlainText.Of(words).Trim();
        if (VisibleText.IsBlank(clean))
            return ("(no text)", true);
        var shortened = Shortened(clean, most);
        return (shortened, shortened.Length == clean.Length);
    }

    /// <summary>Whether a text can be the address of a requester.</summary>
    public static bool IsAddress(string email) =>
        email.Length <= 254 && System.Net.Mail.MailAddress.TryCreate(email, out var address) && address.Address == email && !email.Any(char.IsWhiteSpace);

    private static IEnumerable<MailPerson> Senders(ReceivedMail mail) => mail.From is { } from ? mail.ReplyTo.Prepend(from) : mail.ReplyTo;

    private static string Shortened(string text, int most)
    {
        // What a ticket takes is counted in code points.
        return PlainText.Head(text, text.EnumerateRunes().Take(most).Sum(rune => rune.Utf16SequenceLength));
    }

    private static HashSet<string> WordsOf(string subject) =>
        TopicOf(subject)
            .Split(WordEnds, StringSplitOptions.RemoveEmptyEntries)
            .Select(word => word.Trim(',', '.', ':', ';', '!', '?', '"', '(', ')'))
            .Where(word => word.Length > 2)
            .ToHashSet(StringComparer.Ordinal);

    private static readonly char[] WordEnds = [' ', '/', '-', '_'];

    [GeneratedRegex(
        @"^[>\s*]*(?:from|von|od|šalje|από|απο)\s*:\*?\s*(?<name>[^<\[\r\n]{0,100}?)\s*"
            + @"[<\[]?(?:mailto:)?(?<email>[^\s<>\[\]@]{1,64}@[^\s<>\[\]]{1,189})[>\]]?",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase | RegexOptions.Multiline
    )]
    private static partial Regex SenderLine();
}
