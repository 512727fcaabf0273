using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Helpdesk.Tickets;

namespace Helpdesk.Bot.Conversations;

/// <summary>What happens in a conversation, as the adapter of its channel brings it.</summary>
/// <param name="Key">The sender's name for it: the same one again is the same turn.</param>
public sealed record ChatTurn(ConversationAddress Address, IntakeChannel Channel, ChatPerson Person, ChatInput Input, string Key)
{
    /// <summary>The person's language, such as <c>de-AT</c>; null for the one that was spoken last.</summary>
    public string? Locale { get; init; }

    /// <summary>See <see cref="ChatLine.Said"/>; null where the channel keeps its own transcript.</summary>
    public JsonElement? Said { get; init; }

    /// <summary>See <see cref="ChatLine.AnswerTo"/>.</summary>
    public string? AnswerTo { get; init; }
}

/// <summary>A turn that is committed.</summary>
/// <param name="Id">The id under which the person's own message is kept; empty for a greeting that was not needed.</param>
/// <param name="Replies">How much the bot has said; 0 when the turn had been answered before.</param>
public sealed record CommittedTurn(string Id, int Replies);

/// <summary>Runs one turn of a conversation: reads where it stands, steps until nothing is left to ask of the desk, commits.</summary>
/// <remarks>
/// It may be killed anywhere and run again. What it asked of the desk carries a key made of the turn and the words, so that the same words
/// make one ticket; what was committed is known by the key of the turn and is not answered twice.
/// </remarks>
public sealed class ChatTurns(IConversations conversations, IHelpdesk desk)
{
    private const int RememberedAnswers = 20;

    /// <summary>Messages that can still be edited or deleted, in channels where people can do that.</summary>
    private const int RememberedMessages = 100;

    /// <summary>Turns of one conversation go one after the other in this process; between processes the commit decides.</summary>
    private readonly SemaphoreSlim[] _turns = [.. Enumerable.Range(0, 256).Select(_ => new SemaphoreSlim(1, 1))];

    /// <summary>Answers what happened.</summary>
    public async Task<CommittedTurn> RunAsync(ChatTurn turn, CancellationToken cancellationToken)
    {
        var mine = _turns[(uint)turn.Address.Place.GetHashCode(StringComparison.Ordinal) % (uint)_turns.Length];
        await mine.WaitAsync(cancellationToken);
        try
        {
            return await RunOneAsync(turn, cancellationToken);
        }
        finally
        {
            mine.Release();
        }
    }

    private async Task<CommittedTurn> RunOneAsync(ChatTurn turn, CancellationToken cancellationToken)
    {
        string? asking = null;
        while (true)
        {
            var read = await conversations.ReadAsync(turn.Address, cancellationToken);
            if (read.State.Answered?.FirstOrDefault(one => one.Key == turn.Key) is { } before)
                return new(before.Id, 0);
            // The greeting is for a conversation that has not begun.
            if (turn.Input is PersonJoined && read.Version is not null)
                return new("", 0);

            var state = read.State with { Locale = turn.Locale ?? read.State.Locale };
            var texts = Texts.For(state.Locale);
            // Who loses the race for a commit asks the desk for the same again, and not for more.
            asking ??= KeyOf(turn, state.PersonTurns);
            var (step, replies) = await StepAsync(turn, state, asking, texts, cancellationToken);
            var lines = replies.Select(reply => new ChatLine(reply, texts.Language, turn.AnswerTo)).ToList();
            if (turn.Said is not null)
                lines.Insert(0, new(null, Said: turn.Said));
            var id = turn.Said is null ? turn.Key : turn.Address.IdOfLine(read.Lines + 1);
            var next = Remember(step.State with { PersonTurns = state.PersonTurns + 1 }, turn.Key, id);
            if (await conversations.CommitAsync(read, next, lines, cancellationToken))
                return new(id, replies.Count);
        }
    }

    /// <summary>Whether the person is talking with an agent, see <see cref="RequesterDialog.AnswersAgent"/>.</summary>
    public async Task<bool> AnswersAgentAsync(ConversationAddress address, CancellationToken cancellationToken) =>
        RequesterDialog.AnswersAgent((await conversations.ReadAsync(address, cancellationToken)).State);

