using System.Text.Json;
using System.Text.Json.Serialization;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Microsoft.Azure.Functions.Worker.Builder;

namespace Helpdesk.Functions.SignIn;

/// <summary>How people sign in: at an OpenID Connect provider, or by a session that a key begins.</summary>
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
        services.AddSingleton<SignInOptions>();
        services.CheckAtStart<SignInOptions>();
        services.AddSingleton<OpenIdProvider>();
        services.AddSingleton<IdTokens>();
        services.AddSingleton<SignInIdentities>();
        services.AddSingleton<INamesSettings>(provider => provider.GetRequiredService<SignInIdentities>());
        services.AddSingleton<ICallerSource, AccessTokens>();
        services.AddSingleton<INightlyWork, TidySessions>();
        return builder;
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, Converters = [typeof(UtcInstantConverter)])]
[JsonSerializable(typeof(ListPage<SignInIdentity>))]
[JsonSerializable(typeof(SessionView))]
[JsonSerializable(typeof(SignInView))]
internal sealed partial class SignInApiJson : JsonSerializerContext;
