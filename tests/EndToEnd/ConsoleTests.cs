using System.Text.Json.Nodes;
using Helpdesk.Testing;
using Microsoft.Playwright;

namespace Helpdesk.EndToEnd;

/// <summary>
/// The agent console in a real browser: a day by keyboard alone, two agents at one ticket, no connection.
/// </summary>
public sealed partial class ConsoleTests(WebDesk desk) : ConsoleVisits(desk), IClassFixture<WebDesk>
{
    [Fact]
    public async Task An_agent_works_tickets_by_keyboard_alone()
    {
        var ada = await PersonAsync("Ada Lovelace");
        var first = await TicketAsync("The coffee machine leaks", ada.Group);
        var second = await TicketAsync("The lift plays music", ada.Group);
        await using var visitor = await SignInAsync(ada, Screen.Desk);
        var page = visitor.Page;
        await page.GotoAsync(Desk.In($"/desk/views/all?group={ada.Group}"));
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
        // Nor between the key that opens a menu and the next.
        await page.Keyboard.PressAsync("a");
        await page.Keyboard.PressAsync("Enter");
        await page.Locator("#assign-menu").GetByText("Ada Lovelace").First.WaitForAsync();
        await page.Keyboard.PressAsync("p");
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

        var ticket = await Desk.Api.GetAsync($"/api/tickets/{second}");
        Assert.Equal(
            ("resolved", "high", ada.Id, "The volume is down."),
            (Text(ticket, "status"), Text(ticket, "priority"), Text(ticket, "assignee"), Text(ticket, "resolution"))
        );
        var comments = await Desk.Api.AllAsync($"/api/tickets/{second}/comments");
        Assert.Equal(
            [("It is always the same song.", "internal"), ("We turn it down.", "public")],
            comments.Select(one => (one["body"]!.GetValue<string>(), one["visibility"]!.GetValue<string>()))
        );
        Assert.All(comments, one => Assert.Equal(ada.Id, one["author"]!["id"]!.GetValue<string>()));

        // The list again, several at once, and back.
        await page.Keyboard.PressAsync("u");
        await Row(page, first).WaitForAsync();
        await page.Keyboard.PressAsync("?");
        var help = page.GetByRole(AriaRole.Dialog, new() { Name = "Keyboard shortcuts" });
        await Assertions.Expect(help.Locator("dl > div", new() { HasText = "Open the ticket" }).Locator("kbd")).ToHaveTextAsync(["Enter", "o"]);
        await page.Keyboard.PressAsync("Escape");

        // Words typed right after the key of the search, or of the palette, are all there.
        await page.Keyboard.PressAsync("/");
        await page.Keyboard.TypeAsync("coffee machine");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Locator("[role=search] input")).ToHaveValueAsync("coffee machine");
        await Row(page, first).WaitForAsync();
        await page.Keyboard.PressAsync("Escape");
        await page.Keyboard.PressAsync("Control+k");
        await page.Keyboard.TypeAsync("numbers");
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForURLAsync("**/desk/supervisor");
        await page.Keyboard.PressAsync("Control+k");
        await page.Keyboard.TypeAsync("routing");
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForURLAsync("**/desk/admin/routing");
        // A page without a search of its own asks the palette.
        await page.Keyboard.PressAsync("/");
        await page.Keyboard.TypeAsync("plays music");
        await page.Keyboard.PressAsync("Enter");
        // What is found by then is the ticket; before that it is the list.
        await page.WaitForURLAsync(new System.Text.RegularExpressions.Regex($@"/desk(\?q=plays%20music|/tickets/{second})$"));
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
            await visitor.Page.GotoAsync(Desk.In($"/desk/tickets/{number}"));
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
        Assert.Single(await Desk.Api.AllAsync($"/api/tickets/{number}/comments"));
        // The draft is still there after the page is loaded anew.
        await second.Page.ReloadAsync();
        await Assertions.Expect(second.Page.Locator("#answer")).ToHaveValueAsync("Ich öle sie morgen.");
        await second.Page.Locator("#answer").PressAsync("Control+Enter");
        await second.Page.GetByRole(AriaRole.Button, new() { Name = "Trotzdem senden" }).ClickAsync();
        await second.Page.Locator(".entry--agent").GetByText("Ich öle sie morgen.").WaitForAsync();
        Assert.Equal(2, (await Desk.Api.AllAsync($"/api/tickets/{number}/comments")).Count);
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
        await page.GotoAsync(Desk.In($"/desk/tickets/{number}"));
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
        Assert.Single(await Desk.Api.AllAsync($"/api/tickets/{number}/comments"));
        visitor.NothingIsWrong("ERR_INTERNET_DISCONNECTED");
    }

    [Fact]
    public async Task Two_tabs_keep_a_draft_each_and_a_draft_outlives_its_tab()
    {
        var ada = await PersonAsync("Ada Tabs");
        var number = await TicketAsync("The tabs are many", ada.Group);
        await using var visitor = await SignInAsync(ada, Screen.Desk);
        var (first, second) = (visitor.Page, await visitor.Context.NewPageAsync());
        await first.GotoAsync(Desk.In($"/desk/tickets/{number}"));
        await first.Locator("#answer").FillAsync("From the first tab.");
        await second.GotoAsync(Desk.In($"/desk/tickets/{number}"));
        await Assertions.Expect(second.Locator("#answer")).ToHaveValueAsync("From the first tab.");
        await second.Locator("#answer").FillAsync("From the second tab.");
        foreach (var tab in new[] { first, second })
            await tab.ReloadAsync();
        await Assertions.Expect(first.Locator("#answer")).ToHaveValueAsync("From the first tab.");
        await Assertions.Expect(second.Locator("#answer")).ToHaveValueAsync("From the second tab.");

        // What is sent in one of them is still to be sent in the other.
        await first.GetByRole(AriaRole.Button, new() { Name = "Send as Pending" }).ClickAsync();
        await first.Locator(".entry--agent").GetByText("From the first tab.").WaitForAsync();
        await second.ReloadAsync();
        await Assertions.Expect(second.Locator("#answer")).ToHaveValueAsync("From the second tab.");

        await second.CloseAsync();
        await first.WaitForFunctionAsync("async () => (await navigator.locks.query()).held.length === 1");
        await first.ReloadAsync();
        await Assertions.Expect(first.Locator("#answer")).ToHaveValueAsync("From the second tab.");
        await first.Locator("#answer").FillAsync("");
        await first.ReloadAsync();
        await Assertions.Expect(first.Locator("#answer")).ToHaveValueAsync("");
        visitor.NothingIsWrong();
    }

    [Fact]
    public async Task A_wrong_key_is_told_and_a_right_one_is_kept_nowhere()
    {
        var ada = await PersonAsync("Ada Right");
        await using var visitor = await Desk.VisitAsync(Screen.Phone);
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

    private static ILocator Heading(IPage page, string subject) => page.GetByRole(AriaRole.Heading, new() { Name = subject, Level = 1 });

    private static string? Text(JsonNode ticket, string field) => ticket[field]?.GetValue<string>();
}
