using Azure.Storage.Queues;
using Helpdesk.Approvals;
using Helpdesk.Functions.Agenda;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Storage;
using Helpdesk.Functions.Tickets;
using Microsoft.DurableTask.Client;

namespace Helpdesk.Functions.Approvals;

/// <summary>Approvals name agents. When one of those goes, somebody else is asked, or what comes of it is decided without them.</summary>
public sealed class ApprovalNames(StorageClients storage, DispatchOptions options, TimeProvider time) : INamesSettings
{
    public const string QueueName = "approval-handovers";

    private QueueClient Queue => storage.Queue(QueueName);

    /// <summary>Nothing keeps an agent from going.</summary>
    public Task<SettingUse?> FindAsync(NamedSetting setting, CancellationToken cancellationToken) => Task.FromResult<SettingUse?>(null);

    public async Task MoveAsync(NamedSetting setting, string? successor, Actor by, SettingChanges changes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(setting);
        ArgumentNullException.ThrowIfNull(changes);
        if (setting.Kind != NamedKind.Agent)
            return;
        var message = new HandoverMessage(setting.Workspace, setting.Kind, setting.Id, successor, by, time.GetUtcNow());
        var sent = await SendAsync(message, options.Delay, cancellationToken);
        changes.Afterwards(cancelled => Queue.HurryAsync(sent, cancelled));
    }

    internal Task<SentMessage> SendAsync(HandoverMessage message, TimeSpan delay, CancellationToken cancellationToken) =>
        Queue.SendAsync(message, HandoverJson.Default.HandoverMessage, delay, cancellationToken);
}

/// <summary>Has somebody else answer what an agent was asked who is no more, so many at a time; what is left goes on with the next message.</summary>
public sealed class HandOverApprovals(
    ApprovalNames handovers,
    AgendaStore agenda,
    TicketStore tickets,
    SettingsStore settings,
    DispatchOptions options,
    TimeProvider time,
    TaskHub hub
)
{
    private const int AtOnce = 50;

    /// <summary>
    /// After this long nobody is asked any more who is not there: who would ask them has read the settings since, and the list has followed.
    /// </summary>
    private static readonly TimeSpan Late = TimeSpan.FromMinutes(2);

    [Function(nameof(HandOverApprovals))]
    public async Task Run(
        [QueueTrigger(ApprovalNames.QueueName)] HandoverMessage message,
        [DurableClient] DurableTaskClient durable,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(message);
        hub.Learn(durable);
        var agents = (await settings.ListAsync(message.Workspace, DirectoryKinds.Agents, cancellationToken)).Where(agent => agent.Active).ToList();
        if (agents.Any(agent => agent.Id == message.Id))
        {
            // The request that sent it may still commit; after the grace it no longer can.
            if (time.GetUtcNow() - message.SentAt < options.Grace)
                await handovers.SendAsync(message, TimeSpan.FromSeconds(20), cancellationToken);
            return;
        }

        var to = await settings.StandInAsync(
            message.Workspace,
            NamedKind.Agent,
            message.Successor,
            id => agents.Any(agent => agent.Id == id),
            cancellationToken
        );
        var page = await agenda.ReadAsync(message.Workspace, AgendaEntry.Approvals, message.Id, null, AtOnce, message.Cursor, cancellationToken);
        foreach (var number in page.Items.Select(listed => listed.Entry.Number).Distinct())
            await tickets.ChangeAsync(
                new(message.Workspace, number),
                IfMatch.Any,
                null,
                (ticket, _) => new(ApprovalRules.HandOver(ticket, message.Id, to, message.By, time.GetUtcNow())),
                cancellationToken
            );

        if (page.NextCursor is not null)
            await handovers.SendAsync(message with { Cursor = page.NextCursor }, TimeSpan.Zero, cancellationToken);
        else if (message.Pass == HandoverPass.Live)
            await handovers.SendAsync(message with { Cursor = null, Pass = HandoverPass.Late }, Late, cancellationToken);
    }
}
