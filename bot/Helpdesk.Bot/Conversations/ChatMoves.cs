using System.Text.Json.Nodes;
using Helpdesk.Forms;
using Helpdesk.Sla;
using Helpdesk.Tickets;

namespace Helpdesk.Bot.Conversations;

/// <summary>What a conversation has to react to.</summary>
public abstract record ChatInput;

/// <summary>The person opened the chat.</summary>
public sealed record PersonJoined : ChatInput;

/// <summary>The person said something, sent files or pressed a button.</summary>
public sealed record PersonSaid(string Text, IReadOnlyList<TicketAttachment> Files, ChatChoice? Choice = null) : ChatInput
{
    /// <summary>What could not be taken along, a line each, in the person's language.</summary>
    public IReadOnlyList<string> Refused { get; init; } = [];
}

/// <summary>The person changed what they had said: the words as they are now.</summary>
/// <param name="Said">What became of the message when it was said.</param>
public sealed record PersonEdited(SaidBefore Said, string Text) : ChatInput;

/// <summary>The person deleted what they had said.</summary>
public sealed record PersonDeleted(SaidBefore Said) : ChatInput;

/// <summary>Open tickets of the person, as <see cref="FindOpen"/> asked for.</summary>
public sealed record OpenFound(IReadOnlyList<Ticket> Tickets) : ChatInput
{
    /// <summary>Articles that may answer the draft, the best first, where none of the tickets seems to be about the same.</summary>
    public IReadOnlyList<OfferedArticle> Articles { get; init; } = [];
}

/// <summary>An article of the knowledge base that may answer.</summary>
/// <param name="Url">Where it is read.</param>
public sealed record OfferedArticle(string Id, string Title, string Url);

/// <summary>That an article helped is noted.</summary>
public sealed record HelpNoted : ChatInput;

/// <summary>Tickets of the person, as <see cref="ListMine"/> asked for.</summary>
public sealed record TicketsListed(IReadOnlyList<Ticket> Tickets) : ChatInput;

/// <summary>The draft is a ticket now.</summary>
/// <param name="ByMail">Whether answers go to the requester's address as well.</param>
/// <param name="There">When somebody is there, for whoever asked to talk to a person.</param>
public sealed record DraftOpened(Ticket Ticket, bool ByMail = false, Presence? There = null) : ChatInput;

/// <summary>One ticket, or null when there is none that this person may see.</summary>
public sealed record TicketShown(Ticket? Ticket) : ChatInput;

/// <summary>Words were added to a ticket; null when there is none that this person may see.</summary>
/// <param name="MovedFrom">Where the ticket stood, when these words opened it.</param>
/// <param name="Comment">Id of the comment that they became; the last one of several.</param>
public sealed record WordsAdded(Ticket? Ticket, TicketStatus? MovedFrom = null, string? Comment = null) : ChatInput;

/// <summary>What was said before is changed or deleted on its ticket; a null ticket means that it could not be.</summary>
/// <param name="MovedFrom">Where the ticket stood, when the new words opened it.</param>
public sealed record SaidChanged(Ticket? Ticket, bool Deleted, TicketStatus? MovedFrom = null) : ChatInput;

/// <summary>When the desk is open; null when that is nowhere said.</summary>
public sealed record HoursTold(OpeningTimes? Times) : ChatInput;

/// <summary>The ticket is closed, so that these words need a new one.</summary>
public sealed record TicketIsClosed(long Number, string Text, IReadOnlyList<TicketAttachment> Files) : ChatInput;

/// <summary>The person's verdict is on the ticket; null when there is none that they may see.</summary>
public sealed record VerdictGiven(Ticket? Ticket, bool Solved) : ChatInput;

/// <summary>The person's rating is on the ticket; null when there is none that they may rate.</summary>
/// <param name="Over">Whether it came too late.</param>
public sealed record RatingGiven(Ticket? Ticket, bool Over) : ChatInput;

/// <summary>The group knows that the person wants to talk; null when there is no such ticket.</summary>
public sealed record PersonAskedFor(Ticket? Ticket, Presence? There = null) : ChatInput;

