using System.Globalization;
using Azure.Data.Tables;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;

namespace Helpdesk.Functions.Events;

/// <summary>Events that a subscriber could not take after all its tries; kept until they are replayed or dismissed.</summary>
/// <param name="Id">Names the delivery that was given up.</param>
/// <param name="Subscriber">Which part of the desk could not take the events.</param>
/// <param name="Ticket">Number of the ticket.</param>
/// <param name="FromSeq">The first event that was not delivered.</param>
/// <param name="ToSeq">The last event that was not delivered.</param>
/// <param name="At">When it was given up, or last replayed in vain.</param>
/// <param name="Error">Why the last try failed.</param>
/// <param name="Code">The rule that refuses the events, as in a 409; null when a fault was in the way, such as a service that did not answer.</param>
/// <param name="Replayable">Whether a replay can succeed. Where a rule refuses the events, it cannot: read <c>error</c>, then dismiss it.</param>
public sealed record DeadLetter(
    string Id,
    string Subscriber,
    long Ticket,
    long FromSeq,
    long ToSeq,
    DateTimeOffset At,
    string Error,
    string? Code,
    bool Replayable
)
{
    private const int ErrorLength = 1000;

    internal static DeadLetter Of(Refusal refusal, Ticket ticket, long fromSeq, DateTimeOffset now) =>
        new DeadLetter(
            string.Create(CultureInfo.InvariantCulture, $"{refusal.Subscriber.ToLowerInvariant()}-{ticket.Number}-{fromSeq}"),
            refusal.Subscriber,
            ticket.Number,
            fromSeq,
            ticket.Version,
            now,
            "",
            null,
            true
        ).Because(refusal.Why, now);

    /// <summary>The same letter after a try that failed.</summary>
    internal DeadLetter Because(Exception why, DateTimeOffset now)
    {
        var code = (why as HelpdeskRuleException)?.Code;
        return this with { At = now, Error = PlainText.Head(why.Message, ErrorLength), Code = code, Replayable = code is null };
    }
}

/// <summary>Keeps dead letters, one partition per workspace: they are few, or something is very wrong.</summary>
public sealed class DeadLetterStore(StorageClients storage)
{
    public const string TableName = "DeadLetters";

    private TableClient Table => storage.Table(TableName);

    public Task PutAsync(string workspace, DeadLetter letter, CancellationToken cancellationToken) =>
        Table.UpsertEntityAsync(Write(workspace, letter), TableUpdateMode.Replace, cancellationToken);

    public async Task<DeadLetter?> FindAsync(string workspace, string id, CancellationToken cancellationToken)
    {
        if (id.Length > 100)
            return null;
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

    /// <summary>Letters of one subscriber.</summary>
    /// <param name="prefix">With what their ids begin.</param>
    public async Task<IReadOnlyList<DeadLetter>> ReadBySubscriberAsync(string workspace, string prefix, int limit, CancellationToken cancellationToken)
    {
        var letters = new List<DeadLetter>();
        var filter = TableClient.CreateQueryFilter($"PartitionKey eq {workspace} and RowKey ge {prefix} and RowKey lt {prefix + '~'}");
        await foreach (var row in Table.QueryAsync<TableEntity>(filter, cancellationToken: cancellationToken))
        {
            letters.Add(Read(row));
            if (letters.Count == limit)
                break;
        }

        return letters;
    }

    public Task RemoveAsync(string workspace, string id, CancellationToken cancellationToken) =>
        Table.DeleteEntityAsync(workspace, id, cancellationToken: cancellationToken);

    internal static TableEntity Write(string workspace, DeadLetter letter)
    {
        var row = new TableEntity(workspace, letter.Id)
        {
            ["Consumer"] = letter.Subscriber,
            ["Ticket"] = letter.Ticket,
            ["FromSeq"] = letter.FromSeq,
            ["ToSeq"] = letter.ToSeq,
            ["At"] = letter.At,
            ["Error"] = letter.Error,
        };
        if (letter.Code is not null)
            row["Code"] = letter.Code;
        return row;
    }

    internal static DeadLetter Read(TableEntity row)
    {
        var code = row.GetString("Code");
        return new(
            row.RowKey,
            row.GetString("Consumer"),
            row.GetInt64("Ticket")!.Value,
            row.GetInt64("FromSeq")!.Value,
            row.GetInt64("ToSeq")!.Value,
            row.GetDateTimeOffset("At")!.Value,
            row.GetString("Error"),
            code,
            code is null
        );
    }
}
