using System.Globalization;
using System.Reflection;
using System.Reflection.Emit;
using Helpdesk.LocalHost.App;
using Helpdesk.LocalHost.Rpc;
using Microsoft.Azure.WebJobs;
using Binder = Microsoft.Azure.WebJobs.Binder;
using ExecutionContext = Microsoft.Azure.WebJobs.ExecutionContext;

namespace Helpdesk.LocalHost.Triggers;

/// <summary>What every emitted class of functions can do: hand a call on.</summary>
public abstract class EmittedFunctions(FunctionInvoker invoker)
{
    protected FunctionInvoker Invoker { get; } = invoker;
}

/// <summary>
/// Gives the SDK a class with a method for each function that it is to listen for, with the attributes that the function itself would have in the
/// SDK's own process.
/// </summary>
public sealed class FunctionTypes(Func<IReadOnlyList<Function>> functions) : ITypeLocator
{
    /// <summary>The method that writes the outputs of HTTP functions, and its parameter.</summary>
    public const string OutputMethod = "__WriteOutputs";
    public const string OutputParameter = "invocationId";

    /// <summary>The name of the class, as the Functions host has it: timers keep their state under it.</summary>
    private const string ClassName = "Host.Functions";

    private static readonly string[] FromTheSdk = ["__binder", "__context", "__cancellation"];

    private Type[]? _types;

    public static string ClientMethod(int index) => string.Create(CultureInfo.InvariantCulture, $"__Client{index}");

    public IReadOnlyList<Type> GetTypes() => _types ??= [Emit(functions())];

    private static Type Emit(IReadOnlyList<Function> functions)
    {
        var module = AssemblyBuilder.DefineDynamicAssembly(new("Helpdesk.LocalHost.Emitted"), AssemblyBuilderAccess.Run).DefineDynamicModule("Functions");
        var type = module.DefineType(ClassName, TypeAttributes.Public | TypeAttributes.Class, typeof(EmittedFunctions));
        EmitConstructor(type);
        foreach (var function in functions.Where(function => !function.IsHttp))
            EmitFunction(type, function);
        foreach (var (index, (key, binding)) in FunctionInvoker.Clients(functions).Index())
            EmitClient(type, index, key, binding);
        EmitOutputs(type);
        return type.CreateType();
    }

    private static void EmitConstructor(TypeBuilder type)
    {
        var code = type.DefineConstructor(MethodAttributes.Public, CallingConventions.HasThis, [typeof(FunctionInvoker)]).GetILGenerator();
        code.Emit(OpCodes.Ldarg_0);
        code.Emit(OpCodes.Ldarg_1);
        code.Emit(OpCodes.Call, typeof(EmittedFunctions).GetConstructors(BindingFlags.Instance | BindingFlags.NonPublic)[0]);
        code.Emit(OpCodes.Ret);
    }

    /// <summary><c>Invoker.RunAsync("Name", [its inputs], binder, context, cancellationToken)</c></summary>
    private static void EmitFunction(TypeBuilder type, Function function)
    {
        var inputs = function.Inputs.Select(binding => (Binding: binding, Parameter: TriggerAttributes.Of(function, binding))).ToList();
        Type[] parameters = [.. inputs.Select(input => input.Parameter.Type), typeof(Binder), typeof(ExecutionContext), typeof(CancellationToken)];
        var method = type.DefineMethod(function.Name, MethodAttributes.Public, function.IsDurable ? typeof(Task<object>) : typeof(Task), parameters);
        method.SetCustomAttribute(TriggerAttributes.Attribute(typeof(FunctionNameAttribute), [function.Name]));
        if (function.Retry is { } retry)
            method.SetCustomAttribute(Retry(retry));
        foreach (var (index, input) in inputs.Index())
            method.DefineParameter(index + 1, ParameterAttributes.None, input.Binding.Name).SetCustomAttribute(input.Parameter.Attribute);
        foreach (var (index, name) in FromTheSdk.Index())
            method.DefineParameter(inputs.Count + index + 1, ParameterAttributes.None, name);

        var code = method.GetILGenerator();
        LoadInvoker(code);
        code.Emit(OpCodes.Ldstr, function.Name);
        code.Emit(OpCodes.Ldc_I4, inputs.Count);
        code.Emit(OpCodes.Newarr, typeof(object));
        for (var index = 0; index < inputs.Count; index++)
        {
            code.Emit(OpCodes.Dup);
            code.Emit(OpCodes.Ldc_I4, index);
            code.Emit(OpCodes.Ldarg, (short)(index + 1));
            code.Emit(OpCodes.Stelem_Ref);
        }

        Call(code, nameof(FunctionInvoker.RunAsync), inputs.Count + 1, 3);
    }

