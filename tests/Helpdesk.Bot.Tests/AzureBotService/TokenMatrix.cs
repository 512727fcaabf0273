using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Helpdesk.Bot.AzureBotService;
using Microsoft.Bot.Connector;
using Microsoft.Bot.Schema;
using Microsoft.Extensions.Time.Testing;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Tokens;

namespace Helpdesk.Bot.Tests.AzureBotService;

/// <summary>The tokens of the recorded matrix, made anew with keys of our own.</summary>
public sealed class TokenMatrix : IDisposable
{
    public const string ServiceUrl = "https://smba.trafficmanager.net/emea/";
    private const string AppId = "11111111-2222-3333-4444-555555555555";
    private const string Tenant = "22222222-2222-3333-4444-555555555555";

    /// <summary>Cases that the recorded SDK took or broke on, and that are refused here.</summary>
    private static readonly string[] Stricter =
    [
        "channel: no exp",
        "channel: RS384",
        "channel: activity serviceUrl absent",
        "emulator: other tenant issuer, own appid",
        "emulator: botframework tenant iss",
    ];

    public TokenMatrix() => Published.Keys = Keys(("labkey1", Key, ["msteams", "webchat", "directline", "emulator"]));

    /// <summary>Each case, and whether it is 200 or 401.</summary>
    public static TheoryData<string, int> Cases
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

    public RSA Key { get; } = RSA.Create(2048);
    public RSA Other { get; } = RSA.Create(2048);
    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 11, 25, 9, 0, 0, TimeSpan.Zero));
    public Publisher Published { get; } = new();

    public static BotOptions Options(bool emulator) =>
        new()
        {
            AppId = AppId,
            TenantId = Tenant,
            AllowEmulator = emulator,
        };

    public void Dispose()
    {
        Key.Dispose();
        Other.Dispose();
    }

    public static Activity Message() =>
        new(
            ActivityTypes.MessageReaction,
            id: "1",
            channelId: Channels.Msteams,
            serviceUrl: ServiceUrl,
            from: new("u1"),
            recipient: new("b1"),
            conversation: new(id: "c1", tenantId: Tenant)
        );

    public (string? Authorization, Activity Activity) Make(string name)
    {
        var claims = Claims();
        var activity = Message();
        var now = Time.GetUtcNow().ToUnixTimeSeconds();
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
                return ($"Bearer {Token(claims, key: Other)}", activity);
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

    public JsonObject Claims()
    {
        var now = Time.GetUtcNow().ToUnixTimeSeconds();
        return new()
        {
            ["iss"] = "https://api.botframework.com",
            ["aud"] = AppId,
            ["serviceurl"] = ServiceUrl,
            ["nbf"] = now - 60,
            ["exp"] = now + 3600,
        };
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

    public string Token(JsonObject claims, string kid = "labkey1", RSA? key = null, string algorithm = "RS256")
    {
        var head = new JsonObject
        {
            ["alg"] = algorithm,
            ["typ"] = "JWT",
            ["kid"] = kid,
        };
        var text = $"{Encode(head.ToJsonString())}.{Encode(claims.ToJsonString())}";
        var bytes = Encoding.ASCII.GetBytes(text);
        var signature = algorithm switch
        {
            "RS256" => (key ?? Key).SignData(bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
            "RS384" => (key ?? Key).SignData(bytes, HashAlgorithmName.SHA384, RSASignaturePadding.Pkcs1),
            "HS256" => HMACSHA256.HashData(Key.ExportSubjectPublicKeyInfo(), bytes),
            _ => [],
        };
        return $"{text}.{Base64UrlEncoder.Encode(signature)}";
    }

    private static string Encode(string json) => Base64UrlEncoder.Encode(Encoding.UTF8.GetBytes(json));

    public static string Keys(params (string Kid, RSA Key, string[] Endorsements)[] keys) =>
        new JsonObject
        {
            ["keys"] = new JsonArray([
                .. keys.Select(one =>
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
                }),
            ]),
        }.ToJsonString();

    /// <summary>Publishes the same keys for channels and tenant.</summary>
    public sealed class Publisher : IDocumentRetriever
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
