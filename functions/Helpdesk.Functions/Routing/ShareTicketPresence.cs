using System.Text.Json.Serialization;
using Azure;
using Azure.Data.Tables;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;
using Helpdesk.Functions.Tickets;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Routing;

/// <summary>What an agent does with a ticket.</summary>
[JsonConverter(typeof(WireNameConverter<TicketDoing>))]
public enum TicketDoing
{
    Viewing,
    Replying,

    /// <summary>Has left it.</summary>
    Gone,
}

/// <summary>What the caller does with a ticket. To be said again every two seconds; after ten it is forgotten.</summary>
/// <param name="Doing"><c>viewing</c>, <c>replying</c>, or <c>gone</c> to leave at once.</param>
[Example("""{"doing":"replying"}""")]
public sealed record TicketPresenceRequest(TicketDoing Doing) : IFromRequest<TicketPresenceRequest>
{
    public static async ValueTask<TicketPresenceRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        var doing = fields.OneOf<TicketDoing>("doing", required: true);
        fields.Done();
        return new(doing!.Value);
    }
}

/// <summary>Somebody who is at a ticket.</summary>
/// <param name="Agent">Id of the agent.</param>
/// <param name="Name">The name of the agent.</param>
/// <param name="Doing">What they do.</param>
/// <param name="At">When they last said so.</param>
public sealed record TicketPresenceView(string Agent, string? Name, TicketDoing Doing, DateTimeOffset At);

/// <summary>Who else is at a ticket.</summary>
/// <param name="Others">Everybody but the caller, by id.</param>
public sealed record TicketPresencesView(IReadOnlyList<TicketPresenceView> Others);

/// <summary>Keeps for a moment who is at which ticket.</summary>
public sealed class TicketPresences(StorageClients storage, TicketStore tickets, TimeProvider time) : INightlyWork
{
    /// <summary>For so long somebody is taken to be there.</summary>
    private static readonly TimeSpan Lasts = TimeSpan.FromSeconds(10);

    /// <summary>Tickets that are there, so that a beat reads nothing else than who is at them.</summary>
    private readonly ShortMemory<Ticket> _known = new(time, TimeSpan.FromMinutes(10));

    private TableClient Table => storage.Table(RoutingStore.TableName);

    /// <summary>Notes what an agent does with a ticket, and gives who else is at it; null when there is no such ticket.</summary>
    public async Task<IReadOnlyList<TicketPresenceView>?> SayAsync(
        TicketAddress ticket,
        string agent,
        string? name,
        TicketDoing doing,
        CancellationToken cancellationToken
    )
    {
        var known = $"{ticket.Workspace}:{ticket.Number}:{ticket.Id}";
        if (await _known.GetAsync(known, () => tickets.FindAsync(ticket, cancellationToken)) is null)
            return null;
        var (now, partition) = (time.GetUtcNow(), $"{Start(ticket.Workspace)}{ticket.Number}");
        if (doing == TicketDoing.Gone)
            await Table.DeleteEntityAsync(partition, agent, ETag.All, cancellationToken);
        else
            await Table.UpsertEntityAsync(
                new TableEntity(partition, agent)
                {
                    ["Doing"] = WireName<TicketDoing>.Of(doing),
                    ["Name"] = name,
                    ["At"] = now,
                },
                TableUpdateMode.Replace,
                cancellationToken
            );
        return await ReadAsync(partition, agent, cancellationToken);
    }

    /// <summary>Who else is at a ticket.</summary>
    public Task<IReadOnlyList<TicketPresenceView>> OthersAsync(TicketAddress ticket, string? agent, CancellationToken cancellationToken) =>
        ReadAsync($"{Start(ticket.Workspace)}{ticket.Number}", agent, cancellationToken);

    private async Task<IReadOnlyList<TicketPresenceView>> ReadAsync(string partition, string? agent, CancellationToken cancellationToken)
    {
        var others = new List<TicketPresenceView>();
        var filter = TableClient.CreateQueryFilter($"PartitionKey eq {partition} and At gt {time.GetUtcNow() - Lasts}");
        await foreach (var row in Table.QueryAsync<TableEntity>(filter, cancellationToken: cancellationToken))
        {
            if (row.RowKey != agent && WireName<TicketDoing>.TryParse(row.GetString("Doing"), out var other))
                others.Add(new(row.RowKey, row.GetString("Name"), other, row.GetDateTimeOffset("At")!.Value));
        }

        return others;
    }

    /// <summary>Removes who was at a ticket yesterday.</summary>
    public async Task TidyAsync(string workspace, CancellationToken cancellationToken)
    {
        var (start, end) = (Start(workspace), Start(workspace)[..^1] + ";");
        var filter = TableClient.CreateQueryFilter($"PartitionKey gt {start} and PartitionKey lt {end} and At lt {time.GetUtcNow().AddHours(-1)}");
        await foreach (var row in Table.QueryAsync<TableEntity>(filter, select: ["PartitionKey", "RowKey"], cancellationToken: cancellationToken))
            await Table.DeleteEntityAsync(row.PartitionKey, row.RowKey, ETag.All, cancellationToken);
    }

    private static string Start(string workspace) => $"{workspace}:at:";
}

/// <summary>Says what the caller does with a ticket, and tells who else is at it.</summary>
public sealed class ShareTicketPresence(TicketPresences presences)
{
    [Function(nameof(ShareTicketPresence)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Results<Ok<TicketPresencesView>, NotFound>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "api/tickets/{id}/presence")] TicketPresenceRequest request,
        string id,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(caller);
        return
            caller.Agent is { } agent
            && TicketAddress.Parse(caller.Workspace, id) is { } ticket
            && await presences.SayAsync(ticket, agent, caller.Actor.Name, request.Doing, cancellationToken) is { } others
            ? TypedResults.Ok(new TicketPresencesView(others))
            : TypedResults.NotFound();
    }
}
