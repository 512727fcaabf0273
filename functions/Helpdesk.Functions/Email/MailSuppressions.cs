using System.Text.Json;
using Azure;
using Azure.Data.Tables;
using Helpdesk.Email;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;

namespace Helpdesk.Functions.Email;

/// <summary>Addresses that get no mail until an agent lifts that.</summary>
public sealed class MailSuppressions(StorageClients storage, TimeProvider time)
{
    public const string TableName = "MailSuppressions";

    private TableClient Table => storage.Table(TableName);

    /// <summary>Suppresses an address. One that is suppressed already stays as it is.</summary>
    /// <param name="reason">Why, as a sentence.</param>
    public async Task<MailSuppression> AddAsync(string workspace, string email, string reason, string source, CancellationToken cancellationToken)
    {
        var suppression = new MailSuppression(email.ToLowerInvariant(), reason, source, time.GetUtcNow());
        var row = new TableEntity(workspace, Key(workspace, email)) { ["State"] = JsonSerializer.Serialize(suppression, EmailJson.Default.MailSuppression) };
        try
        {
            await Table.AddEntityAsync(row, cancellationToken);
            return suppression;
        }
        catch (RequestFailedException there) when (there.Status == 409)
        {
            return await FindAsync(workspace, email, cancellationToken) ?? suppression;
        }
    }

    public async Task<MailSuppression?> FindAsync(string workspace, string email, CancellationToken cancellationToken)
    {
        var found = await Table.GetEntityIfExistsAsync<TableEntity>(workspace, Key(workspace, email), cancellationToken: cancellationToken);
        return found.HasValue ? Read(found.Value!) : null;
    }

    /// <summary>Lifts a suppression; false when there was none.</summary>
    public async Task<bool> RemoveAsync(string workspace, string email, CancellationToken cancellationToken) =>
        (await Table.DeleteEntityAsync(workspace, Key(workspace, email), ETag.All, cancellationToken)).Status != 404;

    /// <summary>One page of the suppressed addresses, in no order that means anything.</summary>
    public async Task<ListPage<MailSuppression>> ReadAsync(string workspace, int limit, string? cursor, CancellationToken cancellationToken)
    {
        var list = $"suppressions {workspace}";
        var after = cursor is null ? "" : PageCursor.Read(list, cursor, 1)[0];
        var rows = new List<TableEntity>();
        await foreach (
            var row in Table.QueryAsync<TableEntity>(
                TableClient.CreateQueryFilter($"PartitionKey eq {workspace} and RowKey gt {after}"),
                limit + 1,
                cancellationToken: cancellationToken
            )
        )
        {
            rows.Add(row);
            if (rows.Count > limit)
                break;
        }

        return new([.. rows.Take(limit).Select(Read)], rows.Count > limit ? PageCursor.Write(list, rows[limit - 1].RowKey) : null);
    }

    private static MailSuppression Read(TableEntity row) =>
        JsonSerializer.Deserialize(row.GetString("State"), EmailJson.Default.MailSuppression) ?? throw new InvalidDataException("A suppression is empty.");

    private static string Key(string workspace, string email) => $"{workspace}:{Hashes.Short(email.ToLowerInvariant())}";
}
