using System.Text.Json;
using System.Text.Json.Serialization;
using Helpdesk.Functions.Hosting;

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

/// <summary>Finds what took the place of settings that are no more.</summary>
public static class RetiredIds
{
    public static SettingKind<RetiredId> Kind { get; } = new("retired-", retired => retired.Name, RetiredJson.Default.RetiredId);

    /// <summary>The setting itself where it is there, or else what took its place, or the place of that; null for nothing.</summary>
    public static async ValueTask<string?> StandInAsync(
        this SettingsStore settings,
        string workspace,
        NamedKind kind,
        string? id,
        Func<string, bool> isThere,
        CancellationToken cancellationToken
    )
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (id is not null && !isThere(id))
            id = seen.Add(id) ? (await settings.FindAsync(workspace, RetiredIds.Kind, RetiredId.NameOf(kind, id), cancellationToken))?.Successor : null;
        return id;
    }
}

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(UtcInstantConverter)]
)]
[JsonSerializable(typeof(RetiredId))]
internal sealed partial class RetiredJson : JsonSerializerContext;
