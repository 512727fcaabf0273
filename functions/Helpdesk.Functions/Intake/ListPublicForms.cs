using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Forms;
using Helpdesk.Functions.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Intake;

/// <summary>Lists the forms that a workspace offers, for sites that show them to requesters themselves. The list has one page.</summary>
public sealed class ListPublicForms(FormStore forms, DirectoryStore directory, IntakeLimit limit)
{
    [Function(nameof(ListPublicForms)), Public]
    [Answers(StatusCodes.Status404NotFound, "There is no such workspace.")]
    [Answers(StatusCodes.Status429TooManyRequests, "Too many requests from this address.")]
    public async Task<Results<Ok<ListPage<PublicForm>>, NotFound>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/intake/forms")] HttpContext context,
        WorkspaceQuery query,
        CancellationToken cancellationToken
    )
    {
        limit.Check(context);
        context.Response.Headers.AccessControlAllowOrigin = "*";
        if (await directory.FindWorkspaceAsync(query.Workspace, cancellationToken) is null)
            return TypedResults.NotFound();
        var offered = await forms.OfferedAsync(query.Workspace, cancellationToken);
        return TypedResults.Ok(new ListPage<PublicForm>([.. offered.Select(PublicForm.Of)], null));
    }
}
