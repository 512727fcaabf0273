namespace Helpdesk.Functions.Hosting;

/// <summary>Says in the description of the API what body a function takes, where its parameters do not show it.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class TakesAttribute(Type shape, string contentType = "application/json") : Attribute
{
    public Type Shape { get; } = shape;
    public string ContentType { get; } = contentType;
}

/// <summary>Says in the description of the API which answers a function gives beside those of its return type.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class AnswersAttribute(int status, string description) : Attribute
{
    public int Status { get; } = status;
    public string Description { get; } = description;

    /// <summary>The type of the body; null for a problem, or for no body below 400.</summary>
    public Type? Body { get; init; }

    /// <summary>What the bytes are where the body is no JSON.</summary>
    public string? ContentType { get; init; }
}

/// <summary>Names the rules that a function may refuse a request by, with the codes of their 409.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RefusesAttribute(params string[] codes) : Attribute
{
    public IReadOnlyList<string> Codes { get; } = codes;
}

/// <summary>An example of a body, as JSON.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class ExampleAttribute(string json) : Attribute
{
    public string Json { get; } = json;
}

/// <summary>An example of a text.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SampleAttribute(string text) : Attribute
{
    public string Text { get; } = text;
}
