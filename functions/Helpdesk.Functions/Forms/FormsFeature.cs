using System.Text.Json;
using System.Text.Json.Serialization;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Tickets;
using Microsoft.Azure.Functions.Worker.Builder;

namespace Helpdesk.Functions.Forms;

/// <summary>Types of request with forms of their own.</summary>
public static class FormsFeature
{
    public static FunctionsApplicationBuilder AddForms(this FunctionsApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddApiJson(FormsApiJson.Default);
        services.AddSingleton<FormStore>();
        services.AddSingleton<FormSubmissions>();
        services.AddSingleton<ITicketForms>(provider => provider.GetRequiredService<FormSubmissions>());
        services.AddSingleton<INamesSettings, FormNames>();
        return builder;
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, Converters = [typeof(UtcInstantConverter)])]
[JsonSerializable(typeof(FormView))]
[JsonSerializable(typeof(ListPage<FormView>))]
[JsonSerializable(typeof(FormPreview))]
[JsonSerializable(typeof(ListPage<PublicForm>))]
internal sealed partial class FormsApiJson : JsonSerializerContext;
