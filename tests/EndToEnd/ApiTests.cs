using System.Diagnostics;
using Helpdesk.Testing;
using Microsoft.Playwright;

namespace Helpdesk.EndToEnd;

/// <summary>What somebody does who builds on the API: makes a typed client from its description, and reads the reference.</summary>
public sealed class ApiTests : IAsyncLifetime
{
    private const string Key = "hd_first_key_of_the_api_tests";

    private readonly string _data = System.IO.Directory.CreateTempSubdirectory("helpdesk-api-").FullName;
    private readonly int _port = AzuriteServer.FreePort();
    private Started _host = null!;

    private string Address => $"http://localhost:{_port}";

    public async ValueTask InitializeAsync()
    {
        _host = Started.Begin("./run.sh", ["--port", $"{_port}", "--data", _data], ("HELPDESK_ADMIN_KEY", Key));
        await _host.SaysAsync("Helpdesk is ready at");
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        System.IO.Directory.Delete(_data, recursive: true);
    }

    [Fact]
    public async Task A_client_whose_types_are_made_from_the_description_works_tickets_policies_and_calendars()
    {
        var start = new ProcessStartInfo("npm", ["test", "--silent", "--prefix", "tests/ApiClient"])
        {
            WorkingDirectory = AzuriteServer.Root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        (start.Environment["HELPDESK_URL"], start.Environment["HELPDESK_KEY"]) = (Address, Key);
        using var client = Process.Start(start)!;
        var cancelled = TestContext.Current.CancellationToken;
        var (output, errors) = (client.StandardOutput.ReadToEndAsync(cancelled), client.StandardError.ReadToEndAsync(cancelled));
        await client.WaitForExitAsync(cancelled);
        Assert.True(client.ExitCode == 0, $"{await output}\n{await errors}");
    }

    [Theory]
    [InlineData("desk", 1400, 1000)]
    [InlineData("phone", 390, 800)]
    public async Task The_reference_shows_every_operation_and_fetches_nothing_from_elsewhere(string screen, int width, int height)
    {
        var screenshots = System.IO.Directory.CreateDirectory(Path.Combine(AzuriteServer.Root, "artifacts", "screenshots")).FullName;
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await Chromium.LaunchAsync(playwright);
        var page = await browser.NewPageAsync(
            new()
            {
                ViewportSize = new() { Width = width, Height = height },
            }
        );
        page.SetDefaultTimeout(Chromium.Patience);
        var complaints = new List<string>();
        page.Console += (_, message) => complaints.Add($"{message.Type}: {message.Text}");
        page.PageError += (_, error) => complaints.Add(error);
        page.Request += (_, request) =>
        {
            // The search runs in a worker that the page makes itself, from a blob.
            if (!new[] { Address, "blob:", "data:" }.Any(here => request.Url.StartsWith(here, StringComparison.Ordinal)))
                complaints.Add($"It asked for {request.Url}.");
        };

        await page.GotoAsync($"{Address}/docs#tag/Tickets/operation/OpenTicket");
        await page.Locator("html[data-state]").WaitForAsync();
        Assert.Equal("shown", await page.EvaluateAsync<string>("document.documentElement.dataset.state"));
        await page.Locator("h2", new() { HasText = "Opens a ticket" }).WaitForAsync();
        await page.GetByText("How soon it wants attention").First.WaitForAsync();
        var operations = await page.EvaluateAsync<int>(
            "async () => { const api = await (await fetch('/api/openapi.json')).json(); return Object.values(api.paths).flatMap(Object.keys).length; }"
        );
        Assert.Equal(operations, await page.Locator("[data-section-id^='tag/'][data-section-id*='/operation/']").CountAsync());
        Assert.Equal(width, await page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
        await page.ScreenshotAsync(new() { Path = Path.Combine(screenshots, $"reference-{screen}.png") });
        Assert.Empty(complaints);
    }

    [Fact]
    public async Task The_reference_is_as_dark_as_the_system_also_when_that_changes()
    {
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await Chromium.LaunchAsync(playwright);
        var page = await browser.NewPageAsync(new() { ColorScheme = ColorScheme.Dark });
        page.SetDefaultTimeout(Chromium.Patience);
        await page.GotoAsync($"{Address}/docs");
        await page.Locator("html[data-state=shown]").WaitForAsync();
        await Assertions.Expect(page.Locator("body")).ToHaveCSSAsync("background-color", "rgb(14, 20, 27)");
        await Assertions.Expect(page.Locator("h1").First).ToHaveCSSAsync("color", "rgb(233, 238, 243)");

        await page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Light });
        await Assertions.Expect(page.Locator("body")).ToHaveCSSAsync("background-color", "rgb(255, 255, 255)");
        await Assertions.Expect(page.Locator("h1").First).ToHaveCSSAsync("color", "rgb(29, 39, 51)");
    }
}
