using System.Text.Json.Nodes;
using Azure;
using Azure.Data.Tables;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Storage;

namespace Helpdesk.Functions.Configuration;

/// <summary>A row as it was and as it becomes.</summary>
/// <param name="Read">The ETag it had when that was decided; null for a row that was not there.</param>
/// <param name="Before">Its columns then; null for none.</param>
/// <param name="After">Its columns afterwards; null for a row that is removed.</param>
public sealed record JournalRow(string Table, string Partition, string Key, string? Read, JsonObject? Before, JsonObject? After)
{
    internal static JournalRow Of(DraftWrite write) =>
        new(write.Table, write.Partition, write.Key, write.Before?.ETag.ToString(), RowColumns.Of(write.Before), RowColumns.Of(write.After));

    internal TableEntity? RowBefore => RowColumns.Row(Partition, Key, Before);

    internal TableEntity? RowAfter => RowColumns.Row(Partition, Key, After);

    /// <summary>The write, under the condition that the row still is what it was.</summary>
    internal TableTransactionAction Action =>
        RowAfter is not { } after ? new(TableTransactionActionType.Delete, new TableEntity(Partition, Key), new ETag(Read!))
        : Read is null ? new(TableTransactionActionType.Add, after)
        : new(TableTransactionActionType.UpdateReplace, after, new ETag(Read));
}

/// <summary>A message that is sent once all is written.</summary>
public sealed record JournalMessage(string Queue, string Text, TimeSpan Delay);

/// <summary>All that an apply writes, decided before it writes anything, so that whoever finds it can finish it or take it back.</summary>
/// <param name="Parts">Rows of settings: each part is one transaction, and holds only while nobody else has changed them.</param>
/// <param name="Others">What follows from it elsewhere: what somebody else has written meanwhile stays.</param>
public sealed record ApplyJournal(IReadOnlyList<IReadOnlyList<JournalRow>> Parts, IReadOnlyList<JournalRow> Others, IReadOnlyList<JournalMessage> Messages)
{
    /// <summary>Rows that a transaction needs for itself: its marker, and the one under which settings are decided.</summary>
    private const int Spare = 2;

    /// <summary>The partition whose settings were decided under its guard; null for none.</summary>
    internal string? Guarded => Parts.FirstOrDefault(part => part.Any(row => row.Key == SettingChanges.GuardKey)) is { } first ? first[0].Partition : null;

    /// <summary>The journal of a draft: what it wrote to settings, each record of a change under the apply's id.</summary>
    public static ApplyJournal Of(StorageDraft draft, string apply)
    {
        ArgumentNullException.ThrowIfNull(draft);
        var rows = draft.Writes.Select(JournalRow.Of).ToList();
        foreach (var row in rows.Where(row => row.Table == SettingsStore.TableName && row.Key.StartsWith(SettingChange.Prefix, StringComparison.Ordinal)))
            row.After![SettingChange.ApplyColumn] = new JsonObject { [RowColumns.Text] = apply };
        return new(
            [
                // The row under which settings are decided goes with the first of its partition, so that what was decided by others still holds.
                .. rows.Where(row => row.Table == SettingsStore.TableName)
                    .GroupBy(row => row.Partition, StringComparer.Ordinal)
                    .OrderBy(partition => partition.All(row => row.Key != SettingChanges.GuardKey))
                    .SelectMany(partition => PartsOf(partition.OrderBy(row => row.Key != SettingChanges.GuardKey))),
            ],
            [.. rows.Where(row => row.Table != SettingsStore.TableName)],
            [.. draft.Messages.Select(message => new JournalMessage(message.Queue, message.Text, message.Delay))]
        );
    }

    private static IEnumerable<IReadOnlyList<JournalRow>> PartsOf(IEnumerable<JournalRow> rows)
    {
        var byKey = rows.ToDictionary(row => row.Key, StringComparer.Ordinal);
        var actions = byKey.Values.Select(row => new TableTransactionAction(
            TableTransactionActionType.UpsertReplace,
            row.RowAfter ?? new TableEntity(row.Partition, row.Key)
        ));
        return TableTransactions.Split(actions, Spare).Select(part => (IReadOnlyList<JournalRow>)[.. part.Select(action => byKey[action.Entity.RowKey])]);
    }
}

/// <summary>Columns of rows as JSON, each with its type.</summary>
internal static class RowColumns
{
    public const string Text = "text";

    public static JsonObject? Of(TableEntity? row) =>
        row is null
            ? null
            : new(
                row.Where(column => column.Value is not null && column.Key is not ("PartitionKey" or "RowKey" or "Timestamp" or "odata.etag"))
                    .OrderBy(column => column.Key, StringComparer.Ordinal)
                    .Select(column => KeyValuePair.Create(column.Key, (JsonNode?)Of(column.Value)))
            );

    public static TableEntity? Row(string partition, string key, JsonObject? columns)
    {
        if (columns is null)
            return null;
        var row = new TableEntity(partition, key);
        foreach (var (name, value) in columns)
            row[name] = Value(value!.AsObject().Single());
        return row;
    }

    private static JsonObject Of(object value) =>
        value switch
        {
            string text => new() { [Text] = text },
            int number => new() { ["int"] = number },
            long number => new() { ["long"] = number },
            double number => new() { ["double"] = number },
            bool flag => new() { ["flag"] = flag },
            DateTimeOffset instant => new() { ["instant"] = instant },
            byte[] bytes => new() { ["bytes"] = Convert.ToBase64String(bytes) },
            Guid id => new() { ["guid"] = id },
            _ => throw new NotSupportedException($"A column of {value.GetType()} cannot be kept."),
        };

    private static object Value(KeyValuePair<string, JsonNode?> typed) =>
        typed.Key switch
        {
            Text => typed.Value!.GetValue<string>(),
            "int" => typed.Value!.GetValue<int>(),
            "long" => typed.Value!.GetValue<long>(),
            "double" => typed.Value!.GetValue<double>(),
            "flag" => typed.Value!.GetValue<bool>(),
            "instant" => typed.Value!.GetValue<DateTimeOffset>(),
            "bytes" => Convert.FromBase64String(typed.Value!.GetValue<string>()),
            "guid" => typed.Value!.GetValue<Guid>(),
            _ => throw new InvalidDataException($"There is no column of type {typed.Key}."),
        };
}
