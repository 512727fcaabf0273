using System.Text.Json.Serialization;

namespace Helpdesk.Functions.Hosting;

/// <summary>An error as RFC 9457 writes it, with a code that stays the same and, for a 400, what is wrong by field.</summary>
/// <param name="Type">Always <c>about:blank</c>: <c>code</c> says what kind of problem it is.</param>
/// <param name="Title">The usual words for the status.</param>
/// <param name="Status">The HTTP status.</param>
/// <param name="Detail">What is wrong and what to do about it, in words; may change.</param>
/// <param name="Code">What is wrong, for programs; never changes.</param>
public sealed record Problem(string Type, string Title, int Status, string? Detail, string Code)
{
    /// <summary>For a 400: what is wrong, by the name of the field or parameter.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, string[]>? Errors { get; init; }

    /// <summary>For a 409 of something that is in use: what names it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<SettingUse>? UsedBy { get; init; }

    /// <summary>The problem with the usual title of its status.</summary>
    public static Problem Of(int status, string code, string? detail) =>
        new("about:blank", Microsoft.AspNetCore.WebUtilities.ReasonPhrases.GetReasonPhrase(status), status, detail, code);
}
