using Azure;

namespace Helpdesk.Functions.Hosting;

/// <summary>The one place where exceptions and empty error answers become problem details.</summary>
public sealed partial class ProblemAnswers(RequestDelegate next, ILogger<ProblemAnswers> logger)
{
    /// <summary>Runs the rest, and answers for it where it could not.</summary>
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (InvalidRequestException invalid)
        {
            await WriteAsync(context, Problem.Of(invalid.Status, invalid.Code, invalid.Message) with { Errors = invalid.Errors });
            return;
        }
        catch (HelpdeskRuleException rule)
        {
            Log.RuleBroken(logger, rule.Code, context.Request.Path);
            await WriteAsync(context, Problem.Of(StatusCodes.Status409Conflict, rule.Code, rule.Message));
            return;
        }
        catch (StaleETagException stale)
        {
            context.Response.Headers.ETag = stale.Current;
            await WriteAsync(context, Problem.Of(StatusCodes.Status412PreconditionFailed, "stale-etag", "It has changed since you read it: read it again, and send the new ETag in If-Match."));
            return;
        }
        catch (BadHttpRequestException bad)
        {
            await WriteAsync(context, Problem.Of(bad.StatusCode, bad.StatusCode == StatusCodes.Status413PayloadTooLarge ? "body-too-large" : "bad-request", bad.Message));
            return;
        }
        catch (Exception exception) when (StorageFailure(exception) is { } failure)
        {
            Log.StorageFailed(logger, exception, context.Request.Path);
            context.Response.Headers.RetryAfter = "5";
            await WriteAsync(context, Problem.Of(StatusCodes.Status503ServiceUnavailable, "storage-unavailable", $"Storage did not answer as it should ({failure}). Nothing half done is visible: try again, with the same Idempotency-Key if you sent one."));
            return;
        }
        catch (Exception exception) when (!context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested)
        {
            Log.Failed(logger, exception, context.Request.Path);
            await WriteAsync(context, Problem.Of(StatusCodes.Status500InternalServerError, "internal-error", "Something went wrong here; it has been recorded."));
            return;
        }

        if (context.Response is { HasStarted: false, StatusCode: >= 400, ContentLength: null, ContentType: null })
            await WriteAsync(context, Missing(context));
    }

    private static Problem Missing(HttpContext context) => context.Response.StatusCode switch
    {
        StatusCodes.Status401Unauthorized => Problem.Of(401, "unauthorized", "Send a valid key: Authorization: Bearer <key>."),
        StatusCodes.Status403Forbidden => Problem.Of(403, "forbidden", "This key's role does not reach that far."),
        StatusCodes.Status404NotFound => Problem.Of(404, "not-found", "There is nothing here."),
        StatusCodes.Status405MethodNotAllowed => Problem.Of(405, "method-not-allowed", $"{context.Request.Method} is not possible here."),
        StatusCodes.Status415UnsupportedMediaType => Problem.Of(415, "json-expected", "Send the body as application/json, and say so in Content-Type."),
        StatusCodes.Status429TooManyRequests => Problem.Of(429, "too-many-requests", "Too many requests at once: wait as long as Retry-After says."),
        var status => Problem.Of(status, "error", null),
    };

    private static Task WriteAsync(HttpContext context, Problem problem)
    {
        context.Response.StatusCode = problem.Status;
        return context.Response.WriteAsJsonAsync(problem, HostingJson.Default.Problem, "application/problem+json", context.RequestAborted);
    }

    /// <summary>What kind of fault of storage an exception tells of; null when it is none.</summary>
    public static string? StorageFailure(Exception exception) => exception switch
    {
        RequestFailedException { Status: 0 } => "no connection",
        RequestFailedException failed => $"{failed.Status} {failed.ErrorCode}",
        AggregateException { InnerException: RequestFailedException } => "no connection",
        OperationCanceledException { InnerException: TimeoutException } => "no answer in time",
        _ => null,
    };

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Information, "Rule {Code} refused {Path}")]
        public static partial void RuleBroken(ILogger logger, string code, string path);

        [LoggerMessage(LogLevel.Error, "Storage failed in {Path}")]
        public static partial void StorageFailed(ILogger logger, Exception exception, string path);

        [LoggerMessage(LogLevel.Error, "Request failed: {Path}")]
        public static partial void Failed(ILogger logger, Exception exception, string path);
    }
}
