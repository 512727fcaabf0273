using Microsoft.Azure.Functions.Worker.Builder;

namespace Helpdesk.Functions.Views;

/// <summary>Saved conditions over tickets with columns, order and counts.</summary>
public static class ViewsFeature
{
    public static FunctionsApplicationBuilder AddViews(this FunctionsApplicationBuilder builder) => builder;
}
