using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Helpdesk.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Helpdesk.Functions.Tests.Alerts;

/// <summary>What a tool was asked.</summary>
public sealed record AskedTool(string Method, string Path, string Query, IReadOnlyDictionary<string, string> Headers, string Body)
{
    public JsonNode Json => JsonNode.Parse(Body)!;

    public string Line => $"{Method} {Path}";
}

/// <summary>The APIs of Alertmanager, PagerDuty and Datadog on this machine, as far as the desk uses them, with what they keep.</summary>
public sealed class ToolStandIn : IAsyncDisposable
{
    private readonly WebApplication _app;
    private int _made;

    private ToolStandIn(WebApplication app, int port) => (_app, Port) = (app, port);

    public int Port { get; }

    public string Url => $"http://127.0.0.1:{Port}";

    /// <summary>All that was asked, in order.</summary>
    public ConcurrentQueue<AskedTool> Asked { get; } = new();

    /// <summary>Answers everything with this, and does nothing; null to answer as the tool does.</summary>
    public int? Broken { get; set; }

    /// <summary>Silences and downtimes by id, with what they were made of.</summary>
    public ConcurrentDictionary<string, JsonNode> Kept { get; } = new();

    /// <summary>Alerts that Alertmanager knows, by fingerprint.</summary>
    public ConcurrentDictionary<string, bool> Firing { get; } = new();

    /// <summary>How an incident stands.</summary>
    public string Incident { get; set; } = "triggered";

    /// <summary>How a monitor of Datadog stands.</summary>
    public string Monitor { get; set; } = "Alert";

    public static async Task<ToolStandIn> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var port = AzuriteServer.FreePort();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenLocalhost(port));
        var app = builder.Build();
        var tool = new ToolStandIn(app, port);
        app.Run(tool.AnswerAsync);
        await app.StartAsync();
        return tool;
    }

    public List<string> Lines() => [.. Asked.Select(one => one.Line)];

    private async Task AnswerAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var asked = new AskedTool(
            context.Request.Method,
            context.Request.Path,
            context.Request.QueryString.Value ?? "",
            context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase),
            await reader.ReadToEndAsync()
        );
        Asked.Enqueue(asked);
        if (Broken is { } status)
        {
            context.Response.StatusCode = status;
            await context.Response.WriteAsync("""{"error":{"message":"not today","code":1}}""");
            return;
        }

        if (Answer(asked) is var (code, json) && code != 204)
        {
            context.Response.StatusCode = code;
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync(json?.ToJsonString() ?? "");
        }
        else
            context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private (int Status, JsonNode? Json) Answer(AskedTool asked)
    {
        var name = asked.Path[(asked.Path.LastIndexOf('/') + 1)..];
        switch (asked.Line)
        {
            case "GET /api/v2/silences":
                return (200, new JsonArray([.. Kept.Select(one => Silence(one.Key, one.Value))]));
            case "POST /api/v2/silences":
                var silence = $"silence-{Interlocked.Increment(ref _made)}";
                Kept[silence] = asked.Json;
                return (200, new JsonObject { ["silenceID"] = silence });
            case "GET /api/v2/alerts":
                return (200, new JsonArray([.. Firing.Keys.Select(one => new JsonObject { ["fingerprint"] = one })]));
            case "GET /api/v2/downtime":
                return (
                    200,
                    new JsonObject
                    {
                        ["data"] = new JsonArray([
                            .. Kept.Select(one => new JsonObject
                            {
                                ["id"] = one.Key,
                                ["type"] = "downtime",
                                ["attributes"] = one.Value["data"]!["attributes"]!.DeepClone(),
                            }),
                        ]),
                    }
                );
            case "POST /api/v2/downtime":
                var downtime = $"downtime-{Interlocked.Increment(ref _made)}";
                Kept[downtime] = asked.Json;
                return (200, new JsonObject { ["data"] = new JsonObject { ["id"] = downtime } });
            case var line when line.StartsWith("DELETE /api/v2/silence/", StringComparison.Ordinal):
                return (Kept.TryRemove(name, out _) ? 200 : 404, null);
            case var line when line.StartsWith("DELETE /api/v2/downtime/", StringComparison.Ordinal):
                return (Kept.TryRemove(name, out _) ? 204 : 404, null);
            case var line when line.StartsWith("GET /api/v1/monitor/", StringComparison.Ordinal):
                return (200, new JsonObject { ["overall_state"] = Monitor });
            case var line when line.StartsWith("GET /incidents/", StringComparison.Ordinal):
                return (
                    200,
                    new JsonObject
                    {
                        ["incident"] = new JsonObject { ["id"] = name, ["status"] = Incident },
                    }
                );
            case var line when line.StartsWith("PUT /incidents/", StringComparison.Ordinal):
                if (Incident == "resolved")
                    return (400, new JsonObject { ["error"] = new JsonObject { ["message"] = "Incident Already Resolved" } });
                Incident = asked.Json["incident"]!["status"]!.GetValue<string>();
                return (
                    200,
                    new JsonObject
                    {
                        ["incident"] = new JsonObject { ["id"] = name, ["status"] = Incident },
                    }
                );
            default:
                return (404, null);
        }
    }

    private static JsonNode Silence(string id, JsonNode made)
    {
        var silence = made.DeepClone().AsObject();
        silence["id"] = id;
        silence["status"] = new JsonObject { ["state"] = "active" };
        return silence;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();
}
