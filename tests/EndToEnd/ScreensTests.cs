using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace Helpdesk.EndToEnd;

/// <summary>
/// Every page that the desk has, on every screen and in every language, with hostile words wherever somebody can write. scripts/screens.sh keeps the pictures.
/// </summary>
public sealed partial class ScreensTests(WebDesk desk) : ConsoleVisits(desk), IClassFixture<WebDesk>
{
    [Theory]
    [InlineData("desk", "en-US", true)]
    [InlineData("desk-dark", "de-AT", true)]
    [InlineData("phone", "hr", false)]
    [InlineData("phone-dark", "en-US", false)]
    [InlineData("phone-320", "el", true)]
    public async Task Every_page_looks_right(string screen, string locale, bool axe)
    {
        var ada = await PersonAsync($"Ada {HostileWords.Words}", KeyRole.Admin);
        var (number, mail) = await HostileWords.SowAsync(Desk, ada.Group, screen);
        await using var visitor = await SignInAsync(ada, Screen.Named(screen), locale);
        var page = visitor.Page;
        var abroad = new List<string>();
        page.Request += (_, request) =>
        {
            if (request.Url.StartsWith("http", StringComparison.Ordinal) && new Uri(request.Url).Host != Desk.Address.Host)
                abroad.Add(request.Url);
        };

        async Task LookAsync(string path, string name)
        {
            await page.GotoAsync(Desk.In(path));
            await page.Locator("main h1").First.WaitForAsync(new() { State = WaitForSelectorState.Attached });
            await page.Locator(".loading, .row, .empty, .table, .panel, .timeline").First.WaitForAsync(new() { State = WaitForSelectorState.Attached });
            await Assertions.Expect(page.Locator(".loading")).ToHaveCountAsync(0);
            await (axe ? visitor.LooksRightAsync(name) : visitor.FitsAsync(name));
            await HostileWords.AreWordsAsync(page, path);
        }

        foreach (var path in new[] { "", "/views/all", "/views/breached", "/knowledge", "/knowledge/new", "/supervisor", "/nowhere", "/admin/nowhere" })
            await LookAsync($"/desk{path}", $"console{path.Replace('/', '-')}");
        await LookAsync("/desk/knowledge", "console-knowledge");
        if (await FirstAsync(page, "^/desk/knowledge/(?!new)[^/?]+$") is { } article)
            await LookAsync(article, "console-knowledge-one");

        // Whatever administration has: its own links lead to it.
        await page.GotoAsync(Desk.In("/desk/admin"));
        await page.Locator(".adminnav a").First.WaitForAsync(new() { State = WaitForSelectorState.Attached });
        var sections = await page.EvaluateAsync<string[]>("[...document.querySelectorAll('.adminnav a')].map((one) => one.getAttribute('href'))");
        Assert.True(sections.Length >= 13, string.Join(' ', sections));
        foreach (var section in sections)
        {
            var name = $"console-admin-{section.Split('/')[^1]}";
            await LookAsync(section, name);
            var (one, fresh) = (await FirstAsync(page, $"^{section}/(?!new)[^/?]+$"), await FirstAsync(page, $"^{section}/new$"));
            if (one is not null)
                await LookAsync(one, $"{name}-one");
            if (fresh is not null)
                await LookAsync(fresh, $"{name}-new");
        }

        // A mail as it was written, in its frame.
        await LookAsync($"/desk/tickets/{mail}", "console-ticket-mail");
        await page.Locator(".timeline .link").First.ClickAsync();
        await page.Locator("iframe.mailframe").WaitForAsync();
        await HostileWords.AreWordsAsync(page, "the mail's frame");
        Assert.Empty(abroad);

        await LookAsync($"/desk/tickets/{number}", "console-ticket");
        Assert.Equal(0, await page.Locator("img").CountAsync());
        await FilesAreOnlyFilesAsync(visitor, number);
        await MenusAsync(visitor, number, ada.Group);
        foreach (var path in new[] { "/", "/support", "/support/articles", "/docs" })
        {
            await page.GotoAsync(Desk.In(path));
            await page.WaitForLoadStateAsync(LoadState.Load);
            if (path == "/docs")
                await page.Locator("html[data-state=shown]").WaitForAsync();
            await visitor.FitsAsync($"page{path.Replace('/', '-')}");
            await HostileWords.AreWordsAsync(page, path);
        }

        await page.GotoAsync(Desk.In("/support/articles?lang=en"));
        if (await FirstAsync(page, "^/support/articles/[^/?]+") is { } shown)
        {
            await page.GotoAsync(Desk.In(shown));
            await (axe ? visitor.LooksRightAsync("page-support-article") : visitor.FitsAsync("page-support-article"));
            await HostileWords.AreWordsAsync(page, shown);
        }

        await page.GotoAsync(Desk.In($"/support?form=form-{screen}&lang=en"));
        await visitor.FitsAsync("page-support-form");
        await HostileWords.AreWordsAsync(page, "the form");
        Assert.Empty(abroad);
    }

