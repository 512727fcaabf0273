using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace Helpdesk.Functions.Tests.Email;

/// <summary>SendGrid's API as far as a mail is sent by it.</summary>
internal sealed class SendGridPeer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private SendGridPeer(WebApplication app) => _app = app;

    public ConcurrentQueue<JsonNode> Taken { get; } = new();

    /// <summary>The status that is answered, with its headers.</summary>
    public Func<(int Status, string? RetryAfter)> Answers { get; set; } = () => (202, null);

    public string[] Settings => ["--Mail:SendGrid:ApiKey=SG.test", $"--Mail:SendGrid:Url={_app.Urls.First()}", "--Mail:From=desk@help.example"];

    public static async Task<SendGridPeer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var peer = new SendGridPeer(app);
        app.MapPost(
            "/v3/mail/send",
            async (HttpContext context) =>
            {
                var (status, after) = context.Request.Headers.Authorization == "Bearer SG.test" ? peer.Answers() : (401, null);
                if (status == 202)
                    peer.Taken.Enqueue((await JsonNode.ParseAsync(context.Request.Body))!);
                if (after is not null)
                    context.Response.Headers.RetryAfter = after;
                return status == 202
                    ? Results.StatusCode(202)
                    : Results.Json(new { errors = new[] { new { message = "No, thank you." } } }, statusCode: status);
            }
        );
        await app.StartAsync();
        return peer;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
