using System.Text.Json;
using System.Text.Json.Serialization;
using Helpdesk.Conditions;
using Helpdesk.Functions.Contacts;
using Helpdesk.Functions.Hosting;
using Microsoft.Azure.Functions.Worker.Builder;

namespace Helpdesk.Functions.Conditions;

/// <summary>The conditions by which policies, webhooks and rules choose tickets.</summary>
public static class ConditionsFeature
{
    public static FunctionsApplicationBuilder AddConditions(this FunctionsApplicationBuilder builder)
    {
        builder.Services.AddApiJson(ConditionApiJson.Default);
        builder.Services.AddSingleton<ConditionReferences>();
        builder.Services.AddSingleton<ConditionSubjects>();
        builder.Services.AddSingleton<IHasConditions, PolicyConditions>();
        builder.Services.AddSingleton<IHasConditions, FormConditions>();
        builder.Services.AddSingleton<IHoldsPersonalData, ConditionErasure>();
        return builder;
    }
}

/// <summary>Scopes by their names.</summary>
internal static class ConditionScopes
{
    public static ConditionScope? Read(string? name, Action<string> wrong)
    {
        if (name is null)
            return null;
        var scope = ConditionScope.Named(name);
        if (scope is null)
            wrong($"must be one of {string.Join(", ", ConditionScope.All.Select(one => one.Name))}.");
        return scope;
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, Converters = [typeof(UtcInstantConverter)])]
[JsonSerializable(typeof(ConditionCheck))]
[JsonSerializable(typeof(ListPage<ConditionFieldView>))]
internal sealed partial class ConditionApiJson : JsonSerializerContext;
