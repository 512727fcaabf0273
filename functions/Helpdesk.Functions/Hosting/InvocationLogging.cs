namespace Helpdesk.Functions.Hosting;

/// <summary>Counts a request while it runs, and puts the host's invocation id on every log line of it.</summary>
public sealed class InvocationLogging(RequestDelegate next, RequestGauge requests, ILogger<InvocationLogging> logger)
{
    /// <summary>Runs the rest.</summary>
    public Task InvokeAsync(HttpContext context) =>
        context.Request.Path.StartsWithSegments("/api", StringComparison.Ordinal) ? requests.CountAsync(() => RunAsync(context)) : RunAsync(context);

    private async Task RunAsync(HttpContext context)
    {
        // An outsider's own value is forwarded beside the host's, which comes last.
        var ids = context.Request.Headers["X-Azure-Functions-InvocationId"].ToString();
        var id = ids[(ids.LastIndexOf(',') + 1)..].Trim();
        if (id.Length is 0 or > 64)
        {
            await next(context);
            return;
        }

        using (logger.BeginScope(new KeyValuePair<string, object>[] { new("InvocationId", id) }))
            await next(context);
    }
}
