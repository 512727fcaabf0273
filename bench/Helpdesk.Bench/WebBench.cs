using System.Diagnostics;
using System.Text.Json;
using Azure.Data.Tables;
using Helpdesk.Testing;
using Microsoft.Playwright;

namespace Helpdesk.Bench;

/// <summary>
/// The console in a browser on this machine: what its first load weighs, when it can be used, a list of 10,000 tickets, opening one of them.
/// </summary>
internal static class WebBench
{
    private const int Tickets = 10_000;
    private const int Opened = 30;

    public static async Task RunAsync(AppFolder app)
    {
        await using var azurite = await Storage.StartAsync(inMemory: true);
        await using var host = await HostProcess.StartAsync(app, azurite.ConnectionString);
        await host.Desk.SendAsync(
            HttpMethod.Post,
            "/api/agents",
            new
            {
                id = "ada",
                name = "Ada",
                email = "ada@example.com",
            }
        );
        var key = await host.Desk.SendAsync(
            HttpMethod.Post,
            "/api/keys",
            new
            {
                name = "Ada",
                role = "agent",
                agent = "ada",
            }
        );
        var lists = new TableClient(azurite.ConnectionString, "TicketLists");
        await lists.CreateIfNotExistsAsync();
        await ListBench.FillAsync(lists, 0, Tickets);
        for (var ticket = 0; ticket < Opened; ticket++)
            await host.Desk.OpenAsync();
        await Storage.QuietAsync(azurite.ConnectionString, Storage.Deliveries);

        using var playwright = await Playwright.CreateAsync();
        await using var browser = await Chromium.LaunchAsync(playwright);
        await using var context = await browser.NewContextAsync(
            new()
            {
                ViewportSize = new() { Width = 1440, Height = 900 },
            }
        );
        var page = await context.NewPageAsync();
        var list = new Uri(host.Desk.Address, "/desk/views/all?status=open").ToString();
        await page.GotoAsync(list);
        await page.Locator("input[type=password]").FillAsync(key["key"]!.GetValue<string>());
        await page.Keyboard.PressAsync("Enter");
        await page.Locator(".list").WaitForAsync();

        Console.WriteLine("\n## The console in Chromium, desk and browser on this machine\n\n| | |\n|---|---|");
        // A page of its own for each load: nothing is in the browser's cache.
        List<double> usable = [];
        long weight = 0;
        for (var turn = 0; turn < 5; turn++)
        {
            await using var fresh = await browser.NewContextAsync(
                new()
                {
                    ViewportSize = new() { Width = 1440, Height = 900 },
                    StorageState = await context.StorageStateAsync(),
                }
            );
            var first = await fresh.NewPageAsync();
            var watch = Stopwatch.StartNew();
            await first.GotoAsync(list, new() { WaitUntil = WaitUntilState.Commit });
            await first.Locator(".rows-v .row").First.WaitForAsync();
            usable.Add(watch.Elapsed.TotalMilliseconds);
            weight = await first.EvaluateAsync<long>(
                """
                performance.getEntriesByType('navigation')
                  .concat(performance.getEntriesByType('resource').filter(one => one.name.includes('/desk/')))
                  .reduce((sum, one) => sum + one.encodedBodySize, 0)
                """
            );
        }

        Console.WriteLine(Figures.Text($"| bytes of its own that the browser has loaded, the ticket page included | {weight / 1024.0:F1} KB |"));
        Console.WriteLine(Figures.Text($"| from the address to the first ticket of the list, median of 5, nothing cached | {Median(usable):F0} ms |"));

        await page.GotoAsync(list);
        await page.Locator(".rows-v .row").First.WaitForAsync();
        var scrolled = await page.EvaluateAsync<JsonElement>(
            """
            async () => {
              let worst = 0, slow = 0, frames = 0, last = performance.now(), rows = 0;
              const began = last;
              const count = () => Number(document.querySelector('.tickets').getAttribute('aria-rowcount'));
              while (count() < 0 || scrollY + innerHeight < document.documentElement.scrollHeight - 2) {
                await new Promise(requestAnimationFrame);
                const now = performance.now();
                worst = Math.max(worst, now - last); if (now - last > 50) slow++; frames++; last = now;
                rows = Math.max(rows, document.querySelectorAll('.rows-v .row').length);
                scrollBy(0, 400);
                if (now - began > 120000) break;
              }
              return { worst, slow, frames, rows, count: count() - 1, seconds: (performance.now() - began) / 1000 };
            }
            """
        );
        double Of(string name) => scrolled.GetProperty(name).GetDouble();
        Console.WriteLine(
            Figures.Text($"| scrolling through {Of("count"):F0} tickets, 400 pixels a frame | {Of("seconds"):F1} s, {Of("frames"):F0} frames, ")
                + Figures.Text($"{Of("slow"):F0} over 50 ms, the longest {Of("worst"):F0} ms |")
        );
        Console.WriteLine(Figures.Text($"| lines of the list in the page at most | {Of("rows"):F0} |"));

        List<double> opening = [];
        for (var turn = 0; turn < 20; turn++)
        {
            await page.GotoAsync(new Uri(host.Desk.Address, "/desk/views/all?status=new").ToString());
            var link = page.Locator(".rows-v .row .c-sub a").Nth(turn % 10);
            await link.WaitForAsync();
            // Whoever opens a ticket points at it first.
            var number = (await link.GetAttributeAsync("href"))!.Split('/')[^1];
            await page.Mouse.MoveAsync(0, 0);
            await page.RunAndWaitForResponseAsync(
                () => link.HoverAsync(),
                answer => answer.Url.Contains($"/api/tickets/{number}/events", StringComparison.Ordinal)
            );
            opening.Add(
                await page.EvaluateAsync<double>(
                    """
                    number => new Promise(done => {
                      const began = performance.now();
                      const look = () => document.querySelector('.timeline .entry__body') ? done(performance.now() - began) : requestAnimationFrame(look);
                      document.querySelector(`.c-sub a[href='/desk/tickets/${number}']`).click();
                      look();
                    })
                    """,
                    number
                )
            );
        }

        var times = Figures.Text($"median and longest of {opening.Count} | {Median(opening):F0} ms, {opening.Max():F0} ms |");
        Console.WriteLine($"| from a press on a line to the words of the ticket, {times}");
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
