using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;

namespace ForeignApp;

public sealed class HttpFunctions(ILogger<HttpFunctions> logger)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(300);

    [Function("Echo")]
    public async Task<IActionResult> EchoAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", "post", Route = "echo/{id:int}/{name?}")] HttpRequest request,
        int id,
        string? name
    )
    {
        using var reader = new StreamReader(request.Body);
        var body = await reader.ReadToEndAsync();
        return new OkObjectResult(
            new
            {
                id,
                name,
                query = request.QueryString.Value,
                path = request.Path.Value,
                body,
                host = request.Host.Value,
                scheme = request.Scheme,
                address = request.HttpContext.Connection.RemoteIpAddress?.ToString(),
                headers = request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString()),
                pid = Environment.ProcessId,
            }
        );
    }

    [Function("Upload")]
    public async Task<IActionResult> UploadAsync([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "upload")] HttpRequest request)
    {
        long length = 0;
        var buffer = new byte[81_920];
        for (int read; (read = await request.Body.ReadAsync(buffer)) > 0; )
            length += read;
        return new OkObjectResult(length);
    }

    [Function("Stream")]
    public async Task StreamAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "stream/{lines:int}")] HttpRequest request, int lines)
    {
        var response = request.HttpContext.Response;
        response.ContentType = "text/event-stream";
        for (var line = 0; line < lines; line++)
        {
            await response.WriteAsync($"data: {line}\n\n");
            await response.Body.FlushAsync();
            if (line + 1 < lines)
                await Task.Delay(Pause, TimeProvider.System);
        }
    }

    [Function("Throws")]
    public IActionResult Throws([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "throws")] HttpRequest request) =>
        throw new InvalidOperationException("thrown on purpose");

    [Function("Answer")]
    public IActionResult Answer([HttpTrigger(AuthorizationLevel.Anonymous, "get", "delete", Route = "answer/{status:int}")] HttpRequest request, int status)
    {
        request.HttpContext.Response.Headers.Append("Set-Cookie", "a=1; Path=/");
        request.HttpContext.Response.Headers.Append("Set-Cookie", "b=2; HttpOnly");
        if (status == 302)
            request.HttpContext.Response.Headers.Location = "/elsewhere";
        return new StatusCodeResult(status);
    }

    /// <summary>Waits as long as it is told; deaf, it does not notice that it is to stop.</summary>
    [Function("Wait")]
    public async Task<IActionResult> WaitAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "wait/{milliseconds:int}")] HttpRequest request,
        int milliseconds,
        CancellationToken cancellationToken
    )
    {
        Record.Add("Wait", "began");
        try
        {
            var until = request.Query.ContainsKey("deaf") ? CancellationToken.None : cancellationToken;
            await Task.Delay(TimeSpan.FromMilliseconds(milliseconds), TimeProvider.System, until);
            Record.Add("Wait", "ended");
            return new OkObjectResult(milliseconds);
        }
        catch (OperationCanceledException)
        {
            Record.Add("Wait", "cancelled");
            throw;
        }
    }

    [Function("Die")]
    public IActionResult Die([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "die")] HttpRequest request)
    {
        Environment.FailFast("told to");
        return new OkResult();
    }

    [Function("DieIf")]
    public IActionResult DieIf([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "die-if/{pid:int}")] HttpRequest request, int pid)
    {
        if (Environment.ProcessId == pid)
            Environment.FailFast("told to");
        return new OkObjectResult(Environment.ProcessId);
    }

    [Function("Say")]
    public IActionResult Say([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "say/{word}")] HttpRequest request, string word)
    {
        logger.LogInformation("Said by log: {Word}", word);
        Console.WriteLine($"Printed: {word}");
        return new OkResult();
    }

    [Function("Setting")]
    public IActionResult Setting([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "setting/{name}")] HttpRequest request, string name) =>
        Environment.GetEnvironmentVariable(name) is { } value ? new OkObjectResult(value) : new NotFoundResult();

    // Two functions for one path: which one is reached depends on their names alone, as on the Functions host.
    [Function("Overlap")]
    public IActionResult Overlap([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "overlap/{id}")] HttpRequest request, string id) =>
        new OkObjectResult($"by id {id}");

    [Function("OverlapLiteral")]
    public IActionResult OverlapLiteral([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "overlap/literal")] HttpRequest request) =>
        new OkObjectResult("by literal");

    [Function("ZPages")]
    public IActionResult Pages([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "pages/{*path}")] HttpRequest request, string? path) =>
        new OkObjectResult($"page {path}");
}
