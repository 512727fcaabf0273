using Azure;
using Helpdesk.Functions.Storage;
using Helpdesk.Webhooks;

namespace Helpdesk.Functions.Webhooks;

/// <summary>Sends what subscriptions are owed, lane by lane: what comes first is delivered, or given up, before the next is tried.</summary>
/// <remarks>
/// A process claims a delivery before it calls the receiver, and notes what came of it after. One that dies in between leaves a claim that runs out; the same
/// body then goes again under the same id.
/// </remarks>
public sealed partial class WebhookSending(
    WebhookStore webhooks,
    WebhookDeliveries deliveries,
    WebhookHealth health,
    WebhookTurns turns,
    WebhookCalls calls,
    DispatchOptions dispatch,
    TimeProvider time,
    ILogger<WebhookSending> logger
) : IWorker<WebhookLane>
{
    /// <summary>As many are sent before a lane makes room for others.</summary>
    private const int AtOnce = 20;

    /// <summary>Clocks of queues and of processes differ by less.</summary>
    private static readonly TimeSpan LongestClockDifference = TimeSpan.FromMinutes(1);

    /// <summary>A claim that has run out is left alone for that long.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(5);

    public async Task<bool> DoAsync(WebhookLane lane, bool lastTry, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(lane);
        var found = false;
        for (var sent = 0; sent < AtOnce; sent++)
        {
            if (await deliveries.FirstAsync(lane, cancellationToken) is not { } first)
                return found;
            found = true;
            switch (await WorkAsync(lane, first, lastTry, cancellationToken))
            {
                case Next.Waits:
                    return true;
                case Next.IsMissing:
                    return false;
            }
        }

        await deliveries.LookLaterAsync(lane, TimeSpan.Zero, cancellationToken);
        return true;
    }

    /// <summary>Sends a test, once.</summary>
    public async Task<WebhookDelivery> TestAsync(string workspace, Webhook webhook, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(webhook);
        var now = time.GetUtcNow();
        var source = $"test/{Helpdesk.Functions.Hosting.Hashes.RandomName(16)}";
        var body = WebhookBodies.OfTest(webhook, workspace, now);
        var messageId = WebhookDeliveries.MessageIdOf(workspace, webhook.Id, source);
        var test = new WebhookDelivery
        {
            Id = WebhookDeliveries.IdOf(workspace, webhook.Id, source, now),
            Workspace = workspace,
            Webhook = webhook.Id,
            MessageId = messageId,
            Type = "test",
            At = now,
            AskedAt = now,
            State = WebhookState.Failed,
        };
        var tested = test.After((await calls.PostAsync(webhook, messageId, body, cancellationToken)).Attempt);
        tested = tested.Error is null ? tested with { State = WebhookState.Sent, SentAt = time.GetUtcNow() } : tested;
        await deliveries.AddDoneAsync(tested, body, cancellationToken);
        return tested;
    }

    /// <summary>How a lane goes on.</summary>
    private enum Next
    {
        /// <summary>With what comes after.</summary>
        GoesOn,

        /// <summary>By a message that is on its way.</summary>
        Waits,

        /// <summary>What was announced is not there, or not yet.</summary>
        IsMissing,
    }

    private async Task<Next> WorkAsync(WebhookLane lane, PendingDelivery pending, bool lastTry, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (await deliveries.FindAsync(lane.Workspace, pending.Delivery, cancellationToken) is not var (delivery, body, etag))
        {
            if (now - pending.At < dispatch.Grace)
                return Next.IsMissing;
            await deliveries.RemoveAsync(pending, cancellationToken);
            return Next.GoesOn;
        }

        if (delivery.State != WebhookState.Queued)
        {
            await deliveries.RemoveAsync(pending, cancellationToken);
            return Next.GoesOn;
        }

        if (delivery.ClaimedUntil > now)
        {
            // Another process is sending it, or died while it was.
            await deliveries.LookLaterAsync(lane, delivery.ClaimedUntil.Value - now + Margin, cancellationToken);
            return Next.Waits;
        }

        if (delivery.NextAt > now)
        {
            // Left over from before a pause: the message of the next try is on its way. This may be that one, where clocks differ.
            if (delivery.NextAt - now < LongestClockDifference)
                await deliveries.LookLaterAsync(lane, delivery.NextAt.Value - now, cancellationToken);
            return Next.Waits;
        }

        var webhook = await webhooks.FindAsync(lane.Workspace, lane.Webhook, cancellationToken);
        if (webhook is not { Active: true })
        {
            var why = webhook is null ? "The subscription was removed." : "The subscription is switched off.";
            await GiveUpAsync(delivery with { Error = why }, pending, etag, cancellationToken);
            return Next.GoesOn;
        }

        // A receiver that is gone is not asked about each ticket: what has waited for a day without a try is given up as well.
        if (
            delivery.Attempts == 0
            && delivery.AskedAt + WebhookRetries.GivenUpAfter < now
            && await health.FindAsync(lane.Workspace, lane.Webhook, cancellationToken) is { } failing
        )
        {
            await GiveUpAsync(delivery with { Error = $"The receiver takes nothing: {failing.Error}" }, pending, etag, cancellationToken);
            return Next.GoesOn;
        }

        var (turn, wait) = turns.TryTake(lane);
        if (turn is null)
        {
            await deliveries.LookLaterAsync(lane, wait, cancellationToken);
            return Next.Waits;
        }

        using (turn)
        {
            try
            {
                return await SendAsync(lane, webhook, delivery, body, pending, etag, cancellationToken);
            }
            catch (Exception failure) when (lastTry && failure is not OperationCanceledException)
            {
                Log.Failed(logger, failure, delivery.Id);
                if (await deliveries.FindAsync(lane.Workspace, delivery.Id, cancellationToken) is ({ State: WebhookState.Queued } left, _, var latest))
                    await GiveUpAsync(left with { Error = $"It could not be sent: {failure.Message}" }, pending, latest, cancellationToken);
                return Next.GoesOn;
            }
        }
    }

    private async Task<Next> SendAsync(
        WebhookLane lane,
        Webhook webhook,
        WebhookDelivery delivery,
        string body,
        PendingDelivery pending,
        ETag etag,
        CancellationToken cancellationToken
    )
    {
        var claimed = delivery with { ClaimedUntil = time.GetUtcNow() + WebhookDeliveries.Claim };
        if (await deliveries.TryNoteAsync(claimed, etag, cancellationToken) is not { } mine)
            return Next.GoesOn;
        var answer = await calls.PostAsync(webhook, delivery.MessageId, body, cancellationToken);
        turns.Note(lane, answer.Attempt);
        var after = delivery.After(answer.Attempt);
        if (answer.Attempt.Error is not { } error)
        {
            var sent = after with { State = WebhookState.Sent, SentAt = time.GetUtcNow() };
            if (await deliveries.TryNoteAsync(sent, mine, cancellationToken) is not null)
                await deliveries.RemoveAsync(pending, cancellationToken);
            await health.WorksAsync(lane.Workspace, lane.Webhook, cancellationToken);
            return Next.GoesOn;
        }

        Log.NotTaken(logger, delivery.Id, after.Attempts, answer.Attempt.Status);
        if (answer.Gone)
            await health.SwitchOffAsync(
                lane.Workspace,
                lane.Webhook,
                delivery.At,
                "The receiver answered 410 Gone, which says that it takes nothing any more.",
                cancellationToken
            );
        var isOff = answer.Gone || await health.FailsAsync(lane.Workspace, lane.Webhook, error, cancellationToken);
        if (isOff || WebhookRetries.Next(after, answer.RetryAfter, time.GetUtcNow()) is not { } wait)
        {
            await GiveUpAsync(after, pending, mine, cancellationToken);
            return Next.GoesOn;
        }

        // The message first: a lane that waits for no message would never go on.
        var next = time.GetUtcNow() + wait;
        await deliveries.LookLaterAsync(lane, wait, cancellationToken);
        await deliveries.TryNoteAsync(after with { NextAt = next }, mine, cancellationToken);
        return Next.Waits;
    }

    private async Task GiveUpAsync(WebhookDelivery delivery, PendingDelivery pending, ETag etag, CancellationToken cancellationToken)
    {
        var failed = delivery with { State = WebhookState.Failed, NextAt = null, ClaimedUntil = null };
        if (await deliveries.TryNoteAsync(failed, etag, cancellationToken) is not null)
            await deliveries.RemoveAsync(pending, cancellationToken);
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "Webhook delivery {Delivery} was not taken (try {Attempt}, status {Status})")]
        public static partial void NotTaken(ILogger logger, string delivery, int attempt, int? status);

        [LoggerMessage(LogLevel.Error, "Webhook delivery {Delivery} could not be sent, and is not tried again")]
        public static partial void Failed(ILogger logger, Exception failure, string delivery);
    }
}

/// <summary>Sends what a process left behind that ended before it was sent, and what is due to be tried again.</summary>
public sealed class SendWebhooks(WorkRunner<WebhookLane> work)
{
    [Function(nameof(SendWebhooks))]
    public Task Run([QueueTrigger(WebhookLane.QueueName)] WebhookLane message, int dequeueCount, CancellationToken cancellationToken) =>
        work.ReceiveAsync(message, dequeueCount, cancellationToken);
}
