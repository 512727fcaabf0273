using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Helpdesk.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Helpdesk.EndToEnd;

/// <summary>Teams over ./run.sh, in CI on the native build as well: recorded activities come in, a reference connector takes what the bot says.</summary>
public sealed class TeamsTests : IDisposable
{
    private const string Key = "hd_first_key_of_the_teams_tests";
    private const string AppId = "11111111-2222-3333-4444-555555555555";
    private readonly string _data = System.IO.Directory.CreateTempSubdirectory("helpdesk-teams-").FullName;
    private readonly int _port = AzuriteServer.FreePort();

    public void Dispose() => System.IO.Directory.Delete(_data, recursive: true);

    private Started Run(params (string, string)[] settings) =>
        Started.Begin("./run.sh", ["--port", $"{_port}", "--data", _data], [("HELPDESK_ADMIN_KEY", Key), .. settings]);

    [Fact]
    public async Task A_person_asks_an_agent_works_the_card_and_a_host_that_dies_between_the_two_loses_nothing()
    {
        await using var connector = await ReferenceConnector.StartAsync();
        foreach (var (id, email) in new[] { ("user-id-0", "alexw@example.com"), ("user-id-1", "meganb@example.com") })
            connector.Members[id] = new()
            {
                ["id"] = id,
                ["name"] = id,
                ["email"] = email,
                ["aadObjectId"] = $"aad-{id}",
            };
        connector.Open("team-id");
        using var api = new Api(new Uri($"http://127.0.0.1:{_port}"), Key);
        var host = Run();
        await host.SaysAsync("is ready at");
        await api.PostAsync("/api/groups", new { id = "desk", name = "Desk" });
        await api.PostAsync(
            "/api/agents",
            new
            {
                id = "alex",
                name = "Alex",
                email = "alexw@example.com",
                groups = new[] { "desk" },
            }
        );
        await api.SendAsync(HttpMethod.Patch, "/api/chat", new { group = "desk" });
        Assert.Equal(200, await SendAsync(api, connector, Message("link group desk", "user-id-0", "team-id", "channel")));
        Assert.Equal(200, await SendAsync(api, connector, Message("The safe is open", "user-id-1", "personal-1", "personal")));
        await Until.TrueAsync(
            () => Task.FromResult(connector.Shown("team-id").Any(shown => shown.ToJsonString().Contains("The safe is open", StringComparison.Ordinal))),
            "the card is in the channel"
        );
        // A card whose id nobody has noted yet would be posted again: the host dies between what the person and the agent do.
        await Until.TrueAsync(
            async () => (await api.GetAsync("/api/operations/queues"))["items"]!.AsArray().All(queue => queue!["waiting"]!.GetValue<int>() == 0),
            "everything that was said has been delivered"
        );

        await Started.SignalAsync(host.Pid, "KILL");
        await host.EndsAsync();
        host = Run();
        await host.SaysAsync("is ready at");
        await using var again = host;
        var card = connector.Calls.Last(call => call.Conversation == "team-id").Id;
        var take = Message("", "user-id-0", "team-id", "channel");
        (take["type"], take["name"], take["replyToId"]) = ("invoke", "adaptiveCard/action", card);
        take["value"] = new JsonObject
        {
            ["action"] = new JsonObject
            {
                ["type"] = "Action.Execute",
                ["verb"] = "reply",
                ["data"] = new JsonObject
                {
                    ["verb"] = "reply",
                    ["ticket"] = 1,
                    ["reply"] = "Close it",
                },
            },
        };
        Assert.Equal(200, await SendAsync(api, connector, take));
        Assert.Equal(200, await SendAsync(api, connector, take));
        await Until.TrueAsync(
            () => Task.FromResult(connector.Shown("personal-1").Any(shown => shown["text"]?.GetValue<string>() == "Alex on ticket #1:\nClose it")),
            "the person is told"
        );
        Assert.Single(await api.AllAsync("/api/tickets/1/comments"));
        Assert.Single(connector.Shown("personal-1"), shown => shown["text"]?.GetValue<string>()?.Contains("Close it", StringComparison.Ordinal) == true);
        Assert.Single(connector.Shown("team-id"), shown => shown.ToJsonString().Contains("The safe is open", StringComparison.Ordinal));
    }

