using System.Text.Json.Nodes;

namespace Helpdesk.Functions.Tests.Email;

/// <summary>Mails as those who are helped get them: in their language and thread, whichever way a ticket came in.</summary>
public sealed class MailWriterTests(DeskFixture fixture)
{
    private const string German = "Guten Tag, der Drucker im zweiten Stock brennt und ich kann nicht mehr drucken. Können Sie bitte kommen?";
    private const string English = "Hello, the printer on the second floor is on fire and I cannot print. Could you please have a look at it?";

    private static string Text(JsonNode node, string name) => node[name]?.GetValue<string>() ?? "";

    private static long Number(Answer receipt) => receipt.Json["number"]!.GetValue<long>();

    private async Task<List<JsonNode>> MailsAsync(Desk desk, long number)
    {
        await fixture.App.MailedAsync();
        return [.. (await desk.GetAsync($"/api/outbox?limit=100&ticket={number}")).Expect(200).Json["items"]!.AsArray().Select(item => item!)];
    }

    /// <param name="contact">The language of the contact, where they are known.</param>
    [Theory]
    [InlineData(German, null, null, "de")]
    [InlineData(German, null, "hr", "de")]
    [InlineData(English, null, "de", "en")]
    [InlineData("12345", null, "hr", "hr")]
    [InlineData("12345", null, null, "en")]
    [InlineData(German, "el", "hr", "el")]
    public async Task A_requester_is_answered_in_their_language(string words, string? contact, string? mailbox, string expected)
    {
        using var mails = await MailDesk.OpenAsync(fixture, mailbox is null ? new { } : new { language = mailbox });
        if (contact is not null)
            (await mails.Desk.PostAsync("/api/contacts", new { emails = new[] { "rita@example.com" }, language = contact })).Expect(201);
        var opened = await mails.SendAsync(mails.Mail(words, ("Subject", "A4")));
        (await mails.Desk.PostAsync($"/api/tickets/{Number(opened)}/resolve", new { resolution = "Extinguished" })).Expect(200);
        var sent = await MailsAsync(mails.Desk, Number(opened));
        Assert.Equal([("resolved", expected), ("received", expected)], sent.Select(mail => (Text(mail, "event"), Text(mail, "language"))));
    }

    [Fact]
    public async Task The_language_of_a_mail_is_its_writers_and_not_that_of_who_becomes_requester_or_takes_part()
    {
        using var mails = await MailDesk.OpenAsync(fixture);
        var opened = await mails.SendAsync(mails.Mail(German, ("Cc", "carl@example.com")));
        (await mails.Desk.PostAsync($"/api/tickets/{Number(opened)}/comments", new { body = "Wir kommen." })).Expect(201);
        Assert.Equal(3, (await MailsAsync(mails.Desk, Number(opened))).Count);
        (await mails.Desk.PatchAsync($"/api/tickets/{Number(opened)}", new { requester = new { email = "tom@example.com" } })).Expect(200);
        (await mails.Desk.PostAsync($"/api/tickets/{Number(opened)}/resolve", new { resolution = "Extinguished" })).Expect(200);
        var sent = (await MailsAsync(mails.Desk, Number(opened))).Select(mail => $"{mail["event"]} {mail["to"]} {mail["language"]}").Order();
        Assert.Equal(
            [
                "public-answer carl@example.com en",
                "public-answer rita@example.com de",
                "received rita@example.com de",
                "resolved carl@example.com en",
                "resolved tom@example.com en",
            ],
            sent
        );
    }

    [Fact]
    public async Task Those_in_copy_get_answers_and_the_solution_each_in_their_own_thread()
    {
        using var mails = await MailDesk.OpenAsync(fixture);
        var (first, number) = (mails.Mail(English, ("Cc", "carl@example.com")), 0L);
        number = Number(await mails.SendAsync(first));
        (await mails.Desk.PostAsync($"/api/tickets/{number}/comments", new { body = "Which floor?" })).Expect(201);
        // Carl answers what he got: the requester sees his words on the ticket, and he is not sent his own.
        var carls = (await MailsAsync(mails.Desk, number)).Single(mail => Text(mail, "to") == "carl@example.com");
        var reply = await mails.SendAsync(
            mails.Mail("The second one", ("From", "carl@example.com"), ("Subject", "Re: floor"), ("In-Reply-To", $"<{Text(carls, "messageId")}>"))
        );
        Assert.Equal(number, Number(reply));
        (await mails.Desk.PostAsync($"/api/tickets/{number}/resolve", new { resolution = "Extinguished" })).Expect(200);
        var sent = await MailsAsync(mails.Desk, number);
        Assert.Equal(
            [
                "public-answer carl@example.com",
                "public-answer rita@example.com",
                "received rita@example.com",
                "resolved carl@example.com",
                "resolved rita@example.com",
            ],
            sent.Select(mail => $"{mail["event"]} {mail["to"]}").Order()
        );
        var toCarl = sent.Single(mail => Text(mail, "event") == "resolved" && Text(mail, "to") == "carl@example.com");
        Assert.Contains(Text(carls, "messageId"), Text(toCarl["headers"]!, "References"), StringComparison.Ordinal);
        var toRita = sent.Single(mail => Text(mail, "event") == "public-answer" && Text(mail, "to") == "rita@example.com");
        Assert.Contains(first.Split("Message-ID: ")[1].Split("\r\n")[0], Text(toRita["headers"]!, "References"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whoever_asked_in_the_web_chat_can_answer_by_mail()
    {
        using var mails = await MailDesk.OpenAsync(fixture);
        using var chat = await WebChat.WebChat.BeginAsync(mails.Desk, fixture.App.Address);
        var number = (await chat.ReportsAsync())["number"]!.GetValue<long>();
        (await mails.Desk.PostAsync($"/api/tickets/{number}/comments", new { body = "Which floor?" })).Expect(201);
        var answer = Assert.Single(await MailsAsync(mails.Desk, number));
        Assert.Equal(("public-answer", "rita@example.com"), (Text(answer, "event"), Text(answer, "to")));
        foreach (
            var (name, value) in new[]
            {
                ("In-Reply-To", $"<{Text(answer, "messageId")}>"),
                ("To", Text(answer["headers"]!, "Reply-To")),
                ("Subject", $"Re: {Text(answer, "subject")}"),
            }
        )
        {
            var reply = await mails.SendAsync(mails.Mail($"By {name}", (name, value)));
            Assert.Equal(number, Number(reply));
            Assert.StartsWith("comment on ticket", reply.Json["reason"]!.GetValue<string>(), StringComparison.Ordinal);
        }

        var comments = (await mails.Desk.GetAsync($"/api/tickets/{number}/comments")).Json["items"]!.AsArray();
        Assert.Equal(["Which floor?", "By In-Reply-To", "By To", "By Subject"], comments.Select(comment => comment!["body"]!.GetValue<string>().Trim()));
        Assert.All(comments.Skip(1), comment => Assert.Equal("requester", comment!["by"]!.GetValue<string>()));
    }
}
