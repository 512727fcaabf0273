using System.Linq.Expressions;
using System.Runtime.CompilerServices;
using System.Text.Json.Serialization;
using Helpdesk.Functions.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Helpdesk.ApiDescription;

/// <summary>The description of the API (OpenAPI 3.1), made from the functions of the app.</summary>
internal static class DescribedApi
{
    private const string Document = "v1";

    /// <summary>Writes the description.</summary>
    public static async Task WriteAsync(string file)
    {
        var functions = DescribedFunction.All();
        var docs = new XmlDocs(typeof(FunctionMethods).Assembly, typeof(Ticket).Assembly);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.ConfigureHttpJsonOptions(json => json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict);
        builder.Services.AddOpenApi(
            Document,
            options =>
            {
                var schemas = new DescribedSchemas(docs, functions.SelectMany(function => function.Bodies).Select(body => body.Shape));
                options.CreateSchemaReferenceId = DescribedSchemas.NameOf;
                options.AddSchemaTransformer(schemas);
                options.AddOperationTransformer(new DescribedOperations(docs));
                options.AddDocumentTransformer(new DescribedDocument());
            }
        );
        // What the input converter gives a function counts as a service here: how it shows in a request is said by the operation transformer.
        foreach (var type in functions.SelectMany(function => function.Signature.SkipLast(1)).Where(type => type != typeof(string)).Distinct())
            builder.Services.Add(new ServiceDescriptor(type, _ => throw new NotSupportedException("Nothing is called here."), ServiceLifetime.Transient));

        await using var app = builder.Build();
        foreach (var function in functions)
        {
            var handler = function.Method.CreateDelegate(
                Expression.GetDelegateType(function.Signature),
                function.Method.IsStatic ? null : RuntimeHelpers.GetUninitializedObject(function.Method.DeclaringType!)
            );
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
