using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Storage;
using Helpdesk.Functions.Tickets;
using Microsoft.DurableTask.Client;

namespace Helpdesk.Functions.Intake;

/// <summary>A receipt that was just stored, with the message behind it.</summary>
public sealed record StoredReceipt(Receipt Receipt, SentMessage Message);

/// <summary>Receipts that this process may work at once.</summary>
public sealed class PendingReceipts : PendingWork<StoredReceipt>;

/// <summary>Makes the ticket of a receipt, once.</summary>
public sealed class ProcessReceipt(ReceiptWork work, ReceiptStore receipts, TimeProvider time, DispatchOptions options, TaskHub hub)
{
    /// <summary>After this many attempts that storage or chance spoiled, a receipt counts as failed.</summary>
    private const int Tries = 8;

    [Function(nameof(ProcessReceipt))]
    public async Task Run(
        [QueueTrigger(StorageNames.ReceivedReceipts)] ReceiptMessage message,
        int dequeueCount,
        [DurableClient] DurableTaskClient durable,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(message);
        hub.Learn(durable);
        if (await receipts.FindAsync(message.Workspace, message.Receipt, cancellationToken) is null)
        {
            // The request that sent it may still store the receipt; after the grace it no longer can.
            if (time.GetUtcNow() - message.SentAt < options.Grace)
                await receipts.PutBackAsync(message, cancellationToken);
            return;
        }

        await work.DoAsync(message.Workspace, message.Receipt, message.Replay, lastTry: dequeueCount >= Tries, cancellationToken);
    }
}

/// <summary>The work on one receipt: from what came in to a ticket, or to a reason why not.</summary>
public sealed partial class ReceiptWork(ReceiptStore receipts, TicketStore tickets, SettingsStore settings, TimeProvider time, ILogger<ReceiptWork> logger)
{
    /// <summary>Does it, once: a receipt that is done stays as it is.</summary>
    /// <param name="replay">Whether one that failed or was ignored is worked all the same.</param>
    /// <param name="lastTry">Whether a failure that might pass is final.</param>
    public async Task DoAsync(string workspace, string id, bool replay, bool lastTry, CancellationToken cancellationToken)
    {
        while (await receipts.FindAsync(workspace, id, cancellationToken) is ({ State: not ReceiptState.Processed } receipt, var etag))
        {
            if (receipt.State != ReceiptState.Received && !replay)
                return;
            var done = receipt with { Attempts = receipt.Attempts + 1 };
            try
            {
                done = await WorkAsync(done, replay, cancellationToken);
            }
            catch (HelpdeskRuleException rule)
            {
                Log.Failed(logger, id, rule.Code);
                done = done with { State = ReceiptState.Failed, Error = $"{rule.Code}: {rule.Message}" };
            }
            catch (InvalidRequestException invalid)
            {
                Log.Failed(logger, id, invalid.Code);
                done = done with { State = ReceiptState.Failed, Error = string.Join(" ", invalid.Errors?.Values.SelectMany(all => all) ?? [invalid.Message]) };
            }
            catch (Azure.RequestFailedException failure) when (lastTry)
            {
                Log.GaveUp(logger, failure, id);
                done = done with
                {
                    State = ReceiptState.Failed,
                    Error = $"storage: {failure.ErrorCode ?? failure.Status.ToString(System.Globalization.CultureInfo.InvariantCulture)}",
                };
            }

            if (await receipts.TryNoteAsync(done, etag, cancellationToken))
                return;
        }
    }

    private async Task<Receipt> WorkAsync(Receipt receipt, bool replay, CancellationToken cancellationToken)
    {
        if (await settings.FindWorkspaceAsync(receipt.Workspace, cancellationToken) is not { Active: true })
            throw new HelpdeskRuleException("workspace-inactive", "The workspace takes nothing in at the moment.");
        var form = WebForm.Read(receipt.ContentType, await receipts.ReadBodyAsync(receipt, cancellationToken));
        if (!string.IsNullOrEmpty(form.Website) && !replay)
            return receipt with { State = ReceiptState.Ignored, Error = "A field that people do not see was filled in." };

        var draft = new TicketDraft
        {
            Subject = form.Subject,
            Description = form.Description,
            Requester = form.Requester,
            CustomFields = form.CustomFields,
            Channel = receipt.Channel,
            Receipt = receipt.Id,
            Attachments = receipt.Attachments ?? [],
        };
        var address = new TicketAddress(receipt.Workspace, receipt.Number, $"{receipt.Number}-{Hashes.NameOf(receipt.Id, TicketAddress.SuffixLength)}");
        var requester = new Actor(ActorKind.Requester, form.Requester.Email, form.Requester.Name);
        var change = await tickets.OpenAsync(
            address,
            id => TicketRules.Open(id, address.Number, receipt.Workspace, draft, requester, time.GetUtcNow()),
            cancellationToken
        );
        return receipt with { State = ReceiptState.Processed, Ticket = change.Ticket.Id, Error = null };
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "Receipt {ReceiptId} failed by {Code}")]
        public static partial void Failed(ILogger logger, string receiptId, string code);

        [LoggerMessage(LogLevel.Error, "Receipt {ReceiptId} failed for good")]
        public static partial void GaveUp(ILogger logger, Exception failure, string receiptId);
    }
}

/// <summary>Works receipts right after they were stored, a few at a time.</summary>
public sealed partial class ReceiptWorker(PendingReceipts pending, ReceiptWork work, ReceiptStore receipts, ILogger<ReceiptWorker> logger) : BackgroundService
{
    private const int Parallel = 4;

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        System.Threading.Tasks.Parallel.ForEachAsync(
            pending.Work.ReadAllAsync(stoppingToken),
            new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = stoppingToken },
            async (one, cancellationToken) =>
            {
                try
                {
                    await work.DoAsync(one.Receipt.Workspace, one.Receipt.Id, replay: false, lastTry: false, cancellationToken);
                    await receipts.TakeBackAsync(one.Message, cancellationToken);
                }
                catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
                {
                    Log.Postponed(logger, failure, one.Receipt.Id);
                }
                finally
                {
                    pending.Finished(1);
                }
            }
        );

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "Receipt {ReceiptId} was not worked at once; its message will see to it")]
        public static partial void Postponed(ILogger logger, Exception failure, string receiptId);
    }
}
