using System.Net;
using Helpdesk.LocalHost.Rpc;
using Yarp.ReverseProxy.Forwarder;

namespace Helpdesk.LocalHost.Http;

/// <summary>What a request becomes on its way to the worker, and an answer on its way back.</summary>
internal sealed class RequestForwarding(string invocationId, Task<InvocationResponse> call) : HttpTransformer
{
    private const string InvocationHeader = "x-ms-invocation-id";

    /// <summary>Whether the function failed; then nothing has been answered yet.</summary>
    public bool Failed { get; private set; }

    public override async ValueTask TransformRequestAsync(
        HttpContext httpContext,
        HttpRequestMessage proxyRequest,
        string destinationPrefix,
        CancellationToken cancellationToken
    )
    {
        await base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken);
        var headers = proxyRequest.Headers;
        // What a client says of itself in these is not to be believed.
        foreach (var name in httpContext.Request.Headers.Keys)
        {
            if (
                name.StartsWith("X-Forwarded-", StringComparison.OrdinalIgnoreCase)
                || name.Equals("Forwarded", StringComparison.OrdinalIgnoreCase)
                || name.Equals(InvocationHeader, StringComparison.OrdinalIgnoreCase)
            )
                headers.Remove(name);
        }

        headers.Host = null;
        headers.TryAddWithoutValidation(InvocationHeader, invocationId);
        headers.TryAddWithoutValidation("X-Forwarded-Host", httpContext.Request.Host.Value);
        headers.TryAddWithoutValidation("X-Forwarded-Proto", httpContext.Request.Scheme);
        headers.TryAddWithoutValidation("X-Forwarded-For", httpContext.Connection.RemoteIpAddress?.ToString());
    }

    /// <remarks>The worker answers 200 without a body when the function threw, so such an answer waits for the outcome of the call.</remarks>
    public override async ValueTask<bool> TransformResponseAsync(
        HttpContext httpContext,
        HttpResponseMessage? proxyResponse,
        CancellationToken cancellationToken
    )
    {
        if (
            proxyResponse is { StatusCode: HttpStatusCode.OK, Content.Headers.ContentLength: 0 }
            && (await call).Result.Status != StatusResult.Types.Status.Success
        )
        {
            Failed = true;
            httpContext.Response.StatusCode = StatusCodes.Status500InternalServerError;
            return false;
        }

        return await base.TransformResponseAsync(httpContext, proxyResponse, cancellationToken);
    }
}
