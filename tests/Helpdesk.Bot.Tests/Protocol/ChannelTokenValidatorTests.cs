using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Helpdesk.Bot.Protocol;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Tokens;

namespace Helpdesk.Bot.Tests.Protocol;

/// <summary>Every token of the recorded matrix, and what we say to it: 200 for what is whole, 401 for the rest, never an error.</summary>
public sealed class ChannelTokenValidatorTests : IDisposable
{
    private const string AppId = "11111111-2222-3333-4444-555555555555";
    private const string Tenant = "22222222-2222-3333-4444-555555555555";
    private const string ServiceUrl = "https://smba.trafficmanager.net/emea/";
    private readonly RSA _key = RSA.Create(2048);
    private readonly RSA _other = RSA.Create(2048);
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 25, 9, 0, 0, TimeSpan.Zero));
    private readonly Published _published = new();

    /// <summary>Cases that the recorded SDK took or broke on, and that are refused here.</summary>
    private static readonly string[] Stricter =
    [
        "channel: no exp", "channel: RS384", "channel: activity serviceUrl absent", "emulator: other tenant issuer, own appid", "emulator: botframework tenant iss",
    ];

    public static TheoryData<string, int> Matrix
    {
        get
        {
            var cases = JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "recordings", "jwt-matrix.json")))!.AsArray();
            var data = new TheoryData<string, int>();
            foreach (var one in cases)
            {
                var name = one!["case"]!.GetValue<string>();
                data.Add(name, one["status"]!.GetValue<int>() == 200 && !Stricter.Contains(name) ? 200 : 401);
            }

            return data;
        }
    }

    public ChannelTokenValidatorTests()
    {
        _published.Keys = Keys(("labkey1", _key, ["msteams", "webchat", "directline", "emulator"]));
    }

    public void Dispose()
    {
        _key.Dispose();
        _other.Dispose();
    }

    [Theory]
    [MemberData(nameof(Matrix))]
    public async Task Each_recorded_token_is_taken_or_refused(string name, int status)
    {
        using var validator = Validator(emulator: true);
        var (authorization, activity) = Make(name);
        var identity = await validator.ValidateAsync(authorization, activity, TestContext.Current.CancellationToken);
        Assert.Equal(status == 200, identity is not null);
    }

    [Theory]
    [InlineData("emulator v1: valid (own tenant iss)")]
    [InlineData("emulator v2: valid")]
    public async Task Tokens_of_the_bots_own_app_are_refused_unless_the_emulator_is_allowed(string name)
    {
        using var validator = Validator(emulator: false);
        var (authorization, activity) = Make(name);
        Assert.Null(await validator.ValidateAsync(authorization, activity, TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("")]
    [InlineData("Bearer")]
    [InlineData("Bearer ")]
    [InlineData("Bearer a.b.c")]
    [InlineData("Bearer eyJhbGciOiJSUzI1NiJ9.e30.")]
    [InlineData("Bearer \u0000.\u0000.\u0000")]
    [InlineData("Bearer ....")]
    [InlineData("Bearer eyJhbGciOiJSUzI1NiIsImtpZCI6ImxhYmtleTEifQ.bm90IGpzb24.AAAA")]
    public async Task Whatever_is_no_token_is_refused_and_never_an_error(string authorization)
    {
        using var validator = Validator(emulator: true);
        Assert.Null(await validator.ValidateAsync(authorization, Message(), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_new_key_is_fetched_when_it_is_first_met_and_unknown_ones_not_more_than_once_in_five_minutes()
    {
        using var validator = Validator(emulator: false);
        Assert.NotNull(await Validate(validator, Token(Claims())));
        Assert.Equal(1, _published.Fetched);

        // Somebody sends keys that nobody publishes: the publisher is not asked each time.
        for (var i = 0; i < 10; i++)
            Assert.Null(await Validate(validator, Token(Claims(), kid: $"made-up-{i}")));
        Assert.Equal(1, _published.Fetched);

        _time.Advance(TimeSpan.FromMinutes(6));
        _published.Keys = Keys(("labkey1", _key, ["msteams"]), ("labkey2", _other, ["msteams"]));
        Assert.NotNull(await Validate(validator, Token(Claims(), kid: "labkey2", key: _other)));
        Assert.Equal(2, _published.Fetched);
        Assert.NotNull(await Validate(validator, Token(Claims())));
        Assert.Equal(2, _published.Fetched);
    }

    [Fact]
    public async Task Known_keys_stay_good_while_their_publisher_does_not_answer()
    {
        using var validator = Validator(emulator: false);
        Assert.NotNull(await Validate(validator, Token(Claims())));
        _published.Keys = null;
        _time.Advance(TimeSpan.FromDays(2));
        Assert.NotNull(await Validate(validator, Token(Claims())));
    }

    [Fact]
    public async Task Without_an_app_id_no_token_is_good_enough()
    {
        using var validator = new ChannelTokenValidator(new BotOptions(), _published, _time, NullLogger<ChannelTokenValidator>.Instance);
        Assert.Null(await Validate(validator, Token(Claims())));
    }

    private static Task<ChannelIdentity?> Validate(ChannelTokenValidator validator, string token) => validator.ValidateAsync($"Bearer {token}", Message(), TestContext.Current.CancellationToken);

    private ChannelTokenValidator Validator(bool emulator) =>
        new(new BotOptions { AppId = AppId, TenantId = Tenant, AllowEmulator = emulator }, _published, _time, NullLogger<ChannelTokenValidator>.Instance);

    private static Activity Message() => new() { Type = ActivityTypes.Message, ChannelId = Channels.Teams, ServiceUrl = ServiceUrl };

    private (string? Authorization, Activity Activity) Make(string name)
    {
        var claims = Claims();
        var activity = Message();
        var now = _time.GetUtcNow().ToUnixTimeSeconds();
        switch (name)
        {
            case "channel: valid (serviceurl claim)":
                break;
            case "channel: claim serviceUrl (camel)":
                claims.Remove("serviceurl");
                claims["serviceUrl"] = ServiceUrl;
                break;
            case "channel: serviceurl missing":
                claims.Remove("serviceurl");
                break;
            case "channel: serviceurl mismatch":
                claims["serviceurl"] = "https://evil.example/";
                break;
            case "channel: serviceurl case differs":
                claims["serviceurl"] = ServiceUrl.ToUpperInvariant();
                break;
            case "channel: serviceurl trailing slash differs":
                claims["serviceurl"] = ServiceUrl.TrimEnd('/');
                break;
            case "channel: aud wrong":
                claims["aud"] = "99999999-0000-0000-0000-000000000000";
                break;
            case "channel: aud missing":
                claims.Remove("aud");
                break;
            case "channel: iss wrong":
                claims["iss"] = "https://api.botframework.example";
                break;
            case "channel: expired 4 min":
                claims["exp"] = now - 240;
                break;
            case "channel: expired 10 min":
                claims["exp"] = now - 600;
                break;
            case "channel: no exp":
                claims.Remove("exp");
                break;
            case "channel: nbf +4 min":
                claims["nbf"] = now + 240;
                break;
            case "channel: nbf +10 min":
                claims["nbf"] = now + 600;
                break;
            case "channel: wrong key same kid":
                return ($"Bearer {Token(claims, key: _other)}", activity);
            case "channel: unknown kid":
                return ($"Bearer {Token(claims, kid: "nobody")}", activity);
            case "channel: alg none":
                return ($"Bearer {Token(claims, algorithm: "none")}", activity);
            case "channel: HS256 with public key":
                return ($"Bearer {Token(claims, algorithm: "HS256")}", activity);
            case "channel: RS384":
                return ($"Bearer {Token(claims, algorithm: "RS384")}", activity);
            case "channel: channelId not endorsed (slack)":
                activity.ChannelId = "slack";
                break;
            case "channel: channelId absent":
                activity.ChannelId = null;
                break;
            case "channel: activity serviceUrl absent":
                activity.ServiceUrl = null;
                break;
            case "emulator v1: valid (own tenant iss)":
                claims = Emulator("1.0");
                break;
            case "emulator v2: valid":
                claims = Emulator("2.0");
                break;
            case "emulator: other tenant issuer, own appid":
                claims = Emulator("1.0");
                claims["iss"] = "https://sts.windows.net/99999999-2222-3333-4444-555555555555/";
                break;
            case "emulator: botframework tenant iss":
                claims = Emulator("1.0");
                claims["iss"] = "https://sts.windows.net/d6d49420-f39b-4df7-a1dc-d59a935871db/";
                break;
            case "emulator: appid differs":
                claims = Emulator("1.0");
                claims["appid"] = "99999999-0000-0000-0000-000000000000";
                break;
            case "emulator: aud differs":
                claims = Emulator("1.0");
                claims["aud"] = "99999999-0000-0000-0000-000000000000";
                break;
            case "emulator: no ver":
                claims = Emulator("1.0");
                claims.Remove("ver");
                break;
            case "emulator: expired 10 min":
                claims = Emulator("1.0");
                claims["exp"] = now - 600;
                break;
            case "scheme bearer lowercase":
                return ($"bearer {Token(claims)}", activity);
            case "two spaces":
                return ($"Bearer  {Token(claims)}", activity);
            case "no header":
                return (null, activity);
            case "Basic":
                return ("Basic dXNlcjpwYXNz", activity);
            default:
                throw new ArgumentException($"The matrix has a case that this test does not know: {name}", nameof(name));
        }

        return ($"Bearer {Token(claims)}", activity);
    }

    private JsonObject Claims()
    {
        var now = _time.GetUtcNow().ToUnixTimeSeconds();
        return new() { ["iss"] = "https://api.botframework.com", ["aud"] = AppId, ["serviceurl"] = ServiceUrl, ["nbf"] = now - 60, ["exp"] = now + 3600 };
    }

    private JsonObject Emulator(string version)
    {
        var claims = Claims();
        claims.Remove("serviceurl");
        claims["ver"] = version;
        claims["iss"] = version == "1.0" ? $"https://sts.windows.net/{Tenant}/" : $"https://login.microsoftonline.com/{Tenant}/v2.0";
        claims[version == "1.0" ? "appid" : "azp"] = AppId;
        return claims;
    }

    private string Token(JsonObject claims, string kid = "labkey1", RSA? key = null, string algorithm = "RS256")
    {
        var head = new JsonObject { ["alg"] = algorithm, ["typ"] = "JWT", ["kid"] = kid };
        var text = $"{Encode(head.ToJsonString())}.{Encode(claims.ToJsonString())}";
        var bytes = Encoding.ASCII.GetBytes(text);
        var signature = algorithm switch
        {
            "RS256" => (key ?? _key).SignData(bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
            "RS384" => (key ?? _key).SignData(bytes, HashAlgorithmName.SHA384, RSASignaturePadding.Pkcs1),
            "HS256" => HMACSHA256.HashData(_key.ExportSubjectPublicKeyInfo(), bytes),
            _ => [],
        };
        return $"{text}.{Base64UrlEncoder.Encode(signature)}";
    }

    private static string Encode(string json) => Base64UrlEncoder.Encode(Encoding.UTF8.GetBytes(json));

    private static string Keys(params (string Kid, RSA Key, string[] Endorsements)[] keys) => new JsonObject
    {
        ["keys"] = new JsonArray([.. keys.Select(one =>
        {
            var parameters = one.Key.ExportParameters(false);
            return new JsonObject
            {
                ["kty"] = "RSA",
                ["use"] = "sig",
                ["kid"] = one.Kid,
                ["n"] = Base64UrlEncoder.Encode(parameters.Modulus!),
                ["e"] = Base64UrlEncoder.Encode(parameters.Exponent!),
                ["endorsements"] = JsonSerializer.SerializeToNode(one.Endorsements),
            };
        })]),
    }.ToJsonString();

    /// <summary>Publishes the same keys for channels and tenant.</summary>
    private sealed class Published : IDocumentRetriever
    {
        public string? Keys { get; set; }

        public int Fetched { get; private set; }

        public Task<string> GetDocumentAsync(string address, CancellationToken cancel)
        {
            if (Keys is null)
                throw new IOException("Nobody answers.");
            if (address.EndsWith("/keys", StringComparison.Ordinal))
                return Task.FromResult(Keys);
            Fetched++;
            return Task.FromResult("""{"issuer":"https://api.botframework.com","jwks_uri":"https://login.botframework.com/v1/.well-known/keys"}""");
        }
    }
}
