using System.Collections.Frozen;
using System.Reflection;

namespace Helpdesk.Functions.Hosting;

/// <summary>Says that a function wants a key, and which roles it may have.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RequiresKeyAttribute(params KeyRole[] roles) : Attribute
{
    public IReadOnlyList<KeyRole> Roles { get; } = roles;
}

/// <summary>Says that anybody may call a function; what it gives away is its own affair.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PublicAttribute : Attribute;

/// <summary>The methods behind the functions, by the entry point that a <see cref="FunctionContext"/> names them by.</summary>
public static class FunctionMethods
{
    public static FrozenDictionary<string, MethodInfo> All { get; } =
        typeof(FunctionMethods)
            .Assembly.GetExportedTypes()
            .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly))
            .Where(method => method.IsDefined(typeof(FunctionAttribute)))
            .ToFrozenDictionary(method => $"{method.DeclaringType!.FullName}.{method.Name}", StringComparer.Ordinal);

    /// <summary>The method that runs in this invocation.</summary>
    public static MethodInfo Of(FunctionContext context) => All[context.FunctionDefinition.EntryPoint];
}
