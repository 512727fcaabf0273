using Helpdesk.LocalHost.App;
using Microsoft.AspNetCore.Routing.Constraints;
using Microsoft.Azure.WebJobs.Extensions.Http;

namespace Helpdesk.LocalHost.Http;

/// <summary>
/// Finds the function for a request with the Functions host's own router: of the functions in the order of their names, the first whose path and verb
/// match.
/// </summary>
public sealed class FunctionRouter
{
    private readonly IRouter _router;

    /// <param name="run">Runs a function; the route values are in the request.</param>
    public FunctionRouter(IInlineConstraintResolver constraints, IEnumerable<Function> functions, string prefix, Func<Function, HttpContext, Task> run)
    {
        var http = functions.Where(function => function.IsHttp).OrderBy(function => function.Name, StringComparer.OrdinalIgnoreCase).ToList();
        var handler = new Handler(http.ToDictionary(function => function.Name, StringComparer.OrdinalIgnoreCase), run);
        var builder = new WebJobsRouteBuilder(constraints, handler, prefix);
        foreach (var function in http)
        {
            var verbs = Verbs(function);
            var conditions = verbs is [] ? new() : new RouteValueDictionary { ["httpMethod"] = new HttpMethodRouteConstraint(verbs) };
            builder.MapFunctionRoute(function.Name, Route(function), conditions, function.Name);
        }

        _router = builder.Build();
    }

    /// <summary>The path of an HTTP function, without the prefix.</summary>
    public static string Route(Function function) => function.Trigger.Text("route") is { Length: > 0 } route ? route : function.Name;

    /// <summary>The verbs of an HTTP function; none for every one.</summary>
    public static string[] Verbs(Function function) => function.Trigger.Texts("methods");

    /// <summary>Runs the function for a request; false if there is none, whether for its path or for its verb.</summary>
    public async Task<bool> TryRunAsync(HttpContext http)
    {
        var route = new RouteContext(http);
        await _router.RouteAsync(route);
        if (route.Handler is null)
            return false;
        http.Features.Set<IRoutingFeature>(new Routing { RouteData = route.RouteData });
        await route.Handler(http);
        return true;
    }

    private sealed class Routing : IRoutingFeature
    {
        public RouteData? RouteData { get; set; }
    }

    private sealed class Handler(Dictionary<string, Function> functions, Func<Function, HttpContext, Task> run) : IWebJobsRouteHandler
    {
        public Task InvokeAsync(HttpContext context, string functionName) => run(functions[functionName], context);
    }
}
