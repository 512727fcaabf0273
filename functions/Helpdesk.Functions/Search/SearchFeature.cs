using Microsoft.Azure.Functions.Worker.Builder;

namespace Helpdesk.Functions.Search;

/// <summary>Finding tickets, contacts and articles by their words.</summary>
public static class SearchFeature
{
    public static FunctionsApplicationBuilder AddSearch(this FunctionsApplicationBuilder builder) => builder;
}
