using MimeKit;

namespace Helpdesk.Functions.Tests.Email;

/// <summary>Two workspaces whose mailboxes mail each other come to an end.</summary>
public sealed class MailLoopTests(DeskFixture fixture)
{
    /// <summary>Confirmations that one address gets within an hour.</summary>
    private const int Confirmations = 5;

    /// <param name="hides">Headers that are lost on the way; those of threads as well make every mail a new request.</param>
    /// <param name="most">Mails that the two send each other at the most.</param>
    [Theory]
    [InlineData("", 1)]
    [InlineData("X-Helpdesk-Loop", 1)]
    [InlineData("X-Helpdesk-Loop Auto-Submitted X-Auto-Response-Suppress", 2)]
    [InlineData("X-Helpdesk-Loop Auto-Submitted X-Auto-Response-Suppress In-Reply-To References Reply-To Message-Id subject", 2 * Confirmations)]
    public async Task Desks_that_mail_each_other_send_no_more_than_is_stated(string hides, int most)
    {
        await using var peer = SmtpPeer.Start();
        await using var app = await RunningApp.StartAsync(fixture.Storage, null, peer.Settings);
        using var one = await MailDesk.OpenAsync(fixture, app: app);
        using var two = await MailDesk.OpenAsync(fixture, app: app);
        MailDesk[] desks = [one, two];
        await one.SendAsync(one.Mail("It is wrong.", ("From", Outside(two.Address)), ("Subject", "Your invoice")));
        var (passed, lost) = (0, hides.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        while (true)
        {
            await app.MailedAsync();
            if (!peer.Taken.TryDequeue(out var mail))
                break;
            Assert.InRange(++passed, 1, most);
            foreach (var name in lost)
                mail.Headers.RemoveAll(name);
            if (lost.Contains("subject"))
            {
                // Each as if somebody wrote it anew.
                mail.Subject = $"News {passed}";
                mail.Body = new TextPart("plain") { Text = $"There is news, number {passed}, and it is as long as news is." };
            }

            var to = Assert.Single(mail.To.Mailboxes).Address;
            var reached = Assert.Single(desks, desk => Outside(desk.Address).Split('@')[1] == to.Split('@')[1]);
            var other = Assert.Single(desks, desk => desk != reached);
            using var bytes = new MemoryStream();
            await mail.WriteToAsync(bytes, TestContext.Current.CancellationToken);
            var text = System.Text.Encoding.UTF8.GetString(bytes.ToArray());
            await reached.SendAsync(Renamed(Renamed(text, other.Address, Outside(other.Address)), Outside(reached.Address), reached.Address));
        }

        Assert.InRange(passed, 1, most);
        if (lost.Contains("subject"))
            Assert.Equal(most, passed);
    }

    /// <summary>A desk never mails its own mailboxes: under these addresses the other one is a stranger's.</summary>
    private static string Outside(string address) => address.Replace(".example", ".outside.example", StringComparison.Ordinal);

    private static string Renamed(string mail, string from, string to) =>
        mail.Replace($"@{from.Split('@')[1]}", $"@{to.Split('@')[1]}", StringComparison.OrdinalIgnoreCase);
}
