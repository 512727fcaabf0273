using Azure.Identity;
using Azure.Messaging.EventGrid;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Tickets;

namespace Helpdesk.Functions.Events;

/// <summary>Publishes ticket events as CloudEvents to an Event Grid topic, when one is set.</summary>
/// <remarks>
/// <c>Events__TopicEndpoint</c>, opened by the app's own identity, or by <c>Events__Key</c>. No words of a ticket leave the desk this way.
/// (Not <c>EventGrid__…</c>: the Durable extension takes that for the topic of its own life-cycle events.)
/// </remarks>
public sealed class EventGridTopic : IEventSubscriber
{
    private readonly EventGridPublisherClient? _topic;

    public EventGridTopic(IConfiguration settings)
    {
        if (settings["Events:TopicEndpoint"] is not { Length: > 0 } endpoint)
            return;
        _topic = settings["Events:Key"] is { Length: > 0 } key
            ? new(new Uri(endpoint), new Azure.AzureKeyCredential(key))
            : new(new Uri(endpoint), new DefaultAzureCredential(new DefaultAzureCredentialOptions { ManagedIdentityClientId = settings["AZURE_CLIENT_ID"] }));
    }

    public string Name => "EventGrid";

    public bool Wants(IReadOnlyList<TicketEvent> events) => _topic is not null;

    public Task TakeAsync(Ticket ticket, IReadOnlyList<TicketEvent> events, CancellationToken cancellationToken) =>
        // Encoded here: the client's own events are serialized by reflection, which is not there in a native build.
        _topic is null
            ? Task.CompletedTask
            : _topic.SendEncodedCloudEventsAsync(
                System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(
                    [.. events.Select(happened => CloudEventOf(ticket, happened))],
                    PublishedJson.Default.PublishedCloudEventArray
                ),
                cancellationToken
            );

    private static PublishedCloudEvent CloudEventOf(Ticket ticket, TicketEvent happened) =>
        new(
            "1.0",
            $"{ticket.Id}/{happened.Seq}",
            $"/workspaces/{ticket.Workspace}",
            $"helpdesk.{TicketFacts.Write(happened.Fact).Type}",
            $"tickets/{ticket.Number}",
            happened.At,
            "application/json",
            new(ticket.Workspace, ticket.Id, ticket.Number, happened.Seq, ticket.Status, ticket.Priority, ticket.Group, ticket.Assignee)
        );
}

/// <summary>A ticket event in the CloudEvents 1.0 JSON format.</summary>
public sealed record PublishedCloudEvent(
    string Specversion,
    string Id,
    string Source,
    string Type,
    string Subject,
    DateTimeOffset Time,
    string Datacontenttype,
    PublishedEvent Data
);

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

[System.Text.Json.Serialization.JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web, Converters = [typeof(UtcInstantConverter)])]
[System.Text.Json.Serialization.JsonSerializable(typeof(PublishedCloudEvent[]))]
public sealed partial class PublishedJson : System.Text.Json.Serialization.JsonSerializerContext;
