using System.Net;
using System.Security.Cryptography;
using System.Text;
using Helpdesk.Testing;
using Microsoft.AspNetCore.WebUtilities;

namespace Helpdesk.Functions.Tests.SignIn;

/// <summary>What a provider gives somebody who has signed in.</summary>
public sealed record Tokens(string Access, string Id, string? Refresh);

/// <summary>What the console asks a provider for.</summary>
internal static class OidcRequests
{
    public const string Audience = "https://desk.example";
    public const string Console = "http://127.0.0.1/desk";

    /// <summary>Signs somebody in as a browser does: authorization code with PKCE.</summary>
    public static Task<Tokens> SignInAsync(this OidcServer server, string sub, string audience = Audience) =>
        new OidcBrowser(server).SignInAsync(sub, audience);

    public static async Task<Answer> TokensAsync(this OidcServer server, params IEnumerable<(string Name, string Value)> form)
    {
        using var content = new FormUrlEncodedContent(form.Select(one => KeyValuePair.Create(one.Name, one.Value)));
        using var answer = await server.Http.PostAsync("/token", content);
        return new((int)answer.StatusCode, answer.Headers, await answer.Content.ReadAsStringAsync());
    }

    public static Task<Answer> RefreshAsync(this OidcServer server, string refresh) =>
        server.TokensAsync(("grant_type", "refresh_token"), ("client_id", OidcServer.Client), ("refresh_token", refresh), ("resource", Audience));

    public static async Task RevokeAsync(this OidcServer server, string refresh)
    {
        using var content = new FormUrlEncodedContent([new("client_id", OidcServer.Client), new("token", refresh), new("token_type_hint", "refresh_token")]);
        using var revoked = await server.Http.PostAsync("/token/revocation", content);
        revoked.EnsureSuccessStatusCode();
    }
}

/// <summary>A browser with its cookies at the provider.</summary>
internal sealed class OidcBrowser(OidcServer server)
{
    private readonly CookieContainer _cookies = new();

    public async Task<Tokens> SignInAsync(string sub, string audience = OidcRequests.Audience)
    {
        var verifier = WebEncoders.Base64UrlEncode(RandomNumberGenerator.GetBytes(32));
        var back = await FollowAsync(
            QueryHelpers.AddQueryString(
                new Uri(server.Address, "/auth").ToString(),
                new Dictionary<string, string?>
                {
                    ["client_id"] = OidcServer.Client,
                    ["response_type"] = "code",
                    ["redirect_uri"] = OidcRequests.Console,
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
                ("client_id", OidcServer.Client),
                ("code", code),
                ("redirect_uri", OidcRequests.Console),
                ("code_verifier", verifier),
                ("resource", audience)
            )
        )
            .Expect(200)
            .Json;
        return new(given["access_token"]!.GetValue<string>(), given["id_token"]!.GetValue<string>(), given["refresh_token"]?.GetValue<string>());
    }

    /// <summary>Signs in without asking anybody, as a page that is loaded anew does; what the provider says against it, or null.</summary>
    public async Task<string?> TryAgainAsync()
    {
        var query = new Dictionary<string, string?>
        {
            ["client_id"] = OidcServer.Client,
            ["response_type"] = "code",
            ["redirect_uri"] = OidcRequests.Console,
            ["scope"] = "openid email desk",
            ["prompt"] = "none",
            ["resource"] = OidcRequests.Audience,
            ["code_challenge"] = WebEncoders.Base64UrlEncode(SHA256.HashData("verifier"u8)),
            ["code_challenge_method"] = "S256",
        };
        var back = QueryHelpers.ParseQuery((await FollowAsync(QueryHelpers.AddQueryString(new Uri(server.Address, "/auth").ToString(), query))).Query);
        return back.TryGetValue("error", out var error) ? error.ToString() : null;
    }

    /// <summary>Signs out at the provider as the console asks for it; the page that asks whether that is meant is answered.</summary>
    public async Task SignOutAsync(string idToken)
    {
        var page = await SendAsync(HttpMethod.Get, $"/session/end?id_token_hint={idToken}&client_id={OidcServer.Client}", null);
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
            if (answer.Location.ToString().StartsWith(OidcRequests.Console, StringComparison.Ordinal))
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
