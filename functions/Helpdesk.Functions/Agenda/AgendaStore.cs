using System.Globalization;
using Azure;
using Azure.Data.Tables;
using Helpdesk.Agenda;
using Helpdesk.Functions.Events;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;
using Helpdesk.Functions.Tickets;

namespace Helpdesk.Functions.Agenda;

/// <summary>A place in the list of an agent: the words are read from the ticket, so that nobody's words lie here.</summary>
/// <param name="List">Which list: <see cref="Tasks"/>, <see cref="FollowUps"/> or <see cref="Approvals"/>.</param>
/// <param name="Agent">Id of the agent; null for what is nobody's in particular.</param>
/// <param name="DueAt">When it is due; null for no time.</param>
/// <param name="Number">Number of the ticket.</param>
/// <param name="Task">Id of the task or approval; empty for a follow-up.</param>
public sealed record AgendaEntry(string List, string? Agent, DateTimeOffset? DueAt, long Number, string Task)
{
    public const string Tasks = "tasks";
    public const string FollowUps = "follow-ups";
    public const string Approvals = "approvals";

    /// <summary>All places that a ticket has.</summary>
    public static IEnumerable<AgendaEntry> Of(Ticket ticket)
    {
        ArgumentNullException.ThrowIfNull(ticket);
        if (ticket.Status == TicketStatus.Closed)
            yield break;
        if (ticket.FollowUp is { } back)
            yield return new(FollowUps, back.To, back.At, ticket.Number, "");
        foreach (var task in AgendaRules.Open(ticket))
            yield return new(Tasks, task.Assignee, task.DueAt, ticket.Number, task.Id);
    }
}

/// <summary>A place as it was read.</summary>
public sealed record ListedEntry(AgendaEntry Entry, ETag ETag);

/// <summary>Keeps open tasks and follow-ups by agent and due time.</summary>
/// <remarks>A row that is no longer true does no harm: whoever reads a list asks the tickets, and removes it.</remarks>
public sealed class AgendaStore(StorageClients storage) : IAgentAgenda
{
    public const string TableName = "Agenda";

    /// <summary>Stands for nobody; no id begins with a tilde.</summary>
    private const string Nobody = "~";

    private TableClient Table => storage.Table(TableName);

    /// <summary>Adds a place; the same again changes nothing.</summary>
    public Task AddAsync(string workspace, AgendaEntry entry, CancellationToken cancellationToken) =>
        Table.UpsertEntityAsync(Row(workspace, entry), TableUpdateMode.Replace, cancellationToken);

    /// <summary>Removes a place; one that is not there is no matter.</summary>
    public Task RemoveAsync(string workspace, AgendaEntry entry, CancellationToken cancellationToken)
    {
        var row = Row(workspace, entry);
        return Table.DeleteEntityAsync(row.PartitionKey, row.RowKey, ETag.All, cancellationToken);
    }

    /// <summary>Removes a place that was found to be true no longer, unless it was added again meanwhile.</summary>
    public async Task TidyAsync(string workspace, ListedEntry listed, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(listed);
        var row = Row(workspace, listed.Entry);
        try
        {
            await Table.DeleteEntityAsync(row.PartitionKey, row.RowKey, listed.ETag, cancellationToken);
        }
        catch (RequestFailedException again) when (again.Status is 404 or 412)
        {
            // It is true again, or somebody else has removed it.
        }
    }

    /// <summary>One page of an agent's list, the earliest due first; what has no due time comes last.</summary>
    /// <param name="before">Only what is due before this instant.</param>
    public async Task<ListPage<ListedEntry>> ReadAsync(
        string workspace,
        string list,
        string? agent,
        DateTimeOffset? before,
        int limit,
        string? cursor,
        CancellationToken cancellationToken
    )
    {
        var name = $"{list} {workspace} {agent} {before?.UtcTicks}";
        var partition = Partition(workspace, list, agent);
        var after = cursor is null ? "" : PageCursor.Read(name, cursor, 1)[0];
        var end = before is { } until ? Due(until) : "~";
        var entries = new List<(string Key, ListedEntry Listed)>();
        await foreach (
            var row in Table.QueryAsync<TableEntity>(
                TableClient.CreateQueryFilter($"PartitionKey eq {partition} and RowKey gt {after} and RowKey lt {end}"),
                limit + 1,
                cancellationToken: cancellationToken
            )
        )
        {
            entries.Add((row.RowKey, new(Read(row), row.ETag)));
            if (entries.Count > limit)
                break;
        }

        return new([.. entries.Take(limit).Select(one => one.Listed)], entries.Count > limit ? PageCursor.Write(name, entries[limit - 1].Key) : null);
    }

    /// <inheritdoc />
    public async Task<ListPage<long>> TicketsAsync(string workspace, string agent, int limit, string? cursor, CancellationToken cancellationToken)
    {
        // First the tasks, then the follow-ups.
        var parts = cursor?.Split(':', 2) ?? [AgendaEntry.Tasks, ""];
        var page = await ReadAsync(workspace, parts[0], agent, null, limit, parts[1].Length > 0 ? parts[1] : null, cancellationToken);
        return new(
            [.. page.Items.Select(one => one.Entry.Number)],
            page.NextCursor is { } next ? $"{parts[0]}:{next}"
                : parts[0] == AgendaEntry.Tasks ? $"{AgendaEntry.FollowUps}:"
                : null
        );
    }

    internal static TableEntity Row(string workspace, AgendaEntry entry)
    {
        var row = new TableEntity(
            Partition(workspace, entry.List, entry.Agent),
            string.Create(CultureInfo.InvariantCulture, $"{Due(entry.DueAt)}-{entry.Number}{(entry.Task.Length > 0 ? "-" : "")}{entry.Task}")
        )
        {
            ["List"] = entry.List,
            ["Number"] = entry.Number,
            ["Task"] = entry.Task,
        };
        if (entry.Agent is not null)
            row["Agent"] = entry.Agent;
        if (entry.DueAt is { } due)
            row["DueAt"] = due;
        return row;
    }

    internal static AgendaEntry Read(TableEntity row) =>
        new(row.GetString("List"), row.GetString("Agent"), row.GetDateTimeOffset("DueAt"), row.GetInt64("Number")!.Value, row.GetString("Task"));

    private static string Partition(string workspace, string list, string? agent) => $"{workspace}:{list}:{agent ?? Nobody}";

    private static string Due(DateTimeOffset? at) => (at?.UtcTicks ?? DateTimeOffset.MaxValue.UtcTicks).ToString("D19", CultureInfo.InvariantCulture);
}

/// <summary>Brings the lists of agents up to date with what happens to tickets.</summary>
public sealed class KeepAgenda(AgendaPlaces places) : IEventSubscriber
{
    public string Name => "Agenda";

    /// <summary>A follow-up that ends with an answer or with the ticket is removed by who reads the list: comments and closings cost nothing.</summary>
    public bool Wants(IReadOnlyList<TicketEvent> events) =>
        events.Any(happened =>
            happened.Fact
                is FollowUpSet
                    or FollowUpCancelled
                    or FollowUpDue
                    or TaskAdded
                    or TaskChanged
                    or TaskDone
                    or TaskReopened
                    or TaskRemoved
                    or TicketUnmerged
        );

    public Task TakeAsync(Ticket ticket, IReadOnlyList<TicketEvent> events, CancellationToken cancellationToken) =>
        places.KeepAsync(ticket, events, AgendaEntry.Of, cancellationToken);
}
