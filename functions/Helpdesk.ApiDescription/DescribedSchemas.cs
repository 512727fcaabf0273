using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Helpdesk.Conditions;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Tickets;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Helpdesk.ApiDescription;

/// <summary>What bodies look like: the words for their fields, what is required, and the forms that the types of C# do not tell.</summary>
/// <param name="requests">
/// The types of all request bodies. There, and in the data of events, what may be null may be left out; in other answers every field is always there.
/// </param>
internal sealed class DescribedSchemas(XmlDocs docs, IEnumerable<Type> requests) : IOpenApiSchemaTransformer
{
    private readonly NullabilityInfoContext _nullability = new();
    private readonly HashSet<Type> _sparse = [.. requests.Concat(TicketFacts.Types.Values.Select(fact => fact.Type)).SelectMany(Parts)];

    /// <summary>The name of a type's schema: as in C#, without what only tells it apart there.</summary>
    public static string? NameOf(JsonTypeInfo type)
    {
        if (type.Type.IsGenericType && type.Type.GetGenericTypeDefinition() == typeof(ListPage<>))
            return Plain(type.Type.GetGenericArguments()[0].Name) + "Page";
        // In an answer a requester is a RequesterView.
        if (type.Type == typeof(Requester))
            return "RequesterDetails";
        if (type.Type == typeof(Condition))
            return nameof(Condition);
        if (IsNamed(type.Type) || type.Type == typeof(JsonElement) || type.Type == typeof(JsonElement?))
            return null;
        return OpenApiOptions.CreateDefaultSchemaReferenceId(type) is { } name ? Plain(name) : null;
    }

