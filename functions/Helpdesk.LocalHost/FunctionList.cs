using Helpdesk.LocalHost.App;
using Helpdesk.LocalHost.Http;

namespace Helpdesk.LocalHost;

/// <summary>Lists what an app has, as Core Tools do.</summary>
internal static class FunctionList
{
    public static void Write(TextWriter output, IReadOnlyList<Function> functions, int port, string prefix)
    {
        var width = functions.Select(function => function.Name.Length).DefaultIfEmpty().Max();
        output.WriteLine("Functions:");
        foreach (var function in functions.OrderBy(function => !function.IsHttp).ThenBy(function => function.Name, StringComparer.OrdinalIgnoreCase))
            output.WriteLine($"  {function.Name.PadRight(width)}  {What(function, port, prefix)}");
    }

    private static string What(Function function, int port, string prefix)
    {
        var trigger = function.Trigger;
        if (!function.IsHttp)
            return trigger.Type
                + (trigger.Text("queueName") ?? trigger.Text("schedule")) switch
                {
                    null => "",
                    var detail => $" {detail}",
                };
        var verbs = FunctionRouter.Verbs(function);
        var path = string.Join('/', new[] { prefix, FunctionRouter.Route(function) }.Where(part => part.Length > 0));
        return $"[{(verbs is [] ? "any verb" : string.Join(',', verbs.Select(verb => verb.ToUpperInvariant())))}] http://localhost:{port}/{path}";
    }
}
