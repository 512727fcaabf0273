using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.DurableTask.Client;

namespace Helpdesk.Functions.Intake;

/// <summary>The public form. It works without scripts, in any browser.</summary>
public sealed class SupportForm(SupportForms forms, TaskHub hub)
{
    /// <summary>The empty form.</summary>
    [Function(nameof(SupportForm)), Public]
    public Task<Results<ContentHttpResult, NotFound>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "support")] HttpContext context,
        CancellationToken cancellationToken
    ) => forms.ShowAsync(context, WorkspaceOf(context), cancellationToken);

    /// <summary>Takes the form, and shows it again with what is wrong if it cannot be taken.</summary>
    [Function(nameof(SendSupportForm)), Public]
    public Task<Results<RedirectHttpResult, ContentHttpResult, NotFound>> SendSupportForm(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "support")] HttpContext context,
        [DurableClient] DurableTaskClient durable,
        CancellationToken cancellationToken
    )
    {
        hub.Learn(durable);
        return forms.TakeAsync(context, WorkspaceOf(context), cancellationToken);
    }

    private static string WorkspaceOf(HttpContext context) =>
        context.Request.Query["workspace"].ToString() is { Length: > 0 } named ? named : DirectoryStore.HomeWorkspace;
}
