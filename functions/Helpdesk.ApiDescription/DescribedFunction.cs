using System.Reflection;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Tickets;

namespace Helpdesk.ApiDescription;

/// <summary>A function of the API, with what its attributes and its signature say of it.</summary>
internal sealed record DescribedFunction(MethodInfo Method, HttpTriggerAttribute Trigger)
{
    private readonly IReadOnlyList<Type> _parameters = [.. Method.GetParameters().Select(parameter => parameter.ParameterType)];

    public string Name { get; } = Method.GetCustomAttribute<FunctionAttribute>()!.Name;

    public string Route => "/" + Trigger.Route;

    /// <summary>HEAD is where GET is, and needs no words.</summary>
    public string Verb => Trigger.Methods!.Single(verb => verb != "head").ToUpperInvariant();

    public string Tag => DescribedDocument.TagOf(Trigger.Route!);

    public RequiresKeyAttribute? Key { get; } = Method.GetCustomAttribute<RequiresKeyAttribute>();

    /// <summary>The bodies it takes, the usual one first.</summary>
    public IReadOnlyList<(Type Shape, string ContentType)> Bodies { get; } = BodiesOf(Method, Trigger);

    /// <summary>The record that its query is read into, or null.</summary>
    public Type? Query => _parameters.FirstOrDefault(type => Implements(type, typeof(IFromQuery<>)));

    /// <summary>The types of what the function is called with, and of what it gives back.</summary>
    public Type[] Signature => [.. _parameters, Method.ReturnType];

    /// <summary>Whether it heeds an <c>Idempotency-Key</c>.</summary>
    public bool IsIdempotent => Takes<Idempotency>() || Takes<ChangeTicket>();

    public bool Takes<T>() => _parameters.Contains(typeof(T));

    /// <summary>The functions of the API, but those that speak a protocol of their own.</summary>
    public static IReadOnlyList<DescribedFunction> All() =>
        [
            .. from method in FunctionMethods.All.Values
            let trigger = TriggerOf(method)?.GetCustomAttribute<HttpTriggerAttribute>()
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
            var type = TriggerOf(method)!.ParameterType;
            if (Implements(type, typeof(IFromRequest<>)) && !Implements(type, typeof(IFromQuery<>)) && type != typeof(NoBody))
                said.Add((type, "application/json"));
        }

        if (trigger.Methods!.Contains("patch"))
            said = [.. said.SelectMany(body => new[] { (body.Shape, "application/merge-patch+json"), body })];
        return said;
    }

    private static ParameterInfo? TriggerOf(MethodInfo method) =>
        method.GetParameters().FirstOrDefault(parameter => parameter.IsDefined(typeof(HttpTriggerAttribute)));

    private static bool Implements(Type type, Type definition) =>
        type.GetInterfaces().Any(one => one.IsGenericType && one.GetGenericTypeDefinition() == definition);
}
