using Microsoft.Azure.Functions.Worker.Builder;

namespace Helpdesk.Functions.Automations;

/// <summary>What the desk does by itself: on an event, when time has passed, and by hand as a macro.</summary>
public static class AutomationsFeature
{
    public static FunctionsApplicationBuilder AddAutomations(this FunctionsApplicationBuilder builder) => builder;
}
