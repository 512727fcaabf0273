using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Azure;
using Azure.Data.Tables;
using Helpdesk.Functions.Hosting;

namespace Helpdesk.Functions.Settings;

/// <summary>A kind of setting of which every version is kept.</summary>
public sealed record VersionedKind<T>(SettingKind<T> Newest, SettingKind<T> Versions)
    where T : class
{
    /// <summary>The kind of that prefix; a version's row is called like its setting, with its number behind.</summary>
    public static VersionedKind<T> Of(string name, Func<T, string> idOf, Func<T, int> versionOf, JsonTypeInfo<T> json) =>
        new(new($"{name}-", idOf, json) { Audited = name }, new($"{name}version-", value => VersionedSettings.VersionId(idOf(value), versionOf(value)), json));
}

/// <summary>Keeps settings whose versions stay, since something may still go by them.</summary>
public sealed class VersionedSettings(SettingsStore settings)
{
    /// <summary>One version; null when there never was one.</summary>
    public ValueTask<T?> FindAsync<T>(string partition, VersionedKind<T> kind, string id, int version, CancellationToken cancellationToken)
        where T : class => settings.FindAsync(partition, kind.Versions, VersionId(id, version), cancellationToken);

    /// <summary>Adds a setting with its version; 409 when its id is taken. A version, once made, stays.</summary>
    public Task<TAnswer> AddAsync<T, TAnswer>(
        string partition,
        VersionedKind<T> kind,
        T value,
        Func<T, TAnswer> answer,
        JsonTypeInfo<TAnswer> answerJson,
        Idempotency? idempotency,
        SettingChanges with,
        CancellationToken cancellationToken
    )
        where T : class =>
        settings.AddAsync(
            kind.Newest,
            value,
            [SettingsStore.Row(partition, kind.Newest, value), SettingsStore.Row(partition, kind.Versions, value)],
            answer,
            answerJson,
            idempotency,
            cancellationToken,
            with
        );

    /// <summary>Whether two values are the same in storage: what changes nothing makes no version.</summary>
    /// <param name="after">The value after the change, with the version and time of the one before.</param>
    internal static bool AreSame<T>(SettingKind<T> kind, T before, T after)
        where T : class => JsonNode.DeepEquals(JsonSerializer.SerializeToNode(before, kind.Json), JsonSerializer.SerializeToNode(after, kind.Json));

    /// <summary>How a version of a setting is named in storage.</summary>
    internal static string VersionId(string id, int version) => string.Create(CultureInfo.InvariantCulture, $"{id}-v{version:D6}");
}
