using System.Text.Json;
using Azure.Storage.Queues;
using Helpdesk.Functions.Events;
using Helpdesk.Functions.Storage;
using Helpdesk.Functions.Tickets;
using Helpdesk.Testing;
using Helpdesk.Tickets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Helpdesk.Functions.Tests.Events;

/// <summary>What the guarantee behind a delivery does when the process that committed is gone, late or wrong.</summary>
[Collection(nameof(SharedQueues))]
public sealed class DispatchTicketEventsTests(DeskFixture fixture)
{
    /// <summary>An app that commits and never delivers by itself: as if it died right after every commit.</summary>
    private Task<RunningApp> ForgetfulAppAsync(Action<IServiceCollection>? configure = null, params string[] settings) =>
        RunningApp.StartAsync(
            fixture.Storage,
            builder =>
            {
                foreach (
                    var hosted in builder
                        .Services.Where(service => service.ServiceType == typeof(IHostedService) && service.ImplementationFactory is not null)
                        .ToList()
                )
                    builder.Services.Remove(hosted);

                configure?.Invoke(builder.Services);
            },
            settings
        );

    private static string Message(Desk desk, long number, long upTo, DateTimeOffset? sentAt = null) =>
        JsonSerializer.Serialize(
            new TicketMessage(desk.Workspace, number, upTo, sentAt ?? TimeProvider.System.GetUtcNow(), "gone"),
            JsonSerializerOptions.Web
        );

    [Fact]
    public async Task A_message_delivered_twice_lists_a_ticket_once()
    {
        await using var app = await ForgetfulAppAsync();
        using var desk = await fixture.OpenDeskAsync(app);
        var number = (await desk.OpenTicketAsync()).Json["number"]!.GetValue<long>();
        Assert.Empty(await desk.NumbersAsync("status=new"));
        await app.InvokeAsync(nameof(DispatchTicketEvents), Message(desk, number, 1));
        await app.InvokeAsync(nameof(DispatchTicketEvents), Message(desk, number, 1), dequeueCount: 2);
        Assert.Equal([number], await desk.NumbersAsync("status=new"));
    }

    [Fact]
    public async Task Messages_that_come_late_or_out_of_order_leave_each_list_right()
    {
        await using var app = await ForgetfulAppAsync();
        using var desk = await fixture.OpenDeskAsync(app);
        var number = (await desk.OpenTicketAsync()).Json["number"]!.GetValue<long>();
        (await desk.PatchAsync($"/api/tickets/{number}", new { status = "pending" })).Expect(200);
        (await desk.PostAsync($"/api/tickets/{number}/resolve", new { resolution = "Done" })).Expect(200);
        foreach (var upTo in new[] { 3, 1, 2, 1 })
            await app.InvokeAsync(nameof(DispatchTicketEvents), Message(desk, number, upTo));
        Assert.Equal([number], await desk.NumbersAsync("status=resolved"));
        Assert.Empty(await desk.NumbersAsync("status=new,pending"));
    }

    [Theory]
    [InlineData(3, 2)]
    [InlineData(2, 3)]
    public async Task Rows_that_a_process_left_when_it_died_in_the_middle_are_removed_by_its_message(int first, int second)
    {
        await using var app = await ForgetfulAppAsync();
        using var desk = await fixture.OpenDeskAsync(app);
        var number = (await desk.OpenTicketAsync()).Json["number"]!.GetValue<long>();
        (await desk.PatchAsync($"/api/tickets/{number}", new { status = "pending" })).Expect(200);
        // It wrote the rows of version 2 and died before the cursor; another process delivered version 3 since.
        var lists = app.Services.GetRequiredService<TicketListStore>();
        var tickets = app.Services.GetRequiredService<TicketStore>();
        await lists.ApplyAsync([new(null, (await tickets.FindAsync(new TicketAddress(desk.Workspace, number), default))!)], default);
        (await desk.PostAsync($"/api/tickets/{number}/resolve", new { resolution = "Done" })).Expect(200);
        Assert.Equal([number], await desk.NumbersAsync("status=pending"));
        await app.InvokeAsync(nameof(DispatchTicketEvents), Message(desk, number, first));
        await app.InvokeAsync(nameof(DispatchTicketEvents), Message(desk, number, second));
        Assert.Empty(await desk.NumbersAsync("status=pending"));
        Assert.Equal([number], await desk.NumbersAsync("status=resolved"));
    }

