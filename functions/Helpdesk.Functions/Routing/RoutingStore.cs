using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Azure;
using Azure.Data.Tables;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;
using Helpdesk.Functions.Tickets;

namespace Helpdesk.Functions.Routing;

/// <summary>A stored value and the ETag of its row; the default where there is no row yet.</summary>
public sealed record Stored<T>(T Value, ETag ETag);

/// <summary>Agents and groups of a workspace as routing knows them at one moment.</summary>
public sealed record RoutingView(IReadOnlyDictionary<string, Stored<AgentState>> Agents, IReadOnlyDictionary<string, Stored<GroupTurns>> Groups)
{
    public Stored<AgentState> Agent(string id) => Agents.GetValueOrDefault(id) ?? new(new AgentState { Agent = id }, default);

    public Stored<GroupTurns> Group(string id) => Groups.GetValueOrDefault(id) ?? new(new GroupTurns { Group = id }, default);
}

/// <summary>Keeps what routing knows: one partition per workspace, so that a choice is one transaction.</summary>
/// <remarks>
/// A choice is written under the ETag of its group's row. Whatever may change a choice writes that row too: an agent who comes or goes, or has room again.
/// </remarks>
public sealed class RoutingStore(StorageClients storage)
{
    public const string TableName = "Routing";

    /// <summary>The partition that names the groups in which tickets wait; no workspace can be called that.</summary>
    private const string Places = "~waiting";
    private const string Value = "Value";

    private TableClient Table => storage.Table(TableName);

    /// <summary>All agents and groups of a workspace in one read.</summary>
    public async Task<RoutingView> ReadAsync(string workspace, CancellationToken cancellationToken)
    {
        var agents = new Dictionary<string, Stored<AgentState>>(StringComparer.Ordinal);
        var groups = new Dictionary<string, Stored<GroupTurns>>(StringComparer.Ordinal);
        var filter = TableClient.CreateQueryFilter($"PartitionKey eq {workspace} and RowKey gt {"agent-"} and RowKey lt {"group."}");
        await foreach (var row in Table.QueryAsync<TableEntity>(filter, cancellationToken: cancellationToken))
        {
            if (row.RowKey.StartsWith("agent-", StringComparison.Ordinal))
                agents[row.RowKey["agent-".Length..]] = new(Read(row, RoutingJson.Default.AgentState), row.ETag);
            // A row that was only touched says nothing yet.
            else if (row.RowKey.StartsWith("group-", StringComparison.Ordinal))
                groups[row.RowKey["group-".Length..]] = new(
                    row.ContainsKey(Value) ? Read(row, RoutingJson.Default.GroupTurns) : new() { Group = row.RowKey["group-".Length..] },
                    row.ETag
                );
        }

        return new(agents, groups);
    }

    /// <summary>One agent.</summary>
    public async Task<Stored<AgentState>> ReadAgentAsync(string workspace, string agent, CancellationToken cancellationToken)
    {
        var found = await Table.GetEntityIfExistsAsync<TableEntity>(workspace, AgentKey(agent), cancellationToken: cancellationToken);
        return found.HasValue ? new(Read(found.Value!, RoutingJson.Default.AgentState), found.Value!.ETag) : new(new() { Agent = agent }, default);
    }

    /// <summary>Who was chosen under a key; null for nobody yet.</summary>
    public async Task<MadeChoice?> FindChoiceAsync(string workspace, string key, CancellationToken cancellationToken)
    {
        var found = await Table.GetEntityIfExistsAsync<TableEntity>(workspace, ChoiceKey(key), cancellationToken: cancellationToken);
        return found.HasValue ? Read(found.Value!, RoutingJson.Default.MadeChoice) : null;
    }

