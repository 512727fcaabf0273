using System.Text.Json.Nodes;
using Azure.Data.Tables;
using Azure.Storage.Queues;
using Helpdesk.Functions.Deadlines;
using Helpdesk.Functions.Intake;
using Helpdesk.Intake;
using Helpdesk.Testing;
using Helpdesk.Tickets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Helpdesk.Functions.Tests.Intake;

/// <summary>The desk sends requests through its own intakes. They belong to the home workspace, so that each test has a storage of its own.</summary>
public sealed class IntakeProbesTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Start = new(2026, 3, 10, 9, 0, 0, TimeSpan.Zero);
    private readonly FakeTimeProvider _time = new(Start);
    private AzuriteServer _azurite = null!;
    private RunningApp _app = null!;
    private Desk _home = null!;

    public async ValueTask InitializeAsync()
    {
        _azurite = await AzuriteServer.StartAsync(inMemory: true);
        _app = await StartAsync("00:15:00");
        _home = new("main", DeskFixture.AdminKey, _app.Address);
    }

    public async ValueTask DisposeAsync()
    {
        _home.Dispose();
        await _app.DisposeAsync();
        await _azurite.DisposeAsync();
    }

    /// <param name="forms">What is sent through the web form instead of what the desk sends.</param>
    private Task<RunningApp> StartAsync(string every, IIntakeProbe? forms = null, bool ticket = false) =>
        RunningApp.StartAsync(
            _azurite.ConnectionString,
            builder =>
            {
                builder.Services.AddSingleton<TimeProvider>(_time);
                if (forms is null)
                    return;
                builder.Services.Remove(builder.Services.Single(service => service.ImplementationType == typeof(WebProbe)));
                builder.Services.AddSingleton(forms);
            },
            $"--Probe:Every={every}",
            $"--Probe:Ticket={ticket}"
        );

    private static Task SweepAsync(RunningApp app) => app.InvokeAsync(nameof(SweepDueTimes), "{}");

    /// <summary>Has every queued receipt come, each message twice; gives how many there were.</summary>
    private async Task<int> WorkAsync()
    {
        var queue = new QueueClient(_azurite.ConnectionString, ReceiptMessage.QueueName);
        var count = 0;
        while (await queue.ExistsAsync() && (await queue.ReceiveMessagesAsync(32)).Value is { Length: > 0 } messages)
        {
            foreach (var message in messages)
            {
                await _app.InvokeAsync(nameof(ProcessReceipt), message.Body.ToString());
                await queue.DeleteMessageAsync(message.MessageId, message.PopReceipt);
                await _app.InvokeAsync(nameof(ProcessReceipt), message.Body.ToString());
                count++;
            }
        }

        return count;
    }

    private async Task<JsonNode> ProbesAsync(Desk? desk = null) => (await (desk ?? _home).GetAsync("/api/operations/probes")).Expect(200).Json;

    private async Task<string> StatesAsync(Desk? desk = null) =>
        string.Join(' ', (await ProbesAsync(desk))["items"]!.AsArray().Select(item => $"{item!["channel"]}:{item["state"]}"));

    private async Task<int> RowsAsync(string table)
    {
        var count = 0;
        await foreach (var row in new TableClient(_azurite.ConnectionString, table).QueryAsync<TableEntity>())
            count += row.PartitionKey.Length > 0 ? 1 : 0;
        return count;
    }

    [Fact]
    public async Task A_probe_goes_through_every_intake_and_leaves_nothing_but_how_long_it_took()
    {
        // A ticket of before: whatever tables it takes are there.
        await _home.OpenTicketAsync();
        await _app.MailedAsync();
        string[] tables = ["Tickets", "TicketLists", "Receipts", "MailArrivals", "MailThreads", "Mails", "Contacts"];
        foreach (var table in tables)
            await new TableClient(_azurite.ConnectionString, table).CreateIfNotExistsAsync();
        var before = await Task.WhenAll(tables.Select(RowsAsync));

        await SweepAsync(_app);
        Assert.All((await ProbesAsync())["items"]!.AsArray(), item => Assert.Equal("under-way", item!["state"]!.GetValue<string>()));
        Assert.Empty((await _home.GetAsync("/api/receipts")).Expect(200).Json["items"]!.AsArray());
        _time.Advance(TimeSpan.FromSeconds(2));
        var channels = _app.Services.GetServices<IIntakeProbe>().Select(probe => probe.Channel).ToList();
        Assert.Equal(channels.Count, await WorkAsync());

        var probes = await ProbesAsync();
        Assert.True(probes["ok"]!.GetValue<bool>());
        Assert.Equal("PT15M", probes["every"]!.GetValue<string>());
        Assert.Equal(
            channels.Select(channel => WireName<IntakeChannel>.Of(channel)),
            probes["items"]!.AsArray().Select(item => item!["channel"]!.GetValue<string>())
        );
        Assert.All(
            probes["items"]!.AsArray(),
            item => Assert.Equal(("ok", 2.0, null), (item!["state"]!.GetValue<string>(), item["seconds"]!.GetValue<double>(), item["error"]))
        );
        Assert.Equal(before, await Task.WhenAll(tables.Select(RowsAsync)));
        var next = await _home.OpenTicketAsync();
        Assert.Equal(2, next.Json["number"]!.GetValue<int>());
    }

    [Fact]
    public async Task Probes_are_sent_when_they_are_due_and_one_that_is_lost_is_said_to_be()
    {
        await SweepAsync(_app);
        var perRound = await WorkAsync();
        Assert.InRange(perRound, 2, 10);
        _time.Advance(TimeSpan.FromMinutes(5));
        await SweepAsync(_app);
        Assert.Equal(0, await WorkAsync());
        _time.Advance(TimeSpan.FromMinutes(10) - TimeSpan.FromSeconds(1));
        await SweepAsync(_app);

        // Nobody works it: it is lost, and its receipt goes when the next one is sent.
        var queue = new QueueClient(_azurite.ConnectionString, ReceiptMessage.QueueName);
        var messages = (await queue.ReceiveMessagesAsync(32)).Value;
        Assert.Equal(perRound, messages.Length);
        foreach (var message in messages)
            await queue.DeleteMessageAsync(message.MessageId, message.PopReceipt);
        _time.Advance(IntakeProbe.Patience + TimeSpan.FromSeconds(1));
        var lost = await ProbesAsync();
        Assert.False(lost["ok"]!.GetValue<bool>());
        Assert.All(lost["items"]!.AsArray(), item => Assert.Equal("lost", item!["state"]!.GetValue<string>()));
        Assert.Equal(perRound, await RowsAsync("Receipts"));
        _time.Advance(TimeSpan.FromMinutes(12));
        await SweepAsync(_app);
        Assert.Equal(perRound, await RowsAsync("Receipts"));
        Assert.Equal(perRound, await WorkAsync());
        Assert.True((await ProbesAsync())["ok"]!.GetValue<bool>());
        Assert.Equal(0, await RowsAsync("Receipts"));

        // The timer does not come any more.
        _time.Advance(TimeSpan.FromHours(1));
        Assert.All((await ProbesAsync())["items"]!.AsArray(), item => Assert.Equal("stale", item!["state"]!.GetValue<string>()));
    }

    [Fact]
    public async Task A_probe_that_does_not_come_through_says_why()
    {
        await SweepAsync(_app);
        await WorkAsync();
        _time.Advance(TimeSpan.FromMinutes(15));
        await using var broken = await StartAsync("00:15:00", new BrokenProbe());
        using var desk = new Desk("main", DeskFixture.AdminKey, broken.Address);
        (await desk.PostAsync("/api/operations/probes")).Expect(202);
        await WorkAsync();
        var form = (await ProbesAsync(desk))["items"]!.AsArray().Single(item => item!["error"] is not null)!;
        Assert.Equal("failed", form["state"]!.GetValue<string>());
        Assert.Contains("form", form["error"]!.GetValue<string>(), StringComparison.OrdinalIgnoreCase);
        Assert.False((await ProbesAsync(desk))["ok"]!.GetValue<bool>());
        Assert.Empty((await _home.GetAsync("/api/receipts?state=failed")).Expect(200).Json["items"]!.AsArray());
        Assert.Equal(0, await RowsAsync("Receipts"));
    }

    [Fact]
    public async Task Without_a_setting_none_is_sent_unless_an_admin_of_the_home_workspace_asks()
    {
        await using var silent = await StartAsync("00:00:00");
        using var desk = new Desk("main", DeskFixture.AdminKey, silent.Address);
        await SweepAsync(silent);
        Assert.DoesNotContain("under-way", await StatesAsync(desk), StringComparison.Ordinal);
        Assert.Null((await ProbesAsync(desk))["every"]);
        var sent = (await desk.PostAsync("/api/operations/probes")).Expect(202).Json;
        Assert.All(sent["items"]!.AsArray(), item => Assert.Equal("under-way", item!["state"]!.GetValue<string>()));
        await WorkAsync();
        Assert.True((await ProbesAsync(desk))["ok"]!.GetValue<bool>());
        _time.Advance(TimeSpan.FromDays(30));
        Assert.True((await ProbesAsync(desk))["ok"]!.GetValue<bool>());

        var opened = (await _home.PostAsync("/api/workspaces", new { id = "branch", name = "Branch" })).Expect(201).Json;
        using var branch = new Desk("branch", opened["adminKey"]!.GetValue<string>(), _app.Address);
        (await branch.GetAsync("/api/operations/probes")).Expect(403);
        (await branch.PostAsync("/api/operations/probes")).Expect(403);
    }

    [Fact]
    public async Task A_probe_that_does_not_come_through_opens_one_ticket_which_resolves_itself()
    {
        async Task<List<JsonNode>> TicketsAsync()
        {
            var numbers = await _home.NumbersAsync("status=new,open,resolved");
            var tickets = new List<JsonNode>();
            foreach (var number in numbers.Order())
                tickets.Add((await _home.GetAsync($"/api/tickets/{number}")).Expect(200).Json);
            return tickets;
        }

        await using (var broken = await StartAsync("00:15:00", new BrokenProbe(), ticket: true))
        {
            for (var round = 0; round < 3; round++)
            {
                await SweepAsync(broken);
                await WorkAsync();
                _time.Advance(TimeSpan.FromMinutes(15));
            }

            await broken.DeliveredAsync();
            var opened = Assert.Single(await TicketsAsync());
            Assert.Equal("The desk's own intake \"web\" does not work", opened["subject"]!.GetValue<string>());
            Assert.Equal(("urgent", "new"), (opened["priority"]!.GetValue<string>(), opened["status"]!.GetValue<string>()));
        }

        await using var well = await StartAsync("00:15:00", ticket: true);
        await SweepAsync(well);
        _time.Advance(TimeSpan.FromSeconds(1));
        // Two apps share the queue: whoever works the message, the probe has come through.
        using var desk = new Desk("main", DeskFixture.AdminKey, well.Address);
        var queue = new QueueClient(_azurite.ConnectionString, ReceiptMessage.QueueName);
        while ((await queue.ReceiveMessagesAsync(32)).Value is { Length: > 0 } messages)
        {
            foreach (var message in messages)
            {
                await well.InvokeAsync(nameof(ProcessReceipt), message.Body.ToString());
                await well.InvokeAsync(nameof(ProcessReceipt), message.Body.ToString());
                await queue.DeleteMessageAsync(message.MessageId, message.PopReceipt);
            }
        }

        await well.DeliveredAsync();
        Assert.Equal("resolved", Assert.Single(await TicketsAsync())["status"]!.GetValue<string>());

        // Lost: nobody works it. The next look of the timer says so, once.
        _time.Advance(TimeSpan.FromMinutes(15));
        await SweepAsync(well);
        foreach (var message in (await queue.ReceiveMessagesAsync(32)).Value)
            await queue.DeleteMessageAsync(message.MessageId, message.PopReceipt);
        for (var look = 0; look < 2; look++)
        {
            _time.Advance(TimeSpan.FromMinutes(5));
            await SweepAsync(well);
        }

        await well.DeliveredAsync();
        var open = (await TicketsAsync()).Count(ticket => ticket["status"]!.GetValue<string>() is "new" or "open");
        Assert.Equal(well.Services.GetServices<IIntakeProbe>().Count(), open);
    }

    /// <summary>A form that nobody can read.</summary>
    private sealed class BrokenProbe : IIntakeProbe
    {
        public IntakeChannel Channel => IntakeChannel.Web;

        public ProbeBody Write(string id, DateTimeOffset now) => new("text/plain", "no form"u8.ToArray());
    }
}
