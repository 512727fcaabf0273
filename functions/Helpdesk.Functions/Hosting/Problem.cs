using System.Text.Json.Serialization;

namespace Helpdesk.Functions.Hosting;

/// <summary>An error as RFC 9457 writes it, with a code that stays the same and, for a 400, what is wrong by field.</summary>
public sealed record Problem(string Type, string Title, int Status, string? Detail, string Code)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, string[]>? Errors { get; init; }

    /// <summary>The problem with the usual title of its status.</summary>
    public static Problem Of(int status, string code, string? detail) =>
        new("about:blank", Microsoft.AspNetCore.WebUtilities.ReasonPhrases.GetReasonPhrase(status), status, detail, code);
}
