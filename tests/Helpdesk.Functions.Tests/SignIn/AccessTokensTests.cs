using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.SignIn;
using Helpdesk.Testing;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Helpdesk.Functions.Tests.SignIn;

/// <summary>A real provider, and a desk whose agents sign in at it.</summary>
public sealed class SignedInDesk : IAsyncDisposable
{
    private SignedInDesk(OidcServer provider, RunningApp app, FakeTimeProvider clock, Desk admin) =>
        (Provider, App, Clock, Admin) = (provider, app, clock, admin);

    public OidcServer Provider { get; }
    public RunningApp App { get; }

    /// <summary>The clock of the desk; the provider's goes on by itself.</summary>
    public FakeTimeProvider Clock { get; }

    /// <summary>The desk, seen with the key of an admin.</summary>
    public Desk Admin { get; }

    public static async Task<SignedInDesk> StartAsync(DeskFixture fixture, params string[] settings)
    {
        var provider = await OidcServer.StartAsync(OidcRequests.Console);
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        var admin = await fixture.OpenDeskAsync();
        var app = await RunningApp.StartAsync(
            fixture.Storage,
            builder => builder.Services.AddSingleton<TimeProvider>(clock),
            [
                $"--SignIn:Authority={provider.Issuer}",
                $"--SignIn:ClientId={OidcServer.Client}",
                $"--SignIn:Audience={OidcRequests.Audience}",
                $"--SignIn:Workspace={admin.Workspace}",
                $"--SignIn:Resource={OidcRequests.Audience}",
                .. settings,
            ]
        );
        return new(provider, app, clock, new(admin.Workspace, admin.Key, app.Address));
    }

    /// <summary>The desk, seen with an access token.</summary>
    public Desk With(string token) => new(Admin.Workspace, token, App.Address);

    /// <summary>An agent whom the provider knows by a verified address.</summary>
    public async Task<(string Agent, string Sub)> HireAsync(string name, string role = "agent")
    {
        var email = $"{name}-{Guid.NewGuid():N}@example.com";
        var agent = await Admin.PostAsync(
            "/api/agents",
            new
            {
                name,
                email,
                role,
            }
        );
        await Provider.KnowAsync($"sub-{name}", email);
        return (agent.Expect(201).Json["id"]!.GetValue<string>(), $"sub-{name}");
    }

    public async ValueTask DisposeAsync()
    {
        Admin.Dispose();
        await App.DisposeAsync();
        await Provider.DisposeAsync();
    }
}

/// <summary>Signing in at an OpenID Connect provider, and what opens the desk after that and what does not.</summary>
public sealed class AccessTokensTests(DeskFixture fixture)
{
    [Fact]
    public async Task Who_signs_in_at_the_provider_works_as_the_agent_of_their_verified_address_and_of_their_role()
    {
        await using var signedIn = await SignedInDesk.StartAsync(fixture);
        var (agent, sub) = await signedIn.HireAsync("ada");
        var tokens = await signedIn.Provider.SignInAsync(sub);
        using var desk = signedIn.With(tokens.Access);

        var me = (await desk.GetAsync("/api/me")).Expect(200).Json;
        Assert.Equal(
            (agent, "agent", "openid-connect", signedIn.Admin.Workspace),
            (me["agent"]!["id"]!.GetValue<string>(), me["role"]!.GetValue<string>(), me["signedInBy"]!.GetValue<string>(), me["workspace"]!.GetValue<string>())
        );
        var ticket = await desk.OpenTicketAsync();
        var events = (await desk.GetAsync($"/api/tickets/{ticket.Json["id"]}/events")).Expect(200);
        Assert.Equal(agent, events.Json["items"]![0]!["actor"]!["id"]!.GetValue<string>());
        (await desk.GetAsync("/api/keys")).Expect(403);

        // What an admin changes holds within half a minute.
        (await signedIn.Admin.PatchAsync($"/api/agents/{agent}", new { role = "admin" })).Expect(200);
        signedIn.Clock.Advance(TimeSpan.FromSeconds(31));
        (await desk.GetAsync("/api/keys")).Expect(200);
        (await signedIn.Admin.PatchAsync($"/api/agents/{agent}", new { role = "agent" })).Expect(200);
        signedIn.Clock.Advance(TimeSpan.FromSeconds(31));
        (await desk.GetAsync("/api/keys")).Expect(403);
        (await signedIn.Admin.PatchAsync($"/api/agents/{agent}", new { active = false })).Expect(200);
        signedIn.Clock.Advance(TimeSpan.FromSeconds(31));
        Assert.Equal("agent-inactive", (await desk.GetAsync("/api/tickets")).Expect(403).Code);
        Assert.Equal(400, (await signedIn.Admin.PatchAsync($"/api/agents/{agent}", new { role = "integration" })).Status);
    }

