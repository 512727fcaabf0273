using System.Globalization;
using System.Text.Json;
using Azure.Identity;
using Azure.Messaging;
using Azure.Messaging.EventGrid;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Tickets;

namespace Helpdesk.Functions.Events;

/// <summary>Publishes ticket events as CloudEvents to an Event Grid topic, when one is set: at least once, those of a ticket in order.</summary>
/// <remarks>
/// <c>Events__TopicEndpoint</c>, opened by the app's own identity, or by <c>Events__Key</c>. No words of a ticket leave the desk this way.
/// (Not <c>EventGrid__…</c>: the Durable extension takes that for the topic of its own life-cycle events.)
/// </remarks>
public sealed class EventGridTopic : IEventSubscriber
{
    /// <summary>The name of the subscriber, in cursors and dead letters.</summary>
    public const string SubscriberName = "EventGrid";

    /// <summary>Events of one request. A topic takes 1 MB at once; these stay far below that.</summary>
    private const int MostAtOnce = 100;

    private readonly EventGridPublisherClient? _topic;

    public EventGridTopic(IConfiguration settings)
    {
        if (settings["Events:TopicEndpoint"] is not { Length: > 0 } endpoint)
            return;
        _topic = settings["Events:Key"] is { Length: > 0 } key
            ? new(new Uri(endpoint), new Azure.AzureKeyCredential(key))
            : new(new Uri(endpoint), new DefaultAzureCredential(new DefaultAzureCredentialOptions { ManagedIdentityClientId = settings["AZURE_CLIENT_ID"] }));
    }

    public string Name => SubscriberName;

    public bool Wants(IReadOnlyList<TicketEvent> events) => _topic is not null;

    public async Task TakeAsync(Ticket ticket, IReadOnlyList<TicketEvent> events, CancellationToken cancellationToken)
    {
        if (_topic is null)
            return;
        // Notes, and what agents have to do, are nobody else's business.
        foreach (var some in events.Select(happened => happened.WithoutNotes()).OfType<TicketEvent>().Chunk(MostAtOnce))
            await _topic.SendEventsAsync([.. some.Select(happened => CloudEventOf(ticket, happened))], cancellationToken);
    }

    private static CloudEvent CloudEventOf(Ticket ticket, TicketEvent happened)
    {
        var data = new PublishedEvent(ticket.Workspace, ticket.Id, ticket.Number, happened.Seq, ticket.Status, ticket.Priority, ticket.Group, ticket.Assignee);
        return new(
            $"/workspaces/{ticket.Workspace}",
            $"helpdesk.{TicketFacts.Write(happened.Fact).Type}",
            BinaryData.FromObjectAsJson(data, JsonSerializerOptions.Web),
            "application/json",
            CloudEventDataFormat.Json
        )
        {
            Id = $"{ticket.Id}/{happened.Seq}",
            Subject = $"tickets/{ticket.Number}",
            Time = happened.At,
            // The CloudEvents extension by which a receiver puts the events of one subject back in order.
            ExtensionAttributes = { ["sequence"] = happened.Seq.ToString(CultureInfo.InvariantCulture), ["sequencetype"] = "Integer" },
        };
    }
}

/// <summary>The data of a published event: which ticket, and how it stands now.</summary>
public sealed record PublishedEvent(
    string Workspace,
    string Ticket,
    long Number,
    long Seq,
    TicketStatus Status,
    TicketPriority Priority,
    string? Group,
    string? Assignee
);
