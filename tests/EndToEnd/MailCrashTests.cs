using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Helpdesk.Testing;

namespace Helpdesk.EndToEnd;

/// <summary>The worker and the host are killed at random, hard, while mails come in over real servers and answers go out.</summary>
public sealed class MailCrashTests(ITestOutputHelper output) : IAsyncLifetime
{
    /// <summary>How often; <c>HELPDESK_TEST_MAIL_KILLS</c> raises it.</summary>
    private static readonly int Kills = int.Parse(Environment.GetEnvironmentVariable("HELPDESK_TEST_MAIL_KILLS") ?? "6", CultureInfo.InvariantCulture);
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
    public async Task Each_mail_is_one_ticket_and_each_answer_one_mail_when_worker_and_host_are_killed()
    {
        const int perKill = 4;
        var answers = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var kill = 0; kill < Kills; kill++)
        {
            for (var i = 0; i < perKill; i++)
            {
                var name = $"{kill * perKill + i:D3}";
                await _world.SendAsync(MailWorld.Mail($"rita{name}@people.example", _desk.Address, $"Question {name}", $"What about {name}?"));
            }

            // An answer to a ticket of before: under its key until it is answered, so that it is one comment.
            foreach (var ticket in (await TryListAsync()).Where(ticket => !answers.ContainsKey(Name(ticket))).Take(2))
            {
                await AnswerAsync(ticket);
                answers[Name(ticket)] = $"Answer to {Name(ticket)}";
            }

            await PauseAsync(RandomNumberGenerator.GetInt32(0, 3000));
            await _desk.KillAsync(kill);
        }

        var expected = Enumerable.Range(0, Kills * perKill).Select(i => $"Question {i:D3}").ToList();
        await Until.TrueAsync(
            async () =>
                (await TryListAsync()).Count == expected.Count
                && (await _desk.Api.AllAsync("/api/receipts")).All(receipt => receipt["state"]!.GetValue<string>() == "processed")
                && (await _desk.Api.AllAsync("/api/outbox")).All(mail => mail["state"]!.GetValue<string>() is not ("queued" or "sending")),
            TimeSpan.FromMinutes(4),
            $"all mails are tickets, and all that is to be sent is sent; {_desk.Host.Output}"
        );

        var tickets = await _desk.TicketsAsync();
        Assert.Equal(expected, tickets.Select(ticket => ticket["subject"]!.GetValue<string>()).Order(StringComparer.Ordinal));
        var receipts = await _desk.Api.AllAsync("/api/receipts");
        Assert.Equal(
            tickets.Select(ticket => ticket["id"]!.GetValue<string>()).Order(StringComparer.Ordinal),
            receipts.Select(receipt => receipt["ticket"]!.GetValue<string>()).Order(StringComparer.Ordinal)
        );
        Assert.Empty(await _desk.Api.AllAsync("/api/operations/dead-letters"));
        var twice = 0;
        foreach (var ticket in tickets)
        {
            var mails = _world.MailsOf($"rita{Name(ticket)}@people.example");
            // A mail of which the relay's answer was lost is sent again under the same Message-ID: then, and only then, there are two of it.
            twice += mails.Count - mails.DistinctBy(mail => mail.MessageId).Count();
            var texts = mails.DistinctBy(mail => mail.MessageId).Select(mail => mail.TextBody ?? "").ToList();
            Assert.Single(texts, text => !text.Contains("Answer to", StringComparison.Ordinal));
            if (answers.TryGetValue(Name(ticket), out var answer))
                Assert.Single(texts, text => text.Contains(answer, StringComparison.Ordinal));
        }

        output.WriteLine(
            $"{Kills} kills, {tickets.Count} mails, {answers.Count} answers; {twice} mails were handed to the relay again since its answer was lost."
        );
        Assert.InRange(twice, 0, Kills);
        Assert.NotEmpty(answers);
    }

    private static string Name(JsonNode ticket) => ticket["subject"]!.GetValue<string>()[^3..];

    private async Task<List<JsonNode>> TryListAsync()
    {
        try
        {
            return await _desk.TicketsAsync();
        }
        catch (Exception down) when (down is HttpRequestException or TaskCanceledException or InvalidOperationException)
        {
            return [];
        }
    }

    private async Task AnswerAsync(JsonNode ticket)
    {
        await Until.TrueAsync(
            async () =>
            {
                try
                {
                    var (status, _) = await _desk.Api.SendAsync(
                        HttpMethod.Post,
                        $"/api/tickets/{ticket["id"]}/comments",
                        new { body = $"Answer to {Name(ticket)}" },
                        $"answer-{Name(ticket)}"
                    );
                    return status is >= 200 and < 300;
                }
                catch (Exception down) when (down is HttpRequestException or TaskCanceledException)
                {
                    return false;
                }
            },
            "the answer is stored"
        );
    }

    private static async Task PauseAsync(int milliseconds)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(Math.Max(1, milliseconds)));
        await timer.WaitForNextTickAsync();
    }
}
