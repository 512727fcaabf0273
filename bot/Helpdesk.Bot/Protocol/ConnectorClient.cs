using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Helpdesk.Bot.Protocol;

/// <summary>Gives the bot's own token for its connector, or null where none is used.</summary>
public delegate ValueTask<string?> GetConnectorToken(CancellationToken cancel);

/// <summary>A connector did not take something.</summary>
/// <param name="Status">Its HTTP status; 403 says that the bot was blocked or removed, 404 that the conversation or activity is not there.</param>
/// <param name="Code">Its error code, such as <c>ConversationNotFound</c>, or null.</param>
public sealed class ConnectorException(HttpStatusCode status, string? code, string message) : HttpRequestException(message, null, status)
{
    public HttpStatusCode Status { get; } = status;
    public string? Code { get; } = code;
}

/// <summary>Says, changes and takes back things in the conversations of a channel (Bot Connector REST API v3).</summary>
/// <remarks>Tries 412, 429, 502 and 504 again, three times, after 2 to 20 seconds with jitter, or when <c>Retry-After</c> says so.</remarks>
public sealed class ConnectorClient(HttpClient http, GetConnectorToken token, ConversationLimiter limiter, TimeProvider time)
{
    /// <summary>The largest activity that is sent, in bytes; Teams takes a little more.</summary>
    public const int ActivityLimit = 80 * 1024;

    private const int Tries = 3;
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(20);

    /// <summary>Says something at the end of a conversation. The activity must have a type.</summary>
    public Task<ResourceResponse> SendToConversationAsync(ConversationReference to, Activity activity, CancellationToken cancel) =>
        SayAsync(HttpMethod.Post, to, "", activity, cancel);

    /// <summary>Answers an activity: below it, where the channel has threads.</summary>
    public Task<ResourceResponse> ReplyToActivityAsync(ConversationReference to, string activityId, Activity activity, CancellationToken cancel) =>
        SayAsync(HttpMethod.Post, to, "/" + Uri.EscapeDataString(activityId), activity, cancel);

    /// <summary>Puts something else in the place of what the bot said before.</summary>
    public Task<ResourceResponse> UpdateActivityAsync(ConversationReference to, string activityId, Activity activity, CancellationToken cancel) =>
        SayAsync(HttpMethod.Put, to, "/" + Uri.EscapeDataString(activityId), activity, cancel);

    /// <summary>Takes back what the bot said.</summary>
    public async Task DeleteActivityAsync(ConversationReference to, string activityId, CancellationToken cancel)
    {
        await limiter.WaitAsync(IdOf(to), cancel);
        await SendAsync(HttpMethod.Delete, to.ServiceUrl, $"{Path(to)}/activities/{Uri.EscapeDataString(activityId)}", null, cancel);
    }

    /// <summary>Begins a conversation, with a person or as a thread of a channel.</summary>
    public async Task<ResourceResponse> CreateConversationAsync(string serviceUrl, ConversationParameters parameters, CancellationToken cancel)
    {
        var body = Serialize(parameters, ProtocolJson.Wire.ConversationParameters);
        return Read(await SendAsync(HttpMethod.Post, serviceUrl, "/v3/conversations", body, cancel), ProtocolJson.Wire.ResourceResponse) ?? new();
    }

