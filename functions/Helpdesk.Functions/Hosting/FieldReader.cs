using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Helpdesk.Functions.Hosting;

/// <summary>Reads the fields of one JSON object and collects all that is wrong with them, so that one answer names everything.</summary>
/// <remarks>Lengths are counted in Unicode characters. Fields that nobody asked for are errors too.</remarks>
public sealed class FieldReader
{
    /// <summary>How deep objects and lists may lie in each other.</summary>
    public const int MaxDepth = 64;

    private readonly JsonElement _object;
    private readonly string _prefix;
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, string[]> _errors;

    private FieldReader(JsonElement json, string prefix, SortedDictionary<string, string[]> errors) => (_object, _prefix, _errors) = (json, prefix, errors);

    /// <summary>Reads the body of a request as a JSON object.</summary>
    public static async ValueTask<FieldReader> ReadAsync(HttpContext context)
    {
        var type = context.Request.ContentType;
        if (type is not null && !type.Contains("json", StringComparison.OrdinalIgnoreCase))
            throw new InvalidRequestException(StatusCodes.Status415UnsupportedMediaType, "json-expected", "Send the body as application/json.");
        return Parse(await RequestBody.ReadUtf8Async(context));
    }

    /// <summary>Reads bytes as a JSON object.</summary>
    public static FieldReader Parse(ReadOnlyMemory<byte> body)
    {
        if (body.IsEmpty)
            throw new InvalidRequestException(StatusCodes.Status400BadRequest, "body-missing", "Send a JSON object in the body.");
        try
        {
            if (TextEncodings.HasLoneSurrogate(body.Span, namesOnly: true))
                throw new InvalidRequestException(
                    StatusCodes.Status400BadRequest,
                    "malformed-json",
                    "The name of a field contains half of a character (a lone surrogate)."
                );
            var json = JsonDocument.Parse(body, new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = MaxDepth }).RootElement;
            return json.ValueKind == JsonValueKind.Object
                ? new(json, "", new(StringComparer.Ordinal))
                : throw new InvalidRequestException(StatusCodes.Status400BadRequest, "object-expected", "The body must be a JSON object.");
        }
        catch (JsonException broken)
        {
            throw new InvalidRequestException(StatusCodes.Status400BadRequest, "malformed-json", $"The body is not valid JSON: {ProblemOf(body, broken)}");
        }
    }

    /// <summary>What is wrong with JSON and where: a field that is there twice by its JSON pointer, anything else by its line, counted from 1.</summary>
    private static string ProblemOf(ReadOnlyMemory<byte> body, JsonException broken)
    {
        try
        {
            using var json = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = MaxDepth });
            return PlaceOfTwice(json.RootElement, "") is { } place ? $"{place} is there twice." : broken.Message;
        }
        catch (Exception again) when (again is JsonException or InvalidOperationException)
        {
            return broken.LineNumber is { } line
                ? $"{broken.Message.Split(" LineNumber:")[0]} This is in line {line + 1}, at byte {broken.BytePositionInLine + 1}."
                : broken.Message;
        }
    }

    private static string? PlaceOfTwice(JsonElement json, string at)
    {
        if (json.ValueKind == JsonValueKind.Array)
            return json.EnumerateArray().Select((entry, index) => PlaceOfTwice(entry, $"{at}/{index}")).FirstOrDefault(place => place is not null);
        if (json.ValueKind != JsonValueKind.Object)
            return null;
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var field in json.EnumerateObject())
        {
            var name = PlainText.Head(field.Name, 100).Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);
            if (!names.Add(field.Name))
                return $"{at}/{name}";
            if (PlaceOfTwice(field.Value, $"{at}/{name}") is { } place)
                return place;
        }

        return null;
    }

    /// <summary>The object itself, as JSON.</summary>
    public ReadOnlyMemory<byte> Raw() => System.Text.Encoding.UTF8.GetBytes(_object.GetRawText());

    /// <summary>Whether the field is there at all, null included.</summary>
    public bool Has(string name) => Find(name, out _);

    /// <summary>Whether the field is there and null.</summary>
    public bool IsNull(string name) => Find(name, out var value) && value.ValueKind == JsonValueKind.Null;

    /// <summary>Whether something is wrong with the field, by what has been read so far.</summary>
    public bool IsWrong(string name) => _errors.ContainsKey(_prefix + name);

    /// <summary>Whether the field is a whole number that is not negative, and its digits.</summary>
    public bool HasNumber(string name, out string digits)
    {
        digits = Find(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetRawText() : "";
        return digits.Length > 0 && digits.All(char.IsAsciiDigit);
    }

    /// <summary>A text without its outer white space, or null when it is absent, null or wrong.</summary>
    /// <param name="exact">Whether it is taken as it is, white space and all.</param>
    public string? Text(string name, int max, bool required = false, bool lines = false, bool exact = false)
    {
        if (!Find(name, out var value) || value.ValueKind == JsonValueKind.Null)
        {
            if (required)
                Wrong(name, "is required.");
            return null;
        }

        if (value.ValueKind != JsonValueKind.String)
        {
            Wrong(name, "must be a text.");
            return null;
        }

        string text;
        try
        {
            text = value.GetString()!;
        }
        catch (InvalidOperationException)
        {
            Wrong(name, "contains half of a character (a lone surrogate).");
            return null;
        }

        if (TextProblem(text, max, lines) is { } problem)
        {
            Wrong(name, problem);
            return null;
        }

        text = exact ? text : (lines ? text : VisibleText.Of(text)).Trim();
        if (required && VisibleText.IsBlank(text))
        {
            Wrong(name, "must not be empty.");
            return null;
        }

        return text;
    }

    /// <summary>What is wrong with a text, or null.</summary>
    public static string? TextProblem(string text, int max, bool lines)
    {
        var count = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            count++;
            if (rune == Rune.ReplacementChar && !text.Contains('\uFFFD', StringComparison.Ordinal))
                return "contains half of a character (a lone surrogate).";
            if (!PlainText.Allows(rune, lines))
                return $"contains a control character (U+{rune.Value:X4}).";
            if (VisibleText.IsNoCharacter(rune.Value))
                return $"contains U+{rune.Value:X4}, which stands for no character.";
        }

        return count > max ? $"is {count} characters long; at most {max} are possible." : null;
    }

    /// <summary>One of an enum's names, or null when it is absent or wrong.</summary>
    public T? OneOf<T>(string name, bool required = false)
        where T : struct, Enum => OneOf<T>(name, _ => true, required);

    /// <summary>One of those of an enum's names that are <paramref name="allowed"/> here.</summary>
    public T? OneOf<T>(string name, Func<T, bool> allowed, bool required = false)
        where T : struct, Enum
    {
        var text = Text(name, 50, required);
        if (text is not null && WireName<T>.TryParse(text, out var value) && allowed(value))
            return value;
        if (text is not null || (IsNull(name) && !required))
            Wrong(name, $"must be one of {string.Join(", ", Enum.GetValues<T>().Where(allowed).Select(WireName<T>.Of))}.");
        return null;
    }

    /// <summary>A list of an enum's names, each once, or null when it is absent or wrong. A null counts as an empty list.</summary>
    public IReadOnlyList<T>? ManyOf<T>(string name)
        where T : struct, Enum
    {
        if (Texts(name, WireName<T>.All.Count * 2, 50) is not { } texts)
            return null;
        var values = new List<T>();
        foreach (var text in texts)
        {
            if (WireName<T>.TryParse(text, out var value))
                values.Add(value);
            else
                Wrong(name, $"contains \"{text}\", which is not one of {string.Join(", ", WireName<T>.All)}.");
        }

        return [.. values.Distinct()];
    }

    /// <summary>A whole number within bounds, or null when it is absent, null or wrong.</summary>
    public int? Whole(string name, int min, int max, bool required = false)
    {
        if (!Find(name, out var value) || value.ValueKind == JsonValueKind.Null)
        {
            if (required)
                Wrong(name, "is required.");
            return null;
        }

        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= min && number <= max)
            return number;
        Wrong(name, $"must be a whole number from {min} to {max}.");
        return null;
    }

    /// <summary>True or false, or null when it is absent or wrong.</summary>
    public bool? Flag(string name)
    {
        if (!Find(name, out var value))
            return null;
        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False)
            return value.GetBoolean();
        Wrong(name, "must be true or false.");
        return null;
    }

    /// <summary>A list of texts, or null when it is absent or wrong. A null counts as an empty list.</summary>
    /// <param name="digits">Whether a whole number is taken for its digits.</param>
    public IReadOnlyList<string>? Texts(string name, int maxCount, int max, Func<string, string?>? problem = null, bool digits = false)
    {
        if (!Find(name, out var value))
            return null;
        if (value.ValueKind == JsonValueKind.Null)
            return [];
        if (value.ValueKind != JsonValueKind.Array)
        {
            Wrong(name, "must be a list of texts.");
            return null;
        }

        if (value.GetArrayLength() > maxCount)
        {
            Wrong(name, $"may have at most {maxCount} entries.");
            return null;
        }

        var texts = new List<string>();
        foreach (var entry in value.EnumerateArray())
        {
            var whole = digits && entry.ValueKind == JsonValueKind.Number && entry.GetRawText().All(char.IsAsciiDigit) ? entry.GetRawText() : null;
            if ((whole ?? (entry.ValueKind == JsonValueKind.String ? Decode(entry) : null)) is not { } text)
            {
                Wrong(name, digits ? "must be a list of texts or whole numbers." : "must be a list of texts.");
                return null;
            }

            var clean = VisibleText.Of(text).Trim();
            if ((TextProblem(text, max, lines: false) ?? (VisibleText.IsBlank(clean) ? "contains an empty entry." : problem?.Invoke(clean))) is { } wrong)
            {
                Wrong(name, wrong);
                return null;
            }

            texts.Add(clean);
        }

        return texts;
    }

    /// <summary>A field as it is, whatever that is; null when it is absent.</summary>
    public JsonElement? Json(string name) => Find(name, out var value) ? value : null;

    /// <summary>An object's fields, or null when it is absent, null or wrong.</summary>
    public FieldReader? Object(string name, bool required = false)
    {
        if (!Find(name, out var value) || value.ValueKind == JsonValueKind.Null)
        {
            if (required)
                Wrong(name, "is required.");
            return null;
        }

        if (value.ValueKind == JsonValueKind.Object)
            return new(value, $"{_prefix}{name}.", _errors);
        Wrong(name, "must be an object.");
        return null;
    }

    /// <summary>A list of objects, or null when it is absent or wrong.</summary>
    public IReadOnlyList<FieldReader>? Objects(string name, int maxCount, bool required = false)
    {
        if (!Find(name, out var value) || value.ValueKind == JsonValueKind.Null)
        {
            if (required)
                Wrong(name, "is required.");
            return !required && IsNull(name) ? [] : null;
        }

        if (value.ValueKind != JsonValueKind.Array || value.EnumerateArray().Any(entry => entry.ValueKind != JsonValueKind.Object))
        {
            Wrong(name, "must be a list of objects.");
            return null;
        }

        if (value.GetArrayLength() <= maxCount)
            return [.. value.EnumerateArray().Select((entry, index) => new FieldReader(entry, $"{_prefix}{name}[{index}].", _errors))];
        Wrong(name, $"may have at most {maxCount} entries.");
        return null;
    }

    /// <summary>The names of this object's fields; each counts as asked for.</summary>
    public IReadOnlyList<string> Names()
    {
        foreach (var field in _object.EnumerateObject())
            _asked.Add(field.Name);
        return [.. _object.EnumerateObject().Select(field => field.Name)];
    }

    /// <summary>An instant in ISO 8601 with Z or an offset, or null when it is absent, null or wrong.</summary>
    public DateTimeOffset? Instant(string name, bool required = false)
    {
        if (Text(name, 40, required) is not { } text)
            return null;
        if (
            text.Length >= 17
            && text[10] == 'T'
            && (text[^1] == 'Z' || text[^6] is '+' or '-')
            && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var instant)
            && instant.Year is >= 1970 and < 2200
        )
            return instant.ToUniversalTime();
        Wrong(name, "must be an instant such as 2026-03-10T09:00:00Z.");
        return null;
    }

    /// <summary>An ISO 8601 length of days, hours, minutes and seconds, or null when it is absent or wrong.</summary>
    /// <param name="problem">What is said of one that is wrong.</param>
    public TimeSpan? Length(string name, bool required = false, string problem = "must be a length that is not negative, such as PT1H30M.")
    {
        if (Text(name, 40, required) is not { } text)
            return null;
        if (text.AsSpan().IndexOfAny('Y', 'W') < 0 && !text.Split('T')[0].Contains('M', StringComparison.Ordinal) && text.StartsWith('P'))
        {
            try
            {
                return System.Xml.XmlConvert.ToTimeSpan(text);
            }
            catch (Exception broken) when (broken is FormatException or OverflowException)
            {
                // Said below.
            }
        }

        Wrong(name, problem);
        return null;
    }

    /// <summary>An object of any field names with simple values (texts, numbers, true, false; null only in a patch).</summary>
    public IReadOnlyDictionary<string, JsonElement>? Values(string name, bool patch)
    {
        if (!Find(name, out var value) || value.ValueKind == JsonValueKind.Null)
            return null;
        if (value.ValueKind != JsonValueKind.Object)
        {
            Wrong(name, "must be an object.");
            return null;
        }

        var values = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var field in value.EnumerateObject())
        {
            var text = field.Value.ValueKind == JsonValueKind.String ? Decode(field.Value) : "";
            var problem =
                VisibleText.IsBlank(field.Name) || field.Name.EnumerateRunes().Count() > 50 ? "needs a name of 1 to 50 characters."
                : TextProblem(field.Name, 50, lines: false) is not null ? "has a control character in its name."
                : text is null ? "contains half of a character (a lone surrogate)."
                : field.Value.ValueKind is JsonValueKind.Object or JsonValueKind.Array ? "must be a text, a number, true or false."
                : field.Value.ValueKind == JsonValueKind.Null && !patch ? "must not be null."
                : TextProblem(text, 1000, lines: true) is { } wrong ? wrong
                : field.Value.ValueKind == JsonValueKind.Number && field.Value.GetRawText().Length > 100 ? "is too long."
                : field.Value.ValueKind == JsonValueKind.Number && !(field.Value.TryGetDouble(out var number) && double.IsFinite(number))
                    ? "is a number that is too large: send it as a text."
                : null;
            if (problem is not null)
                Wrong($"{name}.{field.Name}", problem);
            else
                values[field.Name] = field.Value.Clone();
        }

        if (IsTooMuch(values))
            Wrong(name, TooMuch);
        return values;
    }

    /// <summary>What is said of values that are too many.</summary>
    public const string TooMuch = "may have at most 50 fields and 16,000 characters in all.";

    /// <summary>Whether values are more than one thing may have. Characters count as they are read, however they were escaped.</summary>
    public static bool IsTooMuch(IReadOnlyDictionary<string, JsonElement> values)
    {
        static int Characters(string text) => text.EnumerateRunes().Count();
        return values.Count > 50
            || values.Sum(pair =>
                Characters(pair.Key) + Characters(pair.Value.ValueKind == JsonValueKind.String ? pair.Value.GetString()! : pair.Value.GetRawText())
            ) > 16_000;
    }

    /// <summary>Records that something is wrong with a field.</summary>
    public void Wrong(string name, string problem)
    {
        var field = _prefix + name;
        _errors[field] = _errors.TryGetValue(field, out var earlier) ? [.. earlier, $"{field} {problem}"] : [$"{field} {problem}"];
    }

    /// <summary>Ends the reading of this object: names nobody asked for are wrong as well.</summary>
    public void Ends()
    {
        foreach (var field in _object.EnumerateObject())
        {
            if (!_asked.Contains(field.Name))
                Wrong(
                    PlainText.Head(field.Name, 100),
                    _asked.Count == 0 ? "is not a field here: there are none." : $"is not a field here; use {string.Join(", ", _asked)}."
                );
        }
    }

    /// <summary>Ends the reading of the whole body; 400 with everything that was wrong.</summary>
    public void Done()
    {
        Ends();
        if (_errors.Count > 0)
            throw new InvalidRequestException(_errors);
    }

    private bool Find(string name, out JsonElement value)
    {
        _asked.Add(name);
        return _object.TryGetProperty(name, out value);
    }

    private static string? Decode(JsonElement text)
    {
        try
        {
            return text.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
