using System.Text.Json.Nodes;
using Microsoft.Playwright;

namespace Helpdesk.EndToEnd;

/// <summary>What admins tell the desk in the console, and what the API says of it afterwards.</summary>
public sealed partial class ConsoleTests
{
    [Fact]
    public async Task What_an_admin_sets_in_the_browser_is_what_the_api_says_and_a_secret_is_shown_once()
    {
        var ada = await PersonAsync("Ada Admin", KeyRole.Admin);
        await Desk.Api.PostAsync(
            "/api/calendars",
            new
            {
                id = "shop",
                name = "Shop",
                timeZone = "Europe/Berlin",
                hours = new { mon = new[] { "09:15-17:00" } },
            }
        );
        await using var visitor = await SignInAsync(ada, Screen.Desk);
        var page = visitor.Page;

        // A mailbox: its secret address is shown once, and its page says how it does.
        await page.GotoAsync(Desk.In("/desk/admin/mailboxes/new"));
        await page.GetByLabel("Address", new() { Exact = true }).FillAsync("desk@example.com");
        await SaveAsync(page);
        var address = (await page.GetByRole(AriaRole.Dialog).Locator(".said").InnerTextAsync()).Trim();
        Assert.Contains("/api/intake/email/", address, StringComparison.Ordinal);
        await visitor.LooksRightAsync("console-admin-once");
        await page.Keyboard.PressAsync("Escape");
        await page.GetByRole(AriaRole.Link, new() { Name = "desk@example.com" }).ClickAsync();
        await page.GetByText("receives mails").WaitForAsync();
        Assert.DoesNotContain(address, await page.ContentAsync(), StringComparison.Ordinal);
        Assert.Contains(await Desk.Api.AllAsync("/api/mailboxes"), one => Text(one, "address") == "desk@example.com");

        // A line of a list.
        await page.GotoAsync(Desk.In("/desk/admin/blocked-senders"));
        await page.GetByRole(AriaRole.Button, new() { Name = "Block a sender" }).ClickAsync();
        await page.GetByLabel("Address or domain").FillAsync("spam.example.org");
        await page.GetByRole(AriaRole.Button, new() { Name = "Add" }).ClickAsync();
        await page.GetByRole(AriaRole.Rowheader, new() { Name = "spam.example.org" }).WaitForAsync();
        Assert.Single(await Desk.Api.AllAsync("/api/blocked-senders"), one => Text(one, "sender") == "spam.example.org");

        // The week, by keyboard: Shift and an arrow carries on what is open, and minutes that are no half hour stay.
        await page.GotoAsync(Desk.In("/desk/admin/calendars/shop"));
        await page.GetByRole(AriaRole.Grid).FocusAsync();
        await page.Keyboard.PressAsync("Shift+ArrowDown");
        await page.Keyboard.PressAsync("ArrowRight");
        await page.Keyboard.PressAsync("Space");
        await page.Keyboard.PressAsync("ArrowUp");
        await page.Keyboard.PressAsync("Space");
        await page.GetByLabel("Day", new() { Exact = true }).FillAsync("2026-12-25");
        await page.GetByRole(AriaRole.Button, new() { Name = "Add the day" }).ClickAsync();
        await SaveAsync(page);
        await page.GetByText("Saved.").WaitForAsync();
        var shop = await Desk.Api.GetAsync("/api/calendars/shop");
        Assert.Equal("""["09:15-09:30","10:00-17:00"]""", shop["hours"]!["mon"]!.ToJsonString());
        Assert.Equal("""["09:00-10:00"]""", shop["hours"]!["tue"]!.ToJsonString());
        Assert.Equal("""["2026-12-25"]""", shop["holidays"]!.ToJsonString());

        // What is not saved is still there after somebody went elsewhere.
        await page.GotoAsync(Desk.In("/desk/admin/prices"));
        await page.GetByLabel("Currency").FillAsync("CHF");
        await page.GetByRole(AriaRole.Link, new() { Name = "Retention" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Go back to it" }).ClickAsync();
        await Assertions.Expect(page.GetByLabel("Currency")).ToHaveValueAsync("CHF");
        await SaveAsync(page);
        await page.GetByText("Saved.").WaitForAsync();
        Assert.Equal("CHF", Text(await Desk.Api.GetAsync("/api/cost-settings"), "currency"));
        visitor.NothingIsWrong();
    }

    [Fact]
    public async Task Of_two_admins_at_one_setting_the_second_sees_both_values_and_decides()
    {
        var ada = await PersonAsync("Ada Second", KeyRole.Admin);
        await Desk.Api.PostAsync("/api/groups", new { id = "both", name = "Before" });
        await using var visitor = await SignInAsync(ada, Screen.DarkDesk);
        var page = visitor.Page;
        await page.GotoAsync(Desk.In("/desk/admin/groups/both"));
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("Mine");
        await Desk.Api.SendAsync(HttpMethod.Patch, "/api/groups/both", new { name = "Theirs", tier = 2 });
        await SaveAsync(page);
        var dialog = page.GetByRole(AriaRole.Dialog);
        await dialog.GetByText("Theirs", new() { Exact = true }).First.WaitForAsync();
        await visitor.LooksRightAsync("console-admin-clash");
        Assert.Equal("Theirs", Text(await Desk.Api.GetAsync("/api/groups/both"), "name"));
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Back to my draft" }).ClickAsync();
        await Assertions.Expect(page.GetByLabel("Name", new() { Exact = true })).ToHaveValueAsync("Mine");
        await SaveAsync(page);
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await page.GetByText("Saved.").WaitForAsync();
        // What only the other one has changed is not undone.
        var group = await Desk.Api.GetAsync("/api/groups/both");
        Assert.Equal(("Mine", 2), (Text(group, "name"), group["tier"]!.GetValue<int>()));

        // Theirs can be taken as well.
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("Mine again");
        await Desk.Api.SendAsync(HttpMethod.Patch, "/api/groups/both", new { name = "Theirs again" });
        await SaveAsync(page);
        await dialog.GetByRole(AriaRole.Radio, new() { Name = "Theirs" }).CheckAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Assertions.Expect(page.GetByLabel("Name", new() { Exact = true })).ToHaveValueAsync("Theirs again");
        visitor.NothingIsWrong();
    }

    [Fact]
    public async Task A_form_is_built_and_tried_in_the_browser_before_it_is_saved()
    {
        var ada = await PersonAsync("Ada Forms", KeyRole.Admin);
        await using var visitor = await SignInAsync(ada, Screen.Phone);
        var page = visitor.Page;
        await page.GotoAsync(Desk.In("/desk/admin/forms/new"));
        await page.GetByLabel("Name, English").FillAsync("New laptop");
        await AskAsync(page, "model", "choice", "Which model?");
        foreach (var (option, index) in new[] { ("light", 1), ("strong", 2) })
        {
            await page.GetByRole(AriaRole.Button, new() { Name = "Option", Exact = true }).ClickAsync();
            await page.GetByLabel($"Option {index}, value").FillAsync(option);
        }

        await AskAsync(page, "reason", "long-text", "What for?");
        await page.GetByLabel("Asked only when").CheckAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Condition", Exact = true }).ClickAsync();
        await Assertions.Expect(page.GetByLabel("Condition 1, field").Locator("option")).ToHaveTextAsync(["Which model?"]);
        await page.GetByLabel("Condition 1, value").SelectOptionAsync("strong");
        var preview = page.GetByRole(AriaRole.Region, new() { Name = "Preview" });
        await preview.GetByText("With these answers it would be taken.").WaitForAsync();
        await Assertions.Expect(preview.GetByText("What for?")).ToHaveCountAsync(0);
        await preview.GetByLabel("Which model?").SelectOptionAsync("strong");
        await preview.GetByText("What for?").WaitForAsync();
        await visitor.LooksRightAsync("console-admin-form");
        Assert.Empty(await Desk.Api.AllAsync("/api/forms"));
        await SaveAsync(page);
        await page.GetByRole(AriaRole.Link, new() { Name = "New laptop" }).WaitForAsync();
        var form = Assert.Single(await Desk.Api.AllAsync("/api/forms"));
        Assert.Equal(
            """["light","strong"]""",
            new JsonArray([.. form["fields"]![0]!["options"]!.AsArray().Select(one => one!["value"]!.DeepClone())]).ToJsonString()
        );
        Assert.Contains("answers.model", form["fields"]![1]!["visibleWhen"]!.ToJsonString(), StringComparison.Ordinal);
        visitor.NothingIsWrong();
    }

    [Fact]
    public async Task A_setting_whose_name_is_taken_gets_an_id_of_its_own_and_columns_are_chosen_by_their_words()
    {
        var ada = await PersonAsync("Ada Twice", KeyRole.Admin);
        await Desk.Api.PostAsync(
            "/api/views",
            new
            {
                name = "Twice",
                shared = true,
                condition = new { all = Array.Empty<object>() },
            }
        );
        await using var visitor = await SignInAsync(ada, Screen.Desk);
        var page = visitor.Page;
        await page.GotoAsync(Desk.In("/desk/admin/views/new"));
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("Twice");
        await page.GetByLabel("Subject", new() { Exact = true }).CheckAsync();
        await page.GetByLabel("SLA due", new() { Exact = true }).CheckAsync();
        await page.GetByLabel("Own fields as columns").FillAsync("building");
        await page.GetByLabel("Group by column").SelectOptionAsync(new SelectOptionValue { Label = "Priority" });
        await page.GetByLabel("Share it").CheckAsync();
        await SaveAsync(page);
        var id = page.GetByLabel("Id", new() { Exact = true });
        await id.FillAsync("twice-more");
        visitor.Forget("409");
        await visitor.LooksRightAsync("console-admin-id");
        await SaveAsync(page);
        await page.WaitForURLAsync("**/desk/admin/views");
        var view = await Desk.Api.GetAsync("/api/views/twice-more");
        Assert.Equal("""["subject","dueAt","custom.building"]""", view["columns"]!.ToJsonString());
        Assert.Equal("priority", Text(view, "groupBy"));

        // The record of it says the same words.
        await page.GetByRole(AriaRole.Link, new() { Name = "Twice" }).Last.ClickAsync();
        await page.GetByLabel("Position").FillAsync("7");
        await page.RunAndWaitForResponseAsync(() => SaveAsync(page), answer => answer.Request.Method == "PATCH");
        await page.GotoAsync(Desk.In("/desk/admin/audit"));
        var row = page.GetByRole(AriaRole.Row).Filter(new() { HasText = "Position" });
        await Assertions.Expect(row).ToContainTextAsync("View");
        await Assertions.Expect(row).ToContainTextAsync("Twice");
        await Assertions.Expect(row).ToContainTextAsync("changed");
        visitor.NothingIsWrong();
    }

    private static async Task AskAsync(IPage page, string name, string kind, string question)
    {
        await page.GetByRole(AriaRole.Button, new() { Name = "Question", Exact = true }).ClickAsync();
        await page.GetByLabel("Name of the field").FillAsync(name);
        await page.GetByLabel("Kind of answer").SelectOptionAsync(kind);
        await page.GetByLabel("Question, English").FillAsync(question);
    }

    private static Task SaveAsync(IPage page) => page.Locator(".page__head").GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
}
