using Azure.Core.Pipeline;
using Azure.Storage.Queues;
using Helpdesk.LocalHost.Storage;
using Helpdesk.Testing;

namespace Helpdesk.LocalHost.Tests;

/// <summary>What a killed host had taken from a queue, for the ten minutes that the SDK takes it for.</summary>
public sealed class MessagesInHandTests : IDisposable
{
    private readonly string _data = Directory.CreateTempSubdirectory("helpdesk-in-hand-").FullName;

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Fact]
    public async Task What_a_killed_host_had_in_hand_the_next_one_gives_back_and_nothing_else()
    {
        await using var azurite = await AzuriteServer.StartAsync();
        var plain = new QueueClient(azurite.ConnectionString, "work");
        await plain.CreateAsync();
        foreach (var text in new[] { "done", "renewed", "in hand", "short" })
            await plain.SendMessageAsync(text);

        using (var killed = new MessagesInHand(_data) { InnerHandler = new SocketsHttpHandler() })
        using (var http = new HttpClient(killed, disposeHandler: false))
        {
            var queue = new QueueClient(azurite.ConnectionString, "work", new QueueClientOptions { Transport = new HttpClientTransport(http) });
            var taken = (await queue.ReceiveMessagesAsync(3, TimeSpan.FromMinutes(10))).Value;
            Assert.Equal(["done", "renewed", "in hand"], taken.Select(message => message.MessageText));
            await queue.DeleteMessageAsync(taken[0].MessageId, taken[0].PopReceipt);
            await queue.UpdateMessageAsync(taken[1].MessageId, taken[1].PopReceipt, visibilityTimeout: TimeSpan.FromMinutes(10));
            Assert.Equal("short", (await queue.ReceiveMessageAsync(TimeSpan.FromMinutes(1))).Value.MessageText);
        }

        Assert.Empty((await plain.ReceiveMessagesAsync(10)).Value);
        // The kill may have come in the middle of a line.
        await File.AppendAllTextAsync(Path.Combine(_data, "messages-in-hand"), "taken 4711 work half-a-rec");
        using (var next = new MessagesInHand(_data))
            await next.GiveBackAsync(azurite.ConnectionString, TestContext.Current.CancellationToken);
        Assert.Equal(["in hand", "renewed"], (await plain.ReceiveMessagesAsync(10)).Value.Select(message => message.MessageText).Order());
        Assert.Equal("", await File.ReadAllTextAsync(Path.Combine(_data, "messages-in-hand")));
    }
}