    /// <summary>One member of a conversation; null when they are not in it.</summary>
    public async Task<ChannelAccount?> GetMemberAsync(ConversationReference of, string memberId, CancellationToken cancel)
    {
        try
        {
            return Read(await SendAsync(HttpMethod.Get, of.ServiceUrl, $"{Path(of)}/members/{Uri.EscapeDataString(memberId)}", null, cancel), ProtocolJson.Wire.ChannelAccount);
        }
        catch (ConnectorException absent) when (absent.Status == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    /// <summary>All members of a conversation.</summary>
    public async Task<IList<ChannelAccount>> GetMembersAsync(ConversationReference of, CancellationToken cancel) =>
        Read(await SendAsync(HttpMethod.Get, of.ServiceUrl, $"{Path(of)}/members", null, cancel), ProtocolJson.Wire.IListChannelAccount) ?? [];

    /// <summary>One page of the members, 1 to 500 at a time; the first one without a token.</summary>
    public async Task<PagedMembersResult> GetPagedMembersAsync(ConversationReference of, int pageSize, string? continuationToken, CancellationToken cancel)
    {
        var more = continuationToken is null ? "" : $"&continuationToken={Uri.EscapeDataString(continuationToken)}";
        return Read(await SendAsync(HttpMethod.Get, of.ServiceUrl, $"{Path(of)}/pagedmembers?pageSize={pageSize}{more}", null, cancel), ProtocolJson.Wire.PagedMembersResult) ?? new();
    }

    /// <summary>A team, by the id of it that came in an activity.</summary>
    public async Task<TeamDetails?> GetTeamAsync(string serviceUrl, string teamId, CancellationToken cancel) =>
        Read(await SendAsync(HttpMethod.Get, serviceUrl, $"/v3/teams/{Uri.EscapeDataString(teamId)}", null, cancel), ProtocolJson.Wire.TeamDetails);

    /// <summary>The channels of a team.</summary>
    public async Task<IList<ConversationAccount>> GetTeamChannelsAsync(string serviceUrl, string teamId, CancellationToken cancel) =>
        Read(await SendAsync(HttpMethod.Get, serviceUrl, $"/v3/teams/{Uri.EscapeDataString(teamId)}/conversations", null, cancel), ProtocolJson.Wire.ConversationList)?.Conversations ?? [];

    private async Task<ResourceResponse> SayAsync(HttpMethod method, ConversationReference to, string below, Activity activity, CancellationToken cancel)
    {
        activity.ChannelId ??= to.ChannelId;
        activity.From ??= to.Bot;
        activity.Conversation ??= to.Conversation;
        activity.ServiceUrl ??= to.ServiceUrl;
        var body = Serialize(activity, ProtocolJson.Wire.Activity);
        if (body.Length > ActivityLimit)
            throw new ConnectorException(HttpStatusCode.RequestEntityTooLarge, "MessageSizeTooBig", $"The activity has {body.Length} bytes; at most {ActivityLimit} are sent.");
        await limiter.WaitAsync(IdOf(to), cancel);
        return Read(await SendAsync(method, to.ServiceUrl, $"{Path(to)}/activities{below}", body, cancel), ProtocolJson.Wire.ResourceResponse) ?? new();
    }

    private async Task<byte[]> SendAsync(HttpMethod method, string? serviceUrl, string path, byte[]? body, CancellationToken cancel)
    {
        var address = new Uri((serviceUrl ?? throw new ArgumentException("The conversation has no service URL.", nameof(serviceUrl))).TrimEnd('/') + path);
        for (var attempt = 1; ; attempt++)
        {
            using var request = new HttpRequestMessage(method, address);
            if (await token(cancel) is { } bearer)
                request.Headers.Authorization = new("Bearer", bearer);
            if (body is not null)
                request.Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") { CharSet = "utf-8" } } };
            using var answer = await SendInTimeAsync(request, cancel);
            var content = await answer.Content.ReadAsByteArrayAsync(cancel);
            if (answer.IsSuccessStatusCode)
                return content;
            if (attempt == Tries || answer.StatusCode is not (HttpStatusCode.PreconditionFailed or HttpStatusCode.TooManyRequests or HttpStatusCode.BadGateway or HttpStatusCode.GatewayTimeout))
                throw Refused(answer.StatusCode, content);
            await Task.Delay(Wait(attempt, answer.Headers.RetryAfter), time, cancel);
        }
    }

    private async Task<HttpResponseMessage> SendInTimeAsync(HttpRequestMessage request, CancellationToken cancel)
    {
        try
        {
            return await http.SendAsync(request, cancel);
        }
        catch (TaskCanceledException late) when (late.InnerException is TimeoutException)
        {
            // Whether it was taken is not known: it is not sent again here.
            throw new ConnectorException(HttpStatusCode.RequestTimeout, null, "The connector did not answer in time.");
        }
    }

    private TimeSpan Wait(int attempt, RetryConditionHeaderValue? retryAfter)
    {
        var asked = retryAfter?.Delta ?? (retryAfter?.Date is { } date ? date - time.GetUtcNow() : TimeSpan.Zero);
        var own = TimeSpan.FromMilliseconds(2000 * Math.Pow(2, attempt - 1) + RandomNumberGenerator.GetInt32(1000));
        var wait = asked > own ? asked : own;
        return wait > Longest ? Longest : wait;
    }

    private static ConnectorException Refused(HttpStatusCode status, byte[] content)
    {
        string? code = null;
        try
        {
            using var problem = JsonDocument.Parse(content);
            if (problem.RootElement.ValueKind == JsonValueKind.Object && problem.RootElement.TryGetProperty("error", out var error)
                && error.ValueKind == JsonValueKind.Object && error.TryGetProperty("code", out var name))
                code = name.ToString();
        }
        catch (JsonException)
        {
            // A proxy's page instead of the connector's own answer: the status says enough.
        }

        return new(status, code, $"The connector answered {(int)status}{(code is null ? "" : $" ({code})")}.");
    }

    private static string IdOf(ConversationReference to) => to.Conversation?.Id ?? throw new ArgumentException("The reference names no conversation.", nameof(to));

    /// <summary>The id of a channel thread holds a semicolon and an equals sign, which must not stand in a path as they are.</summary>
    private static string Path(ConversationReference to) => $"/v3/conversations/{Uri.EscapeDataString(IdOf(to))}";

    private static byte[] Serialize<T>(T value, JsonTypeInfo<T> json) => JsonSerializer.SerializeToUtf8Bytes(value, json);

    private static T? Read<T>(byte[] content, JsonTypeInfo<T> json) where T : class => content.AsSpan().Trim(" \r\n\t"u8).IsEmpty ? null : JsonSerializer.Deserialize(content, json);
}