    /// <summary>Says something that is no step of the dialog, such as the answer to an agent's command; once per key.</summary>
    /// <param name="answerTo">See <see cref="ChatLine.AnswerTo"/>.</param>
    public async Task AnswerAsync(
        ConversationAddress address,
        string key,
        string? answerTo,
        Func<Texts, Task<ChatReply>> answer,
        string? locale,
        CancellationToken cancellationToken
    )
    {
        ChatLine? line = null;
        while (true)
        {
            var read = await conversations.ReadAsync(address, cancellationToken);
            if (read.State.Answered?.Any(one => one.Key == key) == true)
                return;
            var texts = Texts.For(locale);
            line ??= new(await answer(texts), texts.Language, answerTo);
            if (await conversations.CommitAsync(read, Remember(read.State with { Locale = locale ?? read.State.Locale }, key, key), [line], cancellationToken))
                return;
        }
    }

    private async Task<(ChatStep Last, List<ChatReply> Replies)> StepAsync(
        ChatTurn turn,
        ChatState state,
        string asking,
        Texts texts,
        CancellationToken cancellationToken
    )
    {
        var step = RequesterDialog.Next(state, turn.Input, turn.Person, texts);
        var replies = new List<ChatReply>(step.Replies);
        var (name, said) = (NameOf(turn.Key), (state.Said ?? []).ToList());
        for (var asked = 0; step.Ask is { } request; asked++)
        {
            var caller = new ChatCaller(turn.Address.Workspace, turn.Address.ToString(), turn.Channel, turn.Person, step.State.Tickets ?? [], state.Locale);
            var answer = await desk.AskAsync(caller, request, $"{asking}-{asked}", cancellationToken);
            var begun = step.State.Draft;
            step = RequesterDialog.Next(step.State, answer, turn.Person, texts);
            replies.AddRange(step.Replies);
            if (turn.Input is PersonSaid && answer is WordsAdded { Ticket: { } added, Comment: { } comment })
            {
                // A draft that was added to a ticket is the words of earlier messages, and not of the one that said where to.
                var drafted = state.Draft is not null && begun is null;
                var alone = said.Count(one => one.Number is null) == 1;
                said = [.. said.Select(one => drafted && one.Number is null ? new(one.Key, added.Number, alone ? comment : null) : one)];
                if (!drafted)
                    said.Add(new(name, added.Number, comment));
            }

            if (answer is DraftOpened opened)
            {
                said = [.. said.Select(one => one.Number is null ? one with { Number = opened.Ticket.Number } : one)];
                if (turn.Input is PersonSaid && begun != state.Draft)
                    said.Add(new(name, opened.Ticket.Number));
            }
        }

        // Only what the channel itself keeps can be changed there later.
        if (turn.Said is not null)
            return (step, replies);
        if (step.State.Draft is { } draft)
        {
            if (turn.Input is PersonSaid && draft != state.Draft)
                said.Add(new(name, null));
        }
        else
        {
            said.RemoveAll(one => one.Number is null);
        }

        return (step with { State = step.State with { Said = said.Count == 0 ? null : [.. said.TakeLast(RememberedMessages)] } }, replies);
    }

    /// <summary>What became of a message; null for one that led to no words on a ticket, or was too long ago.</summary>
    /// <param name="key">The channel's name for the message.</param>
    public async Task<SaidBefore?> FindSaidAsync(ConversationAddress address, string key, CancellationToken cancellationToken) =>
        (await conversations.ReadAsync(address, cancellationToken)).State.Said?.LastOrDefault(said => said.Key == NameOf(key));

    private static string NameOf(string key) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)).AsSpan(0, 8));

    private static ChatState Remember(ChatState state, string key, string id) =>
        state with
        {
            Answered = [.. (state.Answered ?? []).TakeLast(RememberedAnswers - 1), new(key, id)],
        };

    private static string NameOf(ChatChoice? choice) => choice is null ? "" : JsonSerializer.Serialize(choice, ChatJson.Default.ChatChoice);

    private static string KeyOf(ChatTurn turn, long number)
    {
        var words = turn.Input switch
        {
            PersonSaid said => $"{said.Text}\n{string.Join(',', said.Files.Select(file => file.Id))}\n{NameOf(said.Choice)}",
            PersonEdited or PersonDeleted => $"{turn.Input.GetType().Name} {turn.Key}",
            _ => turn.Input.GetType().Name,
        };
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{turn.Address}\n{number}\n{words}")).AsSpan(0, 16));
    }
}
