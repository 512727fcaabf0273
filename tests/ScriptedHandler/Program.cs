using System.Net;
using System.Text;
using System.Text.Json.Nodes;

// A custom handler that does what its calls say, and writes down exactly what it received: one line of JSON per call.
var record = Environment.GetEnvironmentVariable("RECORD") ?? throw new InvalidOperationException("RECORD names the file to write to.");
if (Environment.GetEnvironmentVariable("DIE_AT_START") == "true")
    return 3;

var builder = WebApplication.CreateSlimBuilder();
builder.Logging.ClearProviders();
builder.WebHost.ConfigureKestrel(kestrel =>
{
    kestrel.Limits.MaxRequestBodySize = null;
    kestrel.Listen(IPAddress.Loopback, int.Parse(Environment.GetEnvironmentVariable("FUNCTIONS_CUSTOMHANDLER_PORT")!, System.Globalization.CultureInfo.InvariantCulture));
});
await using var app = builder.Build();
var gate = new Lock();

void Record(JsonObject line)
{
    lock (gate)
        File.AppendAllText(record, line.ToJsonString() + "\n");
}

Record(new() { ["started"] = Environment.ProcessId, ["root"] = Environment.GetEnvironmentVariable("FUNCTIONS_APP_ROOT_PATH"), ["storage"] = Environment.GetEnvironmentVariable("AzureWebJobsStorage") });
app.Run(async context =>
{
    var request = context.Request;
    var url = context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestFeature>()!.RawTarget;
    if (url == "/")
        return;
    using var reader = new StreamReader(request.Body, Encoding.UTF8);
    var body = await reader.ReadToEndAsync();
    var headers = new JsonObject();
    foreach (var (name, values) in request.Headers)
        headers[name] = values.ToString();
    Record(new() { ["method"] = request.Method, ["url"] = url, ["headers"] = headers, ["body"] = body.Length > 100_000 ? "long" : body });

    // The last word of the script counts, wherever it stands: in the query of a forwarded call, in the text of a message.
    var script = request.Query["b"].ToString() is { Length: > 0 } b ? b : body;
    bool Says(string word) => script.Contains(word, StringComparison.Ordinal);
    if (Says("exit3"))
        Environment.FailFast("told to");
    if (Says("exit0"))
        app.Lifetime.StopApplication();
    if (Says("destroy"))
        context.Abort();
    if (Says("hang"))
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
    if (Says("fail-once") && !File.Exists(record + ".failed"))
    {
        await File.WriteAllTextAsync(record + ".failed", "");
        context.Response.StatusCode = 500;
        return;
    }

    context.Response.StatusCode = Says("q-500") || Says("f-500") ? 500 : Says("f-302") ? 302 : Says("f-204") ? 204 : Says("f-304") ? 304 : Says("f-418") ? 418 : 201;
    if (Says("f-302"))
        context.Response.Headers.Location = "/api/tickets/9";
    if (Says("f-cookies"))
        context.Response.Headers.SetCookie = new(["a=1; Path=/", "b=2; HttpOnly"]);
    if (Says("f-noctype"))
        context.Response.StatusCode = 200;
    else if (context.Response.StatusCode is not (204 or 304))
        context.Response.ContentType = Says("text-type") ? "text/plain" : "application/json";
    context.Response.Headers["X-From-Handler"] = "yes";
    if (context.Response.StatusCode is not (204 or 304))
        await context.Response.WriteAsync(Says("array") ? "[]" : Says("garbage") ? "{" : """{"ok":true}""");
});
await app.RunAsync();
return Environment.GetEnvironmentVariable("EXIT_CODE") is { } code ? int.Parse(code, System.Globalization.CultureInfo.InvariantCulture) : 0;
