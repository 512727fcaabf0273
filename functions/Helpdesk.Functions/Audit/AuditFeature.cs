using Microsoft.Azure.Functions.Worker.Builder;

namespace Helpdesk.Functions.Audit;

/// <summary>Who changed what of the configuration, and what it was before.</summary>
public static class AuditFeature
{
    public static FunctionsApplicationBuilder AddAudit(this FunctionsApplicationBuilder builder) => builder;
}
