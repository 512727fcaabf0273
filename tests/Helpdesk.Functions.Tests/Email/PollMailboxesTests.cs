using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Text.Json.Nodes;
using Azure.Core;
using Azure.Data.Tables;
using Helpdesk.Email;
using Helpdesk.Functions.Email;
using Helpdesk.Functions.Intake;
using Helpdesk.Functions.Storage;
using Helpdesk.Intake;
using Helpdesk.Testing;
using MailKit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Helpdesk.Functions.Tests.Email;

/// <summary>Mailboxes on a real mail server are fetched: nothing is lost, nothing comes twice.</summary>
public sealed class PollMailboxesTests(DeskFixture fixture, PollMailboxesTests.Server server) : IClassFixture<PollMailboxesTests.Server>
{
    public sealed class Server : IAsyncLifetime
    {
        public DovecotServer Dovecot { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Dovecot = await DovecotServer.StartAsync();

        public ValueTask DisposeAsync() => Dovecot.DisposeAsync();
    }

    private DovecotServer Dovecot => server.Dovecot;

    private Task<FetchedBox> OpenAsync(RunningApp? app = null, Func<ImapSettings, ImapSettings>? with = null) =>
        FetchedBox.OpenAsync(fixture, Dovecot, app, with);

    [Fact]
    public async Task Each_mail_becomes_one_receipt_and_is_marked_as_read()
    {
        var box = await OpenAsync();
        box.Deliver(FetchedBox.Subjects(0, 3));

        var status = await box.PollAsync();
        Assert.Equal("ok", status["state"]!.GetValue<string>());
        Assert.Equal((3, 0), (status["kept"]!.GetValue<int>(), status["backlog"]!.GetValue<int>()));
        Assert.Equal(FetchedBox.Subjects(0, 3), await box.SubjectsAsync());
        Assert.All(Dovecot.MailsOf(box.User), mail => Assert.True(mail.Read));

        Assert.Equal(3, (await box.PollAsync())["kept"]!.GetValue<int>());
        box.Deliver("Question 00003");
        await box.PollAsync();
        Assert.Equal(FetchedBox.Subjects(0, 4), await box.SubjectsAsync());
    }

    [Fact]
    public async Task The_timer_fetches_the_mailboxes_of_every_workspace()
    {
        var (one, other) = (await OpenAsync(), await OpenAsync());
        one.Deliver("One");
        other.Deliver("Other");
        await fixture.App.InvokeAsync(nameof(PollMailboxes), """{"IsPastDue":false}""");
        Assert.Equal(["One"], await one.SubjectsAsync());
        Assert.Equal(["Other"], await other.SubjectsAsync());
    }

    [Fact]
    public async Task Fetched_mails_are_moved_where_that_is_wanted_to_a_folder_that_is_made()
    {
        var box = await OpenAsync(with: imap => imap with { MoveTo = "Done" });
        box.Deliver(FetchedBox.Subjects(0, 3));
        await box.PollAsync();
        Assert.Empty(Dovecot.MailsOf(box.User));
        Assert.Equal(3, Dovecot.MailsOf(box.User, "Done").Count);
        Assert.All(Dovecot.MailsOf(box.User, "Done"), mail => Assert.True(mail.Read));
    }

    [Fact]
    public async Task Another_folder_is_read_where_that_is_wanted()
    {
        var box = await OpenAsync(with: imap => imap with { Folder = "Helpdesk" });
        box.Deliver("For somebody else");
        Dovecot.Deliver(box.User, FetchedBox.Mail("For the desk"), folder: "Helpdesk");
        Assert.Equal("ok", (await box.PollAsync())["state"]!.GetValue<string>());
        Assert.Equal(["For the desk"], await box.SubjectsAsync());
    }

    [Fact]
    public async Task Mails_from_before_the_wanted_time_are_left_alone()
    {
        var since = TimeProvider.System.GetUtcNow().AddHours(-1);
        var box = await OpenAsync(with: imap => imap with { Since = since });
        foreach (var (subject, at) in new[] { ("Old", since.AddDays(-30)), ("Nearly", since.AddMinutes(-1)), ("New", since.AddMinutes(1)) })
            Dovecot.Deliver(box.User, FetchedBox.Mail(subject), at);
        await box.PollAsync();
        Assert.Equal(["New"], await box.SubjectsAsync());
        Assert.Equal([("Nearly", false), ("New", true), ("Old", false)], MarkedMails(box));
        // They are passed by for good, and cost nothing again.
        Assert.Equal(0, (await box.PollAsync())["backlog"]!.GetValue<int>());
    }

