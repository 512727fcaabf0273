using System.Globalization;
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
        new(new($"{name}-", idOf, json), new($"{name}version-", value => VersionedSettings.VersionId(idOf(value), versionOf(value)), json));
}

/// <summary>Keeps settings whose versions stay, since something may still go by them.</summary>
public sealed class VersionedSettings(SettingsStore settings)
{
    /// <summary>One version; null when there never was one.</summary>
    public ValueTask<T?> FindAsync<T>(string partition, VersionedKind<T> kind, string id, int version, CancellationToken cancellationToken)
        where T : class => settings.FindAsync(partition, kind.Versions, VersionId(id, version), cancellationToken);

    /// <summary>Adds a setting as its first version; 409 when its id is taken, or was once: a version, once made, stays.</summary>
    public Task<TAnswer> AddAsync<T, TAnswer>(
        string partition,
        VersionedKind<T> kind,
        T value,
        Func<T, TAnswer> answer,
        JsonTypeInfo<TAnswer> answerJson,
        Idempotency? idempotency,
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
            cancellationToken
        );

    /// <summary>Makes a new version under the ETag of the newest. What was never stored (a standard one) counts as the first version.</summary>
    public async Task<T?> ChangeAsync<T>(
        string partition,
        VersionedKind<T> kind,
        string id,
        T? standard,
        Func<T, T> change,
        CancellationToken cancellationToken
    )
        where T : class
    {
        while (true)
        {
            var found = await settings.ReadAsync(partition, kind.Newest, id, cancellationToken);
            if ((found?.Value ?? standard) is not { } before)
                return null;
            var changed = change(before);
            if (ReferenceEquals(changed, before))
                return before;
            var row = SettingsStore.Row(partition, kind.Newest, changed);
            List<TableTransactionAction> actions =
            [
                found is { } newest ? new(TableTransactionActionType.UpdateReplace, row, newest.Row.ETag) : new(TableTransactionActionType.Add, row),
                new(TableTransactionActionType.Add, SettingsStore.Row(partition, kind.Versions, changed)),
            ];
            if (found is null)
                actions.Add(new(TableTransactionActionType.UpsertReplace, SettingsStore.Row(partition, kind.Versions, before)));
            try
            {
                await settings.SubmitAsync(actions, cancellationToken);
                return changed;
            }
            catch (RequestFailedException raced) when (raced.Status is 409 or 412)
            {
                // Read it again and apply the change to what is there now.
            }
        }
    }

    /// <summary>How a version of a setting is named in storage.</summary>
    internal static string VersionId(string id, int version) => string.Create(CultureInfo.InvariantCulture, $"{id}-v{version:D6}");
}
