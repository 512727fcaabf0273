using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Helpdesk.Testing;

/// <summary>What a connector was asked to do.</summary>
public sealed record ConnectorCall(string Method, string Conversation, string? ActivityId, JsonNode? Body, string? Authorization, string Id);

/// <summary>A Bot Connector that checks what the real one checks, keeps what it takes, and can be told to fail.</summary>
/// <remarks>The rules and answers are those of the recordings: 400, 403, 404, 413 and 429 with their codes.</remarks>
public sealed class ReferenceConnector : IAsyncDisposable
{
    private static readonly string[] Types =
    [
        "message",
        "typing",
        "event",
        "trace",
        "endOfConversation",
        "invoke",
        "messageReaction",
        "messageUpdate",
        "messageDelete",
        "conversationUpdate",
    ];
    private readonly WebApplication _web;
    private readonly ConcurrentQueue<ConnectorCall> _calls = new();
    private readonly ConcurrentDictionary<string, ConcurrentDictionary<string, JsonNode>> _conversations = new();
    private readonly ConcurrentQueue<(int Status, string? RetryAfter)> _faults = new();
    private long _ids = 1795353875000;

    private ReferenceConnector(WebApplication web) => _web = web;

    public string ServiceUrl { get; private set; } = "";

    /// <summary>Everything that was taken, in order.</summary>
    public IReadOnlyList<ConnectorCall> Calls => [.. _calls];

    /// <summary>What was refused and why.</summary>
    public ConcurrentQueue<string> Refused { get; } = new();

    /// <summary>Members that every conversation has, by id.</summary>
    public ConcurrentDictionary<string, JsonObject> Members { get; } = new();

    /// <summary>Whether a token is asked for.</summary>
    public string? Token { get; set; }

    /// <summary>Files that can be fetched, by path.</summary>
    public ConcurrentDictionary<string, (string Type, byte[] Bytes)> Files { get; } = new();

