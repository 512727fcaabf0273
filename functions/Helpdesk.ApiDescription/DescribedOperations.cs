using System.Reflection;
using System.Text.Json.Nodes;
using Helpdesk.Functions.Configuration;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Tickets;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Helpdesk.ApiDescription;

/// <summary>What operations are for, who may call them, what they take beside a body, and how they can end.</summary>
internal sealed class DescribedOperations(XmlDocs docs) : IOpenApiOperationTransformer
{
    private const string Json = "application/json";
    private const string ProblemJson = "application/problem+json";

    private const string AboutIdempotency = """
        A text of your own choice that names this request, 1 to 255 printable ASCII characters.
        Sent again with the same request within 7 days, it gets the first answer again, and nothing is done twice.
        """;

    public async Task TransformAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var function = context.Description.ActionDescriptor.EndpointMetadata.OfType<DescribedFunction>().Single();
        var summary = docs.Of(function.Method);
        var (first, more) = Sentences(summary);
        operation.Summary = first;
        operation.Description = string.Join("\n\n", new[] { more, docs.Remarks(function.Method), Roles(function) }.Where(text => text is { Length: > 0 }));
        var key = new OpenApiSecuritySchemeReference(DescribedDocument.KeyScheme, context.Document);
        operation.Security = function.Key is null ? [] : [new OpenApiSecurityRequirement { [key] = [] }];

        foreach (var parameter in (operation.Parameters ?? []).OfType<OpenApiParameter>().Where(parameter => parameter.In == ParameterLocation.Path))
        {
            parameter.Description =
                docs.Find(function.Method, parameter.Name!)
                ?? DescribedDocument.PathParameter(function.Trigger.Route!, parameter.Name!)
                ?? docs.Missing(function.Method, parameter.Name!);
        }

        operation.Parameters = [.. operation.Parameters ?? [], .. await QueryAsync(function, context, cancellationToken), .. Headers(function)];
        if (operation.Parameters.Count == 0)
            operation.Parameters = null;
        foreach (var (shape, contentType) in function.Bodies)
        {
            var content = operation.RequestBody!.Content!;
            if (!content.ContainsKey(contentType))
                content[contentType] = new OpenApiMediaType { Schema = await SchemaAsync(shape, context, cancellationToken) };
            content[contentType].Example = ExampleOf(shape);
        }

