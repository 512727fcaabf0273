using System.Globalization;
using System.Text.Json.Nodes;
using Helpdesk.Testing;
using Microsoft.Playwright;

namespace Helpdesk.EndToEnd;

/// <summary>
/// The agent console in a real browser: a day by keyboard alone, two agents at one ticket, no connection, every page in every language and on every screen.
/// </summary>
public sealed class ConsoleTests(WebDesk desk) : IClassFixture<WebDesk>
{
    private static int _names;

    [Fact]
    public async Task An_agent_works_tickets_by_keyboard_alone()
    {
        var ada = await PersonAsync("Ada Lovelace");
        var first = await TicketAsync("The coffee machine leaks", ada.Group);
        var second = await TicketAsync("The lift plays music", ada.Group);
        await using var visitor = await SignInAsync(ada, Screen.Desk);
        var page = visitor.Page;
        await page.GotoAsync(desk.In($"/desk/views/all?group={ada.Group}"));
        await Row(page, first).WaitForAsync();

        // The list: newest change first.
        await page.Keyboard.PressAsync("j");
        await Assertions.Expect(Row(page, second)).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("j");
        await Assertions.Expect(Row(page, first)).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("k");
        await page.Keyboard.PressAsync("Enter");
        await Heading(page, "The lift plays music").WaitForAsync();

        // A note, an assignment, a priority, a reply.
        // Nobody waits between the key and the words: they go to the composer, and none of them is a shortcut.
        await page.Keyboard.PressAsync("n");
        await page.Keyboard.TypeAsync("It is always the same song.");
        await page.Keyboard.PressAsync("Control+Enter");
        await page.Locator(".entry--note").GetByText("It is always the same song.").WaitForAsync();
        await page.Keyboard.PressAsync("Escape");
        await page.Keyboard.PressAsync("a");
        await page.GetByRole(AriaRole.Menuitem, new() { Name = "To me" }).WaitForAsync();
        await page.Keyboard.PressAsync("Enter");
        await page.Locator("#assign-menu").GetByText("Ada Lovelace").First.WaitForAsync();
        await page.Keyboard.PressAsync("p");
        await page.GetByRole(AriaRole.Menuitem, new() { Name = "High" }).WaitForAsync();
        await page.Keyboard.PressAsync("h");
        await page.Keyboard.PressAsync("Enter");
        await page.Locator("#priority-menu").GetByText("High").WaitForAsync();
        await page.Keyboard.PressAsync("Escape");
        await page.Keyboard.PressAsync("r");
        await page.Keyboard.TypeAsync("We turn it down.");
        await page.Keyboard.PressAsync("Control+Enter");
        await page.Locator(".entry--agent").GetByText("We turn it down.").WaitForAsync();
        await page.Locator("#status-menu").GetByText("Pending").WaitForAsync();
        await visitor.LooksRightAsync("console-worked");

        // Resolving opens the next one.
        await page.Keyboard.PressAsync("Escape");
        await page.Keyboard.PressAsync("s");
        await page.GetByRole(AriaRole.Menuitem, new() { Name = "Resolved" }).WaitForAsync();
        await page.Keyboard.PressAsync("End");
        await page.Keyboard.PressAsync("Enter");
        await page.GetByRole(AriaRole.Dialog).WaitForAsync();
        await visitor.LooksRightAsync("console-resolve");
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Textbox).FocusAsync();
        await page.Keyboard.TypeAsync("The volume is down.");
        await page.Keyboard.PressAsync("Tab");
        await page.Keyboard.PressAsync("Tab");
        await page.Keyboard.PressAsync("Enter");
        await Heading(page, "The coffee machine leaks").WaitForAsync();

        var ticket = await desk.Api.GetAsync($"/api/tickets/{second}");
        Assert.Equal(
            ("resolved", "high", ada.Id, "The volume is down."),
            (Text(ticket, "status"), Text(ticket, "priority"), Text(ticket, "assignee"), Text(ticket, "resolution"))
        );
        var comments = await desk.Api.AllAsync($"/api/tickets/{second}/comments");
        Assert.Equal(
            [("It is always the same song.", "internal"), ("We turn it down.", "public")],
            comments.Select(one => (one["body"]!.GetValue<string>(), one["visibility"]!.GetValue<string>()))
        );
        Assert.All(comments, one => Assert.Equal(ada.Id, one["author"]!["id"]!.GetValue<string>()));