    private static async Task MenusAsync(Visitor visitor, string number, string group)
    {
        var page = visitor.Page;
        foreach (var (key, name) in new[] { ("a", "assign"), ("s", "status"), ("p", "priority"), ("m", "macros") })
        {
            await page.Keyboard.PressAsync(key);
            await page.GetByRole(AriaRole.Menu).WaitForAsync();
            await visitor.LooksRightAsync($"console-menu-{name}");
            await page.Keyboard.PressAsync("Escape");
        }

        foreach (var (key, name) in new[] { ("?", "help"), ("Control+k", "palette") })
        {
            await page.Keyboard.PressAsync(key);
            await page.GetByRole(AriaRole.Dialog).WaitForAsync();
            await visitor.LooksRightAsync($"console-{name}");
            await page.Keyboard.PressAsync("Escape");
        }

        await page.GotoAsync(new Uri(new Uri(page.Url), $"/desk/views/all?group={group}").ToString());
        await Row(page, number).WaitForAsync();
        await page.Keyboard.PressAsync("c");
        await page.GetByRole(AriaRole.Dialog).WaitForAsync();
        await visitor.LooksRightAsync("console-new");
        await page.Keyboard.PressAsync("Escape");
        await page.Keyboard.PressAsync("j");
        await Assertions.Expect(Row(page, number)).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("x");
        await page.Locator(".bulk").WaitForAsync();
        await visitor.LooksRightAsync("console-bulk");
    }

    /// <summary>What somebody sends is never a page of the desk: it is saved, or shown where it can do nothing.</summary>
    private async Task FilesAreOnlyFilesAsync(Visitor visitor, string number)
    {
        var comments = await Desk.Api.AllAsync($"/api/tickets/{number}/comments");
        var files = comments.SelectMany(one => one["attachments"]?.AsArray() ?? []).Select(one => one!["id"]!.ToString()).ToList();
        Assert.Equal(2, files.Count);
        foreach (var file in files)
        {
            var answer = await visitor.Context.APIRequest.GetAsync(Desk.In($"/api/attachments/{file}"), new() { Headers = [new("X-Helpdesk-Session", "1")] });
            Assert.Equal(200, answer.Status);
            Assert.StartsWith("attachment", answer.Headers["content-disposition"], StringComparison.Ordinal);
            Assert.Contains("sandbox", answer.Headers["content-security-policy"], StringComparison.Ordinal);
        }
    }

    /// <summary>The rail, the views and the list have room for every language in a window of any width.</summary>
    [Theory]
    [InlineData("en-US")]
    [InlineData("de-AT")]
    [InlineData("hr")]
    [InlineData("el")]
    public async Task In_no_language_and_at_no_width_a_word_of_the_desk_is_cut(string locale)
    {
        var ada = await PersonAsync("Ada Wide", KeyRole.Admin);
        foreach (var (status, priority) in new[] { ("new", "low"), ("open", "normal"), ("pending", "high"), ("on-hold", "urgent") })
        {
            var number = await TicketAsync($"One that is {status}", ada.Group);
            object change =
                status == "new"
                    ? new { priority }
                    : new
                    {
                        priority,
                        status,
                        assignee = ada.Id,
                    };
            Assert.Equal(200, (await Desk.Api.SendAsync(HttpMethod.Patch, $"/api/tickets/{number}", change)).Status);
        }

        var solved = await TicketAsync("One that is resolved", ada.Group);
        await Desk.Api.PostAsync($"/api/tickets/{solved}/resolve", new { resolution = "It is done." });
        await using var visitor = await SignInAsync(ada, Screen.Desk, locale);
        var page = visitor.Page;
        foreach (var width in new[] { 1440, 1280, 1100, 1000, 920, 700, 390, 320 })
        {
            await page.SetViewportSizeAsync(width, 800);
            foreach (var path in new[] { $"/desk/views/all?group={ada.Group}", "/desk/admin/agents" })
            {
                await page.GotoAsync(Desk.In(path));
                await page.Locator(".c-sub a, td").First.WaitForAsync(new() { State = WaitForSelectorState.Attached });
                await visitor.NothingIsCutAsync($"{path} at {width} px in {locale}");
            }
        }
    }

