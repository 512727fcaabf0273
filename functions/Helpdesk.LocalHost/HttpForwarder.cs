using System.Net;
using Microsoft.AspNetCore.Routing.Constraints;
using Microsoft.Extensions.Primitives;

namespace Helpdesk.LocalHost;

/// <summary>Forwards HTTP to the handler as the Functions host does, its peculiarities included.</summary>
/// <remarks>A path is decoded twice and collapsed, repeated query names become one comma list, chunked requests get 500, answers are buffered.</remarks>
public sealed class HttpForwarder(HandlerProcess handler, FunctionApp app) : IDisposable
{
    private const long BodyLimit = 104_857_600;

    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler
    {
        UseProxy = false,
        AllowAutoRedirect = false,
        UseCookies = false,
        AutomaticDecompression = DecompressionMethods.None,
        ActivityHeadersPropagator = null,
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(20),
    });

    /// <summary>Maps the routes of all HTTP functions.</summary>
    public void Map(WebApplication web)
    {
        foreach (var function in app.Http)
        {
            var route = app.RoutePrefix.Length == 0 ? function.Route : $"{app.RoutePrefix}/{function.Route}";
            var endpoint = function.Methods.Count == 0 ? web.Map(route, ForwardAsync) : web.MapMethods(route, function.Methods, ForwardAsync);
            endpoint.WithDisplayName(function.Name);
        }
    }

    /// <summary>Lets routes use the constraint that keeps outsiders out.</summary>
    public static void AddConstraints(IServiceCollection services) =>
        services.Configure<RouteOptions>(options => options.SetParameterPolicy<RegexInlineRouteConstraint>("regex"));

    /// <summary>The path and query that the handler gets to see.</summary>
    public static string ForwardedPath(string decodedPath, IQueryCollection query)
    {
        var rebuilt = string.Join('&', query.Select(pair => $"{Uri.EscapeDataString(pair.Key)}={EscapeValue(pair.Value)}"));
        // The host puts the decoded path into a new URI: that decodes once more, turns \ into /, and collapses dot segments.
        var uri = new Uri($"http://127.0.0.1{decodedPath}{(rebuilt.Length > 0 ? "?" + rebuilt : "")}");
        return uri.PathAndQuery;
    }

    public void Dispose() => _http.Dispose();

    private static string EscapeValue(StringValues values) => string.Join(',', values.Select(value => Uri.EscapeDataString(value ?? "")));

    private async Task ForwardAsync(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        if (request.Headers.TransferEncoding.Count > 0 || request.ContentLength > BodyLimit)
        {
            response.StatusCode = StatusCodes.Status500InternalServerError;
            return;
        }

        if (await handler.WhenReadyAsync(context.RequestAborted) is not { } address)
        {
            response.StatusCode = StatusCodes.Status500InternalServerError;
            return;
        }

        using var forwarded = new HttpRequestMessage(new HttpMethod(request.Method), new Uri(address, ForwardedPath(request.Path.Value ?? "/", request.Query)));
        if (request.ContentLength > 0)
        {
            var body = new MemoryStream((int)request.ContentLength);
            await request.Body.CopyToAsync(body, context.RequestAborted);
            body.Position = 0;
            forwarded.Content = new StreamContent(body);
        }
        else if (HttpMethods.IsPost(request.Method) || HttpMethods.IsPut(request.Method) || HttpMethods.IsPatch(request.Method))
        {
            forwarded.Content = new ByteArrayContent([]);
        }

        foreach (var (name, values) in request.Headers)
        {
            // A call without a body loses its content type.
            if (name.StartsWith("Content-", StringComparison.OrdinalIgnoreCase))
            {
                if (request.ContentLength > 0)
                    forwarded.Content!.Headers.TryAddWithoutValidation(name, values.AsEnumerable());
            }
            else if (!name.Equals("Connection", StringComparison.OrdinalIgnoreCase) && !name.Equals("Expect", StringComparison.OrdinalIgnoreCase) && !name.Equals("User-Agent", StringComparison.OrdinalIgnoreCase))
            {
                forwarded.Headers.TryAddWithoutValidation(name, values.AsEnumerable());
            }
        }

        forwarded.Headers.TryAddWithoutValidation("User-Agent", $"{request.Headers.UserAgent} Azure-Functions-Host/{InvocationEnvelope.HostVersion}".Trim());
        forwarded.Headers.TryAddWithoutValidation("X-Azure-Functions-HostVersion", InvocationEnvelope.HostVersion);
        forwarded.Headers.TryAddWithoutValidation("X-Azure-Functions-InvocationId", Guid.NewGuid().ToString());

        using var limit = new CancellationTokenSource(app.FunctionTimeout);
        try
        {
            // The handler is not told when a client goes away.
            using var answer = await _http.SendAsync(forwarded, limit.Token);
            var body = await answer.Content.ReadAsByteArrayAsync(limit.Token);
            response.StatusCode = (int)answer.StatusCode;
            foreach (var (name, values) in answer.Headers.NonValidated.Concat(answer.Content.Headers.NonValidated))
            {
                if (!name.Equals("Transfer-Encoding", StringComparison.OrdinalIgnoreCase) && !name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase))
                    response.Headers[name] = new StringValues([.. values]);
            }

            if (HttpMethods.IsHead(request.Method) || response.StatusCode is 204 or 304)
                return;
            response.ContentLength = body.Length;
            await response.Body.WriteAsync(body, context.RequestAborted);
        }
        catch (HttpRequestException)
        {
            response.StatusCode = StatusCodes.Status500InternalServerError;
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            handler.Kill();
            response.StatusCode = StatusCodes.Status500InternalServerError;
        }
    }
}
