using System.Net;
using System.Text.Json;
using Azure;
using Azure.Data.Tables;
using Helpdesk.Bot.Protocol;
using Helpdesk.Bot.Teams;
using Helpdesk.Functions.Chat;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Tickets;

namespace Helpdesk.Functions.Teams;

/// <summary>Keeps where conversations are reached, who is who, and brings what was committed to the channel, in order.</summary>
public sealed partial class TeamsStore(
    StorageClients storage, ConnectorClient connector, OutboxQueue queue, AttachmentStore files, HttpClient http, GetConnectorToken token, BotOptions options, KeyedLocks locks, TimeProvider time, ILogger<TeamsStore> logger) : ITeamsStore
{
    private static readonly TimeSpan PersonKept = TimeSpan.FromDays(1);

    /// <summary>Where Teams keeps the files that people send to a bot.</summary>
    private static readonly string[] FileHosts = [".sharepoint.com", ".sharepoint.us", ".sharepoint.de", ".svc.ms"];

    private readonly ShortMemory<string> _references = new(time, TimeSpan.FromMinutes(10));
    private readonly ShortMemory<ChannelAccount> _people = new(time, TimeSpan.FromMinutes(10));

    private TableClient Conversations => storage.Table(StorageNames.Conversations);

    public async Task SaveReferenceAsync(string place, ConversationReference reference, CancellationToken cancel)
    {
        var kept = new ConversationReference { ServiceUrl = reference.ServiceUrl, ChannelId = reference.ChannelId, Bot = reference.Bot, Conversation = reference.Conversation };
        var json = JsonSerializer.Serialize(kept, ProtocolJson.Wire.ConversationReference);
        if (await _references.GetAsync(place, () => Task.FromResult<string?>(null)) == json)
            return;
        var row = new TableEntity(place, ConversationRows.ReferenceKey(place));
        LongText.Write(row, "Reference", json);
        await Conversations.UpsertEntityAsync(row, TableUpdateMode.Replace, cancel);
        _references.Forget(place);
        await _references.GetAsync(place, () => Task.FromResult<string?>(json));
    }

    public async Task DropReferenceAsync(string place, CancellationToken cancel)
    {
        _references.Forget(place);
        await Conversations.DeleteEntityAsync(place, ConversationRows.ReferenceKey(place), ETag.All, cancel);
    }

    /// <summary>Where a conversation is reached; null when the bot is not in it.</summary>
    public async Task<ConversationReference?> FindReferenceAsync(string place, CancellationToken cancel)
    {
        var json = await _references.GetAsync(place, async () =>
        {
            var found = await Conversations.GetEntityIfExistsAsync<TableEntity>(place, ConversationRows.ReferenceKey(place), cancellationToken: cancel);
            return found.HasValue ? LongText.Read(found.Value!, "Reference") : null;
        });
        return json is null ? null : JsonSerializer.Deserialize(json, ProtocolJson.Wire.ConversationReference);
    }

    public async Task<ChannelAccount?> FindPersonAsync(string workspace, string id, CancellationToken cancel) =>
        await _people.GetAsync($"{workspace}/{id}", async () =>
        {
            var found = await storage.Table(StorageNames.People).GetEntityIfExistsAsync<TableEntity>(workspace, Hashes.Short(id), cancellationToken: cancel);
            return found.HasValue && found.Value!.GetDateTimeOffset("At") > time.GetUtcNow() - PersonKept
                ? JsonSerializer.Deserialize(found.Value.GetString("Person"), ProtocolJson.Wire.ChannelAccount)
                : null;
        });

    public async Task SavePersonAsync(string workspace, string id, ChannelAccount person, CancellationToken cancel)
    {
        var row = new TableEntity(workspace, Hashes.Short(id)) { ["At"] = time.GetUtcNow(), ["Person"] = JsonSerializer.Serialize(person, ProtocolJson.Wire.ChannelAccount) };
        await storage.Table(StorageNames.People).UpsertEntityAsync(row, TableUpdateMode.Replace, cancel);
        _people.Forget($"{workspace}/{id}");
    }

    /// <summary>Says what is waiting. A fault of the channel leaves it to the message that was sent before the commit.</summary>
    public Task DeliverAsync(string place, CancellationToken cancel) => DeliverAsync(place, mayFail: false, cancel);

    /// <summary>Says what is waiting, oldest first.</summary>
    /// <param name="mayFail">Whether a fault of the channel is the caller's to deal with.</param>
    public async Task DeliverAsync(string place, bool mayFail, CancellationToken cancel)
    {
        using var turn = await locks.TakeAsync($"outbox {place}", cancel);
        var announced = queue.TakeCommitted(new(place));
        var waiting = false;
        await foreach (var row in Conversations.QueryAsync<TableEntity>(
            TableClient.CreateQueryFilter($"PartitionKey eq {place} and RowKey gt {ConversationRows.OutboxStart(place)} and RowKey lt {ConversationRows.OutboxEnd(place)}"), cancellationToken: cancel))
        {
            if (!Outbox.IsOurs(row, time.GetUtcNow()))
            {
                waiting = true;
                continue;
            }

            try
            {
                await SayAsync(place, Outbox.Read(row), cancel);
            }
            catch (Exception fault) when (!mayFail && fault is HttpRequestException)
            {
                Log.Postponed(logger, fault, place);
                return;
            }

            await Conversations.DeleteEntityAsync(place, row.RowKey, ETag.All, cancel);
        }

        if (waiting && mayFail)
            throw new InvalidOperationException("Another process is saying something in this conversation; what it leaves behind is tried again.");
        await queue.TakeBackAsync(announced, cancel);
    }

    private async Task SayAsync(string place, Activity activity, CancellationToken cancel)
    {
        if (await FindReferenceAsync(place, cancel) is not { } reference)
        {
            Log.NobodyThere(logger, place);
            return;
        }

        try
        {
            if (activity.ReplyToId is { } answered)
                await connector.ReplyToActivityAsync(reference, answered, activity, cancel);
            else
                await connector.SendToConversationAsync(reference, activity, cancel);
        }
        catch (ConnectorException gone) when (gone.Status == HttpStatusCode.Forbidden || (gone.Status == HttpStatusCode.NotFound && gone.Code == "ConversationNotFound"))
        {
            // Blocked or removed: there is nobody to say it to any more.
            Log.Removed(logger, place, (int)gone.Status);
            await DropReferenceAsync(place, cancel);
        }
        catch (ConnectorException refused) when ((int)refused.Status is 400 or 404 or 413)
        {
            // The same words would be refused again, and those after them must not wait for ever.
            Log.Refused(logger, refused, place);
        }
    }

    public async Task<(TicketAttachment? File, string? Refused)> KeepFileAsync(string workspace, string place, Attachment attachment, string serviceUrl, CancellationToken cancel)
    {
        var (name, address) = attachment.ContentType == Attachment.TeamsFile
            ? (attachment.Name, attachment.Content is { ValueKind: JsonValueKind.Object } content && content.TryGetProperty("downloadUrl", out var url) ? url.GetString() : null)
            : (attachment.Name ?? $"picture.{attachment.ContentType?.Split('/')[^1]}", attachment.ContentUrl);
        name = DirectLine.CleanName(name);
        if (AttachmentStore.TypeOf(name) is not { } type)
            return (null, $"{string.Join(' ', AttachmentStore.Endings)}");
        if (!Uri.TryCreate(address, UriKind.Absolute, out var from) || !Uri.TryCreate(serviceUrl, UriKind.Absolute, out var service))
            return (null, "no address");
        // Only from where the channel keeps files: an address in an activity must not lead this program anywhere else.
        var fromChannel = from.Authority == service.Authority && from.Scheme == service.Scheme;
        if (!fromChannel && !(from.Scheme == "https" && FileHosts.Any(host => from.Host.EndsWith(host, StringComparison.OrdinalIgnoreCase))))
            return (null, from.Host);

        using var request = new HttpRequestMessage(HttpMethod.Get, from);
        if (fromChannel && options.AppId is not null && await token(cancel) is { } bearer)
            request.Headers.Authorization = new("Bearer", bearer);
        try
        {
            using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel);
            if (!answer.IsSuccessStatusCode)
                return (null, $"{(int)answer.StatusCode}");
            var bytes = await ReadAsync(await answer.Content.ReadAsStreamAsync(cancel), cancel);
            return bytes is null ? (null, $"> {AttachmentStore.FileLimit / 1024 / 1024} MB") : (await files.AddAsync(workspace, place, name, type, bytes, cancel), null);
        }
        catch (HttpRequestException unreachable)
        {
            Log.NoFile(logger, unreachable, from.Host);
            return (null, from.Host);
        }
    }

    private static async Task<byte[]?> ReadAsync(Stream from, CancellationToken cancel)
    {
        using var bytes = new MemoryStream();
        var chunk = new byte[64 * 1024];
        int read;
        while ((read = await from.ReadAsync(chunk, cancel)) > 0)
        {
            if (bytes.Length + read > AttachmentStore.FileLimit)
                return null;
            bytes.Write(chunk, 0, read);
        }

        return bytes.ToArray();
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "The channel did not take what is said in {Place}; it is tried again")]
        public static partial void Postponed(ILogger logger, Exception fault, string place);

        [LoggerMessage(LogLevel.Warning, "Nobody is reached in {Place}; what was to be said there is dropped")]
        public static partial void NobodyThere(ILogger logger, string place);

        [LoggerMessage(LogLevel.Warning, "The bot was removed from {Place} ({Status})")]
        public static partial void Removed(ILogger logger, string place, int status);

        [LoggerMessage(LogLevel.Error, "The channel refused what was said in {Place}; it is dropped")]
        public static partial void Refused(ILogger logger, Exception refused, string place);

        [LoggerMessage(LogLevel.Warning, "A file could not be fetched from {Host}")]
        public static partial void NoFile(ILogger logger, Exception unreachable, string host);
    }
}
