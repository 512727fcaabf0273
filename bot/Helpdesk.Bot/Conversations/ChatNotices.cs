using System.Globalization;
using Helpdesk.Satisfaction;
using Helpdesk.Tickets;

namespace Helpdesk.Bot.Conversations;

/// <summary>What a conversation is told of its tickets: answers, solutions and reopenings, each once; quiet while nothing matters.</summary>
public static class ChatNotices
{
    /// <summary>Whether somebody who takes part in a ticket would want to hear of an event.</summary>
    public static bool Matters(TicketEvent happened) =>
        happened switch
        {
            { By.Kind: ActorKind.Requester } => false,
            { Fact: MergeReceived { Participants.Count: > 0 } or TicketUnmerged } => true,
            { Fact: CommentAdded { Visibility: CommentVisibility.Public } } => true,
            { Fact: StatusChanged { To: TicketStatus.Resolved } } => true,
            { Fact: TicketReopened } => true,
            { Fact: SatisfactionAsked } => true,
            _ => false,
        };

    /// <summary>Says what is new in these events. Events up to the one that was told last say nothing again.</summary>
    /// <param name="words">Gives a comment by its id; null for one that is gone.</param>
    /// <param name="conversation">The conversation, where others are told of the same ticket; null for the only one.</param>
    /// <param name="since">The event that brought this conversation to the ticket: it is not told of what came before.</param>
    public static ChatStep Of(
        ChatState state,
        Ticket ticket,
        IEnumerable<TicketEvent> events,
        Func<string, Comment?> words,
        Texts texts,
        string? conversation = null,
        long since = 0
    )
    {
        var told = Math.Max(state.Told?.GetValueOrDefault(Digits(ticket.Number)) ?? 0, since - 1);
        var replies = new List<ChatReply>();
        foreach (var happened in events.Where(happened => happened.Seq > told && Matters(happened)).OrderBy(happened => happened.Seq))
        {
            told = happened.Seq;
            switch (happened.Fact)
            {
                case MergeReceived { Participants: { } came } merged when came.Any(one => one.Conversation is not null && one.Conversation == conversation):
                    replies.Add(new(texts.Format("notice.merged", ("from", Digits(merged.FromNumber)), Number(ticket), ("subject", ticket.Subject)), []));
                    // Somebody who is busy with another ticket stays there.
                    state = state.Current is null || state.Current == merged.FromNumber ? Turn(state, ticket) : state;
                    break;
                case TicketUnmerged unmerged:
                    replies.Add(new(texts.Format("notice.unmerged", Number(ticket), ("subject", ticket.Subject)), []));
                    state = state.Current is null || state.Current == unmerged.FromNumber ? Turn(state, ticket) : state;
                    break;
                case CommentAdded added when words(added.Comment) is { } comment:
                    var agent = comment.Actor?.Name ?? texts["notice.someone"];
                    replies.Add(new(texts.Format("notice.comment", ("agent", agent), Number(ticket), ("text", WithFiles(comment))), []));
                    state = Turn(state, ticket) with { Live = true };
                    break;
                case StatusChanged resolved:
                    replies.Add(
                        new(
                            texts.Format("notice.resolved", Number(ticket), ("subject", ticket.Subject), ("resolution", resolved.Resolution ?? "")),
                            [
                                RequesterDialog.Option(texts, ChatActions.Solved, ticket.Number),
                                RequesterDialog.Option(texts, ChatActions.Broken, ticket.Number),
                            ]
                        )
                    );
                    state = Turn(state, ticket);
                    state = state.IsBusy ? state : state with { Expects = Expectation.Verdict, Live = false };
                    break;
                // Whoever takes part besides was not asked for help, and is not asked how it was.
                case SatisfactionAsked asked when conversation is null || conversation == ticket.Conversation:
                    replies.Add(new(texts.Format("notice.rate", Number(ticket), ("subject", ticket.Subject)), Ratings(ticket, asked.Scale, texts)));
                    break;
                case TicketReopened:
                    replies.Add(new(texts.Format("notice.reopened", Number(ticket), ("subject", ticket.Subject)), []));
                    state = Turn(state, ticket);
                    break;
            }
        }

        var all = new Dictionary<string, long>(state.Told ?? new Dictionary<string, long>(), StringComparer.Ordinal) { [Digits(ticket.Number)] = told };
        while (all.Count > RequesterDialog.RememberedTickets)
            all.Remove(all.Keys.MinBy(number => long.Parse(number, CultureInfo.InvariantCulture))!);
        return new(state with { Told = all }, replies);
    }

    /// <summary>A button for each answer, the best first.</summary>
    private static ChatOption[] Ratings(Ticket ticket, SatisfactionScale scale, Texts texts) =>
        [
            .. SatisfactionRules
                .RatingsOf(scale)
                .Select(Digits)
                .Select(rating => new ChatOption(
                    texts[(scale == SatisfactionScale.GoodBad ? "rate.choice." : "rate.stars.") + rating],
                    new(ChatActions.Rate + rating, ticket.Number)
                )),
        ];

    /// <summary>The next words belong to this ticket, unless the person is in the middle of something else.</summary>
    private static ChatState Turn(ChatState state, Ticket ticket) =>
        state.IsBusy ? state : state with { Current = ticket.Number, Expects = Expectation.Nothing };

    private static string WithFiles(Comment comment) =>
        comment.Attachments is { Count: > 0 } files ? $"{comment.Body}\n{string.Join(", ", files.Select(file => file.Name))}" : comment.Body;

    private static (string, string) Number(Ticket ticket) => ("number", Digits(ticket.Number));

    private static string Digits(int number) => Digits((long)number);

    private static string Digits(long number) => number.ToString(CultureInfo.InvariantCulture);
}
