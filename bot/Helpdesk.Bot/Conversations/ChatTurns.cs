using System.Security.Cryptography;
using System.Text;
using Helpdesk.Bot.Protocol;
using Helpdesk.Tickets;

namespace Helpdesk.Bot.Conversations;

/// <summary>How a channel writes what the bot says.</summary>
public delegate Activity WriteReply(ChatReply reply, Texts texts);

/// <summary>Runs one turn of a conversation: reads where it stands, steps until nothing is left to ask of the desk, commits.</summary>
/// <remarks>
/// It may be killed anywhere and run again. What it asked of the desk carries a key made of the turn and the words, so that the same words
/// make one ticket; what was committed is known by the key of the activity and is not answered twice.
/// </remarks>
public sealed class ChatTurns(IConversations conversations, IHelpdesk desk)
{
    private const int RememberedAnswers = 20;

    /// <summary>Turns of one conversation go one after the other in this process; between processes the commit decides.</summary>
    private readonly SemaphoreSlim[] _turns = [.. Enumerable.Range(0, 256).Select(_ => new SemaphoreSlim(1, 1))];

    /// <summary>Answers an input; gives the id under which the person's own activity is kept.</summary>
    /// <param name="key">The sender's name for the activity: the same one again is the same activity.</param>
    /// <param name="said">The activity itself where the channel keeps the transcript here; null where it keeps its own.</param>
    public async Task<(string Id, IReadOnlyList<Activity> Replies)> RunAsync(
        ConversationAddress address, IntakeChannel channel, ChatPerson person, ChatInput input, string key, string? locale, Activity? said, WriteReply write, CancellationToken cancel)
    {
        var mine = _turns[(uint)address.Place.GetHashCode(StringComparison.Ordinal) % (uint)_turns.Length];
        await mine.WaitAsync(cancel);
        try
        {
            return await RunOneAsync(address, channel, person, input, key, locale, said, write, cancel);
        }
        finally
        {
            mine.Release();
        }
    }

    private async Task<(string Id, IReadOnlyList<Activity> Replies)> RunOneAsync(
        ConversationAddress address, IntakeChannel channel, ChatPerson person, ChatInput input, string key, string? locale, Activity? said, WriteReply write, CancellationToken cancel)
    {
        string? turn = null;
        while (true)
        {
            var read = await conversations.ReadAsync(address, cancel);
            if (read.State.Answered?.FirstOrDefault(one => one.Key == key) is { } before)
                return (before.Id, []);
            // The greeting is for a conversation that has not begun.
            if (input is PersonJoined && read.Version is not null)
                return ("", []);

            var state = read.State with { Locale = locale ?? read.State.Locale };
            var texts = Texts.For(state.Locale);
            // Who loses the race for a commit asks the desk for the same again, and not for more.
            turn ??= KeyOf(address, state.PersonTurns, input);
            var (step, replies) = await StepAsync(address, channel, person, input, state, turn, texts, cancel);
            var activities = replies.Select(reply => write(reply, texts)).ToList();
            if (said is not null)
                activities.Insert(0, said);
            var id = said is null ? key : $"{IdOf(address)}|{read.Said + 1:D7}";
            var next = step.State with
            {
                PersonTurns = state.PersonTurns + 1,
                Answered = [.. (state.Answered ?? []).TakeLast(RememberedAnswers - 1), new(key, id)],
            };
            if (await conversations.CommitAsync(read, next, activities, said is null ? 0 : 1, cancel) is { } committed)
                return (id, [.. committed.Skip(said is null ? 0 : 1)]);
        }
    }

    /// <summary>Whether the person is talking with an agent, see <see cref="RequesterDialog.AnswersAgent"/>.</summary>
    public async Task<bool> AnswersAgentAsync(ConversationAddress address, CancellationToken cancel) => RequesterDialog.AnswersAgent((await conversations.ReadAsync(address, cancel)).State);

    /// <summary>Says something that is no step of the dialog, such as the answer to an agent's command; once per key.</summary>
    public async Task AnswerAsync(ConversationAddress address, string key, string? locale, Func<Task<IReadOnlyList<Activity>>> answer, CancellationToken cancel)
    {
        IReadOnlyList<Activity>? activities = null;
        while (true)
        {
            var read = await conversations.ReadAsync(address, cancel);
            if (read.State.Answered?.Any(one => one.Key == key) == true)
                return;
            activities ??= await answer();
            var next = read.State with { Locale = locale ?? read.State.Locale, Answered = [.. (read.State.Answered ?? []).TakeLast(RememberedAnswers - 1), new(key, key)] };
            if (await conversations.CommitAsync(read, next, activities, 0, cancel) is not null)
                return;
        }
    }

    private async Task<(ChatStep Last, List<ChatReply> Replies)> StepAsync(
        ConversationAddress address, IntakeChannel channel, ChatPerson person, ChatInput input, ChatState state, string turn, Texts texts, CancellationToken cancel)
    {
        var step = RequesterDialog.Next(state, input, person, texts);
        var replies = new List<ChatReply>(step.Replies);
        for (var asked = 0; step.Ask is { } request; asked++)
        {
            var caller = new ChatCaller(address.Workspace, address.ToString(), channel, person, step.State.Tickets ?? []);
            var answer = await desk.AskAsync(caller, request, $"{turn}-{asked}", cancel);
            step = RequesterDialog.Next(step.State, answer, person, texts);
            replies.AddRange(step.Replies);
        }

        return (step, replies);
    }

    /// <summary>The last part of a conversation's place is its id.</summary>
    public static string IdOf(ConversationAddress address) => address.Place[(address.Place.LastIndexOf(':') + 1)..];

    private static string KeyOf(ConversationAddress address, long turn, ChatInput input)
    {
        var words = input is PersonSaid said ? $"{said.Text}\n{string.Join(',', said.Files.Select(file => file.Id))}\n{said.Choice}" : input.GetType().Name;
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{address}\n{turn}\n{words}")).AsSpan(0, 16));
    }
}
