using System.Security.Cryptography;
using System.Text;
using Azure;
using Azure.Data.Tables;
using Google.Protobuf;
using Helpdesk.Durable.Protocol;

namespace Helpdesk.LocalHost.Durable;

/// <summary>An instance as its row keeps it, with its history.</summary>
/// <remarks>
/// The history is one stream of bytes: the <c>pastEvents</c> of an <see cref="OrchestratorRequest"/> as protobuf writes them, so that a turn's request is made by
/// putting bytes together. Its newest part lies in the instance's own row, older parts in rows <c>history-generation-number</c>: a wake-up reads one row as a rule.
/// </remarks>
internal sealed record StoredInstance
{
    public const string RowName = "instance";

    public required string Id { get; init; }
    public required string Name { get; init; }
    public required string ExecutionId { get; init; }
    public required OrchestrationStatus Status { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; init; }
    public DateTimeOffset? CompletedAt { get; init; }
    public string? CustomStatus { get; init; }
    public TaskFailureDetails? Failure { get; init; }
    public ParentInstanceInfo? Parent { get; init; }

    /// <summary>Counts histories: each start and each continue-as-new begins another one.</summary>
    public long Generation { get; init; }

    /// <summary>Rows that hold older parts of this generation's history.</summary>
    public int Parts { get; init; }

    /// <summary>Committed turns; rows that belong to a later one were never committed.</summary>
    public long Turn { get; init; }

    /// <summary>Everything in the inbox up to this number has been taken into the history.</summary>
    public long InboxDone { get; init; }

    /// <summary>Where the last events from other instances came from, so that one sent twice is taken once.</summary>
    public IReadOnlyList<string> Sources { get; init; } = [];

    /// <summary>What a continue-as-new begins with: it comes before everything that waits in the inbox. Empty after the next turn.</summary>
    public IReadOnlyList<HistoryEvent> Carried { get; init; } = [];

    /// <summary>The newest part of the history.</summary>
    public byte[] Tail { get; init; } = [];

    /// <summary>The whole history; null when only the row was read.</summary>
    public byte[]? History { get; init; }

    public ETag ETag { get; init; }

    public bool IsOver => Status is OrchestrationStatus.Completed or OrchestrationStatus.Failed or OrchestrationStatus.Terminated or OrchestrationStatus.Canceled;

    public IReadOnlyList<HistoryEvent> Events() => OrchestratorRequest.Parser.ParseFrom(History ?? []).PastEvents;

    /// <summary>Events as they are written into a history.</summary>
    public static byte[] Encode(IEnumerable<HistoryEvent> events)
    {
        var request = new OrchestratorRequest();
        request.PastEvents.AddRange(events);
        return request.ToByteArray();
    }

    public TableEntity ToRow()
    {
        var row = new TableEntity(HubKeys.Partition(Id), HubKeys.Row(Id, RowName))
        {
            ["Id"] = Id,
            ["Name"] = Name,
            ["ExecutionId"] = ExecutionId,
            ["Status"] = (int)Status,
            ["CreatedAt"] = CreatedAt,
            ["UpdatedAt"] = UpdatedAt,
            ["Generation"] = Generation,
            ["Parts"] = Parts,
            ["Turn"] = Turn,
            ["InboxDone"] = InboxDone,
            ["HasCarried"] = Carried.Count > 0,
        };
        if (Carried.Count > 0)
            BinaryColumns.Write(row, "Carried", Encode(Carried));
        if (CompletedAt is not null)
            row["CompletedAt"] = CompletedAt;
        if (CustomStatus is not null)
            BinaryColumns.Write(row, "CustomStatus", ByteString.CopyFromUtf8(CustomStatus).Span);
        if (Failure is not null)
            BinaryColumns.Write(row, "Failure", Failure.ToByteArray());
        if (Parent is not null)
            row["Parent"] = Parent.ToByteArray();
        if (Sources.Count > 0)
            row["Sources"] = string.Join('\n', Sources);
        BinaryColumns.Write(row, "Tail", Tail);
        return row;
    }