    [Theory]
    [InlineData(0, 0, "sent")]
    [InlineData(1, 1, "sent")]
    [InlineData(21, 21, "suppressed")]
    // Copied here from another server, and written by a clock that is years ahead.
    [InlineData(21, 0, "suppressed")]
    [InlineData(-900, 21, "suppressed")]
    public async Task Mails_that_are_weeks_old_when_they_are_fetched_become_tickets_and_are_not_acknowledged(int writtenDays, int arrivedDays, string state)
    {
        var (box, now) = (await OpenAsync(), TimeProvider.System.GetUtcNow());
        Dovecot.Deliver(box.User, FetchedBox.Mail("From the past", at: now.AddDays(-writtenDays)), now.AddDays(-arrivedDays));
        await box.PollAsync();
        await box.WorkedAsync();
        await fixture.App.MailedAsync();
        var ticket = Assert.Single((await box.Desk.GetAsync("/api/tickets")).Expect(200).Json["items"]!.AsArray())!;
        var mail = Assert.Single((await box.Desk.GetAsync($"/api/outbox?ticket={ticket["number"]}")).Expect(200).Json["items"]!.AsArray())!;
        Assert.Equal(("received", state), (mail["event"]!.GetValue<string>(), mail["state"]!.GetValue<string>()));
        if (state == "suppressed")
            Assert.Contains("nothing is acknowledged", mail["reason"]!.GetValue<string>(), StringComparison.Ordinal);

        // Answers of people go out all the same.
        (await box.Desk.PostAsync($"/api/tickets/{ticket["id"]}/comments", new { body = "Is it still on fire?" })).Expect(201);
        await fixture.App.MailedAsync();
        var sent = (await box.Desk.GetAsync($"/api/outbox?ticket={ticket["number"]}&state=sent")).Expect(200).Json["items"]!.AsArray();
        Assert.Contains(sent, one => one!["event"]!.GetValue<string>() == "public-answer");
    }

    /// <summary>3,000 mails, or as many as <c>HELPDESK_TEST_MAILS</c> says. What becomes of the receipts is another matter.</summary>
    [Fact]
    public async Task A_mailbox_with_thousands_of_mails_is_fetched_in_steps_and_recognised_when_its_numbers_change()
    {
        var count = int.Parse(Environment.GetEnvironmentVariable("HELPDESK_TEST_MAILS") ?? "3000", System.Globalization.CultureInfo.InvariantCulture);
        // On disk: in memory the emulator gives each queue message an extent of its own, and removing tens of thousands of those stops it for minutes.
        await using var azurite = await AzuriteServer.StartAsync();
        await using var app = await RunningApp.StartAsync(
            azurite.ConnectionString,
            builder => builder.Services.AddSingleton<IWorker<ReceiptMessage>, Later>()
        );
        var box = await OpenAsync(app);
        var began = System.Diagnostics.Stopwatch.StartNew();
        box.Deliver(FetchedBox.Subjects(0, count));
        var delivered = began.Elapsed;
        await FetchAllAsync(box);
        var fetched = began.Elapsed - delivered;
        Assert.Equal(FetchedBox.Subjects(0, count), await StoredSubjectsAsync(azurite));

        Dovecot.NumberAnew(box.User);
        box.Deliver(FetchedBox.Subjects(count, 10));
        using var requests = new StorageCount(app);
        await FetchAllAsync(box);
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{count} mails: put in {delivered.TotalSeconds:F0} s, fetched in {fetched.TotalSeconds:F0} s, recognised in "
                + $"{(began.Elapsed - delivered - fetched).TotalSeconds:F0} s with {requests.Count} storage requests"
        );
        Assert.Equal(FetchedBox.Subjects(0, count + 10), await StoredSubjectsAsync(azurite));

