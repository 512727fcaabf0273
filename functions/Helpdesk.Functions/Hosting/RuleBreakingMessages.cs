using Microsoft.Azure.Functions.Worker.Middleware;

namespace Helpdesk.Functions.Hosting;

/// <summary>
/// Ends queue messages that break a rule: trying again cannot help, and what they say is on record. Any other failure goes back to the host, which
/// tries again.
/// </summary>
public sealed partial class RuleBreakingMessages(ILogger<RuleBreakingMessages> logger) : IFunctionsWorkerMiddleware
{
    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        try
        {
            await next(context);
        }
        catch (HelpdeskRuleException rule)
            when (context.FunctionDefinition.InputBindings.Values.Any(binding => binding.Type.Equals("queueTrigger", StringComparison.OrdinalIgnoreCase)))
        {
            Log.Dropped(logger, context.FunctionDefinition.Name, rule.Code, rule.Message);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "{Function} dropped its message by rule {Code}: {Reason}")]
        public static partial void Dropped(ILogger logger, string function, string code, string reason);
    }
}
