using System.Text.Json;

namespace Helpdesk.Bot.Conversations;

/// <summary>
/// Something that was said in a conversation, as it is kept for its channel: what the bot says, or what the person said where the channel
/// shows it again.
/// </summary>
/// <param name="Reply">What the bot says; null for the person's own words.</param>
/// <param name="Language">The language of the reply, such as <c>de</c>.</param>
/// <param name="AnswerTo">The channel's id of the message that is answered, in channels with threads.</param>
/// <param name="Said">The person's own message as the channel wrote it; only its adapter reads it.</param>
public sealed record ChatLine(ChatReply? Reply, string? Language = null, string? AnswerTo = null, JsonElement? Said = null);

/// <summary>A line in its place in a transcript.</summary>
/// <param name="Number">Counts the lines of a conversation from 1.</param>
public sealed record NumberedLine(long Number, DateTimeOffset At, ChatLine Line);
