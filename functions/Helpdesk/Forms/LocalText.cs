using System.Text.Json.Serialization;

namespace Helpdesk.Forms;

/// <summary>
/// Words for requesters in the languages of the desk. A language that has none of its own gets the English ones, or else the first there are.
/// </summary>
/// <param name="De">In German.</param>
/// <param name="El">In Greek.</param>
/// <param name="En">In English.</param>
/// <param name="Hr">In Croatian.</param>
public sealed record LocalText(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? De = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? El = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? En = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Hr = null
)
{
    /// <summary>The languages, by the codes that requests name them with.</summary>
    public static IReadOnlyList<string> Languages { get; } = ["de", "el", "en", "hr"];

    /// <summary>The words for a reader of a language such as <c>de-AT</c>.</summary>
    public string In(string? locale) => Own((locale ?? "").Split('-', '_')[0].ToLowerInvariant()) ?? En ?? De ?? Hr ?? El ?? "";

    /// <summary>The words that a language has itself; null for none.</summary>
    public string? Own(string language) =>
        language switch
        {
            "de" => De,
            "el" => El,
            "en" => En,
            "hr" => Hr,
            _ => null,
        };

    /// <summary>The same words changed; a language without any stays without.</summary>
    public LocalText Rewritten(Func<string, string> rewrite)
    {
        ArgumentNullException.ThrowIfNull(rewrite);
        string? Of(string? words) => words is null ? null : rewrite(words);
        return new(Of(De), Of(El), Of(En), Of(Hr));
    }
}
