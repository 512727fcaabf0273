using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Helpdesk.Functions.Events;
using Helpdesk.Functions.Storage;
using Helpdesk.Functions.Tests.Tickets;
using Helpdesk.Functions.Webhooks;
using Helpdesk.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Helpdesk.Functions.Tests.Webhooks;

/// <summary>Receivers that are slow, wrong, gone or back again, and processes that die: order is kept, nothing is lost.</summary>
public sealed class WebhookDeliveryTests(DeskFixture fixture)
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_receiver_that_is_down_for_an_hour_gets_everything_in_the_order_of_each_ticket()
    {
        var port = AzuriteServer.FreePort();
        await using var hooks = await WebhookDesk.OpenAsync(fixture);
        await hooks.SubscribeAsync("board", $"http://127.0.0.1:{port}/hooks");
        for (var number = 1; number <= 3; number++)
        {
            await hooks.Desk.OpenTicketAsync();
            (await hooks.Desk.PostAsync($"/api/tickets/{number}/comments", new { body = "We look at it" })).Expect(201);
        }

        for (var minute = 0; minute < 60; minute += 5)
        {
            hooks.Time.Advance(TimeSpan.FromMinutes(5));
            if (minute == 30)
                (await hooks.Desk.PatchAsync("/api/tickets/2", new { priority = "high" })).Expect(200);
            await hooks.SettledAsync();
            for (var number = 1; number <= 3; number++)
                await hooks.WorkAsync("board", number);
        }

        var waiting = await hooks.DeliveriesAsync("board");
        Assert.All(waiting, one => Assert.Equal("queued", WebhookDesk.Text(one, "state")));
        Assert.All(waiting.Where(one => one["attempts"]!.GetValue<int>() > 0), one => Assert.Equal(1, one["seq"]!.GetValue<int>()));
        Assert.Contains("cannot be reached", WebhookDesk.Text(waiting.First(one => one["attempts"]!.GetValue<int>() > 0), "error"), StringComparison.Ordinal);
        Assert.Equal("failing", WebhookDesk.Text((await hooks.Desk.GetAsync("/api/webhooks/board")).Json["health"]!, "state"));

        await using var receiver = await WebhookReceiver.StartAsync(port);
        for (var quarter = 0; quarter < 12; quarter++)
        {
            hooks.Time.Advance(TimeSpan.FromMinutes(15));
            for (var number = 1; number <= 3; number++)
                await hooks.WorkAsync("board", number);
        }

        Assert.All(await hooks.DeliveriesAsync("board"), one => Assert.Equal("sent", WebhookDesk.Text(one, "state")));
        for (var number = 1; number <= 3; number++)
        {
            var seqs = receiver.Received.Where(one => one.Number == number).Select(one => one.Seq).ToList();
            var version = (await hooks.Desk.GetAsync($"/api/tickets/{number}")).Json["version"]!.GetValue<int>();
            Assert.Equal(Enumerable.Range(1, version).Select(seq => (long)seq), seqs);
        }

        Assert.Equal(waiting.Select(one => WebhookDesk.Text(one, "messageId")).Order(), receiver.Received.Select(one => one.Id).Order());
        Assert.Equal("working", WebhookDesk.Text((await hooks.Desk.GetAsync("/api/webhooks/board")).Json["health"]!, "state"));
    }

    [Fact]
    public async Task A_slow_receiver_holds_up_nobody_else_and_is_given_ten_seconds()
    {
        await using var slow = await WebhookReceiver.StartAsync();
        await using var quick = await WebhookReceiver.StartAsync();
        var never = new TaskCompletionSource();
        slow.Answer = (context, _) => never.Task.WaitAsync(context.RequestAborted);
        await using var hooks = await WebhookDesk.OpenAsync(fixture);
        await hooks.SubscribeAsync("slow", slow.Url);
        await hooks.SubscribeAsync("quick", quick.Url);
        for (var tickets = 0; tickets < 12; tickets++)
            await hooks.Desk.OpenTicketAsync();
        // The desk's other subscribers, and the other receiver, have everything while this one is still being waited for.
        await hooks.App.DeliveredAsync();
        await quick.GotAsync(12);
        await slow.GotAsync(1);
        Assert.Equal(12, (await hooks.Desk.NumbersAsync("status=new")).Count);
        Assert.All(await hooks.DeliveriesAsync("slow"), one => Assert.Equal("queued", WebhookDesk.Text(one, "state")));

        await Until.TrueAsync(
            async () =>
            {
                hooks.Time.Advance(TimeSpan.FromSeconds(1));
                return (await hooks.DeliveriesAsync("slow")).Any(one => WebhookDesk.Text(one, "error").Length > 0);
            },
            "the slow receiver is given up for now"
        );
        var late = (await hooks.DeliveriesAsync("slow")).First(one => WebhookDesk.Text(one, "error").Length > 0);
        Assert.Equal("The receiver did not answer within 10 seconds.", WebhookDesk.Text(late, "error"));
        // While it is failing there is one exchange with it at a time, whatever waits.
        var asked = slow.Received.Count;
        Assert.InRange(asked, 1, 8);
        never.SetResult();
    }

    public static TheoryData<string, string, string> WrongAnswers =>
        new()
        {
            { "HTTP/1.1 500 Oops\r\nContent-Length: 4\r\nConnection: close\r\n\r\noops", "The receiver answered 500.", "oops" },
            { "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", "The receiver answered 404.", "" },
            {
                "HTTP/1.1 301 Moved\r\nLocation: http://169.254.169.254/latest\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
                "redirect to http://169.254.169.254/latest",
                ""
            },
            { "HTTP/1.1 302 Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", "Redirects are not followed", "" },
            { "SSH-2.0-OpenSSH_9.6\r\n", "cannot be reached", "" },
            { "\0\0\0\0", "cannot be reached", "" },
            { "", "cannot be reached", "" },
        };

    [Theory, MemberData(nameof(WrongAnswers))]
    public async Task A_wrong_answer_is_a_failure_that_says_so_and_is_tried_again(string raw, string error, string said)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var calls = 0;
        var serving = Task.Run(
            async () =>
            {
                while (true)
                {
                    using var client = await listener.AcceptTcpClientAsync(Cancelled);
                    Interlocked.Increment(ref calls);
                    var bytes = new byte[64 * 1024];
                    await client.GetStream().ReadAtLeastAsync(bytes, 1, throwOnEndOfStream: false, Cancelled);
                    await client.GetStream().WriteAsync(Encoding.Latin1.GetBytes(raw), Cancelled);
                }
            },
            Cancelled
        );
        await using var hooks = await WebhookDesk.OpenAsync(fixture);
        await hooks.SubscribeAsync("board", $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/");
        await hooks.Desk.OpenTicketAsync();
        await hooks.SettledAsync();
        var delivery = await hooks.OnlyDeliveryAsync("board");
        Assert.Contains(error, WebhookDesk.Text(delivery, "error"), StringComparison.Ordinal);
        Assert.Equal(said, WebhookDesk.Text(delivery["log"]![0]!, "answer"));
        Assert.Equal(("queued", 1), (WebhookDesk.Text(delivery, "state"), delivery["attempts"]!.GetValue<int>()));
        await hooks.WorkAsync("board", 1);
        Assert.Equal(1, (await hooks.OnlyDeliveryAsync("board"))["attempts"]!.GetValue<int>());
        hooks.Time.Advance(TimeSpan.FromSeconds(10));
        await hooks.WorkAsync("board", 1);
        Assert.Equal(2, (await hooks.OnlyDeliveryAsync("board"))["attempts"]!.GetValue<int>());
        Assert.Equal(2, calls);
        Assert.False(serving.IsFaulted);
    }

    [Fact]
    public async Task A_redirect_leads_nowhere()
    {
        await using var inside = await WebhookReceiver.StartAsync();
        await using var receiver = await WebhookReceiver.StartAsync();
        receiver.Answer = (context, _) =>
        {
            context.Response.Redirect(inside.Url, permanent: true, preserveMethod: true);
            return Task.CompletedTask;
        };
        await using var hooks = await WebhookDesk.OpenAsync(fixture);
        await hooks.SubscribeAsync("board", receiver.Url);
        await hooks.Desk.OpenTicketAsync();
        await hooks.SettledAsync();
        Assert.Contains("The receiver answered 308, a redirect", WebhookDesk.Text(await hooks.OnlyDeliveryAsync("board"), "error"), StringComparison.Ordinal);
        Assert.Empty(inside.Received);
    }

    [Fact]
    public async Task A_body_without_an_end_is_read_for_its_beginning_only()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        receiver.Answer = async (context, _) =>
        {
            context.Response.StatusCode = 200;
            var chunk = Encoding.UTF8.GetBytes(new string('x', 4096));
            while (!context.RequestAborted.IsCancellationRequested)
                await context.Response.Body.WriteAsync(chunk, CancellationToken.None);
        };
        await using var hooks = await WebhookDesk.OpenAsync(fixture);
        await hooks.SubscribeAsync("board", receiver.Url);
        await hooks.Desk.OpenTicketAsync();
        await hooks.SettledAsync();
        var delivery = await hooks.OnlyDeliveryAsync("board");
        Assert.Equal("sent", WebhookDesk.Text(delivery, "state"));
        Assert.Equal(new string('x', 2048), WebhookDesk.Text(delivery["log"]![0]!, "answer"));
    }

    [Fact]
    public async Task A_receiver_may_ask_for_patience()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        receiver.Answer = (context, _) =>
        {
            context.Response.StatusCode = 429;
            context.Response.Headers.RetryAfter = "600";
            return Task.CompletedTask;
        };
        await using var hooks = await WebhookDesk.OpenAsync(fixture);
        await hooks.SubscribeAsync("board", receiver.Url);
        await hooks.Desk.OpenTicketAsync();
        await hooks.SettledAsync();
        var next = (await hooks.OnlyDeliveryAsync("board"))["nextAt"]!.GetValue<DateTimeOffset>();
        Assert.InRange(next, hooks.Time.GetUtcNow().AddSeconds(599), hooks.Time.GetUtcNow().AddSeconds(601));
    }

    [Fact]
    public async Task What_is_given_up_after_a_day_makes_way_for_what_comes_after_it_and_can_be_replayed_under_its_id()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        receiver.Answer = (context, got) =>
        {
            context.Response.StatusCode = got.Seq == 1 ? 500 : 204;
            return Task.CompletedTask;
        };
        await using var hooks = await WebhookDesk.OpenAsync(fixture);
        await hooks.SubscribeAsync("board", receiver.Url);
        await hooks.Desk.OpenTicketAsync();
        (await hooks.Desk.PatchAsync("/api/tickets/1", new { priority = "high" })).Expect(200);
        await hooks.SettledAsync();
        for (var hour = 0; hour < 26; hour++)
        {
            hooks.Time.Advance(TimeSpan.FromHours(1));
            await hooks.WorkAsync("board", 1);
        }

        // Of one instant: the log has them by id.
        var log = (await hooks.DeliveriesAsync("board")).OrderByDescending(one => WebhookDesk.Text(one, "type"), StringComparer.Ordinal).ToList();
        Assert.Equal(
            [("ticket-opened", "failed"), ("priority-changed", "sent")],
            log.Select(one => (WebhookDesk.Text(one, "type"), WebhookDesk.Text(one, "state")))
        );
        var (given, ids) = (log[0], receiver.Received.Select(one => one.Id).ToList());
        Assert.Equal(2, ids.Distinct().Count());
        Assert.All(receiver.Received.Where(one => one.Seq == 1).Skip(1), one => Assert.Equal(receiver.Received.First().Body, one.Body));

        receiver.AnswerWith(204);
        var id = WebhookDesk.Text(given, "id");
        var replayed = (await hooks.Desk.PostAsync($"/api/webhooks/board/deliveries/{id}/replay")).Expect(202).Json;
        Assert.Equal("queued", WebhookDesk.Text(replayed, "state"));
        await hooks.SettledAsync();
        await hooks.WorkAsync("board", 1);
        Assert.Equal(ids[0], receiver.Received.Last().Id);
        Assert.Equal(["sent", "sent"], (await hooks.DeliveriesAsync("board")).Select(one => WebhookDesk.Text(one, "state")));
        Assert.Equal(ids.Count + 1, receiver.Received.Count);
        // What was taken can be sent again as well; what still waits cannot.
        (await hooks.Desk.PostAsync($"/api/deliveries/webhook/{id}/replay")).Expect(202);
        await hooks.SettledAsync();
        Assert.Equal(ids.Count + 2, receiver.Received.Count);
        receiver.AnswerWith(500);
        (await hooks.Desk.PostAsync($"/api/deliveries/webhook/{id}/replay")).Expect(202);
        await hooks.SettledAsync();
        Assert.Equal("delivery-queued", (await hooks.Desk.PostAsync($"/api/deliveries/webhook/{id}/replay")).Expect(409).Code);
        (await hooks.Desk.PostAsync("/api/webhooks/other/deliveries/{id}/replay")).Expect(404);
        (await hooks.Desk.PostAsync("/api/webhooks/board/deliveries/board.nothing/replay")).Expect(404);
    }

    [Fact]
    public async Task A_subscription_that_fails_for_three_days_is_switched_off_and_its_admins_are_mailed_once()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        receiver.AnswerWith(500);
        await using var hooks = await WebhookDesk.OpenAsync(fixture);
        await hooks.SubscribeAsync("board", receiver.Url);
        for (var day = 0; day < 4; day++)
        {
            await hooks.Desk.OpenTicketAsync();
            await hooks.SettledAsync();
            for (var part = 0; part < 6; part++)
            {
                hooks.Time.Advance(TimeSpan.FromHours(4));
                for (var number = 1; number <= day + 1; number++)
                    await hooks.WorkAsync("board", number);
            }
        }

        var health = (await hooks.Desk.GetAsync("/api/webhooks/board")).Expect(200).Json["health"]!;
        Assert.Equal("off", WebhookDesk.Text(health, "state"));
        Assert.Contains("three days", WebhookDesk.Text(health, "reason"), StringComparison.Ordinal);
        Assert.Contains("500", WebhookDesk.Text(health, "lastError"), StringComparison.Ordinal);
        var told = (await hooks.Desk.GetAsync("/api/outbox?limit=100")).Expect(200).Json["items"]!
            .AsArray()
            .Where(mail => WebhookDesk.Text(mail!, "event") == "notice")
            .ToList();
        var mail = Assert.Single(told)!;
        Assert.Equal("The webhook \"board\" was switched off", WebhookDesk.Text(mail, "subject"));
        Assert.Contains("three days", WebhookDesk.Text(mail, "text"), StringComparison.Ordinal);
        Assert.Contains(
            (await hooks.Desk.GetAsync("/api/deliveries?channel=mail")).Expect(200).Json["items"]!.AsArray(),
            one => WebhookDesk.Text(one!, "event") == "notice"
        );

        // What happens from now on is not sent; what was not delivered can be replayed once it is on again.
        var before = receiver.Received.Count;
        await hooks.Desk.OpenTicketAsync();
        await hooks.SettledAsync();
        Assert.Equal(before, receiver.Received.Count);
        Assert.All(await hooks.DeliveriesAsync("board"), one => Assert.Equal("failed", WebhookDesk.Text(one, "state")));
        var failed = (await hooks.Desk.GetAsync("/api/deliveries?channel=webhook&state=failed")).Json["items"]!.AsArray();
        var id = WebhookDesk.Text(failed[0]!, "id");
        Assert.Equal("webhook-off", (await hooks.Desk.PostAsync($"/api/deliveries/webhook/{id}/replay")).Expect(409).Code);
        receiver.AnswerWith(204);
        var on = (await hooks.Desk.PatchAsync("/api/webhooks/board", new { active = true })).Expect(200).Json;
        Assert.Equal("working", WebhookDesk.Text(on["health"]!, "state"));
        (await hooks.Desk.PostAsync($"/api/deliveries/webhook/{id}/replay")).Expect(202);
        hooks.Time.Advance(TimeSpan.FromSeconds(30));
        await hooks.SettledAsync();
        Assert.Equal("sent", WebhookDesk.Text((await hooks.Desk.GetAsync($"/api/deliveries/webhook/{id}")).Expect(200).Json, "state"));
    }

    [Fact]
    public async Task A_receiver_that_is_gone_switches_its_subscription_off_at_once()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        receiver.AnswerWith(410);
        await using var hooks = await WebhookDesk.OpenAsync(fixture);
        await hooks.SubscribeAsync("board", receiver.Url);
        await hooks.Desk.OpenTicketAsync();
        await hooks.SettledAsync();
        var webhook = (await hooks.Desk.GetAsync("/api/webhooks/board")).Json;
        Assert.False(webhook["active"]!.GetValue<bool>());
        Assert.Contains("410 Gone", WebhookDesk.Text(webhook["health"]!, "reason"), StringComparison.Ordinal);
        Assert.Equal("failed", WebhookDesk.Text(await hooks.OnlyDeliveryAsync("board"), "state"));
    }

    /// <summary>It dies after each of its writes in turn: what is left behind is sent by the message, once as far as the receiver can tell.</summary>
    [Fact]
    public async Task Whatever_dies_each_event_arrives_under_one_id_in_order()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        var died = 0;
        for (var writes = 0; writes < 12; writes++)
        {
            await using var hooks = await WebhookDesk.OpenAsync(fixture);
            await hooks.SubscribeAsync("board", $"{receiver.Url}/{writes}");
            await using (var mortal = await MortalApp.StartAsync(fixture.Storage, "WebhookDeliveries"))
            {
                using var here = new Desk(hooks.Desk.Workspace, hooks.Desk.Key, mortal.App.Address);
                mortal.DieAfter(writes);
                await here.PostAsync(
                    "/api/tickets",
                    new
                    {
                        subject = "Printer",
                        description = "d",
                        requester = new { email = "rita@example.com" },
                    }
                );
                await Until.TrueAsync(() => Task.FromResult(mortal.HasDied || IsIdle(mortal.App)), "it died, or had nothing left to do");
                died += mortal.HasDied ? 1 : 0;
            }

            if ((await hooks.Desk.GetAsync("/api/tickets/1")).Status == 404)
                continue;
            (await hooks.Desk.PatchAsync("/api/tickets/1", new { priority = "high" })).Expect(200);
            for (var again = 0; again < 2; again++)
                await hooks.App.InvokeAsync(
                    nameof(DispatchTicketEvents),
                    $$"""{"workspace":"{{hooks.Desk.Workspace}}","number":1,"upTo":2,"sentAt":"2026-03-10T09:00:00.000Z","sender":"x"}"""
                );
            await hooks.SettledAsync();
            // The claim of the process that died is over.
            hooks.Time.Advance(TimeSpan.FromMinutes(3));
            await hooks.WorkAsync("board", 1);
            await hooks.WorkAsync("board", 1);

            Assert.Equal(["sent", "sent"], (await hooks.DeliveriesAsync("board")).Select(one => WebhookDesk.Text(one, "state")));
            var got = receiver.Received.Where(one => one.Path.EndsWith($"/{writes}", StringComparison.Ordinal)).ToList();
            Assert.Equal([1L, 2L], got.Select(one => one.Seq).Distinct());
            Assert.Equal(got.Select(one => one.Seq).Order(), got.Select(one => one.Seq));
            Assert.Equal(2, got.Select(one => one.Id).Distinct().Count());
            Assert.InRange(got.Count, 2, 3);
            Assert.All(got.GroupBy(one => one.Id), one => Assert.Single(one.Select(same => same.Body).Distinct()));
        }

        Assert.InRange(died, 6, 12);
    }

    private static bool IsIdle(RunningApp app) =>
        app.Services.GetRequiredService<WorkQueue<Helpdesk.Functions.Tickets.TicketMessage>>().Outstanding == 0
        && app.Services.GetRequiredService<WorkQueue<WebhookLane>>().Outstanding == 0;

    /// <summary>What an event costs: a message, a lane, a delivery, a claim, a result.</summary>
    [Fact]
    public async Task An_event_costs_a_bounded_number_of_requests_and_nothing_where_nobody_listens()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var hooks = await WebhookDesk.OpenAsync(fixture, configure: builder => builder.WithoutMails());
        await hooks.Desk.OpenTicketAsync();
        await hooks.Desk.OpenTicketAsync();
        await hooks.SettledAsync();
        using var count = new StorageCount(hooks.App);
        await hooks.Desk.OpenTicketAsync();
        await hooks.SettledAsync();
        var alone = count.Count;
        Assert.DoesNotContain(count.Paths, path => path.Contains("Webhook", StringComparison.OrdinalIgnoreCase));

        await hooks.SubscribeAsync("board", receiver.Url);
        await hooks.Desk.OpenTicketAsync();
        await hooks.SettledAsync();
        count.Reset();
        await hooks.Desk.OpenTicketAsync();
        await hooks.SettledAsync();
        await receiver.GotAsync(2);
        Assert.True(count.Count - alone <= 12, $"{count.Count - alone} more than {alone}:\n{string.Join('\n', count.Paths)}");
    }
}