        // A storage that does not answer in time ends a poll, not the fetching: the next poll goes on once the lease is over.
        static Task FetchAllAsync(FetchedBox box) =>
            Until.TrueAsync(
                async () =>
                {
                    var answer = await box.Desk.PostAsync("/api/mailboxes/support/poll");
                    if (answer.Status == 503)
                        return false;
                    var status = answer.Expect(200).Json;
                    Assert.Contains(status["state"]!.GetValue<string>(), (string[])["ok", "fetching"]);
                    return status["state"]!.GetValue<string>() == "ok" && status["backlog"]!.GetValue<int>() == 0;
                },
                TimeSpan.FromMinutes(20),
                "every mail is fetched"
            );
    }

    private static async Task<List<string>> StoredSubjectsAsync(AzuriteServer azurite)
    {
        var subjects = new List<string>();
        await foreach (var row in new TableClient(azurite.ConnectionString, "Receipts").QueryAsync<TableEntity>(select: ["Body"]))
            subjects.Add(FetchedBox.SubjectOf(System.Text.Encoding.UTF8.GetString(row.GetBinary("Body"))));
        subjects.Sort(StringComparer.Ordinal);
        return subjects;
    }

    /// <summary>Leaves receipts as they are.</summary>
    private sealed class Later : IWorker<ReceiptMessage>
    {
        public Task<bool> DoAsync(ReceiptMessage message, bool lastTry, CancellationToken cancellationToken) => Task.FromResult(true);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(70)]
    public async Task When_the_server_numbers_its_mails_anew_each_is_recognised_and_new_ones_are_kept(int more)
    {
        var box = await OpenAsync();
        box.Deliver(FetchedBox.Subjects(0, 60));
        await box.PollAsync();
        var before = (await box.StatusAsync())["uidValidity"]!.GetValue<long>();

        Dovecot.NumberAnew(box.User);
        box.Deliver(FetchedBox.Subjects(60, more));
        await box.PollAsync();
        Assert.NotEqual(before, (await box.StatusAsync())["uidValidity"]!.GetValue<long>());
        Assert.Equal(FetchedBox.Subjects(0, 60 + more), await box.SubjectsAsync());

        box.Deliver("Question zuletzt");
        await box.PollAsync();
        Assert.Equal([.. FetchedBox.Subjects(0, 60 + more), "Question zuletzt"], await box.SubjectsAsync());
    }

    [Fact]
    public async Task Mails_without_a_message_id_are_recognised_by_what_they_say()
    {
        var box = await OpenAsync();
        foreach (var name in new[] { "A", "B", "C" })
            Dovecot.Deliver(box.User, $"From: fax@example.com\r\nSubject: {name}\r\n\r\nPage 1\r\n");
        await box.PollAsync();
        Dovecot.NumberAnew(box.User);
        Dovecot.Deliver(box.User, "From: fax@example.com\r\nSubject: D\r\n\r\nPage 1\r\n");
        await box.PollAsync();
        Assert.Equal(["A", "B", "C", "D"], await box.SubjectsAsync());
    }

    [Fact]
    public async Task Different_mails_with_the_same_message_id_are_all_kept_also_after_numbers_changed()
    {
        // Of the same length and of the same second, as a careless program writes them.
        var (box, at) = (await OpenAsync(), TimeProvider.System.GetUtcNow());
        Dovecot.Deliver(box.User, FetchedBox.Mail("Order 1", "constant"), at);
        Dovecot.Deliver(box.User, FetchedBox.Mail("Order 2", "constant"), at);
        await box.PollAsync();
        Dovecot.NumberAnew(box.User);
        await box.PollAsync();
        Dovecot.Deliver(box.User, FetchedBox.Mail("Order 3", "constant"), at);
        await box.PollAsync();
        Assert.Equal(["Order 1", "Order 2", "Order 3"], await box.SubjectsAsync());
    }

    [Fact]
    public async Task Numbers_that_change_after_a_crash_in_the_middle_of_a_step_double_nothing()
    {
        await using var dying = await DyingApp.StartAsync(fixture.Storage);
        var box = await OpenAsync(dying.App);
        box.Deliver(FetchedBox.Subjects(0, 30));
        dying.DieAfter(25);
        Assert.Equal(500, (await box.Desk.PostAsync("/api/mailboxes/support/poll")).Status);
        dying.Revive();
        Assert.InRange((await box.SubjectsAsync()).Count, 1, 29);
        Dovecot.NumberAnew(box.User);
        await box.PollAsync();
        Assert.Equal(FetchedBox.Subjects(0, 30), await box.SubjectsAsync());
    }