    [Fact]
    public async Task With_a_registration_only_tokens_of_the_channel_open_the_door()
    {
        using var key = RSA.Create(2048);
        await using var publisher = await PublishAsync(key);
        var metadata = publisher.Urls.Single() + "/metadata";
        await using var host = Run(("Bot__AppId", AppId), ("Bot__TenantId", "tenant"), ("Bot__AppPassword", "unused"), ("Bot__ChannelMetadata", metadata));
        await host.SaysAsync("is ready at");
        var activity = Message("", "user-id-0", "c", "personal");
        (activity["type"], activity["serviceUrl"]) = ("messageReaction", "https://smba.example/");
        activity["conversation"]!["tenantId"] = "tenant";
        foreach (
            var (token, status) in new[]
            {
                (Token(key, "https://smba.example/", AppId), 200),
                (Token(key, "https://evil.example/", AppId), 401),
                (Token(key, "https://smba.example/", "another"), 401),
                ("x.y.z", 401),
                (null, 401),
            }
        )
        {
            using var http = new HttpClient();
            using var request = new HttpRequestMessage(HttpMethod.Post, $"http://127.0.0.1:{_port}/api/messages")
            {
                Content = new StringContent(activity.ToJsonString(), Encoding.UTF8, "application/json"),
            };
            if (token is not null)
                request.Headers.Authorization = new("Bearer", token);
            using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.Equal(status, (int)answer.StatusCode);
        }
    }

    private static async Task<int> SendAsync(Api api, ReferenceConnector connector, JsonObject activity)
    {
        activity["serviceUrl"] = connector.ServiceUrl;
        connector.Open(activity["conversation"]!["id"]!.GetValue<string>());
        return (await api.SendAsync(HttpMethod.Post, "/api/messages", activity)).Status;
    }

    private static JsonObject Message(string text, string from, string conversation, string kind) =>
        new()
        {
            ["type"] = "message",
            ["id"] = Guid.NewGuid().ToString(),
            ["channelId"] = "msteams",
            ["text"] = kind == "personal" ? text : $"<at>Helpdesk</at> {text}",
            ["entities"] =
                kind == "personal"
                    ? null
                    : new JsonArray(
                        new JsonObject
                        {
                            ["type"] = "mention",
                            ["text"] = "<at>Helpdesk</at>",
                            ["mentioned"] = new JsonObject { ["id"] = "bot", ["name"] = "Helpdesk" },
                        }
                    ),
            ["locale"] = "en-US",
            ["from"] = new JsonObject { ["id"] = from },
            ["recipient"] = new JsonObject { ["id"] = "bot", ["name"] = "Helpdesk" },
            ["conversation"] = new JsonObject
            {
                ["id"] = conversation,
                ["conversationType"] = kind,
                ["isGroup"] = kind != "personal",
            },
        };

    private static async Task<WebApplication> PublishAsync(RSA key)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services.AddRoutingCore();
        var web = builder.Build();
        var parameters = key.ExportParameters(false);
        web.Run(context =>
            context.Response.WriteAsync(
                context.Request.Path.Value!.EndsWith("/keys", StringComparison.Ordinal)
                    ? $$"""{"keys":[{"kty":"RSA","use":"sig","kid":"k","endorsements":["msteams"],"""
                        + $$""" "n":"{{Encode(parameters.Modulus!)}}","e":"{{Encode(parameters.Exponent!)}}"}]}"""
                    : $$"""{"issuer":"https://api.botframework.com","jwks_uri":"{{context.Request.Scheme}}://{{context.Request.Host}}/keys"}"""
            )
        );
        await web.StartAsync();
        return web;
    }

    private static string Token(RSA key, string serviceUrl, string audience)
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        var claims = new JsonObject
        {
            ["iss"] = "https://api.botframework.com",
            ["aud"] = audience,
            ["serviceurl"] = serviceUrl,
            ["nbf"] = now - 60,
            ["exp"] = now + 600,
        };
        var text = $"{Encode("""{"alg":"RS256","typ":"JWT","kid":"k"}"""u8)}.{Encode(Encoding.UTF8.GetBytes(claims.ToJsonString()))}";
        return $"{text}.{Encode(key.SignData(Encoding.ASCII.GetBytes(text), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))}";
    }

    private static string Encode(ReadOnlySpan<byte> bytes) => System.Buffers.Text.Base64Url.EncodeToString(bytes);
}