    [Fact]
    public async Task A_message_whose_commit_is_not_there_yet_is_put_back_until_the_grace_is_over()
    {
        await using var app = await ForgetfulAppAsync();
        using var desk = await fixture.OpenDeskAsync(app);
        var queue = new QueueClient(fixture.Storage, TicketMessage.QueueName);
        await queue.CreateIfNotExistsAsync();
        // The queue serves all tests: what an earlier one left under way must be over before anything is compared.
        await fixture.App.DeliveredAsync();
        var waiting = (await queue.GetPropertiesAsync()).Value.ApproximateMessagesCount;
        await app.InvokeAsync(nameof(DispatchTicketEvents), Message(desk, 424242, 1));
        Assert.Equal(waiting + 1, (await queue.GetPropertiesAsync()).Value.ApproximateMessagesCount);
        await app.InvokeAsync(nameof(DispatchTicketEvents), Message(desk, 424242, 1, TimeProvider.System.GetUtcNow().AddMinutes(-3)));
        Assert.Equal(waiting + 1, (await queue.GetPropertiesAsync()).Value.ApproximateMessagesCount);
    }

    [Fact]
    public async Task A_message_that_nobody_can_read_fails_and_comes_back()
    {
        await Assert.ThrowsAsync<Helpdesk.Testing.FunctionFailedException>(() => fixture.App.InvokeAsync(nameof(DispatchTicketEvents), "not json"));
        await Assert.ThrowsAsync<Helpdesk.Testing.FunctionFailedException>(() => fixture.App.InvokeAsync(nameof(DispatchTicketEvents), "null"));
    }

    [Fact]
    public async Task A_subscriber_that_keeps_failing_becomes_a_dead_letter_that_can_be_replayed_and_holds_up_nobody()
    {
        var subscriber = new Stubborn("Stubborn") { FailsFor = 1 };
        await using var app = await ForgetfulAppAsync(services => services.AddSingleton<IEventSubscriber>(subscriber));
        using var desk = await fixture.OpenDeskAsync(app);
        var number = (await desk.OpenTicketAsync()).Json["number"]!.GetValue<long>();
        for (var tries = 1; tries <= 4; tries++)
            await Assert.ThrowsAsync<Helpdesk.Testing.FunctionFailedException>(() =>
                app.InvokeAsync(nameof(DispatchTicketEvents), Message(desk, number, 1), tries)
            );
        Assert.Equal([number], await desk.NumbersAsync("status=new"));
        await app.InvokeAsync(nameof(DispatchTicketEvents), Message(desk, number, 1), 5);

        var letter = Assert.Single((await desk.GetAsync("/api/operations/dead-letters")).Expect(200).Json["items"]!.AsArray())!;
        Assert.Equal(("Stubborn", number), (letter["subscriber"]!.GetValue<string>(), letter["ticket"]!.GetValue<long>()));
        Assert.True(letter["replayable"]!.GetValue<bool>());
        Assert.Null(letter["code"]);
        var inVain = (await desk.PostAsync($"/api/operations/dead-letters/{letter["id"]}/replay")).Expect(409);
        Assert.Equal("dead-letter-not-delivered", inVain.Code);
        Assert.Contains("Nobody there", inVain.Text, StringComparison.Ordinal);
        Assert.Single((await desk.GetAsync("/api/operations/dead-letters")).Json["items"]!.AsArray());
        subscriber.FailsFor = null;
        (await desk.PostAsync($"/api/operations/dead-letters/{letter["id"]}/replay")).Expect(204);
        Assert.Equal([1], subscriber.Taken);
        Assert.Empty((await desk.GetAsync("/api/operations/dead-letters")).Json["items"]!.AsArray());
        (await desk.PostAsync($"/api/operations/dead-letters/{letter["id"]}/replay")).Expect(404);
    }