    /// <summary>The process dies before its n-th write, for every n there is.</summary>
    [Theory]
    [InlineData(null)]
    [InlineData("Done")]
    public async Task Whatever_write_it_dies_at_each_mail_becomes_one_receipt(string? moveTo)
    {
        await using var dying = await DyingApp.StartAsync(fixture.Storage);
        for (var (writes, finished) = (0, false); !finished; writes++)
        {
            var box = await OpenAsync(dying.App, imap => imap with { MoveTo = moveTo });
            box.Deliver(FetchedBox.Subjects(0, 4));
            dying.DieAfter(writes);
            var answered = (await box.Desk.PostAsync("/api/mailboxes/support/poll")).Status == 200;
            dying.Revive();
            // What becomes of the receipts is written meanwhile, and may be what it died at.
            finished = answered && !dying.HasDied;
            box.Deliver(FetchedBox.Subjects(4, 1));
            await box.PollAsync();
            Assert.Equal(FetchedBox.Subjects(0, 5), await box.SubjectsAsync());
            Assert.All(Dovecot.MailsOf(box.User, moveTo ?? "INBOX"), mail => Assert.True(mail.Read));
            Assert.Equal(5, Dovecot.MailsOf(box.User, moveTo ?? "INBOX").Count);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    public async Task An_answer_of_storage_that_is_lost_is_not_taken_for_somebody_else_who_fetches(int every)
    {
        LostAnswers lost = null!;
        await using var app = await RunningApp.StartAsync(
            fixture.Storage,
            builder =>
            {
                // Nothing but positions is written in transactions then.
                builder.Services.AddSingleton<IWorker<ReceiptMessage>, Later>();
                builder.Services.AddSingleton<StorageMeter>(provider => lost = new(provider.GetRequiredService<IMeterFactory>()));
            }
        );
        var box = await OpenAsync(app);
        lost.Every = every;
        // More than fit into one block of the index, so that positions are written in transactions as well.
        box.Deliver(FetchedBox.Subjects(0, 520));
        JsonNode status;
        do
        {
            status = await box.PollAsync();
            Assert.True(status["state"]!.GetValue<string>() == "ok", status.ToJsonString());
        } while (status["backlog"]!.GetValue<int>() > 0);
        Assert.True(lost.Count > 0);
        Assert.Equal(520, status["kept"]!.GetValue<int>());
        Assert.Equal(FetchedBox.Subjects(0, 520), await box.SubjectsAsync());
        Dovecot.NumberAnew(box.User);
        Assert.Equal(520, (await box.PollAsync())["kept"]!.GetValue<int>());
    }

    [Fact]
    public async Task Two_who_fetch_at_once_keep_each_mail_once()
    {
        await using var other = await RunningApp.StartAsync(fixture.Storage);
        var box = await OpenAsync();
        var second = box with { App = other, Desk = new Desk(box.Desk.Workspace, box.Desk.Key, other.Address) };
        ShareSecret(box, other);
        box.Deliver(FetchedBox.Subjects(0, 120));
        await Task.WhenAll(box.PollAsync(), second.PollAsync(), box.PollAsync(), second.PollAsync());
        await box.PollAsync();
        Assert.Equal(FetchedBox.Subjects(0, 120), await box.SubjectsAsync());
    }

    [Fact]
    public async Task Mails_that_come_while_it_fetches_are_kept_and_mails_that_others_remove_stop_nothing()
    {
        using var tap = new WireTap();
        await using var app = await StartTappedAsync(tap);
        var box = await OpenAsync(app);
        box.Deliver(FetchedBox.Subjects(0, 120));
        var (came, gone) = (0, false);
        tap.OnCommand = command =>
        {
            // Between two commands somebody reads and removes mails, and others come in.
            if (command.StartsWith("UID FETCH", StringComparison.Ordinal) && came < 6)
                box.Deliver($"Late {came++}");
            if (command.StartsWith("UID STORE", StringComparison.Ordinal) && !gone)
            {
                gone = true;
                Expunge(box.User, "Question 001");
            }
        };
        var status = await box.PollAsync();
        Assert.True(status["state"]!.GetValue<string>() == "ok", status.ToJsonString());
        Assert.True(gone && came == 6);
        Assert.Equal([.. Enumerable.Range(0, 6).Select(i => $"Late {i}"), .. FetchedBox.Subjects(0, 100)], await box.SubjectsAsync());
    }

    [Fact]
    public async Task A_poll_that_finds_nothing_asks_storage_twice_and_the_server_for_its_numbers_only()
    {
        using var tap = new WireTap();
        await using var app = await StartTappedAsync(tap);
        var box = await OpenAsync(app);
        box.Deliver(FetchedBox.Subjects(0, 2));
        await box.PollByTimerAsync();
        await box.WorkedAsync();
        tap.Take();
        using var count = new StorageCount(app);
        await box.PollByTimerAsync();
        Assert.True(count.Count == 2, string.Join("\n", count.Paths));
        var commands = tap.Take();
        Assert.True(commands.Count <= 6, string.Join("\n", commands));
        Assert.Single(commands, command => command.StartsWith("STATUS", StringComparison.Ordinal));
        Assert.DoesNotContain(
            commands,
            command => command.StartsWith("SELECT", StringComparison.Ordinal) || command.Contains("SEARCH", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task Fifty_mails_cost_a_handful_of_commands_and_three_writes_beside_the_receipts()
    {
        using var tap = new WireTap();
        await using var app = await StartTappedAsync(tap);
        var box = await OpenAsync(app);
        await box.PollByTimerAsync();
        box.Deliver(FetchedBox.Subjects(0, 50));
        tap.Take();
        using var count = new StorageCount(app);
        await box.PollByTimerAsync();
        Assert.Equal(50, (await box.SubjectsAsync()).Count);
        var commands = tap.Take();
        Assert.True(commands.Count <= 14, string.Join("\n", commands));
        lock (count.Paths)
            Assert.True(count.Paths.Count(path => path.Contains(ImapPositions.TableName, StringComparison.Ordinal)) <= 5, string.Join("\n", count.Paths));
    }

    [Fact]
    public async Task Three_weeks_without_the_server_lose_nothing_and_are_told_of_once()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        var log = new ConcurrentQueue<string>();
        await using var down = await DovecotServer.StartAsync();
        await using var app = await RunningApp.StartAsync(
            fixture.Storage,
            builder =>
            {
                builder.Services.AddSingleton<TimeProvider>(time);
                builder.Services.AddSingleton<ILoggerProvider>(new Lines(log));
            }
        );
        var box = await FetchedBox.OpenAsync(fixture, down, app);
        box.Deliver(FetchedBox.Subjects(0, 20));
        await box.PollByTimerAsync();
        await down.StopAsync();

        var asked = new HashSet<string?>();
        for (var minute = 0; minute < 21 * 24 * 60; minute += 5)
        {
            time.Advance(TimeSpan.FromMinutes(5));
            // The timer runs each time; most of the time the server is left alone.
            if (minute % 600 == 0 || minute < 120)
            {
                await box.PollByTimerAsync();
                asked.Add((await box.StatusAsync())["polledAt"]?.GetValue<string>());
            }

            if (minute % 60 == 0)
                down.Deliver(box.User, FetchedBox.Mail($"Question {20 + minute / 60:D5}"), time.GetUtcNow());
        }

        var status = await box.StatusAsync();
        Assert.Equal("failing", status["state"]!.GetValue<string>());
        Assert.Contains("does not answer", status["error"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Single(log, line => line.Contains(box.Desk.Workspace, StringComparison.Ordinal));

        await down.StartAgainAsync();
        time.Advance(TimeSpan.FromMinutes(31));
        await box.PollByTimerAsync();
        Assert.Equal(FetchedBox.Subjects(0, 20 + 21 * 24), await box.SubjectsAsync());
        Assert.Equal("ok", (await box.StatusAsync())["state"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_mail_that_is_too_big_is_recorded_and_those_behind_it_are_kept()
    {
        var box = await OpenAsync();
        Dovecot.Deliver(box.User, FetchedBox.Mail("Small 1"));
        Dovecot.Deliver(box.User, FetchedBox.Mail("Huge", text: new string('x', 51 * 1024 * 1024)));
        Dovecot.Deliver(box.User, FetchedBox.Mail("Small 2"));
        var status = await box.PollAsync();
        Assert.Equal((2, 1), (status["kept"]!.GetValue<int>(), status["notFetched"]!.GetValue<int>()));
        Assert.Equal(["Huge", "Small 1", "Small 2"], await box.SubjectsAsync());
        var failed = Assert.Single((await box.Desk.GetAsync("/api/receipts?state=failed")).Json["items"]!.AsArray())!;
        Assert.Equal("This mail has 51 MB; up to 50 MB are fetched. It is still in the mailbox.", failed["error"]!.GetValue<string>());
        Assert.Equal([("Huge", false), ("Small 1", true), ("Small 2", true)], MarkedMails(box));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\r\n")]
    [InlineData("no header at all, \u0001\u0002 and no end")]
    [InlineData("Subject: cut off in the mid")]
    [InlineData("Message-ID: <<>>\r\nMessage-ID: two\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--y\r\n")]
    public async Task A_mail_that_is_none_is_kept_as_it_is_and_stops_nothing(string broken)
    {
        var box = await OpenAsync();
        box.Deliver("Before");
        Dovecot.Deliver(box.User, broken);
        box.Deliver("Behind");
        Assert.Equal("ok", (await box.PollAsync())["state"]!.GetValue<string>());
        var mails = (await box.ReceiptsAsync()).Select(one => one.Mail).ToList();
        Assert.Equal(3, mails.Count);
        Assert.Contains(mails, mail => mail.TrimEnd() == broken.TrimEnd());
    }

    [Fact]
    public async Task A_mail_that_the_server_cannot_read_is_recorded_and_those_behind_it_are_kept()
    {
        var box = await OpenAsync();
        box.Deliver("Before");
        Dovecot.DeliverUnreadable(box.User);
        box.Deliver("Behind");
        // The server breaks the connection off there each time.
        for (var polls = 0; polls < 6 && (await box.PollAsync())["state"]!.GetValue<string>() != "ok"; polls++)
            Assert.NotNull((await box.StatusAsync())["error"]);
        var receipts = await box.ReceiptsAsync();
        Assert.Equal(
            ["Before", "Behind"],
            receipts.Where(one => one.Receipt.State != ReceiptState.Failed).Select(one => FetchedBox.SubjectOf(one.Mail)).Order()
        );
        var failed = Assert.Single(receipts, one => one.Receipt.State == ReceiptState.Failed).Receipt;
        Assert.True(failed.Error is { Length: > 20 }, failed.Error);
    }

    [Fact]
    public async Task A_refused_password_is_shown_and_the_server_is_left_alone_until_the_settings_change()
    {
        var log = new ConcurrentQueue<string>();
        await using var app = await RunningApp.StartAsync(fixture.Storage, builder => builder.Services.AddSingleton<ILoggerProvider>(new Lines(log)));
        var box = await OpenAsync(app);
        box.Deliver("Question");
        var right = box.Mailbox;
        box = box with { Mailbox = right with { Imap = right.Imap! with { PasswordSetting = $"{right.Imap!.PasswordSetting}Old" } } };
        app.Services.GetRequiredService<Microsoft.Extensions.Configuration.IConfiguration>()[
            box.Mailbox.Imap!.PasswordSetting!.Replace("__", ":", StringComparison.Ordinal)
        ] = "wrong";
        await box.PutAsync(box.Mailbox);
        await box.PollByTimerAsync();
        var failing = await box.StatusAsync();
        Assert.Equal("failing", failing["state"]!.GetValue<string>());
        Assert.Contains("refuses user and password", failing["error"]!.GetValue<string>(), StringComparison.Ordinal);
        await box.PollByTimerAsync();
        Assert.Equal(1, (await box.StatusAsync())["failures"]!.GetValue<int>());
        await box.PollAsync();
        Assert.Equal(2, (await box.StatusAsync())["failures"]!.GetValue<int>());
        Assert.Single(log, line => line.Contains(box.Desk.Workspace, StringComparison.Ordinal));

        box = box with { Mailbox = right };
        await box.PutAsync(right);
        await box.PollByTimerAsync();
        Assert.Equal("ok", (await box.StatusAsync())["state"]!.GetValue<string>());
        Assert.Equal(["Question"], await box.SubjectsAsync());
    }

    [Theory]
    [InlineData("HELPDESK_ADMIN_KEY")]
    [InlineData("AzureWebJobsStorage")]
    [InlineData("MailSecrets__of_somebody_else")]
    [InlineData("MailSecrets__")]
    public async Task No_setting_is_sent_to_a_server_but_the_secrets_of_the_workspace(string name)
    {
        var box = await OpenAsync(with: imap => imap with { PasswordSetting = name });
        fixture.App.Services.GetRequiredService<Microsoft.Extensions.Configuration.IConfiguration>()["MailSecrets:of_somebody_else"] = "theirs";
        Assert.Contains("is not one for mailboxes of this workspace", (await box.PollAsync())["error"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_wrong_with_a_server_is_said_in_words()
    {
        var box = await OpenAsync();
        var imap = box.Mailbox.Imap!;
        async Task<string> ErrorAsync(ImapSettings settings)
        {
            await box.PutAsync(box.Mailbox with { Imap = settings });
            return (await box.PollAsync())["error"]!.GetValue<string>();
        }

        Assert.Contains("check host, port and security", await ErrorAsync(imap with { Security = MailSecurity.Tls }), StringComparison.Ordinal);
        Assert.Contains("offers no STARTTLS", await ErrorAsync(imap with { Security = MailSecurity.StartTls }), StringComparison.Ordinal);
        Assert.Contains("does not answer as a mail server", await ErrorAsync(imap with { Port = AzuriteServer.FreePort() }), StringComparison.Ordinal);
        Assert.Contains("check imap.folder", await ErrorAsync(imap with { Folder = "Nowhere" }), StringComparison.Ordinal);
        Assert.Contains("is empty", await ErrorAsync(imap with { PasswordSetting = $"{imap.PasswordSetting}Missing" }), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_without_a_certificate_that_is_trusted_gets_no_password()
    {
        await using var untrusted = await DovecotServer.StartAsync(isProtected: true);
        foreach (var (security, port) in new[] { (MailSecurity.Tls, untrusted.TlsPort), (MailSecurity.StartTls, untrusted.Port) })
        {
            var box = await FetchedBox.OpenAsync(fixture, untrusted, with: imap => imap with { Security = security, Port = port });
            Assert.Contains("no certificate that this machine trusts", (await box.PollAsync())["error"]!.GetValue<string>(), StringComparison.Ordinal);
        }

        Assert.DoesNotContain("Login:", untrusted.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Others_see_nothing_of_a_mailbox_and_agents_see_how_it_goes()
    {
        var (box, stranger) = (await OpenAsync(), await fixture.OpenDeskAsync());
        Assert.Equal(404, (await stranger.GetAsync("/api/mailboxes/support/status")).Status);
        Assert.Equal(404, (await stranger.PostAsync("/api/mailboxes/support/poll")).Status);
        var agent = await box.Desk.WithRoleAsync("agent");
        Assert.Equal("waiting", (await agent.GetAsync("/api/mailboxes/support/status")).Expect(200).Json["state"]!.GetValue<string>());
        Assert.Equal(403, (await agent.PostAsync("/api/mailboxes/support/poll")).Status);
    }

    [Fact]
    public async Task A_mailbox_that_is_posted_to_is_not_fetched()
    {
        var box = await OpenAsync();
        await box.PutAsync(box.Mailbox with { Receive = MailboxReceive.Push, Imap = null });
        Assert.Equal("mailbox-not-fetched", (await box.Desk.PostAsync("/api/mailboxes/support/poll")).Expect(409).Code);
        Assert.Equal("posted", (await box.StatusAsync())["state"]!.GetValue<string>());
    }

    /// <summary>Another client of the same mailbox removes mails.</summary>
    private void Expunge(string user, string subject)
    {
        using var client = new MailKit.Net.Imap.ImapClient();
        client.Connect("127.0.0.1", Dovecot.Port, MailKit.Security.SecureSocketOptions.None);
        client.Authenticate(System.Text.Encoding.UTF8, user, DovecotServer.Password);
        client.Inbox.Open(FolderAccess.ReadWrite);
        client.Inbox.AddFlags(client.Inbox.Search(MailKit.Search.SearchQuery.SubjectContains(subject)), MessageFlags.Deleted, silent: true);
        client.Inbox.Expunge();
        client.Disconnect(true);
    }

    private List<(string Subject, bool Read)> MarkedMails(FetchedBox box) =>
        [.. Dovecot.MailsOf(box.User).Select(mail => (FetchedBox.SubjectOf(mail.Mail), mail.Read)).OrderBy(mail => mail.Item1, StringComparer.Ordinal)];

    private Task<RunningApp> StartTappedAsync(WireTap tap) =>
        RunningApp.StartAsync(fixture.Storage, builder => builder.Services.AddSingleton<IProtocolLogger>(tap));

    private static void ShareSecret(FetchedBox box, RunningApp other) =>
        other.Services.GetRequiredService<Microsoft.Extensions.Configuration.IConfiguration>()[
            box.Mailbox.Imap!.PasswordSetting!.Replace("__", ":", StringComparison.Ordinal)
        ] = DovecotServer.Password;

    /// <summary>An app that dies before one of its writes: from then on it asks storage for nothing, until it is revived an hour later.</summary>
    private sealed class DyingApp : IAsyncDisposable
    {
        private Mortality _mortality = null!;
        private readonly FakeTimeProvider _time = new(TimeProvider.System.GetUtcNow());

        public RunningApp App { get; private set; } = null!;

        public bool HasDied { get; private set; }

        public static async Task<DyingApp> StartAsync(string storage)
        {
            var dying = new DyingApp();
            dying.App = await RunningApp.StartAsync(
                storage,
                builder =>
                {
                    builder.Services.AddSingleton<TimeProvider>(dying._time);
                    builder.Services.AddSingleton<StorageMeter>(provider => dying._mortality = new Mortality(provider.GetRequiredService<IMeterFactory>()));
                }
            );
            return dying;
        }

        public void DieAfter(int writes) => _mortality.Left = writes;

        public void Revive()
        {
            HasDied = _mortality.Left < 0;
            _mortality.Left = int.MaxValue;
            _time.Advance(TimeSpan.FromMinutes(5));
        }

        public ValueTask DisposeAsync() => App.DisposeAsync();

        private sealed class Mortality(IMeterFactory meters) : StorageMeter(meters)
        {
            private static readonly string[] Watched = [ImapPositions.TableName, "Receipts", "received-receipts", "receipt-bodies", "$batch"];
            private int _left = int.MaxValue;

            public int Left
            {
                get => Volatile.Read(ref _left);
                set => Volatile.Write(ref _left, value);
            }

            public override void OnSendingRequest(HttpMessage message)
            {
                var path = message.Request.Uri.Path ?? "";
                var writes = message.Request.Method != RequestMethod.Get && Watched.Any(name => path.Contains(name, StringComparison.Ordinal));
                if (Left < 0 || (writes && Left != int.MaxValue && Interlocked.Decrement(ref _left) < 0))
                    throw new InvalidOperationException("This app is dead.");
                base.OnSendingRequest(message);
            }
        }
    }

    /// <summary>Loses the answer to every n-th write of a position: storage has done it, and is asked again.</summary>
    private sealed class LostAnswers(IMeterFactory meters) : StorageMeter(meters)
    {
        /// <summary>0 loses none.</summary>
        public int Every { get; set; }

        private readonly ConcurrentDictionary<string, bool> _seen = [];
        private int _writes;
        private int _count;

        public int Count => Volatile.Read(ref _count);

        public override void OnReceivedResponse(HttpMessage message)
        {
            base.OnReceivedResponse(message);
            var path = message.Request.Uri.Path ?? "";
            var writes = path.Contains("$batch", StringComparison.Ordinal) || path.Contains(ImapPositions.TableName, StringComparison.Ordinal);
            if (
                Every == 0
                || !writes
                || message.Request.Method == RequestMethod.Get
                || message.Response.IsError
                || !_seen.TryAdd(message.Request.ClientRequestId, true)
                || Interlocked.Increment(ref _writes) % Every != 0
            )
                return;
            Interlocked.Increment(ref _count);
            throw new IOException("The connection broke off before the answer came.");
        }
    }

    /// <summary>Keeps the warnings of fetching.</summary>
    private sealed class Lines(ConcurrentQueue<string> lines) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) =>
            categoryName == typeof(ImapPoller).FullName ? this : Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
                lines.Enqueue(formatter(state, exception));
        }

        public void Dispose() { }
    }
}
