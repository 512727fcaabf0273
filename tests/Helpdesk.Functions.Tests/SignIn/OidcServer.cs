using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Helpdesk.Testing;
using Microsoft.AspNetCore.WebUtilities;

namespace Helpdesk.Functions.Tests.SignIn;

/// <summary>What a provider gives somebody who has signed in.</summary>
public sealed record Tokens(string Access, string Id, string? Refresh);

/// <summary>A real OpenID Connect provider: npm's oidc-provider in a process of its own.</summary>
public sealed class OidcServer : IAsyncDisposable
{
    public const string Client = "console";
    public const string Audience = "https://desk.example";
    private readonly Process _process;
    private readonly HttpClient _http;

    private OidcServer(Process process, Uri address) => (_process, Address, _http) = (process, address, new() { BaseAddress = address });

    public Uri Address { get; }

    public string Issuer => Address.GetLeftPart(UriPartial.Authority);

    private static string Console => "http://127.0.0.1/desk";

    public static async Task<OidcServer> StartAsync()
    {
        var script = Path.Combine(AzuriteServer.Root, "tests/OidcPeer/provider.mjs");
        if (!System.IO.Directory.Exists(Path.Combine(Path.GetDirectoryName(script)!, "node_modules")))
            throw new InvalidOperationException("The provider is not installed: run ./test.sh, or npm ci in tests/OidcPeer.");
        var port = AzuriteServer.FreePort();
        var start = new ProcessStartInfo("node", [script, $"{port}", Console]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        var process = Process.Start(start)!;
        while (await process.StandardOutput.ReadLineAsync() is var line && line != "ready")
        {
            if (line is null)
                throw new InvalidOperationException("The provider did not start; its messages are above.");
        }

        return new(process, new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}")));
    }

    /// <summary>Tells the provider of somebody.</summary>
    public async Task KnowAsync(string sub, string? email = null, bool verified = true)
    {
        using var told = await _http.PostAsJsonAsync(
            "/people",
            new
            {
                sub,
                email,
                email_verified = verified,
            }
        );
        told.EnsureSuccessStatusCode();
    }

    /// <summary>Has it sign with another key from now on.</summary>
    public async Task RotateAsync()
    {
        using var rotated = await _http.PostAsync("/rotate", null);
        rotated.EnsureSuccessStatusCode();
    }

    /// <summary>Signs somebody in as a browser does: authorization code with PKCE.</summary>
    public Task<Tokens> SignInAsync(string sub, string audience = Audience) => new Browser(this).SignInAsync(sub, audience);

    public async Task<Answer> TokensAsync(params IEnumerable<(string Name, string Value)> form)
    {
        using var content = new FormUrlEncodedContent(form.Select(one => KeyValuePair.Create(one.Name, one.Value)));
        using var answer = await _http.PostAsync("/token", content);
        return new((int)answer.StatusCode, answer.Headers, await answer.Content.ReadAsStringAsync());
    }

    public Task<Answer> RefreshAsync(string refresh) =>
        TokensAsync(("grant_type", "refresh_token"), ("client_id", Client), ("refresh_token", refresh), ("resource", Audience));

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    /// <summary>A browser with its cookies at the provider.</summary>
    public sealed class Browser(OidcServer server)
    {
        private readonly CookieContainer _cookies = new();

        public async Task<Tokens> SignInAsync(string sub, string audience = Audience)
        {
            var verifier = WebEncoders.Base64UrlEncode(RandomNumberGenerator.GetBytes(32));
            var back = await FollowAsync(
                QueryHelpers.AddQueryString(
                    new Uri(server.Address, "/auth").ToString(),
                    new Dictionary<string, string?>
                    {
                        ["client_id"] = Client,
                        ["response_type"] = "code",
                        ["redirect_uri"] = Console,
                        ["scope"] = "openid email offline_access desk",
                        ["prompt"] = "consent",
                        ["resource"] = audience,
                        ["login_hint"] = sub,
                        ["nonce"] = "once",
                        ["state"] = "state",
                        ["code_challenge"] = WebEncoders.Base64UrlEncode(SHA256.HashData(Encoding.ASCII.GetBytes(verifier))),
                        ["code_challenge_method"] = "S256",
                    }
                )
            );
            var code = QueryHelpers.ParseQuery(back.Query)["code"].ToString();
            var given = (
                await server.TokensAsync(
                    ("grant_type", "authorization_code"),
                    ("client_id", Client),
                    ("code", code),
                    ("redirect_uri", Console),
                    ("code_verifier", verifier),
                    ("resource", audience)
                )
            )
                .Expect(200)
                .Json;
            return new(given["access_token"]!.GetValue<string>(), given["id_token"]!.GetValue<string>(), given["refresh_token"]?.GetValue<string>());
        }

        /// <summary>Signs out at the provider as the console asks for it; the page that asks whether that is meant is answered.</summary>
        public async Task SignOutAsync(string idToken)
        {
            var page = await SendAsync(HttpMethod.Get, $"/session/end?id_token_hint={idToken}&client_id={Client}", null);
            var secret = System.Text.RegularExpressions.Regex.Match(page.Text, "name=\"xsrf\" value=\"([^\"]+)\"").Groups[1].Value;
            Assert.NotEqual("", secret);
            await SendAsync(HttpMethod.Post, "/session/end/confirm", [new("xsrf", secret), new("logout", "yes")]);
        }

        private async Task<Uri> FollowAsync(string address)
        {
            for (var hops = 0; hops < 10; hops++)
            {
                var answer = await SendAsync(HttpMethod.Get, address, null);
                Assert.True(answer.Location is not null, $"The provider does not go on: {answer.Text}");
                if (answer.Location.ToString().StartsWith(Console, StringComparison.Ordinal))
                    return answer.Location;
                address = new Uri(server.Address, answer.Location).ToString();
            }

            throw new InvalidOperationException("The provider goes round in circles.");
        }

        private async Task<(Uri? Location, string Text)> SendAsync(HttpMethod method, string address, KeyValuePair<string, string>[]? form)
        {
            using var handler = new HttpClientHandler { AllowAutoRedirect = false, CookieContainer = _cookies };
            using var http = new HttpClient(handler) { BaseAddress = server.Address };
            using var request = new HttpRequestMessage(method, address) { Content = form is null ? null : new FormUrlEncodedContent(form) };
            using var answer = await http.SendAsync(request);
            return (answer.Headers.Location, await answer.Content.ReadAsStringAsync());
        }
    }
}