    /// <summary><c>Invoker.KeepClientAsync("key", client)</c></summary>
    private static void EmitClient(TypeBuilder type, int index, string key, FunctionBinding binding)
    {
        var method = type.DefineMethod(ClientMethod(index), MethodAttributes.Public, typeof(Task), [typeof(string)]);
        method.SetCustomAttribute(TriggerAttributes.Attribute(typeof(NoAutomaticTriggerAttribute), []));
        method.DefineParameter(1, ParameterAttributes.None, "client").SetCustomAttribute(TriggerAttributes.Client(binding));
        var code = method.GetILGenerator();
        LoadInvoker(code);
        code.Emit(OpCodes.Ldstr, key);
        Call(code, nameof(FunctionInvoker.KeepClientAsync), 1, 1);
    }

    /// <summary><c>Invoker.WriteKeptOutputsAsync(invocationId, binder, cancellationToken)</c></summary>
    private static void EmitOutputs(TypeBuilder type)
    {
        var method = type.DefineMethod(OutputMethod, MethodAttributes.Public, typeof(Task), [typeof(string), typeof(Binder), typeof(CancellationToken)]);
        method.SetCustomAttribute(TriggerAttributes.Attribute(typeof(NoAutomaticTriggerAttribute), []));
        foreach (var (index, name) in new[] { OutputParameter, "__binder", "__cancellation" }.Index())
            method.DefineParameter(index + 1, ParameterAttributes.None, name);
        var code = method.GetILGenerator();
        LoadInvoker(code);
        Call(code, nameof(FunctionInvoker.WriteKeptOutputsAsync), 1, 3);
    }

    private static CustomAttributeBuilder Retry(RpcRetryOptions retry) =>
        retry.RetryStrategy == RpcRetryOptions.Types.RetryStrategy.FixedDelay
            ? TriggerAttributes.Attribute(typeof(FixedDelayRetryAttribute), [retry.MaxRetryCount, retry.DelayInterval.ToTimeSpan().ToString()])
            : TriggerAttributes.Attribute(
                typeof(ExponentialBackoffRetryAttribute),
                [retry.MaxRetryCount, retry.MinimumInterval.ToTimeSpan().ToString(), retry.MaximumInterval.ToTimeSpan().ToString()]
            );

    private static void LoadInvoker(ILGenerator code)
    {
        code.Emit(OpCodes.Ldarg_0);
        code.Emit(OpCodes.Call, typeof(EmittedFunctions).GetProperty("Invoker", BindingFlags.Instance | BindingFlags.NonPublic)!.GetMethod!);
    }

    /// <summary>Calls a method of the invoker with what is on the stack and then these arguments, and returns its outcome.</summary>
    private static void Call(ILGenerator code, string method, int firstArgument, int arguments)
    {
        for (var index = firstArgument; index < firstArgument + arguments; index++)
            code.Emit(OpCodes.Ldarg, (short)index);
        code.Emit(OpCodes.Callvirt, typeof(FunctionInvoker).GetMethod(method)!);
        code.Emit(OpCodes.Ret);
    }
}
