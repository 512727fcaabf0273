using Azure;
using Helpdesk.Functions.Storage;
using Microsoft.Azure.Functions.Worker.Middleware;

namespace Helpdesk.Functions.Hosting;

/// <summary>Answers a problem with a page where the request asks for one; false where it does not.</summary>
public delegate Task<bool> AnswerWithPage(HttpContext http, Problem problem);

/// <summary>The one place where exceptions and empty error answers of HTTP functions become problem details.</summary>
public sealed partial class ProblemAnswers(RequestGauge requests, AnswerWithPage page, ILogger<ProblemAnswers> logger) : IFunctionsWorkerMiddleware
{
    /// <summary>Runs the function and writes its answer; where there is none, says why.</summary>
    public Task Invoke(FunctionContext context, FunctionExecutionDelegate next) =>
        context.GetHttpContext() is { } http ? requests.CountAsync(() => AnswerAsync(context, http, next)) : next(context);

    private async Task AnswerAsync(FunctionContext context, HttpContext http, FunctionExecutionDelegate next)
    {
        try
        {
            await next(context);
            var invocation = context.GetInvocationResult();
            // Written here and not by the worker, so that a fault on the way is answered as well.
            if (invocation.Value is IResult result)
            {
                invocation.Value = Results.Empty;
                await (ProblemOf(http, result) is { } problem ? WriteAsync(http, problem) : result.ExecuteAsync(http));
            }
        }
        catch (Exception failure)
        {
            context.GetInvocationResult().Value = Results.Empty;
            await ExplainAsync(http, failure, context.FunctionDefinition.Name);
        }
    }

    private async Task ExplainAsync(HttpContext http, Exception failure, string function)
    {
        if (http.RequestAborted.IsCancellationRequested)
        {
            http.Abort();
            return;
        }

        if (http.Response.HasStarted)
        {
            // Too late for an answer: the connection is cut, so that nobody takes the half for the whole.
            Log.Failed(logger, failure, function);
            http.Abort();
            return;
        }

        var problem = failure switch
        {
            InvalidRequestException invalid => Problem.Of(invalid.Status, invalid.Code, invalid.Message) with { Errors = invalid.Errors },
            HelpdeskRuleException rule => Problem.Of(StatusCodes.Status409Conflict, rule.Code, rule.Message) with
            {
                UsedBy = (rule as SettingInUseException)?.UsedBy,
            },
            StaleETagException => Problem.Of(
                StatusCodes.Status412PreconditionFailed,
                "stale-etag",
                "It has changed since you read it: read it again, and send the new ETag in If-Match."
            ),
            BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } large => Problem.Of(
                large.StatusCode,
                "body-too-large",
                large.Message
            ),
            BadHttpRequestException bad => Problem.Of(bad.StatusCode, "bad-request", bad.Message),
            _ when StorageFailure(failure) is { } fault => Problem.Of(
                StatusCodes.Status503ServiceUnavailable,
                "storage-unavailable",
                $"Storage did not answer as it should ({fault}). Nothing half done is visible: try again, with the same Idempotency-Key if you sent one."
            ),
            _ => Problem.Of(StatusCodes.Status500InternalServerError, "internal-error", "Something went wrong here; it has been recorded."),
        };
        switch (problem.Status)
        {
            case StatusCodes.Status409Conflict:
                Log.RuleBroken(logger, problem.Code, function);
                break;
            case StatusCodes.Status412PreconditionFailed when failure is StaleETagException stale:
                http.Response.Headers.ETag = stale.Current;
                break;
            case StatusCodes.Status503ServiceUnavailable:
                Log.StorageFailed(logger, failure, function);
                http.Response.Headers.RetryAfter = "5";
                break;
            case StatusCodes.Status500InternalServerError:
                Log.Failed(logger, failure, function);
                break;
        }

        await WriteAsync(http, problem);
    }

    /// <summary>What to say instead of an error that says nothing but its status; null for any other answer.</summary>
    private static Problem? ProblemOf(HttpContext http, IResult result) =>
        (result is INestedHttpResult nested ? nested.Result : result)
            is IStatusCodeHttpResult { StatusCode: { } status and >= 400 }
                and not (IValueHttpResult or IContentTypeHttpResult)
            ? Missing(http, status)
            : null;

    private static Problem Missing(HttpContext http, int status) =>
        status switch
        {
            StatusCodes.Status401Unauthorized => Problem.Of(401, "unauthorized", "Send a valid key, Authorization: Bearer <key>, or sign in again."),
            StatusCodes.Status403Forbidden => Problem.Of(403, "forbidden", "This key's role does not allow this operation."),
            StatusCodes.Status404NotFound => Problem.Of(404, "not-found", $"There is nothing at {http.Request.Path}."),
            StatusCodes.Status415UnsupportedMediaType => Problem.Of(415, "json-expected", "Send the body as application/json, and say so in Content-Type."),
            StatusCodes.Status429TooManyRequests => Problem.Of(429, "too-many-requests", "Too many requests at once: wait as long as Retry-After says."),
            _ => Problem.Of(status, "error", null),
        };

    private async Task WriteAsync(HttpContext http, Problem problem)
    {
        if (await page(http, problem))
            return;
        http.Response.StatusCode = problem.Status;
        await http.Response.WriteAsJsonAsync(problem, HostingJson.Default.Problem, "application/problem+json", http.RequestAborted);
    }

    /// <summary>What kind of fault of storage an exception tells of; null when it is none.</summary>
    public static string? StorageFailure(Exception exception) =>
        exception switch
        {
            RequestFailedException { Status: 0 } => "no connection",
            RequestFailedException failed => $"{failed.Status} {failed.ErrorCode}",
            AggregateException { InnerException: RequestFailedException } => "no connection",
            OperationCanceledException { InnerException: TimeoutException } => "no answer in time",
            // One for each time that it was asked.
            AggregateException tries when tries.InnerExceptions.All(one => one is OperationCanceledException or RequestFailedException or IOException) =>
                "no answer in time",
            _ => null,
        };

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Information, "{Function} was refused by rule {Code}")]
        public static partial void RuleBroken(ILogger logger, string code, string function);

        [LoggerMessage(LogLevel.Error, "Storage failed in {Function}")]
        public static partial void StorageFailed(ILogger logger, Exception exception, string function);

        [LoggerMessage(LogLevel.Error, "{Function} failed")]
        public static partial void Failed(ILogger logger, Exception exception, string function);
    }
}
