using System.Globalization;
using System.Text.Json;

namespace Helpdesk.Conditions;

/// <summary>What a field has, or what a term compares it with.</summary>
public abstract record ConditionValue
{
    private protected ConditionValue() { }

    /// <summary>The value in JSON.</summary>
    public abstract void Write(Utf8JsonWriter json);

    /// <summary>A text as a value; null for no text.</summary>
    public static ConditionValue? Of(string? text) => text is null ? null : new TextValue(text);

    /// <summary>A number as a value; null for no number.</summary>
    public static ConditionValue? Of(decimal? number) => number is { } known ? new NumberValue(known) : null;

    /// <summary>True or false as a value; null for neither.</summary>
    public static ConditionValue? Of(bool? flag) => flag is { } known ? new FlagValue(known) : null;

    /// <summary>An instant as a value; null for none.</summary>
    public static ConditionValue? Of(DateTimeOffset? instant) => instant is { } known ? new InstantValue(known.ToUniversalTime()) : null;

    /// <summary>A value of an enum by its name outside the program; null for none.</summary>
    public static ConditionValue? Of<T>(T? choice)
        where T : struct, Enum => choice is { } known ? new TextValue(WireName<T>.Of(known)) : null;

    /// <summary>A list as a value; null for none.</summary>
    public static ConditionValue? Of(IEnumerable<string>? entries) => entries is null ? null : new ListValue([.. entries]);

    /// <summary>A text, a number, true or false in JSON as a value; null for anything else.</summary>
    public static ConditionValue? Of(JsonElement json)
    {
        try
        {
            return json.ValueKind switch
            {
                JsonValueKind.String => new TextValue(json.GetString()!),
                JsonValueKind.True => new FlagValue(true),
                JsonValueKind.False => new FlagValue(false),
                // A number that no decimal holds is compared by its digits.
                JsonValueKind.Number => json.TryGetDecimal(out var number) ? new NumberValue(number) : new TextValue(json.GetRawText()),
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

/// <summary>A text, an id, or one of the names of a choice.</summary>
public sealed record TextValue(string Text) : ConditionValue
{
    public override void Write(Utf8JsonWriter json) => json.WriteStringValue(Text);
}

/// <summary>A number.</summary>
public sealed record NumberValue(decimal Number) : ConditionValue
{
    public override void Write(Utf8JsonWriter json) => json.WriteNumberValue(Number);
}

/// <summary>True or false.</summary>
public sealed record FlagValue(bool Flag) : ConditionValue
{
    public override void Write(Utf8JsonWriter json) => json.WriteBooleanValue(Flag);
}

/// <summary>An instant in UTC.</summary>
public sealed record InstantValue(DateTimeOffset Instant) : ConditionValue
{
    public override void Write(Utf8JsonWriter json) =>
        json.WriteStringValue(Instant.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture));
}

/// <summary>Several texts; only a field can have them.</summary>
public sealed record ListValue(IReadOnlyList<string> Entries) : ConditionValue
{
    public override void Write(Utf8JsonWriter json)
    {
        json.WriteStartArray();
        foreach (var entry in Entries)
            json.WriteStringValue(entry);
        json.WriteEndArray();
    }
}
