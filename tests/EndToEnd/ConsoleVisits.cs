using System.Globalization;
using Microsoft.Playwright;

namespace Helpdesk.EndToEnd;

/// <summary>Agents who sign in to the console, and tickets for them.</summary>
public abstract class ConsoleVisits(WebDesk desk)
{
    private static int _names;

    protected WebDesk Desk => desk;

    protected enum KeyRole
    {
        Agent,
        Admin,
    }

    protected sealed record Person(string Id, string Key, string Group);

    /// <summary>An agent with a key, in a group of their own.</summary>
    private protected async Task<Person> PersonAsync(string name, KeyRole role = KeyRole.Agent)
    {
        var id = $"p{Interlocked.Increment(ref _names).ToString(CultureInfo.InvariantCulture)}";
        await Desk.Api.PostAsync("/api/groups", new { id = $"g{id}", name = $"Group {id}" });
        await Desk.Api.PostAsync(
            "/api/agents",
            new
            {
                id,
                name,
                email = $"{id}@example.com",
                groups = new[] { $"g{id}" },
            }
        );
        var key = await Desk.Api.PostAsync(
            "/api/keys",
            new
            {
                name = id,
                role = role.ToString().ToLowerInvariant(),
                agent = id,
            }
        );
        return new(id, key["key"]!.GetValue<string>(), $"g{id}");
    }

    private protected async Task<string> TicketAsync(string subject, string group, string? name = null) =>
        (
            await Desk.Api.PostAsync(
                "/api/tickets",
                new
                {
                    subject,
                    description = $"{subject}, since this morning.",
                    group,
                    requester = new { email = "rita@example.com", name = name ?? "Rita" },
                }
            )
        )["number"]!.ToString();

    private protected async Task<Visitor> SignInAsync(Person person, Screen screen, string locale = "en-US")
    {
        var visitor = await Desk.VisitAsync(screen, locale);
        var page = await visitor.GoAsync("/desk");
        await page.Locator("input[type=password]").FillAsync(person.Key);
        await visitor.LooksRightAsync("console-signin", "401");
        await page.Keyboard.PressAsync("Enter");
        await page.Locator(".list").WaitForAsync();
        visitor.Forget("401");
        return visitor;
    }

    protected static ILocator Row(IPage page, string number) => page.Locator($".c-sub a[href='/desk/tickets/{number}']");
}