/// <summary>When somebody is there to talk to.</summary>
/// <param name="Lately">Half of the first replies to the tickets of late came within this time; null when there were too few.</param>
public sealed record Presence(OpeningTimes? Times, TimeSpan? Lately);

/// <summary>The kinds of request that there are forms for, as <see cref="ListForms"/> asked for.</summary>
/// <param name="Said">What the person said instead of choosing one; null where they have not been asked.</param>
public sealed record FormsListed(IReadOnlyList<RequestForm> Forms, PersonSaid? Said) : ChatInput;

/// <summary>A form; null for one that is not offered any more.</summary>
/// <param name="Today">The day by which it is filled in.</param>
/// <param name="AsCard">Whether the channel shows it as a whole.</param>
/// <param name="Said">What the person answered; null where nothing was asked yet.</param>
public sealed record FormRead(RequestForm? Form, DateOnly Today, bool AsCard, PersonSaid? Said) : ChatInput;

/// <summary>What a step needs from the desk before it can go on.</summary>
public abstract record DeskRequest;

/// <summary>Open tickets of the person, to see whether the draft is one of them.</summary>
/// <param name="Text">The draft, for articles that may answer it; null where articles were offered before, or are not wanted.</param>
public sealed record FindOpen(string? Text = null) : DeskRequest;

/// <summary>Note that one of these articles was the answer.</summary>
public sealed record NoteHelp(IReadOnlyList<string> Articles) : DeskRequest;

/// <summary>The person's tickets, newest change first.</summary>
public sealed record ListMine : DeskRequest;

/// <summary>The kinds of request that there are forms for.</summary>
/// <param name="Said">What the person said instead of choosing one; null where they have not been asked.</param>
public sealed record ListForms(PersonSaid? Said) : DeskRequest;

/// <summary>A form.</summary>
/// <param name="Version">The version that is being filled in; null for the newest one that is offered.</param>
/// <param name="Said">What the person answered; null where nothing was asked yet.</param>
public sealed record ReadForm(string Form, int? Version, PersonSaid? Said) : DeskRequest;

/// <summary>Make the draft a ticket.</summary>
public sealed record OpenDraft(Draft Draft, string Subject, string Email, string? Name) : DeskRequest;

/// <summary>One ticket of the person.</summary>
public sealed record ShowTicket(long Number) : DeskRequest;

/// <summary>Add words and files to a ticket of the person.</summary>
public sealed record AddWords(long Number, string Text, IReadOnlyList<TicketAttachment> Files) : DeskRequest;

/// <summary>Close a resolved ticket, or open it again. On a ticket that is still being worked on these are words like any others.</summary>
public sealed record GiveVerdict(long Number, bool Solved, string Words) : DeskRequest;

/// <summary>Rate the last resolution of a ticket of the person.</summary>
/// <param name="Rating">1 to 5.</param>
public sealed record GiveRating(long Number, int Rating) : DeskRequest;

/// <summary>Let the group know that the person wants to talk.</summary>
/// <param name="Words">What they wrote or pressed, for a ticket that cannot be marked any more.</param>
public sealed record AskForPerson(long Number, string Words) : DeskRequest;

/// <summary>When the desk is open.</summary>
/// <param name="Number">The ticket in hand, whose group may have hours of its own; null for none.</param>
public sealed record AskForHours(long? Number) : DeskRequest;

/// <summary>Put other words in the place of what was said before; null deletes it.</summary>
public sealed record ChangeSaid(long Number, string? Comment, string? Words) : DeskRequest;

/// <summary>A button below what the bot says.</summary>
public sealed record ChatOption(string Title, ChatChoice Choice);

/// <summary>Something the bot says.</summary>
/// <param name="Card">An Adaptive Card that is shown in place of the text, in channels that show cards.</param>
public sealed record ChatReply(string Text, IReadOnlyList<ChatOption> Options, JsonObject? Card = null);

/// <summary>What a step leads to: the state after it, what is said, and what has to be asked of the desk before the next one.</summary>
public sealed record ChatStep(ChatState State, IReadOnlyList<ChatReply> Replies, DeskRequest? Ask = null);