    /// <summary>Colours of the system's own, more contrast, less motion, and a page at 200 %: nothing is lost.</summary>
    [Theory]
    [InlineData("desk-contrast")]
    [InlineData("desk-zoomed")]
    public async Task Whoever_sees_differently_sees_everything(string screen)
    {
        var ada = await PersonAsync("Ada Sharp", KeyRole.Admin);
        var number = await TicketAsync("The letters are small", ada.Group);
        await using var visitor = await SignInAsync(ada, Screen.Named(screen));
        var page = visitor.Page;
        foreach (
            var path in new[] { $"/desk/views/all?group={ada.Group}", "/desk/knowledge", "/desk/supervisor", "/desk/admin/policies/standard", "/support" }
        )
        {
            await page.GotoAsync(Desk.In(path));
            await page.Locator("h1").First.WaitForAsync(new() { State = WaitForSelectorState.Attached });
            await Assertions.Expect(page.Locator(".loading")).ToHaveCountAsync(0);
            await LookAsync($"sight{Unnamed().Replace(path, "-").Replace(ada.Group, "one", StringComparison.Ordinal)}");
        }

        await page.GotoAsync(Desk.In($"/desk/tickets/{number}"));
        await page.Locator("#answer").FillAsync("Here are larger ones.");
        await LookAsync("sight-ticket");
        // What sends is in sight and nothing lies on it.
        var send = page.GetByRole(AriaRole.Button, new() { Name = "Send as Pending" });
        await send.EvaluateAsync("(one) => one.scrollIntoView({ block: 'center' })");
        Assert.True(
            await send.EvaluateAsync<bool>(
                """
                (one) => {
                  const box = one.getBoundingClientRect();
                  return one.contains(document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2));
                }
                """
            )
        );
        await send.ClickAsync();
        await page.Locator(".entry--agent").GetByText("Here are larger ones.").WaitForAsync();
        await page.Keyboard.PressAsync("Escape");
        await page.Keyboard.PressAsync("s");
        await page.GetByRole(AriaRole.Menu).WaitForAsync();
        await LookAsync("sight-menu");

        // Where the colours are the system's, there are none to measure.
        async Task LookAsync(string name)
        {
            if (screen == "desk-zoomed")
            {
                await visitor.LooksRightAsync(name);
            }
            else
            {
                await visitor.FitsAsync(name);
                await SharpAsync(page, name);
            }
        }
    }

    /// <summary>Nothing moves, lines are as strong as the edges of fields, and where the keyboard is can be seen by an outline.</summary>
    private static async Task SharpAsync(IPage page, string where)
    {
        Assert.True(await page.EvaluateAsync<bool>("matchMedia('(forced-colors: active)').matches && matchMedia('(prefers-reduced-motion: reduce)').matches"));
        Assert.Equal(
            "",
            await page.EvaluateAsync<string>(
                """
                [...document.querySelectorAll('*')].filter((one) => {
                  const style = getComputedStyle(one);
                  return /[1-9]/.test(style.transitionDuration) || (style.animationName !== 'none' && /[1-9]/.test(style.animationDuration));
                }).map((one) => one.tagName + '.' + one.className).join(' ')
                """
            )
        );
        if (where.StartsWith("/desk", StringComparison.Ordinal))
            Assert.True(
                await page.EvaluateAsync<bool>(
                    """
                    ['--line', '--control-line'].map((name) => getComputedStyle(document.documentElement).getPropertyValue(name))
                      .every((value, _, all) => value === all[0])
                    """
                ),
                $"{where} has thin lines for who wants more contrast."
            );
        for (var i = 0; i < 6; i++)
        {
            await page.Keyboard.PressAsync("Tab");
            Assert.True(
                await page.EvaluateAsync<bool>(
                    """
                    (() => {
                      const style = getComputedStyle(document.activeElement);
                      return document.activeElement === document.body || (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1);
                    })()
                    """
                ),
                $"{where} does not show where the keyboard is after {i + 1} tabs."
            );
        }
    }

    /// <summary>The first link of a page that leads to an address of a kind.</summary>
    private static Task<string?> FirstAsync(IPage page, string pattern) =>
        page.EvaluateAsync<string?>(
            """
            (pattern) => [...document.querySelectorAll('main a, .adminpage a')].map((one) => one.getAttribute('href'))
              .find((one) => one && new RegExp(pattern).test(one)) ?? null
            """,
            pattern
        );

    [GeneratedRegex("[^a-z0-9]+")]
    private static partial Regex Unnamed();
}
