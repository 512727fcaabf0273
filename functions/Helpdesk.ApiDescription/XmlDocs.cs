using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Helpdesk.ApiDescription;

/// <summary>Something that the API shows has no words.</summary>
internal sealed class UndescribedException(string message) : Exception(message);

/// <summary>The doc comments of the program, as the compiler left them beside it, in the words of the API.</summary>
internal sealed partial class XmlDocs(params Assembly[] assemblies)
{
    private readonly Dictionary<string, XElement> _members = assemblies
        .SelectMany(assembly => XDocument.Load(Path.ChangeExtension(assembly.Location, ".xml")).Descendants("member"))
        // What the compiler generates has the same name in several assemblies.
        .DistinctBy(member => member.Attribute("name")!.Value, StringComparer.Ordinal)
        .ToDictionary(member => member.Attribute("name")!.Value, StringComparer.Ordinal);

    private readonly SortedSet<string> _missing = new(StringComparer.Ordinal);

    /// <summary>The summary of a type.</summary>
    public string Of(Type type)
    {
        var definition = type.IsGenericType ? type.GetGenericTypeDefinition() : type;
        return Find($"T:{NameOf(definition)}", "summary") ?? Missing(NameOf(definition));
    }

    /// <summary>What is said of a property: by itself, or by the parameter of its record.</summary>
    public string Of(PropertyInfo property)
    {
        var type = property.DeclaringType!.IsGenericType ? property.DeclaringType.GetGenericTypeDefinition() : property.DeclaringType!;
        return Find($"P:{NameOf(type)}.{property.Name}", "summary")
            ?? Parameter(_members.GetValueOrDefault($"T:{NameOf(type)}"), property.Name)
            ?? Missing($"{NameOf(type)}.{property.Name}");
    }

    /// <summary>The summary of an enum's value; null when its name says it.</summary>
    public string? Of(Type type, string value) => Find($"F:{NameOf(type)}.{value}", "summary");

    /// <summary>The summary of a function: its own where its class has several, that of its class otherwise.</summary>
    public string Of(MethodInfo method) =>
        Part(method, "summary") ?? (method.Name == "Run" ? Of(method.DeclaringType!) : Missing($"{NameOf(method.DeclaringType!)}.{method.Name}"));

    /// <summary>What more there is to say of a function; null for nothing.</summary>
    public string? Remarks(MethodInfo method) =>
        Part(method, "remarks") ?? (method.Name == "Run" ? Find($"T:{NameOf(method.DeclaringType!)}", "remarks") : null);

    /// <summary>What a function says of one of its parameters; null for nothing.</summary>
    public string? Find(MethodInfo method, string parameter) => Parameter(Member(method), parameter);

    /// <summary>Fails when something that the API shows has no words, naming all of it.</summary>
    public void ThrowWhenIncomplete()
    {
        if (_missing.Count > 0)
            throw new UndescribedException($"These are part of the API and have no doc comment: {string.Join(", ", _missing)}");
    }

    private string Missing(string name)
    {
        _missing.Add(name);
        return name;
    }

    /// <summary>Notes that nothing is said of a function's parameter.</summary>
    public string Missing(MethodInfo method, string parameter) => Missing($"{NameOf(method.DeclaringType!)}.{method.Name}({parameter})");

    private static string? Parameter(XElement? member, string name) =>
        Text(member?.Elements("param").FirstOrDefault(parameter => parameter.Attribute("name")!.Value == name));

    private string? Part(MethodInfo method, string part) => Text(Member(method)?.Element(part));

    private XElement? Member(MethodInfo method)
    {
        var name = $"M:{NameOf(method.DeclaringType!)}.{method.Name}";
        return _members.FirstOrDefault(pair => pair.Key == name || pair.Key.StartsWith(name + "(", StringComparison.Ordinal)).Value;
    }

    private string? Find(string member, string part) => Text(_members.GetValueOrDefault(member)?.Element(part));

    private static string NameOf(Type type) => type.FullName!.Replace('+', '.');

    /// <summary>A comment as Markdown on one line; what it refers to is named as the API names it.</summary>
    private static string? Text(XElement? comment) =>
        comment is null ? null
        : Spaces().Replace(string.Concat(comment.Nodes().Select(Text)), " ").Trim() is { Length: > 0 } text ? text
        : null;

    private static string Text(XNode node) =>
        node switch
        {
            XText text => text.Value,
            XElement { Name.LocalName: "c" } code => $"`{code.Value}`",
            XElement { Name.LocalName: "see" } see when see.Attribute("cref")?.Value is { } reference => $"`{ApiName(reference)}`",
            XElement { Name.LocalName: "see" } see when see.Attribute("langword")?.Value is { } word => $"`{word}`",
            XElement { Name.LocalName: "paramref" } parameter => $"`{ApiName(parameter.Attribute("name")!.Value)}`",
            XElement other => string.Concat(other.Nodes().Select(Text)),
            _ => "",
        };

    private static string ApiName(string reference)
    {
        var name = reference[(reference.LastIndexOf('.') + 1)..];
        return reference.StartsWith("T:", StringComparison.Ordinal) ? name : JsonNamingPolicy.CamelCase.ConvertName(name);
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
