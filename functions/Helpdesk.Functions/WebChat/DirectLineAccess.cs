using System.Threading.RateLimiting;
using Helpdesk.Functions.Conversations;
using Helpdesk.Functions.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Azure.Functions.Worker.Middleware;

namespace Helpdesk.Functions.WebChat;

/// <summary>Who speaks Direct Line: somebody with a token, or a page with a key that may have one issued.</summary>
/// <param name="Pass">The token's; null for a key.</param>
/// <param name="Vouches">Whether the key belongs to a server that may say who somebody is.</param>
public sealed record DirectLineCaller(string Workspace, ChatPass? Pass, bool Vouches);

/// <summary>Direct Line refuses something, in its own words.</summary>
public sealed class DirectLineException(int status, string code, string message) : Exception(message)
{
    public int Status { get; } = status;
    public string Code { get; } = code;
}

/// <summary>Decides who may speak Direct Line, and from which sites.</summary>
public sealed class DirectLineAccess(ChatTokens tokens, ChatSettings chats, FindCaller find) : IDisposable
{
    /// <summary>Messages of one conversation: twenty at once, then two a second.</summary>
    private readonly PartitionedRateLimiter<string> _limiter = PartitionedRateLimiter.Create<string, string>(conversation =>
        RateLimitPartition.GetTokenBucketLimiter(
            conversation,
            _ => new TokenBucketRateLimiterOptions
            {
                TokenLimit = 20,
                TokensPerPeriod = 2,
                ReplenishmentPeriod = TimeSpan.FromSeconds(1),
                QueueLimit = 0,
            }
        )
    );

    /// <summary>The caller, by token or key. 401 without either, 403 for one that is over or from a site that is not allowed.</summary>
    public async Task<DirectLineCaller> IdentifyAsync(HttpContext context)
    {
        var header = context.Request.Headers.Authorization.ToString();
        var text = header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? header[7..].Trim() : "";
        if (text.Length == 0)
            throw new DirectLineException(401, "Unauthorized", "Send a chat token or a chat key: Authorization: Bearer <token>.");
        var cancellationToken = context.RequestAborted;
        DirectLineCaller? caller = null;
        if (text.StartsWith("hc_", StringComparison.Ordinal))
            caller = await chats.FindAsync(text, cancellationToken) is { } known ? new(known.Workspace.Id, null, Vouches: false) : null;
        else if (text.StartsWith("hd_", StringComparison.Ordinal))
            caller = await find(text, cancellationToken) is { } key ? new(key.Workspace, null, Vouches: true) : null;
        else if (text.Contains('.', StringComparison.Ordinal))
            caller = await tokens.ReadAsync(text, cancellationToken) is { } pass
                ? new(pass.Workspace, pass, Vouches: false)
                : throw new DirectLineException(403, "TokenExpired", "This token is over or none of ours.");
        if (caller is null)
            throw new DirectLineException(401, "Unauthorized", "This key or token opens nothing here.");
        var chat = await chats.OfAsync(caller.Workspace, cancellationToken);
        if (!chat.Enabled)
            throw new DirectLineException(403, "ChatDisabled", "This workspace has no web chat at the moment.");
        if (!IsAllowed(context, chat))
        {
            context.Response.Headers.Remove("Access-Control-Allow-Origin");
            throw new DirectLineException(
                403,
                "OriginNotAllowed",
                "This site may not use the chat: an admin can allow it with PATCH /api/chat (allowedOrigins)."
            );
        }

        return caller;
    }

    /// <summary>The pass for one conversation; 403 for a token of another one.</summary>
    public async Task<ChatPass> EnterAsync(string conversation, HttpContext context)
    {
        var caller = await IdentifyAsync(context);
        return caller.Pass is { } pass && pass.Conversation == conversation
            ? pass
            : throw new DirectLineException(403, "BadArgument", "This token is not for that conversation.");
    }

    /// <summary>429 when a conversation has had enough for now.</summary>
    public void Limit(ChatPass pass, HttpContext context)
    {
        using var lease = _limiter.AttemptAcquire(pass.Place);
        if (lease.IsAcquired)
            return;
        context.Response.Headers.RetryAfter = "2";
        throw new DirectLineException(429, "TooManyRequests", "Too many messages at once: wait as long as Retry-After says.");
    }

    private static bool IsAllowed(HttpContext context, ChatSetting chat)
    {
        var origin = context.Request.Headers.Origin.ToString();
        return origin.Length == 0
            || (Uri.TryCreate(origin, UriKind.Absolute, out var uri) && uri.Authority == context.Request.Host.Value)
            || chat.AllowedOrigins.Contains(origin, StringComparer.OrdinalIgnoreCase);
    }

    public void Dispose() => _limiter.Dispose();
}

/// <summary>Lets pages read what Direct Line answers, and writes its refusals in its own words.</summary>
public sealed partial class DirectLineAnswers(ILogger<DirectLineAnswers> logger) : IFunctionsWorkerMiddleware
{
    /// <summary>Whether a function speaks Direct Line.</summary>
    public static bool Speaks(FunctionContext context) =>
        context.GetHttpContext()?.Request.Path.StartsWithSegments("/api/directline", StringComparison.OrdinalIgnoreCase) == true;

    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        var http = context.GetHttpContext()!;
        if (http.Request.Headers.Origin.ToString() is { Length: > 0 } origin && System.Text.Ascii.IsValid(origin))
        {
            // Which sites are allowed depends on the workspace, and a preflight names none: what counts is the request itself.
            http.Response.Headers.AccessControlAllowOrigin = origin;
            http.Response.Headers.Vary = "Origin";
        }

        try
        {
            await next(context);
        }
        catch (DirectLineException refused)
        {
            Log.Refused(logger, refused.Status, refused.Code);
            context.GetInvocationResult().Value = Problem(refused.Status, refused.Code, refused.Message);
        }
        catch (InvalidRequestException invalid)
        {
            context.GetInvocationResult().Value = Problem(
                invalid.Status,
                invalid.Code,
                string.Join(" ", invalid.Errors?.Values.SelectMany(all => all) ?? [invalid.Message])
            );
        }
    }

    private static JsonHttpResult<DirectLineProblem> Problem(int status, string code, string message) =>
        TypedResults.Json(new DirectLineProblem(new(code, message)), DirectLineJson.Default.DirectLineProblem, statusCode: status);

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "Direct Line refused a request with {Status} {Code}")]
        public static partial void Refused(ILogger logger, int status, string code);
    }
}