    [Fact]
    public async Task A_token_that_is_over_opens_nothing_and_a_new_one_does_until_somebody_signs_out()
    {
        await using var signedIn = await SignedInDesk.StartAsync(fixture);
        var (_, sub) = await signedIn.HireAsync("ada");
        var browser = new OidcBrowser(signedIn.Provider);
        var tokens = await browser.SignInAsync(sub);
        using var desk = signedIn.With(tokens.Access);
        (await desk.GetAsync("/api/tickets")).Expect(200);

        // The provider's clock went on meanwhile.
        signedIn.Clock.AdjustTime(TimeProvider.System.GetUtcNow());
        signedIn.Clock.Advance(TimeSpan.FromMinutes(5));
        // Clocks may be half a minute apart.
        (await desk.GetAsync("/api/tickets")).Expect(200);
        signedIn.Clock.Advance(TimeSpan.FromSeconds(31));
        (await desk.GetAsync("/api/tickets")).Expect(401);

        signedIn.Clock.AdjustTime(TimeProvider.System.GetUtcNow());
        var refreshed = (await signedIn.Provider.RefreshAsync(tokens.Refresh!)).Expect(200).Json;
        using var later = signedIn.With(refreshed["access_token"]!.GetValue<string>());
        (await later.GetAsync("/api/tickets")).Expect(200);

        // Signing out ends the session at the provider, and the console gives back what it could get new tokens by.
        Assert.Null(await browser.TryAgainAsync());
        await signedIn.Provider.RevokeAsync(refreshed["refresh_token"]!.GetValue<string>());
        await browser.SignOutAsync(refreshed["id_token"]!.GetValue<string>());
        Assert.Equal(400, (await signedIn.Provider.RefreshAsync(refreshed["refresh_token"]!.GetValue<string>())).Status);
        Assert.Equal("login_required", await browser.TryAgainAsync());
    }

    [Fact]
    public async Task A_token_that_is_not_for_this_desk_or_was_tampered_with_opens_nothing()
    {
        await using var signedIn = await SignedInDesk.StartAsync(fixture);
        await using var stranger = await OidcServer.StartAsync(OidcRequests.Console);
        var (_, sub) = await signedIn.HireAsync("ada");
        await stranger.KnowAsync(sub, "ada@example.com");
        var tokens = await signedIn.Provider.SignInAsync(sub);
        var elsewhere = await signedIn.Provider.SignInAsync(sub, "https://another.example");
        var foreign = await stranger.SignInAsync(sub);
        using var attacker = RSA.Create(2048);
        var good = new JsonWebToken(tokens.Access);
        string Signed(string algorithm, SecurityKey key, string issuer) =>
            new JsonWebTokenHandler().CreateToken(
                new SecurityTokenDescriptor
                {
                    Issuer = issuer,
                    Audience = OidcRequests.Audience,
                    TokenType = "at+jwt",
                    Claims = new Dictionary<string, object> { ["sub"] = sub },
                    SigningCredentials = new(key, algorithm),
                }
            );

        var parts = tokens.Access.Split('.');
        var payload = JsonNode.Parse(WebEncoders.Base64UrlDecode(parts[1]))!;
        payload["sub"] = "sub-admin";
        var none = WebEncoders.Base64UrlEncode("{\"alg\":\"none\",\"typ\":\"at+jwt\"}"u8);
        foreach (
            var (what, token) in new[]
            {
                ("another audience", elsewhere.Access),
                ("another issuer", foreign.Access),
                ("an id token", tokens.Id),
                ("another subject", $"{parts[0]}.{WebEncoders.Base64UrlEncode(Encoding.UTF8.GetBytes(payload.ToJsonString()))}.{parts[2]}"),
                ("no signature", $"{parts[0]}.{parts[1]}."),
                ("no algorithm", $"{none}.{parts[1]}."),
                ("another key", Signed("RS256", new RsaSecurityKey(attacker) { KeyId = good.Kid }, signedIn.Provider.Issuer)),
                ("a shared secret", Signed("HS256", new SymmetricSecurityKey(new byte[64]) { KeyId = good.Kid }, signedIn.Provider.Issuer)),
                ("nothing", ".."),
            }
        )
        {
            using var desk = signedIn.With(token);
            Assert.True((await desk.GetAsync("/api/tickets")).Status == 401, $"A token with {what} opens the desk.");
        }

        using var own = signedIn.With(tokens.Access);
        (await own.GetAsync("/api/tickets")).Expect(200);
    }

    /// <summary>Where the desk and the console have one id, only its claims tell an ID token from an access token.</summary>
    [Fact]
    public async Task An_id_token_opens_nothing_even_where_it_has_the_audience_of_the_desk()
    {
        await using var signedIn = await SignedInDesk.StartAsync(fixture, $"--SignIn:Audience={OidcServer.Client}");
        var (_, sub) = await signedIn.HireAsync("ada");
        var tokens = await signedIn.Provider.SignInAsync(sub);
        Assert.Equal(OidcServer.Client, new JsonWebToken(tokens.Id).Audiences.Single());
        using var desk = signedIn.With(tokens.Id);
        (await desk.GetAsync("/api/tickets")).Expect(401);
    }

