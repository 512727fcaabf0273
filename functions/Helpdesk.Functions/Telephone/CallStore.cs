using System.Globalization;
using System.Text.Json;
using Azure;
using Azure.Data.Tables;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;
using Helpdesk.Functions.Tickets;
using Helpdesk.Telephone;

namespace Helpdesk.Functions.Telephone;

/// <summary>Keeps calls: each by its id, and those of one number newest first.</summary>
/// <remarks>
/// A call has a partition of its own, so that its reports are put together under its ETag. A number's partition has a copy of each of its calls, and the
/// ticket that takes them.
/// </remarks>
public sealed class CallStore(StorageClients storage)
{
    public const string TableName = "Calls";

    /// <summary>Stands for the number of those who withhold theirs and reached nobody.</summary>
    public const string Withheld = "withheld";

    private const long LastMillisecond = 999_999_999_999_999;

    private TableClient Table => storage.Table(TableName);

    /// <summary>The id of a call: the same one for every report of it.</summary>
    /// <param name="system">Id of the telephone system; null for calls that were logged by the API.</param>
    /// <param name="name">What the system calls it; or the receipt, where it has no name.</param>
    public static string IdOf(string? system, string name) => Hashes.NameOf($"{system}\n{name}", 16);

    public async Task<Call?> FindAsync(string workspace, string id, CancellationToken cancellationToken) =>
        (await ReadAsync(workspace, id, cancellationToken))?.Call;

    /// <summary>Changes a call under its ETag, or begins it; the rule may run several times.</summary>
    /// <param name="change">Gets null where there is none yet.</param>
    public async Task<Call> ChangeAsync(string workspace, string id, Func<Call?, Call> change, CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            var found = await ReadAsync(workspace, id, cancellationToken);
            var after = change(found?.Call);
            if (after == found?.Call)
                return after;
            try
            {
                if (found is var (_, etag))
                    await Table.UpdateEntityAsync(Row(after), etag, TableUpdateMode.Replace, cancellationToken);
                else
                    await Table.AddEntityAsync(Row(after), cancellationToken);
                return after;
            }
            catch (RequestFailedException raced) when (raced.Status is 404 or 409 or 412)
            {
                await TicketStore.PauseAsync(attempt, cancellationToken);
            }
        }
    }

    /// <summary>Puts a call into the line of time of its number.</summary>
    public Task ListAsync(Call call, CancellationToken cancellationToken) =>
        call.Number is { } number ? Table.UpsertEntityAsync(ListRow(call, number), TableUpdateMode.Replace, cancellationToken) : Task.CompletedTask;

    /// <summary>Calls of a number before an instant, the newest first.</summary>
    public async Task<IReadOnlyList<Call>> ReadByNumberAsync(
        string workspace,
        string number,
        DateTimeOffset before,
        int limit,
        CancellationToken cancellationToken
    )
    {
        var partition = NumberPartition(workspace, number);
        var from = ListKey(partition, before == DateTimeOffset.MaxValue ? LastMillisecond : before.ToUnixTimeMilliseconds() - 1, "");
        var calls = new List<Call>();
        var filter = TableClient.CreateQueryFilter($"PartitionKey eq {partition} and RowKey ge {from} and RowKey lt {partition + ":call."}");
        await foreach (var row in Table.QueryAsync<TableEntity>(filter, limit, cancellationToken: cancellationToken))
        {
            calls.Add(Read(row));
            if (calls.Count == limit)
                break;
        }

        return calls;
    }

    /// <summary>The ticket that takes the calls of a number, decided once for all who ask at the same time.</summary>
    /// <param name="decide">Gets the ticket as it was decided last, or null; gives the same one to keep it, and null for none.</param>
    public async Task<TicketAddress?> PlaceAsync(
        string workspace,
        string number,
        Func<TicketAddress?, Task<TicketAddress?>> decide,
        CancellationToken cancellationToken
    )
    {
        var partition = NumberPartition(workspace, number);
        for (var attempt = 0; ; attempt++)
        {
            var found = await Table.GetEntityIfExistsAsync<TableEntity>(partition, PlaceKey(partition), cancellationToken: cancellationToken);
            var before = found.HasValue ? TicketAddress.Parse(workspace, found.Value!.GetString("Ticket")) : null;
            var after = await decide(before);
            if (after is null || after == before)
                return after;
            try
            {
                var row = new TableEntity(partition, PlaceKey(partition)) { ["Ticket"] = after.Value.Id };
                if (found.HasValue)
                    await Table.UpdateEntityAsync(row, found.Value!.ETag, TableUpdateMode.Replace, cancellationToken);
                else
                    await Table.AddEntityAsync(row, cancellationToken);
                return after;
            }
            catch (RequestFailedException raced) when (raced.Status is 404 or 409 or 412)
            {
                await TicketStore.PauseAsync(attempt, cancellationToken);
            }
        }
    }

    private async Task<(Call Call, ETag ETag)?> ReadAsync(string workspace, string id, CancellationToken cancellationToken)
    {
        var partition = CallPartition(workspace, id);
        var found = await Table.GetEntityIfExistsAsync<TableEntity>(partition, CallKey(partition), cancellationToken: cancellationToken);
        return found.HasValue ? (Read(found.Value!), found.Value!.ETag) : null;
    }

    /// <summary>Whether a row is the call itself, and not its place in a line of time.</summary>
    internal static bool IsCall(TableEntity row) => row.RowKey == CallKey(row.PartitionKey);

    internal static Call Read(TableEntity row) =>
        JsonSerializer.Deserialize(LongText.Read(row, "Call"), TelephoneJson.Default.Call) ?? throw new InvalidDataException("A call's row is empty.");

    internal static TableEntity Row(Call call)
    {
        var partition = CallPartition(call.Workspace, call.Id);
        return Row(partition, CallKey(partition), call);
    }

    /// <summary>The same row with another call in it.</summary>
    internal static TableEntity RowLike(TableEntity row, Call call) => Row(row.PartitionKey, row.RowKey, call);

    internal static string NumberPartition(string workspace, string number) => $"{workspace}:number-{number.TrimStart('+')}";

    private static TableEntity ListRow(Call call, string number)
    {
        var partition = NumberPartition(call.Workspace, number);
        return Row(partition, ListKey(partition, call.ListedAt.ToUnixTimeMilliseconds(), call.Id), call);
    }

    private static TableEntity Row(string partition, string key, Call call)
    {
        var row = new TableEntity(partition, key);
        LongText.Write(row, "Call", JsonSerializer.Serialize(call, TelephoneJson.Default.Call));
        return row;
    }

    private static string CallPartition(string workspace, string id) => $"{workspace}:call-{id}";

    private static string CallKey(string partition) => $"{partition}:call";

    private static string ListKey(string partition, long milliseconds, string id) =>
        string.Create(CultureInfo.InvariantCulture, $"{partition}:call-{LastMillisecond - milliseconds:D15}-{id}");

    private static string PlaceKey(string partition) => $"{partition}:ticket";
}