    public static StoredInstance Read(TableEntity row) => new()
    {
        Id = row.GetString("Id"),
        Name = row.GetString("Name"),
        ExecutionId = row.GetString("ExecutionId"),
        Status = (OrchestrationStatus)row.GetInt32("Status")!.Value,
        CreatedAt = row.GetDateTimeOffset("CreatedAt")!.Value,
        UpdatedAt = row.GetDateTimeOffset("UpdatedAt")!.Value,
        CompletedAt = row.GetDateTimeOffset("CompletedAt"),
        CustomStatus = BinaryColumns.Read(row, "CustomStatus") is { } status ? System.Text.Encoding.UTF8.GetString(status) : null,
        Failure = BinaryColumns.Read(row, "Failure") is { } failure ? TaskFailureDetails.Parser.ParseFrom(failure) : null,
        Parent = row.GetBinary("Parent") is { } parent ? ParentInstanceInfo.Parser.ParseFrom(parent) : null,
        Generation = row.GetInt64("Generation") ?? 0,
        Parts = row.GetInt32("Parts") ?? 0,
        Turn = row.GetInt64("Turn") ?? 0,
        InboxDone = row.GetInt64("InboxDone") ?? 0,
        Carried = BinaryColumns.Read(row, "Carried") is { } carried ? OrchestratorRequest.Parser.ParseFrom(carried).PastEvents : [],
        Sources = row.GetString("Sources")?.Split('\n') ?? [],
        Tail = BinaryColumns.Read(row, "Tail") ?? [],
        ETag = row.ETag,
    };
}

/// <summary>Bytes in as many columns as they need; a column holds 64 KB and a row 1 MB.</summary>
internal static class BinaryColumns
{
    public const int Limit = 15 * ColumnLength;
    private const int ColumnLength = 60_000;

    public static void Write(TableEntity row, string name, ReadOnlySpan<byte> bytes)
    {
        for (var i = 0; i == 0 || i * ColumnLength < bytes.Length; i++)
            row[$"{name}{i}"] = bytes.Slice(i * ColumnLength, Math.Min(ColumnLength, bytes.Length - i * ColumnLength)).ToArray();
    }

    public static byte[]? Read(TableEntity row, string name)
    {
        if (row.GetBinary($"{name}0") is not { } first)
            return null;
        if (first.Length < ColumnLength)
            return first;
        var all = new MemoryStream();
        for (var i = 0; row.GetBinary($"{name}{i}") is { } part; i++)
            all.Write(part);
        return all.ToArray();
    }
}

/// <summary>Keys of the hub's rows.</summary>
internal static class HubKeys
{
    /// <summary>An instance id as a partition: what a key may not hold is written as its number.</summary>
    public static string Partition(string instanceId) => string.Concat(instanceId.Select(letter =>
        letter is '/' or '\\' or '#' or '?' or '!' or '%' or '\'' || char.IsControl(letter) || letter > '~' ? $"!{(int)letter:x4}" : letter.ToString()));

    /// <summary>The key of a row in the table: its name within the instance and a mark of the instance.</summary>
    /// <remarks>Azurite finds a row by its row key first and then looks at every partition that has one of this name, so that names shared by all instances would make each step slower with every instance.</remarks>
    public static string Row(string instanceId, string name) => $"{name}-{Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(instanceId)).AsSpan(0, 6))}";

    /// <summary>The name of a row within its instance.</summary>
    public static string Name(string rowKey) => rowKey[..rowKey.LastIndexOf('-')];

    public static string Inbox(long number) => $"inbox-{number:D19}";

    public static string Outbox(long generation, int action) => $"outbox-{generation:D10}-{action:D10}";

    public static string Timer(long generation, int timer) => $"timer-{generation:D10}-{timer:D10}";

    public static string Part(long generation, int part) => $"history-{generation:D10}-{part:D6}";
}

/// <summary>Something that has happened to an instance and is not in its history yet.</summary>
/// <param name="Number">Its place in the inbox; 0 for what has none.</param>
/// <param name="RowName">The row that keeps it until it is in the history: one of the inbox, or the timer that fired. Null for what the last turn itself keeps.</param>
/// <param name="ExecutionId">The execution it belongs to; null for events from outside, which belong to any.</param>
internal sealed record PendingMessage(long Number, string? RowName, HistoryEvent Event, string? ExecutionId, string? Source);

/// <summary>Something an instance wants done outside of it.</summary>
internal sealed record OutboxWork(string InstanceId, string ExecutionId, string RowName, OrchestratorAction Action);

/// <summary>A timer that is to fire.</summary>
internal sealed record HubTimer(string InstanceId, string? ExecutionId, string RowName, DateTimeOffset FireAt, HistoryEvent Event);
