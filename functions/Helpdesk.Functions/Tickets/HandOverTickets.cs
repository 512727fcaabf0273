using System.Text.Json.Serialization;
using Azure.Storage.Queues;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Storage;
using Microsoft.DurableTask.Client;

namespace Helpdesk.Functions.Tickets;

/// <summary>"The tickets of this group or agent have to go to another one, or to none, if it is no more."</summary>
/// <param name="Successor">Id of who takes them; null for nobody.</param>
/// <param name="By">Who removed it.</param>
/// <param name="Pass">Which tickets are meant.</param>
/// <param name="Cursor">Where the list of them goes on; null at its beginning.</param>
public sealed record HandoverMessage(
    string Workspace,
    NamedKind Kind,
    string Id,
    string? Successor,
    Actor By,
    DateTimeOffset SentAt,
    HandoverPass Pass = HandoverPass.Live,
    string? Cursor = null
);

/// <summary>What a handover goes through, in this order.</summary>
[JsonConverter(typeof(WireNameConverter<HandoverPass>))]
public enum HandoverPass
{
    /// <summary>What is being worked.</summary>
    Live,

    /// <summary>What is resolved, and may be reopened.</summary>
    Resolved,

    /// <summary>What was given to it at the last moment.</summary>
    Late,

    /// <summary>What an agent has to do on tickets of others.</summary>
    Agenda,

    /// <summary>The same, of what was given to them at the last moment.</summary>
    LateAgenda,
}

/// <summary>What agents have to do, whoever's the ticket is.</summary>
public interface IAgentAgenda
{
    /// <summary>Numbers of tickets on which an agent has something to do, a page of them; some may come twice.</summary>
    Task<ListPage<long>> TicketsAsync(string workspace, string agent, int limit, string? cursor, CancellationToken cancellationToken);
}

[JsonSourceGenerationOptions(
    System.Text.Json.JsonSerializerDefaults.Web,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(UtcInstantConverter)]
)]
[JsonSerializable(typeof(HandoverMessage))]
internal sealed partial class HandoverJson : JsonSerializerContext;

/// <summary>Tickets name their group and their agent. When one of those goes, its tickets are handed over, message by message.</summary>
public sealed class TicketNames(StorageClients storage, TicketListStore lists, DispatchOptions options, TimeProvider time) : INamesSettings
{
    public const string QueueName = "handovers";
    private const int Counted = 100;

    internal static readonly TicketStatus[] Live = [TicketStatus.New, TicketStatus.Open, TicketStatus.Pending, TicketStatus.OnHold];

    private QueueClient Queue => storage.Queue(QueueName);

    /// <summary>Tickets keep a group from going. Those of an agent go back to their groups.</summary>
    public async Task<SettingUse?> FindAsync(NamedSetting setting, CancellationToken cancellationToken)
    {
        if (setting.Kind != NamedKind.Group)
            return null;
        var page = await lists.ReadAsync(setting.Workspace, new TicketFilter { Groups = [setting.Id], Statuses = Live }, Counted, null, cancellationToken);
        return SettingUse.Of(
            "tickets",
            [.. page.Items.Select(ticket => ticket.Number.ToString(System.Globalization.CultureInfo.InvariantCulture))],
            page.NextCursor is not null
        );
    }

    public async Task MoveAsync(NamedSetting setting, string? successor, Actor by, SettingChanges changes, CancellationToken cancellationToken)
    {
        if (setting.Kind is not (NamedKind.Group or NamedKind.Agent))
            return;
        var message = new HandoverMessage(setting.Workspace, setting.Kind, setting.Id, successor, by, time.GetUtcNow());
        var sent = await SendAsync(message, options.Delay, cancellationToken);
        // Once it is certain, nobody has to wait for it.
        changes.Afterwards(cancelled => Queue.HurryAsync(sent, cancelled));
    }

    internal Task<SentMessage> SendAsync(HandoverMessage message, TimeSpan delay, CancellationToken cancellationToken) =>
        Queue.SendAsync(message, HandoverJson.Default.HandoverMessage, delay, cancellationToken);
}

