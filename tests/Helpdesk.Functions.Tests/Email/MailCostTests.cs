namespace Helpdesk.Functions.Tests.Email;

/// <summary>What a mail costs in storage requests, until the receipt is settled; what goes out because of it is not counted here.</summary>
public sealed class MailCostTests(DeskFixture fixture)
{
    private static string IdOf(string mail) => mail.Split("Message-ID: ")[1].Split("\r\n")[0];

    [Fact]
    public async Task A_new_ticket_and_a_reply_cost_a_bounded_number_of_storage_requests()
    {
        await using var app = await fixture.StartFrozenAppAsync();
        using var mails = await MailDesk.OpenAsync(fixture, app: app);
        // What the process remembers is read, numbers are taken.
        var warm = mails.Mail("One");
        await mails.SettleAsync(await mails.PostAsync(warm));
        await mails.SettleAsync(await mails.PostAsync(mails.Mail("Two", ("In-Reply-To", IdOf(warm)))));
        await app.DeliveredAsync();
        using var count = new StorageCount(app);
        async Task<List<string>> CostAsync(string mail)
        {
            count.Reset();
            await mails.SettleAsync(await mails.PostAsync(mail), fixture.App);
            await app.DeliveredAsync();
            lock (count.Paths)
                return [.. count.Paths.Where(path => Of.Any(name => path.Contains(name, StringComparison.OrdinalIgnoreCase)))];
        }

        var opening = mails.Mail("Three", ("Subject", "Scanner"));
        var opened = await CostAsync(opening);
        var replied = await CostAsync(mails.Mail("Four", ("Subject", "Re: Scanner"), ("In-Reply-To", IdOf(opening))));
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"{opened.Count} for a new ticket:\n{string.Join('\n', opened)}\n{replied.Count} for a reply:\n{string.Join('\n', replied)}"
        );
        Assert.InRange(opened.Count, 8, 18);
        Assert.InRange(replied.Count, 8, 18);
    }

    /// <summary>What mails that come in are kept in.</summary>
    private static readonly string[] Of = ["receipt", "MailArrivals", "MailThreads", "Tickets", "ticket-events", "Settings", "Numbers"];
}
