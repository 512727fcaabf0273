using System.Text.Json.Nodes;

namespace Helpdesk.Functions.Tests.Forms;

/// <summary>Forms in the web chat: one question after the other.</summary>
public sealed class FormChatTests(DeskFixture fixture)
{
    [Fact]
    public async Task The_bot_asks_one_by_one_and_what_is_wrong_once_more()
    {
        using var desk = await fixture.OpenDeskAsync();
        await desk.WithFormAsync();
        await fixture.App.OffersAsync(desk);
        using var chat = await WebChat.WebChat.BeginAsync(desk, fixture.App.Address);
        Assert.Equal("What is it about?", (await chat.SaysAsync("report a problem"))[^1]);
        var first = (await chat.SaysAsync("New laptop"))[^1];
        Assert.StartsWith("💻 New laptop\nFor people who have none yet\nI ask one question", first, StringComparison.Ordinal);
        Assert.EndsWith("Which model?\n1. Light\n2. Strong", first, StringComparison.Ordinal);
        Assert.StartsWith("Please choose one of the answers", (await chat.SaysAsync("the blue one"))[^1], StringComparison.Ordinal);
        Assert.Equal("What do you need it for?", (await chat.SaysAsync("strong"))[^1]);
        Assert.StartsWith("At least 3 characters are needed.\nWhat do you need it for?", (await chat.SaysAsync("x"))[^1], StringComparison.Ordinal);
        // Going back asks again, and what is no longer asked is dropped.
        Assert.EndsWith("Which model?\n1. Light\n2. Strong", (await chat.SaysAsync("back"))[^1], StringComparison.Ordinal);
        Assert.Equal(
            "What else? (optional)\n1. Dock\n2. Bag\nYou can choose several: answer with the numbers, such as 1, 3.",
            (await chat.SaysAsync("1"))[^1]
        );
        Assert.StartsWith("From when? (optional)", (await chat.SaysAsync("2, dock"))[^1], StringComparison.Ordinal);
        Assert.StartsWith("The day must not be before", (await chat.SaysAsync("1.2.2020"))[^1], StringComparison.Ordinal);
        Assert.StartsWith("How many? (optional)", (await chat.SaysAsync("skip"))[^1], StringComparison.Ordinal);
        Assert.StartsWith("The number must be at most 5.", (await chat.SaysAsync("12"))[^1], StringComparison.Ordinal);
        Assert.StartsWith("For whom? (optional)", (await chat.SaysAsync("2"))[^1], StringComparison.Ordinal);
        Assert.StartsWith("Serial number of the old one (optional)", (await chat.SaysAsync("mia@example.com"))[^1], StringComparison.Ordinal);
        Assert.StartsWith("It looks like AB1234.", (await chat.SaysAsync("nonsense"))[^1], StringComparison.Ordinal);
        Assert.StartsWith("Quote (optional)", (await chat.SaysAsync("AB1234"))[^1], StringComparison.Ordinal);
        (await chat.UploadAsync(null, ("quote.txt", "text/plain", [1]))).Expect(200);
        Assert.StartsWith("My manager agrees (optional)", (await chat.TextsAsync())[^1], StringComparison.Ordinal);
        Assert.StartsWith("What else should we know? (optional)", (await chat.SaysAsync("yes"))[^1], StringComparison.Ordinal);
        Assert.Contains("e-mail", (await chat.SaysAsync("Soon please"))[^1], StringComparison.Ordinal);
        Assert.Contains("This is ticket #", (await chat.SaysAsync("rita@example.com"))[^1], StringComparison.Ordinal);
        var ticket = (await desk.GetAsync("/api/tickets/1")).Expect(200).Json;
        Assert.Equal(
            [
                "Which model?=Light",
                "What else?=Dock, Bag",
                "How many?=2",
                "For whom?=mia@example.com",
                "Serial number of the old one=AB1234",
                "Quote=quote.txt",
                "My manager agrees=Yes",
            ],
            FormDesk.AnswersOf(ticket)
        );
        Assert.Equal(
            ("New laptop: Light", "Soon please", "order", "chat", "quote.txt"),
            ($"{ticket["subject"]}", $"{ticket["description"]}", $"{ticket["type"]}", $"{ticket["channel"]}", $"{ticket["attachments"]![0]!["name"]}")
        );
        // From here on words belong to the ticket.
        await chat.SaysAsync("One more thing");
        Assert.Single((await desk.GetAsync("/api/tickets/1/comments")).Json["items"]!.AsArray());
    }

    [Fact]
    public async Task Buttons_answer_as_well_twice_is_once_and_cancel_ends_it()
    {
        using var desk = await fixture.OpenDeskAsync();
        await desk.WithFormAsync(
            """
            {"id":"pc","name":"PC","subject":"hidden","details":"hidden","fields":[
             {"name":"model","type":"choice","label":"Model","required":true,"options":[{"value":"a","label":"A"},{"value":"b","label":"B"}]}]}
            """
        );
        await fixture.App.OffersAsync(desk);
        using var chat = await WebChat.WebChat.BeginAsync(desk, fixture.App.Address, new { email = "rita@example.com", name = "Rita" });
        await chat.SaysAsync("report a problem");
        Assert.Contains("Model", (await chat.SaysAsync("PC", new { @do = "form", value = "pc" }))[^1], StringComparison.Ordinal);
        Assert.Contains("dropped", (await chat.SaysAsync("cancel"))[^1], StringComparison.Ordinal);
        Assert.Empty(await desk.NumbersAsync("status=new"));
        await chat.SaysAsync("PC", new { @do = "form", value = "pc" });
        for (var i = 0; i < 2; i++)
            (await chat.PostAsync("B", "the-same", new { @do = "answer", value = "b" })).Expect(200);
        await fixture.App.DeliveredAsync();
        var number = Assert.Single(await desk.NumbersAsync("status=new"));
        var ticket = (await desk.GetAsync($"/api/tickets/{number}")).Json;
        Assert.Equal(["Model=B"], FormDesk.AnswersOf(ticket));
        Assert.Equal(("PC: B", "Model: B"), ($"{ticket["subject"]}", $"{ticket["description"]}"));
        Assert.Contains("no longer offered", (await chat.SaysAsync("X", new { @do = "form", value = "nothing" }))[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_no_kind_of_request_is_the_problem_itself()
    {
        using var desk = await fixture.OpenDeskAsync();
        await desk.WithFormAsync();
        await fixture.App.OffersAsync(desk);
        using var chat = await WebChat.WebChat.BeginAsync(desk, fixture.App.Address, new { email = "rita@example.com", name = "Rita" });
        await chat.SaysAsync("report a problem");
        Assert.Contains("This is ticket #", (await chat.SaysAsync("The lift is stuck"))[^1], StringComparison.Ordinal);
        await chat.SaysAsync("start over");
        await chat.SaysAsync("report a problem");
        Assert.DoesNotContain("This is ticket", (await chat.SaysAsync("Something else"))[^1], StringComparison.Ordinal);
        Assert.Contains("This is ticket #", (await chat.SaysAsync("A mouse is in the server room"))[^1], StringComparison.Ordinal);
    }
}
