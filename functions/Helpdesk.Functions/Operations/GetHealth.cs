using Azure;
using Azure.Data.Tables;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Intake;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Storage;
using Helpdesk.Functions.Tickets;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Operations;

/// <summary>Whether the desk works.</summary>
/// <param name="Status"><c>ok</c>, or <c>failed</c> when a part does not answer.</param>
/// <param name="Parts">What each part of storage answers: <c>ok</c>, or what is wrong.</param>
public sealed record Health(string Status, IReadOnlyDictionary<string, string> Parts);

/// <summary>Says whether the desk works, and which part of storage does not answer.</summary>
public sealed class GetHealth(StorageClients storage, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    [Function(nameof(GetHealth)), Public]
    [Answers(StatusCodes.Status503ServiceUnavailable, "A part of storage does not answer.", Body = typeof(Health))]
    public async Task<Results<Ok<Health>, JsonHttpResult<Health>>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/health")] HttpContext context,
        CancellationToken cancellationToken
    )
    {
        using var limit = new CancellationTokenSource(Patience, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        var answers = await Task.WhenAll(
            AskAsync(
                "tables",
                () => storage.Table(SettingsStore.TableName).GetEntityIfExistsAsync<TableEntity>("health", "health", cancellationToken: both.Token)
            ),
            AskAsync("queues", () => storage.Queue(TicketMessage.QueueName).PeekMessageAsync(both.Token)),
            AskAsync("blobs", () => storage.Container(ReceiptStore.BodiesName).ExistsAsync(both.Token))
        );
        var health = new Health(
            answers.All(answer => answer.Answer == "ok") ? "ok" : "failed",
            answers.ToDictionary(answer => answer.Part, answer => answer.Answer, StringComparer.Ordinal)
        );
        return health.Status == "ok"
            ? TypedResults.Ok(health)
            : TypedResults.Json(health, OperationsApiJson.Default.Health, statusCode: StatusCodes.Status503ServiceUnavailable);
    }

    private static async Task<(string Part, string Answer)> AskAsync(string part, Func<Task> ask)
    {
        try
        {
            await ask();
            return (part, "ok");
        }
        catch (RequestFailedException failed)
        {
            return (part, failed.Status == 0 ? "no connection" : $"answered {failed.Status}");
        }
        catch (Exception failed) when (failed is OperationCanceledException or AggregateException)
        {
            return (part, "no answer");
        }
    }
}
