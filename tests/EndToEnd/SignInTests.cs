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
        await provider.KnowAsync("sub-eve", "eve@example.com");
        await provider.NextIsAsync("sub-eve");
        var number = await MailAsync(address, api);

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
                // Eve is told so.
                && !message.Text.Contains("403", StringComparison.Ordinal)
            )
                complaints.Add(message.Text);
        };
        await page.GotoAsync(new Uri(address, "/desk/views/all").ToString());
        await page.GetByRole(AriaRole.Button, new() { Name = "Continue with Example" }).ClickAsync();
        // Whom the provider knows and the desk does not is told so, and can sign out and be somebody else.
        await page.GetByRole(AriaRole.Alert).WaitForAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Yes" }).ClickAsync();
        await provider.NextIsAsync("sub-ada");
        await page.GotoAsync(new Uri(address, "/desk/views/all").ToString());
        await page.GetByRole(AriaRole.Button, new() { Name = "Continue with Example" }).ClickAsync();
        await page.WaitForURLAsync(new Uri(address, "/desk/views/all").ToString());
        var menu = page.GetByRole(AriaRole.Button, new() { NameRegex = new("Ada Lovelace") });
        await menu.WaitForAsync();
        // The token is nowhere where it outlives the page.
        Assert.DoesNotContain("eyJ", await page.EvaluateAsync<string>("JSON.stringify(localStorage) + JSON.stringify(sessionStorage) + document.cookie"));

        await page.ReloadAsync();
        await menu.WaitForAsync();
        await MailIsShownAsync(page, new Uri(address, $"/desk/tickets/{number}"));
        await menu.ClickAsync();
        await page.GetByRole(AriaRole.Menuitem, new() { Name = "Sign out" }).ClickAsync();
        // The provider asks whether that is meant.
        await page.GetByRole(AriaRole.Button, new() { Name = "Yes" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Continue with Example" }).WaitForAsync();
        await page.ReloadAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Continue with Example" }).WaitForAsync();
        Assert.Empty(complaints);
    }

    /// <summary>A mail in HTML with a picture on another server.</summary>
    /// <returns>Number of its ticket.</returns>
    private static async Task<string> MailAsync(Uri address, Api api)
    {
        var mailbox = await api.PostAsync("/api/mailboxes", new { address = "support@desk.example" });
        using var http = new HttpClient();
        using var mail = new StringContent(
            "From: rita@example.com\r\nTo: support@desk.example\r\nSubject: Look\r\nMessage-ID: <look@example.com>\r\nMIME-Version: 1.0\r\n"
                + "Content-Type: text/html\r\n\r\n<p>Look at <b>this</b><img src=\"https://picture.example/one.png\"></p>\r\n"
        );
        mail.Headers.ContentType = new("message/rfc822");
        using var response = await http.PostAsync(new Uri(address, new Uri(mailbox["intakeUrl"]!.GetValue<string>()).PathAndQuery), mail);
        Assert.True(response.IsSuccessStatusCode);
        List<JsonNode> tickets = [];
        await Until.TrueAsync(async () => (tickets = await api.AllAsync("/api/tickets")).Count == 1, "the mail is a ticket");
        return tickets[0]["number"]!.ToString();
    }

    /// <summary>A frame can send no token, and yet it shows the mail, and pictures of other servers when they are asked for.</summary>
    private static async Task MailIsShownAsync(IPage page, Uri ticket)
    {
        var pictures = 0;
        await page.RouteAsync(
            "https://picture.example/**",
            route =>
            {
                pictures++;
                return route.FulfillAsync(new() { ContentType = "image/svg+xml", Body = "<svg xmlns=\"http://www.w3.org/2000/svg\"/>" });
            }
        );
        await page.GotoAsync(ticket.ToString());
        await page.GetByRole(AriaRole.Button, new() { Name = "Show the original mail" }).ClickAsync();
        await page.FrameLocator("iframe.mailframe").Locator("b").GetByText("this").WaitForAsync();
        Assert.Equal(0, pictures);
        await page.RunAndWaitForRequestFinishedAsync(
            () => page.GetByRole(AriaRole.Button, new() { Name = "Load pictures of other servers" }).ClickAsync(),
            new() { Predicate = request => request.Url == "https://picture.example/one.png" }
        );
        Assert.Equal(1, pictures);
    }
}
