using Azure.Identity;
using Azure.Messaging.EventGrid;
using Helpdesk.Functions.Hosting;

namespace Helpdesk.Functions.Tickets;

/// <summary>Somebody who has to hear of ticket events, in their order, at least once each.</summary>
public interface ITicketConsumer
{
    /// <summary>Names its place in the ticket's cursor, so it never changes.</summary>
    string Name { get; }

    /// <summary>Whether there is anything in these events for it.</summary>
    bool Wants(IReadOnlyList<TicketEvent> events);

    /// <summary>Whether it needs the ticket as it is rather than each event: then it may be told again, and is not told what it has missed.</summary>
    bool ByState => false;

    /// <summary>Takes the events; it may get them again.</summary>
    Task DeliverAsync(Ticket ticket, IReadOnlyList<TicketEvent> events, CancellationToken cancel);
}

/// <summary>Moves the comments of a merged ticket to the ticket it was merged into: copies, records it there once, then removes.</summary>
public sealed class MergedComments(TicketStore tickets, TimeProvider time) : ITicketConsumer
{
    public string Name => "Merges";

    public bool Wants(IReadOnlyList<TicketEvent> events) => events.Any(happened => happened.Fact is TicketMerged);

    public async Task DeliverAsync(Ticket ticket, IReadOnlyList<TicketEvent> events, CancellationToken cancel)
    {
        if (ticket.MergedInto is not { } into || TicketAddress.Parse(ticket.Workspace, into) is not { } next)
            return;
        // The target may have been merged on since.
        var target = await tickets.FindAsync(next, cancel) ?? throw new InvalidDataException($"Ticket {ticket.Number} was merged into {into}, which is not there.");
        for (var hops = 0; target.MergedInto is { } further && hops < 20; hops++)
            target = (TicketAddress.Parse(ticket.Workspace, further) is { } address ? await tickets.FindAsync(address, cancel) : null) ?? target;

        var source = TicketAddress.Of(ticket);
        var comments = (await tickets.ReadCommentsAsync(source, null, int.MaxValue, cancel)).Select(row => row.Comment).ToList();
        var moved = comments.Select(comment => comment with { MovedFrom = comment.MovedFrom ?? ticket.Number }).Prepend(Description(ticket));
        await tickets.ReceiveCommentsAsync(TicketAddress.Of(target), moved, cancel);
        var already = (await tickets.ReadEventsAsync(TicketAddress.Of(target), 0, int.MaxValue, cancel)).Any(happened => happened.Fact is MergeReceived received && received.From == ticket.Id);
        if (!already)
        {
            await tickets.ChangeAsync(TicketAddress.Of(target), IfMatch.Any, null, async (current, cancelled) =>
            {
                var since = await tickets.ReadEventsAsync(TicketAddress.Of(current), 0, int.MaxValue, cancelled);
                return since.Any(happened => happened.Fact is MergeReceived received && received.From == ticket.Id)
                    ? new TicketChange(current, [])
                    : TicketRules.ReceiveMerge(current, ticket, comments.Count + 1, OldestUnanswered(ticket), time.GetUtcNow());
            }, cancel);
        }

        await tickets.RemoveCommentsAsync(source, comments, cancel);
    }

    /// <summary>What nobody has answered on the ticket that ends: its clocks for replies were still running.</summary>
    private static DateTimeOffset? OldestUnanswered(Ticket ticket) => ticket.Sla?.Run?.Clocks
        .Where(clock => clock.Metric is Helpdesk.Sla.SlaMetric.FirstReply or Helpdesk.Sla.SlaMetric.NextReply && clock.StoppedAt is null)
        .Select(clock => (DateTimeOffset?)clock.StartedAt).Min();

    /// <summary>What the requester wrote first goes along as a comment of theirs.</summary>
    private static Comment Description(Ticket ticket) => new()
    {
        Id = $"{ticket.Number}-1",
        Body = ticket.Description,
        Visibility = CommentVisibility.Public,
        At = ticket.CreatedAt,
        By = ActorKind.Requester,
        Actor = new Actor(ActorKind.Requester, ticket.Requester.Email, ticket.Requester.Name),
        Attachments = ticket.Attachments,
        MovedFrom = ticket.Number,
    };
}

/// <summary>Publishes ticket events as CloudEvents to an Event Grid topic, when one is set.</summary>
/// <remarks>
/// <c>Events__TopicEndpoint</c>, opened by the app's own identity, or by <c>Events__Key</c>. No words of a ticket leave the desk this way.
/// (Not <c>EventGrid__…</c>: the Durable extension takes that for the topic of its own life-cycle events.)
/// </remarks>
public sealed class EventGridTopic : ITicketConsumer
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

    public Task DeliverAsync(Ticket ticket, IReadOnlyList<TicketEvent> events, CancellationToken cancel) =>
        // Encoded here: the client's own events are serialized by reflection, which is not there in a native build.
        _topic is null ? Task.CompletedTask : _topic.SendEncodedCloudEventsAsync(
            System.Text.Json.JsonSerializer.SerializeToUtf8Bytes([.. events.Select(happened => CloudEventOf(ticket, happened))], PublishedJson.Default.PublishedCloudEventArray), cancel);

    private static PublishedCloudEvent CloudEventOf(Ticket ticket, TicketEvent happened) => new(
        "1.0",
        $"{ticket.Id}/{happened.Seq}",
        $"/workspaces/{ticket.Workspace}",
        $"helpdesk.{TicketFacts.Write(happened.Fact).Type}",
        $"tickets/{ticket.Number}",
        happened.At,
        "application/json",
        new(ticket.Workspace, ticket.Id, ticket.Number, happened.Seq, ticket.Status, ticket.Priority, ticket.Group, ticket.Assignee));
}

/// <summary>A ticket event in the CloudEvents 1.0 JSON format.</summary>
public sealed record PublishedCloudEvent(
    string Specversion, string Id, string Source, string Type, string Subject, DateTimeOffset Time, string Datacontenttype, PublishedEvent Data);

/// <summary>The data of a published event: which ticket, and how it stands now.</summary>
public sealed record PublishedEvent(
    string Workspace, string Ticket, long Number, long Seq, TicketStatus Status, TicketPriority Priority, string? Group, string? Assignee);

[System.Text.Json.Serialization.JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web, Converters = [typeof(UtcInstantConverter)])]
[System.Text.Json.Serialization.JsonSerializable(typeof(PublishedCloudEvent[]))]
internal sealed partial class PublishedJson : System.Text.Json.Serialization.JsonSerializerContext;
