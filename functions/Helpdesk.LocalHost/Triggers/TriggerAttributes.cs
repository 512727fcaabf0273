using System.Reflection.Emit;
using Helpdesk.LocalHost.App;
using Microsoft.Azure.WebJobs;
using Microsoft.Azure.WebJobs.Extensions.DurableTask;

namespace Helpdesk.LocalHost.Triggers;

/// <summary>The SDK's attribute and parameter type for each binding that this host knows.</summary>
internal static class TriggerAttributes
{
    private static readonly HashSet<string> Known = new(StringComparer.OrdinalIgnoreCase)
    {
        "httpTrigger",
        "http",
        "queueTrigger",
        "queue",
        "timerTrigger",
        "orchestrationTrigger",
        "activityTrigger",
        "entityTrigger",
        "durableClient",
    };

    /// <summary>Says which function has a binding that this host does not know.</summary>
    public static void ThrowIfUnknown(IEnumerable<Function> functions)
    {
        foreach (var function in functions)
        {
            if (function.Bindings.FirstOrDefault(binding => !Known.Contains(binding.Type)) is { } unknown)
                throw Unknown(function, unknown);
        }
    }

    public static (Type Type, CustomAttributeBuilder Attribute) Of(Function function, FunctionBinding binding) =>
        binding.Type.ToUpperInvariant() switch
        {
            "QUEUETRIGGER" => (
                MessageType(binding),
                Attribute(typeof(QueueTriggerAttribute), [binding.Text("queueName")!], (nameof(QueueTriggerAttribute.Connection), binding.Text("connection")))
            ),
            "TIMERTRIGGER" => (
                typeof(TimerInfo),
                Attribute(
                    typeof(TimerTriggerAttribute),
                    [binding.Text("schedule")!],
                    (nameof(TimerTriggerAttribute.RunOnStartup), binding.Flag("runOnStartup")),
                    (nameof(TimerTriggerAttribute.UseMonitor), binding.Flag("useMonitor"))
                )
            ),
            "ORCHESTRATIONTRIGGER" => (
                typeof(string),
                Attribute(typeof(OrchestrationTriggerAttribute), [], (nameof(OrchestrationTriggerAttribute.Orchestration), binding.Text("orchestration")))
            ),
            "ACTIVITYTRIGGER" => (
                typeof(string),
                Attribute(typeof(ActivityTriggerAttribute), [], (nameof(ActivityTriggerAttribute.Activity), binding.Text("activity")))
            ),
            "ENTITYTRIGGER" => (
                typeof(string),
                Attribute(typeof(EntityTriggerAttribute), [], (nameof(EntityTriggerAttribute.EntityName), binding.Text("entityName")))
            ),
            "DURABLECLIENT" => (typeof(string), Client(binding)),
            _ => throw Unknown(function, binding),
        };

    public static CustomAttributeBuilder Client(FunctionBinding binding) =>
        Attribute(
            typeof(DurableClientAttribute),
            [],
            (nameof(DurableClientAttribute.TaskHub), binding.Text("taskHub")),
            (nameof(DurableClientAttribute.ConnectionName), binding.Text("connectionName"))
        );

    private static LocalHostException Unknown(Function function, FunctionBinding binding) =>
        new(
            $"The function {function.Name} has a binding of type '{binding.Type}', which this host does not know: run the app with Core Tools, "
                + $"or switch the function off with the setting AzureWebJobs.{function.Name}.Disabled."
        );

    /// <summary>What the SDK hands over: a reference from which the worker makes the value, or the message itself.</summary>
    private static Type MessageType(FunctionBinding binding) =>
        binding.IsDeferred ? typeof(ParameterBindingData)
        : string.Equals(binding.Text("dataType"), "binary", StringComparison.OrdinalIgnoreCase) ? typeof(byte[])
        : typeof(string);

    /// <summary>An attribute by the arguments of one of its constructors, and those of the properties that have a value.</summary>
    public static CustomAttributeBuilder Attribute(Type type, object[] arguments, params (string Name, object? Value)[] properties)
    {
        var constructor = type.GetConstructor([.. arguments.Select(argument => argument.GetType())])!;
        var given = properties.Where(property => property.Value is not null).ToList();
        return new(constructor, arguments, [.. given.Select(property => type.GetProperty(property.Name)!)], [.. given.Select(property => property.Value)]);
    }
}
