using Microsoft.Azure.Functions.Worker.Builder;

namespace Helpdesk.Functions.Webhooks;

/// <summary>Ticket events, sent to addresses outside.</summary>
public static class WebhooksFeature
{
    public static FunctionsApplicationBuilder AddWebhooks(this FunctionsApplicationBuilder builder) => builder;
}
