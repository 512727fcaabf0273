using System.Linq.Expressions;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json.Serialization;
using Helpdesk.Functions.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Helpdesk.Functions.ApiReference;

/// <summary>The description of the API (OpenAPI 3.1). It is made from the functions when the app is built, and served as a file.</summary>
/// <remarks>Only the build runs this, and only the build needs the library behind it: neither is part of a running app.</remarks>
internal static class ApiDescription
{
    private const string Document = "v1";

    /// <summary>Writes the description.</summary>
    public static async Task WriteAsync(string file)
    {
        var functions = DescribedFunction.All();
        var docs = new XmlDocs(typeof(ApiDescription).Assembly, typeof(Ticket).Assembly);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.ConfigureHttpJsonOptions(json => json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict);
        builder.Services.AddOpenApi(Document, options =>
        {
            var schemas = new DescribedSchemas(docs, functions.SelectMany(function => function.Bodies).Select(body => body.Shape));
            options.CreateSchemaReferenceId = DescribedSchemas.NameOf;
            options.AddSchemaTransformer(schemas);
            options.AddOperationTransformer(new DescribedOperations(docs));
            options.AddDocumentTransformer(new DescribedDocument());
        });
        // What the input converter gives a function counts as a service here: how it shows in a request is said by the operation transformer.
        foreach (var type in functions.SelectMany(function => function.Method.GetParameters()).Select(parameter => parameter.ParameterType).Where(type => type != typeof(string)).Distinct())
            builder.Services.Add(new ServiceDescriptor(type, _ => throw new NotSupportedException("Nothing is called here."), ServiceLifetime.Transient));

        await using var app = builder.Build();
        foreach (var function in functions)
        {
            var signature = Expression.GetDelegateType([.. function.Method.GetParameters().Select(parameter => parameter.ParameterType), function.Method.ReturnType]);
            var handler = function.Method.CreateDelegate(signature, function.Method.IsStatic ? null : RuntimeHelpers.GetUninitializedObject(function.Method.DeclaringType!));
            var endpoint = app.MapMethods(function.Route, [function.Verb], handler).WithName(function.Name).WithTags(function.Tag).WithMetadata(function);
            if (function.Bodies is [var body, ..])
                endpoint.Accepts(body.Shape, isOptional: false, body.ContentType);
        }

        // This, without a start, is what lets the library see the endpoints.
        app.UseRouting();
        app.UseEndpoints(_ => { });
        var document = await app.Services.GetRequiredKeyedService<IOpenApiDocumentProvider>(Document).GetOpenApiDocumentAsync();
        docs.ThrowWhenIncomplete();
        await using var writer = new StreamWriter(file);
        document.SerializeAsV31(new OpenApiJsonWriter(writer));
    }
}

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
