using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Helpdesk.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Helpdesk.Functions.Tests.SignIn;

/// <summary>What providers say that cannot be run here: Microsoft Entra, and those whose access tokens have no address.</summary>
public sealed class SignInIdentitiesTests(DeskFixture fixture)
{
    private const string Entra = "https://login.microsoftonline.com/9f4c2c1e-6b0c-4f0a-8a38-1f2e3d4c5b6a/v2.0";
    private const string Other = "https://login.example.com";

    [Fact]
    public async Task At_Microsoft_the_object_id_names_the_agent_and_an_address_only_where_its_domain_is_verified()
    {
        await using var desk = await DescribedDesk.StartAsync(fixture, Entra);
        var ada = await desk.HireAsync("ada", "1c9d7b0a-ada");
        var rita = await desk.HireAsync("rita", null);
        Assert.Equal("200 ada", await desk.TryAsync(new() { ["sub"] = "a", ["oid"] = "1C9D7B0A-ADA" }));
        // What is in the directory as a mail address anybody may write there who has a directory.
        Assert.Equal(
            "403 email-not-verified",
            await desk.TryAsync(
                new()
                {
                    ["sub"] = "b",
                    ["oid"] = "x",
                    ["email"] = rita,
                }
            )
        );
        Assert.Equal(
            "403 email-not-verified",
            await desk.TryAsync(
                new()
                {
                    ["sub"] = "b2",
                    ["oid"] = "x2",
                    ["email"] = rita,
                    ["xms_edov"] = false,
                }
            )
        );
        Assert.Equal(
            "200 rita",
            await desk.TryAsync(
                new()
                {
                    ["sub"] = "c",
                    ["oid"] = "y",
                    ["email"] = rita,
                    ["xms_edov"] = true,
                }
            )
        );
        // An agent whose object id is known is nobody else, whatever the address says.
        Assert.Equal(
            "403 other-identity",
            await desk.TryAsync(
                new()
                {
                    ["sub"] = "d",
                    ["oid"] = "z",
                    ["email"] = ada,
                    ["xms_edov"] = "1",
                }
            )
        );
        Assert.Equal("403 unknown-agent", await desk.TryAsync(new() { ["sub"] = "e", ["oid"] = "w" }));
        Assert.Equal(
            "401",
            await desk.TryAsync(
                new()
                {
                    ["sub"] = "a",
                    ["oid"] = "1c9d7b0a-ada",
                    ["nonce"] = "of an ID token",
                }
            )
        );
    }

    [Fact]
    public async Task An_object_id_of_another_provider_says_nothing()
    {
        await using var desk = await DescribedDesk.StartAsync(fixture, Other);
        await desk.HireAsync("ada", "1c9d7b0a-ada");
        Assert.Equal("403 unknown-agent", await desk.TryAsync(new() { ["sub"] = "a", ["oid"] = "1c9d7b0a-ada" }));
    }

    [Fact]
    public async Task Where_the_token_has_no_address_the_provider_is_asked_once()
    {
        await using var desk = await DescribedDesk.StartAsync(fixture, Other);
        var email = await desk.HireAsync("ada", null);
        desk.UserInfo = new()
        {
            ["sub"] = "somebody-else",
            ["email"] = email,
            ["email_verified"] = true,
        };
        Assert.Equal("403 unknown-agent", await desk.TryAsync(new() { ["sub"] = "a" }));
        Assert.Equal("403 unknown-agent", await desk.TryAsync(new() { ["sub"] = "a" }));
        Assert.Equal(1, desk.Asked);
        desk.UserInfo = new()
        {
            ["sub"] = "a",
            ["email"] = email,
            ["email_verified"] = "false",
        };
        desk.Clock.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal("403 email-not-verified", await desk.TryAsync(new() { ["sub"] = "a" }));
        desk.UserInfo = new()
        {
            ["sub"] = "a",
            ["email"] = email,
            ["email_verified"] = true,
        };
        desk.Clock.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal("200 ada", await desk.TryAsync(new() { ["sub"] = "a" }));
        Assert.Equal(3, desk.Asked);
        desk.UserInfo = [];
        Assert.Equal("200 ada", await desk.TryAsync(new() { ["sub"] = "a" }));
        Assert.Equal(3, desk.Asked);
    }