    public static async Task<ReferenceConnector> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services.AddRoutingCore();
        builder.Logging.ClearProviders();
        var web = builder.Build();
        var connector = new ReferenceConnector(web);
        web.Run(connector.HandleAsync);
        await web.StartAsync();
        connector.ServiceUrl = web.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single() + "/_connector";
        return connector;
    }

    /// <summary>Makes a conversation known.</summary>
    public void Open(string conversation) => _conversations.TryAdd(conversation, new());

    /// <summary>Removes the bot from a conversation: it is answered 403 from then on.</summary>
    public void Block(string conversation) => Blocked[conversation] = true;

    private ConcurrentDictionary<string, bool> Blocked { get; } = new();

    /// <summary>Forgets what was said so far.</summary>
    public void Forget()
    {
        _calls.Clear();
        foreach (var activities in _conversations.Values)
            activities.Clear();
    }

    /// <summary>Answers the next requests like this.</summary>
    public void Fail(int status, int times = 1, string? retryAfter = null)
    {
        for (var i = 0; i < times; i++)
            _faults.Enqueue((status, retryAfter));
    }

    /// <summary>The activities of a conversation as they stand now, changed ones in their place.</summary>
    public IReadOnlyList<JsonNode> Shown(string conversation) =>
        _conversations.TryGetValue(conversation, out var activities)
            ? [.. activities.OrderBy(pair => long.Parse(pair.Key, CultureInfo.InvariantCulture)).Select(pair => pair.Value)]
            : [];

    public async ValueTask DisposeAsync()
    {
        await _web.StopAsync();
        await _web.DisposeAsync();
    }

    private async Task HandleAsync(HttpContext context)
    {
        var path = (context.Request.Path.Value ?? "").Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (path is ["_connector", "files", ..] && Files.TryGetValue(string.Join('/', path[2..]), out var file))
        {
            context.Response.ContentType = file.Type;
            await context.Response.Body.WriteAsync(file.Bytes);
            return;
        }

        using var reader = new StreamReader(context.Request.Body);
        var text = await reader.ReadToEndAsync();
        var authorization = context.Request.Headers.Authorization.ToString() is { Length: > 0 } given ? given : null;
        if (Token is not null && authorization != $"Bearer {Token}")
        {
            await RefuseAsync(context, 401, "Unauthorized", "no or another token");
            return;
        }

        if (_faults.TryDequeue(out var fault))
        {
            if (fault.RetryAfter is not null)
                context.Response.Headers.RetryAfter = fault.RetryAfter;
            await RefuseAsync(context, fault.Status, "Passing", "told to fail");
            return;
        }

        if (text.Length > 100 * 1024)
        {
            await RefuseAsync(context, 413, "MessageSizeTooBig", "too large");
            return;
        }

        // A client that does not escape the id of a thread is cut off at the semicolon by some proxies.
        if (context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestFeature>()!.RawTarget.Contains(';', StringComparison.Ordinal))
        {
            await RefuseAsync(context, 400, "BadArgument", "the conversation's id is not escaped");
            return;
        }

        var body = text.Length == 0 ? null : JsonNode.Parse(text);
        if (path is ["_connector", "v3", "conversations"] && context.Request.Method == "POST")
        {
            var made = NextId();
            Open(made);
            await AnswerAsync(context, 201, new JsonObject { ["id"] = made });
            return;
        }

        if (path is ["_connector", "v3", "teams", var team, ..])
        {
            await (
                path.Length == 4
                    ? AnswerAsync(
                        context,
                        200,
                        new JsonObject
                        {
                            ["id"] = team,
                            ["name"] = "My Team",
                            ["aadGroupId"] = "g",
                        }
                    )
                    : AnswerAsync(context, 200, new JsonObject { ["conversations"] = new JsonArray(new JsonObject { ["id"] = team }) })
            );
            return;
        }

        if (path is not ["_connector", "v3", "conversations", var conversation, ..] || !_conversations.TryGetValue(conversation.Split(';')[0], out var root))
        {
            await RefuseAsync(context, 404, "ConversationNotFound", "no such conversation");
            return;
        }

        if (Blocked.ContainsKey(conversation.Split(';')[0]))
        {
            await RefuseAsync(context, 403, "BotNotInConversationRoster", "the bot was removed");
            return;
        }

        var activities = conversation.Contains(';', StringComparison.Ordinal) ? _conversations.GetOrAdd(conversation, _ => new()) : root;
        switch (path[4..], context.Request.Method)
        {
            case (["members", var member], "GET"):
                await (
                    Members.TryGetValue(member, out var account)
                        ? AnswerAsync(context, 200, account.DeepClone())
                        : RefuseAsync(context, 404, "MemberNotFoundInConversation", "no such member")
                );
                break;
            case (["members"], "GET"):
                await AnswerAsync(context, 200, new JsonArray([.. Members.Values.Select(one => one.DeepClone())]));
                break;
            case (["pagedmembers"], "GET"):
                await AnswerAsync(
                    context,
                    200,
                    new JsonObject
                    {
                        ["members"] = new JsonArray([
                            .. Members.Values.Take(int.Parse(context.Request.Query["pageSize"]!, CultureInfo.InvariantCulture)).Select(one => one.DeepClone()),
                        ]),
                    }
                );
                break;
            case (["activities"] or ["activities", _], "POST"):
                if (Wrong(body) is { } problem)
                {
                    await RefuseAsync(context, 400, "BadSyntax", problem);
                    break;
                }

                var id = NextId();
                activities[id] = body!;
                _calls.Enqueue(new("POST", conversation, path.Length > 5 ? path[5] : null, body, authorization, id));
                await AnswerAsync(context, body!["type"]!.GetValue<string>() is "typing" or "trace" ? 202 : 201, new JsonObject { ["id"] = id });
                break;
            case (["activities", var changed], "PUT"):
                if (!activities.ContainsKey(changed))
                {
                    await RefuseAsync(context, 404, "ActivityNotFoundInConversation", "no such activity");
                    break;
                }

                if (Wrong(body) is { } wrong)
                {
                    await RefuseAsync(context, 400, "BadSyntax", wrong);
                    break;
                }

                activities[changed] = body!;
                _calls.Enqueue(new("PUT", conversation, changed, body, authorization, changed));
                await AnswerAsync(context, 200, new JsonObject { ["id"] = changed });
                break;
            case (["activities", var gone], "DELETE"):
                if (!activities.TryRemove(gone, out _))
                {
                    await RefuseAsync(context, 404, "ActivityNotFoundInConversation", "no such activity");
                    break;
                }

                _calls.Enqueue(new("DELETE", conversation, gone, null, authorization, gone));
                context.Response.StatusCode = 200;
                break;
            default:
                await RefuseAsync(context, 404, "NotFound", "no such address");
                break;
        }
    }

    private static string? Wrong(JsonNode? body)
    {
        if (body is not JsonObject activity)
            return "no activity";
        if (activity["type"]?.GetValue<string>() is not { } type || !Types.Contains(type))
            return "missing or unknown type";
        var message = activity["text"]?.GetValue<string>() ?? "";
        if (type == "message" && message.Length == 0 && activity["attachments"] is not JsonArray { Count: > 0 })
            return "an empty message";
        if (activity["textFormat"] is { } format && format.GetValue<string>() is not ("plain" or "markdown" or "xml"))
            return "wrong textFormat";
        foreach (var attachment in activity["attachments"] as JsonArray ?? [])
        {
            if (attachment?["contentType"] is null)
                return "an attachment without a type";
            if (
                attachment["contentType"]!.GetValue<string>() == "application/vnd.microsoft.card.adaptive"
                && attachment["content"]?["type"]?.GetValue<string>() != "AdaptiveCard"
            )
                return "a card that is none";
        }

        foreach (var mention in (activity["entities"] as JsonArray ?? []).Where(entity => entity?["type"]?.GetValue<string>() == "mention"))
        {
            if (!message.Contains(mention!["text"]?.GetValue<string>() ?? "\0", StringComparison.Ordinal))
                return "a mention whose text is not in the message";
        }

        return null;
    }

    private Task RefuseAsync(HttpContext context, int status, string code, string why)
    {
        Refused.Enqueue($"{context.Request.Method} {context.Request.Path}: {status} {code}, {why}");
        return AnswerAsync(
            context,
            status,
            new JsonObject
            {
                ["error"] = new JsonObject { ["code"] = code, ["message"] = why },
            }
        );
    }

    private static async Task AnswerAsync(HttpContext context, int status, JsonNode body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json; charset=utf-8";
        await context.Response.WriteAsync(body.ToJsonString());
    }

    private string NextId() => Interlocked.Increment(ref _ids).ToString(CultureInfo.InvariantCulture);
}
