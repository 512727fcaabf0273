using Helpdesk.Functions.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.DurableTask.Client;

namespace Helpdesk.Functions.Intake;

/// <summary>The page of a request by its link: how it stands, what was said, and a field for an answer. It works without scripts.</summary>
public sealed class SupportReceipt(RequestPages requests, RequesterThreads threads, TaskHub hub)
{
    private const string Route = "support/receipts/{workspace}/{id}";

    /// <summary>The page. By the secret link it shows what was said; by the id alone only the number and the state.</summary>
    [Function(nameof(SupportReceipt)), Public]
    public async Task<Results<ContentHttpResult, NotFound>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Route)] HttpContext context,
        string workspace,
        string id,
        CancellationToken cancellationToken
    ) =>
        await threads.FindAsync(workspace, id, cancellationToken) is { } thread
            ? await requests.ShowAsync(context, thread, RequestExtras.None, cancellationToken)
            : TypedResults.NotFound();

    /// <summary>Takes an answer of whoever keeps the secret link.</summary>
    [Function(nameof(SendSupportReply)), Public]
    public async Task<Results<RedirectHttpResult, ContentHttpResult, NotFound>> SendSupportReply(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Route)] HttpContext context,
        string workspace,
        string id,
        [DurableClient] DurableTaskClient durable,
        CancellationToken cancellationToken
    )
    {
        hub.Learn(durable);
        return await threads.FindAsync(workspace, id, cancellationToken) is { Proven: true, Living: not null } thread
            ? await requests.TakeAsync(context, thread, RequestExtras.None, cancellationToken)
            : TypedResults.NotFound();
    }
}
