using System.Collections.Concurrent;
using System.Globalization;
using System.Xml.Linq;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Storage.Queues;
using Microsoft.AspNetCore.WebUtilities;

namespace Helpdesk.LocalHost.Storage;

/// <summary>
/// Takes queue messages for a minute at a time and renews that while they are worked on, so that a killed host has none of them held for long.
/// </summary>
/// <remarks>
/// The SDK takes each message for ten minutes, which no setting shortens. It never learns of the renewals: where it names a receipt, the newest one
/// is put in.
/// </remarks>
public sealed class MessageLeases : HttpPipelinePolicy, IDisposable
{
    private const string VisibilityTimeout = "visibilitytimeout";
    private const string PopReceipt = "popreceipt";

    /// <summary>Whoever takes messages for less than this, as Durable Task does, sees to them itself.</summary>
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(2);

    private readonly ConcurrentDictionary<string, Lease> _leases = new(StringComparer.Ordinal);
    private readonly QueueServiceClient _queues;
    private readonly TimeSpan _length;
    private readonly ITimer _renewing;

    /// <param name="length">How long a message stays away when nobody renews it.</param>
    public MessageLeases(string connectionString, TimeSpan length, TimeProvider time)
    {
        _queues = new(connectionString);
        _length = length;
        _renewing = time.CreateTimer(_ => _ = RenewAsync(), null, length / 3, length / 3);
    }

    public override async ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
    {
        var uri = message.Request.Uri.ToUri();
        var path = uri.AbsolutePath.Split('/');
        var query = QueryHelpers.ParseQuery(uri.Query);
        var isLong = int.TryParse(query.GetValueOrDefault(VisibilityTimeout), out var seconds) && TimeSpan.FromSeconds(seconds) >= Long;
        if (isLong)
            Replace(message.Request, VisibilityTimeout, $"{seconds}", string.Create(CultureInfo.InvariantCulture, $"{_length.TotalSeconds}"));

        if (isLong && message.Request.Method == RequestMethod.Get && path[^1] == "messages")
        {
            await ProcessNextAsync(message, pipeline);
            if (message.Response is { Status: 200, ContentStream: not null } taken)
                await NoteAsync(path[^2], taken, message.CancellationToken);
        }
        else if (path.Length > 2 && path[^2] == "messages" && _leases.TryGetValue(Uri.UnescapeDataString(path[^1]), out var lease))
        {
            using var turn = await lease.TakeTurnAsync(message.CancellationToken);
            Replace(message.Request, PopReceipt, query.GetValueOrDefault(PopReceipt).ToString(), lease.Receipt);
            await ProcessNextAsync(message, pipeline);
            if (isLong && message.Response.Headers.TryGetValue("x-ms-popreceipt", out var receipt))
                lease.Receipt = receipt;
            else if (!message.Response.IsError)
                _leases.TryRemove(lease.Id, out _);
        }
        else
        {
            await ProcessNextAsync(message, pipeline);
        }
    }

    public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline) => ProcessNext(message, pipeline);

    public void Dispose() => _renewing.Dispose();

    private static void Replace(Request request, string name, string from, string to) =>
        request.Uri.Query = request
            .Uri.Query.Replace($"{name}={Uri.EscapeDataString(from)}", $"{name}={Uri.EscapeDataString(to)}", StringComparison.Ordinal)
            .Replace($"{name}={from}", $"{name}={Uri.EscapeDataString(to)}", StringComparison.Ordinal);

    private async Task NoteAsync(string queue, Response taken, CancellationToken cancellationToken)
    {
        var answer = new MemoryStream();
        await taken.ContentStream!.CopyToAsync(answer, cancellationToken);
        answer.Position = 0;
        foreach (var message in XDocument.Load(answer).Descendants("QueueMessage"))
        {
            var lease = new Lease(queue, message.Element("MessageId")!.Value, message.Element("PopReceipt")!.Value, new(1, 1));
            _leases[lease.Id] = lease;
        }

        answer.Position = 0;
        taken.ContentStream = answer;
    }

    /// <summary>Renews everything that is in hand, as the timer does.</summary>
    public async Task RenewAsync()
    {
        foreach (var lease in _leases.Values)
        {
            using var turn = await lease.TakeTurnAsync(CancellationToken.None);
            if (!_leases.ContainsKey(lease.Id))
                continue;
            try
            {
                lease.Receipt = (await _queues.GetQueueClient(lease.Queue).UpdateMessageAsync(lease.Id, lease.Receipt, visibilityTimeout: _length))
                    .Value
                    .PopReceipt;
            }
            catch (RequestFailedException lost) when (lost.Status is 400 or 404)
            {
                // It came back before it was renewed, and whoever has it now works on it.
                _leases.TryRemove(lease.Id, out _);
            }
            catch (Exception away) when (away is RequestFailedException or AggregateException)
            {
                // Storage does not answer; the next round asks again.
            }
        }
    }

    private sealed class Lease(string queue, string id, string receipt, SemaphoreSlim turn)
    {
        public string Queue => queue;

        public string Id => id;

        public string Receipt { get; set; } = receipt;

        public async Task<IDisposable> TakeTurnAsync(CancellationToken cancellationToken)
        {
            await turn.WaitAsync(cancellationToken);
            return new Turn(turn);
        }

        private sealed class Turn(SemaphoreSlim taken) : IDisposable
        {
            public void Dispose() => taken.Release();
        }
    }
}
