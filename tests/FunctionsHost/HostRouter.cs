using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Constraints;
using Microsoft.Azure.WebJobs.Extensions.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Helpdesk.Testing;

/// <summary>The router of the real Functions host: functions in the order of their names, the first whose path and verb match.</summary>
public sealed class HostRouter
{
    private readonly ServiceProvider _services = new ServiceCollection().AddLogging().AddRouting().BuildServiceProvider();
    private readonly IRouter _router;

    public HostRouter(IEnumerable<TestedFunction> functions)
    {
        var routes = new WebJobsRouteBuilder(_services.GetRequiredService<IInlineConstraintResolver>(), new Found(), "");
        foreach (var function in functions.Where(function => function.Trigger.Type == "httpTrigger").OrderBy(function => function.Name, StringComparer.OrdinalIgnoreCase))
        {
            var methods = function.Trigger.Raw.GetProperty("methods").EnumerateArray().Select(method => method.GetString()!).ToArray();
            routes.MapFunctionRoute(function.Name, function.Trigger.Raw.GetProperty("route").GetString()!, new RouteValueDictionary { ["httpMethod"] = new HttpMethodRouteConstraint(methods) }, function.Name);
        }

        _router = routes.Build();
    }

    /// <summary>The function that a request reaches and its route values; null for none.</summary>
    public async Task<(string Function, RouteValueDictionary Values)?> FindAsync(string method, PathString path)
    {
        var context = new RouteContext(new DefaultHttpContext { RequestServices = _services });
        context.HttpContext.Request.Method = method;
        context.HttpContext.Request.Path = path;
        await _router.RouteAsync(context);
        if (context.Handler is null)
            return null;
        var found = new FoundFunction();
        context.HttpContext.Features.Set(found);
        context.HttpContext.Features.Set<IRoutingFeature>(new RoutingFeature { RouteData = context.RouteData });
        await context.Handler(context.HttpContext);
        return (found.Name!, context.RouteData.Values);
    }

    private sealed class FoundFunction
    {
        public string? Name { get; set; }
    }

    private sealed class Found : IWebJobsRouteHandler
    {
        public Task InvokeAsync(HttpContext context, string functionName)
        {
            context.Features.Get<FoundFunction>()!.Name = functionName;
            return Task.CompletedTask;
        }
    }
}
