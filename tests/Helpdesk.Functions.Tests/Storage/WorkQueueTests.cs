using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Serialization;
using Azure.Storage.Queues;
using Helpdesk.Functions.Storage;
using Helpdesk.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Helpdesk.Functions.Tests.Storage;

public sealed record Errand(string Key, int Number, DateTimeOffset SentAt);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(Errand))]
internal sealed partial class ErrandJson : JsonSerializerContext;

public sealed class WorkQueueTests(DeskFixture fixture)
{
    private static readonly DateTimeOffset Start = new(2026, 3, 10, 9, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Committed_work_is_done_at_once_and_its_messages_are_taken_back()
    {
        await using var office = await Office.OpenAsync(fixture);
        foreach (var number in new[] { 1, 2 })
            office.Queue.Note(await office.AnnounceAsync("a", number));
        office.Queue.Committed(await office.AnnounceAsync("b", 3));
        office.Queue.TryEnqueue(new("a", 0, Start));
        await office.StartAsync();
        await office.IdleAsync();
        Assert.Equal(["a2", "b3"], office.Worker.Done.Order());
        Assert.Equal(0, await office.WaitingAsync());
    }

    [Fact]
    public async Task Work_that_was_announced_and_not_committed_keeps_its_message()
    {
        await using var office = await Office.OpenAsync(fixture);
        await office.AnnounceAsync("a", 1);
        office.Queue.TryEnqueue(new("a", 1, Start));
        await office.StartAsync();
        await office.IdleAsync();
        Assert.Empty(office.Worker.Done);
        Assert.Equal(1, await office.WaitingAsync());
    }

    [Fact]
    public async Task Work_that_fails_at_once_keeps_its_message_and_holds_up_no_other()
    {
        await using var office = await Office.OpenAsync(fixture);
        office.Worker.Fails.Add("a");
        office.Queue.Committed(await office.AnnounceAsync("a", 1));
        office.Queue.Committed(await office.AnnounceAsync("b", 2));
        await office.StartAsync();
        await office.IdleAsync();
        Assert.Equal(["b2"], office.Worker.Done);
        Assert.Equal(1, await office.WaitingAsync());

        office.Worker.Fails.Clear();
        await office.Runner.ReceiveAsync(new("a", 1, Start), 1, TestContext.Current.CancellationToken);
        await office.Runner.ReceiveAsync(new("a", 1, Start), 2, TestContext.Current.CancellationToken);
        Assert.Equal(["b2", "a1", "a1"], office.Worker.Done);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(119, 1)]
    [InlineData(120, 0)]
    public async Task A_message_that_comes_before_its_commit_comes_again_until_the_grace_is_over(int age, int waiting)
    {
        await using var office = await Office.OpenAsync(fixture);
        office.Worker.Missing.Add("a");
        office.Time.Advance(TimeSpan.FromSeconds(age));
        await office.Runner.ReceiveAsync(new("a", 1, Start), 1, TestContext.Current.CancellationToken);
        Assert.Equal(waiting, await office.WaitingAsync());
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(3, true)]
    [InlineData(4, true)]
    public async Task The_last_try_is_said_to_be_the_last(int dequeueCount, bool last)
    {
        await using var office = await Office.OpenAsync(fixture);
        await office.Runner.ReceiveAsync(new("a", 1, Start), dequeueCount, TestContext.Current.CancellationToken);
        Assert.Equal(last, office.Worker.LastTry);
    }

    private sealed class Clerk : IWorker<Errand>
    {
        public ConcurrentQueue<string> Done { get; } = [];
        public HashSet<string> Fails { get; } = [];
        public HashSet<string> Missing { get; } = [];
        public bool LastTry { get; private set; }

        public Task<bool> DoAsync(Errand message, bool lastTry, CancellationToken cancellationToken)
        {
            LastTry = lastTry;
            if (Fails.Contains(message.Key))
                throw new HttpRequestException("Nobody there");
            if (Missing.Contains(message.Key))
                return Task.FromResult(false);
            Done.Enqueue($"{message.Key}{message.Number}");
            return Task.FromResult(true);
        }
    }

    /// <summary>A queue of its own on the storage of the tests, whose work is done by a <see cref="Clerk"/>.</summary>
    private sealed class Office : IAsyncDisposable
    {
        private readonly QueueClient _messages;

        private Office(QueueClient messages, StorageClients storage)
        {
            _messages = messages;
            var options = new WorkQueueOptions<Errand>(messages.Name, ErrandJson.Default.Errand, errand => errand.Key)
            {
                SentAt = errand => errand.SentAt,
                Tries = 3,
                Parallel = 1,
            };
            Queue = new(storage, options, new(), Time);
            Runner = new(Queue, Worker, options, new(), new(Time), Time, NullLoggerFactory.Instance);
        }

        public FakeTimeProvider Time { get; } = new(Start);
        public Clerk Worker { get; } = new();
        public WorkQueue<Errand> Queue { get; }
        public WorkRunner<Errand> Runner { get; }

        public static async Task<Office> OpenAsync(DeskFixture fixture)
        {
            var messages = new QueueClient(fixture.Storage, $"errands-{Guid.NewGuid():N}");
            await messages.CreateAsync();
            return new(messages, fixture.App.Services.GetRequiredService<StorageClients>());
        }

        public Task<Announced<Errand>> AnnounceAsync(string key, int number) =>
            Queue.AnnounceAsync(new(key, number, Start), TestContext.Current.CancellationToken);

        public Task StartAsync() => ((IHostedService)Runner).StartAsync(TestContext.Current.CancellationToken);

        public Task IdleAsync() => Until.TrueAsync(() => Task.FromResult(Queue.Outstanding == 0), "all work is done");

        public async Task<int> WaitingAsync() => (await _messages.GetPropertiesAsync()).Value.ApproximateMessagesCount;

        public async ValueTask DisposeAsync()
        {
            await Runner.StopAsync(default);
            Runner.Dispose();
            await _messages.DeleteAsync();
        }
    }
}
