using System.Security.Cryptography;
using System.Text.Json.Serialization;
using Helpdesk.Functions.Settings;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Helpdesk.Functions.WebChat;

/// <summary>What a chat token says: one person in one conversation.</summary>
/// <param name="Email">Given only when the hosting page's server vouched for it.</param>
public sealed record ChatPass(string Workspace, string Conversation, string User, string? Name, string? Email)
{
    /// <summary>Where the conversation is kept.</summary>
    public string Place => $"{Workspace}:{Helpdesk.Bot.Conversations.ConversationAddress.OwnChat}:{Conversation}";
}

/// <summary>The secret by which chat tokens are signed.</summary>
public sealed record SigningKey(string Secret);

[JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(SigningKey))]
internal sealed partial class SigningKeyJson : JsonSerializerContext;

/// <summary>Issues and reads the tokens of web chat: JSON web tokens, signed with a secret of this desk, good for one conversation and a while.</summary>
/// <remarks><c>Chat__TokenLifetime</c>, from 5 minutes to 7 days; 8 hours by default, since a laptop that slept must find its conversation again.</remarks>
public sealed class ChatTokens
{
    private const string Issuer = "helpdesk-chat";
    private const string Partition = "~chat";
    private const string Current = "current";
    private static readonly SettingKind<SigningKey> Kind = new("signingkey-", _ => Current, SigningKeyJson.Default.SigningKey);
    private readonly JsonWebTokenHandler _handler = new() { MapInboundClaims = false, SetDefaultTimesOnTokenCreation = false };
    private readonly SettingsStore _settings;
    private readonly TimeProvider _time;
    private SymmetricSecurityKey? _key;

    public ChatTokens(SettingsStore settings, IConfiguration configuration, TimeProvider time)
    {
        (_settings, _time) = (settings, time);
        if (configuration["Chat:TokenLifetime"] is not { } text)
            return;
        Lifetime =
            TimeSpan.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var lifetime)
            && lifetime >= TimeSpan.FromMinutes(5)
            && lifetime <= TimeSpan.FromDays(7)
                ? lifetime
                : throw new InvalidOperationException($"Chat__TokenLifetime is \"{text}\"; it must be a time from 00:05:00 to 7.00:00:00.");
    }

    /// <summary>How long a token is good for.</summary>
    public TimeSpan Lifetime { get; } = TimeSpan.FromHours(8);

    public async ValueTask<string> IssueAsync(ChatPass pass, CancellationToken cancellationToken)
    {
        var claims = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["ws"] = pass.Workspace,
            ["conv"] = pass.Conversation,
            ["user"] = pass.User,
        };
        if (pass.Name is not null)
            claims["name"] = pass.Name;
        if (pass.Email is not null)
            claims["email"] = pass.Email;
        return _handler.CreateToken(
            new SecurityTokenDescriptor
            {
                Issuer = Issuer,
                IssuedAt = _time.GetUtcNow().UtcDateTime,
                Expires = (_time.GetUtcNow() + Lifetime).UtcDateTime,
                Claims = claims,
                SigningCredentials = new(await KeyAsync(cancellationToken), SecurityAlgorithms.HmacSha256),
            }
        );
    }

    /// <summary>What a token says; null when it is forged, foreign or over.</summary>
    public async ValueTask<ChatPass?> ReadAsync(string text, CancellationToken cancellationToken)
    {
        if (text.Length is 0 or > 4000 || text.Count(letter => letter == '.') != 2)
            return null;
        var result = await _handler.ValidateTokenAsync(
            text,
            new TokenValidationParameters
            {
                ValidIssuer = Issuer,
                ValidateAudience = false,
                IssuerSigningKey = await KeyAsync(cancellationToken),
                ValidAlgorithms = [SecurityAlgorithms.HmacSha256],
                LifetimeValidator = (_, expires, _, _) => expires is { } end && end > _time.GetUtcNow().UtcDateTime,
            }
        );
        if (!result.IsValid || result.SecurityToken is not JsonWebToken token)
            return null;
        string? Claim(string name) => token.TryGetPayloadValue<string>(name, out var value) ? value : null;
        return Claim("ws") is { } workspace && Claim("conv") is { } conversation && Claim("user") is { } user
            ? new(workspace, conversation, user, Claim("name"), Claim("email"))
            : null;
    }

    private async ValueTask<SymmetricSecurityKey> KeyAsync(CancellationToken cancellationToken)
    {
        if (_key is { } known)
            return known;
        var stored = await _settings.FindOrAddAsync(
            Partition,
            Kind,
            Current,
            () => new SigningKey(Convert.ToBase64String(RandomNumberGenerator.GetBytes(48))),
            cancellationToken
        );
        return _key = new(Convert.FromBase64String(stored.Secret));
    }
}

/// <summary>What Direct Line answers when a conversation is opened or its token renewed.</summary>
public sealed record DirectLineConversation(string ConversationId, string Token, [property: JsonPropertyName("expires_in")] int ExpiresIn);

/// <summary>The id of an activity that was taken.</summary>
public sealed record DirectLineId(string Id);

/// <summary>Activities after a watermark, and the one to ask with next; both are always there.</summary>
public sealed record DirectLineActivities(IReadOnlyList<DirectLineActivity> Activities, string Watermark);

/// <summary>An error as Direct Line writes it.</summary>
public sealed record DirectLineProblem(DirectLineError Error);

public sealed record DirectLineError(string Code, string Message);

/// <summary>Direct Line 3.0 in JSON.</summary>
[JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(DirectLineConversation))]
[JsonSerializable(typeof(DirectLineId))]
[JsonSerializable(typeof(DirectLineActivities))]
[JsonSerializable(typeof(DirectLineProblem))]
[JsonSerializable(typeof(DirectLineActivity))]
internal sealed partial class DirectLineJson : JsonSerializerContext;
