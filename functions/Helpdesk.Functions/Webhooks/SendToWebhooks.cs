using System.Globalization;
using Helpdesk.Functions.Attachments;
using Helpdesk.Functions.Events;
using Helpdesk.Functions.Tickets;
using Helpdesk.Webhooks;

namespace Helpdesk.Functions.Webhooks;

/// <summary>Writes down what is to be sent to subscriptions of what happens to a ticket: each event once, however often it comes.</summary>
public sealed class SendToWebhooks(
    WebhookStore webhooks,
    WebhookDeliveries deliveries,
    TicketStore tickets,
    TicketResponses responses,
    FileScans scans,
    TimeProvider time
) : IEventSubscriber
{
    public string Name => "Webhooks";

    /// <summary>A ticket that was just opened where nobody listens costs nothing.</summary>
    public bool Wants(IReadOnlyList<TicketEvent> events) => events is not [{ Fact: TicketOpened opened }] || !webhooks.HasNone(opened.Workspace);

    public async Task TakeAsync(Ticket ticket, IReadOnlyList<TicketEvent> events, CancellationToken cancellationToken)
    {
        var all = await webhooks.RememberAsync(ticket.Workspace, cancellationToken);
        var news = events.Select(happened => happened.WithoutNotes()).OfType<TicketEvent>().ToList();
        var owed = all.Select(webhook => (Webhook: webhook, Events: news.Where(happened => IsFor(webhook, happened)).ToList()))
            .Where(one => one.Events.Count > 0)
            .ToList();
        if (owed.Count == 0)
            return;
        var view = await responses.OfAsync(ticket, cancellationToken);
        var comments = await CommentsAsync(
            ticket,
            owed.Where(one => one.Webhook.IncludeWords).SelectMany(one => one.Events).DistinctBy(happened => happened.Seq),
            cancellationToken
        );
        var now = time.GetUtcNow();
        // One that cannot be written down holds up nobody else: those before it are there when the events come again.
        foreach (var (webhook, some) in owed)
            await deliveries.AddAsync(
                new(ticket.Workspace, webhook.Id, ticket.Number, now),
                [
                    .. some.Select(happened =>
                        (
                            DeliveryOf(ticket, webhook, happened, now),
                            WebhookBodies.Of(view, happened, webhook.IncludeWords, comments.GetValueOrDefault(happened.Seq))
                        )
                    ),
                ],
                cancellationToken
            );
    }

    private static bool IsFor(Webhook webhook, TicketEvent happened) => happened.At >= webhook.CreatedAt && webhook.Wants(WebhookBodies.TypeOf(happened));

    private async Task<Dictionary<long, CommentView>> CommentsAsync(Ticket ticket, IEnumerable<TicketEvent> events, CancellationToken cancellationToken)
    {
        var comments = new Dictionary<long, CommentView>();
        foreach (var happened in events)
        {
            if (
                happened.Fact is CommentAdded added
                && await tickets.FindCommentAsync(TicketAddress.Of(ticket), added.Comment, happened.At, cancellationToken) is { } comment
            )
                comments[happened.Seq] = CommentView.Of(comment, await scans.OfAsync(ticket.Workspace, comment.Attachments ?? [], cancellationToken));
        }

        return comments;
    }

    private static WebhookDelivery DeliveryOf(Ticket ticket, Webhook webhook, TicketEvent happened, DateTimeOffset now)
    {
        var source = string.Create(CultureInfo.InvariantCulture, $"{ticket.Id}/{happened.Seq}");
        return new()
        {
            Id = WebhookDeliveries.IdOf(ticket.Workspace, webhook.Id, source, happened.At),
            Workspace = ticket.Workspace,
            Webhook = webhook.Id,
            MessageId = WebhookDeliveries.MessageIdOf(ticket.Workspace, webhook.Id, source),
            Ticket = ticket.Number,
            Seq = happened.Seq,
            Type = WebhookBodies.TypeOf(happened),
            At = happened.At,
            AskedAt = now,
            State = WebhookState.Queued,
        };
    }
}
