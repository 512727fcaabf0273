using Azure;
using Azure.Core;
using Azure.Storage.Queues;
using Helpdesk.LocalHost.Storage;
using Helpdesk.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Helpdesk.LocalHost.Tests;

/// <summary>What a killed host had taken from a queue comes back after a short while, and what a living one works on does not.</summary>
public sealed class MessageLeasesTests : IAsyncLifetime
{
    private static readonly TimeSpan TenMinutes = TimeSpan.FromMinutes(10);
    private readonly FakeTimeProvider _time = new();
    private AzuriteServer _azurite = null!;
    private QueueClient _plain = null!;

    public async ValueTask InitializeAsync()
    {
        _azurite = await AzuriteServer.StartAsync();
        _plain = new(_azurite.ConnectionString, "work");
        await _plain.CreateAsync();
    }

    public ValueTask DisposeAsync() => _azurite.DisposeAsync();

    private QueueClient Leased(MessageLeases leases)
    {
        var options = new QueueClientOptions();
        options.AddPolicy(leases, HttpPipelinePosition.PerCall);
        return new(_azurite.ConnectionString, "work", options);
    }

    [Fact]
    public async Task What_nobody_renews_comes_back_soon_although_it_was_taken_for_ten_minutes()
    {
        await _plain.SendMessageAsync("in hand");
        using (var leases = new MessageLeases(_azurite.ConnectionString, TimeSpan.FromSeconds(2), _time))
            Assert.Equal("in hand", (await Leased(leases).ReceiveMessageAsync(TenMinutes)).Value.MessageText);
        Assert.Null((await _plain.ReceiveMessageAsync()).Value);
        await Until.TrueAsync(async () => (await _plain.PeekMessageAsync()).Value is not null, "the message is visible again");
    }

    [Fact]
    public async Task What_is_worked_on_is_renewed_and_the_receipt_that_was_given_out_still_deletes_or_releases_it()
    {
        await _plain.SendMessageAsync("done");
        await _plain.SendMessageAsync("released");
        using var leases = new MessageLeases(_azurite.ConnectionString, TimeSpan.FromSeconds(60), _time);
        var queue = Leased(leases);
        var taken = (await queue.ReceiveMessagesAsync(2, TenMinutes)).Value;
        var first = taken[0];
        await leases.RenewAsync();
        // The receipt that was given out is not good any more, as storage sees it.
        await Assert.ThrowsAsync<RequestFailedException>(() => _plain.DeleteMessageAsync(first.MessageId, first.PopReceipt));
        await queue.UpdateMessageAsync(first.MessageId, first.PopReceipt, visibilityTimeout: TenMinutes);
        await queue.DeleteMessageAsync(first.MessageId, first.PopReceipt);
        await queue.UpdateMessageAsync(taken[1].MessageId, taken[1].PopReceipt, visibilityTimeout: TimeSpan.Zero);
        Assert.Equal(["released"], (await _plain.ReceiveMessagesAsync(10)).Value.Select(message => message.MessageText));
    }
}
