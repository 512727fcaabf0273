using Azure.Storage.Queues;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;

namespace Helpdesk.Functions.Tickets;

/// <summary>"Look at this ticket: something up to event <paramref name="UpTo"/> may have happened."</summary>
/// <param name="Sender">The process that sent it, see <see cref="ThisProcess"/>.</param>
public sealed record TicketMessage(string Workspace, long Number, long UpTo, DateTimeOffset SentAt, string Sender);

/// <summary>Tells this process from all others that ever ran.</summary>
public static class ThisProcess
{
    public static string Id { get; } = Hashes.RandomName(12);
}

/// <summary>A message about events that are to be committed.</summary>
public sealed record TicketAnnouncement(SentMessage Sent, long UpTo, DateTimeOffset SentAt);

/// <summary>The queue that makes sure that no committed event goes unnoticed: the message is sent before the commit.</summary>
public sealed class TicketQueue(StorageClients storage, DispatchOptions options, TimeProvider time)
{
    private QueueClient Queue => storage.Queue(StorageNames.TicketEvents);

    /// <summary>Announces that events up to <paramref name="upTo"/> are about to be committed.</summary>
    public async Task<TicketAnnouncement> AnnounceAsync(TicketAddress ticket, long upTo, CancellationToken cancellationToken)
    {
        var message = new TicketMessage(ticket.Workspace, ticket.Number, upTo, time.GetUtcNow(), ThisProcess.Id);
        return new(await SendAsync(message, options.Delay, cancellationToken), upTo, message.SentAt);
    }

    /// <summary>Puts a message back that came too early to know whether its commit will still happen.</summary>
    public Task PutBackAsync(TicketMessage message, CancellationToken cancellationToken) => SendAsync(message, TimeSpan.FromSeconds(20), cancellationToken);

    /// <summary>Takes a message back. One that was delivered in the meantime finds its work done.</summary>
    public Task TakeBackAsync(TicketAnnouncement announced, CancellationToken cancellationToken) => Queue.TakeBackAsync(announced.Sent, cancellationToken);

    private Task<SentMessage> SendAsync(TicketMessage message, TimeSpan delay, CancellationToken cancellationToken) =>
        Queue.SendAsync(message, TicketJson.Stored.TicketMessage, delay, cancellationToken);
}

/// <summary>When the guarantee behind a delivery steps in.</summary>
public sealed record DispatchOptions
{
    /// <summary>How long a message stays invisible, so that the process that committed can deliver first. 1 s to 5 min; <c>Dispatch__Delay</c>.</summary>
    public TimeSpan Delay { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>After this long no request that announced an event can still commit it.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Within this time after its message a change is committed, or announced again.</summary>
    public TimeSpan CommitWithin { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Tries after which a delivery becomes a dead letter.</summary>
    public int Tries { get; init; } = 5;

    /// <summary>Reads the settings and checks them.</summary>
    public static DispatchOptions From(IConfiguration settings)
    {
        var options = new DispatchOptions();
        if (settings["Dispatch:Delay"] is { } text)
        {
            options =
                TimeSpan.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var delay)
                && delay >= TimeSpan.FromSeconds(1)
                && delay <= TimeSpan.FromMinutes(5)
                    ? options with
                    {
                        Delay = delay,
                    }
                    : throw new InvalidOperationException($"Dispatch__Delay is \"{text}\"; it must be a time from 00:00:01 to 00:05:00.");
        }

        return options;
    }
}