    /// <summary>Writes a choice: whose turn it was, what the agent is given, and under which key; false when somebody else was faster.</summary>
    public Task<bool> TryChooseAsync(
        string workspace,
        Stored<GroupTurns> turns,
        Stored<AgentState>? agent,
        MadeChoice choice,
        CancellationToken cancellationToken
    )
    {
        List<TableTransactionAction> actions =
        [
            Write(GroupRow(workspace, turns.Value), turns.ETag),
            new(TableTransactionActionType.UpsertReplace, Row(workspace, ChoiceKey(choice.Key), choice, RoutingJson.Default.MadeChoice, ("At", choice.At))),
        ];
        if (agent is not null)
            actions.Add(Write(AgentRow(workspace, agent.Value), agent.ETag));
        return TrySubmitAsync(actions, cancellationToken);
    }

    /// <summary>Writes that a ticket waits; false when somebody else was faster, so that it may not have to.</summary>
    public async Task<bool> TryWaitAsync(string workspace, Stored<GroupTurns> turns, WaitingTicket? waiting, CancellationToken cancellationToken)
    {
        List<TableTransactionAction> actions = [Write(GroupRow(workspace, turns.Value), turns.ETag)];
        if (waiting is not null)
        {
            // The place first: a ticket that waits where nobody looks would wait for ever.
            await Table.UpsertEntityAsync(
                new TableEntity(Places, $"{workspace}:{waiting.Group}") { ["At"] = waiting.Since },
                TableUpdateMode.Replace,
                cancellationToken
            );
            actions.Add(
                new(
                    TableTransactionActionType.UpsertReplace,
                    Row(workspace, WaitingKey(waiting), waiting, RoutingJson.Default.WaitingTicket, ("At", waiting.Since))
                )
            );
        }

        return await TrySubmitAsync(actions, cancellationToken);
    }

    /// <summary>Writes an agent, and touches groups whose choices that may change; false when somebody else was faster.</summary>
    public Task<bool> TryWriteAsync(string workspace, Stored<AgentState> agent, IReadOnlyList<string> groups, CancellationToken cancellationToken) =>
        TrySubmitAsync(
            [
                Write(AgentRow(workspace, agent.Value), agent.ETag),
                .. groups.Select(group => new TableTransactionAction(
                    TableTransactionActionType.UpsertMerge,
                    new TableEntity(workspace, GroupKey(group)) { ["Touched"] = Hashes.RandomName(8) }
                )),
            ],
            cancellationToken
        );

    /// <summary>Tickets that wait in a group, the oldest first.</summary>
    /// <param name="after">The place behind which they begin; null for the first.</param>
    public async Task<IReadOnlyList<(string Place, WaitingTicket Ticket)>> ReadWaitingAsync(
        string workspace,
        string group,
        string? after,
        int limit,
        CancellationToken cancellationToken
    )
    {
        var (start, end) = ($"waiting:{group}:", $"waiting:{group};");
        var filter = TableClient.CreateQueryFilter($"PartitionKey eq {workspace} and RowKey gt {start + after} and RowKey lt {end}");
        var waiting = new List<(string, WaitingTicket)>();
        await foreach (var row in Table.QueryAsync<TableEntity>(filter, Math.Min(limit, 1000), cancellationToken: cancellationToken))
        {
            waiting.Add((row.RowKey[start.Length..], Read(row, RoutingJson.Default.WaitingTicket)));
            if (waiting.Count == limit)
                break;
        }

        return waiting;
    }

    /// <summary>A ticket waits no more.</summary>
    public Task RemoveWaitingAsync(string workspace, WaitingTicket waiting, CancellationToken cancellationToken) =>
        Table.DeleteEntityAsync(workspace, WaitingKey(waiting), ETag.All, cancellationToken);

    /// <summary>A ticket waits no more in a group.</summary>
    public Task RemoveWaitingAsync(Ticket ticket, string group, CancellationToken cancellationToken) =>
        Table.DeleteEntityAsync(ticket.Workspace, WaitingKey(group, ticket.CreatedAt, ticket.Number), ETag.All, cancellationToken);

