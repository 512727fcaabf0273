using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc.ApiExplorer;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Helpdesk.Functions;

/// <summary>The description of the API (OpenAPI 3.1). It is made when the app is published and served as a file.</summary>
public static class ApiDescription
{
    private const string FileName = "openapi.json";

    /// <summary>Lets the description be made; costs nothing until it is.</summary>
    public static void AddTo(IServiceCollection services) => services.AddOpenApi("v1", options =>
    {
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new OpenApiInfo
            {
                Title = "Helpdesk",
                Version = "1",
                Description = "Tickets, intake and settings of one workspace, the one the key belongs to. Errors are application/problem+json with a stable code. Every POST takes an Idempotency-Key; lists take limit (1 to 100) and cursor.",
            };
            document.Servers?.Clear();
            document.Components ??= new();
            document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>(StringComparer.Ordinal)
            {
                ["key"] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "A key of an agent or an integration." },
            };
            return Task.CompletedTask;
        });
        options.AddOperationTransformer((operation, context, _) =>
        {
            var metadata = context.Description.ActionDescriptor.EndpointMetadata;
            if (metadata.OfType<Hosting.RequiresKey>().LastOrDefault() is { } key)
            {
                operation.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference("key", context.Document)] = [] }];
                operation.Description = $"Roles: {string.Join(", ", key.Roles.Select(WireName<KeyRole>.Of))}.";
            }

            if (operation.RequestBody is OpenApiRequestBody body)
                body.Required = !metadata.OfType<Microsoft.AspNetCore.Http.Metadata.IAcceptsMetadata>().Any(accepts => accepts.RequestType == typeof(Hosting.NoBody));
            if (metadata.OfType<QueryParameters>().LastOrDefault() is { } query)
                operation.Parameters = [.. operation.Parameters ?? [], .. query.Names.Select(name => Parameter(name, ParameterLocation.Query))];
            if (HttpMethods.IsPost(context.Description.HttpMethod ?? ""))
                operation.Parameters = [.. operation.Parameters ?? [], Parameter("Idempotency-Key", ParameterLocation.Header)];
            return Task.CompletedTask;
        });
    });

    /// <summary>Makes the description and writes it into the app's folder.</summary>
    public static async Task WriteAsync(IServiceProvider services, string folder)
    {
        var document = await services.GetRequiredKeyedService<IOpenApiDocumentProvider>("v1").GetOpenApiDocumentAsync();
        await using var file = new StreamWriter(Path.Combine(folder, FileName));
        document.SerializeAsV31(new OpenApiJsonWriter(file));
    }

    /// <summary>Serves the description.</summary>
    public static Results<PhysicalFileHttpResult, NotFound> Handle()
    {
        var file = Path.Combine(AppContext.BaseDirectory, FileName);
        return File.Exists(file) ? TypedResults.PhysicalFile(file, "application/json") : TypedResults.NotFound();
    }

    /// <summary>Says which body an endpoint takes.</summary>
    /// <remarks>Optional as far as routing goes, so that a missing body is told apart from one of a wrong type.</remarks>
    public static RouteHandlerBuilder Takes<T>(this RouteHandlerBuilder endpoint, params string[] otherTypes) where T : notnull =>
        endpoint.Accepts<T>(isOptional: true, "application/json", otherTypes);

    /// <summary>Says that an endpoint gives pages, and which filters it takes beside <c>limit</c> and <c>cursor</c>.</summary>
    public static RouteHandlerBuilder Lists(this RouteHandlerBuilder endpoint, params string[] filters) =>
        endpoint.WithMetadata(new QueryParameters([.. filters, "limit", "cursor"]));

    private static OpenApiParameter Parameter(string name, ParameterLocation place) =>
        new() { Name = name, In = place, Schema = new OpenApiSchema { Type = name == "limit" ? JsonSchemaType.Integer : JsonSchemaType.String } };

    private sealed record QueryParameters(IReadOnlyList<string> Names);
}