        // The list again, several at once, and back.
        await page.Keyboard.PressAsync("u");
        await Row(page, first).WaitForAsync();
        await page.Keyboard.PressAsync("?");
        await page.GetByRole(AriaRole.Dialog, new() { Name = "Keyboard shortcuts" }).WaitForAsync();
        await page.Keyboard.PressAsync("Escape");
        visitor.NothingIsWrong();
    }

    [Fact]
    public async Task Of_two_agents_who_answer_at_once_the_second_one_keeps_the_draft_and_decides()
    {
        var ada = await PersonAsync("Ada Byron");
        var ben = await PersonAsync("Ben Stone");
        var number = await TicketAsync("The door squeaks", ada.Group);
        await using var first = await SignInAsync(ada, Screen.Desk);
        await using var second = await SignInAsync(ben, Screen.DarkDesk, "de-AT");
        foreach (var visitor in new[] { first, second })
        {
            await visitor.Page.GotoAsync(desk.In($"/desk/tickets/{number}"));
            await visitor.Page.Locator("#answer").WaitForAsync();
        }

        await second.Page.Locator("#answer").FillAsync("Ich öle sie morgen.");
        await first.Page.GetByText("Ben Stone is replying").WaitForAsync();
        await first.Page.Locator("#answer").FillAsync("I oil it today.");
        await first.Page.Locator("#answer").PressAsync("Control+Enter");
        await first.Page.Locator(".entry--agent").GetByText("I oil it today.").WaitForAsync();
        // It arrives by itself at the other one.
        await second.Page.Locator(".entry--agent").GetByText("I oil it today.").WaitForAsync();

        await second.Page.Locator("#answer").PressAsync("Control+Enter");
        var dialog = second.Page.GetByRole(AriaRole.Dialog);
        await dialog.GetByText("I oil it today.").WaitForAsync();
        await dialog.GetByText("Ich öle sie morgen.").WaitForAsync();
        await second.LooksRightAsync("console-collision", "412");
        Assert.Single(await desk.Api.AllAsync($"/api/tickets/{number}/comments"));
        // The draft is still there after the page is loaded anew.
        await second.Page.ReloadAsync();
        await Assertions.Expect(second.Page.Locator("#answer")).ToHaveValueAsync("Ich öle sie morgen.");
        await second.Page.Locator("#answer").PressAsync("Control+Enter");
        await second.Page.GetByRole(AriaRole.Button, new() { Name = "Trotzdem senden" }).ClickAsync();
        await second.Page.Locator(".entry--agent").GetByText("Ich öle sie morgen.").WaitForAsync();
        Assert.Equal(2, (await desk.Api.AllAsync($"/api/tickets/{number}/comments")).Count);
        first.NothingIsWrong();
        second.NothingIsWrong("412");
    }

    [Fact]
    public async Task Without_a_connection_nothing_is_lost_and_what_is_sent_later_is_sent_once()
    {
        var ada = await PersonAsync("Ada King");
        var number = await TicketAsync("The clock is slow", ada.Group);
        await using var visitor = await SignInAsync(ada, Screen.Phone);
        var page = visitor.Page;
        await page.GotoAsync(desk.In($"/desk/tickets/{number}"));
        await page.Locator("#answer").FillAsync("We wind it up.");
        await visitor.Context.SetOfflineAsync(true);
        await page.GetByText("No connection.").WaitForAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Send as Pending" }).ClickAsync();
        await page.GetByText("Nothing is lost: try again.").WaitForAsync();
        await Assertions.Expect(page.Locator("#answer")).ToHaveValueAsync("We wind it up.");
        await visitor.Context.SetOfflineAsync(false);
        await Assertions.Expect(page.GetByText("No connection.")).ToHaveCountAsync(0);
        await page.GetByRole(AriaRole.Button, new() { Name = "Send as Pending" }).ClickAsync();
        await page.Locator(".entry--agent").GetByText("We wind it up.").WaitForAsync();
        Assert.Single(await desk.Api.AllAsync($"/api/tickets/{number}/comments"));
        visitor.NothingIsWrong("ERR_INTERNET_DISCONNECTED");
    }

    [Theory]
    [InlineData("desk", "en-US")]
    [InlineData("desk-dark", "de-AT")]
    [InlineData("phone", "hr")]
    [InlineData("phone-dark", "en-US")]
    [InlineData("phone-320", "el")]
    public async Task Every_page_looks_right(string screen, string locale)
    {
        const string hostile = "<img src=x onerror=\"window.taken=1\">";
        var ada = await PersonAsync($"Ada {hostile}", KeyRole.Admin);
        var number = await TicketAsync($"{hostile} javascript:alert(1) a-word-that-is-much-too-long-for-any-screen-that-people-carry", ada.Group, hostile);
        await desk.Api.PostAsync($"/api/tickets/{number}/comments", new { body = $"{hostile}\n\nhttps://example.com/{new string('x', 90)}" });
        await desk.Api.PostAsync($"/api/tickets/{number}/comments", new { body = "Only for us", visibility = "internal" });
        await desk.Api.PostAsync(
            "/api/macros",
            new
            {
                name = $"Macro {screen}",
                actions = new object[]
                {
                    new { @do = "comment", text = "Hello {{ requester.name }}" },
                    new
                    {
                        @do = "set",
                        field = "status",
                        value = "pending",
                    },
                },
            }
        );
        await using var visitor = await SignInAsync(ada, Screen.Named(screen), locale);
        var page = visitor.Page;
        foreach (
            var path in new[] { "", "/views/all", "/views/breached", $"/tickets/{number}", "/knowledge", "/knowledge/new", "/supervisor", "/nowhere" }.Concat(
                new[]
                {
                    "agents",
                    $"agents/{ada.Id}",
                    "groups",
                    $"groups/{ada.Group}",
                    "policies",
                    "policies/standard",
                    "calendars",
                    "calendars/business-hours",
                    "automations",
                    "automations/new",
                    "macros",
                    "macros/new",
                    "views",
                    "views/new",
                    "receipts",
                    "webhooks",
                    "deliveries",
                    "dead-letters",
                    "keys",
                    "configuration",
                    "audit",
                }.Select(one => $"/admin/{one}")
            )
        )
        {
            await page.GotoAsync(desk.In($"/desk{path}"));
            await page.Locator("main h1").First.WaitForAsync(new() { State = WaitForSelectorState.Attached });
            await Assertions.Expect(page.Locator(".loading")).ToHaveCountAsync(0);
            await visitor.LooksRightAsync(
                $"console{path.Replace(number, "one", StringComparison.Ordinal).Replace(ada.Id, "one", StringComparison.Ordinal).Replace('/', '-')}"
            );
            Assert.False(await page.EvaluateAsync<bool>("'taken' in window"), $"{path} ran what somebody wrote.");
            Assert.Equal(0, await page.Locator("img").CountAsync());
        }

        // Dialogs and menus.
        await page.GotoAsync(desk.In($"/desk/tickets/{number}"));
        await page.Locator("#answer").WaitForAsync();
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

        await page.GotoAsync(desk.In($"/desk/views/all?group={ada.Group}"));
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

    [Fact]
    public async Task A_wrong_key_is_told_and_a_right_one_is_kept_nowhere()
    {
        var ada = await PersonAsync("Ada Right");
        await using var visitor = await desk.VisitAsync(Screen.Phone);
        var page = await visitor.GoAsync("/desk");
        await page.GetByLabel("Key").FillAsync("hd_main_nothing");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await page.GetByText("This key is not valid.").WaitForAsync();
        await visitor.LooksRightAsync("console-signin-wrong", "401");
        await page.GetByLabel("Key").FillAsync(ada.Key);
        await page.Keyboard.PressAsync("Enter");
        await page.Locator(".list").WaitForAsync();
        Assert.DoesNotContain(
            ada.Key,
            await page.EvaluateAsync<string>("JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage), document.cookie])"),
            StringComparison.Ordinal
        );
        await page.GetByRole(AriaRole.Button, new() { Name = "Your account" }).ClickAsync();
        await page.GetByRole(AriaRole.Menuitem, new() { Name = "Sign out" }).ClickAsync();
        await page.GetByLabel("Key").WaitForAsync();
        visitor.NothingIsWrong("401");
    }

    private enum KeyRole
    {
        Agent,
        Admin,
    }

    private sealed record Person(string Id, string Key, string Group);

    /// <summary>An agent with a key, in a group of their own.</summary>
    private async Task<Person> PersonAsync(string name, KeyRole role = KeyRole.Agent)
    {
        var id = $"p{Interlocked.Increment(ref _names).ToString(CultureInfo.InvariantCulture)}";
        await desk.Api.PostAsync("/api/groups", new { id = $"g{id}", name = $"Group {id}" });
        await desk.Api.PostAsync(
            "/api/agents",
            new
            {
                id,
                name,
                email = $"{id}@example.com",
                groups = new[] { $"g{id}" },
            }
        );
        var key = await desk.Api.PostAsync(
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

    private async Task<string> TicketAsync(string subject, string group, string? name = null) =>
        (
            await desk.Api.PostAsync(
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

    private async Task<Visitor> SignInAsync(Person person, Screen screen, string locale = "en-US")
    {
        var visitor = await desk.VisitAsync(screen, locale);
        var page = await visitor.GoAsync("/desk");
        await page.Locator("input[type=password]").FillAsync(person.Key);
        await visitor.LooksRightAsync("console-signin", "401");
        await page.Keyboard.PressAsync("Enter");
        await page.Locator(".list").WaitForAsync();
        visitor.Forget("401");
        return visitor;
    }

    private static ILocator Row(IPage page, string number) => page.Locator($".c-sub a[href='/desk/tickets/{number}']");

    private static ILocator Heading(IPage page, string subject) => page.GetByRole(AriaRole.Heading, new() { Name = subject, Level = 1 });

    private static string? Text(JsonNode ticket, string field) => ticket[field]?.GetValue<string>();
}
