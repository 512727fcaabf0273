using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Azure.Data.Tables;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;

namespace Helpdesk.Functions.Settings;

/// <summary>One change of a setting: who made it, and what the setting was before and after. It is written in the transaction of the change itself.</summary>
/// <param name="Key">Its place in the partition; a later change has a smaller one.</param>
/// <param name="Before">Null for a setting that was not there.</param>
/// <param name="After">Null for a setting that was removed.</param>
public sealed record SettingChange(string Key, DateTimeOffset At, Actor By, string Kind, string Setting, JsonObject? Before, JsonObject? After)
{
    /// <summary>The column of <see cref="Apply"/>.</summary>
    public const string ApplyColumn = "Apply";

    /// <summary>Id of the configuration that was applied and changed it; null for a change by itself.</summary>
    public string? Apply { get; init; }

    /// <summary>What all rows of changes begin with; the next letter lies behind them.</summary>
    public const string Prefix = "audit-";

    /// <summary>Lies behind the rows of all changes.</summary>
    public const string End = "audit.";

    /// <summary>What stands for the value of a secret.</summary>
    private const string Hidden = "***";

    /// <summary>What stands for a secret that is another one than before.</summary>
    private const string HiddenAnew = "*** (new)";

    /// <summary>What begins the keys of changes at an instant, before which lie all later ones.</summary>
    public static string KeyAt(DateTimeOffset at) => Prefix + (DateTimeOffset.MaxValue.UtcTicks - at.UtcTicks).ToString("D19", CultureInfo.InvariantCulture);

    /// <summary>The record of a write; null where it changes nothing, or nobody wants to know.</summary>
    internal static SettingChange? Of<T>(SettingKind<T> kind, string id, Actor by, DateTimeOffset now, TableEntity? before, TableEntity? after)
        where T : class
    {
        if (kind.Audited is not { } name)
            return null;
        var (was, becomes) = (ValueOf(before), ValueOf(after));
        if (JsonNode.DeepEquals(Timeless(was), Timeless(becomes)))
            return null;
        Hide(was, becomes, kind.Secrets);
        return new($"{KeyAt(now)}-{Hashes.RandomName(8)}", now, by, name, id, was, becomes);
    }

    internal static SettingChange Read(TableEntity row) =>
        new(
            row.RowKey,
            row.GetDateTimeOffset("At")!.Value,
            new(WireName<ActorKind>.TryParse(row.GetString("ByKind"), out var kind) ? kind : ActorKind.System, row.GetString("ById"), row.GetString("ByName")),
            row.GetString("Kind"),
            row.GetString("Setting"),
            Parse(LongText.Read(row, "Before")),
            Parse(LongText.Read(row, "After"))
        )
        {
            Apply = row.GetString(ApplyColumn),
        };

    internal TableEntity Row(string partition)
    {
        var row = new TableEntity(partition, Key)
        {
            ["At"] = At,
            ["ByKind"] = WireName<ActorKind>.Of(By.Kind),
            ["ById"] = By.Id,
            ["ByName"] = By.Name,
            ["Kind"] = Kind,
            ["Setting"] = Setting,
        };
        if (Apply is not null)
            row[ApplyColumn] = Apply;
        LongText.Write(row, "Before", Before?.ToJsonString() ?? "");
        LongText.Write(row, "After", After?.ToJsonString() ?? "");
        return row;
    }

    private static JsonObject? ValueOf(TableEntity? row) => row is null ? null : Parse(LongText.Read(row, "Value"));

    private static JsonObject? Parse(string json) => json.Length == 0 ? null : JsonNode.Parse(json)!.AsObject();

    /// <summary>A value without the time of its last change, which alone is no change.</summary>
    private static JsonObject? Timeless(JsonObject? value)
    {
        if (value?.ContainsKey("updatedAt") != true)
            return value;
        var rest = value.DeepClone().AsObject();
        rest.Remove("updatedAt");
        return rest;
    }

    /// <summary>Takes secrets out of both values, and leaves to be seen whether they are the same.</summary>
    private static void Hide(JsonNode? before, JsonNode? after, IReadOnlyList<string> secrets)
    {
        if (secrets.Count == 0)
            return;
        switch (before ?? after)
        {
            case JsonObject:
                var (was, becomes) = (before as JsonObject, after as JsonObject);
                foreach (var name in (was ?? []).Concat(becomes ?? []).Select(field => field.Key).Distinct(StringComparer.Ordinal).ToList())
                {
                    var (old, now) = (was?[name], becomes?[name]);
                    if (!secrets.Contains(name, StringComparer.OrdinalIgnoreCase))
                    {
                        Hide(old, now, secrets);
                        continue;
                    }

                    var same = JsonNode.DeepEquals(old, now);
                    if (old is not null)
                        was![name] = Hidden;
                    if (now is not null)
                        becomes![name] = same || was is null ? Hidden : HiddenAnew;
                }

                break;
            case JsonArray:
                var (first, second) = (before as JsonArray, after as JsonArray);
                for (var i = 0; i < Math.Max(first?.Count ?? 0, second?.Count ?? 0); i++)
                    Hide(i < first?.Count ? first[i] : null, i < second?.Count ? second[i] : null, secrets);
                break;
        }
    }
}

/// <summary>Reads the record of changes.</summary>
public sealed class SettingHistory(StorageClients storage)
{
    private TableClient Table => storage.Table(SettingsStore.TableName);

    /// <summary>Changes behind a key, the latest first, and whether there are more.</summary>
    /// <param name="after">The key of the last change that is known, or what <see cref="SettingChange.KeyAt"/> gives.</param>
    /// <param name="before">Where to end; null for the oldest change.</param>
    public async Task<(IReadOnlyList<SettingChange> Changes, bool More)> ReadAsync(
        string partition,
        string after,
        string? before,
        int limit,
        CancellationToken cancellationToken
    )
    {
        var changes = new List<SettingChange>();
        await foreach (
            var row in Table.QueryAsync<TableEntity>(
                TableClient.CreateQueryFilter($"PartitionKey eq {partition} and RowKey gt {after} and RowKey lt {before ?? SettingChange.End}"),
                limit + 1,
                cancellationToken: cancellationToken
            )
        )
        {
            if (changes.Count == limit)
                return (changes, true);
            changes.Add(SettingChange.Read(row));
        }

        return (changes, false);
    }

    /// <summary>Puts a change in the place of the one with its key: nothing else may be different but what is erased.</summary>
    public Task RewriteAsync(string partition, SettingChange change, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(change);
        return Table.UpdateEntityAsync(change.Row(partition), Azure.ETag.All, TableUpdateMode.Replace, cancellationToken);
    }
}
