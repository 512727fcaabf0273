namespace Helpdesk.Functions.Hosting;

/// <summary>Puts the host's invocation id on every log line of a request.</summary>
public sealed class InvocationLogging(RequestDelegate next, ILogger<InvocationLogging> logger)
{
    /// <summary>Runs the rest inside the scope.</summary>
    public async Task InvokeAsync(HttpContext context)
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
