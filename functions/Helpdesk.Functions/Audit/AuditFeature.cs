using System.Text.Json;
using System.Text.Json.Serialization;
using Helpdesk.Functions.Contacts;
using Helpdesk.Functions.Hosting;
using Microsoft.Azure.Functions.Worker.Builder;

namespace Helpdesk.Functions.Audit;

/// <summary>Who changed what of the configuration, and what it was before.</summary>
public static class AuditFeature
{
    public static FunctionsApplicationBuilder AddAudit(this FunctionsApplicationBuilder builder)
    {
        builder.Services.AddApiJson(AuditJson.Default);
        builder.Services.AddSingleton<IHoldsPersonalData, AuditErasure>();
        return builder;
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, Converters = [typeof(UtcInstantConverter)])]
[JsonSerializable(typeof(ListPage<AuditEntry>))]
internal sealed partial class AuditJson : JsonSerializerContext;
