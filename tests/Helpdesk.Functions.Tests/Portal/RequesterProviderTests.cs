using System.Globalization;
using System.Net;
using Helpdesk.Functions.Portal;
using Helpdesk.Testing;

namespace Helpdesk.Functions.Tests.Portal;

/// <summary>Requesters who sign in at a real OpenID Connect provider.</summary>
public sealed class RequesterProviderTests(DeskFixture fixture)
{
    private readonly string _host = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{AzuriteServer.FreePort()}");

    [Fact]
    public async Task Who_has_a_verified_address_at_the_provider_sees_their_requests_and_nobody_else_does()
    {
        await using var server = await OidcServer.StartAsync($"http://{_host}{RequesterProvider.Callback}");
        await server.KnowAsync("rita", "Rita@Example.com");
        await server.KnowAsync("mallory", "rita@example.com", verified: false);
        using var desk = await fixture.OpenDeskAsync();
        await desk.OpenTicketAsync("Of Rita", "rita@example.com");
        await desk.ListShowsAsync("status=new", 1);
        await using var app = await RunningApp.StartAsync(
            fixture.Storage,
            null,
            $"--SignIn:Authority={server.Issuer}",
            $"--SignIn:ClientId={OidcServer.Client}",
            $"--SignIn:Workspace={desk.Workspace}"
        );
        var list = $"/support/requests?workspace={desk.Workspace}";
        using var rita = new PortalBrowser(app, desk);
        Assert.Contains("/support/sign-in-provider?workspace=", await rita.ReadAsync(list), StringComparison.Ordinal);
        Assert.Equal((302, list), await EndAsync(rita, await BeginAsync(rita, server, "rita")));
        var html = await rita.SendAsync(HttpMethod.Get, list, null, ("Host", _host));
        Assert.Contains("Of Rita", html.Html, StringComparison.Ordinal);

        using var mallory = new PortalBrowser(app, desk);
        Assert.Equal((302, $"{list}&refused=1"), await EndAsync(mallory, await BeginAsync(mallory, server, "mallory")));
        // An answer that a browser did not ask for is worth nothing there, and is used up by nobody who only looks.
        using var victim = new PortalBrowser(app, desk);
        var answer = await BeginAsync(rita, server, "rita");
        Assert.Equal((302, $"{list}&refused=1"), await EndAsync(victim, answer));
        Assert.Equal(404, (await rita.SendAsync(HttpMethod.Head, answer.PathAndQuery, null, ("Host", _host))).Status);
        Assert.Equal((302, list), await EndAsync(rita, answer));
        Assert.Equal((302, $"{list}&refused=1"), await EndAsync(rita, answer));
        using var elsewhere = await fixture.OpenDeskAsync();
        Assert.Equal(404, (await rita.SendAsync(HttpMethod.Get, $"/support/sign-in-provider?workspace={elsewhere.Workspace}")).Status);
    }

    /// <summary>Goes to the provider and through it; gives the address that it leads back to.</summary>
    private async Task<Uri> BeginAsync(PortalBrowser browser, OidcServer server, string sub)
    {
        var begun = await browser.SendAsync(HttpMethod.Get, browser.Of("/support/sign-in-provider"), null, ("Host", _host));
        Assert.Equal(302, begun.Status);
        Assert.StartsWith(server.Issuer, begun.Location, StringComparison.Ordinal);
        using var http = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false, CookieContainer = new CookieContainer() });
        var address = new Uri($"{begun.Location}&login_hint={sub}");
        for (var hops = 0; hops < 10; hops++)
        {
            using var answer = await http.GetAsync(address, TestContext.Current.CancellationToken);
            Assert.NotNull(answer.Headers.Location);
            address = new Uri(server.Address, answer.Headers.Location);
            if (address.Authority == _host)
                return address;
        }

        throw new InvalidOperationException("The provider goes round in circles.");
    }

    private async Task<(int Status, string? Location)> EndAsync(PortalBrowser browser, Uri answer)
    {
        var (status, location, _) = await browser.SendAsync(HttpMethod.Get, answer.PathAndQuery, null, ("Host", _host));
        return (status, location);
    }
}