    [Fact]
    public async Task Two_first_requests_at_once_note_a_person_once_and_an_agent_who_was_removed_is_nobody_any_more()
    {
        await using var desk = await DescribedDesk.StartAsync(fixture, Other);
        var email = await desk.HireAsync("ada", null);
        var claims = new Dictionary<string, object>
        {
            ["sub"] = "a",
            ["email"] = email,
            ["email_verified"] = true,
        };
        Assert.All(await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => desk.TryAsync(claims))), answer => Assert.Equal("200 ada", answer));
        Assert.Single((await desk.Admin.GetAsync("/api/sign-in/identities")).Expect(200).Json["items"]!.AsArray());
        (await desk.Admin.DeleteAsync("/api/agents/ada")).Expect(204);
        Assert.Empty((await desk.Admin.GetAsync("/api/sign-in/identities")).Expect(200).Json["items"]!.AsArray());
        desk.Clock.Advance(TimeSpan.FromSeconds(31));
        Assert.Equal("403 unknown-agent", await desk.TryAsync(claims));
    }

    /// <summary>A desk, and a provider that says of itself and of people what a test has it say.</summary>
    private sealed class DescribedDesk : IAsyncDisposable
    {
        private readonly RSA _rsa = RSA.Create(2048);
        private readonly RsaSecurityKey _key;
        private readonly string _issuer;
        private WebApplication _provider = null!;
        private RunningApp _app = null!;

        private DescribedDesk(string issuer, FakeTimeProvider clock) => (_issuer, Clock, _key) = (issuer, clock, new RsaSecurityKey(_rsa) { KeyId = "one" });

        public Desk Admin { get; private set; } = null!;
        public FakeTimeProvider Clock { get; }
        public JsonObject UserInfo { get; set; } = [];

        /// <summary>How often the provider was asked about somebody.</summary>
        public int Asked { get; private set; }

        public static async Task<DescribedDesk> StartAsync(DeskFixture fixture, string issuer)
        {
            var desk = new DescribedDesk(issuer, new(TimeProvider.System.GetUtcNow()));
            var address = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{AzuriteServer.FreePort()}");
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            desk._provider = builder.Build();
            desk._provider.Urls.Add(address);
            desk._provider.MapGet(
                "/.well-known/openid-configuration",
                () =>
                    Results.Json(
                        new JsonObject
                        {
                            ["issuer"] = issuer,
                            ["jwks_uri"] = $"{address}/keys",
                            ["userinfo_endpoint"] = $"{address}/userinfo",
                        }
                    )
            );
            var published = JsonWebKeyConverter.ConvertFromRSASecurityKey(new RsaSecurityKey(desk._rsa.ExportParameters(false)) { KeyId = "one" });
            desk._provider.MapGet(
                "/keys",
                () =>
                    Results.Json(
                        new JsonObject
                        {
                            ["keys"] = new JsonArray(
                                new JsonObject
                                {
                                    ["kty"] = "RSA",
                                    ["kid"] = "one",
                                    ["use"] = "sig",
                                    ["n"] = published.N,
                                    ["e"] = published.E,
                                }
                            ),
                        }
                    )
            );
            desk._provider.MapGet(
                "/userinfo",
                () =>
                {
                    desk.Asked++;
                    return Results.Json(desk.UserInfo.DeepClone());
                }
            );
            await desk._provider.StartAsync();
            var admin = await fixture.OpenDeskAsync();
            desk._app = await RunningApp.StartAsync(
                fixture.Storage,
                app => app.Services.AddSingleton<TimeProvider>(desk.Clock),
                $"--SignIn:Authority={address}",
                "--SignIn:ClientId=console",
                $"--SignIn:Workspace={admin.Workspace}"
            );
            desk.Admin = new(admin.Workspace, admin.Key, desk._app.Address);
            return desk;
        }

        /// <summary>Adds an agent, and gives their address.</summary>
        public async Task<string> HireAsync(string id, string? entraId)
        {
            var email = $"{id}@example.com";
            (
                await Admin.PostAsync(
                    "/api/agents",
                    new
                    {
                        id,
                        name = id,
                        email,
                        entraId,
                    }
                )
            ).Expect(201);
            return email;
        }

        /// <summary>Signs in with a token that says this; what comes of it in a few words.</summary>
        public async Task<string> TryAsync(Dictionary<string, object> claims)
        {
            var token = new JsonWebTokenHandler().CreateToken(
                new SecurityTokenDescriptor
                {
                    Issuer = _issuer,
                    Audience = "console",
                    Expires = Clock.GetUtcNow().AddHours(1).UtcDateTime,
                    NotBefore = Clock.GetUtcNow().UtcDateTime,
                    IssuedAt = Clock.GetUtcNow().UtcDateTime,
                    Claims = claims,
                    SigningCredentials = new(_key, "RS256"),
                }
            );
            using var desk = new Desk(Admin.Workspace, token, Admin.Address);
            var answer = await desk.GetAsync("/api/me");
            return answer.Status switch
            {
                200 => $"200 {answer.Json["agent"]!["id"]}",
                401 => "401",
                _ => $"{answer.Status} {answer.Code}",
            };
        }

        public async ValueTask DisposeAsync()
        {
            Admin.Dispose();
            await _app.DisposeAsync();
            await _provider.DisposeAsync();
            _rsa.Dispose();
        }
    }
}
