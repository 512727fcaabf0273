using System.Text.Json;
using System.Text.Json.Serialization;
using Helpdesk.Functions.Hosting;
using Microsoft.Azure.Functions.Worker.Builder;

namespace Helpdesk.Functions.WebChat;

/// <summary>The web chat, which speaks Direct Line.</summary>
public static class WebChatFeature
{
    public static FunctionsApplicationBuilder AddWebChat(this FunctionsApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddApiJson(WebChatApiJson.Default);
        builder.UseWhen<DirectLineAnswers>(DirectLineAnswers.Speaks);
        services.AddSingleton<ChatTokens>();
        services.CheckAtStart<ChatTokens>();
        services.AddSingleton<ChatLimit>();
        services.CheckAtStart<ChatLimit>();
        services.AddSingleton<ChatAssets>();
        services.AddSingleton<DirectLineAccess>();
        return builder;
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, Converters = [typeof(UtcInstantConverter)])]
[JsonSerializable(typeof(ChatSettingView))]
internal sealed partial class WebChatApiJson : JsonSerializerContext;
