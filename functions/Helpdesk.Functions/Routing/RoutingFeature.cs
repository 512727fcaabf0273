using Microsoft.Azure.Functions.Worker.Builder;

namespace Helpdesk.Functions.Routing;

/// <summary>Who of a group gets a ticket: by turns, by load, by skills; nobody who is away.</summary>
public static class RoutingFeature
{
    public static FunctionsApplicationBuilder AddRouting(this FunctionsApplicationBuilder builder) => builder;
}
