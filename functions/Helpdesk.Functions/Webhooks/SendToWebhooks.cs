using System.Globalization;
using Helpdesk.Conditions;
using Helpdesk.Functions.Attachments;
using Helpdesk.Functions.Conditions;
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
    ConditionSubjects subjects,
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
        var owed = new List<(Webhook Webhook, IReadOnlyList<TicketEvent> Events)>();
        foreach (var webhook in all)
        {
            var wanted = news.Where(happened => happened.At >= webhook.CreatedAt && webhook.Wants(WebhookBodies.TypeOf(happened))).ToList();
            if (webhook.Condition is { } condition && wanted.Count > 0)
                wanted = await ThoseOfAsync(ticket, wanted, condition, cancellationToken);
            // What an automation or a macro tells it comes whatever it has subscribed to.
            var told = events.Where(happened => webhook.Active && Tells(happened.Fact, webhook.Id)).ToList();
            if (told.Count > 0)
                wanted = [.. wanted.Concat(told).OrderBy(happened => happened.Seq)];
            if (wanted.Count > 0)
                owed.Add((webhook, wanted));
        }

        if (owed.Count == 0)
            return;
        var view = await responses.OfAsync(ticket, seesNotes: false, cancellationToken);
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

    private static bool Tells(TicketFact fact, string webhook) =>
        fact switch
        {
            AutomationRan ran => ran.Webhooks,
            MacroApplied applied => applied.Webhooks,
            _ => null,
        }
            is { } webhooks
        && webhooks.Contains(webhook, StringComparer.Ordinal);

    /// <summary>Those events of which a condition is true, with the ticket as it is now.</summary>
    private async Task<List<TicketEvent>> ThoseOfAsync(
        Ticket ticket,
        IReadOnlyList<TicketEvent> events,
        Condition condition,
        CancellationToken cancellationToken
    )
    {
        var subject = await subjects.OfAsync(ticket, events[0], [condition], cancellationToken);
        return [.. events.Where(happened => condition.Holds(subject with { Event = happened }))];
    }

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
            Words = webhook.IncludeWords,
            At = happened.At,
            AskedAt = now,
            State = WebhookState.Queued,
        };
    }
}
