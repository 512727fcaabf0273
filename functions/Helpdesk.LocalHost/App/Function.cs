using System.Text.Json;
using Helpdesk.LocalHost.Rpc;

namespace Helpdesk.LocalHost.App;

/// <summary>A function as the worker describes it.</summary>
public sealed class Function
{
    private readonly RpcFunctionMetadata _metadata;

    public Function(RpcFunctionMetadata metadata)
    {
        _metadata = metadata;
        Bindings = [.. metadata.RawBindings.Select(FunctionBinding.Parse)];
        Trigger =
            Bindings.FirstOrDefault(binding => binding.Type.EndsWith("Trigger", StringComparison.OrdinalIgnoreCase))
            ?? throw new LocalHostException($"The function {metadata.Name} has no trigger.");
    }

    public string Id => _metadata.FunctionId;

    public string Name => _metadata.Name;

    public RpcRetryOptions? Retry => _metadata.RetryOptions;

    public IReadOnlyList<FunctionBinding> Bindings { get; }

    public FunctionBinding Trigger { get; }

    public bool IsHttp => Trigger.Is("httpTrigger");

    public bool IsDurable => Trigger.Is("orchestrationTrigger") || Trigger.Is("activityTrigger") || Trigger.Is("entityTrigger");

    /// <summary>The bindings that a call hands over.</summary>
    public IEnumerable<FunctionBinding> Inputs => Bindings.Where(binding => binding.Direction != BindingInfo.Types.Direction.Out);

    /// <summary>The queues that its answer is written to.</summary>
    public IEnumerable<FunctionBinding> QueueOutputs => Bindings.Where(binding => binding.Is("queue") && binding.Direction == BindingInfo.Types.Direction.Out);

    public FunctionLoadRequest ToLoadRequest(string folder)
    {
        var metadata = new RpcFunctionMetadata
        {
            Name = Name,
            Directory = folder,
            ScriptFile = _metadata.ScriptFile,
            EntryPoint = _metadata.EntryPoint,
            FunctionId = Id,
            Language = "dotnet-isolated",
        };
        foreach (var binding in Bindings)
            metadata.Bindings[binding.Name] = binding.ToInfo();
        return new() { FunctionId = Id, Metadata = metadata };
    }
}

/// <summary>One binding of a function: what function.json would hold.</summary>
public sealed record FunctionBinding(string Name, string Type, BindingInfo.Types.Direction Direction, JsonElement Json)
{
    public static FunctionBinding Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        var root = document.RootElement.Clone();
        var direction = root.TryGetProperty("direction", out var given) ? given.GetString() : null;
        return new(
            root.GetProperty("name").GetString()!,
            root.GetProperty("type").GetString()!,
            Enum.TryParse<BindingInfo.Types.Direction>(direction, ignoreCase: true, out var parsed) ? parsed : default,
            root
        );
    }

    /// <summary>Whether the worker itself makes the parameter's value, from a reference to it.</summary>
    public bool IsDeferred =>
        Properties.TryGetProperty("supportsDeferredBinding", out var value) && bool.TryParse(value.ToString(), out var deferred) && deferred;

    private JsonElement Properties =>
        Json.TryGetProperty("properties", out var properties) && properties.ValueKind == JsonValueKind.Object
            ? properties
            : JsonDocument.Parse("{}").RootElement;

    public bool Is(string type) => Type.Equals(type, StringComparison.OrdinalIgnoreCase);

    public string? Text(string name) => Json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    public bool? Flag(string name) =>
        Json.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : null;

    public string[] Texts(string name) =>
        Json.TryGetProperty(name, out var values) && values.ValueKind == JsonValueKind.Array
            ? [.. values.EnumerateArray().Select(value => value.ToString())]
            : [];

    public BindingInfo ToInfo()
    {
        var known = Enum.TryParse<BindingInfo.Types.DataType>(Text("dataType"), ignoreCase: true, out var type);
        var info = new BindingInfo
        {
            Type = Type,
            Direction = Direction,
            DataType = known ? type : default,
        };
        foreach (var property in Properties.EnumerateObject())
            info.Properties[property.Name] = property.Value.ToString();
        return info;
    }
}
