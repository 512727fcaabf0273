using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Helpdesk.Tickets;

namespace Helpdesk.Bot.Conversations;

/// <summary>Where a conversation with one person stands.</summary>
public sealed record ChatState
{
    /// <summary>How often the person has spoken and been answered.</summary>
    public long PersonTurns { get; init; }

    /// <summary>What the bot has asked for.</summary>
    public Expectation Expects { get; init; }

    /// <summary>A problem that is described and not yet a ticket.</summary>
    public Draft? Draft { get; init; }

    /// <summary>A form that is being filled in.</summary>
    public FormInProgress? Filling { get; init; }

    /// <summary>Whether the person is in the middle of a new request, so that what is said of others does not lead away from it.</summary>
    [JsonIgnore]
    public bool IsBusy => Draft is not null || Expects is Expectation.Field or Expectation.Form;

    /// <summary>The address the person gave in the chat; nobody vouches for it.</summary>
    public string? Email { get; init; }

    /// <summary>The address that the person wrote and that looks mistyped; they are asked whether <see cref="MeantEmail"/> was meant.</summary>
    public string? TypedEmail { get; init; }

    /// <summary>The address that the person is asked about.</summary>
    public string? MeantEmail { get; init; }

    /// <summary>Numbers of the tickets opened in this conversation, the newest last.</summary>
    public IReadOnlyList<long>? Tickets { get; init; }

    /// <summary>Number of the ticket that the next words belong to.</summary>
    public long? Current { get; init; }

    /// <summary>Whether an agent has spoken on the current ticket: then the bot keeps out of it.</summary>
    public bool Live { get; init; }

    /// <summary>Numbers of the tickets that were offered as being about the same.</summary>
    public IReadOnlyList<long>? Offered { get; init; }

    /// <summary>What was answered last, so that what comes twice is answered once.</summary>
    public IReadOnlyList<AnsweredActivity>? Answered { get; init; }

    /// <summary>What became of the last messages, so that one that is edited or deleted is found again.</summary>
    public IReadOnlyList<SaidBefore>? Said { get; init; }

    /// <summary>For each ticket by number, the event up to which this conversation has been told.</summary>
    public IReadOnlyDictionary<string, long>? Told { get; init; }

    /// <summary>The language of the last words, such as <c>de-AT</c>.</summary>
    public string? Locale { get; init; }
}

/// <summary>A problem on its way to becoming a ticket.</summary>
/// <param name="FollowUpOf">Number of the closed ticket that it takes up again.</param>
/// <param name="Articles">Ids of the articles that were offered for it; null where none were.</param>
/// <param name="Form">The form that was filled in; null for none.</param>
public sealed record Draft(
    string Text,
    IReadOnlyList<TicketAttachment>? Files = null,
    bool WantsPerson = false,
    long? FollowUpOf = null,
    IReadOnlyList<string>? Articles = null,
    FilledForm? Form = null
);

/// <summary>A form that is being filled in, one question after the other.</summary>
/// <param name="Form">Id of the form.</param>
/// <param name="Version">The version that is filled in.</param>
public sealed record FormInProgress(string Form, int Version)
{
    /// <summary>What was answered so far, by the names of the fields.</summary>
    public IReadOnlyDictionary<string, JsonElement> Answers { get; init; } = new Dictionary<string, JsonElement>();

    /// <summary>Names of the fields that were answered or left out, in that order.</summary>
    public IReadOnlyList<string> Done { get; init; } = [];

    /// <summary>Name of the field that is asked; null for the words besides the fields.</summary>
    public string? Field { get; init; }

    /// <summary>What the person says besides the fields; null while they were not asked.</summary>
    public string? Text { get; init; }

    /// <summary>Files that were sent.</summary>
    public IReadOnlyList<TicketAttachment> Files { get; init; } = [];
}

/// <summary>A form that was filled in to its end.</summary>
/// <param name="Form">Id of the form.</param>
/// <param name="Version">The version that was filled in.</param>
/// <param name="Answers">What was answered.</param>
/// <param name="Subject">What the ticket is to be called; empty to have it made from the answers.</param>
public sealed record FilledForm(string Form, int Version, IReadOnlyDictionary<string, JsonElement> Answers, string Subject);

/// <summary>An activity that was answered, under the id that whoever sent it gave it, and under ours.</summary>
public sealed record AnsweredActivity(string Key, string Id);

/// <summary>A message and what became of it.</summary>
/// <param name="Key">The channel's name for it.</param>
/// <param name="Number">Number of the ticket that its words are on; null for a draft.</param>
/// <param name="Comment">Id of the comment that it became; null where it is part of the description.</param>
public sealed record SaidBefore(string Key, long? Number, string? Comment = null);

/// <summary>What the bot has asked for.</summary>
[JsonConverter(typeof(WireNameConverter<Expectation>))]
public enum Expectation
{
    Nothing,

    /// <summary>What is wrong.</summary>
    Description,

    /// <summary>An address to answer to.</summary>
    Email,

    /// <summary>Whether one of the offered tickets is the same.</summary>
    SameTicket,

    /// <summary>Words for the current ticket.</summary>
    Addition,

