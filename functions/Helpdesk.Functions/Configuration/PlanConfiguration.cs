using System.Text;
using Helpdesk.Functions.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Configuration;

/// <summary>
/// Gives all that the workspace has been told as one document: the same bytes for the same settings, so that versions of it can be compared line by line.
/// Secrets are named and never shown.
/// </summary>
public sealed class GetConfiguration(ConfigurationPlans plans)
{
    [Function(nameof(GetConfiguration)), RequiresKey(KeyRole.Admin)]
    [Answers(StatusCodes.Status200OK, "The configuration.", Body = typeof(ConfigurationBody))]
    public async Task<ContentHttpResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/configuration")] HttpContext context,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        var document = await plans.ReadAsync(caller, cancellationToken);
        context.Response.Headers.ETag = $"\"{Hashes.Short(document)}\"";
        return TypedResults.Content(Encoding.UTF8.GetString(document), "application/json");
    }
}

/// <summary>
/// Shows what applying a document would do: every setting that would be added, changed or removed, and whatever the desk would refuse, with its place.
/// Nothing is written.
/// </summary>
public sealed class PlanConfiguration(ConfigurationPlans plans)
{
    [Function(nameof(PlanConfiguration)), RequiresKey(KeyRole.Admin), Takes(typeof(ConfigurationBody))]
    [Answers(StatusCodes.Status413PayloadTooLarge, "The document is larger than 2 MB.")]
    public async Task<Ok<ConfigurationPlan>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/configuration/plan")] ConfigurationDocument document,
        Caller caller,
        CancellationToken cancellationToken
    ) => TypedResults.Ok((await plans.PlanAsync(caller, document, null, cancellationToken)).Plan);
}