    [Fact]
    public async Task What_a_rule_refuses_is_a_dead_letter_at_once_that_names_the_rule_and_can_be_dismissed()
    {
        var subscriber = new Stubborn("Strict") { FailsFor = 1, Failure = new HelpdeskRuleException("merge-target-closed", "Ticket 7 is closed.") };
        await using var app = await ForgetfulAppAsync(services => services.AddSingleton<IEventSubscriber>(subscriber));
        using var desk = await fixture.OpenDeskAsync(app);
        using var other = await fixture.OpenDeskAsync(app);
        await desk.OpenTicketAsync();
        await app.InvokeAsync(nameof(DispatchTicketEvents), Message(desk, 1, 1));
        await app.InvokeAsync(nameof(DispatchTicketEvents), Message(desk, 1, 1), 2);

        var letter = Assert.Single((await desk.GetAsync("/api/operations/dead-letters")).Expect(200).Json["items"]!.AsArray())!;
        Assert.Equal(("merge-target-closed", "Ticket 7 is closed."), (letter["code"]!.GetValue<string>(), letter["error"]!.GetValue<string>()));
        Assert.False(letter["replayable"]!.GetValue<bool>());
        (await other.DeleteAsync($"/api/operations/dead-letters/{letter["id"]}")).Expect(404);
        (await desk.PostAsync($"/api/operations/dead-letters/{letter["id"]}/replay")).Expect(409);
        (await desk.DeleteAsync($"/api/operations/dead-letters/{letter["id"]}")).Expect(204);
        (await desk.DeleteAsync($"/api/operations/dead-letters/{letter["id"]}")).Expect(404);
        Assert.Empty((await desk.GetAsync("/api/operations/dead-letters")).Json["items"]!.AsArray());
        Assert.Empty(subscriber.Taken);
    }

    [Theory]
    [InlineData("Gone", 1, "no subscriber")]
    [InlineData("Lists", 99, "does not exist")]
    public async Task A_dead_letter_that_nobody_can_take_any_more_says_so_and_stays(string name, long number, string words)
    {
        using var desk = await fixture.OpenDeskAsync();
        await desk.OpenTicketAsync();
        var letters = fixture.App.Services.GetRequiredService<DeadLetterStore>();
        var now = TimeProvider.System.GetUtcNow();
        await letters.PutAsync(desk.Workspace, new("letter-1", name, number, 1, 1, now, "Nobody there", null, true), default);
        var answer = (await desk.PostAsync("/api/operations/dead-letters/letter-1/replay")).Expect(409);
        Assert.Contains(words, answer.Text, StringComparison.Ordinal);
        Assert.Single((await desk.GetAsync("/api/operations/dead-letters")).Json["items"]!.AsArray());
    }

    [Fact]
    public async Task One_that_fails_in_a_batch_postpones_nothing_but_its_own_part_of_its_own_ticket()
    {
        var (angry, calm) = (new Stubborn("Angry"), new Stubborn("Calm"));
        await using var app = await ForgetfulAppAsync(services => services.AddSingleton<IEventSubscriber>(angry).AddSingleton<IEventSubscriber>(calm));
        using var desk = await fixture.OpenDeskAsync(app);
        angry.FailsFor = 2;
        var queue = new QueueClient(fixture.Storage, TicketMessage.QueueName);
        await fixture.App.DeliveredAsync();
        for (var i = 0; i < 3; i++)
            await desk.OpenTicketAsync();
        var waiting = (await queue.GetPropertiesAsync()).Value.ApproximateMessagesCount;
        await ((IHostedService)app.Services.GetRequiredService<WorkRunner<TicketMessage>>()).StartAsync(TestContext.Current.CancellationToken);
        await app.DeliveredAsync();

        Assert.Equal([1, 2, 3], (await desk.NumbersAsync("status=new")).Order());
        Assert.Equal([1, 2, 3], calm.Tickets.Order());
        Assert.Equal([1, 3], angry.Tickets.Order());
        Assert.Equal(waiting - 2, (await queue.GetPropertiesAsync()).Value.ApproximateMessagesCount);

        // The message that was left brings the ticket to the one who failed, and to nobody else again.
        angry.FailsFor = null;
        await app.InvokeAsync(nameof(DispatchTicketEvents), Message(desk, 2, 1));
        await app.InvokeAsync(nameof(DispatchTicketEvents), Message(desk, 2, 1), 2);
        Assert.Equal([1, 2, 3], angry.Tickets.Order());
        Assert.Equal([1, 2, 3], calm.Tickets.Order());
    }

