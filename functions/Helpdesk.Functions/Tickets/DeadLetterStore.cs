using System.Globalization;
using Azure.Data.Tables;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;

namespace Helpdesk.Functions.Tickets;

/// <summary>Events that a consumer could not take after all its tries; kept until they are replayed.</summary>
/// <param name="Id">Names the delivery that was given up.</param>
/// <param name="Consumer">Which part of the desk could not take the events.</param>
/// <param name="Ticket">Number of the ticket.</param>
/// <param name="FromSeq">The first event that was not delivered.</param>
/// <param name="ToSeq">The last event that was not delivered.</param>
/// <param name="At">When it was given up.</param>
/// <param name="Error">Why the last try failed.</param>
public sealed record DeadLetter(string Id, string Consumer, long Ticket, long FromSeq, long ToSeq, DateTimeOffset At, string Error);

/// <summary>Keeps dead letters, one partition per workspace: they are few, or something is very wrong.</summary>
public sealed class DeadLetterStore(StorageClients storage)
{
    private TableClient Table => storage.Table(StorageNames.DeadLetters);

    public Task AddAsync(string workspace, DeadLetter letter, CancellationToken cancellationToken) =>
        Table.UpsertEntityAsync(
            new TableEntity(workspace, letter.Id)
            {
                ["Consumer"] = letter.Consumer,
                ["Ticket"] = letter.Ticket,
                ["FromSeq"] = letter.FromSeq,
                ["ToSeq"] = letter.ToSeq,
                ["At"] = letter.At,
                ["Error"] = letter.Error,
            },
            TableUpdateMode.Replace,
            cancellationToken
        );

    public async Task<DeadLetter?> FindAsync(string workspace, string id, CancellationToken cancellationToken)
    {
        var found = await Table.GetEntityIfExistsAsync<TableEntity>(workspace, id, cancellationToken: cancellationToken);
        return found.HasValue ? Read(found.Value!) : null;
    }

    public async Task<ListPage<DeadLetter>> ReadAsync(string workspace, int limit, string? cursor, CancellationToken cancellationToken)
    {
        var list = $"dead-letters {workspace}";
        var after = cursor is null ? "" : PageCursor.Read(list, cursor, 1)[0];
        var letters = new List<DeadLetter>();
        await foreach (
            var row in Table.QueryAsync<TableEntity>(
                TableClient.CreateQueryFilter($"PartitionKey eq {workspace} and RowKey gt {after}"),
                limit + 1,
                cancellationToken: cancellationToken
            )
        )
        {
            if (letters.Count == limit)
                return new(letters, PageCursor.Write(list, letters[^1].Id));
            letters.Add(Read(row));
        }

        return new(letters, null);
    }

    public Task RemoveAsync(string workspace, string id, CancellationToken cancellationToken) =>
        Table.DeleteEntityAsync(workspace, id, cancellationToken: cancellationToken);

    public static string IdOf(string consumer, long ticket, long fromSeq) =>
        string.Create(CultureInfo.InvariantCulture, $"{consumer.ToLowerInvariant()}-{ticket}-{fromSeq}");

    private static DeadLetter Read(TableEntity row) =>
        new(
            row.RowKey,
            row.GetString("Consumer"),
            row.GetInt64("Ticket")!.Value,
            row.GetInt64("FromSeq")!.Value,
            row.GetInt64("ToSeq")!.Value,
            row.GetDateTimeOffset("At")!.Value,
            row.GetString("Error")
        );
}
