using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Storage;
using Helpdesk.Functions.Tickets;
using Microsoft.DurableTask.Client;

namespace Helpdesk.Functions.Intake;

/// <summary>Makes the ticket of a receipt, once.</summary>
public sealed class ProcessReceipt(WorkRunner<ReceiptMessage> work, TaskHub hub)
{
    [Function(nameof(ProcessReceipt))]
    public Task Run(
        [QueueTrigger(ReceiptMessage.QueueName)] ReceiptMessage message,
        int dequeueCount,
        [DurableClient] DurableTaskClient durable,
        CancellationToken cancellationToken
    )
    {
        hub.Learn(durable);
        return work.ReceiveAsync(message, dequeueCount, cancellationToken);
    }
}

/// <summary>Knows what becomes of the receipts of one channel.</summary>
public interface IReceiptHandler
{
    IntakeChannel Channel { get; }

    /// <summary>Makes the ticket or comment of a receipt, once whatever happens, and gives the receipt as it is then.</summary>
    /// <remarks>Bad input throws <see cref="InvalidRequestException"/>, a broken rule <see cref="HelpdeskRuleException"/>: the receipt has failed.</remarks>
    /// <remarks>A probe (<see cref="Receipt.Probe"/>) is worked like any other up to where something would be written, and is <see
    /// cref="IntakeProbes.Through"/>
    /// then.</remarks>
    /// <param name="replay">Somebody asked for it after it failed or was ignored: it is not to be ignored again.</param>
    Task<Receipt> HandleAsync(Receipt receipt, ReadOnlyMemory<byte> body, bool replay, CancellationToken cancellationToken);
}

/// <summary>The work on one receipt: from what came in to a ticket, or to a reason why not.</summary>
public sealed partial class ReceiptWork(
    ReceiptStore receipts,
    IEnumerable<IReceiptHandler> handlers,
    IntakeProbes probes,
    DirectoryStore directory,
    ILogger<ReceiptWork> logger
) : IWorker<ReceiptMessage>
{
    private readonly Dictionary<IntakeChannel, IReceiptHandler> _handlers = handlers.ToDictionary(handler => handler.Channel);

    /// <summary>Does it, once: a receipt that is done stays as it is.</summary>
    public async Task<bool> DoAsync(ReceiptMessage message, bool lastTry, CancellationToken cancellationToken)
    {
        var (workspace, id, _, replay) = message;
        while (true)
        {
            if (await receipts.FindAsync(workspace, id, cancellationToken) is not ({ } receipt, var etag))
                return false;
            if (receipt.State == ReceiptState.Processed || (receipt.State != ReceiptState.Received && !replay))
                return true;
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

            if (done.Probe == true)
            {
                await probes.EndAsync(done, cancellationToken);
                return true;
            }

            // The handler may have noted something of its own on the way.
            if (await receipts.TryNoteAsync(done, done.Version is { } version ? new(version) : etag, cancellationToken))
                return true;
        }
    }

    private async Task<Receipt> WorkAsync(Receipt receipt, bool replay, CancellationToken cancellationToken)
    {
        if (await directory.FindWorkspaceAsync(receipt.Workspace, cancellationToken) is not { Active: true })
            throw new HelpdeskRuleException("workspace-inactive", "The workspace takes nothing in at the moment.");
        var handler =
            _handlers.GetValueOrDefault(receipt.Channel) ?? throw new InvalidDataException($"Nothing handles receipts of channel {receipt.Channel}.");
        return await handler.HandleAsync(receipt, await receipts.ReadBodyAsync(receipt, cancellationToken), replay, cancellationToken);
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "Receipt {ReceiptId} failed by {Code}")]
        public static partial void Failed(ILogger logger, string receiptId, string code);

        [LoggerMessage(LogLevel.Error, "Receipt {ReceiptId} failed for good")]
        public static partial void GaveUp(ILogger logger, Exception failure, string receiptId);
    }
}
