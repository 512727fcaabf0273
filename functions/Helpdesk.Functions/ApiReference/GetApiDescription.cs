using Helpdesk.Functions.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;

namespace Helpdesk.Functions.ApiReference;

/// <summary>Describes the API itself, in OpenAPI 3.1.</summary>
public sealed class GetApiDescription
{
    private static readonly string Path = System.IO.Path.Combine(AppContext.BaseDirectory, "openapi.json");

    // The file never changes while the program runs.
    private static readonly Lazy<EntityTagHeaderValue> ETag = new(() => new($"\"{Hashes.Short(File.ReadAllBytes(Path))[..16]}\""));

    [Function(nameof(GetApiDescription)), Public]
    [Answers(StatusCodes.Status200OK, "The description.", Body = typeof(object))]
    [Answers(StatusCodes.Status304NotModified, "It has not changed.")]
    [Answers(StatusCodes.Status404NotFound, "The app was built without it.")]
    public Results<PhysicalFileHttpResult, NotFound> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/openapi.json")] HttpContext context
    )
    {
        if (!File.Exists(Path))
            return TypedResults.NotFound();
        context.Response.Headers.CacheControl = "no-cache";
        return TypedResults.PhysicalFile(Path, "application/json", entityTag: ETag.Value);
    }
}
