using System.Globalization;
using System.Text.Json;
using Helpdesk.Bot.Conversations;
using Helpdesk.Bot.Protocol;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Intake;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.DurableTask.Client;
using Microsoft.Net.Http.Headers;

namespace Helpdesk.Functions.Chat;

/// <summary>Direct Line 3.0, as far as Web Chat speaks it without web sockets: the Functions host has none, so a poll waits for what is said.</summary>
[OtherProtocol]
public sealed partial class DirectLine(
    DirectLineAccess access, ChatTokens tokens, ChatLimit limit, ChatTurns turns, ConversationStore conversations, ConversationSignals signals, TimeProvider time, ILogger<ConversationStore> logger, AttachmentStore files, TaskHub hub)
{
    /// <summary>The largest message, in bytes; files go their own way.</summary>
    public const int MessageLimit = 512 * 1024;

    /// <summary>How long a poll waits; clients give up after 20 seconds.</summary>
    private static readonly TimeSpan PollFor = TimeSpan.FromSeconds(15);

    private const int PageSize = 200;

    /// <summary>Issues a token for a new conversation: to a page with the public chat key, or to a server with a key of its own, which may say who the person is.</summary>
    [Function(nameof(GenerateChatToken)), Public]
    public async Task<JsonHttpResult<DirectLineConversation>> GenerateChatToken(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/directline/tokens/generate")] HttpContext context, CancellationToken cancel)
    {
        limit.Check(context);
        var caller = await access.IdentifyAsync(context);
        var (user, _) = await ReadStartAsync(context);
        var pass = caller.Pass ?? NewPass(caller, user);
        return TypedResults.Json(await AnswerAsync(pass, tokens, cancel), DirectLineJson.Default.DirectLineConversation);
    }

    /// <summary>Renews a token that is not over yet.</summary>
    [Function(nameof(RefreshChatToken)), Public]
    public async Task<JsonHttpResult<DirectLineConversation>> RefreshChatToken(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/directline/tokens/refresh")] HttpContext context, CancellationToken cancel)
    {
        var caller = await access.IdentifyAsync(context);
        var pass = caller.Pass ?? throw new DirectLineException(403, "BadArgument", "Only a token can be renewed: have one issued with tokens/generate.");
        return TypedResults.Json(await AnswerAsync(pass, tokens, cancel), DirectLineJson.Default.DirectLineConversation);
    }

    /// <summary>Begins the token's conversation, or goes on with it; the bot says hello once.</summary>
    [Function(nameof(StartChat)), Public]
    public async Task<JsonHttpResult<DirectLineConversation>> StartChat(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/directline/conversations")] HttpContext context, CancellationToken cancel)
    {
        limit.Check(context);
        var caller = await access.IdentifyAsync(context);
        var (user, locale) = await ReadStartAsync(context);
        var pass = caller.Pass ?? NewPass(caller, user);
        var (_, replies) = await turns.RunAsync(new(pass.Place), IntakeChannel.Chat, PersonOf(pass, null), new PersonJoined(), "joined", locale, null, WebChatReplies.Write, cancel);
        return TypedResults.Json(await AnswerAsync(pass, tokens, cancel), DirectLineJson.Default.DirectLineConversation, statusCode: replies.Count > 0 ? 201 : 200);
    }

    /// <summary>The conversation again, for a client that was cut off.</summary>
    [Function(nameof(ReconnectChat)), Public]
    public async Task<JsonHttpResult<DirectLineConversation>> ReconnectChat(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/directline/conversations/{conversation}")] HttpContext context,
        string conversation, CancellationToken cancel) =>
        TypedResults.Json(await AnswerAsync(await access.EnterAsync(conversation, context), tokens, cancel), DirectLineJson.Default.DirectLineConversation);

    /// <summary>What was said after a watermark. When there is nothing it waits; a fault of storage that passes is no reason to end the conversation.</summary>
    [Function(nameof(GetActivities)), Public]
    public async Task<JsonHttpResult<DirectLineActivities>> GetActivities(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/directline/conversations/{conversation}/activities")] HttpContext context,
        string conversation, CancellationToken cancel)
    {
        var pass = await access.EnterAsync(conversation, context);
        var after = long.TryParse(context.Request.Query["watermark"], NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number < 1_000_000_000 ? number : 0;
        var until = time.GetUtcNow() + (int.TryParse(context.Request.Query["wait"], NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds < PollFor.TotalSeconds ? TimeSpan.FromSeconds(seconds) : PollFor);
        context.Response.Headers.CacheControl = "no-store";
        using var listener = signals.Listen(pass.Place);
        for (var first = true; ; first = false)
        {
            // What this very process has just said need not be asked of storage.
            if (listener.Heard is { } heard && heard.After == after)
                return TypedResults.Json(new DirectLineActivities(heard.Activities, Watermark(after + heard.Activities.Count)), DirectLineJson.Default.DirectLineActivities);
            try
            {
                var count = await conversations.CountTranscriptAsync(pass.Place, cancel);
                if (count > after)
                {
                    if (!first && listener.Heard is null)
                        signals.FoundFromElsewhere(pass.Place);
                    var (activities, watermark) = await conversations.ReadTranscriptAsync(pass.Place, after, PageSize, cancel);
                    return TypedResults.Json(new DirectLineActivities(activities, Watermark(watermark)), DirectLineJson.Default.DirectLineActivities);
                }

                if (time.GetUtcNow() >= until)
                    return TypedResults.Json(new DirectLineActivities([], Watermark(after)), DirectLineJson.Default.DirectLineActivities);
            }
            catch (Exception passing) when (ProblemAnswers.StorageFailure(passing) is { } fault && !cancel.IsCancellationRequested)
            {
                Log.PollFailed(logger, fault);
                if (time.GetUtcNow() >= until)
                    return TypedResults.Json(new DirectLineActivities([], Watermark(after)), DirectLineJson.Default.DirectLineActivities);
            }

            await listener.WaitAsync(until - time.GetUtcNow() is { Ticks: > 0 } left ? left : TimeSpan.FromMilliseconds(1), cancel);
        }
    }

    /// <summary>Takes what a person says; it is answered when it is stored together with what the bot says to it.</summary>
    [Function(nameof(PostActivity)), Public]
    public async Task<JsonHttpResult<DirectLineId>> PostActivity(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/directline/conversations/{conversation}/activities")] HttpContext context,
        string conversation, [DurableClient] DurableTaskClient durable, CancellationToken cancel)
    {
        hub.Learn(durable);
        var pass = await access.EnterAsync(conversation, context);
        var body = await RequestBody.ReadAsync(context);
        if (body.Length > MessageLimit)
            throw new DirectLineException(413, "MessageSizeTooBig", $"A message may have {MessageLimit / 1024} KB; send long texts as a file.");
        var activity = ReadActivity(body.Span);
        if (activity.Type == ActivityTypes.Message)
            access.Limit(pass, context);
        return await TakeAsync(pass, activity, [], turns, cancel);
    }

    /// <summary>Takes a message with files: one part named <c>activity</c>, then the files.</summary>
    [Function(nameof(UploadToChat)), Public]
    public async Task<JsonHttpResult<DirectLineId>> UploadToChat(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/directline/conversations/{conversation}/upload")] HttpContext context,
        string conversation, [DurableClient] DurableTaskClient durable, CancellationToken cancel)
    {
        hub.Learn(durable);
        var pass = await access.EnterAsync(conversation, context);
        // Before anything is kept.
        access.Limit(pass, context);
        if (!MediaTypeHeaderValue.TryParse(context.Request.ContentType, out var type) || !type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase)
            || HeaderUtilities.RemoveQuotes(type.Boundary).Value is not { Length: > 0 and <= 200 } boundary)
            throw new DirectLineException(415, "BadArgument", "Send files as multipart/form-data.");

        Activity? activity = null;
        var received = new List<(string Name, string Type, byte[] Bytes)>();
        try
        {
            var reader = new MultipartReader(boundary, context.Request.Body) { BodyLengthLimit = AttachmentStore.FileLimit, HeadersCountLimit = 16 };
            while (await reader.ReadNextSectionAsync(cancel) is { } section)
            {
                if (!ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var disposition))
                    continue;
                using var bytes = new MemoryStream();
                await section.Body.CopyToAsync(bytes, cancel);
                if (HeaderUtilities.RemoveQuotes(disposition.Name) == "activity")
                {
                    activity = ReadActivity(bytes.Length > MessageLimit ? throw new DirectLineException(413, "MessageSizeTooBig", "The message is too large.") : bytes.ToArray());
                    continue;
                }

                var name = CleanName(HeaderUtilities.RemoveQuotes(disposition.FileNameStar.HasValue ? disposition.FileNameStar : disposition.FileName).Value);
                var kept = AttachmentStore.TypeOf(name) ?? throw new DirectLineException(400, "FileNotAllowed", $"{name} cannot be attached: these can: {string.Join(' ', AttachmentStore.Endings)}.");
                if (received.Count == AttachmentStore.FilesLimit)
                    throw new DirectLineException(400, "TooManyFiles", $"A message may have {AttachmentStore.FilesLimit} files.");
                received.Add((name, kept, bytes.ToArray()));
            }
        }
        catch (InvalidDataException wrong)
        {
            throw wrong.Message.Contains("length limit", StringComparison.OrdinalIgnoreCase)
                ? new DirectLineException(413, "FileTooLarge", $"A file may have {AttachmentStore.FileLimit / 1024 / 1024} MB.")
                : new DirectLineException(400, "BadArgument", $"The files cannot be read: {wrong.Message}");
        }
        catch (IOException broken)
        {
            throw new DirectLineException(400, "BadArgument", $"The files did not arrive whole: {broken.Message}");
        }

        var attachments = new List<TicketAttachment>();
        foreach (var (name, kept, bytes) in received)
            attachments.Add(await files.AddAsync(pass.Workspace, pass.Conversation, name, kept, bytes, cancel));
        return await TakeAsync(pass, activity ?? new() { Type = ActivityTypes.Message }, attachments, turns, cancel);
    }

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

    private static async Task<JsonHttpResult<DirectLineId>> TakeAsync(
        ChatPass pass, Activity activity, IReadOnlyList<TicketAttachment> files, ChatTurns turns, CancellationToken cancel)
    {
        var key = ClientIdOf(activity) is { } own ? $"{pass.User}:{own}" : $"{pass.User}:{Hashes.RandomName(16)}";
        // Typing, events and the like are taken and lead to nothing.
        if (activity.Type != ActivityTypes.Message)
            return TypedResults.Json(new DirectLineId($"{pass.Conversation}|{Hashes.NameOf(key, 12)}"), DirectLineJson.Default.DirectLineId);

        var text = (activity.Text ?? "").Trim();
        if (text.Length > RequesterDialog.TextLimit)
            throw new DirectLineException(413, "MessageSizeTooBig", $"A message may have {RequesterDialog.TextLimit} characters; send long texts as a file.");
        var linked = files.Count > 0 ? [] : (activity.Attachments ?? []).Where(file => file.ContentUrl?.StartsWith("http", StringComparison.Ordinal) == true).Select(file => file.ContentUrl!);
        var said = new PersonSaid(string.Join('\n', linked.Prepend(text).Where(part => part.Length > 0)), files, ChatChoice.Read(activity.Value));

        // The token says who it is, whatever the activity says.
        var name = pass.Name ?? (activity.From?.Name is { Length: > 0 and <= 100 } given ? given : null);
        activity.From = new() { Id = pass.User, Name = name ?? "", Role = "user" };
        activity.Text = text.Length > 0 ? text : activity.Text;
        activity.TextFormat = "plain";
        activity.Entities = null;
        activity.Attachments = files.Count == 0 ? null : [.. files.Select(file => Shown(pass, file))];
        var (id, _) = await turns.RunAsync(new(pass.Place), IntakeChannel.Chat, PersonOf(pass, name), said, key, LocaleOf(activity.Locale), activity, WebChatReplies.Write, cancel);
        return TypedResults.Json(new DirectLineId(id), DirectLineJson.Default.DirectLineId);
    }

    /// <summary>Web Chat shows a person's own picture as a picture only when it has a small form of it as well.</summary>
    private static Attachment Shown(ChatPass pass, TicketAttachment file)
    {
        var url = $"/api/directline/files/{pass.Workspace}/{file.Id}";
        return new() { ContentType = file.ContentType, Name = file.Name, ContentUrl = url, ThumbnailUrl = file.ContentType.StartsWith("image/", StringComparison.Ordinal) ? url : null };
    }

    private static ChatPerson PersonOf(ChatPass pass, string? name) => new(pass.Email, pass.Name ?? name);

    private static async Task<DirectLineConversation> AnswerAsync(ChatPass pass, ChatTokens tokens, CancellationToken cancel) =>
        new(pass.Conversation, await tokens.IssueAsync(pass, cancel), (int)tokens.Lifetime.TotalSeconds);

    private static ChatPass NewPass(DirectLineCaller caller, StartingUser user) => new(
        caller.Workspace, Hashes.RandomName(20),
        caller.Vouches && user.Id is not null ? user.Id : $"person-{Hashes.RandomName(20)}",
        user.Name,
        caller.Vouches ? user.Email : null);

    private static async Task<(StartingUser User, string? Locale)> ReadStartAsync(HttpContext context)
    {
        var body = await RequestBody.ReadAsync(context);
        if (body.IsEmpty)
            return (new(null, null, null), null);
        try
        {
            using var document = JsonDocument.Parse(body);
            var root = document.RootElement;
            var user = root.ValueKind == JsonValueKind.Object && root.TryGetProperty("user", out var given) && given.ValueKind == JsonValueKind.Object ? given : default;
            var email = Text(user, "email", 254);
            if (email is not null && !RequesterDialog.IsEmail(email))
                throw new DirectLineException(400, "BadArgument", "user.email is not an e-mail address.");
            return (new(Text(user, "id", 100), Text(user, "name", 100), email), LocaleOf(Text(root, "locale", 20)));
        }
        catch (JsonException)
        {
            throw new DirectLineException(400, "BadSyntax", "The body is not JSON.");
        }
    }

    private static string? Text(JsonElement of, string name, int most) =>
        of.ValueKind == JsonValueKind.Object && of.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text && text.Length <= most && !text.Any(char.IsControl) ? text : null;

    private static Activity ReadActivity(ReadOnlySpan<byte> body)
    {
        try
        {
            return JsonSerializer.Deserialize(body, ProtocolJson.Wire.Activity) ?? throw new DirectLineException(400, "BadSyntax", "The activity is null.");
        }
        catch (JsonException wrong)
        {
            throw new DirectLineException(400, "BadSyntax", $"The body is no activity: {wrong.Path ?? "not JSON"}.");
        }
    }

    private static string? ClientIdOf(Activity activity) =>
        activity.ChannelData is { ValueKind: JsonValueKind.Object } data && data.TryGetProperty("clientActivityID", out var id) && id.ValueKind == JsonValueKind.String && id.GetString() is { Length: > 0 and <= 100 } text ? text : null;

    private static string? LocaleOf(string? locale) => locale is { Length: > 0 and <= 20 } && locale.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '-') ? locale : null;

    /// <summary>A file's name without a path or anything that could be mistaken for more than a name.</summary>
    public static string CleanName(string? name)
    {
        var last = (name ?? "").Split('/', '\\')[^1];
        var clean = new string([.. last.Where(letter => !char.IsControl(letter) && letter is not ('"' or '<' or '>' or ':' or '|' or '*' or '?'))]).Trim(' ', '.');
        return clean.Length == 0 ? "file" : clean.Length <= 100 ? clean : clean[..(100 - Path.GetExtension(clean).Length)] + Path.GetExtension(clean);
    }

    private static string Watermark(long number) => number.ToString(CultureInfo.InvariantCulture);

    private sealed record StartingUser(string? Id, string? Name, string? Email);

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "A poll met a fault of storage ({Fault}) and goes on")]
        public static partial void PollFailed(ILogger logger, string fault);
    }
}

/// <summary>Writes what the bot says for Web Chat: plain text, so that nobody's words become markup, and buttons below it.</summary>
public static class WebChatReplies
{
    public static Activity Write(ChatReply reply, Texts texts)
    {
        var activity = Activity.Message(reply.Text);
        activity.Locale = texts.Language;
        activity.InputHint = "expectingInput";
        if (reply.Options.Count > 0)
            activity.SuggestedActions = new() { Actions = [.. reply.Options.Select(option => new CardAction { Type = "messageBack", Title = option.Title, Text = option.Title, DisplayText = option.Title, Value = ValueOf(option.Choice) })] };
        return activity;
    }

    /// <summary>What a button carries, see <see cref="ChatChoice.Read"/>.</summary>
    public static JsonElement ValueOf(ChatChoice choice) => JsonElement.Parse(
        choice.Number is { } number ? string.Create(CultureInfo.InvariantCulture, $$"""{"do":"{{choice.Do}}","number":{{number}}}""") : $$"""{"do":"{{choice.Do}}"}""");
}
