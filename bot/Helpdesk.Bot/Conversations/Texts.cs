using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Helpdesk.Bot.Conversations;

/// <summary>
/// What the bot says in one language, and the words and phrases by which it understands people there. A language is one file in <c>Texts/</c>.
/// </summary>
public sealed class Texts
{
    /// <summary>The language that every text exists in.</summary>
    public const string Fallback = "en";

    private const string Words = "words.";
    private const string Phrases = "phrases.";

    /// <summary>Longer texts have more to say than one phrase.</summary>
    private const int PhraseLength = 200;
    private static readonly FrozenDictionary<string, Texts> All = ReadAll();
    private readonly FrozenDictionary<string, string> _texts;
    private readonly FrozenDictionary<string, string> _commands;

    private Texts(string language, Dictionary<string, string> texts)
    {
        Language = language;
        _texts = texts.ToFrozenDictionary(StringComparer.Ordinal);
        _commands = texts
            .Where(pair => pair.Key.StartsWith(Words, StringComparison.Ordinal))
            .SelectMany(pair => pair.Value.Split('|').Select(word => (Word: Plain(word), Command: pair.Key[Words.Length..])))
            .GroupBy(pair => pair.Word, StringComparer.Ordinal)
            .ToFrozenDictionary(same => same.Key, same => same.First().Command, StringComparer.Ordinal);
    }

    /// <summary>What people may ask in a phrase of their own, in any language: its text lists the patterns.</summary>
    public enum Topic
    {
        /// <summary>When the desk is open.</summary>
        Hours,

        /// <summary>Help, and not with what.</summary>
        Help,

        /// <summary>To talk to a person.</summary>
        Person,
    }

    private static readonly Lazy<FrozenDictionary<Topic, PhraseBook>> Books = new(() =>
        Enum.GetValues<Topic>()
            .ToFrozenDictionary(
                topic => topic,
                topic => new PhraseBook(
                    [.. All.Values.SelectMany(texts => texts[Phrases + topic.ToString().ToLowerInvariant()].Split(" / "))],
                    [.. All.Values.SelectMany(texts => texts[Phrases + "polite"].Split(" / "))]
                )
            )
    );

    /// <summary>Whether a text asks for that and for nothing else.</summary>
    public static bool IsAbout(Topic topic, string text) =>
        text.Length <= PhraseLength
        && PhraseBook.Words(text, (rune, _) => "?!.,;:-–—\"“”„¿¡…()".Contains(rune.ToString(), StringComparison.Ordinal)) is { Count: > 0 } words
        && Books.Value[topic].Covers(words);

    /// <summary>The languages there are, such as <c>de</c>.</summary>
    public static IEnumerable<string> Languages => All.Keys.Order(StringComparer.Ordinal);

    public string Language { get; }

    public string this[string key] =>
        _texts.TryGetValue(key, out var text) || All[Fallback]._texts.TryGetValue(key, out text)
            ? text
            : throw new KeyNotFoundException($"There is no text called {key}.");

    /// <summary>The names of the texts that this language has itself.</summary>
    public IEnumerable<string> Keys => _texts.Keys;

    /// <summary>The texts for a locale such as <c>de-AT</c>; English where there are none.</summary>
    public static Texts For(string? locale)
    {
        var language = (locale ?? "").Split('-', '_')[0].ToLowerInvariant();
        return All.TryGetValue(language, out var texts) ? texts : All[Fallback];
    }

    /// <summary>A text with its <c>{names}</c> filled in.</summary>
    public string Format(string key, params ReadOnlySpan<(string Name, string Value)> values)
    {
        var text = this[key];
        foreach (var (name, value) in values)
            text = text.Replace($"{{{name}}}", value, StringComparison.Ordinal);
        return text;
    }

    /// <summary>The command that somebody typed in this language or in English, such as <c>status</c>; null when it is none.</summary>
    public string? Command(string said)
    {
        var plain = Plain(said);
        return _commands.TryGetValue(plain, out var command) || All[Fallback]._commands.TryGetValue(plain, out command) ? command : null;
    }

    private static string Plain(string word) => word.Trim().TrimEnd('.', '!', '?', ';', '…').Trim().ToLowerInvariant();

    private static FrozenDictionary<string, Texts> ReadAll()
    {
        var assembly = typeof(Texts).Assembly;
        const string prefix = "Texts.";
        return assembly
            .GetManifestResourceNames()
            .Where(name => name.StartsWith(prefix, StringComparison.Ordinal))
            .Select(name =>
            {
                using var stream = assembly.GetManifestResourceStream(name)!;
                var texts =
                    JsonSerializer.Deserialize(stream, TextsJson.Default.DictionaryStringString) ?? throw new InvalidDataException($"{name} is empty.");
                return new Texts(name[prefix.Length..], texts);
            })
            .ToFrozenDictionary(texts => texts.Language, StringComparer.Ordinal);
    }
}

[JsonSerializable(typeof(Dictionary<string, string>))]
internal sealed partial class TextsJson : JsonSerializerContext;