    /// <summary>All groups in which tickets wait.</summary>
    public async Task<IReadOnlyList<(string Workspace, string Group, TableEntity Row)>> ReadPlacesAsync(CancellationToken cancellationToken)
    {
        var places = new List<(string, string, TableEntity)>();
        await foreach (
            var row in Table.QueryAsync<TableEntity>(TableClient.CreateQueryFilter($"PartitionKey eq {Places}"), cancellationToken: cancellationToken)
        )
        {
            var colon = row.RowKey.IndexOf(':', StringComparison.Ordinal);
            places.Add((row.RowKey[..colon], row.RowKey[(colon + 1)..], row));
        }

        return places;
    }

    /// <summary>Nothing waits in a group, unless somebody has said so again since it was read.</summary>
    public async Task RemovePlaceAsync(TableEntity place, CancellationToken cancellationToken)
    {
        try
        {
            await Table.DeleteEntityAsync(place.PartitionKey, place.RowKey, place.ETag, cancellationToken);
        }
        catch (RequestFailedException again) when (again.Status is 404 or 412)
        {
            // Something waits there again.
        }
    }

    /// <summary>Removes choices that are too old for anybody to ask for, as many as a night may take.</summary>
    public async Task<int> RemoveChoicesAsync(string workspace, DateTimeOffset before, int limit, CancellationToken cancellationToken)
    {
        var filter = TableClient.CreateQueryFilter($"PartitionKey eq {workspace} and RowKey gt {"key-"} and RowKey lt {"key."} and At lt {before}");
        var old = new List<TableTransactionAction>();
        await foreach (var row in Table.QueryAsync<TableEntity>(filter, select: ["PartitionKey", "RowKey"], cancellationToken: cancellationToken))
        {
            old.Add(new(TableTransactionActionType.Delete, new TableEntity(workspace, row.RowKey), ETag.All));
            if (old.Count == limit)
                break;
        }

        foreach (var chunk in old.Chunk(100))
            await Table.SubmitTransactionAsync(chunk, cancellationToken);
        return old.Count;
    }

    private async Task<bool> TrySubmitAsync(IEnumerable<TableTransactionAction> actions, CancellationToken cancellationToken)
    {
        try
        {
            await Table.SubmitTransactionAsync(actions, cancellationToken);
            return true;
        }
        catch (RequestFailedException raced) when (raced.Status is 404 or 409 or 412)
        {
            return false;
        }
    }

    private static TableTransactionAction Write(TableEntity row, ETag read) =>
        read == default ? new(TableTransactionActionType.Add, row) : new(TableTransactionActionType.UpdateReplace, row, read);

    internal static TableEntity AgentRow(string workspace, AgentState agent) => Row(workspace, AgentKey(agent.Agent), agent, RoutingJson.Default.AgentState);

    internal static TableEntity GroupRow(string workspace, GroupTurns turns) => Row(workspace, GroupKey(turns.Group), turns, RoutingJson.Default.GroupTurns);

    private static TableEntity Row<T>(string workspace, string key, T value, JsonTypeInfo<T> json, params (string Name, DateTimeOffset At)[] columns)
    {
        var row = new TableEntity(workspace, key);
        LongText.Write(row, Value, JsonSerializer.Serialize(value, json));
        foreach (var (name, at) in columns)
            row[name] = at;
        return row;
    }

    private static T Read<T>(TableEntity row, JsonTypeInfo<T> json) =>
        JsonSerializer.Deserialize(LongText.Read(row, Value), json) ?? throw new InvalidDataException($"{row.RowKey} of {row.PartitionKey} is empty.");

    private static string AgentKey(string agent) => "agent-" + agent;

    private static string GroupKey(string group) => "group-" + group;

    private static string ChoiceKey(string key) => "key-" + Hashes.Short(key);

    private static string WaitingKey(WaitingTicket waiting) => WaitingKey(waiting.Group, waiting.CreatedAt, waiting.Number);

    private static string WaitingKey(string group, DateTimeOffset created, long number) =>
        string.Create(CultureInfo.InvariantCulture, $"waiting:{group}:{created.ToUnixTimeMilliseconds():D14}-{number:D15}");
}
