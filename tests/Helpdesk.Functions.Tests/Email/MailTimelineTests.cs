using System.Text.Json.Nodes;

namespace Helpdesk.Functions.Tests.Email;

/// <summary>Mails in a contact's line of time: each once, beside what the tickets show.</summary>
public sealed class MailTimelineTests(DeskFixture fixture)
{
    private static string IdOf(string mail) => mail.Split("Message-ID: ")[1].Split("\r\n")[0];

    private static async Task<List<string>> LineAsync(MailDesk mails, string email)
    {
        var id = (await mails.Desk.GetAsync($"/api/contacts?search={email}")).Expect(200).Json["items"]![0]!["id"];
        return [.. (await mails.Desk.GetAsync($"/api/contacts/{id}/timeline?limit=100")).Expect(200).Json["items"]!.AsArray().Reverse().Select(Shown)];
    }

    private static string Shown(JsonNode? entry)
    {
        var way = entry!["fromDesk"]?.GetValue<bool>() switch
        {
            true => "to ",
            false => "from ",
            _ => "",
        };
        return $"{entry["kind"]} {way}{entry["ticket"]} {entry["text"] ?? entry["subject"]}";
    }

    [Fact]
    public async Task What_no_ticket_of_theirs_shows_is_an_entry_of_its_own_and_nothing_is_shown_twice()
    {
        using var mails = await MailDesk.OpenAsync(fixture);
        var first = mails.Mail("It is on fire");
        var opened = await mails.SendAsync(first);
        var number = opened.Json["number"]!.GetValue<long>();
        await mails.App.MailedAsync();
        (await mails.Desk.PostAsync($"/api/tickets/{number}/comments", new { body = "Which floor?" })).Expect(201);
        await mails.App.MailedAsync();
        await mails.SendAsync(mails.Mail("The third", ("In-Reply-To", IdOf(first))));
        await mails.SendAsync(mails.Mail("I am away", ("Subject", "Away"), ("Auto-Submitted", "auto-replied"), ("In-Reply-To", IdOf(first))));
        await mails.SendAsync(mails.Mail("Here too", ("From", "Sam <sam@example.net>"), ("Subject", "Re: Printer"), ("In-Reply-To", IdOf(first))));
        (await mails.Desk.PostAsync($"/api/tickets/{number}/resolve", new { resolution = "Extinguished" })).Expect(200);
        await mails.App.MailedAsync();

        Assert.Equal(
            [
                $"ticket-opened {number} It is on fire",
                $"mail to {number} Re: Printer [#{number}]",
                $"answered {number} Which floor?",
                $"said {number} The third",
                $"mail from {number} Away",
                $"answered {number} Here too",
                $"mail to {number} Re: Printer [#{number}]",
            ],
            await LineAsync(mails, "rita@example.com")
        );
        // Sam has no ticket of his own: his mail, and what he was sent since.
        Assert.Equal([$"mail from {number} Re: Printer", $"mail to {number} Re: Printer [#{number}]"], await LineAsync(mails, "sam@example.net"));
    }

    [Fact]
    public async Task A_person_with_two_addresses_is_asked_for_both_and_what_their_own_ticket_shows_is_not_shown_again()
    {
        using var mails = await MailDesk.OpenAsync(fixture);
        var first = mails.Mail("It is on fire");
        var number = (await mails.SendAsync(first)).Json["number"]!.GetValue<long>();
        await mails.SendAsync(mails.Mail("From home", ("From", "rita@home.example"), ("Subject", "Re: Printer"), ("In-Reply-To", IdOf(first))));
        await mails.App.MailedAsync();
        Assert.Equal([$"mail from {number} Re: Printer"], await LineAsync(mails, "rita@home.example"));
        var (home, work) = (await IdAsync("rita@home.example"), await IdAsync("rita@example.com"));
        (await mails.Desk.PostAsync($"/api/contacts/{home}/merge", new { into = work })).Expect(200);
        Assert.Equal(
            [$"ticket-opened {number} It is on fire", $"mail to {number} Re: Printer [#{number}]", $"said {number} From home"],
            await LineAsync(mails, "rita@example.com")
        );

        async Task<JsonNode> IdAsync(string email) => (await mails.Desk.GetAsync($"/api/contacts?search={email}")).Json["items"]![0]!["id"]!;
    }

    [Fact]
    public async Task Mails_cost_one_request_for_each_address()
    {
        await using var app = await fixture.StartFrozenAppAsync();
        using var mails = await MailDesk.OpenAsync(fixture, app: app);
        var first = mails.Mail("It is on fire");
        await mails.SendAsync(first);
        for (var i = 0; i < 12; i++)
            await mails.SendAsync(mails.Mail($"Away {i}", ("Subject", $"Away {i}"), ("Auto-Submitted", "auto-replied"), ("In-Reply-To", IdOf(first))));
        await app.DeliveredAsync();
        var id = (await mails.Desk.GetAsync("/api/contacts?search=rita@example.com")).Json["items"]![0]!["id"];
        using var count = new StorageCount(app);
        var page = (await mails.Desk.GetAsync($"/api/contacts/{id}/timeline?limit=10")).Expect(200).Json["items"]!.AsArray();
        Assert.Equal(10, page.Count(entry => entry!["kind"]!.GetValue<string>() == "mail"));
        lock (count.Paths)
            Assert.Single(count.Paths, path => path.Contains("MailThreads", StringComparison.OrdinalIgnoreCase));
    }
}