    public Task TransformAsync(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellationToken)
    {
        var type = context.JsonTypeInfo.Type;
        if (Nullable.GetUnderlyingType(type) is { } value)
            type = value;
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Optional<>))
            Clearable(schema, type.GetGenericArguments()[0]);
        if (type == typeof(TimeSpan))
            Length(schema);
        // A part of a configuration: a list of settings, or a setting that there is one of.
        if (type == typeof(object))
            schema.Type = JsonSchemaType.Array | JsonSchemaType.Object;
        if (type == typeof(Condition))
            Conditional(schema);
        if (type.IsEnum)
        {
            schema.Type = JsonSchemaType.String;
            schema.Description = Values(type);
            // Null is said where an enum is referred to.
            schema.Enum = [.. schema.Enum!.Where(value => value is not null && value.GetValueKind() != JsonValueKind.Null)];
        }

        if (IsOurs(type) && context.JsonTypeInfo.Kind == JsonTypeInfoKind.Object && !IsNamed(type))
            schema.Description = docs.Of(type);
        if (context.JsonTypeInfo.Kind == JsonTypeInfoKind.Object && schema.Properties is { Count: > 0 })
        {
            schema.Required = Required(context.JsonTypeInfo);
            schema.Type = JsonSchemaType.Object | (schema.Type & JsonSchemaType.Null);
            // What tells the kinds of a type apart is no property of any of them in C#.
            foreach (var (kind, part) in schema.Properties.Where(one => !context.JsonTypeInfo.Properties.Any(property => property.Name == one.Key)))
            {
                schema.Required.Add(kind);
                part.Description = "Which kind it is.";
            }
        }

        if (context.JsonPropertyInfo?.AttributeProvider is PropertyInfo property)
            Property(schema, property);
        return Task.CompletedTask;
    }

    /// <summary>A condition is read and written by itself; that it lies in itself is said when the document is whole, see <see cref="Nested"/>.</summary>
    private void Conditional(OpenApiSchema schema)
    {
        static IOpenApiSchema Text(string words, IEnumerable<string>? names = null) =>
            new OpenApiSchema
            {
                Type = JsonSchemaType.String,
                Description = words,
                Enum = names?.Select(name => (JsonNode)JsonValue.Create(name)!).ToList(),
            };
        schema.Type = JsonSchemaType.Object;
        schema.Description = docs.Of(typeof(Condition)) + " It has one of `all`, `any`, `not`, `field` and `within`.";
        schema.Properties = new Dictionary<string, IOpenApiSchema>(StringComparer.Ordinal)
        {
            ["field"] = Text("The field that is compared."),
            ["op"] = Text("How it is compared; which are possible depends on the field.", WireName<ConditionOperator>.All),
            ["value"] = new OpenApiSchema
            {
                Type = Simple | JsonSchemaType.Array,
                Description = "What it is compared with: a text, a number, true or false, or a list of them.",
                Items = new OpenApiSchema { Type = Simple },
            },
            ["calendar"] = Text("By whose open hours hours are counted: `business` for the ticket's own calendar, or the id of one."),
            ["within"] = new OpenApiSchema
            {
                Type = JsonSchemaType.Object,
                Description = "A calendar is open now.",
                Required = new HashSet<string>(["calendar"]),
                Properties = new Dictionary<string, IOpenApiSchema>(StringComparer.Ordinal)
                {
                    ["calendar"] = Text("`business` for the ticket's own calendar, or the id of one."),
                },
            },
        };
    }

    /// <summary>The conditions that lie in a condition.</summary>
    public static void Nested(OpenApiDocument document)
    {
        var properties = ((OpenApiSchema)document.Components!.Schemas![nameof(Condition)]).Properties!;
        foreach (var (name, words) in new[] { ("all", "All of them are true."), ("any", "At least one of them is true.") })
        {
            properties[name] = new OpenApiSchema
            {
                Type = JsonSchemaType.Array,
                Description = words,
                Items = new OpenApiSchemaReference(nameof(Condition), document),
            };
        }

        properties["not"] = new OpenApiSchemaReference(nameof(Condition), document) { Description = "It is not true." };
    }

    /// <summary>A reference to a schema that has a name, which the document has from then on; the schema itself where it has none.</summary>
    public static IOpenApiSchema Reference(IOpenApiSchema schema, OpenApiDocument document)
    {
        if (schema is not OpenApiSchema whole)
            return schema;
        foreach (var (name, property) in whole.Properties?.ToList() ?? [])
            whole.Properties![name] = Reference(property, document);
        if (whole.Items is not null)
            whole.Items = Reference(whole.Items, document);
        if (whole.OneOf is not null)
            whole.OneOf = [.. whole.OneOf.Select(one => Reference(one, document))];
        if (whole.Metadata?.TryGetValue("x-schema-id", out var id) != true || id is not string { Length: > 0 } known)
            return whole;
        document.AddComponent(known, whole);
        return new OpenApiSchemaReference(known, document)
        {
            Description = whole.Metadata.TryGetValue("x-ref-description", out var words) ? (string)words : null,
        };
    }

    private void Property(OpenApiSchema schema, PropertyInfo property)
    {
        var words = docs.Of(property);
        if (schema.Metadata?.TryGetValue("x-schema-id", out var id) == true && id is string { Length: > 0 })
            schema.Metadata["x-ref-description"] = words;
        else
            schema.Description = words;
        // What may be left out is never null, but for what null clears.
        if (!IsRequired(property) && !IsNamed(property.PropertyType))
            schema.Type &= ~JsonSchemaType.Null;
        if (property.GetCustomAttribute<DataTypeAttribute>()?.DataType == DataType.Duration)
            Length(schema);
        if (property.Name == "Email")
            schema.Format = "email";
        if (property.GetCustomAttribute<SampleAttribute>() is { } sample)
            schema.Examples = [JsonValue.Create(sample.Text)];
        if (property.GetCustomAttribute<AllowedValuesAttribute>() is { } allowed)
        {
            var values = schema.Items as OpenApiSchema ?? schema;
            values.Enum = [.. allowed.Values.Select(one => (JsonNode)JsonValue.Create((string)one!))];
            // Some of an enum's values are another schema than the enum.
            (values.Metadata, values.Description) = (null, values == schema ? schema.Description : null);
        }

        if (property.PropertyType == typeof(JsonElement?))
            (schema.Type, schema.Items) = (Simple | JsonSchemaType.Array | JsonSchemaType.Null, new OpenApiSchema { Type = Simple });
        if (typeof(IReadOnlyDictionary<string, JsonElement>).IsAssignableFrom(property.PropertyType))
            schema.AdditionalProperties = new OpenApiSchema { Type = Patches.Contains(property.DeclaringType) ? Simple | JsonSchemaType.Null : Simple };
    }

    /// <summary>What a custom field may be.</summary>
    private const JsonSchemaType Simple = JsonSchemaType.String | JsonSchemaType.Number | JsonSchemaType.Boolean;

    /// <summary>Where null removes a custom field.</summary>
    private static readonly Type?[] Patches = [typeof(PatchTicketRequest), typeof(CustomFieldsChanged)];

    private HashSet<string> Required(JsonTypeInfo type)
    {
        var required = new HashSet<string>(StringComparer.Ordinal);
        foreach (var property in type.Properties)
        {
            if (property.AttributeProvider is PropertyInfo member && IsRequired(member))
                required.Add(property.Name);
        }

        return required;
    }

    private bool IsRequired(PropertyInfo property) =>
        _sparse.Contains(property.DeclaringType!)
            ? _nullability.Create(property).ReadState != NullabilityState.Nullable
            : property.GetCustomAttribute<JsonIgnoreAttribute>() is null or { Condition: JsonIgnoreCondition.Never };

    private string Values(Type type)
    {
        var values =
            from name in Enum.GetNames(type)
            where docs.Of(type, name) is not null
            select $"- `{JsonNamingPolicy.KebabCaseLower.ConvertName(name)}`: {docs.Of(type, name)}";
        return string.Join('\n', [docs.Of(type), .. values]);
    }

    private static void Clearable(OpenApiSchema schema, Type inner)
    {
        (schema.Type, schema.Properties, schema.Required) = (JsonSchemaType.String | JsonSchemaType.Null, null, null);
        if (inner == typeof(TimeSpan?))
            Length(schema);
        if (inner == typeof(int?))
            schema.Type = JsonSchemaType.Integer | JsonSchemaType.Null;
        // A text alone, or one for each language.
        if (inner == typeof(Helpdesk.Forms.LocalText))
            (schema.Type, schema.AdditionalProperties) = (
                JsonSchemaType.Object | JsonSchemaType.String | JsonSchemaType.Null,
                new OpenApiSchema { Type = JsonSchemaType.String, Description = "The text in this language." }
            );
    }

    private static void Length(OpenApiSchema schema)
    {
        (schema.Format, schema.Pattern) = ("duration", null);
        schema.Type = JsonSchemaType.String | (schema.Type & JsonSchemaType.Null);
        schema.Examples = ["PT1H30M"];
    }

    private static bool IsOurs(Type type) => type.Assembly.GetName().Name!.StartsWith("Helpdesk", StringComparison.Ordinal);

    private static bool IsNamed(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Optional<>);

    private static string Plain(string name) =>
        name.EndsWith("View", StringComparison.Ordinal) ? name[..^4]
        : name.EndsWith("Body", StringComparison.Ordinal) ? name[..^4] + "Request"
        : name;

    /// <summary>A type and all that its properties are made of.</summary>
    private static IEnumerable<Type> Parts(Type root)
    {
        var (found, next) = (new HashSet<Type>(), new Stack<Type>([root]));
        while (next.TryPop(out var type))
        {
            if (Nullable.GetUnderlyingType(type) is { } value)
                type = value;
            if (type.IsGenericType && typeof(IEnumerable).IsAssignableFrom(type))
            {
                foreach (var argument in type.GetGenericArguments())
                    next.Push(argument);
            }
            else if (IsOurs(type) && !type.IsEnum && found.Add(type))
            {
                foreach (var property in type.GetProperties())
                    next.Push(property.PropertyType);
                foreach (var derived in type.GetCustomAttributes<JsonDerivedTypeAttribute>())
                    next.Push(derived.DerivedType);
                if (type.BaseType is { } parent && parent != typeof(object))
                    next.Push(parent);
            }
        }

        return found;
    }
}