        await ResponsesAsync(operation, function, context, cancellationToken);
    }

    private static string? Roles(DescribedFunction function) =>
        function.Key is null ? "Needs no key." : $"Roles: {string.Join(", ", function.Key.Roles.Select(role => $"`{WireName<KeyRole>.Of(role)}`"))}.";

    private async Task<IEnumerable<IOpenApiParameter>> QueryAsync(
        DescribedFunction function,
        OpenApiOperationTransformerContext context,
        CancellationToken cancellationToken
    )
    {
        if (function.Query is null)
            return [];
        var parameters = new List<IOpenApiParameter>();
        var record = await context.GetOrCreateSchemaAsync(function.Query, null, cancellationToken);
        foreach (var (name, schema) in record.Properties!)
        {
            var property = function.Query.GetProperty(name, BindingFlags.Public | BindingFlags.Instance | BindingFlags.IgnoreCase)!;
            var plain = (OpenApiSchema)schema;
            // What the parameter is for stands beside it; what the values of an enum mean is part of the enum.
            (plain.Description, plain.Type) = (plain.Enum is { Count: > 0 } ? plain.Description : null, plain.Type & ~JsonSchemaType.Null);
            var parameter = new OpenApiParameter
            {
                Name = name,
                In = ParameterLocation.Query,
                Description = docs.Of(property),
                Schema = DescribedSchemas.Reference(plain, context.Document!),
            };
            if (plain.Items is not null)
                (parameter.Style, parameter.Explode) = (ParameterStyle.Form, false);
            parameters.Add(parameter);
        }

        return parameters;
    }

    private static IEnumerable<IOpenApiParameter> Headers(DescribedFunction function)
    {
        if (function.IsIdempotent)
            yield return Header("Idempotency-Key", AboutIdempotency, "5f0c2f7e-order-4711");
        if (function.Takes<ChangeTicket>())
            yield return Header("If-Match", "Does it only while the ticket has this ETag; otherwise the answer is 412.", "\"3\"");
        else if (function.Takes<IfMatch>())
            yield return Header("If-Match", "Does it only while what is changed has this ETag; otherwise the answer is 412.", "\"3\"");
        if (function.Takes<SeenPlan>())
            yield return Header(
                "If-Match",
                "The plan of this very document: nothing may have changed since it was made.",
                "\"1795721601123-0a1b2c3d4e5f-8c1f0e6a2b7d4c9e5f10\""
            );
        if (function.Takes<IfNoneMatch>())
            yield return Header("If-None-Match", "The ETag that you have already: while nothing has changed, the answer is 304.", "\"3\"");
    }

    private static OpenApiParameter Header(string name, string description, string example) =>
        new()
        {
            Name = name,
            In = ParameterLocation.Header,
            Description = description,
            Schema = new OpenApiSchema { Type = JsonSchemaType.String },
            Example = example,
        };

    private static Dictionary<string, OpenApiMediaType> Content(string type, IOpenApiSchema? schema) =>
        new(StringComparer.Ordinal) { [type] = new OpenApiMediaType { Schema = schema } };

    private static async Task ResponsesAsync(
        OpenApiOperation operation,
        DescribedFunction function,
        OpenApiOperationTransformerContext context,
        CancellationToken cancellationToken
    )
    {
        var responses = operation.Responses = new OpenApiResponses(operation.Responses ?? []);
        var takesBody = function.Bodies.Count > 0;
        foreach (var answer in function.Method.GetCustomAttributes<AnswersAttribute>())
        {
            var response = new OpenApiResponse { Description = answer.Description };
            if (answer.ContentType is not null)
                response.Content = Content(answer.ContentType, null);
            else if (answer.Body is not null)
                response.Content = Content(Json, await SchemaAsync(answer.Body, context, cancellationToken));
            responses[Text(answer.Status)] = response;
        }

        var said = function.Method.GetCustomAttributes<AnswersAttribute>().Select(answer => answer.Status).ToHashSet();
        void May(int status, string description)
        {
            if (!said.Contains(status))
                responses[Text(status)] = new OpenApiResponse { Description = description };
        }

        if (takesBody || function.IsIdempotent || function.Query is not null)
            May(400, "Something in the request is wrong; `errors` names each field.");
        if (function.Key is not null)
        {
            May(401, "There is no key, or one that is not valid.");
            May(403, "This key's role does not allow this operation.");
        }

        if (responses.ContainsKey("404"))
            May(404, "It does not exist in this key's workspace.");
        if (Conflicts(function) is { } conflicts)
            May(409, conflicts);
        if (function.Takes<ChangeTicket>())
            May(412, "The ticket has changed since you read it.");
        else if (function.Takes<IfMatch>())
            May(412, "It has changed since you read it.");
        if (takesBody || function.IsIdempotent)
            May(413, "The body is larger than 1 MB.");
        if (takesBody)
            May(415, "The body is of another content type.");
        var isBusy = !said.Contains(429);
        May(429, "More requests at once than the platform takes. This answer is its own and has no body.");
        if (function.Takes<IfNoneMatch>())
            responses["304"] = new OpenApiResponse { Description = "It has not changed." };
        responses["default"] = new OpenApiResponse
        {
            Description = "Something is wrong here (500), or storage does not answer as it should (503: try again later).",
        };

        var problem = await SchemaAsync(typeof(Problem), context, cancellationToken);
        foreach (var (status, response) in responses)
        {
            var described = (OpenApiResponse)response;
            if (described.Content is not { Count: > 0 } && (status == "default" || (status[0] == '4' && !(status == "429" && isBusy)) || status[0] == '5'))
                described.Content = Content(ProblemJson, problem);
            if (status[0] == '2' && described.Content?.Values.FirstOrDefault()?.Schema is OpenApiSchemaReference body)
                described.Description = body.Target?.Description ?? described.Description;
            else if (status == "204")
                described.Description = "Done.";
            var shape = context.Description.SupportedResponseTypes.FirstOrDefault(one => Text(one.StatusCode) == status)?.Type;
            if (shape is not null && described.Content?.Values.FirstOrDefault() is { } content)
                content.Example = ExampleOf(shape);
            Headers(described, status, function);
        }

        operation.Responses = [];
        foreach (var (status, response) in responses.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            operation.Responses[status] = response;
    }

    private static void Headers(OpenApiResponse response, string status, DescribedFunction function)
    {
        void Add(string name, string description, string example)
        {
            response.Headers ??= new Dictionary<string, IOpenApiHeader>(StringComparer.Ordinal);
            response.Headers[name] = new OpenApiHeader
            {
                Description = description,
                Schema = new OpenApiSchema { Type = JsonSchemaType.String },
                Example = example,
            };
        }

        var isTicket = function.Takes<ChangeTicket>() || function.Takes<IfNoneMatch>() || function.Name == nameof(OpenTicket);
        if (isTicket && status is "200" or "201" or "304" or "412")
            Add("ETag", "The version of the ticket.", "\"3\"");
        if (status is "201" or "202")
            Add("Location", "Where it can be read from now on.", "/api/…");
        if (status is "429" or "default")
            Add("Retry-After", "After how many seconds to try again.", "5");
        if (status[0] == '2' && function.IsIdempotent)
            Add("Idempotency-Replayed", "`true` when this answer was given before to the same Idempotency-Key.", "true");
    }

    private static string? Conflicts(DescribedFunction function)
    {
        var codes = new List<string>(function.Method.GetCustomAttribute<RefusesAttribute>()?.Codes ?? []);
        if (function.IsIdempotent)
            codes.Add("idempotency-key-reused");
        if (function.Key is not null)
            codes.Add("workspace-inactive");
        return codes.Count == 0 ? null : $"A rule does not allow it; `code` says which: {string.Join(", ", codes.Select(code => $"`{code}`"))}.";
    }

    private static async Task<IOpenApiSchema> SchemaAsync(Type type, OpenApiOperationTransformerContext context, CancellationToken cancellationToken) =>
        DescribedSchemas.Reference(await context.GetOrCreateSchemaAsync(type, null, cancellationToken), context.Document!);

    private static JsonNode? ExampleOf(Type type) => type.GetCustomAttribute<ExampleAttribute>() is { } example ? JsonNode.Parse(example.Json) : null;

    private static (string First, string More) Sentences(string text)
    {
        var end = text.IndexOf(". ", StringComparison.Ordinal);
        return end < 0 ? (text.TrimEnd('.'), "") : (text[..end], text[(end + 2)..]);
    }

    private static string Text(int status) => status.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