    [Fact]
    public async Task What_a_process_delivers_itself_takes_its_message_back()
    {
        using var desk = await fixture.OpenDeskAsync();
        var queue = new QueueClient(fixture.Storage, TicketMessage.QueueName);
        await queue.CreateIfNotExistsAsync();
        await fixture.App.DeliveredAsync();
        var waiting = (await queue.GetPropertiesAsync()).Value.ApproximateMessagesCount;
        var number = (await desk.OpenTicketAsync()).Json["number"]!.GetValue<long>();
        await fixture.App.DeliveredAsync();
        Assert.Equal(waiting, (await queue.GetPropertiesAsync()).Value.ApproximateMessagesCount);
        Assert.Equal([number], await desk.NumbersAsync("status=new"));
    }

    /// <summary>Between its rows in the lists and its cursor another process moved the ticket on: its rows must not stay behind.</summary>
    [Fact]
    public async Task A_delivery_that_is_overtaken_by_another_process_leaves_no_row_behind()
    {
        using var desk = await fixture.OpenDeskAsync();
        var overtaken = new Interrupted(async () =>
        {
            (await desk.PatchAsync("/api/tickets/1", new { priority = "urgent" })).Expect(200);
            await fixture.App.DeliveredAsync();
        });
        await using var app = await ForgetfulAppAsync(services => services.AddSingleton<IEventSubscriber>(overtaken));
        using var slow = new Desk(desk.Workspace, desk.Key, app.Address);
        await slow.OpenTicketAsync();
        (await slow.PostAsync("/api/tickets/1/assign", new { assignee = "me" })).Expect(200);
        await app.InvokeAsync(nameof(DispatchTicketEvents), Message(desk, 1, 3));
        Assert.Equal([1], await desk.NumbersAsync("status=open"));
        Assert.Equal([1], await desk.NumbersAsync("sort=updatedAt"));
        Assert.Empty(await desk.NumbersAsync("priority=normal"));
    }

    private sealed class Interrupted(Func<Task> first) : IEventSubscriber
    {
        private int _told;

        public string Name => "Interrupted";

        public bool Wants(IReadOnlyList<TicketEvent> events) => true;

        public Task TakeAsync(Ticket ticket, IReadOnlyList<TicketEvent> events, CancellationToken cancellationToken) =>
            Interlocked.Increment(ref _told) == 1 ? first() : Task.CompletedTask;
    }

    private sealed class Stubborn(string name) : IEventSubscriber
    {
        /// <summary>The ticket that it does not take.</summary>
        public long? FailsFor { get; set; }

        public Exception Failure { get; init; } = new TimeoutException("Nobody there");

        public List<long> Taken { get; } = [];

        public List<long> Tickets { get; } = [];

        public string Name => name;

        public bool Wants(IReadOnlyList<TicketEvent> events) => true;

        public Task TakeAsync(Ticket ticket, IReadOnlyList<TicketEvent> events, CancellationToken cancellationToken)
        {
            if (ticket.Number == FailsFor)
                throw Failure;
            lock (Taken)
            {
                Taken.AddRange(events.Select(happened => happened.Seq));
                Tickets.Add(ticket.Number);
            }

            return Task.CompletedTask;
        }
    }
}
