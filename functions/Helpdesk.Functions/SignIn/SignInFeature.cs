using System.Text.Json;
using System.Text.Json.Serialization;
using Helpdesk.Functions.Hosting;
using Microsoft.Azure.Functions.Worker.Builder;

namespace Helpdesk.Functions.SignIn;

/// <summary>How people sign in: by a session that a key begins.</summary>
public static class SignInFeature
{
    public static FunctionsApplicationBuilder AddSignIn(this FunctionsApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddApiJson(SignInApiJson.Default);
        services.AddSingleton<SessionOptions>();
        services.CheckAtStart<SessionOptions>();
        services.AddSingleton<SignInLimit>();
        services.CheckAtStart<SignInLimit>();
        services.AddSingleton<Sessions>();
        services.AddSingleton<ICallerSource>(provider => provider.GetRequiredService<Sessions>());
        services.AddSingleton<INightlyWork, TidySessions>();
        return builder;
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, Converters = [typeof(UtcInstantConverter)])]
[JsonSerializable(typeof(SessionView))]
internal sealed partial class SignInApiJson : JsonSerializerContext;
