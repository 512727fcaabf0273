using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace EmptyApp;

/// <summary>All that this app does: what starting costs besides is the platform's.</summary>
public static class Ping
{
    [Function(nameof(Ping))]
    public static IResult Run([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/health")] HttpRequest request) =>
        TypedResults.Ok(request.Path.Value);
}