    /// <summary>Whether the current ticket is solved indeed.</summary>
    Verdict,

    /// <summary>Whether one of the offered articles is the answer.</summary>
    Answer,

    /// <summary>What kind of request it is.</summary>
    Form,

    /// <summary>The answer to a field of a form.</summary>
    Field,
}

/// <summary>The person on the other side, as far as the channel vouches for them.</summary>
/// <param name="Email">Verified by the channel or by the page that hosts the chat; null when nobody vouches for one.</param>
public sealed record ChatPerson(string? Email, string? Name);

/// <summary>A button that was pressed.</summary>
/// <param name="Do">One of <see cref="ChatActions"/>.</param>
/// <param name="Number">The ticket it is about.</param>
public sealed record ChatChoice(string Do, long? Number = null)
{
    private const int MostFields = 120;
    private const int ValueLength = 60_000;

    /// <summary>What was chosen: id of a form, or an answer; null for nothing.</summary>
    public string? Value { get; init; }

    /// <summary>For a card that was filled in, the version of its form.</summary>
    public int? Version { get; init; }

    /// <summary>For a card that was filled in, its fields.</summary>
    public IReadOnlyDictionary<string, string>? Fields { get; init; }

    /// <summary>Reads the value that a button carries; null when it is none of ours.</summary>
    public static ChatChoice? Read(JsonElement? value)
    {
        if (value is not { ValueKind: JsonValueKind.Object } data || !data.TryGetProperty("do", out var name) || name.ValueKind != JsonValueKind.String)
            return null;
        var isNumber = data.TryGetProperty("number", out var digits) && digits.ValueKind == JsonValueKind.Number;
        long? number = isNumber && digits.TryGetInt64(out var given) && given > 0 ? given : null;
        if (!ChatActions.All.Contains(name.GetString()!))
            return null;
        var isFilled = name.GetString() == ChatActions.Fill;
        return new(name.GetString()!, number)
        {
            Value = data.TryGetProperty("value", out var chosen) ? Text(chosen) : null,
            Version =
                isFilled && data.TryGetProperty("version", out var version) && version.ValueKind == JsonValueKind.Number && version.TryGetInt32(out var count)
                    ? count
                    : null,
            Fields = isFilled
                ? data.EnumerateObject()
                    .Take(MostFields)
                    .Where(field => Text(field.Value) is not null)
                    .ToDictionary(field => field.Name, field => Text(field.Value)!, StringComparer.Ordinal)
                : null,
        };
    }

    /// <summary>A text, a number or a flag as a text; null for anything else, and for what is too long.</summary>
    private static string? Text(JsonElement value)
    {
        try
        {
            return value.ValueKind switch
            {
                JsonValueKind.String when value.GetString() is { Length: <= ValueLength } text => text,
                JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False when value.GetRawText().Length <= 100 => value.GetRawText(),
                _ => null,
            };
        }
        catch (InvalidOperationException)
        {
            // Half of a character is no text.
            return null;
        }
    }
}

/// <summary>What a person can ask the bot to do, by button or by word.</summary>
public static class ChatActions
{
    public const string Report = "report";
    public const string Status = "status";
    public const string Help = "help";
    public const string Cancel = "cancel";
    public const string Restart = "restart";
    public const string Person = "person";
    public const string Open = "open";
    public const string Add = "add";
    public const string Show = "show";
    public const string Solved = "solved";
    public const string Broken = "broken";
    public const string Yes = "yes";
    public const string No = "no";
    public const string Helped = "helped";

    /// <summary>How the actions begin that rate a resolution, from <c>rate-1</c> to <c>rate-5</c>.</summary>
    public const string Rate = "rate-";

    /// <summary>Fill in the form of that id.</summary>
    public const string Form = "form";

    /// <summary>Answer a field of a form.</summary>
    public const string Answer = "answer";

    /// <summary>Leave out a field that need not be answered.</summary>
    public const string Skip = "skip";

    /// <summary>Answer the field before once more.</summary>
    public const string Back = "back";

    /// <summary>A card with a form was filled in.</summary>
    public const string Fill = "fill";

    public static IReadOnlySet<string> All { get; } =
        new HashSet<string>(StringComparer.Ordinal)
        {
            Report,
            Status,
            Help,
            Cancel,
            Restart,
            Person,
            Open,
            Add,
            Show,
            Solved,
            Broken,
            Yes,
            No,
            Form,
            Answer,
            Skip,
            Back,
            Fill,
            Helped,
            "rate-1",
            "rate-2",
            "rate-3",
            "rate-4",
            "rate-5",
        };
}

/// <summary>Conversations in JSON; add fields, never rename them.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(ChatState))]
[JsonSerializable(typeof(ChatLine))]
[JsonSerializable(typeof(ChatChoice))]
public sealed partial class ChatJson : JsonSerializerContext
{
    /// <summary>As it is stored: with the escaping that JSON itself asks for and no more.</summary>
    public static ChatJson Stored { get; } =
        new(
            new JsonSerializerOptions(JsonSerializerDefaults.Web)
            {
                DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
                Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            }
        );
}
