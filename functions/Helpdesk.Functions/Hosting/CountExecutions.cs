using Helpdesk.Functions.Storage;
using Microsoft.Azure.Functions.Worker.Middleware;

namespace Helpdesk.Functions.Hosting;

/// <summary>Counts executions of functions, and how long they take.</summary>
public sealed class CountExecutions(UsageMeter usage, TimeProvider time) : IFunctionsWorkerMiddleware
{
    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        var begun = time.GetTimestamp();
        try
        {
            await next(context);
        }
        finally
        {
            usage.Execution(time.GetElapsedTime(begun));
        }
    }
}
