using System.Text.Json;
using Helpdesk.Bot.Conversations;
using Helpdesk.Functions.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.WebChat;

/// <summary>Direct Line 3.0, as far as Web Chat speaks it without web sockets: tokens, and the beginning and renewing of conversations.</summary>
public sealed class DirectLine(DirectLineAccess access, ChatTokens tokens, ChatLimit limit, ChatTurns turns)
{
    /// <summary>
    /// Issues a token for a new conversation: to a page with the public chat key, or to a server with a key of its own, which may say who the person
    /// is.
    /// </summary>
    [Function(nameof(GenerateChatToken)), Public]
    public async Task<JsonHttpResult<DirectLineConversation>> GenerateChatToken(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/directline/tokens/generate")] HttpContext context,
        CancellationToken cancellationToken
    )
    {
        limit.Check(context);
        var caller = await access.IdentifyAsync(context);
        var (user, _) = await ReadStartAsync(context);
        var pass = caller.Pass ?? NewPass(caller, user);
        return TypedResults.Json(await AnswerAsync(pass, tokens, cancellationToken), DirectLineJson.Default.DirectLineConversation);
    }

    /// <summary>Renews a token that is not over yet.</summary>
    [Function(nameof(RefreshChatToken)), Public]
    public async Task<JsonHttpResult<DirectLineConversation>> RefreshChatToken(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/directline/tokens/refresh")] HttpContext context,
        CancellationToken cancellationToken
    )
    {
        var caller = await access.IdentifyAsync(context);
        var pass = caller.Pass ?? throw new DirectLineException(403, "BadArgument", "Only a token can be renewed: have one issued with tokens/generate.");
        return TypedResults.Json(await AnswerAsync(pass, tokens, cancellationToken), DirectLineJson.Default.DirectLineConversation);
    }

    /// <summary>Begins the token's conversation, or goes on with it; the bot says hello once.</summary>
    [Function(nameof(StartChat)), Public]
    public async Task<JsonHttpResult<DirectLineConversation>> StartChat(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/directline/conversations")] HttpContext context,
        CancellationToken cancellationToken
    )
    {
        limit.Check(context);
        var caller = await access.IdentifyAsync(context);
        var (user, locale) = await ReadStartAsync(context);
        var pass = caller.Pass ?? NewPass(caller, user);
        var replies = await turns.GreetAsync(pass, locale, cancellationToken);
        return TypedResults.Json(
            await AnswerAsync(pass, tokens, cancellationToken),
            DirectLineJson.Default.DirectLineConversation,
            statusCode: replies > 0 ? 201 : 200
        );
    }

    /// <summary>The conversation again, for a client that was cut off.</summary>
    [Function(nameof(ReconnectChat)), Public]
    public async Task<JsonHttpResult<DirectLineConversation>> ReconnectChat(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/directline/conversations/{conversation}")] HttpContext context,
        string conversation,
        CancellationToken cancellationToken
    ) =>
        TypedResults.Json(
            await AnswerAsync(await access.EnterAsync(conversation, context), tokens, cancellationToken),
            DirectLineJson.Default.DirectLineConversation
        );

    /// <summary>What a browser asks before it sends anything.</summary>
    [Function(nameof(DirectLinePreflight)), Public]
    public NoContent DirectLinePreflight([HttpTrigger(AuthorizationLevel.Anonymous, "options", Route = "api/directline/{*any}")] HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.AccessControlAllowMethods = "GET, POST, OPTIONS";
        headers.AccessControlAllowHeaders = "authorization, content-type, x-ms-bot-agent, x-requested-with";
        headers.AccessControlMaxAge = "7200";
        return TypedResults.NoContent();
    }

    private static async Task<DirectLineConversation> AnswerAsync(ChatPass pass, ChatTokens tokens, CancellationToken cancellationToken) =>
        new(pass.Conversation, await tokens.IssueAsync(pass, cancellationToken), (int)tokens.Lifetime.TotalSeconds);

    private static ChatPass NewPass(DirectLineCaller caller, StartingUser user) =>
        new(
            caller.Workspace,
            Hashes.RandomName(20),
            caller.Vouches && user.Id is not null ? user.Id : $"person-{Hashes.RandomName(20)}",
            user.Name,
            caller.Vouches ? user.Email : null
        );

    private static async Task<(StartingUser User, string? Locale)> ReadStartAsync(HttpContext context)
    {
        var body = await RequestBody.ReadUtf8Async(context);
        if (body.IsEmpty)
            return (new(null, null, null), null);
        try
        {
            if (TextEncodings.HasLoneSurrogate(body.Span, namesOnly: false))
                throw new DirectLineException(400, "BadSyntax", "The body holds half of a character (a lone surrogate).");
            using var document = JsonDocument.Parse(body);
            var root = document.RootElement;
            var user =
                root.ValueKind == JsonValueKind.Object && root.TryGetProperty("user", out var given) && given.ValueKind == JsonValueKind.Object
                    ? given
                    : default;
            var email = Text(user, "email", 254);
            if (email is not null && !RequesterDialog.IsEmail(email))
                throw new DirectLineException(400, "BadArgument", "user.email is not an e-mail address.");
            return (
                new(Text(user, "id", 100), Text(user, "name", 100) is { } name && VisibleText.Of(name) is { Length: > 0 } seen ? seen : null, email),
                Text(root, "locale", 20)
            );
        }
        catch (JsonException)
        {
            throw new DirectLineException(400, "BadSyntax", "The body is not JSON.");
        }
    }

    private static string? Text(JsonElement of, string name, int most) =>
        of.ValueKind == JsonValueKind.Object
        && of.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.String
        && value.GetString() is { Length: > 0 } text
        && text.Length <= most
        && !text.Any(char.IsControl)
            ? text
            : null;

    private sealed record StartingUser(string? Id, string? Name, string? Email);
}
