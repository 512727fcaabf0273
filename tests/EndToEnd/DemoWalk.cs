using Helpdesk.Testing;
using Microsoft.Playwright;

namespace Helpdesk.EndToEnd;

/// <summary>Looks at a demo desk as somebody who tries it: there is something on every page. The README's pictures are made here.</summary>
internal static class DemoWalk
{
    /// <summary>Where nothing is as it should be: nothing has gone wrong, nothing is sent out, and nobody is kept away.</summary>
    private static readonly string[] Empty =
    [
        "dead-letters",
        "deliveries",
        "mailboxes",
        "suppressions",
        "blocked-senders",
        "telephone-systems",
        "sign-in",
        "keys",
        "configuration",
    ];

    private static readonly string Pictures = Path.Combine(AzuriteServer.Root, "artifacts", "pictures");

    public static async Task WalkAsync(Uri address, string key, Api api)
    {
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await Chromium.LaunchAsync(playwright);
        var context = await browser.NewContextAsync(
            new()
            {
                Locale = "en-GB",
                ViewportSize = new() { Width = 1280, Height = 760 },
                ColorScheme = ColorScheme.Light,
            }
        );
        var page = await context.NewPageAsync();
        page.SetDefaultTimeout(Chromium.Patience);
        string In(string path) => new Uri(address, path).ToString();

        await page.GotoAsync(In("/"));
        foreach (var link in new[] { "/desk", "/support", "/support/articles", "/chat", "/docs", "/outbox" })
            Assert.Equal(1, await page.Locator($"main a[href^='{link}']:not([href^='{link}/'])").CountAsync());

        await page.GotoAsync(In("/desk"));
        await page.Locator("input[type=password]").FillAsync(key);
        await page.Keyboard.PressAsync("Enter");
        await page.GetByRole(AriaRole.Radio, new() { Name = "Anna Keller" }).CheckAsync();
        await page.Locator("form .btn--primary").ClickAsync();
        await page.Locator(".rows-v .row").First.WaitForAsync();
        await page.Locator(".views .count").First.WaitForAsync();
        await PictureAsync(page, "inbox");

        var form = (await api.GetAsync("/api/search?q=custom.model:light,strong%20status:open,pending,resolved&type=tickets&limit=1"))["items"]![0]!;
        await page.GotoAsync(In($"/desk/tickets/{form["ticket"]!["number"]}"));
        await page.Locator(".answers dd").First.WaitForAsync();
        await page.Locator(".mini__two").First.WaitForAsync();
        await PictureAsync(page, "ticket");

        await page.GotoAsync(In("/desk/supervisor"));
        await page.Locator(".charts svg").First.WaitForAsync();
        await Assertions.Expect(page.Locator(".loading")).ToHaveCountAsync(0);
        await PictureAsync(page, "numbers");

        await page.GotoAsync(In("/desk/admin"));
        await page.Locator(".adminnav a").First.WaitForAsync();
        var sections = await page.EvaluateAsync<string[]>("[...document.querySelectorAll('.adminnav a')].map((one) => one.getAttribute('href'))");
        foreach (var path in sections.Where(one => !Empty.Contains(one.Split('/')[^1])).Prepend("/desk/knowledge"))
        {
            await page.GotoAsync(In(path));
            await page.Locator("main h1").First.WaitForAsync(new() { State = WaitForSelectorState.Attached });
            await Assertions.Expect(page.Locator(".loading")).ToHaveCountAsync(0);
            Assert.True(await page.Locator(".empty").CountAsync() == 0, $"{path} has nothing.");
        }

        await page.GotoAsync(In("/support?lang=en"));
        await page.Locator("main").First.WaitForAsync();
        await PictureAsync(page, "support");
    }

    /// <summary>A picture as small as it can be and still be read.</summary>
    private static async Task PictureAsync(IPage page, string name)
    {
        var session = await page.Context.NewCDPSessionAsync(page);
        var taken = await session.SendAsync("Page.captureScreenshot", new Dictionary<string, object> { ["format"] = "webp", ["quality"] = 70 });
        var bytes = taken!.Value.GetProperty("data").GetBytesFromBase64();
        System.IO.Directory.CreateDirectory(Pictures);
        await File.WriteAllBytesAsync(Path.Combine(Pictures, $"{name}.webp"), bytes);
        Assert.InRange(bytes.Length, 5_000, 120_000);
    }
}
