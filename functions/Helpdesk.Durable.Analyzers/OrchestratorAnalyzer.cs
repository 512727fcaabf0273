using System;
using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace Helpdesk.Durable.Analyzers;

/// <summary>Keeps clocks, I/O, chance and threads out of orchestrators, and lets them await only what their context gives: anything else is other at each replay.</summary>
/// <remarks>Looks at types that derive from <c>TaskOrchestrator</c>, and at methods that take a <c>TaskOrchestrationContext</c>.</remarks>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class OrchestratorAnalyzer : DiagnosticAnalyzer
{
    private const string Orchestrator = "Helpdesk.Durable.TaskOrchestrator";
    private const string Context = "Helpdesk.Durable.TaskOrchestrationContext";

    private static readonly DiagnosticDescriptor NotReplayable = new(
        "HD0001", "An orchestrator must do the same at each replay", "{0} is other at each replay: use the context, or an activity", "Durable", DiagnosticSeverity.Error, isEnabledByDefault: true);

    private static readonly DiagnosticDescriptor NotDurable = new(
        "HD0002", "An orchestrator may await only durable tasks", "What is awaited here is not durable: await what the context gives, or Task.WhenAll and Task.WhenAny of that", "Durable", DiagnosticSeverity.Error, isEnabledByDefault: true);

    private static readonly ImmutableHashSet<string> Types = ImmutableHashSet.Create(
        StringComparer.Ordinal,
        "System.Environment", "System.Random", "System.TimeProvider", "System.Diagnostics.Stopwatch", "System.Diagnostics.Process", "System.Console",
        "System.Security.Cryptography.RandomNumberGenerator");

    private static readonly ImmutableHashSet<string> Members = ImmutableHashSet.Create(
        StringComparer.Ordinal,
        "System.DateTime.Now", "System.DateTime.UtcNow", "System.DateTime.Today", "System.DateTimeOffset.Now", "System.DateTimeOffset.UtcNow", "System.Guid.NewGuid", "System.Guid.CreateVersion7",
        "System.Threading.Tasks.Task.Run", "System.Threading.Tasks.Task.Delay", "System.Threading.Tasks.Task.Factory", "System.Threading.Tasks.Task.Yield");

    private static readonly ImmutableArray<string> Namespaces = ImmutableArray.Create("System.IO", "System.Net", "Azure", "Grpc");

    private static readonly ImmutableHashSet<string> Threads = ImmutableHashSet.Create(
        StringComparer.Ordinal, "System.Threading.Thread", "System.Threading.ThreadPool", "System.Threading.Timer", "System.Threading.PeriodicTimer", "System.Threading.Tasks.Parallel");

    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = ImmutableArray.Create(NotReplayable, NotDurable);

    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterOperationAction(
            operation => Use(operation, ((IInvocationOperation)operation.Operation).TargetMethod), OperationKind.Invocation);
        context.RegisterOperationAction(
            operation => Use(operation, ((IPropertyReferenceOperation)operation.Operation).Property), OperationKind.PropertyReference);
        context.RegisterOperationAction(
            operation => Use(operation, ((IObjectCreationOperation)operation.Operation).Constructor), OperationKind.ObjectCreation);
        context.RegisterOperationAction(Await, OperationKind.Await);
    }

    private static void Use(OperationAnalysisContext context, ISymbol? used)
    {
        if (used?.ContainingType is not { } type || !IsInOrchestrator(context.ContainingSymbol))
            return;
        var name = type.OriginalDefinition.ToDisplayString();
        var space = type.ContainingNamespace?.ToDisplayString() ?? "";
        if (Types.Contains(name) || Threads.Contains(name) || Members.Contains($"{name}.{used.Name}")
            || Namespaces.Any(one => space == one || space.StartsWith(one + ".", StringComparison.Ordinal)))
            context.ReportDiagnostic(Diagnostic.Create(NotReplayable, context.Operation.Syntax.GetLocation(), $"{type.Name}.{used.Name}"));
    }

    private static void Await(OperationAnalysisContext context)
    {
        if (IsInOrchestrator(context.ContainingSymbol) && !IsDurable(((IAwaitOperation)context.Operation).Operation))
            context.ReportDiagnostic(Diagnostic.Create(NotDurable, context.Operation.Syntax.GetLocation()));
    }

    private static bool IsDurable(IOperation awaited) => awaited switch
    {
        // A task that was kept: where it was made is looked at there.
        ILocalReferenceOperation or IParameterReferenceOperation or IFieldReferenceOperation => true,
        IParenthesizedOperation inner => IsDurable(inner.Operand),
        IConversionOperation inner => IsDurable(inner.Operand),
        IAwaitOperation inner => IsDurable(inner.Operation),
        IConditionalOperation choice => IsDurable(choice.WhenTrue) && choice.WhenFalse is { } other && IsDurable(other),
        IInvocationOperation call => IsDurable(call),
        _ => false,
    };

    private static bool IsDurable(IInvocationOperation call)
    {
        var method = call.TargetMethod;
        if (method.Name == "ConfigureAwait")
            return call.Instance is { } instance && IsDurable(instance);
        return method.MethodKind == MethodKind.LocalFunction
            || Is(method.ContainingType, Context)
            || IsInOrchestrator(method)
            || (method.ContainingType.ToDisplayString() == "System.Threading.Tasks.Task" && method.Name is "WhenAll" or "WhenAny");
    }

    private static bool IsInOrchestrator(ISymbol symbol)
    {
        for (var current = symbol; current is not null; current = current.ContainingSymbol)
        {
            if (current is INamedTypeSymbol type && Is(type, Orchestrator))
                return true;
            // The worker's own context and tests of it take contexts without being orchestrators.
            if (current is IMethodSymbol method && method.IsStatic && method.Parameters.Any(parameter => Is(parameter.Type, Context)))
                return true;
        }

        return false;
    }

    private static bool Is(ITypeSymbol? type, string name)
    {
        for (; type is not null; type = type.BaseType)
        {
            if (type.OriginalDefinition.ToDisplayString() is var full && (full == name || full.StartsWith(name + "<", StringComparison.Ordinal)))
                return true;
        }

        return false;
    }
}
