using System.Reflection;
using Helpdesk.Functions.Hosting;

namespace Helpdesk.ApiDescription;

/// <summary>A function of the API, with what its attributes and its signature say of it.</summary>
internal sealed record DescribedFunction(MethodInfo Method, HttpTriggerAttribute Trigger)
{
    private const BindingFlags Any = BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static;

    public string Name { get; } = Method.GetCustomAttribute<FunctionAttribute>()!.Name;

    public string Route => "/" + Trigger.Route;

    /// <summary>HEAD is where GET is, and needs no words.</summary>
    public string Verb => Trigger.Methods!.Single(verb => verb != "head").ToUpperInvariant();

    public string Tag => DescribedDocument.TagOf(Trigger.Route!);

    public RequiresKeyAttribute? Key { get; } = Method.GetCustomAttribute<RequiresKeyAttribute>();

    /// <summary>The bodies it takes, the usual one first.</summary>
    public IReadOnlyList<(Type Shape, string ContentType)> Bodies { get; } = BodiesOf(Method, Trigger);

    /// <summary>The record that its query is read into, or null.</summary>
    public Type? Query { get; } = Method.GetParameters().Select(parameter => parameter.ParameterType).FirstOrDefault(type => Implements(type, typeof(IFromQuery<>)));

    public bool Takes<T>() => Method.GetParameters().Any(parameter => parameter.ParameterType == typeof(T));

    /// <summary>The functions of the API, but those that speak a protocol of their own.</summary>
    public static IReadOnlyList<DescribedFunction> All() =>
    [
        .. from method in FunctionMethods.All.Values
           let trigger = method.GetParameters().Select(parameter => parameter.GetCustomAttribute<HttpTriggerAttribute>()).FirstOrDefault(found => found is not null)
           where trigger?.Route?.StartsWith("api/", StringComparison.Ordinal) == true
           where !OtherProtocols.Any(prefix => trigger.Route!.StartsWith(prefix, StringComparison.Ordinal))
           where trigger.Methods is not ["options"]
           let function = new DescribedFunction(method, trigger)
           orderby DescribedDocument.Position(function.Tag), function.Route, Array.IndexOf(Verbs, function.Verb)
           select function,
    ];

    /// <summary>Direct Line and Bot Framework are described by whoever made them.</summary>
    private static readonly string[] OtherProtocols = ["api/directline/", "api/messages"];

    private static readonly string[] Verbs = ["GET", "POST", "PATCH", "DELETE"];

    private static IReadOnlyList<(Type, string)> BodiesOf(MethodInfo method, HttpTriggerAttribute trigger)
    {
        var said = method.GetCustomAttributes<TakesAttribute>().Select(takes => (takes.Shape, takes.ContentType)).ToList();
        if (said.Count == 0)
        {
            var type = method.GetParameters().Single(parameter => parameter.IsDefined(typeof(HttpTriggerAttribute))).ParameterType;
            if (Implements(type, typeof(IFromRequest<>)) && !Implements(type, typeof(IFromQuery<>)) && type != typeof(NoBody))
                said.Add((type, "application/json"));
        }

        if (trigger.Methods!.Contains("patch"))
            said = [.. said.SelectMany(body => new[] { (body.Shape, "application/merge-patch+json"), body })];
        return said;
    }

    private static bool Implements(Type type, Type definition) => type.GetInterfaces().Any(one => one.IsGenericType && one.GetGenericTypeDefinition() == definition);
}