    [Fact]
    public async Task Whoever_is_no_agent_is_told_so_and_an_address_counts_only_once_and_only_when_it_is_verified()
    {
        await using var signedIn = await SignedInDesk.StartAsync(fixture);
        var (agent, sub) = await signedIn.HireAsync("ada");
        var email = (await signedIn.Admin.GetAsync($"/api/agents/{agent}")).Expect(200).Json["email"]!.GetValue<string>();
        await signedIn.Provider.KnowAsync("stranger", "stranger@example.com");
        await signedIn.Provider.KnowAsync("nameless");
        await signedIn.Provider.KnowAsync("liar", email.ToUpperInvariant(), verified: false);
        foreach (var (who, code) in new[] { ("stranger", "unknown-agent"), ("nameless", "unknown-agent"), ("liar", "email-not-verified") })
        {
            using var refused = signedIn.With((await signedIn.Provider.SignInAsync(who)).Access);
            Assert.Equal(code, (await refused.GetAsync("/api/tickets")).Expect(403).Code);
        }

        using var ada = signedIn.With((await signedIn.Provider.SignInAsync(sub)).Access);
        (await ada.GetAsync("/api/tickets")).Expect(200);
        // Somebody who is given the address later is not taken for Ada, and Ada is still herself without it.
        await signedIn.Provider.KnowAsync("successor", email);
        using var successor = signedIn.With((await signedIn.Provider.SignInAsync("successor")).Access);
        Assert.Equal("other-identity", (await successor.GetAsync("/api/tickets")).Expect(403).Code);
        await signedIn.Provider.KnowAsync(sub, "elsewhere@example.com", verified: false);
        using var again = signedIn.With((await signedIn.Provider.SignInAsync(sub)).Access);
        (await again.GetAsync("/api/tickets")).Expect(200);

        var identity = (await signedIn.Admin.GetAsync("/api/sign-in/identities")).Expect(200).Json["items"]!.AsArray().Single()!;
        Assert.Equal(
            (agent, sub, signedIn.Provider.Issuer),
            (identity["agent"]!.GetValue<string>(), identity["subject"]!.GetValue<string>(), identity["issuer"]!.GetValue<string>())
        );
        (await again.GetAsync("/api/sign-in/identities")).Expect(403);
        (await signedIn.Admin.DeleteAsync($"/api/sign-in/identities/{identity["id"]}")).Expect(204);
        signedIn.Clock.Advance(TimeSpan.FromSeconds(11));
        (await successor.GetAsync("/api/tickets")).Expect(200);
        Assert.Equal("unknown-agent", (await again.GetAsync("/api/tickets")).Expect(403).Code);
        var audit = (await signedIn.Admin.GetAsync($"/api/audit?kind=sign-in-identity&by={agent}")).Expect(200);
        Assert.Equal(2, audit.Json["items"]!.AsArray().Count);
    }

    [Fact]
    public async Task The_key_by_which_the_provider_signs_may_change()
    {
        await using var signedIn = await SignedInDesk.StartAsync(fixture);
        var (_, sub) = await signedIn.HireAsync("ada");
        using var before = signedIn.With((await signedIn.Provider.SignInAsync(sub)).Access);
        (await before.GetAsync("/api/tickets")).Expect(200);
        await signedIn.Provider.RotateAsync();
        using var after = signedIn.With((await signedIn.Provider.SignInAsync(sub)).Access);
        (await after.GetAsync("/api/tickets")).Expect(200);
        (await before.GetAsync("/api/tickets")).Expect(401);
        // Made-up tokens do not make the desk ask all the time: it asks again after half a minute.
        await signedIn.Provider.RotateAsync();
        using var third = signedIn.With((await signedIn.Provider.SignInAsync(sub)).Access);
        (await third.GetAsync("/api/tickets")).Expect(401);
        signedIn.Clock.Advance(TimeSpan.FromSeconds(31));
        (await third.GetAsync("/api/tickets")).Expect(200);
    }

    [Fact]
    public async Task A_person_at_the_provider_sees_one_workspace_only_and_others_keep_to_their_keys()
    {
        await using var signedIn = await SignedInDesk.StartAsync(fixture);
        using var foreign = await fixture.OpenDeskAsync();
        var (_, sub) = await signedIn.HireAsync("ada", "admin");
        using var desk = signedIn.With((await signedIn.Provider.SignInAsync(sub)).Access);
        var ticket = await foreign.OpenTicketAsync();
        (await desk.GetAsync($"/api/tickets/{ticket.Json["id"]}")).Expect(404);
        var identities = (await foreign.GetAsync("/api/sign-in/identities")).Expect(200);
        Assert.Empty(identities.Json["items"]!.AsArray());
        (await desk.GetAsync("/api/keys")).Expect(200);
        using var key = new Desk(foreign.Workspace, foreign.Key, signedIn.App.Address);
        (await key.GetAsync($"/api/tickets/{ticket.Json["id"]}")).Expect(200);
    }

