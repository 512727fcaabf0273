using Microsoft.Azure.Functions.Worker.Builder;

namespace Helpdesk.Functions.Alerts;

/// <summary>Episodes: from reports to tickets.</summary>
public static class EpisodesFeature
{
    public static FunctionsApplicationBuilder AddEpisodes(this FunctionsApplicationBuilder builder) => builder;
}