/// <summary>Hands over the tickets of a group or an agent that is no more, so many at a time; what is left goes on with the next message.</summary>
public sealed partial class HandOverTickets(
    TicketNames handovers,
    TicketListStore lists,
    IAgentAgenda agenda,
    TicketStore tickets,
    SettingsStore settings,
    DispatchOptions options,
    TimeProvider time,
    TaskHub hub,
    ILogger<HandOverTickets> logger
)
{
    private const int AtOnce = 50;

    /// <summary>After this long nobody gives it a ticket any more: who would has read the settings since.</summary>
    private static readonly TimeSpan Late = TimeSpan.FromMinutes(2);

    [Function(nameof(HandOverTickets))]
    public async Task Run(
        [QueueTrigger(TicketNames.QueueName)] HandoverMessage message,
        [DurableClient] DurableTaskClient durable,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(message);
        hub.Learn(durable);
        var groups = await settings.ListAsync(message.Workspace, DirectoryKinds.Groups, cancellationToken);
        var agents = (await settings.ListAsync(message.Workspace, DirectoryKinds.Agents, cancellationToken)).Where(agent => agent.Active).ToList();
        if (message.Kind == NamedKind.Group ? groups.Any(group => group.Id == message.Id) : agents.Any(agent => agent.Id == message.Id))
        {
            // The request that sent it may still commit; after the grace it no longer can.
            if (time.GetUtcNow() - message.SentAt < options.Grace)
                await handovers.SendAsync(message, TimeSpan.FromSeconds(20), cancellationToken);
            return;
        }

        var isGroup = message.Kind == NamedKind.Group;
        // By now the successor may have gone as well, and handed over to another.
        var to = await settings.StandInAsync(
            message.Workspace,
            message.Kind,
            message.Successor,
            id => isGroup ? groups.Any(group => group.Id == id) : agents.Any(agent => agent.Id == id),
            cancellationToken
        );
        var (toGroup, toAgent) = (groups.FirstOrDefault(group => group.Id == to), agents.FirstOrDefault(agent => agent.Id == to));
        var (addresses, cursor) = await PageAsync(message, cancellationToken);
        var moved = 0;
        foreach (var address in addresses)
        {
            var change = await tickets.ChangeAsync(
                address,
                IfMatch.Any,
                null,
                (ticket, _) =>
                    new(
                        isGroup
                            ? HandingOver.OfGroup(ticket, message.Id, toGroup, message.By, time.GetUtcNow())
                            : HandingOver.OfAgent(ticket, message.Id, toAgent, agents, message.By, time.GetUtcNow())
                    ),
                cancellationToken
            );
            moved += change?.Events.Count > 0 ? 1 : 0;
        }

        if (moved > 0)
            Log.HandedOver(logger, moved, WireName<NamedKind>.Of(message.Kind), message.Id, to ?? "nobody");
        if (cursor is not null)
            await handovers.SendAsync(message with { Cursor = cursor }, TimeSpan.Zero, cancellationToken);
        else if (Next(message) is { } next)
            await handovers.SendAsync(message with { Cursor = null, Pass = next }, next == HandoverPass.Late ? Late : TimeSpan.Zero, cancellationToken);
    }

    /// <summary>What comes after a pass; null after the last.</summary>
    private static HandoverPass? Next(HandoverMessage message) =>
        message.Pass switch
        {
            HandoverPass.Live => HandoverPass.Resolved,
            HandoverPass.Resolved when message.Kind == NamedKind.Agent => HandoverPass.Agenda,
            HandoverPass.Resolved or HandoverPass.Agenda => HandoverPass.Late,
            HandoverPass.Late when message.Kind == NamedKind.Agent => HandoverPass.LateAgenda,
            _ => null,
        };

    /// <summary>The next tickets that are meant, and where the list of them goes on.</summary>
    private async Task<(IReadOnlyList<TicketAddress> Tickets, string? Cursor)> PageAsync(HandoverMessage message, CancellationToken cancellationToken)
    {
        if (message.Pass is HandoverPass.Agenda or HandoverPass.LateAgenda)
        {
            var named = await agenda.TicketsAsync(message.Workspace, message.Id, AtOnce, message.Cursor, cancellationToken);
            return ([.. named.Items.Distinct().Select(number => new TicketAddress(message.Workspace, number))], named.NextCursor);
        }

        var isGroup = message.Kind == NamedKind.Group;
        var filter =
            message.Pass == HandoverPass.Resolved
                // Among all that are resolved: they are few, while its own list of what is done goes back for years.
                ? new TicketFilter { Statuses = [TicketStatus.Resolved] }
                : new TicketFilter
                {
                    Statuses = TicketNames.Live,
                    Groups = isGroup ? [message.Id] : [],
                    Assignees = isGroup ? [] : [message.Id],
                };
        var page = await lists.ReadAsync(message.Workspace, filter, AtOnce, message.Cursor, cancellationToken);
        return ([.. page.Items.Where(ticket => (isGroup ? ticket.Group : ticket.Assignee) == message.Id).Select(TicketAddress.Of)], page.NextCursor);
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Information, "{Count} tickets of the {Kind} {Id} were handed over to {Successor}")]
        public static partial void HandedOver(ILogger logger, int count, string kind, string id, string successor);
    }
}
