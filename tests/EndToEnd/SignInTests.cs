using System.Text.Json.Nodes;
using Helpdesk.Testing;
using Microsoft.Playwright;

namespace Helpdesk.EndToEnd;

/// <summary>Signing in at a real OpenID Connect provider with a real browser, from the console's first page to signing out.</summary>
public sealed class SignInTests
{
    private const string Key = "hd_first_key_of_the_sign_in_tests";

    [Fact]
    public async Task An_agent_signs_in_at_the_provider_stays_signed_in_when_the_page_is_loaded_anew_and_signs_out()
    {
        var data = System.IO.Directory.CreateTempSubdirectory("helpdesk-sign-in-").FullName;
        var port = AzuriteServer.FreePort();
        var address = new Uri($"http://127.0.0.1:{port}");
        await using var azurite = await AzuriteServer.StartAsync();
        await using var provider = await OidcServer.StartAsync(new Uri(address, "/desk").ToString());
        await using var host = Started.Begin(
            "./run.sh",
            ["--port", $"{port}", "--data", data, "--storage", azurite.ConnectionString],
            ("HELPDESK_ADMIN_KEY", Key),
            ("SignIn__Authority", provider.Issuer),
            ("SignIn__ClientId", OidcServer.Client),
            ("SignIn__Audience", "https://desk.example"),
            ("SignIn__Resource", "https://desk.example"),
            ("SignIn__Scopes", "openid email offline_access desk"),
            ("SignIn__Name", "Example")
        );
        await host.SaysAsync("is ready at");
        using var api = new Api(address, Key);
        await api.PostAsync("/api/agents", new JsonObject { ["name"] = "Ada Lovelace", ["email"] = "ada@example.com" });
        await provider.KnowAsync("sub-ada", "ada@example.com");
        await provider.NextIsAsync("sub-ada");

        using var playwright = await Playwright.CreateAsync();
        await using var browser = await Chromium.LaunchAsync(playwright);
        var page = await browser.NewPageAsync();
        page.SetDefaultTimeout(Chromium.Patience);
        var complaints = new List<string>();
        page.PageError += (_, error) => complaints.Add(error);
        page.Console += (_, message) =>
        {
            // Before anybody is signed in, the desk says so with a 401; what the provider's pages lack is its own business.
            if (
                message.Type == "error"
                && message.Location.StartsWith(address.ToString(), StringComparison.Ordinal)
                && !message.Text.Contains("401", StringComparison.Ordinal)
            )
                complaints.Add(message.Text);
        };
        await page.GotoAsync(new Uri(address, "/desk/views/all").ToString());
        await page.GetByRole(AriaRole.Button, new() { Name = "Continue with Example" }).ClickAsync();
        await page.WaitForURLAsync(new Uri(address, "/desk/views/all").ToString());
        var menu = page.GetByRole(AriaRole.Button, new() { NameRegex = new("Ada Lovelace") });
        await menu.WaitForAsync();
        // The token is nowhere where it outlives the page.
        Assert.DoesNotContain("eyJ", await page.EvaluateAsync<string>("JSON.stringify(localStorage) + JSON.stringify(sessionStorage) + document.cookie"));

        await page.ReloadAsync();
        await menu.WaitForAsync();
        await menu.ClickAsync();
        await page.GetByRole(AriaRole.Menuitem, new() { Name = "Sign out" }).ClickAsync();
        // The provider asks whether that is meant.
        await page.GetByRole(AriaRole.Button, new() { Name = "Yes" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Continue with Example" }).WaitForAsync();
        await page.ReloadAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Continue with Example" }).WaitForAsync();
        Assert.Empty(complaints);
    }
}
