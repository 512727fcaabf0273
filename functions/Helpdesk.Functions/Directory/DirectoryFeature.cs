using System.Text.Json;
using System.Text.Json.Serialization;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Microsoft.Azure.Functions.Worker.Builder;

namespace Helpdesk.Functions.Directory;

/// <summary>Agents, groups, keys and workspaces.</summary>
public static class DirectoryFeature
{
    public static FunctionsApplicationBuilder AddDirectory(this FunctionsApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddApiJson(DirectoryApiJson.Default);
        services.AddSingleton<DirectoryStore>();
        services.AddSingleton<KeyRing>();
        services.CheckAtStart<KeyRing>();
        services.AddSingleton<INamesSettings, GroupNames>();
        services.AddSingleton<INamesSettings, AgentNames>();
        services.AddSingleton<TellAdmins>(_ => (_, _, _) => Task.CompletedTask);
        services.AddSingleton<FindCaller>(provider => provider.GetRequiredService<KeyRing>().FindAsync);
        return builder;
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, Converters = [typeof(UtcInstantConverter)])]
[JsonSerializable(typeof(Agent))]
[JsonSerializable(typeof(ListPage<Agent>))]
[JsonSerializable(typeof(Group))]
[JsonSerializable(typeof(ListPage<Group>))]
[JsonSerializable(typeof(AccessKey))]
[JsonSerializable(typeof(ListPage<AccessKey>))]
[JsonSerializable(typeof(KeyWithSecret))]
[JsonSerializable(typeof(Workspace))]
[JsonSerializable(typeof(ListPage<Workspace>))]
[JsonSerializable(typeof(OpenedWorkspace))]
internal sealed partial class DirectoryApiJson : JsonSerializerContext;