    [Fact]
    public async Task A_request_that_is_repeated_with_a_renewed_token_gets_its_first_answer()
    {
        await using var signedIn = await SignedInDesk.StartAsync(fixture);
        var (_, sub) = await signedIn.HireAsync("ada", "admin");
        var keys = new HashSet<string>();
        for (var time = 0; time < 2; time++)
        {
            using var desk = signedIn.With((await signedIn.Provider.SignInAsync(sub)).Access);
            var made = await desk.PostAsync("/api/keys", new { name = "Bridge", role = "integration" }, ("Idempotency-Key", "4f1f3a0e-once"));
            keys.Add(made.Expect(201).Json["key"]!.GetValue<string>());
        }

        Assert.Single(keys);
    }

    [Fact]
    public async Task The_desk_says_how_to_sign_in()
    {
        using var stranger = new Desk("", "", fixture.App.Address);
        var keys = (await stranger.GetAsync("/api/sign-in")).Expect(200).Json;
        Assert.Equal(["session"], keys["methods"]!.AsArray().Select(one => one!.GetValue<string>()));
        Assert.Null(keys["authority"]);

        await using var signedIn = await SignedInDesk.StartAsync(
            fixture,
            "--SignIn:AllowKeys=false",
            "--SignIn:Name=Example",
            "--SignIn:Parameters=audience=https%3A%2F%2Fdesk&x=y"
        );
        using var other = new Desk("", "", signedIn.App.Address);
        var told = (await other.GetAsync("/api/sign-in")).Expect(200).Json;
        Assert.Equal(
            $$$"""{"methods":["openid-connect"],"name":"Example","authority":"{{{signedIn.Provider.Issuer}}}","clientId":"console","""
                + """
                "scopes":["openid","profile","email","offline_access"],"resource":"https://desk.example","parameters":{"audience":"https://desk","x":"y"}}
                """,
            told.ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping })
        );
        Assert.Equal("keys-not-allowed", (await other.PostAsync("/api/session", new { key = signedIn.Admin.Key })).Expect(403).Code);
        // Programs keep to their keys.
        (await signedIn.Admin.GetAsync("/api/tickets")).Expect(200);
    }

    [Fact]
    public async Task While_the_provider_does_not_answer_keys_still_do()
    {
        using var desk = await fixture.OpenDeskAsync();
        await using var app = await RunningApp.StartAsync(fixture.Storage, null, "--SignIn:Authority=http://127.0.0.1:9", "--SignIn:ClientId=console");
        using var key = new Desk(desk.Workspace, desk.Key, app.Address);
        (await key.GetAsync("/api/tickets")).Expect(200);
        using var token = new Desk(desk.Workspace, "e30.e30.e30", app.Address);
        Assert.Equal("provider-unreachable", (await token.GetAsync("/api/tickets")).Expect(503).Code);
    }

    [Theory]
    [InlineData("Authority", "http://login.example.com", "https")]
    [InlineData("Authority", "login", "https")]
    [InlineData("Authority", "https://login.microsoftonline.com/common/v2.0", "tenant")]
    [InlineData("Authority", "https://login.example.com", "SignIn__ClientId is missing")]
    [InlineData("ClientId", "console", "means nothing without SignIn__Authority")]
    [InlineData("AllowKeys", "false", "nobody could sign in")]
    [InlineData("AllowKeys", "maybe", "true or false")]
    [InlineData("Workspace", "Not An Id", "no id of a workspace")]
    [InlineData("SessionLifetime", "00:01:00", "00:05:00")]
    public void A_wrong_setting_ends_the_start_with_a_sentence_that_names_it(string name, string value, string words)
    {
        var settings = new ConfigurationBuilder().AddInMemoryCollection([new($"SignIn:{name}", value)]).Build();
        using var services = new ServiceCollection()
            .AddSingleton<IConfiguration>(settings)
            .AddSingleton<SignInOptions>()
            .CheckAtStart<SignInOptions>()
            .AddSingleton<SessionOptions>()
            .CheckAtStart<SessionOptions>()
            .BuildServiceProvider();
        var wrong = Assert.Throws<InvalidSettingException>(() => SettingChecks.Run(services));
        Assert.Contains("SignIn__", wrong.Message, StringComparison.Ordinal);
        Assert.Contains(words, wrong.Message, StringComparison.Ordinal);
    }
}
