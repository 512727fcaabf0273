using Helpdesk.Testing;
using MimeKit;

namespace Helpdesk.EndToEnd;

/// <summary>Mail from end to end: over a real relay into a real mailbox, fetched, answered, sent, and answered again. And robots that never stop.</summary>
public sealed class MailTests : IAsyncLifetime
{
    private const string Rita = "rita@people.example";
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(20);
    private MailWorld _world = null!;
    private MailDesk _desk = null!;

    public async ValueTask InitializeAsync()
    {
        _world = await MailWorld.StartAsync();
        try
        {
            _desk = await MailDesk.StartAsync(_world, "support@desk.example");
        }
        catch
        {
            // Nobody disposes of a test that did not begin, and a machine has room for one relay.
            await _world.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _desk.DisposeAsync();
        await _world.DisposeAsync();
    }

    [Fact]
    public async Task A_mail_becomes_a_ticket_its_answer_goes_into_the_thread_and_the_reply_is_a_comment()
    {
        var question = MailWorld.Mail(Rita, _desk.Address, "The printer is on fire", "It stands on the second floor.");
        await _world.SendAsync(question);
        await Until.TrueAsync(async () => (await _desk.TicketsAsync()).Count == 1, $"the mail is a ticket; {_desk.Host.Output} {_world.Relay.Log}");
        var ticket = (await _desk.TicketsAsync()).Single();
        Assert.Equal("The printer is on fire", ticket["subject"]!.GetValue<string>());
        Assert.Equal("email", ticket["channel"]!.GetValue<string>());
        Assert.Equal(Rita, ticket["requester"]!["email"]!.GetValue<string>());

        var received = await ReceivedAsync(Rita, mail => mail.Headers[HeaderId.AutoSubmitted] is not null, "the receipt is confirmed");
        Assert.Equal("auto-replied", received.Headers[HeaderId.AutoSubmitted]);
        Assert.Equal(question.MessageId, received.InReplyTo);
        Assert.Contains($"[#{ticket["number"]}]", received.Subject, StringComparison.Ordinal);

        await _desk.Api.PostAsync($"/api/tickets/{ticket["id"]}/comments", new { body = "Take the red extinguisher." });
        var answer = await ReceivedAsync(Rita, mail => mail.TextBody?.Contains("red extinguisher", StringComparison.Ordinal) == true, "the answer has come");
        Assert.Equal(_desk.Address, answer.From.Mailboxes.Single().Address);
        Assert.Contains(question.MessageId, answer.References.Append(answer.InReplyTo));
        Assert.Contains("The printer is on fire", answer.Subject, StringComparison.Ordinal);

        await _world.SendAsync(MailWorld.Answer(answer, Rita, "It is out. Thank you!"));
        await Until.TrueAsync(async () => (await _desk.CommentsAsync(ticket)).Count == 2, "the reply is a comment");
        var comments = await _desk.CommentsAsync(ticket);
        Assert.Equal(["It is out. Thank you!", "Take the red extinguisher."], comments.Select(comment => comment["body"]!.GetValue<string>()).Order());
        Assert.Single(await _desk.TicketsAsync());
        Assert.All(await _desk.Api.AllAsync("/api/receipts"), receipt => Assert.Equal("processed", receipt["state"]!.GetValue<string>()));
    }

    /// <summary>A program that answers every mail with a new one, in no thread and without a word in its headers that it is a program.</summary>
    [Fact]
    public async Task A_robot_that_lies_in_its_headers_gets_at_most_five_confirmations_an_hour()
    {
        const string robot = "robot@people.example";
        var answered = new HashSet<string>(StringComparer.Ordinal);
        await _world.SendAsync(MailWorld.Mail(robot, _desk.Address, "Away 0", "I am away. 0"));
        await MailDesk.WhenQuietAsync(
            _world,
            async () =>
            {
                foreach (var mail in _world.MailsOf(robot).Where(mail => answered.Add(mail.MessageId!)))
                    await _world.SendAsync(MailWorld.Mail(robot, _desk.Address, $"Away {answered.Count}", $"I am away. {Guid.NewGuid()}"));
                return answered.Count;
            },
            Quiet
        );
        Assert.InRange(_world.MailsOf(robot).Count, 1, 5);
        Assert.Equal(1 + answered.Count, (await _desk.TicketsAsync()).Count);
    }

    /// <summary>An out-of-office answer in the thread, to each mail, also when the ticket is resolved: it opens it again and again.</summary>
    [Fact]
    public async Task A_robot_that_answers_in_the_thread_cannot_keep_a_ticket_busy()
    {
        const string robot = "absent@people.example";
        var answered = new HashSet<string>(StringComparer.Ordinal);
        await _world.SendAsync(MailWorld.Mail(robot, _desk.Address, "Monitor broken", "Please repair it."));
        await Until.TrueAsync(async () => (await _desk.TicketsAsync()).Count == 1, "the mail is a ticket");
        var ticket = (await _desk.TicketsAsync()).Single();
        await _desk.Api.PostAsync($"/api/tickets/{ticket["id"]}/resolve", new { resolution = "Repaired." });
        await MailDesk.WhenQuietAsync(
            _world,
            async () =>
            {
                foreach (var mail in _world.MailsOf(robot).Where(mail => answered.Add(mail.MessageId!)))
                    await _world.SendAsync(MailWorld.Answer(mail, robot, $"I am away until Monday. {Guid.NewGuid()}"));
                return answered.Count;
            },
            Quiet
        );
        // The receipt and the solution are told; what comes back is answered by nothing.
        Assert.InRange(_world.MailsOf(robot).Count, 1, 5);
        Assert.Single(await _desk.TicketsAsync());
    }

    /// <summary>A list sends everything that it gets to the desk, as it came and with the marks of a list; another one without any.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_mailing_list_that_echoes_is_answered_no_more_than_once(bool honest)
    {
        const string list = "list@people.example";
        var echoed = new HashSet<string>(StringComparer.Ordinal);
        await _world.SendAsync(MailWorld.Mail(list, _desk.Address, "Newsletter", "What is new."));
        await MailDesk.WhenQuietAsync(
            _world,
            async () =>
            {
                foreach (var mail in _world.MailsOf(list).Where(mail => echoed.Add(mail.MessageId!)))
                {
                    mail.To.Clear();
                    mail.To.Add(MailboxAddress.Parse(_desk.Address));
                    if (honest)
                        mail.Headers.Add(HeaderId.ListId, "People <list.people.example>");
                    using var client = new MailKit.Net.Smtp.SmtpClient();
                    await client.ConnectAsync("127.0.0.1", _world.Relay.Port, MailKit.Security.SecureSocketOptions.None);
                    await client.SendAsync(mail, MailboxAddress.Parse(list), [MailboxAddress.Parse(_desk.Address)]);
                }

                return echoed.Count;
            },
            Quiet
        );
        Assert.InRange(_world.MailsOf(list).Count, 0, 1);
        Assert.Single(await _desk.TicketsAsync());
    }

    /// <summary>One desk asks the other by mail; both confirm what they get.</summary>
    [Fact]
    public async Task Two_desks_that_mail_each_other_come_to_an_end_after_three_mails()
    {
        await using var other = await MailDesk.StartAsync(_world, "help@other.example");
        var ticket = await _desk.Api.PostAsync(
            "/api/tickets",
            new
            {
                subject = "Your invoice",
                description = "It is wrong.",
                requester = new { email = other.Address },
            }
        );
        await _desk.Api.PostAsync($"/api/tickets/{ticket["id"]}/comments", new { body = "Please correct it." });
        await Until.TrueAsync(async () => (await other.TicketsAsync()).Count >= 1, "the other desk has a ticket");
        await MailDesk.WhenQuietAsync(_world, () => Task.FromResult(0), Quiet);
        Assert.InRange(_world.MailsOf(other.Address).Count + _world.MailsOf(_desk.Address).Count, 1, 3);
        Assert.Single(await _desk.TicketsAsync());
        Assert.InRange((await other.TicketsAsync()).Count, 1, 2);
    }

    private async Task<MimeMessage> ReceivedAsync(string user, Func<MimeMessage, bool> which, string what)
    {
        await Until.TrueAsync(
            () => Task.FromResult(_world.MailsOf(user).Any(which)),
            $"{what}; {string.Join("\n", _world.MailsOf(user).Select(mail => mail.ToString()))} {_desk.Host.Output}"
        );
        return _world.MailsOf(user).First(which);
    }
}
