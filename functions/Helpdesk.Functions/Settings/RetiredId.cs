namespace Helpdesk.Functions.Settings;

/// <summary>The id of a setting that is no more, which tickets of old still name.</summary>
/// <param name="Kind">What kind of setting it was.</param>
/// <param name="Id">The id it had.</param>
/// <param name="Successor">Id of what took its place; null for nothing.</param>
/// <param name="RetiredAt">When it was removed.</param>
public sealed record RetiredId(NamedKind Kind, string Id, string? Successor, DateTimeOffset RetiredAt)
{
    /// <summary>How it is named in storage.</summary>
    public string Name => NameOf(Kind, Id);

    public static string NameOf(NamedKind kind, string id) => $"{(kind == NamedKind.Group ? "g" : "a")}-{Hosting.Hashes.Short(id)}";
}
