using Helpdesk.Durable.Analyzers;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Helpdesk.Durable.Tests;

/// <summary>What the build refuses inside an orchestrator, and what it lets pass.</summary>
public sealed class OrchestratorAnalyzerTests
{
    [Theory]
    [InlineData("return DateTime.UtcNow.ToString();", "HD0001")]
    [InlineData("return DateTimeOffset.Now.ToString();", "HD0001")]
    [InlineData("return Guid.NewGuid().ToString();", "HD0001")]
    [InlineData("return new Random().Next().ToString();", "HD0001")]
    [InlineData("return TimeProvider.System.GetUtcNow().ToString();", "HD0001")]
    [InlineData("return Environment.MachineName;", "HD0001")]
    [InlineData("return System.IO.File.ReadAllText(\"x\");", "HD0001")]
    [InlineData("await Task.Run(() => 1); return null;", "HD0001", "HD0002")]
    [InlineData("await Task.Delay(1); return null;", "HD0001", "HD0002")]
    [InlineData("return await new System.Net.Http.HttpClient().GetStringAsync(\"http://x\");", "HD0001", "HD0002")]
    [InlineData("await Elsewhere.WorkAsync(); return null;", "HD0002")]
    [InlineData("await context.CreateTimer(TimeSpan.FromSeconds(1)); return await context.CallActivityAsync<string>(\"A\");")]
    [InlineData("var one = context.CallActivityAsync<string>(\"A\"); await Task.WhenAll(one, context.CallActivityAsync<string>(\"B\")); return await one;")]
    [InlineData("return await await Task.WhenAny(context.WaitForExternalEvent<string>(\"E\"), context.CallActivityAsync<string>(\"B\"));")]
    [InlineData("return context.NewGuid().ToString() + context.CurrentUtcDateTime + await Step(context); static Task<string> Step(TaskOrchestrationContext it) => it.CallActivityAsync<string>(\"A\");")]
    public async Task Only_what_replays_the_same_is_let_pass(string body, params string[] problems) =>
        Assert.Equal(problems.Order(StringComparer.Ordinal), (await ProblemsAsync(body, "TaskOrchestrator<string, string?>")).Order(StringComparer.Ordinal));

    [Fact]
    public async Task Activities_may_do_anything() =>
        Assert.Empty(await ProblemsAsync("await Task.Delay(1); return DateTime.UtcNow.ToString();", "TaskActivity<string, string?>"));

    private static async Task<IEnumerable<string>> ProblemsAsync(string body, string of)
    {
        var code = $$"""
            using System; using System.Threading.Tasks; using Helpdesk.Durable;
            static class Elsewhere { public static Task WorkAsync() => Task.CompletedTask; }
            sealed class Tested : {{of}}
            {
                public override async Task<string?> RunAsync({{(of.StartsWith("TaskOrchestrator", StringComparison.Ordinal) ? "TaskOrchestrationContext" : "TaskActivityContext")}} context, string input) { {{body}} }
            }
            """;
        var references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Select(path => MetadataReference.CreateFromFile(path));
        var compilation = CSharpCompilation.Create("Tested", [CSharpSyntaxTree.ParseText(code)], references, new(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable));
        Assert.Empty(compilation.GetDiagnostics().Where(problem => problem.Severity == DiagnosticSeverity.Error));
        var found = await compilation.WithAnalyzers([new OrchestratorAnalyzer()]).GetAnalyzerDiagnosticsAsync();
        return found.Select(problem => problem.Id).Distinct();
    }
}
