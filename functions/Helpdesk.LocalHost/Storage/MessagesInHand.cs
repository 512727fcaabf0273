using System.Xml.Linq;
using Azure;
using Azure.Storage.Queues;
using Microsoft.AspNetCore.WebUtilities;

namespace Helpdesk.LocalHost.Storage;

/// <summary>Notes in the data folder which queue messages this host has in hand, so that the next one can give back what a killed one died with.</summary>
/// <remarks>The SDK takes a message for ten minutes, which no setting shortens. The notes survive a SIGKILL: they are the system's once they are written.</remarks>
public sealed class MessagesInHand : DelegatingHandler
{
    private const int CompactAt = 64 * 1024;

    /// <summary>Whoever takes messages for less than this, as Durable Task does, has them back soon enough.</summary>
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(2);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, string> _inHand = new(StringComparer.Ordinal);
    private readonly StreamWriter _notes;

    private readonly Dictionary<string, (string Queue, string Receipt)> _left;

    /// <summary>Reads what an earlier host left in <paramref name="folder"/>, and goes on with its notes.</summary>
    public MessagesInHand(string folder)
    {
        var file = Path.Combine(folder, "messages-in-hand");
        _left = File.Exists(file) ? Read(file) : [];
        _notes = new(new FileStream(file, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read)) { AutoFlush = true };
        _notes.BaseStream.Seek(0, SeekOrigin.End);
    }

    /// <summary>Makes visible again what an earlier host died with; before this one takes anything.</summary>
    public async Task GiveBackAsync(string connectionString, CancellationToken cancellationToken)
    {
        var queues = new QueueServiceClient(connectionString);
        foreach (var (id, (queue, receipt)) in _left)
        {
            try
            {
                await queues.GetQueueClient(queue).UpdateMessageAsync(id, receipt, visibilityTimeout: TimeSpan.Zero, cancellationToken: cancellationToken);
            }
            catch (RequestFailedException gone) when (gone.Status is 400 or 404)
            {
                // Its work was done, or somebody else has it.
            }
        }

        lock (_gate)
            Compact();
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken);
        if (!response.IsSuccessStatusCode || request.RequestUri is not { } uri)
            return response;
        var path = uri.AbsolutePath.Split('/');
        if (request.Method == HttpMethod.Get && path[^1] == "messages")
        {
            var query = QueryHelpers.ParseQuery(uri.Query);
            if (int.TryParse(query["visibilitytimeout"], out var seconds) && TimeSpan.FromSeconds(seconds) >= Long)
                await TakenAsync(path[^2], response, cancellationToken);
        }
        else if (path.Length > 2 && path[^2] == "messages")
        {
            // The SDK writes ids in either case and escapes what needs no escape.
            if (request.Method == HttpMethod.Delete)
                Given(Uri.UnescapeDataString(path[^1]));
            else if (request.Method == HttpMethod.Put && response.Headers.TryGetValues("x-ms-popreceipt", out var receipt))
                Renewed(Uri.UnescapeDataString(path[^1]), path[^3], receipt.First());
        }

        return response;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _notes.Dispose();
        base.Dispose(disposing);
    }

    private static Dictionary<string, (string Queue, string Receipt)> Read(string file)
    {
        var inHand = new Dictionary<string, (string, string)>(StringComparer.Ordinal);
        foreach (var line in File.ReadLines(file))
        {
            // A line that was cut off in the middle was the last one, and its message is held as long as storage says.
            switch (line.Split(' '))
            {
                case ["taken", var id, var queue, var receipt, "."]:
                    inHand[id] = (queue, receipt);
                    break;
                case ["given", var id, "."]:
                    inHand.Remove(id);
                    break;
            }
        }

        return inHand;
    }

    private async Task TakenAsync(string queue, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        await response.Content.LoadIntoBufferAsync(cancellationToken);
        var list = await XDocument.LoadAsync(await response.Content.ReadAsStreamAsync(cancellationToken), LoadOptions.None, cancellationToken);
        (await response.Content.ReadAsStreamAsync(cancellationToken)).Position = 0;
        lock (_gate)
        {
            foreach (var message in list.Descendants("QueueMessage"))
                Note(message.Element("MessageId")!.Value, queue, message.Element("PopReceipt")!.Value);
        }
    }

    private void Renewed(string id, string queue, string receipt)
    {
        lock (_gate)
        {
            if (_inHand.ContainsKey(id))
                Note(id, queue, receipt);
        }
    }

    private void Note(string id, string queue, string receipt)
    {
        _inHand[id] = $"taken {id} {queue} {receipt} .";
        _notes.WriteLine(_inHand[id]);
    }

    private void Given(string id)
    {
        lock (_gate)
        {
            if (!_inHand.Remove(id))
                return;
            _notes.WriteLine($"given {id} .");
            if (_notes.BaseStream.Length >= CompactAt)
                Compact();
        }
    }

    private void Compact()
    {
        _notes.BaseStream.SetLength(0);
        foreach (var line in _inHand.Values)
            _notes.WriteLine(line);
    }
}
