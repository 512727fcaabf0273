using Microsoft.Azure.Functions.Worker.Builder;

namespace Helpdesk.Functions.Conditions;

/// <summary>The conditions by which policies, webhooks and rules choose tickets.</summary>
public static class ConditionsFeature
{
    public static FunctionsApplicationBuilder AddConditions(this FunctionsApplicationBuilder builder) => builder;
}
